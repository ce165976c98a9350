from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.search.contract.adapters import ADAPTERS, SETTINGS, Adapter, document


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Adapter]:
    """An engine with an empty index, for tests that write."""
    with ADAPTERS[request.param](tmp_path / "index", SETTINGS) as opened:
        yield opened


@pytest.fixture(params=sorted(ADAPTERS), scope="module")
def catalogue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    """An engine with a small catalogue, for tests that only ask."""
    with ADAPTERS[request.param](tmp_path_factory.mktemp("catalogue") / "index", SETTINGS) as opened:
        opened.load(CATALOGUE)
        yield opened


CATALOGUE = (
    document(
        "juminhyo",
        "住民票交付システム",
        texts={"kana": "ジュウミンヒョウコウフシステム", "area": "住民記録"},
        terms={"cloud": ("AWS", "Azure")},
        validity={"certificate": (("ISMAP", date(2027, 3, 31)),)},
        numbers={"price": 120_000, "users": 500},
    ),
    document(
        "zei",
        "個人住民税の管理",
        texts={"summary": "課税から収納までを扱うサービス。", "body": "電子帳簿保存法に対応しています。"},
        terms={"cloud": ("AWS",)},
        validity={"certificate": (("ISMAP", date(2026, 11, 22)), ("ISMS（ISO/IEC 27001）", None))},
        numbers={"price": (80_000, 300_000)},
    ),
    document(
        "madoguchi",
        "窓口ＤＸＳａａＳ",
        texts={"kana": "マドグチディーエックスサース", "vendor": "上海信息技術株式会社"},
        terms={"cloud": ("さくら",), "area": ('A"B\\C',)},
        validity={"certificate": (("ISMAP", date(2026, 11, 23)),)},
    ),
    document(
        "server",
        "サーバー監視",
        texts={"summary": "ﾊｰﾄﾞｳｪｱとサーバーを見守る", "body": "e-Tax とは関係ありません。Microsoft365 連携"},
        terms={"cloud": ("GCP",), "area": ("", "a・b", "it's 'quoted'")},
        numbers={"price": 50_000},
    ),
    document("kintone", "Kintone for 自治体", texts={"summary": "ノーコードの業務改善クラウド"}),
    document("kaikei", "財務会計", texts={"vendor": "髙﨑電算", "summary": "会計と予算"}),
    document("shinsei", "電子申請サービス", texts={"summary": "オンラインで申請を受け付けます"}),
    document("yoyaku", "電子申請と施設予約", texts={"summary": "霞が関でも使われています"}),
    document("hidden", "未公開の住民票", visible_from=date(2026, 11, 24)),
    document("ended", "終了した住民票", visible_until=date(2026, 11, 22)),
)
