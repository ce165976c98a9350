"""The words that stand for others in searches: read, made, changed, retired by reviewers; the table of any version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.http import etag
from app.kit.ids import new_id
from app.kit.pagination import Paging
from app.listings.service import check_etag
from app.listings.words import Words, checked
from app.outbox.publish import publish
from app.search_words import repository
from app.search_words.lifecycle import WORD
from app.search_words.models import KeptWord, WordChange
from catalogue_schema.search_words import KINDS, SearchWord, seed_words
from search.folding import fold_text
from search.tokens import runs

TOPIC = "search.words"
"""Outbox topic: engines that keep a table of their own are told the new one."""
MOST = 5_000
LONGEST = 60
MOST_MEANT = 12
SHORTEST = 2


@dataclass(frozen=True)
class WordView:
    """One word. `source` is `seed` as long as it is as the product came with it."""

    id: str
    kind: str
    written: str
    meant: tuple[str, ...]
    note: str
    source: str
    status: str
    version: int
    updated_at: datetime

    @property
    def etag(self) -> str:
        """Strong ETag: grows with each change."""
        return etag(self.version)

    @property
    def kind_label(self) -> str:
        """What people call the kind."""
        return next((label for kind, label in KINDS.items() if kind == self.kind), self.kind)


@dataclass(frozen=True)
class ChangeView:
    """One change of a word, with the version of the table that it made."""

    number: int
    version: int
    kind: str
    written: str
    meant: tuple[str, ...]
    note: str
    status: str
    changed_at: datetime | None
    """None for the seed, which nobody changed."""


@dataclass(frozen=True)
class WordText:
    """What a person gave for a word."""

    kind: str
    written: str
    meant: Sequence[str]
    note: str = ""


def list_words(
    session: Session, paging: Paging, *, kind: str | None = None, text: str = "", retired: bool = False
) -> tuple[list[WordView], str | None]:
    """A page of the words, the newest first, by kind and by a part of what is written. Everybody may read them."""
    rows, following = repository.page(session, paging, kind, fold_text(text.strip()), retired=retired)
    return [_view(row) for row in rows], following


def read_word(session: Session, word_id: str) -> WordView:
    """One word. Raises NotFound."""
    return _view(_found(session, word_id))


def history(session: Session, word_id: str) -> list[ChangeView]:
    """Its changes, newest first. Raises NotFound."""
    _found(session, word_id)
    return [_change(row) for row in repository.changes_of(session, word_id)]


def table_version(session: Session) -> int:
    """The version of the table now; 0 before the seed was taken over."""
    return repository.version(session)


def table(session: Session, version: int | None = None) -> list[ChangeView]:
    """The words that counted at a version (None: now), by kind and then as written. Raises NotFound.

    Before the first version that is the seed, which searches go by until it was taken over.
    """
    newest = repository.version(session)
    if version is not None and not 0 <= version <= newest:
        raise NotFound(f"第{version}版はありません。第{newest}版まであります。")
    wanted = newest if version is None else version
    if not wanted:
        return [
            ChangeView(0, 1, word.kind, word.written, word.meant, "", "active", None) for word in seed_words()
        ]
    latest = {row.word_id: row for row in repository.changes(session, wanted)}
    counted = [row for row in latest.values() if row.status == "active"]
    return [_change(row) for row in sorted(counted, key=lambda row: (row.kind, row.written, row.number))]


def kinds_counted(session: Session) -> dict[str, int]:
    """How many words of each kind count now, by the kind's Japanese name."""
    counted = dict.fromkeys(KINDS.values(), 0)
    for row in table(session):
        counted[next(label for kind, label in KINDS.items() if kind == row.kind)] += 1
    return counted


