"""The four figures of the shortages page, and the sentence above them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import figure, mark
from dashboard.components.shortages.risk import at_risk, best_moves
from dashboard.components.shortages.rows import Row, Site
from dashboard.components.times import moment
from dashboard.wording import NONE, OUT_NOW, count, counted, megawatts, noun, time_left
from db.queries.outlook_shapes import LineStopShape, MoveShape

Stops = Sequence[tuple[Site, LineStopShape]]


def figures(
    rows: Sequence[Row],
    held: Sequence[Row],
    moves: Sequence[MoveShape],
    days: int,
    *,
    names: Mapping[str, str],
    now: datetime,
) -> list[html.Div]:
    """First line stop, parts short, racks at risk, fixable by a move; over the rows given.

    `held` are the same parts if promises hold, which is what moves are worked out for; `names` are
    plants by code.
    """
    short = [row for row in rows if row.stops_within(days)]
    return [
        _first(short, now),
        _parts_short(rows, short, days),
        _at_risk(short, days),
        _movable([row for row in held if row.stops_within(days)], moves, names),
    ]


def headline(rows: Sequence[Row], stops: Stops) -> list[Any]:
    """What is wrong first, in one sentence, if a line is stopped or about to stop; and the lines of
    which something cannot be told, with what is known to stop them."""
    loud = [row for row in rows if row.level == "red"]
    banners = []
    if loud:
        text = loud[0].sentence or loud[0].part["name"]
        banners.append(_banner(mark("square", "Stops", "red"), text, "red"))
    for site, stop in stops:
        if stop["cannot_tell"]:
            known = f" Known: {stop['first']['sentence'].rstrip('.')}." if stop["first"] else ""
            text = f"{site.plant['name']} {stop['name'] or stop['line']}: {stop['cannot_tell']}."
            plate = mark("hatch", "Cannot tell", "stale")
            banners.append(_banner(plate, f"{text}{known}", "stale"))
    return banners


def _banner(plate: html.Span, text: str, kind: str) -> html.P:
    return html.P([plate, html.Span(text)], className=f"banner {kind}")


def _first(short: Sequence[Row], now: datetime) -> html.Div:
    label = "First line stop"
    if not short:
        return figure(label, "None", "in this time", "no chosen part runs out")
    row = short[0]
    left = time_left(row.hours_left)
    where = f"{row.plant['code'].upper()} {', '.join(row.part['lines'])}".strip()
    since = html.B(moment(row.stop_at, row.plant, now))
    note = [f"{row.part['name'] or row.part['part']}, {where}, ", since]
    return figure(label, left if left != OUT_NOW else "Out now", "", note)


def _parts_short(rows: Sequence[Row], short: Sequence[Row], days: int) -> html.Div:
    soon = sum(row.hours_left is not None and row.hours_left < 24 for row in short)
    below = sum(row.part["is_below_safety"] for row in rows)
    carried = sum(row.is_carried_within(days) for row in rows)
    more = f", {carried} more run out and alternates carry them" if carried else ""
    note = [f"{soon} inside ", html.B("24 hours"), f", {below} below safety stock{more}"]
    return figure(f"Parts short in {days} days", count(len(short)), f"of {count(len(rows))}", note)


def _at_risk(short: Sequence[Row], days: int) -> html.Div:
    """What cannot be built for lack of any of these parts."""
    label = f"Racks at risk, {days} days"
    risk = at_risk(short, days)
    racks = round(risk.racks)
    if risk.kw is None:
        note = f"power not known for all; at least {megawatts(risk.known_kw)}"
    else:
        note = f"{megawatts(risk.kw)}, until cover returns" if racks else "no line stops"
    if risk.stop_count > 1:
        note += f"; {risk.stop_count} stops of {counted(len(short), 'part')}"
    if risk.is_least:
        note += "; at least: of stops that overlap on a line only the worst counts"
    return figure(label, count(racks), noun(racks, "rack"), note)


def _movable(held: Sequence[Row], moves: Sequence[MoveShape], names: Mapping[str, str]) -> html.Div:
    """Of the racks at risk, those that the best move of each stop would save."""
    label = "Can be fixed by a move"
    best = best_moves(held, moves)
    if not best:
        return figure(label, NONE, "", "no plant has parts to spare for what stops a line")
    first = best[0][1]
    source = names.get(first["from_plant"], first["from_plant"])
    truck = html.B(f"{first['transport_days']:g} d truck")
    more = f"; {counted(len(best) - 1, 'other part')}" if len(best) > 1 else ""
    more += "; if promises hold"
    note = [f"{count(first['qty'])} {first['name'] or first['part']} at {source}, ", truck, more]
    racks = round(sum(saved for saved, _ in best))
    return figure(label, count(racks), noun(racks, "rack"), note)
