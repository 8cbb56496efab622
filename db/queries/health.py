"""Each source with its last success, lag, rows and held-back records."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlmodel import Session, case, col, func, select, union_all

from db.domain.freshness import lag_seconds
from db.models import Load, MaterialOutlook, Quarantine, Source
from db.queries.clocks import station_clocks
from db.queries.fresh import backfill, source_level
from db.queries.plants import iso, iso_or_none
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.serial_uses import used_again
from db.queries.shapes import HealthShape, SourceShape
from db.queries.source_columns import drifts
from db.queries.source_days import compared

RUNS_SHOWN = 48
LAST_DAY = timedelta(days=1)
OUTCOMES = ("ok", "partial", "failed")


@dataclass(frozen=True, slots=True)
class Held:
    """Records of a source waiting in quarantine, and the reason most of them share."""

    count: int = 0
    top_reason: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows a source's loads have brought: new and changed ones, ever and in the last day."""

    total: int = 0
    last_day: int = 0


def health(
    session: Session, plants: Iterable[str], at: datetime, scope: Scope = EVERY_PLANT
) -> HealthShape:
    """All sources of some plants at the instant `at`; raises NotInScope."""
    codes = sorted(plants)
    for plant in codes:
        scope.require(plant)
    sources = session.exec(
        select(Source)
        .where(col(Source.plant).in_(codes))
        .order_by(col(Source.plant), col(Source.code))
    ).all()
    held, rows = _held(session, codes), _rows(session, codes, at)
    runs = _runs(session, tuple(source.code for source in sources))
    days, drift = compared(session, sources, codes, at), drifts(session, codes, at)
    shapes = [
        _shape(s, at, held.get(s.code, Held()), rows.get(s.code, Rows()), runs.get(s.code, []))
        | {"compared": days[s.code], "drift": drift.get(s.code, [])}
        for s in sources
    ]
    by_plant = {plant: [s for s in sources if s.plant == plant and s.is_enabled] for plant in codes}
    return HealthShape(
        read_at=iso(at),
        sources=shapes,
        backfills={plant: backfill(own, at) for plant, own in by_plant.items()},
        outlook_faults=_outlook_faults(session, codes),
        clocks=station_clocks(session, codes, at),
        serials=used_again(session, codes),
    )


def _outlook_faults(session: Session, plants: list[str]) -> dict[str, str]:
    held = MaterialOutlook
    rows = session.exec(
        select(held.plant, held.error).where(col(held.plant).in_(plants), held.error != "")
    )
    return dict(rows.all())


def _shape(source: Source, at: datetime, held: Held, rows: Rows, runs: list[str]) -> SourceShape:
    return SourceShape(
        code=source.code,
        plant=source.plant,
        feed=source.feed,
        connector=source.connector,
        state=source.state,
        state_since_at=iso_or_none(source.state_since_at),
        message=source.message,
        last_success_at=iso_or_none(source.last_success_at),
        last_event_at=iso_or_none(source.last_event_at),
        next_attempt_at=iso_or_none(source.next_attempt_at),
        interval_seconds=source.interval_seconds,
        allowed_lag_seconds=source.allowed_lag_seconds,
        lag_seconds=lag_seconds(source.last_success_at, at),
        level=source_level(source, at),
        row_count=rows.total,
        rows_last_day=rows.last_day,
        quarantined_count=held.count,
        top_reason=held.top_reason,
        skipped_count=source.skipped_count,
        failure_count=source.failure_count,
        runs=runs,
    )


def _held(session: Session, plants: list[str]) -> dict[str, Held]:
    rows = session.exec(
        select(Quarantine.source, Quarantine.reason, func.count())
        .where(col(Quarantine.plant).in_(plants), col(Quarantine.released_at).is_(None))
        .group_by(col(Quarantine.source), col(Quarantine.reason))
    )
    reasons: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for source, reason, count in rows:
        reasons[source].append((count, reason))
    return {
        source: Held(sum(count for count, _ in found), max(found)[1])
        for source, found in reasons.items()
    }


def _rows(session: Session, plants: list[str], at: datetime) -> dict[str, Rows]:
    brought = Load.new_count + Load.changed_count
    recent = case((col(Load.started_at) > at - LAST_DAY, brought), else_=0)
    found = session.exec(
        select(Load.source, func.sum(brought), func.sum(recent))
        .where(col(Load.plant).in_(plants))
        .group_by(Load.source)
    )
    return {source: Rows(int(total), int(last_day)) for source, total, last_day in found}


def _runs(session: Session, sources: tuple[str, ...]) -> dict[str, list[str]]:
    """Outcomes of each source's last runs, oldest first."""
    runs: dict[str, list[str]] = defaultdict(list)
    if sources:
        for source, outcome in session.exec(_last_runs(sources)):
            runs[source].append(outcome)
    return runs


@lru_cache(maxsize=128)
def _last_runs(sources: tuple[str, ...]) -> Any:
    """Each source's last runs are the end of an index: one statement reads them all."""
    each = union_all(
        *(
            select(Load.source, Load.outcome, Load.started_at)
            .where(Load.source == source, col(Load.outcome).in_(OUTCOMES))
            .order_by(col(Load.started_at).desc())
            .limit(RUNS_SHOWN)
            .subquery()
            .select()
            for source in sources
        )
    ).subquery()
    return select(each.c.source, each.c.outcome).order_by(each.c.source, each.c.started_at)
