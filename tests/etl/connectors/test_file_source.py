"""Every bad file of tests/golden/bad_files is named and kept, and no good neighbour is lost.

Each entry is put between two good files of its folder; all of a folder are loaded into a real
store, then sent again, unchanged and under a later time.
"""

import base64
import json
import os
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from backports import zstd
from sqlalchemy import Engine, text

from db.errors import SourceChanged
from etl.connectors.base import Window
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from etl.feeds.compile import compile_feed
from etl.publish import publish
from etl.runner import Context, LoadSummary, run_load
from tests.etl.connectors.forms import FORMS, as_csv
from tests.etl.plant import FakeConnector, plant_file, pull_of

FOLDER = Path(__file__).parents[2] / "golden" / "bad_files"
CATALOGUE = {file.stem: tomllib.loads(file.read_text()) for file in sorted(FOLDER.glob("*.toml"))}
COLUMNS = ("id", "part", "name", "edited")
MADE_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


def content(entry: dict[str, Any]) -> bytes:
    if "zstd" in entry:
        return zstd.decompress(base64.b64decode(entry["zstd"]))
    return entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])


def origin(entry: dict[str, Any]) -> str:
    return "/".join(filter(None, (entry["name"], entry.get("member", ""))))


def write(path: Path, said: bytes, at: datetime) -> None:
    path.write_bytes(said)
    os.utime(path, (at.timestamp(),) * 2)


def good(kind: str, key: str) -> bytes:
    write_rows = FORMS[kind].write if kind in FORMS else as_csv
    return write_rows(COLUMNS, [(key, f"P-{key}", "Hose", "2026-07-01T10:00:00Z")])


def fill(folder: Path, kind: str, at: datetime) -> None:
    """The folder's bad files, each between two good ones."""
    suffix = CATALOGUE[kind]["options"]["pattern"].removeprefix("*").replace(".*", ".csv")
    for number, entry in enumerate(CATALOGUE[kind]["file"]):
        times = [at + timedelta(seconds=3 * number + step) for step in range(3)]
        write(folder / f"good{number}a{suffix}", good(kind, f"G{number}a"), times[0])
        write(folder / entry["name"], content(entry), times[1])
        write(folder / f"good{number}z{suffix}", good(kind, f"G{number}z"), times[2])


def load(engine: Engine, folder: Path, kind: str) -> LoadSummary:
    options = {"folder": str(folder), "settle_seconds": 0} | CATALOGUE[kind]["options"]
    given = FilesOptions.model_validate(options)
    plant = plant_file()
    entry = plant.sources[1].model_copy(update={"connector": "files", "options": options})
    pull = replace(
        pull_of(FakeConnector(), "part"),
        entry=entry,
        feed=compile_feed(plant, entry),
        connector=FilesConnector("mp.part", given, ZoneInfo("UTC"), 60),
    )
    return run_load(Context(engine), pull, "poll", Window())


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).mappings())


HELD = "SELECT record_key, reason, field, detail, payload, seen_count FROM quarantine ORDER BY 1"
PARTS = "SELECT source_key, name, content_hash FROM part ORDER BY 1"


def test_the_catalogue_is_large() -> None:
    assert sum(len(said["file"]) for said in CATALOGUE.values()) >= 60


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", CATALOGUE)
def test_each_bad_file_is_named_and_kept_and_its_neighbours_load(
    kind: str, tmp_path: Path, engine: Engine
) -> None:
    publish(engine, [plant_file()])
    folder = tmp_path / "drop"
    folder.mkdir()
    fill(folder, kind, MADE_AT)
    entries = CATALOGUE[kind]["file"]
    summary = load(engine, folder, kind)
    assert (summary.outcome, summary.message) == ("partial", "")
    held = {row["record_key"]: row for row in rows(engine, HELD)}
    wrong = []
    for entry in entries:
        key = entry.get("key", f"file {origin(entry)}")
        row = held.pop(key, None)
        said = row and (row["reason"], row["field"], entry["says"] in row["detail"])
        if said != (entry["reason"], entry.get("field", ""), True):
            wrong.append((key, row and (row["reason"], row["field"], row["detail"])))
        elif row:
            payload = json.loads(row["payload"])
            assert origin(entry) in {payload.get("_origin"), payload.get("_file")}
    assert wrong == []
    assert held == {}
    parts = rows(engine, PARTS)
    assert len([row for row in parts if row["source_key"].startswith("G")]) == 2 * len(entries)
    assert len(parts) - 2 * len(entries) == len(
        {"B1", "B2"} if any(entry.get("good") for entry in entries) else ()
    )

    for later in (timedelta(0), timedelta(days=1)):
        kept = rows(engine, HELD)
        fill(folder, kind, MADE_AT + later)
        again = load(engine, folder, kind)
        assert (again.totals.new, again.totals.changed) == (0, 0)
        assert rows(engine, PARTS) == parts
        assert [row for row in rows(engine, HELD) if row not in kept] == [
            # a bad record of a file that is good otherwise carries the file's time
            row
            for row in rows(engine, HELD)
            if later and not row["record_key"].startswith("file ")
        ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_columns_gone_from_every_file_stop_the_feed_until_one_has_them(
    tmp_path: Path, engine: Engine
) -> None:
    publish(engine, [plant_file()])
    for number in range(2):
        write(tmp_path / f"{number}.csv", b"id,part_no,name,edited\n1,P,x,y\n", MADE_AT)
    for _ in range(2):
        summary = load(engine, tmp_path, "csv")
        assert isinstance(summary.error, SourceChanged)
        assert "expected columns are gone: part; columns not mapped: part_no" in summary.message
    assert [row["record_key"] for row in rows(engine, HELD)] == ["file 0.csv", "file 1.csv"]
    write(tmp_path / "2.csv", good("csv", "G1"), MADE_AT)
    assert (load(engine, tmp_path, "csv").outcome, len(rows(engine, PARTS))) == ("partial", 1)
