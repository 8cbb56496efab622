"""A canned yield page: a plant whose leak test began to fail with a lot of couplings.

Figures are illustrative. `HOSTILE` is a factor value as an attacker might enter it.
"""

from datetime import datetime, timedelta
from typing import Any

from dashboard.yields import Calling, Parts
from db.clock import utc_now
from tests.dashboard.fakes import iso

HOSTILE = '<img src=x onerror="window.hurt=1"><b>%{y}</b>'
LOT = "UQD-04 QD26-4471"
SHIFTS = 24
HOURS = 12
PASSED = [36, 35, 36, 35, 36, 36, 34, 35, 36, 35, 34, 36, 35, 35, 36, 34, 35, 36, 36, 35, 33, 31,
          32, 30]  # fmt: skip
UNITS = [37, 36, 37, 36, 37, 37, 36, 36, 37, 36, 36, 37, 36, 36, 37, 36, 36, 37, 37, 36, 36, 36,
         36, 36]  # fmt: skip
CENTER = 0.962


def start() -> datetime:
    """When the first shift of the window began."""
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    return now - timedelta(hours=HOURS * SHIFTS)


def points(**changes: Any) -> list[dict[str, Any]]:
    """A dot for each shift of twelve days, the last three of them below the limit."""
    line, found = CENTER, []
    for at, (passed, units) in enumerate(zip(PASSED, UNITS, strict=True)):
        begin = start() + timedelta(hours=HOURS * at)
        line = 0.3 * passed / units + 0.7 * line
        shift = "DN"[at % 2]
        found.append(
            {
                "start_at": iso(begin),
                "end_at": iso(begin + timedelta(hours=HOURS)),
                "business_on": f"{begin.date()}",
                "shift": shift,
                "label": f"{'Day' if shift == 'D' else 'Night'} shift",
                "first_count": units,
                "first_passed_count": passed,
                "ratio": passed / units,
                "interval": (0.8, 0.99),
                "ewma": line,
                "ewma_lower": 0.922,
                "lower_limit": 0.866,
                "upper_limit": 1.0,
                "is_flagged": line < 0.922,
                "is_beyond": passed / units < 0.866,
                "is_mature": at < SHIFTS - 1,
                "notes": [1] if at == SHIFTS - 2 else [],
            }
            | changes
        )
    return found


def series(**changes: Any) -> dict[str, Any]:
    """The whole, ungrouped."""
    return {
        "key": "",
        "label": "",
        "first_count": sum(UNITS),
        "first_passed_count": sum(PASSED),
        "ratio": sum(PASSED) / sum(UNITS),
        "interval": (0.94, 0.97),
        "points": points(),
    } | changes


def note(**changes: Any) -> dict[str, Any]:
    """Something a person wrote about a shift."""
    return {
        "id": 1, "plant": "mp", "subject": "shift", "subject_key": "2026-11-21/N",
        "text": f"Bench 2 was recalibrated {HOSTILE}", "author": "Ana Silva", "owner": "J. Ortiz",
        "due_on": "2026-11-20", "written_at": iso(utc_now() - timedelta(hours=3)),
        "done_at": None, "is_overdue": True,
    } | changes  # fmt: skip


def drop(**changes: Any) -> dict[str, Any]:
    """The drop that began 44 hours ago."""
    began = start() + timedelta(hours=HOURS * (SHIFTS - 4))
    return {
        "id": 12, "plant": "mp", "line": "L1", "operation": "LEAK",
        "operation_name": "Rack leak test", "product": "", "began_at": iso(began),
        "began_interval": (iso(began - timedelta(hours=7)), iso(began + timedelta(hours=5))),
        "confidence": 0.9, "shift_label": "Night shift start",
        "detected_at": iso(began + timedelta(hours=20)), "units_to_detection": 44, "units": 144,
        "fails": 16, "expected_fails": 5.5, "excess_fails": 10.5, "baseline_ratio": CENTER,
        "current_ratio": 0.889, "evidence": 6.2, "threshold": 5.1,
        "units_per_false_alarm": 10_000.0, "detector_version": "1", "state": "open",
        "is_withdrawn": False, "recovered_at": None, "acknowledged_by": "", "acknowledged_at": None,
        "closed_by": "", "closed_at": None, "closed_reason": "", "muted_until": None,
        "is_muted": False, "notes": [],
        "sentence": "First-pass yield of Rack leak test on L1 fell from 96.2% to 88.9%: 16 of 144 "
                    "racks failed, 10.5 more than expected.",
    } | changes  # fmt: skip


