"""What happened on the lines: visits of units to operations, station states, builds."""

from datetime import datetime

from sqlalchemy import BigInteger, text
from sqlmodel import Field, Index, SQLModel

from db.models.sourced import Event, Sourced, newly_loaded


class UnitStep(Event, Sourced, table=True):
    """One visit of a rack or tray to an operation. Counts at its end, at its start while open."""

    __tablename__ = "unit_step"
    __table_args__ = (
        Index("ix_unit_step_unit", "plant", "serial", "operation"),
        Index("ix_unit_step_when", "plant", "occurred_at"),
        newly_loaded("ix_unit_step_load"),
    )

    serial: str = Field(max_length=64)
    product: str = Field(default="", max_length=32)
    build: str = Field(default="", max_length=32)
    line: str = Field(max_length=32)
    operation: str = Field(max_length=32)
    station: str = Field(max_length=32)
    slot: str = Field(default="", max_length=16)
    started_at: datetime
    ended_at: datetime | None = None
    result: str = Field(max_length=12)
    duration_ms: int | None = Field(default=None, sa_type=BigInteger)


class StationState(Event, Sourced, table=True):
    """A stretch of time during which a station (or one slot of it) stayed in one condition."""

    __tablename__ = "station_state"
    __table_args__ = (
        Index("ix_station_state_when", "plant", "station", "started_at"),
        Index(
            "ix_station_state_open",
            "plant",
            "station",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    line: str = Field(max_length=32)
    station: str = Field(max_length=32)
    slot: str = Field(default="", max_length=16)
    condition: str = Field(max_length=16)
    reason: str = Field(default="", max_length=120)
    started_at: datetime
    ended_at: datetime | None = None


class Build(Sourced, table=True):
    """An order for a number of racks of one product on one line. `kind` is a DemandKind."""

    __table_args__ = (Index("ix_build_plant", "plant", "build"),)

    build: str = Field(max_length=32)
    product: str = Field(max_length=32)
    line: str = Field(default="", max_length=32)
    kind: str = Field(max_length=12)
    ordered_count: int
    priority: int = 100
    status: str = Field(max_length=12)
    scheduled_start_at: datetime | None = None
    due_at: datetime | None = None


class SerialUse(SQLModel, table=True):
    """One use of a serial that was given to several units, or of which that is doubtful.

    Derived from the visits; see `db.domain.serial_uses`, whose Use this is. Rows of the first use
    hold the serial as its source writes it, those of the second "<serial>~2", and so on.
    """

    __tablename__ = "serial_use"

    plant: str = Field(primary_key=True, max_length=16)
    serial: str = Field(primary_key=True, max_length=64)
    use: int = Field(primary_key=True)
    begins_at: datetime | None = None
    started_at: datetime
    last_at: datetime
    ended_by: str = Field(default="", max_length=12)
    doubt: str = Field(default="", max_length=12)
    doubt_at: datetime | None = None
