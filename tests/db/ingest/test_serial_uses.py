"""A serial that was given to several units: each counts by itself, whatever came when."""

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, select

from db.domain.serial_uses import serial_of
from db.ingest.batch import Batch, row_columns
from db.ingest.factors import follow_factors
from db.ingest.rollups import rebuild_rollups
from db.ingest.serial_uses import recheck
from db.ingest.write import write_batch
from db.models import (
    Change,
    Defect,
    GenealogyLink,
    HourOutput,
    HourYield,
    Operation,
    Plant,
    SerialUse,
    TestRun,
    UnitOperation,
    UnitStep,
)
from tests.builders import NOON, batch, row_of, step, test_run
from tests.db.ingest.oracle import stored

DAY = timedelta(days=1)
ROUTE = (("KIT", "assemble"), ("TEST", "test"), ("FINAL", "inspect"), ("PACK", "pack"))
Rows = list[tuple[Any, ...]]


def plant_of(engine: Engine, gap_days: int = 0, plant: str = "mp") -> None:
    with Session(engine) as session:
        session.add(
            Plant(code=plant, name="MP", city="", state="WI", zone="America/Chicago",
                  zone_label="CT", serials_reused_after_days=gap_days)
        )  # fmt: skip
        for position, (code, kind) in enumerate([*ROUTE, ("DEBUG", "repair")]):
            session.add(
                Operation(plant=plant, code=code, name=code, level="L11", kind=kind,
                          position=position, is_output=code == "FINAL", is_shipment=code == "PACK")
            )  # fmt: skip
        session.commit()


def life(name: str, at: datetime, serial: str = "R1", last: str = "PACK") -> Rows:
    """The visits of one unit, an hour each, begun at `at`; keys say whose they are."""
    codes = [code for code, _ in ROUTE]
    return [visit(name, at + timedelta(hours=2 * n), code, serial)
            for n, code in enumerate(codes[: codes.index(last) + 1])]  # fmt: skip


def visit(name: str, at: datetime, operation: str, serial: str = "R1", **more: Any) -> Any:
    return step(source_key=f"{name}.{operation}", serial=serial, operation=operation,
                started_at=at, ended_at=at + timedelta(hours=1), **more)  # fmt: skip


def run(name: str, at: datetime, verdict: str, serial: str = "R1") -> Any:
    return test_run(source_key=name, serial=serial, operation="TEST", verdict=verdict,
                    started_at=at, ended_at=at + timedelta(minutes=30))  # fmt: skip


def defect(name: str, at: datetime, serial: str = "R1", **more: Any) -> Any:
    names = row_columns(Defect)
    values = dict(zip(row_columns(UnitStep), visit(name, at, "TEST", serial), strict=True))
    values |= {"source": "mp.defect", "source_key": name, "occurred_at": at}
    values |= dict.fromkeys(("symptom", "defect", "action", "part", "lot", "component_serial"), "")
    values |= more
    return row_of(Defect, {name: values[name] for name in names})


def link(name: str, at: datetime, parent: str, child: str) -> Any:
    names = row_columns(GenealogyLink)
    values = dict(zip(row_columns(UnitStep), visit(name, at, "KIT", parent), strict=True))
    values |= {"source": "mp.genealogy", "source_key": name, "occurred_at": at}
    values |= {"parent_serial": parent, "child_serial": child, "position": "U1", "part": "TRAY"}
    values |= {"lot": "", "supplier": "", "part_revision": "", "qty": 1, "removed_at": None}
    return row_of(GenealogyLink, {name: values[name] for name in names})


def of(model: type[SQLModel], rows: Rows) -> Batch:
    return batch(*rows, model=model)


def serials(engine: Engine, model: Any = UnitStep, column: str = "serial") -> dict[str, str]:
    with Session(engine) as session:
        return {row.source_key: getattr(row, column) for row in session.exec(select(model))}


def uses(engine: Engine) -> list[SerialUse]:
    with Session(engine) as session:
        return list(session.exec(select(SerialUse).order_by(text("serial, use"))))


