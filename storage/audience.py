"""Whom an item concerns: a predicate over class and attributes, once as SQL and once over loaded facts.

An audience maps names to accepted values, and all names must fit: `{'college': ['会计学院'], 'loan': [true]}`; `{}` is
everybody of the cohort. The names college, class, campus and cohort are columns of the class; every other name is an
attribute of the student. An attribute that is not known does not fit: nobody is reminded of what may not be his.
Values are compared as text, booleans as 'true' and 'false', so a roster that spells them as text fits as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.models import ClassGroup, Item, Student

CLASS_COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    "college": ClassGroup.college,
    "class": ClassGroup.name,
    "campus": ClassGroup.campus,
    "cohort": ClassGroup.cohort,
}
_FIELD_OF = {"college": "college", "class": "class_name", "campus": "campus", "cohort": "cohort"}
_NAME = re.compile(r"\w{1,40}")


class AudienceBroken(ValueError):
    """An audience that cannot be meant; the sentence says what would fit."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an audience looks at in one student."""

    school_id: UUID
    cohort: str
    college: str
    class_name: str
    campus: str | None
    attributes: Mapping[str, Any]

    def value(self, name: str) -> str | None:
        """The value of one name as text; None: not known."""
        field = _FIELD_OF.get(name)
        return _text(self.attributes.get(name) if field is None else getattr(self, field))


def checked(audience: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The audience with every value as a list. Raises `AudienceBroken`."""
    return {_checked_name(name): _accepted(name, values) for name, values in audience.items()}


def fits(item: Item, facts: Facts) -> bool:
    """Whether the item concerns this student; says the same as `audience_clause`."""
    return tester_of(item)(facts)


def tester_of(item: Item) -> Callable[[Facts], bool]:
    """`fits` for many students: the audience is read once."""
    group = (item.school_id, item.cohort)
    wanted = [(name, frozenset(_texts(values))) for name, values in checked(item.audience).items()]

    def concerns(facts: Facts) -> bool:
        return (facts.school_id, facts.cohort) == group and all(facts.value(name) in values for name, values in wanted)

    return concerns


def audience_clause(item: Item) -> ColumnElement[bool]:
    """The condition over `student` joined with `class_group` that picks the students an item concerns."""
    return and_(
        ClassGroup.school_id == item.school_id,
        ClassGroup.cohort == item.cohort,
        *(_condition(name, values) for name, values in checked(item.audience).items()),
    )


def _condition(name: str, values: list[Any]) -> ColumnElement[bool]:
    if not values:
        return false()
    column = CLASS_COLUMNS.get(name)
    return (column if column is not None else _AttributeText(name)).in_(_texts(values))


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AudienceBroken(f"audience: {name!r} is no name of an attribute")
    return name


def _accepted(name: str, values: Any) -> list[Any]:
    accepted = list(values) if isinstance(values, (list, tuple)) else [values]
    if not all(isinstance(value, (str, bool, int)) for value in accepted):
        raise AudienceBroken(f"audience: the values of {name!r} must be text, numbers or true/false")
    return accepted


def _texts(values: list[Any]) -> list[str]:
    return [text for text in map(_text, values) if text is not None]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


class _AttributeText(FunctionElement[str]):
    """One of the student's attributes as text; NULL where it is not known."""

    name = "attribute_text"
    inherit_cache = True

    def __init__(self, attribute: str) -> None:
        super().__init__(Student.attributes, literal(attribute, String))
        self.type = String()


@compiles(_AttributeText, "postgresql")
def _on_postgresql(element: _AttributeText, compiler: SQLCompiler, **options: Any) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} ->> {name})"


@compiles(_AttributeText, "sqlite")
def _on_sqlite(element: _AttributeText, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite reads true as 1: the type of the value tells them apart."""
    column, name = (compiler.process(part, **options) for part in element.clauses)
    path = f"'$.\"' || {name} || '\"'"
    return (
        f"(CASE json_type({column}, {path}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
        f" ELSE CAST(json_extract({column}, {path}) AS TEXT) END)"
    )
