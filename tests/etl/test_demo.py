"""The demonstration: which processes, when they start, and with what."""

import json
import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from db.errors import ConfigError
from db.settings import load_settings
from etl import demo as demonstration
from etl.demo import Demo, children, is_ready, only_one, run_demo, start_over_if_other
from etl.simulator.scenario import SCENARIOS
from etl.simulator.tx_service import DEFAULT_PORT, DEFAULT_TOKEN
from etl.supervisor import Child
from tests.etl.site import TOML


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(
        port=demonstration.free_port(), scale=2.0, speed=5.0, seed=11, data_dir=tmp_path / "var"
    )


def test_loads_wait_for_their_plants_history_and_nothing_else_does(demo: Demo) -> None:
    by_name = {child.name: child for child in children(demo, ["mp", "oh"], ["az"], {})}
    assert set(by_name) == {"simulator", "dashboard", "loads of mp", "loads of oh", "loads of az"}
    due = [name for name, child in by_name.items() if child.is_due()]
    assert due == ["simulator", "dashboard", "loads of az"]
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
    simulator = children(demo, ["mp", "oh"], ["az"], {})[0]
    said = " ".join(simulator.command)
    assert "-m etl.simulator" in said
    assert "--plants mp,oh --seed 11 --scale 2.0 --speed 5.0" in said


def test_without_simulated_plants_there_is_no_simulator(demo: Demo) -> None:
    assert [child.name for child in children(demo, [], ["az"], {})] == ["dashboard", "loads of az"]


def test_what_the_demonstration_knows_of_the_simulator_is_so() -> None:
    assert set(demonstration.SIMULATED) == set(SCENARIOS)
    assert (demonstration.TX_PORT, demonstration.TX_TOKEN) == (DEFAULT_PORT, DEFAULT_TOKEN)


