"""The reviewers' overview: how long each stage takes, what is oldest, who has how much."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlmodel import Session, col, func, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import TOKYO, Clock
from app.kit.errors import NotFound
from app.kit.working_days import working_days_between
from app.review import reading, repository
from app.review.desk_models import STAGES, CaseStage, Sample
from app.review.models import ReviewCase
from app.review.rules import ReviewRules
from app.review.views import CaseLine

WINDOW = timedelta(days=90)
OLDEST_SHOWN = 10


@dataclass(frozen=True)
class StageFigures:
    """One stage: queued, claimed or vendor."""

    stage: str
    now: int
    """Cases that are in it now."""
    ended: int
    """Stretches that ended within the window."""
    median_hours: float | None
    """Median length of those, in hours; None where none ended."""
    median_working_days: float | None


@dataclass(frozen=True)
class Waiting:
    """An open case with the day by which it should be decided on."""

    line: CaseLine
    due_on: date
    overdue: bool


@dataclass(frozen=True)
class Overview:
    """The desk at a glance."""

    since: date
    standard_days: int
    stages: tuple[StageFigures, ...]
    open_cases: int
    overdue: int
    samples_open: int
    oldest: tuple[Waiting, ...]
    holders: tuple[tuple[str, int], ...]
    """Reviewers and how many cases each has, those with most first."""


def overview(session: Session, actor: Actor, clock: Clock, rules: ReviewRules) -> Overview:
    """The overview as of now. Raises NotFound for who may not read reviews."""
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
    today, since = clock.today(), clock.now() - WINDOW
    waiting = session.exec(
        select(ReviewCase).where(col(ReviewCase.status).in_(repository.WAITING)).order_by(col(ReviewCase.id))
    ).all()
    oldest = waiting[:OLDEST_SHOWN]
    lines = reading.lines_by_id(session, actor, clock, oldest)
    held = Counter(case.claimed_by for case in waiting if case.claimed_by)
    names = repository.names_of(session, list(held))
    return Overview(
        since=since.astimezone(TOKYO).date(),
        standard_days=rules.standard_days,
        stages=tuple(_figures(session, stage, since) for stage in STAGES),
        open_cases=len(waiting),
        overdue=sum(rules.due_on(case.opened_at) < today for case in waiting),
        samples_open=session.exec(
            select(func.count()).select_from(Sample).where(col(Sample.status) == "open")
        ).one(),
        oldest=tuple(
            Waiting(lines[case.id], rules.due_on(case.opened_at), rules.due_on(case.opened_at) < today)
            for case in oldest
        ),
        holders=tuple(
            (names.get(person_id, ""), count)
            for person_id, count in sorted(held.items(), key=lambda item: (-item[1], item[0]))
        ),
    )


def _figures(session: Session, stage: str, since: datetime) -> StageFigures:
    ended = [
        (began_at, ended_at)
        for began_at, ended_at in session.exec(
            select(col(CaseStage.began_at), col(CaseStage.ended_at))
            .where(col(CaseStage.stage) == stage, col(CaseStage.ended_at) >= since)
            .order_by(col(CaseStage.id))
        ).all()
        if ended_at is not None
    ]
    now = session.exec(
        select(func.count())
        .select_from(CaseStage)
        .where(col(CaseStage.stage) == stage, col(CaseStage.ended_at).is_(None))
    ).one()
    hours = [(last - first).total_seconds() / 3600 for first, last in ended]
    days = [
        working_days_between(first.astimezone(TOKYO).date(), last.astimezone(TOKYO).date())
        for first, last in ended
    ]
    return StageFigures(
        stage,
        now,
        len(ended),
        round(median(hours), 1) if hours else None,
        float(median(days)) if days else None,
    )
