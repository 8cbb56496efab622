"""IPC-CFX: messages joined and made flat, files that grow, and what is not understood."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from db.errors import SourceError, SourceUnavailable
from etl.connectors.base import Connector, Probe, RawBatch, Window
from etl.connectors.cfx import CfxConnector, CfxOptions
from etl.connectors.cfx_messages import Decoder, RecordKind
from etl.connectors.inbox import Inbox
from etl.runner import Stopped
from tests.etl.connectors.cases import UTC_ZONE, Opened
from tests.etl.connectors.contract import START, Contract, Record, keys, records

NAMES = {"unit": "id", "_at": "edited", "recipe": "value"}
TESTED = "CFX.Production.TestAndInspection.UnitsTested"
STARTED, COMPLETED = "CFX.Production.WorkStarted", "CFX.Production.WorkCompleted"
AT = "2026-07-01T07:00:00-05:00"


def message(name: str, body: dict[str, Any], key: str = "k1", at: str = AT) -> bytes:
    said = {
        "MessageName": name,
        "Version": "2.1",
        "TimeStamp": at,
        "UniqueID": key,
        "Source": "plant.line1.tester1",
        "MessageBody": {"$type": f"{name}, CFX", **body},
    }
    return json.dumps(said).encode()


def units_tested(key: str, at: datetime, value: str) -> bytes:
    unit = {"UnitIdentifier": key, "OverallResult": "Passed", "Tests": []}
    body = {"TransactionId": f"t{key}", "RecipeName": value, "TestedUnits": [unit]}
    return message(TESTED, body, f"u{key}", at.isoformat())


class Renamed:
    """The connector under the names that the contract asks for."""

    def __init__(self, connector: CfxConnector) -> None:
        self._connector, self.caution = connector, ""
        self.close: Callable[[], None] = connector.close

    def probe(self) -> Probe:
        probe = self._connector.probe()
        return Probe(self._named(probe.columns), probe.sample, probe.source_clock_at)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        for batch in self._connector.fetch(window):
            columns = self._named(batch.columns)
            yield RawBatch(columns, batch.rows, batch.source_clock_at, batch.received_at)

    def _named(self, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(NAMES.get(column, column) for column in columns)


class CfxCase(Opened):
    """A file of UnitsTested; each message is received when it was sent."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.at, self._puts = folder, START, 0

    def put(self, records: Sequence[Record]) -> None:
        self._puts += 1
        for old in self.folder.glob("*.jsonl"):
            old.unlink()
        self.listen()
        for record in records:
            self.at = record[1]
            self.write(units_tested(*record) + b"\n")
            self.listen()

    def write(self, text: bytes) -> None:
        with (self.folder / "messages.jsonl").open("ab") as file:
            file.write(text)

    def cfx(self, record: RecordKind = "tests", **given: object) -> CfxConnector:
        inbox = self.folder / f"inbox{self._puts}"
        options = {"folder": str(self.folder), "inbox": str(inbox), "record": record} | given
        connector = CfxConnector("mp.part", CfxOptions.model_validate(options), UTC_ZONE, 20)
        connector._inbox = Inbox(inbox, lambda: self.at)
        return connector

    def listen(self, connector: CfxConnector | None = None) -> None:
        """One look at all files."""
        calls = iter(range(2))

        def check() -> None:
            if next(calls, None) is None:
                raise Stopped

        with suppress(Stopped):
            (connector or self.cfx()).subscribe(check)

    def connector(self, *, batch_rows: int = 10, deadline_seconds: float = 20) -> Connector:
        return self.keep(Renamed(self.cfx(batch_rows=batch_rows)))

    def unreachable(self) -> tuple[Connector, str]:
        connector = self.cfx(folder="/nowhere/cfx")
        with suppress(SourceError):
            connector.subscribe(lambda: None)
        return Renamed(connector), "/nowhere/cfx"

    def stuck(self) -> Iterator[AbstractContextManager[Connector]]:
        """Files of this machine do not hang."""
        return iter(())

    def drop_column(self, name: str) -> None:
        """The columns are the standard's; `TestCfx` says what holds instead."""

    def add_column(self, name: str) -> None:
        """The same."""


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CfxCase]:
    with closing(CfxCase(tmp_path)) as case:
        yield case


