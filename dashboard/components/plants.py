"""All plants at a glance: a strip of sums and a card for each plant."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import attributes, freshness, mark, progress
from dashboard.components.sums import conditions, sums
from dashboard.wording import NONE, against_plan, condition, count, percent, time_left
from db.queries.shapes import FreshShape, HourShape, ScoreShape, WallShape


def oldest(walls: Sequence[WallShape], now: datetime) -> Any:
    """Age of the worst source that feeds the page: a missing one, else a stale one, else by age."""
    rank = {"missing": 0, "stale": 1, "ok": 2}
    pages = [wall["freshness"]["page"] for wall in walls]
    worst = min(pages, key=lambda page: (rank[page["state"]], page["as_of_at"] or ""), default=None)
    return freshness(worst, now) if worst else ""


def overview(walls: Sequence[WallShape], now: datetime) -> list[Any]:
    """The whole content of the page, or what to do when there is no plant yet."""
    if not walls:
        return [html.P("No plant has been brought in yet. Run: rackline check", className="empty")]
    return [
        html.Div(sums(walls), className="figures"),
        html.Div([card(wall, now) for wall in walls], className="cards"),
    ]


def card(wall: WallShape, now: datetime) -> html.Article:
    """One plant: score, hours, and the facts a manager acts on."""
    plant, shift = wall["plant"], wall["shift"]
    place = f"{plant['city']}, {plant['state']}"
    when = f"{shift['name']} {shift['hours_label']} {plant['zone_label']}" if shift else "No shift"
    facts = [
        ("First pass", _if_fresh(wall, "first_pass", _first_pass, now)),
        ("Next line stop", _if_fresh(wall, "stops", _next_stop, now)),
        ("Stations", _if_fresh(wall, "stations", _stations, now)),
        ("Data", freshness(wall["freshness"]["page"], now)),
    ]
    if wall["lacks"]:
        facts.append(("Lacking", mark("hatch", "; ".join(wall["lacks"]))))
    state = wall["freshness"]["score"]["state"]
    note = [html.Span("Illustrative data", className="tag")] if plant["is_illustrative"] else []
    loading = [] if wall["backfill"]["is_complete"] else [progress(wall["backfill"])]
    return html.Article(
        [
            html.Header([html.H2(plant["name"]), html.Span(place, className="muted"), *note]),
            html.Div(when, className="muted"),
            _score(wall["score"], state),
            html.Div(
                _bars(wall["hours"], wall["freshness"]["score"]), **attributes(data_state=state)
            ),
            html.Dl([part for name, value in facts for part in (html.Dt(name), html.Dd(value))]),
            *loading,
            html.A("Open wall", href=f"/wall/{plant['code']}", className="button"),
        ],
        className="card",
    )


def _if_fresh(
    wall: WallShape, block: str, told: Callable[[WallShape], html.Span], now: datetime
) -> html.Span:
    """What the block says, or how old it is: old data is never judged."""
    fresh = wall["freshness"][block]
    return told(wall) if fresh["state"] == "ok" else freshness(fresh, now)


def _score(score: ScoreShape, state: str) -> html.Div:
    target = f"of {count(score['target'])} racks" if score["target"] is not None else "racks"
    done = NONE if state == "missing" else count(score["done"])
    return html.Div(
        [
            html.B(done, className="done"),
            html.Span(target, className="muted"),
            _plate(score, state),
        ],
        className="score",
    )


def _plate(score: ScoreShape, state: str) -> html.Span:
    if state != "ok":
        return mark("hatch", "No data" if state == "missing" else "Data stale", "stale")
    text = against_plan(score["difference"])
    if score["level"] == "red":
        return mark("square", text, "red")
    shape = "ring" if score["difference"] is None else "down" if "behind" in text else "check"
    return mark(shape, text, "amber" if score["level"] == "amber" else "cell")


def _bars(hours: Sequence[HourShape], fresh: FreshShape) -> html.Div:
    top = max([1.0, *(max(hour["done"], hour["planned"] or 0) for hour in hours)])
    ends = {0, len(hours) - 1}
    return html.Div(
        [
            _bar(hour, top, fresh, is_named=at in ends or hour["phase"] == "current")
            for at, hour in enumerate(hours)
        ],
        className="bars",
        role="img",
        **attributes(
            aria_label="Racks per hour: " + ", ".join(_spoken(hour, fresh) for hour in hours)
        ),
    )


def _spoken(hour: HourShape, fresh: FreshShape) -> str:
    """An hour in words; one that began after the last of old data is not known."""
    plan = f" of {count(hour['planned'])}" if hour["planned"] is not None else ""
    is_told = fresh["state"] == "ok" or _began_before(hour, fresh["as_of_at"])
    done = "to come" if hour["phase"] == "future" else str(hour["done"]) if is_told else "no data"
    return f"{hour['label']} {done}{plan}"


def _began_before(hour: HourShape, at: str | None) -> bool:
    return at is not None and datetime.fromisoformat(hour["hour_at"]) < datetime.fromisoformat(at)


def _bar(hour: HourShape, top: float, fresh: FreshShape, *, is_named: bool) -> html.Div:
    """One hour: its bar, its plan, and its name where asked. Old data is never judged."""
    share = 0.0 if hour["phase"] == "future" else hour["done"] / top
    parts: list[Any] = [html.Div(className="bar", style={"height": f"{share:.1%}"})]
    if hour["planned"] is not None:
        parts.append(html.Div(className="tick", style={"bottom": f"{hour['planned'] / top:.1%}"}))
    if is_named:
        parts.append(html.Span(hour["label"], className="hour-name"))
    level = hour["level"] if fresh["state"] == "ok" else "none"
    return html.Div(
        parts,
        className="hour",
        title=_spoken(hour, fresh),
        **attributes(data_phase=hour["phase"], data_level=level),
    )


def _first_pass(wall: WallShape) -> html.Span:
    first = wall["first_pass"]
    counts = f" ({first['passed_count']} of {first['first_count']})"
    if not first["first_count"]:
        return mark("hatch", "No data", "stale-outline")
    if first["level"] == "none":
        return mark("ring", f"{first['passed_count']} of {first['first_count']}, too few to judge")
    share = percent(first["passed_count"], first["first_count"])
    if first["level"] == "normal":
        return mark("dot", share + counts)
    return mark("down", f"{share} under {first['limit']:.1%}", first["level"])


def _next_stop(wall: WallShape) -> html.Span:
    stop = next((stop for stop in wall["part_stops"] if stop["stops_at"]), None)
    if stop is None and wall["unknown_stops"]:
        first = wall["unknown_stops"][0]
        return mark("hatch", f"Cannot tell: {first['reason']}", "stale-outline")
    if stop is None:
        return mark("dot", "none in sight")
    shape = {"red": "square", "amber": "triangle"}.get(stop["level"], "dot")
    plate = stop["level"] if shape != "dot" else "none"
    left = time_left(stop["hours_left"])
    return html.Span([mark(shape, left, plate), " ", stop["name"] or stop["part"]])


def _stations(wall: WallShape) -> html.Span:
    states = conditions([wall])
    worst = next(
        (code for code in ("down", "starved", "blocked", "no_operator") if states[code]), None
    )
    if worst:
        told = condition(worst)
        text = f"{states[worst]} {told.word.lower()}, {states['running']} running"
        return mark(told.shape, text, told.plate)
    if states["no_data"]:
        return mark("hatch", f"No data from {states['no_data']}", "stale-outline")
    resting = f", {states['planned_stop']} in planned stop" if states["planned_stop"] else ""
    return mark("dot", f"{states['running']} running{resting}")
