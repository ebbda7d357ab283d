"""A small fictional school for tests: two classes of two colleges, a counselor each, an office, and items at will."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from storage import people, roll
from storage.clock import start_of
from storage.database import Database
from storage.items import save_items
from storage.models import Binding
from storage.people import Actor

COHORT = "2023届"


@dataclass
class Campus:
    """Ids of what is there; everything goes through the store's own functions."""

    database: Database
    school_id: UUID
    classes: dict[str, UUID]
    counselors: dict[str, UUID]
    office: UUID
    students: dict[str, UUID] = field(default_factory=dict)
    items: dict[str, UUID] = field(default_factory=dict)

    async def student(
        self, name: str, class_name: str = "会计1班", *, bind: str | None = "web", **attributes: Any
    ) -> UUID:
        """Adds a student; bound to the chat '<channel>-<name>' unless `bind` is None."""
        async with self.database.begin() as session:
            number = f"2020{len(self.students):06}"
            new = await roll.add_student(
                session,
                school_id=self.school_id,
                class_id=self.classes[class_name],
                number=number,
                name=name,
                position=len(self.students),
                attributes=attributes,
            )
        self.students[name] = new
        if bind:
            await self.bind(name, bind)
        return new

    async def bind(self, name: str, channel: str = "web", *, at: datetime | None = None) -> None:
        """Binds a chat to a student."""
        at = at or datetime.fromisoformat("2023-05-01T12:00:00+08:00")
        async with self.database.begin() as session:
            session.add(
                Binding(
                    id=uuid4(),
                    channel=channel,
                    chat=f"{channel}-{name}",
                    user=f"{channel}-{name}",
                    student_id=self.students[name],
                    bound_at=at,
                    approved_at=at,
                )
            )

    async def item(self, key: str, due_on: date | None = None, *, status: str = "published", **more: Any) -> UUID:
        """Adds an item of everybody's, or as `more` says."""
        row = SimpleNamespace(**{"key": key, "title": f"事项 {key}", "due_on": due_on, **more})
        async with self.database.begin() as session:
            saved = await save_items(session, self.school_id, COHORT, [row], None, status)
        self.items[key] = (saved.new + saved.changed)[0]
        return self.items[key]

    async def counselor(self, class_name: str = "会计1班") -> Actor:
        """The counselor of a class."""
        return await self._actor(self.counselors[class_name])

    async def office_actor(self) -> Actor:
        """The school's office."""
        return await self._actor(self.office)

    async def student_actor(self, name: str) -> Actor:
        """A student."""
        async with self.database.read() as session:
            actor = await people.student_actor(session, self.students[name])
        assert actor is not None
        return actor

    async def _actor(self, staff_id: UUID) -> Actor:
        async with self.database.read() as session:
            actor = await people.staff_actor(session, staff_id)
        assert actor is not None
        return actor


async def build(database: Database) -> Campus:
    """The school, without students and items."""
    async with database.begin() as session:
        school = await roll.add_school(session, f"云溪职业学院 {uuid4().hex[:6]}")
        classes = {
            name: await roll.add_class(
                session, school_id=school, cohort=COHORT, college=college, name=name, campus=campus, position=place
            )
            for place, (name, college, campus) in enumerate(
                [("会计1班", "会计学院", "东校区"), ("护理2班", "护理学院", "西校区")]
            )
        }
        counselors = {
            name: await roll.add_staff(
                session, school_id=school, name=teacher, number=number, class_ids=[classes[name]]
            )
            for name, teacher, number in [("会计1班", "周老师", "T001"), ("护理2班", "吴老师", "T002")]
        }
        office = await roll.add_staff(session, school_id=school, name="学工处", number="T100", role="office")
    return Campus(database, school, classes, counselors, office)


def at(hour: int, minute: int = 0, day: date = date(2023, 6, 7)) -> datetime:
    """A time of day in school time."""
    return start_of(day, time(hour, minute))
