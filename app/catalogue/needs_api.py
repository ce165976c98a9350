"""`/needs`: everyday needs and the searches that they become. Nobody needs to log in."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.catalogue.needs import Need, matching, need_of
from app.listings.dependencies import SchemaDep

router = APIRouter(prefix="/needs", tags=["カタログ"])


class NeedFilterOut(BaseModel):
    """One filter that helps: a parameter of the search, and why. `chosen`: `search` has it."""

    name: str
    value: str
    label: str
    value_label: str
    why: str
    chosen: bool


class NeedAreaOut(BaseModel):
    """One business area that the need belongs to."""

    code: str
    label: str


class NeedOut(BaseModel):
    """One everyday need. `search` is the address of the search that it begins with."""

    code: str
    theme: str
    title: str
    situation: str
    areas: list[NeedAreaOut]
    filters: list[NeedFilterOut]
    search: str


class NeedsOut(BaseModel):
    """All of them at once."""

    items: list[NeedOut]
    next: None = None


def _out(need: Need) -> NeedOut:
    return NeedOut(
        code=need.code,
        theme=need.theme,
        title=need.title,
        situation=need.situation,
        areas=[NeedAreaOut(code=code, label=label) for code, label in need.areas],
        filters=[NeedFilterOut.model_validate(one, from_attributes=True) for one in need.filters],
        search=need.params().url("/api/v1/search"),
    )


@router.get("")
def list_needs(
    schema: SchemaDep,
    q: Annotated[str, Query(max_length=1000, description="困っていることを自分の言葉で。空なら全部")] = "",
) -> NeedsOut:
    """困りごとの一覧です。言葉を付けると、近いものから順に示します。"""
    return NeedsOut(items=[_out(need) for need in matching(schema, q)])


@router.get("/{code}")
def read_need(code: str, schema: SchemaDep) -> NeedOut:
    """一つの困りごとと、役立つ条件です。"""
    return _out(need_of(schema, code))
