"""The rollups equal a plain recomputation of the live facts, exactly, whatever was sent."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from db.ingest import rollup_sql
from db.ingest.batch import Batch, Outcome, row_columns
from db.ingest.dialect import dialect_of
from db.ingest.rollups import rebuild_rollups
from db.ingest.write import write_batch
from db.models import TestRun, UnitStep
from tests.builders import NOON, batch, step, test_run
from tests.db.ingest.oracle import expected, facts, stored

START = datetime(2026, 10, 31, 22, 30, tzinfo=NOON.tzinfo)
"""Half an hour steps from here cross hours, a business day, and (UTC) a month."""
MODELS: dict[type[SQLModel], Callable[..., tuple[Any, ...]]] = {UnitStep: step, TestRun: test_run}
Sent = list[tuple[type[SQLModel], list[dict[str, Any]]]]

times = st.builds(lambda n: START + timedelta(minutes=20 * n), st.integers(0, 60))
common = {
    "source_key": st.sampled_from(["1", "2", "3", "10", "B", "a", "é"]),
    "serial": st.sampled_from(["R1", "R2", "r3"]),
    "operation": st.sampled_from(["rack_test", "burn_in"]),
    "product": st.sampled_from(["N72", "N36"]),
    "line": st.sampled_from(["A", "B"]),
    "station": st.sampled_from(["S1", "S2"]),
    "started_at": times,
    "ended_at": st.none() | times,
    "changed_at": times,
    "deleted_at": st.none() | st.none() | st.none() | st.just(NOON),
}
step_rows = st.fixed_dictionaries(
    common
    | {"result": st.sampled_from(["completed", "completed", "open", "failed"])}
    | {"build": st.sampled_from(["B1", "B2"])}
)
run_rows = st.fixed_dictionaries(
    common | {"verdict": st.sampled_from(["passed", "failed", "failed", "aborted", "error"])}
)
sent_batches = st.lists(
    st.tuples(st.just(UnitStep), st.lists(step_rows, max_size=6))
    | st.tuples(st.just(TestRun), st.lists(run_rows, max_size=6)),
    min_size=1,
    max_size=7,
)
plants = (f"p{n}" for n in itertools.count())
searching = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def as_batches(sent: Sent, plant: str) -> list[Batch]:
    return [
        batch(*(MODELS[model](plant=plant, **row) for row in rows), model=model, plant=plant)
        for model, rows in sent
    ]


def truth(batches: list[Batch]) -> dict[type[SQLModel], list[tuple[Any, ...]]]:
    """By key, the version with the newest change time; of equals the one sent last."""
    held: dict[tuple[type[SQLModel], str], tuple[Any, ...]] = {}
    for sent in batches:
        names = row_columns(sent.model)
        key, changed_at = names.index("source_key"), names.index("changed_at")
        newest: dict[str, tuple[Any, ...]] = {}
        for row in sent.rows:
            if row[key] not in newest or row[changed_at] >= newest[row[key]][changed_at]:
                newest[row[key]] = row
        for name, row in newest.items():
            before = held.get((sent.model, name))
            if before is None or _replaces(before, row, names):
                held[sent.model, name] = row
    found: dict[type[SQLModel], list[tuple[Any, ...]]] = {UnitStep: [], TestRun: []}
    for (model, _), row in held.items():
        found[model].append(row)
    return found


def _replaces(before: tuple[Any, ...], row: tuple[Any, ...], names: tuple[str, ...]) -> bool:
    changed_at, content = names.index("changed_at"), names.index("content_hash")
    return row[content] != before[content] and row[changed_at] >= before[changed_at]


def wanted(batches: list[Batch]) -> dict[str, Any]:
    held = truth(batches)
    return expected(facts(UnitStep, held[UnitStep]), facts(TestRun, held[TestRun]))


@searching
@given(sent=sent_batches)
def test_following_any_batches_equals_recomputing_the_live_facts(
    engine: Engine, sent: Sent
) -> None:
    plant = next(plants)
    batches = as_batches(sent, plant)
    for each in batches:
        write_batch(engine, each)
    assert stored(engine, plant) == wanted(batches)


@searching
@given(sent=sent_batches)
def test_rebuilding_equals_following(engine: Engine, sent: Sent) -> None:
    plant = next(plants)
    batches = as_batches(sent, plant)
    for each in batches:
        write_batch(engine, each, upkeep="deferred")
    rebuild_rollups(engine, plant)
    assert stored(engine, plant) == wanted(batches)


@searching
@given(sent=sent_batches)
def test_sending_what_is_held_once_more_changes_nothing(engine: Engine, sent: Sent) -> None:
    plant = next(plants)
    batches = as_batches(sent, plant)
    for each in batches:
        write_batch(engine, each)
    before = stored(engine, plant, everything())
    for model, rows in truth(batches).items():
        repeated = write_batch(engine, batch(*rows, model=model, plant=plant))
        assert repeated == Outcome(unchanged=len(rows))
    assert stored(engine, plant, everything()) == before


def everything() -> list[type[SQLModel]]:
    """Every table that has a plant."""
    mapped = [mapper.class_ for mapper in UnitStep._sa_registry.mappers]
    return [model for model in mapped if "plant" in model.model_fields]


@pytest.mark.parametrize("plant", ["mp", "oh"])
def test_rebuilding_one_plant_leaves_the_other_alone(engine: Engine, plant: str) -> None:
    for code in ("mp", "oh"):
        write_batch(engine, batch(step(plant=code), plant=code))
    other = {"mp": "oh", "oh": "mp"}[plant]
    before = stored(engine, other, everything())
    rebuild_rollups(engine, plant)
    assert stored(engine, other, everything()) == before
    assert len(stored(engine, plant)["unit_operation"]) == 1


@pytest.mark.parametrize(
    ("model", "table"),
    [(UnitStep, "unit_operation"), (UnitStep, "unit_step"), (TestRun, "test_run")],
)
def test_a_touched_units_rows_are_found_by_its_serial(
    engine: Engine, model: type[SQLModel], table: str
) -> None:
    """Before any statistics are gathered too; else every batch reads a good part of the table."""
    rows = [MODELS[model](source_key=f"{n}", serial=f"R{n}") for n in range(2000)]
    write_batch(engine, batch(*rows, model=model))
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[engine.dialect.name]
    condition = {"sqlite": "SEARCH f USING", "postgresql": "Index Cond"}[engine.dialect.name]
    with engine.begin() as connection:
        dialect = dialect_of(connection)
        touched = rollup_sql.TEMPORARY["touched_unit"]
        connection.execute(text(dialect.TEMPORARY.format(name="touched_unit", select=touched)))
        found = dialect.LOOK_UP.format(
            outer=rollup_sql.TOUCHED, table=table, match=rollup_sql.OF_TOUCHED
        )
        plan = connection.execute(text(f"{explain} SELECT f.serial FROM {found}"), {"plant": "mp"})
        steps = [str(row[-1]) for row in plan]
    assert any(condition in step and "serial" in step for step in steps), steps
