"""The split of a change of yield into rate and mix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.attribution.mix import Counts, split_change

counts = st.integers(0, 500).flatmap(
    lambda units: st.builds(Counts, st.just(units), st.integers(0, units))
)
windows = st.dictionaries(st.sampled_from("ABCDE"), counts, max_size=5)


@given(before=windows, after=windows)
def test_the_parts_add_up_to_the_change(
    before: dict[str, Counts], after: dict[str, Counts]
) -> None:
    split = split_change(before, after)
    if split is None:
        assert not sum(c.units for c in before.values()) or not sum(c.units for c in after.values())
        return
    assert split.rate_part + split.mix_part == pytest.approx(split.change, abs=1e-12)


def test_a_slice_of_one_window_is_mix_and_flagged() -> None:
    split = split_change({"A": Counts(100, 5)}, {"A": Counts(100, 5), "new": Counts(100, 30)})
    assert split is not None
    new, old = split.slices
    assert (new.slice, new.rate_part, new.is_one_sided) == ("new", 0.0, True)
    assert not old.is_one_sided
    assert split.rate_part == 0
    assert split.mix_part == pytest.approx(split.change)


def test_no_data_in_a_window_is_no_split() -> None:
    assert split_change({}, {"A": Counts(10, 1)}) is None
    assert split_change({"A": Counts(10, 1)}, {"A": Counts(0, 0)}) is None
