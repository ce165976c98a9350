"""Third part of the sample data: what the five municipalities are buying, step by step as officers and approvers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.catalogue.search import SearchService
from app.demo.actors import actor_at
from app.demo.compact import day
from app.demo.contract_texts import accept_deviations, state_sample_terms
from app.demo.directory import Directory
from app.demo.sample import Sample
from app.demo.supporters import support_project
from app.demo.timeline import Timeline
from app.listings.service import published_offers
from app.organisations.departments import own_department
from app.organisations.models import Organisation
from app.procurement import outcomes
from app.procurement.assessment import assess
from app.procurement.checklist_schemas import EntriesIn
from app.procurement.checklists import write_for_project
from app.procurement.conditions import add_condition
from app.procurement.contract_answers import confirm_contract, dispute_contract
from app.procurement.contract_money import OfferedLine, offered_lines, plain, usual_cycle
from app.procurement.contract_schemas import AmendmentIn, AnswerIn, ContractIn, DisputeIn
from app.procurement.contracts import amend_contract, record_contract
from app.procurement.estimated_prices import record_estimated_price
from app.procurement.exclusions import exclude
from app.procurement.project_schemas import (
    ConditionIn,
    ConfirmationIn,
    EstimatedPriceIn,
    ExclusionIn,
    ProjectIn,
    SelectionIn,
    ShortlistIn,
)
from app.procurement.projects import cancel_project, open_project
from app.procurement.searches import find_results, lock_search, save_search
from app.procurement.selection import confirm_selection, select
from app.procurement.shortlists import add_candidate
from app.settings import Settings
from catalogue_schema import Schema
from catalogue_schema.dates import fiscal_year


class ProjectLoader:
    """Plans every project of the data; `software_ids` are found by name, since names are unique in the data."""

    def __init__(
        self,
        session: Session,
        schema: Schema,
        service: SearchService,
        timeline: Timeline,
        sample: Sample,
        directory: Directory,
        settings: Settings,
    ) -> None:
        self.session = session
        self.schema = schema
        self.service = service
        self.timeline = timeline
        self.sample = sample
        self.directory = directory
        self.settings = settings
        self.names = {software.key: str(software.answers["name"]) for software in sample.software}

    def plan(self) -> None:
        """Add every step to the timeline: each project's steps follow one another, a working morning apart."""
        for data in self.sample.projects:
            project = _Project(self, data)
            opened = (day(data["opened"], self.timeline.today) - self.timeline.today).days
            for position, step in enumerate(project.steps()):
                # Two steps a day, so that the longest way takes about six days.
                moment = self.timeline.moment(opened + position // 2, 10 if position % 2 == 0 else 15)
                self.timeline.at(moment, step)


class _Project:
    """One project on its way."""

    def __init__(self, loader: ProjectLoader, data: dict[str, Any]) -> None:
        self.loader = loader
        self.data = data
        self.session = loader.session
        self.schema = loader.schema
        self.clock = loader.timeline.clock
        self.body = next(body for body in loader.sample.bodies if body.key == data["body"])
        self.project_id = ""
        self.candidates: dict[str, str] = {}
        self.offer_revision: str | None = None
        self.contract_id = ""
        self.answered: list[tuple[str, str]] = []

    def steps(self) -> list[Callable[[], None]]:
        """What is done, in order, as far as the data goes."""
        data = self.data
        planned: list[tuple[bool, Callable[[], None]]] = [
            (True, self.open),
            (True, self.search),
            ("support" in data, self.support),
            ("conditions" in data, self.conditions),
            ("shortlist" in data, self.shortlist),
            ("exclusions" in data or "single" in data, self.exclude),
            ("select" in data or "none_suitable" in data, self.select),
            ("checklist" in data, self.checklist),
            ("decision" in data, self.confirm),
            ("contract" in data, self.contract),
            ("terms" in data, self.terms),
            ("terms" in data, self.accept),
            ("outcome" in data, self.outcome),
            ("amendment" in data.get("contract", {}), self.amend),
            ("answer" in data.get("contract", {}), self.answer),
            ("cancel" in data, self.cancel),
        ]
        return [step for wanted, step in planned if wanted]

    def _actor(self, who: str) -> Actor:
        organisation = self.loader.directory.organisation(self.data["body"])
        return actor_at(self.session, self.clock, "lg", self.data[who], organisation.id)

    def _start(self) -> date | None:
        text = self.data.get("desired_start")
        return day(text, self.loader.timeline.today) if text else None

    def open(self) -> None:
        """Open the project with method and ground, and record 予定価格 or why there is none."""
        data, start = self.data, self._start()
        given = ProjectIn(
            title=data["title"],
            business_area=data["area"],
            need=data["need"],
            fiscal_year=fiscal_year(start or self.clock.today()),
            desired_start=start,
            population=self.body.population,
            users=data.get("users"),
            method=data.get("method", ""),
            ground=data.get("ground", ""),
            method_reason=data.get("method_reason", ""),
            alone_reason=data.get("alone_reason", ""),
            department_id=own_department(self.session, self._actor("officer")) or None,
        )
        officer = self._actor("officer")
        self.project_id = open_project(self.session, officer, self.clock, self.schema, given).id
        price = data.get("price") or {}
        omission = data.get("omission") or {}
        if price or omission:
            kept = EstimatedPriceIn(
                amount=price.get("amount"),
                omission_rule=omission.get("rule", ""),
                basis=price.get("basis", ""),
                decided_on=self.clock.today(),
                decided_by=(price or omission)["decided_by"],
            )
            record_estimated_price(self.session, officer, self.clock, self.project_id, kept)

    def search(self) -> None:
        """Save the searches; lock the one that says so."""
        officer = self._actor("officer")
        for search in self.data["searches"]:
            query = {"q": search["q"], **search["filters"]} if search["q"] else dict(search["filters"])
            found = find_results(self.loader.service, query)
            saved = save_search(self.session, officer, self.clock, self.project_id, found)
            if search["locked"]:
                lock_search(self.session, officer, self.clock, self.project_id, saved.id)

    def support(self) -> None:
        """Invite a supporter, who declares its interests and comments."""
        said = self.data["support"]
        person = next(one for one in self.loader.sample.people if one.key == said["person"])
        home = self.loader.directory.organisation(person.places[0].organisation)
        support_project(
            self.session,
            self.loader.settings,
            self.clock,
            self.project_id,
            approver=self._actor("approver"),
            officer=self._actor("officer"),
            supporter=actor_at(self.session, self.clock, person.issuer, person.key, home.id),
            ends_on=day(said["ends"], self.loader.timeline.today),
            said=said,
        )

    def conditions(self) -> None:
        """Say what the body asks for."""
        for line in self.data["conditions"]:
            field, operator, text = (part.strip() for part in line.split("|"))
            wanted = [text] if operator in ("all_of", "any_of") else text
            given = ConditionIn(field=field, operator=operator, wanted=wanted)
            add_condition(
                self.session, self._actor("officer"), self.clock, self.schema, self.project_id, given
            )

    def _software(self, key: str) -> str:
        table = assess(self.session, self._actor("officer"), self.schema, self.project_id)
        name = self.loader.names[key]
        return next(result.software_id for result in table.results if result.name == name)

    def shortlist(self) -> None:
        """Take up the candidates."""
        for key in self.data["shortlist"]:
            given = ShortlistIn(software_id=self._software(key))
            item = add_candidate(self.session, self._actor("officer"), self.clock, self.project_id, given)
            self.candidates[key] = item.id

    def exclude(self) -> None:
        """Leave out groups by the condition that fails, then single ones with their own reason."""
        officer = self._actor("officer")
        table = assess(self.session, officer, self.schema, self.project_id)
        for line in self.data.get("exclusions", ()):
            number, _, reason = line.partition("|")
            condition = table.conditions[int(number) - 1]
            given = ExclusionIn(condition_id=condition.id, include_unanswered=True, reason=reason.strip())
            exclude(self.session, officer, self.clock, self.schema, self.project_id, given)
        for line in self.data.get("single", ()):
            key, _, reason = line.partition("|")
            single = ExclusionIn(software_ids=[self._software(key.strip())], reason=reason.strip())
            exclude(self.session, officer, self.clock, self.schema, self.project_id, single)

    def select(self) -> None:
        """The officer's selection, or that none is suitable."""
        officer = self._actor("officer")
        if "none_suitable" in self.data:
            given = SelectionIn(outcome="none_suitable", reason=self.data["none_suitable"])
        else:
            chosen = self.data["select"]
            software_id = self._software(chosen["software"])
            offers = published_offers(self.session, software_id, self.clock.today())
            offer = next(offer for offer in offers if offer.entry.name == chosen["offer"])
            self.offer_revision = offer.revision.id
            given = SelectionIn(
                outcome="awarded",
                shortlist_item_id=self.candidates[chosen["software"]],
                offer_id=offer.entry.id,
                reason=chosen["reason"],
            )
        select(self.session, officer, self.clock, self.schema, self.project_id, given)

    def checklist(self) -> None:
        """What the officer has looked at so far: item | state | day | what was looked at."""
        entries = []
        for line in self.data["checklist"]:
            item, state, looked, source = (part.strip() for part in line.split("|"))
            on = day(looked, self.loader.timeline.today) if looked else None
            entries.append({"item": item, "state": state, "checked_on": on, "source": source})
        given = EntriesIn.model_validate({"entries": entries})
        write_for_project(self.session, self._actor("officer"), self.clock, self.project_id, given)

    def confirm(self) -> None:
        """The approver records the body's decision."""
        given = ConfirmationIn(
            decision_date=self.clock.today(),
            decision_post=self.data["decision"]["post"],
            decision_document=self.data["decision"]["document"],
        )
        confirm_selection(
            self.session, self._actor("approver"), self.clock, self.schema, self.project_id, given
        )

    def outcome(self) -> None:
        """Tell the vendors; the first one that was not selected, or else the selected one, asks and is answered."""
        data, officer = self.data["outcome"], self._actor("officer")
        waiting = outcomes.outcomes_of(self.session, officer, self.clock, self.project_id)
        reasons = {
            view.id: data["selected"] if view.result == "selected" else data["others"] for view in waiting
        }
        sent = outcomes.send(
            self.session, self.loader.settings, officer, self.clock, self.schema, self.project_id, reasons
        )
        asking = next((view for view in sent if view.result != "selected"), sent[0])
        vendor = next(
            key
            for key in {software.vendor for software in self.loader.sample.software}
            if self.loader.directory.organisation(key).id == asking.vendor_id
        )
        asker = actor_at(self.session, self.clock, "gbizid", f"prime-{vendor}", asking.vendor_id)
        outcomes.ask(self.session, asker, self.clock, asking.id, data["question"])
        outcomes.answer(
            self.session, officer, self.clock, self.schema, self.project_id, asking.id, data["answer"]
        )

    def _terms(self, quantity: str) -> dict[str, Any]:
        start = self._start()
        assert start is not None
        software = next(s for s in self.loader.sample.software if s.key == self.data["select"]["software"])
        offer = next(o for o in software.offers if o.answers["name"] == self.data["select"]["offer"])
        lines = offered_lines(offer.answers["price_lines"], {})
        return {
            "title": self.data["title"],
            "starts_on": start.isoformat(),
            "ends_on": (
                start.replace(year=start.year + 1, day=min(start.day, 28)) - timedelta(days=1)
            ).isoformat(),
            "concluded_on": self.clock.today().isoformat(),
            "billing_cycle": usual_cycle(lines),
            "rounding_place": "invoice",
            "lines": [_line(line, quantity) for line in lines],
        }

    def contract(self) -> None:
        """Record the contract; the approver confirms it, unless the vendor is asked for something first."""
        contract = self.data["contract"]
        given = ContractIn(
            project_id=self.project_id, number=contract["number"], **self._terms(contract["quantity"])
        )
        officer = self._actor("officer")
        self.contract_id = record_contract(self.session, officer, self.clock, given).card.id
        if "terms" not in self.data:
            self._approve()

    def terms(self) -> None:
        """State whose terms win, and ask for deviations."""
        self.answered = state_sample_terms(
            self.session,
            self.loader.settings,
            self.clock,
            self._actor("officer"),
            self.contract_id,
            self.data["terms"],
        )

    def accept(self) -> None:
        """The vendor accepts what the data says; the rest waits for it."""
        accept_deviations(self.session, self.clock, self._vendor(), self.contract_id, self.answered)

    def _approve(self) -> None:
        confirm_contract(self.session, self._actor("approver"), self.clock, self.contract_id, AnswerIn())

    def amend(self) -> None:
        """Amend it after the vendor confirmed the first version."""
        contract = self.data["contract"]
        confirm_contract(self.session, self._vendor(), self.clock, self.contract_id, AnswerIn())
        given = AmendmentIn(reason=contract["amendment"], **self._terms(contract["amended_quantity"]))
        amend_contract(self.session, self._actor("officer"), self.clock, self.contract_id, given)
        self._approve()

    def _vendor(self) -> Actor:
        software = next(s for s in self.loader.sample.software if s.key == self.data["select"]["software"])
        offer = next(o for o in software.offers if o.answers["name"] == self.data["select"]["offer"])
        organisation: Organisation = self.loader.directory.organisation(offer.seller)
        return actor_at(self.session, self.clock, "gbizid", f"prime-{offer.seller}", organisation.id)

    def answer(self) -> None:
        """The vendor confirms or disputes."""
        contract = self.data["contract"]
        if contract["answer"] == "disputed":
            given = DisputeIn(reason=contract["dispute"])
            dispute_contract(self.session, self._vendor(), self.clock, self.contract_id, given)
        else:
            confirm_contract(self.session, self._vendor(), self.clock, self.contract_id, AnswerIn())

    def cancel(self) -> None:
        """End the project without a decision."""
        cancel_project(
            self.session,
            self._actor("officer"),
            self.clock,
            self.schema,
            self.project_id,
            self.data["cancel"],
        )


def _line(line: OfferedLine, quantity: str) -> dict[str, str]:
    """A line as typed: the data's quantity where the price table does not say how many."""
    return {
        "name": line.name,
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "quantity": quantity if line.quantity is None else plain(line.quantity),
        "tax_category": line.tax_category,
        "billing": line.billing,
        "payee": line.payee,
    }
