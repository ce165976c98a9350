"""The recorded shapes, as JSON Schemas: what is asked and what is answered is held to them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parent / "schemas"


def first_fault(shape: str, value: Any) -> str | None:
    """Where and how `value` differs from a shape; None where it does not."""
    fault = next(iter(_validator(shape).iter_errors(value)), None)
    return None if fault is None else f"{fault.json_path}: {fault.message[:300]}"


def held(shape: str, value: Any) -> Any:
    """An answer of ours, which has to have its shape."""
    fault = first_fault(shape, value)
    assert fault is None, f"the stand-in's own answer is not a {shape}: {fault}"
    return value


@cache
def _validator(shape: str) -> Draft202012Validator:
    return Draft202012Validator(_schema(shape), registry=_registry())


@cache
def _registry() -> Registry[Any]:
    resources = [(path.name, Resource.from_contents(_schema(path.stem))) for path in FOLDER.glob("*.json")]
    return Registry().with_resources(resources)


@cache
def _schema(shape: str) -> Any:
    return json.loads((FOLDER / f"{shape}.json").read_text(encoding="utf-8"))
