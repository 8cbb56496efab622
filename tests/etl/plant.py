"""A small plant with two sources, and a connector that says what a test tells it to say."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from db.clock import utc_now
from etl.connectors.base import Probe, RawBatch, Window
from etl.feeds.compile import compile_feed
from etl.plant_file import PlantFile
from etl.runner import Pull

NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
STEP_COLUMNS = ("id", "sn", "station", "began", "ended", "result", "edited")
PART_COLUMNS = ("id", "part", "name", "edited")


def plant_file(**source: Any) -> PlantFile:
    """One line, one station, and its steps and parts pulled from SQL; `source` overrides both."""
    common = {
        "connector": "sql",
        "options": {"url": "sqlite://", "query": "SELECT 1", "key_column": "id"},
        "interval_seconds": 15,
        "allowed_lag_seconds": 60,
    } | source
    return PlantFile.model_validate(
        {
            "plant": {
                "code": "mp",
                "name": "Mount Pleasant",
                "city": "Mount Pleasant",
                "state": "WI",
                "zone": "America/Chicago",
                "zone_label": "CT",
                "history_days": 5,
            },
            "shifts": [
                {"code": "D", "name": "Day", "start": "06:00", "end": "18:00"},
                {"code": "N", "name": "Night", "start": "18:00", "end": "06:00"},
            ],
            "lines": [{"code": "L1", "name": "Line 1", "kind": "rack"}],
            "operations": [
                {"code": "FINAL", "name": "Final", "level": "L11", "kind": "inspect",
                 "is_output": True},
            ],
            "stations": [{"code": "F1", "line": "L1", "operation": "FINAL", "name": "F_01"}],
            "products": [],
            "sources": [
                common | {
                    "feed": "unit_step",
                    "columns": dict(zip(
                        ("source_key", "serial", "station", "started_at", "ended_at", "result",
                         "changed_at"), STEP_COLUMNS, strict=True)),
                },
                common | {
                    "feed": "part",
                    "columns": dict(zip(
                        ("source_key", "part", "name", "changed_at"), PART_COLUMNS, strict=True)),
                },
            ],
        }
    )  # fmt: skip


def step_record(key: int, at: datetime = NOW, **given: Any) -> tuple[Any, ...]:
    """A completed half-hour visit of rack `R<key>` to the station, changed when it ended."""
    values = {
        "id": str(key),
        "sn": f"R{key}",
        "station": "F_01",
        "began": (at - timedelta(minutes=30)).isoformat(),
        "ended": at.isoformat(),
        "result": "completed",
        "edited": at.isoformat(),
    } | given
    return tuple(values[column] for column in STEP_COLUMNS)


@dataclass
class FakeConnector:
    """Holds records in change order; fails with `error` when one is set, hangs while told to."""

    columns: Sequence[str] = STEP_COLUMNS
    records: list[tuple[Any, ...]] = field(default_factory=list)
    batch_rows: int = 1000
    error: Exception | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    windows: list[Window] = field(default_factory=list)
    before_batch: Callable[[int], None] = lambda number: None
    closed_count: int = 0
    caution: str = ""

    def __post_init__(self) -> None:
        self.go_on.set()

    def probe(self) -> Probe:
        if self.error:
            raise self.error
        return Probe(tuple(self.columns), self.records[:3], utc_now())

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        self.windows.append(window)
        self.go_on.wait()
        if self.error:
            raise self.error
        found = [record for record in self.records if self._is_in(window, record)]
        for number, start in enumerate(range(0, len(found), self.batch_rows)):
            self.before_batch(number)
            rows = found[start : start + self.batch_rows]
            yield RawBatch(tuple(self.columns), rows, utc_now(), utc_now())

    def close(self) -> None:
        self.closed_count += 1

    def _is_in(self, window: Window, record: tuple[Any, ...]) -> bool:
        at = datetime.fromisoformat(str(record[-1]))
        since = window.since or datetime.min.replace(tzinfo=UTC)
        return since <= at <= (window.until or datetime.max.replace(tzinfo=UTC))


def pull_of(connector: FakeConnector, feed: str = "unit_step", **source: Any) -> Pull:
    """The plant's source of `feed`, reading from `connector`."""
    plant = plant_file(**source)
    entry = next(entry for entry in plant.sources if entry.feed == feed)
    return Pull(
        code=f"mp.{feed}",
        plant="mp",
        entry=entry,
        history_days=plant.plant.history_days,
        has_history=feed == "unit_step",
        connector=connector,
        feed=compile_feed(plant, entry),
    )


def remapped(pull: Pull, connector: str = "sql", **columns: Any) -> Pull:
    """The same source with other columns for some fields, or said to be of another connector."""
    mapped = {name: it for name, it in (pull.entry.columns | columns).items() if it is not None}
    entry = pull.entry.model_copy(update={"columns": mapped, "connector": connector})
    return replace(pull, entry=entry, feed=compile_feed(plant_file(), entry))


def renamed(pull: Pull, code: str) -> Pull:
    """The same source under another code, to have several of it."""
    return replace(pull, code=code)
