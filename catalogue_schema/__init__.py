"""What may be said about a listing: one declaration from which forms, validation, search and comparison
come.

``load_schema()`` gives the ``Schema``; fields are TOML files in ``fields/``, vocabularies in
``vocabularies/``. Pure: no framework, and no input or output but the package's own files.
"""

from catalogue_schema.change_classes import ClassedChange
from catalogue_schema.model import (
    Cell,
    Change,
    ChangeRule,
    Column,
    ComparisonRow,
    Completeness,
    DeclarationInvalid,
    FacetSpec,
    Fault,
    Field,
    FieldUnknown,
    Group,
    SubjectUnknown,
    Term,
    VocabularyUnknown,
)
from catalogue_schema.schema import Schema, load_schema
from catalogue_schema.vocabulary import Vocabulary

__all__ = [
    "Cell",
    "Change",
    "ChangeRule",
    "ClassedChange",
    "Column",
    "ComparisonRow",
    "Completeness",
    "DeclarationInvalid",
    "FacetSpec",
    "Fault",
    "Field",
    "FieldUnknown",
    "Group",
    "Schema",
    "SubjectUnknown",
    "Term",
    "Vocabulary",
    "VocabularyUnknown",
    "load_schema",
]
