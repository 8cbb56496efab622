"""The four figures of the throughput page, the sentence above them, and what is left out below."""

from typing import Any

from dash import html

from dashboard.components.flow.state import defined
from dashboard.components.flow.words import (
    KINDS,
    data_end,
    hours,
    listed,
    minutes_seconds,
    share,
    shown,
    tenths,
    until,
)
from dashboard.components.marks import figure, mark
from dashboard.wording import NONE, against_plan, count, counted
from db.queries.flow_shapes import FlowShape


def headline(page: FlowShape) -> list[Any]:
    """How the window stands when it is behind, or why there is nothing to say."""
    window, output = page["window"], page["output"]
    if window["is_empty"]:
        more = f" {counted(output['outside_count'], 'rack')} came all the same."
        said = window["sentence"] + (more if output["outside_count"] else "")
        return [
            html.P([mark("ring", "No shift", "outline"), html.Span(said)], className="banner none")
        ]
    if old := data_end(page):
        plate = mark("hatch", "Data stale", "stale-outline")
        return [html.P([plate, html.Span(old)], className="banner stale")]
    if output["target"] is None:
        text = (
            "No plan is loaded for this window: racks are counted, nothing is judged. Plans come "
            "with the feed plan_hour."
        )
        return [html.P([mark("hatch", "No plan", "stale-outline"), html.Span(text)],
                       className="banner stale")]  # fmt: skip
    if output["level"] not in ("amber", "red"):
        return []
    plate = mark("down", against_plan(output["difference"]),
                 "red" if output["level"] == "red" else "amber")  # fmt: skip
    return [html.P([plate, html.Span(_missed(page))], className=f"banner {output['level']}")]


def _missed(page: FlowShape) -> str:
    """What was missed and why, in one sentence."""
    lost = page["lost"]
    missed = [row for row in page["hours"] if row["is_missed"]]
    when = f"{page['plant_name']}, {shown(page)}: "
    if not missed:
        return when + "behind by a little in many hours; no single hour missed its plan."
    total = sum(one["racks"] for one in lost)
    why = [f"{tenths(one['racks'])} {KINDS[one['kind']].lower()}" for one in lost]
    hour = counted(len(missed), "hour")
    return f"{when}{hour} missed the plan by {tenths(total)} racks together: {listed(why)}."


def figures(page: FlowShape) -> list[html.Div]:
    """Racks against plan, attainment with its rhythm, cycle time, racks in process."""
    return [_done(page), _attainment(page), _cycle(page), _wip(page)]


def _done(page: FlowShape) -> html.Div:
    output = page["output"]
    label = defined("Racks done", "completed_count")
    if output["target"] is None:
        return figure(label, count(output["done"]), "", "no plan to compare with")
    if not page["window"]["is_running"]:
        told = [html.B(against_plan(output["difference"])), " of the whole plan"]
        return figure(label, count(output["done"]), f"of {tenths(output['target'])}", told)
    so_far = f" of {tenths(output['due'])} due by {until(page)}"
    told = [html.B(against_plan(output["difference"])), so_far]
    if output["forecast"] is not None:
        told += [", ends at ", html.B(count(output["forecast"]))]
    return figure(label, count(output["done"]), f"of {tenths(output['target'])}", told)


def _attainment(page: FlowShape) -> html.Div:
    output = page["output"]
    label = defined("Attainment", "attainment_ratio")
    rhythm = [
        defined("takt", "takt_of_plan_seconds"), f" {minutes_seconds(output['takt_seconds'])}, ",
        defined("pace", "pace_seconds"), f" {minutes_seconds(output['pace_seconds'])}",
    ]  # fmt: skip
    if output["attainment_ratio"] is None:
        return figure(label, NONE, "", ["nothing was planned so far; ", *rhythm])
    mix = [
        defined("by mix", "attainment_of_mix_ratio"),
        " ",
        html.B(share(output["mix_ratio"])),
        "; ",
    ]
    value = share(output["attainment_ratio"]).removesuffix("%")
    return figure(label, value, "%", [*(mix if output["product_count"] > 1 else []), *rhythm])


def _cycle(page: FlowShape) -> html.Div:
    times = page["times"]
    label = defined("Cycle time, median", "cycle_p50_hours")
    if not times["count"]:
        usual = times["usual_p50_hours"]
        more = f"; {hours(usual)} over {times['usual_days']} days" if usual is not None else ""
        return figure(label, NONE, "", f"no rack completed in this window{more}")
    told = [defined("p90", "cycle_p90_hours"), " ", html.B(hours(times["p90_hours"])),
            f" over {counted(times['count'], 'rack')}"]  # fmt: skip
    return figure(label, tenths(times["p50_hours"]), "h", told)


def _wip(page: FlowShape) -> html.Div:
    wip = page["wip"]
    when = "at its end"
    if page["window"]["is_running"]:
        when = f"at {until(page)}" if page["stale_at"] else "now"
    told: list[Any] = ["oldest ", html.B(hours(wip["age_oldest_hours"])),
                       f", p90 {hours(wip['age_p90_hours'])}"]  # fmt: skip
    if wip["ghosts"]:
        told += [f", {counted(len(wip['ghosts']), 'ghost')} left out"]
    if not wip["count"]:
        told = ["none begun and not completed"]
    return figure(defined("In process", "wip_count"), count(wip["count"]), f"racks {when}", told)


def rule_line(page: FlowShape) -> html.P:
    """How it is counted, and what is not in it."""
    said = [
        f"{shown(page)}. A rack counts once, at its first completion of the output operation; the "
        "plan stands still in breaks."
    ]
    if page["output"]["outside_count"] and not page["window"]["is_empty"]:
        said.append(f"{counted(page['output']['outside_count'], 'rack')} came outside every shift.")
    return html.P(" ".join(said), className="muted rule")
