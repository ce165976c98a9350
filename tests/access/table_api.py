"""The permission table's lines for the API; how to read them is in table.py."""

from __future__ import annotations

from tests.access.rules import EVERYBODY, LOGGED_IN, MEMBERS, Lines, rule

API_CATALOGUE: Lines = {
    "GET /api/v1/openapi.json": rule(EVERYBODY),
    "GET /api/v1/search": rule(EVERYBODY),
    "GET /api/v1/search/suggestions": rule(EVERYBODY),
    "GET /api/v1/search-words": rule(EVERYBODY),
    "GET /api/v1/search-words/export": rule(EVERYBODY),
    "POST /api/v1/search-words": rule(
        "R", token="-", body={"kind": "means", "written": "試す語", "meant": ["別の語"]}
    ),
    "GET /api/v1/search-words/{word_id}": rule(EVERYBODY),
    "PATCH /api/v1/search-words/{word_id}": rule(
        "R", token="-", if_match=True, body={"written": "試す語", "meant": ["別の語"]}
    ),
    "POST /api/v1/search-words/{word_id}/retirement": rule("R", token="-"),
    "POST /api/v1/search-words/{word_id}/restoration": rule("R", token="-", word_id="retired_word_id"),
    "GET /api/v1/comparisons": rule(EVERYBODY),
    "GET /api/v1/software/{software_id}/history": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "GET /api/v1/offers/{offer_id}/history": rule(EVERYBODY, EVERYBODY, offer_id="offer"),
    "GET /api/v1/buyer-desk": rule("OB"),
    "GET /api/v1/needs": rule(EVERYBODY),
    "GET /api/v1/needs/{code}": rule(EVERYBODY, code="=disaster"),
    "GET /api/v1/schemas": rule(EVERYBODY),
    "GET /api/v1/schemas/{subject}": rule(EVERYBODY, subject="=software"),
    "GET /api/v1/schemas/{subject}/{version}": rule(EVERYBODY, subject="=offer", version="=1"),
    "GET /api/v1/vocabularies": rule(EVERYBODY),
    "GET /api/v1/vocabularies/{name}": rule(EVERYBODY, name="=business_areas"),
}

DRAFT = {"entry_id": "draft"}
OFFER_DRAFT = {"entry_id": "offer_draft"}

