"""Values as clients and forms give them: texts, days, yen and unit prices, refused with reason and remedy.

The messages never repeat what was given, because one of these fields holds 予定価格.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.kit.errors import FieldFault, Invalid
from catalogue_schema import text
from catalogue_schema.dates import EARLIEST, DateUnreadable, latest_allowed, parse_date
from catalogue_schema.model import MAX_PLACES, MAX_YEN
from catalogue_schema.value_checks import DECIMAL

Model = TypeVar("Model", bound=BaseModel)
MAX_QUANTITY = 10**9
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－ー", "0123456789.,--")


def _refuse(code: str, message: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{message}", {"message": message, "remedy": remedy})


def _text(value: object, *, longest: int, multiline: bool, required: bool) -> str:
    if not isinstance(value, str):
        raise _refuse("wrong_type", "文字列ではありません。", "文字列で書いてください。")
    cleaned = text.clean(value)
    refused = text.first_refused(cleaned, multiline=multiline)
    if refused == "\n":
        raise _refuse("line_feed", "改行は使えません。", "1行で書いてください。")
    if refused is not None:
        raise _refuse(
            "control_character",
            f"使えない文字 {text.name_of(refused)} があります。",
            "その文字を消してください。",
        )
    if len(cleaned) > longest:
        raise _refuse("too_long", f"{longest}字以内です。", f"{len(cleaned) - longest}字減らしてください。")
    if required and not cleaned:
        raise _refuse("required", "何も書かれていません。", "必ず書いてください。")
    return cleaned


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise _refuse("not_a_date", "日付ではありません。", "「2026-11-23」のように書いてください。")
    if not value.strip():
        raise _refuse("required", "日付がありません。", "「2026-11-23」のように書いてください。")
    try:
        return parse_date(value)
    except DateUnreadable as error:
        raise _refuse("not_a_date", error.reason, error.remedy) from None


def _optional_day(value: object) -> date | None:
    return None if value is None or (isinstance(value, str) and not value.strip()) else _day(value)


def _plain_number(value: object) -> str:
    """The digits of a number given as int or text; a float is refused, because it is no amount of money."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _refuse(
            "not_a_number",
            "整数または文字列の数ではありません。",
            '小数は "8.8" のように文字列で送ってください。',
        )
    plain = str(value).translate(_FULL_WIDTH).replace(",", "").removesuffix("円").strip()
    if not plain:
        raise _refuse("required", "数がありません。", "必ず書いてください。")
    if DECIMAL.fullmatch(plain) is None:
        raise _refuse("not_a_number", "数として読めません。", "半角の数字で、桁区切りなしで書いてください。")
    return plain


def _decimal(value: object, *, least: Decimal | None, most: Decimal) -> Decimal:
    number = Decimal(_plain_number(value))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_PLACES:
        raise _refuse("too_many_places", "小数は第4位までです。", "小数第4位までにしてください。")
    if abs(number) > most:
        raise _refuse("too_large", f"大きさは{most:,}までです。", "桁を確かめてください。")
    if least is not None and number < least:
        raise _refuse("too_small", f"{least}以上です。", "値を確かめてください。")
    return number


def _yen(value: object, *, least: int) -> int:
    plain = _plain_number(value)
    if "." in plain:
        raise _refuse("fractional", "金額は円の整数です。", "1円未満の端数を処理してから書いてください。")
    amount = int(plain)
    if amount > MAX_YEN:
        raise _refuse("too_large", "金額は1兆円（1,000,000,000,000円）までです。", "桁を確かめてください。")
    if amount < least:
        raise _refuse("too_small", f"金額は{least}円以上です。", "値を確かめてください。")
    return amount


def _count(value: object) -> int:
    plain = _plain_number(value)
    if "." in plain or not 0 <= int(plain) <= MAX_QUANTITY:
        raise _refuse("not_a_count", "0から10億までの整数です。", "整数で書いてください。")
    return int(plain)


def _optional_count(value: object) -> int | None:
    return None if value is None or value == "" else _count(value)


def _optional_yen(value: object, *, least: int) -> int | None:
    return None if value is None or value == "" else _yen(value, least=least)


def _fiscal_year(value: object) -> int:
    plain = _plain_number(value)
    if len(plain) != 4 or not plain.isdigit() or not 2000 <= int(plain) <= 2100:
        raise _refuse("not_a_year", "西暦の年度ではありません。", "令和8年度は 2026 と書いてください。")
    return int(plain)


def _optional_fiscal_year(value: object) -> int | None:
    return None if value is None or value == "" else _fiscal_year(value)


def _string(longest: int, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": longest, **more})


_NUMBER: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "integer"}]}

