"""Mounts every capability's router under /api/v1. A new capability adds its line here."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI

from app.audit.api import router as audit_router
from app.bulk.api import router as bulk_router
from app.bulk.renewals_api import router as renewals_router
from app.catalogue import openapi as catalogue_openapi
from app.catalogue.api import router as catalogue_router
from app.catalogue.conformance_api import router as conformance_matrix_router
from app.catalogue.history_api import router as history_router
from app.catalogue.needs_api import router as needs_router
from app.conformance.api import router as conformance_router
from app.identity.api import router as identity_router
from app.impact.api import router as impact_router
from app.indexing.api import router as indexing_router
from app.insights.api import router as insights_router
from app.jobs.api import router as jobs_router
from app.kit import openapi
from app.kit.routing import Gate
from app.listings.api import router as listings_router
from app.listings.expiry_api import router as expiry_router
from app.notifications.api import router as notices_router
from app.organisations.agreements_api import router as agreements_router
from app.organisations.api import router as organisations_router
from app.organisations.bodies_api import router as bodies_router
from app.organisations.me_api import router as me_router
from app.procurement.api import router as projects_router
from app.procurement.assessing_api import router as assessing_router
from app.procurement.buyer_desk_api import router as buyer_desk_router
from app.procurement.checklists_api import router as checklists_router
from app.procurement.confirmations_api import router as confirmations_router
from app.procurement.contracts_api import public_router as published_contracts_router
from app.procurement.contracts_api import router as contracts_router
from app.procurement.documents_api import router as documents_router
from app.procurement.handover_api import router as handover_router
from app.procurement.imports_api import router as contract_imports_router
from app.procurement.inspections_api import router as inspections_router
from app.procurement.outcomes_api import of_project_router as project_outcomes_router
from app.procurement.outcomes_api import router as outcomes_router
from app.procurement.precedence_api import router as contract_terms_router
from app.procurement.standing_api import router as standing_router
from app.procurement.supports_api import of_project_router as project_supporters_router
from app.procurement.supports_api import router as supporters_router
from app.review.api import router as review_router
from app.review.desk_api import router as desk_router
from app.review.official_api import router as official_router
from app.review.samples_api import router as samples_router
from app.review.suspensions_api import router as suspensions_router
from app.review.verifying_api import router as verifying_router
from app.search_words.api import router as search_words_router
from app.specifications.api import router as specifications_router

ROUTERS: tuple[APIRouter, ...] = (
    catalogue_router,
    search_words_router,
    specifications_router,
    impact_router,
    # Before the claims: /conformance/matrix is no software.
    conformance_matrix_router,
    conformance_router,
    verifying_router,
    needs_router,
    history_router,
    listings_router,
    expiry_router,
    bulk_router,
    renewals_router,
    # Before the reviews: /reviews/overview is no case.
    desk_router,
    review_router,
    samples_router,
    suspensions_router,
    official_router,
    organisations_router,
    bodies_router,
    agreements_router,
    me_router,
    notices_router,
    identity_router,
    jobs_router,
    projects_router,
    buyer_desk_router,
    assessing_router,
    standing_router,
    project_supporters_router,
    supporters_router,
    handover_router,
    # Before the contracts: /contracts/export is no contract.
    contract_imports_router,
    project_outcomes_router,
    outcomes_router,
    contracts_router,
    documents_router,
    checklists_router,
    confirmations_router,
    inspections_router,
    contract_terms_router,
    published_contracts_router,
    insights_router,
    indexing_router,
    audit_router,
)


def gates() -> Iterator[Gate]:
    """The whole API under its prefix."""
    for part in ROUTERS:
        yield Gate(part, prefix="/api/v1")


def describe(app: FastAPI) -> None:
    """Let the application's OpenAPI document say what FastAPI cannot know: errors, examples, the schema's facets."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            # The facets first: they are parameters too, and get their examples with the others.
            document = catalogue_openapi.describe(generate(), app.state.schema)
            app.openapi_schema = openapi.complete(document)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI documents this way to extend the description
