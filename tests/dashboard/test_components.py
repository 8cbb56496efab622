"""What the desk pages say of a plant and of a source, in words."""

import json
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.components.health import health_page, problem, worst_state
from dashboard.components.plants import card, oldest, overview
from db.clock import utc_now
from tests.dashboard.fakes import bad_shift, fresh, plant_shape, source_shape, wall_shape

PLANTS = {"mp": plant_shape("mp")}


def told(component: Any) -> str:
    """The component as it travels to the browser."""
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def plates(component: Any) -> set[str]:
    """All plates in a component."""
    parts = told(component).split('"data-plate": "')[1:]
    return {part.split('"')[0] for part in parts}


def test_a_normal_plant_has_no_coloured_plate() -> None:
    assert plates(card(wall_shape(), utc_now())) <= {"none", "cell"}  # type: ignore[arg-type]


def test_a_bad_shift_is_said_in_words_beside_its_plates() -> None:
    shown = card(bad_shift(), utc_now())  # type: ignore[arg-type]
    text = told(shown)
    for words in ("6 behind", "1 down", "2 h 40 m", "92.0% under 95.0%", "Busbar clip 48 V"):
        assert words in text
    assert {"red", "amber"} <= plates(shown)


@pytest.mark.parametrize("state", ["stale", "missing"])
def test_old_data_is_never_judged(state: str) -> None:
    old = dict.fromkeys(
        ("page", "score", "stations", "stops", "first_pass"), fresh(1500, state=state)
    )
    shown = card(bad_shift(freshness=old), utc_now())  # type: ignore[arg-type]
    assert not {"red", "amber"} & plates(shown)


def test_the_first_the_running_and_the_last_hour_are_named() -> None:
    text = told(card(wall_shape(), utc_now()))  # type: ignore[arg-type]
    assert "first-pass yield excludes 1 run" in text
    names = [part.split('"')[0] for part in text.split('{"children": "')[1:]
             if '"className": "hour-name"' in part[:40]]  # fmt: skip
    assert names == ["06", "14", "17"]


@pytest.mark.parametrize(("state", "count"), [("ok", 2), ("stale", 0), ("missing", 0)])
def test_low_hours_are_marked_only_while_the_data_is_fresh(state: str, count: int) -> None:
    wall = bad_shift()
    wall["freshness"]["score"] = fresh(1500, state=state)
    assert told(card(wall, utc_now())).count('"data-level": "amber"') == count  # type: ignore[arg-type]


def test_an_hour_after_the_last_of_old_data_is_told_as_no_data() -> None:
    wall = bad_shift()
    assert "14 2 of 4" in told(card(wall, utc_now()))  # type: ignore[arg-type]
    wall["freshness"]["score"] = fresh(2 * 3600, state="stale")
    text = told(card(wall, utc_now()))  # type: ignore[arg-type]
    assert "14 no data of 4" in text
    assert "12 2 of 5" in text


def test_a_break_is_told_and_not_only_that_nothing_runs() -> None:
    wall = wall_shape("mp")
    for one in wall["lines"]:
        for it in one["cells"]:
            it["condition"] = "planned_stop"
    count = sum(len(one["cells"]) for one in wall["lines"])
    assert f"0 running, {count} in planned stop" in told(card(wall, utc_now()))  # type: ignore[arg-type]


def test_only_the_block_whose_source_is_old_turns_stale() -> None:
    wall = bad_shift()
    wall["freshness"]["stops"] = fresh(1500, state="stale")
    text = told(card(wall, utc_now()))  # type: ignore[arg-type]
    assert "6 behind" in text
    assert "2 h 40 m" not in text


def test_history_that_still_loads_shows_how_far_it_is() -> None:
    loading = wall_shape()["backfill"] | {"done_ratio": 0.436, "is_complete": False}
    assert "43% of history loaded" in told(card(wall_shape(backfill=loading), utc_now()))  # type: ignore[arg-type]


