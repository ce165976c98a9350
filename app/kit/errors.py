"""Every refusal the service can give: a tree of nouns, each with its HTTP status and RFC 9457 type.

Raised anywhere below the web; `app.kit.problems` turns them into `application/problem+json` or a page.
The unit of work rolls back for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class FieldFault:
    """One fault in a payload: where (RFC 6901 pointer), which rule, why, and what would be right."""

    pointer: str
    code: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class PlacedFault:
    """One fault of an uploaded file.

    `row` is the number that a spreadsheet shows (the header is 1), or the line of a JSON Lines file; `column` the name
    of the field; `cell` the address (`D7`) or, in JSON Lines, the pointer within the line.
    """

    code: str
    message: str
    remedy: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    sheet: str = ""


class Problem(Exception):  # error nouns carry no "Error": they are refusals, not crashes
    """A refusal with a status, a stable `type` slug, a Japanese title, a detail and optional members."""

    status = 500
    slug = "internal"
    title = "内部エラーです"

    def __init__(self, detail: str = "", **extra: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra: Mapping[str, object] = extra
        self.headers: dict[str, str] = {}

    def body(self, instance: str = "") -> dict[str, object]:
        """The problem document (RFC 9457) as plain JSON values."""
        document: dict[str, object] = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            document["instance"] = instance
        document.update(self.extra)
        return document


class Malformed(Problem):
    """The request cannot be read: not JSON, not UTF-8, a bad cursor."""

    status, slug, title = 400, "malformed", "リクエストを読み取れません"


class Unauthenticated(Problem):
    """No credential, or one that is unknown, expired or revoked."""

    status, slug, title = 401, "unauthenticated", "ログインまたは有効なAPIトークンが必要です"

    def __init__(self, detail: str = "", **extra: object) -> None:
        super().__init__(detail, **extra)
        self.headers["WWW-Authenticate"] = 'Bearer realm="dmp"'


class Forbidden(Problem):
    """The actor may see the thing but not do this; `detail` says which right is missing and who can give it."""

    status, slug, title = 403, "forbidden", "この操作をする権限がありません"


class StepUpRequired(Forbidden):
    """The act needs a session with a fresh login (`auth_time`)."""

    slug, title = "step-up-required", "もう一度ログインしてから操作してください"


class CrossSite(Forbidden):
    """A cookie-bearing unsafe request that does not prove that it comes from our own pages."""

    slug, title = "cross-site", "このサイトの画面以外からの送信は受け付けません"


class NotFound(Problem):
    """Nothing there that this actor may see."""

    status, slug, title = 404, "not-found", "見つかりません"


class Gone(Problem):
    """A listing that left the catalogue. Members: id, kind (of end), ended_on, note."""

    status, slug, title = 410, "gone", "この掲載は終了しました"


class Conflict(Problem):
    """The state of things does not allow it."""

    status, slug, title = 409, "conflict", "現在の状態ではこの操作はできません"


class TransitionRefused(Conflict):
    """A verb that the present status does not allow. Members: verb, state, allowed."""

    slug = "transition-refused"


class OrganisationMismatch(Conflict):
    """The form was made for another organisation than the one now active in the session."""

    slug, title = "organisation-mismatch", "画面を開いた後に所属が切り替えられました"


class IdempotencyConflict(Conflict):
    """An Idempotency-Key used before with another body, or still being handled."""

    slug, title = "idempotency-conflict", "この Idempotency-Key は別の内容で使われています"


class PreconditionFailed(Problem):
    """`If-Match` names an older version. Member: current (ETag)."""

    status, slug, title = 412, "precondition-failed", "ほかの人が先に更新しました"


class TooLarge(Problem):
    """The body is over the route's limit. Member: limit (bytes)."""

    status, slug, title = 413, "too-large", "送信された内容が大きすぎます"


class UnsupportedMedia(Problem):
    """A content type that the route does not read."""

    status, slug, title = 415, "unsupported-media-type", "この Content-Type は受け付けません"


class Invalid(Problem):
    """The payload has faults: all of them, each with pointer, code, message and remedy."""

    status, slug, title = 422, "invalid", "入力内容に誤りがあります"

    def __init__(self, faults: Sequence[FieldFault], detail: str = "", **extra: object) -> None:
        self.faults = tuple(faults)
        super().__init__(
            detail or f"{len(self.faults)}件の誤りがあります。errors を確認してください。",
            errors=[asdict(fault) for fault in self.faults],
            **extra,
        )


class PreconditionRequired(Problem):
    """The route changes something that others edit too, and wants `If-Match`."""

    status, slug, title = 428, "precondition-required", "If-Match ヘッダーが必要です"


class TooManyRequests(Problem):
    """Wait (Retry-After) and try again."""

    status, slug, title = 429, "too-many-requests", "しばらく待ってからやり直してください"


class Unavailable(Problem):
    """A part that the request needs does not answer (an issuer, the database)."""

    status, slug, title = 503, "unavailable", "ただいま利用できません"


def invalid(pointer: str, code: str, message: str, remedy: str = "") -> Invalid:
    """A refusal for a single fault."""
    return Invalid([FieldFault(pointer, code, message, remedy)])