class TestCfx(Contract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[CfxCase]:
        with closing(CfxCase(tmp_path)) as case:
            yield case

    def test_an_added_column_comes_with_its_values_and_disturbs_nothing(
        self, case: CfxCase
    ) -> None:  # type: ignore[override]
        """A field that the standard does not know is passed over, in whatever part it stands."""
        case.put([])
        said = json.loads(units_tested("R1", START, "x"))
        said["Humidity"] = said["MessageBody"]["Humidity"] = 40
        said["MessageBody"]["TestedUnits"][0]["Humidity"] = {"Value": 40}
        case.write(json.dumps(said).encode() + b"\n" + units_tested("R2", START, "x") + b"\n")
        case.listen()
        batches = list(case.connector().fetch(Window()))
        assert keys(batches) == ["R1", "R2"]
        assert batches[0].columns == tuple(NAMES.get(name, name) for name in case.cfx()._columns())

    @pytest.mark.parametrize("is_renamed", [False])
    def test_a_vanished_or_renamed_column_is_named(self, case: CfxCase, is_renamed: bool) -> None:  # type: ignore[override]
        """Fields may be absent by the standard, but not those that name a unit and its result."""
        case.put([])
        unit = {"UnitIdentifier": "R1", "Result": "Passed"}
        case.write(message(TESTED, {"TestedUnits": [unit]}) + b"\n")
        case.listen()
        (batch,) = case.cfx().fetch(Window())
        (row,) = batch.rows
        fault = dict(zip(batch.columns, row, strict=True))["_fault"]
        assert fault == "a CFX message; KeyError: 'OverallResult'"


def made(kind: RecordKind, *lines: bytes) -> list[dict[str, Any]]:
    decoder = Decoder(kind, {})
    return [dict(one.record) for line in lines for one in decoder.take(line)]


def test_work_is_joined_by_its_transaction_and_the_end_needs_no_units() -> None:
    units = [{"UnitIdentifier": name, "PositionNumber": n} for n, name in enumerate(("R1", "R2"))]
    order = {"WorkOrderId": "B7", "Batch": None}
    started = {"TransactionID": "t1", "Lane": 1, "Units": units, "WorkOrderIdentifier": order}
    completed = {"TransactionID": "t1", "Result": "Completed", "Units": []}
    later = "2026-07-01T08:00:00-05:00"
    rows = made("work", message(STARTED, started), message(COMPLETED, completed, "k2", later))
    assert [(r["unit"], r["result"], r["started_at"], r["ended_at"]) for r in rows] == [
        ("R1", "Started", AT, None),
        ("R2", "Started", AT, None),
        ("R1", "Completed", AT, later),
        ("R2", "Completed", AT, later),
    ]
    assert {r["work_order"] for r in rows} == {"B7"}
    (alone,) = made("work", message(COMPLETED, completed | {"PrimaryIdentifier": "R9"}))
    assert (alone["unit"], alone["started_at"]) == ("R9", None)


def test_a_test_has_the_times_of_its_tests_or_else_of_the_message() -> None:
    times = {"TestStartTime": "2026-07-01T06:00:00-05:00", "TestEndTime": "2026-07-01T12:30:00Z"}
    tests = [
        {"TestName": "Leak", "Result": "Passed"} | times,
        {"TestName": "Hipot", "Result": "Failed", "TestStartTime": None, "TestEndTime": None},
    ]
    unit = {"UnitIdentifier": "R1", "UnitPositionNumber": 3, "OverallResult": "Failed"}
    body = {"TransactionId": "t1", "TestedUnits": [unit | {"Tests": tests}, unit]}
    first, second = made("tests", message(TESTED, body))
    assert (first["started_at"], first["ended_at"]) == tuple(times.values())
    assert first["failed_tests"] == "Hipot"
    assert (second["started_at"], second["ended_at"]) == (AT, AT)


def test_installed_materials_tell_lots_and_child_serials() -> None:
    material = {"InternalPartNumber": "P1", "BatchId": "L7", "UniqueIdentifier": "reel"}
    components = [
        {"ReferenceDesignator": f"U{n}", "InstalledUnitIdentifier": f"C{n}"} for n in (1, 2)
    ]
    one = {"UnitIdentifier": "R1", "QuantityInstalled": 2, "Material": material}
    body = {"InstalledMaterials": [one | {"InstalledComponents": components}, one]}
    rows = made("materials", message("CFX.Production.Assembly.MaterialsInstalled", body))
    assert [(r["part"], r["lot"], r["child"]) for r in rows] == [
        ("P1", "L7", "C1"),
        ("P1", "L7", "C2"),
        ("P1", "L7", None),
    ]


def test_states_come_with_the_one_before_and_other_messages_make_no_record() -> None:
    body = {"OldState": 1000, "NewState": 2201, "OldStateDuration": "00:01:00"}
    name = "CFX.ResourcePerformance.StationStateChanged"
    (row,) = made("states", message(name, body), message("CFX.Heartbeat", {}))
    assert (row["old_state"], row["new_state"], row["_source"]) == (
        1000,
        2201,
        "plant.line1.tester1",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "JSONDecodeError"),
        (b"[]", "TypeError"),
        (b"7", "TypeError"),
        (b"{}", "KeyError: 'MessageName'"),
        (message(TESTED, {"TestedUnits": [{}]}), "KeyError: 'UnitIdentifier'"),
        (message(TESTED, {}, at="2026-07-01T07:00:00"), "a TimeStamp with an offset"),
        (message(TESTED, {}, at="yesterday"), "ValueError"),
        (b"\xff\xfe", "JSONDecodeError"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_fault(line: bytes, said: str) -> None:
    (row,) = made("tests", line)
    assert said in row["_fault"]
    assert row["_raw"] == line.decode(errors="replace")


def test_half_a_line_waits_for_its_end_and_what_is_sent_again_is_kept_once(case: CfxCase) -> None:
    case.put(records(2))
    line = units_tested("NEW", START, "x") + b"\n"
    case.write(line[:50])
    case.listen()
    assert keys(list(case.connector().fetch(Window()))) == ["K000", "K001"]
    case.write(line[50:] + line)
    case.listen()
    assert keys(list(case.connector().fetch(Window()))) == ["K000", "K001", "NEW"]


def test_work_that_was_begun_is_remembered_over_a_restart(case: CfxCase) -> None:
    body = {"TransactionID": "t1", "Units": [{"UnitIdentifier": "R1"}]}
    case.write(message(STARTED, body) + b"\n")
    case.listen(case.cfx("work"))
    case.write(message(COMPLETED, {"TransactionID": "t1", "Result": "Completed"}, "k2") + b"\n")
    case.listen(case.cfx("work"))
    (batch,) = case.cfx("work").fetch(Window())
    results = [dict(zip(batch.columns, row, strict=True))["result"] for row in batch.rows]
    assert results == ["Started", "Completed"]


def test_a_file_begun_anew_is_read_from_its_start(case: CfxCase) -> None:
    case.put(records(3))
    (case.folder / "messages.jsonl").write_bytes(units_tested("NEW", START, "x") + b"\n")
    case.listen()
    assert keys(list(case.connector().fetch(Window())))[-1] == "NEW"


def test_a_folder_that_is_gone_is_an_outage_after_what_was_heard(case: CfxCase) -> None:
    case.put(records(1))
    gone = case.cfx(folder=str(case.folder / "gone"))
    with pytest.raises(SourceUnavailable, match="gone: No such file"):
        gone.subscribe(lambda: None)
    batches = gone.fetch(Window())
    assert len(next(batches).rows) == 1
    with pytest.raises(SourceUnavailable, match="gone: No such file"):
        next(batches)
