"""The route of a serial, its test runs, what was seen and done, and the rows behind it all."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.part.tables import said
from dashboard.components.rack.head import Here, lasted, stamp
from dashboard.page import address
from dashboard.wording import NONE, age, counted
from db.queries.rack_shapes import LinkShape, StepShape

MOST_ROWS = 60
RESULTS = {
    "failed": ("triangle", "amber"),
    "scrapped": ("square", "red"),
    "aborted": ("ring", "outline"),
    "error": ("ring", "outline"),
    "skipped": ("ring", "outline"),
}
"""Result or verdict → its shape and plate; all others are a dot."""


def result(code: str) -> html.Span:
    """A result in shape and word."""
    shape, plate = RESULTS.get(code, ("dot", "none"))
    return mark(shape, code.replace("_", " ") or "not known", plate)


def against(hours: float | None, standard: float | None) -> str:
    """How much longer or shorter than the standard.

    >>> against(3.0, 2.5), against(2.0, 2.5), against(None, 2.5), against(2.5, 2.5)
    ('+30 min', '−30 min', '—', 'as standard')
    """
    if hours is None or standard is None:
        return NONE
    seconds = round((hours - standard) * 3600)
    if abs(seconds) < 60:
        return "as standard"
    return f"{'+' if seconds > 0 else '−'}{age(abs(seconds))}"


def route(here: Here) -> html.Section:
    """Every visit in order, how long it took, and how long the unit waited before."""
    zone = here.plant["zone_label"]
    head = ["Operation", "Line", "Station", f"Started, {zone}", f"Ended, {zone}", "Took",
            "Against standard", "Waited before", "Result"]  # fmt: skip
    rows = [_visit(here, step) for step in here.page["route"]]
    note = f"{counted(len(rows), 'visit')}; standard times are the plant's own"
    return _panel("Route", note, head, rows, "No visit is recorded.", numbers=(5, 6, 7))


def _visit(here: Here, step: StepShape) -> list[Any]:
    standard = here.unit.behind["standard_hours"].get(step["operation"])
    wait = step["queue_hours"]
    return [
        [html.B(step["operation"]), html.Span(f" {step['operation_name']}", className="muted")],
        step["line"] or NONE, _place(step["station"], step["slot"]),
        stamp(step["started_at"], here.plant), stamp(step["ended_at"], here.plant),
        lasted(step["started_at"], step["ended_at"]), against(step["hours"], standard),
        NONE if wait is None else age(wait * 3600),
        mark("dot", "open") if step["ended_at"] is None else result(step["result"]),
    ]  # fmt: skip


def runs(here: Here) -> html.Section:
    """Every test run; the one that decides the first pass is marked."""
    zone = here.plant["zone_label"]
    head = ["Operation", "Station", f"Started, {zone}", "Took", "Verdict", "Said", "Program",
            "Firmware", "Fixture"]  # fmt: skip
    rows = [
        [
            html.B(run["operation"]), _place(run["station"], run["slot"]),
            stamp(run["started_at"], here.plant), lasted(run["started_at"], run["ended_at"]),
            [result(run["verdict"]), *_first(is_first=run["is_first"])],
            run["verdict_raw"] or NONE, run["program"] or NONE, run["firmware"] or NONE,
            run["fixture"] or NONE,
        ]
        for run in here.page["runs"]
    ]  # fmt: skip
    return _panel("Test runs", here.page["rule_sentence"], head, rows, "It was not tested yet.",
                  numbers=(3,))  # fmt: skip


def _first(*, is_first: bool) -> list[Any]:
    if not is_first:
        return []
    return [" ", html.Span("first verdict", className="tag", title="Decides the first pass")]


def seen(here: Here) -> html.Section:
    """What the tests saw: symptoms, kept apart from what analysis found."""
    zone = here.plant["zone_label"]
    rows = [
        [stamp(it["found_at"], here.plant), html.B(it["operation"]), it["station"] or NONE,
         it["symptom"] or NONE]
        for it in here.page["repairs"]
        if it["symptom"] or not (it["defect"] or it["action"])
    ]  # fmt: skip
    head = [f"Seen, {zone}", "Operation", "Station", "Symptom"]
    return _panel("Symptoms", "as the test saw it", head, rows, "No symptom is recorded.")


def done(here: Here) -> html.Section:
    """What analysis found and what was done about it."""
    zone = here.plant["zone_label"]
    rows = [
        [stamp(it["found_at"], here.plant), it["defect"] or "not found yet", it["action"] or NONE,
         it["part"] or NONE, lot_link(it["part"], it["lot"]), it["component_serial"] or NONE]
        for it in here.page["repairs"]
        if it["defect"] or it["action"]
    ]  # fmt: skip
    head = [f"Recorded, {zone}", "Defect", "Done", "Part", "Lot", "Serial"]
    return _panel("Repairs", "as analysis found it", head, rows, "Nothing was repaired.")


def deviations(here: Here) -> html.Section:
    """What does not fit the route and is still open."""
    found = here.page["deviations"]
    if not found:
        return panel("Open deviations", "", empty("None: the route holds, nothing is held back."))
    items = [
        html.Li(
            [
                mark("triangle", DEVIATIONS.get(it["kind"], it["kind"]), "amber"),
                html.Span([it["sentence"], *_at(it["at"], here)]),
            ]
        )
        for it in found
    ]
    return panel(
        "Open deviations", counted(len(items), "deviation"), html.Ul(items, className="told")
    )


DEVIATIONS = {
    "skipped": "Skipped",
    "no_retest": "Not tested again",
    "open_fail": "Open fail",
    "held": "In quarantine",
    "reused": "Serial in doubt",
}


def _at(at: str | None, here: Here) -> list[Any]:
    if at is None:
        return []
    when = f" {stamp(at, here.plant)} {here.plant['zone_label']}"
    return [html.Span(when, className="muted")]


def elsewhere(here: Here) -> html.Section:
    """The lots in it, each leading to every other rack that carries it."""
    tree = here.page["genealogy"]
    lots = {(it["part"], it["lot"]): it for it in walked([*tree["as_now"], *tree["as_built"]])
            if it["lot"]}  # fmt: skip
    rows = [
        [it["part_name"] or NONE, part, lot_link(part, lot), it["supplier"] or NONE,
         it["country"] or NONE]
        for (part, lot), it in sorted(lots.items())
    ]  # fmt: skip
    head = ["Name", "Part", "Lot", "Supplier", "Country"]
    note = f"{counted(len(rows), 'lot')}, as built and as now"
    return _panel("Where else is this lot", note, head, rows, "No lot is recorded in it.",
                  is_tall=True)  # fmt: skip


def lot_link(part: str, lot: str) -> Any:
    """A link to where a lot went; a dash where there is no lot."""
    if not (part and lot):
        return lot or NONE
    return html.A(lot, href=address("/lot/<part>/<lot>", part=part, lot=lot))


def walked(links: Iterable[LinkShape]) -> Iterator[LinkShape]:
    """A tree's links, each before what is in it."""
    for link in links:
        yield link
        yield from walked(link["children"])


