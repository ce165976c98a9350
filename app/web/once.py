"""A form takes effect once: the same form sent again gets the first answer again (double click, resent page).

Each rendering of a form carries a random key (`components/forms.html`). The key is taken in the transaction of what the
form does, so it counts only where that was committed: a form refused with faults may be sent again with the same key.
"""

import hashlib
import json
import re
from typing import Any, cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app.access.actor import Actor
from app.access.dependencies import clock_of
from app.access.idempotency import claim_key
from app.kit.database import READONLY_METHODS, UnitOfWork
from app.kit.errors import Conflict, Malformed, Problem
from app.web.forms import CREDENTIALS, FORM_KEY, Form, FormDep, UploadForm

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SentBefore(Problem):
    """No refusal: the form was taken before, and this is where it led. Members: location, flash."""

    status, slug, title = 303, "sent-before", "この内容は、すでに送られています"


class SentOtherwise(Conflict):
    """The form was taken before with other values. Member: location (where that led)."""

    slug, title = "sent-otherwise", "この画面からは、すでに送っています"


async def once(request: Request, form: FormDep) -> None:
    """Take the form's key, if it has one (dependency).

    Raises SentBefore for the same form again, SentOtherwise where it was changed after it took effect.
    """
    key, actor = form.get(FORM_KEY), request.scope.get("actor")
    if (
        request.method in READONLY_METHODS
        or not key
        or not isinstance(actor, Actor)
        or actor.kind != "session"
    ):
        return
    if not _KEY.fullmatch(key):
        raise Malformed("送信された内容を読み取れません。画面を開き直して、もう一度送ってください。")
    await run_in_threadpool(_take, request, actor, form, key)


def replay_with(request: Request, path: str, text: str) -> None:
    """For an endpoint that succeeds without a redirect (it shows a secret once): what a repeat is answered with."""
    request.state.replay = {"location": path, "flash": ["info", text]}


def _take(request: Request, actor: Actor, form: Form, key: str) -> None:
    unit = cast(UnitOfWork, request.scope["unit_of_work"])
    route = f"{request.method} {request.url.path}"
    if isinstance(form, UploadForm) and form.file is not None:
        # Going back and choosing the corrected file is a new sending, not a repeat that changed.
        key = hashlib.sha256(key.encode() + form.file.content).hexdigest()
    claim = claim_key(unit.open(), actor, clock_of(request).now(), route, key, _digest(form))
    if claim.otherwise:
        raise SentOtherwise(
            "この画面の内容は一度送られ、保存されています。その後で変えた内容は、まだ保存していません。",
            location=claim.answer.get("location", ""),
        )
    if claim.taken_before:
        raise SentBefore(location=claim.answer.get("location", "/"), flash=claim.answer.get("flash"))

    def remember(status: int, location: str) -> None:
        answer: dict[str, Any] | None = getattr(request.state, "replay", None)
        if answer is None and status == 303 and location:
            answer = {"location": location, "flash": getattr(request.state, "flash", None)}
        # Without either the form was only shown again (more rows, a sum).
        claim.remember(answer)

    unit.before_commit(remember)


def _digest(form: Form) -> str:
    said = {name: list(values) for name, values in form.values.items() if name not in CREDENTIALS}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
