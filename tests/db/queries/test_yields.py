"""The yield page and its explanation, on small plants and on none at all."""

from datetime import date, timedelta
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.domain.yields import yield_counts
from db.ingest.factors import follow_factors
from db.models import Note, TestRun
from db.queries.alarm_shapes import AlarmShape
from db.queries.alarms import alarms
from db.queries.attribution import explanation
from db.queries.notes import notes
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.yield_shapes import (
    ExplanationShape,
    Grain,
    OtherYieldsShape,
    YieldFilter,
    YieldShape,
)
from db.queries.yield_window import CannotAsk
from db.queries.yields import yield_page
from tests.db.queries.world import AT, MONDAY, ct
from tests.db.queries.yield_world import HOUR, YieldWorld

LEAK = YieldFilter("mp", operation="LEAK", since_on=MONDAY - timedelta(days=1))


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    here = YieldWorld(engine)
    here.shifts()
    return here


def page(here: YieldWorld, asked: YieldFilter = LEAK, scope: Scope = EVERY_PLANT) -> YieldShape:
    with Session(here.engine) as session:
        return yield_page(session, scope, asked, AT)


def why(here: YieldWorld, asked: YieldFilter = LEAK) -> ExplanationShape:
    follow_factors(here.engine, here.code)
    with Session(here.engine) as session:
        return explanation(session, EVERY_PLANT, asked, AT)


def some_runs(here: YieldWorld) -> None:
    """R0 to R9 at six in the morning and later; R3 and R6 fail first, R3 passes then."""
    here.tested(
        *(
            here.ran(f"R{n}", ct(6 + n % 8, n), "failed" if n in (3, 6) else "passed")
            for n in range(10)
        ),
        here.ran("R2", ct(7, 0), "aborted"),
        here.ran("R3", ct(12, 30), "passed"),
    )


def test_every_count_is_that_of_the_definition_over_raw_runs(plant: YieldWorld) -> None:
    some_runs(plant)
    with Session(plant.engine) as session:
        counts = yield_counts(session.exec(select(TestRun)).all())
    for asked in (LEAK, YieldFilter(**(vars_of(LEAK) | {"grain": "day"}))):
        (whole,) = page(plant, asked)["series"]
        assert (whole["first_count"], whole["first_passed_count"]) == (10, 8)
        assert (counts.first_count, counts.first_passed_count) == (10, 8)
        assert sum(point["first_count"] for point in whole["points"]) == 10
    (last,) = page(plant, YieldFilter(**(vars_of(LEAK) | {"grain": "last", "last": 10})))["series"]
    assert [point["first_count"] for point in last["points"]] == [10]


def vars_of(asked: YieldFilter) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in YieldFilter.__dataclass_fields__}


def test_the_shapes_hold_what_they_promise(plant: YieldWorld) -> None:
    some_runs(plant)
    plant.alarm(ct(8))
    found = page(plant)
    assert found.keys() == get_type_hints(YieldShape).keys()
    assert found["others"].keys() == get_type_hints(OtherYieldsShape).keys()
    assert found["alarms"][0].keys() == get_type_hints(AlarmShape).keys()
    assert why(plant).keys() == get_type_hints(ExplanationShape).keys()


def test_since_the_drop_only_what_came_after_it_counts(plant: YieldWorld) -> None:
    some_runs(plant)
    plant.alarm(ct(9))
    found = page(plant)
    since = found["kpis"]
    assert since["first_count"] == 5  # R3 to R7 at 9:03 and later
    assert since["failed_count"] == 2
    assert since["began_label"] == "in Day"
    assert since["open_count"] == 1
    assert since["lost_hours"] == pytest.approx(3.45 + 2.4, abs=0.01)
    assert found["drop"] is not None
    assert [one["serial"] for one in found["failed"]] == ["R6", "R3"]
    assert [one["now"] for one in found["failed"]] == ["waiting", "passed retest"]


def test_codes_are_those_written_after_the_fail(plant: YieldWorld) -> None:
    some_runs(plant)
    plant.fault("R3", ct(5), symptom="OLD")
    plant.fault("R3", ct(10), symptom="DECAY", defect="SEAL")
    codes = {row["code"]: row["count"] for row in page(plant)["pareto"]}
    assert codes == {"SEAL": 1, "": 1}


