"""The capacity ledger as a table: what the command line prints, the same numbers as the page."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlmodel import Session

from db.domain.capacity.results import WeekLedger
from db.domain.catalog import METRICS
from db.queries.capacity_ledger import PlantCapacity, capacities
from db.queries.reports import DAY, Report
from db.queries.scope import EVERY_PLANT, Scope

MEASURES = ("shipped", "rated", "demonstrated", "supported", "committed", "optioned", "headroom")
OTHERS = ("made", "planned", "evaluation")
COLUMNS: dict[str, str] = {
    "week": "str",
    "from_on": DAY,
    "product": "str",
    "is_over": "bool",
    **{f"{name}_{unit}": "float64" for name in (*OTHERS, *MEASURES) for unit in ("racks", "mw")},
    "committable_racks": "float64",
    "forecast_racks": "float64",
    "forecast_low": "float64",
    "forecast_high": "float64",
    "at_least": "str",
    "constraint": "str",
}


def capacity_report(
    session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT
) -> Report:
    """Every week of a plant, of all products ("all") and of each; raises NotInScope.

    What is not known is empty, never 0; `at_least` names the measures of which a part is unknown.
    """
    scope.require(plant)
    found = capacities(session, at, Scope(frozenset({plant})))
    rows = [row for one in found.plants for row in _rows(one)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).astype(COLUMNS)
    said = {column: METRICS[column].definition for column in COLUMNS if column in METRICS}
    [lacks] = [one.lacks for one in found.plants]
    return Report("capacity", plant, at, frame, said, weakened=lacks)


def _rows(one: PlantCapacity) -> list[list[Any]]:
    told = {(each.product, week.week.label): week for each in one.forecasts for week in each.weeks}
    rows = []
    for product, weeks in (("all", one.ledger.weeks), *one.ledger.by_product.items()):
        for week in weeks:
            label, whole = week.week.label, product == "all"
            seen = told.get((product, label))
            limits = one.ledger.limits.get(label, ())
            rows.append([
                label, week.week.first_on, product, week.is_past, *_measures(week),
                one.ledger.committable.get(label) if whole else None,
                *((seen.racks, seen.low, seen.high) if seen else (None, None, None)),
                _at_least(week), limits[0].name if whole and limits else "",
            ])  # fmt: skip
    return rows


def _measures(week: WeekLedger) -> list[float | None]:
    return [
        value
        for name in (*OTHERS, *MEASURES)
        for quantity in [getattr(week, name)]
        for value in ((None, None) if quantity is None else (quantity.racks, quantity.mw))
    ]


def _at_least(week: WeekLedger) -> str:
    names = [
        name
        for name in (*OTHERS, *MEASURES)
        for quantity in [getattr(week, name)]
        if quantity and (quantity.is_at_least or quantity.is_mw_at_least)
    ]
    return ", ".join(names)
