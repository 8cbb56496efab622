"""The sentence above the capacity page: which plant is short, by how much, from when, who has
room."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from dashboard.components.capacity.view import Site, Unit, View, amount, day, names, number
from dashboard.components.marks import mark
from db.domain.capacity.results import WeekLedger

LEAST = {"racks": 0.5, "mw": 0.05}
"""Less than this is no shortage: it would read as 0."""
PER = {"racks": "racks a week", "mw": "MW a week"}


class Short(NamedTuple):
    """A plant and its weeks to come that are short of what is committed."""

    site: Site
    weeks: Sequence[WeekLedger]


def shorts(sites: Sequence[Site]) -> list[Short]:
    """Plants that are short, the soonest first."""
    found = [Short(site, _short_weeks(site)) for site in sites]
    return sorted((one for one in found if one.weeks), key=lambda one: one.weeks[0].week.first_on)


def _short_weeks(site: Site) -> list[WeekLedger]:
    return [one for one in site.ahead if one.headroom and one.headroom.racks <= -LEAST["racks"]]


def verdict(view: View) -> list[Any]:
    """One sentence on the weeks to come, and one on plants of which nothing can be told."""
    blind = [site for site in view.sites if not any(one.headroom for one in site.ahead)]
    banners = []
    found = shorts(view.sites)
    if found:
        others = [site for site in view.sites if site not in [one.site for one in found]]
        parts = [part for one in found[:2] for part in _told(one, view.unit)]
        rest = len(found) - 2
        more = f"So {'is' if rest == 1 else 'are'} {rest} more. " if rest > 0 else ""
        text = [*parts, more, *_room(found, others, view.unit)]
        banners.append(_banner(mark("square", "Short", "red"), text, "red"))
    elif len(blind) < len(view.sites):
        banners.append(_banner(mark("dot", "Covered"), _covered(view), "none"))
    if blind:
        text = [f"{names(blind)}: no full week of output yet, so nothing can be said of what "
                "can be committed there."]  # fmt: skip
        banners.append(_banner(mark("hatch", "Cannot tell", "stale"), text, "stale"))
    return banners


def _told(one: Short, unit: Unit) -> list[Any]:
    lacks = [-value for week in one.weeks if (value := amount(week.headroom, unit)) is not None]
    if not lacks:  # MW of a product without nameplate power
        unit = "racks"
        lacks = [-week.headroom.racks for week in one.weeks if week.headroom]
    least, most = number(min(lacks), unit), number(max(lacks), unit)
    size = f"{least} to {most} {PER[unit]}" if least != most else f"{most} {PER[unit]}"
    last = "" if len(one.weeks) > 1 else " alone"
    first = day(one.weeks[0].week.first_on)
    when = f" short of its commitment from {first}" if not last else (
        f" short of its commitment in the week of {first}{last}")  # fmt: skip
    return [f"{one.site.plant['name']} is ", html.B(size), f"{when}. "]


def _room(found: Sequence[Short], others: Sequence[Site], unit: Unit) -> list[Any]:
    """What the other plants could take in every one of the short weeks."""
    if not others:
        return []
    labels = {week.week.label for one in found for week in one.weeks}
    by_week = [
        [one.headroom for site in others for one in site.ahead if one.week.label == label]
        for label in labels
    ]
    sums = [
        sum(max(0.0, amount(room, unit) or 0.0) for room in rooms) for rooms in by_week if rooms
    ]
    is_part = any(room is None or amount(room, unit) is None for rooms in by_week for room in rooms)
    who = f"{names(others)} together" if len(others) > 1 else names(others)
    least = min(sums, default=0.0)
    if least < LEAST[unit]:
        return [f"{who} {'have' if len(others) > 1 else 'has'} no room in those weeks."]
    words = html.B(f"at least {number(least, unit)}")
    unsure = ", as far as is known" if is_part else ""
    verb = "have" if len(others) > 1 else "has"
    return [f"{who} {verb} room for ", words, f" in each of those weeks{unsure}."]


def _covered(view: View) -> list[Any]:
    known = [one for one in view.ahead if one.headroom]
    least = min(known, key=lambda one: one.headroom.racks if one.headroom else 0.0)
    room = number(amount(least.headroom, view.unit), view.unit)
    week = day(view.first_on(least.label))
    unsure = "at least " if least.headroom and least.headroom.is_at_least else ""
    return [
        f"What is committed for the next {len(view.ahead)} weeks is covered by what was "
        "demonstrated. Least room is in the week of ", html.B(week), ": ",
        html.B(f"{unsure}{room} {PER[view.unit].split(' ', maxsplit=1)[0]}"), ".",
    ]  # fmt: skip


def _banner(plate: html.Span, text: Sequence[Any], kind: str) -> html.P:
    return html.P([plate, html.Span(list(text))], className=f"banner {kind}")
