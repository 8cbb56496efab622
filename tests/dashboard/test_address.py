"""Filters ⇄ address: round trips for every value, and what happens to values nobody knows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import Field, Option, frozen, parse, search_of, within
from dashboard.desk import Desk
from dashboard.pages import PAGES, shortages

FIELDS = (
    Field("plant", "Plant", "all"),
    Field("days", "Horizon", "14", (Option("7", "7 days"), Option("14", "14 days"))),
    Field("q", "Find", control="search"),
    Field("from", "From", control="date"),
)
DEFAULTS = {field.name: field.default for field in FIELDS}
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=80)


@given(TEXTS, st.sampled_from(["7", "14"]), TEXTS, st.dates())
def test_every_state_survives_its_address(plant: str, days: str, q: str, day: object) -> None:
    state = {"plant": plant, "days": days, "q": q, "from": str(day)}
    assert parse(FIELDS, search_of(FIELDS, state)) == (state, [])


def test_defaults_are_left_out_and_what_is_no_filter_stays() -> None:
    assert search_of(FIELDS, DEFAULTS) == ""
    assert search_of(FIELDS, DEFAULTS, "?theme=light&days=7") == "?theme=light"


@pytest.mark.parametrize(
    "search", ["?days=9", "?from=2026-02-30", "?q=a%00b", "?plant=" + "x" * 99]
)
def test_what_cannot_be_taken_falls_back_and_is_said(search: str) -> None:
    state, notices = parse(FIELDS, search)
    assert state == DEFAULTS
    assert len(notices) == 1
    assert "not known here" in notices[0]


def test_what_the_data_does_not_know_falls_back_and_is_said() -> None:
    state = DEFAULTS | {"plant": "zz"}
    checked, notices = within(FIELDS, state, {"plant": [Option("mp", "Mount Pleasant")]})
    assert checked == DEFAULTS
    assert notices == ["Plant “zz” is not known here; shown: all."]


def test_a_copied_link_holds_absolute_times() -> None:
    def freeze(value: str, now: datetime) -> dict[str, str]:
        return {"from": now.date().isoformat()} if value == "7" else {}

    fields = (FIELDS[0], Field("days", "Range", "14", FIELDS[1].options, freeze=freeze), FIELDS[3])
    state = {"plant": "mp", "days": "7", "from": ""}
    fixed = frozen(fields, state, datetime(2026, 11, 22, tzinfo=UTC))
    assert fixed == {"plant": "mp", "days": "14", "from": "2026-11-22"}


def test_no_two_pages_share_a_word() -> None:
    """Ids and exports begin with it."""
    slugs = [page.slug for page in PAGES]
    assert len(set(slugs)) == len(slugs)
    assert isinstance(shortages.DESK, Desk)
