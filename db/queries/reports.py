"""Frames for people and programs that ask from outside the screens: the same numbers, as tables.

Each report carries its frame, the definitions of its columns, and the instant it was read at.
Windows are business dates of the plant, both ends included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pandas as pd
from sqlmodel import Session, col, func, select

from db.domain.catalog import METRICS
from db.domain.freshness import lag_seconds
from db.domain.throughput import plan_until
from db.domain.yields import first_pass_ratio, wilson_interval
from db.models import DayOutput, DayYield, HourOutput, Load, PlanHour, Source
from db.queries.fresh import source_level
from db.queries.plants import Home, home, iso
from db.queries.quarantine import weakened
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shifts import running, shifts_around
from db.queries.source_days import compared

UTC_TIME = "datetime64[us, UTC]"
DAY = "datetime64[us]"
METRIC_OF = {"first_pass_low": "first_pass_interval", "first_pass_high": "first_pass_interval"}
"""Columns that are described by a metric of another name."""
KEY_TYPES = {"business_on": DAY, "hour_at": UTC_TIME}
YIELD_COUNTS = (
    "first_count",
    "first_passed_count",
    "run_count",
    "passed_count",
    "failed_count",
    "no_verdict_count",
)
LOAD_COUNTS = (
    "read_count",
    "new_count",
    "changed_count",
    "unchanged_count",
    "deleted_count",
    "superseded_count",
    "quarantined_count",
)
SOURCES = {
    "source": "str",
    "feed": "str",
    "connector": "str",
    "state": "str",
    "freshness": "str",
    "last_success_at": UTC_TIME,
    "lag_seconds": "float64",
    "allowed_lag_seconds": "int64",
    "load_count": "int64",
    **dict.fromkeys(LOAD_COUNTS, "int64"),
    "overlap_seconds": "int64",
    "repaired_new_count": "int64",
    "repaired_changed_count": "int64",
    "repaired_deleted_count": "int64",
    "gap_count": "int64",
    "compared_at": UTC_TIME,
    "message": "str",
}


@dataclass(frozen=True)
class Report:
    """A table and what it means. `start` and `end` are None where the report has no window."""

    name: str
    plant: str
    as_of_at: datetime
    frame: pd.DataFrame
    definitions: dict[str, str]
    start: date | None = None
    end: date | None = None
    weakened: tuple[str, ...] = ()
    """What the numbers lack while records wait in quarantine, in sentences."""

    def about(self, plant: str) -> list[tuple[str, str]]:
        """What the table is, as of when, and what its columns mean: the head of every file of it.

        `plant` is what people call the plant.
        """
        window = [("Window", f"{self.start} to {self.end}")] if self.start else []
        return [
            ("Rackline", f"{self.name} of {plant}"),
            *window,
            ("As of", iso(self.as_of_at)),
            *(("Lacking", f"{text}; rackline quarantine groups") for text in self.weakened),
            *self.definitions.items(),
        ]


def throughput(
    session: Session,
    plant: str,
    start: date,
    end: date,
    *,
    at: datetime,
    by: Literal["day", "hour"] = "day",
    scope: Scope = EVERY_PLANT,
) -> Report:
    """Racks done and planned by business date and shift (or UTC hour), line and product.

    The plan is that of the hours begun by `at`, the last by the share of its working minutes that
    has passed, as on the wall; a row without plan has none, not 0.
    """
    own = home(session, plant, scope)
    hour = ["hour_at"] if by == "hour" else []
    keys = ["business_on", "shift", *hour, "line", "product"]
    done: Any = HourOutput if by == "hour" else DayOutput
    counted = session.exec(
        _grouped(done, keys, func.sum(done.completed_count)).where(
            *_window(done, plant, start, end), done.operation == own.output
        )
    )
    hourly = list(dict.fromkeys([*keys, "hour_at"]))
    planned = session.exec(
        _grouped(PlanHour, hourly, func.sum(PlanHour.planned_qty)).where(
            *_window(PlanHour, plant, start, end),
            col(PlanHour.deleted_at).is_(None),
            col(PlanHour.hour_at) < at,
        )
    )
    types = {key: KEY_TYPES.get(key, "str") for key in hourly}
    left = _typed(counted, {key: types[key] for key in keys} | {"completed_count": "int64"})
    right = _typed(planned, types | {"planned_qty": "float64"})
    hour_at, share = _begun_hour(session, plant, at)
    right.loc[right["hour_at"] == hour_at, "planned_qty"] *= share
    right = right.groupby(keys, as_index=False)[["planned_qty"]].sum()
    frame = left.merge(right, on=keys, how="outer").sort_values(keys, ignore_index=True)
    frame["completed_count"] = frame["completed_count"].fillna(0).astype("int64")
    planned_qty = frame["planned_qty"]
    frame["attainment_ratio"] = frame["completed_count"] / planned_qty.where(planned_qty > 0)
    report = _report("throughput", plant, at, frame, start, end)
    return _weakened(session, report, own, start, end, "unit_step", "plan_hour")


def _begun_hour(session: Session, plant: str, at: datetime) -> tuple[datetime, float]:
    """The hour that `at` lies in, and the share of its plan that is due by then."""
    hour_at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    shift = running(shifts_around(session, plant, at), at)
    return hour_at, plan_until({hour_at: 1.0}, shift, at) if shift else 1.0


def yields(
    session: Session,
    plant: str,
    start: date,
    end: date,
    *,
    at: datetime,
    scope: Scope = EVERY_PLANT,
) -> Report:
    """First verdicts and test runs of the window by operation, line and station."""
    own = home(session, plant, scope)
    keys = ["operation", "line", "station"]
    rows = session.exec(
        _grouped(DayYield, keys, *(func.sum(getattr(DayYield, name)) for name in YIELD_COUNTS))
        .where(*_window(DayYield, plant, start, end))
        .order_by(*(getattr(DayYield, key) for key in keys))
    )
    frame = _typed(rows, dict.fromkeys(keys, "str") | dict.fromkeys(YIELD_COUNTS, "int64"))
    decided = frame["passed_count"] + frame["failed_count"]
    frame["retest_count"] = decided - frame["first_count"]
    pairs = list(zip(frame["first_passed_count"], frame["first_count"], strict=True))
    ratios = [first_pass_ratio(passed, count) for passed, count in pairs]
    bounds = [wilson_interval(passed, count) or (None, None) for passed, count in pairs]
    frame["first_pass_ratio"] = pd.Series(ratios, dtype="float64")
    frame["first_pass_low"] = pd.Series([low for low, _ in bounds], dtype="float64")
    frame["first_pass_high"] = pd.Series([high for _, high in bounds], dtype="float64")
    report = _report("yield", plant, at, frame, start, end)
    return _weakened(session, report, own, start, end, "test_run")


def sources(
    session: Session,
    plant: str,
    start: date,
    end: date,
    *,
    at: datetime,
    scope: Scope = EVERY_PLANT,
) -> Report:
    """Each source: how it is doing at `at`, what its loads begun in the window brought, and what
    comparisons with it repaired in the last 30 days (`repaired_*`)."""
    own = home(session, plant, scope)
    began = _span(own, start, end)
    loads = session.exec(
        _grouped(
            Load, ["source"], func.count(), *(func.sum(getattr(Load, c)) for c in LOAD_COUNTS)
        ).where(
            Load.plant == plant, col(Load.started_at) >= began[0], col(Load.started_at) < began[1]
        )
    )
    brought = {source: figures for source, *figures in loads}
    found = session.exec(
        select(Source).where(Source.plant == plant).order_by(col(Source.code))
    ).all()
    days = compared(session, found, [plant], at)
    rows = [
        [
            source.code,
            source.feed,
            source.connector,
            source.state,
            source_level(source, at),
            source.last_success_at,
            lag_seconds(source.last_success_at, at),
            source.allowed_lag_seconds,
            *brought.get(source.code, [0] * (1 + len(LOAD_COUNTS))),
            source.overlap_seconds,
            *days[source.code]["repaired"],
            days[source.code]["gap_count"],
            days[source.code]["checked_at"],
            source.message,
        ]
        for source in found
    ]
    return _report("sources", plant, at, _typed(rows, SOURCES), start, end)


def _span(own: Home, start: date, end: date) -> tuple[datetime, datetime]:
    """The instants between which business dates lie, both ends included."""
    return own.calendar.day_starts_at(start), own.calendar.day_starts_at(end + timedelta(days=1))


def _weakened(
    session: Session, report: Report, own: Home, start: date, end: date, *feeds: str
) -> Report:
    """The report with what its window lacks of some feeds."""
    spans = dict.fromkeys(feeds, _span(own, start, end))
    return replace(report, weakened=tuple(weakened(session, own.code, spans)))


def _window(model: Any, plant: str, start: date, end: date) -> tuple[Any, Any]:
    return model.plant == plant, model.business_on.between(start, end)


def _grouped(model: Any, keys: list[str], *measures: Any) -> Any:
    columns = [getattr(model, key) for key in keys]
    return select(*columns, *measures).group_by(*columns)


def _typed(rows: Iterable[Any], types: dict[str, str]) -> pd.DataFrame:
    """Rows as a frame with these columns, typed even when there are none."""
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(types), dtype=object)
    return frame.astype(types)


def _report(name: str, plant: str, at: datetime, frame: pd.DataFrame, *window: date) -> Report:
    described = {column: METRICS.get(METRIC_OF.get(column, column)) for column in map(str, frame)}
    said = {column: metric.definition for column, metric in described.items() if metric}
    start, end = window or (None, None)
    return Report(name, plant, at, frame, said, start, end)
