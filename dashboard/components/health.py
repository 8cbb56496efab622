"""Data health: every source with its state first, problems in plain words, history's progress."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.components.compared import (
    clock_panel,
    compared_panel,
    drift_panel,
    repaired_count,
    sentence,
)
from dashboard.components.marks import attributes, figure, mark, progress, seconds_since, since
from dashboard.components.panels import panel
from dashboard.wording import FEEDS, NO_DATA_YET, NONE, WAITING, age, count, counted
from db.queries.shapes import ClockShape, HealthShape, PlantShape, SourceShape

COLUMNS = (
    "State", "Source", "Plant", "Lag", "Held", "Last good load", "Allowed", "Rows, last day", "Runs"
)  # fmt: skip
"""What matters most comes first: narrow screens scroll to the rest."""
HELD_SHARE = 0.005
"""Rows held for review, against the rows of the last day, from which a source needs action."""
KINDS = {
    "stopped": "red", "stale": "stale", "held": "amber", "degraded": "amber",
    "waiting": "stale-outline", "retrying": "outline", "ok": "none", "off": "outline",
}  # fmt: skip
"""What a source is, the worst first → its plate."""
ORDER = {kind: rank for rank, kind in enumerate(KINDS)}
ACTION = frozenset({"stopped", "stale", "held", "degraded"})
"""A person is needed. A degraded source loads, and says what weakens it. One that fails within its
allowed lag tries again by itself."""

Plants = Mapping[str, PlantShape]


def health_page(healths: Sequence[HealthShape], plants: Plants, now: datetime) -> list[Any]:
    """The whole content of the page, or what to do when nothing is configured."""
    sources = [source for health in healths for source in health["sources"]]
    if not sources:
        text = "No source has been configured yet. Run: rackline check"
        return [html.P(text, className="empty")]
    ranked = sorted(sources, key=lambda source: (ORDER[_kind(source, now)], source["code"]))
    problems = [problem(source, plants, now) for source in ranked if _kind(source, now) in ACTION]
    loading = [
        backfill(plants[code]["name"], shape)
        for health in healths
        for code, shape in health["backfills"].items()
        if not shape["is_complete"]
    ]
    faults = [
        outlook_fault(plants[code]["name"], why)
        for health in healths
        for code, why in health.get("outlook_faults", {}).items()
    ]
    return [
        html.Div(_figures(sources, plants, now), className="figures"),
        html.Div([*loading, *faults, *problems], className="cards"),
        _table(ranked, plants, now),
        *clock_panel(_clocks(healths), plants, now),
        *_serials(healths, plants),
        *drift_panel(ranked, plants, now, _feed),
        *([compared_panel(ranked, plants, now, _feed)] if _is_compared(ranked) else []),
    ]


def worst_state(healths: Sequence[HealthShape], now: datetime) -> Any:
    """State of the worst source, for the head of the page."""
    sources = [source for health in healths for source in health["sources"]]
    worst = min(sources, key=lambda source: ORDER[_kind(source, now)], default=None)
    return _state(worst, now) if worst else ""


def _figures(sources: Sequence[SourceShape], plants: Plants, now: datetime) -> list[html.Div]:
    enabled = [source for source in sources if source["level"] != "off"]
    on_time = [source for source in enabled if source["level"] == "ok"]
    loaded = [source for source in sources if source["last_success_at"]]
    timely = figure(
        "Sources on time", len(on_time), f"of {len(enabled)}", _standing(enabled, loaded, now)
    )
    if not loaded:
        labels = ("Oldest load", "Rows loaded, last day", "Rows held for review")
        return [timely, *(figure(label, NO_DATA_YET, "", WAITING) for label in labels)]
    oldest = min(loaded, key=lambda source: source["last_success_at"] or "")
    held = sum(source["quarantined_count"] for source in sources)
    worst = max(sources, key=lambda source: source["quarantined_count"])
    rows = sum(source["rows_last_day"] for source in sources)
    mended = f"{count(sum(map(repaired_count, sources)))} repaired by comparison in 30 days"
    held_from = f"{count(worst['quarantined_count'])} from {_called(worst, plants)}"
    return [
        timely,
        figure("Oldest load", since(oldest["last_success_at"], now), "", _called(oldest, plants)),
        figure("Rows loaded, last day", count(rows), "", mended),
        figure("Rows held for review", count(held), "", held_from if held else "none"),
    ]


def _standing(enabled: Sequence[SourceShape], loaded: Sequence[Any], now: datetime) -> str:
    kinds = Counter(_kind(source, now) for source in enabled)
    needing = sum(kinds[kind] for kind in ACTION)
    if not loaded and not needing:
        return WAITING
    parts = [
        f"{needing} {'needs' if needing == 1 else 'need'} action"
        if needing
        else "none needs action",
        f"{kinds['retrying']} retrying" if kinds["retrying"] else "",
        f"{kinds['waiting']} {WAITING}" if kinds["waiting"] else "",
    ]
    return ", ".join(part for part in parts if part)


def _clocks(healths: Sequence[HealthShape]) -> dict[str, list[ClockShape]]:
    return {plant: one for health in healths for plant, one in health.get("clocks", {}).items()}


def _serials(healths: Sequence[HealthShape], plants: Plants) -> list[html.Section]:
    """Serials that several units had, or may have had; nothing when none is known."""
    told = [
        html.Li([html.B(plants[plant]["name"]), f" {sentence}."])
        for health in healths
        for plant, sentences in health.get("serials", {}).items()
        for sentence in sentences
    ]
    if not told:
        return []
    note = "each unit counts by itself, under a serial with ~ and a number from the second on"
    return [panel("Serials used again", note, html.Ul(told, className="told"))]


def _is_compared(sources: Sequence[SourceShape]) -> bool:
    return any("compared" in source for source in sources)


def _feed(source: SourceShape) -> str:
    return FEEDS.get(source["feed"], source["feed"])


def _called(source: SourceShape, plants: Plants) -> str:
    return f"{plants[source['plant']]['name']} {FEEDS.get(source['feed'], source['feed']).lower()}"


def _kind(source: SourceShape, now: datetime) -> str:
    level = source["level"]
    is_waiting = level == "missing" and not _failing_too_long(source, now)
    tests = {
        "off": level == "off",
        "stopped": source["state"] in ("refused", "changed"),
        "waiting": is_waiting,
        "stale": level in ("missing", "stale"),
        "held": source["quarantined_count"] > HELD_SHARE * max(1, source["rows_last_day"]),
        "retrying": source["failure_count"] > 0,
        "degraded": bool(source["message"]),
    }
    return next((kind for kind, is_so in tests.items() if is_so), "ok")


def _failing_too_long(source: SourceShape, now: datetime) -> bool:
    failing = seconds_since(source["state_since_at"], now) if source["failure_count"] else None
    return failing is not None and failing > source["allowed_lag_seconds"]


def _state(source: SourceShape, now: datetime, next_try: str = "") -> html.Span:
    kind = _kind(source, now)
    never = source["last_success_at"] is None
    told: dict[str, tuple[str, Any]] = {
        "off": ("ring", "off"),
        "stopped": ("square", source["state"]),
        "stale": (
            "hatch",
            NO_DATA_YET if never else ["stale ", since(source["last_success_at"], now)],
        ),
        "waiting": ("hatch", NO_DATA_YET),
        "held": ("triangle", f"{count(source['quarantined_count'])} held"),
        "degraded": ("triangle", "degraded"),
        "retrying": ("ring", f"retrying ×{source['failure_count']}{next_try}"),
        "ok": ("dot", "ok"),
    }
    return mark(*told[kind], KINDS[kind])


def _table(sources: Sequence[SourceShape], plants: Plants, now: datetime) -> html.Section:
    head = html.Tr([html.Th(name, scope="col") for name in COLUMNS])
    return html.Section(
        [
            html.Header(
                [
                    html.H2("Sources"),
                    html.Span("times in each plant's zone", className="muted zones"),
                    html.Span("scroll sideways for more →", className="muted more-right"),
                ]
            ),
            html.Div(
                html.Table(
                    [html.Thead(head), html.Tbody([_row(each, plants, now) for each in sources])]
                ),
                className="scroll",
                tabIndex="0",
                role="region",
                **attributes(aria_label="Sources, scrolls sideways"),
            ),
            _legend(),
        ],
        className="panel",
    )


def _legend() -> html.P:
    told = {"ok": "ok", "partial": "some rows held", "failed": "failed"}
    marks = [part for run, text in told.items() for part in (html.I(className=run), f"{text} ")]
    return html.P(["Runs, the newest on the right: ", *marks], className="runs-legend muted")


def _row(source: SourceShape, plants: Plants, now: datetime) -> html.Tr:
    plant = plants[source["plant"]]
    held = count(source["quarantined_count"])
    cells: list[tuple[Any, str]] = [
        (_state(source, now, _next_try(source, plant)), ""),
        (html.B(FEEDS.get(source["feed"], source["feed"])), ""),
        (plant["name"], "muted"),
        (since(source["last_success_at"], now), "number"),
        (html.Span(held, title=source["top_reason"] or None), "number"),
        (local_time(source["last_success_at"], plant), "number"),
        (age(source["allowed_lag_seconds"]), "number muted"),
        (count(source["rows_last_day"]), "number"),
        (_strip(source["runs"]), ""),
    ]
    return html.Tr([html.Td(value, className=name or None) for value, name in cells])


def _next_try(source: SourceShape, plant: PlantShape) -> str:
    """How long the pause after failures lasts, in the plant's time."""
    at = local_time(source["next_attempt_at"], plant)
    return "" if at == NONE else f", next try {at[:5]}"


