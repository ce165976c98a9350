"""Who is told, and what about. Facts only; the words are in templates/."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.identity.models import ApiToken, Person
from app.kit.clock import TOKYO
from app.listings.models import Entry, Revision
from app.organisations.body_models import KEEPS_RECORDS, BodySuccessor, Department
from app.organisations.mergers import succession_of
from app.organisations.models import MasterAgreement, Membership, Organisation
from app.procurement.models import Contract, ContractVersion, Project
from app.review.desk_models import Sample
from app.review.models import ReviewCase
from catalogue_schema.dates import format_date


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told; without an address only inside the service."""

    person_id: str
    name: str
    email: str
    path: str = ""
    """The page for this one, where it is another than the notice's."""
    organisation_id: str = ""
    """For which organisation; empty where it concerns the person alone."""


@dataclass(frozen=True)
class Notice:
    """A message to be written: which template, to whom, with which facts, and the page that it is about."""

    template: str
    recipients: tuple[Recipient, ...]
    facts: dict[str, str]
    path: str


def holders(session: Session, organisation_id: str, *roles: Role) -> tuple[Recipient, ...]:
    """Those of the organisation who hold one of the roles."""
    rows = session.exec(
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.organisation_id) == organisation_id, col(Membership.status) == "active")
        .order_by(col(Person.id))
    ).all()
    wanted = {role.value for role in roles}
    return tuple(
        Recipient(person.id, person.name, person.email, organisation_id=organisation_id)
        for person, membership in rows
        if wanted & set(membership.roles)
    )


def agency(session: Session, *roles: Role) -> tuple[Recipient, ...]:
    """Those of the Agency who hold one of the roles."""
    agencies = session.exec(select(Organisation).where(col(Organisation.kind) == "agency")).all()
    return tuple(recipient for agency in agencies for recipient in holders(session, agency.id, *roles))


def _keepers(session: Session, body_id: str, *roles: Role) -> tuple[Recipient, ...]:
    """`holders` of a body; of the successor that keeps its records, once nobody is left there (廃置分合)."""
    seen: set[str] = set()
    while body_id not in seen:
        seen.add(body_id)
        if found := holders(session, body_id, *roles):
            return found
        body_id = (
            session.exec(
                select(col(BodySuccessor.successor_id)).where(
                    col(BodySuccessor.body_id) == body_id, col(BodySuccessor.position) == KEEPS_RECORDS
                )
            ).first()
            or body_id
        )
    return ()


def _mailbox(session: Session, project_id: str) -> tuple[Recipient, ...]:
    """The shared mailbox of the project's department, unless it has none or was closed."""
    project = session.get(Project, project_id)
    row = session.get(Department, project.department_id) if project and project.department_id else None
    if row is None or row.closed_at is not None or not row.email:
        return ()
    return (Recipient(row.id, row.name, row.email),)


def body_succeeded(session: Session, body_id: str) -> Notice | None:
    """To the approvers of every successor: a body has ended, and who keeps its projects and contracts."""
    view = succession_of(session, body_id)
    if view is None:
        return None
    people = {
        each.person_id: each
        for successor in view.successors
        for each in holders(session, successor.id, Role.BUYER_APPROVER)
    }
    facts = {
        "body": view.body.name,
        "date": format_date(view.ended_on),
        "keeper": view.successors[0].name,
    }
    return Notice("body_succeeded", tuple(people.values()), facts, "/organisation")


def _vendor(session: Session, organisation_id: str) -> tuple[Recipient, ...]:
    return holders(session, organisation_id, Role.VENDOR_ADMIN, Role.VENDOR_EDITOR)


def organisation_name(session: Session, organisation_id: str) -> str:
    """The organisation's name; empty for an unknown one."""
    organisation = session.get(Organisation, organisation_id)
    return organisation.name if organisation else ""


def _title(session: Session, entry_id: str, revision_id: str | None = None) -> str:
    entry = session.get(Entry, entry_id)
    wanted = revision_id or (entry.published_revision_id if entry else None)
    revision = session.get(Revision, wanted) if wanted else None
    return str(revision.answers.get("name", "")) if revision else ""


def listing_submitted(session: Session, case_id: str) -> Notice | None:
    """To the reviewers: something waits in the queue. None when it was recalled or decided meanwhile."""
    case = session.get(ReviewCase, case_id)
    if case is None or case.status not in ("queued", "claimed"):
        return None
    facts = {
        "vendor": organisation_name(session, case.owner_id),
        "title": _title(session, case.entry_id, case.revision_id),
    }
    return Notice("listing_submitted", agency(session, Role.REVIEWER), facts, f"/review/cases/{case.id}")


