"""What the API answers for a vendor's counts."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class CountOut(BaseModel):
    """How often something became of a listing in a period of whole weeks."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    listing_id: str
    listing_kind: str
    listing_name: str
    first_day: date
    last_day: date
    what: str
    """seen, compared, shortlisted, left_out."""
    condition: str
    count: int


class Counts(BaseModel):
    """All that may be told."""

    items: list[CountOut]
    next: None = None
