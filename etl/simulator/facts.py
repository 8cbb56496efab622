"""What the factory can say: for each feed, the fields of a fact, in order.

The names are the canonical fields that a plant's TOML maps its own columns to; a writer turns each
fact into that plant's columns, words, units and time format. Instants are whole epoch seconds,
dates ISO text, quantities whole thousandths of the part's unit.
"""

FIELDS: dict[str, tuple[str, ...]] = {
    feed: tuple(fields.split())
    for feed, fields in {
        "unit_step": "serial product build station slot started_at ended_at result",
        "test_run": "serial product station slot started_at ended_at verdict program"
        " program_revision firmware fixture",
        "defect": "serial station symptom defect action part lot component_serial found_at",
        "genealogy": "parent_serial position child_serial part lot supplier part_revision qty"
        " installed_at removed_at",
        "station_state": "station slot condition reason started_at ended_at",
        "build": "build product line kind ordered_count priority status scheduled_start_at due_at",
        "part": "part name commodity unit is_serialised is_lot_tracked lead_time_days safety_qty",
        "lot": "part lot supplier origin_country received_at date_code",
        "stock": "location part lot status qty allocated_qty unit as_of_at",
        "receipt": "order_no item part supplier origin_country ordered_qty received_qty unit"
        " need_on promised_on is_confirmed status first_promised_on promise_count received_on",
        "bom": "parent line_no part per_qty unit scrap_ratio scrap_convention operation"
        " is_phantom alternate_of alternate_rank valid_from_on valid_to_on",
        "plan_hour": "line product hour_at planned_qty",
        "demand": "customer product kind rack_count due_on expires_on",
    }.items()
}

_NAMES = {name for fields in FIELDS.values() for name in fields}
INSTANTS = frozenset(name for name in _NAMES if name.endswith("_at"))
QUANTITIES = frozenset(name for name in _NAMES if name.endswith("qty")) - {"planned_qty"}
FLAGS = frozenset(name for name in _NAMES if name.startswith("is_"))

Key = int | str | tuple[str, ...]
Fact = tuple[object, ...]


def text_of(thousandths: int) -> str:
    """A quantity as decimal text without needless zeros.

    >>> text_of(12_500), text_of(4000), text_of(-250)
    ('12.5', '4', '-0.25')
    """
    whole, rest = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
