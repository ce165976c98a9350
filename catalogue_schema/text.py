"""Texts as people type them: what is cleaned silently, and what is refused. Pure functions on strings."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー・゛゜ヽヾゝゞ 　]+")
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_TELEPHONE: Final = re.compile(r"(?:0[0-9-]{8,14}[0-9]|\+[1-9][0-9-]{6,17}[0-9])")
_HOST: Final = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")


def clean(value: str) -> str:
    """NFC, CRLF and CR to LF, no blanks around. What is stored and counted; idempotent."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip()


def printable(value: object, longest: int = 60) -> str:
    """A short form of anything a client sent, safe to put into a message: no lone surrogates, no control
    characters.
    """
    text = value[: longest + 1] if isinstance(value, str) else type(value).__name__
    shown = text[:longest]
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(f"\\u{ord(char):04x}" if _refused(char, False) else char for char in shown)
    return shown + "…" if len(text) > longest else shown


def same_name_key(value: str) -> str:
    """What two texts share that people read as the same name: NFKC, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _refused(char: str, multiline: bool) -> bool:
    if char == "\n":
        return not multiline
    category = unicodedata.category(char)
    # Cf holds bidirectional overrides and zero-width characters, by which a text can look like another one;
    # Co are 外字, which look different on every machine. Noncharacters end in FFFE or FFFF.
    return (
        category in ("Cc", "Cs", "Cf", "Co") or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    )


def first_refused(value: str, multiline: bool = False) -> str | None:
    """The first character that no text may hold: control (but line feeds in long texts), surrogate,
    invisible, 外字.
    """
    if value.isascii() and value.isprintable():
        return None
    return next((char for char in value if _refused(char, multiline)), None)


def name_of(char: str) -> str:
    """What to call a refused character in a message: ``U+0007（制御文字）``."""
    kinds = {"Cc": "制御文字", "Cs": "不完全な文字", "Cf": "見えない文字", "Co": "外字"}
    return f"U+{ord(char):04X}（{kinds.get(unicodedata.category(char), '使えない文字')}）"


def is_kana(value: str) -> bool:
    """Whether a reading is in hiragana or full-width katakana (with ー, ・ and blanks) only."""
    return _KANA.fullmatch(value) is not None


def is_latin(value: str) -> bool:
    """Whether a text is in Latin letters, digits and common signs only (half-width)."""
    return all(
        char.isascii() or unicodedata.name(char, "").startswith("LATIN ") or char in "–—‘’“”©®™"
        for char in value
    )


def is_email(value: str) -> bool:
    """Whether a text has the form of an e-mail address in ASCII (RFC 5321, without quoted local parts)."""
    return len(value) <= 254 and len(value.partition("@")[0]) <= 64 and _EMAIL.fullmatch(value) is not None


def is_telephone(value: str) -> bool:
    """Whether a text is a telephone number in half-width digits and hyphens: 10 or 11 digits from 0, or 8
    to 15 after +.
    """
    digits = sum(char.isdigit() for char in value)
    if "--" in value or _TELEPHONE.fullmatch(value) is None:
        return False
    return 10 <= digits <= 11 if value.startswith("0") else 8 <= digits <= 15


def url_fault(value: str) -> str | None:
    """Why a text is no public http(s) address (in Japanese), or ``None`` if it is one."""
    if any(char.isspace() or char in '<>"\\^`{|}' for char in value):
        return "URLに使えない文字があります。"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "URLとして読めません。"
    if parts.scheme not in ("http", "https"):
        return "http:// か https:// で始まっていません。"
    if parts.username is not None or parts.password is not None:
        return "URLに利用者名やパスワードが含まれています。"
    if not parts.hostname or _HOST.fullmatch(parts.hostname) is None or port == 0:
        return "URLのホスト名が正しくありません。"
    return None
