"""What the rollups ought to be, said again in plain Python over the live facts.

Written apart from the SQL that it judges: nothing here is shared with `db.ingest` but the tables.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, inspect
from sqlmodel import Session, SQLModel, select

from db.ingest.batch import row_columns
from db.models import (
    DayOutput,
    DayYield,
    HourOutput,
    HourYield,
    TestRun,
    UnitOperation,
    UnitStep,
)  # fmt: skip

ROLLUPS = (UnitOperation, HourOutput, DayOutput, HourYield, DayYield)
Fact = dict[str, Any]
Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def facts(model: type[SQLModel], rows: Iterable[tuple[Any, ...]]) -> list[Fact]:
    """Row tuples as dictionaries, without the deleted ones."""
    named = (dict(zip(row_columns(model), row, strict=True)) for row in rows)
    return [fact for fact in named if fact["deleted_at"] is None]


def expected(steps: list[Fact], runs: list[Fact]) -> Tables:
    """All rollups that follow from these live steps and runs."""
    histories: dict[tuple[str, str, str], tuple[list[Fact], list[Fact]]] = defaultdict(
        lambda: ([], [])
    )
    for place, rows in enumerate((steps, runs)):
        for row in rows:
            histories[row["plant"], row["serial"], row["operation"]][place].append(row)
    units = {key: _unit(key, *history) for key, history in histories.items()}
    return {
        "unit_operation": units,
        "hour_output": _add_up(HourOutput, _output(units.values())),
        "day_output": _add_up(DayOutput, _output(units.values())),
        "hour_yield": _add_up(HourYield, [*_firsts(units.values()), *_runs(runs)]),
        "day_yield": _add_up(DayYield, [*_firsts(units.values()), *_runs(runs)]),
    }


def _unit(key: tuple[str, str, str], steps: list[Fact], runs: list[Fact]) -> dict[str, Any]:
    steps = sorted(steps, key=lambda s: (s["occurred_at"], s["source_key"], s["source"]))
    runs = sorted(runs, key=lambda r: (r["started_at"], r["source_key"], r["source"]))
    done = next((s for s in steps if s["result"] == "completed"), {})
    verdicts = [r for r in runs if r["verdict"] in ("passed", "failed")]
    first = verdicts[0] if verdicts else {}
    latest = (steps or runs)[-1]
    return {
        **dict(zip(("plant", "serial", "operation"), key, strict=True)),
        "product": latest["product"],
        "build": latest["build"] if steps else "",
        "line": latest["line"],
        "started_at": min(row["started_at"] for row in steps + runs),
        "last_at": max(row["occurred_at"] for row in steps + runs),
        "completed_at": done.get("occurred_at"),
        "completed_on": done.get("business_on"),
        "completed_shift": done.get("shift", ""),
        "completed_line": done.get("line", ""),
        "completed_ms": done.get("duration_ms"),
        "first_verdict": first.get("verdict", ""),
        "first_verdict_at": first.get("occurred_at"),
        "first_verdict_on": first.get("business_on"),
        "first_verdict_shift": first.get("shift", ""),
        "first_verdict_line": first.get("line", ""),
        "first_verdict_station": first.get("station", ""),
        "last_verdict": verdicts[-1]["verdict"] if verdicts else "",
        "run_count": len(runs),
        "verdict_count": len(verdicts),
    }


def _output(units: Iterable[dict[str, Any]]) -> Iterable[Fact]:
    for unit in units:
        if unit["completed_at"]:
            yield {
                **_place(unit, unit["completed_line"]),
                **_when(unit["completed_at"], unit["completed_on"], unit["completed_shift"]),
                "completed_count": 1,
                "duration_ms": unit["completed_ms"] or 0,
                "duration_count": int(unit["completed_ms"] is not None),
            }


def _firsts(units: Iterable[dict[str, Any]]) -> Iterable[Fact]:
    for unit in units:
        if unit["first_verdict_at"]:
            yield {
                **_place(unit, unit["first_verdict_line"]),
                **_when(
                    unit["first_verdict_at"], unit["first_verdict_on"], unit["first_verdict_shift"]
                ),
                "station": unit["first_verdict_station"],
                "first_count": 1,
                "first_passed_count": int(unit["first_verdict"] == "passed"),
            }


def _runs(runs: Iterable[Fact]) -> Iterable[Fact]:
    for run in runs:
        counted = run["verdict"] if run["verdict"] in ("passed", "failed") else "no_verdict"
        yield {
            **_place(run, run["line"]),
            **_when(run["occurred_at"], run["business_on"], run["shift"]),
            "station": run["station"],
            "run_count": 1,
            f"{counted}_count": 1,
        }


def _place(row: Fact, line: str) -> Fact:
    return {"line": line, **{name: row[name] for name in ("plant", "operation", "product")}}


def _when(at: Any, business_on: Any, shift: str) -> Fact:
    hour_at = at.replace(minute=0, second=0, microsecond=0)
    return {"hour_at": hour_at, "business_on": business_on, "shift": shift}


def _add_up(model: type[SQLModel], rows: Iterable[Fact]) -> dict[tuple[Any, ...], dict[str, Any]]:
    keys = [column.name for column in inspect(model).primary_key]
    measures = [name for name in model.model_fields if name not in keys]
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        key = tuple(row[name] for name in keys)
        sums[key].update({name: row.get(name, 0) for name in measures})
    return {
        key: dict(zip(keys, key, strict=True)) | {name: total[name] for name in measures}
        for key, total in sums.items()
    }


def stored(engine: Engine, plant: str, models: Iterable[type[SQLModel]] = ROLLUPS) -> Tables:
    """The plant's rows of the tables as the store holds them, by primary key."""
    found: Tables = {}
    with Session(engine) as session:
        for model in models:
            keys = [column.name for column in inspect(model).primary_key]
            rows = session.exec(select(model).where(model.plant == plant))  # type: ignore[attr-defined]
            dumps = [row.model_dump() for row in rows]
            found[str(model.__tablename__)] = {tuple(d[k] for k in keys): d for d in dumps}
    return found


def stored_facts(engine: Engine, plant: str) -> tuple[list[Fact], list[Fact]]:
    """The plant's live steps and runs as the store holds them."""
    held = stored(engine, plant, (UnitStep, TestRun))
    steps, runs = (
        [fact for fact in held[name].values() if fact["deleted_at"] is None]
        for name in ("unit_step", "test_run")
    )
    return steps, runs
