"""The sample data in the database: loaded through the services, on both engines, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from app.audit.chain import verify
from app.audit.models import AuditEvent
from app.catalogue import projection
from app.demo.actors import actor_at
from app.demo.directory import Directory
from app.demo.identities import Identities, issuer_settings
from app.demo.load import load_demo, sample_data_loaded
from app.demo.sample import Sample, read_sample
from app.demo.workspace import SECRETS
from app.identity.models import Person
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.pagination import Paging
from app.listings.models import Entry, Revision
from app.listings.repository import visible_offers, visible_software
from app.organisations.expiry_models import Grace
from app.organisations.joining import join
from app.organisations.models import MasterAgreement, Organisation
from app.outbox.models import OutboxRow
from app.procurement import support_views
from app.procurement.comments import comments_of
from app.procurement.contracts import contracts_of
from app.procurement.models import Contract, Deviation, EstimatedPrice, GoverningText, Project, SavedSearch
from app.review import suspension_views
from app.review.models import Finding, ReviewCase
from app.review.suspension_models import Suspension
from app.settings import Settings
from catalogue_schema import load_schema
from search.embedded import open_writer

SCHEMA = load_schema()


@pytest.fixture
def demo_settings(settings: Settings) -> Settings:
    """The test's settings in demo mode, with the demo's issuers."""
    secrets = dict.fromkeys(SECRETS, "secret-for-tests-secret-for-tests")
    issuers = issuer_settings("http://localhost:8001", secrets)
    return settings.model_copy(update={"mode": "demo", "issuers": issuers})


def _statuses(session: Session, kind: str) -> Counter[str]:
    return Counter(session.exec(select(Entry.status).where(col(Entry.kind) == kind)).all())


def _open(session: Session) -> set[str]:
    return set(session.exec(select(Revision.status).distinct()).all())


def test_everything_is_there_real_and_loaded_once(
    database: Database, demo_settings: Settings, clock: MovableClock
) -> None:
    sample = read_sample(SCHEMA, clock.today())
    identities = Identities(sample.people, sample.vendors, sample.bodies)
    said: list[str] = []
    with database.read() as session:
        assert not sample_data_loaded(session)
    assert load_demo(database, demo_settings, clock, SCHEMA, sample, identities, say=said.append)
    assert said
    with database.read() as session:
        assert sample_data_loaded(session)
        _check_catalogue(session, clock)
        _check_procurement(session, clock, sample)
        events = len(session.exec(select(AuditEvent.id)).all())
        late = session.exec(select(AuditEvent.id).where(col(AuditEvent.occurred_at) > clock.now())).all()
        assert late == []
        assert session.exec(
            select(OutboxRow.id).where(col(OutboxRow.topic) == "notify.review-decided")
        ).first()
    _check_index(database, demo_settings, clock)
    seed = demo_settings.audit_key.get_secret_value()
    assert verify(database, demo_settings.audit_heads, seed, clock.now()) == (events, [])

    assert not load_demo(database, demo_settings, clock, SCHEMA, sample, identities, say=said.append)
    with database.read() as session:
        assert len(session.exec(select(AuditEvent.id)).all()) == events

    _check_that_people_keep_their_places(database, demo_settings, clock, sample, identities)


def _check_catalogue(session: Session, clock: MovableClock) -> None:
    kinds = Counter(session.exec(select(Organisation.kind)).all())
    assert kinds["local_government"] == 1788 + 5
    # 23 firms and the draft space of the エントリー.
    assert (kinds["vendor"], kinds["sole_proprietor"], kinds["agency"]) == (24, 1, 1)
    software, offers = _statuses(session, "software"), _statuses(session, "offer")
    assert (software.total(), offers.total()) == (80, 140)
    for statuses in (software, offers):
        assert set(statuses) >= {"unpublished", "published", "withdrawn", "suspended"}
    assert software["retired"] == 2
    assert _open(session) == {"draft", "submitted", "in_review", "returned", "approved"}
    suspended = Counter(session.exec(select(Suspension.status)).all())
    assert (suspended["objected"], suspended["noticed"]) == (1, 1)
    assert suspended["suspended"] >= 1
    assert session.exec(select(Grace.kind)).all() == ["agreement"]
    agreements = Counter(session.exec(select(MasterAgreement.status)).all())
    assert set(agreements) == {"active", "suspended", "signed", "offered"}
    seen = session.exec(select(Entry).where(visible_software(clock.today()))).all()
    priced = session.exec(select(Entry).where(visible_offers(clock.today()))).all()
    assert len(seen) >= 65
    assert len(priced) >= 110
    cases = session.exec(select(ReviewCase).where(col(ReviewCase.decided_by).is_not(None))).all()
    assert len({case.decided_by for case in cases}) == 2
    assert all(case.decided_by != case.submitted_by for case in cases)
    assert session.exec(select(Finding)).first() is not None


def _check_procurement(session: Session, clock: MovableClock, sample: Sample) -> None:
    projects = session.exec(select(Project)).all()
    assert len(projects) == len(sample.projects)
    assert {project.status for project in projects} == {
        "assessing",
        "proposed",
        "awarded",
        "none_suitable",
        "cancelled",
    }
    assert len({project.organisation_id for project in projects}) == 6
    assert session.exec(select(SavedSearch).where(col(SavedSearch.locked_at).is_not(None))).first()
    assert session.exec(select(EstimatedPrice).where(col(EstimatedPrice.amount).is_not(None))).first()
    contracts = session.exec(select(Contract)).all()
    assert {contract.status for contract in contracts} == {"recorded", "confirmed", "disputed"}
    assert any(contract.current_version == 2 for contract in contracts)
    overdue = [c for c in contracts if c.status == "recorded" and c.answer_due < clock.today()]
    waiting = [c for c in contracts if c.status == "recorded" and c.answer_due >= clock.today()]
    assert overdue
    assert waiting
    directory = Directory(session, sample)
    agency = directory.organisation("agency").id
    _check_support(session, clock, sample, directory)
    # Four eyes: somebody can decide on what the other administrator began.
    second = actor_at(session, clock, "agency", "futari", agency)
    procedures, _ = suspension_views.page(session, second, clock, Paging(limit=50, cursor=None))
    assert {"decision", "answer"} <= {act for view in procedures for act in view.possible}
    asked = session.exec(select(Deviation.status).order_by(col(Deviation.id))).all()
    assert asked == ["accepted", "asked"]
    named = select(GoverningText.kind).where(col(GoverningText.document_id).is_not(None))
    assert session.exec(named).all() == ["general_conditions"]
    auditor = actor_at(session, clock, "agency", "kansa", agency)
    cards, _ = contracts_of(session, auditor, clock, Paging(limit=50, cursor=None))
    assert all(card.total > 0 for card in cards)


def _check_support(session: Session, clock: MovableClock, sample: Sample, directory: Directory) -> None:
    """The union's project has a supporter from another body, who finds it in its list and was heard."""
    home = directory.organisation("mihon").id
    union = directory.organisation("rengou").id
    project_id = session.exec(select(Project.id).where(col(Project.organisation_id) == union)).one()
    supporter = replace(actor_at(session, clock, "lg", "sasae", home), supports=frozenset({project_id}))
    (helped,) = support_views.helped_projects(session, supporter, clock)
    assert (helped.id, helped.organisation_id) == (project_id, union)
    said = comments_of(session, supporter, project_id)
    assert [comment.by_supporter for comment in said] == [True, False]


def _check_index(database: Database, settings: Settings, clock: MovableClock) -> None:
    writer = open_writer(settings.search_directory, projection.index_settings(SCHEMA))
    try:
        assert projection.index_agrees(database, writer, SCHEMA, clock)
    finally:
        writer.close()


def _check_that_people_keep_their_places(
    database: Database, settings: Settings, clock: MovableClock, sample: Sample, identities: Identities
) -> None:
    """A login changes nothing of what was loaded: the issuers say what the data assumed."""
    from app.identity.people import actor_of, remember

    with database.write() as session:
        for person in sample.people:
            said = identities.assertion(person)
            row, change = remember(session, said, clock.now())
            assert not change.loses
            issuer = settings.issuer(person.issuer)
            assert issuer is not None
            joined = join(session, actor_of(row), clock, issuer, row, change, said)
            assert joined.membership is not None
            assert joined.membership.status == "active"
        assert len(session.exec(select(Person)).all()) == len(sample.people)
