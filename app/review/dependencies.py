"""What endpoints about reviews put into their signatures: the rules that settings state."""

from typing import Annotated

from fastapi import Depends, Request

from app.access.dependencies import settings_of
from app.review.rules import ReviewRules


def rules_of(request: Request) -> ReviewRules:
    """The application's review rules (dependency)."""
    return ReviewRules.of(settings_of(request))


RulesDep = Annotated[ReviewRules, Depends(rules_of)]
