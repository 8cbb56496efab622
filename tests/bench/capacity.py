"""How soon a what-if is answered for three plants of the size they are, and by how short a link."""

import time
from collections.abc import Iterator

import numpy as np

from db.domain.capacity.scenario import (
    AddShift,
    Change,
    ChangeMix,
    ChangeYield,
    ExerciseOption,
    LoseLine,
    LoseResource,
    MoveParts,
    MoveReceipt,
    Scenario,
    scenario_from,
    scenario_text,
)
from db.domain.capacity.whatif import answer, stand
from tests.bench.figures import Figure, Goal
from tests.db.domain.capacity.plants import TODAY, first
from tests.db.domain.capacity.worlds import world

ROUNDS = 6


def _scenarios() -> dict[str, Scenario]:
    """One change of every kind, several together, and one that reaches all three plants."""
    ones: tuple[Change, ...] = (
        MoveReceipt("a", "PO3", 4),
        LoseResource("a", "BURN", 40, TODAY, first(2)),
        LoseLine("a", "L1", first(1), first(2)),
        AddShift("a", 24, first(1), first(3)),
        ChangeYield("a", "RK-1", 0.8),
        ChangeMix("a", "RK-1", 0.6),
        ExerciseOption("a", "optionRK-21"),
        MoveParts("a", "b", "P-30", 5, 1.5),
    )
    found = {type(one).__name__: Scenario((one,)) for one in ones}
    found["three plants"] = Scenario(
        tuple(AddShift(code, 24, first(1), first(3)) for code in "abc")
    )
    found["all kinds"] = Scenario(ones, "all kinds together")
    return found


def _times(work: Scenario, standing: dict) -> list[float]:  # type: ignore[type-arg]
    """Milliseconds of processor time of a few answers."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        answer(standing, work)
        times.append(1000 * (time.process_time() - begun))
    return times


def measure(_: int) -> Iterator[Figure]:
    """The answer to every kind of change, p95 over all, and the length of the longest link."""
    standing = {code: stand(facts) for code, facts in world(400, 200, 84).items()}
    scenarios = _scenarios()
    times = {name: _times(one, standing) for name, one in scenarios.items()}
    for name, found in times.items():
        yield Figure("none", f"what-if, {name}", float(np.median(found)), None, "ms", "median")
    every = [one for found in times.values() for one in found]
    yield Figure(
        "none",
        "what-if, 3 plants, 12 weeks, 400 parts, 200 builds each",
        float(np.quantile(every, 0.95)),
        Goal("<=", 300),
        "ms",
        "p95",
    )
    text = scenario_text(scenarios["all kinds"])
    same = answer(standing, scenario_from(text)) == answer(standing, scenarios["all kinds"])
    yield Figure(
        "none", "scenario link, nine changes, opens to the same numbers", float(same), Goal(">=", 1)
    )
    yield Figure("none", "scenario link, characters", float(len(text)), Goal("<=", 2000))
