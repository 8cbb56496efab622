"""Where a part goes: the bill lines that call for it, and the way from each up to a product."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from db.domain.material.parts import need_each
from db.domain.material.units import factor_of
from db.models import BomLine
from db.queries.material import bom_item
from db.queries.part_shapes import WhereUsedShape
from db.queries.rows import row_shape

SAID = (
    "parent part per_qty unit scrap_ratio scrap_convention operation is_phantom alternate_of "
    "alternate_rank valid_from_on valid_to_on serial_from serial_to"
)
Way = tuple[BomLine, ...]


def where_used(
    part: str,
    lines: Sequence[BomLine],
    conversions: Mapping[tuple[str, str, str], float],
    units: Mapping[str, str],
    today: date,
) -> list[WhereUsedShape]:
    """Every way from a part up to a product, by product; a bill that contains itself is cut."""
    above: dict[str, list[BomLine]] = defaultdict(list)
    for line in lines:
        above[line.part].append(line)
    found = [_shape(way, conversions, units, today) for way in _ways(part, above, ())]
    return sorted(found, key=lambda used: (used["product"], used["path"], used["alternate_of"]))


def _ways(part: str, above: Mapping[str, Sequence[BomLine]], below: Way) -> Iterator[Way]:
    passed = {line.part for line in below}
    for line in above.get(part, ()):
        way = (*below, line)
        if line.parent in passed or line.parent == part:
            continue
        if line.parent in above:
            yield from _ways(line.parent, above, way)
        else:
            yield way


def _shape(
    way: Way,
    conversions: Mapping[tuple[str, str, str], float],
    units: Mapping[str, str],
    today: date,
) -> WhereUsedShape:
    line = way[0]
    each = 1.0
    for step in way:
        item = bom_item(step)
        own = units.get(step.part, step.unit)
        each *= need_each(item) * (factor_of(conversions, step.part, step.unit, own) or 1.0)
    return WhereUsedShape(
        path=[step.parent for step in way],
        product=way[-1].parent,
        per_qty=float(line.per_qty),
        each_qty=round(each, 6),
        unit=line.unit,
        operation=line.operation,
        alternate_of=line.alternate_of,
        is_effective=all(bom_item(step).is_effective(today) for step in way),
        valid_from_on=line.valid_from_on.isoformat() if line.valid_from_on else None,
        valid_to_on=line.valid_to_on.isoformat() if line.valid_to_on else None,
        serial_from=line.serial_from,
        serial_to=line.serial_to,
        row=row_shape(line, SAID),
    )
