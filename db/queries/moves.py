"""What other plants could spare, out of the stored outlooks."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from db.domain.material.moves import move_hints
from db.domain.material.results import Alternate, Case, Outlook, PartOutlook
from db.queries.outlook import plain
from db.queries.outlook_shapes import FindingShape, MoveShape, OutlookShape, PartOutlookShape


def moves(
    outlooks: Iterable[OutlookShape],
    transport: Mapping[tuple[str, str], float],
    called: Mapping[str, str],
) -> list[MoveShape]:
    """Moves that would lift or shorten a stop, the earliest stop first.

    `transport` is days by (from plant, to plant); see db.queries.outlook.transport_days. `called`
    are the plants' names by code, which sentences use.
    """
    read = {outlook["plant"]: _outlook(outlook) for outlook in outlooks}
    return cast("list[MoveShape]", [plain(move) for move in move_hints(read, transport, called)])


def named_differently(
    outlooks: Iterable[OutlookShape], called: Mapping[str, str]
) -> list[FindingShape]:
    """Parts that plants name differently: one number with two names, one name with two numbers."""
    names: dict[str, dict[str, str]] = {}
    numbers: dict[str, dict[str, str]] = {}
    for outlook in outlooks:
        for part in outlook["parts"]:
            if part["name"]:
                plant = called.get(outlook["plant"], outlook["plant"])
                names.setdefault(part["part"], {}).setdefault(part["name"], plant)
                numbers.setdefault(part["name"], {}).setdefault(part["part"], plant)
    found = [
        _different(part, f"{part} is called", said) for part, said in names.items() if len(said) > 1
    ] + [
        _different(name, f"{name} has the number", said)
        for name, said in numbers.items()
        if len(set(said.values())) > 1
    ]
    return sorted(found, key=lambda finding: (finding["subject"], finding["sentence"]))


def _different(subject: str, what: str, said: Mapping[str, str]) -> FindingShape:
    each = ", ".join(f"{text!r} at {plant}" for text, plant in sorted(said.items()))
    return FindingShape(
        kind="named_differently",
        subject=subject,
        sentence=f"{what} {each}: no surplus is looked for under another name",
    )


def _outlook(shape: OutlookShape) -> Outlook:
    """A stored outlook as the calculation of moves reads it: parts only."""
    values: dict[str, Any] = dict(shape) | {
        "as_of_at": datetime.fromisoformat(shape["as_of_at"]),
        "days": tuple(date.fromisoformat(day) for day in shape["days"]),
        "day_edges": tuple(datetime.fromisoformat(edge) for edge in shape["day_edges"]),
        "parts": tuple(_part(part) for part in shape["parts"]),
        "plan_until_at": _at(shape["plan_until_at"]),
    }
    return Outlook(**values)


def _part(shape: PartOutlookShape) -> PartOutlook:
    values: dict[str, Any] = dict(shape) | {
        "cases": {
            name: Case(**_read(case, "stops_at", "covered_at", "line_stops_at"))
            for name, case in shape["cases"].items()
        },
        "alternates": tuple(
            Alternate(**_read(one, "lasts_until_at")) for one in shape["alternates"]
        ),
    }
    return PartOutlook(**values)


def _read(shape: Mapping[str, Any], *instants: str) -> dict[str, Any]:
    return dict(shape) | {name: _at(shape.get(name)) for name in instants}


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
