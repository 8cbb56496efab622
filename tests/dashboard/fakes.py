"""Canned screens: a wall as the product would read it, by default a normal shift."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.live.snapshot import Blocks, Key
from db.clock import utc_now
from db.queries.scope import Scope
from db.queries.shapes import PlantShape

NAMES = {"mp": "Mount Pleasant", "oh": "Lordstown", "tx": "Houston"}
PARTS = {
    "Fan wall harness": 26.2,
    "PSU shelf 33 kW": 44.1,
    "Liquid QD coupling": 56.3,
    "Label stock RFID": 96.1,
    "NVMe E1.S 7.68 TB": 123.2,
}
FEEDS = ("unit_step", "test_run", "part", "lot", "stock", "receipt", "bom", "build", "plan_hour",
         "station_state")  # fmt: skip
STAGES = ["Kit", "Frame", "Busbar", "Cable", "Trays", "Leak", "Test", "Pack"]


def iso(at: datetime) -> str:
    """An instant as the queries write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plant_shape(code: str = "mp", **changes: Any) -> PlantShape:
    """A plant; override what the test is about."""
    shape: PlantShape = {
        "code": code,
        "name": NAMES.get(code, code),
        "city": NAMES.get(code, code),
        "state": "WI",
        "zone": "America/Chicago",
        "zone_label": "CT",
        "is_illustrative": True,
        "stop_red_hours": 4,
        "stop_amber_hours": 12,
    }
    return {**shape, **changes}  # type: ignore[typeddict-item]


def fresh(age_seconds: float = 12, **changes: Any) -> dict[str, Any]:
    """Freshness of a block whose worst source last loaded `age_seconds` ago."""
    return {
        "state": "ok",
        "as_of_at": iso(utc_now() - timedelta(seconds=age_seconds)),
        "allowed_lag_seconds": 300,
        "source": "mp.unit_step",
        "message": "",
        "expected_count": 6,
        "fresh_count": 6,
    } | changes


def cell(stage: str, condition: str | None = "running", **changes: Any) -> dict[str, Any]:
    """One stage of one line."""
    return {
        "stage": stage,
        "condition": condition,
        "station": f"{stage} 1",
        "reason": "",
        "since_at": None,
        "station_count": 1,
        "affected_count": 0,
    } | changes


def line(code: str, stages: list[str] = STAGES, **conditions: str | None) -> dict[str, Any]:
    """A line whose stages run, but for the named ones."""
    cells = [cell(stage, conditions.get(stage, "running")) for stage in stages]
    return {"code": code, "name": code, "cells": cells}


def part_stop(name: str, hours_left: float, level: str = "normal") -> dict[str, Any]:
    """A part that stops a line in `hours_left`."""
    return {
        "part": name.upper().replace(" ", "-"),
        "name": name,
        "line": "L1",
        "stops_at": iso(utc_now() + timedelta(hours=hours_left)),
        "hours_left": hours_left,
        "level": level,
        "available_qty": 10.0,
        "next_receipt_on": None,
        "note": "",
    }


def hour_shapes(done: list[int], planned: list[float], low: tuple[int, ...] = ()) -> list[Any]:
    """Hours from 06 on: as many past ones as counted, the last of them running."""
    start = utc_now() - timedelta(hours=len(done))
    phases = ["past"] * (len(done) - 1) + ["current"] + ["future"] * (len(planned) - len(done))
    return [
        {
            "hour_at": iso(start + timedelta(hours=index)),
            "label": f"{(6 + index) % 24:02}",
            "done": done[index] if index < len(done) else 0,
            "planned": plan,
            "phase": phase,
            "level": "amber" if index in low else "normal",
        }
        for index, (plan, phase) in enumerate(zip(planned, phases, strict=True))
    ]


