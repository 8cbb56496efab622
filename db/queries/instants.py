"""Instants in the arithmetic of statements."""

from typing import Any

from sqlalchemy import extract
from sqlmodel import Session, func


def seconds(session: Session, instant: Any) -> Any:
    """An instant as seconds since 1970, on either database."""
    if session.connection().dialect.name == "sqlite":
        return (func.julianday(instant) - 2440587.5) * 86_400
    return extract("epoch", instant)
