"""The mix of questions that the search's benchmark asks: words, parts, kana, Latin, misses, filters, pages, sorts.

Each is a URL query of `/api/v1/search`, which answers 20 hits with highlights and the counts of every facet.
"""

from __future__ import annotations

from urllib.parse import urlencode

from benchmarks.catalogue import KINDS, WORDS

_WORDS: tuple[dict[str, str], ...] = (
    *({"q": word} for word in WORDS),
    *({"q": f"{word} {kind}"} for word, kind in zip(WORDS, KINDS, strict=False)),
    {"q": "住民"},
    {"q": "税"},
    {"q": "サーバ"},
    {"q": "ｸﾗｳﾄﾞ"},
    {"q": "まどぐち"},
    {"q": "マドグチナビ"},
    {"q": "SaaS"},
    {"q": "saas 窓口"},
    {"q": '"窓口業務"'},
    {"q": "電子申請 -予約"},
    {"q": "存在しない言葉"},
    {"q": ""},
)
_FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"cloud_provider": "aws"},
    {"business_areas": "resident_register"},
    {"business_areas": "counter_dx_saas", "cloud_provider": "aws"},
    {"price_max": "100000"},
    {"sort": "name"},
    {"page": "2"},
)


def paths(known: set[str]) -> list[str]:
    """The queries, words and filters taken in turns; filters on parameters that the schema does not know left out."""
    filters = [each for each in _FILTERS if set(each) <= known | {"sort", "page"}]
    mixed = []
    for number, words in enumerate(_WORDS):
        chosen = filters[number % len(filters)]
        # A page past the end is 404: second pages only where there are many hits.
        if "page" in chosen and words["q"] not in WORDS:
            chosen = {}
        mixed.append(urlencode({**words, **chosen, "limit": "20"}))
    return mixed
