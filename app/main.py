"""`create_app(settings)`: the composition root. Middleware order, shared parts on `app.state`, routers."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial

import anyio.to_thread
from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Scope

from app import api, readiness
from app.audit.refusals import record_refusal
from app.catalogue import projection
from app.catalogue.engines import open_engine
from app.files.service import files_of
from app.identity.authentication import SessionAuthenticator
from app.identity.login import LoginFlow
from app.insights.counting import Counters
from app.kit import problems
from app.kit.clock import Clock, SystemClock
from app.kit.database import Database, create_engine
from app.kit.errors import Unauthenticated
from app.kit.http import (
    BodyLimit,
    BodyLimitMiddleware,
    CrossSiteMiddleware,
    LimiterMiddleware,
    RequestIdMiddleware,
    UnitOfWorkMiddleware,
)
from app.notifications.notices import unread_of
from app.organisations.memberships import places_of
from app.organisations.repository import membership_facts
from app.procurement.support_repository import supported_projects
from app.settings import Settings
from app.web import site
from catalogue_schema import load_schema

log = logging.getLogger("dmp")

BODY_LIMITS: tuple[BodyLimit, ...] = (BodyLimit(re.compile(r"/login/.*"), 64 * 1024),)
"""Routes whose limit differs from `settings.body_limit_bytes`."""
UPLOADS = re.compile(
    r"/vendor/bulk|/agency/renewals|/contracts/import|/api/v1/(?:listings|renewals|contracts)/imports"
    r"|/api/v1/specifications/[^/]+/versions/[^/]+/(?:imports|requirements)"
    r"|/specification-desk/[^/]+/versions/[^/]+/file"
    r"|/api/v1/conformance/[^/]+/[^/]+/(?:file|statements)|/vendor/software/[^/]+/conformance/[^/]+/file"
)
"""Routes that take files of a bulk import: `settings.import_limit_bytes`, and what a form puts around a file."""
DOCUMENTS = re.compile(r"(?:/api/v1)?/contracts/[^/]+/documents")
"""Routes that take documents: `settings.files.limit_bytes`, and the same."""
FORM_AROUND_FILE = 64 * 1024


def issuer_origins(settings: Settings) -> list[str]:
    """The origins to which the configured issuers' logins may send the browser, each once."""
    return sorted({origin for issuer in settings.issuers for origin in issuer.origins if origin})


def create_app(
    settings: Settings, *, clock: Clock | None = None, database: Database | None = None
) -> FastAPI:
    """The service for these settings. Raises RefusedToStart where production forbids them.

    `clock` and `database` are for tests and the demo; left out, the machine's clock and `settings.database_url`.
    """
    settings.check()
    the_clock = clock or SystemClock()
    the_database = database or Database(create_engine(settings.database_url))

    schema = load_schema(settings.schema_directory)
    engine = open_engine(settings, projection.index_settings(schema))

    counters = Counters(the_database, the_clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        counters.start()
        yield
        await anyio.to_thread.run_sync(counters.stop)
        await engine.close()
        if database is None:
            the_database.dispose()

    authenticator = SessionAuthenticator(
        the_database, settings, the_clock, membership_facts, supported_projects
    )

    async def has_credential(scope: Scope) -> bool:
        try:
            actor = await anyio.to_thread.run_sync(authenticator, Request(scope))
        except Unauthenticated:
            return False
        return actor.kind != "anonymous"

    secret = settings.secret_key.get_secret_value()
    the_database.info["audit_salt"] = secret
    application = FastAPI(
        title="デジタルマーケットプレイス カタログ API",
        version="1.0.0",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestIdMiddleware, secure=settings.secure, form_targets=issuer_origins(settings)),
            Middleware(LimiterMiddleware, places=settings.concurrency),
            Middleware(
                BodyLimitMiddleware,
                limits=(
                    *BODY_LIMITS,
                    BodyLimit(UPLOADS, settings.import_limit_bytes + FORM_AROUND_FILE),
                    BodyLimit(DOCUMENTS, settings.files.limit_bytes + FORM_AROUND_FILE),
                ),
                default=settings.body_limit_bytes,
                has_credential=has_credential,
            ),
            Middleware(
                CrossSiteMiddleware,
                origin=settings.site_origin,
                cookie_name=settings.session_cookie,
                secret=secret,
            ),
            Middleware(
                UnitOfWorkMiddleware,
                database=the_database,
                on_forbidden=partial(record_refusal, the_database, the_clock),
            ),
        ],
    )
    application.state.settings = settings
    application.state.clock = the_clock
    application.state.database = the_database
    application.state.authenticator = authenticator
    application.state.lapsed_person = authenticator.lapsed_person
    application.state.login = LoginFlow(settings, the_database, the_clock)
    application.state.memberships = partial(places_of, the_database)
    application.state.unread = partial(unread_of, the_database)
    application.state.schema = schema
    application.state.search = engine
    application.state.files = files_of(settings)
    application.state.counters = counters
    application.state.index_agrees = lambda: projection.reader_agrees(the_database, engine, schema, the_clock)
    problems.install(application)
    application.router.routes.extend(_routes())
    api.describe(application)
    application.state.render_problem = site.render_problem
    return application


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, put together once a process: settings never open or close one, and it is what takes longest."""
    router = APIRouter()
    for part in (*api.gates(), *site.gates(), readiness.router):
        router.include_router(part)
    return tuple(router.routes)


def from_environment() -> FastAPI:
    """The service as `dmp serve` runs it: settings from `DMP_…`."""
    return create_app(Settings())
