"""The three plant files: valid, complete, and laid out as the wall needs them."""

from enum import StrEnum

import pytest

from db.domain.vocabulary import (
    BuildStatus,
    DemandKind,
    ReceiptStatus,
    StationCondition,
    StepResult,
    StockStatus,
    Verdict,
)
from etl.simulator.facts import FIELDS
from tests.etl.simulator.conftest import CODES, read_plant

WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("unit_step", "result"): StepResult,
    ("test_run", "verdict"): Verdict,
    ("station_state", "condition"): StationCondition,
    ("build", "kind"): DemandKind,
    ("build", "status"): BuildStatus,
    ("stock", "status"): StockStatus,
    ("receipt", "status"): ReceiptStatus,
    ("demand", "kind"): DemandKind,
}


@pytest.mark.parametrize("code", CODES)
def test_every_feed_has_a_source(code: str) -> None:
    assert {source.feed for source in read_plant(code).sources} == set(FIELDS)


@pytest.mark.parametrize("code", CODES)
def test_every_field_of_a_fact_is_mapped(code: str) -> None:
    for source in read_plant(code).sources:
        assert set(FIELDS[source.feed]) <= set(source.columns), source.feed


@pytest.mark.parametrize("code", CODES)
def test_words_lead_into_the_closed_lists(code: str) -> None:
    for source in read_plant(code).sources:
        for field, words in source.words.items():
            if (source.feed, field) in WORDS:
                assert set(words.values()) <= set(WORDS[source.feed, field]), source.feed


@pytest.mark.parametrize("code", CODES)
def test_one_operation_is_the_output_and_stages_fit_the_wall(code: str) -> None:
    plant = read_plant(code)
    assert [operation.code for operation in plant.operations if operation.is_output] == ["FINAL"]
    stages = list(dict.fromkeys(o.stage for o in plant.operations if o.stage))
    assert stages == ["Kit", "Frame", "Busbar", "Cable", "Trays", "Leak", "Test", "Pack"]


@pytest.mark.parametrize("code", CODES)
def test_only_rack_line_operations_have_a_stage(code: str) -> None:
    plant = read_plant(code)
    racks = {line.code for line in plant.lines if line.kind == "rack"}
    stages = {operation.code: operation.stage for operation in plant.operations}
    assert not [s.code for s in plant.stations if s.line not in racks and stages[s.operation]]


@pytest.mark.parametrize("code", CODES)
def test_station_names_and_aliases_are_unique(code: str) -> None:
    stations = read_plant(code).stations
    names = [s.name for s in stations] + [alias.name for s in stations for alias in s.aliases]
    assert len(names) == len(set(names))
    assert sum(len(station.aliases) for station in stations) == 1


@pytest.mark.parametrize("code", CODES)
def test_module_lines_make_and_test_each_of_the_four_commodities(code: str) -> None:
    plant = read_plant(code)
    modules = {line.code: line.name for line in plant.lines if line.kind == "module"}
    assert sorted(name.split()[0] for name in modules.values()) == [
        "Cabling",
        "Cooling",
        "Networking",
        "Power",
    ]
    kinds = {operation.code: operation.kind for operation in plant.operations}
    for line in modules:
        assert sorted(kinds[s.operation] for s in plant.stations if s.line == line) == [
            "assemble",
            "test",
        ]


def test_each_plant_is_reached_in_its_own_way() -> None:
    kinds = {code: {source.connector for source in read_plant(code).sources} for code in CODES}
    assert kinds == {"mp": {"sql", "files"}, "oh": {"sql"}, "tx": {"http_json"}}


@pytest.mark.parametrize("code", CODES)
def test_every_plant_says_that_its_figures_are_illustrative(code: str) -> None:
    assert read_plant(code).plant.is_illustrative
