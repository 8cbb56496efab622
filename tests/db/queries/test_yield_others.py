"""Yields beyond first pass, from the store, and how many failed units a page lists."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.domain.final_yields import unit_rolled
from db.ingest.factors import follow_factors
from db.models import UnitOperation
from db.queries import yield_others
from db.queries.scope import EVERY_PLANT
from db.queries.yield_shapes import Dot, Grain, PointShape, YieldFilter, YieldShape
from db.queries.yields import failed_list, yield_page
from tests.db.queries.world import AT, MONDAY, ct
from tests.db.queries.yield_world import YieldWorld

LEAK = YieldFilter("mp", operation="LEAK", since_on=MONDAY - timedelta(days=1))
ROUTING = ("LEAK", "BURNIN")


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    here = YieldWorld(engine)
    here.shifts()
    return here


def page(here: YieldWorld, listed: int | None = 200, asked: YieldFilter = LEAK) -> YieldShape:
    with Session(here.engine) as session:
        return yield_page(session, EVERY_PLANT, asked, AT, listed)


def dot_of(point: PointShape) -> Dot:
    start, end = map(datetime.fromisoformat, (point["start_at"], point["end_at"]))
    return Dot(start, end, date.fromisoformat(point["business_on"]), point["shift"])


def test_scrapped_open_and_passed_units_make_the_final_yield(plant: YieldWorld) -> None:
    plant.tested(
        *(plant.ran(f"R{n}", ct(6, n), "failed" if n < 5 else "passed") for n in range(9)),
        plant.ran("R0", ct(9), "passed"),
        plant.ran("R1", ct(9), "passed"),
        plant.ran("R2", ct(9), "failed"),
    )
    plant.fault("R1", ct(8), symptom="LEAK-2", defect="SEAL", action="SWAP SEAL")
    plant.fault("R0", ct(8), symptom="LEAK-2", defect="NTF", action="NONE")
    plant.fault("R2", ct(10), symptom="LEAK-2", defect="COLD PLATE", action="SCRAP RACK")
    found = page(plant)["others"]
    counts = found["passed_count"], found["scrapped_count"], found["open_count"]
    assert counts == (6, 1, 2)
    assert found["final_disposed_ratio"] == pytest.approx(6 / 7)
    assert found["ntf_count"] == 1
    assert found["ntf_ratio"] == pytest.approx(1 / 5)
    assert found["retest_count"] == 3
    assert found["defect_count"] == 3


def through(here: YieldWorld) -> None:
    """Nine racks packed, of which two lack a verdict, and three failed at one test or another."""
    here.tested(
        *(here.ran(f"R{n}", ct(6, n), "failed" if n in (1, 2) else "passed") for n in range(9)),
        *(
            here.ran(f"R{n}", ct(9, n), verdict, operation="BURNIN", station="L1-BURNIN")
            for n, verdict in enumerate(("passed", "passed", "failed", "failed", "aborted"))
        ),
        here.ran("R5", ct(9, 5), "passed", operation="BURNIN", station="L1-BURNIN"),
        here.ran("R6", ct(9, 6), "passed", operation="BURNIN", station="L1-BURNIN"),
        here.ran("R7", ct(9, 7), "passed", operation="BURNIN", station="L1-BURNIN"),
    )
    for n in range(9):
        here.visited(f"R{n}", "FINAL", ct(12, n))


def test_unit_rolled_yield_is_that_of_the_definition_over_first_verdicts(
    plant: YieldWorld,
) -> None:
    through(plant)
    unit = UnitOperation
    with Session(plant.engine) as session:
        rows = session.exec(
            select(unit.serial, unit.operation, unit.first_verdict).where(
                col(unit.operation).in_(ROUTING)
            )
        ).all()
    verdicts: dict[str, dict[str, str]] = {f"R{n}": {} for n in range(9)}
    for serial, operation, verdict in rows:
        verdicts[serial][operation] = verdict
    expected = unit_rolled(verdicts, ROUTING)
    assert (expected.passed_count, expected.unit_count) == (4, 7)
    found = page(plant)["others"]
    assert found["unit_rolled_ratio"] == expected.ratio
    assert found["unit_rolled_count"] == expected.unit_count
    assert found["skipped"] == list(expected.skipped) == [("R4", "BURNIN"), ("R8", "BURNIN")]
    assert found["skipped_count"] == 2


def test_of_many_racks_the_newest_make_the_unit_rolled_yield(
    plant: YieldWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    through(plant)
    monkeypatch.setattr(yield_others, "MOST_ROLLED", 3)
    found = page(plant)["others"]
    assert (found["unit_rolled_count"], found["skipped"]) == (2, [("R8", "BURNIN")])
    assert found["unit_rolled_ratio"] == 1.0


def test_a_page_lists_the_newest_failed_units_and_counts_all(plant: YieldWorld) -> None:
    plant.tested(
        *(plant.ran(f"R{n}", ct(6 + n), "failed") for n in range(6)),
        plant.ran("R5", ct(13), "passed"),
    )
    plant.fault("R0", ct(7), symptom="OLD")
    whole, short = page(plant, None), page(plant, 2)
    assert [one["serial"] for one in whole["failed"]] == ["R5", "R4", "R3", "R2", "R1", "R0"]
    assert [one["serial"] for one in short["failed"]] == ["R5", "R4"]
    assert whole["failed"][:2] == short["failed"]
    assert short["failed_count"] == short["kpis"]["failed_count"] == 6
    assert short["kpis"] == whole["kpis"]
    assert short["kpis"]["open_count"] == 5
    assert short["kpis"]["lost_hours"] == pytest.approx(
        sum(one["lost_hours"] or 0 for one in whole["failed"]), abs=1e-5
    )
    assert {it["code"]: it["count"] for it in short["pareto"]} == {"OLD": 1, "": 5}


def test_what_goes_beyond_first_pass_is_of_the_units_narrowed_to(plant: YieldWorld) -> None:
    plant.tested(
        plant.ran("R0", ct(6), "failed"),
        plant.ran("R0", ct(7), "aborted"),
        plant.ran("R0", ct(8), "passed"),
        plant.ran("R1", ct(6), "failed", line="L2", station="L2-LEAK"),
        plant.ran("R1", ct(8), "failed", line="L2", station="L2-LEAK"),
        plant.ran("R2", ct(9), "passed"),
    )
    plant.linked(plant.built_in("R0", ct(5), lot="K1", supplier="QD"))
    plant.fault("R0", ct(8), symptom="LEAK-2", defect="SEAL", action="SWAP")
    plant.fault("R1", ct(8), symptom="LEAK-2", defect="SEAL", action="SCRAP")
    follow_factors(plant.engine, plant.code)
    keys = "retest_count", "no_verdict_count", "defect_count", "scrapped_count"
    for given, counts, per_unit in (
        ({}, (2, 1, 2, 1), 2 / 3),
        ({"line": "L2"}, (1, 0, 1, 1), 1.0),
        ({"supplier": "QD"}, (1, 1, 1, 0), 1.0),
        ({"factor": "lot", "value": "UQD K1"}, (1, 1, 1, 0), 1.0),
    ):
        found = page(plant, asked=replace(LEAK, **given))["others"]
        assert tuple(found[key] for key in keys) == counts, given
        assert found["defects_per_unit"] == pytest.approx(per_unit), given


def test_a_dot_for_each_n_units_does_not_change_what_the_window_counts(plant: YieldWorld) -> None:
    plant.tested(*(plant.ran(f"R{n:02}", ct(6, n), "failed" if n < 9 else "passed")
                   for n in range(30)))  # fmt: skip
    shown = "db.queries.yield_points.MOST_POINTS"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shown, 2)
        found = page(plant, asked=replace(LEAK, grain="last", last=10))
    assert [it["first_count"] for it in found["series"][0]["points"]] == [10, 10]
    assert (found["kpis"]["first_count"], found["kpis"]["failed_count"]) == (30, 9)


def test_units_of_a_lot_are_expected_to_fail_as_all_did_before_the_drop(plant: YieldWorld) -> None:
    before = MONDAY - timedelta(days=1)
    plant.tested(*(plant.ran(f"B{n}", ct(6, n, before), "failed" if n < 2 else "passed")
                   for n in range(20)))  # fmt: skip
    for n in range(2):
        plant.fault(f"B{n}", ct(7, n, before), symptom="LEAK-2")
    plant.tested(*(plant.ran(f"R{n}", ct(9, n), "failed") for n in range(10)))
    for n in range(10):
        plant.fault(f"R{n}", ct(10, n), symptom="LEAK-2")
    plant.linked(*(plant.built_in(f"R{n}", ct(5), lot="K1", supplier="QD") for n in range(5)))
    plant.alarm(ct(8))
    follow_factors(plant.engine, plant.code)
    for given in ({"supplier": "QD"}, {"factor": "lot", "value": "UQD K1"}):
        (code,) = page(plant, asked=replace(LEAK, **given))["pareto"]
        assert (code["count"], code["expected"]) == (5, pytest.approx(5 * 2 / 20))


@pytest.mark.parametrize("grain", ["shift", "day", "last"])
def test_a_dot_lists_and_counts_what_failed_in_it_also_before_the_drop(
    plant: YieldWorld, grain: Grain
) -> None:
    before = MONDAY - timedelta(days=1)
    plant.tested(
        *(plant.ran(f"E{n}", ct(8, n, before), "failed" if n < 5 else "passed") for n in range(10)),
        *(plant.ran(f"R{n}", ct(9, n), "failed" if n < 3 else "passed") for n in range(10)),
    )
    plant.alarm(ct(8))
    asked = replace(LEAK, grain=grain, last=10)
    dots = [it for it in page(plant, asked=asked)["series"][0]["points"] if it["first_count"]]
    assert len(dots) == 2
    with Session(plant.engine) as session:
        for point, name, count in zip(dots, "ER", (5, 3), strict=True):
            narrowed = replace(asked, dot=dot_of(point))
            found = failed_list(session, EVERY_PLANT, narrowed, AT, 2)
            assert found["count"] == count == point["first_count"] - point["first_passed_count"]
            assert [it["serial"] for it in found["units"]] == [f"{name}{count - n}" for n in (1, 2)]
        assert failed_list(session, EVERY_PLANT, asked, AT)["count"] == 3, "since the drop"
