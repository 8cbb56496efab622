"""Drops and genealogy as tables, for people and programs that ask from outside the screens."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlmodel import Session

from db.queries.alarms import alarms
from db.queries.genealogy import genealogy, where_used
from db.queries.quarantine import ALWAYS, weakened
from db.queries.rack_shapes import LinkShape
from db.queries.reports import Report
from db.queries.scope import EVERY_PLANT

ALARMS = {
    "id": "number of the alarm",
    "line": "line",
    "operation": "operation",
    "began_at": "most likely begin of the drop",
    "detected_at": "verdict at which its chart sounded",
    "state": "open, acknowledged or closed",
    "is_withdrawn": "the facts it rested on were corrected",
    "recovered_at": "since when the yield is back",
    "units": "first verdicts from its begin to its detection",
    "fails": "those that failed",
    "expected_fails": "fails at the frozen baseline",
    "sentence": "the alarm in a sentence",
}
LINKS = {
    "parent_serial": "unit it is in",
    "position": "where in it",
    "serial": "serial of a tray or module",
    "part": "part",
    "lot": "lot",
    "supplier": "supplier",
    "country": "country of origin",
    "installed_at": "when it was installed",
    "removed_at": "when it was taken out again",
}
PLACES = {
    "serial": "rack that carries it",
    "via": "tray or module in between",
    "product": "product",
    "build": "build",
    "line": "line",
    "where": "in_process, shipped or at_evaluation",
    "operation": "last operation",
    "installed_at": "when it was installed",
    "removed_at": "when it was taken out again",
    "is_in_now": "false: taken out again",
}


def alarms_report(session: Session, plant: str, at: datetime) -> Report:
    """Drops that the detector found and what people did about them, most urgent first."""
    rows: Sequence[Any] = alarms(session, EVERY_PLANT, plant, at)["alarms"]
    lacks = tuple(weakened(session, plant, {"test_run": ALWAYS}))
    return Report("alarms", plant, at, _table(rows, ALARMS), ALARMS, weakened=lacks)


def genealogy_report(session: Session, plant: str, serial: str, lot: str, at: datetime) -> Report:
    """What is in a serial now, swapped parts included; or, given "PART LOT", where the lot went."""
    lacks = tuple(weakened(session, plant, {"genealogy": ALWAYS}))
    if lot:
        part, _, name = lot.partition(" ")
        rows: Sequence[Any] = where_used(session, EVERY_PLANT, plant, part=part, lot=name, at=at)[
            "racks"
        ]
        return Report(
            f"genealogy of lot {lot}", plant, at, _table(rows, PLACES), PLACES, weakened=lacks
        )
    tree = genealogy(session, EVERY_PLANT, plant, serial, at)
    swapped = ({"parent_serial": parent, **link} for parent, link in tree["swaps"])
    held = [*_links(serial, tree["as_now"]), *swapped]
    return Report(f"genealogy of {serial}", plant, at, _table(held, LINKS), LINKS, weakened=lacks)


def _links(parent: str, links: Iterable[LinkShape]) -> Iterator[dict[str, Any]]:
    for link in links:
        yield {"parent_serial": parent, **link}
        yield from _links(link["serial"], link["children"])


def _table(rows: Sequence[Any], columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame([[row[name] for name in columns] for row in rows], columns=list(columns))
