"""What messages of IPC-2591 CFX say about a rack's units, as flat records.

Names after the standard's SDK 2.1. The envelope's `UniqueID` names a message however often it is
sent; `TimeStamp` is the event's own time and must have an offset. Work is told in two messages that
share a `TransactionID`, of which the second often names no unit.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from etl.connectors.inbox import Received

RecordKind = Literal["work", "tests", "materials", "states"]
HEAD = ("_message", "_source", "_at", "_unique_id", "_fault", "_raw")
"""Columns that every record has."""
MOST_OPEN = 10_000
"""Transactions remembered between their start and their end; the oldest are let go."""
Body = Mapping[str, Any]
Records = Iterator[dict[str, Any]]


class Decoder:
    """Makes records of one kind; remembers the work that was begun."""

    def __init__(self, kind: RecordKind, begun: Mapping[str, Any]) -> None:
        self._kind, self.begun = kind, dict(begun)

    def take(self, line: bytes) -> list[Received]:
        """The records of one message; none for messages of another kind. What cannot be read makes
        one with its fault, so that it is seen in quarantine with its text."""
        try:
            said = json.loads(line)
            name, key, body = said["MessageName"], str(said["UniqueID"]), said["MessageBody"] or {}
            if datetime.fromisoformat(said["TimeStamp"]).tzinfo is None:
                raise ValueError(f"a TimeStamp with an offset, not {said['TimeStamp']}")
            read = READERS[self._kind].get(name)
            records = list(read(self, body, said["TimeStamp"])) if read else []
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            text = line.decode(errors="replace")
            fault = {"_fault": f"a CFX message; {type(error).__name__}: {error}", "_raw": text}
            return [Received(f"bad.{hash_of(line)}", dict.fromkeys(HEAD) | fault)]
        head = {"_message": name, "_source": said.get("Source"), "_at": said["TimeStamp"]}
        return [
            Received(f"{key}.{number}", dict.fromkeys(HEAD) | head | {"_unique_id": key} | record)
            for number, record in enumerate(records)
        ]

    def _work_started(self, body: Body, at: str) -> Records:
        order = body.get("WorkOrderIdentifier") or {}
        work = {
            "transaction": body["TransactionID"],
            "lane": body.get("Lane"),
            "recipe": body.get("RecipeName"),
            "recipe_revision": body.get("Revision"),
            "work_order": order.get("WorkOrderId"),
            "started_at": at,
        }
        units = _units(body)
        self.begun[str(body["TransactionID"])] = {"work": work, "units": units}
        while len(self.begun) > MOST_OPEN:
            del self.begun[next(iter(self.begun))]
        for unit in units:
            yield work | unit | {"ended_at": None, "result": "Started"}

    def _work_completed(self, body: Body, at: str) -> Records:
        begun = self.begun.pop(str(body["TransactionID"]), {"work": {}, "units": []})
        work = {"transaction": body["TransactionID"], "started_at": None} | begun["work"]
        for unit in _units(body) or begun["units"]:
            yield work | unit | {"ended_at": at, "result": body["Result"]}

    def _units_tested(self, body: Body, at: str) -> Records:
        tester = body.get("Tester") or {}
        for unit in body["TestedUnits"] or ():
            tests = unit.get("Tests") or []
            starts = [t["TestStartTime"] for t in tests if t.get("TestStartTime")]
            ends = [t["TestEndTime"] for t in tests if t.get("TestEndTime")]
            yield {
                "transaction": body.get("TransactionId") or body.get("TransactionID"),
                "unit": unit["UnitIdentifier"],
                "position": unit.get("UnitPositionNumber"),
                "result": unit["OverallResult"],
                "method": body.get("TestMethod"),
                "recipe": body.get("RecipeName"),
                "operator": tester.get("OperatorIdentifier"),
                "started_at": min(starts, key=datetime.fromisoformat, default=at),
                "ended_at": max(ends, key=datetime.fromisoformat, default=at),
                "failed_tests": ", ".join(
                    str(t.get("TestName")) for t in tests if t.get("Result") not in {"Passed", None}
                ),
            }

    def _materials_installed(self, body: Body, at: str) -> Records:
        for installed in body["InstalledMaterials"] or ():
            material = installed.get("Material") or {}
            for component in installed.get("InstalledComponents") or [{}]:
                yield {
                    "transaction": body.get("TransactionId") or body.get("TransactionID"),
                    "unit": installed["UnitIdentifier"],
                    "part": material.get("InternalPartNumber"),
                    "lot": material.get("BatchId"),
                    "material": material.get("UniqueIdentifier"),
                    "quantity": installed.get("QuantityInstalled"),
                    "reference": component.get("ReferenceDesignator"),
                    "child": component.get("InstalledUnitIdentifier"),
                    "installed_at": component.get("InstallationTime") or at,
                }

    def _state_changed(self, body: Body, at: str) -> Records:
        yield {
            "old_state": body.get("OldState"),
            "old_state_duration": body.get("OldStateDuration"),
            "new_state": body["NewState"],
        }


def hash_of(line: bytes) -> str:
    """A name for a line that has none.

    >>> len(hash_of(b"{"))
    32
    """
    return blake2b(line, digest_size=16).hexdigest()


def _units(body: Body) -> list[dict[str, Any]]:
    units = [
        {"unit": unit["UnitIdentifier"], "position": unit.get("PositionNumber")}
        for unit in body.get("Units") or ()
    ]
    alone = body.get("PrimaryIdentifier")
    return units or ([{"unit": alone, "position": None}] if alone else [])


Reader = Callable[[Decoder, Body, str], Records]
READERS: Mapping[RecordKind, Mapping[str, Reader]] = {
    "work": {
        "CFX.Production.WorkStarted": Decoder._work_started,
        "CFX.Production.WorkCompleted": Decoder._work_completed,
    },
    "tests": {"CFX.Production.TestAndInspection.UnitsTested": Decoder._units_tested},
    "materials": {"CFX.Production.Assembly.MaterialsInstalled": Decoder._materials_installed},
    "states": {"CFX.ResourcePerformance.StationStateChanged": Decoder._state_changed},
}
"""By kind of record: which messages make some, and how."""
COLUMNS: Mapping[RecordKind, tuple[str, ...]] = {
    "work": (
        *("transaction", "unit", "position", "lane", "recipe", "recipe_revision", "work_order"),
        *("started_at", "ended_at", "result"),
    ),
    "tests": (
        *("transaction", "unit", "position", "result", "method", "recipe", "operator"),
        *("started_at", "ended_at", "failed_tests"),
    ),
    "materials": (
        *("transaction", "unit", "part", "lot", "material", "quantity", "reference", "child"),
        "installed_at",
    ),
    "states": ("old_state", "old_state_duration", "new_state"),
}
"""By kind of record: its columns beside `HEAD`."""
