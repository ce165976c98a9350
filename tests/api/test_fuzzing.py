"""schemathesis over the whole description, as a visitor, a vendor's token and a buyer's token.

Bounded and repeatable: few cases for each operation, derandomised. Left out, with the reason for each:
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, SerializationContext
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from app.files.kinds import MEDIA
from tests.access.stage import Stage

load_all_checks()


@schemathesis.serializer(*MEDIA.values())
def as_it_is(_: SerializationContext, value: object) -> bytes:
    """A file's bytes, which schemathesis knows no way to write."""
    data = getattr(value, "data", value)
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "replace")


LEFT_OUT = {
    # The router's 405 names only the first route's methods (FastAPI).
    "allow_header_conformance",
    # Values are checked by our own declarations, wider than JSON Schema can say (dates in 令和, 全角 digits, "1" as 1).
    "negative_data_rejection",
    "positive_data_acceptance",
    # Needs links between operations, which the description has none of.
    "use_after_free",
    "ensure_resource_availability",
    # Asks again without and with a wrong credential: the table of permissions does that for every route and role.
    "ignored_auth",
    # 404 comes before 406/415 where the object is not the asker's.
    "unsupported_method",
    "missing_required_header",
}
EXCLUDED = [check for check in CHECKS.get_all() if check.__name__ in LEFT_OUT]
EACH = 3
"""Cases for each operation and asker."""
WHO = ("visitor", "vendor_admin", "buyer_officer")


@pytest.mark.parametrize("who", WHO)
def test_no_case_breaks_the_contract(api_stage: Stage, who: str) -> None:
    login = None if who == "visitor" else api_stage.own.logins[who]
    headers = login.bearer if login else {}
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api_stage.running.app)
    cases, faults = 0, []
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(
            max_examples=EACH,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Case[Any]) -> None:
            nonlocal cases
            cases += 1
            answer = case.call(headers=headers)
            case.validate_response(answer, excluded_checks=EXCLUDED)  # type: ignore[arg-type]  # checks are callables

        try:
            ask()
        except (Exception, FailureGroup) as fault:
            faults.append(f"{operation.method.upper()} {operation.path}: {fault}")
    assert {check.__name__ for check in EXCLUDED} == LEFT_OUT, "a check changed its name"
    assert not faults, "\n\n".join(faults)
    assert cases >= 200
