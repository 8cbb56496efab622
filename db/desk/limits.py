"""Freezing the limits of a chart: a new version with its baseline, reason and person."""

import json
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from db.clock import utc_now
from db.desk.entry import LONGEST_REASON, NotAccepted, accept, name, require_plant, wake, words
from db.domain.spc.lines import Parameters
from db.models import FrozenLimit


def freeze_limits(
    session: Session,
    plant: str,
    operation: str,
    parameters: Parameters,
    *,
    line: str = "",
    baseline: tuple[datetime, datetime],
    baseline_count: int,
    by: str,
    reason: str,
) -> int:
    """Keep the next version of an operation's limits; returns the version.

    Estimate `parameters` from the baseline first (db.queries.limits.estimate_limits does). Limits
    are never changed, only followed by the next version. NotAccepted names every fault.
    """
    begin, end = baseline
    accept(
        name("by", by),
        words("reason", reason, LONGEST_REASON),
        [] if begin < end else ["baseline: it must begin before it ends"],
        [] if baseline_count > 0 else ["baseline: it holds no first verdicts; choose another"],
    )
    require_plant(session, plant)
    if end > utc_now():
        raise NotAccepted(["baseline: it must be over"])
    kind = str(parameters.kind)
    held = session.exec(
        select(FrozenLimit.version)
        .where(
            FrozenLimit.plant == plant,
            FrozenLimit.chart == kind,
            FrozenLimit.operation == operation,
            FrozenLimit.line == line,
        )
        .order_by(col(FrozenLimit.version).desc())
    ).first()
    version = (held or 0) + 1
    session.add(
        FrozenLimit(
            plant=plant, chart=kind, operation=operation, line=line, version=version,
            estimator=parameters.estimator, baseline_from_at=begin, baseline_to_at=end,
            baseline_count=baseline_count, center=parameters.center,
            parameters=json.dumps(asdict(parameters)), frozen_by=by.strip(), frozen_at=utc_now(),
            reason=reason.strip(),
        )
    )  # fmt: skip
    wake(session, plant)
    return version
