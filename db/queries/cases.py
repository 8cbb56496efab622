"""Units with what they carried at their first verdict, and counts of them, as explanations ask."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlmodel
from sqlalchemy import ColumnElement, bindparam
from sqlmodel import Session, col, func

from db.domain.attribution.coded import cases_of, factor_of, numbers_in
from db.domain.attribution.factors import Cases
from db.domain.attribution.mix import Counts
from db.domain.attribution.rules import Rules
from db.models import DayYield, FactorCount, FactorValue, UnitCase
from db.queries.yield_window import Window

choose: Any = sqlmodel.select
SAMPLES = 64
"""Units below sample number k are k/64 of all."""
ALL_UNITS = 0
STRATA = ("day", "operation", "product")
NAMES_AT_ONCE = 5000


def has_counts(window: Window) -> bool:
    """Whether the counts per day can answer: they know line and product, not station or shift."""
    return not (window.asked.station or window.asked.shift)


def count(session: Session, window: Window, begin: datetime) -> int:
    """First verdicts from an instant on; of whole days where there are counts of these."""
    if has_counts(window):
        begin_on = window.home.calendar.business_date(begin)
        whole = by_product(session, window, begin_on, window.until_on)
        if sum(one.units for one in whole.values()) > SAMPLES * 100:
            return sum(one.units for one in whole.values())
    counted: int = session.exec(choose(func.count()).where(*_units(window, begin))).one()
    return counted


def by_product(
    session: Session, window: Window, first_on: date, last_on: date
) -> dict[str, Counts]:
    """First verdicts and fails of each product over business dates, both included."""
    rows = session.exec(
        choose(FactorCount.product, func.sum(FactorCount.units), func.sum(FactorCount.fails))
        .where(*_counts(window, first_on, last_on), col(FactorCount.value_id) == ALL_UNITS)
        .group_by(col(FactorCount.product))
    )
    return {product: Counts(int(units), int(fails)) for product, units, fails in rows}


def baseline(
    operation: str, before: Mapping[str, Counts], after: Iterable[str]
) -> dict[tuple[str, ...], float] | None:
    """Fail ratio of each operation and product before; of all of them for a new product."""
    units = sum(one.units for one in before.values())
    if not units:
        return None
    overall = sum(one.fails for one in before.values()) / units
    known = {(operation, name): one.fails / one.units for name, one in before.items() if one.units}
    found: dict[tuple[str, ...], float] = {(operation, name): overall for name in after}
    return found | known


def samples(units: int, wanted: int) -> int:
    """How many of the 64 samples make up about as many units as are wanted.

    >>> samples(1_000, 60_000), samples(1_000_000, 60_000)
    (64, 3)
    """
    return min(SAMPLES, max(1, SAMPLES * wanted // max(units, 1)))


def units(session: Session, window: Window, begin: datetime, samples: int) -> Cases:
    """First verdicts from an instant on, one by one: those of so many samples."""
    drawn = [col(UnitCase.sample).in_(range(samples))] if samples < SAMPLES else []
    rows = session.exec(
        choose(UnitCase.business_on, UnitCase.product, UnitCase.is_failed, UnitCase.held).where(
            *_units(window, begin), *drawn
        )
    ).all()
    days, products, failed, texts = zip(*rows, strict=True) if rows else ((),) * 4
    frame = pd.DataFrame({"day": days, "product": products, "failed": failed})
    frame["operation"] = window.asked.operation
    held = numbers_in(texts)
    found, carried = np.unique(held[1], return_counts=True)
    enough = found[carried >= Rules().minimum_units].tolist()
    return cases_of(frame, held, _names(session, window.plant, enough), STRATA)


def counts(
    session: Session, window: Window, begin: datetime, minimum_units: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units and fails per day, product and value that enough units carried; and of all units."""
    days = window.home.calendar.business_date(begin), window.until_on
    key = col(FactorCount.business_on), col(FactorCount.product), col(FactorCount.value_id)
    units = func.sum(FactorCount.units)
    in_window = func.sum(units).over(partition_by=key[2]).label("in_window")
    sums = (
        choose(*key, units.label("units"), func.sum(FactorCount.fails).label("fails"), in_window)
        .where(*_counts(window, *days))
        .group_by(*key)
        .subquery()
    ).c
    rows = session.exec(
        choose(sums.business_on, sums.product, sums.value_id, sums.units, sums.fails).where(
            sums.in_window >= minimum_units
        )
    )
    columns = zip(*rows, strict=True)
    names = ("day", "product", "number", "units", "fails")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    frame["operation"] = window.asked.operation
    frame[["units", "fails"]] = frame[["units", "fails"]].astype(float)
    whole = frame[frame["number"] == ALL_UNITS].drop(columns="number")
    rest = frame[frame["number"] != ALL_UNITS]
    numbers = rest["number"].unique().tolist()
    told = {
        "factor": rest["number"].map({number: factor_of(number) for number in numbers}),
        "value": rest["number"].map(_names(session, window.plant, numbers)),
    }
    return rest.assign(**told).drop(columns="number"), whole


def missing(session: Session, window: Window) -> tuple[str, ...]:
    """A note when first verdicts of the window are not among the cases yet."""
    kept = by_product(session, window, window.since_on, window.until_on)
    held = session.exec(
        choose(func.sum(DayYield.first_count)).where(
            DayYield.plant == window.plant,
            DayYield.operation == window.asked.operation,
            col(DayYield.business_on).between(window.since_on, window.until_on),
            *([DayYield.line == window.asked.line] if window.asked.line else []),
            *([DayYield.product == window.asked.product] if window.asked.product else []),
        )
    ).one()
    behind = int(held or 0) - sum(one.units for one in kept.values())
    if behind <= 0:
        return ()
    return (f"{behind:,} first verdicts of the window are not in this yet: they follow in seconds",)


def _units(window: Window, begin: datetime) -> Iterator[ColumnElement[bool]]:
    asked = window.asked
    yield col(UnitCase.plant) == window.plant
    yield col(UnitCase.operation) == asked.operation
    yield col(UnitCase.first_verdict_at) >= begin
    yield col(UnitCase.first_verdict_at) < window.until_at
    for name in ("line", "product", "station", "shift"):
        if value := getattr(asked, name):
            yield col(getattr(UnitCase, name)) == value


def _counts(window: Window, first_on: date, last_on: date) -> Iterator[ColumnElement[bool]]:
    asked = window.asked
    yield col(FactorCount.plant) == window.plant
    yield col(FactorCount.operation) == asked.operation
    yield col(FactorCount.business_on).between(first_on, last_on)
    for name in ("line", "product"):
        if value := getattr(asked, name):
            yield col(getattr(FactorCount, name)) == value


def _names(session: Session, plant: str, numbers: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted: Any = bindparam("numbers", expanding=True)
    statement = choose(FactorValue.id, FactorValue.value).where(
        FactorValue.plant == plant, col(FactorValue.id).in_(wanted)
    )
    for start in range(0, len(numbers), NAMES_AT_ONCE):
        some = numbers[start : start + NAMES_AT_ONCE]
        found.update((int(n), str(v)) for n, v in session.exec(statement, params={"numbers": some}))
    return found
