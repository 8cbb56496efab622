"""The demonstration: which processes, when they start, and with what."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from etl import demo as demonstration
from etl.demo import Demo, children, is_ready, run_demo, start_over_if_other
from etl.supervisor import Child


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(
        port=demonstration.free_port(), scale=2.0, speed=5.0, seed=11, data_dir=tmp_path / "var"
    )


def test_loads_wait_for_their_plants_history_and_nothing_else_does(demo: Demo) -> None:
    by_name = {child.name: child for child in children(demo, ["mp", "oh"], {})}
    assert set(by_name) == {"simulator", "dashboard", "loads of mp", "loads of oh"}
    assert [name for name, child in by_name.items() if child.is_due()] == ["simulator", "dashboard"]
    folder = demo.plant_data_dir / "oh"
    folder.mkdir(parents=True)
    (folder / "simulator.json").write_text(json.dumps({"is_ready": True}))
    assert by_name["loads of oh"].is_due()
    assert not by_name["loads of mp"].is_due()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"is_ready": false}'])
def test_a_half_written_state_is_not_ready(tmp_path: Path, text: str) -> None:
    (tmp_path / "simulator.json").write_text(text)
    assert not is_ready(tmp_path)


def test_the_simulator_is_told_seed_scale_and_speed(demo: Demo) -> None:
    simulator = children(demo, ["mp", "oh"], {})[0]
    said = " ".join(simulator.command)
    assert "-m etl.simulator" in said
    assert "--plants mp,oh --seed 11 --scale 2.0 --speed 5.0" in said


def test_it_prepares_the_store_and_starts_everything_in_one_environment(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Child] = []
    told: list[str] = []
    monkeypatch.setattr(demonstration, "supervise", lambda found, *_, **__: started.extend(found))
    monkeypatch.setattr(demonstration.signal, "signal", lambda *_: None)
    for name in demonstration._environment(demo):
        monkeypatch.setenv(name, "")
    run_demo(demo, told.append)
    assert told[0].startswith(f"Open http://localhost:{demo.port} ")
    assert (demo.data_dir / "rackline.sqlite3").exists()
    assert {child.name for child in started} >= {"loads of mp", "loads of oh", "loads of tx"}
    environment = started[0].environment
    assert all(child.environment == environment for child in started)
    assert environment["RACKLINE_PLANT_DATA_DIR"] == str(demo.plant_data_dir)
    assert environment["RACKLINE_TX_PORT"] != str(demo.port)
    assert os.environ["RACKLINE_TX_TOKEN"] == environment["RACKLINE_TX_TOKEN"]


def test_other_settings_start_over_and_the_same_go_on(demo: Demo) -> None:
    assert not start_over_if_other(demo)
    store, plant = demo.data_dir / "rackline.sqlite3", demo.plant_data_dir / "mp"
    plant.mkdir(parents=True)
    store.touch()
    assert not start_over_if_other(demo)
    assert store.exists()
    assert start_over_if_other(replace(demo, seed=12))
    assert (store.exists(), plant.exists()) == (False, False)


def test_a_store_without_the_mark_of_a_demonstration_is_left_alone(demo: Demo) -> None:
    demo.data_dir.mkdir()
    store = demo.data_dir / "rackline.sqlite3"
    store.touch()
    assert not start_over_if_other(demo)
    assert store.exists()
