"""A record that is read again lands exactly as if it had come clean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from db.clock import frozen
from db.desk.entry import Desk, NotAccepted
from db.desk.quarantine import discard_held, request_replay
from db.domain.held_back import Group
from db.models import Quarantine, SourceRequest
from etl.connectors.base import RawBatch, Window
from etl.feeds.reject import payload_of, told_by
from etl.publish import publish
from etl.replay import replay
from etl.requests import do_requests
from etl.runner import Context, run_load
from tests.etl.plant import (
    NOW,
    STEP_COLUMNS,
    FakeConnector,
    plant_file,
    pull_of,
    remapped,
    step_record,
)
from tests.etl.test_runner import rows

WORDS = {"result": {"OK": "completed", "NG": "failed"}}
CODE = "mp.unit_step"
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**300), 2**300)
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.dates()
    | st.uuids()
    | st.binary(max_size=20)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=3)
)


@given(st.lists(values, min_size=1, max_size=5), st.sampled_from(["", "run7.csv"]))
def test_what_was_kept_of_a_record_is_what_its_source_said(row: list[Any], origin: str) -> None:
    columns = tuple(f"c{number}" for number in range(len(row)))
    told = told_by(payload_of(columns, tuple(row), origin))
    assert (told.columns, told.origin) == (columns, origin)
    assert told.row == tuple(row)
    assert list(map(type, told.row or ())) == list(map(type, row))


def test_a_record_with_too_many_or_too_few_fields_stays_one() -> None:
    for row in ((1, 2, 3), (1,)):
        told = told_by(payload_of(("a", "b"), row))
        assert (told.columns, told.row) == (("a", "b"), row)


def test_a_record_that_was_cut_is_not_read_again() -> None:
    assert told_by(payload_of(("a",), ("x" * 100_001,))).row is None


raws = st.fixed_dictionaries(
    {
        "id": st.integers(1, 5),
        "sn": st.sampled_from(["R1", " R2 ", "Ré", "e\u0301"]),
        "result": st.sampled_from(["OK", "NG", "ok"]),
        "station": st.just("F_01"),
        "began": st.sampled_from(["2026-11-10 11:00:00", datetime(2026, 11, 10, 17, tzinfo=UTC)]),
        "ended": st.sampled_from([None, "", "2026-11-10T18:00:00Z", "2026-11-10 11:30:00.250"]),
        "edited": st.sampled_from([None, "2026-11-10 11:40:00"]),
    }
)


@given(st.lists(raws, min_size=1, max_size=6, unique_by=lambda raw: raw["id"]))
def test_rows_read_again_are_the_rows_of_a_source_that_was_mapped_right(
    records: list[dict[str, Any]],
) -> None:
    """Every value of every column, for records of any kind; the wrong map knows no words."""
    right = pull_of(FakeConnector(), words=WORDS, zone="America/Chicago").feed
    wrong = pull_of(FakeConnector(), zone="America/Chicago").feed
    received, now = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    told = [tuple(record[name] for name in STEP_COLUMNS) for record in records]
    raw = RawBatch(STEP_COLUMNS, told, NOW, received)
    held = wrong.parse(raw, now=now).rejections
    assert len(held) == len(records)
    again = [told_by(one.payload).row for one in held]
    assert {one.received_at for one in held} == {received}
    later = replace(raw, rows=again, source_clock_at=now)
    assert list(right.parse(later, now=now).rows) == list(right.parse(raw, now=now).rows)


@pytest.fixture
def store(engine: Engine) -> Engine:
    publish(engine, [plant_file()])
    return engine


def held_records(engine: Engine) -> list[Quarantine]:
    with Session(engine) as session:
        return list(session.exec(select(Quarantine).order_by(Quarantine.record_key)))


RECORDS = [
    step_record(1, result="OK"),
    step_record(2, result="NG"),
    step_record(3, result="??"),
    step_record(4),
]
TABLE = "SELECT source_key, serial, result, changed_at, content_hash FROM unit_step ORDER BY 1"


def loaded(engine: Engine, at: datetime = NOW + timedelta(minutes=1), **source: Any) -> Context:
    """The records, loaded by a map with these words."""
    context = Context(engine)
    with frozen(at):
        run_load(context, pull_of(FakeConnector(records=RECORDS), **source), "poll", Window())
    return context


def test_a_mended_map_lands_what_waited_and_says_what_still_waits(store: Engine) -> None:
    context = loaded(store)
    mended = pull_of(FakeConnector(), words=WORDS)
    with frozen(NOW + timedelta(hours=1)):
        done = replay(context, mended)
    assert done.sentence() == "2 of 3 records landed; still held: 1 unknown word"
    assert [one.record_key for one in held_records(store) if one.released_at is None] == ["3"]
    assert len(rows(store, TABLE)) == 3
    hours = rows(store, "SELECT sum(completed_count) FROM hour_output")
    assert hours == [(2,)]


def test_the_table_is_what_it_would_be_had_all_come_clean(store: Engine) -> None:
    context = loaded(store)
    with frozen(NOW + timedelta(hours=1)):
        replay(context, pull_of(FakeConnector(), words=WORDS))
    landed = rows(store, TABLE)
    with store.begin() as connection:
        for table in ("unit_step", "hour_output", "day_output", "unit_operation", "quarantine"):
            connection.execute(text(f"DELETE FROM {table}"))
    loaded(store, words=WORDS | {"result": WORDS["result"] | {"completed": "completed"}})
    assert landed[:2] == rows(store, TABLE)[:2]


def test_only_the_named_reason_and_field_are_read_again(store: Engine) -> None:
    context = loaded(store)
    mended = pull_of(FakeConnector(), words=WORDS)
    with frozen(NOW + timedelta(hours=1)):
        assert replay(context, mended, "bad_time").waiting_count == 0
        assert replay(context, mended, "unknown_word", "station").waiting_count == 0
        assert replay(context, mended, "unknown_word", "result").landed_count == 2


def test_a_record_known_by_its_payload_is_released_when_it_lands_under_its_key(
    store: Engine,
) -> None:
    context = Context(store)
    source = FakeConnector(records=[step_record(1, id="7", sn="\n")])
    with frozen(NOW + timedelta(minutes=1)):
        run_load(context, pull_of(source), "poll", Window())
        wrong = replace(source, records=[step_record(1, id="\x00")])
        run_load(context, pull_of(wrong), "poll", Window())
    (held, *_) = [one for one in held_records(store) if one.record_key.startswith("#")]
    mended = remapped(pull_of(FakeConnector()), source_key="sn")
    with frozen(NOW + timedelta(hours=1)):
        assert replay(context, mended, held.reason, held.field).landed_count == 1
    (now,) = [one for one in held_records(store) if one.record_key == held.record_key]
    assert now.released_at is not None


def test_records_without_a_column_the_map_names_now_stay_and_are_told(store: Engine) -> None:
    context = loaded(store)
    mended = remapped(pull_of(FakeConnector(), words=WORDS), slot="position")
    with frozen(NOW + timedelta(hours=1)):
        done = replay(context, mended)
    assert "3 lack the columns position that the map names now" in done.sentence()
    assert (done.landed_count, len(rows(store, TABLE))) == (0, 1)


def test_what_was_set_aside_for_good_stays_whole_and_waits_again_when_it_changes(
    store: Engine,
) -> None:
    context = loaded(store)
    desk, group = Desk(store), Group(CODE, "unknown_word", "result")
    assert desk.write(discard_held, "mp", group, "Ana", "test units") == "3 set aside for good."
    with pytest.raises(NotAccepted, match=r"nothing of mp\.unit_step waits"):
        desk.write(discard_held, "mp", group, "Ana", "test units")
    again = loaded(store)
    assert again is not context
    first = held_records(store)[0]
    assert (first.discarded_by, first.discarded_reason) == ("Ana", "test units")
    assert first.released_at is not None
    assert json.loads(first.payload)["result"] == "OK"
    with frozen(NOW + timedelta(hours=2)):
        source = FakeConnector(records=[step_record(1, result="??")])
        run_load(Context(store), pull_of(source), "poll", Window())
    first = held_records(store)[0]
    assert (first.released_at, first.discarded_by, first.seen_count) == (None, "", 2)


@contextmanager
def asked(store: Engine) -> Iterator[Context]:
    context = loaded(store)
    Desk(store).write(request_replay, "mp", Group(CODE, "unknown_word", "result"), "Ana")
    with frozen(NOW + timedelta(hours=1)):
        yield context


def request(store: Engine) -> SourceRequest:
    with Session(store) as session:
        return session.exec(select(SourceRequest)).one()


def test_a_replay_asked_for_on_a_page_is_done_by_the_plant_file_of_now(store: Engine) -> None:
    with asked(store) as context:
        mended = plant_file(words=WORDS)
        assert do_requests(context, "mp", lambda: mended) == 1
        assert do_requests(context, "mp", lambda: mended) == 0
    done = request(store)
    assert done.message == "2 of 3 records landed; still held: 1 unknown word"
    assert done.is_done_well
    assert len(rows(store, TABLE)) == 3


def test_a_request_that_cannot_be_done_says_why(store: Engine) -> None:
    with asked(store) as context:
        do_requests(context, "mp", lambda: plant_file(is_enabled=False))
    done = request(store)
    assert (done.is_done_well, done.message) == (
        False, "mp.unit_step is no enabled source of the plant's file",
    )  # fmt: skip


def test_the_kinds_that_are_told_apart() -> None:
    """One of each, so that a kind left out of the table is noticed."""
    row = (2**300, 1.5, Decimal("1.50"), NOW, date(2026, 1, 1), UUID(int=7), b"\x00", {"a": [1]})
    columns = tuple("abcdefgh")
    assert told_by(payload_of(columns, row)).row == row