def completed(engine: Engine, operation: str) -> int:
    with Session(engine) as session:
        rows = session.exec(select(HourOutput).where(HourOutput.operation == operation))
        return sum(row.completed_count for row in rows)


def assert_whole(engine: Engine, plant: str = "mp") -> None:
    """The rollups are what rebuilding makes of the facts."""
    before = stored(engine, plant)
    rebuild_rollups(engine, plant)
    assert stored(engine, plant) == before


FIRST, SECOND = life("a", NOON - 40 * DAY), life("b", NOON)


def test_a_shipped_serial_that_is_begun_anew_is_another_unit(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*FIRST))
    write_batch(engine, of(TestRun, [run("1", NOON - 40 * DAY + timedelta(hours=2), "failed")]))
    write_batch(engine, batch(*SECOND))
    write_batch(engine, of(TestRun, [run("2", NOON + timedelta(hours=2), "passed")]))
    assert serials(engine)["a.KIT"] == "R1"
    assert {serials(engine)[key] for key in ("b.KIT", "b.PACK")} == {"R1~2"}
    assert serials(engine, TestRun) == {"1": "R1", "2": "R1~2"}
    assert completed(engine, "FINAL") == 2
    with Session(engine) as session:
        first = [
            (row.first_count, row.first_passed_count) for row in session.exec(select(HourYield))
        ]
    assert sorted(first) == [(1, 0), (1, 1)]
    told = [(use.use, use.ended_by, use.started_at) for use in uses(engine)]
    assert told == [(1, "finished", NOON - 40 * DAY), (2, "", NOON)]
    assert_whole(engine)


def test_the_same_rows_again_change_nothing(engine: Engine) -> None:
    plant_of(engine)
    sent = [batch(*FIRST), batch(*SECOND), of(TestRun, [run("2", NOON, "passed")])]
    for each in sent:
        write_batch(engine, each)
    held, changes = stored(engine, "mp"), len(_all(engine, Change))
    for each in [*sent, batch(*SECOND, *FIRST)]:
        again = write_batch(engine, each)
        assert again.new == again.changed == again.deleted == 0
    assert stored(engine, "mp") == held
    assert len(_all(engine, Change)) == changes


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_first_the_store_ends_up_the_same(engine: Engine, seed: int) -> None:
    plant_of(engine)
    begun = NOON - 80 * DAY
    rows: list[tuple[Any, Any]] = [
        *((UnitStep, row) for row in [*life("z", begun), *FIRST, *SECOND]),
        *((TestRun, run(str(n), begun + n * 40 * DAY + timedelta(hours=2), "failed"))
          for n in range(3)),
        (GenealogyLink, link("g1", begun + timedelta(hours=1), "R1", "T1")),
        (GenealogyLink, link("g3", NOON + timedelta(hours=1), "R1", "T1")),
        (Defect, defect("d2", NOON - 40 * DAY + timedelta(hours=3))),
    ]  # fmt: skip
    random.Random(seed).shuffle(rows)
    for model, row in rows:
        write_batch(engine, of(model, [row]))
    found = serials(engine) | serials(engine, TestRun) | serials(engine, Defect)
    assert {key: found[key] for key in ("z.PACK", "a.KIT", "a.PACK", "b.KIT", "b.TEST")} == {
        "z.PACK": "R1", "a.KIT": "R1~2", "a.PACK": "R1~2", "b.KIT": "R1~3", "b.TEST": "R1~3",
    }  # fmt: skip
    assert [found[key] for key in ("0", "1", "2", "d2")] == ["R1", "R1~2", "R1~3", "R1~2"]
    assert serials(engine, GenealogyLink, "parent_serial") == {"g1": "R1", "g3": "R1~3"}
    assert completed(engine, "PACK") == 3
    assert_whole(engine)