def test_groups_and_filters_narrow_and_add_up(plant: YieldWorld) -> None:
    some_runs(plant)
    plant.tested(plant.ran("S1", ct(9), "failed", line="L2", station="L2-LEAK"))
    both = page(plant, YieldFilter(**(vars_of(LEAK) | {"group": "line"})))["series"]
    assert [(one["key"], one["first_count"]) for one in both] == [("", 11), ("L1", 10), ("L2", 1)]
    only = page(plant, YieldFilter(**(vars_of(LEAK) | {"line": "L2"})))
    assert only["kpis"]["first_count"] == 1
    assert only["kpis"]["is_ratio_shown"] is False


def test_a_lot_counts_only_while_it_was_in_at_the_verdict(plant: YieldWorld) -> None:
    some_runs(plant)
    plant.linked(
        plant.built_in("R0", ct(5), lot="K1", supplier="QD"),
        plant.built_in("R1", ct(5), lot="K1", supplier="QD", removed_at=ct(6)),
        plant.built_in("R2", ct(14), lot="K1", supplier="QD"),
        plant.built_in("R3", ct(5), part="TRAY", child_serial="T3"),
        plant.built_in("T3", ct(4), lot="K1", supplier="QD"),
    )
    follow_factors(plant.engine, plant.code)
    for given in ({"factor": "lot", "value": "UQD K1"}, {"supplier": "QD"}):
        found = page(plant, YieldFilter(**(vars_of(LEAK) | given)))
        assert found["series"][0]["first_count"] == 2  # R0 itself, R3 through its tray
        assert found["kpis"]["failed_count"] == 1


def test_without_verdicts_a_sentence_never_a_ratio(plant: YieldWorld) -> None:
    for asked, told in (
        (LEAK, "No first verdict of LEAK has been loaded"),
        (YieldFilter("mp", operation="MOON"), "no operation MOON"),
    ):
        found = page(plant, asked)
        assert told in found["sentence"]
        assert found["kpis"]["ratio"] is None
        assert found["kpis"]["expected_failed"] is None
        assert {point["ratio"] for point in found["series"][0]["points"]} <= {None}
        assert why(plant, asked)["findings"] == []
    some_runs(plant)
    empty = page(plant, YieldFilter(**(vars_of(LEAK) | {"until_on": MONDAY - timedelta(days=1)})))
    assert "No first verdicts at LEAK from" in empty["sentence"]


@pytest.mark.parametrize("verdict", ["passed", "failed"])
def test_all_of_one_kind_and_nothing_known_of_parts(plant: YieldWorld, verdict: str) -> None:
    plant.tested(*(plant.ran(f"R{n}", ct(6, n), verdict) for n in range(40)))
    found, told = page(plant), why(plant)
    assert found["kpis"]["ratio"] == (1.0 if verdict == "passed" else 0.0)
    assert told["standing"] in ("nothing", "time_wide")
    assert told["sentence"]


