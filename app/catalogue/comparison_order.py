"""A comparison as its reader wants to see it: differences only, some rows put away, columns in a row's order.

The site never says which is best: columns stand in the order in which they were chosen until somebody asks for a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from app.catalogue.comparison import CompareColumn, CompareGroup, Comparison
from app.kit.errors import FieldFault, Invalid
from catalogue_schema import Cell, ComparisonRow, Field

PRICE = "monthly_price"
"""The fixed monthly price, which is no field but computed of the price table."""
_NUMBERS = frozenset({"integer", "decimal", "money"})
_Wanted = Callable[[CompareGroup, ComparisonRow], bool]
_WITHOUT_ORDER = frozenset({"rows", "url", "email"})


def row_code(group: CompareGroup, row: ComparisonRow) -> str:
    """What a row is called in addresses: `software.name`."""
    return f"{group.subject}.{row.field.name}"


def orders(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """The rows by which the columns can be put in order: (code, label)."""
    rows = [
        (row_code(group, row), row.field.label_ja)
        for group in comparison.every_group
        for row in group.rows
        if row.field.kind not in _WITHOUT_ORDER
    ]
    return ((PRICE, "固定の月額"), *rows)


def arrange(
    comparison: Comparison,
    *,
    differences: bool = False,
    hide: Collection[str] = (),
    order_by: str = "",
) -> Comparison:
    """The comparison with these wishes; `order_by` is a row's code, with `-` before it the greatest first.

    Columns without an answer come last either way. Raises Invalid for a row that the comparison does not have.
    """
    faults = list(_unknown(comparison, hide, order_by))
    if faults:
        raise Invalid(faults)
    if order_by:
        comparison = _in_order(comparison, order_by)
    every = sum(len(group.rows) for group in comparison.every_group)
    kept = _narrowed(comparison.every_group, lambda group, row: row_code(group, row) not in hide)
    left = sum(len(group.rows) for group in kept)
    shown = _narrowed(kept, lambda _, row: row.differs) if differences else kept
    return replace(
        comparison,
        groups=shown,
        differences=differences,
        hidden=left - sum(len(group.rows) for group in shown),
        put_away=every - left,
    )


def _unknown(comparison: Comparison, hide: Collection[str], order_by: str) -> Iterator[FieldFault]:
    rows = {row_code(group, row) for group in comparison.every_group for row in group.rows}
    for code in hide:
        if code not in rows:
            yield FieldFault(
                "/hide",
                "unknown",
                f"隠す項目「{code[:40]}」は、この比較にありません。",
                "項目を選び直してください。",
            )
    if order_by and order_by.removeprefix("-") not in {code for code, _ in orders(comparison)}:
        yield FieldFault(
            "/order_by",
            "unknown",
            f"並べる項目「{order_by[:40]}」は、この比較にないか、順に並べられません。",
            "項目を選び直してください。",
        )


def _narrowed(groups: Sequence[CompareGroup], wanted: _Wanted) -> tuple[CompareGroup, ...]:
    narrowed = (
        replace(group, rows=tuple(row for row in group.rows if wanted(group, row))) for group in groups
    )
    return tuple(group for group in narrowed if group.rows)


def _in_order(comparison: Comparison, order_by: str) -> Comparison:
    code = order_by.removeprefix("-")
    keys = (
        [_price_key(column) for column in comparison.columns]
        if code == PRICE
        else next(
            [_key(row.field, cell) for cell in row.cells]
            for group in comparison.every_group
            for row in group.rows
            if row_code(group, row) == code
        )
    )
    answered = [index for index, key in enumerate(keys) if key is not None]
    answered.sort(key=lambda index: keys[index] or _NOTHING, reverse=order_by.startswith("-"))
    places = answered + [index for index, key in enumerate(keys) if key is None]

    def moved(groups: Sequence[CompareGroup]) -> tuple[CompareGroup, ...]:
        return tuple(
            replace(
                group,
                rows=tuple(replace(row, cells=tuple(row.cells[i] for i in places)) for row in group.rows),
            )
            for group in groups
        )

    every = moved(comparison.every_group)
    columns = tuple(comparison.columns[index] for index in places)
    return replace(comparison, columns=columns, groups=every, every_group=every, ordered_by=order_by)


_Key = tuple[Decimal, str]
_NOTHING: _Key = (Decimal(0), "")


def _price_key(column: CompareColumn) -> _Key | None:
    if column.offer is None or column.offer.monthly_price is None:
        return None
    return (Decimal(column.offer.monthly_price), "")


def _key(field: Field, cell: Cell) -> _Key | None:
    if not cell.answered:
        return None
    if field.kind in _NUMBERS:
        return (Decimal(str(cell.value)), "")
    return (Decimal(0), str(cell.value) if field.kind == "date" else cell.text.casefold())