def shift_shape() -> dict[str, Any]:
    """A twelve-hour shift, eight and a half hours old."""
    now = utc_now()
    return {
        "code": "A",
        "name": "Day shift",
        "business_on": "2026-11-22",
        "hours_label": "06–18",
        "start_at": iso(now - timedelta(hours=8.5)),
        "end_at": iso(now + timedelta(hours=3.5)),
    }


BLOCKS = ("page", "score", "stations", "stops", "first_pass")


def wall_shape(code: str = "mp", **changes: Any) -> dict[str, Any]:
    """A wall on a normal shift; override whole blocks."""
    now, shift = utc_now(), shift_shape()
    return {
        "plant": plant_shape(code),
        "version": 7,
        "read_at": iso(now),
        "shift": shift,
        "next_shift": shift | {"start_at": iso(now + timedelta(hours=3.5)), "name": "Night shift"},
        "is_break": False,
        "freshness": {block: fresh() for block in BLOCKS},
        "score": {
            "done": 58,
            "target": 78.0,
            "plan_now": 55.2,
            "difference": 2.8,
            "forecast": 81.2,
            "level": "normal",
        },
        "hours": hour_shapes(
            [6, 8, 7, 7, 5, 7, 8, 7, 3], [6.1, 7.2, 7.2, 7.2, 4.1, 7.2, 7.2, 7.2, 7.2, 7, 7, 5]
        ),
        "open_stop": None,
        "stages": STAGES,
        "lines": [line("L1"), line("L2", Pack="not_scheduled")],
        "part_stops": [part_stop(name, hours) for name, hours in PARTS.items()],
        "unknown_stops": [],
        "about_to_stop_count": 0,
        "first_pass": {
            "first_count": 50,
            "passed_count": 49,
            "limit": 0.96,
            "level": "normal",
            "excluded_count": 1,
            "window": 50,
        },
        "next_rack": {
            "last_completed_at": iso(now - timedelta(seconds=217)),
            "takt_seconds": 529.0,
            "due_at": iso(now + timedelta(seconds=312)),
        },
        "lacks": ["first-pass yield excludes 1 run"],
        "backfill": {
            "done_ratio": 1.0,
            "loaded_from_at": iso(now - timedelta(days=30)),
            "wanted_from_at": iso(now - timedelta(days=30)),
            "is_complete": True,
        },
    } | changes


def bad_shift(code: str = "mp", **changes: Any) -> dict[str, Any]:
    """A shift that is behind, with a stop, a part about to run out and low yield."""
    now = utc_now()
    wall = wall_shape(code)
    return (
        wall
        | {
            "score": {
                "done": 32,
                "target": 52.0,
                "plan_now": 38.1,
                "difference": -6.1,
                "forecast": 45.0,
                "level": "amber",
            },
            "hours": hour_shapes(
                [4, 5, 4, 5, 3, 3, 2, 4, 2], [4, 5, 5, 4, 5, 3, 5, 5, 4, 5, 4, 3], low=(4, 6)
            ),
            "open_stop": {
                "line": "L1",
                "stage": "Test",
                "station": "Cell 3",
                "condition": "down",
                "reason": "cell 3 coolant pump",
                "since_at": iso(now - timedelta(minutes=14)),
                "more_count": 0,
            },
            "lines": [
                line("L1", Trays="starved", Test="down", Pack="not_scheduled"),
                line("L2", Leak="planned_stop"),
            ],
            "part_stops": [
                part_stop("Busbar clip 48 V", 2.68, "red"),
                part_stop("QSFP-DD 800G AOC 3 m", 9.18, "amber"),
                part_stop("CDU manifold hose", 28.1),
                part_stop("Torx M5×12 screw", 49.1),
                part_stop("Blank panel 1U", 78.1),
            ],
            "about_to_stop_count": 2,
            "first_pass": wall["first_pass"]
            | {"first_count": 50, "passed_count": 46, "limit": 0.95, "level": "amber"},
            "next_rack": {
                "last_completed_at": iso(now - timedelta(seconds=1000)),
                "takt_seconds": 831.0,
                "due_at": iso(now - timedelta(seconds=822)),
            },
        }
        | changes
    )