def local_time(at: str | None, plant: PlantShape) -> str:
    """An instant as the plant's own clock shows it, with the zone's label.

    >>> local_time("2026-11-22T20:26:48Z", {"zone": "America/Chicago", "zone_label": "CT"})
    '14:26:48 CT'
    """
    if at is None:
        return NONE
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(plant["zone"]))
    return f"{local:%H:%M:%S} {plant['zone_label']}"


def _strip(runs: Sequence[str]) -> html.Div:
    failed = sum(run == "failed" for run in runs)
    label = f"last {len(runs)} runs, {failed} failed" if runs else "no run yet"
    return html.Div(
        [html.I(className=run) for run in runs],
        className="runs",
        role="img",
        **attributes(aria_label=label),
    )


def problem(source: SourceShape, plants: Plants, now: datetime) -> html.Article:
    """What happened, what is still shown, and what comes next, in plain words."""
    plant = plants[source["plant"]]
    parts: list[Any] = _trouble(source, plant)
    if source["quarantined_count"]:
        parts.append(html.P(_held_back(source)))
    if told := sentence(source):
        parts.append(html.P(told))
    if source["next_attempt_at"] and source["level"] != "ok":
        text = f"Next try {local_time(source['next_attempt_at'], plant)}."
        parts.append(html.P(text, className="muted"))
    return html.Article(
        [
            html.Header([html.H2(_called(source, plants)), _state(source, now)]),
            *parts,
        ],
        className="card",
    )


