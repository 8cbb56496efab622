"""Limits that stand still: frozen once, with their reason, and only then used to judge.

Limits that roll with the data learn the fault they should find. They are recomputed only on a
recorded event (a new product revision, a changed process), as a new version.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from numpy.typing import ArrayLike

from db.domain.spc.attributes import attribute_chart
from db.domain.spc.lines import Chart, Kind, Parameters, draw
from db.domain.spc.rules import FOR_ATTRIBUTES, FOR_VARIABLES, Rule, Signal, signals

COUNTED = {Kind.P, Kind.NP, Kind.C, Kind.U, Kind.LANEY_P, Kind.LANEY_U}


@dataclass(frozen=True, slots=True)
class FrozenLimits:
    """Parameters of a chart with everything that makes them defensible.

    The estimator and chart kind are within `parameters`; the baseline is the half-open window
    whose `baseline_count` points they were estimated from; `reason` says why this version exists.
    """

    parameters: Parameters
    version: int
    baseline_from: datetime
    baseline_to: datetime
    baseline_count: int
    frozen_by: str
    frozen_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A chart of points under frozen limits, and the rules that hold among them."""

    chart: Chart
    limits: FrozenLimits
    signals: list[Signal] = field(default_factory=list)


def freeze(
    parameters: Parameters,
    *,
    baseline: tuple[datetime, datetime],
    baseline_count: int,
    frozen_by: str,
    frozen_at: datetime,
    reason: str,
    replaces: FrozenLimits | None = None,
) -> FrozenLimits:
    """First version of limits, or the next one after `replaces`.

    ValueError, naming what is missing, without a person, a reason, a baseline that begins before it
    ends and holds points, and when the chart kind differs from that of the limits replaced.

    >>> given = Parameters(Kind.P, 0.05, 1.0, "pooled")
    >>> at = datetime(2026, 7, 6)
    >>> freeze(given, baseline=(datetime(2026, 6, 1), at), baseline_count=30, frozen_by="ana",
    ...        frozen_at=at, reason="first baseline").version
    1
    """
    begin, end = baseline
    faults = {
        "frozen_by: who freezes the limits?": not frozen_by.strip(),
        "reason: which recorded event asks for them?": not reason.strip(),
        "baseline: it must begin before it ends": begin >= end,
        "baseline_count: limits of no points say nothing": baseline_count < 1,
        f"replaces: those are limits of another chart than {parameters.kind}": replaces is not None
        and replaces.parameters.kind is not parameters.kind,
    }
    found = [fault for fault, is_there in faults.items() if is_there]
    if found:
        raise ValueError("; ".join(found))
    version = replaces.version + 1 if replaces else 1
    return FrozenLimits(
        parameters, version, begin, end, baseline_count, frozen_by.strip(), frozen_at, reason
    )


def judge(
    points: ArrayLike,
    limits: FrozenLimits,
    sizes: ArrayLike = 1,
    *,
    rules: Iterable[Rule] | None = None,
) -> Judgement:
    """Later points under frozen limits; nothing is estimated from them.

    `points`: fails or defects per subgroup for counted kinds, else what is plotted (means, ranges,
    single values). Rules default to those of variables or attributes. Strictly beyond exact limits
    counts as rule 1 even where the point is within 3 standard errors.

    >>> at = datetime(2026, 7, 6)
    >>> frozen = freeze(Parameters(Kind.P, 0.08, 1, "pooled"), baseline=(datetime(2026, 6, 1), at),
    ...                 baseline_count=40, frozen_by="ana", frozen_at=at, reason="first baseline")
    >>> [signal.index for signal in judge([8, 7, 20], frozen, sizes=100).signals]
    [2]
    """
    parameters = limits.parameters
    is_counted = parameters.kind in COUNTED
    plot = attribute_chart(points, sizes, parameters) if is_counted else None
    chart = plot or draw(points, parameters, sizes)
    wanted = rules if rules is not None else (FOR_ATTRIBUTES if is_counted else FOR_VARIABLES)
    looked_for = [rule for rule in wanted if rule.length > 1]
    outside = [
        Signal("beyond", int(index), "one point beyond the limits")
        for index in chart.beyond.nonzero()[0]
    ]
    found = sorted(
        outside + signals(chart.standardized, looked_for), key=lambda signal: signal.index
    )
    return Judgement(chart, limits, found)
