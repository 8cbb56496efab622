"""What limits each plant: the table people act on."""

from typing import Any

from dash import html

from dashboard.address import State
from dashboard.components.capacity.verdict import shorts
from dashboard.components.capacity.view import (
    PATH,
    PER_WEEK,
    Site,
    View,
    amount,
    day,
    link,
    number,
    told,
)
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import panel, table
from db.domain.capacity.constraint import constraint_of, tightest
from db.domain.capacity.results import WeekLedger

HEAD = ("Plant", "Rated", "Demonstrated", "Committed now", "Peak", "Peak vs. demonstrated",
        "Shortfall", "Constraint and evidence")  # fmt: skip
NUMBERS = frozenset(range(1, 5))


def limits(view: View, state: State) -> html.Section:
    """Each plant in one row; figures lead to the week they are of."""
    title = "What limits each plant"
    box = table(HEAD, [_row(view, site, state) for site in view.sites], title, NUMBERS)
    of = f"in the week of {day(view.first_on(view.chosen))}" if view.is_named else (
        "in each plant's tightest week")  # fmt: skip
    ask = html.A("What would help?", href=f"{PATH}/what-if")
    note = [f"{PER_WEEK[view.unit]}, {of} · ", ask]
    return panel(title, note, box, part="limits stacks")


def focus(view: View, site: Site) -> WeekLedger | None:
    """The week of a plant that is looked at: the one named, else its tightest."""
    named = [one for one in site.held.ledger.weeks if one.week.label == view.chosen]
    return named[0] if view.is_named and named else tightest(site.held.ledger.weeks)


def _row(view: View, site: Site, state: State) -> list[Any]:
    unit, week = view.unit, focus(view, site)
    name = html.B(f"{site.plant['name']}, {site.plant['state']}")
    if week is None:
        return [name, *["—"] * 6, "no week is known"]
    peak = max(site.ahead, key=lambda one: one.committed.racks, default=week)
    now = next(iter(site.ahead), week)
    return [
        name,
        told(week.rated, unit),
        told(week.demonstrated, unit),
        html.A(told(now.committed, unit), href=link(state, week=now.week.label), **STAY),
        html.A([told(peak.committed, unit), html.Small(f" {day(peak.week.first_on)}")],
               href=link(state, week=peak.week.label), **STAY),
        _bullet(view, peak),
        _shortfall(view, site),
        _constraint(view, site, week),
    ]  # fmt: skip


STAY = attributes(data_stay="true")


def _bullet(view: View, peak: WeekLedger) -> Any:
    """The committed peak as a bar, what was demonstrated as a tick across it."""
    wanted, shown = amount(peak.committed, view.unit), amount(peak.demonstrated, view.unit)
    if wanted is None or not shown:
        return "—"
    full = 1.15 * max(wanted, shown)
    said = f"{wanted / shown:.0%} of what was demonstrated"
    return html.Div(
        [html.I(className="fill", style={"width": f"{100 * wanted / full:.1f}%"}),
         html.I(className="tick", style={"left": f"{100 * shown / full:.1f}%"})],
        className="bullet", role="img", title=said, **attributes(aria_label=said),
    )  # fmt: skip


def _shortfall(view: View, site: Site) -> Any:
    found = shorts([site])
    if found:
        worst = min(found[0].weeks, key=lambda one: one.headroom.racks if one.headroom else 0.0)
        lack = number(amount(worst.headroom, view.unit), view.unit)
        return mark("square", f"{lack} / wk from {day(found[0].weeks[0].week.first_on)}", "red")
    if not any(one.headroom for one in site.ahead):
        return mark("hatch", "cannot tell", "stale-outline")
    return mark("dot", "covered")


def _constraint(view: View, site: Site, week: WeekLedger) -> list[Any]:
    found = constraint_of(site.held.ledger, week, site.held.blockers)
    racks = f", {number(found.racks, 'racks')} racks" if found.kind == "material" else ""
    if found.kind == "unknown":
        return [html.Div(mark("hatch", found.name, "stale-outline")), html.Div(found.evidence)]
    tip = attributes(title=found.reason)
    told_ = found.evidence or found.reason
    return [html.Div(f"{found.name}{racks}", **tip), html.Div(told_, className="muted", **tip)]
