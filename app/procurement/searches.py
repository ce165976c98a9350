"""Saved searches: the public search's whole answer at one moment, pinned; one of them is locked and assessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.catalogue.repository import Live, offers_by_software
from app.catalogue.results import AllHits
from app.catalogue.search import SearchService
from app.catalogue.wording import RELAXATIONS
from app.kit.clock import Clock
from app.kit.errors import Conflict, NotFound, invalid
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.models import Project, SavedSearch, SavedSearchResult
from app.procurement.reach import editable, reachable

MOST_RESULTS = 500
"""More than this cannot be assessed by people and is refused at saving."""
ADVISED_RESULTS = 30
"""Above this the page advises to narrow before locking."""
_OF_THE_PAGE = frozenset({"page", "limit"})


def pairs_of(query: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    """A query's parameters one by one; those of paging are left out, since the whole list is saved."""
    pairs: list[tuple[str, str]] = []
    for name, given in query.items():
        values: Iterable[str] = (given,) if isinstance(given, str) else given
        pairs += [(name, value) for value in values if name not in _OF_THE_PAGE]
    return pairs


def find_results(service: SearchService, query: Mapping[str, str | Sequence[str]]) -> AllHits:
    """Run the public search for `save_search`: before the transaction that writes, which would make every other writer
    of the embedded database wait for the engine.

    Raises Invalid for a parameter that the search does not have or a result too long to assess, Unavailable while the
    engine is down.
    """
    found = service.all_hits(service.parse(pairs_of(query)))
    if found.total > MOST_RESULTS:
        raise invalid(
            "/query",
            "too_many_results",
            f"結果が{found.total:,}件あります。案件に保存できるのは{MOST_RESULTS}件までです。",
            "条件を足して絞り込んでから保存してください。",
        )
    return found


def save_search(session: Session, actor: Actor, clock: Clock, project_id: str, found: AllHits) -> SavedSearch:
    """Keep the whole result of a search in the project.

    Each result is pinned to the revision that the database published at the search, and marked where the index still
    had another. Raises NotFound, EvidenceClosed.
    """
    project = editable(session, actor, project_id)
    saved = _kept(session, actor, project, found)
    ids = [hit.software_id for hit in found.hits]
    offers = offers_by_software(session, ids, found.as_of) if ids else {}
    for position, hit in enumerate(found.hits, start=1):
        pinned = offers.get(hit.software_id, ())
        session.add(
            SavedSearchResult(
                search_id=saved.id,
                entry_id=hit.software_id,
                revision_id=hit.revision_id,
                revision_number=hit.revision,
                position=position,
                index_differed=hit.revised(offer.revision.id for offer in pinned),
                offers=[_pinned(offer) for offer in pinned],
            )
        )
    session.flush()
    record(
        session, actor, "search.saved", "project", project.id,
        at=clock.now(), owner=project.organisation_id, details={"search_id": saved.id, "total": saved.total},
    )  # fmt: skip
    return saved


def _kept(session: Session, actor: Actor, project: Project, found: AllHits) -> SavedSearch:
    query: dict[str, list[str]] = {}
    for name, value in found.params.pairs():
        query.setdefault(name, []).append(value)
    said = found.sentence + "".join(f"（{RELAXATIONS[way]}）" for way in found.how)
    saved = SavedSearch(
        id=new_id("srch"),
        project_id=project.id,
        query=query,
        sentence=said,
        engine=found.engine,
        generation=found.generation,
        rotation=found.order,
        degraded=found.degraded,
        as_of=found.searched_at,
        total=found.total,
        created_by=actor.person_id or "",
    )
    session.add(saved)
    session.flush()
    return saved


def _pinned(offer: Live) -> dict[str, object]:
    return {
        "offer_id": offer.entry.id,
        "revision_id": offer.revision.id,
        "revision_number": offer.revision.number,
    }


def searches_of(session: Session, actor: Actor, project_id: str) -> Sequence[SavedSearch]:
    """The project's searches, newest first. Raises NotFound."""
    return repository.searches(session, reachable(session, actor, project_id).id)


def search_of(
    session: Session, actor: Actor, project_id: str, search_id: str
) -> tuple[SavedSearch, Sequence[SavedSearchResult]]:
    """One search with its results in order. Raises NotFound."""
    project = reachable(session, actor, project_id)
    saved = repository.search(session, project.id, search_id)
    if saved is None:
        raise NotFound("この案件にその検索はありません。")
    return saved, repository.results(session, saved.id)


def assessing_began(session: Session, project: Project) -> bool:
    """Whether anything was shortlisted or excluded, even if it was taken back: from then on the search stays."""
    return bool(repository.shortlist(session, project.id) or repository.exclusions(session, project.id))


def lock_search(session: Session, actor: Actor, clock: Clock, project_id: str, search_id: str) -> SavedSearch:
    """Make this the search that is assessed, in place of an earlier one.

    Raises NotFound, Conflict once assessing began.
    """
    project = editable(session, actor, project_id)
    saved = repository.search(session, project.id, search_id)
    if saved is None:
        raise NotFound("この案件にその検索はありません。")
    locked = repository.locked_search(session, project.id)
    if locked is not None and locked.id == saved.id:
        return saved
    now = clock.now()
    if locked is not None:
        if assessing_began(session, project):
            raise Conflict(
                "候補の追加や除外を始めた後は、確定した検索を取り替えられません。"
                "別の検索で選び直すときは、この案件を中止して新しい案件を作ってください。"
            )
        locked.locked_at = None
        locked.locked_by = None
        locked.unlocked_at = now
        session.add(locked)
        session.flush()
    saved.locked_at = now
    saved.locked_by = actor.person_id
    saved.unlocked_at = None
    session.add(saved)
    session.flush()
    record(
        session, actor, "search.locked", "project", project.id,
        at=now, owner=project.organisation_id, details={"search_id": saved.id},
    )  # fmt: skip
    return saved


def names_of(session: Session, results: Sequence[SavedSearchResult]) -> dict[str, str]:
    """The software's names at their pinned revisions, by software id (one query)."""
    pinned = repository.revisions(session, [row.revision_id for row in results])
    return {entry.id: str(revision.answers.get("name", "")) for entry, revision in pinned.values()}