class FakeRead:
    """`Read` over canned walls; `put` commits a change as the store would."""

    def __init__(self, walls: dict[str, dict[str, Any]] | None = None) -> None:
        self.walls = walls or {code: wall_shape(code) for code in NAMES}
        self.sources: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        """Name of a query → its answer, or a function (scope, …) → answer; name of an entry → a
        function (plant, …) → what was kept."""
        self.feeds: dict[str, dict[str, Any]] = {}
        """Plant → feeds that differ from a fresh one."""
        self.written: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = []
        """What people entered: name of the entry, plant, values."""
        self.error: Exception | None = None
        self.build_count = 0
        self.moving: tuple[str, ...] = ("stock",)
        """Feeds that bring something with each `put`."""
        self._on_change: Callable[[dict[str, int]], None] = lambda versions: None

    async def plants(self, scope: Scope) -> list[PlantShape]:
        return [wall["plant"] for wall in self.walls.values()]

    async def build(self, key: Key) -> Blocks:
        self.build_count += 1
        if self.error:
            raise self.error
        if key.topic == "feeds":
            usual = {name: {"fresh": fresh(), "moved": 1} for name in FEEDS}
            moved = {name: {"fresh": fresh(), "moved": self.walls[key.plant]["version"]}
                     for name in self.moving}  # fmt: skip
            return {"feeds": usual | moved | self.feeds.get(key.plant, {})}
        if key.topic == "health":
            own = [source for source in self.sources if source["plant"] == key.plant]
            backfill = self.walls[key.plant]["backfill"]
            return {"read_at": iso(utc_now()), "sources": own, "backfills": {key.plant: backfill}}
        return self.walls[key.plant]

    async def ask(self, question: Any, scope: Scope, *args: Any, **kwargs: Any) -> Any:
        if self.error:
            raise self.error
        answer = self.answers[question.__name__]
        return answer(scope, *args, **kwargs) if callable(answer) else answer

    async def write(self, entry: Any, scope: Scope, plant: str, *args: Any, **kwargs: Any) -> Any:
        scope.require(plant)
        if self.error:
            raise self.error
        self.written.append((entry.__name__, plant, args, kwargs))
        does = self.answers.get(entry.__name__)
        return does(plant, *args, **kwargs) if does else len(self.written)

    def put(self, plant: str, **blocks: Any) -> None:
        """Change blocks of a wall, raise its version and tell the watcher."""
        wall = self.walls[plant]
        self.walls[plant] = wall | blocks | {"version": wall["version"] + 1}
        self._on_change({plant: wall["version"] + 1})

    def watch(self, on_change: Callable[[dict[str, int]], None], stop: threading.Event) -> None:
        self._on_change = on_change
        on_change({plant: wall["version"] for plant, wall in self.walls.items()})
        stop.wait()


def source_shape(plant: str = "mp", feed: str = "unit_step", **changes: Any) -> dict[str, Any]:
    """One source on the health page, loading well."""
    return {
        "code": f"{plant}.{feed}",
        "plant": plant,
        "feed": feed,
        "connector": "sql",
        "state": "ok",
        "state_since_at": iso(utc_now() - timedelta(hours=3)),
        "message": "",
        "last_success_at": iso(utc_now() - timedelta(seconds=12)),
        "last_event_at": iso(utc_now() - timedelta(seconds=40)),
        "next_attempt_at": iso(utc_now() + timedelta(seconds=3)),
        "interval_seconds": 15,
        "allowed_lag_seconds": 300,
        "lag_seconds": 12.0,
        "level": "ok",
        "row_count": 124_000,
        "rows_last_day": 4_120,
        "quarantined_count": 0,
        "top_reason": "",
        "skipped_count": 0,
        "failure_count": 0,
        "runs": ["ok"] * 40,
    } | changes
