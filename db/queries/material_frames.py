"""The material outlook as tables: what the command line prints and the pages export.

Every table carries the same numbers as the screens, what its columns mean and the outlook's as-of.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlmodel import Session

from db.domain.calendar import HOUR
from db.domain.catalog import METRICS
from db.domain.limits import Limits, limits_from
from db.errors import RacklineError
from db.models import Plant
from db.queries.findings import MISSING
from db.queries.outlook import held_outlook
from db.queries.outlook_shapes import Case, OutlookShape, PartOutlookShape
from db.queries.quarantine import ALWAYS, weakened
from db.queries.reports import DAY, UTC_TIME, Report
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.stops import level_of, sentence_of, whole_stop

Row = dict[str, Any]
DEFAULT_LIMITS = Limits()

PARTS = {
    "part": "str",
    "name": "str",
    "commodity": "str",
    "line": "str",
    "stops_at": UTC_TIME,
    "hours_left": "float64",
    "covered_at": UTC_TIME,
    "racks_at_risk": "float64",
    "kw_at_risk": "float64",
    "level": "str",
    "unit": "str",
    "available_qty": "float64",
    "allocated_qty": "float64",
    "used_qty": "float64",
    "read_at": UTC_TIME,
    "kept_qty": "float64",
    "held_qty": "float64",
    "safety_qty": "float64",
    "is_below_safety": "bool",
    "need_per_day": "float64",
    "cover_days": "float64",
    "surplus_qty": "float64",
    "next_receipt_on": DAY,
    "lifting_receipt": "str",
    "hours_earlier": "float64",
    "alternates": "str",
    "yield_extra_ratio": "float64",
    "yield_hours": "float64",
    "risks": "str",
    "sentence": "str",
}
BALANCES = {
    "part": "str",
    "name": "str",
    "unit": "str",
    "on": DAY,
    "need_qty": "float64",
    "arrival_qty": "float64",
    "balance_qty": "float64",
}
BUILDS = {
    "build": "str",
    "product": "str",
    "line": "str",
    "kind": "str",
    "priority": "int64",
    "due_at": UTC_TIME,
    "open_count": "int64",
    "buildable_now": "Int64",
    "fair_share_now": "Int64",
    "complete_on": DAY,
    "racks_late": "Int64",
    "blockers": "str",
    "best_action": "str",
    "cannot_tell": "str",
}
UNTOLD = ("buildable_now", "fair_share_now", "racks_late")
"""Columns of a build that are unknown where nothing can be told of it."""
LINE_STOPS = {
    "line": "str",
    "name": "str",
    "part": "str",
    "stops_at": UTC_TIME,
    "hours_left": "float64",
    "covered_at": UTC_TIME,
    "racks_at_risk": "float64",
    "kw_at_risk": "float64",
    "second_part": "str",
    "second_stops_at": UTC_TIME,
    "cannot_tell": "str",
    "sentence": "str",
}
RECEIPTS = {
    "part": "str",
    "order_no": "str",
    "key": "str",
    "supplier": "str",
    "origin_country": "str",
    "open_qty": "float64",
    "unit": "str",
    "need_on": DAY,
    "first_promised_on": DAY,
    "promised_on": DAY,
    "promise_count": "int64",
    "usable_at": UTC_TIME,
    "late_usable_at": UTC_TIME,
    "counts": "bool",
    "why_not": "str",
}
FINDINGS = {"kind": "str", "subject": "str", "sentence": "str"}


def _parts(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    for part in outlook["parts"]:
        own = part["cases"][case]
        dates = [one["promised_on"] for one in part["receipts"] if one["counts"]]
        stops_at = whole_stop(part, case)
        risk: Row = {} if stops_at else {"covered_at": None, "racks_at_risk": 0, "kw_at_risk": 0}
        yield (
            dict(part)
            | dict(own)
            | risk
            | {
                "line": ", ".join(part["lines"]),
                "stops_at": stops_at,
                "hours_left": _hours(stops_at, at),
                "level": level_of(part, at, limits, case),
                "sentence": sentence_of(part, case),
                "held_qty": sum(part["held"].values()),
                "next_receipt_on": min((on for on in dates if on), default=None),
                "lifting_receipt": own["receipt"] or "",
                "alternates": ", ".join(one["part"] for one in part["alternates"]),
                "risks": ", ".join(part["risks"]),
            }
        )


def _balances(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    for part in outlook["parts"]:
        for index, day in enumerate(outlook["days"]):
            yield dict(part) | {
                "on": day,
                "need_qty": part["needs"][index],
                "arrival_qty": _arrived(part, case, outlook, index),
                "balance_qty": part["cases"][case]["balances"][index],
            }


def _arrived(part: PartOutlookShape, case: Case, outlook: OutlookShape, index: int) -> float:
    """What comes on a day in a case; the promised one is told by the outlook itself."""
    if case != "late":
        return part["arrivals"][index] if case == "promised" else 0.0
    start, end = list(pairwise(outlook["day_edges"]))[index]
    return sum(
        one["open_qty"]
        for one in part["receipts"]
        if one["counts"] and one["late_usable_at"] and start <= one["late_usable_at"] < end
    )


def _builds(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    for build in outlook["builds"]:
        unknown = dict.fromkeys(UNTOLD) if build["cannot_tell"] else {}
        blockers = {"blockers": ", ".join(build["blockers"])}
        yield dict(build) | dict(build["cases"][case]) | unknown | blockers


def _line_stops(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    for stop in outlook["line_stops"]:
        first, second = stop["first"], stop["second"]
        if stop["case"] == case:
            yield dict(stop) | {
                "part": first["part"] if first else "",
                "stops_at": first["stops_at"] if first else None,
                "hours_left": _hours(first["stops_at"] if first else None, at),
                "second_part": second["part"] if second else "",
                "second_stops_at": second["stops_at"] if second else None,
                "sentence": first["sentence"] if first else "",
            }


def _receipts(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    for part in outlook["parts"]:
        yield from (dict(receipt) for receipt in part["receipts"])


def _findings(outlook: OutlookShape, case: Case, at: datetime, limits: Limits) -> Iterable[Row]:
    return (dict(finding) for finding in outlook["findings"])


TABLES: dict[
    str, tuple[dict[str, str], Callable[[OutlookShape, Case, datetime, Limits], Iterable[Row]]]
] = {
    "shortages": (PARTS, _parts),
    "balances": (BALANCES, _balances),
    "clear-to-build": (BUILDS, _builds),
    "line-stops": (LINE_STOPS, _line_stops),
    "receipts": (RECEIPTS, _receipts),
    "findings": (FINDINGS, _findings),
}
"""By name: the table's columns with their types, and what its rows are out of the outlook."""
WITHIN = {"shortages": "stops_at", "line-stops": "stops_at", "clear-to-build": "due_at",
          "balances": "on", "receipts": "promised_on"}  # fmt: skip
