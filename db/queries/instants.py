"""Instants in the arithmetic of statements."""

from typing import Any

from sqlalchemy import extract
from sqlmodel import Session, func


def summed_seconds(session: Session, begin: Any, end: Any) -> Any:
    """The seconds from one instant to the other, summed over rows."""
    if session.connection().dialect.name == "sqlite":
        return func.sum(func.julianday(end) - func.julianday(begin)) * 86_400
    return extract("epoch", func.sum(end.op("-")(begin)))
