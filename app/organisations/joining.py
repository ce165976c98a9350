"""Who joins which organisation at a login, and how (rules.md, People). One function: `join`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Role
from app.audit.record import record
from app.identity.assertions import Assertion
from app.identity.models import Person
from app.identity.people import Change, find_person
from app.identity.sessions import end_for_membership
from app.kit.clock import Clock
from app.kit.ids import new_id
from app.organisations.inputs import corporate_number_faults
from app.organisations.lifecycle import MEMBERSHIP
from app.organisations.local_governments import local_government_code
from app.organisations.mergers import succession_of
from app.organisations.models import Membership, Organisation
from app.organisations.policies import FIRST_ROLE, account_key, may_join, may_speak_for
from app.organisations.spaces import space_key
from app.outbox.publish import publish
from app.settings import IssuerSettings
from catalogue_schema import load_schema

LOGIN_ORIGINS = frozenset({"prime_login", "member_login", "government_login"})
LOST = "issuer"
"""`ended_by` of a membership that an issuer's later word took away."""


@dataclass(frozen=True)
class Joined:
    """What a login led to: the membership it concerns (active or pending) and what to tell the person."""

    membership: Membership | None
    notice: str = ""


def join(
    session: Session,
    actor: Actor,
    clock: Clock,
    issuer: IssuerSettings,
    person: Person,
    change: Change,
    assertion: Assertion,
) -> Joined:
    """Apply the rules to a person who just logged in; `actor` is that person."""
    case = _Case(session, actor, clock, issuer, person, change, assertion)
    if change.loses:
        case.lose_what_rested_on_the_former_word()
    if assertion.delegated:
        return Joined(
            None, "代理でのログインでは、どの組織にも所属しません。ご自身のアカウントでログインしてください。"
        )
    return case.by_gbizid() if assertion.dialect == "gbizid" else case.by_code()


@cache
def _prefecture_name(code: str) -> str:
    terms = load_schema().vocabulary("prefectures").terms
    return next((term.ja for term in terms if term.code == code.zfill(2)), "")