def kpis(**changes: Any) -> dict[str, Any]:
    """The four figures, since the drop."""
    return {
        "ratio": 128 / 144, "first_count": 144, "first_passed_count": 128, "is_ratio_shown": True,
        "interval": (0.827, 0.93), "baseline_ratio": CENTER, "baseline_count": 1_009,
        "began_at": drop()["began_at"], "began_label": "Night shift start",
        "began_hours_ago": 44.2, "failed_count": 16, "expected_failed": 5.5,
        "excess_failed": 10.5, "lost_hours": 39.4, "lost_racks": 2.84, "lost_mw": 0.37,
        "open_count": 3,
    } | changes  # fmt: skip


def code(name: str, number: int, expected: float | None, **changes: Any) -> dict[str, Any]:
    """A failure code."""
    return {"code": name, "kind": "symptom", "count": number, "expected": expected,
            "hours": number * 2.4, "mw": number * 0.02, "code_count": 1} | changes  # fmt: skip


def unit(serial: str, hours: float, **changes: Any) -> dict[str, Any]:
    """A rack that failed so many hours ago."""
    return {
        "serial": serial, "rack": "", "product": "RK72-A",
        "failed_at": iso(utc_now() - timedelta(hours=hours)), "line": "L1", "station": "L1-LEAK-2",
        "slot": "", "symptom": "LEAK-02", "defect": "", "now": "rework",
        "lost_hours": 3.25,
    } | changes  # fmt: skip


def finding(rank: int, factor: str, value: str, **changes: Any) -> dict[str, Any]:
    """A factor value with its comparison."""
    return {
        "rank": rank, "factor": factor, "value": value, "label": f"{factor.capitalize()} {value}",
        "standing": "nothing", "standing_text": "nothing stands out", "exposed_units": 58,
        "fails": 4, "expected_fails": 3.6, "excess_fails": 0.4, "with_ratio": 0.879,
        "without_ratio": 0.895, "effect_points": -0.5, "effect_interval": (-4.1, 3.2),
        "p_value": 0.4, "p_adjusted": 0.62, "explained_by": None,
        "sentence": f"{factor} {value}: 6.9% failed, 6.2% of the others of the same days; "
                    "no more than chance gives",
        "disproof": f"Wrong if more units with {factor} {value} set it apart on their days",
        "racks_in_process": 20, "racks_shipped": 31,
    } | changes  # fmt: skip


def explanation(**changes: Any) -> dict[str, Any]:
    """Why: the lot is likely, the bench possible, and a hostile name stands out in nothing."""
    likely = {
        "standing": "likely", "standing_text": "likely", "exposed_units": 31, "fails": 9,
        "expected_fails": 1.9, "excess_fails": 7.1, "with_ratio": 0.71, "without_ratio": 0.938,
        "effect_points": -22.8, "effect_interval": (-39.5, -7.1), "p_value": 1e-6,
        "p_adjusted": 0.004, "racks_in_process": 23, "racks_shipped": 14,
        "sentence": f"lot {LOT}: 29.0% failed, 6.2% of the others of the same days; associated "
                    "with the fails, not proved their cause",
        "disproof": f"Wrong if units without lot {LOT}, tested on the same days, fail as often, "
                    "or if failed units that keep it pass when tested again",
    }  # fmt: skip
    possible = {"standing": "possible", "standing_text": "possible", "p_adjusted": 0.04,
                "effect_points": -8.9, "effect_interval": (-17.0, -1.2),
                "with_ratio": 0.843, "without_ratio": 0.932}  # fmt: skip
    wide = {"standing": "time_wide", "standing_text": "time-wide, not this factor",
            "effect_points": None, "effect_interval": None}  # fmt: skip
    return {
        "standing": "likely",
        "sentence": f"16 of 144 units failed; most likely associated with lot {LOT} "
                    "(214 values and pairs tried)",
        "since_at": drop()["began_at"], "units": 144, "fails": 16, "tried_count": 214,
        "pairs_tried_count": 31, "rate_points": -6.9, "mix_points": -0.4,
        "findings": [
            finding(1, "lot", LOT, **likely),
            finding(2, "station", "L1-LEAK-2", **possible),
            finding(3, "shift", "N", **wide),
            finding(4, "firmware", HOSTILE),
            finding(5, "crew", "B", racks_in_process=None, racks_shipped=None),
        ],
        "notes": ["12 runs name no fixture: they are one value, “not named”."],
    } | changes  # fmt: skip


