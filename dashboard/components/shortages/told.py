"""One sentence for a part in the chosen case."""

from datetime import datetime

from dashboard.components.shortages.rows import Row
from dashboard.components.times import moment
from dashboard.wording import count
from db.domain.material.sentences import earlier

IF = {"promised": "if promises hold", "late": "if suppliers are late as usual",
      "none": "if nothing arrives"}  # fmt: skip


def told(row: Row, now: datetime) -> str:
    """Which part, which receipt, which rule; "" when it does not run out.

    The outlook tells so itself where promises hold; the other cases are told out of their figures.
    """
    part, future = row.part, row.future
    if row.case == "promised" or future["stops_at"] is None:
        return part["sentence"] if row.case == "promised" else ""
    parts = [
        f"{part['name'] or part['part']} runs out {moment(future['stops_at'], row.plant, now)} "
        f"{IF[row.case]}: {count(part['available_qty'])} {part['unit']} free to build with",
        _receipt(row),
        carried(row, now),
    ]
    return f"{'; '.join(it for it in parts if it)}."


def carried(row: Row, now: datetime) -> str:
    """How far the alternates carry the lines of a part that runs out; "" when they do not."""
    if not row.is_carried:
        return ""
    names = ", ".join(it["part"] for it in row.part["alternates"]) or "alternates"
    ends = f"until {moment(row.stop_at, row.plant, now)}" if row.stop_at else "the lines on"
    return f"{names} {'carries' if len(row.part['alternates']) == 1 else 'carry'} {ends}"


def _receipt(row: Row) -> str:
    key, hours = row.future["receipt"], row.future["hours_earlier"]
    order = next((it["order_no"] or key for it in row.part["receipts"] if it["key"] == key), key)
    if order is None:
        return "no receipt that counts comes after" if row.case == "late" else ""
    if hours is None:
        return f"receipt {order} is not enough alone"
    return f"receipt {order} would have to come {earlier(hours)} earlier"
