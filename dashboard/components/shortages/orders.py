"""Work orders that will miss their date, the most racks late first."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.panels import empty, grid, panel
from dashboard.components.shortages.builds import kept
from dashboard.components.shortages.rows import Row, Site
from dashboard.components.times import local, on_day
from dashboard.wording import NONE, counted
from db.domain.material.sentences import IF
from db.queries.outlook_shapes import BuildOutlookShape, Case

COLUMNS: list[dict[str, Any]] = [
    {"field": "build", "headerName": "Work order", "pinned": "left", "width": 112},
    {"field": "blocked_by", "headerName": "Blocked by", "flex": 3, "minWidth": 150, "filter": True,
     "wrapText": True, "autoHeight": True},
    {"field": "plant", "headerName": "Plant", "flex": 1, "minWidth": 140, "filter": True},
    {"field": "line", "headerName": "Line", "width": 72},
    {"field": "product", "headerName": "Product", "width": 100},
    {"field": "open_count", "headerName": "Racks", "type": "rightAligned", "width": 80},
    {"field": "buildable_now", "headerName": "Buildable", "type": "rightAligned", "width": 100},
    {"field": "due", "headerName": "Due", "width": 112, "sortable": False},
    {"field": "racks_late", "headerName": "Racks late", "type": "rightAligned", "width": 126,
     "sort": "desc"},
    {"field": "best_action", "headerName": "Best action", "flex": 4, "minWidth": 190,
     "wrapText": True, "autoHeight": True},
]  # fmt: skip
KEPT = ("build", "line", "product", "open_count", "buildable_now", "racks_late")


def orders(sites: Sequence[Site], rows: Sequence[Row], line: str, case: Case) -> html.Section:
    """The open orders of the chosen line that parts make late in a case, as far as `rows` block
    them."""
    builds = [
        (site, build)
        for site in sites
        for build in site.outlook["builds"]
        if line in ("all", build["line"])
    ]
    chosen = {(row.plant["code"], row.part["part"]) for row in rows}
    late = [
        _record(site, build, case)
        for site, build in builds
        if build["cases"][case]["racks_late"]
        and any((site.plant["code"], part) in chosen for part in build["blockers"])
    ]
    unclear = [_record(site, build, case) for site, build in builds if build["cannot_tell"]]
    note = f"{len(late)} of {counted(len(builds), 'open order')}; {IF[case]}"
    note += f"; of {len(unclear)} nothing can be told" if unclear else ""
    if not late and not unclear:
        return panel("Work orders that will miss", note, empty("None, as far as parts go."))
    late.sort(key=lambda record: -record["racks_late"])
    return panel(
        "Work orders that will miss",
        note,
        grid("shortages-orders", COLUMNS, [*late, *unclear], "key"),
    )


def _record(site: Site, build: BuildOutlookShape, case: Case) -> dict[str, Any]:
    names = {part["part"]: part["name"] for part in site.outlook["parts"]}
    blockers = [names.get(part) or part for part in build["blockers"]]
    due = on_day(local(build["due_at"], site.plant).date()) if build["due_at"] else NONE
    return {
        "key": f"{site.plant['code']}/{build['build']}",
        "plant": site.plant["name"],
        "blocked_by": ", ".join(blockers) or NONE,
        "due": due,
        "due_at": build["due_at"] or "9",
        "best_action": build["cases"][case]["best_action"] or "none yet",
    } | kept(build, case, KEPT)
