"""What is in a unit: rack, tray or module, lot; where it came from; where else that lot is."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty
from dashboard.components.times import on_day
from dashboard.page import address
from dashboard.wording import count, counted
from db.queries.rack_shapes import LinkShape, PlaceShape, TreeShape, WhereShape

MOST_RACKS = 60


def lot_key(link: LinkShape) -> str:
    """A lot as findings name it: "PART LOT"; "" for what has none.

    >>> lot_key({"part": "UQD-04", "lot": "QD26-4471"})
    'UQD-04 QD26-4471'
    """
    return f"{link['part']} {link['lot']}" if link["lot"] else ""


def tree(
    told: TreeShape, zone: str, marked: Collection[str] = (), *, is_as_built: bool = False
) -> Any:
    """The tree of a unit as now (or as built), suspects first; `marked` are "PART LOT" of them.

    Each tray or module folds its parts away, open where a suspect is inside.
    """
    links = told["as_built"] if is_as_built else told["as_now"]
    if told["sentence"] or not links:
        return empty(told["sentence"] or f"Nothing is installed in {told['serial']} now.")
    return html.Div([_branch(links, zone, marked), *_swaps(told, zone)], className="tree")


def holds(link: LinkShape, marked: Collection[str]) -> bool:
    """Whether a suspect is this part or inside it."""
    return lot_key(link) in marked or any(holds(child, marked) for child in link["children"])


def also_in(where: WhereShape) -> Any:
    """Where else a lot is, with the racks folded away."""
    if where["sentence"]:
        return html.P(where["sentence"], className="muted also")
    others = [("in process", where["in_process_count"]), ("shipped", where["shipped_count"]),
              ("at evaluation", where["at_evaluation_count"])]  # fmt: skip
    said = ", ".join(
        f"{count(number)} {name}" for name, number in others if number or name != others[2][0]
    )
    loose = where["loose_count"]
    also = f"; {counted(loose, 'unit')} in no rack yet" if loose else ""
    name = " ".join(filter(None, (where["part"], where["lot"]))) or where["serial"]
    head = html.Summary([html.B(name), f" is also in {said} racks{also}"])
    racks = [html.Li(_place(place)) for place in where["racks"][:MOST_RACKS]]
    return html.Details([head, html.Ul(racks, className="places")], className="also")


def serial_link(serial: str) -> html.A:
    """A link to the page of a serial."""
    return html.A(serial, href=address("/rack/<serial>", serial=serial))


def _place(place: PlaceShape) -> list[Any]:
    gone = "" if place["is_in_now"] else ", taken out again"
    via = f" through {place['via']}" if place["via"] else ""
    where = place["where"].replace("_", " ")
    at = f" at {place['operation']}" if place["where"] == "in_process" else ""
    return [serial_link(place["serial"]), html.Span(f"{where}{at}{via}{gone}", className="muted")]


def _branch(links: Sequence[LinkShape], zone: str, marked: Collection[str]) -> html.Ul:
    suspects = [link for link in links if holds(link, marked)]
    rest = [link for link in links if not holds(link, marked)]
    items = [_item(link, zone, marked) for link in suspects]
    if suspects and rest:
        folded = html.Details(
            [html.Summary(counted(len(rest), "other part")), _branch(rest, zone, ())]
        )
        return html.Ul([*items, html.Li(folded)])
    return html.Ul(items + [_item(link, zone, marked) for link in rest])


def _item(link: LinkShape, zone: str, marked: Collection[str]) -> html.Li:
    name = link["part_name"] or link["part"] or link["position"] or "not named"
    many = f" ×{count(link['qty'])}" if link["qty"] > 1 else ""
    line: list[Any] = [html.Span(f"{name}{many} ", className="muted"), *_identity(link)]
    if lot_key(link) in marked:
        line += [" ", mark("square", "suspect", "red")]
    origin = _origin(link, zone)
    if origin:
        line.append(html.Div(origin, className="muted origin"))
    if not link["children"]:
        return html.Li(line)
    inside = html.Summary(f"{counted(len(link['children']), 'part')} in it")
    folded = html.Details(
        [inside, _branch(link["children"], zone, marked)], open=holds(link, marked)
    )
    return html.Li([*line, folded])


def _identity(link: LinkShape) -> list[Any]:
    if link["serial"]:
        return [serial_link(link["serial"])]
    return [html.B(f"lot {link['lot']}")] if link["lot"] else [html.Span("no lot or serial given")]


def _origin(link: LinkShape, zone: str) -> str:
    made = " ".join(filter(None, (link["supplier"], link["country"])))
    received = f"received {_day(link['received_at'], zone)}" if link["received_at"] else ""
    order = f"order {link['order_no']}" if link["order_no"] else ""
    return ", ".join(filter(None, (link["part"], made, link["date_code"], received, order)))


def _swaps(told: TreeShape, zone: str) -> list[Any]:
    if not told["swaps"]:
        return []
    items = [
        html.Li(
            [
                html.Span(f"{link['part_name'] or link['part']} ", className="muted"),
                *_identity(link),
                f" taken out of {parent} on {_day(link['removed_at'], zone)}",
            ]
        )
        for parent, link in told["swaps"]
    ]
    head = html.Summary(counted(len(items), "swap"))
    return [html.Details([head, html.Ul(items)], className="swaps")]


def _day(at: str | None, zone: str) -> str:
    if at is None:
        return "an unknown day"
    there: date = datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date()
    return on_day(there)
