"""Pages of docs/ that are made from the code: `make docs` writes them, tests compare them."""

import json
from pathlib import Path
from typing import Any, get_args

import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.cli import get_docs_for_click
from typer.models import Context

from db.domain.catalog import metrics_page
from db.settings import Settings
from etl.connectors.registry import CONNECTORS
from etl.feeds.declare import SOURCED, Feed
from etl.feeds.registry import FEEDS
from etl.plant_file import PlantFile
from rackline import COMMANDS, app, loaded

ROOT = Path(__file__).parents[1]
SETTINGS_HEAD = """# Settings

Every setting, from the environment or a `.env` file in the working folder. This page is made from
`db/settings.py`; change it there and run `make docs`. `rackline settings` prints the values in use.

| setting | what it is | type | default |
|---|---|---|---|
"""
CLI_HEAD = """# Command line

This page is made from the package `rackline`; change it there and run `make docs`.

Data go to stdout; progress, messages and logs go to stderr, so that output can be piped.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed: a load failed, a source could not be reached, a record is not there |
| 2 | wrong configuration or command line; every fault is listed, nothing was started |
| 3 | the store's schema is out of date; run `rackline migrate` |

"""


def settings_page() -> str:
    """The text of docs/settings.md."""
    rows = (_setting(name, entry) for name, entry in Settings.model_fields.items())
    return SETTINGS_HEAD + "".join(rows)


def _setting(name: str, entry: FieldInfo) -> str:
    cells = (
        f"`RACKLINE_{name.upper()}`",
        entry.description,
        _kind(entry.annotation),
        _default(entry.default),
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _kind(annotation: Any) -> str:
    words = {SecretStr: "secret text", Path: "path", str: "text", int: "whole number"}
    if annotation in words:
        return words[annotation]
    return "one of " + ", ".join(f"`{word}`" for word in get_args(annotation))


def _default(value: Any) -> str:
    if isinstance(value, Path) and value.is_absolute():
        return f"`{value.relative_to(ROOT)}` of this program"
    secret = getattr(value, "get_secret_value", None)
    return f"`{secret() if secret else value}`"


def cli_page() -> str:
    """The text of docs/cli.md."""
    command = typer.main.get_command(app)
    command.commands = {name: loaded(name) for name in COMMANDS}
    context = Context(command, info_name="rackline")
    said = get_docs_for_click(obj=command, ctx=context, name="rackline")
    return CLI_HEAD + said.replace("# `rackline`\n", "## `rackline`\n", 1).rstrip() + "\n"


def plant_schema() -> str:
    """The text of docs/plant.schema.json: what an editor needs to check a plant file."""
    schema = PlantFile.model_json_schema(by_alias=True)
    defs: dict[str, Any] = schema["$defs"]
    choices = []
    for name, kind in CONNECTORS.items():
        options = kind.options.model_json_schema(ref_template="#/$defs/{model}")
        defs |= options.pop("$defs", {})
        defs[kind.options.__name__] = options
        wanted = {
            "connector": {"const": name},
            "options": {"$ref": f"#/$defs/{kind.options.__name__}"},
        }
        choices.append({"if": {"properties": {"connector": {"const": name}}},
                        "then": {"properties": wanted}})  # fmt: skip
    defs["SourceEntry"]["allOf"] = choices
    defs["SourceEntry"]["properties"]["feed"]["enum"] = list(FEEDS)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A plant of Rackline"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


FEEDS_HEAD = """# Fields of the feeds

What each feed's records may say, under the names that `[sources.columns]` maps. This page is made
from `etl/feeds`; change it there and run `make docs`. **Bold** fields are needed, the others may be
left out; line and operation follow from the station where there is one. A date alone is no instant:
add the hour in the query.

| kind | is |
|---|---|
| code, serial, text | an identifier on one line; that of a unit; a remark |
| instant, planned | a date and time that has passed; one that may be ahead |
| date | a date of the plant's calendar |
| quantity, ratio, count | a decimal of up to six places; the same within 0–1; a whole number |
| word | one of those listed, or the source's own under `[sources.words.<field>]` |
| flag | yes or no |
| station, line, operation | one of the plant's file, by code, name or alias |
| unit | a unit of measure, EA where none is mapped; others under `[sources.units]` |

"""


def feeds_page() -> str:
    """The text of docs/feeds.md."""
    return FEEDS_HEAD + "\n".join(map(_feed, FEEDS.values()))


def _feed(feed: Feed) -> str:
    rows = "".join(
        f"| {f'**`{one.name}`**' if one.is_required else f'`{one.name}`'} | {one.kind.value}"
        f"{': ' + ', '.join(map(str, one.words)) if one.words else ''} |\n"
        for one in (*SOURCED, *feed.fields)
    )
    return f"## {feed.name}\n\n| field | kind |\n|---|---|\n{rows}"


PAGES = {
    "feeds.md": feeds_page,
    "settings.md": settings_page,
    "cli.md": cli_page,
    "metrics.md": metrics_page,
    "plant.schema.json": plant_schema,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page())


if __name__ == "__main__":
    main()
