"""Rows and batches that are valid by default; override the one thing a test is about.

>>> row = step(serial="R7", result="open", ended_at=None)
>>> row[row_columns(UnitStep).index("serial")]
'R7'
"""

import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from db.domain.vocabulary import RejectionReason
from db.ingest.batch import Batch, Mark, Rejection, row_columns
from db.models import Defect, GenealogyLink, StockPosition, TestRun, UnitStep

PLANT = "mp"
NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
"""Noon at Mount Pleasant (CST) on an ordinary Tuesday."""

FEEDS: dict[type[SQLModel], str] = {
    UnitStep: "unit_step",
    TestRun: "test_run",
    StockPosition: "stock",
    Defect: "defect",
    GenealogyLink: "genealogy",
}


def row_of(model: type[SQLModel], values: dict[str, Any]) -> tuple[Any, ...]:
    """The values as a row tuple for `model`, with its content hash; every column must be given."""
    content = {k: v for k, v in values.items() if k not in ("changed_at", "content_hash")}
    values.setdefault("content_hash", zlib.crc32(repr(sorted(content.items())).encode()))
    return tuple(values[column] for column in row_columns(model))


def _sourced(model: type[SQLModel], given: dict[str, Any]) -> dict[str, Any]:
    plant = given.get("plant", PLANT)
    return {
        "plant": plant,
        "source": f"{plant}.{FEEDS[model]}",
        "source_key": "1",
        "changed_at": NOON,
        "deleted_at": None,
    }


def _event(values: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Instants and calendar fields that follow from when the event ended (or started)."""
    values |= {"started_at": NOON - timedelta(minutes=30), "ended_at": NOON}
    values |= {key: given[key] for key in ("started_at", "ended_at") if key in given}
    at = given.get("occurred_at") or values["ended_at"] or values["started_at"]
    local = at - timedelta(hours=6)
    early = local.hour < 6
    day = local.date() - timedelta(days=1) if early else local.date()
    return values | {
        "occurred_at": at,
        "month": at.year * 100 + at.month,
        "occurred_local": f"{local:%Y-%m-%d %H:%M:%S}",
        "time_quality": "zone_assumed",
        "business_on": day,
        "shift": "day" if 6 <= local.hour < 18 else "night",
    }


def step(**given: Any) -> tuple[Any, ...]:
    """A rack's completed half-hour visit to rack test at noon on line A, as a UnitStep row."""
    values = _event(_sourced(UnitStep, given), given) | {
        "serial": "R1",
        "product": "NVL72",
        "build": "B1",
        "line": "A",
        "operation": "rack_test",
        "station": "RT1",
        "slot": "",
        "result": "completed",
    }
    values |= given
    if values["ended_at"] is None:
        values.setdefault("duration_ms", None)
    else:
        spent = values["ended_at"] - values["started_at"]
        values.setdefault("duration_ms", spent // timedelta(milliseconds=1))
    return row_of(UnitStep, values)


def test_run(**given: Any) -> tuple[Any, ...]:
    """A passed half-hour run of rack test at noon on line A, as a TestRun row."""
    values = _event(_sourced(TestRun, given), given) | {
        "serial": "R1",
        "product": "NVL72",
        "line": "A",
        "operation": "rack_test",
        "station": "RT1",
        "slot": "",
        "verdict": "passed",
        "verdict_raw": "PASS",
        "program": "rack_l11",
        "program_revision": "4",
        "firmware": "1.2",
        "fixture": "",
    }
    return row_of(TestRun, values | given)


test_run.__test__ = False  # type: ignore[attr-defined]  # a builder, whatever its name begins with


def stock(**given: Any) -> tuple[Any, ...]:
    """Forty unrestricted compute trays of one lot in the main store, as a StockPosition row."""
    values = _sourced(StockPosition, given) | {
        "location": "MAIN",
        "part": "TRAY-C",
        "lot": "L1",
        "status": "unrestricted",
        "qty": Decimal(40),
        "allocated_qty": Decimal(0),
        "unit": "EA",
        "as_of_at": NOON,
    }
    return row_of(StockPosition, values | given)


def rejection(**given: Any) -> Rejection:
    """A record whose end lies before its start."""
    values: dict[str, Any] = {
        "record_key": "1",
        "reason": RejectionReason.CONTRADICTION,
        "field": "ended_at",
        "detail": "ends before it starts",
        "payload": '{"id": "1"}',
    }
    return Rejection(**(values | given))


def mark(changed_at: datetime = NOON, key: str = "1", **given: Any) -> Mark:
    """A watermark at `changed_at`, read from a source whose clock says the same."""
    return Mark(changed_at, key, given.get("source_clock_at", changed_at))


def batch(*rows: tuple[Any, ...], model: type[SQLModel] = UnitStep, **given: Any) -> Batch:
    """The rows as a batch of `model` from that feed of the plant, under load 1."""
    plant = given.pop("plant", PLANT)
    values: dict[str, Any] = {
        "source": f"{plant}.{FEEDS[model]}",
        "plant": plant,
        "model": model,
        "rows": list(rows),
        "load_id": 1,
    }
    return Batch(**(values | given))
