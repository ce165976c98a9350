"""Four eyes: who may decide on whose listing. Pure."""

from __future__ import annotations

from collections.abc import Collection


def conflict_of_interest(
    person_id: str | None, submitted_by: str, groups: Collection[str], owner_group: str
) -> str | None:
    """Why this person may not decide on the case; None where nothing stands against it.

    `groups` are the groups of firms of every organisation that the person belongs to, whichever is active now.
    """
    if person_id is None or person_id == submitted_by:
        return "申請した本人は審査できません。ほかの審査担当に依頼してください。"
    if owner_group in groups:
        return "この事業者か同じ企業グループに所属しているため、審査できません。ほかの審査担当に依頼してください。"
    return None
