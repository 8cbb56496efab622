"""Publishing a plant's master data: all of it, once, and only what differs."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.ingest.loads import note_failure
from db.ingest.reference import publish_plant
from db.models import Line, PlantVersion, Product, ShiftInstance, Source
from tests.db.ingest.test_loads import a_plant, a_source


def version(engine: Engine) -> int:
    with Session(engine) as session:
        return session.exec(select(PlantVersion)).one().version


def a_line(code: str, name: str = "Line", plant: str = "mp") -> Line:
    return Line(plant=plant, code=code, name=name, kind="rack")


def a_shift(on: date) -> ShiftInstance:
    start = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    end = start.replace(hour=23)
    return ShiftInstance(
        plant="mp", business_on=on, shift="day", name="Day", start_at=start, end_at=end,
        planned_minutes=600,
    )  # fmt: skip


def test_publishing_the_same_again_changes_nothing(engine: Engine) -> None:
    shift = a_shift(date(2026, 11, 10))
    product = Product(code="N", revision="A", name="N", valid_from_on=date(2026, 1, 1))
    for _ in range(2):
        publish_plant(engine, [a_plant(), a_line("A"), shift, product], [a_source()])
    assert version(engine) == 1


def test_a_changed_name_is_published_and_told_to_the_screens(engine: Engine) -> None:
    publish_plant(engine, [a_plant(), a_line("A")], [])
    publish_plant(engine, [a_plant(), a_line("A", "Line Alpha")], [])
    with Session(engine) as session:
        assert session.exec(select(Line)).one().name == "Line Alpha"
    assert version(engine) == 2


def test_a_line_taken_out_of_the_file_goes_but_past_shifts_stay(engine: Engine) -> None:
    days = [date(2026, 11, 10), date(2026, 11, 11)]
    publish_plant(engine, [a_plant(), a_line("A"), a_line("B"), a_shift(days[0])], [])
    publish_plant(engine, [a_plant(), a_line("B"), a_shift(days[1])], [])
    with Session(engine) as session:
        assert [line.code for line in session.exec(select(Line))] == ["B"]
        assert {shift.business_on for shift in session.exec(select(ShiftInstance))} == set(days)


def test_another_plants_lines_are_left_alone(engine: Engine) -> None:
    publish_plant(engine, [a_plant(), a_line("A")], [])
    publish_plant(engine, [a_plant(code="oh"), a_line("A", plant="oh")], [])
    with Session(engine) as session:
        assert {line.plant for line in session.exec(select(Line))} == {"mp", "oh"}


def test_a_source_keeps_how_it_is_doing_and_is_disabled_when_dropped(engine: Engine) -> None:
    publish_plant(engine, [a_plant()], [a_source()])
    note_failure(engine, "mp.unit_step", "retrying", "refused")
    publish_plant(engine, [a_plant()], [a_source(interval_seconds=60)])
    with Session(engine) as session:
        source = session.exec(select(Source)).one()
    assert (source.state, source.failure_count, source.interval_seconds) == ("retrying", 1, 60)
    publish_plant(engine, [a_plant()], [])
    with Session(engine) as session:
        assert not session.exec(select(Source)).one().is_enabled


def test_two_plants_at_once_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"one plant is published at a time, got \['mp', 'oh'\]"):
        publish_plant(engine, [a_plant(), a_line("A", plant="oh")], [])
