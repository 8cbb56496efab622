"""The command line: exit codes, data on stdout, messages on stderr, every fault in one go."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

import rackline
from db.clock import frozen
from db.engine import make_engine
from rackline import COMMANDS, app
from tests.etl.site import Site

REPORT = ["report", "yield", "--plant"]


@pytest.fixture
def site(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Site:
    folder = tmp_path / "site"
    folder.mkdir()
    site = Site(folder, database_url)
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    return site


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def printed(*arguments: str, code: int = 0) -> Any:
    """What the command printed on stdout, as JSON."""
    result = call(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_every_fault_of_every_file_is_listed_and_nothing_is_loaded(site: Site) -> None:
    file = site.add_plant()
    written = file.read_text()
    file.write_text(written.replace("America/Chicago", "Chicago").replace('serial = "sn"\n', ""))
    site.add_plant("oh").write_text(written.replace('"sql"', '"sqll"'))
    for command in ("load", "run", "check"):
        result = call(command)
        assert result.exit_code == 2
        assert "nothing was started" in result.stderr
        assert "mp.toml: plant.zone = 'Chicago'; allowed: an IANA zone name" in result.stderr
        assert "oh.toml: sources[0].connector = 'sqll'" in result.stderr
        assert result.stdout == ""
    engine = make_engine(site.database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM load")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM source")).scalar() == 0
    engine.dispose()


def test_a_load_says_what_became_of_every_record(site: Site) -> None:
    site.add_plant()
    site.add_step("R1")
    site.add_step("R2", station="nowhere")
    site.add_part("P1")
    steps, parts = printed("load")
    wanted = {
        "source": "mp.unit_step", "outcome": "partial", "read": 2, "new": 1,
        "quarantined": 1, "quarantined_by_reason": {"unknown_station": 1},
    }  # fmt: skip
    assert {name: steps[name] for name in wanted} == wanted
    assert steps["watermark"]
    assert (parts["outcome"], parts["new"]) == ("ok", 1)
    again = printed("load", "mp.unit_step")
    assert [(row["new"], row["unchanged"], row["quarantined"]) for row in again] == [(0, 1, 1)]


def test_the_table_of_a_load_leaves_out_what_is_nothing_everywhere(site: Site) -> None:
    site.add_plant()
    site.add_step("R2", station="nowhere")
    table = call("load").stdout
    assert "unknown_station 1" in table
    assert "superseded" not in table
    assert "kept" not in table


def test_a_load_that_failed_is_named_and_ends_with_1_while_the_others_load(site: Site) -> None:
    site.add_plant(systems=["mes"])
    site.add_step("R1")
    steps, parts = printed("load", code=1)
    assert (steps["outcome"], steps["new"]) == ("ok", 1)
    assert parts["outcome"] == "failed"
    assert "mp.part: " in parts["message"]


def test_a_window_is_loaded_without_moving_the_watermark(site: Site) -> None:
    site.add_plant()
    site.add_step("R1")
    (row,) = printed("load", "mp.unit_step", "--since", "2020-01-01", "--until", "2020-02-01")
    assert (row["mode"], row["read"], row["watermark"]) == ("window", 0, None)
    (row,) = printed("load", "mp.unit_step", "--since", "2020-01-01T00:00Z")
    assert (row["new"], row["watermark"]) == (1, None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["load", "mp.nothing"], "source = 'mp.nothing'; allowed: one of mp.part, mp.unit_step"),
        (["load", "--plant", "zz"], "--plant = 'zz'; allowed: one of mp"),
        (["load", "--since", "yesterday"], "--since = 'yesterday'; allowed: an ISO instant"),
        (
            ["load", "--since", "2026-11-02", "--until", "2026-11-01"],
            "--since = '2026-11-02 00:00:00+00:00'; allowed: nothing later than --until, 2026",
        ),
        (["run", "zz"], "plant = 'zz'; allowed: one of mp"),
        ([*REPORT, "mp", "--from", "1/2"], "--from = '1/2'; allowed: a date"),
        (
            [*REPORT, "mp", "--from", "2026-11-02", "--to", "2026-11-01"],
            "--from = '2026-11-02'; allowed: nothing later than --to, 2026-11-01",
        ),
        ([*REPORT, "zz"], "--plant = 'zz'; allowed: one of mp"),
        ([*REPORT, "mp", "--json", "--csv"], "allowed: one of --json, --csv"),
        (["quarantine", "list", "--plant", "zz"], "--plant = 'zz'; allowed: one of mp"),
        (["quarantine", "list", "--reason", "bad"], "--reason = 'bad'; allowed: one of missing_"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_what_is_allowed(
    site: Site, arguments: list[str], says: str
) -> None:
    site.add_plant()
    assert call("load").exit_code == 0
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "1 fault in the command line, nothing was started" in result.stderr
    assert "Mend the file" not in result.stderr


def test_help_and_slips_cost_none_of_what_the_commands_need() -> None:
    program = (
        "import sys, rackline; from typer.testing import CliRunner;"
        "done = [CliRunner().invoke(rackline.app, [one]).exit_code for one in ('--help', 'lod')];"
        "print(done, sorted({'pandas', 'sqlalchemy', 'db.settings', 'etl'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert said == "[0, 2] []\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_module_of_its_name_and_is_listed_with_its_help(name: str) -> None:
    assert f" {name} " in call("--help").stdout
    first_line = " ".join(call(name, "--help").stdout.split())
    assert COMMANDS[name].split(",")[0].split(":")[0] in first_line


def test_a_report_without_dates_ends_with_the_plants_own_business_date(site: Site) -> None:
    site.add_plant()
    call("load")
    with frozen(datetime(2026, 11, 2, 4, tzinfo=UTC)):  # 22:00 of the 1st in Chicago
        said = call("report", "throughput", "--plant", "mp", "--json").stderr
    assert "Window: 2026-10-26 to 2026-11-01" in said


def test_an_old_schema_ends_with_3_and_the_command_that_mends_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add_plant()
    monkeypatch.setenv("RACKLINE_DATABASE_URL", f"sqlite:///{tmp_path}/old.sqlite3")
    for command in (["load"], ["run"], ["report", "yield", "--plant", "mp"]):
        result = call(*command)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Run: rackline migrate" in result.stderr
    assert call("migrate").exit_code == 0
    assert call("load").exit_code == 0


def test_check_reaches_every_source_and_shows_its_columns(site: Site) -> None:
    site.add_plant()
    steps, parts = printed("check")
    assert steps["columns"] == "id, sn, station, began, ended, result, edited"
    assert (parts["source"], parts["problem"]) == ("mp.part", "")


def test_check_lists_every_source_that_cannot_be_loaded(site: Site) -> None:
    site.add_plant(systems=["mes"])
    site.run("mp", "mes", "ALTER TABLE step RENAME COLUMN result TO outcome")
    steps, parts = printed("check", code=1)
    assert "gone: result; columns not mapped: outcome" in steps["problem"]
    assert "mp-erp.sqlite3" in parts["problem"]


def test_check_reads_a_sample_and_says_what_quarantine_would_hold(site: Site) -> None:
    site.add_plant()
    site.add_step("R1")
    site.add_step("R2", station="nowhere")
    steps, parts = printed("check")
    assert (steps["sample_count"], steps["rejected"]) == (2, {"unknown_station": 1})
    assert (parts["sample_count"], parts["rejected"]) == (0, {})
    assert "of 2 sample records quarantine would hold: unknown_station 1" in call("check").stderr


def test_a_sample_of_which_nothing_can_be_used_is_a_problem(site: Site) -> None:
    file = site.add_plant()
    site.add_step("R1")
    file.write_text(file.read_text().replace('name = "F_01"', 'name = "F_02"'))
    steps, _ = printed("check", code=1)
    assert steps["rejected"] == {"unknown_station": 1}
    assert "none of 1 sample records can be used" in steps["problem"]
    assert "station" in steps["problem"]


def test_a_name_not_set_holds_up_its_source_alone(site: Site) -> None:
    file = site.add_plant()
    site.add_plant("oh")
    file.write_text(file.read_text().replace("${PLANT_DATA}/mp-erp", "${MP_ERP}/mp-erp"))
    site.add_step("R1")
    site.add_step("R2", "oh")
    rows = {row["source"]: row for row in printed("load", code=1)}
    assert {code: row["outcome"] for code, row in rows.items()} == {
        "mp.unit_step": "ok", "mp.part": "failed", "oh.unit_step": "ok", "oh.part": "ok",
    }  # fmt: skip
    assert "not set in the environment: MP_ERP" in rows["mp.part"]["message"]
    assert [row["outcome"] for row in printed("load", "--plant", "oh")] == ["ok", "ok"]
    result = call("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mp.toml: sources[1].options.url = " in result.stderr
    assert "MP_ERP set in the environment" in result.stderr


def test_another_fault_beside_a_name_not_set_still_stops_everything(site: Site) -> None:
    file = site.add_plant()
    site.add_plant("oh")
    written = file.read_text().replace("${PLANT_DATA}/mp-erp", "${MP_ERP}/mp-erp")
    file.write_text(written.replace("America/Chicago", "Chicago"))
    result = call("load", "--plant", "oh")
    assert result.exit_code == 2
    assert "2 faults in the configuration, nothing was started" in result.stderr


def test_reports_print_the_same_numbers_as_table_json_and_csv(site: Site) -> None:
    site.add_plant()
    site.add_step("R1")
    call("load")
    (row,) = printed("report", "throughput", "--plant", "mp")
    assert (row["line"], row["completed_count"]) == ("L1", 1)
    result = call("report", "throughput", "--plant", "mp", "--csv")
    head, _, rows = result.stdout.partition("\n\n")
    (line,) = csv.DictReader(io.StringIO(rows))
    assert (line["line"], line["completed_count"]) == ("L1", "1")
    about = dict(csv.reader(io.StringIO(head)))
    assert about["Rackline"].startswith("throughput of ")
    assert about["As of"].endswith("Z")
    assert "Racks" in about["completed_count"]
    table = call("report", "throughput", "--plant", "mp").stdout
    assert "completed_count" in table
    assert "L1" in table


@pytest.mark.parametrize("what", ["yield", "sources"])
def test_every_report_answers_on_a_store_with_a_plant(site: Site, what: str) -> None:
    site.add_plant()
    call("load")
    assert isinstance(printed("report", what, "--plant", "mp"), list)


def test_every_table_of_the_flow_is_a_report_of_the_window_asked_for(site: Site) -> None:
    site.add_plant()
    site.add_step("R1")
    call("load")
    for table in ("hours", "bottleneck", "oee", "cycle-times", "wip"):
        assert isinstance(printed("report", "flow", "--plant", "mp", "--table", table), list)
    result = call("report", "flow", "--plant", "mp", "--on", "2020-01-01")
    assert result.exit_code == 0
    assert "nothing planned: No shift is published for" in result.stderr
    result = call("report", "flow", "--plant", "mp", "--line", "L9", "--shift", "X")
    assert result.exit_code == 2
    assert "--line = 'L9'; allowed: one of L1" in result.stderr
    assert "--shift = 'X'; allowed: one of now, last, day" in result.stderr
    result = call("report", "yield", "--plant", "mp", "--table", "oee")
    assert result.exit_code == 2


def test_alarms_and_genealogy_are_told_as_tables(site: Site) -> None:
    site.add_plant()
    call("load")
    assert printed("report", "alarms", "--plant", "mp") == []
    assert printed("report", "genealogy", "--plant", "mp", "--serial", "R0") == []
    assert printed("report", "genealogy", "--plant", "mp", "--lot", "UQD L1") == []
    result = call("report", "genealogy", "--plant", "mp")
    assert result.exit_code == 2
    assert "--lot" in result.stderr


@pytest.mark.parametrize("what", ["shortages", "clear-to-build", "line-stops"])
def test_material_is_not_told_before_its_feeds_are_loaded(site: Site, what: str) -> None:
    site.add_plant()
    call("load")
    result = call("report", what, "--plant", "mp", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no material outlook of mp is stored; expected one once stock, receipts" in result.stderr


def test_check_of_data_says_which_plant_has_no_outlook(site: Site) -> None:
    site.add_plant()
    call("load")
    result = call("check", "--data", "--json")
    (row,) = json.loads(result.stdout)
    assert (row["plant"], row["kind"], result.exit_code) == ("mp", "no_outlook", 1)


def test_quarantine_is_listed_shown_and_exported_whole(site: Site) -> None:
    site.add_plant()
    site.add_step("R2", station="nowhere")
    call("load")
    (row,) = printed("quarantine", "list")
    assert (row["source"], row["record_key"], row["reason"]) == (
        "mp.unit_step", "R2", "unknown_station",
    )  # fmt: skip
    assert "payload" not in row
    shown = json.loads(call("quarantine", "show", "mp.unit_step", "R2").stdout)
    assert shown["payload"]["station"] == "nowhere"
    (exported,) = printed("quarantine", "export")
    assert json.loads(exported["payload"])["sn"] == "R2"
    assert printed("quarantine", "list", "--reason", "bad_time") == []
    missing = call("quarantine", "show", "mp.unit_step", "R9")
    assert (missing.exit_code, missing.stdout) == (1, "")


def test_settings_are_listed_and_secrets_are_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RACKLINE_DATABASE_URL", "postgresql+psycopg://u:hunter2@host/db")
    rows = {row["setting"]: row for row in printed("settings")}
    assert rows["RACKLINE_PORT"]["value"] == "8050"
    assert "hunter2" not in call("settings").output


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKLINE_PORT", "many")
    monkeypatch.setenv("RACKLINE_LOG_LEVEL", "LOUD")
    result = call("migrate")
    assert result.exit_code == 2
    assert "RACKLINE_PORT = 'many'" in result.stderr
    assert "RACKLINE_LOG_LEVEL = 'LOUD'" in result.stderr


def test_the_demonstration_names_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = call("demo", "--port", str(port), "--data-dir", str(tmp_path / "var"))
    assert result.exit_code == 2
    assert f"port = {port}; allowed: a free port" in result.stderr
    assert not (tmp_path / "var").exists()


def test_serve_becomes_the_web_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKLINE_DATABASE_URL", f"sqlite:///{tmp_path}/store.sqlite3")
    assert call("migrate").exit_code == 0
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: became.append(arguments))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("RACKLINE_PORT", str(taken.getsockname()[1]))
        refused = call("serve")
    assert (refused.exit_code, became) == (2, [])
    assert "RACKLINE_PORT = " in refused.stderr
    assert "allowed: a free port (Address already in use)" in refused.stderr
    assert call("serve").exit_code == 0
    assert became[0][1:] == ["-m", "dashboard"]


def test_the_console_entry_point_is_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(rackline, "app", lambda **named: called.append(True))
    rackline.main()
    assert called == [True]


def test_tables_never_cut_a_name_short() -> None:
    result = CliRunner().invoke(app, ["settings"], env={"COLUMNS": "60"})
    assert "RACKLINE_DATABASE_URL" in result.stdout
    assert "…" not in result.stdout