def rows_behind(here: Here) -> html.Section:
    """The rows of the store, by the keys of the systems they came from."""
    rows = here.unit.behind["rows"]
    body = [
        [kind, row["source"], row["source_key"], stamp(row["changed_at"], here.plant), said(row)]
        for kind, row in rows[:MOST_ROWS]
    ]
    head = ["Kind", "Source", "Key there", f"Changed, {here.plant['zone_label']}", "Says"]
    note = f"{counted(len(rows), 'row')}; all of them are in the export"
    content = html.Details([html.Summary("Show the rows"), table(head, body, "Source rows")])
    return panel("Rows this page came from", note, content if body else empty("None."))


def tall(box: html.Div) -> html.Div:
    """A table that scrolls within a height of its own, its head always in sight."""
    styled: Any = box
    styled.className = f"{styled.className} tall-rows"
    return box


def _place(station: str, slot: str) -> str:
    return f"{station} {slot}".strip() or NONE


def _panel(
    title: str,
    note: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    nothing: str,
    *,
    numbers: Sequence[int] = (),
    is_tall: bool = False,
) -> html.Section:
    if not rows:
        return panel(title, note, empty(nothing))
    if is_tall:
        return panel(title, note, tall(table(head, rows, title, numbers)))
    rest = len(rows) - MOST_ROWS
    more = [empty(f"{counted(rest, 'more row')} in the export.")] if rest > 0 else []
    return panel(title, note, table(head, rows[:MOST_ROWS], title, numbers), *more)
