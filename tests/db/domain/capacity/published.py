"""Published cases of tests/golden/capacity: one TOML a subject, each case with its source."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.db.domain.spc.published import agrees

__all__ = ["agrees", "cases"]

FOLDER = Path(__file__).parents[3] / "golden" / "capacity"


def cases(name: str, table: str) -> list[Any]:
    """The cases of one table as parameters, named by their source."""
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text())[table]
    assert all(case["source"] for case in found)
    return [pytest.param(case, id=f"{table} {n}") for n, case in enumerate(found)]
