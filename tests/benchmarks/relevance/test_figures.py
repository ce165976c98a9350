"""What counts as a drop, and what the report says."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.relevance import figures
from benchmarks.relevance.__main__ import main
from benchmarks.relevance.engines import MEILISEARCH_URL, measured
from benchmarks.relevance.measuring import Answer, Figures, summary
from benchmarks.relevance.queries import Judged

GOOD = Figures(queries=10, zero=0.0, plain=0.5, ndcg=0.9, recall=0.9, mrr=0.9)
NONE = Figures(queries=10, zero=0.8, plain=0.1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Committed figures of one half of one engine."""
    file = tmp_path / "figures.json"
    figures.write("corpus", {"embedded": {"tuning": {"all": GOOD, "typo": GOOD, "none": NONE}}}, file)
    return file


def _faults(file: Path, **changed: Figures) -> list[str]:
    rows = {"all": GOOD, "typo": GOOD, "none": NONE} | changed
    return figures.faults("corpus", {"embedded": {"tuning": rows}}, file)


def test_small_drops_pass_and_greater_ones_do_not(file: Path) -> None:
    assert _faults(file) == []
    assert _faults(file, all=replace(GOOD, ndcg=0.891), typo=replace(GOOD, recall=0.871)) == []
    assert _faults(file, all=replace(GOOD, ndcg=0.889)) == [
        "embedded, tuning, all: ndcg fell from 0.900 to 0.889, by more than 0.01"
    ]
    assert _faults(file, typo=replace(GOOD, mrr=0.869)) == [
        "embedded, tuning, typo: mrr fell from 0.900 to 0.869, by more than 0.03"
    ]
    assert _faults(file, all=replace(GOOD, ndcg=1.0)) == []


def test_no_search_with_an_answer_may_lose_its_hits_and_no_false_answer_may_come(file: Path) -> None:
    assert "without a hit rose" in _faults(file, typo=replace(GOOD, zero=0.1))[0]
    assert "false answers rose" in _faults(file, none=replace(NONE, zero=0.7, plain=0.2))[0]
    assert _faults(file, none=replace(NONE, zero=0.5)) == []


def test_figures_of_other_queries_or_another_corpus_are_not_compared(file: Path) -> None:
    assert "of other queries" in _faults(file, typo=replace(GOOD, queries=11))[0]
    assert "another corpus" in figures.faults("other", {}, file)[0]
    other = {"all": GOOD}
    assert "of other queries" in figures.faults("corpus", {"embedded": {"reporting": other}}, file)[0]


def test_figures_of_an_engine_that_was_not_measured_stay(file: Path) -> None:
    figures.write("corpus", {"meilisearch": {"tuning": {"all": replace(GOOD, ndcg=0.5)}}}, file)
    assert figures.committed("embedded", "tuning", file)["all"] == GOOD
    assert figures.committed("meilisearch", "tuning", file)["all"].ndcg == 0.5
    figures.write("other", {"meilisearch": {"tuning": {"all": GOOD}}}, file)
    assert figures.committed("embedded", "tuning", file) == {}


def test_what_is_short_of_the_target_is_said() -> None:
    assert figures.short_of_target({"all": replace(GOOD, ndcg=0.9, recall=0.95)}) == []
    assert figures.short_of_target({"all": replace(GOOD, ndcg=0.899, zero=0.02)}) == [
        "ndcg 0.899 of 0.9",
        "recall 0.900 of 0.95",
        "no hit 0.020 instead of 0",
    ]


def test_means_are_by_kind_and_leave_out_what_has_no_answer() -> None:
    def answer(kind: str, total: int, *, relaxed: bool = False, ndcg: float | None = None) -> Answer:
        return Answer(Judged("何か", kind, "", {}), total, relaxed, (), ndcg, ndcg, ndcg)

    rows = summary(
        [
            answer("typo", 0, ndcg=0.0),
            answer("typo", 7, ndcg=0.5, relaxed=True),
            answer("part", 3, ndcg=1.0),
            answer("none", 2),
            answer("none", 5, relaxed=True),
        ]
    )
    assert rows["all"] == Figures(queries=3, zero=0.3333, plain=0.3333, ndcg=0.5, recall=0.5, mrr=0.5)
    assert rows["typo"] == Figures(queries=2, zero=0.5, plain=0.0, ndcg=0.25, recall=0.25, mrr=0.25)
    assert rows["none"] == Figures(queries=2, zero=0.0, plain=0.5)


def test_meilisearch_is_measured_where_a_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MEILISEARCH_URL, raising=False)
    assert set(measured()) == {"embedded"}
    monkeypatch.setenv(MEILISEARCH_URL, "http://127.0.0.1:7700")
    assert set(measured()) == {"embedded", "meilisearch"}


def test_writers_of_judgements_can_list_what_a_rule_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "family:old_family_registers has:ocr"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("old_family_registers-") for line in lines)
