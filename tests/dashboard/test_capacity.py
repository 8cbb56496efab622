"""The capacity page over canned ledgers: what it says, what is unknown, where it leads."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.components.capacity.charts import bars_of, foreseen
from dashboard.components.capacity.figures import figures
from dashboard.components.capacity.view import View, view_of
from dashboard.desk import Drawn, drawn, settled
from dashboard.exports.files import csv_lines, xlsx_pieces
from dashboard.figures.capacity import Bar, weeks_chart
from dashboard.pages import capacity
from db.domain.calendar import DAY
from db.domain.capacity.facts import CapacityFacts, ProductFact, Use
from db.queries.scope import EVERY_PLANT
from tests.dashboard.capacities import capacities, facts
from tests.dashboard.fakes import FakeRead, plant_shape
from tests.dashboard.test_shortages import panel, text_of
from tests.db.domain.capacity.plants import TODAY, WEEKS, first, wanted

STATE = {field.name: field.default for field in capacity.DESK.fields}
PLANTS = [plant_shape(code) for code in ("mp", "oh", "tx")]


def store(*plants: CapacityFacts) -> FakeRead:
    read = FakeRead()
    read.answers["capacity"] = capacities(*plants)
    return read


async def page(read: FakeRead, search: str = "") -> Drawn:
    return await drawn(capacity.DESK, read, EVERY_PLANT, search, names={}, theme="light")


def view(*plants: CapacityFacts, **state: str) -> View:
    return view_of(capacities(*plants), PLANTS, STATE | state)


async def test_the_verdict_names_who_is_short_how_much_from_when_and_who_has_room() -> None:
    said = text_of((await page(store())).content[0])
    assert said == (
        "Short Mount Pleasant is 2 to 22 racks a week short of its commitment from Aug 17. "
        "Lordstown and Houston together have room for at least 60 in each of those weeks."
    )
    one = text_of((await page(store(), "?plant=oh")).content[0])
    assert one == (
        "Covered What is committed for the next 12 weeks is covered by what was demonstrated. "
        "Least room is in the week of Jul 6 : 20 racks ."
    )


async def test_the_page_and_its_export_say_what_the_numbers_lack() -> None:
    lacks = "demand excludes 2 lines"
    assert (await page(store())).notices == [f"Lordstown: {lacks}. They wait in quarantine."]
    assert (await page(store(), "?plant=mp")).notices == []
    report = await capacity.PAGE.tables(store(), EVERY_PLANT, {}, "")  # type: ignore[misc]
    assert ("Lacking", f"Lordstown: {lacks}") in report.definitions


async def test_four_figures_answer_what_was_shipped_and_what_can_be_committed() -> None:
    strip = text_of((await page(store())).content[1])
    assert "MW shipped, last week 34.8 MW 264 racks · week of Jun 29" in strip
    assert (
        "Demonstrated capacity 300 racks/wk 39.6 MW/wk · median of the last 4 full weeks" in strip
    )
    assert "Committed peak, next 12 weeks 262 racks/wk 2026-W39, from Sep 21 · 87% of" in strip
    assert "options ask 27 , not a commitment" in strip
    week = text_of((await page(store(), "?week=2026-W30")).content[1])
    assert "Committed, week of Jul 20 226 racks/wk" in week
    assert "Can still be committed for week of Jul 20" in week
    assert "+74 racks in that week or 180 racks over the 3 weeks to its end" in week, (
        "what weeks together can still promise never stands where a week's room is looked for"
    )


def test_room_in_a_week_is_not_told_without_what_the_weeks_before_it_lack() -> None:
    seen = view(week="2026-W30")
    ledgers = [site.held.ledger for site in seen.sites]
    short = [replace(it, committable=dict.fromkeys(it.committable, -20.0)) for it in ledgers]
    sites = [
        site._replace(held=replace(site.held, ledger=ledger))
        for site, ledger in zip(seen.sites, short, strict=True)
    ]
    told = text_of(figures(replace(seen, sites=sites)))
    assert "+74 racks in that week but the 3 weeks to its end are 60 racks short together" in told


async def test_megawatts_are_those_of_the_same_racks() -> None:
    found = await page(store(), "?unit=mw")
    assert "0.3 to 2.9 MW a week short" in text_of(found.content[0])
    limits = panel(found, "What limits each plant")
    assert "13.2 10.3 16.1 Sep 21 −2.9 / wk from Aug 17" in limits


async def test_the_table_names_the_constraint_with_its_evidence() -> None:
    limits = panel(await page(store()), "What limits each plant")
    assert (
        "Mount Pleasant, WI 105 100 78 122 Sep 21 −22 / wk from Aug 17 Burn-in full 9 of" in limits
    )
    assert "Lordstown, WI 105 90 70 70 Jul 6 covered Burn-in" in limits


async def test_a_week_leads_to_its_rows_and_claims_stay_apart() -> None:
    found = await page(store(), "?week=2026-W30&plant=mp")
    wanted_ = panel(found, "Wanted, week of Jul 20")
    assert "Mount Pleasant mp-2 customer 2 RK commitment 86 2026-07-21 —" in wanted_
    assert "mp-3" not in wanted_
    assert "40 slots × 168 h × 0.9 ÷ 57.6" in panel(found, "What each resource allows")
    claims = panel(found, "Said in public, no rating of any plant")
    assert "AI racks the whole company 1,000 racks/week 2026-07-06 a company day" in claims
    past = await page(store(), "?week=2026-W27&plant=mp")
    assert "Mount Pleasant RK 90 88" in panel(past, "Made and shipped, week of Jun 29")


async def test_how_far_material_is_known_and_the_forecasts_past_error_are_said() -> None:
    found = await page(store())
    said = text_of(found.content)
    assert "Material is known for Mount Pleasant until Aug 2, Lordstown until Aug 2" in said
    told = panel(found, "Forecast, and how it did before")
    assert "earlier ramps" in told
    assert "80 of 100 weeks" in told


BAD = [
    ({"plan": ()}, "no plan for the weeks to come"),
    ({"uses": (Use("BURN", "RK", None),)}, "no rate is given for RK at Burn-in: rated is unknown"),
    ({"uses": (Use("BURN", "RK", 0.0),)}, "a rate of zero is given for RK at Burn-in"),
    ({"demand": (wanted("O1", 8, kind="option", expires_on=TODAY - DAY),)},
     "option O1 expired on 2026-07-05: its 8 racks are left out"),
    ({"demand": (wanted("C1", 50), wanted("C2", 40))}, "C1, C2 want RK for ACME on 2026-07-07"),
    ({"weeks": (*WEEKS[:6], replace(WEEKS[6], working_hours=0.0, is_shutdown=True))},
     "is a planned shutdown: nothing is rated or demonstrated in it"),
    ({"weeks": (*WEEKS[:6], replace(WEEKS[6], end_at=WEEKS[6].end_at + DAY / 24))},
     "2026-W29 has 169 hours: clocks change in it"),
    ({"weeks": (*WEEKS[:6], replace(WEEKS[6], end_at=WEEKS[6].end_at - DAY / 24))},
     "2026-W29 has 167 hours: clocks change in it"),
    ({"products": ()}, "no nameplate kW of RK: its MW are unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "told"), BAD)
async def test_each_kind_of_bad_input_is_said_in_words(given: dict[str, Any], told: str) -> None:
    found = await page(store(facts("mp", **given), facts("oh")))
    assert f"Mount Pleasant: {told}".replace("Mount Pleasant: is", "is") in panel(
        found, "Faults in the data"
    ) or told in panel(found, "Faults in the data")


async def test_a_sum_with_an_unknown_part_is_at_least() -> None:
    silent = facts("oh", outputs=())
    found = await page(store(facts("mp"), silent))
    strip = text_of(found.content[1])
    assert "Demonstrated capacity at least 100 racks/wk" in strip
    assert "MW shipped, last week at least 11.6 MW" in strip
    assert "Cannot tell Lordstown: no full week of output yet" in text_of(found.content[0])
    no_kw = facts("oh", products=(ProductFact("RK"),))
    strip = text_of((await page(store(facts("mp"), no_kw), "?unit=mw")).content[1])
    assert "Demonstrated capacity at least 13.2 MW/wk" in strip


async def test_what_nobody_ships_or_rates_is_no_data_and_never_zero() -> None:
    bare = facts("mp", outputs=(), resources=(), demand=())
    found = await page(store(bare))
    strip = text_of(found.content[1])
    assert "MW shipped, last week No data" in strip
    assert "Demonstrated capacity No data" in strip
    limits = panel(found, "What limits each plant")
    assert "— — 0 0 Jul 6 — cannot tell Cannot tell" in limits
    nobody = FakeRead()
    nobody.answers["capacity"] = capacities()
    nobody.walls = {}
    assert "No plant is loaded yet" in text_of((await page(nobody)).content)


async def test_unknown_choices_fall_back_and_are_said() -> None:
    found = await page(store(), "?week=2031-W01&unit=gw")
    assert "Unit “gw” is not known here; shown: Racks." in found.notices
    assert any(notice.startswith("Week “2031-W01” is not known here") for notice in found.notices)


def test_options_stand_on_what_is_committed_and_are_added_to_nothing() -> None:
    found = view(plant="mp")
    bars = bars_of(found, STATE, {one.week.label: one for one in found.sites[0].held.ledger.weeks},
                   foreseen(found.sites[0]))  # fmt: skip
    last = bars[-1]
    assert (last.committed, last.optioned, last.is_short) == (122, 9, True)
    drawn_ = weeks_chart(bars, "racks", "light")
    committed, optioned, shipped = drawn_.data[:3]
    assert list(committed.y)[-1] == 122
    assert (list(optioned.base)[-1], list(optioned.y)[-1]) == (122, 9)
    assert len(shipped.y) == 5, "nothing is known of the running week yet"
    assert drawn_.layout.yaxis.range[0] == 0
    assert drawn_.layout.height == 240


def test_a_chart_without_anything_known_is_drawn_all_the_same() -> None:
    bars = [Bar("W1", first(0), False, None, 0.0, 0.0, None, None)]
    assert weeks_chart(bars, "MW", "dark", is_small=True).layout.height == 148
    assert weeks_chart([], "racks", "dark").layout.yaxis.range[1] > 0


async def test_the_workbook_has_a_sheet_for_each_table_and_says_what_words_mean() -> None:
    read = store()
    asked, _, _ = await settled(
        capacity.DESK, read, EVERY_PLANT, "?plant=mp", names={}, theme="light"
    )
    report = await capacity.tables(asked)
    text = "".join(csv_lines(report))
    assert [table.title for table in report.tables] == [
        "Ledger", "What limits", "Resources of the week", "Forecast", "Can be committed",
        "Demand of the week", "Said in public", "Faults in the data",
    ]  # fmt: skip
    assert "Demonstrated,Median of good racks" in text.replace('"', "")
    assert "own ISO weeks" in text
    assert "Mount Pleasant,all,2026-W28,2026-07-06,168" in text
    assert b"".join(xlsx_pieces(report)).startswith(b"PK")
