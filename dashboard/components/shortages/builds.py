"""What could be built of the open orders: in all, and order by order."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.shortages.lists import link
from dashboard.components.shortages.rows import ALL, Site
from dashboard.components.times import day_of
from dashboard.wording import NONE, count, counted
from db.domain.material.sentences import IF
from db.queries.outlook_shapes import BuildOutlookShape, Case

HEAD = ("Priority", "Work order", "Plant", "Line", "Product", "Racks", "Now", "By date",
        "First blocking parts", "Now, shared evenly")  # fmt: skip
NUMBERS = (0, 5, 6, 9)
MOST_ORDERS = 60
"""More are in the export, and found by the filters. They stand as a plain table: a grid built anew
was half of what a change of a filter cost a browser."""
MOST_DAYS, MOST_PARTS, MOST_GHOSTS = 3, 3, 5
UNTOLD = ("buildable_now", "fair_share_now", "racks_late")
KEPT = ("buildable_now", "fair_share_now")


def clear_to_build(sites: Sequence[Site], case: Case) -> html.Section:
    """What could be built of the open orders, and the part that would unlock most."""
    every = [build for site in sites for build in site.outlook["builds"]]
    builds = [build for build in every if not build["cannot_tell"]]
    note = f"strict priority, whole racks; {IF[case]}"
    if not every:
        return panel("Clear to build", note, empty("No open orders."))
    racks = sum(build["open_count"] for build in builds)
    now, fair = (sum(build[key] for build in builds) for key in ("buildable_now", "fair_share_now"))
    screws = sorted(
        (screw for site in sites for screw in site.outlook["golden_screws"]),
        key=lambda screw: -screw["racks_unlocked"],
    )
    lines = [
        html.P([html.B(count(now)), f" of {counted(racks, 'open rack')} can be built now"]),
        *_unclear(every),
        html.P(f"Shared out evenly instead of by priority: {count(fair)}", className="muted"),
        *(
            html.P([f"By {day_of(day)}: ", html.B(count(total))])
            for day, total in _growth(builds, case)
        ),
        *_floor(sites),
    ]
    unlock = [
        html.Li(
            [
                link(screw["part"], screw["name"]),
                f" alone unlocks {counted(screw['racks_unlocked'], 'rack')}",
            ]
        )
        for screw in screws[:5]
    ]
    return panel("Clear to build", note, html.Div(lines, className="facts"),
                 html.Ul(unlock, className="told"))  # fmt: skip


def _unclear(builds: Sequence[BuildOutlookShape]) -> list[html.P]:
    """How many racks are left out, and why."""
    racks: dict[str, int] = defaultdict(int)
    for build in builds:
        if build["cannot_tell"]:
            racks[build["cannot_tell"]] += build["open_count"]
    return [
        html.P(
            mark("hatch", f"Cannot tell for {counted(count, 'more rack')}: {why}", "stale-outline")
        )
        for why, count in racks.items()
    ]


def kept(build: BuildOutlookShape, case: Case, names: Sequence[str]) -> dict[str, Any]:
    """A build's columns in a case; the counts are no numbers where nothing can be told."""
    told: dict[str, Any] = {**build, **build["cases"][case]}
    found = {name: told[name] for name in names}
    if build["cannot_tell"]:
        found |= dict.fromkeys(set(UNTOLD) & set(names), NONE)
        found["best_action"] = f"cannot tell: {build['cannot_tell']}"
    return found


def _floor(sites: Sequence[Site]) -> list[html.P]:
    """What is kept for racks on the floor, and those that nothing is kept for."""
    found: list[html.P] = []
    for site in sites:
        racks, ghosts = site.outlook.get("floor_count", 0), site.outlook.get("ghosts", [])
        some = [part for part in site.outlook["parts"] if part.get("kept_qty", 0.0) > 0]
        if some:
            some.sort(key=lambda part: (part["cover_days"] is None, part["cover_days"] or 0.0))
            first = some[0]
            text = (
                f"{site.plant['name']}: {counted(len(some), 'part')} kept for "
                f"{counted(racks, 'rack')} on the floor, such as {count(first['kept_qty'])} "
                f"{first['name'] or first['part']}"
            )
            found.append(html.P(text))
        if ghosts:
            shown = ", ".join(ghosts[:MOST_GHOSTS]) + ("…" if len(ghosts) > MOST_GHOSTS else "")
            text = (
                f"{site.plant['name']}: nothing is kept for {counted(len(ghosts), 'rack')} that "
                f"stood still for over five times the usual: {shown}"
            )
            found.append(html.P(text, className="muted"))
    return found


def each_build(sites: Sequence[Site], line: str, case: Case) -> html.Section:
    """Every open order of the chosen line by priority, those that miss nothing too."""
    found = [
        _record(site, build, case)
        for site in sites
        for build in sorted(site.outlook["builds"], key=lambda build: build["priority"])
        if line in (ALL, build["line"])
    ]
    title = "Clear to build, order by order"
    if not found:
        return panel(title, "", empty("No open orders."))
    note = (
        f"{counted(len(found), 'open order')} by priority; {IF[case]}; "
        "the last column shares parts evenly instead"
    )
    rest = len(found) - MOST_ORDERS
    more = [empty(f"{counted(rest, 'more order')}: narrow the filters, or export.")]
    rows = table(HEAD, found[:MOST_ORDERS], title, NUMBERS)
    return panel(title, note, rows, *(more if rest > 0 else []), part="stacks")


def _record(site: Site, build: BuildOutlookShape, case: Case) -> list[Any]:
    names = {part["part"]: part["name"] for part in site.outlook["parts"]}
    blockers = [names.get(part) or part for part in build["blockers"][:MOST_PARTS]]
    told = kept(build, case, KEPT)
    return [
        str(build["priority"]), build["build"], site.plant["name"], build["line"],
        build["product"], count(build["open_count"]), str(told["buildable_now"]),
        _long(_by(build, case)), _long(", ".join(blockers) or NONE), str(told["fair_share_now"]),
    ]  # fmt: skip


def _long(text: str) -> html.Div:
    """The cells that may wrap; codes and names never do."""
    return html.Div(text, className="wraps")


def _by(build: BuildOutlookShape, case: Case) -> str:
    if build["cannot_tell"]:
        return f"cannot tell: {build['cannot_tell']}"
    if build["buildable_now"] >= build["open_count"]:
        return "all now"
    told = build["cases"][case]
    steps = [f"{racks} by {day_of(day)}" for day, racks in told["buildable_by"][:MOST_DAYS]]
    done = f"all by {day_of(told['complete_on'])}" if told["complete_on"] else ""
    return ", ".join([*steps, *([done] if done else [])]) or "no more in the plan"


def _growth(builds: Sequence[BuildOutlookShape], case: Case) -> list[tuple[str, int]]:
    """(date, racks buildable by then, all builds) on the next days that bring more."""
    steps: dict[str, int] = defaultdict(int)
    for build in builds:
        held = build["buildable_now"]
        for day, racks in build["cases"][case]["buildable_by"]:
            steps[day] += racks - held
            held = racks
    total, found = sum(build["buildable_now"] for build in builds), []
    for day in sorted(steps):
        if steps[day]:
            total += steps[day]
            found.append((day, total))
    return found[:4]
