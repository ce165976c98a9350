"""The permission table's lines for the pages; how to read them is in table.py."""

from __future__ import annotations

from tests.access.rules import EVERYBODY, LOGGED_IN, MEMBERS, Lines, rule
from tests.access.table_api import DRAFT, OFFER_DRAFT

PAGES_PUBLIC: Lines = {
    "GET /": rule(EVERYBODY),
    "GET /about": rule(EVERYBODY),
    "GET /terms": rule(EVERYBODY),
    "GET /privacy": rule(EVERYBODY),
    "GET /accessibility": rule(EVERYBODY),
    "GET /sitemap": rule(EVERYBODY),
    "GET /_components": rule(EVERYBODY),
    "GET /api": rule(EVERYBODY),
    "GET /search": rule(EVERYBODY),
    "GET /search/suggestions": rule(EVERYBODY),
    "GET /about/ranking": rule(EVERYBODY),
    "GET /compare": rule(EVERYBODY),
    "GET /needs": rule(EVERYBODY),
    "GET /needs/{code}": rule(EVERYBODY, code="=disaster"),
    "GET /listings/{software_id}": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "GET /listings/{software_id}/history": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "GET /bodies/{organisation_id}": rule(EVERYBODY, EVERYBODY, organisation_id="union_id"),
    "GET /vendors/{organisation_id}": rule(EVERYBODY, EVERYBODY, organisation_id="vendor_id"),
    "GET /static/{digest}/{path:path}": rule(EVERYBODY, digest="=0", path="=site.css"),
    "GET /healthz": rule(EVERYBODY),
    "GET /readyz": rule(EVERYBODY),
    "GET /login": rule(EVERYBODY),
    "POST /login/start": rule(EVERYBODY, form={"issuer": "nobody"}),
    "GET /login/callback/{issuer_key}": rule(EVERYBODY, issuer_key="=test"),
    "POST /logout": rule(EVERYBODY),
}

PAGES_PERSON: Lines = {
    "GET /account": rule(LOGGED_IN, token="-"),
    "POST /account/organisation": rule(MEMBERS, "-", "-", form={"membership_id": "{my_membership}"}),
    "GET /unsent/{unsent_id}": rule(LOGGED_IN, "-", "-"),
    "GET /account/notices": rule(LOGGED_IN, token="-"),
    "POST /account/notices/reading": rule(LOGGED_IN, token="-", form={}),
    "POST /account/notices/{notice_id}": rule(LOGGED_IN, "-", "-", form={}),
    "GET /account/mail": rule(LOGGED_IN, token="-"),
    "POST /account/mail": rule(LOGGED_IN, token="-", form={"wanted": "review"}),
    "GET /account/sessions": rule(LOGGED_IN, token="-"),
    "POST /account/sessions": rule(LOGGED_IN, "-", "-", form={"session_id": "{session_id}"}),
    "GET /account/tokens": rule(LOGGED_IN, token="-"),
    "POST /account/tokens": rule(MEMBERS, token="-", form={"name": "a", "expires_in_days": "30"}),
    "POST /account/tokens/revocation": rule(MEMBERS, "-", "-", form={"token_id": "{token_id}"}),
    "GET /invitations/{secret}": rule(EVERYBODY),
    "POST /invitations/{secret}": rule(MEMBERS, token="-", form={}),
    "GET /audit": rule("ABGU"),
    "GET /audit/{event_id}": rule("ABGU", "GU"),
}

LIVE = {"entry_id": "live"}
OFFER = {"entry_id": "offer"}
GROUP = {"group": "=identity"}
OFFER_GROUP = {"group": "=offer"}
REASON = {"reason": "統合するため", "note": "", "last_day": "2027-03-31"}

