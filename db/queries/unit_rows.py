"""The rows of the store behind a serial's page, and what its route is measured by."""

from typing import Any, TypedDict

import sqlmodel
from sqlmodel import Session, col

from db.domain.calendar import HOUR
from db.models import Defect, GenealogyLink, TestRun, UnitStep
from db.queries.part_shapes import RowShape
from db.queries.plants import home
from db.queries.rows import row_shape
from db.queries.scope import Scope

choose: Any = sqlmodel.select
MOST_ROWS = 500
"""Rows of each kind; a serial has some dozens."""
KINDS: tuple[tuple[str, Any, str, str], ...] = (
    ("Visit", UnitStep, "serial", "operation line station slot started_at ended_at result"),
    ("Test run", TestRun, "serial", "operation station started_at verdict_raw program fixture"),
    ("Defect", Defect, "serial", "operation symptom defect action part lot component_serial"),
    ("Built in", GenealogyLink, "parent_serial",
     "position child_serial part lot supplier qty removed_at"),
    ("Built into", GenealogyLink, "child_serial", "parent_serial position part removed_at"),
)  # fmt: skip
"""Kind → its table, the column that holds the serial, and the columns that are told."""


class UnitRowsShape(TypedDict):
    """`standard_hours` by operation, only where the plant names a standard; `first_pass` are the
    operations whose first verdicts count; `rows` are (kind, row), each kind by time."""

    standard_hours: dict[str, float]
    first_pass: list[str]
    rows: list[tuple[str, RowShape]]


def unit_rows(session: Session, scope: Scope, plant: str, serial: str) -> UnitRowsShape:
    """The rows a serial's page stands on, up to `MOST_ROWS` of a kind; raises NotInScope."""
    own = home(session, plant, scope)
    return UnitRowsShape(
        standard_hours={
            op.code: op.standard_seconds / HOUR.total_seconds()
            for op in own.operations
            if op.standard_seconds
        },
        first_pass=[op.code for op in own.operations if op.counts_for_first_pass],
        rows=[
            (kind, row_shape(row, names))
            for kind, model, key, names in KINDS
            for row in _rows(session, model, plant, getattr(model, key), serial)
        ],
    )


def _rows(session: Session, model: Any, plant: str, key: Any, serial: str) -> list[Any]:
    """A serial's rows by time. They are few: sorted here, for a store asked for the first by time
    looks through all times of the plant."""
    found = session.exec(
        choose(model).where(model.plant == plant, key == serial, col(model.deleted_at).is_(None))
    )
    return sorted(found, key=lambda row: (row.occurred_at, row.source_key))[:MOST_ROWS]