def page(**changes: Any) -> dict[str, Any]:
    """The page of a plant with an open drop."""
    named = {"value": "LEAK", "label": "Rack leak test (L11)"}
    return {
        "plant": "mp", "plant_name": "Mount Pleasant", "zone": "America/Chicago",
        "zone_label": "CT", "as_of_at": iso(utc_now()), "operation": "LEAK",
        "operation_name": "Rack leak test (L11)", "unit_name": "rack",
        "since_on": f"{start().date()}", "until_on": f"{utc_now().date()}",
        "data_from_at": iso(start() - timedelta(days=30)),
        "choices": {
            "operations": [named, {"value": "LINK", "label": "Link test"}],
            "lines": [{"value": "L1", "label": "L1"}, {"value": "L2", "label": "L2"}],
            "products": [{"value": "RK72-A", "label": "RK72-A"}],
            "stations": [{"value": f"L1-LEAK-{n}", "label": f"L1-LEAK-{n}"} for n in (1, 2)],
            "shifts": [{"value": "D", "label": "Day shift"}, {"value": "N", "label": "Night"}],
            "suppliers": [{"value": "QD", "label": "QD"}],
        },
        "kpis": kpis(), "others": others(),
        "lacks": [], "series": [series()],
        "limits": {
            "chart": "p", "version": 3, "estimator": "pooled", "center": CENTER, "sigma_z": 1.31,
            "baseline_from": iso(start() - timedelta(days=30)), "baseline_to": iso(start()),
            "frozen_by": "Ana Silva", "frozen_at": iso(start()), "reason": "after the new bench",
            "sentence": "p chart, 3σ limits, pooled over 30 days, version 3 frozen by Ana Silva: "
                        "after the new bench.",
        },
        "drop": drop(), "alarms": [drop()],
        "pareto": [
            code("LEAK-02", 9, 1.1), code("NET-11", 2, 1.6), code("PWR-04", 2, 0.9),
            code(HOSTILE, 1, 0.7), code("", 1, 0.6), code("other", 1, 0.6, code_count=9),
        ],
        "failed": [
            unit("MP-R-008412", 3.5), unit("MP-R-008409", 4.2), unit("MP-R-008401", 5.8),
            unit("MP-R-008396", 7.1, now="passed retest"),
            unit("MP-R-008388", 8.7, symptom="NET-11"),
            unit(HOSTILE, 10.2, station="", lost_hours=None, now="scrapped"),
        ],
        "failed_count": 16, "notes": [note()], "rule": "first_attempt",
        "rule_sentence": "First verdict: the earliest run, by start, that passed or failed; "
                         "aborted, erroneous and skipped runs do not count.",
        "other_rules": [{"value": "first_visit", "label": "First verdict: the last run that "
                                                          "passed or failed in the first visit."}],
        "sentence": "",
    } | changes  # fmt: skip


def others(**changes: Any) -> dict[str, Any]:
    """Yields beyond first pass."""
    return {
        "final_disposed_ratio": 0.9921, "final_started_ratio": 0.9687, "passed_count": 372,
        "scrapped_count": 3, "open_count": 9, "retest_ratio": 0.051, "retest_count": 19,
        "ntf_ratio": 0.31, "ntf_count": 5, "rolled_ratio": 0.842, "unit_rolled_ratio": 0.861,
        "unit_rolled_count": 366, "skipped": [("MP-R-008333", "LEAK")], "skipped_count": 1,
        "defects_per_unit": 0.062, "defect_count": 24, "no_verdict_count": 4,
    } | changes  # fmt: skip


