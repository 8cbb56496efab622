"""A dashboard over canned shapes: `python -m tests.browser.serve PORT [walls|desks]`.

Each line on its standard input is JSON `[plant, {block: value}]` and commits that change.
"""

import json
import sys
import threading
from datetime import timedelta
from typing import Any

import uvicorn

from dashboard.app import create_app
from db.clock import utc_now
from db.domain.held_back import WEAKENED, sentence
from tests.dashboard import first_pass, hours_of_a_shift, unit_shapes
from tests.dashboard.capacities import capacities, standing
from tests.dashboard.fakes import (
    BLOCKS,
    FakeRead,
    bad_shift,
    fresh,
    hour_shapes,
    iso,
    line,
    part_stop,
    plant_shape,
    source_shape,
    wall_shape,
)
from tests.dashboard.held_back import HeldBack
from tests.dashboard.outlooks import detail, material

COPIES = ("copy1", "copy2", "copy3", "copy4", "copy5")
"""Normal walls, one for each test that changes one: tests run in any order."""

LONG_STAGES = ["Einbau", "Kabelzug", "Schiene", "Einschub", "Netzwerk", "Dichtung", "Prüfung",
               "Freigabe", "Endtest", "Verpackg"]  # fmt: skip


def states() -> dict[str, dict[str, Any]]:
    """One wall per state a screen can be in, by plant code."""
    loading = {"done_ratio": 0.43, "loaded_from_at": None, "wanted_from_at": None}
    stale = fresh(1500, state="stale", fresh_count=0)
    half = {block: fresh() for block in BLOCKS}
    old_stock = fresh(1500, state="stale", source="half.stock", fresh_count=5)
    return {
        "normal": wall_shape("normal", plant=plant_shape("normal", name="Lordstown")),
        "bad": bad_shift("bad", backfill=loading | {"is_complete": False}),
        "stale": bad_shift("stale", freshness=dict.fromkeys(BLOCKS, stale)),
        "half": bad_shift("half", freshness=half | {"stops": old_stock, "page": old_stock}),
        "empty": empty_wall(),
        "noshift": no_shift(),
        "long": long_wall(),
    }


def empty_wall() -> dict[str, Any]:
    """A plant of which nothing has been loaded yet."""
    missing = fresh(0, state="missing", as_of_at=None, fresh_count=0)
    none = {"target": None, "plan_now": None, "difference": None, "forecast": None}
    return wall_shape(
        "empty",
        freshness=dict.fromkeys(BLOCKS, missing),
        score=none | {"done": 0, "level": "none"},
        hours=hour_shapes([0, 0, 0], [0.0] * 12),
        lines=[line("L1", **dict.fromkeys(("Kit", "Frame", "Test"), None))],
        part_stops=[],
        about_to_stop_count=None,
        next_rack={"last_completed_at": None, "takt_seconds": None, "due_at": None},
        first_pass={"first_count": 0, "passed_count": 0, "limit": 0.95, "level": "none",
                    "excluded_count": 0, "window": 50},
        backfill={"done_ratio": 0.0, "loaded_from_at": None, "wanted_from_at": None,
                  "is_complete": False},
    )  # fmt: skip


def no_shift() -> dict[str, Any]:
    """Between shifts, with an old first-pass window too small to judge."""
    wall = wall_shape("noshift", shift=None, open_stop=None)
    few = {"first_count": 9, "passed_count": 7, "level": "none"}
    return wall | {
        "score": wall["score"] | {"difference": None, "forecast": None, "level": "none"},
        "first_pass": wall["first_pass"] | few,
        "next_rack": {"last_completed_at": None, "takt_seconds": None, "due_at": None},
        "part_stops": [],
        "unknown_stops": [{"lines": ["L2"], "reason": "no BOM for RK72-B"}],
    }


def long_wall() -> dict[str, Any]:
    """Everything at its longest: names, counts, ten stages, four lines, German words."""
    now = utc_now()
    busy = {
        "Einbau": "starved",
        "Prüfung": "down",
        "Kabelzug": "no_operator",
        "Netzwerk": "blocked",
    }
    lines = [line(f"Linie-0{n}", LONG_STAGES, **(busy if n == 2 else {})) for n in range(1, 7)]
    lines[1]["cells"][6] |= {"station_count": 24, "affected_count": 11}
    lacks = [sentence(feed, 1204) for feed in WEAKENED]
    return bad_shift(
        "long",
        lacks=lacks,
        plant=plant_shape("long", name="Gräfenhainichen2", zone_label="CEST"),
        score={"done": 128, "target": 188.0, "plan_now": 152.0, "difference": -24.0,
               "forecast": 142.0, "level": "red"},
        hours=hour_shapes([11, 123, 9, 0, 14, 12, 13, 11, 12, 10], [12.0] * 13, low=(0, 1, 2, 3)),
        stages=LONG_STAGES,
        lines=lines,
        open_stop={"line": "Linie-02", "stage": "Prüfung", "station": "Prüfzelle 24",
                   "condition": "down", "since_at": iso(now - timedelta(hours=26)), "more_count": 3,
                   "reason": "Kühlmittelumwälzpumpe der Zelle 24 ohne Druck, Ersatzteil bestellt"},
        part_stops=[part_stop("Kühlmittelverteilerschlauch DN 50 lang", 0.0, "red"),
                    part_stop("QSFP-DD 800G AOC 30 metre long", 3.99, "red"),
                    part_stop("Abdeckblech", 200.0), part_stop("Schraube", 900.0)],
        next_rack={"last_completed_at": iso(now), "takt_seconds": 36000.0,
                   "due_at": iso(now - timedelta(hours=30))},
        first_pass={"first_count": 1000, "passed_count": 1000, "limit": 0.995, "level": "amber",
                    "excluded_count": 0, "window": 1000},
        freshness=dict.fromkeys(BLOCKS, fresh(0)) | {
            "page": fresh(360000, state="stale", source="long.station_state", fresh_count=3)},
    )  # fmt: skip


def walls_and_health() -> FakeRead:
    """One plant per state a wall can be in."""
    read = FakeRead(states() | {code: wall_shape(code) for code in COPIES})
    read.sources = [source_shape("bad"), source_shape("half", feed="stock", level="stale")]
    return read


def desks() -> FakeRead:
    """Three plants with everything the desk pages ask for."""
    read = FakeRead()
    read.sources = [source_shape("mp"), source_shape("oh", feed="stock", level="stale")]
    read.answers |= {"material": material(), "part": lambda scope, number: detail(number)}
    read.answers |= {"capacity": capacities(), "standing": standing(), "saved": []}
    read.answers |= first_pass.answers() | unit_shapes.answers()
    read.answers |= hours_of_a_shift.answers() | HeldBack().answers()
    return read


KINDS = {"walls": walls_and_health, "desks": desks}


def main(port: int, kind: str = "walls") -> None:
    """Serve until killed."""
    read = KINDS[kind]()

    def listen() -> None:
        for command in sys.stdin:
            plant, blocks = json.loads(command)
            read.put(plant, **blocks)

    threading.Thread(target=listen, daemon=True).start()
    uvicorn.run(
        create_app(read).server,
        port=port,
        ws="none",
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