def review_decided(session: Session, case_id: str) -> Notice | None:
    """To the vendor: approved, returned or rejected."""
    case = session.get(ReviewCase, case_id)
    if case is None or case.status not in ("approved", "returned", "rejected"):
        return None
    entry = session.get(Entry, case.entry_id)
    kind = "offers" if entry is not None and entry.kind == "offer" else "software"
    facts = {
        "title": _title(session, case.entry_id, case.revision_id),
        "decision": case.status,
        "comment": case.comment,
    }
    return Notice("review_decided", _vendor(session, case.owner_id), facts, f"/vendor/{kind}/{case.entry_id}")


def listing_changed(session: Session, case_id: str) -> Notice | None:
    """To the bodies with a running contract on it: a 重要 change was published, when, and in which fields."""
    case = session.get(ReviewCase, case_id)
    entry = session.get(Entry, case.entry_id) if case else None
    if case is None or entry is None or case.status != "approved" or case.decided_at is None:
        return None
    on_it = Contract.offer_id if entry.kind == "offer" else Contract.software_id
    buyers = session.exec(
        select(col(Contract.buyer_id))
        .where(col(on_it) == entry.id, col(Contract.status).in_(("recorded", "confirmed", "disputed")))
        .distinct()
        .order_by(col(Contract.buyer_id))
    ).all()
    recipients = tuple(
        recipient
        for buyer_id in buyers
        for recipient in _keepers(session, buyer_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    )
    facts = {
        "title": _title(session, case.entry_id, case.revision_id),
        "vendor": organisation_name(session, case.owner_id),
        "date": format_date(case.decided_at.astimezone(TOKYO).date()),
        "fields": "\n".join(
            f"・{change['label']}{'（重要）' if change['change_class'] == 'major' else ''}"
            for change in case.changes
        ),
    }
    # One message each, also for somebody who belongs to two bodies.
    everyone = tuple({one.person_id: one for one in recipients}.values())
    return Notice("listing_changed", everyone, facts, f"/listings/{entry.software_id or entry.id}")


def listing_revoked(session: Session, revision_id: str) -> Notice | None:
    """To the vendor: the Agency took a revision back that was published in error."""
    revision = session.get(Revision, revision_id)
    entry = session.get(Entry, revision.entry_id) if revision else None
    if revision is None or entry is None or revision.revoked_at is None:
        return None
    kind = "offers" if entry.kind == "offer" else "software"
    facts = {
        "title": str(revision.answers.get("name", "")),
        "number": str(revision.number),
        "reason": revision.revocation_reason,
        "note": revision.revocation_note,
        "suspended": "yes" if entry.published_revision_id == revision.id else "",
    }
    return Notice("listing_revoked", _vendor(session, entry.owner_id), facts, f"/vendor/{kind}/{entry.id}")


def case_reassigned(session: Session, case_id: str) -> Notice | None:
    """To the reviewer who was given a case. None when it went on meanwhile."""
    case = session.get(ReviewCase, case_id)
    person = session.get(Person, case.claimed_by) if case and case.claimed_by else None
    if case is None or person is None or case.status != "claimed" or not person.email:
        return None
    facts = {
        "vendor": organisation_name(session, case.owner_id),
        "title": _title(session, case.entry_id, case.revision_id),
    }
    recipient = Recipient(person.id, person.name, person.email)
    return Notice("case_reassigned", (recipient,), facts, f"/review/cases/{case.id}")


def sample_decided(session: Session, sample_id: str) -> Notice | None:
    """To the vendor: what was published without review was looked at, with findings, or was taken back."""
    sample = session.get(Sample, sample_id)
    case = session.get(ReviewCase, sample.case_id) if sample else None
    entry = session.get(Entry, case.entry_id) if case else None
    if sample is None or case is None or entry is None or sample.status not in ("findings", "taken_back"):
        return None
    kind = "offers" if entry.kind == "offer" else "software"
    facts = {
        "title": _title(session, case.entry_id, case.revision_id),
        "outcome": sample.status,
        "comment": sample.comment,
    }
    return Notice("sample_decided", _vendor(session, case.owner_id), facts, f"/vendor/{kind}/{entry.id}")


def _contract_facts(session: Session, contract: Contract) -> dict[str, str]:
    return {
        "number": contract.number,
        "buyer": organisation_name(session, contract.buyer_id),
        "vendor": organisation_name(session, contract.vendor_id),
        "title": _title(session, contract.software_id, contract.software_revision_id),
        "status": contract.status,
        "version": str(contract.current_version),
    }


def contract_buyers(session: Session, contract: Contract) -> tuple[Recipient, ...]:
    """The body's officers and approvers, and the mailbox of the project's department."""
    people = _keepers(session, contract.buyer_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    return (*people, *_mailbox(session, contract.project_id))


def contract_recorded(session: Session, contract_id: str) -> Notice | None:
    """To the vendor's administrators: please confirm or dispute, after recording and after each amendment.

    None once it was answered or the contract ended: nothing is asked for any more.
    """
    contract = session.get(Contract, contract_id)
    if contract is None or contract.status != "recorded":
        return None
    version = session.exec(
        select(ContractVersion).where(
            col(ContractVersion.contract_id) == contract.id,
            col(ContractVersion.number) == contract.current_version,
        )
    ).one()
    facts = _contract_facts(session, contract) | {
        "due": format_date(contract.answer_due),
        "amended": "yes" if version.number > 1 else "",
        "amendment_reason": version.reason,
    }
    recipients = holders(session, contract.vendor_id, Role.VENDOR_ADMIN)
    return Notice("contract_recorded", recipients, facts, f"/vendor/contracts/{contract.id}")


def contract_answered(session: Session, contract_id: str) -> Notice | None:
    """To the buyer's officers: the vendor confirmed or disputed.

    None where the answer no longer stands: the contract was amended (and waits for a new one), or ended.
    """
    contract = session.get(Contract, contract_id)
    if contract is None or contract.status not in ("confirmed", "disputed"):
        return None
    facts = _contract_facts(session, contract) | {"reason": contract.dispute_reason}
    return Notice("contract_answered", contract_buyers(session, contract), facts, f"/contracts/{contract.id}")


def contract_ended(session: Session, contract_id: str) -> Notice | None:
    """To both sides: ended early, with the buyer's reason, or expired."""
    contract = session.get(Contract, contract_id)
    if contract is None or contract.ended_on is None:
        return None
    vendor = holders(session, contract.vendor_id, Role.VENDOR_ADMIN)
    recipients = {recipient.person_id: recipient for recipient in contract_buyers(session, contract)}
    for recipient in vendor:
        at = replace(recipient, path=f"/vendor/contracts/{contract.id}")
        recipients.setdefault(recipient.person_id, at)
    facts = _contract_facts(session, contract) | {
        "reason": contract.end_reason,
        "ended_on": format_date(contract.ended_on),
    }
    return Notice("contract_ended", tuple(recipients.values()), facts, f"/contracts/{contract.id}")


def agreement_signed(session: Session, agreement_id: str) -> Notice | None:
    """To the Agency's administrators: an agreement waits for acceptance."""
    agreement = session.get(MasterAgreement, agreement_id)
    if agreement is None or agreement.status != "signed":
        return None
    facts = {"vendor": organisation_name(session, agreement.organisation_id)}
    return Notice("agreement_signed", agency(session, Role.AGENCY_ADMIN), facts, "/agency/agreements")


def agreement_changed(session: Session, agreement_id: str) -> Notice | None:
    """To the vendor's administrators: accepted, suspended, resumed, ended, expired."""
    agreement = session.get(MasterAgreement, agreement_id)
    if agreement is None:
        return None
    facts = {"status": agreement.status, "reason": agreement.reason}
    recipients = holders(session, agreement.organisation_id, Role.VENDOR_ADMIN)
    return Notice("agreement_changed", recipients, facts, "/vendor/agreement")


def member_pending(session: Session, membership_id: str) -> Notice | None:
    """To those who can consent: the body's approver or the vendor's administrators, and the Agency."""
    membership = session.get(Membership, membership_id)
    if membership is None or membership.status == "ended":
        return None
    person = session.get(Person, membership.person_id)
    own = holders(
        session, membership.organisation_id, Role.BUYER_APPROVER, Role.VENDOR_ADMIN, Role.AGENCY_ADMIN
    )
    at_agency = f"/agency/organisations/{membership.organisation_id}"
    everyone = {
        recipient.person_id: recipient
        # The organisation's own come last: whoever is of the Agency itself is sent to the own organisation's page.
        for recipient in (
            *(replace(each, path=at_agency) for each in agency(session, Role.AGENCY_ADMIN)),
            *own,
        )
        if recipient.person_id != membership.person_id
    }
    facts = {
        "organisation": organisation_name(session, membership.organisation_id),
        "name": person.name if person else "",
        "status": membership.status,
    }
    return Notice("member_pending", tuple(everyone.values()), facts, "/organisation/members")


def selection_proposed(session: Session, project_id: str) -> Notice | None:
    """To the body's approvers: a selection waits for confirmation."""
    project = session.get(Project, project_id)
    if project is None or project.status != "proposed":
        return None
    recipients = (
        *_keepers(session, project.organisation_id, Role.BUYER_APPROVER),
        *_mailbox(session, project.id),
    )
    return Notice("selection_proposed", recipients, {"title": project.title}, f"/projects/{project.id}")


def token_expiring(session: Session, token_id: str) -> Notice | None:
    """To the token's creator: it expires within 30 days."""
    token = session.get(ApiToken, token_id)
    person = session.get(Person, token.person_id) if token is not None else None
    if token is None or person is None or token.revoked_at is not None or not person.email:
        return None
    facts = {
        "name": token.name,
        "hint": token.hint,
        "until": format_date(token.expires_at.astimezone(TOKYO).date()),
    }
    return Notice(
        "token_expiring", (Recipient(person.id, person.name, person.email),), facts, "/account/tokens"
    )
