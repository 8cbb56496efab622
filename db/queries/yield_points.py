"""The dots of the first-pass chart: per shift, per day, or per n units, whole or by group."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlmodel
from sqlmodel import Session, col, func

from db.domain.attribution.coded import numbers_in
from db.domain.spc.attributes import attribute_chart
from db.domain.spc.lines import Parameters
from db.domain.spc.weighted import ewma
from db.domain.yields import first_pass_ratio, wilson_interval
from db.models import DayYield, UnitCase
from db.queries.carried import firms
from db.queries.plants import iso
from db.queries.yield_shapes import Group, PointShape, SeriesShape
from db.queries.yield_visits import Turned
from db.queries.yield_window import Window, first_verdicts, in_cases, in_rollup, is_by_unit

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
Row = tuple[Any, ...]
"""Key, business date, shift, first verdicts, passed."""


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
    session: Session,
    window: Window,
    rows: Sequence[Row],
    given: Parameters | None,
    turned: Sequence[Turned] = (),
) -> list[SeriesShape]:
    """The ungrouped series with its limits first, then one for each value of the group.

    `rows` are those of `counted`, `turned` are units that the rule asked for judges otherwise.
    """
    found = [_series("", "", tallies(session, window, rows, turned), window, given)]
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


def counted(session: Session, window: Window) -> list[Row]:
    """The first verdicts of the whole window by shift, as the first attempt has them."""
    return _rows(session, window, None)


def tallies(
    session: Session, window: Window, rows: Sequence[Row], turned: Sequence[Turned] = ()
) -> list[Tally]:
    """The counts of each dot, oldest first; shifts and days without a verdict are among them."""
    if window.asked.grain == "last":
        return _by_count(session, window, turned)
    found = {(on, shift): (n, passed) for _, on, shift, n, passed in rows}
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


def _rows(session: Session, window: Window, key: str | None) -> list[Row]:
    """From the rollups where these can tell. The operation is no filter when it is the key."""
    if is_by_unit(window):
        return _rows_of_units(session, window, key)
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


def _rows_of_units(session: Session, window: Window, key: str | None) -> list[Row]:
    """What units carried is known of one operation's verdicts alone: this one is then the key."""
    one = first_verdicts(window)
    named = [one.columns[key]] if key and key != "operation" else []
    when = one.columns["on"], one.columns["shift"]
    rows = session.exec(
        choose(*named, *when, *one.counts).where(*one.where).group_by(*named, *when)
    )
    fixed = window.asked.operation if key == "operation" else ""
    return [tuple(row) if named else (fixed, *row) for row in rows]


def _rows_by_supplier(session: Session, window: Window) -> Iterator[Row]:
    """A unit counts once for each supplier of what it held at its verdict, itself or in its trays:
    as the filter by a supplier counts it."""
    kept = UnitCase
    key = kept.business_on, kept.shift, kept.is_failed
    held = func.aggregate_strings(col(kept.held), ";")
    rows = session.exec(choose(*key, held).where(*in_cases(window)).group_by(*key))
    firm_of = firms(session, window.plant)
    counts: dict[tuple[str, date, str], list[int]] = defaultdict(lambda: [0, 0])
    for on, shift, is_failed, texts in rows:
        for firm, count in _by_firm(texts.split(";"), firm_of):
            counts[firm, on, shift][0] += count
            counts[firm, on, shift][1] += 0 if is_failed else count
    return ((*key, *both) for key, both in counts.items())


def _by_firm(texts: Sequence[str], firm_of: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    """How many of the texts have a number of each firm.

    >>> list(_by_firm(["33 74", "74 106", "9"], {33: "FA", 74: "FA", 106: "FB"}))
    [('FA', 2), ('FB', 1)]
    """
    names = sorted(set(firm_of.values()))
    sizes, held = numbers_in(texts)
    place = np.full(max(firm_of, default=0) + 1, -1)
    place[list(firm_of)] = [names.index(firm) for firm in firm_of.values()]
    unit = np.repeat(np.arange(len(texts)), sizes)
    is_known = held < len(place)
    firm, unit = place[held[is_known]], unit[is_known]
    pairs = np.unique(unit[firm >= 0] * len(names) + firm[firm >= 0])
    counts = np.bincount(pairs % max(len(names), 1), minlength=len(names))
    return ((name, int(count)) for name, count in zip(names, counts, strict=True) if count)


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
    one, column = first_verdicts(window), first_verdicts(window).columns
    found = session.exec(
        choose(one.at, one.is_passed, column["on"], column["shift"], column["serial"])
        .where(*one.where)
        .order_by(one.at.desc(), column["serial"].desc())
        .limit(size * MOST_POINTS)
    ).all()
    groups = [found[i : i + size][::-1] for i in range(0, len(found), size)]
    tallied = []
    for group in groups[::-1]:
        (begin, _, on, shift, _), (end, *_) = group[0], group[-1]
        if begin is None or end is None or on is None:
            continue
        passed = sum(bool(row[1]) for row in group)
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
