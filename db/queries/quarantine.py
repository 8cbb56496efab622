"""Records that could not be trusted: which wait, why, and what their source said."""

from typing import Any

import pandas as pd
from sqlmodel import Session, col, select

from db.models import Quarantine
from db.queries.scope import EVERY_PLANT, Scope

COLUMNS = {
    "source": "str",
    "record_key": "str",
    "plant": "str",
    "reason": "str",
    "field": "str",
    "detail": "str",
    "first_seen_at": "datetime64[us, UTC]",
    "last_seen_at": "datetime64[us, UTC]",
    "seen_count": "int64",
    "load_id": "int64",
    "released_at": "datetime64[us, UTC]",
}
PAYLOAD = {"payload": "str"}


def held_records(
    session: Session,
    *,
    plant: str | None = None,
    source: str | None = None,
    reason: str | None = None,
    is_released_too: bool = False,
    limit: int | None = None,
    has_payload: bool = False,
    scope: Scope = EVERY_PLANT,
) -> pd.DataFrame:
    """Records in quarantine within the scope, the last seen first; `has_payload` for an export.

    Naming a plant outside the scope raises NotInScope; without one, only its plants are listed.
    """
    if plant is not None:
        scope.require(plant)
    wanted: dict[str, Any] = {"plant": plant, "source": source, "reason": reason}
    types = COLUMNS | (PAYLOAD if has_payload else {})
    columns: list[Any] = [getattr(Quarantine, name) for name in types]
    statement = select(*columns).order_by(
        col(Quarantine.last_seen_at).desc(), col(Quarantine.source), col(Quarantine.record_key)
    )
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(Quarantine, name) == value)
    if scope.plants is not None:
        statement = statement.where(col(Quarantine.plant).in_(scope.plants))
    if not is_released_too:
        statement = statement.where(col(Quarantine.released_at).is_(None))
    rows = session.exec(statement.limit(limit)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(types), dtype=object).astype(
        types
    )


def held_record(
    session: Session, source: str, record_key: str, scope: Scope = EVERY_PLANT
) -> Quarantine | None:
    """One record whole, with its payload as JSON text; None when there is none in the scope."""
    record = session.get(Quarantine, (source, record_key))
    return record if record is not None and record.plant in scope else None
