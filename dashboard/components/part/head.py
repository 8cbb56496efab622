"""The head of a part's page: what is wrong, its four figures, and its balance by the hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dash import html

from dashboard.components.marks import figure, mark
from dashboard.components.panels import chart, empty, panel
from dashboard.components.shortages.lists import CASE_NAMES
from dashboard.components.shortages.rows import limits_of
from dashboard.components.times import clock, day_of, local, moment
from dashboard.figures.projection import HEIGHT, Arrival, Path, projection
from dashboard.figures.template import Theme
from dashboard.wording import NONE, count, time_left
from db.domain.material.sentences import amount, span
from db.domain.material.since import MOST_SILENT
from db.queries.outlook_shapes import CASES, PartOutlookShape, ReceiptShape
from db.queries.part_shapes import HourlyShape, PartDetailShape, PartPlantShape
from db.queries.shapes import PlantShape
from db.queries.stops import level_of, whole_stop


class Here(NamedTuple):
    """A part at one plant, and when it is looked at."""

    detail: PartDetailShape
    at: PartPlantShape
    plant: PlantShape
    now: datetime


def title(here: Here, others: Sequence[PartPlantShape]) -> html.Div:
    """Name and number, where, and the other plants that know the part."""
    detail = here.detail
    also = [html.A(it["plant_name"], href=f"?plant={it['plant']}") for it in others]
    more = [part for it in also for part in (", ", it)]
    more[:1] = [" · also at "] if also else []
    return html.Div(
        [
            html.H2(detail["name"] or detail["part"]),
            html.Span(
                [f"{detail['part']} · {detail['commodity'] or 'no commodity'} · ",
                 here.plant["name"], *more],
                className="muted",
            ),
        ],
        className="subject",
    )  # fmt: skip


def sentence(here: Here, part: PartOutlookShape) -> list[Any]:
    """What is wrong, in one sentence, or nothing."""
    if not part["sentence"]:
        return []
    plate = {"red": mark("square", "Stops", "red"), "amber": mark("triangle", "Soon", "amber")}
    level = level_of(part, here.now, limits_of(here.plant))
    kind = level if level in plate else "none"
    shown = plate.get(level, mark("dot", "In sight"))
    return [html.P([shown, html.Span(part["sentence"])], className=f"banner {kind}")]


def why_none(here: Here) -> str:
    """Why a plant tells nothing of a part it knows."""
    if here.at["as_of_at"] is None:
        return (
            f"No outlook of {here.plant['name']} has been computed yet; the first comes with the "
            "next load of stock, receipts, bills of material or plan."
        )
    if here.at["is_made"]:
        held = sum(lot["qty"] for lot in here.at["lots"] if lot["status"] == "unrestricted")
        return (
            "It is put together here from other parts, so what can run out are those. The "
            f"{count(held)} in stock lower the need for them."
        )
    return "The plan does not need this part here, and none is held for it."


def figures(here: Here, part: PartOutlookShape) -> list[html.Div]:
    """When a line stops, what is there, what comes next, and how long it lasts."""
    unit = part["unit"]
    return [_stop(here, part), _available(here, part), _next(here, part), figure(
        "Days of cover",
        NONE if part["cover_days"] is None else f"{part['cover_days']:.1f}",
        "working days",
        f"{part['need_per_day']:,.1f} {unit} a day, {_yielded(part)}",
    )]  # fmt: skip


def _yielded(part: PartOutlookShape) -> str:
    """How much of the need is scrap and replacement, and how much sooner the part is gone by it."""
    extra, hours = part["yield_extra_ratio"], part["yield_hours"]
    if not extra:
        return "no scrap or replacement measured"
    told = f"{extra:.1%} of it measured scrap and replacement"
    return f"{told}, which bring its stop {span(hours)} forward" if hours else told


def projected(here: Here, theme: Theme, days: int) -> html.Section:
    """The balance by the hour in the three cases."""
    hourly, part = here.at["hourly"], here.at["outlook"]
    note = "by the hour, plant time; triangles: receipts that count"
    if hourly is None or part is None:
        return panel("Projected balance", note, empty(why_none(here)))
    hours = days * 24 + 1
    times = [_naive(at, here.plant) for at in hourly["at"][:hours]]
    paths = {str(case): Path(CASE_NAMES[case], hourly["balances"][case][:hours]) for case in CASES}
    arrivals = [
        Arrival(_naive(it["usable_at"], here.plant), it["open_qty"], it["order_no"])
        for it in part["receipts"]
        if it["counts"] and it["usable_at"]
    ]
    stop = whole_stop(part)
    stops = _naive(stop, here.plant) if stop else None
    drawn = projection(times, paths, arrivals, stops, theme, unit=part["unit"])
    told = _spoken(here, hourly, part)
    return panel("Projected balance", note, _legend(), chart("part-chart", drawn, told, HEIGHT))


def _naive(at: str, plant: PlantShape) -> datetime:
    """Plant time without its zone: charts would turn it into the reader's own."""
    return local(at, plant).replace(tzinfo=None)


