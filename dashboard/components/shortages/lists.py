"""The smaller panels: lines and what stops them, reasons, moves, safety, findings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.shortages.heat import SHAPES, stop_mark
from dashboard.components.shortages.rows import Row, Site, limits_of
from dashboard.components.times import moment
from dashboard.page import address
from dashboard.wording import count, counted, megawatts
from db.domain.material.line_stops import stop_level
from db.queries.outlook_shapes import (
    CASES,
    FindingShape,
    LineStopShape,
    MoveShape,
)

CASE_NAMES = {
    "promised": "Promises hold",
    "late": "Late as usual",
    "none": "Nothing arrives",
}
MOST_REASONS = 8


def lines(sites: Sequence[Site], line: str, now: datetime) -> html.Section:
    """Each line with its first and second blocker in the three cases."""
    head = [
        "Line",
        *(CASE_NAMES[case] for case in CASES),
        "At risk in the first stop, promises hold",
    ]
    body = [
        _line(
            site,
            {stop["case"]: stop for stop in site.outlook["line_stops"] if stop["line"] == code},
            now,
        )
        for site in sites
        for code in dict.fromkeys(stop["line"] for stop in site.outlook["line_stops"])
        if line in ("all", code)
    ]
    late = {f"{site.outlook['late_quantile']:.0%}" for site in sites}
    note = (
        f"late: each supplier's own {', '.join(sorted(late))} slip; second blocker below the first"
    )
    if not body:
        return panel("When each line stops", note, empty("No line has a plan yet."))
    return panel("When each line stops", note, table(head, body, "Line stops in three cases"),
                 part="wraps stacks")  # fmt: skip


def reasons(rows: Sequence[Row], now: datetime) -> html.Section:
    """One sentence for every red, the most urgent first."""
    found = [(row, text) for row in rows if row.stop_at and (text := row.sentence)]
    body = [html.Li([stop_mark(row, now), html.Span(text)]) for row, text in found]
    note = f"{counted(len(found), 'part')}: part, receipt, rule" if found else "part, receipt, rule"
    content = folded(body) if body else [empty("Nothing to explain.")]
    return panel("Why, in a sentence", note, *content)


def folded(items: Sequence[html.Li]) -> list[Any]:
    """The first few of a list; the rest open below them."""
    first, rest = items[:MOST_REASONS], items[MOST_REASONS:]
    shown: list[Any] = [html.Ul(list(first), className="told")]
    if rest:
        more = html.Summary(f"Show {len(rest)} more")
        shown.append(html.Details([more, html.Ul(list(rest), className="told")]))
    return shown


def moves(found: Sequence[MoveShape], plants: Mapping[str, str]) -> html.Section:
    """What another plant can spare, net of its own need; what saves most racks first."""
    title, note = "Moves that would help", "net of the giving plant's own need; promises hold"
    if not found:
        return panel(title, note, empty("No plant has parts to spare for these."))
    ranked = sorted(found, key=lambda move: -move["racks_saved"])
    body = [html.Li([html.B(_way(move, plants)), html.Span(move["sentence"])]) for move in ranked]
    return panel(title, f"{counted(len(body), 'move')}, {note}", *folded(body))


def _way(move: MoveShape, plants: Mapping[str, str]) -> str:
    ends = (plants.get(code, code) for code in (move["from_plant"], move["to_plant"]))
    return " to ".join(ends)


def below_safety(rows: Sequence[Row]) -> html.Section:
    """Its own figure: a part below its safety stock is not short."""
    low = [row for row in rows if row.part["is_below_safety"]]
    note = "a reserve that is used up; not counted as short"
    if not low:
        return panel("Below safety stock", note, empty("No chosen part."))
    head = ["Part", "Available", "Safety stock", "Days of cover"]
    body = [
        [
            link(row.part["part"], row.part["name"]),
            html.Span(count(row.part["available_qty"]), className="number"),
            count(row.part["safety_qty"]),
            "—" if row.part["cover_days"] is None else f"{row.part['cover_days']:.1f}",
        ]
        for row in low[:MOST_REASONS]
    ]
    return panel("Below safety stock", f"{counted(len(low), 'part')}, {note}",
                 table(head, body, "Parts below safety stock", numbers=range(1, 4)),
                 part="stacks")  # fmt: skip


def findings(found: Sequence[tuple[str, FindingShape]]) -> html.Section:
    """Faults in the data that make something unknown, each with its plant's name ("": several)."""
    note = "what the numbers above leave out, and why"
    if not found:
        return panel("Faults in the data", note, empty("None found."))
    body = [
        html.Li([mark("hatch", it["kind"].replace("_", " "), "stale-outline"),
                 html.Span(f"{name}: {it['sentence']}" if name else it["sentence"])])
        for name, it in found
    ]  # fmt: skip
    return panel("Faults in the data", counted(len(found), "finding"), *folded(body))


def _line(site: Site, by_case: dict[str, LineStopShape], now: datetime) -> list[Any]:
    """A line's cells: its name, with what cannot be told of it, its blockers, what hangs on it."""
    any_case = next(iter(by_case.values()))
    unknown = any_case["cannot_tell"]
    name: list[Any] = [html.B(f"{site.plant['name']} {any_case['name'] or any_case['line']}")]
    if unknown:
        name.append(html.Div(mark("hatch", f"Cannot tell: {unknown}", "stale-outline")))
    held = by_case["promised"]
    risk = f"{count(held['racks_at_risk'])} racks, {megawatts(held['kw_at_risk'])}"
    cases: list[Any] = []
    for index, case in enumerate(CASES):
        before = by_case[CASES[index - 1]] if index else None
        is_same = before is not None and _seen(before) == _seen(by_case[case])
        text = f"as: {CASE_NAMES[CASES[index - 1]].lower()}"
        cases.append(html.Span(text, className="muted") if is_same and by_case[case]["first"]
                     else _blockers(site, by_case[case], now))  # fmt: skip
    return [html.Div(name), *cases, risk if held["first"] else "—"]


def _seen(stop: LineStopShape) -> list[tuple[str, str] | None]:
    """What a reader sees of a line's stops."""
    return [one and (one["part"], one["stops_at"]) for one in (stop["first"], stop["second"])]


def _blockers(site: Site, stop: LineStopShape, now: datetime) -> Any:
    first, second = stop["first"], stop["second"]
    if first is None:
        return mark("hatch", "cannot tell") if stop["cannot_tell"] else mark("dot", "covered")
    at = datetime.fromisoformat(first["stops_at"])
    hours = (at - now).total_seconds() / 3600
    level = stop_level(at, now, limits_of(site.plant))
    shape, plate = (SHAPES[level], level) if level in SHAPES else ("dot", "none")
    text = moment(first["stops_at"], site.plant, now) if hours > 0 else "Out now"
    parts: list[Any] = [html.Div([mark(shape, text, plate), " ", first["name"] or first["part"]])]
    if second:
        then = moment(second["stops_at"], site.plant, now)
        parts.append(
            html.Div(f"then {second['name'] or second['part']}, {then}", className="muted")
        )
    return html.Div(parts)


def link(number: str, name: str) -> html.A:
    """A part's name, leading to its page."""
    return html.A(name or number, href=address("/part/<number>", number=number), title=number)
