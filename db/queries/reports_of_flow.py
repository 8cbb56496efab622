"""The throughput page as tables, for people and programs that ask from outside the screens."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlmodel import Session

from db.domain.catalog import METRICS
from db.queries.flow import flow
from db.queries.flow_racks import route
from db.queries.flow_shapes import DAY, LAST, NOW, FlowFilter, FlowShape, ReasonShape
from db.queries.plants import home
from db.queries.reports import Report
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.shifts import shifts_around

HOURS = {
    "hour_at": "the UTC hour",
    "label": "the plant's hour; the passes of a repeated one are A and B",
    "shift": "shift",
    "working_minutes": "minutes in which the lines are meant to run",
    "planned": METRICS["planned_qty"].definition,
    "due": "what of the plan is due so far",
    "done": METRICS["completed_count"].definition,
    "difference": METRICS["difference"].definition,
    "cumulative_difference": METRICS["cumulative_difference"].definition,
    "is_missed": "low by the plant's limit, or half a rack short",
    "why": METRICS["lost_racks"].definition,
    "notes": "what people wrote about the hour",
}
BOTTLENECK = {
    "line": "line",
    "operation": "resource: all stations of an operation on the line",
    "led_ratio": METRICS["bottleneck_led_ratio"].definition,
    "sole_ratio": "of it, alone",
    "shifting_ratio": "together with the one before or after",
    "load_ratio": METRICS["load_ratio"].definition,
    "required_hours": "hours the plan asks for",
    "available_hours": "hours there are",
    "start_queue": "racks that waited before it at the window's start",
    "end_queue": "racks that wait before it now, or did at the window's end",
    "coverage_ratio": "share of the time for which its states are known",
    "first_says": "the verdict by active periods, or why there is none",
    "second_says": "the verdict by turning point, or by load and queues",
}
OEE = {
    "operation": "operation",
    "figure": "which figure, or which loss",
    "value": f"{METRICS['oee'].definition} Minutes are slot-minutes.",
}
TIMES = {
    "figure": "which figure",
    "value": f"{METRICS['cycle_p50_hours'].definition} {METRICS['little_ratio'].definition}",
}
WIP = {
    "stage": "stage the rack is at or waits for",
    "count": METRICS["wip_count"].definition,
    "p50_hours": "median time they have stood there",
    "oldest_hours": "longest time one has stood there",
    "p95_hours": "time that 95 % of racks used to stay; none when too few did",
    "aged": "serials that stand longer than that",
    "ghosts": "serials silent for over five times that: not counted",
}


class FlowTable(NamedTuple):
    """A table of the page: its columns with their meaning, and its rows."""

    columns: Mapping[str, str]
    rows: Callable[[FlowShape], Iterable[Sequence[Any]]]


def flow_report(
    session: Session, table: str, asked: FlowFilter, at: datetime, scope: Scope = EVERY_PLANT
) -> Report:
    """One of TABLES for what is asked; the very question that the page asks."""
    page = flow(session, scope, asked, at)
    columns, rows = FLOW_TABLES[table]
    frame = pd.DataFrame([list(row) for row in rows(page)], columns=list(columns))
    window = page["window"]
    about = f"{table} of the flow, {window['name'].lower()} of {window['business_on']}"
    said = {"nothing planned": window["sentence"]} if window["sentence"] else {}
    return Report(about, asked.plant, at, frame, {**columns, **said}, weakened=tuple(page["lacks"]))


def flow_choices(session: Session, plant: str, at: datetime) -> dict[str, list[str]]:
    """What a plant's lines, shifts and operations may be called, by option."""
    own = home(session, plant, EVERY_PLANT)
    shifts = {one.code for one in shifts_around(session, plant, at)}
    return {
        "--line": [one.code for one in own.lines],
        "--shift": [NOW, LAST, DAY, *sorted(shifts)],
        "--operation": route(session, own, "").codes,
    }


def _hours(page: FlowShape) -> Iterable[Sequence[Any]]:
    for row in page["hours"]:
        yield [
            *(row[name] for name in HOURS if name not in ("why", "notes")),  # type: ignore[literal-required]
            "; ".join(_reason(one) for one in row["reasons"]),
            "; ".join(f"{note['author']}: {note['text']}" for note in row["notes"]),
        ]


def _reason(one: ReasonShape) -> str:
    where = f" {one['station']}" if one["station"] else ""
    text = f" ({one['text']})" if one["text"] else ""
    return f"{one['racks']:.2f} {one['kind']}{where}{text}"


def _bottleneck(page: FlowShape) -> Iterable[Sequence[Any]]:
    for line in page["bottlenecks"]:
        led = {one["operation"]: one for one in line["leads"]}
        is_told = bool(line["first"]["operation"])
        for load in line["loads"]:
            lead = led.get(load["operation"])
            ratios = [lead[name] if lead else 0.0 if is_told else None
                      for name in ("led_ratio", "sole_ratio", "shifting_ratio")]  # fmt: skip
            yield [
                line["line"], load["operation"], *ratios, load["ratio"], load["required_hours"],
                load["available_hours"], load["start_queue"], load["end_queue"],
                load["coverage_ratio"], line["first"]["sentence"], line["second"]["sentence"],
            ]  # fmt: skip


def _oee(page: FlowShape) -> Iterable[Sequence[Any]]:
    told = page["oee"]
    if told is None:
        return
    names = ("oee", "availability", "effectiveness", "quality", "busy_minutes", "run_minutes",
             "good_minutes", "produced_count", "good_count")  # fmt: skip
    for name in names:
        yield told["operation"], name, told[name]  # type: ignore[literal-required]
    for loss in told["losses"]:
        yield told["operation"], f"lost_{loss['kind']}_minutes", loss["minutes"]
    for use in page["slot_uses"]:
        yield use["operation"], "slot_utilisation_ratio", use["ratio"]


def _times(page: FlowShape) -> Iterable[Sequence[Any]]:
    times, wip, law = page["times"], page["wip"], page["little"]
    yield "completed_count", times["count"]
    yield "p50_hours", times["p50_hours"]
    yield "p90_hours", times["p90_hours"]
    for name, hours in (times["split"] or {}).items():
        yield f"mean_{name}_hours", hours
    yield f"p50_hours_{times['usual_days']}_days", times["usual_p50_hours"]
    yield f"p90_hours_{times['usual_days']}_days", times["usual_p90_hours"]
    yield "age_p90_hours", wip["age_p90_hours"]
    yield "age_oldest_hours", wip["age_oldest_hours"]
    yield "little_ratio", law["ratio"]


def _wip(page: FlowShape) -> Iterable[Sequence[Any]]:
    ghosts = page["wip"]["ghosts"]
    for one in page["wip"]["stages"]:
        aged = None if one["aged"] is None else ", ".join(one["aged"])
        lost = ", ".join(it["serial"] for it in ghosts if it["stage"] == one["stage"])
        yield [one["stage"], one["count"], one["p50_hours"], one["oldest_hours"],
               one["p95_hours"], aged, lost]  # fmt: skip
    empty = {one["stage"] for one in ghosts} - {one["stage"] for one in page["wip"]["stages"]}
    for stage in sorted(empty):
        lost = ", ".join(it["serial"] for it in ghosts if it["stage"] == stage)
        yield stage, 0, None, None, None, None, lost


FLOW_TABLES = {
    "hours": FlowTable(HOURS, _hours),
    "bottleneck": FlowTable(BOTTLENECK, _bottleneck),
    "oee": FlowTable(OEE, _oee),
    "cycle-times": FlowTable(TIMES, _times),
    "wip": FlowTable(WIP, _wip),
}
