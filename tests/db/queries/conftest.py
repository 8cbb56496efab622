"""A plant in an empty store, on each database."""

import pytest
from sqlalchemy import Engine

from tests.db.queries.world import World


@pytest.fixture
def world(engine: Engine) -> World:
    """Mount Pleasant with its lines, stations and shifts, and nothing that happened yet."""
    plant = World(engine)
    plant.shifts()
    return plant
