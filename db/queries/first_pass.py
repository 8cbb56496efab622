"""First-pass yield of the latest racks, as counts."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select, union_all

from db.domain.vocabulary import Verdict
from db.domain.yields import first_pass_level
from db.models import UnitOperation
from db.queries.plants import Home
from db.queries.quarantine import held_counts
from db.queries.shapes import FirstPassShape


def first_pass(session: Session, home: Home, at: datetime) -> FirstPassShape:
    """The last `first_pass_window` first verdicts of racks at the operations that count.

    A count window, not a time window, so that it stays steady at night. Test records in quarantine
    from its time are excluded, and counted as such.
    """
    window = home.limits.first_pass_window
    operations = tuple(home.first_pass_operations)
    given = {"plant": home.code, "at": at}
    latest = session.exec(_latest(operations, window), params=given).all() if operations else []
    verdicts = [verdict for verdict, _ in latest]
    since = latest[-1][1] if len(latest) == window else None
    passed = verdicts.count(Verdict.PASSED)
    held = held_counts(session, home.code, {"test_run": (since, at)})
    return FirstPassShape(
        first_count=len(verdicts),
        passed_count=passed,
        limit=home.limits.first_pass_limit,
        level=first_pass_level(passed, len(verdicts), home.limits),
        excluded_count=held.get("test_run", 0),
        window=window,
    )


@lru_cache(maxsize=128)
def _latest(operations: tuple[str, ...], window: int) -> Any:
    """The last first verdicts of `:plant` until `:at`, in one statement: those of each operation
    are the end of an index. Its making costs more than its answer, so it is kept."""
    happened, serial = col(UnitOperation.first_verdict_at), col(UnitOperation.serial)
    each = union_all(
        *(
            select(happened.label("at"), serial.label("serial"), col(UnitOperation.first_verdict))
            .where(
                UnitOperation.plant == bindparam("plant"),
                UnitOperation.operation == operation,
                happened <= bindparam("at"),
            )
            .order_by(happened.desc(), serial.desc())
            .limit(window)
            .subquery()
            .select()
            for operation in operations
        )
    ).subquery()
    newest_first = (each.c.at.desc(), each.c.serial.desc(), each.c.first_verdict.desc())
    return select(each.c.first_verdict, each.c.at).order_by(*newest_first).limit(window)
