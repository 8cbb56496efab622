"""Seconds from now as instants that people are told."""

from datetime import datetime, timedelta

import numpy as np


def instant(at: datetime, after: float) -> datetime | None:
    """Seconds from now as an instant, to the nearest minute (a plan says no more); nan is None."""
    if np.isnan(after):
        return None
    return (at + timedelta(seconds=after + 30)).replace(second=0, microsecond=0)
