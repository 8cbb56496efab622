"""What is foreseen, what was said in public, and what is missing: the words below the charts."""

from typing import Any

from dash import html

from dashboard.components.capacity.view import Site, View, day, number
from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.shortages.lists import folded
from dashboard.wording import counted, percent
from db.domain.capacity.forecast import Forecast

HALF = 0.5
HOW = (
    "The learning curve of earlier ramps over each week's working hours, holidays and clock "
    "changes in it; a plan, material or rating below it binds. 80 of 100 weeks should lie between "
    "the bounds."
)


def forecasts(view: View) -> html.Section:
    """The forecast of each product in words: next week, the last week told, its past error."""
    title = "Forecast, and how it did before"
    rows = [
        _forecast(site, one) for site in view.sites for one in site.held.forecasts if is_worth(one)
    ]
    if not rows:
        return panel(title, "", empty("No product has weeks of output to foresee from."))
    head = ["Plant", "Product", "Next week", "Last week told", "Limited by", "Past error",
            "Mean of last four weeks", "Inside", "Tested on"]  # fmt: skip
    how = html.P(HOW, className="nothing")
    note = "racks a week, with the bounds of an 80 % interval"
    return panel(title, note, table(head, rows, title, numbers=(5, 6, 7)), how)


def is_worth(one: Forecast) -> bool:
    """Whether any week of a forecast reads as more than 0 racks."""
    return any(week.racks >= HALF for week in one.weeks)


def _forecast(site: Site, one: Forecast) -> list[Any]:
    following = one.weeks[1] if len(one.weeks) > 1 else one.weeks[0]
    last, tested = one.weeks[-1], one.back_test
    return [
        site.plant["name"],
        one.product,
        _bounds(following.low, following.racks, following.high),
        f"{_bounds(last.low, last.racks, last.high)}, {day(last.week.first_on)}",
        ", ".join(dict.fromkeys(week.limited_by for week in one.weeks)),
        number(tested.error_racks, "racks"),
        number(tested.naive_error_racks, "racks"),
        percent(tested.covered_count, tested.count),
        _tested(one),
    ]


def _bounds(low: float | None, racks: float, high: float | None) -> str:
    middle = number(racks, "racks")
    if low is None or high is None:
        return f"{middle}, bounds not known"
    return f"{middle} ({number(low, 'racks')} to {number(high, 'racks')})"


def _tested(one: Forecast) -> str:
    if not one.back_test.count:
        return "too few weeks to say"
    weeks = counted(one.back_test.count, "week")
    if one.back_test.is_own:
        return f"{weeks} of its own"
    return f"{weeks} of {counted(one.ramp_count, 'earlier ramp')}"


def claims(view: View) -> html.Section:
    """What was said in public: with its date and source, and apart from every rating."""
    title, note = "Said in public, no rating of any plant", "nothing on this page is made of it"
    found = [(site, one) for site in view.sites for one in site.held.ledger.claims]
    if not found:
        return panel(title, note, empty("No claim is kept for the chosen plants."))
    rows = [
        [one.subject, site.plant["name"] if one.plant else "the whole company",
         f"{number(one.value, 'racks')} {one.unit}", str(one.said_on), one.source]
        for site, one in found
    ]  # fmt: skip
    head = ["Claim", "About", "Value", "Said on", "Source"]
    return panel(title, note, table(head, rows, title), part="wraps")


def findings(view: View) -> html.Section:
    """What is missing or odd in the data, and what that makes unknown."""
    title, note = "Faults in the data", "what is missing, and what it makes unknown"
    body = [
        html.Li([mark("hatch", kind.replace("_", " "), "stale-outline"), html.Span(text)])
        for kind, text in finding_rows(view)
    ]
    if not body:
        return panel(title, note, empty("Nothing found."))
    return panel(title, counted(len(body), "finding"), *folded(body))


def finding_rows(view: View) -> list[tuple[str, str]]:
    """Every finding of the chosen plants: its kind, and its sentence with the plant's name."""
    rows = [
        (one.kind, f"{site.plant['name']}: {one.sentence}")
        for site in view.sites
        for one in (*site.held.ledger.findings,
                    *(it for each in site.held.forecasts if is_worth(each) for it in each.findings))
    ]  # fmt: skip
    return list(dict.fromkeys(rows))


def reach(view: View) -> str:
    """How far material is known, plant by plant."""
    known = [
        f"{site.plant['name']} until {day(site.held.known_until)}"
        for site in view.sites
        if site.held.known_until
    ]
    rest = [site.plant["name"] for site in view.sites if not site.held.known_until]
    silent = f"; no outlook yet: {', '.join(rest)}" if rest else ""
    return f"Material is known for {', '.join(known) or 'no plant'}{silent}; after that headroom " \
        "looks at what was demonstrated alone."  # fmt: skip
