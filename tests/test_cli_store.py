"""Every command on a store that cannot be used: one sentence, its own exit code, no password."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rackline import app
from tests.etl.site import Site

COMMANDS = [["migrate"], ["serve"], ["run"], ["report", "yield", "--plant", "mp"]]


@pytest.fixture
def plants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plant to run: none would be the first thing that is missing."""
    site = Site(tmp_path, "sqlite://")
    site.add_plant()
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)


def call(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"RACKLINE_DATABASE_URL": url})


@pytest.mark.usefixtures("plants")
@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_is_none_is_a_fault_of_the_settings(command: list[str]) -> None:
    result = call("hunter2", *command)
    assert result.exit_code == 2, result.output
    assert "RACKLINE_DATABASE_URL = 'no URL'; allowed: sqlite:///path" in result.stderr
    assert "hunter2" not in result.output


@pytest.mark.usefixtures("plants")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_store_is_told_in_a_sentence(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, " * 100)
    result = call(f"sqlite:///{file}", *command)
    assert result.exit_code == 1, result.output
    assert "notes.txt cannot be used: file is not a database" in result.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = call(f"sqlite:///{tmp_path}/file/store.sqlite3", "migrate")
    assert result.exit_code == 2, result.output
    assert f"{tmp_path}/file'; allowed: a file in a folder that can be made" in result.stderr


def test_to_serve_an_old_schema_is_refused_with_its_own_code(tmp_path: Path) -> None:
    result = call(f"sqlite:///{tmp_path}/none.sqlite3", "serve")
    assert result.exit_code == 3, result.output
    assert "rackline migrate" in result.stderr


@pytest.mark.parametrize("command", [["migrate"], ["report", "sources", "--plant", "mp"]])
def test_a_server_that_is_not_there_is_told_without_its_password(command: list[str]) -> None:
    result = call("postgresql+psycopg://reader:hunter2@127.0.0.1:1/rackline", *command)
    assert result.exit_code == 1
    told = "the store postgresql+psycopg://reader:***@127.0.0.1:1/rackline cannot"
    assert told in result.stderr
    assert "hunter2" not in result.output + result.stderr
    assert len(result.stderr.splitlines()) == 1
