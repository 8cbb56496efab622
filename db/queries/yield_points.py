"""The dots of the first-pass chart: per shift, per day, or per n units, whole or by group."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlmodel
from sqlmodel import Session, case, col, func

from db.domain.spc.attributes import attribute_chart
from db.domain.spc.lines import Parameters
from db.domain.spc.weighted import ewma
from db.domain.vocabulary import Verdict
from db.domain.yields import first_pass_ratio, wilson_interval
from db.models import DayYield, GenealogyLink, UnitOperation
from db.queries.plants import iso
from db.queries.yield_shapes import Group, PointShape, SeriesShape
from db.queries.yield_visits import Turned
from db.queries.yield_window import Window, in_rollup, in_units, is_by_unit

choose: Any = sqlmodel.select
"""Its types end at four columns."""
EWMA_WEIGHT = 0.3
MOST_POINTS = 120
MOST_SERIES = 24
LATE_SCANS = timedelta(minutes=15)
"""How long after its end a shift's verdicts may still come in."""
GROUPED: dict[Group, str] = {
    "line": "line", "station": "station", "operation": "operation", "product": "product",
    "shift": "shift",
}  # fmt: skip
BY_UNIT = {"line": "first_verdict_line", "station": "first_verdict_station",
           "shift": "first_verdict_shift"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """First verdicts counted in a stretch of time."""

    start_at: datetime
    end_at: datetime
    business_on: date
    shift: str
    label: str
    count: int = 0
    passed: int = 0


def series(
    session: Session, window: Window, given: Parameters | None, turned: Sequence[Turned] = ()
) -> list[SeriesShape]:
    """The ungrouped series with its limits first, then one for each value of the group.

    `turned` are units that the rule asked for judges otherwise than the rollups do.
    """
    found = [_series("", "", tallies(session, window, turned), window, given)]
    group = window.asked.group
    if not group:
        return found
    parts = sorted(
        _grouped(session, window, group, turned).items(),
        key=lambda item: -sum(t.count for t in item[1]),
    )
    return found + [
        _series(key, key or "not known", dots, window, None) for key, dots in parts[:MOST_SERIES]
    ]


def tallies(session: Session, window: Window, turned: Sequence[Turned] = ()) -> list[Tally]:
    """The counts of each dot, oldest first; shifts and days without a verdict are among them."""
    if window.asked.grain == "last":
        return _by_count(session, window, turned)
    found = {(on, shift): (n, passed) for _, on, shift, n, passed in _rows(session, window, None)}
    for one in turned:
        _turn(found, one)
    return _laid_out(window, found)


def _turn(counts: dict[tuple[date, str], tuple[int, int]], one: Turned) -> None:
    """Count a unit by the rule asked for, in the shift of its first attempt."""
    n, passed = counts.get((one.on, one.shift), (0, 0))
    counts[one.on, one.shift] = n, passed + one.change


def _grouped(
    session: Session, window: Window, group: Group, turned: Sequence[Turned]
) -> dict[str, list[Tally]]:
    """Suppliers are counted by first attempts whatever the rule: a unit has several."""
    found: dict[str, dict[tuple[date, str], tuple[int, int]]] = defaultdict(dict)
    rows = (
        _rows_by_supplier(session, window)
        if group == "supplier"
        else _rows(session, window, GROUPED[group])
    )
    for key, on, shift, n, passed in rows:
        found[key][on, shift] = n, passed
    for one in turned if group != "supplier" else ():
        key = window.asked.operation if group == "operation" else getattr(one, group)
        _turn(found[key], one)
    return {key: _laid_out(window, counts) for key, counts in found.items()}


def _rows(session: Session, window: Window, key: str | None) -> list[tuple[Any, ...]]:
    """(key, business date, shift, first verdicts, passed): from the rollups where these can tell.

    The operation is no filter when it is the key.
    """
    if is_by_unit(window):
        return _rows_of_units(session, window, BY_UNIT.get(key or "", key))
    named = col(getattr(DayYield, key)) if key else None
    columns = [named] if named is not None else []
    grouping = [*columns, col(DayYield.business_on), col(DayYield.shift)]
    where = [c for c in in_rollup(window) if key != "operation" or "operation" not in str(c)]
    rows = session.exec(
        choose(*grouping, func.sum(DayYield.first_count), func.sum(DayYield.first_passed_count))
        .where(*where, col(DayYield.business_on).between(window.since_on, window.until_on))
        .group_by(*grouping)
    )
    return [tuple(row) if key else ("", *row) for row in rows if row[-2]]


def counts_of_units() -> tuple[Any, Any]:
    """Columns of `unit_operation`: how many units, and how many passed first time."""
    passed = case((col(UnitOperation.first_verdict) == Verdict.PASSED.value, 1), else_=0)
    return func.count(), func.sum(passed)


def in_time(window: Window) -> tuple[Any, ...]:
    """Conditions on `unit_operation`: the first verdict lies in the window."""
    at = col(UnitOperation.first_verdict_at)
    return at >= window.since_at, at < window.until_at


def _rows_of_units(session: Session, window: Window, key: str | None) -> list[tuple[Any, ...]]:
    named = [col(getattr(UnitOperation, key))] if key else []
    when = [col(UnitOperation.first_verdict_on), col(UnitOperation.first_verdict_shift)]
    rows = session.exec(
        choose(*named, *when, *counts_of_units())
        .where(*in_units(window), *in_time(window))
        .group_by(*named, *when)
    )
    return [tuple(row) if key else ("", *row) for row in rows]


def _rows_by_supplier(session: Session, window: Window) -> list[tuple[Any, ...]]:
    """A unit counts once for each supplier of a part that it held itself at its verdict."""
    at = col(UnitOperation.first_verdict_at)
    held = (
        choose(
            col(UnitOperation.serial),
            col(GenealogyLink.supplier).label("supplier"),
            col(UnitOperation.first_verdict_on).label("on"),
            col(UnitOperation.first_verdict_shift).label("shift"),
            col(UnitOperation.first_verdict).label("verdict"),
        )
        .join(
            GenealogyLink,
            (col(GenealogyLink.plant) == col(UnitOperation.plant))
            & (col(GenealogyLink.parent_serial) == col(UnitOperation.serial)),
        )
        .where(
            *in_units(window),
            *in_time(window),
            col(GenealogyLink.supplier) != "",
            col(GenealogyLink.deleted_at).is_(None),
            col(GenealogyLink.occurred_at) <= at,
            col(GenealogyLink.removed_at).is_(None) | (col(GenealogyLink.removed_at) > at),
        )
        .distinct()
        .subquery()
    )
    c = held.c
    passed = func.sum(case((c.verdict == Verdict.PASSED.value, 1), else_=0))
    rows = session.exec(
        choose(c.supplier, c.on, c.shift, func.count(), passed).group_by(c.supplier, c.on, c.shift)
    )
    return [tuple(row) for row in rows]


def _laid_out(window: Window, counts: dict[tuple[date, str], tuple[int, int]]) -> list[Tally]:
    if window.asked.grain == "day":
        return _days(window, counts)
    return [
        Tally(
            shift.start_at, shift.end_at, shift.business_on, shift.code, shift.name,
            *counts.get((shift.business_on, shift.code), (0, 0)),
        )
        for shift in window.shifts
        if not window.asked.shift or shift.code == window.asked.shift
    ]  # fmt: skip


def _days(window: Window, counts: dict[tuple[date, str], tuple[int, int]]) -> list[Tally]:
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for (on, _), (n, passed) in counts.items():
        sums[on][0] += n
        sums[on][1] += passed
    starts, day = window.home.calendar.day_starts_at, timedelta(days=1)
    span = (window.until_on - window.since_on).days + 1
    days = [window.since_on + day * offset for offset in range(span)]
    return [Tally(starts(on), starts(on + day), on, "", str(on), *sums[on]) for on in days]


def _by_count(session: Session, window: Window, turned: Sequence[Turned]) -> list[Tally]:
    """Groups of n units in the order of their verdicts, the newest group whole."""
    size, change = window.asked.last, {one.serial: one.change for one in turned}
    found = session.exec(
        choose(
            UnitOperation.first_verdict_at,
            UnitOperation.first_verdict,
            UnitOperation.first_verdict_on,
            UnitOperation.first_verdict_shift,
            UnitOperation.serial,
        )
        .where(*in_units(window), *in_time(window))
        .order_by(col(UnitOperation.first_verdict_at).desc(), col(UnitOperation.serial).desc())
        .limit(size * MOST_POINTS)
    ).all()
    groups = [found[i : i + size][::-1] for i in range(0, len(found), size)]
    tallied = []
    for group in groups[::-1]:
        (begin, _, on, shift, _), (end, *_) = group[0], group[-1]
        if begin is None or end is None or on is None:
            continue
        passed = sum(row[1] == Verdict.PASSED for row in group)
        passed += sum(change.get(row[-1], 0) for row in group)
        label = f"{len(group)} units"
        tallied.append(Tally(begin, end, on, shift, label, len(group), passed))
    return tallied


def _series(
    key: str, label: str, dots: Sequence[Tally], window: Window, given: Parameters | None
) -> SeriesShape:
    count, passed = sum(t.count for t in dots), sum(t.passed for t in dots)
    drawn = _drawn(dots, given) if given is not None and count else {}
    return SeriesShape(
        key=key,
        label=label,
        first_count=count,
        first_passed_count=passed,
        ratio=first_pass_ratio(passed, count),
        interval=wilson_interval(passed, count),
        points=[
            _point(dot, window, {name: column[i] for name, column in drawn.items()})
            for i, dot in enumerate(dots)
        ],
    )


def _drawn(dots: Sequence[Tally], given: Parameters) -> dict[str, list[Any]]:
    """Limits and the smoothed line, as yields: the charts of the domain plot fails."""
    sizes = np.array([dot.count for dot in dots], dtype=float)
    fails = np.array([dot.count - dot.passed for dot in dots], dtype=float)
    chart = attribute_chart(fails, sizes, given)
    mean_size = float(sizes[sizes > 0].mean())
    sigma = given.sigma * float(np.sqrt(given.center * (1 - given.center) / mean_size))
    line = ewma(chart.points, center=given.center, sigma=sigma, weight=EWMA_WEIGHT)
    return {
        "ewma": _yields(line.points),
        "ewma_lower": _yields(np.minimum(line.upper, 1.0)),
        "lower_limit": _yields(chart.upper),
        "upper_limit": _yields(chart.lower),
        "is_flagged": (line.points > line.upper).tolist(),
        "is_beyond": (chart.points > chart.upper).tolist(),
    }


def _yields(fails: Any) -> list[float | None]:
    return [None if np.isnan(fail) else 1 - float(fail) for fail in fails]


def _point(dot: Tally, window: Window, drawn: dict[str, Any]) -> PointShape:
    return PointShape(
        start_at=iso(dot.start_at),
        end_at=iso(dot.end_at),
        business_on=dot.business_on.isoformat(),
        shift=dot.shift,
        label=dot.label,
        first_count=dot.count,
        first_passed_count=dot.passed,
        ratio=first_pass_ratio(dot.passed, dot.count),
        interval=wilson_interval(dot.passed, dot.count),
        ewma=drawn.get("ewma"),
        ewma_lower=drawn.get("ewma_lower"),
        lower_limit=drawn.get("lower_limit"),
        upper_limit=drawn.get("upper_limit"),
        is_flagged=bool(drawn.get("is_flagged", False)) and dot.count > 0,
        is_beyond=bool(drawn.get("is_beyond", False)),
        is_mature=window.asked.grain == "last" or dot.end_at + LATE_SCANS <= window.at,
        notes=[],
    )