PAGES_VENDOR: Lines = {
    "GET /vendor": rule("AV"),
    "GET /vendor/software/new": rule("AV"),
    "POST /vendor/software/new": rule("AV", form={"name": "新しい製品"}),
    "GET /vendor/software/{entry_id}": rule("AV", "-", at=DRAFT),
    "GET /vendor/software/{entry_id}/preview": rule("AV", "-", at=DRAFT),
    "GET /vendor/software/{entry_id}/revisions/{number}": rule("AV", "-", at=DRAFT),
    "GET /vendor/software/{entry_id}/edit/{group}": rule("AV", "-", at=DRAFT | GROUP),
    "POST /vendor/software/{entry_id}/edit/{group}": rule(
        "AV", "-", form={"name": "別の名前", "version": "*"}, at=DRAFT | GROUP
    ),
    "GET /vendor/software/{entry_id}/submission": rule("AV", "-", at=DRAFT),
    "POST /vendor/software/{entry_id}/submission": rule("AV", "-", form={"version": "*"}, at=DRAFT),
    "POST /vendor/software/{entry_id}/recall": rule("AV", "-", form={}, entry_id="submitted"),
    "GET /vendor/software/{entry_id}/withdrawal": rule("AV", "-", at=LIVE),
    "POST /vendor/software/{entry_id}/withdrawal": rule("AV", "-", form=REASON, at=LIVE),
    "GET /vendor/software/{entry_id}/retirement": rule("AV", "-", at=LIVE),
    "POST /vendor/software/{entry_id}/retirement": rule("AV", "-", form=REASON, at=LIVE),
    "POST /vendor/software/{entry_id}/resumption": rule("AV", "-", form={}, entry_id="withdrawn"),
    "GET /vendor/software/{software_id}/sellers": rule("AV", "-", software_id="reviewed"),
    "POST /vendor/software/{software_id}/sellers": rule(
        "AV", "-", form={"seller": "{seller_id}"}, software_id="live"
    ),
    "GET /vendor/software/{software_id}/sellers/{seller_id}/ending": rule(
        "AV", "-", software_id="reviewed", seller_id="third_id"
    ),
    "POST /vendor/software/{software_id}/sellers/{seller_id}/ending": rule(
        "AV", "-", form={"last_day": ""}, software_id="reviewed", seller_id="third_id"
    ),
    "GET /vendor/selling/{software_id}/ending": rule("AV", "-", software_id="sold"),
    "POST /vendor/selling/{software_id}/ending": rule("AV", "-", form={"last_day": ""}, software_id="sold"),
    "POST /vendor/selling/{software_id}/acceptance": rule("AV", "-", form={}, software_id="sold"),
    "GET /vendor/offers/new": rule("AV", "-", query={"software_id": "{draft}"}),
    "POST /vendor/offers/new": rule("AV", "-", form={"software_id": "{draft}", "name": "標準"}),
    "GET /vendor/offers/{entry_id}": rule("AV", "-", at=OFFER_DRAFT),
    "GET /vendor/offers/{entry_id}/preview": rule("AV", "-", at=OFFER_DRAFT),
    "GET /vendor/offers/{entry_id}/revisions/{number}": rule("AV", "-", at=OFFER_DRAFT),
    "GET /vendor/offers/{entry_id}/edit/{group}": rule("AV", "-", at=OFFER_DRAFT | OFFER_GROUP),
    "POST /vendor/offers/{entry_id}/edit/{group}": rule(
        "AV", "-", form={"name": "別の名前", "version": "*"}, at=OFFER_DRAFT | OFFER_GROUP
    ),
    "GET /vendor/offers/{entry_id}/submission": rule("AV", "-", at=OFFER_DRAFT),
    "POST /vendor/offers/{entry_id}/submission": rule("AV", "-", form={"version": "*"}, at=OFFER_DRAFT),
    "POST /vendor/offers/{entry_id}/recall": rule("AV", "-", form={}, entry_id="offer_submitted"),
    "GET /vendor/offers/{entry_id}/withdrawal": rule("AV", "-", at=OFFER),
    "POST /vendor/offers/{entry_id}/withdrawal": rule("AV", "-", form=REASON, at=OFFER),
    "GET /vendor/offers/{entry_id}/retirement": rule("AV", "-", at=OFFER),
    "POST /vendor/offers/{entry_id}/retirement": rule("AV", "-", form=REASON, at=OFFER),
    "POST /vendor/offers/{entry_id}/resumption": rule("AV", "-", form={}, entry_id="offer_withdrawn"),
}

