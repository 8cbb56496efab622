"""Files as testers leave them: half written, renamed, replaced, cut off."""

import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.clock import utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import RawBatch, Window
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from tests.etl.connectors.contract import keys

HEADER = "id,value\n"
MADE_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


def files(folder: Path, **options: Any) -> FilesConnector:
    given = {"folder": str(folder), "settle_seconds": 0} | options
    return FilesConnector("mp.test_run", FilesOptions.model_validate(given), ZoneInfo("UTC"), 10)


def fetched(connector: FilesConnector, window: Window | None = None) -> Sequence[RawBatch]:
    return list(connector.fetch(window or Window()))


def write(path: Path, text: str, at: datetime = MADE_AT) -> None:
    path.write_bytes(text.encode())
    os.utime(path, (at.timestamp(),) * 2)


def test_rows_carry_their_file_its_time_its_content_and_their_number(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + "1,x\n2,y\n")
    write(tmp_path / "b.csv", HEADER + "3,z\n", MADE_AT + timedelta(hours=1))
    (batch,) = fetched(files(tmp_path))
    first, second = (
        sha256((tmp_path / name).read_bytes()).hexdigest()[:32] for name in ("a.csv", "b.csv")
    )
    assert batch.columns == ("_file", "_modified_at", "_content", "_row", "id", "value")
    assert batch.rows == [
        ("a.csv", MADE_AT, first, 1, "1", "x"),
        ("a.csv", MADE_AT, first, 2, "2", "y"),
        ("b.csv", MADE_AT + timedelta(hours=1), second, 1, "3", "z"),
    ]
    assert batch.origin == "a.csv … b.csv"
    assert batch.received_at == MADE_AT + timedelta(hours=1)


def test_a_file_without_its_marker_is_not_touched(tmp_path: Path) -> None:
    connector = files(tmp_path, done_suffix=".done")
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    assert fetched(connector) == []
    (tmp_path / "a.csv.done").touch()
    assert keys(fetched(connector)) == ["1"]


def test_a_late_marker_makes_an_old_file_new(tmp_path: Path) -> None:
    """A file whose marker came after the watermark passed its own time must not be lost."""
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    (tmp_path / "a.csv.done").touch()
    connector = files(tmp_path, done_suffix=".done")
    assert keys(fetched(connector, Window(since=utc_now() - timedelta(minutes=1)))) == ["1"]


def test_a_growing_file_is_left_until_it_rests(tmp_path: Path) -> None:
    path, connector = tmp_path / "a.csv", files(tmp_path, settle_seconds=0.2)
    write(path, HEADER + "1,x\n")
    enough = threading.Event()

    def grow() -> None:
        while not enough.wait(0.01):
            with path.open("a") as file:
                file.write("2,y\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert fetched(connector) == []
    finally:
        enough.set()
        writer.join()
    assert keys(fetched(connector))[0] == "1"


def test_a_file_written_under_another_name_appears_with_its_rename(tmp_path: Path) -> None:
    connector = files(tmp_path)
    write(tmp_path / "a.csv.part", HEADER + "1,x\n")
    assert fetched(connector) == []
    (tmp_path / "a.csv.part").rename(tmp_path / "a.csv")
    assert keys(fetched(connector)) == ["1"]


def test_a_replaced_file_is_read_anew(tmp_path: Path) -> None:
    connector = files(tmp_path)
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    assert keys(fetched(connector)) == ["1"]
    write(tmp_path / "new", HEADER + "2,y\n")
    (tmp_path / "new").rename(tmp_path / "a.csv")
    assert keys(fetched(connector)) == ["2"]


def test_a_file_appended_to_in_place_is_read_anew(tmp_path: Path) -> None:
    connector = files(tmp_path)
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    os.utime(tmp_path, (MADE_AT.timestamp(),) * 2)
    assert keys(fetched(connector)) == ["1"]
    write(tmp_path / "a.csv", HEADER + "1,x\n2,y\n", MADE_AT + timedelta(seconds=1))
    assert keys(fetched(connector)) == ["1", "2"]


def test_a_deleted_file_is_no_error(tmp_path: Path) -> None:
    connector = files(tmp_path)
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    fetched(connector)
    (tmp_path / "a.csv").unlink()
    assert fetched(connector) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER + "1,x\n2,", "an end of line 3; the file was cut off"),
        (HEADER + '1,"x\n2,y\n', "whole CSV; unexpected end of data (line 3)"),
        ("", "a header line; the file is empty"),
        ("id,id\n1,2\n", "a header of different names, not id,id"),
        ("id,\n1,2\n", "a header of different names, not id,"),
    ],
)
def test_a_faulty_file_is_named_and_the_others_load(tmp_path: Path, text: str, fault: str) -> None:
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    write(tmp_path / "b.csv", text, MADE_AT + timedelta(seconds=1))
    write(tmp_path / "c.csv", HEADER + "3,z\n", MADE_AT + timedelta(seconds=2))
    batches = fetched(files(tmp_path))
    assert keys(batches) == ["1", "3"]
    assert [(b.origin, b.fault) for b in batches if b.fault] == [("b.csv", f"expected {fault}")]


def test_text_in_another_encoding_is_a_fault_until_it_is_declared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes((HEADER + "1,Straße\n").encode("latin-1"))
    (batch,) = fetched(files(tmp_path))
    assert "utf-8-sig text; invalid" in batch.fault
    (batch,) = fetched(files(tmp_path, encoding="latin-1"))
    assert batch.rows[0][-1] == "Straße"


def test_a_byte_order_mark_is_not_part_of_the_header(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "\ufeff" + HEADER + "1,x\n")
    (batch,) = fetched(files(tmp_path))
    assert batch.columns[4:] == ("id", "value")


def test_ragged_rows_reach_the_feed_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + "1\n2,y,more\n\n3,z\n4,z\n")
    (batch,) = fetched(files(tmp_path))
    said = [row[4:] for row in batch.rows]
    assert said == [("1",), ("2", "y", "more"), ("3", "z"), ("4", "z")]


def test_files_with_another_header_make_another_batch(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + "1,x\n")
    write(tmp_path / "b.csv", "id,value,more\n2,y,z\n", MADE_AT + timedelta(seconds=1))
    first, second = fetched(files(tmp_path))
    assert (len(first.columns), len(second.columns)) == (6, 7)


def test_a_folder_that_we_may_not_read_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("etl.connectors.places.folder.scandir", refuse)
    with pytest.raises(SourceRefused, match="may not be read by us"):
        fetched(files(tmp_path))


def test_a_pipe_in_the_folder_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert fetched(files(tmp_path)) == []


def test_a_folder_unmounted_meanwhile_is_an_outage(tmp_path: Path) -> None:
    folder = tmp_path / "testers"
    folder.mkdir()
    connector = files(folder)
    assert fetched(connector) == []
    folder.rmdir()
    with pytest.raises(SourceUnavailable, match="No such file or directory"):
        fetched(connector)
