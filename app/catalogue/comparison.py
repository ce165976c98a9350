"""Two to six listings side by side: rows from the schema, columns from the live revisions in the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.kit.errors import FieldFault, Invalid, NotFound
from app.listings.reading import Published, published, published_offers
from catalogue_schema import Cell, ComparisonRow, Schema, money

AT_LEAST, AT_MOST = 2, 6
NO_OFFER = "サービスの掲載なし"


@dataclass(frozen=True)
class OfferChoice:
    """An offer that a column can show. Prices are the fixed monthly price in whole yen; None where it has none."""

    id: str
    name: str
    seller: str
    monthly_price: int | None
    monthly_price_with_tax: int | None
    revision: int
    revision_id: str
    schema_version: int
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class CompareColumn:
    """One listing: its software revision and the offer shown with it."""

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


@dataclass(frozen=True)
class CompareGroup:
    """One section of rows, of the software or of the offers."""

    subject: str
    name: str
    label: str
    rows: tuple[ComparisonRow, ...]


@dataclass(frozen=True)
class Comparison:
    """The whole table. `hidden` counts the rows left out because all columns say the same."""

    columns: tuple[CompareColumn, ...]
    groups: tuple[CompareGroup, ...]
    as_of: date
    differences: bool
    hidden: int


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


def compare(
    session: Session,
    schema: Schema,
    ids: Sequence[str],
    today: date,
    *,
    offers: Sequence[str] = (),
    differences: bool = False,
) -> Comparison:
    """The comparison of these software, each with the offer named in `offers`, else its cheapest.

    Raises Invalid for a count outside 2 to 6 or an offer of none of them, NotFound and Gone for listings that the
    public does not see.
    """
    check_count(ids)
    columns = columns_of(session, ids, today, offers)
    groups = _groups(schema, columns, "software", today) + _groups(schema, columns, "offer", today)
    every = sum(len(group.rows) for group in groups)
    if differences:
        narrowed = (
            CompareGroup(
                group.subject, group.name, group.label, tuple(row for row in group.rows if row.differs)
            )
            for group in groups
        )
        groups = tuple(group for group in narrowed if group.rows)
    return Comparison(columns, groups, today, differences, every - sum(len(group.rows) for group in groups))


def columns_of(
    session: Session, ids: Sequence[str], today: date, offers: Sequence[str] = ()
) -> tuple[CompareColumn, ...]:
    """The columns of these listings, however many. Raises as `compare` does."""
    wanted = list(offers)
    columns = tuple(_column(session, _listing(session, id_, today), today, wanted) for id_ in ids)
    shown = [column.offer.id for column in columns if column.offer is not None]
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
    if faults:
        raise Invalid(faults)
    return columns


def _listing(session: Session, id_: str, today: date) -> Published:
    try:
        return published(session, id_, today)
    except NotFound:
        raise NotFound(
            f"比較する掲載「{id_[:40]}」は見つかりません。番号を確かめてください。", id=id_[:40]
        ) from None


def _column(session: Session, found: Published, today: date, wanted: Sequence[str]) -> CompareColumn:
    choices = tuple(offer_choice(offer, today) for offer in published_offers(session, found.entry.id, today))
    chosen = next((choice for choice in choices if choice.id in wanted), None)
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


def _tame(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r\n＝＋－＠" and text else text


def as_csv(comparison: Comparison) -> str:
    """The table as CSV for spreadsheets: byte order mark, CRLF, formulas made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")

    def line(*cells: str) -> None:
        writer.writerow([_tame(cell) for cell in cells])

    columns = comparison.columns
    line("区分", "項目", *(column.name for column in columns))
    line("掲載", "番号", *(column.id for column in columns))
    line("掲載", "事業者", *(column.vendor for column in columns))
    line("掲載", "版", *(f"第{column.revision}版" for column in columns))
    line(
        "掲載",
        "公開日",
        *(f"{column.published_at:%Y-%m-%d}" if column.published_at else "" for column in columns),
    )
    line("掲載", "比較したサービス", *(column.offer.name if column.offer else NO_OFFER for column in columns))
    line("掲載", "サービスの番号", *(column.offer.id if column.offer else "" for column in columns))
    line(
        "掲載",
        "サービスの版",
        *(f"第{column.offer.revision}版" if column.offer else "" for column in columns),
    )
    prices = [
        (column.offer.monthly_price, column.offer.monthly_price_with_tax) if column.offer else (None, None)
        for column in columns
    ]
    line("掲載", "固定の月額（円、税抜）", *("" if plain is None else str(plain) for plain, _ in prices))
    line("掲載", "固定の月額（円、税込）", *("" if taxed is None else str(taxed) for _, taxed in prices))
    for group in comparison.groups:
        for row in group.rows:
            line(group.label, row.field.label_ja, *(cell.text for cell in row.cells))
    line("比較した日", comparison.as_of.isoformat())
    return "\ufeff" + out.getvalue()
