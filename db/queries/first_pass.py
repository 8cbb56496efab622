"""First-pass yield of the latest racks, as counts."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from db.domain.vocabulary import Verdict
from db.domain.yields import first_pass_level
from db.models import Quarantine, Source, UnitOperation
from db.queries.plants import Home
from db.queries.shapes import FirstPassShape


def first_pass(session: Session, home: Home, at: datetime) -> FirstPassShape:
    """The last `first_pass_window` first verdicts of racks at the operations that count.

    A count window, not a time window, so that it stays steady at night. Test records waiting in
    quarantine are excluded, and counted as such.
    """
    window = home.limits.first_pass_window
    latest: list[tuple[datetime, str, str]] = []
    for operation in home.first_pass_operations:
        rows = session.exec(
            select(
                UnitOperation.first_verdict_at, UnitOperation.serial, UnitOperation.first_verdict
            )
            .where(
                UnitOperation.plant == home.code,
                UnitOperation.operation == operation,
                col(UnitOperation.first_verdict_at) <= at,
            )
            .order_by(col(UnitOperation.first_verdict_at).desc(), col(UnitOperation.serial).desc())
            .limit(window)
        )
        latest += [(row[0], row[1], row[2]) for row in rows if row[0] is not None]
    verdicts = [verdict for *_, verdict in sorted(latest, reverse=True)[:window]]
    passed = verdicts.count(Verdict.PASSED)
    return FirstPassShape(
        first_count=len(verdicts),
        passed_count=passed,
        limit=home.limits.first_pass_limit,
        level=first_pass_level(passed, len(verdicts), home.limits),
        excluded_count=_excluded(session, home.code),
        window=window,
    )


def _excluded(session: Session, plant: str) -> int:
    return session.exec(
        select(func.count())
        .select_from(Quarantine)
        .join(Source, col(Source.code) == col(Quarantine.source))
        .where(
            Quarantine.plant == plant,
            col(Quarantine.released_at).is_(None),
            Source.feed == "test_run",
        )
    ).one()
