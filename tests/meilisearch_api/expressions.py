"""Filter expressions: read, checked against what is filterable, and tried on documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tests.meilisearch_api.refusals import Refused

Document = Mapping[str, Any]
Condition = Callable[[Document], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|=|<|>|\(|\)|\[|\]|,)|(?P<word>[^\s()\[\],"=<>!]+))""",
    re.DOTALL,
)
_KEYWORDS = frozenset({"AND", "OR", "NOT", "IN", "TO", "EXISTS", "IS", "NULL", "EMPTY"})


class Filterable:
    """`filterableAttributes`: which names may be filtered, and by which operators."""

    def __init__(self, entries: Sequence[Any]) -> None:
        self._entries = entries

    def allows(self, name: str, operation: str = "equality") -> bool:
        """Whether `name` may be filtered by "equality" or "comparison"."""
        for entry in self._entries:
            if isinstance(entry, str):
                if entry == name:
                    return True
            elif any(fnmatchcase(name, pattern) for pattern in entry["attributePatterns"]):
                return bool(entry["features"]["filter"][operation])
        return False


def condition(expression: str, filterable: Filterable) -> Condition:
    """The condition that an expression states. Raises Refused as the server does."""
    parser = _Parser(_tokens(expression), filterable)
    found = parser.disjunction()
    if parser.rest:
        raise _wrong(f"found unexpected characters at the end of the filter: `{parser.rest[0][1]}`")
    return found


def same(one: Any, other: Any) -> bool:
    """Equality of values as filters see it: normalised, without case."""
    return str(one).casefold() == str(other).casefold()


def values_of(document: Document, name: str) -> list[Any]:
    """The values under a name, each of an array."""
    value = document.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _wrong(message: str) -> Refused:
    return Refused("invalid_search_filter", message)


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while expression[place:].strip():
        match = _TOKEN.match(expression, place)
        if match is None:
            raise _wrong(f"unexpected characters at {place}: `{expression[place : place + 20]}`")
        kind = str(match.lastgroup)
        text = match[kind]
        found.append(
            (kind, re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if kind == "quoted" else text)
        )
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], filterable: Filterable) -> None:
        self.rest = tokens
        self._filterable = filterable

    def disjunction(self) -> Condition:
        """Parts joined by OR."""
        parts = [self._conjunction()]
        while self._took("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self._took("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def _negation(self) -> Condition:
        if self._took("NOT"):
            inner = self._negation()
            return lambda document: not inner(document)
        if self._took("("):
            inside = self.disjunction()
            self._expect(")")
            return inside
        return self._comparison()

    def _comparison(self) -> Condition:
        kind, name = self._next()
        if kind != "word" or name in _KEYWORDS:
            raise _wrong(f"was expecting an attribute, found `{name}`")
        if self._took("EXISTS"):
            self._check(name, "equality")
            return lambda document: name in document
        if self._took("IN"):
            self._check(name, "equality")
            wanted = self._list()
            return lambda document: any(
                same(value, one) for value in values_of(document, name) for one in wanted
            )
        _, sign = self._next()
        if sign in ("=", "!="):
            self._check(name, "equality")
            one = self._value()
            return lambda document: (
                (sign == "=") == any(same(value, one) for value in values_of(document, name))
            )
        self._check(name, "comparison")
        if sign in ("<", ">", "<=", ">="):
            bound = _number(self._value())
            return lambda document: any(_compared(value, sign, bound) for value in values_of(document, name))
        if self._took("TO"):
            low, high = _number(sign), _number(self._value())
            return lambda document: any(
                _compared(value, ">=", low) and _compared(value, "<=", high)
                for value in values_of(document, name)
            )
        raise _wrong(f"was expecting an operation, found `{sign}`")

    def _list(self) -> list[str]:
        self._expect("[")
        found: list[str] = []
        while not self._took("]"):
            if found:
                self._expect(",")
            found.append(self._value())
        return found

    def _value(self) -> str:
        kind, text = self._next()
        if kind == "sign" or (kind == "word" and text in _KEYWORDS):
            raise _wrong(f"was expecting a value, found `{text}`")
        return text

    def _check(self, name: str, operation: str) -> None:
        if not self._filterable.allows(name, operation):
            raise _wrong(f"attribute `{name}` is not filterable by {operation}")

    def _next(self) -> tuple[str, str]:
        if not self.rest:
            raise _wrong("the filter ends too early")
        return self.rest.pop(0)

    def _took(self, text: str) -> bool:
        if self.rest and self.rest[0] in (("word", text), ("sign", text)):
            self.rest.pop(0)
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise _wrong(f"was expecting `{text}`")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _wrong(f"`{text}` is not a number") from None


def _compared(value: Any, sign: str, bound: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    number = float(value)
    return {"<": number < bound, ">": number > bound, "<=": number <= bound, ">=": number >= bound}[sign]
