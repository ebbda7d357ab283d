"""The two spellings of an audience, SQL and Python, agree on every student."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select
from sqlalchemy.engine import Connection

from storage.audience import AudienceBroken, Facts, audience_clause, checked, fits
from storage.database import Database
from storage.models import Base, ClassGroup, Item, Student
from tests.fakes.campus import COHORT, build

SCHOOL = UUID(int=1)
VALUES = st.sampled_from([True, False, "true", "是", "会计学院", "", 0, 1, 5, "1"])
NAMES = st.sampled_from(["college", "class", "campus", "cohort", "loan", "party_member", "寝室"])
AUDIENCES = st.dictionaries(NAMES, st.lists(VALUES, max_size=3), max_size=3)
ATTRIBUTES = st.dictionaries(st.sampled_from(["loan", "party_member", "寝室", "college"]), VALUES | st.none())


@pytest.fixture(scope="module")
def connection() -> Any:
    """One SQLite in memory; each example is rolled back."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def picked_by_sql(connection: Connection, item: Item, facts: Facts) -> bool:
    group, student = uuid4(), uuid4()
    columns = {"cohort": facts.cohort, "college": facts.college, "name": facts.class_name, "campus": facts.campus}
    connection.execute(insert(ClassGroup).values(id=group, school_id=facts.school_id, **columns))
    blank = {"number_hash": b"", "number_sealed": b"", "name_sealed": b""}
    connection.execute(
        insert(Student).values(
            id=student, school_id=facts.school_id, class_id=group, attributes=facts.attributes, **blank
        )
    )
    found = connection.scalar(
        select(Student.id).join(ClassGroup, ClassGroup.id == Student.class_id).where(audience_clause(item))
    )
    connection.rollback()
    return found is not None


@given(audience=AUDIENCES, attributes=ATTRIBUTES, campus=st.sampled_from(["东校区", None]))
def test_sql_and_python_agree(
    connection: Connection, audience: dict[str, list[Any]], attributes: dict[str, Any], campus: str | None
) -> None:
    item = Item(school_id=SCHOOL, cohort=COHORT, audience=audience)
    facts = Facts(SCHOOL, COHORT, "会计学院", "1", campus, attributes)
    assert picked_by_sql(connection, item, facts) == fits(item, facts)


@pytest.mark.parametrize(
    ("audience", "whom"),
    [
        ({}, {"有贷款", "无贷款", "文字", "不详", "护理"}),
        ({"loan": [True]}, {"有贷款", "文字"}),
        ({"loan": [False]}, {"无贷款"}),
        ({"loan": True}, {"有贷款", "文字"}),
        ({"college": ["会计学院"], "loan": [True, False]}, {"有贷款", "无贷款", "文字"}),
        ({"class": ["护理2班"]}, {"护理"}),
        ({"campus": ["西校区", "南校区"]}, {"护理"}),
        ({"loan": []}, set()),
        ({"cohort": ["2022届"]}, set()),
    ],
)
async def test_whom_an_audience_picks(database: Database, audience: dict[str, Any], whom: set[str]) -> None:
    campus = await build(database)
    await campus.student("有贷款", loan=True)
    await campus.student("无贷款", loan=False)
    await campus.student("文字", loan="true")
    await campus.student("不详")
    await campus.student("护理", "护理2班")
    item = Item(school_id=campus.school_id, cohort=COHORT, audience=audience)
    async with database.read() as session:
        found = await session.scalars(
            select(Student.id).join(ClassGroup, ClassGroup.id == Student.class_id).where(audience_clause(item))
        )
        assert set(found) == {campus.students[name] for name in whom}


@pytest.mark.parametrize("audience", [{"a b": [1]}, {'x"]': [1]}, {"": [1]}, {"loan": [{"a": 1}]}, {"loan": [None]}])
def test_what_cannot_be_meant_is_refused(audience: dict[str, Any]) -> None:
    with pytest.raises(AudienceBroken, match="audience"):
        checked(audience)
