"""The yield page: how much passed first time, since when less, and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlmodel import Session, col, func

from db.clock import utc_now
from db.domain.calendar import HOUR
from db.domain.intervals import is_ratio_shown
from db.domain.yields import FIRST_ATTEMPT, VERDICT_RULES, first_pass_ratio, wilson_interval
from db.models import Alarm, DayYield, HourYield, Line, Lot, Station, UnitOperation
from db.queries.alarm_shapes import AlarmShape, NoteShape
from db.queries.alarms import alarm_shapes, drops_in
from db.queries.notes import notes
from db.queries.plants import iso, iso_or_none
from db.queries.quarantine import weakened
from db.queries.scope import Scope
from db.queries.yield_failed import (
    SHOWN_FAILED,
    Lost,
    Pace,
    failed_shapes,
    failed_units,
    losses,
    megawatts,
    pace,
    pareto,
)
from db.queries.yield_limits import BASELINE_DAYS, Baseline, baseline
from db.queries.yield_others import other_yields
from db.queries.yield_points import Row, counted, series
from db.queries.yield_shapes import (
    ChoiceShape,
    ChoicesShape,
    FailedListShape,
    KpiShape,
    ParetoShape,
    SeriesShape,
    YieldFilter,
    YieldShape,
)
from db.queries.yield_visits import rule_of, turned
from db.queries.yield_window import Window, first_verdicts, in_rollup, is_by_unit, resolve

choose: Any = sqlmodel.select
BY_FIRST_ATTEMPT = "Alarms, limits, suppliers and the explanation go by the first attempt."
CHOSEN = ("operation", "line", "product", "station", "shift")


@dataclass(frozen=True)
class Seen:
    """What was read once and several blocks are made of."""

    drop: Alarm | None
    shape: AlarmShape | None
    judged: Baseline
    failed: Sequence[Lost]
    value: Pace
    count: int
    passed: int
    """First verdicts since the drop, else of the window, and those passed by the rule asked for."""


def yield_page(
    session: Session,
    scope: Scope,
    asked: YieldFilter,
    at: datetime | None = None,
    listed: int | None = SHOWN_FAILED,
) -> YieldShape:
    """Everything of the page but the explanation, from one reading of the store.

    Of the failed units it lists the newest `listed`, or all.
    Raises NotInScope, and CannotAsk for a filter that means nothing. A window, operation or plant
    without verdicts gives a `sentence`, counts of 0 and ratios of None.
    """
    window = resolve(session, scope, asked, at or utc_now())
    span = window.since_at, window.until_at
    found = drops_in(session, window.plant, window.asked.operation, span, asked.line)
    shapes = alarm_shapes(session, window.home, found, window.at, scope)
    drop = standing_drop(found)
    judged = baseline(session, window, drop.began_at if drop else None)
    other, rows = turned(session, window), counted(session, window)
    lines = series(session, window, rows, judged.parameters, other)
    since = drop.began_at if drop else window.since_at
    passed = [one.serial for one in other if one.change > 0]
    failed = losses(session, window, since, passed)
    count, good = since_drop(session, window, since) if drop else _sums(rows)
    good += sum(one.change for one in other if one.at >= since)
    seen = Seen(drop, _of(drop, shapes), judged, failed, pace(session, window), count, good)
    written = notes(session, scope, window.plant, at=window.at)
    choices = _choices(session, window)
    _mark(lines[0], written, _instants(window, written, shapes, choices))
    page: Any = {
        "choices": choices,
        "kpis": _kpis(window, seen),
        "others": other_yields(session, window, _sums(rows)[0]),
        "lacks": _lacks(session, window),
        "series": lines,
        "limits": judged.shape,
        "drop": seen.shape,
        "alarms": shapes,
        "pareto": _pareto(session, window, seen),
        "failed": failed_shapes(
            session, window, failed_units(session, window, since, passed, listed)
        ),
        "failed_count": sum(one.count for one in failed),
        "notes": written,
    }
    whole: YieldShape = _heading(session, window, lines[0]) | page | _rule(window)
    return whole


def failed_list(
    session: Session,
    scope: Scope,
    asked: YieldFilter,
    at: datetime | None = None,
    listed: int | None = SHOWN_FAILED,
) -> FailedListShape:
    """The failed units of a code or of a dot. Those of a dot are of its time, also before a drop;
    else those since the drop, as on the page. Raises as the page does."""
    window = resolve(session, scope, asked, at or utc_now())
    since = window.since_at
    if asked.dot is None:
        span = window.since_at, window.until_at
        found = drops_in(session, window.plant, window.asked.operation, span, asked.line)
        drop = standing_drop(found)
        since = drop.began_at if drop else since
    passed = [one.serial for one in turned(session, window) if one.change > 0]
    units = failed_units(session, window, since, passed, listed)
    count = sum(one.count for one in losses(session, window, since, passed))
    return FailedListShape(units=failed_shapes(session, window, units), count=count)


def _lacks(session: Session, window: Window) -> list[str]:
    """What the page lacks; of what units were made of, also links from before they were tested."""
    since, until = window.since_at, window.until_at
    spans = dict.fromkeys(("test_run", "defect"), (since, until)) | {"genealogy": (None, until)}
    return weakened(session, window.plant, spans)


def standing_drop(found: Sequence[Alarm]) -> Alarm | None:
    """The newest that people have not closed and whose yield has not come back."""
    return next((a for a in found if a.state != "closed" and a.recovered_at is None), None)


def _of(drop: Alarm | None, shapes: Sequence[AlarmShape]) -> AlarmShape | None:
    return next((shape for shape in shapes if drop and shape["id"] == drop.id), None)


def _instants(
    window: Window,
    written: Sequence[NoteShape],
    drops: Sequence[AlarmShape],
    choices: ChoicesShape,
) -> dict[int, datetime]:
    """Where each note belongs on the chart: at the begin of its shift or drop, and that about a
    station of this operation when it was written."""
    known = {("shift", f"{one.business_on}/{one.code}"): one.start_at for one in window.shifts}
    for drop in drops:
        known["drop", str(drop["id"])] = datetime.fromisoformat(drop["began_at"])
    stations = {one["value"] for one in choices["stations"]}
    found = {note["id"]: known.get((note["subject"], note["subject_key"])) for note in written}
    for note in written:
        if note["subject"] == "station" and note["subject_key"] in stations:
            found[note["id"]] = datetime.fromisoformat(note["written_at"])
    return {note: at for note, at in found.items() if at is not None}


def _mark(line: SeriesShape, written: Sequence[NoteShape], instants: dict[int, datetime]) -> None:
    """Tell each dot which notes fall within its time."""
    instant = datetime.fromisoformat
    spans = [(instant(it["start_at"]), instant(it["end_at"])) for it in line["points"]]
    for note in written:
        at = instants.get(note["id"])
        place = next((i for i, (a, b) in enumerate(spans) if at and a <= at < b), None)
        if place is not None:
            line["points"][place]["notes"].append(note["id"])


def _heading(session: Session, window: Window, whole: SeriesShape) -> Any:
    plant, operation = window.home.plant, window.operation
    oldest = session.exec(
        choose(func.min(UnitOperation.first_verdict_at)).where(
            UnitOperation.plant == window.plant,
            UnitOperation.operation == window.asked.operation,
            col(UnitOperation.first_verdict_at).is_not(None),
        )
    ).one()
    return {
        "plant": plant.code, "plant_name": plant.name, "zone": plant.zone,
        "zone_label": plant.zone_label, "as_of_at": iso(window.at),
        "operation": window.asked.operation,
        "operation_name": operation.name if operation else "",
        "unit_name": unit_name(session, window),
        "since_on": window.since_on.isoformat(), "until_on": window.until_on.isoformat(),
        "data_from_at": iso_or_none(oldest), "sentence": _why_empty(window, whole, oldest),
    }  # fmt: skip


def _why_empty(window: Window, whole: SeriesShape, oldest: datetime | None) -> str:
    name = window.asked.operation
    if not name:
        return f"{window.home.plant.name} has no test that counts for first pass."
    if window.operation is None:
        return f"{window.home.plant.name} has no operation {name}."
    if whole["first_count"]:
        return ""
    if oldest is None:
        return f"No first verdict of {name} has been loaded; see Data health for its test feed."
    return f"No first verdicts at {name} from {window.since_on} to {window.until_on}."


def unit_name(session: Session, window: Window) -> str:
    """What is counted at the operation: rack, tray or module."""
    operation = window.operation
    if operation is None:
        return "unit"
    if int(operation.level.removeprefix("L")) >= 11:
        return "rack"
    kind = session.exec(
        choose(Line.kind)
        .join(Station, (Station.plant == Line.plant) & (Station.line == Line.code))
        .where(Line.plant == window.plant, Station.operation == operation.code)
    ).first()
    return kind if kind in ("tray", "module") else "unit"


def _choices(session: Session, window: Window) -> ChoicesShape:
    """What has verdicts in the rollups of the window, under the names people know."""
    rows = session.exec(
        choose(*(getattr(DayYield, name) for name in CHOSEN))
        .where(
            DayYield.plant == window.plant,
            col(DayYield.business_on).between(window.since_on, window.until_on),
            col(DayYield.first_count) > 0,
        )
        .distinct()
    ).all()  # fmt: skip
    firms = session.exec(
        choose(Lot.supplier).where(Lot.plant == window.plant, Lot.supplier != "").distinct()
    )
    names = {operation.code: operation.name for operation in window.home.operations}
    order = list(names)
    here = [row for row in rows if row.operation == window.asked.operation]
    tests = sorted({row.operation for row in rows}, key=lambda o: (o not in names, o))
    tests.sort(key=lambda code: order.index(code) if code in names else len(order))
    shifts = {shift.code: shift.name for shift in window.shifts}
    return ChoicesShape(
        operations=_listed(tests, names, is_sorted=True),
        lines=_listed({row.line for row in here}),
        products=_listed({row.product for row in here}),
        stations=_listed({row.station for row in here}),
        shifts=_listed({row.shift for row in here}, shifts),
        suppliers=_listed(set(firms)),
    )


def _listed(
    codes: Any, names: dict[str, str] | None = None, *, is_sorted: bool = False
) -> list[ChoiceShape]:
    ordered = codes if is_sorted else sorted(codes)
    return [ChoiceShape(value=c, label=(names or {}).get(c, c)) for c in ordered if c]


def since_drop(session: Session, window: Window, since: datetime) -> tuple[int, int]:
    """First verdicts from an instant to the end of the window, and how many passed.

    Whole hours come from the rollup, the begun one from its units.
    """
    one = first_verdicts(window)
    next_hour = since.replace(minute=0, second=0, microsecond=0) + HOUR
    by_unit = [one.at >= since]
    if not is_by_unit(window):
        by_unit.append(one.at < next_hour)
    begun = session.exec(choose(*one.counts).where(*one.where, *by_unit)).one()
    if is_by_unit(window):
        return begun[0], int(begun[1] or 0)
    whole = session.exec(
        choose(func.sum(HourYield.first_count), func.sum(HourYield.first_passed_count)).where(
            *in_rollup(window, HourYield),
            col(HourYield.hour_at) >= next_hour,
            col(HourYield.hour_at) < window.until_at,
        )
    ).one()
    return int((whole[0] or 0) + begun[0]), int((whole[1] or 0) + (begun[1] or 0))


def _sums(rows: Sequence[Row]) -> tuple[int, int]:
    """First verdicts and passed of all rows."""
    return sum(row[-2] for row in rows), sum(row[-1] for row in rows)


def _kpis(window: Window, seen: Seen) -> KpiShape:
    drop, judged, failed = seen.drop, seen.judged, seen.failed
    count, passed = seen.count, seen.passed
    bad = count - passed
    expected = None if judged.ratio is None or not count else count * (1 - judged.ratio)
    lost = sum(one.hours for one in failed) if count else None
    return KpiShape(
        ratio=first_pass_ratio(passed, count),
        first_count=count,
        first_passed_count=passed,
        is_ratio_shown=is_ratio_shown(count),
        interval=wilson_interval(passed, count),
        baseline_ratio=judged.ratio,
        baseline_count=judged.count,
        began_at=iso(drop.began_at) if drop else None,
        began_label=seen.shape["shift_label"] if seen.shape else "",
        began_hours_ago=(window.at - drop.began_at) / HOUR if drop else None,
        failed_count=bad,
        expected_failed=expected,
        excess_failed=None if expected is None else bad - expected,
        lost_hours=lost,
        lost_racks=None if lost is None else seen.value.racks(lost),
        lost_mw=megawatts(failed, seen.value),
        open_count=sum(one.open_count for one in failed),
    )


def _pareto(session: Session, window: Window, seen: Seen) -> list[ParetoShape]:
    """Against all units of the fourteen days before the drop, scaled to as many as have run since:
    those of a lot are expected to fail as the operation's did."""
    drop, failed, value = seen.drop, seen.failed, seen.value
    if drop is None:
        return pareto(failed, (), None, value)
    day = timedelta(days=1)
    began_on = window.home.calendar.business_date(drop.began_at)
    earlier = window.moved(began_on - BASELINE_DAYS * day, began_on - day)
    then = sum(
        int(n)
        for n in session.exec(
            choose(DayYield.first_count).where(
                *in_rollup(window),
                col(DayYield.business_on).between(earlier.since_on, earlier.until_on),
            )
        )
    )
    before = losses(session, earlier, earlier.since_at, ())
    return pareto(failed, before, seen.count / then if then else None, value)


def _rule(window: Window) -> Any:
    """The rule that the counts follow, and the others that could be asked for."""
    rule = rule_of(window)
    others = [
        ChoiceShape(value=other.code, label=other.sentence)
        for other in VERDICT_RULES.values()
        if other.code != rule.code
    ]
    said = "" if rule is FIRST_ATTEMPT else f" {BY_FIRST_ATTEMPT}"
    return {"rule": rule.code, "rule_sentence": rule.sentence + said, "other_rules": others}
