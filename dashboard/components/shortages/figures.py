"""The four figures of the shortages page, and the sentence above them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import figure, mark
from dashboard.components.shortages.rows import Row, Site
from dashboard.components.times import moment
from dashboard.wording import NONE, OUT_NOW, count, counted, megawatts, noun, time_left
from db.queries.outlook_shapes import LineStopShape, MoveShape

Stops = Sequence[tuple[Site, LineStopShape]]


def figures(
    rows: Sequence[Row],
    stops: Stops,
    moves: Sequence[MoveShape],
    days: int,
    *,
    names: Mapping[str, str],
    now: datetime,
) -> list[html.Div]:
    """First line stop, parts short, racks at risk, fixable by a move; over the rows given.

    `names` are plants by code.
    """
    short = [row for row in rows if row.stops_within(days)]
    within = {(row.plant["code"], row.part["part"]) for row in short}
    counted_stops = [
        (site, stop)
        for site, stop in stops
        if stop["first"] and (site.plant["code"], stop["first"]["part"]) in within
    ]
    return [
        _first(short, now),
        _parts_short(rows, short, days),
        _at_risk(counted_stops, days),
        _movable(counted_stops, moves, names),
    ]


def headline(rows: Sequence[Row], stops: Stops) -> list[Any]:
    """What is wrong first, in one sentence, if a line is stopped or about to stop; and the lines of
    which nothing can be said."""
    loud = [row for row in rows if row.level == "red"]
    told = []
    if loud:
        part = loud[0].part
        told.append(
            _banner(mark("square", "Stops", "red"), part["sentence"] or part["name"], "red")
        )
    for site, stop in stops:
        if stop["cannot_tell"]:
            text = f"{site.plant['name']} {stop['name'] or stop['line']}: {stop['cannot_tell']}."
            told.append(_banner(mark("hatch", "Cannot tell", "stale"), text, "stale"))
    return told


def _banner(plate: html.Span, text: str, kind: str) -> html.P:
    return html.P([plate, html.Span(text)], className=f"banner {kind}")


def _first(short: Sequence[Row], now: datetime) -> html.Div:
    label = "First line stop"
    if not short:
        return figure(label, "None", "in this time", "no chosen part runs out")
    row = short[0]
    left = time_left(row.hours_left)
    where = f"{row.plant['code'].upper()} {', '.join(row.part['lines'])}".strip()
    since = html.B(moment(row.future["stops_at"], row.plant, now))
    told = [f"{row.part['name'] or row.part['part']}, {where}, ", since]
    return figure(label, left if left != OUT_NOW else "Out now", "", told)


def _parts_short(rows: Sequence[Row], short: Sequence[Row], days: int) -> html.Div:
    soon = sum(row.hours_left is not None and row.hours_left < 24 for row in short)
    below = sum(row.part["is_below_safety"] for row in rows)
    note = [f"{soon} inside ", html.B("24 hours"), f", {below} below safety stock"]
    return figure(f"Parts short in {days} days", count(len(short)), f"of {count(len(rows))}", note)


def _at_risk(stops: Stops, days: int) -> html.Div:
    """What hangs on the lines' first stops; `stops` are those counted."""
    label = f"Racks at risk, {days} days"
    racks = round(sum(stop["racks_at_risk"] for _, stop in stops))
    powers = [stop["kw_at_risk"] for _, stop in stops]
    known = sum(power for power in powers if power is not None)
    if None in powers:
        note = f"power not known for all; at least {megawatts(known)}"
    else:
        note = f"{megawatts(known)}, until cover returns" if racks else "no line stops"
    return figure(label, count(racks), noun(racks, "rack"), note)


def _movable(stops: Stops, moves: Sequence[MoveShape], names: Mapping[str, str]) -> html.Div:
    """Of the racks at risk, those that the best move for each first blocker would save.

    Never more than hang on that blocker: a move for a part that stops no line first saves none.
    """
    label, risk = "Can be fixed by a move", defaultdict[tuple[str, str], float](float)
    for site, stop in stops:
        if stop["first"]:
            risk[site.plant["code"], stop["first"]["part"]] += stop["racks_at_risk"]
    best: dict[tuple[str, str], MoveShape] = {}
    for move in sorted(moves, key=lambda move: move["racks_saved"]):
        best[move["to_plant"], move["part"]] = move
    saved = {key: min(risk[key], best[key]["racks_saved"]) for key in risk if key in best}
    if not saved:
        return figure(label, NONE, "", "no plant has parts to spare for what stops a line first")
    first = best[max(saved, key=lambda key: saved[key])]
    source = names.get(first["from_plant"], first["from_plant"])
    truck = html.B(f"{first['transport_days']:g} d truck")
    more = f"; {counted(len(saved) - 1, 'other part')}" if len(saved) > 1 else ""
    told = [f"{count(first['qty'])} {first['name'] or first['part']} at {source}, ", truck, more]
    racks = round(sum(saved.values()))
    return figure(label, count(racks), noun(racks, "rack"), told)
