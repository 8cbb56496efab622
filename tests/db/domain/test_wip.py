"""Where racks stand, how long they usually do, and which are ghosts."""

from datetime import UTC, datetime, timedelta

import pytest

from db.domain.throughput_times import Standing
from db.domain.wip import Rack, Stop, ghosts, leads, queues, standing, stays, usual_p95

SIX = datetime(2026, 7, 6, 11, tzinfo=UTC)
STAGES = {"KIT": "Kit", "LEAK": "Leak", "BURNIN": "Test", "FINAL": ""}
ROUTE = list(STAGES)


def at(hours: float) -> datetime:
    return SIX + timedelta(hours=hours)


def stop(operation: str, start: float, end: float | None, result: str = "completed") -> Stop:
    kind = {"DEBUG": "repair", "KIT": "assemble"}.get(operation, "test")
    ended = None if end is None else at(end)
    return Stop(operation, kind, STAGES.get(operation, ""), at(start), ended, result)


def where(*stops: Stop, hour: float = 10) -> tuple[str, float]:
    told = standing(Rack("R1", stops), at(hour), STAGES, ROUTE)
    return told.stage, (told.since_at - SIX) / timedelta(hours=1)


def test_a_rack_stands_where_it_is_since_it_came() -> None:
    assert where(stop("KIT", 0, 1), stop("LEAK", 3, None)) == ("Leak", 1)
    assert where(stop("KIT", 0, None)) == ("Kit", 0)


def test_between_visits_it_stands_before_the_next_or_in_repair() -> None:
    assert where(stop("KIT", 0, 1)) == ("Leak", 1)
    assert where(stop("KIT", 0, 1), stop("LEAK", 2, 3, "failed")) == ("Repair", 3)
    assert where(stop("LEAK", 2, 3, "failed"), stop("DEBUG", 4, None)) == ("Repair", 3)
    assert where(stop("BURNIN", 0, 1)) == ("FINAL", 1), "an operation without a stage is its own"
    assert where(stop("FINAL", 0, 1)) == ("FINAL", 1)


def test_what_comes_later_is_not_known_yet() -> None:
    assert where(stop("KIT", 0, 1), stop("LEAK", 3, 5), hour=2) == ("Leak", 1)
    assert where(stop("KIT", 0, 4), hour=2) == ("Kit", 0)


def test_stays_are_waiting_and_work_together() -> None:
    rack = Rack("R1", [stop("BURNIN", 5, 9), stop("KIT", 0, 1), stop("LEAK", 3, 5)])
    assert stays([rack]) == {"Kit": [1], "Leak": [4], "Test": [4]}
    assert stays([Rack("R2", [stop("KIT", 0, None)])]) == {}


def test_few_stays_say_nothing_of_what_is_usual() -> None:
    assert usual_p95({"Kit": [1.0] * 19}) == {}
    assert usual_p95({"Kit": [1.0] * 20}) == {"Kit": 1.0}


@pytest.mark.parametrize(("hours", "is_ghost"), [(10.0, False), (10.1, True)])
def test_a_ghost_is_silent_for_over_five_times_its_stage(hours: float, is_ghost: bool) -> None:
    one = Standing("R1", "Kit", at(-hours), at(-hours))
    real, gone = ghosts([one], SIX, {"Kit": 2.0})
    assert (len(real), len(gone)) == ((0, 1) if is_ghost else (1, 0))
    assert ghosts([one], SIX, {}) == ([one], []), "nothing is usual, so nothing is a ghost"


def test_racks_that_wait_are_counted_before_the_operation_they_wait_for() -> None:
    racks = [
        Rack("A", [stop("KIT", 0, 1)]),
        Rack("B", [stop("KIT", 0, 1), stop("LEAK", 1, 2, "failed")]),
        Rack("C", [stop("KIT", 0, 9)]),
        Rack("D", [stop("FINAL", 0, 1)]),
        Rack("E", [stop("KIT", 8, 9)]),
    ]
    assert queues(racks, at(5), STAGES, ROUTE) == {"LEAK": 1}
    assert queues(racks, at(9.5), STAGES, ROUTE) == {"LEAK": 3}


def test_the_way_to_the_output_is_from_the_last_good_end_to_the_first_completion() -> None:
    racks = [
        Rack("A", [stop("KIT", 0, 1), stop("LEAK", 1, 2, "failed"), stop("DEBUG", 2, 3),
                   stop("LEAK", 3, 4), stop("FINAL", 9, 10), stop("FINAL", 20, 21)]),
        Rack("B", [stop("KIT", 0, 1), stop("LEAK", 2, 4)]),
    ]  # fmt: skip
    assert leads(racks, "FINAL") == {"KIT": 9, "LEAK": 6, "FINAL": 0}
