"""Bring a store to the newest schema."""

from alembic import command

from db.engine import alembic_config


def migrate(url: str) -> None:
    """Apply all missing migrations to the store at `url`; does nothing when it is up to date."""
    command.upgrade(alembic_config(url), "head")
