"""Frames: serialised once, deltas that lead exactly from base to new, ids that agree anywhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.snapshot import Key, apply_changes, changed_blocks, event, make_frame

KEY = Key("wall", "mp")
blocks = st.dictionaries(
    st.sampled_from(["score", "hours", "lines", "read_at", "version"]),
    st.one_of(st.none(), st.integers(), st.lists(st.integers(), max_size=3)),
)


def payload(message: bytes) -> dict[str, Any]:
    """The data of one server-sent event."""
    [line] = [line for line in message.decode().splitlines() if line.startswith("data: ")]
    return json.loads(line.removeprefix("data: "))


@given(blocks, blocks)
def test_base_and_delta_give_the_new_blocks(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert apply_changes(old, changed_blocks(old, new)) == new


def test_a_delta_names_its_base_and_carries_only_what_changed() -> None:
    first = make_frame(KEY, {"score": 1, "hours": [1, 2]}, None, {})
    second = make_frame(KEY, {"score": 2, "hours": [1, 2]}, first, {})
    assert second.delta is not None
    told = payload(second.delta)
    assert (told["base"], told["id"]) == (first.id, second.id)
    assert told["blocks"] == {"score": 2}


def test_reading_again_without_change_is_no_new_frame() -> None:
    first = make_frame(KEY, {"score": 1, "read_at": "12:00"}, None, {})
    assert make_frame(KEY, {"score": 1, "read_at": "12:10"}, first, {}) is first


def test_ids_agree_between_processes_and_after_a_restart() -> None:
    here = make_frame(KEY, {"version": 7, "score": 1, "read_at": "12:00"}, None, {"build": "a"})
    there = make_frame(KEY, {"version": 7, "score": 1, "read_at": "12:09"}, None, {"build": "b"})
    assert here.id == there.id
    assert here.id.startswith("7-")


def test_the_snapshot_carries_everything_a_new_viewer_needs() -> None:
    frame = make_frame(KEY, {"score": 1}, None, {"build": "b1", "at": "now"})
    told = payload(frame.snapshot)
    assert told == {
        "key": "wall/mp", "id": frame.id, "build": "b1", "at": "now", "blocks": {"score": 1}
    }  # fmt: skip


def test_not_a_number_never_reaches_a_browser() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        event("snapshot", {"ratio": float("nan")})
