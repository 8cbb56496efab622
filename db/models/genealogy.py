"""Which tray serial and which part lot went into which unit, from when to when."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Field, Index

from db.models.sourced import Event, Sourced, newly_loaded
from db.models.types import QuantityType


class GenealogyLink(Event, Sourced, table=True):
    """A child serial or a part lot installed at a position of a parent unit.

    `occurred_at` is the installation; `removed_at` is set when it was swapped out again.
    """

    __tablename__ = "genealogy_link"
    __table_args__ = (
        Index("ix_genealogy_parent", "plant", "parent_serial"),
        Index("ix_genealogy_lot", "plant", "part", "lot"),
        Index("ix_genealogy_child", "plant", "child_serial"),
        newly_loaded("ix_genealogy_link_load"),
        Index(
            "ix_genealogy_removed",
            "plant",
            "removed_at",
            sqlite_where=text("removed_at IS NOT NULL"),
            postgresql_where=text("removed_at IS NOT NULL"),
        ),
    )

    parent_serial: str = Field(max_length=64)
    position: str = Field(default="", max_length=32)
    child_serial: str = Field(default="", max_length=64)
    part: str = Field(max_length=64)
    lot: str = Field(default="", max_length=64)
    supplier: str = Field(default="", max_length=32)
    part_revision: str = Field(default="", max_length=16)
    qty: Decimal = Field(sa_type=QuantityType)
    removed_at: datetime | None = None
