"""What endpoints about specifications put into their signatures."""

from typing import Annotated, cast

from fastapi import Depends, Header, Request

from app.access.actor import Actor
from app.access.dependencies import guarded
from app.access.permissions import Permission
from catalogue_schema import Schema


async def _schema(request: Request) -> Schema:
    return cast(Schema, request.app.state.schema)


SchemaDep = Annotated[Schema, Depends(_schema)]
"""The catalogue's schema, for its vocabulary of business areas; put on `app.state.schema` by main."""
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]
Registrar = Annotated[Actor, guarded(Permission.SPECIFICATION_HOST, Permission.SPECIFICATION_WRITE)]
"""The Agency, or a ministry's editor."""
Editor = Annotated[Actor, guarded(Permission.SPECIFICATION_WRITE)]
Publisher = Annotated[Actor, guarded(Permission.SPECIFICATION_PUBLISH)]