def _trouble(source: SourceShape, plant: PlantShape) -> list[html.P]:
    """Why a source does not load and what stays of it, or what weakens one that does."""
    if source["level"] == "ok" and not source["failure_count"]:
        return [html.P(source["message"])] if source["message"] else []
    good = source["last_success_at"]
    still = (
        f"The data of {local_time(good, plant)} stays on screen, marked with its age."
        if good
        else "Nothing has been loaded yet; the screens say so."
    )
    return [html.P(_happened(source, plant)), html.P(still)]


def _held_back(source: SourceShape) -> list[Any]:
    reason = f", mostly: {source['top_reason'].replace('_', ' ')}" if source["top_reason"] else ""
    are = "is" if source["quarantined_count"] == 1 else "are"
    told = f"{counted(source['quarantined_count'], 'row')} {are} held{reason}. "
    href = f"/quarantine?plant={source['plant']}&feed={source['feed']}"
    return [f"{told}The others are loaded. ", html.A("Look at them, mend, read again", href=href)]


def _happened(source: SourceShape, plant: PlantShape) -> str:
    since_at = local_time(source["state_since_at"], plant)
    lead = {
        "refused": f"The plant's system has refused our credentials since {since_at}.",
        "changed": f"The source has changed its columns; this feed is stopped since {since_at}.",
        "retrying": f"The source has not answered since {since_at}.",
    }.get(source["state"], "")
    if not lead and source["level"] == "stale":
        lead = f"Nothing new within the allowed {age(source['allowed_lag_seconds'])}."
    return " ".join(part for part in (lead, source["message"]) if part)


def backfill(name: str, shape: Any) -> html.Article:
    """History loading in the background, safe to leave."""
    note = "Newest days first; charts fill in as days land."
    return html.Article(
        [html.Header(html.H2(f"Loading history: {name}")), progress(shape), html.P(note)],
        className="card",
    )


def outlook_fault(name: str, why: str) -> html.Article:
    """The newest material outlook could not be computed; what is shown instead."""
    note = "The last good outlook stays, with its age. Loads go on."
    return html.Article(
        [html.Header(html.H2(f"Material outlook not computed: {name}")), html.P(why), html.P(note)],
        className="card",
    )
