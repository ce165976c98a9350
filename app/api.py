"""Mounts every capability's router under /api/v1. A new capability adds its line here."""

from fastapi import APIRouter, FastAPI

from app.audit.api import router as audit_router

ROUTERS: tuple[APIRouter, ...] = (audit_router,)


def mount(app: FastAPI) -> None:
    """Put the API onto the application."""
    version_1 = APIRouter(prefix="/api/v1")
    for router in ROUTERS:
        version_1.include_router(router)
    app.include_router(version_1)
