"""The what-if page over plants made by hand: what is entered, answered, ranked, kept, exported."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from dash import no_update

from dashboard import whatif
from dashboard.components.capacity.changes import Given, entered, in_words
from dashboard.components.capacity.form import form
from dashboard.desk import Drawn, drawn, settled
from dashboard.exports.files import csv_lines
from dashboard.pages import what_if
from dashboard.pages.what_if import added, keep, rank_and_tell, ranking
from dashboard.whatif import standing as standing_now
from db.desk.entry import NotAccepted
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
    UnreadableScenario,
    scenario_text,
)
from db.domain.capacity.whatif import answer
from db.queries.capacity_whatif import Saved
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from tests.dashboard.capacities import standing
from tests.dashboard.fakes import FakeRead
from tests.dashboard.test_shortages import panel, text_of
from tests.db.domain.capacity.plants import first

HELD = standing(("mp", "oh"))
SHIFT = AddShift("mp", 24, first(1), first(3))
SAVED = Saved("7", "Two more shifts", scenario_text(Scenario((SHIFT,), "Two more shifts")), "Ana",
              datetime(2026, 7, 6, tzinfo=UTC))  # fmt: skip


@pytest.fixture
def read() -> FakeRead:
    found = FakeRead()
    found.answers |= {"standing": HELD, "saved": [SAVED]}
    found.walls = {code: found.walls[code] for code in ("mp", "oh")}
    return found


async def page(read: FakeRead, *changes: Change, **state: str) -> Drawn:
    text = scenario_text(Scenario(changes)) if changes else ""
    search = "&".join(f"{name}={value}" for name, value in ({"s": text} | state).items())
    return await drawn(what_if.DESK, read, EVERY_PLANT, f"?{search}" if text or state else "",
                       names={}, theme="light")  # fmt: skip


async def test_what_did_not_move_has_no_difference_and_a_stop_before_has_its_day(
    read: FakeRead,
) -> None:
    told = text_of((await page(read)).content[1])
    assert re.search(r"Clear to build now \d+ racks before \d+$", told), told
    assert re.search(r"before: (none|[A-Z][a-z]{2} \S+)", told), told


async def test_without_a_change_both_sides_are_how_things_stand(read: FakeRead) -> None:
    found = await page(read)
    assert text_of(found.content[0]).startswith("As it stands Nothing is changed yet")
    assert "Racks bought, next 12 weeks together 0 racks" in text_of(found.content[1])
    assert "(" not in panel(found, "Side by side").split("Clear to build")[1]
    assert "Two more shifts Ana" in panel(found, "Kept scenarios")


class SlowRead(FakeRead):
    """A store whose plants take longer to work through than a page waits to open."""

    async def ask(self, question: Any, scope: Scope, *args: Any, **kwargs: Any) -> Any:
        if question is standing_now:
            await asyncio.sleep(0.1)
        return await super().ask(question, scope, *args, **kwargs)


@pytest.fixture
def slow(read: FakeRead, monkeypatch: pytest.MonkeyPatch) -> SlowRead:
    monkeypatch.setattr(whatif, "GLANCE_SECONDS", 0.01)
    held = SlowRead()
    held.answers, held.walls = read.answers, read.walls
    return held


async def test_a_page_that_opens_before_the_plants_are_worked_through_is_filled_by_the_ranking(
    slow: SlowRead,
) -> None:
    opened = await drawn(what_if.DESK, slow, EVERY_PLANT, "", names={}, theme="light",
                         is_opening=True)  # fmt: skip
    assert "this fills by itself" in text_of(opened.content[0])
    assert len(opened.content) == 1, "what the ranking takes for a page without its answer"
    ranked, news = await rank_and_tell(slow, EVERY_PLANT, "", None)
    assert text_of(ranked).startswith("Which single change")
    assert news == {"ranked": ""}
    _, quiet = await rank_and_tell(slow, EVERY_PLANT, "", ["figures"])
    assert quiet is no_update


async def test_news_waits_for_the_plants_and_never_empties_a_page(slow: SlowRead) -> None:
    assert text_of((await page(slow)).content[0]).startswith("As it stands")


async def test_a_change_is_said_answered_and_can_be_taken_out(read: FakeRead) -> None:
    found = await page(read, SHIFT)
    head = text_of(found.content[0])
    assert "Mount Pleasant: +24 hours a week, Jul 13 to Jul 27 ×" in head
    assert "no more and no fewer racks" in head, "burn-in limits this plant, not working hours"
    chip = found.content[0].children[1].children[0]
    assert chip.href == "/capacity/what-if", "without its only change"


async def test_what_is_bought_is_said_in_the_sentence_and_the_figures(read: FakeRead) -> None:
    more = LoseResource("mp", "BURN", -16, first(1), first(5))
    found = await page(read, more)
    racks = sum(one.racks_gained or 0 for one in held_answer(more).plants)
    assert racks >= 1
    assert f"is {racks:,.0f} racks more" in text_of(found.content[0])
    assert f"+{racks:,.0f} racks" in text_of(found.content[1])


def held_answer(*changes: Change) -> Any:
    return answer(HELD.by_plant, Scenario(changes))


async def test_what_cannot_be_done_or_read_is_a_notice(read: FakeRead) -> None:
    found = await page(read, ExerciseOption("mp", "nothing"))
    assert "nothing is no option: this change does nothing." in found.notices
    odd = await page(read, s="9~x")
    assert odd.notices[0].startswith("This scenario cannot be read: expected a scenario of version")
    assert "As it stands" in text_of(odd.content[0])


async def test_a_scenario_is_compared_with_kept_ones_against_the_same_moment(
    read: FakeRead,
) -> None:
    found = await page(read, AddShift("oh", 12, first(1), first(2)), a="7")
    compared = panel(found, "Compared with kept scenarios")
    assert "This scenario Two more shifts" in compared
    assert "Mount Pleasant: +24 hours a week" in compared


async def test_single_changes_are_ranked_and_each_adds_itself(read: FakeRead) -> None:
    text = scenario_text(Scenario((SHIFT,)))
    found = await ranking(read, EVERY_PLANT, f"?s={text}")
    said = text_of(found)
    assert said.startswith("Which single change buys the most racks")
    buying, rest = found.children[-1].children
    rows = buying.children.children
    racks = [row.children[1].children for row in rows]
    assert all(re.fullmatch(r"\+[\d,]+ racks in 12 weeks(, about \d+ a week)?", it) for it in racks)
    assert all("s=1" in row.children[0].children.href for row in rows)
    none = rest.children[1].children.children
    assert rest.children[0].children == f"{len(none)} other changes buy no rack"
    assert {row.children[1].children for row in none} == {"no rack"}, "folded, never among the rest"


EACH: list[tuple[str, Given, Change, str]] = [
    ("s", Given("mp", "", 12, "2026-07-13", "2026-07-20", ""),
     AddShift("mp", 12, first(1), first(2)), "Mount Pleasant: +12 hours a week, Jul 13 to Jul 20"),
    ("l", Given("mp", "BURN", -4, "2026-07-13", "2026-07-20", ""),
     LoseResource("mp", "BURN", -4, first(1), first(2)),
     "Mount Pleasant: add 4 slots of Burn-in, Jul 13 to Jul 20"),
    ("l", Given("mp", "BURN", 1, "2026-07-13", "2026-07-20", ""),
     LoseResource("mp", "BURN", 1, first(1), first(2)),
     "Mount Pleasant: lose 1 slot of Burn-in, Jul 13 to Jul 20"),
    ("n", Given("mp", "L1", None, "2026-07-13", "2026-07-20", ""),
     LoseLine("mp", "L1", first(1), first(2)), "Mount Pleasant: lose L1, Jul 13 to Jul 20"),
    ("r", Given("mp", "PO3", -3, "", "", ""), MoveReceipt("mp", "PO3", -3), "3 days earlier"),
    ("y", Given("mp", "RK-1", 97.5, "", "", ""), ChangeYield("mp", "RK-1", 0.975),
     "Mount Pleasant: 97.5% of RK-1 pass"),
    ("m", Given("mp", "RK-1", 60, "", "", ""), ChangeMix("mp", "RK-1", 0.6),
     "Mount Pleasant: 60% of racks are RK-1"),
    ("o", Given("mp", "optionRK-11", None, "", "", ""), ExerciseOption("mp", "optionRK-11"),
     "is taken up"),
    ("p", Given("mp", "P-3", 50, "", "", "oh"), MoveParts("mp", "oh", "P-3", 50, 1.5),
     "to Lordstown"),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "given", "change", "said"), EACH)
def test_every_kind_of_change_is_entered_and_read(
    letter: str, given: Given, change: Change, said: str
) -> None:
    assert entered(letter, given, HELD) == change
    names = {"mp": "Mount Pleasant", "oh": "Lordstown"}
    assert said in in_words(change, HELD, names)


@pytest.mark.parametrize(
    ("letter", "given", "fault"),
    [
        ("s", Given("", "", None, "", "", ""), "choose a plant; give a number: Hours a week more"),
        ("s", Given("mp", "", 1, "2026-07-20", "2026-07-13", ""), "first day must come before"),
        ("r", Given("mp", "", 1, "", "", ""), "choose what it is about"),
        ("p", Given("mp", "P-3", 1, "", "", "mp"), "choose another plant to send to"),
    ],
)
def test_what_is_missing_of_a_change_is_said(letter: str, given: Given, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        entered(letter, given, HELD)


def test_a_link_holds_no_more_than_it_can() -> None:
    text = ""
    each = len(added("", SHIFT)) - 1
    for _ in range(1999 // each):
        text = added(text, SHIFT)
    assert 1900 < len(text) <= 2000
    assert what_if.FIELDS[0].allows(text)
    with pytest.raises(UnreadableScenario, match="a link holds 2000"):
        added(text, SHIFT)


async def test_a_scenario_is_kept_at_the_plant_of_its_first_change(read: FakeRead) -> None:
    text = scenario_text(Scenario((SHIFT,)))
    await keep(read, EVERY_PLANT, text, "Hours", "Ana")
    assert read.written == [
        ("save_scenario", "mp", (), {"title": "Hours", "text": text, "by": "Ana"})
    ]
    with pytest.raises(NotAccepted, match="it changes nothing"):
        await keep(read, EVERY_PLANT, "", "Hours", "Ana")
    with pytest.raises(NotInScope):
        await keep(read, Scope(frozenset({"oh"})), text, "Hours", "Ana")


async def test_the_export_has_both_sides(read: FakeRead) -> None:
    text = scenario_text(Scenario((SHIFT,)))
    asked, _, _ = await settled(what_if.DESK, read, EVERY_PLANT, f"?s={text}", names={},
                                theme="light")  # fmt: skip
    told = "".join(csv_lines(await what_if.tables(asked)))
    assert "Mount Pleasant: +24 hours a week" in told
    assert '"Rated, before","Rated, after"' in told


def test_the_form_has_every_field_it_reads() -> None:
    ids = str(form())
    for field in ("kind", "at", "which", "amount", "from", "to", "other", "add", "save"):
        assert f"capacity-what-if-{field}" in ids
