"""Test runs and the defects they led to."""

from datetime import datetime

from sqlmodel import Field, Index

from db.models.sourced import Event, Sourced, newly_loaded


class TestRun(Event, Sourced, table=True):
    """One run of a test on a unit. Counts at its end (start while unfinished).

    The first run with verdict passed or failed, by `started_at` then `source_key`, is the unit's
    first verdict at that operation; see UnitOperation.
    """

    __test__ = False
    __tablename__ = "test_run"
    __table_args__ = (
        Index("ix_test_run_unit", "plant", "serial", "operation"),
        Index("ix_test_run_when", "plant", "occurred_at"),
        newly_loaded("ix_test_run_load"),
    )

    serial: str = Field(max_length=64)
    product: str = Field(default="", max_length=32)
    line: str = Field(max_length=32)
    operation: str = Field(max_length=32)
    station: str = Field(max_length=32)
    slot: str = Field(default="", max_length=16)
    started_at: datetime
    ended_at: datetime | None = None
    verdict: str = Field(max_length=12)
    verdict_raw: str = Field(default="", max_length=40)
    program: str = Field(default="", max_length=80)
    program_revision: str = Field(default="", max_length=40)
    firmware: str = Field(default="", max_length=40)
    fixture: str = Field(default="", max_length=40)


class Defect(Event, Sourced, table=True):
    """A fault found on a unit: the symptom the test saw, and what analysis found, kept apart."""

    __table_args__ = (
        Index("ix_defect_unit", "plant", "serial"),
        Index("ix_defect_when", "plant", "occurred_at"),
    )

    serial: str = Field(max_length=64)
    operation: str = Field(max_length=32)
    station: str = Field(default="", max_length=32)
    symptom: str = Field(default="", max_length=64)
    defect: str = Field(default="", max_length=64)
    action: str = Field(default="", max_length=64)
    part: str = Field(default="", max_length=64)
    lot: str = Field(default="", max_length=64)
    component_serial: str = Field(default="", max_length=64)