def test_a_lot_that_fails_is_named_and_one_beside_it_is_not(plant: YieldWorld) -> None:
    days = [MONDAY - timedelta(days=back) for back in (0, 1, 2)]
    for day in days:
        for n in range(30):
            serial, is_bad = f"R{day:%d}{n}", n % 3 == 0
            at = ct(7, n, day)
            failed = is_bad and (n // 3 + day.day) % 2 == 0
            plant_run = plant.ran(serial, at, "failed" if failed else "passed", fixture="")
            plant.tested(plant_run)
            plant.linked(
                plant.built_in(serial, at - HOUR, lot="BAD" if is_bad else "GOOD"),
                plant.built_in(serial, at - HOUR, part="HOSE", lot="H1" if n % 2 else "H2"),
            )
    told = why(plant, YieldFilter("mp", operation="LEAK", since_on=MONDAY - timedelta(days=3)))
    assert told["standing"] == "likely"
    assert told["findings"][0]["value"] == "UQD BAD"
    others = [one for one in told["findings"] if one["factor"] == "lot" and "HOSE" in one["value"]]
    assert all(one["standing"] != "likely" for one in others)


def test_what_means_nothing_is_refused_in_words(plant: YieldWorld) -> None:
    with pytest.raises(NotInScope):
        page(plant, LEAK, Scope(frozenset({"oh"})))
    for given in (
        {"since_on": MONDAY, "until_on": MONDAY - timedelta(days=1)},
        {"since_on": date(2020, 1, 1)},
        {"group": "moon"},
    ):
        with pytest.raises(CannotAsk):
            page(plant, YieldFilter(**(vars_of(LEAK) | given)))


@pytest.mark.parametrize("grain", ["shift", "day", "last"])
def test_notes_on_a_shift_a_drop_and_a_station_are_on_the_dot_of_their_time(
    plant: YieldWorld, grain: Grain
) -> None:
    some_runs(plant)
    plant.alarm(ct(8), id=7)
    alarm = 7
    said = {"text": "looked at", "author": "Ana", "plant": "mp", "written_at": ct(9)}
    with Session(plant.engine) as session:
        for subject, key in (
            ("shift", f"{MONDAY}/D"), ("drop", str(alarm)), ("station", "L1-LEAK"),
            ("station", "L9-ELSEWHERE"), ("shift", "2020-01-01/D"), ("rack", "R3"),
        ):  # fmt: skip
            session.add(Note(subject=subject, subject_key=key, **said))
        session.commit()
    found = page(plant, YieldFilter(**(vars_of(LEAK) | {"grain": grain, "last": 10})))
    names = {note["id"]: (note["subject"], note["subject_key"]) for note in found["notes"]}
    on_dots = [names[id] for point in found["series"][0]["points"] for id in point["notes"]]
    assert {subject for subject, _ in on_dots} >= {"drop", "station"}
    expected = {("shift", f"{MONDAY}/D"), ("drop", str(alarm)), ("station", "L1-LEAK")}
    assert set(on_dots) <= expected
    assert len(on_dots) == len(set(on_dots))
    if grain != "last":  # groups of units begin with their first verdict, after the shift did
        assert set(on_dots) == expected


def test_alarms_are_listed_open_first_with_a_badge(plant: YieldWorld) -> None:
    plant.alarm(ct(1), state="closed", closed_by="Ana")
    plant.alarm(ct(2), muted_until_at=AT + HOUR)
    plant.alarm(ct(3))
    plant.alarm(ct(4), withdrawn_at=ct(9))
    with Session(plant.engine) as session:
        found = alarms(session, EVERY_PLANT, "mp", AT)
        assert notes(session, EVERY_PLANT, "mp", at=AT) == []
    assert found["open_count"] == 1
    assert [one["state"] for one in found["alarms"]][:2] == ["open", "open"]
    assert found["alarms"][0]["is_muted"] is False
    assert "3 of" not in found["alarms"][0]["sentence"]


def test_by_the_first_visit_a_retest_within_it_passes_the_unit(plant: YieldWorld) -> None:
    plant.tested(
        plant.ran("R1", ct(8), "failed"),
        plant.ran("R1", ct(9), "passed"),
        plant.ran("R2", ct(8), "failed"),
        plant.ran("R2", ct(14), "passed"),
        plant.ran("R3", ct(8), "passed"),
        plant.ran("R3", ct(9), "failed"),
        plant.ran("R4", ct(8), "passed"),
        plant.ran("R5", ct(8), "failed"),
        plant.ran("R5", ct(9), "passed"),
    )
    base = vars_of(LEAK) | {"group": "line"}
    first = page(plant, YieldFilter(**base))
    assert first["rule"] == "first_attempt"
    assert [one["first_passed_count"] for one in first["series"]] == [2, 2]
    (other,) = [one["value"] for one in first["other_rules"]]
    for grain in ("shift", "day", "last"):
        found = page(plant, YieldFilter(**(base | {"rule": other, "grain": grain})))
        assert [one["first_passed_count"] for one in found["series"]][:1] == [3]
        assert found["kpis"]["first_passed_count"] == 3
        assert found["kpis"]["first_count"] == 5
        assert [one["serial"] for one in found["failed"]] == ["R2"]
        assert "first visit" in found["rule_sentence"]
    assert found["series"][0]["ratio"] == pytest.approx(0.6)
