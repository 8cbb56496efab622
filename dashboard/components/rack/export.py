"""Every row behind a serial's page, for CSV and Excel."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.components.part.tables import said
from dashboard.components.rack.head import Here
from dashboard.report import Asked, Column, Report, Table
from db.queries.rack_shapes import LinkShape

DEFINITIONS = (
    ("First verdict", "the run that decides the first pass, by the rule of its operation"),
    ("As built", "what was in it at its first completion of the output operation"),
)


def rack_report(asked: Asked, here: Here | None) -> Report:
    """Route, runs, defects, both trees, swaps, deviations and source rows."""
    plant = here.plant if here else None
    serial = asked.names["serial"]
    return Report(
        title=f"Unit {serial}",
        as_of_at=here.page["as_of_at"] if here else None,
        zone=plant["zone"] if plant else "UTC",
        zone_label=plant["zone_label"] if plant else "UTC",
        filters=[("Serial", serial), ("Plant", plant["name"] if plant else "none knows it")],
        definitions=DEFINITIONS,
        tables=list(_tables(here)) if here else [],
        plant=plant["code"] if plant else "none",
        span=(serial,),
    )


def _columns(text: str) -> list[Column]:
    """Columns from "Label:kind" texts; without a kind it is text."""
    named = (it.strip().partition(":") for it in text.split(","))
    return [Column(label, kind or "text") for label, _, kind in named]  # type: ignore[arg-type]


def _tables(here: Here) -> Iterator[Table]:
    page, tree = here.page, here.page["genealogy"]
    yield _route(here)
    yield _runs(here)
    yield Table("Symptoms and repairs", REPAIR_COLUMNS, [_of(it, REPAIR) for it in page["repairs"]])
    yield _tree("As now", page["serial"], tree["as_now"])
    yield _tree("As built", page["serial"], tree["as_built"])
    yield Table("Swaps", LINK_COLUMNS, [_link(parent, link) for parent, link in tree["swaps"]])
    yield Table(
        "Open deviations",
        _columns("Kind, Operation, At:instant, Says"),
        [_of(it, ("kind", "operation", "at", "sentence")) for it in page["deviations"]],
    )
    yield Table(
        "Source rows",
        _columns("Kind, Source, Key there, Changed:instant, Says"),
        [
            (kind, row["source"], row["source_key"], row["changed_at"], said(row))
            for kind, row in here.unit.behind["rows"]
        ],
    )


def _route(here: Here) -> Table:
    standards = here.unit.behind["standard_hours"]
    columns = _columns(
        "Operation, Name, Line, Station, Slot, Started:instant, Ended:instant, Hours:number, "
        "Waited hours:number, Result, Standard hours:number"
    )
    names = ("operation", "operation_name", "line", "station", "slot", "started_at", "ended_at",
             "hours", "queue_hours", "result")  # fmt: skip
    rows = [(*_of(it, names), standards.get(it["operation"])) for it in here.page["route"]]
    return Table("Route", columns, rows)


def _runs(here: Here) -> Table:
    columns = _columns(
        "Operation, Station, Slot, Started:instant, Ended:instant, Verdict, Said, Program, "
        "Firmware, Fixture, First verdict"
    )
    names = ("operation", "station", "slot", "started_at", "ended_at", "verdict", "verdict_raw",
             "program", "firmware", "fixture")  # fmt: skip
    rows = [(*_of(it, names), "yes" if it["is_first"] else "no") for it in here.page["runs"]]
    return Table("Test runs", columns, rows)


REPAIR = ("found_at", "operation", "station", "symptom", "defect", "action", "part", "lot",
          "component_serial")  # fmt: skip
REPAIR_COLUMNS = _columns(
    "Found:instant, Operation, Station, Symptom, Defect, Done, Part, Lot, Serial"
)
LINK = ("position", "serial", "part", "part_name", "lot", "supplier", "country", "qty",
        "installed_at", "removed_at")  # fmt: skip
LINK_COLUMNS = _columns(
    "Parent, Position, Serial, Part, Name, Lot, Supplier, Country, Quantity:number, "
    "Installed:instant, Removed:instant"
)


def _tree(title: str, parent: str, links: Sequence[LinkShape]) -> Table:
    return Table(title, LINK_COLUMNS, list(_walk(parent, links)))


def _walk(parent: str, links: Sequence[LinkShape]) -> Iterator[Sequence[Any]]:
    for link in links:
        yield _link(parent, link)
        yield from _walk(link["serial"], link["children"])


def _link(parent: str, link: LinkShape) -> Sequence[Any]:
    return (parent, *_of(link, LINK))


def _of(row: Any, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
