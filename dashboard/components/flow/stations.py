"""What holds the lines back, by two methods, and where the planned time of stations went."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.address import State
from dashboard.components.flow.state import defined, link
from dashboard.components.flow.words import GAINS, KINDS, hours, share, tenths
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import empty, panel, table
from dashboard.wording import NONE, count
from db.queries.flow_shapes import BottleneckShape, FlowShape, LoadShape, OeeShape

LOADED = 0.9
"""A resource asked for so much of what it has is named in amber, over all of it in red."""
COVERED = 0.8
LEAST_MINUTES = 0.5
"""A loss under half a minute is not drawn; unexplained time always is, be it none."""
WATERFALL = ("down", "blocked", "starved", "no_operator", "engineering", "unexplained", "speed",
             "quality")  # fmt: skip


def bottleneck_panel(page: FlowShape, state: State) -> html.Section:
    """A strip for each line: share of the time each operation led, and the second method."""
    note = [defined("share of time led", "bottleneck_led_ratio"), ", two methods, which may differ"]
    if not page["bottlenecks"]:
        text = "No line worked in this window so far, so nothing can have held it back."
        return panel("Bottleneck", note, empty(text), part="bottleneck")
    strips = [_strip(one, state) for one in page["bottlenecks"]]
    foot = html.P(page["power_sentence"], className="muted aside")
    return panel("Bottleneck", note, *strips, foot, part="bottleneck")


def _strip(one: BottleneckShape, state: State) -> html.Div:
    return html.Div(
        [
            html.Div(
                [html.H3(one["line_name"]), *_verdict("Active period", one["first"]["sentence"],
                                                      is_told=bool(one["first"]["operation"]))],
                className="verdict",
            ),
            _leads(one),
            html.Div(
                _verdict(one["second"]["method"].capitalize(), one["second"]["sentence"],
                         is_told=bool(one["second"]["operation"])),
                className="verdict",
            ),
            _loads(one, state),
        ],
        className="line-strip",
    )  # fmt: skip


def _verdict(method: str, sentence: str, *, is_told: bool) -> list[Any]:
    refused: list[Any] = [] if is_told else [mark("hatch", "Cannot tell", "stale-outline"), " "]
    text = f"{sentence[0].upper()}{sentence[1:]}." if sentence else NONE
    return [html.P([html.B(f"{method}: "), *refused, text])]


def _leads(one: BottleneckShape) -> Any:
    if not one["leads"]:
        return html.Div()
    parts = [
        html.Span(
            f"{lead['operation']} {lead['led_ratio']:.0%}" if lead["led_ratio"] > 0.09 else "",
            className=f"lead n{min(at, 4)}",
            style={"width": f"{100 * lead['led_ratio']:.1f}%"},
            title=f"{lead['name']}: led {lead['led_ratio']:.0%} of the time, alone "
                  f"{lead['sole_ratio']:.0%}, together with another {lead['shifting_ratio']:.0%}",
        )
        for at, lead in enumerate(one["leads"])
    ]  # fmt: skip
    told = ", ".join(f"{it['name']} {it['led_ratio']:.0%}" for it in one["leads"])
    return html.Div(parts, className="leads", role="img",
                    **attributes(aria_label=f"Share of time led: {told}"))  # fmt: skip


def _loads(one: BottleneckShape, state: State) -> Any:
    head = ("Resource", "Asked for", "Of what it has", "Load", "Waiting before it", "States known")
    ranked = sorted(one["loads"], key=lambda it: -(it["ratio"] or 0.0))
    rows = [_load(it, state) for it in ranked]
    box = table(head, rows, f"Load of {one['line_name']}", numbers=(1, 2, 3, 4, 5))
    lead = f"Load and queues of all {len(ranked)} resources of {one['line_name']}"
    return html.Details([html.Summary(lead), box], className="folded")


def _load(it: LoadShape, state: State) -> list[Any]:
    slots = "slots" if it["kind"] == "slots" else "stations"
    name = html.A(it["name"], href=link(state, oee=it["operation"]), title="Its OEE",
                  **attributes(data_stay="true"))  # fmt: skip
    unknown = "no standard time" if it["required_hours"] is None else hours(it["required_hours"])
    waits = f"{it['start_queue']} then, {it['end_queue']} now"
    known = f"{it['coverage_ratio']:.0%}" + (
        "" if it["coverage_ratio"] >= COVERED else ", too little"
    )
    return [html.Span([name, html.Span(f" {slots}", className="muted")]), unknown,
            hours(it["available_hours"]), _load_mark(it["ratio"]), waits, known]  # fmt: skip


def _load_mark(ratio: float | None) -> Any:
    if ratio is None:
        return NONE
    if ratio > 1:
        return mark("square", share(ratio), "red")
    return mark("triangle", share(ratio), "amber") if ratio >= LOADED else share(ratio)


def oee_panel(page: FlowShape) -> html.Section:
    """The waterfall from planned busy time to good time, with the four ratios."""
    told = page["oee"]
    if told is None:
        text = (
            "No station worked in this window so far: planned busy time is none, so OEE is not "
            "known."
        )
        return panel("OEE", defined("after ISO 22400-2", "oee"), empty(text), part="oee")
    note = [f"{told['name']}, {told['slots']} slots, ", defined("ISO 22400-2", "oee")]
    faults = [html.Li(f"{it[0].upper()}{it[1:]}.") for it in told["faults"]]
    return panel(
        "OEE",
        note,
        html.Div(_ratios(told), className="ratios"),
        _waterfall(told),
        *([html.Ul(faults, className="asides muted")] if faults else []),
        html.P(_made_of(told), className="muted aside"),
        part="oee",
    )


def _ratios(told: OeeShape) -> list[Any]:
    named = (
        ("OEE", "oee", told["oee"]),
        ("Availability", "availability", told["availability"]),
        ("Effectiveness", "effectiveness", told["effectiveness"]),
        ("Quality", "quality_ratio", told["quality"]),
    )
    return [
        html.Div([html.Div(defined(label, metric), className="muted"), html.B(share(ratio))])
        for label, metric, ratio in named
    ]


def _waterfall(told: OeeShape) -> html.Div:
    whole = told["busy_minutes"]
    if whole <= 0:
        return html.Div(
            empty("Planned busy time is 0: nothing was scheduled, so there is no ratio.")
        )
    by_kind = {one["kind"]: one["minutes"] for one in told["losses"]}
    rows = [_step("Planned busy time", 0.0, whole, whole, "planned")]
    left = whole
    for kind in WATERFALL:
        minutes = by_kind.get(kind)
        if minutes is None or (abs(minutes) < LEAST_MINUTES and kind != "unexplained"):
            continue
        start = left - minutes if minutes >= 0 else left
        is_gain = minutes <= -LEAST_MINUTES
        label = (GAINS if is_gain else KINDS)[kind]
        rows.append(_step(label, start, abs(minutes), whole, kind, sign=is_gain))
        left -= minutes
    if told["good_minutes"] is not None:
        rows.append(_step("Good time", 0.0, told["good_minutes"], whole, "good"))
    return html.Div(rows, className="bars-across waterfall")


def _step(
    label: str, start: float, length: float, whole: float, kind: str, *, sign: bool = False
) -> html.Div:
    at = {"left": f"{100 * max(0.0, start) / whole:.1f}%", "right": "auto",
          "width": f"{100 * min(length, whole) / whole:.1f}%"}  # fmt: skip
    said = f"{'+' if sign else ''}{count(length)} min"
    return html.Div(
        [
            html.Span(label, className="name"),
            html.Span(html.I(className=f"across {kind}", style=at), className="track"),
            html.Span([html.B(share(length / whole)), f" {said}"], className="number"),
        ],
        className="row",
    )


def _made_of(told: OeeShape) -> str:
    pri = told["run_minutes_planned"]
    run = "no planned run time is set" if pri is None else f"planned run time {pri:.0f} min"
    return (
        f"{count(told['produced_count'])} visits ended, {count(told['good_count'])} good at the "
        f"rack's first visit, {run}. Slot-minutes; waiting for racks or people is a loss within "
        "planned time, breaks and planned stops are not in it. A slot without a rack waits, "
        "whatever its station says. Unexplained: nobody reported a state."
    )


def use_panel(page: FlowShape) -> html.Section:
    """Use of test slots, and of people."""
    note = defined("slot-hours with a rack in them", "slot_utilisation_ratio")
    rows: Sequence[Sequence[Any]] = [
        [it["name"], count(it["slots"]), tenths(it["used_hours"]), tenths(it["available_hours"]),
         share(it["ratio"])]
        for it in page["slot_uses"]
    ]  # fmt: skip
    head = ("Test", "Slots", "Used, h", "There were, h", "Used")
    box = table(head, rows, "Use of test slots", numbers=(1, 2, 3, 4)) if rows else empty(
        "No test slots on this line.")  # fmt: skip
    labour = html.P(
        [mark("hatch", "Not known", "stale-outline"), " ", page["labour_sentence"]],
        className="aside",
    )
    return panel("Test slots and labour", note, box, labour, part="uses")
