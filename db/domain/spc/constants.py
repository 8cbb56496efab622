"""Constants of control charts by subgroup size, computed rather than looked up.

d2 and d3 are mean and standard deviation of the range of `size` standard normal values, c4 the mean
of their standard deviation; the others are made of these (ASTM E2587; Montgomery, Introduction to
Statistical Quality Control, appendix VI). Printed tables round them, and limits computed with
rounded constants differ in the last digits: which one was used is said, never guessed.
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from math import exp, lgamma, sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtr, roots_legendre

Rounding = Literal["exact", "table"]
"""exact: full precision; table: three decimals (four for c4), as printed tables have them."""

WIDEST = 18.0
NODES = 256


@dataclass(frozen=True, slots=True)
class Constants:
    """Constants of one subgroup size; capitals as in every table, for 3-sigma limits."""

    d2: float
    d3: float
    c4: float
    A2: float
    A3: float
    B3: float
    B4: float
    D3: float
    D4: float


def constants(size: int, *, rounding: Rounding = "exact") -> Constants:
    """Constants for subgroups of `size` values; ValueError under 2, where no spread is seen.

    >>> round(constants(5).d2, 5), constants(5, rounding="table").A2
    (2.32593, 0.577)
    """
    exact = _constants(size)
    if rounding == "exact":
        return exact
    return Constants(
        **{
            entry.name: round(getattr(exact, entry.name), 4 if entry.name == "c4" else 3)
            for entry in fields(exact)
        }
    )


@lru_cache(maxsize=256)
def _constants(size: int) -> Constants:
    if size < 2:
        raise ValueError(f"a subgroup of {size} has no spread; chart single values as individuals")
    d2, d3 = _range_moments(size)
    c4 = sqrt(2 / (size - 1)) * exp(lgamma(size / 2) - lgamma((size - 1) / 2))
    range_width, spread_width = 3 * d3 / d2, 3 * sqrt(1 - c4 * c4) / c4
    return Constants(
        d2=d2,
        d3=d3,
        c4=c4,
        A2=3 / (d2 * sqrt(size)),
        A3=3 / (c4 * sqrt(size)),
        B3=max(0.0, 1 - spread_width),
        B4=1 + spread_width,
        D3=max(0.0, 1 - range_width),
        D4=1 + range_width,
    )


def _range_moments(size: int) -> tuple[float, float]:
    """Mean and standard deviation of the range, from its distribution (Tippett 1925).

    P(range <= w) = size ∫ φ(x) (Φ(x + w) − Φ(x))^(size − 1) dx, by Gauss–Legendre on both axes.
    """
    nodes, weights = roots_legendre(NODES)
    x, x_weights = nodes * WIDEST / 2, weights * WIDEST / 2
    w, w_weights = (nodes + 1) * WIDEST / 2, weights * WIDEST / 2
    density = np.exp(-x * x / 2) / sqrt(2 * np.pi) * x_weights
    inside = ndtr(x[None, :] + w[:, None]) - ndtr(x)[None, :]
    exceeds = 1 - size * (inside ** (size - 1) @ density)
    mean = float(exceeds @ w_weights)
    square = float(2 * (exceeds * w) @ w_weights)
    return mean, sqrt(square - mean * mean)
