"""What endpoints about listings put into their signatures: the catalogue's schema."""

from typing import Annotated, cast

from fastapi import Depends, Request

from catalogue_schema import Schema


def schema_of(request: Request) -> Schema:
    """The application's catalogue schema (dependency); put on `app.state.schema` by main."""
    return cast(Schema, request.app.state.schema)


async def _schema(request: Request) -> Schema:  # `async`: no hop to a thread for reading an attribute
    return schema_of(request)


SchemaDep = Annotated[Schema, Depends(_schema)]