def test_a_start_that_is_deleted_at_its_source_joins_the_serial_again(engine: Engine) -> None:
    plant_of(engine)
    wrong = visit("b", NOON, "KIT")
    write_batch(engine, batch(*FIRST, wrong))
    assert serials(engine)["b.KIT"] == "R1~2"
    gone = visit("b", NOON, "KIT", deleted_at=NOON, changed_at=NOON + DAY)
    write_batch(engine, batch(gone))
    assert uses(engine) == []
    assert_whole(engine)


def test_a_shipment_that_was_booked_by_mistake_was_no_end(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*FIRST, *SECOND))
    packed = visit("a", NOON - 40 * DAY + timedelta(hours=6), "PACK", result="failed",
                   changed_at=NOON + DAY)  # fmt: skip
    write_batch(engine, batch(packed))
    (only,) = uses(engine)
    assert (only.doubt, only.doubt_at) == ("begun_again", NOON)
    assert set(serials(engine).values()) == {"R1"}
    assert_whole(engine)


def test_a_scrapped_unit_gives_its_serial_back(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*life("a", NOON - 40 * DAY, last="TEST"), *SECOND))
    assert uses(engine) == []
    scrap = defect("d", NOON - 39 * DAY, action="Scrap, frame bent")
    write_batch(engine, of(Defect, [scrap]))
    assert serials(engine)["b.KIT"] == "R1~2"
    assert serials(engine)["a.TEST"] == serials(engine, Defect)["d"] == "R1"
    assert uses(engine)[0].ended_by == "scrapped"
    assert_whole(engine)


def test_a_silence_longer_than_declared_ends_a_unit(engine: Engine) -> None:
    plant_of(engine, gap_days=30)
    write_batch(engine, batch(*life("a", NOON - 40 * DAY, last="TEST"), visit("b", NOON, "TEST")))
    write_batch(engine, batch(*life("c", NOON - 29 * DAY, "R2", "TEST"),
                              visit("d", NOON, "TEST", "R2")))  # fmt: skip
    assert serials(engine)["b.TEST"] == "R1~2"
    assert serials(engine)["d.TEST"] == "R2"


def test_a_unit_that_comes_back_for_repair_is_doubtful_and_stays_one(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*FIRST, visit("b", NOON, "DEBUG")))
    (only,) = uses(engine)
    assert (only.use, only.doubt, only.doubt_at) == (1, "after_end", NOON)
    assert set(serials(engine).values()) == {"R1"}


def test_rework_and_a_second_shipment_are_no_other_unit(engine: Engine) -> None:
    plant_of(engine)
    again = [visit("r", NOON + timedelta(hours=3), "KIT"), visit("q", NOON + 2 * DAY, "PACK")]
    write_batch(engine, batch(*again, *life("b", NOON)))
    assert uses(engine) == []


def test_a_unit_that_is_packed_twice_after_a_lost_history_is_one(engine: Engine) -> None:
    plant_of(engine)
    packed = [visit("a", NOON - 40 * DAY, "PACK"), visit("b", NOON, "PACK")]
    write_batch(engine, batch(*packed, *life("c", NOON - 40 * DAY, "R2")))
    write_batch(engine, of(Defect, [defect("d", NOON - 41 * DAY, action="scrap")]))
    assert uses(engine) == []


def test_rules_that_change_are_brought_to_all_serials(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*life("a", NOON - 40 * DAY, last="TEST"), visit("b", NOON, "TEST")))
    assert uses(engine) == []
    recheck(engine, "mp", lambda: None)
    with Session(engine) as session:
        session.exec(select(Plant)).one().serials_reused_after_days = 30
        session.commit()
    asked: list[str] = []
    for _ in range(2):
        recheck(engine, "mp", lambda: asked.append("once"))
    assert serials(engine)["b.TEST"] == "R1~2"
    assert asked == ["once"], "nothing is looked at twice by the same rules"
    assert_whole(engine)


