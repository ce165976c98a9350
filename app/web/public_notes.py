"""What the site says about itself: what it is, its terms, personal data, accessibility, and where everything is."""

from fastapi import APIRouter, Request, Response

from app.access.dependencies import SettingsDep
from app.listings.dependencies import SchemaDep
from app.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/about")
def about(request: Request) -> Response:
    """What this site is, and what it is not."""
    return render(request, "public/about.html")


@router.get("/terms")
def terms(request: Request) -> Response:
    """What whoever uses the site may rely on, and what not."""
    return render(request, "public/terms.html")


@router.get("/privacy")
def privacy(request: Request, settings: SettingsDep) -> Response:
    """Which personal data the site keeps, what for and how long; the figures are the settings'."""
    return render(
        request,
        "public/privacy.html",
        idle_minutes=settings.session_idle_minutes,
        absolute_hours=settings.session_absolute_hours,
        session_cookie=settings.session_cookie,
    )


@router.get("/accessibility")
def accessibility(request: Request) -> Response:
    """The accessibility statement."""
    return render(request, "public/accessibility.html")


@router.get("/sitemap")
def sitemap(request: Request, schema: SchemaDep) -> Response:
    """Every public page, and the actor's own places."""
    areas = schema.vocabulary("business_areas").current()
    return render(request, "public/sitemap.html", areas=[(term.code, term.ja) for term in areas])
