"""A stage with two families that mirror each other: a vendor and a town each, with one thing of every kind and state.

Written straight into the tables: how things get there has tests of its own, and a table of permissions wants to know
where everything is. `things(family)` names them by the names of the routes' path parameters.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.unsent import Unsent, keep
from app.audit.chain import Sealer
from app.audit.record import record
from app.catalogue import projection
from app.identity.credentials import digest, new_secret
from app.identity.models import ApiToken, Person, WebSession
from app.kit.ids import new_id
from app.listings.models import SellerAuthorisation
from app.notifications.models import PersonalNotice
from app.organisations.models import Invitation, MasterAgreement, Membership, Organisation, Qualification
from app.review.models import Finding
from catalogue_schema import Schema
from search.embedded import open_writer
from tests.access.rules import MEMBER_ROLES, ROLES
from tests.access.stage_bodies import add_bodies
from tests.access.stage_contracts import add_beside_contracts
from tests.access.stage_jobs import add_index_runs, add_jobs, add_renewal_job
from tests.access.stage_procurement import Family, ProcurementStage
from tests.access.stage_review import ReviewStage
from tests.access.stage_specifications import add_specification
from tests.support.application import Running
from tests.world import Login, World

__all__ = ["MEMBER_ROLES", "ROLES", "Family", "Stage"]


class Stage(ReviewStage, ProcurementStage):
    """Builds the families in `running`'s database."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.world: World = running.world
        self.schema: Schema = running.app.state.schema
        self.now = running.clock.now()
        self.today: date = running.clock.today()
        agency = self.world.agency()
        self.agency_id = agency.id
        self.agency = {
            role: self.world.login(agency, role) for role in ("reviewer", "agency_admin", "auditor")
        }
        self.colleague = self.world.login(agency, "reviewer")
        self.away = [self.world.login(agency, "reviewer") for _ in range(2)]
        self.entry = self._entry_session()
        self.third = self.world.vendor("架空三株式会社")
        self.others = self.third.id, self.world.vendor("架空四株式会社").id
        self.own = self._family("一", "011002")
        self.other = self._family("二", "012025")
        self._name_sellers(self.own, self.other)
        self._name_sellers(self.other, self.own)
        self._things: dict[tuple[str, bool], dict[str, str]] = {}

    def login(self, role: str) -> Login | None:
        """The person of that role in the first family or the Agency; None for a visitor."""
        if role == "visitor":
            return None
        if role == "entry":
            return self.entry
        return self.agency.get(role) or self.own.logins[role]

    def things(self, role: str, family: Family) -> dict[str, str]:
        """Path parameters for this role: the family's things, and, in the own family, the person's own.

        Named once: what a request does to them is rolled back.
        """
        own = family is self.own
        if (role, own) not in self._things:
            self._things[role, own] = self._named(role, family, own)
        return self._things[role, own]

    def name_anew(self) -> None:
        """Forget what was named: forms that were kept for later push out the oldest, and they are really kept."""
        self._things.clear()

    def _named(self, role: str, family: Family, own: bool) -> dict[str, str]:
        login = self.login(role)
        ids = dict(family.ids)
        at_home = own and login is not None and login.organisation_id != ""
        ids["organisation_id"] = (
            login.organisation_id if at_home and login is not None else self._house(role, family).id
        )
        ids["token_id"] = self._token(
            login if at_home and login is not None else self.other.logins["vendor_admin"]
        )
        person = login if own and login else self.other.logins["vendor_admin"]
        ids["session_id"] = person.session_id
        ids["unsent_id"] = self._unsent(person)
        ids["notice_id"] = self._notice(person)
        ids["my_membership"] = person.membership_id
        side = ids["organisation_id"] if at_home else self._house(role, family).id
        for name in ("membership_id", "pending_id", "invitation_id", "event_id", "role"):
            ids[name] = ids[f"{name}:{side}"]
        return ids

    def revive(self, login: Login | None) -> None:
        """Undo a logout."""
        with self.running.database.write() as session:
            row = session.get(WebSession, login.session_id) if login else None
            if row is not None:
                row.revoked_at = None
                session.add(row)

    def _house(self, role: str, family: Family) -> Organisation:
        return family.town if role.startswith("buyer") else family.vendor

    def _token(self, login: Login) -> str:
        with self.running.database.read() as session:
            owned = col(ApiToken.person_id) == login.person_id
            return session.exec(select(col(ApiToken.id)).where(owned)).one()

    def _unsent(self, login: Login) -> str:
        secret = self.running.settings.secret_key.get_secret_value()
        form = Unsent("/projects/new", "/", {"title": ["件名"]}, login.organisation_id or "none")
        with self.running.database.write() as session:
            return keep(session, secret, Actor(person_id=login.person_id), self.now, form)

    def _notice(self, login: Login) -> str:
        with self.running.database.write() as session:
            notice = PersonalNotice(
                id=new_id("nt"),
                person_id=login.person_id,
                source=new_id("ob"),
                kind="people",
                subject="お知らせ",
                body="本文",
                path="/account",
                created_at=self.now,
            )
            session.add(notice)
            return notice.id

    def _entry_session(self) -> Login:
        person = Person(
            id=new_id("per"),
            issuer_key="gbizid",
            subject="entry",
            pseudonym=new_id("ps"),
            name="入口 花子",
            account_kind="entry",
            corp_type="corporation",
            claimed_number="9999000000019",
            created_at=self.now,
        )
        cookie = new_secret()
        session_row = WebSession(
            id=new_id("ses"),
            secret_digest=digest(cookie),
            person_id=person.id,
            issuer_key="gbizid",
            auth_time=self.now,
            created_at=self.now,
            last_seen_at=self.now,
            expires_at=self.now + timedelta(hours=12),
        )
        with self.running.database.write() as session:
            session.add(person)
            session.flush()
            session.add(session_row)
        return Login(person.id, person.name, "", "", (), session_row.id, cookie, "")

    def _family(self, mark: str, code: str) -> Family:
        vendor = self.world.vendor(f"架空{mark}株式会社")
        town = self.world.local_government(f"架空{mark}市", code, settings={"single_person": True})
        family = Family(vendor, town)
        for role in MEMBER_ROLES[:2]:
            family.logins[role] = self.world.login(vendor, role)
        for role in MEMBER_ROLES[2:4]:
            family.logins[role] = self.world.login(town, role)
        lender = self.world.local_government(f"架空{mark}県", local_kind="prefecture")
        family.logins["supporter"] = self.world.login(lender, "supporter")
        ministry = self.world.organisation("ministry", f"架空{mark}省")
        family.logins["specification_editor"] = self.world.login(ministry, "specification_editor")
        with self.running.database.write() as session:
            for organisation in (vendor, town, lender, ministry):
                self._people(session, family, organisation.id)
            self._people(session, family, self.agency_id)
            self._papers(session, family)
            self._space(session, family)
            self._listings(session, family)
            add_jobs(session, family, self.now)
            add_renewal_job(session, family, self.agency["agency_admin"], self.now)
            add_index_runs(session, family, self.now)
            self._procurement(session, family)
            add_beside_contracts(session, family, self.now, self.today)
            self._supporters(session, family)
            add_bodies(session, family, self.now, self.today)
            add_specification(session, family, self.now)
        return family

    def _people(self, session: Session, family: Family, organisation_id: str) -> None:
        """A further member, somebody pending, an open invitation, an audit event."""
        kind = "reviewer" if organisation_id == self.agency_id else (
            "vendor_editor" if organisation_id == family.vendor.id
            else "buyer_officer" if organisation_id == family.town.id else "supporter"
        )  # fmt: skip
        people = []
        for status in ("active", "pending"):
            person = Person(
                id=new_id("per"),
                issuer_key="test",
                subject=new_id("sub"),
                pseudonym=new_id("ps"),
                name="別の人",
                created_at=self.now,
            )
            session.add(person)
            session.flush()
            membership = Membership(
                id=new_id("mem"),
                person_id=person.id,
                organisation_id=organisation_id,
                roles=[kind],
                status=status,
                origin="invitation",
                created_at=self.now,
            )
            session.add(membership)
            people.append(membership.id)
        family.ids[f"membership_id:{organisation_id}"] = people[0]
        family.ids[f"pending_id:{organisation_id}"] = people[1]
        family.ids[f"role:{organisation_id}"] = kind
        secret = new_secret()
        invitation = Invitation(
            id=new_id("inv"),
            digest=digest(secret),
            organisation_id=organisation_id,
            roles=[kind],
            invited_by=people[0],
            created_at=self.now,
            expires_at=self.now + timedelta(days=7),
        )
        session.add(invitation)
        family.ids[f"invitation_id:{organisation_id}"] = invitation.id
        family.ids["secret"] = secret
        actor = Actor(kind="system", pseudonym="system", organisation_id=organisation_id)
        event = record(
            session, actor, "stage.set", "organisation", organisation_id, at=self.now, owner=organisation_id
        )
        family.ids[f"event_id:{organisation_id}"] = event.id

    def _space(self, session: Session, family: Family) -> None:
        """An エントリー's own drafts, made under the claim to be of this family's vendor."""
        subject = new_id("sub")
        person = Person(
            id=new_id("per"),
            issuer_key="gbizid",
            subject=subject,
            pseudonym=new_id("ps"),
            account_kind="entry",
            corp_type="corporation",
            claimed_number=family.vendor.corporate_number or "",
            created_at=self.now,
        )
        space = Organisation(
            id=new_id("org"),
            kind="vendor",
            name="下書きの場所",
            account_key=f"entry:gbizid:{subject}",
            created_at=self.now,
        )
        session.add_all([person, space])
        session.flush()
        session.add(
            Membership(
                id=new_id("mem"),
                person_id=person.id,
                organisation_id=space.id,
                roles=["vendor_editor"],
                status="active",
                origin="entry_space",
                created_at=self.now,
            )
        )
        self.entry_of(session, space.id, "software", "unpublished", "draft")
        family.ids["space_id"] = space.id

    def _papers(self, session: Session, family: Family) -> None:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == family.vendor.id)
        ).one()
        qualification = Qualification(
            id=new_id("qua"),
            organisation_id=family.vendor.id,
            number="0000012345",
            kinds=["service"],
            grade="C",
            valid_from=self.today - timedelta(days=100),
            valid_until=self.today + timedelta(days=100),
            created_at=self.now,
        )
        session.add(qualification)
        family.ids |= {"agreement_id": agreement.id, "qualification_id": qualification.id}

    def _listings(self, session: Session, family: Family) -> None:
        vendor, ids = family.vendor.id, family.ids
        draft, _ = self.entry_of(session, vendor, "software", "unpublished", "draft")
        live, live_revision = self.entry_of(session, vendor, "software", "published", "approved")
        offer_draft, _ = self.entry_of(session, vendor, "offer", "unpublished", "draft", software_id=live.id)
        offer, offer_revision = self.entry_of(
            session, vendor, "offer", "published", "approved", software_id=live.id
        )
        submitted, submitted_revision = self.entry_of(session, vendor, "software", "unpublished", "submitted")
        queued = self.case_of(session, submitted, submitted_revision, None)
        reviewed, reviewed_revision = self.entry_of(session, vendor, "software", "unpublished", "in_review")
        claimed = self.case_of(session, reviewed, reviewed_revision, self.agency["reviewer"].person_id)
        finding = session.exec(select(col(Finding.id)).where(col(Finding.case_id) == claimed.id)).one()
        offer_submitted, offer_submitted_revision = self.entry_of(
            session, vendor, "offer", "unpublished", "submitted", software_id=live.id
        )
        self.case_of(session, offer_submitted, offer_submitted_revision, None)
        returned, returned_revision = self.entry_of(session, vendor, "software", "unpublished", "returned")
        offer_returned, offer_returned_revision = self.entry_of(
            session, vendor, "offer", "unpublished", "returned", software_id=live.id
        )
        for entry, revision in ((returned, returned_revision), (offer_returned, offer_returned_revision)):
            case = self.case_of(session, entry, revision, self.agency["reviewer"].person_id)
            case.status, case.decided_by, case.decided_at = "returned", case.claimed_by, self.now
            session.add(case)
        sampled, sampled_revision = self.entry_of(session, vendor, "software", "published", "approved")
        ids |= self._desk_things(session, sampled, sampled_revision)
        suspended, _ = self.entry_of(
            session, vendor, "software", "suspended", "approved", ended_on=self.today
        )
        withdrawn, _ = self.entry_of(
            session, vendor, "software", "withdrawn", "approved", ended_on=self.today
        )
        offer_withdrawn, _ = self.entry_of(
            session, vendor, "offer", "withdrawn", "approved", software_id=live.id, ended_on=self.today
        )
        ids |= {
            "offer_withdrawn": offer_withdrawn.id,
            "withdrawn": withdrawn.id,
            "draft": draft.id,
            "live": live.id,
            "live_revision": live_revision.id,
            "sampled": sampled.id,
            "offer_draft": offer_draft.id,
            "offer": offer.id,
            "offer_revision": offer_revision.id,
            "submitted": submitted.id,
            "offer_submitted": offer_submitted.id,
            "reviewed": reviewed.id,
            "suspended": suspended.id,
            "returned": returned.id,
            "offer_returned": offer_returned.id,
            "queued_case": queued.id,
            "claimed_case": claimed.id,
            "claimed_revision": reviewed_revision.id,
            "claimed_hash": reviewed_revision.content_hash,
            "finding_id": finding,
            "number": "1",
            "vendor_id": vendor,
            "town_id": family.town.id,
        }

    def _name_sellers(self, developer: Family, seller: Family) -> None:
        """Each vendor lets the other sell its software, and one more software waits for a third firm's consent."""
        with self.running.database.write() as session:
            session.add(
                SellerAuthorisation(
                    id=new_id("sel"),
                    software_id=developer.ids["live"],
                    seller_id=seller.vendor.id,
                    status="offered",
                    created_at=self.now,
                )
            )
            session.add(
                SellerAuthorisation(
                    id=new_id("sel"),
                    software_id=developer.ids["reviewed"],
                    seller_id=self.third.id,
                    status="accepted",
                    created_at=self.now,
                    accepted_at=self.now,
                )
            )
        developer.ids |= {"seller_id": seller.vendor.id, "third_id": self.third.id}
        seller.ids["sold"] = developer.ids["live"]

    def seal(self) -> None:
        """Seal the audit events, as the worker does."""
        settings = self.running.settings
        seed = settings.audit_key.get_secret_value()
        Sealer(self.running.database, settings.audit_heads, seed).seal(self.now)

    def index(self) -> None:
        """Build the search index from the database as it is."""
        writer = open_writer(self.running.settings.search_directory, projection.index_settings(self.schema))
        try:
            projection.rebuild_all(self.running.database, writer, self.schema, self.running.clock)
        finally:
            writer.close()
