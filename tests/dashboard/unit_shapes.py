"""A canned rack, the racks a lot went into, and alarms with what people did about them.

Figures are illustrative; hostile names come from tests.dashboard.first_pass.
"""

from datetime import timedelta
from typing import Any

from dashboard.units import Drops, Unit
from db.clock import utc_now
from tests.dashboard.fakes import NAMES, iso
from tests.dashboard.first_pass import HOSTILE, drop, explanation, inside, note, where

SERIAL = "MP-R-008412"
PART, LOT = "UQD-04", "QD26-4471"


def ago(hours: float) -> str:
    """An instant so many hours ago."""
    return iso(utc_now() - timedelta(hours=hours))


def step(operation: str, began: float, ended: float | None, **changes: Any) -> dict[str, Any]:
    """A visit that began and ended so many hours ago."""
    return {
        "operation": operation, "operation_name": f"{operation} operation", "line": "L1",
        "station": f"L1-{operation}-1", "slot": "S02", "started_at": ago(began),
        "ended_at": None if ended is None else ago(ended), "result": "completed",
        "hours": None if ended is None else began - ended, "queue_hours": 0.5,
    } | changes  # fmt: skip


def run(verdict: str, began: float, **changes: Any) -> dict[str, Any]:
    """A test run of an hour."""
    return {
        "operation": "LEAK", "station": "L1-LEAK-2", "slot": "", "started_at": ago(began),
        "ended_at": ago(began - 1), "verdict": verdict, "verdict_raw": verdict[:4].upper(),
        "program": f"RACK-PDT 7.3 {HOSTILE}", "firmware": "1.9.0", "fixture": "FX-2",
        "is_first": False,
    } | changes  # fmt: skip


def repair(**changes: Any) -> dict[str, Any]:
    """A leak that was seen, and found to come from a coupling."""
    return {
        "found_at": ago(20), "operation": "LEAK", "station": "L1-LEAK-2", "symptom": "LEAK-02",
        "defect": "seal pinched", "action": "replaced", "part": PART, "lot": LOT,
        "component_serial": "",
    } | changes  # fmt: skip


def rack(plant: str = "mp", **changes: Any) -> dict[str, Any]:
    """A rack that failed its leak test, was repaired and is under power now."""
    return {
        "plant": plant, "plant_name": NAMES[plant], "zone": "America/Chicago", "zone_label": "CT",
        "as_of_at": ago(0), "serial": SERIAL, "product": "RK72-A", "build": "MW00058",
        "build_kind": "firm", "line": "L1", "state": "in_process", "operation": "POWERON",
        "started_at": ago(40), "completed_at": None, "parent": "",
        "route": [step("KIT", 40, 38), step("LEAK", 24, 21, result="failed"),
                  step("POWERON", 3, None)],
        "runs": [run("failed", 24, is_first=True), run("passed", 19)],
        "repairs": [repair()], "genealogy": inside(SERIAL).tree,
        "uses": [],
        "deviations": [{"kind": "skipped", "operation": "CABLE", "at": None,
                        "sentence": "Cables (CABLE) has no visit, later operations have."}],
        "held_count": 0, "notes": [note(subject="rack", subject_key=SERIAL)],
        "rule_sentence": "First verdict: the earliest run that passed or failed.", "sentence": "",
    } | changes  # fmt: skip


def behind(**changes: Any) -> dict[str, Any]:
    """The rows behind it."""
    row = {
        "source": "mp.unit_step", "source_key": "77", "changed_at": ago(3),
        "says": {"operation": "KIT", "result": HOSTILE},
    }  # fmt: skip
    return {
        "standard_hours": {"KIT": 1.5, "LEAK": 3.0}, "first_pass": ["LEAK"],
        "rows": [("Visit", row)],
    } | changes  # fmt: skip


def unit(plant: str = "mp", **changes: Any) -> Unit:
    """The rack at a plant, with its rows."""
    return Unit(rack(plant, **changes), behind())  # type: ignore[arg-type]


def place(serial: str, **changes: Any) -> dict[str, Any]:
    """The lot in a rack, through a manifold."""
    [known] = where()["racks"]
    return {**known, "serial": serial, "installed_at": ago(200), **changes}


def lot(plant: str = "mp", **changes: Any) -> dict[str, Any]:
    """Four racks: one in process, two shipped, and one it was taken out of after it was built."""
    racks = [
        place("R-1", installed_at=ago(20)),
        place("R-2", where="shipped", operation="PACK"),
        place("R-2", where="shipped", operation="PACK", via="MF-9"),
        place("R-3", where="at_evaluation", operation="PACK", via=""),
        place("R-4", where="shipped", removed_at=ago(50), is_in_now=False),
        place("R-5", installed_at=ago(30), removed_at=ago(25), is_in_now=False, via=HOSTILE),
    ]
    return {
        "plant": plant, "as_of_at": ago(0), "where": where(racks=racks, plant=plant),
        "completed_at": {"R-2": ago(150), "R-3": ago(160), "R-4": ago(100)},
        "rows": [{"source": "mp.lot", "source_key": "481", "changed_at": ago(300),
                  "says": {"supplier": "QD", "date_code": HOSTILE}}],
        "is_known": True,
    } | changes  # fmt: skip


def event(kind: str, hours: float, by: str, text: str = "") -> dict[str, Any]:
    """A step in an alarm's life."""
    return {"at": ago(hours), "by": by, "kind": kind, "text": text}


def drops(**changes: Any) -> Drops:
    """One open alarm, one taken on, one muted, one closed; and two notes to do."""
    told = [
        drop(notes=[note(subject="drop", subject_key="12")]),
        drop(id=13, operation="TLEAK", operation_name="Tray leak test", line="T2",
             state="acknowledged", acknowledged_by=HOSTILE, acknowledged_at=ago(3),
             excess_fails=4.0),
        drop(id=14, line="L2", is_muted=True, muted_until=iso(utc_now() + timedelta(hours=5)),
             excess_fails=30.0),
        drop(id=15, state="closed", closed_by="Ben", closed_at=ago(90), closed_reason="tester"),
    ]  # fmt: skip
    own = {
        "plant": "mp", "as_of_at": ago(0), "alarms": told, "open_count": 1,
        "events": {12: [event("detected", 20, "detector", "16 of 144 failed"),
                        event("moved", 10, "detector", HOSTILE)]},
        "detector_sentence": "A chart sounds by chance alone about once in 10,000 units.",
    } | changes  # fmt: skip
    none = {"plant": "oh", "as_of_at": ago(0), "alarms": [], "events": {}, "open_count": 0,
            "detector_sentence": "No drop has been found."}  # fmt: skip
    todo = [note(), note(id=2, subject="lot", subject_key=f"{PART}/{LOT}", is_overdue=False)]
    return Drops([own, none], todo)  # type: ignore[list-item, arg-type]


def answers() -> dict[str, Any]:
    """What the store says to everything these pages ask, by name of the question."""
    return {
        "unit": lambda scope, plants, serial: [unit()] if serial == SERIAL else [],
        "lot_at": lambda scope, plants, part, name: (
            ([lot()] if (part, name) == (PART, LOT) and "mp" in plants else []),
            [note(subject="lot", subject_key=f"{PART}/{LOT}")],
        ),
        "drops": drops(),
        "why_it_fails": explanation(),
    }