def test_a_missing_source_is_the_worst_of_the_page() -> None:
    walls = [wall_shape(), wall_shape("oh")]
    walls[1]["freshness"]["page"] = fresh(0, state="missing", as_of_at=None)
    assert "No data yet" in told(oldest(walls, utc_now()))  # type: ignore[arg-type]


def test_no_plant_yet_says_what_to_do() -> None:
    assert "rackline check" in told(overview([], utc_now()))


def health(*sources: dict[str, Any]) -> Any:
    backfill = wall_shape()["backfill"]
    return [{"read_at": "", "sources": list(sources), "backfills": {"mp": backfill}}]


@pytest.mark.parametrize(
    ("changes", "words", "plate"),
    [
        ({}, "ok", "none"),
        ({"level": "stale"}, "stale ", "stale"),
        ({"level": "missing", "last_success_at": None}, "No data yet", "stale-outline"),
        (
            {"level": "missing", "last_success_at": None, "failure_count": 9, "state": "retrying"},
            "No data yet",
            "stale",
        ),
        ({"state": "refused", "level": "stale"}, "refused", "red"),
        ({"state": "changed", "level": "stale"}, "changed", "red"),
        ({"state": "retrying", "failure_count": 3}, "retrying ×3", "outline"),
        ({"state": "retrying", "failure_count": 3, "level": "stale"}, "stale ", "stale"),
        ({"state": "retrying", "failure_count": 3, "quarantined_count": 31}, "31 held", "amber"),
        ({"quarantined_count": 31}, "31 held", "amber"),
        ({"quarantined_count": 3}, "ok", "none"),
        ({"message": "may be missed"}, "degraded", "amber"),
        ({"level": "off"}, "off", "outline"),
    ],
)
def test_the_state_of_a_source_has_a_word_and_a_plate(
    changes: dict[str, Any], words: str, plate: str
) -> None:
    shown = worst_state(health(source_shape(**changes)), utc_now())
    assert words in told(shown)
    assert plates(shown) == {plate}


def test_sources_that_need_action_come_first() -> None:
    sources = [source_shape(), source_shape(feed="stock", state="refused", level="stale")]
    text = told(health_page(health(*sources), PLANTS, utc_now()))
    assert text.index("Inventory") < text.index("Production steps")


def test_a_source_that_retries_within_its_lag_needs_no_action() -> None:
    retrying = source_shape(feed="stock", state="retrying", failure_count=2, message="timed out")
    text = told(health_page(health(source_shape(), retrying), PLANTS, utc_now()))
    assert "none needs action, 1 retrying" in text
    assert "timed out" not in text, "no problem card"


def test_one_source_that_is_late_needs_action() -> None:
    late = source_shape(feed="stock", level="stale")
    assert "1 needs action" in told(health_page(health(source_shape(), late), PLANTS, utc_now()))


def test_before_the_first_load_nothing_is_counted_and_nobody_is_called() -> None:
    sources = [
        source_shape(feed=feed, state="new", level="missing", last_success_at=None, rows_last_day=0)
        for feed in ("unit_step", "stock")
    ]
    page = health_page(health(*sources), PLANTS, utc_now())
    figures = told(page[0])
    assert figures.count("No data yet") == 3
    assert figures.count("waiting for the first load") == 4
    assert "action" not in figures
    assert "Nothing has been loaded yet" not in told(page), "no problem cards"


def test_sources_still_waiting_are_told_apart_from_those_that_need_action() -> None:
    waiting = source_shape(feed="stock", state="new", level="missing", last_success_at=None)
    text = told(health_page(health(source_shape(), waiting), PLANTS, utc_now()))
    assert "none needs action, 1 waiting for the first load" in text


def test_a_problem_says_what_happened_what_is_shown_and_what_comes_next() -> None:
    source: Any = source_shape(
        state="changed", level="stale", message="expected columns are gone: qty_on_hand"
    )
    text = told(problem(source, PLANTS, utc_now()))
    for words in ("feed is stopped since", "qty_on_hand", "stays on screen", "Next try", "CT"):
        assert words in text


