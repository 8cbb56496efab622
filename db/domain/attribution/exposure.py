"""What a unit carried when it was judged: parts installed before its verdict and still there.

A part put in during the repair cannot have caused the fail that led to it.
"""

from collections.abc import Sequence

import pandas as pd

PART_FACTORS = ("lot", "supplier", "country", "part_revision")


def carried_at_verdict(
    links: pd.DataFrame, verdicts: pd.DataFrame, factors: Sequence[str] = PART_FACTORS
) -> pd.DataFrame:
    """Exposures (unit, factor, value) of genealogy links that were in a unit at its verdict.

    `links`: `unit`, `part`, `installed_at`, `removed_at` (missing: still there) and any columns of
    `factors`, which are named after their part ("busbar lot"). `verdicts`: `unit` and `at`. A link
    without an installation time counts as built in. A part that came and went at the very instant
    of the verdict counts as carried: installed at or before it, removed at or after it.

    >>> at = pd.Timestamp("2026-07-06 12:00", tz="UTC")
    >>> links = pd.DataFrame({"unit": "R1", "part": "pump", "lot": ["old", "new"],
    ...     "installed_at": [at - pd.Timedelta("3h"), at + pd.Timedelta("1h")],
    ...     "removed_at": [at + pd.Timedelta("1h"), pd.NaT]})
    >>> carried_at_verdict(links, pd.DataFrame({"unit": ["R1"], "at": [at]})).values.tolist()
    [['R1', 'pump lot', 'old']]
    """
    joined = links.merge(verdicts[["unit", "at"]], on="unit")
    at, came_at, left_at = (
        pd.to_datetime(joined[name], utc=True) for name in ("at", "installed_at", "removed_at")
    )
    came = came_at.isna() | (came_at <= at)
    stayed = left_at.isna() | (left_at >= at)
    held = joined[came & stayed]
    parts = [
        pd.DataFrame(
            {
                "unit": held["unit"],
                "factor": held["part"].astype(str) + f" {name.replace('_', ' ')}",
                "value": held[name],
            }
        )
        for name in factors
        if name in held.columns
    ]
    if not parts:
        return pd.DataFrame({"unit": [], "factor": [], "value": []}, dtype=object)
    every = pd.concat(parts, ignore_index=True)
    named = every["value"].notna() & (every["value"].astype(str).str.strip() != "")
    return every[named].drop_duplicates(ignore_index=True)