API_LISTINGS: Lines = {
    # What is published is everybody's (tests/visibility); what is not belongs to its vendor and to those who review.
    "GET /api/v1/software": rule(EVERYBODY),
    "POST /api/v1/software": rule("AV"),
    "GET /api/v1/software/{entry_id}": rule("AVRGU", "RGU", at=DRAFT),
    "PATCH /api/v1/software/{entry_id}": rule("AV", "-", at=DRAFT),
    "GET /api/v1/software/{entry_id}/revisions": rule("AVRGU", "RGU", at=DRAFT),
    "GET /api/v1/software/{entry_id}/revisions/{number}": rule("AVRGU", "RGU", at=DRAFT),
    "GET /api/v1/software/{entry_id}/decision": rule("AVRGU", "RGU", entry_id="returned"),
    "POST /api/v1/software/{entry_id}/submission": rule("AV", "-", at=DRAFT),
    "GET /api/v1/software/{entry_id}/submission": rule("AV", "-", at=DRAFT),
    "POST /api/v1/software/{entry_id}/recall": rule("AV", "-", entry_id="submitted"),
    "POST /api/v1/software/{entry_id}/copies": rule(
        "AV", "-", at=DRAFT, if_match=True, body={"source": "{live}", "groups": ["security"]}
    ),
    "POST /api/v1/software/{entry_id}/withdrawal": rule("AV", "-", entry_id="live"),
    "POST /api/v1/software/{entry_id}/suspension": rule("G", "G", "-", entry_id="live"),
    "POST /api/v1/software/{entry_id}/suspension-notice": rule("G", "G", "-", entry_id="live"),
    "POST /api/v1/software/{entry_id}/resumption": (
        rule("G", "G", "-", entry_id="suspended"),
        rule("AV", "-", entry_id="withdrawn"),
    ),
    "POST /api/v1/software/{entry_id}/retirement": rule("AV", "-", entry_id="live"),
    "GET /api/v1/software/{software_id}/sellers": rule("AVRGU", "RGU", software_id="reviewed"),
    "POST /api/v1/software/{software_id}/sellers": rule(
        "AV", "-", software_id="live", body={"seller": "{seller_id}"}
    ),
    "POST /api/v1/software/{software_id}/sellers/{seller_id}/acceptance": rule(
        "AV", "-", software_id="sold", seller_id="vendor_id"
    ),
    "POST /api/v1/software/{software_id}/sellers/{seller_id}/ending": rule(
        "AV", "-", software_id="reviewed", seller_id="third_id"
    ),
    "GET /api/v1/software/{software_id}/contracts": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "GET /api/v1/sellers": rule("AVRGU"),
    "GET /api/v1/offers": rule(EVERYBODY),
    "POST /api/v1/offers": rule("AV", "-", body={"software_id": "{draft}"}),
    "GET /api/v1/offers/{entry_id}": rule("AVRGU", "RGU", at=OFFER_DRAFT),
    "PATCH /api/v1/offers/{entry_id}": rule("AV", "-", at=OFFER_DRAFT),
    "GET /api/v1/offers/{entry_id}/revisions": rule("AVRGU", "RGU", at=OFFER_DRAFT),
    "GET /api/v1/offers/{entry_id}/revisions/{number}": rule("AVRGU", "RGU", at=OFFER_DRAFT),
    "GET /api/v1/offers/{entry_id}/decision": rule("AVRGU", "RGU", entry_id="offer_returned"),
    "POST /api/v1/offers/{entry_id}/submission": rule("AV", "-", at=OFFER_DRAFT),
    "GET /api/v1/offers/{entry_id}/submission": rule("AV", "-", at=OFFER_DRAFT),
    "POST /api/v1/offers/{entry_id}/recall": rule("AV", "-", entry_id="offer_submitted"),
    "POST /api/v1/offers/{entry_id}/copies": rule(
        "AV", "-", at=OFFER_DRAFT, if_match=True, body={"source": "{offer}", "groups": ["terms"]}
    ),
    "POST /api/v1/offers/{entry_id}/withdrawal": rule("AV", "-", entry_id="offer"),
    "POST /api/v1/offers/{entry_id}/suspension": rule("G", "G", "-", entry_id="offer"),
    "POST /api/v1/offers/{entry_id}/suspension-notice": rule("G", "G", "-", entry_id="offer"),
    "POST /api/v1/offers/{entry_id}/resumption": rule("AVG", "G", "AV", entry_id="offer"),
    "POST /api/v1/offers/{entry_id}/retirement": rule("AV", "-", entry_id="offer"),
}

API_STANDING: Lines = {
    # Suspensions: the vendor's own, and those who review; what the vendor says is its administrators'.
    "GET /api/v1/suspensions": rule("AVRGU"),
    "GET /api/v1/suspensions/{suspension_id}": rule("AVRGU", "RGU"),
    "POST /api/v1/suspensions/{suspension_id}/statement": rule("A", "-", "-"),
    "POST /api/v1/suspensions/{suspension_id}/objection": rule("A", "-", "-"),
    "POST /api/v1/suspensions/{suspension_id}/decision": rule("G", "G", "-"),
    "POST /api/v1/suspensions/{suspension_id}/confirmation": rule("G", "G", "-"),
    "POST /api/v1/suspensions/{suspension_id}/answer": rule("G", "G", "-"),
    "POST /api/v1/suspensions/{suspension_id}/lifting": rule("G", "G", "-"),
    "GET /api/v1/projects/{project_id}/standing": rule("OBSU", "U"),
    "GET /api/v1/contracts/{contract_id}/standing": rule("AVOBGU", "GU"),
    # Ends that come.
    "GET /api/v1/expiring": rule("AV"),
    "POST /api/v1/expiring/{subject_id}/declaration": rule("A", "-", "-", subject_id="qualification_id"),
    "GET /api/v1/expiry-holds": rule("RGU"),
    "GET /api/v1/expiry-holds/{hold_id}": rule("RGU", "RGU"),
    "GET /api/v1/expiry-holds/{hold_id}/listings": rule("RGU", "RGU"),
    "POST /api/v1/expiry-holds/{hold_id}/decision": rule("G", "G", "-"),
    "GET /api/v1/search-index": rule("RGU"),
    "GET /api/v1/search-index/runs": rule("RGU"),
    "GET /api/v1/search-index/runs/{run_id}": rule("RGU"),
    "POST /api/v1/search-index/runs": rule("G", token="-"),
    "POST /api/v1/renewals/imports": rule("G", token="-"),
    "POST /api/v1/renewals/imports/{job_id}/confirmation": rule("G", "G", "-", job_id="renewal_job"),
}

