"""The yield page over canned answers: what it says, where its clicks lead, what it exports."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from html import escape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from dash._utils import to_json

from dashboard.address import parse
from dashboard.components.yields.later import LAST
from dashboard.components.yields.plot import chart_of
from dashboard.components.yields.state import FIELDS, finding_filters, link
from dashboard.desk import Drawn, drawn, settled
from dashboard.exports.files import csv_lines, xlsx_pieces
from dashboard.figures.yields import HEIGHT, is_below, limit_of, yield_chart
from dashboard.pages import yields
from dashboard.yields import Calling
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.yield_shapes import YieldFilter
from tests.dashboard import first_pass
from tests.dashboard.fakes import FakeRead
from tests.dashboard.first_pass import HOSTILE, LOT

STATE = {field.name: field.default for field in FIELDS}


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """No test sees what another one asked."""
    LAST._held.clear()


@pytest.fixture
def read() -> FakeRead:
    found = FakeRead()
    found.answers |= first_pass.answers()
    return found


def with_page(**changes: Any) -> FakeRead:
    """A store whose yield page differs."""
    found = FakeRead()
    found.answers |= first_pass.answers(first_pass=first_pass.page(**changes))
    return found


async def page(read: FakeRead, search: str = "") -> Drawn:
    return await drawn(yields.DESK, read, EVERY_PLANT, search, names={}, theme="dark")


def parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every component of a serialised tree, in order."""
    if isinstance(tree, list):
        for part in tree:
            yield from parts(part)
    elif isinstance(tree, dict) and "props" in tree:
        yield tree
        yield from parts(tree["props"].get("children"))


def plain(component: Any) -> Any:
    return json.loads(to_json(component))


def text(component: Any) -> str:
    """What a reader sees, in order."""
    return tidy(_words(plain(component)))


def tidy(words: Iterable[str]) -> str:
    return " ".join(" ".join(words).split())