def create(session: Session, actor: Actor, clock: Clock, given: WordText) -> WordView:
    """Keep a new word; it counts from the next search on.

    Raises Forbidden for who does not review, Invalid with all faults, Conflict where another was changed just now.
    """
    require_writer(actor)
    written, meant, note = _checked(session, given, None)
    if repository.count(session) >= MOST:
        remedy = "使わないものは直して使ってください。"
        raise Invalid([FieldFault("/written", "too_many", f"検索の言葉は{MOST:,}件までです。", remedy)])
    now = clock.now()
    row = KeptWord(
        id=new_id("swd"),
        kind=given.kind,
        written=written,
        key=fold_text(written),
        meant=meant,
        note=note,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    _changed(session, actor, clock, row, "created")
    return _view(row)


def edit(
    session: Session, actor: Actor, clock: Clock, word_id: str, given: WordText, if_match: str | None
) -> WordView:
    """Change a word that counts. Its kind stays.

    Raises NotFound, Forbidden, PreconditionRequired, PreconditionFailed, TransitionRefused, Invalid with all
    faults, Conflict.
    """
    row = _writable(session, actor, word_id)
    check_etag(if_match, _view(row).etag)
    written, meant, note = _checked(session, WordText(row.kind, given.written, given.meant, given.note), row)
    changes: dict[str, object] = {"written": written, "key": fold_text(written), "meant": meant, "note": note}
    WORD.move(session, row, "edit", **changes, **_stamp(row, clock), source="agency")
    _changed(session, actor, clock, row, "edited")
    return _view(row)


def retire(session: Session, actor: Actor, clock: Clock, word_id: str) -> WordView:
    """Let it count no more. Raises NotFound, Forbidden, TransitionRefused, Conflict."""
    row = _writable(session, actor, word_id)
    WORD.move(session, row, "retirement", **_stamp(row, clock), source="agency")
    _changed(session, actor, clock, row, "closed")
    return _view(row)


def restore(session: Session, actor: Actor, clock: Clock, word_id: str) -> WordView:
    """Let a retired word count again. Raises NotFound, Forbidden, TransitionRefused, Conflict."""
    row = _writable(session, actor, word_id)
    WORD.move(session, row, "restoration", **_stamp(row, clock), source="agency")
    _changed(session, actor, clock, row, "restored")
    return _view(row)


def adopt_seed(session: Session, actor: Actor, clock: Clock, seed: Sequence[SearchWord]) -> int:
    """Take over what the product comes with, and answer how many words that changed.

    What reviewers made, changed or retired stays as it is; a seed word that nobody touched follows the product.
    """
    known = {(row.kind, row.key): row for row in repository.every(session)}
    now = clock.now()
    touched: list[KeptWord] = []
    for word in seed:
        key = fold_text(word.written)
        row = known.get((word.kind, key))
        if row is None:
            row = KeptWord(
                id=new_id("swd"),
                kind=word.kind,
                written=word.written,
                key=key,
                meant=list(word.meant),
                source="seed",
                created_at=now,
                updated_at=now,
            )
            known[word.kind, key] = row
        elif row.source == "seed" and (row.written, row.meant) != (word.written, list(word.meant)):
            row.written, row.meant = word.written, list(word.meant)
            row.version += 1
            row.updated_at = now
        else:
            continue
        session.add(row)
        touched.append(row)
    if touched:
        session.flush()
        number = repository.version(session)
        session.add_all(_change_of(row, number + place, now) for place, row in enumerate(touched, start=1))
        details = {"words": len(touched), "table_version": number + len(touched)}
        record(session, actor, "search_word.loaded", "search_word", "seed", at=now, details=details)
        publish(session, TOPIC, "all", at=now)
        session.flush()
    return len(touched)


def require_writer(actor: Actor) -> None:
    """Raises Forbidden for who does not review."""
    if not actor.may(Permission.REVIEW_CLAIM):
        raise Forbidden("検索の言葉を変えられるのは、審査担当だけです。")


def _checked(session: Session, given: WordText, own: KeptWord | None) -> tuple[str, list[str], str]:
    faults: list[FieldFault] = []
    if given.kind not in KINDS:
        remedy = f"次のいずれかです：{'、'.join(KINDS)}"
        faults.append(FieldFault("/kind", "unknown_term", "その種類はありません。", remedy))
    written, note, meant = "", "", [text for text in given.meant if text.strip()]
    try:
        written, note, *meant = checked(
            Words("/written", "言葉", given.written, required=True, longest=LONGEST),
            Words("/note", "理由と出典", given.note, longest=300),
            *(
                Words(f"/meant/{place}", "探す言葉", text, longest=LONGEST)
                for place, text in enumerate(meant)
            ),
        )
    except Invalid as refusal:
        faults += refusal.faults
    if not meant:
        faults.append(
            FieldFault("/meant", "required", "「探す言葉」は必要です。", "一行に一つずつ書いてください。")
        )
    elif len(meant) > MOST_MEANT:
        remedy = "よく使うものだけにしてください。"
        faults.append(FieldFault("/meant", "too_many", f"「探す言葉」は{MOST_MEANT}個までです。", remedy))
    if faults:
        raise Invalid(faults)
    key = fold_text(written)
    if len(key) < SHORTEST or not runs(key):
        remedy = "2文字以上の、文字か数字を含む言葉にしてください。"
        faults.append(FieldFault("/written", "too_short", "その言葉では広く一致しすぎます。", remedy))
    seen = {key}
    for place, text in enumerate(meant):
        folded = fold_text(text)
        if not runs(folded):
            remedy = "文字か数字を含む言葉にしてください。"
            faults.append(FieldFault(f"/meant/{place}", "format", f"「{text}」では探せません。", remedy))
        elif folded in seen:
            remedy = "その行を消してください。全角と半角、かなの違いは検索が吸収します。"
            faults.append(FieldFault(f"/meant/{place}", "duplicate", f"「{text}」は同じ言葉です。", remedy))
        seen.add(folded)
    other = repository.by_key(session, given.kind, key)
    if other is not None and (own is None or other.id != own.id):
        remedy = "その言葉を直すか、廃止されていれば戻してください。"
        message = f"「{other.written}」は同じ種類に既にあります（{other.id}）。"
        faults.append(FieldFault("/written", "duplicate", message, remedy))
    if faults:
        raise Invalid(faults)
    return written, meant, note


def _stamp(row: KeptWord, clock: Clock) -> dict[str, object]:
    return {"version": row.version + 1, "updated_at": clock.now()}


def _changed(session: Session, actor: Actor, clock: Clock, row: KeptWord, deed: str) -> None:
    """Number the change, write it down and let the engines be told."""
    session.refresh(row)
    now = clock.now()
    change = _change_of(row, repository.version(session) + 1, now)
    session.add(change)
    details = {
        "kind": row.kind,
        "written": row.written,
        "meant": row.meant,
        "version": row.version,
        "table_version": change.number,
    }
    record(session, actor, f"search_word.{deed}", "search_word", row.id, at=now, details=details)
    publish(session, TOPIC, "all", at=now)
    try:
        session.flush()
    except IntegrityError as taken:
        raise Conflict("同時にほかの言葉が変えられました。もう一度送ってください。") from taken


def _change_of(row: KeptWord, number: int, now: datetime) -> WordChange:
    return WordChange(
        number=number,
        word_id=row.id,
        version=row.version,
        kind=row.kind,
        written=row.written,
        meant=row.meant,
        note=row.note,
        status=row.status,
        changed_at=now,
    )


def _writable(session: Session, actor: Actor, word_id: str) -> KeptWord:
    row = _found(session, word_id)
    require_writer(actor)
    return row


def _found(session: Session, word_id: str) -> KeptWord:
    row = session.get(KeptWord, word_id)
    if row is None:
        raise NotFound("この検索の言葉はありません。")
    return row


def _view(row: KeptWord) -> WordView:
    return WordView(
        row.id,
        row.kind,
        row.written,
        tuple(row.meant),
        row.note,
        row.source,
        row.status,
        row.version,
        row.updated_at,
    )


def _change(row: WordChange) -> ChangeView:
    return ChangeView(
        row.number,
        row.version,
        row.kind,
        row.written,
        tuple(row.meant),
        row.note,
        row.status,
        row.changed_at,
    )