class Shown:
    """What demonstrations told and started, without starting anything."""

    def __init__(self, plants_dir: Path) -> None:
        self.plants_dir = plants_dir
        self.told: list[str] = []
        self.started: list[Child] = []

    def run(self, demo: Demo) -> None:
        self.told.clear()
        self.started.clear()
        run_demo(demo, self.told.append)

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.started[0].environment)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Runs demonstrations of plant files that a test may change."""
    shown = Shown(tmp_path / "toml")
    shutil.copytree(load_settings().plants_dir, shown.plants_dir)
    monkeypatch.setattr(
        demonstration, "supervise", lambda found, *_, **__: shown.started.extend(found)
    )
    monkeypatch.setattr(demonstration.signal, "signal", lambda *_: None)
    for name in ("DATABASE_URL", "PLANT_DATA_DIR", "PORT", "HOST", "TX_PORT", "TX_TOKEN"):
        monkeypatch.setenv(f"RACKLINE_{name}", "8050")
    monkeypatch.setenv("RACKLINE_PLANTS_DIR", str(shown.plants_dir))
    return shown


def test_it_prepares_the_store_and_starts_everything_in_one_environment(
    demo: Demo, shown: Shown
) -> None:
    shown.run(demo)
    assert any(line.startswith(f"Open http://localhost:{demo.port} ") for line in shown.told)
    assert demo.store_file.exists()
    loads = {"loads of mp", "loads of oh", "loads of tx"}
    assert {child.name for child in shown.started} == {"simulator", "dashboard"} | loads
    environment = shown.environment
    assert all(child.environment == environment for child in shown.started)
    assert environment["RACKLINE_PLANT_DATA_DIR"] == str(demo.plant_data_dir)
    assert environment["RACKLINE_TX_PORT"] != str(demo.port)
    assert os.environ["RACKLINE_TX_TOKEN"] == environment["RACKLINE_TX_TOKEN"]


def test_it_says_the_line_that_points_a_second_terminal_at_it(demo: Demo, shown: Shown) -> None:
    shown.run(demo)
    (line,) = [line for line in shown.told if "second terminal" in line]
    assert f"RACKLINE_DATABASE_URL=sqlite:///{demo.store_file}" in line
    assert f"RACKLINE_PLANT_DATA_DIR={demo.plant_data_dir}" in line
    assert f"RACKLINE_TX_PORT={shown.environment['RACKLINE_TX_PORT']}" in line


def test_a_taken_port_of_the_texas_plant_is_said_and_another_one_used(
    demo: Demo, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(demonstration, "TX_PORT", port)
        shown.run(demo)
    chosen = shown.environment["RACKLINE_TX_PORT"]
    assert chosen != str(port)
    assert any(f"Port {port} is taken" in line and chosen in line for line in shown.told)


@pytest.mark.parametrize("is_illustrative", ["true", "false"])
def test_a_copied_plant_is_loaded_like_a_real_one(
    demo: Demo, shown: Shown, is_illustrative: str
) -> None:
    text = (shown.plants_dir / "mp.toml").read_text().replace('code = "mp"', 'code = "az"')
    text = text.replace("is_illustrative = true", f"is_illustrative = {is_illustrative}")
    (shown.plants_dir / "az.toml").write_text(text)
    shown.run(demo)
    by_name = {child.name: child for child in shown.started}
    assert "--plants mp,oh,tx " in " ".join(by_name["simulator"].command)
    assert by_name["loads of az"].is_due()
    assert not by_name["loads of mp"].is_due()


def test_a_real_plant_that_has_a_simulated_ones_code_is_not_simulated(
    demo: Demo, shown: Shown
) -> None:
    (shown.plants_dir / "mp.toml").write_text(TOML.format(code="mp"))
    shown.run(demo)
    by_name = {child.name: child for child in shown.started}
    assert "--plants oh,tx " in " ".join(by_name["simulator"].command)
    assert by_name["loads of mp"].is_due()


def test_another_plant_file_leaves_the_demonstration_as_it_is(demo: Demo, shown: Shown) -> None:
    shown.run(demo)
    made = demo.store_file.stat().st_ino
    (shown.plants_dir / "az.toml").write_text(TOML.format(code="az"))
    shown.run(demo)
    assert demo.store_file.stat().st_ino == made
    assert not any("Removing" in line for line in shown.told)


def test_a_changed_simulated_plant_starts_over(demo: Demo, shown: Shown) -> None:
    shown.run(demo)
    history = demo.plant_data_dir / "oh" / "simulator.json"
    history.parent.mkdir(parents=True)
    history.touch()
    file = shown.plants_dir / "oh.toml"
    file.write_text(file.read_text() + "# changed\n")
    shown.run(demo)
    assert not history.exists()
    assert any("Removing" in line for line in shown.told)


def test_what_is_removed_is_said_before_and_nothing_else_is(demo: Demo) -> None:
    plant, real = demo.plant_data_dir / "mp", demo.plant_data_dir / "az"
    for folder in (plant, real):
        folder.mkdir(parents=True)
    own, beside = demo.store_file, demo.data_dir / "rackline.sqlite3.backup"
    own.touch()
    beside.touch()
    told: list[str] = []

    def tell(line: str) -> None:
        assert own.exists()
        assert plant.exists()
        told.append(line)

    start_over_if_other(demo, "one", tell)
    start_over_if_other(demo, "one", tell)
    assert (told, own.exists(), plant.exists()) == ([], True, True)
    start_over_if_other(demo, "other", tell)
    assert str(own) in told[0]
    assert str(plant) in told[0]
    assert (own.exists(), plant.exists()) == (False, False)
    assert (real.exists(), beside.exists()) == (True, True)


def test_a_folder_that_no_demonstration_made_is_refused_and_left_alone(demo: Demo) -> None:
    demo.data_dir.mkdir()
    demo.store_file.write_text("mine")
    with pytest.raises(ConfigError, match="one that an earlier demonstration made"):
        run_demo(demo, lambda line: None)
    assert demo.store_file.read_text() == "mine"
    assert [file.name for file in demo.data_dir.iterdir()] == [demo.store_file.name]


def test_the_usual_store_is_refused_even_in_a_folder_with_the_mark(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    demo.data_dir.mkdir()
    (tmp_path / "var" / "demo.json").write_text("{}")
    with pytest.raises(ConfigError, match="--data-dir"):
        run_demo(replace(demo, data_dir=Path("var")), lambda line: None)
    run_elsewhere = replace(demo, data_dir=Path("var/demo"))
    demonstration.require_own_folder(run_elsewhere)


def test_a_second_demonstration_in_the_folder_is_refused_until_the_first_ends(demo: Demo) -> None:
    second = replace(demo, port=demonstration.free_port())
    refused = pytest.raises(ConfigError, match=f"shown at http://localhost:{demo.port}")
    with only_one(demo), refused:
        run_demo(second, lambda line: None)
    with only_one(demo):
        pass
