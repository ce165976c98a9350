"""Which way a submission takes: 軽微 changes are public at once, everything else is reviewed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from app.conformance import service as conformance
from app.kit.clock import Clock
from app.listings.service import Basis
from app.review import repository, samples
from app.review.reading import checks_for
from catalogue_schema import ClassedChange, Schema


@dataclass(frozen=True)
class Outlook:
    """What would come of handing the draft in now."""

    change_class: str
    """first (nothing is public), same (no difference), minor or major."""
    changes: tuple[ClassedChange, ...]
    hindrances: tuple[str, ...]
    """Why minor changes are reviewed all the same (Japanese); empty where nothing stands in the way."""

    @property
    def self_publishing(self) -> bool:
        """Whether it is public at once."""
        return self.change_class == "minor" and not self.hindrances

    @property
    def consequence(self) -> str:
        """What follows, for the vendor."""
        if self.self_publishing:
            return (
                "変更はすべて軽微です。申請すると、審査を待たずにすぐ公開されます。"
                "後から抜取りで確認することがあります。"
            )
        if self.change_class == "first":
            return "はじめて公開する内容なので、審査の後に公開されます。"
        if self.change_class == "same":
            return "公開中の版と違いがありません。申請すると審査を受けます。"
        if self.change_class == "minor":
            return "変更はすべて軽微ですが、次の理由で審査を受けます。"
        return "重要な変更があるので、審査の後に公開されます。公開の日に、契約中の団体へ変更した項目を知らせます。"

    def stored(self) -> list[dict[str, str]]:
        """The changes as the case keeps them."""
        return [
            {
                "field": one.change.field.name,
                "label": one.change.field.label_ja,
                "change_class": one.change_class,
            }
            for one in self.changes
        ]


def outlook(session: Session, clock: Clock, schema: Schema, basis: Basis) -> Outlook:
    """The class of the newest revision's differences from the live one, and what follows."""
    if basis.live is None:
        return Outlook("first", (), ())
    answers = schema.normalise(basis.kind, basis.newest.answers)
    changes = schema.classed_changes(basis.kind, basis.live.answers, answers)
    if not changes:
        return Outlook("same", (), ())
    if any(one.change_class == "major" for one in changes):
        return Outlook("major", changes, ())
    return Outlook("minor", changes, tuple(_hindrances(session, clock, schema, basis, changes)))


def _hindrances(
    session: Session, clock: Clock, schema: Schema, basis: Basis, changes: tuple[ClassedChange, ...]
) -> list[str]:
    found = []
    if basis.status != "published":
        found.append("今は公開されていません。")
    if repository.was_returned(session, basis.newest.id):
        found.append("この版は一度差し戻されています。")
    if basis.live is not None and conformance.stated_between(
        session, basis.entry_id, basis.live.number, basis.newest.number
    ):
        found.append("標準仕様への対応の回答が変わっています。")
    if samples.distrusted(session, basis.entry_id):
        found.append("前回の軽微な変更が、公開の後に取り消されました。次の承認までは審査を受けます。")
    changed = {one.change.field.name for one in changes}
    answers = schema.normalise(basis.kind, basis.newest.answers)
    # What was odd before is no reason to hold back a new telephone number; what is odd about the change is.
    return found + [
        f"自動の確認「{check.label}」：{check.message}"
        for check in checks_for(session, clock, schema, basis.entry_id, answers)
        if check.outcome == "fault" or (check.outcome == "warning" and check.field in changed)
    ]
