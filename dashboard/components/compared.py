"""How the sources compare with what is held: repairs, gaps and the overlap of each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import attributes, mark, since
from dashboard.components.panels import panel, table
from dashboard.wording import NONE, age, count, counted
from db.domain.clocks import GRAVE_MS, TOLD_MS
from db.queries.shapes import ClockShape, PlantShape, SourceShape

COLUMNS = (
    "Source", "Plant", "Overlap", "Days compared", "Last", "Put in", "Corrected", "Taken out",
    "Gaps",
)  # fmt: skip
EVERY_LOAD = "every load"
"""Said of sources that are read whole each time."""
WHY = (
    "A watermark cannot see rows committed late, changed in place or deleted. Counts and digests "
    "of each day are compared with the source; what differs is read again."
)
Named = Callable[[SourceShape], str]


def repaired_count(source: SourceShape) -> int:
    """Rows of the last 30 days that only a comparison found."""
    return sum(source["compared"]["repaired"]) if "compared" in source else 0


def sentence(source: SourceShape) -> str:
    """What comparisons repaired or left open, '' when there is nothing to say.

    >>> told = {"repaired": [2, 0, 1], "gap_count": 0, "message": "", "reconcile_days": 7}
    >>> sentence({"compared": told})
    'Comparing with the source in the last 30 days put in 2 rows, took out 1 row.'
    """
    told = source.get("compared")
    if told is None:
        return ""
    verbs = zip(("put in", "corrected", "took out"), told["repaired"], strict=True)
    done = ", ".join(f"{verb} {counted(number, 'row')}" for verb, number in verbs if number)
    parts = [
        f"Comparing with the source in the last 30 days {done}." if done else "",
        _gaps(told["gap_count"]),
        told["message"],
    ]
    return " ".join(part for part in parts if part)


def _gaps(day_count: int) -> str:
    if not day_count:
        return ""
    days = counted(day_count, "day")
    return f"Compared and in agreement: all but {days}; which: rackline reconcile --gaps."


def compared_panel(
    sources: Sequence[SourceShape],
    plants: Mapping[str, PlantShape],
    now: datetime,
    named: Named,
) -> html.Section:
    """Overlap, comparisons and repairs of every source; folded, for all is well on most days."""
    shown = sorted(
        (source for source in sources if "compared" in source),
        key=lambda it: (-it["compared"]["gap_count"], -repaired_count(it), it["code"]),
    )
    head = html.Tr([html.Th(name, scope="col") for name in COLUMNS])
    rows = [_row(it, plants, now, named) for it in shown]
    table = html.Table([html.Thead(head), html.Tbody(rows)])
    repaired = sum(map(repaired_count, shown))
    gaps = sum(it["compared"]["gap_count"] for it in shown)
    told = f"{counted(repaired, 'row')} repaired in 30 days, {counted(gaps, 'gap')}"
    scrolled = html.Div(
        table,
        className="scroll",
        tabIndex="0",
        role="region",
        **attributes(aria_label="Comparisons with the sources, scrolls sideways"),
    )
    head_line = html.Summary(
        [html.H2("Compared with the sources"), html.Span(told, className="muted")]
    )
    return html.Section(
        html.Details([head_line, html.P(WHY, className="muted"), scrolled]),
        className="panel compared",
    )


def _row(
    source: SourceShape, plants: Mapping[str, PlantShape], now: datetime, named: Named
) -> html.Tr:
    told = source["compared"]
    is_snapshot = not told["reconcile_days"]
    last = since(told["checked_at"], now) if told["checked_at"] else NONE
    put_in, corrected, taken_out = told["repaired"]
    cells: list[tuple[Any, str]] = [
        (html.B(named(source)), ""),
        (plants[source["plant"]]["name"], "muted"),
        (age(told["overlap_seconds"]) if told["overlap_seconds"] else "none", "number muted"),
        (EVERY_LOAD if is_snapshot else count(told["day_count"]), "number"),
        (NONE if is_snapshot else last, "number"),
        *((count(number) if number else NONE, "number") for number in (put_in, corrected)),
        (count(taken_out) if taken_out else NONE, "number"),
        (count(told["gap_count"]) if told["gap_count"] else NONE, "number"),
    ]
    return html.Tr([html.Td(value, className=name or None) for value, name in cells])


def drift_panel(
    sources: Sequence[SourceShape], plants: Mapping[str, PlantShape], now: datetime, named: Named
) -> list[html.Section]:
    """Columns that came, went or changed their kind; nothing when none did."""
    changes = [(source, one) for source in sources for one in source.get("drift", [])]
    if not changes:
        return []
    rows = [
        [
            html.B(one["column"]),
            f"{one['what']} ({one['kind']})" if one["kind"] else one["what"],
            named(source),
            plants[source["plant"]]["name"],
            since(one["at"], now),
        ]
        for source, one in changes
    ]
    head = ("Column", "What", "Source", "Plant", "Age")
    note = "new columns are not mapped and lose nothing; a mapped one that is gone stops its feed"
    label = "Columns that changed in the last 30 days"
    return [panel(label, note, table(head, rows, label, numbers=(4,)), part="wraps")]


def clock_panel(
    clocks: Mapping[str, Sequence[ClockShape]], plants: Mapping[str, PlantShape], now: datetime
) -> list[html.Section]:
    """Stations whose clocks are a minute or more from the others'; nothing when none is."""
    off = [
        (plant, one)
        for plant, found in clocks.items()
        for one in found
        if abs(one["skew_ms"]) >= TOLD_MS
    ]
    if not off:
        return []
    rows = [
        [
            mark("triangle", "wrong hours", "amber")
            if abs(one["skew_ms"]) >= GRAVE_MS and not one["correction"]
            else mark("ring", "off", "outline"),
            html.B(one["station"]),
            _off(one["skew_ms"]),
            _kept(one, now),
            plants[plant]["name"],
            one["source"].partition(".")[2].replace("_", " "),
            since(one["estimated_at"], now),
        ]
        for plant, one in off
    ]
    head = ("State", "Station", "Its clock is", "Its times are", "Plant", "Source", "Estimated")
    note = (
        "from how old each station's records are when they come; a corrected record keeps the time "
        "it was sent with beside it"
    )
    label = "Station clocks"
    return [panel(label, note, table(head, rows, label, numbers=(6,)), part="wraps")]


def _off(skew_ms: int) -> str:
    """How far a clock is off.

    >>> _off(-660_000)
    '11 min behind'
    """
    return f"{age(abs(skew_ms) / 1000)} {'ahead' if skew_ms > 0 else 'behind'}"


def _kept(one: ClockShape, now: datetime) -> Any:
    """What becomes of the times the station sends."""
    held = one["correction"]
    if held is None:
        return "kept as sent"
    return [f"corrected as {_off(held['skew_ms'])} for ", since(held["from_at"], now)]
