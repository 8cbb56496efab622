"""Every waiting record with all that its source said, for CSV and Excel."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.address import label
from dashboard.components.quarantine.state import FIELDS
from dashboard.report import Asked, Column, Report, Table
from db.queries.quarantine import GroupShape

GROUP = (
    Column("Plant"), Column("Source"), Column("Reason"), Column("Field"),
    Column("Records", "count"), Column("First seen", "instant"), Column("Last seen", "instant"),
    Column("Weakens"),
)  # fmt: skip
RECORD = (
    Column("Plant"), Column("Source"), Column("Key"), Column("Reason"), Column("Field"),
    Column("What is wrong"), Column("First seen", "instant"), Column("Last seen", "instant"),
    Column("Versions", "count"), Column("What the source said"),
)  # fmt: skip
DEFINITIONS = (("Versions", "how many different bad versions of the record were read"),)


def quarantine_report(asked: Asked, groups: Sequence[GroupShape], held: pd.DataFrame) -> Report:
    """The groups that the filters leave, and their records."""
    plants = {plant["code"]: plant for plant in asked.plants}
    chosen = plants.get(asked.state["plant"]) or next(iter(plants.values()), None)
    wanted = {(group["source"], group["reason"], group["field"]) for group in groups}
    records: list[Any] = list(held.itertuples())
    rows = [
        (
            one.plant, one.source, one.record_key, one.reason, one.field, one.detail,
            one.first_seen_at.isoformat(), one.last_seen_at.isoformat(), one.seen_count,
            one.payload,
        )
        for one in records
        if (one.source, one.reason, one.field) in wanted
    ]  # fmt: skip
    listed = [
        (it["plant"], it["source"], it["reason"], it["field"], it["count"], it["first_seen_at"],
         it["last_seen_at"], it["weakens"])
        for it in groups
    ]  # fmt: skip
    return Report(
        title="Quarantine",
        as_of_at=max((it["last_seen_at"] for it in groups), default=None),
        zone=chosen["zone"] if chosen else "UTC",
        zone_label=chosen["zone_label"] if chosen else "UTC",
        filters=[(it.label, label(it, asked.state[it.name])) for it in FIELDS[:-1]],
        definitions=DEFINITIONS,
        tables=[Table("Groups", GROUP, listed), Table("Records", RECORD, rows)],
        plant=asked.state["plant"],
    )
