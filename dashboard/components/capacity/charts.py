"""The chart of the chosen plants by week, and a small one of each plant."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from dash import html

from dashboard.address import State
from dashboard.components.capacity.verdict import shorts
from dashboard.components.capacity.view import (
    PER_WEEK,
    WORDS,
    Site,
    View,
    amount,
    day,
    foreseen,
    link,
    names,
    told,
)
from dashboard.components.marks import mark
from dashboard.components.panels import chart, panel, picture
from dashboard.figures.capacity import HEIGHT, SMALL_HEIGHT, Bar, weeks_chart
from db.domain.capacity.results import CompanyWeek, WeekLedger

Theme = Literal["dark", "light"]
Told = Mapping[str, tuple[float, float | None, float | None]]
KEYS = (
    ("shipped", "Shipped"),
    ("committed", "Committed"),
    ("optioned", "Option, may never be ordered"),
    ("demonstrated", "Demonstrated"),
    ("rated", "Rated"),
    ("foreseen", "Forecast, 80 % interval"),
)


def main_chart(view: View, state: State, theme: Theme) -> html.Section:
    """The sum of the chosen plants by week; a click on a week looks at it."""
    bars = bars_of(view, state, {one.label: one for one in view.total.weeks}, _sum_told(view))
    who = names(view.sites) if len(view.sites) == 1 else f"{len(view.sites)} plants"
    unit = WORDS[view.unit]
    title = f"{unit[0].upper()}{unit[1:]} per week, {who}"
    tools = picture("capacity-chart", "shipped_racks", "committed_racks", "optioned_racks",
                    "demonstrated_racks", "rated_racks", "forecast_racks")  # fmt: skip
    return panel(
        title,
        [f"{power(view.sites)} · {view.total.clock} · ", tools],
        legend(),
        chart("capacity-chart", weeks_chart(bars, unit, theme), _sentence(view), HEIGHT),
        part="capacity-chart",
    )


def legend() -> html.Div:
    """What the colours and lines of all charts on the page mean."""
    keys = [html.Span([html.I(className=f"key {name}"), text]) for name, text in KEYS]
    return html.Div(keys, className="legend capacity-keys")


def small_charts(view: View, state: State, theme: Theme) -> html.Div:
    """One chart for each plant: the sum hides a plant that is short. Scales differ, and say so."""
    short = {one.site.held.code: one.weeks[0] for one in shorts(view.sites)}
    return html.Div(
        [_small(view, site, state, theme, short.get(site.held.code)) for site in view.sites],
        className="smalls",
    )


def _small(
    view: View, site: Site, state: State, theme: Theme, first: WeekLedger | None
) -> html.Section:
    weeks = {one.week.label: one for one in site.held.ledger.weeks}
    bars = bars_of(view, state, weeks, foreseen(site))
    judged = mark("square", f"short from {day(first.week.first_on)}", "red") if first else (
        mark("dot", "covered") if any(one.headroom for one in site.ahead)
        else mark("hatch", "cannot tell", "stale-outline"))  # fmt: skip
    now = next(iter(site.ahead), None)
    sentence = (
        f"{site.plant['name']}: demonstrated {told(now.demonstrated if now else None, view.unit)} "
    )
    sentence += (
        f"{PER_WEEK[view.unit]}, committed now {told(now.committed if now else None, view.unit)}."
    )
    unit = WORDS[view.unit]
    return panel(
        site.plant["name"],
        judged,
        chart(f"capacity-{site.held.code}", weeks_chart(bars, unit, theme, is_small=True),
              sentence, SMALL_HEIGHT),
        part="capacity-small",
    )  # fmt: skip


def bars_of(
    view: View, state: State, weeks: Mapping[str, CompanyWeek | WeekLedger], ahead: Told
) -> list[Bar]:
    """A bar for each week shown; a week nothing is known of stays empty."""
    over = {one.label for one in view.past}
    found = []
    for span in view.weeks:
        one = weeks.get(span.label)
        if one is None:
            continue
        seen = _in_unit(view, ahead.get(span.label), one)
        found.append(
            Bar(
                span.label,
                span.first_on,
                span.label in over,
                amount(one.shipped, view.unit),
                amount(one.committed, view.unit) or 0.0,
                amount(one.optioned, view.unit) or 0.0,
                amount(one.rated, view.unit),
                amount(one.demonstrated, view.unit),
                *seen,
                is_short=span.label not in over and bool(one.headroom and one.headroom.racks < 0),
                is_chosen=view.is_named and span.label == view.chosen,
                href=link(state, week=span.label),
            )
        )
    return found


def _in_unit(
    view: View, racks: tuple[float, float | None, float | None] | None, one: Any
) -> tuple[float | None, float | None, float | None]:
    """Racks foreseen as the page's unit, at the power of the racks that were demonstrated."""
    if racks is None:
        return None, None, None
    shown = one.demonstrated
    if view.unit == "racks":
        each = 1.0
    elif shown is None or shown.mw is None or not shown.racks:
        return None, None, None
    else:
        each = shown.mw / shown.racks
    by: Callable[[float | None], float | None] = lambda n: None if n is None else n * each  # noqa: E731
    return by(racks[0]), by(racks[1]), by(racks[2])


def _sum_told(view: View) -> Told:
    """The forecasts of the plants added, bounds too; a week some do not foresee is left out."""
    each = [foreseen(site) for site in view.sites]
    labels = set.intersection(*(set(one) for one in each)) if each else set()
    found = {}
    for label in labels:
        rows = [one[label] for one in each]
        low, high = ([row[at] for row in rows] for at in (1, 2))
        found[label] = (sum(row[0] for row in rows), _sum(low), _sum(high))
    return found


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def power(sites: Sequence[Site]) -> str:
    """The nameplate power of each product made now, with the date it holds from."""
    facts = {
        one.product: one for site in sites for one in site.held.facts.products if one.kw is not None
    }
    if not facts:
        return "no nameplate kW is known"
    return ", ".join(
        f"{one.product} {one.kw:g} kW" + (f" since {one.kw_from_on}" if one.kw_from_on else "")
        for one in facts.values()
    )


def _sentence(view: View) -> str:
    """What the chart shows, for those who cannot see it."""
    last = next(iter(view.past[-1:]), None)
    week = view.by_label.get(view.chosen)
    unit = WORDS[view.unit]
    parts = [
        f"Shipped last week {told(last.shipped if last else None, view.unit)} {unit}",
    ]
    if week:
        parts += [
            f"demonstrated {told(week.demonstrated, view.unit)}",
            f"rated {told(week.rated, view.unit)}",
            f"committed in {view.chosen} {told(week.committed, view.unit)}",
            f"optioned {told(week.optioned, view.unit)}",
        ]
    return ", ".join(parts) + "."
