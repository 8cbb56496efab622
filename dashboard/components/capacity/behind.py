"""What stands behind the figures of a week: demand, what was made, every limit; and options."""

from typing import Any

from dash import html

from dashboard.components.capacity.view import View, day, number
from dashboard.components.panels import empty, panel, table

MOST_LIMITS, MOST_OPTIONS = 4, 8
HONOUR = {True: "yes", False: "no, too little room", None: "cannot tell"}


def behind(view: View) -> list[Any]:
    """The rows behind the week that is looked at: demand, what was made, every limit."""
    week = f"week of {day(view.first_on(view.chosen))}" if view.chosen else "no week"
    return [_demand(view, week), *_made(view, week), _resources(view, week)]


def demand_rows(view: View) -> list[list[Any]]:
    """Demand due in the week: plant, key, customer, product, kind, racks, due, open until."""
    found = []
    for site in view.sites:
        for one in site.held.ledger.weeks:
            if one.week.label == view.chosen:
                found += [
                    [site.plant["name"], row.key, row.customer, row.product, row.kind,
                     row.rack_count, row.due_on, row.expires_on]
                    for row in site.held.facts.demand
                    if 0 <= (row.due_on - one.week.first_on).days < 7
                ]  # fmt: skip
    return found


def _demand(view: View, week: str) -> html.Section:
    rows = demand_rows(view)
    title, note = f"Wanted, {week}", "firm and commitment are obligations; nothing else is"
    if not rows:
        return panel(title, note, empty("No demand is due in this week."))
    head = ["Plant", "Demand", "Customer", "Product", "Kind", "Racks", "Due", "Open until"]
    body = [[*row[:5], number(row[5], "racks"), str(row[6]), str(row[7] or "—")] for row in rows]
    return panel(title, note, table(head, body, title, numbers=(5,)))


def _made(view: View, week: str) -> list[html.Section]:
    """What a week that has begun has made."""
    title = f"Made and shipped, {week}"
    rows = [
        [site.plant["name"], row.product, number(row.good_count, "racks"),
         "not known" if row.shipped_count is None else number(row.shipped_count, "racks")]
        for site in view.sites
        for one in site.held.ledger.weeks
        if one.week.label == view.chosen
        for row in site.held.facts.outputs
        if row.first_on == one.week.first_on
    ]  # fmt: skip
    note = "first completions of the output and the shipping operation"
    head = ["Plant", "Product", "Made", "Shipped"]
    return [panel(title, note, table(head, rows, title, (2, 3)))] if rows else []


def _resources(view: View, week: str) -> html.Section:
    """The tightest limits of each plant with their arithmetic."""
    title = f"What each resource allows, {week}"
    rows = [row[:4] for row in limit_rows(view) if row[5] <= MOST_LIMITS]
    if not rows:
        return panel(title, "", empty("No station, slot, power or labour is rated in this week."))
    head = ["Plant", "Resource", "Racks", "How"]
    body = [[row[0], row[1], number(row[2], "racks"), row[3]] for row in rows]
    note = f"the tightest {MOST_LIMITS} of each plant"
    return panel(title, note, table(head, body, title, numbers=(2,)))


def limit_rows(view: View) -> list[list[Any]]:
    """Every limit of the week: plant, resource, racks, arithmetic, evidence, rank."""
    return [
        [site.plant["name"], one.name, one.racks, one.reason, one.evidence, rank]
        for site in view.sites
        for rank, one in enumerate(site.held.ledger.limits.get(view.chosen, ()), 1)
    ]


def options(view: View) -> html.Section:
    """Options that could still be exercised, and whether what earlier ones leave is enough."""
    title, note = "Options, and whether they could be honoured", "never added to what is committed"
    rows = [
        [site.plant["name"], one.key, one.customer, one.product, number(one.racks, "racks"),
         str(one.due_on), str(one.expires_on or "no expiry given"), HONOUR[one.is_honourable]]
        for site in view.sites
        for one in site.held.ledger.options
    ]  # fmt: skip
    if not rows:
        return panel(title, note, empty("No option is open."))
    head = ["Plant", "Option", "Customer", "Product", "Racks", "Due", "Open until", "Honoured?"]
    shown: list[Any] = [table(head, rows[:MOST_OPTIONS], title, numbers=(4,))]
    if more := rows[MOST_OPTIONS:]:
        fold = [html.Summary(f"Show {len(more)} more"), table(head, more, f"more {title}", (4,))]
        shown.append(html.Details(fold))
    return panel(title, note, *shown)
