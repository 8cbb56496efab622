"""A canned throughput page: a night shift that is behind, with one stop, a note and a ghost.

Figures are illustrative. `HOSTILE` is a reason as an attacker might enter it.
"""

from datetime import timedelta
from typing import Any

from dashboard.flow import Behind
from db.clock import utc_now
from tests.dashboard.fakes import iso

HOSTILE = '<img src=x onerror="window.hurt=1"><b>%{y}</b>'
DONE = (2, 2, 0, 3, 1, 2)
PLANNED = (2.2, 2.2, 1.6, 2.2, 2.2, 2.2, 1.1, 2.2)
LABELS = ("18", "19", "20", "21", "22", "23", "00", "01A")
LONG = "Rack stress in a burn-in slot with a very long name"


def note(**changes: Any) -> dict[str, Any]:
    """What a person wrote about the missed hour."""
    return {
        "id": 7, "plant": "mp", "subject": "hour", "subject_key": "2026-11-22T02Z/all",
        "text": f"Waited for the crane {HOSTILE}", "author": "Ana Silva", "owner": "",
        "due_on": None, "written_at": iso(utc_now() - timedelta(minutes=40)), "done_at": None,
        "is_overdue": False,
    } | changes  # fmt: skip


def reason(**changes: Any) -> dict[str, Any]:
    """A stop that explains part of an hour."""
    return {"kind": "down", "racks": 0.9, "text": f"Seal {HOSTILE}", "station": "L1-LEAK-1",
            "minutes": 35.0, "hours_before": 14.2} | changes  # fmt: skip


def hours() -> list[dict[str, Any]]:
    """Eight hours: five past, one running, two to come."""
    start = utc_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    found, due, done = [], 0.0, 0
    for at, planned in enumerate(PLANNED):
        phase = "past" if at < 5 else "current" if at == 5 else "future"
        so_far = None if phase == "future" else planned / 2 if phase == "current" else planned
        made = DONE[at] if at < len(DONE) else 0
        due, done = due + (so_far or 0), done + made
        is_missed = at in (2, 4)
        hour = start + timedelta(hours=at)
        rest = {"kind": "unexplained", "text": "", "station": "", "minutes": 0.0,
                "hours_before": 0.0, "racks": planned - made - (0.9 if at == 2 else 0)}  # fmt: skip
        found.append({
            "key": f"{hour:%Y-%m-%dT%HZ}/all", "hour_at": iso(hour), "start_at": iso(hour),
            "end_at": iso(hour + timedelta(hours=1)), "label": LABELS[at], "shift": "N",
            "working_minutes": 45.0 if at == 2 else 60.0, "planned": planned, "due": so_far,
            "done": made, "difference": None if so_far is None else made - so_far,
            "cumulative_due": None if so_far is None else due,
            "cumulative_done": None if so_far is None else done,
            "cumulative_difference": None if so_far is None else done - due,
            "phase": phase, "level": "amber" if is_missed else "normal", "is_missed": is_missed,
            "reasons": ([reason()] if at == 2 else []) + ([rest] if is_missed else []),
            "notes": [note()] if at == 2 else [],
        })  # fmt: skip
    return found


def window(**changes: Any) -> dict[str, Any]:
    """The night of the autumn change."""
    now = utc_now()
    return {
        "start_at": iso(now - timedelta(hours=5.5)), "end_at": iso(now + timedelta(hours=7.5)),
        "until_at": iso(now), "business_on": "2026-10-31", "shift": "N", "name": "Night shift",
        "hours_label": "18–06", "hour_count": 13, "working_minutes": 720.0, "is_running": True,
        "is_empty": False, "sentence": "", "earlier": ("2026-10-31", "D"), "later": None,
    } | changes  # fmt: skip


def output(**changes: Any) -> dict[str, Any]:
    """Ten racks of eleven due."""
    return {
        "done": 10, "target": 24.0, "due": 11.5, "difference": -1.5, "forecast": 21.4,
        "level": "amber", "attainment_ratio": 10 / 11.5, "mix_ratio": 9 / 11.5, "product_count": 2,
        "per_hour": 1.82, "takt_seconds": 1800.0, "pace_seconds": 1980.0, "outside_count": 0,
    } | changes  # fmt: skip


def stage(name: str, count: int, **changes: Any) -> dict[str, Any]:
    """Racks at a stage."""
    return {"stage": name, "count": count, "p50_hours": 1.2, "oldest_hours": 3.4, "p95_hours": 3.0,
            "aged": ["MR001"]} | changes  # fmt: skip


def wip(**changes: Any) -> dict[str, Any]:
    """Racks in process, one of them a ghost."""
    ghost = {"serial": "MR000009", "stage": "Cable", "hours": 90.0,
             "since_at": iso(utc_now() - timedelta(hours=90))}  # fmt: skip
    return {
        "count": 31, "age_p50_hours": 14.0, "age_p90_hours": 26.5, "age_oldest_hours": 44.0,
        "stages": [stage("Kit", 1, aged=[]), stage("Test", 28),
                   stage("Repair", 2, p95_hours=None, aged=None)],
        "ghosts": [ghost], "scrapped_count": 1,
    } | changes  # fmt: skip


def load(code: str, ratio: float | None, **changes: Any) -> dict[str, Any]:
    """What is asked of a resource."""
    return {"operation": code, "name": LONG if code == "BURNIN" else code.capitalize(),
            "kind": "slots", "required_hours": None if ratio is None else 100 * ratio,
            "available_hours": 100.0, "ratio": ratio, "start_queue": 1, "end_queue": 3,
            "coverage_ratio": 1.0} | changes  # fmt: skip


