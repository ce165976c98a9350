"""Who may do what beside contracts: imports, checklists, inspections, by API and by page."""

from __future__ import annotations

from tests.access.rules import Lines, rule

DECIDED = {
    "{inspection_id}-inspected_on": "2026-11-24",
    "{inspection_id}-inspector": "主査",
    "action": "acceptance",
}
ENTRIES = {"entries": [{"item": "tax", "state": "not_applicable"}]}
WHY = {"reason": "誤りのため。"}

API_BESIDE_CONTRACTS: Lines = {
    "POST /api/v1/contracts/imports": rule("OB"),
    "POST /api/v1/contracts/imports/{job_id}/confirmation": rule("OB", "-", job_id="checked_import"),
    "GET /api/v1/contracts/imports/template": rule("OB"),
    "GET /api/v1/contracts/export": rule("OB"),
    "GET /api/v1/contracts/imported/{contract_id}": rule("AVOBGU", "GU", contract_id="imported_contract"),
    "POST /api/v1/contracts/imported/{contract_id}/withdrawal": rule(
        "OB", "-", contract_id="imported_contract"
    ),
    "GET /api/v1/contract-practice": rule("OB"),
    "PUT /api/v1/contract-practice": rule("B", token="-"),
    "GET /api/v1/projects/{project_id}/checklist": rule("OBSU", "U", project_id="proposed_project_id"),
    "POST /api/v1/projects/{project_id}/checklist": rule(
        "OB", "-", project_id="proposed_project_id", body=ENTRIES
    ),
    "GET /api/v1/contracts/{contract_id}/checklist": rule("OBU", "U"),
    "POST /api/v1/contracts/{contract_id}/checklist": rule("OB", "-", body=ENTRIES),
    "GET /api/v1/contracts/{contract_id}/inspections": rule("AVOBU", "U"),
    "POST /api/v1/contracts/{contract_id}/inspections": rule("OB", "-"),
    "GET /api/v1/inspections": rule("OB"),
    "GET /api/v1/inspections/{inspection_id}": rule("AVOBU", "U"),
    "POST /api/v1/inspections/{inspection_id}/acceptance": rule("OB", "-"),
    "POST /api/v1/inspections/{inspection_id}/rejection": rule("OB", "-"),
    "POST /api/v1/inspections/{inspection_id}/reinspection": rule("OB", "-"),
    "POST /api/v1/inspections/{inspection_id}/invoice": rule("OB", "-"),
}

PAGES_BESIDE_CONTRACTS: Lines = {
    "GET /contracts/import": rule("OB"),
    "POST /contracts/import": rule("OB", form={"note": ""}),
    "POST /contracts/import/{job_id}/confirmation": rule("OB", "-", form={}, job_id="checked_import"),
    "GET /contracts/import/template": rule("OB"),
    "GET /contracts/import/export": rule("OB"),
    "GET /contracts/imported/{contract_id}": rule("AVOBGU", "GU", contract_id="imported_contract"),
    "POST /contracts/imported/{contract_id}/withdrawal": rule(
        "OB", "-", form=WHY, contract_id="imported_contract"
    ),
    "GET /organisation/contract-practice": rule("OB"),
    "POST /organisation/contract-practice": rule(
        "B", token="-", form={"inspection_days": "10", "payment_days": "30", "tag": "*"}
    ),
    "GET /projects/{project_id}/checklist": rule("OBSU", "U", project_id="proposed_project_id"),
    "POST /projects/{project_id}/checklist": rule("OB", "-", form={}, project_id="proposed_project_id"),
    "GET /contracts/{contract_id}/checklist": rule("OBU", "U"),
    "POST /contracts/{contract_id}/checklist": rule("OB", "-", form={}),
    "GET /contracts/{contract_id}/inspections": rule("AVOBU", "U"),
    "POST /contracts/{contract_id}/inspections": rule("OB", "-", form={"delivered_on": "2026-11-24"}),
    "GET /inspections": rule("OB"),
    "GET /inspections/{inspection_id}": rule("AVOBU", "U"),
    "POST /inspections/{inspection_id}/decision": rule("OB", "-", form=DECIDED),
    "POST /inspections/{inspection_id}/reinspection": rule("OB", "-", form={}),
    "POST /inspections/{inspection_id}/invoice": rule("OB", "-", form={}),
}
