"""What each format of file brings with it: dialects, packing, exact numbers, limits."""

import gzip
import io
import json
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from db.errors import SourceUnavailable
from etl.connectors.base import RawBatch, Window
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from etl.connectors.formats import table, unpack
from tests.etl.connectors.forms import as_csv, as_workbook, zipped

COLUMNS = ("id", "value")


def connector(folder: Path, **options: Any) -> FilesConnector:
    given = {"folder": str(folder), "settle_seconds": 0, "pattern": "*"} | options
    return FilesConnector("mp.part", FilesOptions.model_validate(given), ZoneInfo("UTC"), 20)


def read(folder: Path, content: bytes, **options: Any) -> list[RawBatch]:
    (folder / "a.file").write_bytes(content)
    return list(connector(folder, **options).fetch(Window()))


def said(batches: list[RawBatch]) -> list[tuple[Any, ...]]:
    return [row[4:] for batch in batches for row in batch.rows if not batch.fault]


def fault(batches: list[RawBatch]) -> str:
    (batch,) = batches
    return batch.fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,value\n1,x\n", "comma-separated utf-8-sig"),
        ("id;value\n1;x\n", "semicolon-separated utf-8-sig"),
        ("id\tvalue\n1\tx\n", "tab-separated utf-8-sig"),
        ("id|value\n1|x\n", "bar-separated utf-8-sig"),
    ],
)
def test_the_delimiter_is_found_and_told(tmp_path: Path, text: str, told: str) -> None:
    assert said(read(tmp_path, text.encode())) == [("1", "x")]
    assert connector(tmp_path).probe().told == told


def test_a_decimal_comma_is_no_delimiter(tmp_path: Path) -> None:
    assert said(read(tmp_path, b"id;value\n1;2,5\n2;3,5\n")) == [("1", "2,5"), ("2", "3,5")]


def test_a_declared_delimiter_is_not_doubted(tmp_path: Path) -> None:
    (batch,) = read(tmp_path, b"id;value\n1;x\n", delimiter=",")
    assert batch.columns[4:] == ("id;value",)


def test_lines_above_the_header_are_skipped_when_declared(tmp_path: Path) -> None:
    text = b"Report of 1 July\n\nid,value\n1,x\n"
    assert said(read(tmp_path, text, skip_lines=2)) == [("1", "x")]


def test_other_encodings_and_quotes_are_declared(tmp_path: Path) -> None:
    wide = "id\tvalue\n1\tStraße\n".encode("utf-16")
    assert "utf-16" in fault(read(tmp_path, wide))
    assert said(read(tmp_path, wide, encoding="utf-16")) == [("1", "Straße")]
    assert said(read(tmp_path, b'id,value\n1,5" pipe\n', quote="")) == [("1", '5" pipe')]


def test_a_row_of_sums_is_refused_until_it_is_declared(tmp_path: Path) -> None:
    text = b"id,value\n1,4\n2,5\nTotal,\n"
    assert "the last row is a sum or a footer ('Total')" in fault(read(tmp_path, text))
    assert said(read(tmp_path, text, has_totals_row=True)) == [("1", "4"), ("2", "5")]
    plain = b"id,value\n1,4\n"
    assert "as has_totals_row says" in fault(read(tmp_path, plain, has_totals_row=True))


def test_a_formula_in_text_stays_text(tmp_path: Path) -> None:
    assert said(read(tmp_path, b"id,value\n1,=1+1\n")) == [("1", "=1+1")]


def test_every_member_of_an_archive_is_a_file_of_its_own(tmp_path: Path) -> None:
    good, bad = as_csv(COLUMNS, [("1", "x")]), b""
    batches = read(tmp_path, zipped({"a.csv": good, "in/b.csv": bad, "c.csv": good}))
    assert said(batches) == [("1", "x"), ("1", "x")]
    assert [b.origin for b in batches if b.fault] == ["a.file/in/b.csv"]
    assert {row[0] for b in batches if not b.fault for row in b.rows} == {
        "a.file/a.csv",
        "a.file/c.csv",
    }


def test_a_bomb_is_left_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"0" * (unpack.FREE_BYTES * 8)
    assert "a decompression bomb" in fault(read(tmp_path, gzip.compress(zeros)))
    assert "a decompression bomb" in fault(read(tmp_path, zipped({"a.csv": zeros})))
    assert "at most 1 MB unpacked" in fault(
        read(tmp_path, gzip.compress(as_csv(COLUMNS, [("1", "x" * 2**21)])), largest_megabytes=1)
    )
    monkeypatch.setattr(unpack, "MOST_MEMBERS", 2)
    assert "at most 2 files in an archive, not 3" in fault(
        read(tmp_path, zipped(dict.fromkeys("abc", b"id\n1\n")))
    )


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    told = fault(read(tmp_path, b"id,value\n" + b"1,x\n" * 300_000, largest_megabytes=1))
    assert told == "expected a file of at most 1 MB, not of 1 MB"


