"""What a town has on the stage: projects in each state, and a contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.files.models import StoredFile
from app.identity.credentials import digest, new_secret
from app.insights.counting import week_of
from app.insights.models import ListingCount
from app.kit.ids import new_id
from app.organisations.models import Organisation
from app.procurement import evidence
from app.procurement.document_models import ContractDocument
from app.procurement.models import (
    Condition,
    Contract,
    ContractVersion,
    Deviation,
    EstimatedPrice,
    Exclusion,
    ExclusionItem,
    GoverningText,
    OutcomeNotice,
    Project,
    SavedSearch,
    SavedSearchResult,
    Selection,
    ShortlistItem,
    Support,
    SupportProject,
)
from catalogue_schema import Schema
from tests.support.application import Running
from tests.world import Login


@dataclass
class Family:
    """A vendor, a town, and what they have. `ids` holds the things by name."""

    vendor: Organisation
    town: Organisation
    logins: dict[str, Login] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


class ProcurementStage:
    """Builds a family's projects and contracts. `Stage` gives it the database, the schema and the day."""

    running: Running
    schema: Schema
    now: datetime
    today: date
    others: tuple[str, str]
    """Two vendors more."""

    def _procurement(self, session: Session, family: Family) -> None:
        open_project = self._project(session, family, "assessing", "")
        self._project(session, family, "proposed", "proposed_")
        awarded = self._project(session, family, "awarded", "awarded_")
        self._contract(session, family, awarded)
        self._outcomes(session, family, awarded)
        session.add(
            EstimatedPrice(
                project_id=open_project.id,
                amount=987_654_321,
                decided_on=self.today,
                decided_by="課長",
                recorded_at=self.now,
                recorded_by=family.logins["buyer_officer"].person_id,
            )
        )

    def _project(self, session: Session, family: Family, status: str, prefix: str) -> Project:
        ids, officer = family.ids, family.logins["buyer_officer"].person_id
        project = Project(
            id=new_id("prj"),
            organisation_id=family.town.id,
            title="窓口支援の導入",
            business_area="counter_dx_saas",
            need="待ち時間を減らす。",
            fiscal_year=2026,
            method="quotation_comparison",
            ground="local_167_2_1_1",
            method_reason="少額のため",
            status=status,
            officer_id=officer,
            created_at=self.now,
            updated_at=self.now,
        )
        session.add(project)
        session.flush()
        search = SavedSearch(
            id=new_id("ss"),
            project_id=project.id,
            query={"q": ["窓口"]},
            sentence="「窓口」で探した",
            engine="embedded",
            generation="1",
            as_of=self.now,
            total=1,
            created_by=officer,
            locked_at=self.now,
            locked_by=officer,
        )
        session.add(search)
        session.flush()
        entry_id = ids["live"]
        result = SavedSearchResult(
            search_id=search.id,
            entry_id=entry_id,
            revision_id=ids["live_revision"],
            revision_number=1,
            position=1,
            offers=[{"offer_id": ids["offer"], "revision_id": ids["offer_revision"], "revision_number": 1}],
        )
        condition = Condition(
            id=new_id("cnd"),
            project_id=project.id,
            field="name",
            operator="answered",
            wanted=None,
            position=1,
            created_by=officer,
            created_at=self.now,
        )
        session.add_all([result, condition])
        session.flush()
        item = ShortlistItem(
            id=new_id("sli"),
            project_id=project.id,
            search_id=search.id,
            software_id=entry_id,
            software_revision_id=ids["live_revision"],
            offer_id=ids["offer"],
            offer_revision_id=ids["offer_revision"],
            added_by=officer,
            added_at=self.now,
        )
        exclusion = Exclusion(
            id=new_id("exc"),
            project_id=project.id,
            condition_id=condition.id,
            reason="満たさないため",
            created_by=officer,
            created_at=self.now,
            withdrawn_at=None,
        )
        session.add_all([item, exclusion])
        session.flush()
        if status == "assessing":
            session.add(
                ExclusionItem(
                    exclusion_id=exclusion.id,
                    entry_id=entry_id,
                    project_id=project.id,
                    search_id=search.id,
                    assessment="fails",
                )
            )
        selection = None
        if status != "assessing":
            confirmed = status == "awarded"
            selection = Selection(
                id=new_id("sec"),
                project_id=project.id,
                outcome="awarded",
                shortlist_item_id=item.id,
                reason="条件を満たす",
                proposed_by=officer,
                proposed_at=self.now,
                confirmed_by=family.logins["buyer_approver"].person_id if confirmed else None,
                confirmed_at=self.now if confirmed else None,
                decision_date=self.today if confirmed else None,
            )
            session.add(selection)
            session.flush()
        if status == "awarded":
            evidence.freeze(session, self.running.clock, self.schema, project)
        ids |= {
            f"{prefix}project_id": project.id,
            f"{prefix}search_id": search.id,
            f"{prefix}condition_id": condition.id,
            f"{prefix}item_id": item.id,
            f"{prefix}exclusion_id": exclusion.id,
        }
        if selection is not None:
            ids[f"{prefix}selection_id"] = selection.id
        return project

    def _supporters(self, session: Session, family: Family) -> None:
        """The supporter helps with all of the town's projects; another one waits, and one link is open."""
        ids, approver = family.ids, family.logins["buyer_approver"]
        helper = family.logins["supporter"]
        waiting = ids[f"membership_id:{helper.organisation_id}"]
        for name, status, membership_id in (
            ("support_id", "active", helper.membership_id),
            ("accepted_support", "accepted", waiting),
            ("invited_support", "invited", None),
        ):
            secret = new_secret()
            support = Support(
                id=new_id("sup"),
                digest=digest(secret),
                organisation_id=family.town.id,
                status=status,
                invited_by=approver.membership_id,
                ends_on=self.today + timedelta(days=100),
                created_at=self.now,
                expires_at=self.now + timedelta(days=7),
                membership_id=membership_id,
                has_interest=None if membership_id is None else False,
                declaration="" if membership_id is None else "ありません。",
            )
            session.add(support)
            session.flush()
            for project in ("project_id", "proposed_project_id", "awarded_project_id"):
                session.add(
                    SupportProject(
                        support_id=support.id, project_id=ids[project], organisation_id=family.town.id
                    )
                )
            ids[name] = support.id
            ids["support_secret"] = secret
        # A condition of the supporter's own: others' are not theirs to take away.
        session.add(
            condition := Condition(
                id=new_id("cnd"),
                project_id=ids["project_id"],
                field="name",
                operator="answered",
                wanted=None,
                position=2,
                created_by=helper.person_id,
                created_at=self.now,
            )
        )
        ids["drafted_condition"] = condition.id

    def _outcomes(self, session: Session, family: Family, project: Project) -> None:
        """One that was sent, one with a question, one that waits, each of its own vendor; and looks to be told."""
        ids, officer = family.ids, family.logins["buyer_officer"].person_id
        for name, status, vendor_id in (
            ("outcome_id", "sent", family.vendor.id),
            ("asked_outcome_id", "asked", self.others[0]),
            ("prepared_outcome_id", "prepared", self.others[1]),
        ):
            told, asked = status != "prepared", status == "asked"
            notice = OutcomeNotice(
                id=new_id("out"),
                project_id=project.id,
                shortlist_item_id=ids["awarded_item_id"],
                vendor_id=vendor_id,
                result="selected",
                status=status,
                reason="条件を満たすため。",
                prepared_at=self.now,
                sent_at=self.now if told else None,
                sent_by=officer if told else None,
                ask_until=self.today + timedelta(days=30) if told else None,
                question="なぜですか。" if asked else "",
                asked_at=self.now if asked else None,
            )
            session.add(notice)
            ids[name] = notice.id
        week = week_of(self.today - timedelta(days=21))
        session.add(ListingCount(entry_id=ids["live"], week=week, kind="seen", count=5))

    def _contract(self, session: Session, family: Family, project: Project) -> None:
        ids, officer = family.ids, family.logins["buyer_officer"].person_id
        contract = Contract(
            id=new_id("con"),
            number=f"R8-{family.town.code}",
            project_id=project.id,
            selection_id=ids["awarded_selection_id"],
            shortlist_item_id=ids["awarded_item_id"],
            buyer_id=family.town.id,
            vendor_id=family.vendor.id,
            software_id=ids["live"],
            software_revision_id=ids["live_revision"],
            offer_id=ids["offer"],
            offer_revision_id=ids["offer_revision"],
            recorded_by=officer,
            recorded_at=self.now,
            answer_due=self.today + timedelta(days=14),
        )
        session.add(contract)
        session.flush()
        version = ContractVersion(
            id=new_id("cov"),
            contract_id=contract.id,
            number=1,
            title="窓口支援サービス利用契約",
            starts_on=self.today,
            ends_on=self.today + timedelta(days=364),
            concluded_on=self.today,
            lines=[
                {
                    "name": "利用料",
                    "unit": "月",
                    "unit_price": "10000",
                    "quantity": "12",
                    "tax_category": "standard",
                    "amount": 120000,
                    "tax": None,
                }
            ],
            subtotal=120_000,
            tax=12_000,
            total=132_000,
            recorded_by=officer,
            recorded_at=self.now,
        )
        session.add(version)
        session.flush()
        ids["contract_id"] = contract.id
        digest = self.running.app.state.files.store.save(f"書類 {family.town.code}".encode())
        session.add(StoredFile(sha256=digest, kind="pdf", size=20, created_at=self.now))
        session.flush()
        document = ContractDocument(
            id=new_id("doc"),
            contract_id=contract.id,
            sha256=digest,
            kind="agreement",
            title="契約書の写し",
            file_name="契約書.pdf",
            version=1,
            side="buyer",
            added_by=officer,
            added_at=self.now,
        )
        session.add(document)
        ids["document_id"] = document.id
        text = GoverningText(
            id=new_id("gt"),
            contract_id=contract.id,
            version_number=1,
            position=1,
            kind="general_conditions",
            title="約款",
            body="第1条",
            sha256="0" * 64,
            recorded_by=officer,
            recorded_at=self.now,
        )
        deviation = Deviation(
            id=new_id("dev"),
            contract_id=contract.id,
            version_number=1,
            text_kind=text.kind,
            text_title=text.title,
            text_sha256=text.sha256,
            clause="第1条",
            wanted="免責を除く。",
            reason="規則のため。",
            asked_by=officer,
            asked_at=self.now,
        )
        session.add_all([text, deviation])
        ids |= {"text_id": text.id, "deviation_id": deviation.id}