def line(code: str = "L1", **changes: Any) -> dict[str, Any]:
    """A line whose leak test led."""
    lead = {"operation": "LEAK", "name": "Leak", "led_ratio": 0.7, "sole_ratio": 0.5,
            "shifting_ratio": 0.2}  # fmt: skip
    return {
        "line": code, "line_name": f"Rack line {code[-1]}",
        "first": {"method": "active period", "operation": "LEAK", "name": "Leak",
                  "sentence": "Leak had the longest active period 70% of the time (50% alone)"},
        "second": {"method": "queue growth and load", "operation": "BURNIN", "name": LONG,
                   "sentence": f"{LONG} is asked for 104 % of what it has"},
        "leads": [lead, lead | {"operation": "BURNIN", "name": LONG, "led_ratio": 0.3}],
        "loads": [load("LEAK", 0.93), load("BURNIN", 1.04),
                  load("FINAL", None, coverage_ratio=0.6)],
    } | changes  # fmt: skip


def oee(**changes: Any) -> dict[str, Any]:
    """OEE of the leak test."""
    losses = {"down": 60.0, "blocked": 0.0, "starved": 120.0, "no_operator": 0.0,
              "engineering": 0.0, "unexplained": 20.0, "speed": -10.0, "quality": 40.0}  # fmt: skip
    return {
        "operation": "LEAK", "name": "Leak", "slots": 2, "run_minutes_planned": 72.0,
        "busy_minutes": 660.0, "run_minutes": 460.0, "good_minutes": 430.0,
        "produced_count": 7.0, "good_count": 6.0, "availability": 460 / 660,
        "effectiveness": 470 / 460, "quality": 6 / 7, "oee": 430 / 660,
        "losses": [{"kind": kind, "minutes": minutes} for kind, minutes in losses.items()],
        "faults": ["effectiveness is 102 %: a planned run time (PRI) is too long"],
    } | changes  # fmt: skip


def page(**changes: Any) -> dict[str, Any]:
    """The whole page; override blocks."""
    return {
        "plant": "mp", "plant_name": "Mount Pleasant", "zone": "America/Chicago",
        "zone_label": "CT", "as_of_at": iso(utc_now()), "stale_at": None, "line": "",
        "lines": [{"value": it, "label": f"Rack line {it[-1]}"} for it in ("L1", "L2")],
        "shifts": [{"value": "D", "label": "Day shift"}, {"value": "N", "label": "Night shift"}],
        "operations": [{"value": it, "label": it.capitalize()} for it in ("LEAK", "BURNIN")],
        "window": window(), "output": output(), "hours": hours(),
        "lost": [{"kind": "down", "racks": 0.9, "hour_count": 1},
                 {"kind": "unexplained", "racks": 1.9, "hour_count": 2}],
        "times": {
            "count": 10, "p50_hours": 28.1, "p90_hours": 30.1,
            "split": {"touch": 10.2, "queue": 1.0, "test": 16.9, "rework": 0.4}, "usual_days": 7,
            "hours": [25.5, 26.0, 27.2, 27.9, 28.1, 30.0, 41.0], "usual_p50_hours": 27.9,
            "usual_p90_hours": 30.0, "unborn_count": 1,
        },
        "wip": wip(),
        "little": {"days": 14.0, "wip": 55.6, "per_hour": 1.94, "mean_hours": 28.5, "ratio": 1.0,
                   "is_off": False, "sentence": ""},
        "bottlenecks": [line("L1"), line("L2")], "oee": oee(),
        "slot_uses": [{"operation": "BURNIN", "name": LONG, "slots": 32, "used_hours": 286.8,
                       "available_hours": 384.0, "ratio": 286.8 / 384}],
        "labour_sentence": "Labour utilisation is not known: no source says who was present.",
        "power_sentence": "Test power and coolant are not known as constraints.",
        "lacks": [],
    } | changes  # fmt: skip


def empty(sentence: str) -> dict[str, Any]:
    """A day on which nobody works."""
    nothing = dict.fromkeys(("target", "due", "difference", "forecast", "attainment_ratio",
                             "mix_ratio", "per_hour", "takt_seconds", "pace_seconds"))  # fmt: skip
    return page(
        window=window(name="Whole day", shift="day", hour_count=25, is_empty=True,
                      sentence=sentence, is_running=False),
        output=output(**nothing, done=0, level="none", product_count=0), hours=[], lost=[],
        times=page()["times"] | {"count": 0, "p50_hours": None, "p90_hours": None, "split": None,
                                 "hours": [], "usual_p50_hours": None, "usual_p90_hours": None},
        wip=wip(count=0, age_p50_hours=None, age_p90_hours=None, age_oldest_hours=None, stages=[],
                ghosts=[], scrapped_count=0),
        little={"days": 14.0, "wip": 0.0, "per_hour": 0.0, "mean_hours": None, "ratio": None,
                "is_off": False, "sentence": "cannot check WIP in 336 h: it takes a completion"},
        bottlenecks=[], oee=None, slot_uses=[], lacks=[],
    )  # fmt: skip


def answers(**changes: Any) -> dict[str, Any]:
    """What `FakeRead` answers for the page."""
    return {"flow_page": page(), "furthest_behind": Behind("mp", 1.5)} | changes