API_BULK: Lines = {
    # A job is its organisation's; what starts one asks for the right to do what it will do.
    "POST /api/v1/listings/imports": rule("AV"),
    "POST /api/v1/listings/imports/{job_id}/confirmation": rule("AV", "-", job_id="checked_job"),
    "GET /api/v1/listings/export": rule("AV"),
    "GET /api/v1/jobs": rule("AVOBMRGU"),
    "GET /api/v1/jobs/{job_id}": rule("AV", "-"),
    "GET /api/v1/jobs/{job_id}/report": rule("AV", "-"),
    "POST /api/v1/jobs/{job_id}/cancellation": rule("AV", "-"),
}

API_REVIEW: Lines = {
    "GET /api/v1/reviews": rule("RGU"),
    "GET /api/v1/reviews/reasons": rule("RGU"),
    "GET /api/v1/reviews/overview": rule("RGU"),
    "GET /api/v1/reviews/next": rule("RGU"),
    "GET /api/v1/reviewers": rule("RGU"),
    "POST /api/v1/reviews/claims": rule("R", "R", "-", body={"cases": ["{queued_case}"]}),
    "POST /api/v1/reviews/approvals": rule(
        "R",
        "R",
        "-",
        body={
            "cases": [
                {
                    "case_id": "{claimed_case}",
                    "revision_id": "{claimed_revision}",
                    "content_hash": "{claimed_hash}",
                }
            ]
        },
    ),
    "POST /api/v1/reviews/{case_id}/reassignment": rule(
        "R", "R", "-", case_id="claimed_case", body={"reviewer": "{colleague}"}
    ),
    "GET /api/v1/official-lists": rule("RGU"),
    "GET /api/v1/agency-tasks": rule("RGU"),
    "GET /api/v1/agency-tasks/{task_id}": rule("RGU", "RGU"),
    "POST /api/v1/agency-tasks/{task_id}/completion": rule("G", "G", "-"),
    "GET /api/v1/review-samples": rule("RGU"),
    "GET /api/v1/review-samples/{sample_id}": rule("RGU", "RGU"),
    "POST /api/v1/review-samples/{sample_id}/decision": rule(
        "R", "R", "-", body={"verdict": "accept", "findings": []}
    ),
    "GET /api/v1/review-absences": rule("RGU"),
    "POST /api/v1/review-absences": rule("R", token="-"),
    "POST /api/v1/review-absences/{absence_id}/ending": rule("R", token="-"),
    "GET /api/v1/review-phrases": rule("RGU"),
    "POST /api/v1/review-phrases": rule("R", token="-"),
    "GET /api/v1/review-phrases/{phrase_id}": rule("RGU"),
    "PATCH /api/v1/review-phrases/{phrase_id}": rule("R", token="-"),
    "POST /api/v1/review-phrases/{phrase_id}/retirement": rule("R", token="-"),
    # Taking back needs the live revision's id: another one is a conflict, not a refusal.
    "POST /api/v1/software/{entry_id}/revocation": rule(
        "G", "G", "-", entry_id="live", body={"revision_id": "{live_revision}"}
    ),
    "POST /api/v1/offers/{entry_id}/revocation": rule(
        "G", "G", "-", entry_id="offer", body={"revision_id": "{offer_revision}"}
    ),
    "GET /api/v1/reviews/{case_id}": rule("RGU", "RGU", case_id="claimed_case"),
    "GET /api/v1/reviews/{case_id}/findings": rule("RGU", "RGU", case_id="claimed_case"),
    "GET /api/v1/reviews/{case_id}/notes": rule("RGU", "RGU", case_id="claimed_case"),
    "POST /api/v1/reviews/{case_id}/claim": rule("R", "R", "-", case_id="queued_case"),
    "POST /api/v1/reviews/{case_id}/release": rule("R", "R", "-", case_id="claimed_case"),
    "POST /api/v1/reviews/{case_id}/findings": rule("R", "R", "-", case_id="claimed_case"),
    "POST /api/v1/reviews/{case_id}/findings/{finding_id}/withdrawal": rule(
        "R", "R", "-", case_id="claimed_case"
    ),
    "POST /api/v1/reviews/{case_id}/notes": rule("R", "R", "-", case_id="claimed_case"),
    "POST /api/v1/reviews/{case_id}/decision": rule(
        "R",
        "R",
        "-",
        case_id="claimed_case",
        body={"revision_id": "{claimed_revision}", "content_hash": "{claimed_hash}", "verdict": "return"},
    ),
}

