"""What a scenario changes, side by side with how things stand: sentence, figures, plants, weeks."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components.capacity.changes import in_words
from dashboard.components.capacity.view import day, number, signed
from dashboard.components.marks import attributes, figure, mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.times import local, moment
from dashboard.wording import counted
from db.domain.capacity.constraint import tightest
from db.domain.capacity.levers import Lever
from db.domain.capacity.results import CompanyWeek
from db.domain.capacity.whatif import Answer, PlantAnswer, StopDelta
from db.queries.capacity_whatif import Standings
from db.queries.plants import iso
from db.queries.shapes import PlantShape

Plants = Mapping[str, PlantShape]
NOTHING = "Nothing is changed yet: both sides are how things stand. Add a change above."


def gained(found: Answer) -> float | None:
    """Racks more over all weeks ahead, at all plants; None when none can be told."""
    known = [one.racks_gained for one in found.plants if one.racks_gained is not None]
    return sum(known) if known else None


def verdict(found: Answer, plants: Plants) -> html.P:
    """One sentence: what the changes buy or cost, and whom they leave short."""
    if not found.scenario.changes:
        return html.P([mark("dot", "As it stands"), html.Span(NOTHING)], className="banner none")
    racks = gained(found)
    short = [
        plants[one.plant]["name"]
        for one in found.plants
        if any(w.headroom and w.headroom.racks <= -1 for w in one.after.ledger.weeks
               if not w.is_past)
    ]  # fmt: skip
    name = f"{found.scenario.name}: " if found.scenario.name else ""
    weeks = len(found.plants[0].weeks) if found.plants else 0
    size = "no more and no fewer racks" if not racks or abs(racks) < 1 else (
        f"{number(abs(racks), 'racks')} racks {'more' if racks > 0 else 'fewer'} in all"
        f"{_a_week(racks, weeks)}")  # fmt: skip
    rest = f"; short of their commitments then: {', '.join(short)}." if short else (
        "; every commitment is covered then.")  # fmt: skip
    text: list[Any] = [
        "what can be expected over the next ",
        f"{weeks} weeks is ",
        html.B(size),
        rest,
    ]
    plate = mark("square", "Short", "red") if short else mark("dot", "Covered")
    text[0] = name + text[0] if name else "What" + text[0][4:]
    return html.P([plate, html.Span(text)], className=f"banner {'red' if short else ''}")


def _a_week(racks: float | None, weeks: int) -> str:
    """Racks of some weeks as a week's, which is how people plan; "" where that rounds to none.

    >>> _a_week(361.0, 12), _a_week(0.2, 12)
    (', about 30 a week', '')
    """
    each = abs(racks or 0.0) / weeks if weeks else 0.0
    return f", about {number(each, 'racks')} a week" if each >= 0.5 else ""


def chips(found: Answer, standings: Standings, plants: Plants, without: Sequence[str]) -> html.Div:
    """Each change with a way to take it out: `without` are the addresses that lack it."""
    names = {code: plant["name"] for code, plant in plants.items()}
    return html.Div(
        [
            html.A(f"{in_words(change, standings, names)} ×", href=href, className="chip",
                   **attributes(data_stay="true"))
            for change, href in zip(found.scenario.changes, without, strict=True)
        ],
        className="chips",
    )  # fmt: skip


def figures(found: Answer, plants: Plants) -> list[html.Div]:
    """Racks gained, tightest week, first line stop, clear to build; each before and after."""
    racks, weeks = gained(found), len(found.plants[0].weeks) if found.plants else 0
    return [
        figure(f"Racks bought, next {weeks} weeks together", signed(racks, "racks"), "racks",
               f"of the least of rated, demonstrated and supported{_a_week(racks, weeks)}"),
        _room(found),
        _stop(found, plants),
        _clear(found),
    ]  # fmt: skip


def _tight(weeks: Sequence[CompanyWeek], ahead: Sequence[str]) -> CompanyWeek | None:
    known = [one for one in weeks if one.label in ahead and one.headroom]
    return min(known, key=lambda one: one.headroom.racks if one.headroom else 0.0, default=None)


def _room(found: Answer) -> html.Div:
    label = "Room in the tightest week, all plants"
    ahead = [delta.label for one in found.plants for delta in one.weeks]
    before, after = (_tight(it.weeks, ahead) for it in (found.before, found.after))
    if after is None or after.headroom is None:
        return figure(label, "Cannot tell", "", "nothing demonstrated yet")
    was = before.headroom.racks if before and before.headroom else None
    least = "at least " if after.headroom.is_at_least else ""
    return figure(label, f"{least}{number(after.headroom.racks, 'racks')}", "racks",
                  f"{after.label}; before {number(was, 'racks')}")  # fmt: skip


def _stop(found: Answer, plants: Plants) -> html.Div:
    label = "First line stop"
    stops = [(one.plant, stop) for one in found.plants for stop in one.stops]
    after = [(s.after.stops_at, p, s.after) for p, s in stops if s.after.stops_at]
    before = [(s.before.stops_at, p) for p, s in stops if s.before.stops_at]
    was = "before: none"
    if before:
        at, plant = min(before)
        was = f"before: {moment(iso(at), plants[plant], at)}, {plants[plant]['name']}"
    if not after:
        return figure(label, "No stop", "in the plan", was)
    at, plant, stop = min(after, key=lambda it: (it[0], it[1]))
    name = stop.name or stop.part or ""
    return figure(
        label,
        f"{local(iso(at), plants[plant]):%a %H:%M}",
        plants[plant]["zone_label"],
        f"{plants[plant]['name']}, {name}; {was}",
    )


def _clear(found: Answer) -> html.Div:
    before, after = (sum(one.buildable_now[at] for one in found.plants) for at in (0, 1))
    moved = f", {signed(after - before, 'racks')}" if after != before else ""
    note = f"before {number(before, 'racks')}{moved}"
    return figure("Clear to build now", number(after, "racks"), "racks", note)


def side_by_side(found: Answer, plants: Plants) -> html.Section:
    """Each plant before and after, with the difference."""
    head = ["Plant", "Racks bought", "Rated", "Demonstrated", "Room, tightest week",
            "First line stop", "Clear to build"]  # fmt: skip
    rows = [_plant(one, plants[one.plant]) for one in found.plants]
    note = "before, then after; difference in brackets"
    return panel("Side by side", note, table(head, rows, "Plants side by side", (1, 2, 3, 4, 6)))


def _plant(one: PlantAnswer, plant: PlantShape) -> list[Any]:
    before, after = (tightest(it.ledger.weeks) for it in (one.before, one.after))
    pairs = [
        tuple(None if (q := getattr(week, name) if week else None) is None else q.racks
              for week in (before, after))
        for name in ("rated", "demonstrated", "headroom")
    ]  # fmt: skip
    stops = [stop for stop in one.stops if stop.before.stops_at or stop.after.stops_at]
    return [
        html.B(plant["name"]),
        signed(one.racks_gained, "racks"),
        *(_pair(*pair) for pair in pairs),
        html.Div([html.Div(_stop_text(stop, plant)) for stop in stops]) if stops else "none",
        _pair(*one.buildable_now),
    ]


def _pair(before: float | None, after: float | None) -> str:
    """Two numbers and their difference, or one where nothing moved.

    >>> _pair(10, 10), _pair(10, 12), _pair(None, 3)
    ('10', '10, 12 (+2)', '—, 3')
    """
    told = [number(it, "racks") for it in (before, after)]
    if told[0] == told[1]:
        return told[1]
    if before is None or after is None:
        return ", ".join(told)
    return f"{told[0]}, {told[1]} ({signed(after - before, 'racks')})"


def _stop_text(stop: StopDelta, plant: PlantShape) -> str:
    before, after = (_at(it.stops_at, plant) for it in (stop.before, stop.after))
    if before == after:
        return f"{stop.line} {after}"
    moved = "" if stop.hours_later is None else f" ({_hours(stop.hours_later)})"
    return f"{stop.line} {before}, {after}{moved}"


def _at(at: Any, plant: PlantShape) -> str:
    return moment(iso(at), plant, at) if at else "no stop"


def _hours(hours: float) -> str:
    return f"{abs(hours):.0f} h {'later' if hours > 0 else 'earlier'}"


def by_week(found: Answer) -> html.Section:
    """All plants together, week by week: what is committed, and the room before and after."""
    ahead = {delta.label for one in found.plants for delta in one.weeks}
    starts = {
        week.week.label: week.week.first_on
        for one in found.plants
        for week in one.after.ledger.weeks
    }
    after = {one.label: one for one in found.after.weeks}
    rows = [
        [f"{one.label}, {day(starts[one.label])}", number(one.committed.racks, "racks"),
         _pair(*(None if it is None else it.racks
                 for it in (one.demonstrated, after[one.label].demonstrated))),
         _pair(*(None if it is None else it.racks
                 for it in (one.headroom, after[one.label].headroom)))]
        for one in found.before.weeks
        if one.label in ahead
    ]  # fmt: skip
    head = ["Week", "Committed before", "Expected of demonstrated", "Room"]
    return panel("Week by week, all plants", found.before.clock,
                 table(head, rows, "Weeks before and after", (1, 2, 3)))  # fmt: skip


def levers(
    found: Sequence[Lever], standings: Standings, plants: Plants, add: Sequence[str]
) -> html.Section:
    """Single changes, what buys most racks first; `add` are the addresses that add each. Those that
    buy none are folded away: as a row among others a 0 reads like an offer."""
    title, weeks = "Which single change buys the most racks", _weeks_ahead(standings)
    if not found:
        return panel(title, "", empty("No change could be asked of any plant."))
    note = f"racks more in the next {weeks} weeks together, each change alone; a click adds it"
    rows = [(one, html.Tr([html.Td(it) for it in _lever(one, href, standings, plants, weeks)]))
            for one, href in zip(found, add, strict=True)]  # fmt: skip
    buying = [row for one, row in rows if one.racks and one.racks >= 1]
    rest = [row for one, row in rows if not (one.racks and one.racks >= 1)]
    said = empty("No single change buys a rack: something else limits every plant.")
    body: list[Any] = [html.Table(html.Tbody(buying))] if buying else [said]
    if rest:
        lead = f"{counted(len(rest), 'other change')} buy{'s' if len(rest) == 1 else ''} no rack"
        body.append(html.Details([html.Summary(lead), html.Table(html.Tbody(rest))],
                                 className="folded"))  # fmt: skip
    return panel(
        title, note,
        html.Div(body, className="scroll levers", tabIndex="0", role="region",
                 **attributes(aria_label=title)),
    )  # fmt: skip


def _lever(
    one: Lever, href: str, standings: Standings, plants: Plants, weeks: int
) -> tuple[Any, ...]:
    """A change as a link that adds it, and what it buys."""
    names = {code: plant["name"] for code, plant in plants.items()}
    words = in_words(one.change, standings, names)
    told = "cannot tell" if one.racks is None else "no rack"
    if one.racks and one.racks >= 1:
        told = f"{signed(one.racks, 'racks')} racks in {weeks} weeks{_a_week(one.racks, weeks)}"
    return html.A(words, href=href, **attributes(data_stay="true")), told


def _weeks_ahead(standings: Standings) -> int:
    """The week that runs and those to come, of the plant of which most are known."""
    each = [sum(not week.is_past for week in one.ledger.weeks)
            for one in standings.by_plant.values()]  # fmt: skip
    return max(each, default=0)
