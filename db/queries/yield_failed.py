"""Units whose first verdict failed: what they failed with, what became of them, what it cost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlmodel import Session, col, func

from db.domain.calendar import HOUR
from db.domain.vocabulary import Verdict
from db.models import Defect, GenealogyLink, HourOutput, Product, TestRun, UnitOperation
from db.queries.keys import among
from db.queries.plants import home, iso
from db.queries.scope import Scope
from db.queries.yield_shapes import FailedUnitShape, ParetoShape
from db.queries.yield_window import Window, holders, in_units

choose: Any = sqlmodel.select
MOST_FAILED = 5000
"""Failed units looked at one by one, newest first; counts beyond come from the rollups."""
SHOWN_FAILED = 200
SHOWN_CODES = 10
PACE_DAYS = 7
AT_ONCE = 500


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


def failed_units(session: Session, window: Window, since: datetime) -> list[Failed]:
    """Units of the window that failed from an instant on, newest first, at most MOST_FAILED."""
    unit = UnitOperation
    rows = session.exec(
        choose(
            unit.serial, unit.product, unit.first_verdict_line, unit.first_verdict_station,
            unit.first_verdict_at, unit.last_verdict, unit.completed_at, unit.last_at,
        )
        .where(
            *in_units(window),
            unit.first_verdict == Verdict.FAILED.value,
            col(unit.first_verdict_at) >= since,
            col(unit.first_verdict_at) < window.until_at,
        )
        .order_by(col(unit.first_verdict_at).desc(), col(unit.serial).desc())
        .limit(MOST_FAILED)
    ).all()  # fmt: skip
    found = [
        Failed(
            row.serial, row.product, row.first_verdict_line, row.first_verdict_station,
            row.first_verdict_at,
            (row.completed_at or row.last_at) if row.last_verdict == Verdict.PASSED else None,
        )
        for row in rows
    ]  # fmt: skip
    coded = _coded(session, window, found, since)
    symptom = window.asked.symptom
    return [one for one in coded if not symptom or symptom in (one.symptom, one.defect)]


def _coded(
    session: Session, window: Window, found: Sequence[Failed], since: datetime
) -> list[Failed]:
    """Each with the first defect written about it after it failed."""
    held: dict[str, list[Any]] = defaultdict(list)
    rows = session.exec(
        choose(Defect.serial, Defect.occurred_at, Defect.symptom, Defect.defect, Defect.action)
        .where(
            Defect.plant == window.plant,
            among(session, Defect.serial, [one.serial for one in found]),
            col(Defect.occurred_at) >= since,
            col(Defect.deleted_at).is_(None),
        )
        .order_by(col(Defect.occurred_at), col(Defect.source_key))
    )
    for row in rows:
        held[row.serial].append(row)
    return [_with_code(one, held.get(one.serial, ())) for one in found]


def _with_code(one: Failed, defects: Iterable[Any]) -> Failed:
    row = next((row for row in defects if row.occurred_at >= one.failed_at), None)
    if row is None:
        return one
    return replace(one, symptom=row.symptom, defect=row.defect, action=row.action)


def portions(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    """The keys, some hundred at a time: a statement takes only so many.

    >>> [len(part) for part in portions(["a"] * 1200)]
    [500, 500, 200]
    """
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


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
    found: Sequence[Failed],
    before: Sequence[Failed],
    ratio: float | None,
    value: Pace,
    now: datetime,
) -> list[ParetoShape]:
    """Codes by units, the rest summed last. `before` failed in the days compared with, and `ratio`
    is how many units ran now for one that ran then; None: nothing to expect from."""
    earlier = Counter(_code(one)[0] for one in before)
    groups: dict[tuple[str, str], list[Failed]] = defaultdict(list)
    for one in found:
        groups[_code(one)].append(one)
    ranked = sorted(groups.items(), key=lambda item: (not item[0][0], -len(item[1]), item[0]))
    rest = ranked[SHOWN_CODES:]
    counted = [(code, units, [code[0]]) for code, units in ranked[:SHOWN_CODES]]
    if rest:
        codes = [code for (code, _), _ in rest]
        counted.append((("other", "symptom"), [one for _, group in rest for one in group], codes))
    return [
        ParetoShape(
            code=code,
            kind=kind,  # type: ignore[typeddict-item]
            count=len(units),
            expected=None if ratio is None else sum(earlier[each] for each in codes) * ratio,
            hours=sum(one.lost_hours(now) for one in units),
            mw=_megawatts(units, value, now),
            code_count=len(codes),
        )
        for (code, kind), units, codes in counted
    ]


def _code(one: Failed) -> tuple[str, str]:
    return (one.defect, "defect") if one.defect else (one.symptom, "symptom")


def _megawatts(units: Sequence[Failed], value: Pace, now: datetime) -> float | None:
    power = [value.megawatts(one.lost_hours(now), one.product) for one in units]
    known = [one for one in power if one is not None]
    return sum(known) if known else None


def failed_shapes(
    session: Session, window: Window, found: Sequence[Failed]
) -> list[FailedUnitShape]:
    """The newest of them as the page lists them."""
    shown = found[:SHOWN_FAILED]
    serials = [one.serial for one in shown]
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
        for one in shown
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
    found: dict[str, str] = {}
    for part in portions(serials):
        rows = session.exec(
            choose(GenealogyLink.child_serial, GenealogyLink.parent_serial)
            .where(
                GenealogyLink.plant == plant,
                col(GenealogyLink.child_serial).in_(part),
                col(GenealogyLink.removed_at).is_(None),
                col(GenealogyLink.deleted_at).is_(None),
            )
            .order_by(col(GenealogyLink.occurred_at))
        )
        found.update(dict(list(rows)))
    return found