UNION = {"organisation_id": "union_id"}
TOWN = {"organisation_id": "town_id"}

API_ORGANISATIONS: Lines = {
    "GET /api/v1/organisations": rule(EVERYBODY),
    "GET /api/v1/organisations/{organisation_id}": rule(EVERYBODY, EVERYBODY),
    # Bodies: the Agency admits and merges them; a body's approver keeps its departments. A supporter's place is lent
    # to another body's projects, and its own body's departments are those of its colleagues.
    "POST /api/v1/organisations": rule("G", token="-", body={}),
    "GET /api/v1/organisations/{organisation_id}/constituents": rule(EVERYBODY, EVERYBODY, at=UNION),
    "POST /api/v1/organisations/{organisation_id}/constituents": rule("G", "G", "-", body={}, at=UNION),
    "POST /api/v1/organisations/{organisation_id}/constituents/{constituent_id}/ending": rule(
        "G", "G", "-", body={"ends_on": "2027-03-31"}, at=UNION
    ),
    "GET /api/v1/organisations/{organisation_id}/unions": rule(EVERYBODY, EVERYBODY),
    "GET /api/v1/organisations/{organisation_id}/succession": rule(
        EVERYBODY, EVERYBODY, organisation_id="merged_id"
    ),
    "PUT /api/v1/organisations/{organisation_id}/succession": rule(
        "G", "G", "-", body={}, organisation_id="town_id"
    ),
    "DELETE /api/v1/organisations/{organisation_id}/succession": rule(
        "G", "G", "-", organisation_id="merged_id"
    ),
    "GET /api/v1/organisations/{organisation_id}/departments": rule("OBGU", "GU", at=TOWN),
    "POST /api/v1/organisations/{organisation_id}/departments": rule("B", "-", "-", body={}, at=TOWN),
    "GET /api/v1/organisations/{organisation_id}/departments/{department_id}": rule("OBGU", "GU", at=TOWN),
    "PATCH /api/v1/organisations/{organisation_id}/departments/{department_id}": rule(
        "B", "-", "-", at=TOWN, if_match=True
    ),
    "POST /api/v1/organisations/{organisation_id}/departments/{department_id}/closing": rule(
        "B", "-", "-", at=TOWN
    ),
    "PUT /api/v1/organisations/{organisation_id}/members/{membership_id}/department": rule(
        "B", "-", "-", at=TOWN, body={"department_id": ""}, membership_id="town_member"
    ),
    "GET /api/v1/organisations/{organisation_id}/settings": rule(MEMBERS, "RGU"),
    "PATCH /api/v1/organisations/{organisation_id}": rule("ABG", "-", "-"),
    "PUT /api/v1/organisations/{organisation_id}/group": rule("G", "G", "-"),
    "POST /api/v1/organisations/{organisation_id}/administrators": rule(
        "G", "G", "-", body={"membership_id": "{membership_id}"}
    ),
    "GET /api/v1/organisations/{organisation_id}/members": rule(MEMBERS, "GU"),
    "GET /api/v1/organisations/{organisation_id}/members/{membership_id}": rule(MEMBERS, "GU"),
    "PATCH /api/v1/organisations/{organisation_id}/members/{membership_id}": rule(
        "ABG", "G", "-", body={"roles": ["{role}"]}
    ),
    "DELETE /api/v1/organisations/{organisation_id}/members/{membership_id}": rule("ABG", "-", "-"),
    "PUT /api/v1/organisations/{organisation_id}/members/{membership_id}/last-day": rule("ABG", "-", "-"),
    # Of another member: the managers; of oneself, whoever it is (tests/procurement/test_handover.py).
    "GET /api/v1/organisations/{organisation_id}/members/{membership_id}/holding": rule("ABG", "-", "-"),
    "POST /api/v1/organisations/{organisation_id}/members/{membership_id}/handover": rule(
        "ABG", "-", "-", body={"successor_id": "{my_membership}"}
    ),
    # Both towns have an approver (409): who may ask is what is asked here.
    "POST /api/v1/organisations/{organisation_id}/invitations": rule(
        "G", "G", "-", body={"roles": ["{role}"]}
    ),
    "GET /api/v1/dormant-organisations": rule("G", token="-"),
    "POST /api/v1/organisations/{organisation_id}/members/{membership_id}/confirmation": rule(
        "ABG", "G", "-", membership_id="pending_id", body={"roles": ["{role}"]}
    ),
    "GET /api/v1/organisations/{organisation_id}/qualifications": rule(EVERYBODY, "NEAVSMRGU"),
    "POST /api/v1/organisations/{organisation_id}/qualifications": rule("A", "-", "-"),
    "DELETE /api/v1/organisations/{organisation_id}/qualifications/{qualification_id}": rule("A", "-", "-"),
    "GET /api/v1/invitations": rule("ABG", token="-"),
    "POST /api/v1/invitations": rule("ABG", token="-", body={"roles": ["{role}"]}),
    # A secret link for the Agency: whoever comes by an issuer that may speak for the Agency; never GビズID's.
    "POST /api/v1/invitations/acceptance": rule(MEMBERS, token="-", body={"secret": "{secret}"}),
    "DELETE /api/v1/invitations/{invitation_id}": rule("ABG", "-", "-"),
    "GET /api/v1/agreements": rule("AVRGU"),
    "POST /api/v1/agreements": rule("A", token="-"),
    "GET /api/v1/agreements/versions": rule(EVERYBODY),
    "GET /api/v1/agreements/{agreement_id}": rule("AVRGU", "RGU"),
    "POST /api/v1/agreements/{agreement_id}/signature": rule("A", "-", "-"),
    "POST /api/v1/agreements/{agreement_id}/acceptance": rule("G", "G", "-"),
    "POST /api/v1/agreements/{agreement_id}/suspension": rule("G", "G", "-"),
    "POST /api/v1/agreements/{agreement_id}/suspension-notice": rule("G", "G", "-"),
    "POST /api/v1/agreements/{agreement_id}/resumption": rule("G", "G", "-"),
    "POST /api/v1/agreements/{agreement_id}/termination": rule("G", "G", "-"),
}

