"""How long racks take, and which are in process where."""

from typing import Any

from dash import html

from dashboard.components.flow.state import defined
from dashboard.components.flow.words import clock, hours, share, tenths
from dashboard.components.genealogy import serial_link
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import chart, empty, panel, table
from dashboard.figures.flow import TIMES_HEIGHT, times_chart
from dashboard.figures.template import Theme
from dashboard.wording import count, counted
from db.queries.flow_shapes import FlowShape, StageShape

PARTS = (("touch", "touch"), ("queue", "queue"), ("test", "test"), ("rework", "rework"))
AGED_SHOWN = 3
STAGES = ("Stage", "Racks", "Median", "Oldest", "Usual p95", "Longer than usual")


def times_panel(page: FlowShape, theme: Theme) -> html.Section:
    """The distribution of cycle times, and what the window's racks spent theirs on."""
    times = page["times"]
    note = [
        f"racks completed in {times['usual_days']} days, ",
        defined("p50 and p90", "cycle_p90_hours"),
    ]
    if not times["hours"]:
        text = f"No rack was completed in the {times['usual_days']} days up to this window's end."
        return panel("Cycle time", "", empty(text), part="times")
    drawn = times_chart(times["hours"], times["usual_p50_hours"], times["usual_p90_hours"], theme)
    sentence = (
        f"Cycle times of {counted(len(times['hours']), 'rack')}: median "
        f"{hours(times['usual_p50_hours'])}, p90 {hours(times['usual_p90_hours'])}."
    )
    return panel(
        "Cycle time", note, chart("throughput-times", drawn, sentence, TIMES_HEIGHT), *_split(page),
        part="times",
    )  # fmt: skip


def _split(page: FlowShape) -> list[Any]:
    """Mean hours of the window's racks by what was done with them, as one bar."""
    times = page["times"]
    split = times["split"]
    if split is None:
        text = (
            "No rack was completed in this window: nothing to split into touch, queue, test and "
            "rework."
        )
        return [html.P(text, className="muted aside")]
    whole = sum(split[name] for name, _ in PARTS) or 1.0  # type: ignore[literal-required]
    bar = [
        html.I(className=f"part {name}",
               style={"width": f"{100 * split[name] / whole:.1f}%"})  # type: ignore[literal-required]
        for name, _ in PARTS
    ]  # fmt: skip
    keys = [
        html.Span([html.I(className=f"key part {name}"), f"{label} ",
                   html.B(hours(split[name]))])  # type: ignore[literal-required]
        for name, label in PARTS
    ]  # fmt: skip
    said = f"Mean of the {counted(times['count'], 'rack')} completed in this window"
    if times["unborn_count"]:
        said += f"; {counted(times['unborn_count'], 'rack')} without a recorded start left out"
    return [
        html.Div(bar, className="split", role="img",
                 **attributes(aria_label=f"{said}: " + ", ".join(
                     f"{label} {hours(split[name])}" for name, label in PARTS))),  # type: ignore[literal-required]
        html.Div([html.Span(f"{said}:"), *keys], className="legend"),
    ]  # fmt: skip


def wip_panel(page: FlowShape) -> html.Section:
    """Racks in process by stage, with those that stand longer than usual, and the ghosts."""
    wip = page["wip"]
    note = [defined(f"{counted(wip['count'], 'rack')} in process", "wip_count")]
    if not wip["count"] and not wip["ghosts"]:
        return panel("In process", "", empty("No rack is begun and not completed."), part="wip")
    rows = [_stage(one) for one in wip["stages"]]
    box = table(STAGES, rows, "Racks in process by stage", numbers=(1, 2, 3, 4))
    return panel(
        "In process by stage and age", note, box, *_ghosts(page), _little(page), part="wip"
    )


def _stage(one: StageShape) -> list[Any]:
    usual = hours(one["p95_hours"]) if one["p95_hours"] is not None else "not known"
    return [one["stage"], count(one["count"]), hours(one["p50_hours"]), hours(one["oldest_hours"]),
            usual, _aged(one)]  # fmt: skip


def _aged(one: StageShape) -> Any:
    aged = one["aged"]
    if aged is None:
        return html.Span("too few stays to judge", className="muted")
    if not aged:
        return html.Span("none", className="muted")
    told: list[Any] = []
    for serial in aged[:AGED_SHOWN]:
        told += [", " if told else "", serial_link(serial)]
    more = len(aged) - AGED_SHOWN
    return html.Span([*told, f" and {more} more" if more > 0 else ""])


def _ghosts(page: FlowShape) -> list[Any]:
    wip = page["wip"]
    said: list[Any] = []
    if wip["scrapped_count"]:
        said.append(html.P(f"{counted(wip['scrapped_count'], 'scrapped rack')} left out.",
                           className="muted aside"))  # fmt: skip
    if not wip["ghosts"]:
        return said
    items = [
        html.Li([serial_link(one["serial"]),
                 html.Span(f"{one['stage']}, no word since {clock(one['since_at'], page)}, "
                           f"{hours(one['hours'])}", className="muted")])
        for one in wip["ghosts"]
    ]  # fmt: skip
    lead = (
        f"{counted(len(wip['ghosts']), 'ghost')}: silent for over five times what their stage "
        "usually takes, not counted. Walk to them, or have their end recorded."
    )
    box = html.Details([html.Summary(lead), html.Ul(items, className="told")], className="folded")
    return [*said, box]


def _little(page: FlowShape) -> html.P:
    """Whether racks in process, output and time agree."""
    law = page["little"]
    label = defined("Little's law", "little_ratio")
    over = f"over {law['days']:.0f} days"
    if law["ratio"] is None:
        return html.P([label, f": {law['sentence']}."], className="muted aside")
    made = (
        f"{tenths(law['wip'])} in process, {law['per_hour']:.2f} an hour × "
        f"{hours(law['mean_hours'])}: {share(law['ratio'])}"
    )
    if law["is_off"]:
        return html.P([mark("hatch", "Data disagree", "stale-outline"), " ", label,
                       f", {over}: {law['sentence']}."], className="aside")  # fmt: skip
    return html.P(
        [label, f", {over}: {made}. The data agree (80 to 125 %)."], className="muted aside"
    )
