"""The docs say what the code says, and every way they point to exists."""

import re
import tomllib
from pathlib import Path

import pytest

from etl.connectors.registry import CONNECTORS
from etl.feeds.registry import FEEDS
from etl.plant_file import SourceEntry
from etl.source_checks import source_faults
from rackline import COMMANDS
from tests.etl.plant import plant_file
from tests.generate_docs import PAGES

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
COMMAND = re.compile(r"\brackline ([a-z]+)\b")
MAKE = re.compile(r"\bmake ([a-z]+)\b")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file: Path) -> None:
    links = LINK.findall(file.read_text())
    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_command_named_exists(file: Path) -> None:
    named = {name for span in _code(file) for name in COMMAND.findall(span)}
    assert named - set(COMMANDS) == set()


def _code(file: Path) -> list[str]:
    """What stands in backquotes, and lines of code that begin with a command."""
    spans = re.findall(
        r"`([^`\n]+)`|^(?:\$ )?((?:rackline|make) .*)$", file.read_text(), re.MULTILINE
    )
    return [quoted or line for quoted, line in spans]


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for file in DOCS for span in _code(file) for name in MAKE.findall(span)}
    assert {"demo", "test"} <= targets
    assert named - targets == set()


def test_the_readme_sets_up_with_exactly_two_commands() -> None:
    (block,) = re.findall(
        r"## Start.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make demo", "make test"]


EXAMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "plants.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_sources_are_some(example: str) -> None:
    entry = SourceEntry.model_validate(tomllib.loads(example)["sources"][0])
    CONNECTORS[entry.connector].options.model_validate(entry.options)
    assert list(source_faults("plants.md", "sources[0]", plant_file(), entry)) == []


def test_every_feed_and_connector_is_described() -> None:
    text = (ROOT / "docs" / "plants.md").read_text()
    assert [name for name in (*FEEDS, *CONNECTORS) if not re.search(rf"\b{name}\b", text)] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docs" / "decisions.md").read_text()
    names = [re.split(r"[\[=<>]", line)[0] for line in project["dependencies"]]
    assert [name for name in names if name not in text] == []


def test_the_changelog_has_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"rackline:{project['version']}" in (ROOT / "compose.yaml").read_text()
