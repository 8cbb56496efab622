"""Racks in process of a window: cycle times, WIP with its ghosts, and whether the data agree."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from db.domain.calendar import DAY, HOUR
from db.domain.throughput_times import (
    Split,
    StageWip,
    Standing,
    cycle_times,
    little,
    quantile,
    split,
    wip_by_stage,
)
from db.domain.wip import REPAIR, Rack, ghosts, standing, stays, usual_p95
from db.queries.flow_racks import Track, steps_of
from db.queries.flow_shapes import (
    GhostShape,
    LittleShape,
    SplitShape,
    StageShape,
    TimesShape,
    WipShape,
)
from db.queries.flow_window import Window
from db.queries.plants import Home, iso

USUAL_DAYS = 7
"""Days whose completions are drawn as a distribution."""
STAYS_DAYS = 3
"""Days whose completions say how long racks usually stay at a stage."""
LITTLE_DAYS = 14


def alive(found: Sequence[Track], start: datetime, until: datetime) -> list[Track]:
    """Racks that were in process at any time of [start, until)."""
    return [
        one
        for one in found
        if one.born_at < until and (one.done_at is None or one.done_at >= start)
    ]


def in_process(found: Sequence[Track], at: datetime) -> list[Track]:
    """Racks begun and not completed at an instant."""
    return [one for one in found if one.born_at <= at and (one.done_at is None or one.done_at > at)]


def completed(found: Sequence[Track], start: datetime, until: datetime) -> list[Track]:
    """Racks completed in [start, until)."""
    return [one for one in found if one.done_at is not None and start <= one.done_at < until]


def times(
    found: Sequence[Track], racks: Mapping[str, Rack], window: Window, done_count: int
) -> TimesShape:
    """Cycle times of the window's completions, and of those of the last days."""
    now = completed(found, window.start, window.until)
    splits = [
        one
        for track in now
        if track.serial in racks and track.done_at is not None
        for one in (split(steps_of(racks[track.serial]), track.done_at),)
        if one is not None
    ]
    told = cycle_times(splits, [])
    lately = completed(found, window.until - USUAL_DAYS * DAY, window.until)
    hours = sorted((one.done_at - one.born_at) / HOUR for one in lately if one.done_at)
    return TimesShape(
        count=told.count,
        p50_hours=told.p50_hours,
        p90_hours=told.p90_hours,
        split=_split(told.mean) if told.mean else None,
        usual_days=USUAL_DAYS,
        hours=[round(one, 2) for one in hours],
        usual_p50_hours=quantile(hours, 0.5),
        usual_p90_hours=quantile(hours, 0.9),
        unborn_count=max(0, done_count - len(now)),
    )


def _split(mean: Split) -> SplitShape:
    return SplitShape(
        touch=mean.touch_hours,
        queue=mean.queue_hours,
        test=mean.test_hours,
        rework=mean.rework_hours,
    )


def wip(
    found: Sequence[Track],
    racks: Mapping[str, Rack],
    own: Home,
    at: datetime,
    *,
    route: Sequence[str],
    gone: set[str],
) -> WipShape:
    """Racks in process at `at` by stage; `gone` are serials that were scrapped."""
    stages = {one.code: one.stage for one in own.operations}
    here = [one for one in in_process(found, at) if one.serial in racks]
    stood = [standing(racks[one.serial], at, stages, route)
             for one in here if one.serial not in gone]  # fmt: skip
    usual = usual_p95(stays(_lately(found, racks, at)))
    real, lost = ghosts(stood, at, usual)
    ages = [(at - one.born_at) / HOUR for one in real]
    known = {one.stage: one for one in wip_by_stage(real, at, usual)}
    order = list(dict.fromkeys([*own.stages, *sorted(known.keys() - {REPAIR}), REPAIR]))
    return WipShape(
        count=len(real),
        age_p50_hours=quantile(ages, 0.5),
        age_p90_hours=quantile(ages, 0.9),
        age_oldest_hours=max(ages, default=None),
        stages=[_stage(known[name], usual.get(name)) for name in order if name in known],
        ghosts=[_ghost(one, at) for one in sorted(lost, key=lambda one: one.since_at)],
        scrapped_count=len([one for one in here if one.serial in gone]),
    )


def _lately(found: Sequence[Track], racks: Mapping[str, Rack], at: datetime) -> list[Rack]:
    """Racks that say how long a stay usually is."""
    return [
        racks[one.serial]
        for one in completed(found, at - STAYS_DAYS * DAY, at)
        if one.serial in racks
    ]


def _stage(one: StageWip, p95: float | None) -> StageShape:
    return StageShape(
        stage=one.stage,
        count=one.count,
        p50_hours=one.p50_hours,
        oldest_hours=one.oldest_hours,
        p95_hours=p95,
        aged=None if one.aged is None else list(one.aged),
    )


def _ghost(one: Standing, at: datetime) -> GhostShape:
    return GhostShape(
        serial=one.serial,
        stage=one.stage,
        since_at=iso(one.since_at),
        hours=(at - one.since_at) / HOUR,
    )


def law(found: Sequence[Track], at: datetime, known_since: datetime | None) -> LittleShape:
    """Little's law over the last days, no further back than history is loaded."""
    start = max(at - LITTLE_DAYS * DAY, known_since or at - LITTLE_DAYS * DAY)
    told = little([(one.born_at, one.done_at) for one in found], start, at)
    return LittleShape(
        days=(at - start) / DAY,
        wip=told.wip,
        per_hour=told.per_hour,
        mean_hours=told.mean_hours,
        ratio=told.ratio,
        is_off=told.is_off,
        sentence=told.sentence,
    )
