"""A plant with test runs, defects and genealogy, written through the store's own writer."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from db.ingest.batch import Batch, row_columns
from db.ingest.write import write_batch
from db.models import Alarm, Defect, GenealogyLink, Lot, TestRun, UnitStep
from tests.db.queries.world import World

HOUR = timedelta(hours=1)


class YieldWorld(World):
    """`World` whose facts go in by `write_batch`, so that rollups follow them."""

    def put(self, feed: str, model: type[SQLModel], *rows: dict[str, Any]) -> None:
        """Write rows; the key given replaces a row written before."""
        names = row_columns(model)
        columns = SQLModel.metadata.tables[str(model.__tablename__)].columns
        blank = {name: "" if "VARCHAR" in str(columns[name].type) else None for name in names}
        stamp = self.sourced(feed)
        values = []
        for row in rows:
            whole = blank | stamp | {"occurred_local": "", "source_key": str(next(self._keys))}
            whole |= row
            whole["content_hash"] = hash(repr(sorted(row.items()))) % 2**31
            values.append(tuple(whole[name] for name in names))
        batch = Batch(f"{self.code}.{feed}", self.code, model, values, 1, [], None)
        write_batch(self.engine, batch)

    def ran(self, serial: str, at: datetime, verdict: str, **given: Any) -> dict[str, Any]:
        """A test run that ended at `at`, as values."""
        return self.event(at) | {
            "serial": serial, "product": "RK", "line": "L1", "operation": "LEAK",
            "station": "L1-LEAK", "started_at": at - HOUR / 2, "ended_at": at, "verdict": verdict,
        } | given  # fmt: skip

    def tested(self, *runs: dict[str, Any]) -> None:
        self.put("test_run", TestRun, *runs)

    def visited(self, serial: str, operation: str, at: datetime, **given: Any) -> None:
        row = self.event(at) | {
            "serial": serial, "product": "RK", "build": "B1", "line": "L1", "operation": operation,
            "station": f"L1-{operation}", "started_at": at - HOUR, "ended_at": at,
            "result": "completed", "duration_ms": 3_600_000,
        }  # fmt: skip
        self.put("unit_step", UnitStep, row | given)

    def built_in(self, parent: str, at: datetime, **given: Any) -> dict[str, Any]:
        """A genealogy link, as values."""
        return self.event(at) | {
            "parent_serial": parent, "position": "P1", "part": "UQD", "qty": Decimal(1),
        } | given  # fmt: skip

    def linked(self, *links: dict[str, Any]) -> None:
        self.put("genealogy", GenealogyLink, *links)

    def lot(self, part: str, lot: str, **given: Any) -> None:
        self.put("lot", Lot, {"part": part, "lot": lot, "date_code": ""} | given)

    def fault(self, serial: str, at: datetime, **given: Any) -> None:
        row = self.event(at) | {"serial": serial, "operation": "LEAK", "station": "L1-LEAK"}
        self.put("defect", Defect, row | given)

    def alarm(self, began_at: datetime, **given: Any) -> None:
        values: dict[str, Any] = {
            "plant": self.code, "line": "L1", "operation": "LEAK", "began_at": began_at,
            "began_from_at": began_at - HOUR, "began_to_at": began_at + HOUR,
            "detected_at": began_at + 4 * HOUR, "found_at": began_at + 4 * HOUR, "units": 40,
            "fails": 9, "expected_fails": 1.6, "detector_version": "1",
            "evidence": '{"confidence": 0.95, "units_per_false_alarm": 24000.0}',
        }  # fmt: skip
        self.add(Alarm(**(values | given)))
