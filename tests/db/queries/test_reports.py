"""The tables behind the command line: their figures, types, and equality with the domain."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlmodel import Session, select

from db.domain.throughput import first_completion
from db.domain.yields import yield_counts
from db.ingest.write import write_batch
from db.models import TestRun, UnitStep
from db.queries.reports import Report, sources, throughput, yields
from db.queries.scope import NotInScope, Scope
from db.queries.wall import wall
from tests.builders import NOON, batch, step
from tests.builders import test_run as run
from tests.db.queries.world import MONDAY, World, ct

TUESDAY = MONDAY + timedelta(days=1)
AT = ct(14, 30)


def report(world: World, ask: Any, *window: Any, **given: Any) -> Report:
    with Session(world.engine) as session:
        return ask(session, world.code, *window, **({"at": AT} | given))


def test_throughput_by_hour_joins_plan_and_output(world: World) -> None:
    world.plan(ct(6), "4")
    world.plan(ct(7), "4")
    world.plan(ct(15), "4")  # not begun
    world.done(ct(7), 3)
    world.done(ct(8), 1)
    found = report(world, throughput, MONDAY, MONDAY, by="hour").frame
    assert found["hour_at"].tolist() == [ct(6), ct(7), ct(8)]
    assert found["completed_count"].tolist() == [0, 3, 1]
    assert found["planned_qty"].tolist()[:2] == [4.0, 4.0]
    assert found["attainment_ratio"].tolist()[:2] == [0.0, 0.75]
    assert pd.isna(found["planned_qty"][2])
    assert pd.isna(found["attainment_ratio"][2])


@pytest.mark.parametrize("by", ["day", "hour"])
def test_a_begun_hour_plans_as_much_as_the_wall_says(world: World, by: str) -> None:
    world.plan(ct(13), "4")
    world.plan(ct(14), "4")
    world.plan(ct(14), "2", line="L2")
    with Session(world.engine) as session:
        plan_now = wall(session, world.code, AT)["score"]["plan_now"]
    assert plan_now == pytest.approx(4 + 6 / 2), "half of the begun hour has passed"
    found = report(world, throughput, MONDAY, MONDAY, by=by).frame
    assert found["planned_qty"].sum() == pytest.approx(plan_now)


def test_columns_are_typed_even_in_an_empty_table(world: World) -> None:
    by_day = report(world, throughput, MONDAY, MONDAY).frame
    assert by_day.empty
    assert {name: str(kind) for name, kind in by_day.dtypes.items()} == {
        "business_on": "datetime64[us]",
        "shift": "str",
        "line": "str",
        "product": "str",
        "completed_count": "int64",
        "planned_qty": "float64",
        "attainment_ratio": "float64",
    }
    for ask, window in ((yields, (MONDAY, MONDAY)), (sources, (MONDAY, MONDAY))):
        frame = report(world, ask, *window).frame
        assert frame.empty
        assert "object" not in set(map(str, frame.dtypes))


def test_report_says_what_its_columns_mean_and_as_of_when(world: World) -> None:
    head = report(world, throughput, MONDAY, TUESDAY).about("Mount Pleasant")
    assert head[:3] == [
        ("Rackline", "throughput of Mount Pleasant"),
        ("Window", "2026-07-06 to 2026-07-07"),
        ("As of", "2026-07-06T19:30:00Z"),
    ]
    assert dict(head)["completed_count"].startswith("Racks whose first completion")


def test_sources_sum_the_loads_begun_in_the_window(world: World) -> None:
    world.source("unit_step", last_success_at=AT - timedelta(seconds=90), message="slow")
    world.source("bom", is_enabled=False)
    world.load("unit_step", ct(5), read_count=1, new_count=1)  # still Sunday's business day
    world.load("unit_step", ct(6), read_count=5, new_count=2, quarantined_count=1)
    world.load("unit_step", ct(29), read_count=7, changed_count=3)
    found = report(world, sources, MONDAY, MONDAY).frame.set_index("source")
    steps = found.loc["mp.unit_step"]
    assert (steps["load_count"], steps["read_count"], steps["new_count"]) == (2, 12, 2)
    assert (steps["changed_count"], steps["quarantined_count"]) == (3, 1)
    assert (steps["freshness"], steps["lag_seconds"], steps["message"]) == ("stale", 90, "slow")
    assert (found.loc["mp.bom", "freshness"], found.loc["mp.bom", "load_count"]) == ("off", 0)


@pytest.mark.parametrize(
    ("ask", "window"),
    [
        (throughput, (MONDAY, MONDAY)),
        (yields, (MONDAY, MONDAY)),
        (sources, (MONDAY, MONDAY)),
    ],
)
def test_reports_stay_within_the_scope(world: World, ask: Any, window: Any) -> None:
    with pytest.raises(NotInScope):
        report(world, ask, *window, scope=Scope(frozenset({"oh"})))


def histories() -> tuple[list[Any], list[Any]]:
    """Steps and runs of forty racks with rework, retests, aborted runs and late starts."""
    steps, runs = [], []
    for n in range(40):
        for visit in range(1 + n % 3):
            ended = NOON + timedelta(hours=n % 30, minutes=7 * visit - n)
            result = "completed" if visit or n % 4 else "failed"
            steps.append(
                step(
                    source_key=f"s{n}.{visit}",
                    serial=f"R{n}",
                    operation="FINAL",
                    started_at=ended - timedelta(minutes=20),
                    ended_at=ended,
                    result=result,
                )
            )
            verdict = ("passed", "failed", "aborted", "error")[(n + visit) % 4]
            runs.append(
                run(
                    source_key=f"t{n}.{visit}",
                    serial=f"R{n}",
                    operation="LEAK",
                    station=f"LK{n % 2}",
                    started_at=ended - timedelta(minutes=10 if n % 5 else 10 * visit),
                    ended_at=ended,
                    verdict=verdict,
                )
            )
    return steps, runs


def test_reports_equal_the_domain_over_raw_rows(world: World) -> None:
    steps, runs = histories()
    write_batch(world.engine, batch(*steps))
    write_batch(world.engine, batch(*runs, model=TestRun))
    with Session(world.engine) as session:
        raw_steps = session.exec(select(UnitStep)).all()
        raw_runs = session.exec(select(TestRun)).all()
    window = (NOON.date() - timedelta(days=2), NOON.date() + timedelta(days=3))
    by_unit: dict[str, list[UnitStep]] = {}
    for row in raw_steps:
        by_unit.setdefault(row.serial, []).append(row)
    firsts = [first for visits in by_unit.values() if (first := first_completion(visits))]
    daily = report(world, throughput, *window).frame
    assert daily.set_index(["business_on", "shift"])["completed_count"].to_dict() == (
        pd.DataFrame([(pd.Timestamp(f.business_on), f.shift) for f in firsts])
        .value_counts()
        .to_dict()
    )
    hourly = report(world, throughput, *window, by="hour").frame
    assert hourly["completed_count"].sum() == len(firsts) == daily["completed_count"].sum()
    found = report(world, yields, *window).frame
    counts = yield_counts(raw_runs)
    assert {
        name: int(found[name].sum())
        for name in (
            "first_count",
            "first_passed_count",
            "run_count",
            "passed_count",
            "failed_count",
            "no_verdict_count",
            "retest_count",
        )
    } == {
        "first_count": counts.first_count,
        "first_passed_count": counts.first_passed_count,
        "run_count": counts.run_count,
        "passed_count": counts.passed_count,
        "failed_count": counts.failed_count,
        "no_verdict_count": counts.no_verdict_count,
        "retest_count": counts.retest_count,
    }
    assert counts.retest_count > 0
    assert (
        found["first_pass_ratio"].between(found["first_pass_low"], found["first_pass_high"]).all()
    )


def test_yield_window_ends_are_business_dates(world: World) -> None:
    _, runs = histories()
    write_batch(world.engine, batch(*runs, model=TestRun))
    whole = report(world, yields, date(2026, 11, 1), date(2026, 11, 30)).frame["run_count"].sum()
    parts = [
        report(world, yields, day, day).frame["run_count"].sum()
        for day in (date(2026, 11, 10) + timedelta(days=n) for n in range(3))
    ]
    assert sum(parts) == whole == len(runs)
    assert all(parts[:2])
