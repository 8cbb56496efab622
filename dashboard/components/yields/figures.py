"""The four figures of the yield page, the sentence above them, and the rule below."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.address import State
from dashboard.components.marks import attributes, figure, mark
from dashboard.components.yields.state import link
from dashboard.wording import NONE, age, count, counted, noun, percent
from db.queries.alarm_shapes import AlarmShape
from db.queries.yield_shapes import KpiShape, YieldShape

HOURS_SAID = 72


def figures(page: YieldShape) -> list[html.Div]:
    """First-pass yield since the drop, when it began, what failed, what it cost."""
    kpis = page["kpis"]
    return [_yield(page, kpis), _began(page), _failed(page, kpis), _lost(kpis)]


def headline(page: YieldShape) -> list[Any]:
    """What dropped, in one sentence; nothing while nothing did."""
    drop = page["drop"]
    if drop is None:
        return []
    plate = mark("down", "Yield drop", "amber")
    return [html.P([plate, html.Span(drop["sentence"]), *_taken(drop)], className="banner amber")]


def _taken(drop: AlarmShape) -> list[Any]:
    if drop["state"] != "acknowledged":
        return []
    return [html.Span(f"taken on by {drop['acknowledged_by']}", className="muted")]


def _yield(page: YieldShape, kpis: KpiShape) -> html.Div:
    label = "First-pass yield since drop" if page["drop"] else "First-pass yield"
    whole = kpis["first_count"]
    if kpis["is_ratio_shown"]:
        value, unit = percent(kpis["first_passed_count"], whole).removesuffix("%"), "%"
    else:
        value, unit = (f"n = {whole}" if whole else "No data"), ""
    before = kpis["baseline_ratio"]
    if before is None:
        return figure(label, value, unit, "no earlier units to compare with")
    told = ["Mean ", html.B(_share(before)), f" over {counted(kpis['baseline_count'], 'unit')}"]
    return figure(label, value, unit, [*told, " before"])


def _began(page: YieldShape) -> html.Div:
    drop, kpis = page["drop"], page["kpis"]
    if drop is None:
        return figure("Drop began", "None", "", "no drop is open here")
    hours = kpis["began_hours_ago"] or 0.0
    ago = f"{count(hours)} h ago" if hours < HOURS_SAID else f"{age(hours * 3600)} ago"
    lead = f"{kpis['began_label']}, " if kpis["began_label"] else ""
    note = html.Span([lead, html.B(ago)], title=interval_words(page, drop))
    return figure("Drop began", when(drop["began_at"], page["zone"]), page["zone_label"], note)


def interval_words(page: YieldShape, drop: AlarmShape) -> str:
    """How sure the start of a drop is."""
    first, last = (when(at, page["zone"]) for at in drop["began_interval"])
    return f"with {drop['confidence']:.0%} confidence between {first} and {last}"


def _failed(page: YieldShape, kpis: KpiShape) -> html.Div:
    label = f"{page['unit_name'].capitalize()}s that failed"
    if not kpis["first_count"]:
        return figure(label, NONE, "", "no first verdict in this window")
    more = kpis["excess_failed"]
    if more is None:
        told: Any = "no baseline to expect from"
    else:
        word = "more" if more >= 0 else "fewer"
        told = [html.B(f"{'+' if more >= 0 else '−'}{abs(more):.1f}"), f" {word} than expected"]
    return figure(label, count(kpis["failed_count"]), f"of {count(kpis['first_count'])}", told)


def _lost(kpis: KpiShape) -> html.Div:
    label, hours = "Time lost to rework", kpis["lost_hours"]
    if hours is None:
        return figure(label, NONE, "", "nothing failed that is timed")
    racks, open_ = kpis["lost_racks"], kpis["open_count"]
    told: list[Any] = []
    if racks is not None:
        told = [html.B(f"{racks:.1f} racks"), " at test takt"]
    if open_:
        told += [", " if told else "", f"{count(open_)} still open"]
    return figure(label, count(hours), "h", told or "takt not known")


def rule_line(page: YieldShape, state: State) -> html.P:
    """By which rule the number counts, the alternative one tap away, and what is left out."""
    choices = [
        html.A("count by another rule", href=link(state, rule=rule["value"]), title=rule["label"],
               **attributes(data_stay="true"))
        for rule in page["other_rules"]
    ]  # fmt: skip
    parts: list[Any] = [page["rule_sentence"], " "]
    for choice in choices:
        parts += [choice, ". "]
    ended = page["others"]["no_verdict_count"]
    if ended:
        parts.append(f"{counted(ended, 'run')} ended without a verdict.")
    return html.P(parts, className="muted rule")


def when(at: str, zone: str) -> str:
    """Weekday and time on the plant's clock.

    >>> when("2026-11-18T00:00:00Z", "America/Chicago")
    'Tue 18:00'
    """
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%a %H:%M}"


def _share(ratio: float) -> str:
    """A ratio with one decimal; only a full score reads 100.0%."""
    return "99.9%" if 0.9995 <= ratio < 1 else f"{ratio:.1%}"


def racks(number: int | None, words: str) -> str:
    """So many racks, or that nobody knows.

    >>> racks(1, "in process"), racks(None, "shipped")
    ('1 rack in process', 'not known how many shipped')
    """
    if number is None:
        return f"not known how many {words}"
    return f"{count(number)} {noun(number, 'rack')} {words}"


def listed(texts: Sequence[str]) -> str:
    """Texts in a row, "a, b"."""
    return ", ".join(texts)
