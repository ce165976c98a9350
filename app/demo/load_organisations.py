"""First part of the sample data: organisations, people in their places, agreements, qualifications."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from app.access.actor import system_actor
from app.audit.record import record
from app.demo.actors import actor_at
from app.demo.directory import Directory
from app.demo.identities import Identities
from app.demo.sample import BodySample, PersonSample, Sample, VendorSample
from app.identity.people import actor_of, remember
from app.kit.clock import MovableClock
from app.kit.http import etag
from app.kit.ids import new_id
from app.organisations import agreements, renewals
from app.organisations.agreement_texts import load_agreement_versions
from app.organisations.bodies import BodyGiven, ConstituentsGiven, admit_body
from app.organisations.departments import create_department, put_into_department
from app.organisations.grants import grant_role
from app.organisations.joining import join
from app.organisations.local_governments import corporate_number_of, import_local_governments
from app.organisations.models import Organisation
from app.organisations.qualifications import add_qualification
from app.organisations.service import OrganisationPatch, set_group, update_own
from app.review import suspensions
from app.review.suspension_words import NOTES
from app.settings import ExpirySettings, Settings
from catalogue_schema import Schema
from catalogue_schema.dates import fiscal_year

PREFECTURE = "架空県"
TERM_DAYS = 900
EXPIRES_IN_DAYS = 25
UNDER_WAY = ("offered", "signed")
QUALIFICATION_YEARS = 3
QUALIFICATION_FIRST = 2025
"""全省庁統一資格 run for three fiscal years, counted from this one (令和7・8・9年度)."""


def load_organisations(
    session: Session,
    settings: Settings,
    clock: MovableClock,
    schema: Schema,
    sample: Sample,
    identities: Identities,
    today: date,
) -> None:
    """Everything that stands before the first listing. `clock` goes on from where it is; `today` is the loading day."""
    import_local_governments(session, clock)
    load_agreement_versions(session, clock)
    for body in sample.bodies:
        if body.code:
            _admit(session, clock, body)
    for person in sample.people:
        if person.issuer == "agency":
            _arrive(session, settings, clock, sample, identities, person)
    directory = Directory(session, sample)
    for body in sample.bodies:
        if body.number:
            _admit_union(session, clock, schema, sample, directory, body)
    for person in sample.people:
        if person.account != "member" and person.issuer != "agency":
            _arrive(session, settings, clock, sample, identities, person)
    for person in sample.people:
        if person.account == "member":  # joins only where a プライム is bound already
            _arrive(session, settings, clock, sample, identities, person)
    for body in sample.bodies:
        if body.kind == "ministry":
            continue  # it has editors of specifications only, and nothing to set
        _settle_body(session, clock, sample, directory, body)
    for vendor in sample.vendors:
        clock.move(minutes=20)
        _settle_vendor(session, clock, directory, vendor, today)
        if vendor.agreement not in UNDER_WAY:
            _agree(session, clock, directory, vendor, today)


def begin_agreements(
    session: Session, clock: MovableClock, sample: Sample, directory: Directory, today: date
) -> None:
    """Offer and sign what is still under way on the loading day."""
    for vendor in sample.vendors:
        if vendor.agreement in UNDER_WAY:
            _agree(session, clock, directory, vendor, today)


def suspend_agreements(session: Session, clock: MovableClock, sample: Sample, directory: Directory) -> None:
    """Stop what the data says is stopped: after its listings were published."""
    agency = directory.organisation("agency").id
    for vendor in sample.vendors:
        if vendor.agreement == "suspended":
            vendor_actor = actor_at(
                session, clock, "gbizid", f"prime-{vendor.key}", directory.organisation(vendor.key).id
            )
            current = agreements.own_agreement(session, vendor_actor, clock)
            assert current is not None
            suspensions.suspend_urgently(
                session,
                actor_at(session, clock, "agency", "kanri", agency),
                clock,
                "agreement",
                current.id,
                ground="false_facts",
                reason="届出の内容を確認しているため、基本契約の効力を停止します。",
                note=NOTES[1],
            )


def declare_renewals(session: Session, clock: MovableClock, sample: Sample, directory: Directory) -> None:
    """The first firm whose agreement ends soon says that it is renewing it; the others have not yet."""
    vendor = next(vendor for vendor in sample.vendors if vendor.agreement == "expiring")
    organisation = directory.organisation(vendor.key)
    actor = actor_at(session, clock, "gbizid", f"prime-{vendor.key}", organisation.id)
    current = agreements.own_agreement(session, actor, clock)
    assert current is not None
    renewals.declare(session, actor, clock, ExpirySettings(), current.id)


def _admit(session: Session, clock: MovableClock, body: BodySample) -> None:
    organisation = Organisation(
        id=new_id("org"),
        kind="local_government",
        name=f"{PREFECTURE}{body.name}",
        name_kana=f"カクウケン{body.kana}",
        code=body.code,
        corporate_number=corporate_number_of(body.code),
        prefecture=PREFECTURE,
        local_kind=body.kind,
        local_class=body.local_class,
        created_at=clock.now(),
    )
    session.add(organisation)
    session.flush()
    record(
        session,
        system_actor("demo"),
        "organisation.registered",
        "organisation",
        organisation.id,
        at=clock.now(),
        owner=organisation.id,
        details={"kind": organisation.kind, "fictional": True},
    )


def _admit_union(
    session: Session,
    clock: MovableClock,
    schema: Schema,
    sample: Sample,
    directory: Directory,
    body: BodySample,
) -> None:
    agency = actor_at(session, clock, "agency", "kanri", directory.organisation("agency").id)
    given = BodyGiven(
        kind=body.kind,
        name=body.name if body.kind == "ministry" else f"{PREFECTURE}{body.name}",
        name_kana=body.kana if body.kind == "ministry" else f"カクウケン{body.kana}",
        corporate_number=body.number,
    )
    if body.kind == "ministry":
        admit_body(session, agency, clock, schema, given)
        return
    members = ConstituentsGiven(
        members=[each.reference for each in sample.bodies if each.key in body.members],
        business_areas=body.areas,
        starts_on=clock.today().isoformat(),
    )
    admit_body(session, agency, clock, schema, given, members)


def _arrive(
    session: Session,
    settings: Settings,
    clock: MovableClock,
    sample: Sample,
    identities: Identities,
    person: PersonSample,
) -> None:
    clock.move(minutes=5)
    said = identities.assertion(person)
    row, change = remember(session, said, clock.now())
    if person.issuer == "gbizid":
        issuer = settings.issuer(person.issuer)
        assert issuer is not None
        join(session, actor_of(row, request_id="demo"), clock, issuer, row, change, said)
        return
    codes = {body.key: body.reference for body in sample.bodies}
    for place in person.places:
        for role in place.roles:
            reference = codes.get(place.organisation, place.organisation)
            grant_role(session, settings, clock, person.issuer, person.key, reference, role)


def _settle_body(
    session: Session, clock: MovableClock, sample: Sample, directory: Directory, body: BodySample
) -> None:
    approver = next(
        person
        for person in sample.people
        for place in person.places
        if place.organisation == body.key and "buyer_approver" in place.roles
    )
    organisation = directory.organisation(body.key)
    patch = OrganisationPatch(
        contact_email=f"digital@{body.domain}",
        single_person=body.single_person,
        publish_contracts=body.publish_contracts,
    )
    actor = actor_at(session, clock, "lg", approver.key, organisation.id)
    tag = etag(organisation.id, organisation.version)
    update_own(session, actor, clock, organisation.id, patch, tag)
    for line in body.departments:
        name, _, mailbox = (part.strip() for part in line.partition("|"))
        email = f"{mailbox}@{body.domain}" if mailbox else ""
        made = create_department(session, actor, clock, organisation.id, name=name, email=email)
        for person in sample.people:
            if person.department == name and any(p.organisation == body.key for p in person.places):
                place = actor_at(session, clock, person.issuer, person.key, organisation.id)
                put_into_department(
                    session, actor, clock, organisation.id, place.membership_id or "", made.id
                )


def _settle_vendor(
    session: Session, clock: MovableClock, directory: Directory, vendor: VendorSample, today: date
) -> None:
    organisation = directory.organisation(vendor.key)
    actor = actor_at(session, clock, "gbizid", f"prime-{vendor.key}", organisation.id)
    patch = OrganisationPatch(
        name=None if vendor.number else vendor.name,
        name_kana=vendor.kana,
        contact_email=vendor.email,
        parent_number=vendor.parent,
    )
    tag = etag(organisation.id, organisation.version)
    update_own(session, actor, clock, organisation.id, patch, tag)
    if vendor.parent:
        agency = actor_at(session, clock, "agency", "kanri", directory.organisation("agency").id)
        set_group(session, agency, clock, organisation.id, vendor.parent)
    if vendor.qualification is not None:
        # Of the loading day: what was valid when the sample's time began may have ended since.
        start = fiscal_year(today)
        start -= (start - QUALIFICATION_FIRST) % QUALIFICATION_YEARS
        add_qualification(
            session,
            actor,
            clock,
            organisation.id,
            number=vendor.qualification.number,
            kinds=list(vendor.qualification.kinds),
            grade=vendor.qualification.grade,
            valid_from=f"{start}-04-01",
            valid_until=f"{start + QUALIFICATION_YEARS}-03-31",
        )


def _agree(
    session: Session, clock: MovableClock, directory: Directory, vendor: VendorSample, today: date
) -> None:
    organisation = directory.organisation(vendor.key)
    actor = actor_at(session, clock, "gbizid", f"prime-{vendor.key}", organisation.id)
    offered = agreements.offer_agreement(session, actor, clock)
    if vendor.agreement == "offered":
        return
    agreements.sign_agreement(session, actor, clock, offered.id, signatory_title="代表取締役")
    if vendor.agreement == "signed":
        return
    agency = actor_at(session, clock, "agency", "kanri", directory.organisation("agency").id)
    days = EXPIRES_IN_DAYS if vendor.agreement == "expiring" else TERM_DAYS
    ends_on = (today + timedelta(days=days)).isoformat()
    agreements.accept_agreement(session, agency, clock, offered.id, ends_on=ends_on)
