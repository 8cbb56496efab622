"""A plant nobody described yet: its first file is right where it can be, and asks where not."""

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from db.clock import frozen
from db.errors import SourceUnavailable
from etl.connectors.base import Window
from etl.new_plant.found import Looker
from etl.new_plant.names import meaning
from etl.new_plant.write import Who, draft
from etl.publish import publish
from etl.pulls import pulls_of
from etl.registry import load_plants
from etl.runner import Context, run_load
from rackline import app
from tests.etl.plant import NOW
from tests.etl.test_runner import rows

SCHEMA = """
CREATE TABLE UnitRouteLog (LogId INTEGER PRIMARY KEY, SerialNo TEXT, WorkCenter TEXT,
  InTime TEXT, OutTime TEXT, Status TEXT, UpdatedAt TEXT, Operator TEXT);
CREATE TABLE ItemMaster (ItemNo TEXT PRIMARY KEY, Description TEXT, UOM TEXT, ModifiedDate TEXT);
CREATE TABLE Inventory (Id INTEGER PRIMARY KEY, ItemNo TEXT, Bin TEXT, OnHand REAL);
CREATE TABLE Holidays (Day TEXT);
INSERT INTO UnitRouteLog VALUES
  (1, 'R1', 'Final "A"', '2026-11-10 09:00:00', '2026-11-10 09:30:00', 'Done',
   '2026-11-10 09:30:05', 'ana'),
  (2, 'R2', 'Final "A"', '2026-11-10 10:00:00', NULL, 'WIP', '2026-11-10 10:00:01', 'ben'),
  (3, 'R3', 'Pack', '2026-11-10 10:00:00', '2026-11-10 10:10:00', 'QX7',
   '2026-11-10 10:10:00', 'ana');
INSERT INTO ItemMaster VALUES ('P-1', 'Busbar', 'EA', '2026-11-01 00:00:00');
INSERT INTO Inventory VALUES (1, 'P-1', 'B-01', 4.0);
INSERT INTO Holidays VALUES ('2026-12-25');
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    file = tmp_path / "mes.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SCHEMA)
    return f"sqlite:///{file}"


def written(url: str) -> str:
    looker = Looker.at(url)
    try:
        return draft(Who("nw", "Nowhere", "Nowhere", "TX", "America/Chicago", "CT", url), looker)
    finally:
        looker.close()


def test_what_is_found_loads_as_it_is_written(url: str, tmp_path: Path, engine: Engine) -> None:
    folder = tmp_path / "plants"
    folder.mkdir()
    (folder / "nw.toml").write_text(written(url))
    (plant,) = load_plants(folder, {})
    assert [entry.feed for entry in plant.sources] == ["unit_step", "part"]
    publish(engine, [plant])
    with frozen(NOW):
        for pull in pulls_of(plant):
            summary = run_load(Context(engine), pull, "window", Window())
            assert summary.error is None, summary.message
    steps = "SELECT serial, station, result FROM unit_step ORDER BY serial"
    assert rows(engine, steps) == [("R1", "Final-A", "completed"), ("R2", "Final-A", "open")]
    assert rows(engine, "SELECT part, name FROM part") == [("P-1", "Busbar")]


def test_a_word_nobody_knows_is_asked_about_and_never_guessed(url: str, engine: Engine) -> None:
    text = written(url)
    assert '# "QX7" = "?"' in text
    assert '"Done" = "completed"    # ?' in text
    assert meaning("QX7", ["completed", "failed"]) == ""


def test_a_source_that_lacks_a_column_is_written_as_a_comment_that_says_which(url: str) -> None:
    text = written(url)
    assert "# ? No column was found for: status. Complete it, then take out the #." in text
    assert '# feed = "stock"' in text
    assert '#   "Holidays": Day' in text


def test_columns_that_serve_nothing_are_named(url: str) -> None:
    assert "# not mapped: Operator" in written(url)


def test_the_file_keeps_no_password_and_is_never_written_over(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "nw.toml"
    arguments = ["plant", "new", "nw", "--url", url, "--out", str(out)]
    first = CliRunner().invoke(app, arguments)
    assert first.exit_code == 0, first.output
    assert tomllib.loads(out.read_text())["plant"]["code"] == "nw"
    again = CliRunner().invoke(app, arguments)
    assert (again.exit_code, "is there already" in again.output) == (1, True)


def test_a_database_that_cannot_be_reached_is_said_in_one_line() -> None:
    with pytest.raises(SourceUnavailable):
        Looker.at("sqlite:////nowhere/at/all.sqlite3")
