"""Free texts of people that are no answers of the schema: reasons, notes, comments. Checked alike for API and pages."""

from __future__ import annotations

from dataclasses import dataclass

from app.kit.errors import FieldFault, Invalid
from catalogue_schema import text


@dataclass(frozen=True)
class Words:
    """One text: where it stands in the body, what people call it, what was given, and its limits."""

    pointer: str
    label: str
    given: str
    required: bool = False
    longest: int = 2000


def checked(*words: Words) -> list[str]:
    """The texts, cleaned, in their order. Raises Invalid with all faults: missing, too long, characters not allowed."""
    faults: list[FieldFault] = []
    cleaned: list[str] = []
    for item in words:
        value = text.clean(item.given)
        refused = text.first_refused(value, multiline=True)
        if refused is not None:
            remedy = "その文字を消してください。"
            message = f"「{item.label}」に使えない文字 {text.name_of(refused)} があります。"
            faults.append(FieldFault(item.pointer, "control_character", message, remedy))
        elif item.required and not value:
            faults.append(
                FieldFault(
                    item.pointer,
                    "required",
                    f"「{item.label}」は必要です。",
                    f"{item.label}を書いてください。",
                )
            )
        elif len(value) > item.longest:
            remedy = f"{len(value) - item.longest}字減らしてください。"
            message = f"「{item.label}」は{item.longest}字以内です。"
            faults.append(FieldFault(item.pointer, "too_long", message, remedy))
        cleaned.append(value)
    if faults:
        raise Invalid(faults)
    return cleaned
