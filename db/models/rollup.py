"""What the facts add up to. Every row here is derived, additive and rebuildable.

`UnitOperation` is the history of one unit at one operation, boiled down from its steps and test
runs; the hour and day tables are sums over it (and over test runs, for the run counts). All
measures are integers, so a rollup equals its recomputation exactly, or it is wrong.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, PrimaryKeyConstraint, text
from sqlmodel import Field, Index, SQLModel

FAILED_TELL = (
    "serial", "product", "first_verdict_line", "first_verdict_station", "first_verdict_shift",
    "last_verdict", "completed_at", "last_at",
)  # fmt: skip
"""What the yield page asks of failed units: PostgreSQL reads it off their index, where each row of
theirs would be a page of its own (16,000 pages for two weeks of a million units)."""


class UnitOperation(SQLModel, table=True):
    """One unit at one operation: when first started and completed, its first and last verdict.

    The completion is the first step with result completed; the first verdict is the earliest test
    run (by started_at, then source_key) that passed or failed. Fields are null or '' until known.
    """

    __tablename__ = "unit_operation"
    __table_args__ = (
        Index("ix_unit_operation_done", "plant", "operation", "completed_at"),
        Index(
            "ix_unit_operation_verdict",
            "plant",
            "operation",
            "first_verdict_at",
            sqlite_where=text("first_verdict_at IS NOT NULL"),
            postgresql_where=text("first_verdict_at IS NOT NULL"),
        ),
        Index(
            "ix_unit_operation_failed",
            "plant",
            "operation",
            "first_verdict_at",
            sqlite_where=text("first_verdict = 'failed'"),
            postgresql_where=text("first_verdict = 'failed'"),
            postgresql_include=FAILED_TELL,
        ),
        Index(
            "ix_unit_operation_not_passed",
            "plant",
            "operation",
            "first_verdict_at",
            sqlite_where=text("last_verdict = 'failed'"),
            postgresql_where=text("last_verdict = 'failed'"),
        ),
    )

    plant: str = Field(primary_key=True, max_length=16)
    serial: str = Field(primary_key=True, max_length=64)
    operation: str = Field(primary_key=True, max_length=32)
    product: str = Field(default="", max_length=32)
    build: str = Field(default="", max_length=32)
    line: str = Field(default="", max_length=32)
    started_at: datetime | None = None
    last_at: datetime | None = None
    completed_at: datetime | None = None
    completed_on: date | None = None
    completed_shift: str = Field(default="", max_length=8)
    completed_line: str = Field(default="", max_length=32)
    completed_ms: int | None = Field(default=None, sa_type=BigInteger)
    first_verdict: str = Field(default="", max_length=12)
    first_verdict_at: datetime | None = None
    first_verdict_on: date | None = None
    first_verdict_shift: str = Field(default="", max_length=8)
    first_verdict_line: str = Field(default="", max_length=32)
    first_verdict_station: str = Field(default="", max_length=32)
    last_verdict: str = Field(default="", max_length=12)
    run_count: int = 0
    verdict_count: int = 0


class OutputMeasures(SQLModel):
    """First completions of units at an operation; `duration_ms` sums `duration_count` steps."""

    completed_count: int = 0
    duration_ms: int = Field(default=0, sa_type=BigInteger)
    duration_count: int = 0


class YieldMeasures(SQLModel):
    """First verdicts of units, and all test runs, at a station."""

    first_count: int = 0
    first_passed_count: int = 0
    run_count: int = 0
    passed_count: int = 0
    failed_count: int = 0
    no_verdict_count: int = 0


class OutputKey(SQLModel):
    """Grain of output rollups below time."""

    plant: str = Field(primary_key=True, max_length=16)
    line: str = Field(primary_key=True, max_length=32)
    operation: str = Field(primary_key=True, max_length=32)
    product: str = Field(primary_key=True, max_length=32)
    business_on: date = Field(primary_key=True)
    shift: str = Field(primary_key=True, max_length=8)


class YieldKey(OutputKey):
    """Grain of yield rollups below time."""

    station: str = Field(primary_key=True, max_length=32)


class HourOutput(OutputKey, OutputMeasures, table=True):
    """Output per UTC hour; business date and shift are in the key, so a shift is an exact sum."""

    __tablename__ = "hour_output"
    __table_args__ = (
        PrimaryKeyConstraint(
            "plant", "hour_at", "line", "operation", "product", "business_on", "shift"
        ),
    )
    hour_at: datetime = Field(primary_key=True)


class DayOutput(OutputKey, OutputMeasures, table=True):
    """Output per business date and shift, for long windows."""

    __tablename__ = "day_output"


class HourYield(YieldKey, YieldMeasures, table=True):
    """Yield counts per UTC hour."""

    __tablename__ = "hour_yield"
    __table_args__ = (
        PrimaryKeyConstraint(
            "plant", "hour_at", "line", "operation", "product", "business_on", "shift", "station"
        ),
    )
    hour_at: datetime = Field(primary_key=True)


class DayYield(YieldKey, YieldMeasures, table=True):
    """Yield counts per business date and shift, for long windows."""

    __tablename__ = "day_yield"
