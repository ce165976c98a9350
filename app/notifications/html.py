"""The HTML form of a message: the words of its text template, so that the two never say different things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOOT = "--"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
)


@dataclass(frozen=True)
class Paragraph:
    """Some lines that belong together, or the link to the thing."""

    lines: tuple[str, ...]
    link: str = ""


def _parts(body: str) -> tuple[list[str], list[str]]:
    """The lines of the message itself, and those below the foot's line."""
    lines = [line.rstrip() for line in body.split("\n")]
    foot = max((index for index, line in enumerate(lines) if line == _FOOT), default=len(lines))
    return lines[:foot], lines[foot + 1 :]


def paragraphs(body: str, link: str) -> list[Paragraph]:
    """The message's paragraphs. Only the service's own `link`, alone on its line, becomes one: what a vendor or an
    officer wrote never does."""
    found: list[Paragraph] = []
    gathered: list[str] = []
    for line in [*_parts(body)[0], ""]:
        is_link = line.strip() == link
        if line.strip() and not is_link:
            gathered.append(line)
            continue
        if gathered:
            found.append(Paragraph(tuple(gathered)))
            gathered = []
        if is_link:
            found.append(Paragraph((), link))
    return found


def without_frame(body: str, link: str, marker: str) -> str:
    """What お知らせ shows beside its own link: the message without its 様, link, demo marker and foot."""
    texts = ["\n".join(part.lines) for part in paragraphs(body, link) if not part.link]
    texts = [text for text in texts if not (marker and text == f"※ {marker}")]
    first, _, rest = texts[0].partition("\n") if texts else ("", "", "")
    if first.endswith(" 様"):
        texts = ([rest] if rest else []) + texts[1:]
    return "\n\n".join(texts)


def html_of(subject: str, body: str, link: str) -> str:
    """The message as an HTML document: no pictures, nothing from elsewhere, every text escaped."""
    foot = [line for line in _parts(body)[1] if line]
    return _TEMPLATES.get_template("mail.html").render(
        subject=subject, paragraphs=paragraphs(body, link), foot=foot
    )
