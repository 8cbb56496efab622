"""Files as testers write them: STDF V4 and XML, mapped to feeds as any other source."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.clock import frozen
from etl.connectors import tester_files
from etl.connectors.base import RawBatch, Window
from etl.plant_file import ColumnMap
from tests.etl.connectors.stdf_files import Part, Result, stdf
from tests.etl.feeds.golden import NOW, as_dicts, golden_feed

STARTED, ENDED = (int(datetime(2026, 7, 1, hour, tzinfo=UTC).timestamp()) for hour in (15, 16))
FAILS = Part("SN2", 0x08, [Result(7, "VDD", 0.1), Result(8, "LINK", 3.5, 0x80)], site=1)
PARTS = [Part("SN1", 0, [Result(7, "VDD", 1.5)]), FAILS, Part("SN3", 0x04 | 0x08, site=2)]
ATML = """<?xml version="1.0"?>
<tr:TestResults xmlns:tr="urn:IEEE-1636.1:2013:TestResults" xmlns:c="urn:IEEE-1671:2010:Common">
  <tr:ResultSet ID="r1" startDateTime="2026-07-01T15:00:00Z" endDateTime="2026-07-01T16:00:00Z">
    <tr:Outcome value="Failed"/>
    <tr:Test ID="t1" name="VDD"><tr:Outcome value="Passed"/></tr:Test>
    <tr:Test ID="t2" name="LINK"><tr:Outcome value="Failed"/></tr:Test>
  </tr:ResultSet>
  <tr:TestStation><c:SerialNumber>LINK_01</c:SerialNumber></tr:TestStation>
  <tr:UUT><c:SerialNumber>SN9</c:SerialNumber></tr:UUT>
</tr:TestResults>
"""


def read(folder: Path, content: bytes, **options: Any) -> list[RawBatch]:
    (folder / "a.stdf").write_bytes(content)
    os.utime(folder / "a.stdf", (ENDED,) * 2)
    given = tester_files.TesterFilesOptions.model_validate(
        {"folder": str(folder), "settle_seconds": 0} | options
    )
    return list(
        tester_files.TesterFilesConnector("mp.test_run", given, ZoneInfo("UTC"), 30).fetch(Window())
    )


def table(batches: list[RawBatch]) -> list[dict[str, Any]]:
    (batch,) = batches
    assert batch.fault == ""
    return [dict(zip(batch.columns, row, strict=True)) for row in batch.rows]


def fault(batches: list[RawBatch]) -> str:
    (batch,) = batches
    return batch.fault


def loaded(feed: str, batches: list[RawBatch], **entry: Any) -> list[dict[str, Any]]:
    columns = {
        name: ColumnMap.model_validate(source) if isinstance(source, dict) else source
        for name, source in entry.pop("columns").items()
    }
    compiled = golden_feed(feed, columns=columns, **entry)
    with frozen(NOW):
        parsed = compiled.parse(batches[0], now=NOW)
    assert parsed.rejections == []
    return as_dicts(compiled, parsed)


def test_parts_of_an_stdf_file_are_test_runs(tmp_path: Path) -> None:
    batches = read(tmp_path, stdf(PARTS, STARTED, ENDED, station="LINK_01"))
    assert [(row["PRR.PART_ID"], row["PRR.VERDICT"]) for row in table(batches)] == [
        ("SN1", "passed"),
        ("SN2", "failed"),
        ("SN3", "aborted"),
    ]
    runs = loaded(
        "test_run",
        batches,
        connector="tester_files",
        time_format="epoch_seconds",
        columns={
            "source_key": {"columns": ["MIR.NODE_NAM", "MIR.START_T", "PRR.PART_ID"]},
            "serial": "PRR.PART_ID",
            "station": "MIR.NODE_NAM",
            "started_at": "MIR.START_T",
            "ended_at": "MRR.FINISH_T",
            "verdict": "PRR.VERDICT",
            "program": "MIR.JOB_NAM",
        },
        words={},
    )
    assert [(run["serial"], run["verdict"], run["program"]) for run in runs] == [
        ("SN1", "passed", "JOB"),
        ("SN2", "failed", "JOB"),
        ("SN3", "aborted", "JOB"),
    ]
    assert {run["started_at"] for run in runs} == {"2026-07-01T15:00:00+00:00"}


def test_failed_tests_of_an_stdf_file_are_defects_of_their_part(tmp_path: Path) -> None:
    batches = read(tmp_path, stdf(PARTS, STARTED, ENDED), records="fails")
    (failed,) = table(batches)
    assert (failed["PRR.PART_ID"], failed["TEST.TEST_TXT"], failed["TEST.RESULT"]) == (
        "SN2",
        "LINK",
        "3.5",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a whole STDF V4 file; it was cut off or is damaged"),
        (b"id,value\n1,x\n", "a whole STDF V4 file; it was cut off or is damaged"),
        (stdf(PARTS, STARTED, ENDED)[:-8], "there are 1 and 0, as in a file that was cut off"),
        (stdf(PARTS, STARTED, ENDED)[:-11], "a whole STDF V4 file; it was cut off"),
    ],
)
def test_an_stdf_file_that_is_not_whole_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in fault(read(tmp_path, content))


def test_an_atml_report_is_a_test_run(tmp_path: Path) -> None:
    batches = read(tmp_path, ATML.encode(), format="xml")
    (run,) = loaded(
        "test_run",
        batches,
        connector="tester_files",
        columns={
            "source_key": {"columns": ["ResultSet.@ID", "UUT.SerialNumber"]},
            "serial": "UUT.SerialNumber",
            "station": "TestStation.SerialNumber",
            "started_at": "ResultSet.@startDateTime",
            "ended_at": "ResultSet.@endDateTime",
            "verdict": "ResultSet.Outcome.@value",
        },
        words={"verdict": {"Failed": "failed"}},
    )
    assert (run["serial"], run["verdict"], run["started_at"]) == (
        "SN9",
        "failed",
        "2026-07-01T15:00:00+00:00",
    )


def test_each_failed_test_of_an_atml_report_is_a_record(tmp_path: Path) -> None:
    options = {"format": "xml", "each": "Test", "only": {"Test.Outcome.@value": "Failed"}}
    (row,) = table(read(tmp_path, ATML.encode(), **options))
    assert (row["Test.@name"], row["UUT.SerialNumber"]) == ("LINK", "SN9")


BOMB = '<!DOCTYPE b [<!ENTITY a "x"><!ENTITY lol "&a;&a;">]>'
REACH = '<!DOCTYPE b [<!ENTITY key SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a whole"),
        (ATML[:-40], "whole XML; it was cut off or is damaged"),
        ("<html><body>504</body></html>", "elements 'TestResults'; there are none"),
        (ATML.replace("<tr:TestResults", f"{BOMB}<tr:TestResults"), "declares the entity 'a'"),
        (ATML.replace("<tr:TestResults", f"{REACH}<tr:TestResults"), "declares the entity 'key'"),
        (ATML.replace("<tr:T", '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r"><tr:T', 1), "DTD"),
    ],
    ids=["empty", "cut", "page", "bomb", "reach", "external"],
)
def test_xml_that_is_not_whole_or_reaches_out_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    told = fault(read(tmp_path, text.encode(), format="xml"))
    assert said.replace("a whole", "whole XML") in told


def test_a_deep_document_is_no_trouble(tmp_path: Path) -> None:
    deep = "<TestResults>" + "<a>" * 5_000 + "x" + "</a>" * 5_000 + "<b>1</b></TestResults>"
    (row,) = table(read(tmp_path, deep.encode(), format="xml"))
    assert row["b"] == "1"
