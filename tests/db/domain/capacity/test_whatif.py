"""Scenarios: worked through as if the facts were so, side by side, and never touching them."""

from dataclasses import replace
from functools import cache

import pytest

from db.domain.calendar import DAY
from db.domain.capacity.changes import APPLY, PlantFacts, changed
from db.domain.capacity.scenario import (
    KINDS,
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
from db.domain.capacity.whatif import Answer, PlantAnswer, Standing, answer, stand
from db.domain.material.outlook import outlook
from db.domain.material.results import BuildOutlook
from tests.db.domain.capacity.plants import TODAY, first
from tests.db.domain.capacity.worlds import world


@cache
def plants() -> dict[str, PlantFacts]:
    return world(60, 20, 21, "ab")


@cache
def standing() -> dict[str, Standing]:
    return {code: stand(facts) for code, facts in plants().items()}


def ask(*changes: Change) -> Answer:
    return answer(standing(), Scenario(changes))


def plant(found: Answer, code: str = "a") -> PlantAnswer:
    return next(one for one in found.plants if one.plant == code)


def stock_of(code: str) -> tuple[str, float]:
    """A bought part of a plant of which some is free."""
    row = next(r for r in plants()[code].material.stock if r.qty > 50 and r.part.startswith("P-"))
    return row.part, row.qty


CHANGES: tuple[Change, ...] = (
    MoveReceipt("a", "PO3", 4),
    MoveReceipt("a", "PO5", -30),
    LoseResource("a", "BURN", 100, TODAY, first(2)),
    LoseLine("a", "L1", first(1), first(2)),
    AddShift("a", 24, first(1), first(3)),
    ChangeYield("a", "RK-1", 0.8),
    ChangeMix("a", "RK-1", 0.6),
    ExerciseOption("a", "optionRK-21"),
    MoveParts("a", "b", *stock_of("a"), 1.5),
)


def test_every_kind_of_change_is_made_and_tried_here() -> None:
    assert set(APPLY) == set(KINDS.values()) == {type(change) for change in CHANGES}


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: type(one).__name__)
def test_shortened_work_gives_what_the_whole_outlook_gives(change: Change) -> None:
    found = ask(change)
    world_after, _ = changed(plants(), [change])
    for one in found.plants:
        facts = world_after[one.plant].material
        whole = outlook(facts)
        stops = {s.line: s.first for s in whole.line_stops if s.case == "promised"}
        for stop in one.after.stops:
            first_stop = stops[stop.line]
            assert (stop.part, stop.stops_at) == (
                (first_stop.part, first_stop.stops_at) if first_stop else (None, None)
            )
        assert [unacted(build) for build in one.after.builds] == [
            unacted(build) for build in whole.builds
        ]


def unacted(build: BuildOutlook) -> BuildOutlook:
    """The build without what would help it, which what-if does not tell."""
    cases = {name: replace(case, best_action="") for name, case in build.cases.items()}
    return replace(build, cases=cases)


def test_nothing_changed_is_nothing_different_and_facts_stay_as_they_are() -> None:
    before = {code: replace(facts) for code, facts in plants().items()}
    assert plant(ask()).after is plant(ask()).before
    ask(*CHANGES)
    assert plants() == before
    assert plant(ask()).racks_gained == 0


def test_a_link_opens_to_the_same_numbers() -> None:
    scenario = Scenario(CHANGES, "all at once")
    text = scenario_text(scenario)
    assert answer(standing(), scenario_from(text)) == answer(standing(), scenario)


def test_lost_slots_lower_rating_and_expectation_by_the_days_they_are_gone() -> None:
    facts = replace(plants()["a"], material=replace(plants()["a"].material, builds=()))
    lost = Scenario((LoseResource("a", "BURN", 80, TODAY, first(1) - DAY),))
    found = plant(answer({"a": stand(facts)}, lost))
    old, new = (one.ledger.weeks[8].rated for one in (found.before, found.after))
    assert old is not None
    assert new is not None
    assert new.racks / old.racks == pytest.approx(1 - 0.5 * 6 / 7)
    week = found.weeks[0]
    assert week.rated == pytest.approx(new.racks - old.racks)
    shown = found.before.ledger.weeks[8].demonstrated
    assert shown is not None
    assert week.demonstrated == pytest.approx(-shown.racks * 0.5 * 6 / 7)
    assert found.weeks[1].rated == 0
    assert found.racks_gained is not None
    assert found.racks_gained == pytest.approx(min(week.rated, week.demonstrated), rel=0.3)


