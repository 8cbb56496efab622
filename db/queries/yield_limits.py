"""Centre line and limits of the first-pass chart: frozen by people, else of the days before."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlmodel import Session, col, func, select

from db.domain.spc.attributes import estimate, expects_too_few
from db.domain.spc.lines import Kind, Parameters
from db.models import DayYield, FrozenLimit
from db.queries.plants import iso
from db.queries.yield_shapes import LimitsShape
from db.queries.yield_window import Window, in_rollup

BASELINE_DAYS = 14
LARGE_SUBGROUP = 200
"""Mean units of a shift from which binomial limits are too narrow in practice: Laney's p′ then."""


class Baseline:
    """Parameters of the chart and what they rest on; `parameters` None: nothing to judge by."""

    def __init__(self, parameters: Parameters | None, shape: LimitsShape | None, count: int):
        self.parameters, self.shape, self.count = parameters, shape, count

    @property
    def ratio(self) -> float | None:
        """First-pass yield of the baseline."""
        return None if self.parameters is None else 1 - self.parameters.center


def baseline(session: Session, window: Window, drop_at: datetime | None) -> Baseline:
    """Limits people froze for the operation and line; else estimated, and said to be so.

    The estimate rests on the fourteen days before the drop or, without one, before the window; a
    plant with no days before it is judged by the window itself.
    """
    return _frozen(session, window) or estimated(session, window, drop_at)


def _frozen(session: Session, window: Window) -> Baseline | None:
    asked = window.asked
    row = session.exec(
        select(FrozenLimit)
        .where(
            FrozenLimit.plant == window.plant,
            FrozenLimit.operation == asked.operation,
            col(FrozenLimit.line).in_(["", asked.line]),
            col(FrozenLimit.chart).in_([Kind.P.value, Kind.LANEY_P.value]),
        )
        .order_by(col(FrozenLimit.line).desc(), col(FrozenLimit.frozen_at).desc())
    ).first()
    if row is None:
        return None
    held = Parameters(**(json.loads(row.parameters) | {"kind": Kind(row.chart)}))
    shape = _shape(held, row.baseline_from_at, row.baseline_to_at)
    shape["version"], shape["reason"] = row.version, row.reason
    shape["frozen_by"], shape["frozen_at"] = row.frozen_by, iso(row.frozen_at)
    shape["sentence"] += f", version {row.version} frozen by {row.frozen_by}: {row.reason}."
    return Baseline(held, shape, row.baseline_count)


def estimated(session: Session, window: Window, drop_at: datetime | None) -> Baseline:
    """Limits of the days before; `shape.version` 0."""
    calendar, day = window.home.calendar, timedelta(days=1)
    end_on = calendar.business_date(drop_at) if drop_at else window.since_on
    spans = [(end_on - BASELINE_DAYS * day, end_on - day)]
    if not drop_at:
        spans.append((window.since_on, window.until_on))
    for first_on, last_on in spans:
        rows = session.exec(
            select(func.sum(DayYield.first_count), func.sum(DayYield.first_passed_count))
            .where(*in_rollup(window), col(DayYield.business_on).between(first_on, last_on))
            .group_by(col(DayYield.business_on), col(DayYield.shift))
            .order_by(col(DayYield.business_on), col(DayYield.shift))
        ).all()
        groups = [(int(n), int(passed)) for n, passed in rows if n]
        if groups:
            starts = calendar.day_starts_at
            given = _estimate(groups)
            shape = _shape(given, starts(first_on), starts(last_on + day))
            shape["sentence"] += "; nobody has frozen limits yet."
            return Baseline(given, shape, sum(n for n, _ in groups))
    return Baseline(None, None, 0)


def _estimate(groups: Sequence[tuple[int, int]]) -> Parameters:
    sizes = np.array([n for n, _ in groups], dtype=float)
    fails = sizes - np.array([passed for _, passed in groups], dtype=float)
    if sizes.mean() >= LARGE_SUBGROUP:
        laney = estimate(fails, sizes, kind=Kind.LANEY_P)
        if laney is not None and laney.sigma > 1:
            return laney
    plain = estimate(fails, sizes)
    assert plain is not None
    if 0 < plain.center < 1 and expects_too_few(plain, sizes):
        exact = estimate(fails, sizes, limiting="exact")
        assert exact is not None
        return exact
    return plain


def _shape(given: Parameters, begin: datetime, end: datetime) -> LimitsShape:
    name = {Kind.LANEY_P: "Laney p′ chart"}.get(given.kind, "p chart")
    how = "exact binomial limits" if given.limiting == "exact" else "3σ limits"
    days = (end - begin).days
    return LimitsShape(
        chart=given.kind.value,
        version=0,
        estimator=given.estimator,
        center=1 - given.center,
        sigma_z=given.sigma,
        baseline_from=iso(begin),
        baseline_to=iso(end),
        frozen_by="",
        frozen_at=None,
        reason="",
        sentence=f"{name}, {how}, {given.estimator} over {days} days",
    )
