"""Two to six listings side by side: rows from the schema, columns from the live revisions in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from app.kit.errors import FieldFault, Invalid, NotFound
from app.listings.reading import Published, published, published_at, published_entry, published_offers
from catalogue_schema import Cell, ComparisonRow, Schema, money

AT_LEAST, AT_MOST = 2, 6
NO_OFFER = "サービスの掲載なし"
NO_PINS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class OfferChoice:
    """An offer that a column can show. Prices are the fixed monthly price in whole yen; None where it has none.

    `newer` is the number of the revision that is public now, where an older one is shown.
    """

    id: str
    name: str
    seller: str
    monthly_price: int | None
    monthly_price_with_tax: int | None
    revision: int
    revision_id: str
    schema_version: int
    answers: Mapping[str, Any]
    published_at: datetime | None = None
    newer: int | None = None


@dataclass(frozen=True)
class CompareColumn:
    """One listing: its software revision and the offer shown with it.

    `newer` is the number of the revision that is public now, where an older one is shown.
    """

    id: str
    name: str
    vendor_id: str
    vendor: str
    revision: int
    revision_id: str
    published_at: datetime | None
    schema_version: int
    answers: Mapping[str, Any]
    offers: tuple[OfferChoice, ...]
    offer: OfferChoice | None
    newer: int | None = None


@dataclass(frozen=True)
class CompareGroup:
    """One section of rows, of the software or of the offers."""

    subject: str
    name: str
    label: str
    rows: tuple[ComparisonRow, ...]


@dataclass(frozen=True)
class Comparison:
    """The whole table.

    `every_group` has all rows; `groups` those that are shown: `hidden` counts the rows left out because all columns
    say the same, `put_away` those that were asked to be left out. `ordered_by` is the row that put the columns into
    their order, if one did.
    """

    columns: tuple[CompareColumn, ...]
    groups: tuple[CompareGroup, ...]
    as_of: date
    every_group: tuple[CompareGroup, ...]
    differences: bool = False
    hidden: int = 0
    put_away: int = 0
    ordered_by: str = ""
    pinned: bool = False

    def pins(self) -> str:
        """The revisions shown, as the parameter `pins` says them."""
        shown = [(column.id, column.revision) for column in self.columns]
        shown += [(column.offer.id, column.offer.revision) for column in self.columns if column.offer]
        return ",".join(f"{id_}@{number}" for id_, number in shown)


def split_ids(values: Sequence[str]) -> list[str]:
    """Ids of repeated and comma-separated parameters, in order, each once."""
    ids = (part.strip() for value in values for part in value.split(","))
    return list(dict.fromkeys(part for part in ids if part))


def check_count(ids: Sequence[str]) -> None:
    """Raise Invalid unless there are two to six."""
    if not AT_LEAST <= len(ids) <= AT_MOST:
        message = f"比較できるのは{AT_LEAST}件から{AT_MOST}件までです（{len(ids)}件が指定されました）。"
        raise Invalid(
            [FieldFault("/ids", "count", message, "掲載の番号をカンマで区切って指定してください。")]
        )


def split_pins(values: Sequence[str]) -> dict[str, int]:
    """The revisions that columns are pinned to: `sw_1@3` of repeated and comma-separated parameters.

    Raises Invalid for what is no id and number.
    """
    pins: dict[str, int] = {}
    faults = []
    for part in split_ids(values):
        id_, _, number = part.partition("@")
        if id_ and number.isascii() and number.isdecimal() and 0 < len(number) <= 6 and int(number) > 0:
            pins[id_] = int(number)
            continue
        message = f"版の指定「{part[:40]}」を読めません。"
        faults.append(
            FieldFault("/pins", "format", message, "「番号@版」の形で指定してください。例：sw_0123@2")
        )
    if faults:
        raise Invalid(faults)
    return pins


def compare(
    session: Session,
    schema: Schema,
    ids: Sequence[str],
    today: date,
    *,
    offers: Sequence[str] = (),
    pins: Mapping[str, int] = NO_PINS,
) -> Comparison:
    """The comparison of these software, each with the offer named in `offers`, else its cheapest; every row of it.

    A listing or an offer named in `pins` shows that revision, whatever is public now; the others follow the latest.
    Raises Invalid for a count outside 2 to 6, an offer or a pin of none of them, NotFound and Gone for listings and
    revisions that the public does not see.
    """
    check_count(ids)
    columns = columns_of(session, ids, today, offers, pins)
    groups = _groups(schema, columns, "software", today) + _groups(schema, columns, "offer", today)
    return Comparison(columns, groups, today, every_group=groups, pinned=bool(pins))


def columns_of(
    session: Session,
    ids: Sequence[str],
    today: date,
    offers: Sequence[str] = (),
    pins: Mapping[str, int] = NO_PINS,
) -> tuple[CompareColumn, ...]:
    """The columns of these listings, however many. Raises as `compare` does."""
    wanted = list(offers)
    columns = tuple(_column(session, id_, today, wanted, pins) for id_ in ids)
    shown = {column.offer.id for column in columns if column.offer is not None}
    known = shown | {column.id for column in columns}
    faults = [
        FieldFault(
            "/offers",
            "unknown_offer",
            f"サービス「{offer[:40]}」は、比較する掲載の公開中のサービスではないか、同じ掲載に2つ指定されています。",
            "比較する掲載ごとに、公開中のサービスを1つずつ指定してください。",
        )
        for offer in wanted
        if offer not in shown
    ]
    faults += [_unpinnable(session, id_, today) for id_ in pins if id_ not in known]
    if faults:
        raise Invalid(faults)
    return columns


def _listing(session: Session, id_: str, today: date, number: int | None) -> Published:
    try:
        found = published(session, id_, today)
    except NotFound:
        raise NotFound(
            f"比較する掲載「{id_[:40]}」は見つかりません。番号を確かめてください。", id=id_[:40]
        ) from None
    if number is None or number == found.revision.number:
        return found
    return published_at(session, "software", id_, number, today)


def _unpinnable(session: Session, id_: str, today: date) -> FieldFault:
    """What to say of a pin on none of the columns. Raises Gone where it was one and has left the catalogue."""
    with suppress(NotFound):
        published_entry(session, "offer", id_, today)
    return FieldFault(
        "/pins",
        "unknown",
        f"版の指定「{id_[:40]}」は、比較する掲載とサービスのどれでもありません。",
        "比較する掲載と、そこで見るサービスの番号を指定してください。",
    )


def _newer(found: Published) -> int | None:
    live = found.entry.live
    return live.number if live is not None and live.number != found.revision.number else None


def _column(
    session: Session, id_: str, today: date, wanted: Sequence[str], pins: Mapping[str, int]
) -> CompareColumn:
    found = _listing(session, id_, today, pins.get(id_))
    choices = tuple(
        offer_choice(
            published_at(session, "offer", offer.entry.id, pins[offer.entry.id], today)
            if offer.entry.id in pins
            else offer,
            today,
        )
        for offer in published_offers(session, found.entry.id, today)
    )
    # A pinned comparison says which offer it is about by its pin.
    chosen = next((choice for choice in choices if choice.id in wanted), None) or next(
        (choice for choice in choices if choice.id in pins), None
    )
    if chosen is None and choices:
        chosen = min(choices, key=lambda choice: (choice.monthly_price is None, choice.monthly_price or 0))
    return CompareColumn(
        id=found.entry.id,
        name=found.revision.name,
        vendor_id=found.entry.owner.id,
        vendor=found.entry.owner.name,
        revision=found.revision.number,
        revision_id=found.revision.id,
        published_at=found.revision.published_at,
        schema_version=found.revision.schema_version,
        answers=found.revision.answers,
        offers=choices,
        offer=chosen,
        newer=_newer(found),
    )


def offer_choice(offer: Published, today: date) -> OfferChoice:
    """What pages say of an offer in short."""
    price = money.monthly_price(offer.revision.answers.get("price_lines", ()), today)
    return OfferChoice(
        id=offer.entry.id,
        name=offer.revision.name,
        seller=offer.entry.owner.name,
        monthly_price=None if price is None else price.without_tax,
        monthly_price_with_tax=None if price is None else price.with_tax,
        revision=offer.revision.number,
        revision_id=offer.revision.id,
        schema_version=offer.revision.schema_version,
        answers=offer.revision.answers,
        published_at=offer.revision.published_at,
        newer=_newer(offer),
    )


def _groups(
    schema: Schema, columns: Sequence[CompareColumn], subject: str, today: date
) -> tuple[CompareGroup, ...]:
    missing: set[int] = set()
    compared: list[tuple[Mapping[str, Any], int]] = []
    for index, column in enumerate(columns):
        if subject == "software":
            compared.append((column.answers, column.schema_version))
        elif column.offer is not None:
            compared.append((column.offer.answers, column.offer.schema_version))
        else:
            missing.add(index)
            compared.append(({}, schema.version))
    if len(missing) == len(columns):
        return ()
    groups: dict[str, list[ComparisonRow]] = {}
    labels: dict[str, str] = {}
    for row in schema.comparison_rows(compared, subject, taxed_on=today):
        groups.setdefault(row.group.name, []).append(_without_offer(row, missing))
        labels[row.group.name] = row.group.label()
    return tuple(CompareGroup(subject, name, labels[name], tuple(rows)) for name, rows in groups.items())


def _without_offer(row: ComparisonRow, missing: set[int]) -> ComparisonRow:
    if not missing:
        return row
    cells = tuple(
        Cell(answered=False, text=NO_OFFER, value=None, asked=False) if index in missing else cell
        for index, cell in enumerate(row.cells)
    )
    return ComparisonRow(row.group, row.field, cells, len({(cell.asked, cell.text) for cell in cells}) > 1)
