"""The permission table's lines for standard specifications; how to read them is in table.py."""

from __future__ import annotations

from tests.access.rules import EVERYBODY, Lines, rule

_PUBLIC = {"number": "=1.0"}
_DRAFT = {"number": "=2.0"}
_CLAIM = {"software_id": "live", "version_id": "specification_version"}
_VERIFICATION = {**_CLAIM, "verification_id": "conformance_verification"}
_VERIFICATIONS = "/api/v1/conformance/{software_id}/{version_id}/verifications"
_VERIFYING = "/review/conformance/{software_id}/{version_id}"
_GRID = {"entry_id": "live", "version_id": "specification_version"}
_OF_DRAFT = "/specifications/{specification_id}/versions/{number}"
_DESK = "/specification-desk/{specification_id}/versions/{number}"

SPECIFICATIONS: Lines = {
    "GET /api/v1/specifications": rule(EVERYBODY),
    "POST /api/v1/specifications": rule("GM", token="M"),
    "GET /api/v1/specifications/schema": rule(EVERYBODY),
    "POST /api/v1/specifications/imports/{job_id}/confirmation": rule("M", "-", job_id="specification_job"),
    "GET /api/v1/specifications/{specification_id}": rule(EVERYBODY, EVERYBODY),
    "PATCH /api/v1/specifications/{specification_id}": rule("GM", "G", "M"),
    "GET /api/v1/specifications/{specification_id}/differences": rule(
        EVERYBODY, query={"from": "1.0", "to": "1.0"}
    ),
    "POST /api/v1/specifications/{specification_id}/versions": rule("M", "-"),
    f"GET /api/v1{_OF_DRAFT}": rule(EVERYBODY, at=_PUBLIC),
    f"PATCH /api/v1{_OF_DRAFT}": rule("M", "-", at=_DRAFT),
    f"GET /api/v1{_OF_DRAFT}/requirements": rule(EVERYBODY, at=_PUBLIC),
    f"GET /api/v1{_OF_DRAFT}/impact": rule(EVERYBODY, at=_PUBLIC),
    f"GET {_OF_DRAFT}/impact": rule(EVERYBODY, at=_PUBLIC),
    f"PUT /api/v1{_OF_DRAFT}/requirements": rule("M", "-", at=_DRAFT),
    f"GET /api/v1{_OF_DRAFT}/document": rule(EVERYBODY, at=_PUBLIC),
    f"POST /api/v1{_OF_DRAFT}/imports": rule("M", "-", at=_DRAFT),
    f"POST /api/v1{_OF_DRAFT}/proposal": rule("M", "-", at=_DRAFT),
    f"POST /api/v1{_OF_DRAFT}/opening": rule("M", "-", "-", at=_DRAFT),
    f"POST /api/v1{_OF_DRAFT}/publication": rule("M", "-", "-", at=_DRAFT),
    f"POST /api/v1{_OF_DRAFT}/return": rule("M", "-", "-", at=_DRAFT),
    f"POST /api/v1{_OF_DRAFT}/withdrawal": rule("M", "-", "-", at=_DRAFT),
    "GET /api/v1/conformance/matrix": rule(
        EVERYBODY,
        query={"specification": "{specification_id}", "version": "1.0", "ids": "{live}"},
    ),
    "GET /api/v1/conformance/competition": rule(EVERYBODY),
    "GET /conformance": rule(EVERYBODY),
    "GET /conformance/competition": rule(EVERYBODY),
    "GET /api/v1/conformance/{software_id}": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "POST /api/v1/conformance/{software_id}": rule(
        "AV", "-", software_id="draft", body={"version_id": "{specification_version}"}
    ),
    "GET /api/v1/conformance/{software_id}/{version_id}": rule(EVERYBODY, EVERYBODY, at=_CLAIM),
    "DELETE /api/v1/conformance/{software_id}/{version_id}": rule("AV", "-", at=_CLAIM),
    "POST /api/v1/conformance/{software_id}/{version_id}/statements": rule("AV", "-", at=_CLAIM),
    "GET /api/v1/conformance/{software_id}/{version_id}/file": rule(EVERYBODY, EVERYBODY, at=_CLAIM),
    "POST /api/v1/conformance/{software_id}/{version_id}/file": rule("AV", "-", at=_CLAIM),
    f"GET {_VERIFICATIONS}": rule(EVERYBODY, EVERYBODY, at=_CLAIM),
    f"POST {_VERIFICATIONS}": rule("R", "R", "-", at=_CLAIM),
    f"POST {_VERIFICATIONS}/{{verification_id}}/withdrawal": rule("R", "R", "-", at=_VERIFICATION),
    f"GET {_VERIFYING}": rule("RGU", "RGU", at=_CLAIM),
    f"POST {_VERIFYING}": rule("R", "R", "-", at=_CLAIM, form={"level": "documents"}),
    f"POST {_VERIFYING}/verifications/{{verification_id}}/withdrawal": rule(
        "R", "R", "-", at=_VERIFICATION, form={}
    ),
    "GET /listings/{software_id}/conformance": rule(EVERYBODY, EVERYBODY, software_id="live"),
    "GET /vendor/software/{entry_id}/conformance": rule("AV", "-", entry_id="live"),
    "POST /vendor/software/{entry_id}/conformance": rule(
        "AV", "-", entry_id="draft", form={"version_id": "{specification_version}"}
    ),
    "GET /vendor/software/{entry_id}/conformance/{version_id}": rule("AV", "-", at=_GRID),
    "POST /vendor/software/{entry_id}/conformance/{version_id}": rule("AV", "-", at=_GRID, form={}),
    "POST /vendor/software/{entry_id}/conformance/{version_id}/file": rule("AV", "-", at=_GRID, form={}),
    "POST /vendor/software/{entry_id}/conformance/{version_id}/ending": rule("AV", "-", at=_GRID, form={}),
    "GET /api/v1/projects/{project_id}/conformance-confirmations": rule("OBSU", "U"),
    "POST /api/v1/projects/{project_id}/conformance-confirmations": rule("OB", "-"),
    "GET /projects/{project_id}/conformance": rule("OBSU", "U"),
    "POST /projects/{project_id}/conformance": rule("OB", "-", form={}),
    "GET /specifications": rule(EVERYBODY),
    "GET /specifications/{specification_id}": rule(EVERYBODY, EVERYBODY),
    "GET /specifications/{specification_id}/differences": rule(EVERYBODY),
    f"GET {_OF_DRAFT}": rule(EVERYBODY, at=_PUBLIC),
    "GET /specification-desk": rule("GM", token="M"),
    "GET /specification-desk/new": rule("GM", token="M"),
    "POST /specification-desk/new": rule("GM", token="M", form={"title": "題"}),
    "POST /specification-desk/imports/{job_id}/confirmation": rule(
        "M", "-", job_id="specification_job", form={}
    ),
    "GET /specification-desk/{specification_id}": rule("GM", "GM", "M"),
    "POST /specification-desk/{specification_id}": rule(
        "GM", "G", "M", form={"page_url": "https://example.jp/", "etag": "x"}
    ),
    "POST /specification-desk/{specification_id}/versions": rule("M", "-", form={"number": "3.0"}),
    f"GET {_DESK}": rule("M", "-", at=_DRAFT),
    f"POST {_DESK}": rule("M", "-", at=_DRAFT, form={"etag": "x"}),
    f"POST {_DESK}/file": rule("M", "-", at=_DRAFT, form={}),
    f"POST {_DESK}/renumbering": rule("M", "-", at=_DRAFT, form={"etag": "x"}),
    f"POST {_DESK}/proposal": rule("M", "-", at=_DRAFT, form={}),
    f"POST {_DESK}/decision": rule("M", "-", "-", at=_DRAFT, form={"verb": "publication"}),
    f"GET {_DESK}/requirements/{{position}}": rule("M", "-", at={**_DRAFT, "position": "=new"}),
    f"POST {_DESK}/requirements/{{position}}": rule(
        "M", "-", at={**_DRAFT, "position": "=new"}, form={"etag": "x"}
    ),
}
