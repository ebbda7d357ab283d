"""The sample people: the same every time, and nobody real."""

from __future__ import annotations

from collections import Counter

from bot.sample.people import COUNSELORS, OFFICE, classes, graduates

YEAR = 2027


def test_three_colleges_six_classes_two_hundred_graduates() -> None:
    groups = classes(YEAR)
    students = graduates(groups, YEAR)
    assert len({group.college for group in groups}) == 3
    assert len(groups) == 6
    assert len(students) == sum(group.size for group in groups) == 200
    assert len(COUNSELORS) == 4
    assert {group.counselor for group in groups} == set(COUNSELORS)


def test_the_same_people_every_time() -> None:
    assert graduates(classes(YEAR), YEAR) == graduates(classes(YEAR), YEAR)


def test_numbers_and_names_occur_once() -> None:
    students = graduates(classes(YEAR), YEAR)
    assert max(Counter(student.number for student in students).values()) == 1
    assert max(Counter(student.name for student in students).values()) == 1


def test_rare_characters_are_among_them() -> None:
    names = {student.name for student in graduates(classes(YEAR), YEAR)}
    assert {"陈𠮷祥", "刘䶮"} <= names


def test_phones_belong_to_nobody() -> None:
    phones = [student.phone for student in graduates(classes(YEAR), YEAR)]
    assert all(phone.startswith("1390000") and len(phone) == 11 for phone in phones)
    assert all(person.phone.startswith("1380000000") for person in (*COUNSELORS, OFFICE))


def test_nobody_is_both_in_the_party_and_in_the_league() -> None:
    for student in graduates(classes(YEAR), YEAR):
        assert not (student.attributes["party_member"] and student.attributes["league_member"])


def test_every_attribute_has_someone_on_both_sides() -> None:
    students = graduates(classes(YEAR), YEAR)
    for name in ("party_member", "league_member", "loan", "owes_fees", "owes_damage", "dorm", "employed", "absent"):
        assert {student.attributes[name] for student in students} == {True, False}
