"""What is wanted: the hourly plan of each line, and demand."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index

from db.models.sourced import Event, Sourced
from db.models.types import QuantityType


class PlanHour(Event, Sourced, table=True):
    """Racks a line is planned to complete in one hour, net of breaks; counts at `hour_at`."""

    __tablename__ = "plan_hour"
    __table_args__ = (Index("ix_plan_hour_when", "plant", "hour_at"),)

    line: str = Field(max_length=32)
    product: str = Field(default="", max_length=32)
    hour_at: datetime
    planned_qty: Decimal = Field(sa_type=QuantityType)


class Demand(Sourced, table=True):
    """Racks a customer wants by a date. Only firm and commitment are obligations."""

    __table_args__ = (Index("ix_demand_plant", "plant", "due_on"),)

    customer: str = Field(default="", max_length=40)
    product: str = Field(max_length=32)
    kind: str = Field(max_length=12)
    rack_count: int
    due_on: date
    expires_on: date | None = None
