"""An illustrative plant's MES with any number of unit visits in it, to be pulled from.

The plant is the Ohio one as its TOML describes it; one row in a thousand cannot be trusted.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from db.settings import Settings
from etl.plant_file import PlantFile
from etl.pulls import pulls_of, read_plants
from etl.runner import Pull

BEGAN_AT = datetime(2026, 10, 1, 4, tzinfo=UTC)
MONTH = timedelta(days=30)
UNITS_A_RACK = {"tray": 12}
"""How many units of a kind of line go by while one rack does; illustrative."""
COLUMNS = (
    "id INTEGER PRIMARY KEY, serial_no TEXT, product_code TEXT, order_no TEXT, work_center TEXT,"
    " position TEXT, start_utc TEXT, end_utc TEXT, status TEXT, updated_utc TEXT, deleted TEXT"
)


URL = "sqlite:///${PLANT_DATA}/oh/mes.sqlite3"


def pull_of_ohio(folder: Path, url: str = URL) -> Pull:
    """The plant's unit_step source, over the database at `url`."""
    (pull,) = (pull for pull in pulls_of(_ohio(folder, url)) if pull.entry.feed == "unit_step")
    return pull


def steps_in_sqlite(folder: Path, row_count: int, span: timedelta = MONTH) -> Pull:
    """The same, over a new SQLite file of `row_count` visits within `span` in `folder`."""
    (folder / "oh").mkdir(parents=True)
    connection = sqlite3.connect(folder / "oh" / "mes.sqlite3")
    connection.execute(f"CREATE TABLE unit_history ({COLUMNS})")
    connection.executemany(
        "INSERT INTO unit_history VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        _visits(_ohio(folder), row_count, span),
    )
    connection.execute("CREATE INDEX by_change ON unit_history (updated_utc)")
    connection.commit()
    connection.close()
    return pull_of_ohio(folder)


def steps_in_postgres(folder: Path, url: str, row_count: int, span: timedelta = MONTH) -> Pull:
    """The same, over a new table of the PostgreSQL database at `url`."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE unit_history ({COLUMNS})"))
        raw: Any = connection.connection.driver_connection
        with raw.cursor().copy("COPY unit_history FROM STDIN") as copy:
            for row in _visits(_ohio(folder), row_count, span):
                copy.write_row(row)
        connection.execute(text("CREATE INDEX by_change ON unit_history (updated_utc)"))
    engine.dispose()
    return pull_of_ohio(folder, url)


def _ohio(folder: Path, url: str = URL) -> PlantFile:
    plants = folder / "plants"
    plants.mkdir(exist_ok=True)
    written = (Settings().plants_dir / "oh.toml").read_text()
    (plants / "oh.toml").write_text(written.replace(URL, url))
    (plant,) = read_plants(Settings(plants_dir=plants, plant_data_dir=folder))
    return plant


def _visits(plant: PlantFile, row_count: int, span: timedelta) -> Iterator[tuple[Any, ...]]:
    """Visits in order of their ends over a span; every unit goes through all of its line once."""
    product = plant.products[0].code
    lines = [
        {station.operation: station for station in plant.stations if station.line == line.code}
        for line in plant.lines
        for _ in range(UNITS_A_RACK.get(line.kind, 1))
    ]
    units = enumerate(itertools.cycle(filter(None, lines)))
    visits = ((unit, station) for unit, line in units for station in line.values())
    for number, (unit, station) in zip(range(row_count), visits, strict=False):
        end = BEGAN_AT + span * number / row_count
        begin = end - timedelta(seconds=600 + number * 37 % 3600)
        if number % 1000 == 999:
            begin, end = end, begin
        yield (
            number,
            f"OH-R{unit:06d}",
            product,
            f"B{number // 2000:04d}",
            station.name,
            "",
            f"{begin:%Y-%m-%d %H:%M:%S}",
            f"{end:%Y-%m-%d %H:%M:%S}",
            "COMPLETE" if number % 40 else "REJECT",
            f"{max(begin, end):%Y-%m-%d %H:%M:%S}",
            "N",
        )