def empty(sentence: str, **changes: Any) -> dict[str, Any]:
    """The page of a window with nothing in it."""
    none = dict.fromkeys(kpis()) | {
        "first_count": 0, "first_passed_count": 0, "failed_count": 0, "open_count": 0,
        "baseline_count": 0, "is_ratio_shown": False, "began_label": "",
    }  # fmt: skip
    nothing = dict.fromkeys(others()) | {
        "passed_count": 0, "scrapped_count": 0, "open_count": 0, "retest_count": 0,
        "ntf_count": 0, "unit_rolled_count": 0, "skipped": [], "skipped_count": 0,
        "defect_count": 0, "no_verdict_count": 0,
    }  # fmt: skip
    whole = series(first_count=0, first_passed_count=0, ratio=None, interval=None, points=[])
    return page(
        kpis=none, others=nothing, series=[whole], limits=None, drop=None, alarms=[], pareto=[],
        failed=[], failed_count=0, notes=[], sentence=sentence, data_from_at=None,
    ) | changes  # fmt: skip


def link(**changes: Any) -> dict[str, Any]:
    """A lot built into a rack."""
    return {
        "position": "MANIFOLD/1", "serial": "", "part": "UQD-04", "part_name": "QD coupling",
        "lot": "QD26-4471", "supplier": "QD", "country": "TW", "date_code": "2026W44",
        "qty": 36.0, "installed_at": iso(start()), "removed_at": None,
        "received_at": iso(start() - timedelta(days=3)), "order_no": "4500118", "children": [],
    } | changes  # fmt: skip


def inside(serial: str = "MP-R-008412") -> Parts:
    """What is in a rack: the suspect lot within its manifold, and a tray that was swapped."""
    manifold = link(position="M1", serial="MF-22107", part="MANIFOLD", part_name="Manifold", lot="",
                    qty=1.0, children=[link()])  # fmt: skip
    trays = [link(position=f"T{n}", serial=f"CT-{n:05}", part="CT-9", part_name="Compute tray",
                  lot="", qty=1.0) for n in range(18)]  # fmt: skip
    gone = link(
        serial="CT-00099", part="CT-9", part_name=HOSTILE, lot="", removed_at=iso(utc_now())
    )
    tree: Any = {
        "serial": serial, "as_built_at": iso(utc_now()), "is_complete": False,
        "as_built": [manifold, *trays], "as_now": [manifold, *trays],
        "swaps": [(serial, gone)], "sentence": "",
    }  # fmt: skip
    return Parts(tree, [where()])


def where(**changes: Any) -> Any:
    """Where else the lot is."""
    rack = {
        "serial": "MP-R-008500", "via": "MF-22300", "product": "RK72-A", "build": "MW1",
        "line": "L1", "where": "in_process", "operation": "LEAK", "installed_at": iso(start()),
        "removed_at": None, "is_in_now": True,
    }  # fmt: skip
    return {
        "plant": "mp", "part": "UQD-04", "lot": "QD26-4471", "serial": "", "supplier": "QD",
        "country": "TW", "in_process_count": 23, "shipped_count": 14, "at_evaluation_count": 0,
        "removed_count": 1, "loose_count": 2, "racks": [rack], "limit": 60, "sentence": "",
    } | changes  # fmt: skip


def failed_of(scope: Any, asked: Any, *_: Any) -> dict[str, Any]:
    """The failed units of the page, narrowed to a dot."""
    found, dot = page(), asked.dot
    if dot is None:
        return {"units": found["failed"], "count": found["failed_count"]}
    units = [it for it in found["failed"]
             if dot.start_at <= datetime.fromisoformat(it["failed_at"]) < dot.end_at]  # fmt: skip
    return {"units": units, "count": len(units)}


def answers(**changes: Any) -> dict[str, Any]:
    """What the store says to everything the yield page asks, by name of the question."""
    return {
        "drops_calling": Calling(1, "mp"),
        "first_pass": page(),
        "failed_of": failed_of,
        "why_it_fails": explanation(),
        "parts_of": inside(),
        "suspects_held": {"MP-R-008412": [LOT]},
    } | changes