PAGES_BULK: Lines = {
    "GET /jobs": rule("AVOBMRGU"),
    "GET /jobs/{job_id}": rule("AV", "-"),
    "GET /jobs/{job_id}/report": rule("AV", "-"),
    "POST /jobs/{job_id}/cancellation": rule("AV", "-", form={}),
    "GET /vendor/bulk": rule("AV"),
    "POST /vendor/bulk": rule("AV", form={"submit": "true"}),
    "POST /vendor/bulk/{job_id}/confirmation": rule("AV", "-", form={}, job_id="checked_job"),
    "GET /vendor/bulk/export": rule("AV"),
    "GET /vendor/software/{entry_id}/copies": rule("AV", "-", at=DRAFT),
    "POST /vendor/software/{entry_id}/copies": rule(
        "AV", "-", form={"source": "{live}", "groups": "security", "version": "*"}, at=DRAFT
    ),
    "POST /vendor/software/{entry_id}/duplication": rule("AV", "-", form={}, at=LIVE),
    "GET /vendor/offers/{entry_id}/copies": rule("AV", "-", at=OFFER_DRAFT),
    "POST /vendor/offers/{entry_id}/copies": rule(
        "AV", "-", form={"source": "{offer}", "groups": "terms", "version": "*"}, at=OFFER_DRAFT
    ),
    "POST /vendor/offers/{entry_id}/duplication": rule("AV", "-", form={}, at=OFFER),
}

CLAIMED = {"case_id": "claimed_case"}
SEARCH_WORD = {"written": "試しの言葉", "meant": "別の言葉"}
PAGES_REVIEW: Lines = {
    "GET /review": rule("RGU"),
    "GET /review/overview": rule("RGU"),
    "GET /review/next": rule("R", token="-"),
    "GET /review/vendors/{organisation_id}": rule("RGU", "RGU", organisation_id="vendor_id"),
    "POST /review/vendors/{organisation_id}/claims": rule(
        "R", "R", "-", form={"claim": "{queued_case}"}, organisation_id="vendor_id"
    ),
    "POST /review/vendors/{organisation_id}/approvals": rule(
        "R", "R", "-", form={"approve": "{claimed_case}"}, organisation_id="vendor_id"
    ),
    "GET /review/cases/{case_id}/reassignment": rule("R", "R", "-", at=CLAIMED),
    "POST /review/cases/{case_id}/reassignment": rule(
        "R", "R", "-", form={"reviewer": "{colleague}", "reason": "交代"}, at=CLAIMED
    ),
    "GET /review/absences": rule("RGU"),
    "POST /review/absences": rule("R", token="-", form={"until": "2026-12-04"}),
    "POST /review/absences/{absence_id}/ending": rule("R", token="-", form={}),
    "GET /review/phrases": rule("RGU"),
    "POST /review/phrases": rule("R", token="-", form={"title": "a", "reason_code": "other", "text": "a"}),
    "GET /review/phrases/{phrase_id}": rule("R", token="-"),
    "POST /review/phrases/{phrase_id}": rule(
        "R", token="-", form={"title": "a", "reason_code": "other", "text": "a", "version": "*"}
    ),
    "POST /review/phrases/{phrase_id}/retirement": rule("R", token="-", form={}),
    "GET /review/search-words": rule("RGU"),
    "POST /review/search-words": rule("R", token="-", form=SEARCH_WORD | {"kind": "means"}),
    "GET /review/search-words/{word_id}": rule("RGU"),
    "POST /review/search-words/{word_id}": rule("R", token="-", form=SEARCH_WORD | {"version": "*"}),
    "POST /review/search-words/{word_id}/retirement": rule("R", token="-", form={}),
    "POST /review/search-words/{word_id}/restoration": rule(
        "R", token="-", form={}, word_id="retired_word_id"
    ),
    "GET /review/samples": rule("RGU"),
    "GET /review/samples/{sample_id}": rule("RGU", "RGU"),
    "POST /review/samples/{sample_id}/decision": rule("R", "R", "-", form={"verdict": "accept"}),
    "GET /review/cases/{case_id}": rule("RGU", "RGU", at=CLAIMED),
    "POST /review/cases/{case_id}/claim": rule("R", "R", "-", form={}, case_id="queued_case"),
    "POST /review/cases/{case_id}/release": rule("R", "R", "-", form={}, at=CLAIMED),
    "POST /review/cases/{case_id}/findings": rule(
        "R", "R", "-", form={"field": "name", "reason_code": "unclear", "text": "確かめる"}, at=CLAIMED
    ),
    "POST /review/cases/{case_id}/findings/{finding_id}/withdrawal": rule("R", "R", "-", form={}, at=CLAIMED),
    "POST /review/cases/{case_id}/notes": rule("R", "R", "-", form={"note": "メモ"}, at=CLAIMED),
    "POST /review/cases/{case_id}/decision/confirmation": rule(
        "R", "R", "-", form={"verdict": "approve"}, at=CLAIMED
    ),
    "POST /review/cases/{case_id}/decision": rule(
        "R",
        "R",
        "-",
        form={"verdict": "return", "revision_id": "{claimed_revision}", "content_hash": "{claimed_hash}"},
        at=CLAIMED,
    ),
}

