"""The kinds of texts that govern a contract."""

from collections.abc import Mapping
from typing import Final

TEXT_KINDS: Final[Mapping[str, str]] = {
    "individual": "個別契約（この契約の版）",
    "special_provisions": "特記事項",
    "general_conditions": "約款",
    "statement_of_requirements": "調達仕様書",
    "master": "基本契約",
    "terms_of_use": "利用規約",
    "other": "その他",
}
"""Codes and Japanese names, in the order of precedence that is offered first."""