def test_held_rows_name_their_top_reason() -> None:
    source: Any = source_shape(quarantined_count=31, top_reason="unknown_unit")
    text = told(problem(source, PLANTS, utc_now()))
    assert "31 rows are held, mostly: unknown unit" in text


def test_a_degraded_source_says_what_weakens_it_and_what_helps() -> None:
    weak = source_shape(message="rows may be missed. Run: GRANT pg_read_all_stats TO reader")
    page = told(health_page(health(weak), PLANTS, utc_now()))
    assert "1 needs action" in page
    assert "GRANT pg_read_all_stats TO reader" in page
    assert "stays on screen" not in page
    held: Any = weak | {"quarantined_count": 31}
    assert "GRANT pg_read_all_stats" in told(problem(held, PLANTS, utc_now()))


def test_the_pause_after_failures_is_told_in_the_plants_time() -> None:
    retrying = source_shape(
        state="retrying", failure_count=3, next_attempt_at="2026-07-06T19:32:40Z"
    )
    assert "retrying ×3, next try 14:32" in told(health_page(health(retrying), PLANTS, utc_now()))


def test_one_held_row_is_a_row() -> None:
    source: Any = source_shape(quarantined_count=1, rows_last_day=10)
    assert "1 row is held" in told(problem(source, PLANTS, utc_now()))


def test_a_healthy_source_has_no_problem_card() -> None:
    assert "stays on screen" not in told(health_page(health(source_shape()), PLANTS, utc_now()))


def test_no_source_yet_says_what_to_do() -> None:
    assert "rackline check" in told(health_page(health(), PLANTS, utc_now()))


def test_repairs_and_gaps_of_comparisons_are_told_with_the_overlap() -> None:
    told_of = {
        "overlap_seconds": 120, "reconcile_days": 7, "checked_at": "2026-11-10T18:00:00Z",
        "day_count": 30, "gap_count": 1, "repaired": [3, 0, 1], "repaired_at": None,
        "message": "no route to host",
    }  # fmt: skip
    late = source_shape(feed="stock", level="stale", compared=told_of)
    whole = source_shape(feed="part", compared=told_of | {"reconcile_days": 0, "repaired": [0] * 3})
    text = told(health_page(health(late, whole), PLANTS, utc_now()))
    assert "in the last 30 days put in 3 rows, took out 1 row." in text
    assert "in agreement: all but 1 day; which: rackline reconcile --gaps. no route to host" in text
    assert "4 rows repaired in 30 days, 2 gaps" in text
    assert "every load" in text
    assert "2 min" in text


def test_a_clock_that_is_off_is_told_and_one_that_is_not_is_not() -> None:
    off = {"source": "mp.test_run", "estimated_at": "2026-11-10T18:00:00Z", "correction": None}
    moved = {"correction": {"skew_ms": 90_000, "from_at": "2026-11-10T12:00:00Z"}}
    found: Any = health(source_shape())
    found[0]["clocks"] = {
        "mp": [
            off | {"station": "TST-9", "skew_ms": -660_000},
            off | {"station": "TST-8", "skew_ms": 90_000} | moved,
            off | {"station": "TST-7", "skew_ms": 30_000},
        ]
    }
    text = told(health_page(found, PLANTS, utc_now()))
    assert "TST-9" in text
    assert "11 min behind" in text
    assert "wrong hours" in text
    assert "kept as sent" in text
    assert "corrected as 1 min ahead for" in text
    assert "TST-7" not in text


def test_a_new_column_is_announced() -> None:
    change = {"column": "operator", "what": "new", "kind": "text", "at": "2026-11-10T18:00:00Z"}
    text = told(health_page(health(source_shape(drift=[change])), PLANTS, utc_now()))
    assert "operator" in text
    assert "new (text)" in text