def _words(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for part in tree:
            yield from _words(part)
    elif isinstance(tree, dict) and "props" in tree:
        yield from _words(tree["props"].get("children"))
    elif tree is not None and not isinstance(tree, dict):
        yield str(tree)


def links(component: Any) -> dict[str, str]:
    """Words of a link → where it leads."""
    found = [part for part in parts(plain(component)) if part["type"] == "A"]
    return {tidy(_words(it["props"]["children"])): it["props"]["href"] for it in found}


async def test_the_page_says_what_dropped_since_when_and_how_much(read: FakeRead) -> None:
    said = text((await page(read)).content)
    assert "Yield drop First-pass yield of Rack leak test on L1 fell from 96.2% to 88.9%" in said
    assert "First-pass yield since drop 88.9 % Mean 96.2% over 1,009 units before" in said
    assert "Night shift start, 44 h ago" in said
    assert "Racks that failed 16 of 144 +10.5 more than expected" in said
    assert "39 h 2.8 racks at test takt , 3 still open" in said
    assert "First verdict: the earliest run" in said
    assert "version 3 frozen by Ana Silva: after the new bench." in said


async def test_the_page_and_its_export_say_what_the_numbers_lack(read: FakeRead) -> None:
    lacks = "first-pass yield excludes 14 runs"
    read.answers["first_pass"] = first_pass.page(lacks=[lacks])
    assert (await page(read)).notices == [f"Mount Pleasant: {lacks}. They wait in quarantine."]
    report = await yields.PAGE.tables(read, EVERY_PLANT, {}, "")  # type: ignore[misc]
    assert ("Lacking", lacks) in report.definitions


async def test_the_explanation_says_that_it_looks_beyond_what_the_page_is_narrowed_to(
    read: FakeRead,
) -> None:
    whole, *_ = await yields.later(read, EVERY_PLANT, link(STATE))
    assert "whatever they carried" not in text(whole)
    one, *_ = await yields.later(read, EVERY_PLANT, link(STATE | {"supplier": "QD"}))
    assert "racks, whatever they carried · association, not proof of cause" in text(one)


async def test_why_and_the_parts_come_after_the_first_content(read: FakeRead) -> None:
    first = text((await page(read)).content)
    assert "Comparing units of the same days" in first
    why, listed, inside = await yields.later(read, EVERY_PLANT, link(STATE))
    assert [word in text(listed) for word in (LOT.partition(" ")[2], "none")] == [True, True]
    assert LOT not in first
    said = text(why)
    assert "association, not proof of cause" in said
    assert "214 factor values and pairs tested" in said
    assert f"Wrong if units without lot {LOT}, tested on the same days, fail as often" in said
    assert "Carried by 23 racks in process, 14 shipped: list them" in said
    part, _, lot = LOT.partition(" ")
    assert f"/lot/{part}/{lot}?plant=mp" in links(why).values()
    assert "time-wide, not this factor" in said
    assert "Of the change, −6.9 points are rate and −0.4 points product mix." in said
    assert "UQD-04 QD26-4471 is also in 23 in process, 14 shipped racks" in text(inside)
    assert "suspect" in text(inside)
    again = text((await page(read)).content)
    assert "Comparing units" not in again, "what is known stays while it is asked anew"


async def test_the_one_likely_factor_alone_has_a_red_plate(read: FakeRead) -> None:
    why, _, _ = await yields.later(read, EVERY_PLANT, link(STATE))
    plates = [it["props"]["data-plate"] for it in parts(plain(why))
              if it["props"].get("className") == "mark"]  # fmt: skip
    assert plates == ["red", "amber", "outline", "none", "none"]


async def test_each_click_narrows_and_the_same_click_widens_again(read: FakeRead) -> None:
    content = (await page(read)).content
    assert links(content)["LEAK-02"] == "/yield?symptom=LEAK-02"
    chosen = await page(read, "?symptom=LEAK-02")
    assert links(chosen.content)["LEAK-02"] == "/yield"
    assert links(chosen.content)["Failure code LEAK-02 ×"] == "/yield"
    assert "16 failed racks left" in text(chosen.content)
    why, _, _ = await yields.later(read, EVERY_PLANT, link(STATE))
    lot = links(why)[f"Lot {LOT}"]
    assert dict(parse_qsl(lot.partition("?")[2])) == {"factor": "lot", "value": LOT}
    narrowed, _, _ = await yields.later(read, EVERY_PLANT, lot)
    assert links(narrowed)[f"Lot {LOT}"] == "/yield"


async def test_a_dot_narrows_the_failed_units_to_its_time(read: FakeRead) -> None:
    dot = first_pass.points()[-1]["start_at"]
    found = await page(read, f"?point={dot.replace(':', '%3A')}")
    assert "6 failed racks left" in text(found.content)
    early = await page(read, f"?point={first_pass.points()[0]['start_at'].replace(':', '%3A')}")
    assert "None of the failed units matches what is chosen above." in text(early.content)
    read.answers["failed_of"] = {"units": first_pass.page()["failed"][:1], "count": 1}
    one = await page(read, f"?point={dot.replace(':', '%3A')}")
    assert "1 failed rack left" in text(one.content)
    assert "1 rack, newest first" in text(one.content)
    gone = await page(read, "?point=1999-01-01T00%3A00%3A00Z")
    assert "The chosen dot is not in this window" in gone.notices[0]


async def test_the_store_is_asked_what_the_address_says(read: FakeRead) -> None:
    seen: list[tuple[YieldFilter, int | None]] = []

    def answer(scope: Scope, asked: YieldFilter, days: int | None, *_: Any) -> Any:
        seen.append((asked, days))
        return first_pass.page()

    read.answers["first_pass"] = answer
    search = ("?plant=oh&operation=LINK&grain=last&line=L2&supplier=QD&shift=N&group=station&n=100"
              "&rule=first_visit&days=dates&from=2026-11-01&to=2026-11-09")  # fmt: skip
    found = await page(read, search)
    assert found.notices == []
    assert seen[-1] == (
        YieldFilter("oh", operation="LINK", line="L2", supplier="QD", shift="N", group="station",
                    since_on=date(2026, 11, 1), until_on=date(2026, 11, 9), grain="last", last=100,
                    rule="first_visit"),
        None,
    )  # fmt: skip
    await page(read, "?days=30")
    assert seen[-1] == (YieldFilter("mp"), 30)


def test_every_state_is_an_address_that_says_the_same() -> None:
    chosen = {"plant": "oh", "line": "L2", "symptom": HOSTILE, "factor": "lot", "value": LOT,
              "chart": "laney", "unit": "mw", "days": "dates", "from": "2026-11-01"}  # fmt: skip
    state, notices = parse(FIELDS, link({**STATE, **chosen}).partition("?")[2])
    assert (state, notices) == ({**STATE, **chosen}, [])


async def test_the_worst_plant_is_shown_unless_one_is_chosen(read: FakeRead) -> None:
    asked: list[str] = []

    def answer(scope: Scope, asked_: YieldFilter, *_: Any) -> Any:
        asked.append(asked_.plant)
        return first_pass.page()

    read.answers |= {"drops_calling": Calling(2, "tx"), "first_pass": answer}
    found = await page(read)
    assert set(asked) == {"tx"}
    assert found.options["plant"][0].label == "Worst: Houston"
    read.answers["drops_calling"] = Calling(0, "")
    assert (await page(read)).options["plant"][0].label == "First: Mount Pleasant"


NOTHING = "No first verdicts at LEAK from 2026-11-11 to 2026-11-22."


async def test_an_empty_window_is_said_and_is_neither_0_nor_100_percent() -> None:
    read = FakeRead()
    read.answers |= first_pass.answers(first_pass=first_pass.empty(NOTHING))
    said = text((await page(read)).content)
    assert NOTHING in said
    assert "No first verdict, so no failure code." in said
    assert "Nothing to explain: no first verdict in this window." in said
    assert "0%" not in said
    assert "0.0" not in said
    assert "None " not in said.replace("Drop began None no drop", "")
    assert NOTHING in "".join(csv_lines(await yields.tables(await _asked(read))))


async def _asked(read: FakeRead) -> Any:
    return (await settled(yields.DESK, read, EVERY_PLANT, "", names={}, theme="light"))[0]


async def test_all_passed_and_all_failed_and_a_lot_of_one_are_sentences() -> None:
    passed = first_pass.kpis(failed_count=0, first_passed_count=144, ratio=1.0, lost_hours=0.0)
    read = with_page(kpis=passed, drop=None, pareto=[], failed=[], failed_count=0)
    said = text((await page(read)).content)
    assert "All 144 racks passed: nothing failed." in said
    assert "Nothing to explain: all 144 racks passed." in said
    assert "no drop is open here" in said
    one = first_pass.kpis(is_ratio_shown=False, first_count=1, first_passed_count=0)
    assert "n = 1" in text((await page(with_page(kpis=one))).content)
    sentence = "All 144 units failed: no value can be told from another"
    read = with_page()
    read.answers["why_it_fails"] = first_pass.explanation(
        findings=[], sentence=sentence, tried_count=0, rate_points=None, mix_points=None
    )
    why, _, _ = await yields.later(read, EVERY_PLANT, link(STATE))
    assert sentence in text(why)
    assert "No factor value was carried by enough units" in text(why)


async def test_missing_genealogy_is_a_sentence(read: FakeRead) -> None:
    told = first_pass.inside()
    bare: Any = {**told.tree, "as_now": [], "swaps": [], "sentence": "Nothing was recorded."}
    read.answers["parts_of"] = told._replace(tree=bare, places=[])
    _, _, inside = await yields.later(read, EVERY_PLANT, link(STATE))
    assert "Nothing was recorded." in text(inside)


async def test_dates_that_end_before_they_begin_are_explained(read: FakeRead) -> None:
    found = await page(read, "?days=dates&from=2026-11-09&to=2026-11-01")
    assert "the first day is after the last one: swap them" in text(found.content)
    assert "“Chosen dates”" in (await page(read, "?from=2026-11-09")).notices[0]


async def test_hostile_text_is_text_everywhere_hover_too(read: FakeRead) -> None:
    noted = first_pass.page()
    noted["series"].append(first_pass.series(key=HOSTILE, label=HOSTILE))
    state = {**STATE, "group": "station"}
    shown = chart_of(noted, state)  # type: ignore[arg-type]
    hover = to_json(yield_chart(shown, "light")).replace("\\u003c", "<").replace("\\u003e", ">")
    assert "<img" not in hover
    assert escape(HOSTILE)[:20] in hover
    content = plain((await page(read)).content)
    assert any(HOSTILE in str(word) for word in _words(content))
    assert not [it for it in parts(content) if "dangerously" in str(it["props"])]


async def test_the_chart_judges_by_the_line_or_by_each_dot() -> None:
    shape: Any = first_pass.page()
    dots = shape["series"][0]["points"]
    ewma = chart_of(shape, STATE)
    assert [is_below(dot, ewma) for dot in dots].count(True) == 2
    plain_p, laney = (chart_of(shape, {**STATE, "chart": kind}) for kind in ("p", "laney"))
    assert limit_of(dots[-1], plain_p) == dots[-1]["lower_limit"], "the store's own, maybe exact"
    center = first_pass.CENTER
    wide = 3 * 1.31 * (center * (1 - center) / 36) ** 0.5
    assert limit_of(dots[-1], laney) == pytest.approx(center - wide)
    drawn_chart = yield_chart(ewma, "dark")
    assert drawn_chart.layout.height == HEIGHT
    assert drawn_chart.layout.xaxis.type == "date"
    assert [shape.type for shape in drawn_chart.layout.shapes] == ["rect"], "the drop is shaded"
    symbols = {
        s for trace in drawn_chart.data if trace.name == "yield" for s in trace.marker.symbol
    }
    assert symbols == {"circle", "circle-open", "triangle-down"} - {"triangle-down"}


def test_only_what_the_store_can_count_is_a_link() -> None:
    one: Any = first_pass.finding(1, "station × firmware", "L1-LEAK-2 × 1.8")
    assert finding_filters(one) == {}
    before = one | {"factor": "upstream_station", "value": "L1-FILL-1"}
    assert finding_filters(before) == {"factor": "upstream station", "value": "L1-FILL-1"}
    supplier = one | {"factor": "supplier", "value": "UQD-04 QD"}
    assert finding_filters(supplier) == {"factor": "part supplier", "value": "UQD-04 QD"}
    assert finding_filters(one | {"factor": "lot", "value": "L" * 81}) == {}
    station = one | {"factor": "station", "value": "L1-LEAK-2"}
    assert finding_filters(station) == {"station": "L1-LEAK-2"}


async def test_the_export_holds_every_table_with_its_definitions(read: FakeRead) -> None:
    report = await yields.tables(await _asked(read))
    assert [table.title for table in report.tables] == [
        "First-pass yield", "Failure codes", "What differs", "Failed units", "Beyond first pass",
        "Notes",
    ]  # fmt: skip
    for table in report.tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title
    file = "".join(csv_lines(report))
    assert "First verdict: the earliest run" in file
    assert "Association, not proof of cause." in file
    assert b"".join(xlsx_pieces(report))[:2] == b"PK"


async def test_the_export_asks_for_every_failed_unit_and_the_page_does_not(read: FakeRead) -> None:
    asked: list[int | None] = []

    def answer(scope: Scope, wanted: YieldFilter, days: int | None, listed: int | None) -> Any:
        asked.append(listed)
        return first_pass.page()

    read.answers["first_pass"] = answer
    await page(read)
    assert set(asked) == {200}
    await yields.tables(await _asked(read))
    assert asked[-1] is None


async def test_a_note_can_be_about_the_drop_the_chosen_shift_or_a_station(read: FakeRead) -> None:
    dot = first_pass.points()[3]
    found = await page(read, f"?point={dot['start_at'].replace(':', '%3A')}")
    [store] = [it["props"]["data"] for it in parts(plain(found.content))
               if it["props"].get("id") == "yield-subjects"]  # fmt: skip
    values = [it["value"] for it in store["subjects"]]
    assert values[:2] == [f"shift:{dot['business_on']}/{dot['shift']}", "drop:12"]
    assert "station:L1-LEAK-2" in values
    assert len(values) == len(set(values))