NOTICE = {"reason": "確認のため", "statement_due": "2027-01-10", "planned_on": "2027-01-20"}
PAGES_STANDING: Lines = {
    "GET /agency/suspensions": rule("RGU"),
    "GET /agency/suspensions/{suspension_id}": rule("RGU", "RGU"),
    "POST /agency/suspensions/{suspension_id}/{verb}": rule(
        "G", "G", "-", form={"reason": "確かめた", "verdict": "drop"}, verb="=decision"
    ),
    "GET /agency/agreements/{agreement_id}/suspension": rule("G", "G", "-"),
    "POST /agency/agreements/{agreement_id}/suspension-notice": rule("G", "G", "-", form=NOTICE),
    "POST /agency/agreements/{agreement_id}/suspension": rule("G", "G", "-", form={"reason": "確認のため"}),
    "POST /agency/agreements/{agreement_id}/resumption": rule("G", "G", "-", form={}),
    "GET /vendor/suspensions": rule("AV"),
    "GET /vendor/suspensions/{suspension_id}": rule("AV", "-"),
    "POST /vendor/suspensions/{suspension_id}/{verb}": rule(
        "A", "-", "-", form={"text": "事実と違います。"}, verb="=statement"
    ),
    "GET /vendor/expiring": rule("AV"),
    "POST /vendor/expiring/{subject_id}/declaration": rule(
        "A", "-", "-", form={}, subject_id="qualification_id"
    ),
    "GET /agency/expiries": rule("RGU"),
    "GET /agency/expiries/{hold_id}": rule("RGU", "RGU"),
    "POST /agency/expiries/{hold_id}/decision": rule(
        "G", "G", "-", form={"verdict": "release", "reason": "通知済み"}
    ),
    "GET /agency/renewals": rule("G", token="-"),
    "POST /agency/renewals": rule("G", token="-", form={}),
    "POST /agency/renewals/{job_id}/confirmation": rule("G", "G", "-", form={}, job_id="renewal_job"),
}

