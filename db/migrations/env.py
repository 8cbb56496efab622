"""Alembic's entry: connects as db.engine does and compares with the one schema in db.models."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import db.models  # noqa: F401  (fills SQLModel.metadata)
from db.engine import make_engine
from db.models.types import QuantityType


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our types into migrations as the plain columns they are in the store."""
    if kind == "type":
        if isinstance(item, AutoString):
            return "sa.String()" if item.length is None else f"sa.String({item.length})"
        if isinstance(item, UTCDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(item, QuantityType):
            return "sa.BigInteger()"
    return False


engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
