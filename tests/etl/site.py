"""A plant of a test's own on disk: its TOML and its systems, as SQLite databases."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from db.clock import utc_now
from db.settings import Settings

TOML = """
[plant]
code = "{code}"
name = "{code}"
city = "Anywhere"
state = "WI"
zone = "America/Chicago"
zone_label = "CT"
history_days = 3

[[shifts]]
code = "D"
name = "Day"
start = "06:00"
end = "06:00"

[[lines]]
code = "L1"
name = "Line 1"
kind = "rack"

[[operations]]
code = "FINAL"
name = "Final"
level = "L11"
kind = "inspect"
stage = "Final"
is_output = true

[[stations]]
code = "F1"
line = "L1"
operation = "FINAL"
name = "F_01"

[[products]]
code = "RK"
revision = "A"
name = "Rack"
valid_from_on = 2026-01-01

[[sources]]
feed = "unit_step"
connector = "sql"
interval_seconds = 1
[sources.options]
url = "sqlite:///${{PLANT_DATA}}/{code}-mes.sqlite3"
query = "SELECT * FROM step"
key_column = "id"
change_column = "edited"
change_format = "text"
[sources.columns]
source_key = "id"
serial = "sn"
station = "station"
started_at = "began"
ended_at = "ended"
result = "result"
changed_at = "edited"

[[sources]]
feed = "part"
connector = "sql"
interval_seconds = 1
[sources.options]
url = "sqlite:///${{PLANT_DATA}}/{code}-erp.sqlite3"
query = "SELECT * FROM part"
key_column = "id"
change_column = "edited"
change_format = "text"
[sources.columns]
source_key = "id"
part = "id"
name = "name"
changed_at = "edited"
"""
TABLES = {
    "mes": "CREATE TABLE step (id, sn, station, began, ended, result, edited)",
    "erp": "CREATE TABLE part (id, name, edited)",
}


class Site:
    """Plants under `folder`, whose loads go to `database_url`."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.plants_dir, self.data_dir = folder / "plants", folder / "data"
        self.plants_dir.mkdir()
        self.data_dir.mkdir()
        self.database_url = database_url

    @property
    def settings(self) -> Settings:
        """Settings of programs that load these plants."""
        return Settings(
            database_url=SecretStr(self.database_url),
            plants_dir=self.plants_dir,
            plant_data_dir=self.data_dir,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {
            "RACKLINE_DATABASE_URL": self.database_url,
            "RACKLINE_PLANTS_DIR": str(self.plants_dir),
            "RACKLINE_PLANT_DATA_DIR": str(self.data_dir),
            "COLUMNS": "200",
        }

    def add_plant(self, code: str = "mp", systems: Sequence[str] = ("mes", "erp")) -> Path:
        """A plant file, and those of its two systems that are up."""
        for system in systems:
            self.run(code, system, TABLES[system])
        file = self.plants_dir / f"{code}.toml"
        file.write_text(TOML.format(code=code))
        return file

    def run(self, code: str, system: str, statement: str, *values: Any) -> None:
        """Change something in a plant's system."""
        with closing(sqlite3.connect(self.data_dir / f"{code}-{system}.sqlite3")) as connection:
            connection.execute(statement, values)
            connection.commit()

    def add_step(self, serial: str, code: str = "mp", station: str = "F_01") -> None:
        """A visit that ended this second."""
        now = f"{utc_now():%Y-%m-%d %H:%M:%S}"
        row = (serial, serial, station, now, now, "completed", now)
        self.run(code, "mes", "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?)", *row)

    def add_part(self, part: str, code: str = "mp") -> None:
        """A part that was edited this second."""
        now = f"{utc_now():%Y-%m-%d %H:%M:%S}"
        self.run(code, "erp", "INSERT INTO part VALUES (?, ?, ?)", part, part, now)
