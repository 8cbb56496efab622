"""Births, aliases, numbers in order, deaths, history and nulls, after Sparkplug 3.0."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etl.connectors.sparkplug_host import Host
from tests.etl.connectors.sparkplug import payload

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NODE, DEVICE = "spBv1.0/plant/{}/edge1", "spBv1.0/plant/{}/edge1/tester1"
BIRTH = [
    {"name": "Unit/Serial", "alias": 1, "value": "R0"},
    {"name": "Unit/Result", "alias": 2, "value": "none"},
    {"name": "Unit/Count", "alias": 3, "value": 0},
]


def host(kept: Any = None) -> Host:
    return Host("Unit/Result", ("Unit/Serial", "Unit/Result", "Unit/Count"), kept or {})


def born(bd_seq: int = 7) -> Host:
    made = host()
    made.take(NODE.format("NBIRTH"), payload(0, [{"name": "bdSeq", "value": bd_seq}], NOON), NOON)
    made.take(DEVICE.format("DBIRTH"), payload(1, BIRTH, NOON), NOON)
    return made


def said(made: Host, kind: str, seq: int | None, *metrics: Any, topic: str = DEVICE) -> list[Any]:
    body = payload(seq, metrics, NOON + timedelta(seconds=seq or 0))
    return [one.record for one in made.take(topic.format(kind), body, NOON)]


def values(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(record.get(f"Unit/{name}") for name in ("Serial", "Result", "Count"))


def test_a_record_has_the_last_known_values_and_comes_with_its_own_metric_alone() -> None:
    made = born()
    assert said(made, "DDATA", 2, {"alias": 1, "value": "R1"}) == []
    (record,) = said(made, "DDATA", 3, {"alias": 2, "value": "PASS"}, {"alias": 3, "value": -5})
    assert values(record) == ("R1", "PASS", -5)
    assert (record["_group"], record["_node"], record["_device"]) == ("plant", "edge1", "tester1")
    assert record["_at"] == "2026-07-01T12:00:03.000Z"
    assert made.cautions() == []


def test_null_is_a_value_of_its_own_and_a_time_an_instant() -> None:
    made = born()
    (record,) = said(made, "DDATA", 2, {"alias": 1}, {"alias": 2, "value": NOON})
    assert values(record) == (None, "2026-07-01T12:00:00.000Z", 0)


def test_history_stands_for_itself_and_overwrites_nothing() -> None:
    made = born()
    old = {"at": NOON - timedelta(hours=1), "is_historical": True}
    older = {"at": NOON - timedelta(hours=2), "is_historical": True}
    records = said(
        made,
        "DDATA",
        2,
        {"alias": 1, "value": "R8"} | older,
        {"alias": 2, "value": "FAIL"} | older,
        {"alias": 2, "value": "PASS"} | old,
    )
    assert [values(record) for record in records] == [("R8", "FAIL", None), (None, "PASS", None)]
    assert all(record["_is_historical"] for record in records)
    (record,) = said(made, "DDATA", 3, {"alias": 2, "value": "PASS"})
    assert values(record) == ("R0", "PASS", 0)


@pytest.mark.parametrize(("seq", "missed"), [(2, 0), (3, 1), (9, 7), (1, 255)])
def test_a_gap_is_counted_and_told_until_the_next_birth(seq: int, missed: int) -> None:
    made = born()
    said(made, "DDATA", seq, {"alias": 2, "value": "PASS"})
    told = f"edge node plant/edge1: {missed} messages missed since 2026-07-01T12:00:00.000Z"
    assert [one.startswith(told) for one in made.cautions()] == [True] * bool(missed)
    said(made, "DDATA", (seq + 1) % 256, {"alias": 2, "value": "PASS"})
    assert made.nodes["plant/edge1"].missed_count == missed
    said(made, "NBIRTH", 200, {"name": "bdSeq", "value": 8}, topic=NODE)
    assert made.cautions() == []


def test_numbers_go_round_at_256() -> None:
    made = born()
    for seq in [*range(2, 256), 0, 1]:
        said(made, "DDATA", seq, {"alias": 1, "value": "R1"})
    assert made.cautions() == []


def test_an_alias_of_an_earlier_birth_means_nothing_any_more() -> None:
    made = born()
    said(made, "NBIRTH", 0, {"name": "bdSeq", "value": 8}, topic=NODE)
    (record,) = said(made, "DDATA", 1, {"alias": 2, "value": "PASS"})
    assert record["_fault"] == "alias 2 told by a birth"
    assert "PASS" in record["_raw"]


def test_the_death_of_a_node_is_that_of_its_devices_unless_it_is_of_an_earlier_session() -> None:
    made = born(bd_seq=7)
    assert said(made, "NDEATH", None, {"name": "bdSeq", "value": 6}, topic=NODE) == []
    assert made.nodes["plant/edge1"].devices["tester1"].is_online
    (record,) = said(made, "NDEATH", None, {"name": "bdSeq", "value": 7}, topic=NODE)
    assert record["_is_online"] is False
    assert not made.nodes["plant/edge1"].devices["tester1"].is_online
    made = born()
    (record,) = said(made, "DDEATH", 2)
    assert (record["_at"], record["_is_online"]) == ("2026-07-01T12:00:02.000Z", False)


def test_what_is_remembered_over_a_restart_goes_on_where_it_stood() -> None:
    made = host(json.loads(json.dumps(born().state())))
    (record,) = said(made, "DDATA", 2, {"alias": 2, "value": "PASS"})
    assert values(record) == ("R0", "PASS", 0)
    assert made.cautions() == []


def test_data_without_any_birth_are_told_to_be_uncertain() -> None:
    made = host()
    (record,) = said(made, "DDATA", 9, {"name": "Unit/Result", "value": "PASS"})
    assert record["Unit/Result"] == "PASS"
    assert len(made.cautions()) == 1


def test_an_older_value_does_not_take_the_place_of_a_newer_one() -> None:
    made = born()
    said(made, "DDATA", 2, {"alias": 1, "value": "R2", "at": NOON + timedelta(minutes=2)})
    said(made, "DDATA", 3, {"alias": 1, "value": "R1", "at": NOON + timedelta(minutes=1)})
    (record,) = said(made, "DDATA", 4, {"alias": 2, "value": "PASS"})
    assert values(record) == ("R2", "PASS", 0)


def test_bytes_that_are_no_payload_are_kept_and_other_topics_left_alone() -> None:
    made = born()
    (one,) = made.take(DEVICE.format("DDATA"), b"\xff\xff\xff", NOON)
    assert one.record["_fault"].startswith("a Sparkplug B payload")
    assert one.record["_raw"] == "ffffff"
    for topic in ("spBv1.0/STATE/scada", DEVICE.format("DCMD"), "other/plant/DDATA/edge1", "x"):
        assert made.take(topic, payload(1, []), NOON) == []


def test_the_same_message_has_the_same_key_however_often_it_comes() -> None:
    body = payload(2, [{"alias": 2, "value": "PASS"}], NOON)
    (first,), (second,) = (born().take(DEVICE.format("DDATA"), body, NOON) for _ in range(2))
    assert first.key == second.key


def test_a_metric_that_no_birth_tells_is_missing() -> None:
    assert host().missing() == []
    assert Host("Unit/Result", ("Unit/Result", "Unit/Lot"), born().state()).missing() == [
        "Unit/Lot"
    ]
