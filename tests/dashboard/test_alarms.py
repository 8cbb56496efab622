"""The alarms page over canned answers, and what people do with alarms on a real store."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.desk import Drawn, drawn
from dashboard.exports.files import csv_lines
from dashboard.keeping import keep_note, said
from dashboard.pages import alarms
from dashboard.read import StoreRead
from db.clock import utc_now
from db.desk.entry import NotAccepted
from db.errors import RacklineError
from db.queries.alarms import alarms as alarms_of
from db.queries.notes import notes as notes_of
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.store import open_store
from tests.dashboard import unit_shapes
from tests.dashboard.fakes import FakeRead
from tests.dashboard.first_pass import HOSTILE, explanation
from tests.dashboard.test_shortages import panel, text_of
from tests.db.queries.yield_world import YieldWorld


@pytest.fixture
def read() -> FakeRead:
    read = FakeRead()
    read.answers |= unit_shapes.answers()
    return read


async def page(read: FakeRead, search: str = "") -> Drawn:
    return await drawn(alarms.DESK, read, EVERY_PLANT, search, names={}, theme="dark")


def store(found: Drawn, id: str) -> Any:
    [data] = [it.data for it in found.content if getattr(it, "id", "") == id]
    return data


async def test_figures_count_what_needs_somebody(read: FakeRead) -> None:
    strip = text_of((await page(read)).content[0])
    assert "Open alarms 1 nobody" in strip
    assert "Taken on 1 15 fails above expected" in strip
    assert "Muted 1" in strip
    assert "Notes to do 2 1 overdue" in strip


async def test_open_alarms_come_before_muted_ones_and_closed_are_asked_for(read: FakeRead) -> None:
    rows = panel(await page(read), "Alarms").partition(" Who ")[2]
    assert rows.index("open") < rows.index("taken on") < rows.index("muted")
    assert "closed" not in rows
    assert "16 of 144 5.5 96.2% → 88.9%" in rows
    assert "closed" in panel(await page(read, "?state=closed"), "Alarms 1 alarm")
    assert "Alarms 4 alarms" in text_of((await page(read, "?state=all")).content)
    assert "Alarms 1 alarm" in text_of((await page(read, "?line=T2")).content)


async def test_the_alarm_of_the_address_is_looked_at(read: FakeRead) -> None:
    found = await page(read)
    assert store(found, "alarms-later")["key"] == "mp-12"
    assert "moved" in panel(found, "Mount Pleasant L1 LEAK")
    chosen = await page(read, "?alarm=mp-15&state=all")
    assert store(chosen, "alarms-target")["chosen"] == "mp-15"
    assert "by Ben: tester" in panel(chosen, "Mount Pleasant L1 LEAK")
    lost = await page(read, "?alarm=mp-99")
    assert lost.notices == ["Alarm “mp-99” is not among those of these plants."]


async def test_without_alarms_a_sentence_says_so(read: FakeRead) -> None:
    text = text_of((await page(read, "?plant=oh")).content)
    assert "No drop stands here" in text
    assert "What it follows" not in text


async def test_notes_to_do_name_owner_and_day_and_end_with_a_button(read: FakeRead) -> None:
    text = text_of((await page(read)).content)
    todo = text[text.index("To do overdue first") :]
    assert todo.index("overdue Bench 2") < todo.index("about lot")
    assert "to do by J. Ortiz until Fri Nov 20" in todo
    assert todo.count("Done") == 2


async def test_hostile_text_is_text(read: FakeRead) -> None:
    text = text_of((await page(read, "?state=all&alarm=mp-12")).content)
    assert text.count(HOSTILE) >= 3


async def test_the_explanation_is_asked_around_the_time_it_began(read: FakeRead) -> None:
    asked: list[Any] = []

    def answer(scope: Scope, filter: Any) -> Any:
        asked.append(filter)
        return explanation()

    read.answers["why_it_fails"] = answer
    text = text_of(await alarms.explained(read, EVERY_PLANT, "mp-12"))
    assert text.startswith("What it follows")
    assert "likely" in text
    assert "Carried by 23 racks in process, 14 shipped: list them" in text
    [one] = asked
    assert (one.plant, one.operation, one.line) == ("mp", "LEAK", "L1")
    assert one.since_on < utc_now().date() - timedelta(days=4)
    assert one.until_on <= utc_now().date()
    gone = text_of(await alarms.explained(read, EVERY_PLANT, "mp-99"))
    assert "not there any more" in gone


async def test_alarms_history_and_notes_are_exported(read: FakeRead) -> None:
    export = alarms.PAGE.tables
    assert export is not None
    report = await export(read, EVERY_PLANT, {}, "state=all")
    assert [len(it.rows) for it in report.tables] == [4, 2, 2]
    for it in report.tables:
        assert all(len(row) == len(it.columns) for row in it.rows), it.title
    text = "".join(csv_lines(report))
    assert "State,All" in text
    assert "16 of 144 failed" in text


def given(about: str = "mp-1", **fields: str) -> dict[str, str]:
    whole = {
        "about": about, "hours": "8", "note-text": "", "note-author": "Ana", "note-owner": "",
        "note-due": "",
    }  # fmt: skip
    return whole | {name.replace("_", "-"): value for name, value in fields.items()}


async def test_a_button_without_an_alarm_is_refused(read: FakeRead) -> None:
    with pytest.raises(NotAccepted, match="choose one above"):
        await alarms.act(read, EVERY_PLANT, "take", given(""))
    assert read.written == []


@pytest.fixture
def desk(engine: Engine, database_url: str) -> Iterator[StoreRead]:
    """A real store with one open alarm, alarm 1 of Mount Pleasant."""
    world = YieldWorld(engine)
    world.alarm(utc_now() - timedelta(hours=30))
    store = open_store(database_url)
    read = StoreRead(store, database_url)
    yield read
    store.close()
    read._desk.close()


async def alarm(desk: StoreRead) -> Any:
    [found] = (await desk.ask(alarms_of, EVERY_PLANT, "mp"))["alarms"]
    return found


async def test_an_alarm_is_taken_on_muted_closed_and_opened_again(desk: StoreRead) -> None:
    assert await alarms.count_open(desk, EVERY_PLANT) == 1
    assert await alarms.act(desk, EVERY_PLANT, "take", given()) == "Taken on."
    assert (await alarm(desk))["acknowledged_by"] == "Ana"
    assert await alarms.count_open(desk, EVERY_PLANT) == 0
    await alarms.act(desk, EVERY_PLANT, "mute", given(hours="24"))
    assert (await alarm(desk))["is_muted"]
    await alarms.act(desk, EVERY_PLANT, "mute", given(hours="0"))
    assert not (await alarm(desk))["is_muted"]
    with pytest.raises(NotAccepted, match="reason: write what it is about"):
        await alarms.act(desk, EVERY_PLANT, "close", given())
    await alarms.act(desk, EVERY_PLANT, "close", given(note_text=HOSTILE))
    assert (await alarm(desk))["closed_reason"] == HOSTILE
    await alarms.act(desk, EVERY_PLANT, "reopen", given())
    assert (await alarm(desk))["state"] == "open"
    events = (await desk.ask(alarms_of, EVERY_PLANT, "mp"))["events"][1]
    kinds = [it["kind"] for it in events]
    assert kinds == ["acknowledged", "muted", "unmuted", "closed", "reopened"]


async def test_of_two_who_take_it_on_at_once_one_is_told_of_the_other(desk: StoreRead) -> None:
    tries = [
        alarms.act(desk, EVERY_PLANT, "take", given(note_author=who)) for who in ("Ana", "Ben")
    ]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(isinstance(it, RacklineError) for it in found) == [False, True]
    [refused] = [str(it) for it in found if isinstance(it, NotAccepted)]
    assert f"acknowledged by {(await alarm(desk))['acknowledged_by']} already" in refused


async def test_nobody_writes_beyond_their_scope(desk: StoreRead) -> None:
    other = Scope(frozenset({"oh"}))
    with pytest.raises(NotInScope):
        await alarms.act(desk, other, "take", given())
    with pytest.raises(NotInScope):
        await alarms.finished(desk, other, "mp-1", "Ana")
    about = {"plant": "mp", "subject": "rack", "key": "R1"}
    note = {"text": "x", "author": "Ana", "owner": "", "due": ""}
    with pytest.raises(NotInScope):
        await keep_note(desk, other, about, note)
    assert (await alarm(desk))["state"] == "open"


async def test_nameless_writers_are_told_to_say_who_they_are(desk: StoreRead) -> None:
    told, is_kept = await said("/alarms", alarms.act(desk, EVERY_PLANT, "take",
                                                     given(note_author=" ")))  # fmt: skip
    assert (told, is_kept) == ("not kept: by: who is it?", False)


async def test_a_note_is_kept_is_to_do_and_is_done(desk: StoreRead, engine: Engine) -> None:
    yesterday = (utc_now() - timedelta(days=2)).date().isoformat()
    fields = given(note_text="Swap the seal", note_owner="Ben", note_due=yesterday)
    told, is_kept = await said("/alarms", alarms.act(desk, EVERY_PLANT, "note", fields))
    assert (told, is_kept) == ("Kept.", True)
    [note] = (await alarm(desk))["notes"]
    assert (note["owner"], note["is_overdue"]) == ("Ben", True)
    assert await alarms.finished(desk, EVERY_PLANT, f"mp-{note['id']}", "Ben") == "Done."
    with Session(engine) as session:
        assert notes_of(session, EVERY_PLANT, "mp", is_open_only=True) == []
    with pytest.raises(NotAccepted, match="there is none called"):
        await alarms.finished(desk, EVERY_PLANT, "mp-x", "Ben")


async def test_a_note_on_a_rack_or_lot_names_what_is_missing(desk: StoreRead) -> None:
    about = {"plant": "mp", "subject": "lot", "key": "UQD-04/QD 1/2"}
    fields = {"text": "", "author": "", "owner": "", "due": "2026-11-30"}
    with pytest.raises(NotAccepted) as refused:
        await keep_note(desk, EVERY_PLANT, about, fields)
    assert {fault.partition(":")[0] for fault in refused.value.faults} == {
        "text", "author", "owner"
    }  # fmt: skip
    kept = await keep_note(desk, EVERY_PLANT, about, fields | {"text": "x", "author": "A",
                                                               "due": ""})  # fmt: skip
    assert kept == 1


def test_days_after_the_yield_was_back_explain_nothing() -> None:
    [known, *_] = unit_shapes.drops().found[0]["alarms"]
    utc = ZoneInfo("UTC")
    given = known | {"began_at": "2026-07-06T03:00:00Z"}
    since, until = alarms.looked_through(given, utc)
    assert (f"{since}", f"{until}") == ("2026-07-01", "2026-07-13")
    back = given | {"recovered_at": "2026-07-08T03:00:00Z"}
    assert f"{alarms.looked_through(back, ZoneInfo('America/Chicago'))[1]}" == "2026-07-07"


async def test_the_end_of_a_muting_is_told_by_the_plants_clock(read: FakeRead) -> None:
    muted = unit_shapes.event("muted", 1, "Ana", "until 2026-11-23T06:25+00:00")
    read.answers["drops"] = unit_shapes.drops(events={12: [muted]})
    text = panel(await page(read), "Mount Pleasant L1 LEAK")
    assert "by Ana until Mon Nov 23 00:25 CT" in text
