"""Scenarios beside each other: this one and two that were kept."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dash import html

from dashboard.components.capacity.answered import gained
from dashboard.components.capacity.changes import in_words
from dashboard.components.capacity.view import number, signed
from dashboard.components.marks import attributes
from dashboard.components.panels import empty, panel, table
from db.domain.capacity.constraint import tightest
from db.domain.capacity.whatif import Answer
from db.queries.capacity_whatif import Saved, Standings
from db.queries.shapes import PlantShape


class Compared(NamedTuple):
    """A column: what it is called and what it answers."""

    title: str
    answer: Answer


def comparison(
    columns: Sequence[Compared], standings: Standings, plants: Mapping[str, PlantShape]
) -> html.Section:
    """What each scenario changes and what comes of it, one column each."""
    names = {code: plant["name"] for code, plant in plants.items()}
    head = ["", *(one.title for one in columns)]
    rows: list[list[Any]] = [
        ["Changes", *(
            html.Div([html.Div(in_words(it, standings, names))
                      for it in one.answer.scenario.changes])
            for one in columns)],
        ["Racks bought", *(signed(gained(one.answer), "racks") for one in columns)],
        ["Clear to build now", *(
            number(sum(it.buildable_now[1] for it in one.answer.plants), "racks")
            for one in columns)],
    ]  # fmt: skip
    for code, plant in plants.items():
        cells = [_room(one.answer, code) for one in columns]
        rows.append([f"Room of {plant['name']}, tightest week", *cells])
    title = "Compared with kept scenarios"
    return panel(title, "against the same moment", table(head, rows, title), part="wraps")


def _room(found: Answer, plant: str) -> str:
    own = next((one for one in found.plants if one.plant == plant), None)
    week = tightest(own.after.ledger.weeks) if own else None
    if week is None or week.headroom is None:
        return "cannot tell"
    return f"{number(week.headroom.racks, 'racks')}, {week.week.label}"


def kept(found: Sequence[Saved], hrefs: Sequence[str]) -> html.Section:
    """Scenarios people kept, each a link that opens it."""
    title = "Kept scenarios"
    if not found:
        return panel(title, "", empty("No scenario is kept yet. Save one under a name above."))
    rows: list[list[Any]] = [
        [html.A(one.name, href=href, **attributes(data_stay="true")), one.saved_by,
         f"{one.saved_at:%Y-%m-%d %H:%M} UTC"]
        for one, href in zip(found, hrefs, strict=True)
    ]  # fmt: skip
    body = html.Table(html.Tbody([html.Tr([html.Td(it) for it in row]) for row in rows]))
    return panel(title, "the newest first", html.Div(body, className="scroll"))
