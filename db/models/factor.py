"""What units carried and went through before their first verdict, kept ready to be counted.

Derived from the facts by `db.ingest.factors`, additive and rebuildable. A value is a number per
plant, so that a unit's thirty values are a short text and counts have a narrow key.
"""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Index, SQLModel


class FactorValue(SQLModel, table=True):
    """The name behind a value's number; the number ends with its factor's place (modulo 32)."""

    __tablename__ = "factor_value"
    __table_args__ = (UniqueConstraint("plant", "factor", "value"),)

    plant: str = Field(primary_key=True, max_length=16)
    id: int = Field(primary_key=True)
    factor: str = Field(max_length=24)
    value: str = Field(max_length=160)


class UnitCase(SQLModel, table=True):
    """A unit's first verdict at an operation; `held` are its values' numbers, blank between.

    `sample` is a number below 64 drawn from the serial: units below k are k/64 of all.
    """

    __tablename__ = "unit_case"
    __table_args__ = (
        Index("ix_unit_case_when", "plant", "operation", "first_verdict_at"),
        Index("ix_unit_case_sample", "plant", "operation", "sample", "first_verdict_at"),
    )

    plant: str = Field(primary_key=True, max_length=16)
    serial: str = Field(primary_key=True, max_length=64)
    operation: str = Field(primary_key=True, max_length=32)
    first_verdict_at: datetime
    business_on: date
    product: str = Field(max_length=32)
    line: str = Field(max_length=32)
    station: str = Field(max_length=32)
    shift: str = Field(max_length=8)
    is_failed: int
    sample: int
    held: str


class FactorCount(SQLModel, table=True):
    """First verdicts and fails of the units that carried a value; value 0 is all units."""

    __tablename__ = "factor_count"

    plant: str = Field(primary_key=True, max_length=16)
    operation: str = Field(primary_key=True, max_length=32)
    business_on: date = Field(primary_key=True)
    line: str = Field(primary_key=True, max_length=32)
    product: str = Field(primary_key=True, max_length=32)
    value_id: int = Field(primary_key=True)
    units: int = 0
    fails: int = 0


class FactorState(SQLModel, table=True):
    """How far a plant's cases are kept: JSON marks of the facts seen, and when that was."""

    __tablename__ = "factor_state"

    plant: str = Field(primary_key=True, max_length=16)
    version: int = 0
    marks: str
    kept_at: datetime
