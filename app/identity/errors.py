"""Why a login is refused."""

from __future__ import annotations

from app.kit.errors import Problem


class LoginRefused(Problem):
    """A login that cannot be believed or was broken off. Member: reason (stable code)."""

    status, slug, title = 400, "login-refused", "ログインできませんでした"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{detail}ログイン画面からもう一度やり直してください。", reason=reason)
        self.reason = reason
