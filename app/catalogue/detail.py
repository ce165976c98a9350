"""One listing as the public sees it: the software, its offers, and price lines with and without tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.catalogue.comparison import OfferChoice, offer_choice
from app.listings.reading import Published, published, published_offers
from app.listings.views import EntryView, RevisionView
from catalogue_schema import Schema, money


@dataclass(frozen=True)
class PriceLine:
    """One line of a price table as people read it."""

    name: str
    charge: str
    unit: str
    without_tax: str
    with_tax: str
    basis: str
    tax: str
    payee: str
    note: str


@dataclass(frozen=True)
class OfferView:
    """An offer with its summary and price table."""

    listing: Published
    choice: OfferChoice
    lines: tuple[PriceLine, ...]


@dataclass(frozen=True)
class ListingView:
    """The whole page of a listing."""

    listing: Published
    offers: tuple[OfferView, ...]


def listing_view(session: Session, schema: Schema, software_id: str, today: date) -> ListingView:
    """The listing. Raises NotFound (never published) or Gone."""
    return view_of(session, schema, published(session, software_id, today), today)


def view_of(session: Session, schema: Schema, found: Published, today: date) -> ListingView:
    """The same of a software that was read already."""
    return ListingView(found, _offers(session, schema, found.entry.id, today))


def preview_view(
    session: Session, schema: Schema, entry: EntryView, revision: RevisionView, today: date
) -> ListingView:
    """The listing as it will be once this revision of a software is public, with the offers that are public now.

    For its vendor: the caller has made sure of that.
    """
    return ListingView(Published(entry, revision), _offers(session, schema, entry.id, today))


def _offers(session: Session, schema: Schema, software_id: str, today: date) -> tuple[OfferView, ...]:
    return tuple(
        OfferView(offer, offer_choice(offer, today), price_lines(schema, offer.revision.answers, today))
        for offer in published_offers(session, software_id, today)
    )


def price_lines(schema: Schema, answers: Mapping[str, Any], today: date) -> tuple[PriceLine, ...]:
    """The price table of an offer's answers; unit prices keep their decimals, tax by the rate of the day."""
    field = schema.field("offer", "price_lines")
    lines = []
    for row in answers.get("price_lines", ()):
        texts = {column.name: schema.display_text(column, row.get(column.name)) for column in field.columns}
        price = Decimal(str(row.get("unit_price", "0")))
        lines.append(
            PriceLine(
                name=texts["name"],
                charge=texts["charge_type"],
                unit=texts["unit"],
                without_tax=money.format_yen(price),
                with_tax=money.format_yen(money.price_with_tax(price, row.get("tax_category"), today)),
                basis=texts["quantity_basis"],
                tax=texts["tax_category"],
                payee=texts["payee"],
                note=texts["note"] if row.get("note") else "",
            )
        )
    return tuple(lines)