PAGES_AGENCY: Lines = {
    "GET /agency/search": rule("RGU"),
    "POST /agency/search/runs": rule("G", token="-", form={"kind": "check"}),
    "GET /agency/search/runs/{run_id}": rule("RGU"),
    "GET /agency/tasks": rule("RGU"),
    "GET /agency/tasks/{task_id}": rule("RGU", "RGU"),
    "POST /agency/tasks/{task_id}/completion": rule("G", "G", "-", form={"reason": "確かめた"}),
    "GET /agency/bodies/new": rule("G", token="-"),
    "POST /agency/bodies/new": rule("G", token="-", form={}),
    "GET /agency/organisations/{organisation_id}/body": rule("G", "G", "-", organisation_id="union_id"),
    "POST /agency/organisations/{organisation_id}/constituents": rule(
        "G", "G", "-", form={}, organisation_id="union_id"
    ),
    "POST /agency/organisations/{organisation_id}/constituents/{constituent_id}/ending": rule(
        "G", "G", "-", form={}, organisation_id="union_id"
    ),
    "POST /agency/organisations/{organisation_id}/succession": rule(
        "G", "G", "-", form={}, organisation_id="town_id"
    ),
    "POST /agency/organisations/{organisation_id}/succession/removal": rule(
        "G", "G", "-", form={}, organisation_id="merged_id"
    ),
    "GET /agency/listings": rule("G", token="-"),
    "GET /agency/listings/{kind}/{entry_id}/suspension": rule("G", "G", "-", kind="=software", at=LIVE),
    "POST /agency/listings/{kind}/{entry_id}/suspension": rule(
        "G", "G", "-", form={**REASON, "ground": "security"}, kind="=software", at=LIVE
    ),
    "POST /agency/listings/{kind}/{entry_id}/suspension-notice": rule(
        "G", "G", "-", form=NOTICE, kind="=software", at=LIVE
    ),
    "GET /agency/listings/{kind}/{entry_id}/revocation": rule("G", "G", "-", kind="=software", at=LIVE),
    "POST /agency/listings/{kind}/{entry_id}/revocation": rule(
        "G", "G", "-", form={**REASON, "revision_id": "{live_revision}"}, kind="=software", at=LIVE
    ),
    "POST /agency/listings/{kind}/{entry_id}/resumption": rule(
        "G", "G", "-", form={}, kind="=software", entry_id="suspended"
    ),
}

TERM = {"starts_on": "2026-12-01", "ends_on": "2029-11-30", "reason": "確かめたため"}
PAGES_ORGANISATION: Lines = {
    "GET /organisation": rule(MEMBERS),
    "POST /organisation": rule("ABG", token="-", form={"name_kana": "", "contact_email": "", "version": "*"}),
    "GET /organisation/departments": rule("OBSM"),
    "POST /organisation/departments": rule("B", token="-", form={}),
    "POST /organisation/departments/{department_id}": rule("B", "-", "-", form={}),
    "POST /organisation/departments/{department_id}/closing": rule("B", "-", "-", form={}),
    "POST /organisation/members/{membership_id}/department": rule(
        "B", "-", "-", form={}, membership_id="town_member"
    ),
    "GET /organisation/members": rule(MEMBERS),
    "GET /organisation/members/{membership_id}/ending": rule("ABG", "-", "-"),
    "POST /organisation/members/{membership_id}/ending": rule("ABG", "-", "-", form={}),
    "POST /organisation/members/{membership_id}/confirmation": rule(
        "ABG", "-", "-", form={"roles": "{role}"}, membership_id="pending_id"
    ),
    "POST /organisation/members/{membership_id}/last-day": rule("ABG", "-", "-", form={}),
    "GET /organisation/members/{membership_id}/handover": rule("ABG", "-", "-"),
    "POST /organisation/members/{membership_id}/handover": rule(
        "ABG", "-", "-", form={"successor_id": "{my_membership}"}
    ),
    "POST /organisation/members/{membership_id}/roles": rule("ABG", "-", "-", form={"roles": "{role}"}),
    "POST /organisation/invitations": rule(
        "ABG", token="-", form={"roles": "{role}", "note": "", "expires_in_days": "7"}
    ),
    "POST /organisation/invitations/{invitation_id}/revocation": rule("ABG", "-", "-", form={}),
    "GET /vendor/agreement": rule("AV"),
    "POST /vendor/agreement/signature": rule("A", token="-", form={"signatory_title": "代表取締役"}),
    "POST /vendor/agreement/qualifications": rule(
        "A",
        token="-",
        form={
            "number": "0000123456",
            "kinds": "sale",
            "grade": "B",
            "valid_from": "2025-04-01",
            "valid_until": "2028-03-31",
        },
    ),
    "POST /vendor/agreement/qualifications/{qualification_id}/removal": rule("A", "-", "-", form={}),
    # The page is empty for towns and the Agency: only a vendor's number can be claimed.
    "GET /vendor/adoption": rule("ABG", token="-"),
    "POST /vendor/adoption/{space_id}": rule("A", "-", "-", form={}),
    "GET /agency/agreements": rule("RGU"),
    "GET /agency/agreements/{agreement_id}": rule("RGU", "RGU"),
    "POST /agency/agreements/{agreement_id}/{verb}": rule("G", "G", "-", form=TERM, verb="=termination"),
    "GET /agency/organisations": rule("G", token="-"),
    "GET /agency/organisations/{organisation_id}": rule("G", "G", "-"),
    "POST /agency/organisations/{organisation_id}/invitations": rule("G", "G", "-", form={"note": ""}),
    "POST /agency/organisations/{organisation_id}/group": rule("G", "G", "-", form={"group_key": ""}),
    "POST /agency/organisations/{organisation_id}/members/{membership_id}/{verb}": rule(
        # In their own organisation its managers may anyway, by whatever page.
        "ABG",
        "G",
        "-",
        form={"roles": "{role}"},
        membership_id="pending_id",
        verb="=confirmation",
    ),
}