API_PERSON: Lines = {
    "GET /api/v1/me": rule(LOGGED_IN),
    "PUT /api/v1/me/organisation": rule(MEMBERS, "-", "-", body={"membership_id": "{my_membership}"}),
    "GET /api/v1/me/notices": rule(LOGGED_IN),
    "PUT /api/v1/me/notices/{notice_id}/reading": rule(LOGGED_IN, "-", "-"),
    "GET /api/v1/me/mail": rule(LOGGED_IN),
    "PUT /api/v1/me/mail": rule(LOGGED_IN, token="-", body={"wanted": ["review"]}),
    "GET /api/v1/me/sessions": rule(LOGGED_IN, token="-"),
    "DELETE /api/v1/me/sessions/{session_id}": rule(LOGGED_IN, "-", "-"),
    "GET /api/v1/tokens": rule(MEMBERS, token="-"),
    "POST /api/v1/tokens": rule(MEMBERS, token="-"),
    "DELETE /api/v1/tokens/{token_id}": rule(MEMBERS, "-", "-"),
    "GET /api/v1/audit-events": rule("ABGU"),
    "GET /api/v1/audit-events/head": rule(EVERYBODY),
    "GET /api/v1/audit-events/{event_id}": rule("ABGU", "GU"),
}

PREPARED = {"project_id": "awarded_project_id", "outcome_id": "prepared_outcome_id"}

