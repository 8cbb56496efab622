"""The strip of sums: what it adds up, what it leaves out, and that it says so."""

from typing import Any

import pytest

from dashboard.components.plants import card, overview
from dashboard.components.sums import sums
from db.clock import utc_now
from tests.dashboard.fakes import bad_shift, fresh, part_stop, plant_shape, wall_shape
from tests.dashboard.test_components import told

BLOCKS = ("page", "score", "stations", "stops", "first_pass")


def plant(code: str, state: str = "ok", make: Any = wall_shape, **changes: Any) -> Any:
    """A wall whose blocks are all in `state`."""
    return make(code, freshness=dict.fromkeys(BLOCKS, fresh(1500, state=state)), **changes)


def strip(*walls: Any) -> list[tuple[Any, str, str]]:
    """Value, unit and note of each figure."""
    return [
        (shown.children[1].children[0].children, shown.children[1].children[2].children, note)
        for shown in sums(walls)
        for note in [shown.children[2].children]
    ]


@pytest.mark.parametrize("walls", [[plant("mp", "missing")], [plant("mp", "missing")] * 3])
def test_before_the_first_load_no_figure_is_a_number(walls: list[Any]) -> None:
    assert strip(*walls) == [("No data", "", "waiting for the first load")] * 4


def test_sums_are_over_plants_with_data_and_name_the_others() -> None:
    racks, off, stages, parts = strip(
        plant("mp", make=bad_shift), plant("oh"), plant("tx", "missing")
    )
    assert racks == ("90", "of 130", "2 of 3 plants; Houston: no data")
    assert off == (1, "of 2", "Mount Pleasant; Houston: no data")
    assert stages[:2] == (1, "of 32")
    assert stages[2].endswith("Houston: no data")
    assert parts == (2, "parts", "the first in 2 h 40 m; Houston: no data")


def test_a_stale_plant_is_left_out_and_named() -> None:
    racks, off, stages, parts = strip(plant("mp", "stale", bad_shift), plant("oh"))
    assert racks == ("58", "of 78", "1 of 2 plants; Mount Pleasant: stale, left out")
    assert off == (0, "of 1", "none; Mount Pleasant: stale, left out")
    assert stages[:2] == (0, "of 16")
    assert parts == (0, "parts", "none; Mount Pleasant: stale, left out")


def test_all_stale_is_no_data_and_says_who() -> None:
    expected = ("No data", "", "Mount Pleasant: stale, left out")
    assert strip(plant("mp", "stale", bad_shift)) == [expected] * 4


def test_stages_without_data_are_not_counted_as_up() -> None:
    wall = wall_shape()
    wall["lines"][0]["cells"][0]["condition"] = None
    value, unit, note = strip(wall)[2]
    assert (value, unit) == (0, "of 15")
    assert "1 without data" in note


def test_a_plant_within_its_margin_is_not_off_plan_and_the_strip_says_why() -> None:
    near = wall_shape()["score"] | {"difference": -1.2, "level": "normal"}
    wall: Any = wall_shape(score=near)
    value, unit, note = strip(wall, plant("oh", make=bad_shift))[1]
    assert (value, unit) == (1, "of 2")
    assert note == "Lordstown; Mount Pleasant: behind within the margin"
    assert "1 behind" in told(card(wall, utc_now()))


def test_a_plant_without_plan_is_not_called_on_plan() -> None:
    none: Any = wall_shape("oh", score=wall_shape()["score"] | {"target": None, "level": "none"})
    racks, off, *_ = strip(wall_shape(), none)
    assert racks[1:] == ("of 78", "over 2 plants; Lordstown: no plan")
    assert off == (0, "of 1", "none; Lordstown: no plan")
    assert strip(none)[1][:2] == ("No plan", "")


@pytest.mark.parametrize("hours_left", [-3.0, 0.0, 0.01])
def test_one_part_that_is_out_is_said_as_one(hours_left: float) -> None:
    stops = [part_stop("Clip", hours_left, "red")]
    wall = wall_shape(part_stops=stops, about_to_stop_count=1)
    assert strip(wall)[3] == (1, "part", "at least one is out now")


def test_parts_about_to_stop_a_line_are_counted_beyond_those_the_wall_shows() -> None:
    stops = [part_stop(f"Clip {number}", 1.5 + number, "red") for number in range(5)]
    wall = wall_shape(part_stops=stops, about_to_stop_count=12)
    assert strip(wall, bad_shift("oh"))[3] == (14, "parts", "the first in 1 h 30 m")


def test_one_plant_is_a_plant() -> None:
    wall: Any = wall_shape(plant=plant_shape("mp"))
    assert "over 1 plant" in told(overview([wall], utc_now()))
    assert "1 plants" not in told(overview([wall], utc_now()))