WHY = {"reason": "仕様を見直すため", "version": "1"}
CHOSEN = {"software_id": "{live}", "offer_id": "{offer}", "version": "1"}
ASKED = "software.security_registrations"
PAGES_BUYER: Lines = {
    "GET /buyer": rule("OB"),
    "GET /projects": rule("OBU"),
    "GET /projects/new": rule("OB"),
    "POST /projects/new": rule("OB", form={"title": "新しい案件", "fiscal_year": "2026"}),
    "GET /projects/save-search": rule("OB"),
    "POST /projects/save-search": rule("OB", "-", form={"project_id": "{project_id}", "query": "q=x"}),
    "POST /projects/{project_id}/searches": rule("OB", "-", form={"query": "q=x"}),
    "GET /projects/{project_id}": rule("OBSU", "U"),
    "POST /projects/{project_id}/revision": rule("OB", "-", form={"title": "別の件名", "version": "1"}),
    "GET /projects/{project_id}/estimated-price": rule("OB", "-"),
    "POST /projects/{project_id}/estimated-price": rule("OB", "-", form={"amount": "1000"}),
    "GET /projects/{project_id}/searches/{search_id}": rule("OBSU", "U"),
    "POST /projects/{project_id}/searches/{search_id}/lock": rule("OB", "-", form={}),
    "GET /projects/{project_id}/conditions/new": rule("OBS", "-", query={"field": ASKED}),
    "POST /projects/{project_id}/conditions": rule("OBS", "-", form={"field": ASKED, "operator": "answered"}),
    "POST /projects/{project_id}/conditions/{condition_id}/removal": (
        rule("OB", "-", form={}),
        rule("OBS", "-", form={}, condition_id="drafted_condition"),
    ),
    "GET /projects/{project_id}/results/{software_id}": rule("OBSU", "U", software_id="live"),
    "POST /projects/{project_id}/exclusions": rule("OB", "-", form={"condition_id": "{condition_id}", **WHY}),
    "POST /projects/{project_id}/exclusions/{exclusion_id}/withdrawal": rule("OB", "-", form=WHY),
    "POST /projects/{project_id}/shortlist": rule("OB", "-", form=CHOSEN),
    "POST /projects/{project_id}/shortlist/{item_id}/offer": rule("OB", "-", form=CHOSEN),
    "POST /projects/{project_id}/shortlist/{item_id}/note": rule("OBS", "-", form={"note-x-note": "メモ"}),
    "POST /projects/{project_id}/officer": rule("OB", "-", form={"membership_id": "{my_membership}"}),
    "POST /projects/{project_id}/comments": rule("OBS", "-", form={"comment-kind": "comment"}),
    "GET /supporting": rule("S"),
    "GET /supporters": rule("OBU"),
    "POST /supporters": rule("B", token="-", form={"project_ids": "{project_id}", "ends_on": "2026-12-31"}),
    "GET /supporters/{support_id}": rule("OBU", "U"),
    "POST /supporters/{support_id}/confirmation": rule("B", "-", "-", form={}, support_id="accepted_support"),
    "POST /supporters/{support_id}/ending": rule("B", "-", "-", form={"reason": ""}),
    "POST /supporters/{support_id}/projects/{project_id}/estimated-price": rule(
        "B", "-", "-", form={"granted": "true"}
    ),
    "GET /support-invitations/{secret}": rule(LOGGED_IN, token="-", secret="support_secret"),
    "POST /support-invitations/{secret}": rule(
        "S", token="-", form={"has_interest": "none", "declaration": "ありません。"}, secret="support_secret"
    ),
    "POST /projects/{project_id}/shortlist/{item_id}/removal": rule("OB", "-", form=WHY),
    "POST /projects/{project_id}/selection": rule(
        "OB", "-", form={"outcome": "awarded", "shortlist_item_id": "{item_id}", **WHY}
    ),
    "GET /projects/{project_id}/confirmation": rule("B", "-", "-", project_id="proposed_project_id"),
    "POST /projects/{project_id}/confirmation": rule(
        "B",
        "-",
        "-",
        project_id="proposed_project_id",
        form={
            "decision_date": "2026-11-24",
            "decision_post": "町長",
            "decision_document": "1号",
            "selection_id": "{proposed_selection_id}",
        },
    ),
    "POST /projects/{project_id}/reopening": rule("OB", "-", form=WHY, project_id="proposed_project_id"),
    "POST /projects/{project_id}/cancellation": rule("OB", "-", form=WHY),
    "POST /projects/{project_id}/outcomes": rule(
        "OB", "-", form={"action": "save"}, project_id="awarded_project_id"
    ),
    "POST /projects/{project_id}/outcomes/{outcome_id}/answer": rule(
        "OB", "-", form={}, project_id="awarded_project_id", outcome_id="asked_outcome_id"
    ),
    "GET /projects/{project_id}/statement": rule("OBSU", "U", project_id="awarded_project_id"),
}

