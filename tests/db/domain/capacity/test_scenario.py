"""A scenario and the text of its link."""

from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.capacity.scenario import (
    KINDS,
    LONGEST_TEXT,
    AddShift,
    Scenario,
    UnreadableScenario,
    scenario_from,
    scenario_text,
)

BY_TYPE = {
    str: st.text(max_size=20),
    int: st.integers(-365, 365),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(date(2026, 1, 1), date(2099, 12, 31)),
}
CHANGES = st.one_of(
    st.builds(kind, **{one.name: BY_TYPE[one.type] for one in fields(kind)})
    for kind in KINDS.values()
)


@given(st.lists(CHANGES, max_size=3), st.text(max_size=20))
def test_text_opens_to_the_same_scenario(changes: list, name: str) -> None:
    scenario = Scenario(tuple(changes), name)
    text = scenario_text(scenario)
    assert scenario_from(text) == scenario
    assert text.isascii()
    assert " " not in text
    assert "&" not in text
    assert "#" not in text


def test_forty_changes_fit_a_link_and_endless_ones_are_refused() -> None:
    change = AddShift("mp", 12.5, date(2026, 11, 30), date(2026, 12, 14))
    assert len(scenario_text(Scenario((change,) * 40))) <= LONGEST_TEXT
    with pytest.raises(UnreadableScenario, match="a link holds 2000: take out changes"):
        scenario_text(Scenario((change,) * 80))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2~s,mp,1,2026-11-30,2026-12-14", "expected a scenario of version 1"),
        ("1~z,mp", "no change is called 'z': expected one of r, l, n, s, y, m, o, p"),
        ("1~o,mp", "has 1 values, expected plant, option"),
        ("1~s,mp,many,2026-11-30,2026-12-14", "cannot be read"),
        ("1~s,mp,nan,2026-11-30,2026-12-14", "'nan' is no number"),
        ("1~s,mp,1,2026-11-31,2026-12-14", "cannot be read"),
        ("1" + "x" * LONGEST_TEXT, "at most 2000 characters"),
        ("", "open the what-if page anew"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, told: str) -> None:
    with pytest.raises(UnreadableScenario, match=told):
        scenario_from(text)
