"""The simulated factory: what it makes, breaks, mends and uses up."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from etl.simulator.factory import Factory, Run
from etl.simulator.parts import PARTS
from etl.simulator.routing import BENCH_DOWN_REASONS, PROGRAMS, TESTER_DOWN_REASONS
from etl.simulator.scenario import CONSIGNED, LATE_SUPPLIERS, SAFETY_DAYS, SCENARIOS
from etl.simulator.worktime import DAY, HOUR
from tests.etl.simulator.conftest import CODES, PRESENT, Told, read_plant, tell

Get = Callable[[str], Told]


def first_verdicts(told: Told, operation: str) -> dict[str, dict[str, object]]:
    """The first passed or failed run of each unit at an operation."""
    stations = {s.code for s in told.plant.stations if s.operation == operation}
    runs = sorted(told.facts("test_run"), key=lambda run: str(run["started_at"]))
    first: dict[str, dict[str, object]] = {}
    for run in runs:
        if run["station"] in stations and run["verdict"] in ("passed", "failed"):
            first.setdefault(str(run["serial"]), run)
    return first


def output(told: Told) -> Counter[int]:
    """Racks done per hour."""
    finals = {s.code for s in told.plant.stations if s.operation == "FINAL"}
    return Counter(
        step["ended_at"] // HOUR  # type: ignore[operator]
        for step in told.facts("unit_step")
        if step["station"] in finals and step["result"] == "completed"
    )


@pytest.mark.parametrize("code", CODES)
def test_output_is_near_the_plan_on_every_recorded_day(told: Get, code: str) -> None:
    made, planned = output(told(code)), Counter[int]()
    for hour in told(code).facts("plan_hour"):
        planned[hour["hour_at"] // HOUR] += float(str(hour["planned_qty"]))  # type: ignore[operator,assignment]
    for day in range(1, 4):
        hours = range((PRESENT - day * DAY) // HOUR, (PRESENT - (day - 1) * DAY) // HOUR)
        ratio = sum(made[hour] for hour in hours) / sum(planned[hour] for hour in hours)
        assert 0.75 <= ratio <= 1.2, (day, ratio)


def test_about_140_racks_a_day_leave_the_three_plants(told: Get) -> None:
    days = 3
    total = sum(
        count
        for code in CODES
        for hour, count in output(told(code)).items()
        if hour * HOUR >= PRESENT - days * DAY
    )
    assert 120 <= total / days / 0.5 <= 150  # the tests' plants run at half scale


@pytest.mark.parametrize("code", CODES)
def test_the_books_balance_for_every_part(told: Get, code: str) -> None:
    for part, bin_ in told(code).factory.material.bins.items():
        booked = bin_.received - bin_.used - bin_.scrapped - bin_.adjusted
        assert bin_.on_hand == booked, part
        assert all(lot.qty >= 0 for lot in bin_.lots), part


@pytest.mark.parametrize("code", CODES)
def test_what_was_received_is_what_receipts_and_opening_lots_say(told: Get, code: str) -> None:
    here = told(code)
    arrived: Counter[str] = Counter()
    for receipt in here.facts("receipt"):
        arrived[str(receipt["part"])] += receipt["received_qty"]  # type: ignore[assignment]
    for part, bin_ in here.factory.material.bins.items():
        opening = bin_.received - arrived[part]
        odd = (SCENARIOS[code].bad_lot, SCENARIOS[code].innocent_lot)
        assert opening > 0, part
        allowed = SAFETY_DAYS + bin_.line.cycle_days
        allowed += sum(lot.cover_days for lot in odd if lot and lot.part == part)
        allowed += 0.5 if part in CONSIGNED else 0
        assert opening <= bin_.daily_use * allowed + 1000, part


@pytest.mark.parametrize("code", CODES)
def test_no_position_is_negative_and_none_promises_more_than_it_has(told: Get, code: str) -> None:
    for entry in told(code).factory.material.positions().values():
        _, part, _, _, qty, allocated, *_ = entry.fact
        assert 0 <= allocated <= qty, part  # type: ignore[operator]


@pytest.mark.parametrize("code", CODES)
def test_only_a_little_is_set_aside_and_it_is_for_service_not_for_racks_under_way(
    told: Get, code: str
) -> None:
    bins = told(code).factory.material.bins
    kept = {part: bin_.allocated for part, bin_ in bins.items() if bin_.allocated}
    assert 0 < len(kept) < len(bins) / 2
    for part, qty in kept.items():
        assert qty <= 0.15 * bins[part].daily_use + 1000, part


@pytest.mark.parametrize("code", CODES)
def test_every_child_in_the_genealogy_was_made_here(told: Get, code: str) -> None:
    here = told(code)
    made = {step["serial"] for step in here.facts("unit_step")}
    children = {link["child_serial"] for link in here.facts("genealogy")} - {""}
    assert len(children) > 1000
    assert children <= made


@pytest.mark.parametrize("code", CODES)
def test_every_lot_in_the_genealogy_was_received(told: Get, code: str) -> None:
    here = told(code)
    lots = {(lot["part"], lot["lot"]) for lot in here.facts("lot")}
    used = {(link["part"], link["lot"]) for link in here.facts("genealogy") if link["lot"]}
    assert len({part for part, _ in used}) >= 15
    assert used <= lots


def test_lots_come_to_a_new_revision_and_the_old_one_is_used_up_first() -> None:
    """Busbars change eleven days before the present, so both revisions are in the racks."""
    here = tell("oh", days=14, scale=0.3)
    links = [link for link in here.facts("genealogy") if link["part"] == "BUSBAR-48"]
    assert {link["part_revision"] for link in links} == {"B", "C"}
    lots: dict[object, set[object]] = {}
    for link in links:
        lots.setdefault(link["lot"], set()).add(link["part_revision"])
    assert all(len(revisions) == 1 for revisions in lots.values()), "a lot is of one revision"
    tracked = {line.part for line in PARTS if line.is_lot_tracked}
    named = [link for link in here.facts("genealogy") if link["part"] in tracked]
    assert all(link["part_revision"] for link in named)


@pytest.mark.parametrize("code", CODES)
def test_a_finished_rack_holds_27_trays(told: Get, code: str) -> None:
    here = told(code)
    packs = {s.code for s in here.plant.stations if s.operation == "PACK"}
    packed = {step["serial"] for step in here.facts("unit_step") if step["station"] in packs}
    trays: Counter[str] = Counter()
    for link in here.facts("genealogy"):
        if (
            str(link["position"]).startswith("U")
            and link["child_serial"]
            and not link["removed_at"]
        ):
            trays[str(link["parent_serial"])] += 1
    assert packed
    assert {trays[str(serial)] for serial in packed} == {27}


def test_the_bill_has_at_least_60_parts_of_many_countries_and_four_commodities() -> None:
    assert len({line.part for line in PARTS}) == len(PARTS) >= 60
    assert len({country for line in PARTS for _, country in line.suppliers}) >= 10
    assert {"cabling", "networking", "power", "cooling"} <= {line.commodity for line in PARTS}


@pytest.mark.parametrize("code", CODES)
def test_racks_that_fail_are_debugged_and_come_back(told: Get, code: str) -> None:
    here = told(code)
    operation = {s.code: s.operation for s in here.plant.stations}
    visits: defaultdict[str, list[str]] = defaultdict(list)
    for step in sorted(here.facts("unit_step"), key=lambda step: str(step["started_at"])):
        visits[str(step["serial"])].append(operation[str(step["station"])])
    loops = [path for path in visits.values() if "DEBUG" in path and path.count("LINK") > 1]
    assert loops
    assert {d["action"] for d in here.facts("defect")} >= {"RETEST", "REPLACE_PART"}


def test_trays_are_swapped_and_replaced_pieces_leave_the_genealogy(told: Get) -> None:
    here = [told(code) for code in CODES]
    assert any(d["action"] == "SWAP_TRAY" for one in here for d in one.facts("defect"))
    gone = [link for one in here for link in one.facts("genealogy") if link["removed_at"]]
    assert {link["qty"] for link in gone if not link["child_serial"]} == {1000}


@pytest.mark.parametrize("code", CODES)
def test_the_bill_has_levels_a_phantom_alternates_and_both_ways_of_scrap(
    told: Get, code: str
) -> None:
    bill = told(code).facts("bom")
    parents = {line["parent"] for line in bill}
    assert {line["part"] for line in bill if line["parent"] == "RK72-A"} >= parents - {
        "RK72-A",
        "RK72-B",
    }
    assert {line["part"] for line in bill if line["is_phantom"]} == {"HW-SET"}
    ranks = {(line["alternate_of"], line["alternate_rank"]) for line in bill}
    assert ranks >= {("UQD-04", 1), ("UQD-04", 2), ("DAC-400", 1)}
    assert {line["scrap_convention"] for line in bill} == {"divide", "multiply"}
    ends = {line["valid_to_on"] for line in bill if line["part"] == "BB-SHROUD"}
    assert ends == {line["valid_from_on"] for line in bill if line["part"] == "BB-SHROUD2"}


def test_stock_is_found_in_every_status_and_place() -> None:
    statuses: Counter[object] = Counter()
    places: set[str] = set()
    for code in CODES:
        for entry in tell(code, days=2, scale=0.2).factory.material.positions().values():
            statuses[entry.fact[3]] += 1
            places.add(str(entry.fact[0]).partition("-")[0])
    assert statuses.keys() >= {"unrestricted", "quality_hold", "consignment"}
    assert statuses.keys() & {"in_transit", "blocked"}
    assert places >= {"A01", "OVF", "CON", "SHELF"}


def test_some_suppliers_move_their_promises_more_than_others(told: Get) -> None:
    moved: defaultdict[bool, list[bool]] = defaultdict(list)
    for receipt in told("oh").facts("receipt"):
        if receipt["status"] == "received":
            late = str(receipt["supplier"]) in LATE_SUPPLIERS
            moved[late].append(str(receipt["promised_on"]) > str(receipt["first_promised_on"]))
    ratios = {late: sum(each) / len(each) for late, each in moved.items()}
    assert ratios[True] > 2 * ratios[False] > 0


@pytest.mark.parametrize("code", CODES)
def test_evaluation_builds_run_beside_committed_ones(told: Get, code: str) -> None:
    builds = {str(b["build"]): b for b in told(code).facts("build")}
    started = {str(s["build"]) for s in told(code).facts("unit_step") if s["build"]}
    kinds = {builds[build]["kind"] for build in started}
    assert {"evaluation", "firm"} <= kinds or {"evaluation", "commitment"} <= kinds


def test_the_bad_lot_drops_the_leak_test_at_mount_pleasant(told: Get) -> None:
    here, bad = told("mp"), SCENARIOS["mp"].bad_lot
    assert bad is not None
    with_lot = {link["parent_serial"] for link in here.facts("genealogy") if link["lot"] == bad.lot}
    first = first_verdicts(here, "LEAK")
    good = [run["verdict"] == "passed" for serial, run in first.items() if serial not in with_lot]
    poor = [run["verdict"] == "passed" for serial, run in first.items() if serial in with_lot]
    assert len(poor) > 20
    assert sum(poor) / len(poor) < 0.85 < sum(good) / len(good)


@pytest.mark.parametrize(("code", "part"), [("mp", "BB-CLIP"), ("oh", "FIB-MPO")])
def test_a_part_is_about_to_run_out_while_its_receipt_slipped(
    told: Get, code: str, part: str
) -> None:
    here = told(code)
    bin_ = here.factory.material.bins[part]
    hours = bin_.usable / bin_.daily_use * 24
    assert 2 < hours < 17
    slipped = {
        key for feed, key, entry in here.versions if feed == "receipt" and entry.fact[2] == part
    }
    assert len(slipped) > 1
    today = here.factory.clock.local_date(PRESENT).isoformat()
    promises = [r for r in here.facts("receipt") if r["part"] == part and r["status"] == "open"]
    assert min(str(r["promised_on"]) for r in promises) > today


def test_promises_move() -> None:
    here = tell("oh", days=2, scale=0.1)
    promised: defaultdict[object, set[object]] = defaultdict(set)
    for feed, key, entry in here.versions:
        if feed == "receipt":
            promised[key].add(entry.fact[9])
    assert sum(len(dates) > 1 for dates in promised.values()) >= 3


def test_stations_pause_for_breaks_but_burn_in_goes_on(told: Get) -> None:
    here = told("mp")
    stopped = {s["station"] for s in here.facts("station_state") if s["reason"] == "Break"}
    assert "L1-FRAME" in stopped
    assert "L1-BURNIN" not in stopped


@pytest.mark.parametrize("code", CODES)
def test_a_station_is_in_one_condition_at_a_time(told: Get, code: str) -> None:
    spans: defaultdict[object, list[tuple[object, object]]] = defaultdict(list)
    for state in told(code).facts("station_state"):
        spans[state["station"]].append((state["started_at"], state["ended_at"]))
    for station, stretches in spans.items():
        stretches.sort(key=lambda span: str(span[0]))
        for (_, end), (start, _) in itertools.pairwise(stretches):
            assert end == start, station
        assert stretches[-1][1] is None


def test_speed_quickens_the_plant_and_its_plan_from_the_present_on() -> None:
    factory = Factory(read_plant("mp"), Run(7, PRESENT, 1, 0.5, 20))
    factory.run(PRESENT + 5 * HOUR)
    rows = factory.journal.take(PRESENT + 5 * HOUR)
    planned = {e.fact[2]: float(str(e.fact[3])) for e in rows["plan_hour"].values()}
    assert planned[PRESENT + 2 * HOUR] == pytest.approx(20 * planned[PRESENT - 2 * HOUR], rel=1e-3)
    finals = [e.fact for e in rows["unit_step"].values() if str(e.fact[3]).endswith("FINAL")]
    before = sum(PRESENT - 5 * HOUR < fact[6] <= PRESENT for fact in finals if fact[6])  # type: ignore[operator]
    after = sum(fact[6] > PRESENT for fact in finals if fact[6])  # type: ignore[operator]
    assert after > 5 * before > 0


def test_scale_multiplies_the_output() -> None:
    counts = [sum(output(tell("mp", days=1, scale=scale)).values()) for scale in (0.5, 2)]
    assert 3 < counts[1] / counts[0] < 5


@pytest.mark.parametrize("code", CODES)
def test_what_stops_a_station_is_something_it_has(told: Get, code: str) -> None:
    testers = {s.code for s in told(code).plant.stations if s.operation in PROGRAMS}
    seen: dict[bool, set[object]] = {True: set(), False: set()}
    for state in told(code).facts("station_state"):
        if state["condition"] == "down":
            seen[state["station"] in testers].add(state["reason"])
    assert seen[True]
    assert seen[True] <= set(TESTER_DOWN_REASONS)
    assert seen[False]
    assert seen[False] <= set(BENCH_DOWN_REASONS)