def test_a_lost_line_takes_its_slots_and_its_plan() -> None:
    found = plant(ask(LoseLine("a", "L1", first(1), first(2))))
    assert found.weeks[1].rated is not None
    assert found.weeks[1].rated < 0
    plan = found.after.facts.capacity.plan
    assert {row.product for row in plan if row.first_on == first(1) and not row.qty} == {
        "RK-0",
        "RK-1",
    }


def test_a_shift_more_helps_what_works_by_the_hour_only() -> None:
    wiring = plants()["a"]
    tight = tuple(
        replace(r, amount=5.0) if r.code == "WIRE" else r for r in wiring.capacity.resources
    )
    facts = replace(wiring, capacity=replace(wiring.capacity, resources=tight))
    one = {"a": stand(facts)}
    shift = AddShift("a", 16.8, first(1), first(2))
    found = plant(answer(one, Scenario((shift,))))
    rated = found.before.ledger.weeks[9].rated
    assert rated is not None
    assert found.weeks[1].rated == pytest.approx(0.1 * rated.racks)
    assert plant(ask(shift)).weeks[1].rated == 0, "slots run at night already"


def test_an_option_taken_up_is_committed_and_asks_for_material_last() -> None:
    found = plant(ask(ExerciseOption("a", "optionRK-21")))
    assert found.weeks[1].committed == 10
    assert found.weeks[1].headroom == -10
    assert found.after.builds[-1].build == "option optionRK-21"
    assert [b.buildable_now for b in found.after.builds[:-1]] == [
        b.buildable_now for b in found.before.builds
    ]


def test_a_worse_yield_makes_fewer_racks_of_the_same_slots() -> None:
    found = plant(ask(ChangeYield("a", "RK-1", 0.485)))
    week = found.before.ledger.weeks[8]
    assert week.demonstrated is not None
    share = sum(
        row.qty
        for row in plants()["a"].capacity.plan
        if (row.product, row.first_on) == ("RK-1", TODAY)
    ) / sum(row.qty for row in plants()["a"].capacity.plan if row.first_on == TODAY)
    assert found.weeks[0].rated == 0
    assert found.weeks[0].demonstrated == pytest.approx(-0.5 * share * week.demonstrated.racks)


def test_moved_parts_leave_one_plant_and_come_to_the_other() -> None:
    part, qty = stock_of("a")
    found = ask(MoveParts("a", "b", part, qty + 500, 2))
    (fault,) = found.findings
    assert fault.sentence == f"a has {qty:g} of {qty + 500:g} {part}: so many are moved"
    assert plant(found).after.ground.supply[part].free == 0
    come = plant(found, "b").after.ground.supply[part].counted
    assert [one.open_qty for one in come if one.key == "move from a"] == [qty]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (MoveReceipt("a", "NONE", 1), "NONE is no open receipt with a date"),
        (MoveReceipt("z", "PO3", 1), "no plant is called z"),
        (MoveParts("a", "z", "P-1", 1, 1), "no plant is called z"),
        (MoveParts("a", "b", "P-none", 1, 1), "a has no P-none to give"),
        (LoseResource("a", "NONE", 1, TODAY, first(1)), "a has no resource NONE"),
        (LoseLine("a", "L9", TODAY, first(1)), "no resource of a is known as line L9"),
        (AddShift("a", 8, first(40), first(41)), "no week lies in its dates"),
        (ChangeYield("a", "RK-1", 1.2), "a yield of 1.2 is not above 0 and at most 1"),
        (ChangeMix("a", "RK-9", 0.5), "RK-9 is 0% of the mix: its share cannot be changed"),
        (ExerciseOption("a", "firmRK-00"), "firmRK-00 is no option"),
    ],
)
def test_what_cannot_be_done_is_said_and_does_nothing(change: Change, why: str) -> None:
    found = ask(change)
    (fault,) = found.findings
    assert fault.sentence == f"{why}: this change does nothing"
    assert all(one.after is one.before for one in found.plants)
