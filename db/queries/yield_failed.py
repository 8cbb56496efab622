"""Units whose first verdict failed: what they failed with, what became of them, what it cost."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlmodel import Session, case, col, func

from db.domain.calendar import HOUR
from db.domain.vocabulary import Verdict
from db.models import Defect, GenealogyLink, HourOutput, Product, TestRun, UnitOperation
from db.queries.carried import holders
from db.queries.instants import summed_seconds
from db.queries.keys import among, hidden, inline
from db.queries.plants import home, iso
from db.queries.scope import Scope
from db.queries.yield_shapes import FailedUnitShape, ParetoShape
from db.queries.yield_window import Window, in_units

choose: Any = sqlmodel.select
SHOWN_FAILED = 200
CODES = ("symptom", "defect", "action")
SHOWN_CODES = 10
PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Failed:
    """A unit that failed at its first verdict, and what was found afterwards."""

    serial: str
    product: str
    line: str
    station: str
    failed_at: datetime
    passed_at: datetime | None
    symptom: str = ""
    defect: str = ""
    action: str = ""

    def lost_hours(self, now: datetime) -> float:
        """From the first fail until the operation was passed, or until now."""
        return max(0.0, ((self.passed_at or now) - self.failed_at) / HOUR)

    @property
    def state(self) -> str:
        """What became of it, in a word."""
        if self.action.upper().startswith("SCRAP"):
            return "scrapped"
        if self.passed_at is not None:
            return "passed retest"
        return "rework" if self.symptom or self.defect else "waiting"


@dataclass(frozen=True, slots=True)
class Lost:
    """Failed units of one product with one code: how many, how many still open, hours they lost."""

    product: str
    symptom: str
    defect: str
    count: int
    open_count: int
    hours: float


def failed_units(
    session: Session, window: Window, since: datetime, but: Sequence[str], most: int | None
) -> list[Failed]:
    """Units of the window that failed from an instant on, newest first; all, or the newest `most`.

    Those of `but` are left out: they pass by the rule asked for.
    """
    units = _failed(session, window, since, but)
    if not window.asked.symptom:
        unit = UnitOperation
        newest = col(unit.first_verdict_at).desc(), col(unit.serial).desc()
        units = units.order_by(*newest).limit(most)
    one = _coded(units, window)
    newest = one.failed_at.desc(), one.serial.desc()
    rows = session.exec(
        choose(*one).where(*_with_symptom(window, one)).order_by(*newest).limit(most)
    )
    return [Failed(*row) for row in rows]


def losses(session: Session, window: Window, since: datetime, but: Sequence[str]) -> list[Lost]:
    """All such units summed by product and code."""
    one = _coded(_failed(session, window, since, but), window)
    is_open = one.passed_at.is_(None)
    until = func.coalesce(one.passed_at, window.at)
    back_at = case((until > one.failed_at, until), else_=one.failed_at)
    key = one.product, one.symptom, one.defect
    rows = session.exec(
        choose(
            *key,
            func.count(),
            func.sum(case((is_open, 1), else_=0)),
            summed_seconds(session, one.failed_at, back_at),
        )
        .where(*_with_symptom(window, one))
        .group_by(*key)
    )
    return [
        Lost(product, symptom, defect, count, int(open_), float(lost) / 3600)
        for product, symptom, defect, count, open_, lost in rows
    ]


def _failed(session: Session, window: Window, since: datetime, but: Sequence[str]) -> Any:
    unit = UnitOperation
    back_at = func.coalesce(col(unit.completed_at), col(unit.last_at))
    left_out = [~among(session, unit.serial, but)] if but else []
    return choose(
        col(unit.serial),
        col(unit.product),
        col(unit.first_verdict_line).label("line"),
        col(unit.first_verdict_station).label("station"),
        col(unit.first_verdict_at).label("failed_at"),
        case((col(unit.last_verdict) == Verdict.PASSED.value, back_at)).label("passed_at"),
    ).where(
        *in_units(window),
        unit.first_verdict == inline(Verdict.FAILED.value),
        col(unit.first_verdict_at) >= since,
        col(unit.first_verdict_at) < window.until_at,
        *_in_dot(window),
        *left_out,
    )


def _in_dot(window: Window) -> tuple[Any, ...]:
    """Those that the chosen dot counts: by shift or day as they were counted, else by time."""
    unit, dot = UnitOperation, window.asked.dot
    if dot is None:
        return ()
    if window.asked.grain == "last":
        at = col(unit.first_verdict_at)
        return at >= dot.start_at, at <= dot.end_at
    of_day = unit.first_verdict_on == dot.business_on
    return (
        (of_day,)
        if window.asked.grain == "day"
        else (of_day, unit.first_verdict_shift == dot.shift)
    )


def _coded(units: Any, window: Window) -> Any:
    """Columns of the units, each with the first defect written about it after it failed."""
    unit = units.cte("failed").prefix_with("MATERIALIZED")
    written = (
        (col(Defect.plant) == window.plant)
        & (col(Defect.serial) == unit.c.serial)
        & (hidden(Defect.occurred_at) >= unit.c.failed_at)
        & col(Defect.deleted_at).is_(None)
    )
    told = [func.coalesce(getattr(Defect, name), "").label(name) for name in CODES]
    first = (col(Defect.occurred_at), col(Defect.source_key))
    place = func.row_number().over(partition_by=unit.c.serial, order_by=first).label("place")
    each = choose(*unit.c, *told, place).outerjoin(Defect, written).subquery()
    kept = [column for column in each.c if column.name != "place"]
    # Not "= 1": PostgreSQL takes that for one row of 200 and sorts them all to sum them.
    return choose(*kept).where(each.c.place <= 1).subquery().c


def _with_symptom(window: Window, one: Any) -> list[Any]:
    symptom = window.asked.symptom
    return [(one.symptom == symptom) | (one.defect == symptom)] if symptom else []


@dataclass(frozen=True, slots=True)
class Pace:
    """What an hour of delay is worth: hours a visit to the operation takes, and kW by product."""

    visit_hours: float | None
    kilowatts: dict[str, float]

    def racks(self, hours: float) -> float | None:
        """As many units as the same hours would have taken; None without visits."""
        return hours / self.visit_hours if self.visit_hours else None

    def megawatts(self, hours: float, product: str) -> float | None:
        """The same in nameplate power; None without visits or for a product without power."""
        racks, power = self.racks(hours), self.kilowatts.get(product)
        return None if racks is None or power is None else racks * power / 1000


def pace(session: Session, window: Window) -> Pace:
    """Measured over the seven days up to the end of the window."""
    until = window.until_at
    total, count = session.exec(
        choose(func.sum(HourOutput.duration_ms), func.sum(HourOutput.duration_count)).where(
            HourOutput.plant == window.plant,
            HourOutput.operation == window.asked.operation,
            col(HourOutput.hour_at) >= until - timedelta(days=PACE_DAYS),
            col(HourOutput.hour_at) < until,
        )
    ).one()
    known = session.exec(
        choose(Product.code, Product.kw_nameplate).order_by(col(Product.valid_from_on))
    )
    return Pace(
        total / count / 3_600_000 if count else None,
        {code: power for code, power in known if power is not None},
    )


def pareto(
    found: Sequence[Lost], before: Sequence[Lost], ratio: float | None, value: Pace
) -> list[ParetoShape]:
    """Codes by units, the rest summed last. `before` failed in the days compared with, and `ratio`
    is how many units ran now for one that ran then; None: nothing to expect from."""
    earlier: Counter[str] = Counter()
    for one in before:
        earlier[_code(one)[0]] += one.count
    groups: dict[tuple[str, str], list[Lost]] = defaultdict(list)
    for one in found:
        groups[_code(one)].append(one)
    ranked = sorted(groups.items(), key=lambda it: (not it[0][0], -_units(it[1]), it[0]))
    rest = ranked[SHOWN_CODES:]
    counted = [(code, lost, [code[0]]) for code, lost in ranked[:SHOWN_CODES]]
    if rest:
        codes = [code for (code, _), _ in rest]
        counted.append((("other", "symptom"), [one for _, group in rest for one in group], codes))
    return [
        ParetoShape(
            code=code,
            kind=kind,  # type: ignore[typeddict-item]
            count=_units(lost),
            expected=None if ratio is None else sum(earlier[each] for each in codes) * ratio,
            hours=sum(one.hours for one in lost),
            mw=megawatts(lost, value),
            code_count=len(codes),
        )
        for (code, kind), lost, codes in counted
    ]


def _code(one: Lost) -> tuple[str, str]:
    return (one.defect, "defect") if one.defect else (one.symptom, "symptom")


def _units(lost: Sequence[Lost]) -> int:
    return sum(one.count for one in lost)


def megawatts(lost: Sequence[Lost], value: Pace) -> float | None:
    """Nameplate power of what could have been tested in the hours lost; None if none is known."""
    power = [value.megawatts(one.hours, one.product) for one in lost]
    known = [one for one in power if one is not None]
    return sum(known) if known else None


def failed_shapes(
    session: Session, window: Window, found: Sequence[Failed]
) -> list[FailedUnitShape]:
    """The units as the page lists them."""
    serials = [one.serial for one in found]
    slots = _slots(session, window, serials)
    racks = racks_of(session, window.plant, serials)
    return [
        FailedUnitShape(
            serial=one.serial,
            rack=racks.get(one.serial, ""),
            product=one.product,
            failed_at=iso(one.failed_at),
            line=one.line,
            station=one.station,
            slot=slots.get((one.serial, one.failed_at), ""),
            symptom=one.symptom,
            defect=one.defect,
            now=one.state,
            lost_hours=one.lost_hours(window.at),
        )
        for one in found
    ]


def _slots(
    session: Session, window: Window, serials: Sequence[str]
) -> dict[tuple[str, datetime], str]:
    rows = session.exec(
        choose(TestRun.serial, TestRun.occurred_at, TestRun.slot).where(
            TestRun.plant == window.plant,
            among(session, TestRun.serial, serials),
            TestRun.operation == window.asked.operation,
            col(TestRun.deleted_at).is_(None),
        )
    )
    return {(serial, at): slot for serial, at, slot in rows}


def carriers(
    session: Session,
    scope: Scope,
    plant: str,
    operation: str,
    serials: Sequence[str],
    *,
    lots: Sequence[str],
) -> dict[str, list[str]]:
    """Serial → those of `lots` ("PART LOT") it held at its first verdict; others are left out.

    Raises NotInScope.
    """
    home(session, plant, scope)
    found: dict[str, list[str]] = defaultdict(list)
    asked = set(serials)
    for lot in lots:
        for serial in asked.intersection(holders(session, plant, operation, lot)):
            found[serial].append(lot)
    return dict(found)


def racks_of(session: Session, plant: str, serials: Sequence[str]) -> dict[str, str]:
    """Which unit each serial is built into now; those that are loose are left out."""
    rows = session.exec(
        choose(GenealogyLink.child_serial, GenealogyLink.parent_serial)
        .where(
            GenealogyLink.plant == plant,
            among(session, GenealogyLink.child_serial, serials),
            col(GenealogyLink.removed_at).is_(None),
            col(GenealogyLink.deleted_at).is_(None),
        )
        .order_by(col(GenealogyLink.occurred_at))
    )
    return dict(list(rows))
