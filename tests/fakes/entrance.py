"""Two classes whose people hold codes and stand before the door: binding and second chats are tried here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from handlers.approval import approval
from handlers.identity import identity
from handlers.messages import Reply
from storage import codes, people
from storage.bindings import Owner
from storage.database import Database
from storage.people import Place
from tests.fakes.parlour import Parlour


@dataclass
class Scene:
    """Two classes with a counselor each, an office, and codes in everybody's hand."""

    parlour: Parlour
    database: Database
    ids: dict[str, UUID]
    codes: dict[str, str]

    async def code(self, name: str) -> str:
        """A fresh code for a student."""
        async with self.database.begin() as session:
            return await codes.issue(session, Owner(student_id=self.ids[name]), self.parlour.now, None)

    async def bind_staff(self, name: str, user: str) -> Reply:
        """Binds a member of staff with a fresh code."""
        async with self.database.begin() as session:
            code = await codes.issue(session, Owner(staff_id=self.ids[name]), self.parlour.now, None)
        return await self.parlour.tell(user, f"绑定 {name} 某老师 {code}")

    async def who(self, user: str, channel: str = "web") -> UUID | None:
        """Whom this chat speaks for."""
        async with self.database.read() as session:
            actor = await people.actor_of(session, Place(channel, user, user))
            return actor.id if actor else None


async def at_the_door(database: Database, now: datetime, folder: Path) -> Scene:
    """The scene, with nobody bound."""
    parlour = Parlour(database, (identity, approval), folder / "files", now)
    scene = Scene(parlour, database, {}, {})
    async with database.begin() as session:
        school = await people.add_school(session, "江北学院")
        for number in (1, 2):
            group = await people.add_class(
                session, school_id=school, cohort="2023届", college="会计学院", name=f"会计{number}班"
            )
            scene.ids[f"T00{number}"] = await people.add_staff(
                session, school_id=school, number=f"T00{number}", name="某老师", class_ids=[group]
            )
            for name, digits in (("张三", "01"), ("李四", "02")):
                key = f"{name}{number}"
                scene.ids[key] = await people.add_student(
                    session, school_id=school, class_id=group, number=f"20230{number}{digits}", name=name
                )
                scene.codes[key] = await codes.issue(session, Owner(student_id=scene.ids[key]), now, None)
        scene.ids["B001"] = await people.add_staff(
            session, school_id=school, number="B001", name="某老师", role="office"
        )
    return scene
