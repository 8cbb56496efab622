"""When and over what the drop detector runs: a plant's charts, after loads that brought verdicts.

Each line and operation has a chart of its own with a frozen baseline. The first one is frozen from
the fourteen days that ended a week ago, once they are loaded; later ones are frozen by people.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Row
from sqlmodel import Session, col, func, or_, select

from db.clock import utc_now
from db.domain.drop_recovery import recovered_index
from db.domain.drop_threshold import units_per_false_alarm
from db.domain.drops import Baseline, evidence, find_drop, freeze
from db.engine import reading
from db.ingest.alarms import Chart, FoundDrop, freeze_baselines, keep_drops
from db.ingest.factors import follow_factors
from db.models import Alarm, AlarmEvent, FrozenLimit, Load, Operation, Source, UnitOperation
from db.queries.plants import home
from db.queries.scope import EVERY_PLANT

BASELINE_DAYS, WATCHED_DAYS = 14, 7
FURTHEST_DAYS = 30
"""No chart is looked at further back than this."""
FEWEST_UNITS = 100
"""First verdicts that a baseline needs."""
FALSE_ALARMS_PER_WEEK = 1.0
"""Of all charts of a plant together."""
BY = ("line", "product", "shift")
"""A line of few units leans on the others of its operation."""


@dataclass(slots=True)
class AlarmWatch:
    """Runs the detector of one plant when there is something new to look at."""

    engine: Engine
    plant: str
    _seen: tuple[Any, ...] = field(default=())

    def refresh(self, check: Callable[[], None] = lambda: None) -> int:
        """Look again if verdicts were loaded or people closed an alarm; returns alarms changed.

        What the units carried is brought up to the facts first, so that a drop can be explained.
        """
        follow_factors(self.engine, self.plant, check)
        with reading(self.engine) as connection, Session(connection) as session:
            news = _news(session, self.plant)
        if news == self._seen:
            return 0
        changed = detect(self.engine, self.plant)
        self._seen = news
        return changed


def _news(session: Session, plant: str) -> tuple[Any, ...]:
    """What changes whenever the detector could find something else."""
    loaded = session.exec(
        select(func.max(Load.id), func.count()).where(
            col(Load.source) == f"{plant}.test_run",
            or_(Load.new_count > 0, Load.changed_count > 0, Load.deleted_count > 0),
        )
    ).one()
    said = session.exec(select(func.max(AlarmEvent.id)).where(AlarmEvent.plant == plant)).one()
    frozen = session.exec(select(func.max(FrozenLimit.id)).where(FrozenLimit.plant == plant)).one()
    return (*loaded, said, frozen)


def detect(engine: Engine, plant: str, at: datetime | None = None) -> int:
    """Freeze baselines that are missing, look at every chart, keep the alarms; returns changes."""
    now = at or utc_now()
    with reading(engine) as connection, Session(connection) as session:
        missing = _first_baselines(session, plant, now)
    if missing:
        freeze_baselines(engine, plant, missing)
    with reading(engine) as connection, Session(connection) as session:
        frozen = _frozen(session, plant)
        starts = _starts(session, plant, frozen, now)
        units = _verdicts(session, plant, min(starts.values(), default=now), now)
    found = list(_find(units, frozen, starts))
    return keep_drops(engine, plant, starts, found)


def _first_baselines(session: Session, plant: str, now: datetime) -> list[FrozenLimit]:
    """Baselines of charts that have none, from the days before the watched ones."""
    begin, end = _baseline_window(session, plant, now)
    if not _is_loaded(session, plant, begin):
        return []
    known = {(row.line, row.operation) for row in _frozen(session, plant).values()}
    units = _verdicts(session, plant, begin, end)
    rows = []
    for operation, own in units.groupby("operation", observed=True):
        baseline = freeze(own, BY) if len(own) >= FEWEST_UNITS else None
        for line, count in own["line"].value_counts().items():
            chart = str(line), str(operation)
            if baseline is not None and chart not in known:
                rows.append(_row(plant, chart, (begin, end), (baseline, int(count)), now))
    return rows


def _baseline_window(session: Session, plant: str, now: datetime) -> tuple[datetime, datetime]:
    calendar = home(session, plant, EVERY_PLANT).calendar
    today = calendar.business_date(now)
    days = (today - timedelta(days=back) for back in (WATCHED_DAYS + BASELINE_DAYS, WATCHED_DAYS))
    begin, end = (calendar.day_starts_at(day) for day in days)
    return begin, end


def _is_loaded(session: Session, plant: str, begin: datetime) -> bool:
    """Whether test runs are loaded back to an instant, or as far back as they are wanted."""
    source = session.get(Source, f"{plant}.test_run")
    if source is None or source.loaded_from_at is None:
        return False
    wanted = begin if source.history_from_at is None else max(begin, source.history_from_at)
    return source.loaded_from_at <= wanted


def _row(
    plant: str,
    chart: Chart,
    window: tuple[datetime, datetime],
    counted: tuple[Baseline, int],
    now: datetime,
) -> FrozenLimit:
    baseline, count = counted
    said = {"by": baseline.by, "overall": baseline.overall}
    levels = [[[list(key), ratio] for key, ratio in level.items()] for level in baseline.levels]
    return FrozenLimit(
        plant=plant, chart="cusum", line=chart[0], operation=chart[1], version=1,
        estimator="pooled by line, product, shift", baseline_from_at=window[0],
        baseline_to_at=window[1], baseline_count=count,
        center=baseline.levels[0].get(chart[:1], baseline.overall),
        parameters=json.dumps(said | {"levels": levels}), frozen_by="detector", frozen_at=now,
        reason="first baseline of this line and operation",
    )  # fmt: skip


def _frozen(session: Session, plant: str) -> dict[Chart, FrozenLimit]:
    """The newest baseline of each chart."""
    rows = session.exec(
        select(FrozenLimit)
        .where(FrozenLimit.plant == plant, FrozenLimit.chart == "cusum")
        .order_by(col(FrozenLimit.version))
    )
    return {(row.line, row.operation): row for row in rows}


def _baseline(row: FrozenLimit) -> Baseline:
    held = json.loads(row.parameters)
    levels = tuple({tuple(key): ratio for key, ratio in level} for level in held["levels"])
    return Baseline(tuple(held["by"]), held["overall"], levels, row.baseline_count)


def _starts(
    session: Session, plant: str, frozen: Mapping[Chart, FrozenLimit], now: datetime
) -> dict[Chart, datetime]:
    """From when on each chart counts: the end of its baseline, or the last closing of an alarm."""
    furthest = now - timedelta(days=FURTHEST_DAYS)
    closed = session.exec(
        select(Alarm.line, Alarm.operation, func.max(Alarm.closed_at))
        .where(Alarm.plant == plant, Alarm.state == "closed")
        .group_by(col(Alarm.line), col(Alarm.operation))
    )
    ends = {(line, operation): at for line, operation, at in closed}
    return {
        chart: max(row.baseline_to_at, furthest, ends.get(chart) or furthest)
        for chart, row in frozen.items()
    }


def _verdicts(session: Session, plant: str, begin: datetime, end: datetime) -> pd.DataFrame:
    """First verdicts of the operations that count, one row each."""
    unit = UnitOperation
    tests = session.exec(
        select(Operation.code).where(Operation.plant == plant, Operation.counts_for_first_pass)
    ).all()
    rows: Sequence[Row[Any]] = session.connection().execute(
        select(  # type: ignore[call-overload]
            unit.first_verdict_line, unit.operation, unit.product, unit.first_verdict_shift,
            unit.first_verdict_at, unit.first_verdict, unit.serial,
        ).where(
            unit.plant == plant,
            col(unit.operation).in_(tests),
            col(unit.first_verdict_at) >= begin,
            col(unit.first_verdict_at) < end,
        )
    ).all()  # fmt: skip
    names = ["line", "operation", "product", "shift", "at", "verdict", "serial"]
    frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
    frame["failed"] = frame["verdict"] == "failed"
    return frame.sort_values(["at", "serial"], kind="stable", ignore_index=True)


def _find(
    units: pd.DataFrame, frozen: Mapping[Chart, FrozenLimit], starts: Mapping[Chart, datetime]
) -> Iterator[FoundDrop]:
    weekly = [row.baseline_count * 7 / _days(row) for row in frozen.values()]
    if not weekly:
        return
    rate = units_per_false_alarm(weekly, FALSE_ALARMS_PER_WEEK)
    for chart, own in units.groupby(["line", "operation"], observed=True):
        row = frozen.get(chart)  # type: ignore[arg-type]
        if row is not None:
            watched = own[own["at"] >= starts[chart]]  # type: ignore[index]
            yield from _find_in(watched, row, rate)


def _days(row: FrozenLimit) -> float:
    return max(1.0, (row.baseline_to_at - row.baseline_from_at) / timedelta(days=1))


def _find_in(units: pd.DataFrame, row: FrozenLimit, rate: float) -> Iterator[FoundDrop]:
    """The drops of one chart in turn: after each that the yield came back from, it starts anew."""
    baseline = _baseline(row)
    while True:
        place = {"line": row.line, "operation": row.operation, "units_per_alarm": rate}
        drop = find_drop(units, baseline, **place)  # type: ignore[arg-type]
        if drop is None:
            return
        failed = units["failed"].to_numpy(dtype=bool)
        expected = baseline.expected(units)
        alarm = int(np.flatnonzero(evidence(failed, expected) >= drop.threshold)[0])
        begun = max(0, alarm + 1 - drop.units_to_detection)
        raised = float(failed[begun : alarm + 1].mean())
        back = recovered_index(failed[alarm + 1 :], expected[alarm + 1 :], raised)
        if back is None:
            yield FoundDrop(drop, row.id)
            return
        until = alarm + 1 + back
        over = find_drop(units.iloc[: until + 1], baseline, **place)  # type: ignore[arg-type]
        if over is not None:
            yield FoundDrop(over, row.id, units["at"].iloc[until])
        units = units.iloc[until + 1 :]