def _legend() -> html.Div:
    lines = [html.Span([html.I(className=f"line {case}"), CASE_NAMES[case]]) for case in CASES]
    same = html.Span("where cases are equal their lines lie on each other", className="muted")
    return html.Div([*lines, mark("square", "line stops", "red"), same], className="keys")


def _spoken(here: Here, hourly: HourlyShape, part: PartOutlookShape) -> str:
    ends = hourly["balances"]["promised"][-1] if hourly["balances"]["promised"] else None
    stop = moment(whole_stop(part), here.plant, here.now)
    return (
        f"Projected balance of {here.detail['name']}: "
        f"{count(part['available_qty'] - part['used_qty'])} now, "
        f"{count(ends)} at the end if promises hold; line stops: {stop}."
    )


def _stop(here: Here, part: PartOutlookShape) -> html.Div:
    """When lines stop for it, what alternates carry counted; when it runs out itself, if sooner."""
    stops = [whole_stop(part, case) for case in CASES]
    at, own = stops[0], part["cases"]["promised"]["stops_at"]
    late, none = (moment(stop, here.plant, here.now) if stop else "no stop" for stop in stops[1:])
    note = f"late as usual: {late}; nothing arrives: {none}"
    if own and own != at:
        note = f"runs out {moment(own, here.plant, here.now)}, alternates carry it; {note}"
    if at is None:
        return figure("Line stops", "No stop" if own else "Covered", "", note)
    hours = (datetime.fromisoformat(at) - here.now).total_seconds() / 3600
    return figure("Line stops", time_left(hours), moment(at, here.plant, here.now), note)


def used(here: Here, part: PartOutlookShape) -> str:
    """What the plan has used since the stock was read, and what is left: every balance begins
    there. "" when nothing was."""
    taken = amount(part["used_qty"])
    if taken == "0":
        return ""
    left = f"{amount(part['available_qty'] - part['used_qty'])} left now"
    return f"less {taken} the plan has used since {_read(here, part)}: {left}"


def _read(here: Here, part: PartOutlookShape) -> str:
    """When the stock was read; of one not read for longer only the last days are told."""
    read_at, as_of_at = part["read_at"], here.at["as_of_at"]
    if not read_at or not as_of_at:
        return "it was read"
    if datetime.fromisoformat(as_of_at) - datetime.fromisoformat(read_at) >= MOST_SILENT:
        return f"{clock(read_at, here.plant)} (not read for longer, used before that is not known)"
    return f"it was read {clock(read_at, here.plant)}"


def _available(here: Here, part: PartOutlookShape) -> html.Div:
    held = [
        f"{count(qty)} {status.replace('_', ' ')}" for status, qty in part["held"].items() if qty
    ]
    safety = f"safety stock {count(part['safety_qty'])}" if part["safety_qty"] else ""
    below = "below " if part["is_below_safety"] else ""
    kept = f"{count(part['kept_qty'])} kept for racks on the floor" if part.get("kept_qty") else ""
    allocated = f"{count(part['allocated_qty'])} allocated"
    told = [used(here, part), allocated, kept, *held, f"{below}{safety}"]
    note = ", ".join(it for it in told if it)
    return figure("Free to build with", count(part["available_qty"]), part["unit"], note)


def _next(here: Here, part: PartOutlookShape) -> html.Div:
    coming = sorted(
        (it for it in part["receipts"] if it["counts"] and it["usable_at"]),
        key=lambda it: it["usable_at"] or "",
    )
    if coming:
        first = coming[0]
        when = moment(first["usable_at"], here.plant, here.now)
        return figure("Next receipt", when, "", _receipt_note(first, part["unit"]))
    rest = len(part["receipts"])
    note = f"{rest} open, none counts as supply" if rest else "nothing on order"
    return figure("Next receipt", NONE, "", note)


def _receipt_note(receipt: ReceiptShape, unit: str) -> str:
    return (
        f"{count(receipt['open_qty'])} {unit}, order {receipt['order_no']}, "
        f"{receipt['supplier']}, promised {day_of(receipt['promised_on'])}"
    )