Line = Annotated[
    str,
    BeforeValidator(partial(_text, longest=200, multiline=False, required=True)),
    _string(200, minLength=1),
]
OptionalLine = Annotated[
    str, BeforeValidator(partial(_text, longest=200, multiline=False, required=False)), _string(200)
]
Prose = Annotated[
    str,
    BeforeValidator(partial(_text, longest=4000, multiline=True, required=True)),
    _string(4000, minLength=1),
]
OptionalProse = Annotated[
    str, BeforeValidator(partial(_text, longest=4000, multiline=True, required=False)), _string(4000)
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
OptionalDay = Annotated[
    date | None,
    BeforeValidator(_optional_day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
]
UnitPrice = Annotated[
    Decimal, BeforeValidator(partial(_decimal, least=None, most=Decimal(MAX_YEN))), WithJsonSchema(_NUMBER)
]
"""Yen without tax, at most four decimal places; a discount is negative."""
Quantity = Annotated[
    Decimal,
    BeforeValidator(partial(_decimal, least=Decimal("0.0001"), most=Decimal(MAX_QUANTITY))),
    WithJsonSchema(_NUMBER),
]
OptionalPrice = Annotated[
    int | None,
    BeforeValidator(partial(_optional_yen, least=1)),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_YEN}, {"type": "null"}]}),
]
Yen = Annotated[
    int,
    BeforeValidator(partial(_yen, least=0)),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_YEN}),
]
OptionalYen = Annotated[
    int | None,
    BeforeValidator(partial(_optional_yen, least=0)),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_YEN}, {"type": "null"}]}),
]
FiscalYear = Annotated[
    int, BeforeValidator(_fiscal_year), WithJsonSchema({"type": "integer", "minimum": 2000, "maximum": 2100})
]
OptionalFiscalYear = Annotated[
    int | None,
    BeforeValidator(_optional_fiscal_year),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 2000, "maximum": 2100}, {"type": "null"}]}),
]
OptionalCount = Annotated[
    int | None,
    BeforeValidator(_optional_count),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_QUANTITY}, {"type": "null"}]}),
]


_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("選ばれていないか、選べない値です。", "選択肢から選んでください。"),
    "literal_error": ("選ばれていないか、選べない値です。", "選択肢から選んでください。"),
    "enum": ("選ばれていないか、選べない値です。", "選択肢から選んでください。"),
    "string_too_long": ("{max_length}字までです。", "短くしてください。"),
    "string_pattern_mismatch": ("書き方が違います。", "値を確かめてください。"),
    "int_parsing": ("数字で書いてください。", "整数を入れてください。"),
    "greater_than_equal": ("{ge}以上です。", "値を確かめてください。"),
    "less_than_equal": ("{le}以下です。", "値を確かめてください。"),
    "too_long": ("{max_length}件までです。", "減らしてください。"),
    "too_short": ("{min_length}件以上要ります。", "加えてください。"),
}
"""The validator's own kinds of fault, in the words of a page; messages of our own validators stand as they are."""


def parse(model: type[Model], values: Mapping[str, Any]) -> Model:
    """A model from plain values (a page's form). Raises Invalid with every fault, messages led by the field's title."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Invalid([_fault(model, dict(item)) for item in error.errors()]) from None


def _fault(model: type[BaseModel], error: dict[str, Any]) -> FieldFault:
    location: tuple[int | str, ...] = error["loc"]
    title = _title(model, location)
    context = error.get("ctx", {})
    message, remedy = str(error["msg"]), str(context.get("remedy", "値を確かめてください。"))
    ours = "remedy" in context
    if error["type"] in _WORDS and not ours:
        message, remedy = (words.format_map(context) for words in _WORDS[error["type"]])
    elif error["type"] == "string_too_short" and not ours:
        empty = not error.get("input")
        message = "選ばれていないか、書かれていません。" if empty else f"{context['min_length']}字以上です。"
        remedy = "選ぶか、書いてください。" if empty else "書き足してください。"
    pointer = "".join(f"/{part}" for part in location)
    return FieldFault(pointer, str(error["type"]), f"「{title}」：{message}" if title else message, remedy)


def _title(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """The innermost field's title, led by its row where it stands in a list."""
    title, row = "", ""
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            row = f"{title}{part + 1}行目の"
            continue
        field = current.model_fields.get(part) if current is not None else None
        if field is None:
            break
        title, row = f"{row}{field.title or ''}", ""
        kinds = (field.annotation, *get_args(field.annotation))
        current = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
    return title


def day_faults(pointer: str, title: str, day: date | None, today: date) -> list[FieldFault]:
    """Why a day cannot be meant: before 1900, or more than 30 years ahead."""
    if day is None or EARLIEST <= day <= latest_allowed(today):
        return []
    return [
        FieldFault(
            pointer,
            "date_out_of_range",
            f"「{title}」：1900年より前、または30年より先の日付です。",
            f"{latest_allowed(today).isoformat()} までの日付にしてください。",
        )
    ]
