"""The chart panel: what its lines mean, the chart, whose limits it is judged by; and the groups."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from textwrap import wrap
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dash import html

from dashboard.address import State
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import chart as chart_box
from dashboard.components.panels import empty, panel
from dashboard.components.yields.figures import when
from dashboard.components.yields.state import DATES, NARROWING, filters_said, link, toggled
from dashboard.figures.yields import HEIGHT, Chart, is_below, limit_of, yield_chart
from dashboard.wording import count, counted, percent
from db.queries.alarm_shapes import NoteShape
from db.queries.yield_points import EWMA_WEIGHT
from db.queries.yield_shapes import Dot, PointShape, SeriesShape, YieldShape

FIRST_PASS = "units that passed with their first verdict / units with one"
LONGEST_LINE = 175
LONGEST_NOTE = 90
DOTS = {"shift": "one shift", "day": "one day", "last": "{n} units"}
NAMES = {
    "ewma": f"line = EWMA {EWMA_WEIGHT}, 3σ limit",
    "p": "3σ limit of each dot (p chart)",
    "laney": "3σ limit of each dot (Laney p′)",
}


def plot(page: YieldShape, state: State, theme: Literal["dark", "light"]) -> html.Section:
    """The panel with the chart, or the sentence that stands for it."""
    title = f"First-pass yield, {page['plant_name']}, {page['operation_name']}".removesuffix(", ")
    if page["sentence"]:
        return panel(title, "", empty(page["sentence"]), part="yield-chart")
    drawn = chart_of(page, state)
    what = f"dot = {DOTS[state['grain']].format(n=state['n'])} · {NAMES[drawn.kind]}"
    legend = _legend(page, drawn)
    picture = {"data_title": title, "data_foot": _below(page, state, f"{what} · {_keys(legend)}")}
    return panel(
        title,
        what,
        legend,
        chart_box("yield-dots", yield_chart(drawn, theme), _sentence(page, drawn), HEIGHT),
        html.Footer(
            [html.Span(_judged(page)), *_tools(page, state, picture)], className="muted under"
        ),
        part="yield-chart",
    )


def _keys(legend: html.Div) -> str:
    """What the legend says in words: the mean and the limits with their values."""
    said = [key.children[1] for key in legend.children if isinstance(key.children, list)]
    return ", ".join(it for it in said if isinstance(it, str))


def _below(page: YieldShape, state: State, what: str) -> str:
    """Said below a saved picture, which must be understood by itself: what is drawn, of what, by
    which definition and limits, and as of when."""
    at = datetime.fromisoformat(page["as_of_at"]).astimezone(ZoneInfo(page["zone"]))
    chosen = filters_said({**state, "point": ""})
    of = [f"{page['since_on']} to {page['until_on']}", *(": ".join(one) for one in chosen)]
    drop = page["drop"]
    lines = [
        what,
        ", ".join(of),
        f"First-pass yield: {FIRST_PASS}. {page['rule_sentence']}",
        _judged(page),
        *([drop["sentence"]] if drop else []),
        f"As of {at:%Y-%m-%d %H:%M} {page['zone_label']}",
    ]
    return "\n".join(part for line in lines for part in wrap(line, LONGEST_LINE))


def chart_of(page: YieldShape, state: State) -> Chart:
    """What is drawn for a state."""
    drop = page["drop"]
    until = (drop and drop["recovered_at"]) or page["as_of_at"]
    points = page["series"][0]["points"]
    return Chart(
        points,
        page["limits"],
        page["zone"],
        state["chart"],  # type: ignore[arg-type]
        [(it["label"] or it["key"], it["points"]) for it in page["series"][1:]],
        (drop["began_at"], until) if drop else None,
        state["point"],
        {it["start_at"]: toggled(state, "point", it["start_at"]) for it in points},
        {note["id"]: note_words(note) for note in page["notes"]},
    )


def note_words(note: NoteShape) -> str:
    """A note on the chart: what it says, who wrote it, who is to do it by when.

    >>> said = {"text": "swap the tip", "author": "Ana", "owner": "Bo", "due_on": "2026-07-09"}
    >>> note_words({**said, "done_at": None})
    'swap the tip (Ana; owner Bo, due 2026-07-09)'
    """
    text, people = note["text"], [note["author"]]
    short = text if len(text) <= LONGEST_NOTE else f"{text[:LONGEST_NOTE]}…"
    if note["owner"]:
        due = f", due {note['due_on']}" if note["due_on"] else ""
        people.append(f"owner {note['owner']}{due}")
    if note["done_at"]:
        people.append("done")
    return f"{short} ({'; '.join(people)})"


def _legend(page: YieldShape, drawn: Chart) -> html.Div:
    limits, points = page["limits"], page["series"][0]["points"]
    last = next((p for p in reversed(points) if limit_of(p, drawn) is not None), None)
    limit = limit_of(last, drawn) if last else None
    flagged = sum(is_below(point, drawn) for point in points)
    keys = [html.Span([html.I(className="key dot"), "yield"])]
    if drawn.kind == "ewma":
        keys.append(html.Span([html.I(className="key line"), "EWMA"]))
    if limits:
        keys.append(html.Span([html.I(className="key mean"), f"mean {limits['center']:.1%}"]))
    if limit is not None:
        keys.append(html.Span([html.I(className="key limit"), f"limit {limit:.1%}"]))
    if flagged:
        keys.append(mark("square", f"{counted(flagged, 'dot')} below the limit", "red"))
    if any(not point["is_mature"] and point["ratio"] is not None for point in points):
        keys.append(html.Span([html.I(className="key open"), "data may still come in"]))
    return html.Div(keys, className="legend")


def _sentence(page: YieldShape, drawn: Chart) -> str:
    """What the chart shows, for those who cannot see it; it holds the newest value."""
    points = [it for it in page["series"][0]["points"] if it["ratio"] is not None]
    if not points:
        return "No dot in this window."
    last, flagged = points[-1], sum(is_below(point, drawn) for point in points)
    newest = percent(last["first_passed_count"], last["first_count"])
    return (
        f"First-pass yield, {counted(len(points), 'dot')}; newest {newest} "
        f"({last['label']}); {counted(flagged, 'dot')} below the limit."
    )


def _judged(page: YieldShape) -> str:
    """The limits in words, with who froze them and when."""
    limits = page["limits"]
    if limits is None:
        return "No limits: nothing to estimate them from."
    if not limits["version"]:
        return limits["sentence"]
    at = (limits["frozen_at"] or "")[:10]
    return f"{limits['sentence']} Frozen on {at}." if at else limits["sentence"]


def _tools(page: YieldShape, state: State, picture: dict[str, str]) -> list[Any]:
    since, until = (date.fromisoformat(on) for on in (page["since_on"], page["until_on"]))
    span = until - since + timedelta(days=1)
    stay = attributes(data_stay="true")
    steps = [("earlier", "Earlier", -span), ("later", "Later", span)]
    return [
        html.Span(
            [
                *(
                    html.A(name, href=_moved(state, since + by, until + by),
                           **stay, **attributes(data_step=way))
                    for way, name, by in steps
                ),
                html.Button("PNG", type="button", className="plain",
                            **attributes(data_png="yield-dots", **picture,
                                         aria_label="Save the chart as a PNG picture")),
            ],
            className="steps",
        )
    ]  # fmt: skip


def _moved(state: State, since: date, until: date) -> str:
    return link(state, days=DATES, point="", **{"from": f"{since}", "to": f"{until}"})


def groups(page: YieldShape, state: State) -> list[html.Section]:
    """Each value of the group with its yield; a click narrows the page to it."""
    name = state["group"]
    if len(page["series"]) < 2:
        return []
    rows = [_group(series, state) for series in page["series"][1:]]
    head = [name.capitalize(), "Units", "Failed", "First-pass yield", "95 % interval"]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(it, scope="col", className="number" if at else None)
                                for at, it in enumerate(head)])),
            html.Tbody(rows),
        ]
    )  # fmt: skip
    box = html.Div(table, className="scroll", tabIndex="0", role="region",
                   **attributes(aria_label=f"Yield by {name}"))  # fmt: skip
    return [panel(f"By {name}", "most units first", box)]


def _group(series: SeriesShape, state: State) -> html.Tr:
    whole, passed = series["first_count"], series["first_passed_count"]
    name: Any = series["label"] or series["key"] or "not named"
    if state["group"] in (*NARROWING, "operation") and series["key"]:
        href = toggled(state, state["group"], series["key"])
        name = html.A(name, href=href, **attributes(data_stay="true"))
    between = series["interval"]
    sure = f"{between[0]:.1%} to {between[1]:.1%}" if between else ""
    cells = [count(whole), count(whole - passed), percent(passed, whole), sure]
    return html.Tr([html.Th(name, scope="row"), *(html.Td(it, className="number") for it in cells)])


def dot_named(page: YieldShape, start_at: str) -> PointShape | None:
    """The dot that begins at an instant."""
    points: Sequence[PointShape] = page["series"][0]["points"]
    return next((point for point in points if point["start_at"] == start_at), None)


def dot_of(point: PointShape) -> Dot:
    """A dot as the store is asked about it."""
    start, end = (datetime.fromisoformat(point[key]) for key in ("start_at", "end_at"))
    return Dot(start, end, date.fromisoformat(point["business_on"]), point["shift"])


def dot_words(page: YieldShape, point: PointShape) -> str:
    """A dot as people name it."""
    return f"{point['label']} from {when(point['start_at'], page['zone'])}"
