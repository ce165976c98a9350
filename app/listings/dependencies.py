"""What endpoints about listings put into their signatures."""

from typing import Annotated, cast

from fastapi import Depends, Request

from catalogue_schema import Schema


def schema_of(request: Request) -> Schema:
    """The application's catalogue schema (dependency)."""
    return cast(Schema, request.app.state.schema)


SchemaDep = Annotated[Schema, Depends(schema_of)]
