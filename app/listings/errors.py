"""Refusals of listings that clients tell apart."""

from __future__ import annotations

from app.kit.errors import Conflict


class AgreementInactive(Conflict):
    """The firm has no master agreement (基本契約) in force."""

    slug, title = "agreement-inactive", "有効な基本契約がありません"


class SellerNotAuthorised(Conflict):
    """The developer does not let this firm sell the software, or the firm has not accepted."""

    slug, title = "seller-not-authorised", "このソフトウェアの販売者として認められていません"


class RevisionChanged(Conflict):
    """The revision is no longer the one on the screen. Members: revision_id, content_hash (the current ones)."""

    slug, title = "revision-changed", "画面に出ていた版から変わっています"