def test_a_file_with_a_password_is_named(tmp_path: Path) -> None:
    packed = bytearray(zipped({"a.csv": b"id\n1\n"}))
    for start in (packed.index(b"PK\x03\x04") + 6, packed.index(b"PK\x01\x02") + 8):
        packed[start] |= 1
    assert "a member without a password" in fault(read(tmp_path, bytes(packed)))


def test_json_lines_have_dotted_keys_and_exact_numbers(tmp_path: Path) -> None:
    lines = b'{"a": {"b": 0.1}, "c": [1, 2]}\n{"d": 12345678901234567890, "c": null}\n'
    (batch,) = read(tmp_path, lines, format="json_lines")
    assert batch.columns[4:] == ("a.b", "c", "d")
    assert said([batch]) == [(Decimal("0.1"), "[1, 2]", None), (None, None, 12345678901234567890)]


def test_a_line_that_is_no_object_is_set_aside_alone(tmp_path: Path) -> None:
    lines = b'{"a": 1, "b": 2}\n{"a": 1, "a": 2}\n{"a": 3, "b": 4}\n'
    assert said(read(tmp_path, lines, format="json_lines")) == [
        (1, 2),
        ('{"a": 1, "a": 2}',),
        (3, 4),
    ]


def test_parquet_keeps_numbers_and_instants(tmp_path: Path) -> None:
    at = datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)
    values = {
        "at": pa.array([at], pa.timestamp("ns", "UTC")),
        "qty": pa.array([Decimal("1.50")]),
        "share": pa.array([0.1], pa.float32()),
        "place": pa.array([{"line": "L1"}]),
        "bins": pa.array([[1, 2]]),
    }
    target = io.BytesIO()
    parquet.write_table(pa.table(values), target)
    (batch,) = read(tmp_path, target.getvalue(), format="parquet")
    assert batch.columns[4:] == ("at", "qty", "share", "place.line", "bins")
    assert said([batch]) == [(at, Decimal("1.50"), "0.1", "L1", "[1, 2]")]


def test_a_workbook_gives_whole_numbers_and_what_formulas_came_to(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("Hidden").hide()
        sheet = book.add_worksheet("Results")
        sheet.activate()
        sheet.write_row(1, 1, ["id", "qty", "sum", "serial"])
        sheet.write_row(2, 1, [7, 4.5])
        sheet.write_formula(2, 3, "=B3+1", value=8)
        sheet.write_number(2, 4, 1.5e16)
    (batch,) = read(tmp_path, target.getvalue(), format="excel")
    assert batch.columns[4:] == ("id", "qty", "sum", "serial")
    assert said([batch]) == [(7, 4.5, 8, 1.5e16)]
    told = fault(read(tmp_path, target.getvalue(), format="excel", sheet="Summary"))
    assert told == "expected a sheet 'Summary'; there are: Hidden, Results"


def test_a_workbook_in_an_archive_is_read(tmp_path: Path) -> None:
    packed = zipped({"a.xlsx": as_workbook(COLUMNS, [("1", "x")])})
    assert said(read(tmp_path, packed, format="excel")) == [("1", "x")]


def test_a_workbook_too_large_for_memory_is_named(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(unpack.CONTENT_TYPES, b"")
        archive.writestr("xl/worksheets/sheet1.xml", b"<c/>" * (30 << 20))
    assert "a decompression bomb" in fault(read(tmp_path, target.getvalue(), format="excel"))


@pytest.mark.parametrize("form", ["csv", "json_lines"])
def test_a_large_file_is_read_twice_and_faulty_at_its_end_not_at_all(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "HEAVIEST_PIECE", 2_000)
    rows = [(f"K{number}", "x" * 100) for number in range(1_000)]
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in rows]
    text = as_csv(COLUMNS, rows) if form == "csv" else "".join(f"{x}\n" for x in lines).encode()
    batches = read(tmp_path, text, format=form, batch_rows=50)
    assert [row[3] for batch in batches for row in batch.rows] == list(range(1, 1_001))
    assert said(batches) == rows
    assert max(len(batch.rows) for batch in batches) <= 50
    assert "was cut off" in fault(read(tmp_path, text[:-1].rstrip(b"\r"), format=form))


def test_an_absent_package_is_named_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "etl.connectors.formats.parquet", raising=False)
    with pytest.raises(SourceUnavailable, match=r"pip install --editable '\.\[files\]'"):
        read(tmp_path, b"", format="parquet")