API_PROCUREMENT: Lines = {
    "GET /api/v1/projects": rule("OBU"),
    "POST /api/v1/projects": rule("OB"),
    # `union_project`: of the union that each town is a member of. Its members see nothing of its deliberations.
    "GET /api/v1/projects/{project_id}": (
        rule("OBSU", "U"),
        rule("U", "U", project_id="union_project"),
        rule("OBU", "U", project_id="department_project"),
    ),
    "PATCH /api/v1/projects/{project_id}": rule("OB", "-"),
    "POST /api/v1/projects/{project_id}/cancellation": rule("OB", "-"),
    "POST /api/v1/projects/{project_id}/reopening": rule("OB", "-", project_id="proposed_project_id"),
    # Before the decision nobody outside the body sees 予定価格, the auditor neither.
    "GET /api/v1/projects/{project_id}/estimated-price": rule("OB", "-"),
    "PUT /api/v1/projects/{project_id}/estimated-price": rule("OB", "-"),
    "GET /api/v1/projects/{project_id}/assessment": rule("OBSU", "U"),
    "GET /api/v1/projects/{project_id}/evidence": rule("OBSU", "U"),
    "GET /api/v1/projects/{project_id}/conditions": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/conditions": rule("OBS", "-"),
    # A supporter drafts, and takes back what it drafted itself.
    "DELETE /api/v1/projects/{project_id}/conditions/{condition_id}": (
        rule("OB", "-"),
        rule("OBS", "-", condition_id="drafted_condition"),
    ),
    "GET /api/v1/projects/{project_id}/searches": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/searches": rule("OB", "-"),
    "GET /api/v1/projects/{project_id}/searches/{search_id}": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/searches/{search_id}/lock": rule("OB", "-"),
    "GET /api/v1/projects/{project_id}/exclusions": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/exclusions": rule("OB", "-", body={"condition_id": "{condition_id}"}),
    "POST /api/v1/projects/{project_id}/exclusions/{exclusion_id}/withdrawal": rule("OB", "-"),
    "GET /api/v1/projects/{project_id}/shortlist": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/shortlist": rule(
        "OB", "-", body={"software_id": "{live}", "offer_id": "{offer}"}
    ),
    "GET /api/v1/projects/{project_id}/shortlist/{item_id}": rule("OBSU", "U"),
    # Which offer is chosen is for the body; a supporter writes notes (the page's own route, and tests/procurement).
    "PATCH /api/v1/projects/{project_id}/shortlist/{item_id}": rule("OB", "-", body={"offer_id": "{offer}"}),
    "POST /api/v1/projects/{project_id}/shortlist/{item_id}/removal": rule("OB", "-"),
    "GET /api/v1/projects/{project_id}/selection": rule("OBSU", "U", project_id="proposed_project_id"),
    "POST /api/v1/projects/{project_id}/selection": rule(
        "OB", "-", body={"shortlist_item_id": "{item_id}", "offer_id": "{offer}"}
    ),
    "POST /api/v1/projects/{project_id}/selection/confirmation": rule(
        "B", "-", "-", project_id="proposed_project_id", body={"selection_id": "{proposed_selection_id}"}
    ),
    "GET /api/v1/projects/{project_id}/overlaps": rule("OBSU", "U"),
    "GET /api/v1/projects/{project_id}/outcomes": rule("OBSU", "U", project_id="awarded_project_id"),
    "GET /api/v1/projects/{project_id}/outcomes/{outcome_id}": rule("OBSU", "U", at=PREPARED),
    "PATCH /api/v1/projects/{project_id}/outcomes/{outcome_id}": rule("OB", "-", at=PREPARED),
    "POST /api/v1/projects/{project_id}/outcomes/notification": rule(
        "OB", "-", project_id="awarded_project_id"
    ),
    "POST /api/v1/projects/{project_id}/outcomes/{outcome_id}/answer": rule(
        "OB", "-", project_id="awarded_project_id", outcome_id="asked_outcome_id"
    ),
    "GET /api/v1/outcomes": rule("AV"),
    "GET /api/v1/outcomes/{outcome_id}": rule("AV", "-"),
    "POST /api/v1/outcomes/{outcome_id}/question": rule("AV", "-"),
    "GET /api/v1/software/{software_id}/insights": rule("AV", "-", software_id="live"),
    "GET /api/v1/offers/{offer_id}/insights": rule("AV", "-", offer_id="offer"),
    "PUT /api/v1/projects/{project_id}/officer": rule("OB", "-", body={"membership_id": "{my_membership}"}),
    "GET /api/v1/projects/{project_id}/comments": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/comments": rule("OBS", "-"),
    "GET /api/v1/projects/{project_id}/supporters": rule("OBSU", "U"),
    "GET /api/v1/me/projects": rule("S"),
    "GET /api/v1/supporters": rule("OBU"),
    # Another body's project in the list is a fault of the list (422): tests/procurement/test_supporters.py.
    "POST /api/v1/supporters": rule("B", token="-", body={"project_ids": ["{project_id}"]}),
    # Only who holds the role in an organisation of their own accepts.
    "POST /api/v1/supporters/acceptance": rule("S", token="-", body={"secret": "{support_secret}"}),
    "GET /api/v1/supporters/{support_id}": rule("OBU", "U"),
    "POST /api/v1/supporters/{support_id}/confirmation": rule("B", "-", "-", support_id="accepted_support"),
    "POST /api/v1/supporters/{support_id}/ending": rule("B", "-", "-"),
    "PUT /api/v1/supporters/{support_id}/projects/{project_id}/estimated-price": rule("B", "-", "-"),
    "GET /api/v1/contracts": rule("AVOBGU"),
    "POST /api/v1/contracts": rule("OB", "-", body={"project_id": "{awarded_project_id}"}),
    "GET /api/v1/contracts/{contract_id}": rule("AVOBGU", "GU"),
    "POST /api/v1/contracts/{contract_id}/confirmation": rule("AB", "-", "-"),
    "POST /api/v1/contracts/{contract_id}/dispute": rule("A", "-", "-"),
    "POST /api/v1/contracts/{contract_id}/amendments": rule("OB", "-"),
    "GET /api/v1/contracts/{contract_id}/documents": rule("AVOBU", "U"),
    "POST /api/v1/contracts/{contract_id}/documents": rule(
        "AVOB", "-", query={"kind": "other", "title": "x", "name": "x.pdf"}
    ),
    "GET /api/v1/contracts/{contract_id}/documents/{document_id}": rule("AVOBU", "U"),
    "GET /api/v1/contracts/{contract_id}/documents/{document_id}/content": rule("AVOBU", "U"),
    "DELETE /api/v1/contracts/{contract_id}/documents/{document_id}": rule("AVOB", "-"),
    "POST /api/v1/contracts/{contract_id}/termination": rule("OB", "-"),
    "GET /api/v1/contracts/{contract_id}/terms": rule("AVOBU", "U"),
    "PUT /api/v1/contracts/{contract_id}/terms": rule("OB", "-"),
    "POST /api/v1/contracts/{contract_id}/deviations": rule(
        "OB",
        "-",
        body={"text_id": "{text_id}", "clause": "第1条", "wanted": "免責を除く。", "reason": "規則のため。"},
    ),
    "POST /api/v1/contracts/{contract_id}/deviations/{deviation_id}/withdrawal": rule("OB", "-"),
    "POST /api/v1/contracts/{contract_id}/deviations/{deviation_id}/acceptance": rule("A", "-", "-"),
    "POST /api/v1/contracts/{contract_id}/deviations/{deviation_id}/decline": rule("A", "-", "-"),
}
