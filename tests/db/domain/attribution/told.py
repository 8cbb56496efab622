"""Figures of simulations, shown by `pytest -s` and with any failure."""

import sys


def tell(text: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{text}\n")
