"""The sample specifications, published by two editors each, and the 20 standardised areas as a list to be filled."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.demo.actors import actor_at
from app.demo.directory import Directory
from app.demo.sample import Sample
from app.demo.sample_specifications import SampleSpecification, SampleVersion, read_specifications
from app.kit.clock import MovableClock
from app.specifications import drafts, publication, service
from app.specifications.models import SpecificationVersion
from catalogue_schema import Schema


def load_specifications(
    session: Session, clock: MovableClock, schema: Schema, sample: Sample, directory: Directory
) -> None:
    """Register the standardised areas (the Agency), then draft and publish the samples (their editors)."""
    agency = actor_at(session, clock, "agency", "kanri", directory.organisation("agency").id)
    titles = {term.code: term.ja for term in schema.vocabulary("specifications").terms}
    for area in schema.vocabulary("business_areas").terms:
        if area.facts.get("standardised") == "yes":
            given = {
                "key": area.code.replace("_", "-"),
                "title": titles.get(area.code, f"税務システム標準仕様書（{area.ja}）"),
                "business_area": area.code,
                "ministry": area.facts["ministry"],
                "page_note": "要件は、まだ登録されていません。所管府省の公表する資料を確かめてください。",
            }
            service.register(session, agency, clock, schema, given)
    for specification in read_specifications():
        clock.move(minutes=30)
        editors = _editors(session, clock, sample, directory, specification.steward)
        _publish(session, clock, schema, specification, *editors)


def _editors(
    session: Session, clock: MovableClock, sample: Sample, directory: Directory, steward: str
) -> tuple[Actor, Actor]:
    home = directory.organisation(steward).id
    first, second = (
        actor_at(session, clock, person.issuer, person.key, home)
        for person in sample.people
        for place in person.places
        if place.organisation == steward and "specification_editor" in place.roles
    )
    return first, second


def _publish(
    session: Session,
    clock: MovableClock,
    schema: Schema,
    said: SampleSpecification,
    editor: Actor,
    colleague: Actor,
) -> None:
    given = {
        "key": said.key,
        "title": said.title,
        "business_area": said.business_area,
        "sample": True,
    }
    view = service.register(session, editor, clock, schema, given)
    before: SampleVersion | None = None
    for version in said.versions:
        clock.move(hours=2)
        drafted = drafts.create(
            session,
            editor,
            clock,
            view.id,
            {
                "number": version.number,
                "published_on": version.published_on.isoformat(),
                "conform_by": version.conform_by.isoformat(),
                "based_on": before.number if before else None,
                "sources": [{"title": f"{said.title} 第{version.number}版（見本）"}],
            },
        )
        row = service.find(session, view.id)
        draft = session.get_one(SpecificationVersion, drafted.id)
        drafts.write(session, editor, clock, row, draft, version.requirements)
        if version.renumbered:
            drafts.renumber(session, editor, clock, row, draft, version.renumbered)
        publication.decide(session, editor, clock, view.id, version.number, "proposal")
        clock.move(hours=1)
        publication.decide(session, colleague, clock, view.id, version.number, "publication")
        before = version
