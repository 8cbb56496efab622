"""The house's own rules: what no other tool holds, and that the tools are switched on."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dashboard.pages import PAGES
from db.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("db", "etl", "dashboard")
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
WRITTEN_BY_TOOLS = ("db/migrations/versions/", "dashboard/assets/vendor/")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
ABOUT_A_FOLDER = {"serve", "golden", "contract", "concurrency", "plans", "plants"}
MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users)/\w")
ELSEWHERE = re.compile(r"https?://(?!localhost|127\.0\.0\.1|testserver|warm-up)[\w.-]+")
HARMLESS_ADDRESSES = {"http://www.w3.org"}
"""Names of XML namespaces: nobody fetches them."""


@cache
def tracked(*suffixes: str) -> list[Path]:
    """Files under version control, and those about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in names.splitlines()]
    return [file for file in files if file.suffix in suffixes and file.is_file()]


def at(file: Path, line: int = 0) -> str:
    return f"{file.relative_to(ROOT)}" + (f":{line}" if line else "")


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_a_mind_holds() -> None:
    lengths = {at(f): len(f.read_text().splitlines()) for f in tracked(".py", ".js", ".css")}
    assert {
        name: count
        for name, count in lengths.items()
        if count > LONGEST_FILE and not name.startswith(WRITTEN_BY_TOOLS)
    } == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert [
        f"{at(file, node.lineno)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for file in tracked(".py")
        for node in functions(file)
        if not at(file).startswith(WRITTEN_BY_TOOLS)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ] == []


def test_the_tools_hold_complexity_style_and_types() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    lint = tools["ruff"]["lint"]
    assert lint["mccabe"]["max-complexity"] <= 10
    assert {"C901", "BLE", "DTZ", "T20", "TID", "PL", "ERA"} <= set(lint["select"])
    assert "__future__.annotations" in lint["flake8-tidy-imports"]["banned-api"]
    assert tools["mypy"]["strict"] is True
    assert {"db", "etl", "dashboard"} <= set(tools["mypy"]["files"])
    assert tools["pytest"]["ini_options"]["filterwarnings"] == ["error"]


@pytest.mark.slow
def test_the_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


def test_the_command_line_is_imported_by_no_room() -> None:
    assert [
        at(file, node.lineno)
        for room in ROOMS
        for file in tracked(".py")
        if file.is_relative_to(ROOT / room)
        for node in ast.walk(ast.parse(file.read_text()))
        if "rackline" in {name.partition(".")[0] for name in _imported(node)}
    ] == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_every_page_is_in_the_table_of_pages() -> None:
    folder = ROOT / "dashboard" / "pages"
    files = {file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")}
    modules = {page.layout.__module__.rpartition(".")[2] for page in PAGES}
    assert modules == files
    assert len({page.path for page in PAGES}) == len(PAGES)


def test_every_setting_says_what_it_is_for() -> None:
    silent = [name for name, entry in Settings.model_fields.items() if not entry.description]
    assert silent == []


def test_the_screens_fetch_nothing_from_elsewhere() -> None:
    assert [
        f"{at(file, number)} {address}"
        for file in tracked(".py", ".js", ".css", ".html")
        if file.is_relative_to(ROOT / "dashboard")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        for address in ELSEWHERE.findall(line)
        if address not in HARMLESS_ADDRESSES
    ] == []


def test_every_callback_on_the_server_is_async() -> None:
    assert [
        f"{at(file, node.lineno)} {node.name}"
        for file in tracked(".py")
        if file.is_relative_to(ROOT / "dashboard")
        for node in functions(file)
        if isinstance(node, ast.FunctionDef)
        and any(_name(decorator) == "callback" for decorator in node.decorator_list)
    ] == []


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_test_stands_where_what_it_tests_stands() -> None:
    """tests/db/ingest/test_write.py tests db/ingest/write.py."""
    assert [
        at(file)
        for file in tracked(".py")
        if file.name.startswith("test_")
        and (relative := file.relative_to(ROOT / "tests")).parts[0] in ROOMS
        and not _is_there(ROOT / relative.parent, file.stem.removeprefix("test_"))
    ] == []


def _is_there(folder: Path, name: str) -> bool:
    """A module of that name in the folder or below, or one whose name begins the test's:
    test_wall_score tests wall.py. Some tests are about the whole folder."""
    parts = name.split("_")
    begins = {"_".join(parts[:count]) for count in range(1, len(parts) + 1)}
    modules = {file.stem for file in folder.rglob("*.py")} | {one.name for one in folder.glob("*/")}
    return folder.is_dir() and bool(begins & (modules | ABOUT_A_FOLDER))


def test_nothing_is_left_unfinished() -> None:
    assert [
        at(file, number)
        for file in tracked(".py", ".js", ".css", ".md", ".toml", ".yaml", ".sh")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if UNFINISHED.search(line)
    ] == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = {"skip", "skipif", "xfail", "importorskip"}
    assert [
        at(file, node.lineno)
        for file in tracked(".py")
        if file.is_relative_to(ROOT / "tests")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in marks
    ] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert [
        f"{at(file, number)} {line.strip()[:80]}"
        for file in tracked(".py", ".md", ".toml", ".yaml", ".sh", ".js", ".css", ".lock", "")
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ] == []