PAGES_CONTRACTS: Lines = {
    # One list and one permission for both sides of a contract; a vendor is sent on to its own page.
    "GET /contracts": rule("AVOBGU"),
    "GET /contracts/new": rule("OB", "-", query={"project_id": "{awarded_project_id}"}),
    "POST /contracts/new": rule("OB", "-", form={"project_id": "{awarded_project_id}", "number": "1"}),
    "GET /contracts/{contract_id}": rule("AVOBGU", "GU"),
    "GET /contracts/{contract_id}/amendment": rule("OB", "-"),
    "POST /contracts/{contract_id}/amendment": rule("OB", "-", form={"reason": "変更のため"}),
    "POST /contracts/{contract_id}/confirmation": rule("AB", "-", "-", form={"version": "1"}),
    "POST /contracts/{contract_id}/termination": rule(
        "OB", "-", form={"ended_on": "2026-12-31", "reason": "廃止のため"}
    ),
    "GET /contracts/{contract_id}/documents": rule("AVOBU", "U"),
    "POST /contracts/{contract_id}/documents": rule("AVOB", "-", form={"kind": "other", "title": "x"}),
    "GET /contracts/{contract_id}/documents/{document_id}/content": rule("AVOBU", "U"),
    "POST /contracts/{contract_id}/documents/{document_id}/removal": rule("AVOB", "-", form={}),
    "GET /vendor/outcomes": rule("AV"),
    "GET /vendor/outcomes/{outcome_id}": rule("AV", "-"),
    "POST /vendor/outcomes/{outcome_id}/question": rule("AV", "-", form={"question": "なぜですか。"}),
    "GET /vendor/insights": rule("AV"),
    "GET /contracts/{contract_id}/terms": rule("AVOBU", "U"),
    "POST /contracts/{contract_id}/terms": rule("OB", "-", form={"texts-0-kind": "individual"}),
    "POST /contracts/{contract_id}/deviations": rule("OB", "-", form={"text_id": "{text_id}"}),
    "POST /contracts/{contract_id}/deviations/{deviation_id}/withdrawal": rule("OB", "-", form={}),
    "POST /contracts/{contract_id}/deviations/{deviation_id}/answer": rule(
        "A", "-", "-", form={"{deviation_id}-reason": "応じます。", "action": "acceptance"}
    ),
    "GET /vendor/contracts": rule("AVOBU"),
    "GET /vendor/contracts/{contract_id}": rule("AV", "-"),
    "POST /vendor/contracts/{contract_id}/confirmation": rule("AB", "-", "-", form={"version": "1"}),
    "POST /vendor/contracts/{contract_id}/dispute": rule(
        "A", "-", "-", form={"version": "1", "reason": "単価が違います。"}
    ),
}
