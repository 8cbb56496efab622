"""The smaller panels: lines and what stops them, what could be built, moves, safety, findings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.shortages.heat import SHAPES, stop_mark
from dashboard.components.shortages.rows import LIMITS, Row, Site
from dashboard.components.times import day_of, moment
from dashboard.page import address
from dashboard.wording import count, counted, megawatts
from db.queries.outlook_shapes import (
    CASES,
    BuildOutlookShape,
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
    head = ["Line", *(CASE_NAMES[case] for case in CASES), "At risk, promises hold"]
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
                 part="wraps")  # fmt: skip


def reasons(rows: Sequence[Row], now: datetime) -> html.Section:
    """One sentence for every red, the most urgent first."""
    told = [row for row in rows if row.part["sentence"] and row.future["stops_at"]]
    body = [
        html.Li([stop_mark(row, now), html.Span(row.part["sentence"])])
        for row in told[:MOST_REASONS]
    ]
    rest = len(told) - len(body)
    note = f"the first {len(body)} of {len(told)}" if rest else "part, receipt, rule"
    content = html.Ul(body, className="told") if body else empty("Nothing to explain.")
    return panel("Why, in a sentence", note, content)


def clear_to_build(sites: Sequence[Site]) -> html.Section:
    """What could be built of the open orders, and the part that would unlock most."""
    builds = [build for site in sites for build in site.outlook["builds"]]
    note = "strict priority, whole racks"
    if not builds:
        return panel("Clear to build", note, empty("No open orders."))
    racks = sum(build["open_count"] for build in builds)
    now, fair = (sum(build[key] for build in builds) for key in ("buildable_now", "fair_share_now"))
    screws = sorted(
        (screw for site in sites for screw in site.outlook["golden_screws"]),
        key=lambda screw: -screw["racks_unlocked"],
    )
    lines = [
        html.P([html.B(count(now)), f" of {counted(racks, 'open rack')} can be built now"]),
        html.P(f"Shared out evenly instead of by priority: {count(fair)}", className="muted"),
        *(html.P([f"By {day_of(day)}: ", html.B(count(total))]) for day, total in _growth(builds)),
    ]
    unlock = [
        html.Li(
            [
                _part(screw["part"], screw["name"]),
                f" alone unlocks {counted(screw['racks_unlocked'], 'rack')}",
            ]
        )
        for screw in screws[:5]
    ]
    return panel("Clear to build", note, html.Div(lines, className="facts"),
                 html.Ul(unlock, className="told"))  # fmt: skip


def moves(found: Sequence[MoveShape], plants: Mapping[str, str]) -> html.Section:
    """What another plant can spare, net of its own need; what saves most racks first."""
    title, note = "Moves that would help", "net of the giving plant's own need"
    if not found:
        return panel(title, note, empty("No plant has parts to spare for these."))
    ranked = sorted(found, key=lambda move: -move["racks_saved"])[:MOST_REASONS]
    body = [html.Li([html.B(_way(move, plants)), html.Span(move["sentence"])]) for move in ranked]
    if len(found) > len(body):
        note = f"the best {len(body)} of {len(found)}, {note}"
    return panel(title, note, html.Ul(body, className="told"))


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
            _part(row.part["part"], row.part["name"]),
            html.Span(count(row.part["available_qty"]), className="number"),
            count(row.part["safety_qty"]),
            "—" if row.part["cover_days"] is None else f"{row.part['cover_days']:.1f}",
        ]
        for row in low[:MOST_REASONS]
    ]
    return panel("Below safety stock", f"{counted(len(low), 'part')}, {note}",
                 table(head, body, "Parts below safety stock", numbers=range(1, 4)))  # fmt: skip


def findings(sites: Sequence[Site], differing: Sequence[FindingShape]) -> html.Section:
    """Faults in the data that make something unknown; `differing` are between plants."""
    found = [(f"{site.plant['name']}: ", it) for site in sites for it in site.outlook["findings"]]
    found += [("", it) for it in differing]
    note = "what the numbers above leave out, and why"
    if not found:
        return panel("Faults in the data", note, empty("None found."))
    body = [
        html.Li([mark("hatch", it["kind"].replace("_", " "), "stale-outline"),
                 html.Span(f"{name}{it['sentence']}")])
        for name, it in found[:MOST_REASONS]
    ]  # fmt: skip
    rest = len(found) - len(body)
    more = [empty(f"{counted(rest, 'more finding')}: rackline check --data")] if rest else []
    return panel("Faults in the data", counted(len(found), "finding"),
                 html.Ul(body, className="told"), *more)  # fmt: skip


def _line(site: Site, by_case: dict[str, LineStopShape], now: datetime) -> list[Any]:
    any_case = next(iter(by_case.values()))
    name = f"{site.plant['name']} {any_case['name'] or any_case['line']}"
    unknown = any_case["cannot_tell"]
    if unknown:
        told: list[Any] = [mark("hatch", f"Cannot tell: {unknown}", "stale-outline")]
        return [html.B(name), *told, "", "", ""]
    held = by_case["promised"]
    risk = f"{count(held['racks_at_risk'])} racks, {megawatts(held['kw_at_risk'])}"
    cases = [_blockers(site, by_case[case], now) for case in CASES]
    return [html.B(name), *cases, risk if held["first"] else "—"]


def _blockers(site: Site, stop: LineStopShape, now: datetime) -> Any:
    first, second = stop["first"], stop["second"]
    if first is None:
        return mark("dot", "covered")
    at = datetime.fromisoformat(first["stops_at"])
    hours = (at - now).total_seconds() / 3600
    level = ("red" if hours < LIMITS.stop_red_hours else
             "amber" if hours < LIMITS.stop_amber_hours else "none")  # fmt: skip
    text = moment(first["stops_at"], site.plant, now) if hours > 0 else "Out now"
    parts: list[Any] = [
        html.Div([mark(SHAPES.get(level, "dot"), text, level), " ", first["name"] or first["part"]])
    ]
    if second:
        then = moment(second["stops_at"], site.plant, now)
        parts.append(
            html.Div(f"then {second['name'] or second['part']}, {then}", className="muted")
        )
    return html.Div(parts)


def _growth(builds: Sequence[BuildOutlookShape]) -> list[tuple[str, int]]:
    """(date, racks buildable by then, all builds) on the next days that bring more."""
    steps: dict[str, int] = defaultdict(int)
    for build in builds:
        held = build["buildable_now"]
        for day, racks in build["buildable_by"]:
            steps[day] += racks - held
            held = racks
    total, found = sum(build["buildable_now"] for build in builds), []
    for day in sorted(steps):
        if steps[day]:
            total += steps[day]
            found.append((day, total))
    return found[:4]


def _part(number: str, name: str) -> html.A:
    return html.A(name or number, href=address("/part/<number>", number=number), title=number)
