"""The capacity ledger: published figures, each column by hand, and every kind of bad input."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.domain.calendar import DAY, HolidayRule, PlantCalendar
from db.domain.capacity.facts import Claim, ProductFact, Resource, Supported, Use, WeekOutput
from db.domain.capacity.ledger import company, ledger
from db.domain.capacity.promise import available_to_promise, cumulative
from db.domain.capacity.quantities import in_mw, less, smaller, total
from db.domain.capacity.rated import slot_capacity
from db.domain.capacity.results import PlantLedger, Quantity, WeekLedger
from db.domain.capacity.weeks import weeks_of
from tests.db.domain.capacity.plants import CALENDAR, SHIFTS, TODAY, WEEKS, first, plant, wanted
from tests.db.domain.capacity.published import agrees, cases


def now(found: PlantLedger, ahead: int = 0) -> WeekLedger:
    return [one for one in found.weeks if not one.is_past][ahead]


def kinds(found: PlantLedger) -> set[str]:
    return {one.kind for one in found.findings}


@pytest.mark.parametrize("case", cases("rates", "slots"))
def test_slot_capacity(case: dict[str, Any]) -> None:
    racks = slot_capacity(
        case["slots"],
        case["hours"],
        case["availability"],
        case["test_hours"],
        case["retest_ratio"],
    )
    assert racks is not None
    assert agrees(racks, case["racks"])


@pytest.mark.parametrize("case", cases("rates", "median"))
def test_demonstrated_is_the_median_and_the_best_stands_apart(case: dict[str, Any]) -> None:
    outputs = tuple(WeekOutput("RK", first(n - 4), count) for n, count in enumerate(case["made"]))
    found = ledger(plant(outputs=outputs, products=(ProductFact("RK", case["kw"]),)))
    shown = now(found).demonstrated
    assert shown is not None
    assert agrees(shown.racks, case["racks"])
    assert shown.mw is not None
    assert agrees(shown.mw, case["mw"])
    assert found.best is not None
    assert agrees(found.best.racks, case["best"])
    assert found.best.first_on == first(-2)


@pytest.mark.parametrize("case", cases("promise", "case"))
def test_available_to_promise(case: dict[str, Any]) -> None:
    found = available_to_promise(case["on_hand"], case["scheduled"], case["ordered"])
    assert found == case["available"]
    assert cumulative(found) == case["cumulative"]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1), st.integers(0, 50))
def test_promises_add_up_to_supply_less_orders(weeks: list[Any], on_hand: int) -> None:
    found = available_to_promise(on_hand, [a for a, _ in weeks], [b for _, b in weeks])
    assert sum(found) == pytest.approx(on_hand + sum(a - b for a, b in weeks))


def test_a_week_in_racks_and_mw_with_its_constraint_named() -> None:
    found = ledger(plant())
    week = now(found)
    assert week.rated == Quantity(pytest.approx(105), pytest.approx(13.86))
    limit = found.limits[week.week.label][0]
    assert (limit.resource, limit.evidence) == ("BURN", "full 9 of 10 shifts")
    assert limit.reason == "40 slots × 168 h × 0.9 ÷ 57.6 slots·h a rack"
    many = tuple(replace(it, amount=4800.0) for it in plant().resources)
    reasons = [it.reason for it in ledger(plant(resources=many)).limits[week.week.label]]
    assert any(it.startswith("4,800 slots × 168 h") for it in reasons)
    assert found.limits[week.week.label][1].racks == pytest.approx(120)
    assert week.demonstrated == Quantity(100, 13.2)
    assert week.committed.racks == 90
    assert week.headroom is not None
    assert week.headroom.racks == 10
    assert week.headroom.mw == pytest.approx(13.2 - 11.88)
    assert found.findings == ()
    past = found.weeks[4]
    assert (past.made, past.shipped) == (Quantity(90, 11.88), Quantity(88, pytest.approx(11.616)))
    assert past.supported is None
    assert found.weeks[3].demonstrated == Quantity(100, 13.2), "80, 96, 104, 110"
    assert found.demonstrated_weeks == tuple(week.label for week in WEEKS[1:5])


def test_a_later_shortage_is_kept_free_of_promises() -> None:
    found = ledger(plant())
    labels = [week.label for week in WEEKS if week.end_at > found.weeks[5].week.start_at]
    assert now(found, 1).headroom.racks == -10  # type: ignore[union-attr]
    assert [found.committable[one] for one in labels[:3]] == [0, 0, 100]


def test_an_option_is_never_committed_nor_netted_and_says_whether_it_can_be_honoured() -> None:
    rows = (
        wanted("C1", 90),
        wanted("O1", 8, kind="option", expires_on=TODAY + DAY),
        wanted("O2", 8, kind="option", expires_on=TODAY, due_on=TODAY),
        wanted("E1", 4, kind="evaluation"),
        wanted("F1", 500, kind="forecast", customer="B"),
    )
    found = ledger(plant(demand=rows))
    week = now(found)
    assert (week.committed.racks, week.optioned.racks, week.evaluation.racks) == (90, 16, 4)
    assert week.headroom is not None
    assert week.headroom.racks == 10
    assert [(one.key, one.is_honourable) for one in found.options] == [("O2", True), ("O1", False)]


def test_an_option_past_its_expiry_is_left_out_and_named() -> None:
    rows = (wanted("O1", 8, kind="option", expires_on=TODAY - DAY),)
    found = ledger(plant(demand=rows))
    assert now(found).optioned.racks == 0
    (fault,) = found.findings
    assert fault.sentence == "option O1 expired on 2026-07-05: its 8 racks are left out"
    assert kinds(ledger(plant(demand=(wanted("O", 8, kind="option"),)))) == {
        "option_without_expiry"
    }


def test_overlapping_demand_is_counted_and_named() -> None:
    found = ledger(plant(demand=(wanted("C1", 50), wanted("C2", 40))))
    assert now(found).committed.racks == 90
    assert found.findings[0].sentence.startswith("C1, C2 want RK for ACME on 2026-07-07: all are")
    taken = (wanted("C1", 50), wanted("O1", 50, kind="option", expires_on=TODAY))
    assert kinds(ledger(plant(demand=taken))) == {"demand_overlap"}
    assert kinds(ledger(plant(demand=(wanted("C1", -3),)))) == {"negative_demand"}


def test_without_a_plan_the_mix_is_taken_from_output_and_said() -> None:
    found = ledger(plant(plan=()))
    assert now(found).planned is None
    assert found.mix_source == "output so far"
    assert "planned racks are unknown" in found.findings[0].sentence
    assert now(found).rated is not None


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        ({"uses": (Use("BURN", "RK", None),)}, "no_rate", "no rate is given for RK at Burn-in"),
        ({"uses": (Use("BURN", "RK", 0.0),)}, "zero_rate", "a rate of zero is given for RK"),
        ({"uses": ()}, "no_rate", "no rate of RK at any resource: rated is unknown"),
        (
            {"resources": (Resource("BURN", "Burn-in", "slots", None, "slots", True),)},
            "no_amount",
            "nobody has said how many slots Burn-in has: rated is unknown",
        ),
        ({"resources": ()}, "no_resource", "rated is unknown"),
    ],
)
def test_what_is_missing_from_a_rating_makes_it_unknown(
    given: dict[str, Any], kind: str, told: str
) -> None:
    found = ledger(plant(**given))
    assert now(found).rated is None
    assert kinds(found) == {kind}
    assert told in found.findings[0].sentence


def test_no_slots_is_no_capacity_but_a_known_one() -> None:
    resource = Resource("BURN", "Burn-in", "slots", 0, "slots", True)
    assert now(ledger(plant(resources=(resource,)))).rated == Quantity(0, 0)


def test_revision_without_kw_is_racks_without_mw_and_a_sum_at_least() -> None:
    found = ledger(plant(products=()))
    assert now(found).demonstrated == Quantity(100, None, False, True)
    assert found.findings[0].sentence == "no nameplate kW of RK: its MW are unknown"
    one, other = ledger(plant()), ledger(plant(plant="oh", products=()))
    week = company([one, other]).weeks[5]
    assert week.demonstrated == Quantity(200, 13.2, False, True)
    assert week.committed.racks == 180


def test_company_says_at_least_where_a_plant_is_silent_and_names_its_clock() -> None:
    silent = ledger(plant(plant="oh", outputs=(), demand=()))
    found = company([ledger(plant()), silent])
    assert found.clock == "each plant's own ISO weeks, by its own clock, added up"
    week = next(one for one in found.weeks if one.label == WEEKS[5].label)
    assert week.demonstrated == Quantity(100, 13.2, True, True)
    assert week.headroom is not None
    assert week.headroom.is_at_least
    assert not week.committed.is_at_least


def test_silent_weeks_are_left_out_of_the_median_and_a_short_history_is_said() -> None:
    outputs = (WeekOutput("RK", first(-3), 70), WeekOutput("RK", first(-1), 90, None, 4))
    found = ledger(plant(outputs=outputs))
    assert now(found).demonstrated == Quantity(78, pytest.approx(10.296))
    assert kinds(found) == {"no_output", "short_history"}
    assert "not taken as 0" in found.findings[0].sentence
    none = ledger(plant(outputs=()))
    assert now(none).demonstrated is None
    assert now(none).headroom is None
    assert none.best is None


def test_a_week_on_holiday_rates_nothing_and_never_enters_a_median() -> None:
    closed = [HolidayRule(first(-1) + DAY * n, "Shutdown") for n in range(7)]
    closed += [HolidayRule(first(1) + DAY * n, "Shutdown") for n in range(7)]
    calendar = PlantCalendar.from_definition("America/Chicago", "06:00", SHIFTS, closed)
    facts = plant(weeks=weeks_of(calendar, TODAY, back=5, ahead=12))
    outputs = (*facts.outputs[:-1], WeekOutput("RK", first(-1), 0))
    found = ledger(replace(facts, outputs=outputs))
    assert now(found).demonstrated == Quantity(100, 13.2), "80, 96, 104, 110"
    assert now(found, 1).rated == Quantity(0, 0)
    assert now(found, 1).headroom == Quantity(-110, pytest.approx(-14.52))
    assert [one.kind for one in found.findings] == ["shutdown", "shutdown"]


def test_weeks_of_167_and_169_hours_are_rated_by_their_hours_and_named() -> None:
    spring = weeks_of(CALENDAR, date(2026, 3, 2))
    autumn = weeks_of(CALENDAR, date(2026, 10, 26))
    facts = plant(weeks=(*spring, *WEEKS, *autumn))
    found = ledger(facts)
    assert found.weeks[0].rated is not None
    assert found.weeks[0].rated.racks == pytest.approx(104.375)
    assert found.weeks[-1].rated is not None
    assert found.weeks[-1].rated.racks == pytest.approx(105.625)
    told = {one.sentence for one in found.findings if one.kind == "clock_change"}
    assert told == {
        "2026-W10 has 167 hours: clocks change in it",
        "2026-W44 has 169 hours: clocks change in it",
    }


def test_material_binds_headroom_and_what_is_not_used_stays() -> None:
    supported = (Supported("RK", ((TODAY, 60), (first(1), 130)), 400, first(1) + 6 * DAY),)
    found = ledger(plant(supported=supported))
    assert now(found).supported == Quantity(60, 7.92)
    assert now(found).headroom.racks == -30  # type: ignore[union-attr]
    assert now(found, 1).supported == Quantity(70, 9.24)
    assert now(found, 2).supported is None
    covered = ledger(plant(supported=(replace(supported[0], order_count=60),)))
    assert now(covered).supported.is_at_least  # type: ignore[union-attr]
    none = ledger(plant(supported=None))
    assert kinds(none) == {"no_material"}
    assert now(none).headroom.racks == 10  # type: ignore[union-attr]


def test_two_products_share_the_slots_and_their_rows_add_up() -> None:
    facts = plant(
        products=(ProductFact("RK", 132.0), ProductFact("NX", 200.0)),
        uses=(Use("BURN", "RK", 48, 1, 0.2), Use("BURN", "NX", 96, 1, 0.2)),
        mix={"RK": 3, "NX": 1},
    )
    found = ledger(facts)
    week = now(found)
    assert week.rated is not None
    assert week.rated.racks == pytest.approx(40 * 168 * 0.9 / (0.75 * 57.6 + 0.25 * 115.2))
    parts = [now(replace(found, weeks=rows)).rated for rows in found.by_product.values()]
    assert total(parts) == Quantity(pytest.approx(week.rated.racks), pytest.approx(week.rated.mw))
    assert found.mix_source == "given"


def test_power_can_be_the_constraint() -> None:
    power = Resource("POWER", "Test power", "test_power", 4000, "kW", True, 1.0)
    facts = plant(
        resources=(*plant().resources, power),
        uses=(*plant().uses, Use("POWER", "RK", 48, 132, 0.2)),
    )
    found = ledger(facts)
    limit = found.limits[WEEKS[5].label][0]
    assert (limit.resource, limit.kind) == ("POWER", "test_power")
    assert limit.racks == pytest.approx(4000 * 168 / (48 * 132 * 1.2))


def test_claims_stay_apart_and_plant_weeks_are_labelled() -> None:
    claim = Claim("AI racks", 1000, "racks/week", date(2025, 11, 21), "company day")
    weeks = weeks_of(CALENDAR, TODAY, back=5, ahead=3, rule="plant", first_weekday=6)
    facts = plant(claims=(claim,), weeks=weeks, week_rule="plant", outputs=())
    found = ledger(facts)
    assert found.claims == (claim,)
    assert now(found).week.label == "wk 2026-07-05"
    assert ledger(plant()).weeks == ledger(plant(claims=(claim,))).weeks


def test_quantities_never_invent_what_is_not_known() -> None:
    assert total([]) is None
    assert total([None]) is None
    assert smaller(None, Quantity(3, 1)) == Quantity(3, 1)
    assert less(None, Quantity(1, 1)) is None
    assert less(Quantity(9, 3), Quantity(1, None, False, True)) == Quantity(8, None)
    assert in_mw({}, {}) == Quantity(0, 0)


def test_no_weeks_and_no_facts_raise_nothing() -> None:
    facts = plant(weeks=(), products=(), resources=(), uses=(), outputs=(), plan=(), demand=())
    assert ledger(facts).weeks == ()
    bare = replace(facts, weeks=WEEKS, at=datetime(2026, 7, 6, 11, tzinfo=UTC), supported=())
    found = ledger(bare)
    assert now(found).headroom is None
    assert {"no_plan", "no_resource", "no_output", "short_history"} <= kinds(found)
