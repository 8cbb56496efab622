"""What is in a unit, as built and as now; and where a lot, part or serial went."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlmodel
from sqlmodel import Session, col

from db.clock import utc_now
from db.models import Build, GenealogyLink, Lot, Part, UnitOperation
from db.queries.keys import among
from db.queries.plants import Home, home, iso, iso_or_none
from db.queries.rack_shapes import LinkShape, PlaceShape, TreeShape, WhereShape
from db.queries.scope import Scope

choose: Any = sqlmodel.select
DEEPEST = 5
"""Levels of parts within parts that are followed; a loop in the data ends there too."""
MOST_KEYS = 2000
LISTED_RACKS = 200


@dataclass(frozen=True, slots=True)
class Link:
    """One genealogy row; `until` None: still in."""

    parent: str
    position: str
    child: str
    part: str
    lot: str
    supplier: str
    qty: float
    since: datetime
    until: datetime | None

    def is_in(self, at: datetime) -> bool:
        """Whether it was installed at an instant."""
        return self.since <= at and (self.until is None or self.until > at)


def portions(keys: Iterable[str]) -> Iterator[list[str]]:
    """Distinct keys, in portions that one statement takes."""
    listed = sorted(set(keys))
    return (listed[start : start + MOST_KEYS] for start in range(0, len(listed), MOST_KEYS))


def _links(session: Session, plant: str, *where: Any) -> list[Link]:
    link = GenealogyLink
    rows = session.exec(
        choose(
            link.parent_serial, link.position, link.child_serial, link.part, link.lot,
            link.supplier, link.qty, link.occurred_at, link.removed_at,
        )
        .where(link.plant == plant, col(link.deleted_at).is_(None), *where)
        .order_by(col(link.occurred_at), col(link.source_key))
    )  # fmt: skip
    return [_link(row) for row in rows]


def _link(row: Any) -> Link:
    parent, position, child, part, lot, supplier, qty, since, until = row
    return Link(parent, position, child, part, lot, supplier, float(qty), since, until)


def links_below(session: Session, plant: str, serial: str) -> dict[str, list[Link]]:
    """Every link of a serial and of what is or was in it, by parent, in order of installation."""
    found: dict[str, list[Link]] = {}
    wanted = {serial}
    for _ in range(DEEPEST):
        news: dict[str, list[Link]] = {one: [] for one in wanted}
        for part in portions(wanted):
            for link in _links(session, plant, col(GenealogyLink.parent_serial).in_(part)):
                news[link.parent].append(link)
        found |= news
        below = (link for links in news.values() for link in links)
        wanted = {link.child for link in below if link.child and link.child not in found}
        if not wanted:
            break
    return found


def genealogy(
    session: Session, scope: Scope, plant: str, serial: str, at: datetime | None = None
) -> TreeShape:
    """The tree of a serial as built and as now, and what was swapped; raises NotInScope."""
    now = at or utc_now()
    own = home(session, plant, scope)
    below = links_below(session, plant, serial)
    done_at = session.exec(
        choose(UnitOperation.completed_at).where(
            UnitOperation.plant == plant,
            UnitOperation.serial == serial,
            UnitOperation.operation == (own.output or ""),
        )
    ).first()
    told = _Told(session, plant, below)
    swapped = sorted(
        (link for links in below.values() for link in links if link.until is not None),
        key=lambda link: (link.until, link.parent, link.position),
    )
    return TreeShape(
        serial=serial,
        as_built_at=iso(done_at or now),
        is_complete=done_at is not None,
        as_built=told.tree(serial, done_at or now),
        as_now=told.tree(serial, now),
        swaps=[(link.parent, told.shape(link, [])) for link in swapped],
        sentence="" if below[serial] else f"Nothing was recorded as built into {serial}.",
    )


class _Told:
    """Links in words: names of parts, where lots came from."""

    def __init__(self, session: Session, plant: str, below: dict[str, list[Link]]) -> None:
        self._below = below
        parts = {link.part for links in below.values() for link in links}
        self._names: dict[str, str] = {}
        self._lots: dict[tuple[str, str], Any] = {}
        for some in portions(parts):
            named = choose(Part.part, Part.name).where(
                Part.plant == plant, col(Part.part).in_(some), col(Part.deleted_at).is_(None)
            )
            self._names.update(dict(list(session.exec(named))))
            lots = choose(
                Lot.part, Lot.lot, Lot.supplier, Lot.origin_country, Lot.received_at, Lot.date_code
            ).where(
                Lot.plant == plant,
                col(Lot.part).in_(some),
                col(Lot.lot).in_(
                    {link.lot for links in below.values() for link in links if link.lot}
                ),
                col(Lot.deleted_at).is_(None),
            )
            self._lots.update({(row.part, row.lot): row for row in session.exec(lots)})

    def tree(self, parent: str, at: datetime, depth: int = 0) -> list[LinkShape]:
        """What was in a unit at an instant, by position."""
        if depth >= DEEPEST:
            return []
        held = [link for link in self._below.get(parent, ()) if link.is_in(at)]
        held.sort(key=lambda link: (link.position, link.since))
        return [
            self.shape(link, self.tree(link.child, at, depth + 1) if link.child else [])
            for link in held
        ]

    def shape(self, link: Link, children: list[LinkShape]) -> LinkShape:
        """One link as screens are told of it."""
        lot = self._lots.get((link.part, link.lot))
        return LinkShape(
            position=link.position,
            serial=link.child,
            part=link.part,
            part_name=self._names.get(link.part, ""),
            lot=link.lot,
            supplier=link.supplier or (lot.supplier if lot else ""),
            country=lot.origin_country if lot else "",
            date_code=lot.date_code if lot else "",
            qty=link.qty,
            installed_at=iso(link.since),
            removed_at=iso_or_none(link.until),
            received_at=iso_or_none(lot.received_at) if lot else None,
            order_no="",
            children=children,
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """A lot or serial within a unit for a time, through `via` when that is not the unit itself."""

    unit: str
    via: str
    since: datetime
    until: datetime | None


def where_used(
    session: Session,
    scope: Scope,
    plant: str,
    *,
    part: str = "",
    lot: str = "",
    serial: str = "",
    at: datetime | None = None,
    limit: int = LISTED_RACKS,
) -> WhereShape:
    """Every rack that carries or carried a lot of a part, any lot of it, or a child serial.

    Raises NotInScope. Something never installed gives counts of 0 and a sentence.
    """
    own = home(session, plant, scope)
    held = _carriers(session, plant, part, lot, serial)
    tops = list(_climb(session, plant, held))
    places, loose = _places(session, own, tops)
    lot_row = session.exec(
        choose(Lot.supplier, Lot.origin_country).where(
            Lot.plant == plant, Lot.part == part, Lot.lot == lot
        )
    ).first()
    now = {place["serial"]: place["where"] for place in places if place["is_in_now"]}
    gone = {place["serial"] for place in places} - now.keys()
    states = list(now.values())
    name = serial or " ".join(filter(None, (part, lot)))
    return WhereShape(
        plant=plant,
        part=part,
        lot=lot,
        serial=serial,
        supplier=lot_row.supplier if lot_row else "",
        country=lot_row.origin_country if lot_row else "",
        in_process_count=states.count("in_process"),
        shipped_count=states.count("shipped"),
        at_evaluation_count=states.count("at_evaluation"),
        removed_count=len(gone),
        loose_count=loose,
        racks=sorted(places, key=lambda p: p["installed_at"], reverse=True)[:limit],
        limit=limit,
        sentence="" if held else f"{name} was not built into anything at {own.plant.name}.",
    )


def _carriers(session: Session, plant: str, part: str, lot: str, serial: str) -> list[Carried]:
    link = GenealogyLink
    if serial:
        where = [link.child_serial == serial]
    elif part:
        where = [link.part == part] + ([link.lot == lot] if lot else [])
    else:
        return []
    rows = session.exec(
        choose(link.parent_serial, link.occurred_at, link.removed_at).where(
            link.plant == plant, col(link.deleted_at).is_(None), *where
        )
    )
    return [Carried(parent, "", since, until) for parent, since, until in rows]


def _climb(session: Session, plant: str, held: Sequence[Carried]) -> Iterator[Carried]:
    """From what carries it to what that was built into, while it was in there; up to the top."""
    link = GenealogyLink
    for _ in range(DEEPEST):
        if not held:
            return
        above: dict[str, list[Any]] = defaultdict(list)
        for some in portions(one.unit for one in held):
            rows = session.exec(
                choose(
                    link.child_serial, link.parent_serial, link.occurred_at, link.removed_at
                ).where(
                    link.plant == plant,
                    among(session, link.child_serial, some),
                    col(link.deleted_at).is_(None),
                )
            )
            for row in rows:
                above[row.child_serial].append(row)
        yield from (one for one in held if one.unit not in above)
        held = [
            Carried(
                row.parent_serial,
                one.unit,
                max(one.since, row.occurred_at),
                min(filter(None, (one.until, row.removed_at)), default=None),
            )
            for one in held
            for row in above.get(one.unit, ())
            if _overlap(one, row)
        ]


def _overlap(one: Carried, row: Any) -> bool:
    """The part was in the tray at some time at which the tray was in the rack."""
    begin = max(one.since, row.occurred_at)
    return all(end is None or end > begin for end in (one.until, row.removed_at))


def _places(session: Session, own: Home, tops: Sequence[Carried]) -> tuple[list[PlaceShape], int]:
    """The racks among the tops with where they are, and how many others now hold it loose."""
    rack_operations = {
        op.code: op for op in own.operations if int(op.level.removeprefix("L")) >= 11
    }
    visits: dict[str, list[Any]] = defaultdict(list)
    unit = UnitOperation
    for some in portions(one.unit for one in tops):
        rows = session.exec(
            choose(
                unit.serial, unit.operation, unit.product, unit.build, unit.line,
                unit.completed_at, unit.last_at,
            ).where(
                unit.plant == own.code,
                col(unit.serial).in_(some),
                col(unit.operation).in_(list(rack_operations)),
            )
        )  # fmt: skip
        for row in rows:
            visits[row.serial].append(row)
    kinds = dict(list(session.exec(choose(Build.build, Build.kind).where(Build.plant == own.code))))
    packs = {code for code, op in rack_operations.items() if op.kind == "pack"}
    places = [_place(one, visits[one.unit], packs, kinds) for one in tops if visits.get(one.unit)]
    loose = {one.unit for one in tops if not visits.get(one.unit) and one.until is None}
    return places, len(loose)


def _place(
    one: Carried, visits: Sequence[Any], packs: set[str], kinds: dict[str, str]
) -> PlaceShape:
    latest = max(visits, key=lambda row: (row.last_at is not None, row.last_at))
    build = next((row.build for row in visits if row.build), "")
    is_gone = any(row.operation in packs and row.completed_at is not None for row in visits)
    is_evaluation = kinds.get(build) == "evaluation"
    return PlaceShape(
        serial=one.unit,
        via=one.via,
        product=latest.product,
        build=build,
        line=latest.line,
        where=("at_evaluation" if is_evaluation else "shipped") if is_gone else "in_process",
        operation=latest.operation,
        installed_at=iso(one.since),
        removed_at=iso_or_none(one.until),
        is_in_now=one.until is None,
    )
