"""What somebody typed into a form that could not be taken, kept until they logged in again or switched back.

It is sealed with the service's secret and readable by nobody but the person who typed it, for an hour.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlmodel import Session, col, delete, select

from app.access.actor import Actor
from app.access.models import UnsentForm
from app.kit.errors import NotFound
from app.kit.ids import new_id

KEPT = timedelta(hours=1)
AT_MOST = 10
"""Forms kept for one person."""


@dataclass(frozen=True)
class Unsent:
    """A form as it was posted: to `path`, from the page `back`, with its values by name."""

    path: str
    back: str
    values: Mapping[str, Sequence[str]]
    organisation_id: str = ""
    id: str = field(default="")


def _seal(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"unsent-form:" + secret.encode()).digest()))


def keep(session: Session, secret: str, actor: Actor, now: datetime, form: Unsent) -> str:
    """Keep the form for the actor and give its id. A person's oldest make room for it."""
    sweep(session, now)
    assert actor.person_id is not None  # only sessions have forms to come back to
    mine = select(col(UnsentForm.id)).where(col(UnsentForm.person_id) == actor.person_id)
    older = session.exec(mine.order_by(col(UnsentForm.id).desc()).offset(AT_MOST - 1)).all()
    session.exec(delete(UnsentForm).where(col(UnsentForm.id).in_(older)))
    plain = json.dumps({"path": form.path, "back": form.back, "values": dict(form.values)})
    row = UnsentForm(
        id=new_id("uf"),
        person_id=actor.person_id,
        organisation_id=form.organisation_id,
        sealed=_seal(secret).encrypt(plain.encode()).decode(),
        created_at=now,
    )
    session.add(row)
    return row.id


def read(session: Session, secret: str, actor: Actor, now: datetime, unsent_id: str) -> Unsent:
    """The actor's own kept form. Raises NotFound for another's, an expired, or an unreadable one."""
    gone = NotFound(
        "送り直せる内容は残っていません（1時間で消えます）。画面を開いて、もう一度入力してください。"
    )
    row = session.get(UnsentForm, unsent_id)
    if row is None or row.person_id != actor.person_id or row.created_at < now - KEPT:
        raise gone
    try:
        known = json.loads(_seal(secret).decrypt(row.sealed.encode()))
    except InvalidToken:  # the service's secret was changed meanwhile
        raise gone from None
    return Unsent(known["path"], known["back"], known["values"], row.organisation_id, row.id)


def sweep(session: Session, now: datetime) -> None:
    """Drop what nobody came back for."""
    session.exec(delete(UnsentForm).where(col(UnsentForm.created_at) < now - KEPT))
