"""People's entries: kept whole, validated, safe for two at once, and the screens are woken."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen, utc_now
from db.desk.alarms import acknowledge_alarm, close_alarm, mute_alarm, reopen_alarm
from db.desk.entry import Desk, NotAccepted
from db.desk.limits import freeze_limits
from db.desk.notes import finish_note, write_note
from db.domain.spc.lines import Kind, Parameters
from db.models import Alarm, AlarmEvent, FrozenLimit, Note, PlantVersion
from tests.db.queries.world import AT, World, ct

GIVEN = Parameters(Kind.P, 0.04, 1.0, "pooled")


def an_alarm(**given: Any) -> Alarm:
    values = {
        "plant": "mp", "line": "L1", "operation": "LEAK", "began_at": ct(6), "began_from_at": ct(5),
        "began_to_at": ct(7), "detected_at": ct(10), "found_at": ct(10), "units": 40, "fails": 9,
        "expected_fails": 1.6, "detector_version": "1",
    }  # fmt: skip
    return Alarm(**(values | given))


@pytest.fixture
def desk(engine: Engine) -> Desk:
    World(engine).add(an_alarm(id=1))
    return Desk(engine)


def held(engine: Engine, model: Any) -> Any:
    with Session(engine) as session:
        return session.exec(select(model)).all()


def test_an_alarm_is_taken_closed_and_opened_again_with_its_history(
    desk: Desk, engine: Engine
) -> None:
    desk.write(acknowledge_alarm, "mp", 1, " Ana ")
    desk.write(close_alarm, "mp", 1, "Ben", "seal batch sent back")
    desk.write(reopen_alarm, "mp", 1, "Cho")
    (alarm,) = held(engine, Alarm)
    assert (alarm.state, alarm.acknowledged_by, alarm.closed_reason) == ("open", "", "")
    told = [(event.by, event.kind, event.text) for event in held(engine, AlarmEvent)]
    assert told == [
        ("Ana", "acknowledged", ""),
        ("Ben", "closed", "seal batch sent back"),
        ("Cho", "reopened", ""),
    ]
    assert [version.version for version in held(engine, PlantVersion)] == [3]


def test_what_cannot_be_is_refused_and_leaves_nothing(desk: Desk, engine: Engine) -> None:
    desk.write(acknowledge_alarm, "mp", 1, "Ana")
    desk.write(acknowledge_alarm, "mp", 1, "Ana")
    for fn, given in (
        (acknowledge_alarm, ("mp", 1, "Ben")),
        (acknowledge_alarm, ("oh", 1, "Ben")),
        (reopen_alarm, ("mp", 1, "Ben")),
        (close_alarm, ("mp", 1, "Ben", "  ")),
        (close_alarm, ("mp", 1, "", "found")),
        (mute_alarm, ("mp", 1, "Ben", utc_now() + timedelta(days=40))),
    ):
        with pytest.raises(NotAccepted):
            desk.write(fn, *given)  # type: ignore[arg-type]
    assert len(held(engine, AlarmEvent)) == 1


def test_of_two_who_take_an_alarm_at_once_one_has_it(desk: Desk, engine: Engine) -> None:
    refused: list[str] = []

    def take(who: str) -> None:
        try:
            desk.write(acknowledge_alarm, "mp", 1, who)
        except NotAccepted as error:
            refused.append(str(error))

    threads = [threading.Thread(target=take, args=(who,)) for who in ("Ana", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(held(engine, AlarmEvent)) == 1


def test_muting_ends_by_itself_or_by_hand(desk: Desk, engine: Engine) -> None:
    with frozen(AT):
        desk.write(mute_alarm, "mp", 1, "Ana", AT + timedelta(hours=8))
        desk.write(mute_alarm, "mp", 1, "Ben", AT)
    assert [event.kind for event in held(engine, AlarmEvent)] == ["muted", "unmuted"]


def test_a_note_has_author_owner_and_due_date(desk: Desk, engine: Engine) -> None:
    note_id = desk.write(
        write_note, "mp", "lot", "UQD-04/QD26", text="hold it", author="Ana", owner="Ben",
        due_on=AT.date(),
    )  # fmt: skip
    desk.write(finish_note, "mp", note_id, "Ben")
    desk.write(finish_note, "mp", note_id, "Cho")
    (note,) = held(engine, Note)
    assert (note.author, note.owner, note.due_on, note.done_by) == ("Ana", "Ben", AT.date(), "Ben")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"subject": "moon"}, "subject"),
        ({"subject_key": "UQD"}, "subject_key"),
        ({"text": " "}, "text"),
        ({"text": "a\x1b[31mb"}, "control"),
        ({"text": "x" * 2001}, "at most 2000"),
        ({"author": ""}, "author"),
        ({"author": "a\nb"}, "one line"),
        ({"due_on": AT.date()}, "owner"),
        ({"subject": "drop", "subject_key": "99"}, "no alarm 99"),
        ({"plant": "zz"}, "no plant"),
    ],
)
def test_a_note_that_cannot_be_kept_says_why(
    desk: Desk, engine: Engine, given: dict[str, Any], fault: str
) -> None:
    whole = {
        "plant": "mp", "subject": "lot", "subject_key": "UQD-04/QD26", "text": "<b>hold</b>",
        "author": "Ana",
    } | given  # fmt: skip
    with pytest.raises(NotAccepted, match=fault):
        desk.write(write_note, **whole)
    assert held(engine, Note) == []


def test_limits_are_followed_by_the_next_version_never_changed(desk: Desk, engine: Engine) -> None:
    window = {"baseline": (ct(0), ct(6)), "baseline_count": 120, "by": "Ana"}
    with frozen(AT):
        assert desk.write(freeze_limits, "mp", "LEAK", GIVEN, reason="first", **window) == 1
        assert desk.write(freeze_limits, "mp", "LEAK", GIVEN, reason="new seal", **window) == 2
        assert desk.write(freeze_limits, "mp", "LINK", GIVEN, reason="first", **window) == 1
        with pytest.raises(NotAccepted, match="must begin before"):
            desk.write(
                freeze_limits, "mp", "LEAK", GIVEN, reason="x",
                **(window | {"baseline": (ct(6), ct(6))}),
            )  # fmt: skip
    reasons = [(one.version, one.reason) for one in held(engine, FrozenLimit)]
    assert reasons == [(1, "first"), (2, "new seal"), (1, "first")]
