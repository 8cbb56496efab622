"""The throughput page over canned answers: what it says, where its clicks lead, what it exports."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dash._utils import to_json

from dashboard.address import parse
from dashboard.components.flow.hours import _bar
from dashboard.components.flow.state import FIELDS, link
from dashboard.desk import Drawn, drawn, settled
from dashboard.exports.files import csv_lines, xlsx_pieces
from dashboard.figures.flow import hour_chart, times_chart
from dashboard.flow import Behind
from dashboard.pages import throughput
from db.queries.flow_shapes import FlowFilter
from db.queries.scope import EVERY_PLANT, Scope
from tests.dashboard import hours_of_a_shift as canned
from tests.dashboard.fakes import FakeRead
from tests.dashboard.hours_of_a_shift import HOSTILE
from tests.dashboard.test_yields import links, parts, plain, text

STATE = {field.name: field.default for field in FIELDS}


def with_page(shape: dict[str, Any] | None = None) -> FakeRead:
    read = FakeRead()
    read.answers |= canned.answers(flow_page=shape or canned.page())
    return read


async def page(read: FakeRead, search: str = "") -> Drawn:
    return await drawn(throughput.DESK, read, EVERY_PLANT, search, names={}, theme="dark")


async def said(shape: dict[str, Any] | None = None, search: str = "") -> str:
    return text((await page(with_page(shape), search)).content)


async def test_the_page_says_how_far_behind_and_what_was_missed_to_what() -> None:
    told = await said()
    assert (
        "2 behind Mount Pleasant, Night shift, Sat Oct 31, 18–06 CT, 13 hours: 2 hours missed"
        in told
    )
    assert "the plan by 2.8 racks together: 0.9 down and 1.9 unexplained." in told
    assert "Racks done 10 of 24.0 2 behind of 11.5 due by now , ends at 21" in told
    assert "Attainment 87.0 % by mix 78.3% ; takt 30:00, pace 33:00" in told
    assert "Cycle time, median 28.1 h p90 30.1 h over 10 racks" in told
    assert "In process 31 racks now oldest 44.0 h , p90 26.5 h , 1 ghost left out" in told


async def test_the_page_says_what_its_numbers_lack() -> None:
    lacks = "racks done and output exclude 33 steps"
    found = await page(with_page(canned.page(lacks=[lacks])))
    assert found.notices == [f"Mount Pleasant: {lacks}. They wait in quarantine."]


async def test_each_hour_says_plan_output_both_variances_and_why() -> None:
    content = plain((await page(with_page())).content)
    [table] = [
        it for it in parts(content) if it["props"].get("aria-label", "").startswith("Hour by")
    ]
    rows = [text(it) for it in parts(table) if it["type"] == "Tr"]
    assert rows[1] == "18 2.2 2 −0.2 −0.2"
    assert rows[3].startswith("20 1.6 0 −1.6 −2.0 Waited for the crane")
    assert "Ana Silva 1.6 short 0.9 down: Seal" in rows[3]
    assert "L1-LEAK-1, 35 min, 14 h before; 0.7 unexplained" in rows[3]
    assert rows[6] == "23 now 1.1 2 +0.9 −1.5", "of the running hour the plan counts so far"
    assert rows[8] == "01A 2.2 — — —", "an hour to come has a plan and nothing else"


async def test_hours_without_a_plan_are_not_judged() -> None:
    bare = [row | {"planned": None, "due": None, "difference": None, "cumulative_due": None,
                   "cumulative_difference": None, "is_missed": False, "reasons": []}
            for row in canned.hours()]  # fmt: skip
    none = canned.output(target=None, due=None, difference=None, forecast=None, level="none",
                         attainment_ratio=None, mix_ratio=None, takt_seconds=None)  # fmt: skip
    told = await said(canned.page(output=none, hours=bare, lost=[]))
    assert "No plan No plan is loaded for this window: racks are counted, nothing is judged" in told
    assert "Racks done 10 no plan to compare with" in told
    assert "Without a plan no hour can miss it." in told
    assert "made without a plan" in told
    assert "Attainment — nothing was planned so far" in told
    assert " 0.0%" not in told


async def test_old_data_are_said_and_what_comes_after_them_is_not_judged() -> None:
    old = canned.page(stale_at="2026-07-06T13:30:00Z", as_of_at="2026-07-06T19:30:00Z")
    told = await said(old)
    ended = "Data stale Production data end Mon 08:30 CT: no later hour is counted or judged."
    assert told.startswith(ended)
    assert "due by Mon 08:30" in told
    assert "racks at Mon 08:30" in told
    assert "23 last data 1.1 2" in told
    report = await throughput.PAGE.tables(with_page(old), EVERY_PLANT, {}, "")  # type: ignore[misc]
    assert "Production data end Mon 08:30 CT" in "".join(csv_lines(report))


NOBODY = "No shift is published for Mount Pleasant on Thu Nov 26: the plant is closed."


async def test_a_day_on_which_nobody_works_is_words_and_no_zero() -> None:
    told = await said(canned.empty(NOBODY))
    assert NOBODY in told
    assert "Nobody works in this window, so no hour missed anything." in told
    assert "No line worked in this window so far" in told
    assert "planned busy time is none, so OEE is not known" in told
    assert "No rack is begun and not completed." in told
    assert "No rack was completed in the 7 days up to this window" in told
    assert "%" not in told.replace("80 to 125 %", "")


async def test_both_methods_and_their_refusal_are_told() -> None:
    told = await said()
    assert "Active period: Leak had the longest active period 70% of the time" in told
    assert "Queue growth and load: Rack stress in a burn-in slot" in told
    whole = to_json((await page(with_page())).content)
    assert "60%, too little" in whole, "tables are one piece of HTML"
    assert "no standard time" in whole
    assert "Test power and coolant are not known as constraints." in told
    refusal = "the states of LEAK cover 61% of the time, 80% is needed: no bottleneck by states"
    first = {"method": "active period", "operation": "", "name": "", "sentence": refusal}
    told = await said(canned.page(bottlenecks=[canned.line(first=first, leads=[])]))
    assert "Active period: Cannot tell The states of LEAK cover 61% of the time" in told


async def test_the_waterfall_has_every_class_and_unexplained_is_one_of_them() -> None:
    told = await said()
    assert "OEE 65.2% Availability 69.7% Effectiveness 102.2% Quality 85.7%" in told
    assert "Planned busy time 100.0% 660 min Down 9.1% 60 min Starved 18.2% 120 min" in told
    assert "Unexplained 3.0% 20 min Faster than planned 1.5% +10 min" in told
    assert "Good time 65.2% 430 min" in told
    assert "Effectiveness is 102 %: a planned run time (PRI) is too long." in told
    shut = canned.oee(busy_minutes=0.0, availability=None, effectiveness=None, quality=None,
                      oee=None, losses=[], good_minutes=0.0, faults=[])  # fmt: skip
    told = await said(canned.page(oee=shut))
    assert "OEE — Availability — Effectiveness — Quality —" in told
    assert "Planned busy time is 0: nothing was scheduled, so there is no ratio." in told


async def test_ghosts_are_listed_and_aged_racks_named() -> None:
    told = await said()
    assert "1 ghost: silent for over five times what their stage usually takes, not counted" in told
    assert "MR000009 Cable, no word since" in told
    assert "1 scrapped rack left out." in told
    off = canned.page()["little"] | {"is_off": True, "ratio": 1.6, "sentence": "look for racks"}
    told = await said(canned.page(little=off))
    assert "Data disagree Little's law , over 14 days: look for racks." in told


async def test_the_store_is_asked_what_the_address_says() -> None:
    seen: list[FlowFilter] = []

    def answer(scope: Scope, asked: FlowFilter) -> dict[str, Any]:
        seen.append(asked)
        return canned.page()

    read = with_page()
    read.answers["flow_page"] = answer
    found = await page(read, "?plant=oh&line=L2&shift=N&on=2026-10-31&oee=LEAK")
    assert found.notices == []
    assert seen[-1] == FlowFilter("oh", "L2", "N", date(2026, 10, 31), None, "LEAK")
    found = await page(read, "?on=2026-10-31")
    assert seen[-1] == FlowFilter("mp")
    assert "The day counts only with a named shift or the whole day." in found.notices
    await page(read, "?shift=last&asof=2026-11-22T12%3A00")
    assert seen[-1].at == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert "“soon” is no instant" in (await page(read, "?asof=soon")).notices[-1]


async def test_the_plant_furthest_behind_is_shown_unless_one_is_chosen() -> None:
    read = with_page(canned.page(plant="tx", plant_name="Houston"))
    read.answers["furthest_behind"] = Behind("tx", 3.0)
    assert (await page(read)).options["plant"][0].label == "Furthest behind: Houston"
    read.answers["furthest_behind"] = Behind("", 0.0)
    assert (await page(read)).options["plant"][0].label == "First: Houston"
    nowhere = FakeRead()
    nowhere.walls = {}
    assert "There is no plant to show yet." in text((await page(nowhere)).content)


async def test_earlier_and_later_are_links_and_every_state_an_address() -> None:
    found = links((await page(with_page())).content)
    assert found["Earlier"] == "/throughput?shift=D&on=2026-10-31"
    assert "Later" not in found, "there is no shift after the one that runs"
    chosen = {"plant": "oh", "line": "L2", "shift": "N", "on": "2026-10-31", "oee": "LEAK"}
    state, notices = parse(FIELDS, link({**STATE, **chosen}).partition("?")[2])
    assert (state, notices) == ({**STATE, **chosen}, [])


async def test_hostile_text_is_text_everywhere_hover_too() -> None:
    bars = [_bar(row) for row in canned.hours()]  # type: ignore[arg-type]
    hover = to_json(hour_chart(bars, "light")).replace("\\u003c", "<").replace("\\u003e", ">")
    assert "<img" not in hover
    assert HOSTILE in text((await page(with_page())).content)
    content = plain((await page(with_page())).content)
    assert not [it for it in parts(content) if "dangerously" in str(it["props"])]


def test_the_repeated_hour_has_its_own_place_and_name() -> None:
    bars = [_bar(row) for row in canned.hours()]  # type: ignore[arg-type]
    chart = hour_chart(bars, "dark")
    assert chart.layout.xaxis.type == "date"
    assert list(chart.layout.xaxis.ticktext)[-1] == "01A"
    assert len(set(chart.layout.xaxis.tickvals)) == len(bars)
    assert chart.data[0].y[-1] is None, "an hour to come has no bar"
    assert chart.layout.yaxis.range[0] == 0
    assert times_chart([], None, None, "dark").data == ()


async def test_the_export_holds_every_table_with_its_definitions() -> None:
    asked = (await settled(throughput.DESK, with_page(), EVERY_PLANT, "?line=L1", names={},
                           theme="light"))[0]  # fmt: skip
    report = await throughput.tables(asked)
    for table in report.tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title
    file = "".join(csv_lines(report))
    assert "Throughput of Mount Pleasant, Night shift, Sat Oct 31" in file
    assert 'OEE,"Overall equipment effectiveness after ISO 22400-2' in file
    assert "0.90 Down: Seal" in file
    assert "Ana Silva: Waited for the crane" in file
    assert "Line,L1" in file
    assert b"".join(xlsx_pieces(report))[:2] == b"PK"


@pytest.mark.parametrize(("is_noted", "first"), [(True, 4), (False, 4)])
async def test_a_note_is_first_about_the_newest_missed_hour_without_one(
    is_noted: bool, first: int
) -> None:
    rows = canned.hours()
    if not is_noted:
        rows[2]["notes"] = []
    found = await page(with_page(canned.page(hours=rows)))
    [store] = [it["props"]["data"] for it in parts(plain(found.content))
               if it["props"].get("id") == "throughput-subjects"]  # fmt: skip
    values = [it["value"] for it in store["subjects"]]
    assert values[0] == f"hour:{rows[first]['key']}"
    assert (values[1] == f"hour:{rows[2]['key']}") is not is_noted
    assert values[-1] == "shift:2026-10-31/N"
    assert len(values) == len(set(values)) == 7
