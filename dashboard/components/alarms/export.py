"""Every alarm, its history and what is to be done, for CSV and Excel."""

from collections.abc import Sequence

from dashboard.address import label
from dashboard.components.alarms.state import FIELDS
from dashboard.report import Asked, Column, Report, Table
from dashboard.units import Drops
from db.queries.alarm_shapes import AlarmShape

ALARM = (
    Column("Alarm", "count"), Column("Plant"), Column("Line"), Column("Operation"),
    Column("State"), Column("Withdrawn"), Column("Began", "instant"),
    Column("Began, from", "instant"), Column("Began, to", "instant"),
    Column("Detected", "instant"), Column("Units", "count"), Column("Failed", "count"),
    Column("Expected fails", "number"), Column("First pass before", "ratio"),
    Column("First pass since", "ratio"), Column("Taken on by"), Column("Taken on", "instant"),
    Column("Closed by"), Column("Closed", "instant"), Column("Reason"),
    Column("Muted until", "instant"), Column("Says"),
)  # fmt: skip
EVENT = (Column("Alarm", "count"), Column("Plant"), Column("At", "instant"), Column("By"),
         Column("What"), Column("Text"))  # fmt: skip
NOTE = (Column("Plant"), Column("About"), Column("Key"), Column("Text"), Column("Author"),
        Column("Written", "instant"), Column("Owner"), Column("Due", "date"),
        Column("Overdue"))  # fmt: skip
DEFINITIONS = (
    ("Expected fails", "what the yield before the drop would have failed of the same units"),
    ("Standing", "not closed by a person and not withdrawn by corrected facts"),
)


def alarms_report(asked: Asked, drops: Drops, alarms: Sequence[AlarmShape]) -> Report:
    """The alarms that the filters leave; instants in the first plant's time."""
    plants = {plant["code"]: plant for plant in asked.plants}
    chosen = plants.get(asked.state["plant"]) or next(iter(plants.values()), None)
    ids = {(it["plant"], it["id"]) for it in alarms}
    events = [
        (number, one["plant"], it["at"], it["by"], it["kind"], it["text"])
        for one in drops.found
        for number, told in one["events"].items()
        if (one["plant"], number) in ids
        for it in told
    ]
    notes = [
        (
            it["plant"], it["subject"], it["subject_key"], it["text"], it["author"],
            it["written_at"], it["owner"], it["due_on"], "yes" if it["is_overdue"] else "no",
        )
        for it in drops.todo
    ]  # fmt: skip
    return Report(
        title="Alarms",
        as_of_at=drops.found[0]["as_of_at"] if drops.found else None,
        zone=chosen["zone"] if chosen else "UTC",
        zone_label=chosen["zone_label"] if chosen else "UTC",
        filters=[(it.label, label(it, asked.state[it.name])) for it in FIELDS[:-1]],
        definitions=DEFINITIONS,
        tables=[Table("Alarms", ALARM, [_row(it) for it in alarms]),
                Table("History", EVENT, events), Table("Notes to do", NOTE, notes)],
        plant=asked.state["plant"],
    )  # fmt: skip


def _row(it: AlarmShape) -> tuple[object, ...]:
    begin, end = it["began_interval"]
    return (
        it["id"], it["plant"], it["line"], it["operation"], it["state"],
        "yes" if it["is_withdrawn"] else "no", it["began_at"], begin, end, it["detected_at"],
        it["units"], it["fails"], it["expected_fails"], it["baseline_ratio"], it["current_ratio"],
        it["acknowledged_by"], it["acknowledged_at"], it["closed_by"], it["closed_at"],
        it["closed_reason"], it["muted_until"], it["sentence"],
    )  # fmt: skip
