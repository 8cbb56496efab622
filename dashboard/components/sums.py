"""The strip of sums over the plants: only fresh data is summed, who is left out is named."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.marks import figure
from dashboard.wording import OUT_NOW, WAITING, against_plan, count, counted, noun, time_left
from db.queries.shapes import WallShape

LOUD = frozenset({"amber", "red"})
Walls = Sequence[WallShape]


def sums(walls: Walls) -> list[html.Div]:
    """Racks, plants off plan, stages down and parts about to stop a line, in that order."""
    return [_racks(walls), _off_plan(walls), _stages(walls), _parts(walls)]


def conditions(walls: Walls) -> Counter[str]:
    """How many stages of lines are in each condition."""
    return Counter(
        cell["condition"] or "no_data"
        for wall in walls
        for line in wall["lines"]
        for cell in line["cells"]
    )


def _racks(walls: Walls) -> html.Div:
    label, fresh = "Racks done this shift", _fresh(walls, "score")
    if not fresh:
        return _no_data(label, walls, "score")
    targets = [wall["score"]["target"] for wall in fresh]
    known = [target for target in targets if target is not None]
    unplanned = [wall for wall in fresh if wall["score"]["target"] is None]
    return figure(
        label,
        count(sum(wall["score"]["done"] for wall in fresh)),
        f"of {count(sum(known))}" if known else "no plan",
        _note(
            _over(walls, fresh),
            _named(unplanned, "no plan") if known else "",
            *_left_out(walls, "score"),
        ),
    )


def _off_plan(walls: Walls) -> html.Div:
    """Off plan is what the plates say: amber or red. A grey "1 behind" is within its margin."""
    label, fresh = "Plants off plan", _fresh(walls, "score")
    if not fresh:
        return _no_data(label, walls, "score")
    judged = [wall for wall in fresh if wall["score"]["level"] != "none"]
    off = [wall for wall in judged if wall["score"]["level"] in LOUD]
    near = [
        wall
        for wall in judged
        if wall not in off and against_plan(wall["score"]["difference"]).endswith("behind")
    ]
    unjudged = [wall for wall in fresh if wall not in judged]
    return figure(
        label,
        len(off) if judged else "No plan",
        f"of {len(judged)}" if judged else "",
        _note(
            _names(off) or ("none" if judged else ""),
            _named(near, "behind within the margin"),
            _named(unjudged, "no plan") if judged else "",
            *_left_out(walls, "score"),
        ),
    )


def _stages(walls: Walls) -> html.Div:
    label, fresh = "Stages down", _fresh(walls, "stations")
    states = conditions(fresh)
    known = states.total() - states["no_data"]
    if not known:
        return _no_data(label, walls, "stations")
    unknown = f"{states['no_data']} without data" if states["no_data"] else ""
    return figure(
        label,
        states["down"],
        f"of {known}",
        _note("stage of a line, worst station", unknown, *_left_out(walls, "stations")),
    )


def _parts(walls: Walls) -> html.Div:
    label, fresh = "Parts about to stop a line", _fresh(walls, "stops")
    if not fresh:
        return _no_data(label, walls, "stops")
    hours = [
        stop["hours_left"] or 0.0
        for wall in fresh
        for stop in wall["part_stops"]
        if stop["level"] in LOUD
    ]
    parts = sum(wall["about_to_stop_count"] or 0 for wall in fresh)
    note = _note(_first_stop(hours), *_left_out(walls, "stops"))
    return figure(label, parts, noun(parts, "part"), note)


def _first_stop(hours_left: Sequence[float]) -> str:
    if not hours_left:
        return "none"
    first = time_left(min(hours_left))
    return "at least one is out now" if first == OUT_NOW else f"the first in {first}"


def _fresh(walls: Walls, block: str) -> list[WallShape]:
    return [wall for wall in walls if wall["freshness"][block]["state"] == "ok"]


def _over(walls: Walls, fresh: Walls) -> str:
    if len(fresh) == len(walls):
        return f"over {counted(len(walls), 'plant')}"
    return f"{len(fresh)} of {counted(len(walls), 'plant')}"


def _left_out(walls: Walls, block: str) -> list[str]:
    by_state = {
        state: [wall for wall in walls if wall["freshness"][block]["state"] == state]
        for state in ("missing", "stale")
    }
    return [_named(by_state["missing"], "no data"), _named(by_state["stale"], "stale, left out")]


def _named(walls: Walls, what: str) -> str:
    return f"{_names(walls)}: {what}" if walls else ""


def _names(walls: Walls) -> str:
    return ", ".join(wall["plant"]["name"] for wall in walls)


def _note(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _no_data(label: str, walls: Walls, block: str) -> html.Div:
    stale = [wall for wall in walls if wall["freshness"][block]["state"] == "stale"]
    note: Any = _note(*_left_out(walls, block)) if stale else WAITING
    return figure(label, "No data", "", note)
