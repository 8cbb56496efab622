"""Only what was in a unit at its verdict can have had to do with it."""

import pandas as pd
import pytest

from db.domain.attribution.exposure import carried_at_verdict

NOON = pd.Timestamp("2026-07-06 12:00", tz="UTC")
HOUR = pd.Timedelta("1h")


@pytest.mark.parametrize(
    ("installed", "removed", "carried"),
    [
        (-3, None, True),
        (-3, -1, False),
        (-3, 1, True),
        (1, None, False),
        (0, None, True),
        (None, None, True),
        (None, -1, False),
    ],
)
def test_a_part_counts_while_it_was_in(
    installed: int | None, removed: int | None, carried: bool
) -> None:
    links = pd.DataFrame(
        {
            "unit": ["R1"],
            "part": ["pump"],
            "lot": ["K1"],
            "supplier": [""],
            "installed_at": [pd.NaT if installed is None else NOON + installed * HOUR],
            "removed_at": [pd.NaT if removed is None else NOON + removed * HOUR],
        }
    )
    found = carried_at_verdict(links, pd.DataFrame({"unit": ["R1"], "at": [NOON]}))
    assert found.to_numpy().tolist() == [["R1", "pump lot", "K1"]] * carried


def test_no_links_are_no_exposures() -> None:
    links = pd.DataFrame(columns=["unit", "part", "lot", "installed_at", "removed_at"])
    verdicts = pd.DataFrame({"unit": ["R1"], "at": [NOON]})
    assert list(carried_at_verdict(links, verdicts).columns) == ["unit", "factor", "value"]
    assert carried_at_verdict(links, verdicts).empty
