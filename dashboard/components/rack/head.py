"""The head of a serial's page: what it is, where it is, and whether it passed first time so far."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dash import html

from dashboard.components.genealogy import serial_link
from dashboard.components.marks import figure, mark
from dashboard.components.times import local, moment, on_day
from dashboard.units import Unit
from dashboard.wording import NONE, age, counted
from db.queries.rack_shapes import RackShape, RunShape
from db.queries.shapes import PlantShape

STATES = {
    "in_process": ("dot", "In process", "none"),
    "rework": ("triangle", "In rework", "amber"),
    "done": ("dot", "Built", "none"),
    "shipped": ("dot", "Shipped", "none"),
    "unknown": ("hatch", "Not known", "stale-outline"),
}


class Here(NamedTuple):
    """A serial at one plant, and when it is looked at."""

    unit: Unit
    plant: PlantShape
    now: datetime

    @property
    def page(self) -> RackShape:
        """What the store says of it."""
        return self.unit.page


def stamp(at: str | None, plant: PlantShape) -> str:
    """Date and time on the plant's clock, its zone named by the column.

    >>> stamp("2026-11-22T20:05:00Z", {"zone": "America/Chicago"}), stamp(None, {})
    ('Sun Nov 22 14:05', '—')
    """
    if at is None:
        return NONE
    there = local(at, plant)
    return f"{on_day(there.date())} {there:%H:%M}"


def lasted(since: str | None, until: str | None) -> str:
    """How long something took.

    >>> lasted("2026-11-22T20:00:00Z", "2026-11-22T22:40:00Z"), lasted("2026-11-22T20:00:00Z", None)
    ('2 h 40 m', '—')
    """
    if since is None or until is None:
        return NONE
    return age((datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds())


def state_mark(page: RackShape) -> html.Span:
    """The state in shape and word."""
    shape, words, plate = STATES[page["state"]]
    return mark(shape, words, plate)


def title(here: Here, others: Sequence[Unit]) -> html.Div:
    """Serial and product, where, what it sits in, and the other plants that know it."""
    page = here.page
    known = [page["product"] or "product not known"]
    if page["build"]:
        known.append(f"build {page['build']} {page['build_kind']}".strip())
    if page["line"]:
        known.append(f"line {page['line']}")
    told: list[Any] = [" · ".join([*known, page["plant_name"]])]
    if page["parent"]:
        told += [" · in ", serial_link(page["parent"])]
    if len(page["uses"]) > 1:
        told += _uses(here)
    if others:
        told.append(" · also at ")
        for it in others:
            told += [html.A(it.page["plant_name"], href=f"?plant={it.page['plant']}"), " "]
    return html.Div(
        [html.H2(page["serial"]), state_mark(page), html.Span(told, className="muted")],
        className="subject",
    )


def _uses(here: Here) -> Iterator[Any]:
    """The other units that had the serial, and when."""
    page = here.page
    yield f" · one of {len(page['uses'])} units that had this serial: "
    for use in page["uses"]:
        span = f" {stamp(use['started_at'], here.plant)} to {stamp(use['last_at'], here.plant)} "
        is_this = use["key"] == page["serial"]
        yield html.B(use["key"]) if is_this else serial_link(use["key"])
        yield f"{span}{here.plant['zone_label']} "


def figures(here: Here) -> list[html.Div]:
    """Where it is, how long it has been on its way, first pass so far, what is open."""
    return [_where(here), _way(here), _first_pass(here), _open(here)]


def _where(here: Here) -> html.Div:
    page = here.page
    last = page["route"][-1] if page["route"] else None
    place = " ".join(filter(None, (last["station"], last["slot"]))) if last else ""
    label = "Was last at" if page["state"] in ("done", "shipped") else "Is at"
    since = last["ended_at"] or last["started_at"] if last else None
    note = f"{place}, {moment(since, here.plant, here.now)}" if last else "no visit recorded"
    return figure(label, page["operation"] or NONE, "", note)


def _way(here: Here) -> html.Div:
    page, now = here.page, here.now
    begun = page["started_at"]
    until = page["completed_at"] or f"{now.isoformat()}"
    note = f"started {stamp(begun, here.plant)} {here.plant['zone_label']}" if begun else ""
    if page["completed_at"]:
        done = f"built {stamp(page['completed_at'], here.plant)} {here.plant['zone_label']}"
        return figure("Took to build", lasted(begun, until), "", done)
    return figure("On its way", lasted(begun, until), "", note or "not started")


def verdicts(here: Here) -> list[RunShape]:
    """The runs that decide its first pass, at the operations that count."""
    counting = set(here.unit.behind["first_pass"])
    return [run for run in here.page["runs"] if run["is_first"] and run["operation"] in counting]


def _first_pass(here: Here) -> html.Div:
    first = verdicts(here)
    failed = list(dict.fromkeys(run["operation"] for run in first if run["verdict"] == "failed"))
    if not first:
        return figure("First pass so far", NONE, "", "no verdict yet at a test that counts")
    note = f"of {counted(len(first), 'first verdict')}"
    if failed:
        words = mark("triangle", f"Failed at {', '.join(failed)}", "amber")
        return figure("First pass so far", "No", "", [words, " ", note])
    return figure("First pass so far", "Yes", "", note)


def _open(here: Here) -> html.Div:
    page = here.page
    number = len(page["deviations"])
    held = page["held_count"]
    note = f"{counted(held, 'record')} in quarantine" if held else "nothing in quarantine"
    return figure("Open deviations", str(number), "", note)
