"""Data health: every source with its state first, problems in plain words, history's progress."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.components.marks import attributes, figure, mark, progress, since
from dashboard.wording import NONE, age, count
from db.queries.shapes import HealthShape, PlantShape, SourceShape

FEEDS = {
    "unit_step": "Production steps",
    "test_run": "Test results",
    "defect": "Defects",
    "genealogy": "Genealogy",
    "station_state": "Station states",
    "build": "Build orders",
    "part": "Part master",
    "lot": "Lots",
    "stock": "Inventory",
    "receipt": "Receipts",
    "bom": "Bill of materials",
    "plan_hour": "Hourly plan",
    "demand": "Demand",
}
"""Feed → what people call it."""
COLUMNS = (
    "State", "Source", "Plant", "Last good load", "Lag", "Allowed", "Rows, last day", "Held", "Runs"
)  # fmt: skip
HELD_SHARE = 0.005
"""Rows held for review, against the rows of the last day, from which a source needs action."""
LOUD = frozenset({"red", "stale", "amber"})
ORDER = {"red": 0, "stale": 1, "amber": 2, "none": 3, "outline": 4}

Plants = Mapping[str, PlantShape]


def health_page(healths: Sequence[HealthShape], plants: Plants, now: datetime) -> list[Any]:
    """The whole content of the page, or what to do when nothing is configured."""
    sources = [source for health in healths for source in health["sources"]]
    if not sources:
        text = "No source has been configured yet. Run: rackline check"
        return [html.P(text, className="empty")]
    ranked = sorted(sources, key=lambda source: (ORDER[_plate(source)], source["code"]))
    problems = [problem(source, plants, now) for source in ranked if _plate(source) in LOUD]
    loading = [
        backfill(plants[code]["name"], shape)
        for health in healths
        for code, shape in health["backfills"].items()
        if not shape["is_complete"]
    ]
    return [
        html.Div(_figures(sources, plants, now), className="figures"),
        _table(ranked, plants, now),
        html.Div([*loading, *problems], className="cards"),
    ]


def worst_state(healths: Sequence[HealthShape], now: datetime) -> Any:
    """State of the worst source, for the head of the page."""
    sources = [source for health in healths for source in health["sources"]]
    worst = min(sources, key=lambda source: ORDER[_plate(source)], default=None)
    return _state(worst, now) if worst else ""


def _figures(sources: Sequence[SourceShape], plants: Plants, now: datetime) -> list[html.Div]:
    on_time = [source for source in sources if source["level"] == "ok"]
    loaded = [source for source in sources if source["last_success_at"]]
    oldest = min(loaded, key=lambda source: source["last_success_at"] or "", default=None)
    held = sum(source["quarantined_count"] for source in sources)
    worst = max(sources, key=lambda source: source["quarantined_count"])
    needing = sum(_plate(source) in LOUD for source in sources)
    return [
        figure("Sources on time", len(on_time), f"of {len(sources)}", f"{needing} need action"),
        figure(
            "Oldest load",
            since(oldest["last_success_at"], now) if oldest else NONE,
            "",
            _called(oldest, plants) if oldest else "nothing loaded yet",
        ),
        figure("Rows loaded, last day", count(sum(s["rows_last_day"] for s in sources)), "", ""),
        figure(
            "Rows held for review",
            count(held),
            "",
            f"{count(worst['quarantined_count'])} from {_called(worst, plants)}"
            if held
            else "none",
        ),
    ]


def _called(source: SourceShape, plants: Plants) -> str:
    return f"{plants[source['plant']]['name']} {FEEDS.get(source['feed'], source['feed']).lower()}"


def _plate(source: SourceShape) -> str:
    if source["level"] == "off":
        return "outline"
    if source["state"] in ("refused", "changed"):
        return "red"
    if source["level"] in ("stale", "missing"):
        return "stale"
    held_share = source["quarantined_count"] / max(1, source["rows_last_day"])
    if source["failure_count"] or held_share > HELD_SHARE:
        return "amber"
    return "none"


def _state(source: SourceShape, now: datetime) -> html.Span:
    plate = _plate(source)
    if source["level"] == "missing" and plate == "stale":
        return mark("hatch", "no data yet", plate)
    told: dict[str, tuple[str, Any]] = {
        "outline": ("ring", "off"),
        "red": ("square", source["state"]),
        "stale": ("hatch", ["stale ", since(source["last_success_at"], now)]),
        "amber": ("triangle", _amber_words(source)),
        "none": ("dot", "ok"),
    }
    return mark(*told[plate], plate)


def _amber_words(source: SourceShape) -> str:
    if source["failure_count"]:
        return f"failed ×{source['failure_count']}"
    return f"{count(source['quarantined_count'])} held"


def _table(sources: Sequence[SourceShape], plants: Plants, now: datetime) -> html.Section:
    head = html.Tr([html.Th(name, scope="col") for name in COLUMNS])
    return html.Section(
        [
            html.Header(
                [html.H2("Sources"), html.Span("times in each plant's zone", className="muted")]
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
        ],
        className="panel",
    )


def _row(source: SourceShape, plants: Plants, now: datetime) -> html.Tr:
    plant = plants[source["plant"]]
    held = count(source["quarantined_count"])
    cells: list[tuple[Any, str]] = [
        (_state(source, now), ""),
        (html.B(FEEDS.get(source["feed"], source["feed"])), ""),
        (plant["name"], "muted"),
        (local_time(source["last_success_at"], plant), ""),
        (since(source["last_success_at"], now), "number"),
        (age(source["allowed_lag_seconds"]), "number muted"),
        (count(source["rows_last_day"]), "number"),
        (html.Span(held, title=source["top_reason"] or None), "number"),
        (_strip(source["runs"]), ""),
    ]
    return html.Tr([html.Td(value, className=name or None) for value, name in cells])


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
    good = source["last_success_at"]
    still = (
        f"The data of {local_time(good, plant)} stays on screen, marked with its age."
        if good
        else "Nothing has been loaded yet; the screens say so."
    )
    parts: list[Any] = [html.P(_happened(source, plant)), html.P(still)]
    if source["quarantined_count"]:
        reason = (
            f", mostly: {source['top_reason'].replace('_', ' ')}" if source["top_reason"] else ""
        )
        text = (
            f"{count(source['quarantined_count'])} rows are held{reason}. "
            "The others are loaded. Look: rackline quarantine list"
        )
        parts = [html.P(text)] if _plate(source) == "amber" else [*parts, html.P(text)]
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
