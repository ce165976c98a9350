"""Answers of the index's API."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.indexing.runs import RunView
from app.indexing.status import IndexStatus


class IndexRunIn(BaseModel):
    """What is to be done with the whole index."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "check", "repair": True}]}
    )

    kind: Literal["rebuild", "check"] = Field(
        description="rebuild（作り直し）、check（データベースとの照合）"
    )
    repair: bool = Field(default=False, description="照合で見つかった違いを直す")


class DifferenceOut(BaseModel):
    """A document in which index and database differed."""

    id: str
    what: str = Field(description="missing（索引にない）、outdated（内容が古い）、surplus（余分）")


class IndexRunOut(BaseModel):
    """A rebuild or a comparison."""

    id: str
    kind: str
    reason: str = Field(description="asked、command_line、hourly、declarations、lost、disagreement")
    repair: bool
    status: str = Field(description="queued、running、succeeded、failed")
    done: int = Field(description="終わった件数")
    total: int = Field(description="0 は、まだ分からないことを表します")
    generation: str = Field(description="終わったときの索引の世代")
    documents: int
    checksum: str = Field(description="索引の全件の照合値。同じ内容なら同じ値です")
    missing: int
    outdated: int
    surplus: int
    differences: list[DifferenceOut] = Field(description="違いの最初の50件")
    repaired: int
    message: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class IndexStatusOut(BaseModel):
    """How the index stands."""

    engine: str
    generation: str
    documents: int
    available: bool
    stale: bool = Field(description="今と違う設定か形式で作られている")
    detail: str
    agrees: bool = Field(description="分かっている限り、データベースと一致している")
    waiting: int = Field(description="索引にまだ反映していない変更の数")
    parked: int = Field(description="繰り返し失敗し、止まっている変更の数")
    lag_seconds: float = Field(description="反映を待つ最も古い変更が待っている秒数")
    last_check: IndexRunOut | None
    last_rebuild: IndexRunOut | None
    under_way: list[IndexRunOut]


def run_out(view: RunView) -> IndexRunOut:
    """A run as JSON."""
    values: dict[str, Any] = {name: getattr(view, name) for name in IndexRunOut.model_fields}
    values["differences"] = [DifferenceOut(**one) for one in view.differences]
    return IndexRunOut(**values)


def status_out(found: IndexStatus) -> IndexStatusOut:
    """The state of the index as JSON."""
    health = found.health
    return IndexStatusOut(
        engine=health.engine,
        generation=health.generation,
        documents=health.documents,
        available=health.available,
        stale=health.stale,
        detail=health.detail,
        agrees=found.agrees,
        waiting=found.waiting,
        parked=found.parked,
        lag_seconds=round(found.lag_seconds, 1),
        last_check=run_out(found.last_check) if found.last_check else None,
        last_rebuild=run_out(found.last_rebuild) if found.last_rebuild else None,
        under_way=[run_out(run) for run in found.live],
    )
