"""The small plant of the queries' tests, for what is asked on the command line."""

from tests.db.queries.conftest import world

__all__ = ["world"]
