"""The impact of a version as JSON."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.conformance.statements import CAUTION
from app.impact.service import Impact


class ListingImpactOut(BaseModel):
    """What the version means for one public listing."""

    software_id: str
    name: str
    vendor_id: str
    vendor: str
    state: str = Field(
        description="conforms（適合している団体区分がある）、to_answer（回答が必要）、not_conforming（回答済みで、適合していない）"
    )
    answered_version: str = Field(description="回答がある、最も新しい版（この版か、前の版）")
    claimed: bool = Field(description="この版への対応を登録している")
    levels: dict[str, str]
    to_answer: list[str] = Field(description="答える要件のID。変わらない要件の回答は、前の版から引き継げます")


class ContractImpactOut(BaseModel):
    """A contract that outlasts the day, on what does not conform for its body's class."""

    model_config = ConfigDict(from_attributes=True)

    contract_id: str
    number: str
    buyer_id: str
    buyer: str
    software_id: str
    size_class: str
    ends_on: date
    level: str
    planned_on: date | None


class ImpactOut(BaseModel):
    """The whole, from public statements. Self-declared by the vendors."""

    specification_id: str
    version_id: str
    version_number: str
    conform_by: date | None = Field(description="適合基準日")
    caution: str = CAUTION
    listings: list[ListingImpactOut]
    contract_count: int = Field(
        description="適合基準日より後まで続き、団体区分での適合がまだない個別契約の数"
    )
    body_count: int = Field(description="その契約の団体の数")
    ending_before: int = Field(description="適合基準日より前に終わる個別契約の数")
    contracts: list[ContractImpactOut] = Field(description="そのうち、読む人に見える契約")


def impact_out(impact: Impact) -> ImpactOut:
    """The impact as JSON."""
    return ImpactOut(
        specification_id=impact.specification.id,
        version_id=impact.version.id,
        version_number=impact.version.number,
        conform_by=impact.due,
        listings=[
            ListingImpactOut(
                software_id=each.software_id,
                name=each.name,
                vendor_id=each.vendor_id,
                vendor=each.vendor,
                state=each.state,
                answered_version=each.answered_version,
                claimed=each.effect.claimed,
                levels=dict(each.effect.levels),
                to_answer=list(each.effect.to_answer),
            )
            for each in impact.listings
        ],
        contract_count=impact.contract_count,
        body_count=impact.body_count,
        ending_before=impact.ending_before,
        contracts=[ContractImpactOut.model_validate(each) for each in impact.contracts],
    )
