"""What suppliers have promised over time: the earlier versions of order lines, out of `change`.

An ERP that keeps its own first promise is believed; what is read here fills in for one that does
not, and tells the history of single lines. Earlier versions are found by source and key.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import Change, Receipt
from db.queries.part_shapes import PromisedShape
from db.queries.plants import iso


@dataclass(frozen=True, slots=True)
class Said:
    """What one line promised before: each different date, the oldest first."""

    dates: tuple[date, ...] = ()

    @property
    def first_on(self) -> date | None:
        """The first promise; None when none is known."""
        return self.dates[0] if self.dates else None


@dataclass(frozen=True)
class Promised:
    """Earlier promises by receipt key, the present one included."""

    lines: dict[str, Said] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Said:
        return self.lines.get(key, Said())

    def counts(self, row: Receipt) -> int:
        """How many promises a line has had: what its ERP says, or the versions we saw."""
        return row.promise_count or len(self[row.source_key].dates) or int(bool(row.promised_on))


def first_promises(session: Session, rows: Sequence[Receipt], keys: Any) -> Promised:
    """The promises of lines whose ERP does not say what was promised first.

    `keys` selects the same lines' keys, so that one statement reads their past, however many.
    """
    earlier = _versions(session, rows, keys)
    lines = {}
    for row in rows:
        said = [_date(before["promised_on"]) for _, before in earlier.get(row.source_key, ())]
        dates = [on for on in (*said, row.promised_on) if on is not None]
        lines[row.source_key] = Said(
            tuple(on for on, last in zip(dates, [None, *dates], strict=False) if on != last)
        )
    return Promised(lines)


def promise_history(session: Session, rows: Sequence[Receipt]) -> list[PromisedShape]:
    """All that lines have said, by line and time; what the ERP remembers of before comes first."""
    earlier = _versions(session, rows, [row.source_key for row in rows])
    found: list[PromisedShape] = []
    for row in rows:
        says = [before for _, before in earlier.get(row.source_key, ())] + [_says(row)]
        if row.first_promised_on and row.first_promised_on.isoformat() != says[0]["promised_on"]:
            found.append(_shape(row, says[0] | {"promised_on": row.first_promised_on.isoformat()}))
        found += [_shape(row, said) for said in says]
    return found


def _versions(
    session: Session, rows: Sequence[Receipt], keys: Any
) -> dict[str, list[tuple[datetime, dict[str, Any]]]]:
    """Earlier versions of receipts by key, the oldest first."""
    found: dict[str, list[tuple[datetime, dict[str, Any]]]] = defaultdict(list)
    if not rows:
        return found
    said = session.exec(
        select(Change.source_key, Change.recorded_at, Change.before)
        .where(
            Change.source == rows[0].source,
            col(Change.source_key).in_(keys),
            Change.table_name == "receipt",
        )
        .order_by(col(Change.id))
    )
    for key, recorded_at, before in said:
        found[key].append((recorded_at, json.loads(before)))
    return found


SAID = ("promised_on", "ordered_qty", "received_qty", "is_confirmed", "status", "changed_at")


def _says(row: Receipt) -> dict[str, Any]:
    return {name: _text(getattr(row, name)) for name in SAID}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _shape(row: Receipt, said: dict[str, Any]) -> PromisedShape:
    return PromisedShape(
        key=row.source_key,
        order_no=row.order_no,
        supplier=row.supplier,
        said_at=iso(_instant(said["changed_at"])),
        promised_on=said["promised_on"],
        ordered_qty=float(said["ordered_qty"]),
        received_qty=float(said["received_qty"]),
        is_confirmed=bool(said["is_confirmed"]),
        status=said["status"],
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
