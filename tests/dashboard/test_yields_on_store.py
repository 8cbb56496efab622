"""The yield page over a real store: nothing in it, all of one kind, one unit, hostile names."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from dash._utils import to_json
from sqlalchemy import Engine

from dashboard.components.yields.later import LAST
from dashboard.desk import drawn, settled
from dashboard.exports.files import csv_lines
from dashboard.pages import yields
from dashboard.read import StoreRead
from db.clock import utc_now
from db.ingest.factors import follow_factors
from db.queries.scope import EVERY_PLANT
from db.queries.store import open_store
from tests.dashboard.test_yields import parts, plain, text
from tests.db.queries.world import ct
from tests.db.queries.yield_world import HOUR, YieldWorld

BAD = "<img src=x onerror=hurt()>"
TODAY = (utc_now() - timedelta(days=2)).date()
STRANGE = ("None", "nan", "inf", "Traceback")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """No test sees what another one asked."""
    LAST._held.clear()


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    here = YieldWorld(engine)
    here.shifts(TODAY - timedelta(days=9), 14)
    return here


@pytest.fixture
def read(plant: YieldWorld, database_url: str) -> Iterator[StoreRead]:
    store = open_store(database_url)
    read = StoreRead(store, database_url)
    yield read
    store.close()
    read._desk.close()


async def seen(here: YieldWorld, read: StoreRead, search: str = "") -> list[Any]:
    """The page of an address, with what comes later."""
    follow_factors(here.engine, here.code)
    page = await drawn(yields.DESK, read, EVERY_PLANT, f"?{search}", names={}, theme="dark")
    return [page.content, *await yields.later(read, EVERY_PLANT, f"/yield?{search}")]


def runs(here: YieldWorld, count: int, verdict: str, **given: Any) -> None:
    here.tested(*(here.ran(f"R{n}", ct(8, n, TODAY), verdict, **given) for n in range(count)))


def said(content: list[Any]) -> str:
    words = text(content)
    assert not [it for it in STRANGE if it in words.replace("Drop began None no drop", "")]
    return words


async def test_nothing_loaded_is_a_sentence(plant: YieldWorld, read: StoreRead) -> None:
    words = said(await seen(plant, read))
    assert "No first verdict of LEAK has been loaded; see Data health for its test feed." in words
    assert "Nothing to explain: no first verdict in this window." in words
    assert "%" not in words.replace("95 %", "")


async def test_a_window_without_verdicts_is_a_sentence(plant: YieldWorld, read: StoreRead) -> None:
    runs(plant, 3, "passed")
    before = f"days=dates&from={TODAY - timedelta(days=9)}&to={TODAY - timedelta(days=5)}"
    words = said(await seen(plant, read, before))
    assert "No first verdicts at LEAK from" in words
    assert "Nothing to explain: no first verdict in this window." in words
    assert "%" not in words.replace("95 %", "")


async def test_all_passed_has_nothing_to_explain(plant: YieldWorld, read: StoreRead) -> None:
    runs(plant, 40, "passed")
    words = said(await seen(plant, read))
    assert "All 40 racks passed: nothing failed." in words
    assert "Nothing to explain: all 40 racks passed." in words


async def test_all_failed_without_genealogy_blames_nothing(
    plant: YieldWorld, read: StoreRead
) -> None:
    runs(plant, 40, "failed")
    content = await seen(plant, read)
    words = said(content)
    assert "All 40 units failed: no value can be told from another" in words
    assert "Nothing was recorded as built into R39." in words
    assert "likely" not in text(content[1]).replace("unlikely", "")


async def test_a_lot_of_one_unit_has_no_ratio(plant: YieldWorld, read: StoreRead) -> None:
    runs(plant, 40, "passed")
    plant.tested(plant.ran("ONE", ct(9, 59, TODAY), "failed"))
    plant.linked(plant.built_in("ONE", ct(7, 0, TODAY), lot="SINGLE", supplier="QD"))
    words = said(await seen(plant, read, "factor=lot&value=UQD%20SINGLE"))
    assert "n = 1" in words
    assert "UQD SINGLE" in words


def hostile(here: YieldWorld) -> None:
    """A third of the racks carries a lot, ran at a station and in a fixture of hostile names, and
    half of these failed with a code of such a name."""
    built, tested = [], []
    for n in range(90):
        day = TODAY - timedelta(days=n % 3)
        serial, at, is_bad = f"{BAD}{n}", ct(8, n // 3, day), n // 3 % 3 == 0
        verdict = "failed" if is_bad and n % 2 else "passed"
        name = BAD if is_bad else "good"
        tested.append(
            here.ran(
                serial, at, verdict, station=name, fixture=name, program=name, firmware=name,
                product=BAD, slot=BAD[:16], line="L1",
            )
        )  # fmt: skip
        built.append(here.built_in(serial, at - HOUR, part=BAD, lot=name, supplier=name))
    here.tested(*tested)
    here.linked(*built)
    here.lot(BAD, BAD, supplier=BAD, origin_country="US")
    for run in tested:
        if run["verdict"] == "failed":
            here.fault(run["serial"], run["ended_at"] + HOUR, symptom=BAD, defect=BAD, action=BAD)


async def test_hostile_names_are_text_in_every_panel_chart_and_file(
    plant: YieldWorld, read: StoreRead
) -> None:
    hostile(plant)
    lot = f"factor=lot&value={quote(f'{BAD} {BAD}')}"
    for search in ("group=station", "group=supplier", f"station={quote(BAD)}", lot):
        content = await seen(plant, read, search)
        tree = plain(content)
        assert BAD in text(content)
        assert not [it for it in parts(tree) if "dangerously" in str(it["props"])]
        figures = [it["props"]["figure"] for it in parts(tree) if it["type"] == "Graph"]
        drawn_text = to_json(figures).replace("\\u003c", "<").replace("\\u003e", ">")
        assert figures
        assert "<img" not in drawn_text
    content = await seen(plant, read, "group=station")
    for panel in content:
        assert BAD in text(panel), text(panel)[:80]
    assert escape(BAD).partition("=")[0] in to_json(content[0])
    asked = await settled(yields.DESK, read, EVERY_PLANT, "?", names={}, theme="dark")
    assert BAD in "".join(csv_lines(await yields.tables(asked[0])))
