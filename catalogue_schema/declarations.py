"""What is declared, as of one version: groups, fields, vocabularies. The operations of ``Schema`` read from
this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Self

from catalogue_schema.model import (
    SUBJECTS,
    Field,
    FieldUnknown,
    Group,
    Question,
    SubjectUnknown,
    VocabularyUnknown,
)
from catalogue_schema.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group without its fields, as declared."""

    name: str
    subject: str
    label_ja: str
    label_en: str
    hint_ja: str


@dataclass(frozen=True, eq=False)
class Declarations:
    """The declarations as of ``version``. ``every_field`` also has the fields of other versions, so that
    revisions made under them can still be shown.
    """

    version: int
    heads: tuple[GroupHead, ...]
    every_field: tuple[Field, ...]
    vocabularies: Mapping[str, Vocabulary]

    def at(self, version: int) -> Self:
        """The same declarations as of another version. Raises ``ValueError`` below 1."""
        if version < 1:
            raise ValueError(f"schema versions begin at 1, not {version}")
        if version == self.version:
            return self
        aged = {name: replace(vocabulary, version=version) for name, vocabulary in self.vocabularies.items()}
        return replace(self, version=version, vocabularies=MappingProxyType(aged))

    @cached_property
    def _by_subject(self) -> Mapping[str, Mapping[str, Field]]:
        return {
            subject: {
                field.name: field
                for field in self.every_field
                if field.subject == subject and field.asked_in(self.version)
            }
            for subject in SUBJECTS
        }

    @cached_property
    def _groups(self) -> Mapping[str, tuple[Group, ...]]:
        result: dict[str, tuple[Group, ...]] = {}
        for subject in SUBJECTS:
            groups = (
                Group(
                    name=head.name,
                    subject=subject,
                    label_ja=head.label_ja,
                    label_en=head.label_en,
                    hint_ja=head.hint_ja,
                    fields=tuple(field for field in self.fields(subject) if field.group == head.name),
                )
                for head in self.heads
                if head.subject == subject
            )
            result[subject] = tuple(group for group in groups if group.fields)
        return result

    def by_name(self, subject: str) -> Mapping[str, Field]:
        """The fields of a subject by name. Raises ``SubjectUnknown``."""
        try:
            return self._by_subject[subject]
        except KeyError:
            raise SubjectUnknown(subject) from None

    def fields(self, subject: str) -> tuple[Field, ...]:
        """The fields of a subject (``software`` or ``offer``) in order. Raises ``SubjectUnknown``."""
        return tuple(self.by_name(subject).values())

    def field(self, subject: str, name: str) -> Field:
        """One field. Raises ``SubjectUnknown`` or ``FieldUnknown``."""
        try:
            return self.by_name(subject)[name]
        except SubjectUnknown:
            raise
        except KeyError:
            raise FieldUnknown(f"{subject}.{name}") from None

    def groups(self, subject: str) -> tuple[Group, ...]:
        """The groups of a subject in order, each with its fields; groups without a field are left out."""
        if subject not in self._groups:
            raise SubjectUnknown(subject)
        return self._groups[subject]

    def group_head(self, field: Field) -> GroupHead:
        """The heading of the group a field stands in, of whatever version."""
        return next(head for head in self.heads if (head.subject, head.name) == (field.subject, field.group))

    def vocabulary(self, name: str) -> Vocabulary:
        """One vocabulary. Raises ``VocabularyUnknown``."""
        try:
            return self.vocabularies[name]
        except KeyError:
            raise VocabularyUnknown(name) from None

    def vocabulary_of(self, question: Question) -> Vocabulary:
        """The vocabulary of a choice. Raises ``VocabularyUnknown`` for a question that is none."""
        return self.vocabulary(question.vocabulary or "")