def test_what_a_unit_carried_follows_it(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*FIRST))
    write_batch(
        engine, of(TestRun, [run("1", NOON - 40 * DAY, "failed"), run("2", NOON, "passed")])
    )
    follow_factors(engine, "mp")
    write_batch(engine, batch(*SECOND))
    follow_factors(engine, "mp")
    with engine.connect() as connection:
        cases = connection.execute(text("SELECT serial, is_failed FROM unit_case")).all()
    assert sorted(map(tuple, cases)) == [("R1", 1), ("R1~2", 0)]


def _all(engine: Engine, model: Any) -> list[Any]:
    with Session(engine) as session:
        return list(session.exec(select(model)))


def test_units_are_kept_under_both_keys(engine: Engine) -> None:
    plant_of(engine)
    write_batch(engine, batch(*SECOND))
    write_batch(engine, batch(*FIRST))
    found = {(row.serial, row.operation) for row in _all(engine, UnitOperation)}
    assert found == {(key, code) for key in ("R1", "R1~2") for code, _ in ROUTE}


times = st.builds(lambda n: NOON + n * DAY, st.integers(0, 50))
step_rows = st.fixed_dictionaries(
    {
        "source_key": st.sampled_from([str(n) for n in range(12)]),
        "serial": st.sampled_from(["R1", "R2"]),
        "operation": st.sampled_from(["KIT", "KIT", "TEST", "FINAL", "PACK", "PACK", "DEBUG"]),
        "result": st.sampled_from(["completed", "completed", "failed"]),
        "started_at": times,
        "changed_at": times,
        "deleted_at": st.none() | st.none() | st.just(NOON),
    }
)
run_rows = st.fixed_dictionaries(
    {"source_key": st.sampled_from(["1", "2", "3"]), "serial": st.sampled_from(["R1", "R2"]),
     "operation": st.sampled_from(["KIT", "TEST"]), "started_at": times, "changed_at": times}
)  # fmt: skip
sent_batches = st.lists(
    st.tuples(st.just(UnitStep), st.lists(step_rows, max_size=9))
    | st.tuples(st.just(TestRun), st.lists(run_rows, max_size=3)),
    min_size=1,
    max_size=6,
)
plants = (f"s{n}" for n in itertools.count())


def _made(model: Any, plant: str, row: dict[str, Any]) -> tuple[Any, ...]:
    make = step if model is UnitStep else test_run
    return make(plant=plant, ended_at=row["started_at"] + timedelta(hours=1), **row)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=sent_batches, gap=st.sampled_from([0, 9]))
def test_any_batches_end_up_as_their_newest_rows_in_one(
    engine: Engine, sent: list[tuple[Any, list[dict[str, Any]]]], gap: int
) -> None:
    one, other = next(plants), next(plants)
    newest: dict[Any, dict[str, dict[str, Any]]] = {UnitStep: {}, TestRun: {}}
    for plant in (one, other):
        plant_of(engine, gap, plant)
    for model, rows in sent:
        write_batch(
            engine, batch(*(_made(model, one, row) for row in rows), model=model, plant=one)
        )
    for model, held in newest.items():
        for row in _of_plant(engine, model, one):
            held[row.source_key] = {
                name: getattr(row, name)
                for name in ("source_key", "operation", "started_at", "changed_at", "deleted_at")
            } | {"serial": serial_of(row.serial)[0]}
            held[row.source_key] |= {"result": row.result} if model is UnitStep else {}
    for model in (TestRun, UnitStep):
        made = [_made(model, other, row) for row in newest[model].values()]
        write_batch(engine, batch(*made, model=model, plant=other))
    for model in (UnitStep, TestRun):
        assert _serials(engine, model, one) == _serials(engine, model, other)
    for plant in (one, other):
        assert_whole(engine, plant)


def _of_plant(engine: Engine, model: Any, plant: str) -> list[Any]:
    with Session(engine) as session:
        return list(session.exec(select(model).where(model.plant == plant)))


def _serials(engine: Engine, model: Any, plant: str) -> dict[str, str]:
    rows = _of_plant(engine, model, plant)
    return {row.source_key: row.serial for row in rows if row.deleted_at is None}
