"""Published cases of tests/golden/spc: one TOML a chart, each case with its source."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "golden" / "spc"


def read(name: str) -> dict[str, Any]:
    """What one file holds."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


def cases(name: str) -> list[Any]:
    """The cases of one chart as parameters, each with its named data set filled in."""
    data = read("data")
    return [
        pytest.param({**data.get(case.get("data"), {}), **case}, id=case.get("name"))
        for case in read(name)["case"]
    ]


def agrees(computed: float, printed: str) -> bool:
    """Whether a number is the printed one to its last digit."""
    decimals = len(printed.partition(".")[2])
    return abs(computed - float(printed)) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def all_agree(computed: Iterable[float], printed: list[str]) -> bool:
    """Whether the first numbers are the printed ones, as far as those go."""
    return all(agrees(number, text) for number, text in zip(computed, printed, strict=False))
