"""A plant's steps in a real database, SQLite or PostgreSQL, that a test changes behind our back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, text

from db.clock import frozen
from db.engine import reading
from etl.connectors.sql import SqlConnector, SqlOptions
from etl.feeds.compile import compile_feed
from etl.publish import publish
from etl.runner import Context, Pull
from etl.sync import poll
from tests.etl.plant import NOW, plant_file

FORM = "%Y-%m-%d %H:%M:%S"
SHOWN = ("id", "sn", "result")


@dataclass
class StepSource:
    """The table `step` at `url`, polled into the store `engine`. Times are UTC text."""

    url: str
    engine: Engine
    batch_rows: int = 10_000
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Other columns for some fields."""
    pull: Pull = field(init=False)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.context, self._open = Context(self.engine), create_engine(self.url)
        self.run(
            "CREATE TABLE step (id INTEGER PRIMARY KEY, sn TEXT, station TEXT, began TEXT, "
            "ended TEXT, result TEXT, edited TEXT)"
        )
        options = {
            "url": self.url,
            "query": "SELECT * FROM step",
            "key_column": "id",
            "change_column": "edited",
            "change_format": "text",
            "batch_rows": self.batch_rows,
        }
        plant = plant_file(options=options, zone="UTC")
        entry = next(entry for entry in plant.sources if entry.feed == "unit_step")
        entry = entry.model_copy(update={"columns": entry.columns | self.columns})
        publish(self.engine, [plant])
        self.pull = Pull(
            code="mp.unit_step",
            plant="mp",
            entry=entry,
            history_days=0,
            has_history=True,
            connector=SqlConnector(
                "mp.unit_step", SqlOptions.model_validate(options), ZoneInfo("UTC"), 20
            ),
            feed=compile_feed(plant, entry),
        )

    def run(self, statement: str, **values: Any) -> None:
        """Change something at the source."""
        with self._open.begin() as connection:
            connection.execute(text(statement), values)

    def put(self, key: int, at: datetime, changed_at: datetime | None = None, **given: Any) -> None:
        """A completed visit that ended `at`, as a row written at `changed_at`."""
        row = {
            "id": key,
            "sn": f"R{key}",
            "station": "F_01",
            "began": f"{at - timedelta(minutes=30):{FORM}}",
            "ended": f"{at:{FORM}}",
            "result": "completed",
            "edited": f"{changed_at or at:{FORM}}",
        } | given
        names = ", ".join(row)
        self.run("DELETE FROM step WHERE id = :id", id=key)
        self.run(
            f"INSERT INTO step ({names}) VALUES ({', '.join(f':{name}' for name in row)})", **row
        )

    def poll(self, at: datetime = NOW) -> None:
        """Load what is new, as the scheduler does."""
        with frozen(at):
            summary = poll(self.context, self.pull)
        assert summary is not None
        assert summary.error is None, summary.message

    def there(self) -> set[tuple[Any, ...]]:
        """What the source has."""
        with self._open.connect() as connection:
            rows = connection.execute(text(f"SELECT {', '.join(SHOWN)} FROM step"))
            return {(str(key), *rest) for key, *rest in rows}

    def held(self) -> set[tuple[Any, ...]]:
        """What the store has of it."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                text("SELECT source_key, serial, result FROM unit_step WHERE deleted_at IS NULL")
            )
            return {tuple(row) for row in rows}

    def close(self) -> None:
        """Let go of both ends."""
        self.pull.connector.close()
        self._open.dispose()


def sqlite_source(folder: Path, engine: Engine, **given: Any) -> StepSource:
    """A new source on a file in `folder`."""
    return StepSource(f"sqlite:///{folder / 'mes.sqlite3'}", engine, **given)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)
