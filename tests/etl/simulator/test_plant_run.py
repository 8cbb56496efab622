"""A simulated plant on disk: the same bytes from the same seed, and no harm from a kill."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.simulator.factory import Run
from etl.simulator.plant_run import BUILDING, PlantRun, read_state
from etl.simulator.worktime import HOUR
from tests.etl.simulator.conftest import CODES, PRESENT, read_plant


def small(code: str, folder: Path, *, seed: int = 7, present: int = PRESENT) -> PlantRun:
    """A plant of two days at a tenth of the usual output."""
    return PlantRun(read_plant(code), folder, Run(seed, present, 2, 0.1))


def make_history(code: str, folder: Path, *, seed: int = 7) -> PlantRun:
    """The plant with its history made up to PRESENT."""
    run = small(code, folder, seed=seed)
    run.catch_up(lambda: PRESENT, lambda: True)
    return run


def rows_of(folder: Path) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Every table of every database of a plant, in key order."""
    for file in sorted(folder.glob("*.sqlite3")):
        connection = sqlite3.connect(file)
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for name in sorted(name for (name,) in names.fetchall()):
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            yield f"{file.name}/{name}", sorted(rows, key=repr)
        connection.close()


def results_of(folder: Path) -> set[str]:
    """All lines of the tester files, wherever they stand."""
    return {line for file in folder.glob("testers/*.csv") for line in file.read_text().splitlines()}


def digest(folder: Path) -> dict[str, str]:
    """A hash of each file of the plant."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("code", CODES)
def test_same_seed_and_clock_make_the_same_bytes(code: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_history(code, tmp_path / name).close()
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_makes_another_history(tmp_path: Path) -> None:
    make_history("oh", tmp_path / "one").close()
    make_history("oh", tmp_path / "two", seed=8).close()
    assert digest(tmp_path / "one")["mes.sqlite3"] != digest(tmp_path / "two")["mes.sqlite3"]


@pytest.mark.parametrize("code", CODES)
def test_a_plant_that_was_killed_goes_on_as_if_nothing_had_happened(
    code: str, tmp_path: Path
) -> None:
    later = PRESENT + 3 * HOUR
    whole = make_history(code, tmp_path / "whole")
    broken = make_history(code, tmp_path / "broken")
    for at in range(PRESENT + 600, PRESENT + HOUR, 600):
        broken.step(at)  # and never closed: as a kill leaves it
    resumed = small(code, tmp_path / "broken", present=later)
    assert not resumed.is_new
    resumed.catch_up(lambda: later, lambda: True)
    for at in range(PRESENT + 600, later + 1, 600):
        whole.step(at)
    resumed.close()
    whole.close()
    assert dict(rows_of(tmp_path / "whole")) == dict(rows_of(tmp_path / "broken"))
    assert results_of(tmp_path / "whole") == results_of(tmp_path / "broken")


@pytest.mark.parametrize("code", CODES)
def test_a_reader_never_sees_half_a_history(code: str, tmp_path: Path) -> None:
    run = small(code, tmp_path)
    seen: list[set[str]] = []

    def look() -> bool:
        seen.append({file.name for file in tmp_path.iterdir()})
        assert read_state(tmp_path) is None
        return True

    run.catch_up(lambda: PRESENT, look)
    assert len(seen) > 3
    assert set.union(*seen) <= {BUILDING, "simulator.json"}
    assert json.loads((tmp_path / "simulator.json").read_text())["is_ready"] is True
    assert not (tmp_path / BUILDING).exists()


def test_history_cut_short_by_a_kill_is_made_anew(tmp_path: Path) -> None:
    small("oh", tmp_path).catch_up(lambda: PRESENT, iter([True, True, False]).__next__)
    (tmp_path / "simulator.json").write_text('{"is_ready": false}')
    run = small("oh", tmp_path)
    assert run.is_new
    run.catch_up(lambda: PRESENT, lambda: True)
    make_history("oh", tmp_path / "other").close()
    run.close()
    assert digest(tmp_path)["mes.sqlite3"] == digest(tmp_path / "other")["mes.sqlite3"]


def test_other_settings_start_anew(tmp_path: Path) -> None:
    make_history("oh", tmp_path).close()
    assert small("oh", tmp_path, seed=8).is_new
    assert not small("oh", tmp_path).is_new


def test_a_half_written_tester_file_is_never_marked_done(tmp_path: Path) -> None:
    run = make_history("mp", tmp_path)
    was_half = 0
    for at in range(PRESENT + 60, PRESENT + 6 * HOUR, 60):
        run.step(at)
        for file in tmp_path.glob("testers/*.csv"):
            is_done = file.with_name(file.name + ".done").exists()
            if not is_done:
                was_half += 1
                assert read_state(tmp_path).written_to < at  # type: ignore[union-attr]
            else:
                assert file.read_text().endswith("\n")
    run.close()
    assert was_half
    assert len(list(tmp_path.glob("testers/*.csv"))) == len(list(tmp_path.glob("testers/*.done")))


def test_stock_in_the_system_is_the_stock_in_the_building(tmp_path: Path) -> None:
    run = make_history("oh", tmp_path)
    run.step(PRESENT + HOUR)
    held = {part: bin_.on_hand for part, bin_ in run.factory.material.bins.items()}
    held |= {kind: shelf.count * 1000 for kind, shelf in run.factory.material.shelves.items()}
    boxed = {"SCREW-M6": 100, "CBL-TIE": 100}
    run.close()
    connection = sqlite3.connect(tmp_path / "wms.sqlite3")
    query = "SELECT item_no, SUM(CAST(on_hand AS REAL)) FROM stock_snapshot GROUP BY 1"
    listed = dict(connection.execute(query).fetchall())
    connection.close()
    pieces = {part: qty * boxed.get(part, 1) for part, qty in listed.items()}
    assert pieces == pytest.approx({part: qty / 1000 for part, qty in held.items() if qty})