@dataclass(frozen=True)
class _Case:
    session: Session
    actor: Actor
    clock: Clock
    issuer: IssuerSettings
    person: Person
    change: Change
    said: Assertion

    # What is lost

    def lose_what_rested_on_the_former_word(self) -> None:
        former = self.change.former_claim
        rows = self.session.exec(
            select(Membership, Organisation)
            .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
            .where(col(Membership.person_id) == self.person.id, col(Membership.status) != "ended")
        ).all()
        for membership, organisation in rows:
            named = {organisation.code, organisation.corporate_number}
            if organisation.kind == "agency":
                named.add("agency")
            stranded = membership.origin != "entry_space" and not may_join(
                self.issuer, self.said.account_kind
            )
            if membership.origin in LOGIN_ORIGINS or (former and former in named) or stranded:
                self._lose(membership)

    def _lose(self, membership: Membership) -> None:
        now = self.clock.now()
        MEMBERSHIP.move(self.session, membership, "ending", ended_at=now, ended_by=LOST)
        end_for_membership(self.session, self.clock, membership.id)
        self._record("membership.lost", membership)

    def _must_wait(self, organisation: Organisation) -> bool:
        """Whether trust was spent: something was lost by the issuer's word, or the place here was ended once."""
        return (
            self.session.exec(
                select(Membership.id).where(
                    col(Membership.person_id) == self.person.id,
                    col(Membership.status) == "ended",
                    or_(col(Membership.ended_by) == LOST, col(Membership.organisation_id) == organisation.id),
                )
            ).first()
            is not None
        )

    # GビズID

    def by_gbizid(self) -> Joined:
        if self.said.account_kind == "entry":
            return self._entry()
        if self.said.account_kind == "":
            return Joined(None, "アカウントの種別が分からないため、どの組織にも所属していません。")
        if self.said.corp_type == "sole_proprietor" and not self.said.number:
            return self._sole_proprietor()
        # Strictly: another spelling of a number (hyphens, full-width digits) would be another key in our tables.
        if corporate_number_faults("/corporate_number", self.said.number):
            return self._refused(
                "corporate-number", "認証サーバーから届いた法人番号が正しくないため、組織に所属できません。"
            )
        organisation = self._by_number(self.said.number)
        if organisation is not None and organisation.kind in BODY_KINDS:
            return self._wait_or_keep(organisation, "government_login")
        if organisation is not None and organisation.kind != "vendor":
            return self._refused("not-allowed", "この認証サーバーからは、その組織に所属できません。")
        if organisation is None and local_government_code(self.said.number) is not None:
            # A vendor made of it would keep the body out of its own number.
            return self._refused(
                "unknown-local-government",
                "この法人番号は地方公共団体のものですが、団体の一覧にないため、所属できません。デジタル庁に問い合わせてください。",
            )
        return self._prime(organisation) if self.said.account_kind == "prime" else self._member(organisation)

    def _prime(self, organisation: Organisation | None) -> Joined:
        organisation = organisation or self._register(
            kind="vendor",
            name=self.said.organisation_name or f"法人番号 {self.said.number}",
            corporate_number=self.said.number,
        )
        joined = self._admit(organisation, (Role.VENDOR_ADMIN,), "prime_login")
        name = self.said.organisation_name
        if name and name != organisation.name and joined.membership and joined.membership.status == "active":
            details = {"fields": ["name"], "from": organisation.name, "to": name}
            organisation.name = name
            organisation.version += 1
            self.session.add(organisation)
            record(
                self.session,
                self.actor,
                "organisation.renamed",
                "organisation",
                organisation.id,
                at=self.clock.now(),
                owner=organisation.id,
                details=details,
            )
            # Its listings carry the name.
            publish(self.session, "catalogue.sync-vendor", organisation.id, at=self.clock.now())
        return joined

    def _member(self, organisation: Organisation | None) -> Joined:
        parent = find_person(self.session, self.issuer.key, self.said.parent_subject)
        bound = (
            organisation is not None
            and parent is not None
            and parent.account_kind == "prime"
            and self._current(organisation, parent.id, "active") is not None
            and (parent.claimed_number == self.said.number)
        )
        if not bound or organisation is None:
            return Joined(
                None,
                "同じ法人のgBizIDプライムの方がまだ登録していないため、所属できません。プライムの方が先にログインし、"
                "このサービスの利用をメンバーに許可しているか確かめてください。",
            )
        return self._admit(organisation, (Role.VENDOR_EDITOR,), "member_login")

    def _sole_proprietor(self) -> Joined:
        if self.said.account_kind == "prime":
            key = account_key(self.issuer.key, self.person.subject)
            organisation = self._by_account(key) or self._register(
                kind="sole_proprietor", name="個人事業主（屋号未登録）", account_key=key
            )
            return self._admit(organisation, (Role.VENDOR_ADMIN,), "prime_login")
        found = self._by_account(account_key(self.issuer.key, self.said.parent_subject))
        parent = find_person(self.session, self.issuer.key, self.said.parent_subject)
        if found is None or parent is None or self._current(found, parent.id, "active") is None:
            return Joined(None, "事業主の方（プライム）がまだ登録していないため、所属できません。")
        return self._admit(found, (Role.VENDOR_EDITOR,), "member_login")

    def _entry(self) -> Joined:
        """An エントリー proves nothing: a space of its own for drafts, and its number stays a claim."""
        key = space_key(account_key(self.issuer.key, self.person.subject))
        space = self._by_account(key) or self._register(
            kind="vendor", name="下書き用の場所（エントリー）", account_key=key
        )
        known = self._current(space, self.person.id)
        membership = known or self._add(space, (Role.VENDOR_EDITOR,), "entry_space", active=True)
        return Joined(
            membership,
            "エントリーのアカウントでは下書きだけができます。申請するには、gBizIDプライムを取得するか、"
            "同じ法人のプライムの方に下書きを引き継いでもらってください。",
        )

    # Issuers of local governments and of the Agency

    def by_code(self) -> Joined:
        if not self.said.claim:
            return Joined(None)
        organisation = self._by_code_or_number()
        if organisation is None:
            return self._refused("unknown-organisation", "認証サーバーが示した組織は登録されていません。")
        if not may_speak_for(self.issuer, organisation):
            return self._refused(
                "not-allowed", "この認証サーバーは、その組織について証明することを許されていません。"
            )
        return self._wait_or_keep(organisation, "government_login")

    def _by_code_or_number(self) -> Organisation | None:
        code = self.said.organisation_code
        if code == "agency":
            return self.session.exec(select(Organisation).where(col(Organisation.kind) == "agency")).first()
        found = None
        if code:
            found = self.session.exec(select(Organisation).where(col(Organisation.code) == code)).first()
        return found or self._by_number(code or self.said.number) or self._by_number(self.said.number)

    # Steps

    def _wait_or_keep(self, organisation: Organisation, origin: str) -> Joined:
        if organisation.ended_on is not None and organisation.ended_on <= self.clock.today():
            view = succession_of(self.session, organisation.id)
            return self._refused("ended", view.sentence if view else "その団体は、なくなりました。")
        known = self._current(organisation, self.person.id)
        membership = known or self._add(organisation, FIRST_ROLE[organisation.kind], origin, active=False)
        return Joined(membership, self._waiting(organisation) if membership.status == "pending" else "")

    def _admit(self, organisation: Organisation, roles: tuple[Role, ...], origin: str) -> Joined:
        known = self._current(organisation, self.person.id)
        if known is not None:
            if known.status == "pending":
                return Joined(known, self._waiting(organisation))
            if self.change.raised and not set(roles) <= set(known.roles):
                # A メンバー who has become プライム.
                known.roles = sorted({*known.roles, *roles})
                self.session.add(known)
                self._record("membership.roles_changed", known, roles=known.roles)
                self._tell(known)
            return Joined(known)
        waits = self.change.loses or self._must_wait(organisation)
        membership = self._add(organisation, roles, origin, active=not waits)
        return Joined(membership, self._waiting(organisation) if waits else "")

    def _add(
        self, organisation: Organisation, roles: tuple[Role, ...], origin: str, *, active: bool
    ) -> Membership:
        now = self.clock.now()
        membership = Membership(
            id=new_id("mem"),
            person_id=self.person.id,
            organisation_id=organisation.id,
            roles=[role.value for role in roles],
            status="active" if active else "pending",
            origin=origin,
            created_at=now,
            confirmed_at=now if active else None,
            confirmed_by=LOST if active else None,
        )
        self.session.add(membership)
        self.session.flush()
        self._record(
            "membership.joined" if active else "membership.requested", membership, roles=membership.roles
        )
        if origin != "entry_space":
            self._tell(membership)
        return membership

    def _tell(self, membership: Membership) -> None:
        """The organisation's others and the Agency hear of every new place, pending or not."""
        publish(self.session, "notify.member-pending", membership.id, at=self.clock.now())

    def _register(
        self, *, kind: str, name: str, corporate_number: str | None = None, account_key: str | None = None
    ) -> Organisation:
        organisation = Organisation(
            id=new_id("org"),
            kind=kind,
            name=name,
            corporate_number=corporate_number,
            account_key=account_key,
            prefecture=_prefecture_name(self.said.prefecture_code) if self.said.prefecture_code else "",
            created_at=self.clock.now(),
        )
        try:
            with self.session.begin_nested():
                self.session.add(organisation)
        except IntegrityError:
            # Somebody of the same organisation came first, this very moment.
            found = (
                self._by_number(corporate_number) if corporate_number else self._by_account(account_key or "")
            )
            if found is None:
                raise
            return found
        record(
            self.session,
            self.actor,
            "organisation.registered",
            "organisation",
            organisation.id,
            at=self.clock.now(),
            owner=organisation.id,
            details={"kind": organisation.kind},
        )
        return organisation

    def _by_number(self, number: str) -> Organisation | None:
        if not number:
            return None
        return self.session.exec(
            select(Organisation).where(col(Organisation.corporate_number) == number)
        ).first()

    def _by_account(self, key: str) -> Organisation | None:
        return self.session.exec(select(Organisation).where(col(Organisation.account_key) == key)).first()

    def _current(
        self, organisation: Organisation, person_id: str, status: str | None = None
    ) -> Membership | None:
        found = self.session.exec(
            select(Membership).where(
                col(Membership.organisation_id) == organisation.id,
                col(Membership.person_id) == person_id,
                col(Membership.status) != "ended",
            )
        ).first()
        return found if found is None or status is None or found.status == status else None

    def _waiting(self, organisation: Organisation) -> str:
        return f"{organisation.name}への所属は、管理者またはデジタル庁の確認を待っています。"

    def _refused(self, reason: str, notice: str) -> Joined:
        details = {"reason": reason}
        at = self.clock.now()
        record(self.session, self.actor, "join.refused", "person", self.person.id, at=at, details=details)
        return Joined(None, notice)

    def _record(self, action: str, membership: Membership, **details: object) -> None:
        record(
            self.session,
            self.actor,
            action,
            "membership",
            membership.id,
            at=self.clock.now(),
            owner=membership.organisation_id,
            details={"origin": membership.origin, **details},
        )