"""The column that a horizon cuts; what has no date there stays."""


def material_table(
    outlook: OutlookShape,
    name: str,
    *,
    at: datetime,
    case: Case = "promised",
    horizon_days: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Report:
    """One of TABLES. `horizon_days` leaves out what is dated later than so many days from as-of.

    Hours left, and levels by the plant's `limits`, are counted from `at`. Raises KeyError for a
    name that is not in TABLES.
    """
    types, rows_of = TABLES[name]
    rows = [[row.get(column) for column in types] for row in rows_of(outlook, case, at, limits)]
    frame = pd.DataFrame(rows, columns=list(types), dtype=object)
    for column, kind in types.items():
        frame[column] = _typed(frame[column], kind)
    as_of_at = datetime.fromisoformat(outlook["as_of_at"])
    if horizon_days is not None and name in WITHIN:
        frame = _cut(frame, WITHIN[name], outlook, horizon_days)
    said = {one: METRICS[one].definition for one in types if one in METRICS}
    return Report(f"{name} ({case})", outlook["plant"], as_of_at, frame, said)


def _cut(frame: pd.DataFrame, column: str, outlook: OutlookShape, days: int) -> pd.DataFrame:
    """The rows dated before the end of the horizon's last day, and those without a date."""
    is_instant = str(frame[column].dtype) == UTC_TIME
    edges = [pd.Timestamp(edge) for edge in outlook["day_edges"]]
    dates = [pd.Timestamp(day) for day in outlook["days"]]
    if days >= len(dates):
        return frame
    within = frame[column] < (edges[days] if is_instant else dates[days])
    return frame[frame[column].isna() | within].reset_index(drop=True)


def material_report(
    session: Session,
    plant: str,
    name: str,
    *,
    at: datetime,
    case: Case = "promised",
    horizon_days: int | None = None,
    scope: Scope = EVERY_PLANT,
) -> Report:
    """The same from the stored outlook; raises NotInScope, or RacklineError when there is none."""
    held = held_outlook(session, plant, scope)
    if held is None:
        raise RacklineError(
            f"no material outlook of {plant} is stored; expected one once stock, receipts, bill "
            f"and plan are loaded. Run: rackline load --plant {plant}"
        )
    limits = limits_from(session.get_one(Plant, plant).thresholds)
    report = material_table(
        held["outlook"], name, at=at, case=case, horizon_days=horizon_days, limits=limits
    )
    lacks = weakened(session, plant, dict.fromkeys(MISSING, ALWAYS))
    return replace(report, weakened=tuple(lacks))


def _hours(stops_at: str | None, at: datetime) -> float | None:
    return max(0.0, (datetime.fromisoformat(stops_at) - at) / HOUR) if stops_at else None


def _typed(column: Any, kind: str) -> Any:
    if kind == UTC_TIME:
        return pd.to_datetime(column, utc=True, format="ISO8601").astype(kind)
    if kind == DAY:
        return pd.to_datetime(column, format="ISO8601").astype(kind)
    return column.astype(kind)
