"""A posted form as endpoints see it, checked against the organisation that it was rendered for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.access.dependencies import current_actor
from app.kit.database import READONLY_METHODS
from app.kit.errors import Malformed, OrganisationMismatch

FIELDS_AT_MOST = 10_000
"""A price table of 100 lines has 800 inputs; starlette's own limit is 1,000 for everything."""
ADD_ROW = "add-row:"
"""Prefix of the button that asks for more blank rows of a field."""
FORM_KEY = "form_key"
"""The random key of one rendering of a form: app.web.once takes each only once."""
CREDENTIALS = frozenset({"form_token", "organisation", FORM_KEY})
"""What a form says about itself; a form sent again gets them anew."""
TECHNICAL = CREDENTIALS | {"action"}
WAYS_OUT = frozenset({"/logout", "/account/organisation"})
"""Posts that lead out of a mismatch, so a mismatch never stops them. Their forms carry no organisation."""


@dataclass(frozen=True)
class Form:
    """Names and values as posted. `values` fits `Schema.from_form` and `Schema.check_form`."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The last value under the name, trimmed; `default` where there is none."""
        given = self.values.get(name)
        return given[-1].strip() if given else default

    def all(self, name: str) -> list[str]:
        """Every non-blank value under the name, trimmed (checkboxes)."""
        return [item.strip() for item in self.values.get(name, ()) if item.strip()]

    def checked(self, name: str) -> bool:
        """Whether a single checkbox was ticked."""
        return bool(self.all(name))

    @property
    def action(self) -> str:
        """The value of the button `name="action"` that was pressed; `""` for a form with one button."""
        return self.get("action")

    @property
    def more_rows_of(self) -> str | None:
        """The `rows` field whose 「行を追加」 was pressed: render the form again instead of saving."""
        return self.action.removeprefix(ADD_ROW) if self.action.startswith(ADD_ROW) else None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.values if name not in TECHNICAL)

    def typed(self) -> dict[str, str]:
        """What was typed, name → last value, to render the form again."""
        return {name: values[-1] for name, values in self.values.items() if values and name not in TECHNICAL}


@dataclass(frozen=True)
class UploadedFile:
    """A file as it was sent: its name is what the browser says, and proves nothing."""

    name: str
    content: bytes


@dataclass(frozen=True)
class UploadForm(Form):
    """A posted form with one file."""

    file: UploadedFile | None = None
    """None where none was chosen."""


UPLOAD_PATHS = re.compile(
    r"/vendor/bulk|/agency/renewals|/contracts/import|/contracts/[^/]+/documents"
    r"|/specification-desk/[^/]+/versions/[^/]+/file|/vendor/software/[^/]+/conformance/[^/]+/file"
)
"""Where a form may hold one file. How large it may be is the route's body limit (`app.main`), which also wants a
credential before it is read."""


async def read_form(request: Request) -> Form:
    """The posted form (dependency); an empty one for requests that post nothing.

    Every page router depends on it (`app.web.site`), so the organisation is compared before any guard judges the
    rights of the organisation that is active by now. A form that names none is taken: it was no form of ours (those
    of `components/forms.html` always do), or one of WAYS_OUT. What was read stays on `request.state.form`, for the
    pages of refusals.

    Raises Malformed for what is no form, OrganisationMismatch where it was rendered for another organisation.
    """
    if request.method in READONLY_METHODS:
        return Form()
    actor = await run_in_threadpool(current_actor, request)
    files = 1 if UPLOAD_PATHS.fullmatch(request.url.path) else 0
    values: dict[str, list[str]] = {}
    file: UploadedFile | None = None
    try:
        async with request.form(max_files=files, max_fields=FIELDS_AT_MOST) as posted:
            for name, value in posted.multi_items():
                if isinstance(value, str):
                    values.setdefault(name, []).append(value)
                elif value.filename:
                    file = UploadedFile(value.filename, await value.read())
    except HTTPException as error:
        raise Malformed(
            "送信された内容を読み取れません。画面を開き直して、もう一度送ってください。"
        ) from error
    form = UploadForm(values, file) if files else Form(values)
    request.state.form = form
    rendered_for = values.get("organisation", [""])[-1]
    mismatch = actor.kind == "session" and rendered_for not in ("", actor.organisation_id or "none")
    if mismatch and request.url.path not in WAYS_OUT:
        raise OrganisationMismatch(
            "この画面は、別の所属で開いたものです。何も保存していません。所属を確かめて、もう一度操作してください。",
            rendered_for=rendered_for,
        )
    return form


FormDep = Annotated[Form, Depends(read_form)]


def read_upload(form: FormDep) -> UploadForm:
    """The posted form of a route of UPLOAD_PATHS, with its file (dependency)."""
    return form if isinstance(form, UploadForm) else UploadForm(form.values)


UploadDep = Annotated[UploadForm, Depends(read_upload)]
