"""kill -9 at every step of a drain loses nothing and doubles nothing."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.kill import Variant, violations
from tests.faults.variants import RIGHT, WRONG


def test_killed_at_any_step_the_screens_are_right_after_a_restart(
    database_url: str, tmp_path: Path
) -> None:
    assert list(violations(RIGHT, database_url, tmp_path)) == []


@pytest.mark.parametrize("variant", WRONG, ids=lambda variant: variant.name)
def test_the_harness_notices_each_wrong_way(
    variant: Variant, database_url: str, tmp_path: Path
) -> None:
    with closing(violations(variant, database_url, tmp_path)) as found:
        assert next(found, None) is not None
