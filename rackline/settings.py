"""`rackline settings`."""

import typer
from pydantic import SecretStr

from db.engine import told_url
from db.settings import Settings, load_settings
from rackline.options import JsonOption
from rackline.printing import print_rows

app = typer.Typer(add_completion=False)


@app.command()
def settings(as_json: JsonOption = False) -> None:
    held = load_settings()
    rows = [
        {
            "setting": f"RACKLINE_{name.upper()}",
            "value": _told(getattr(held, name)),
            "default": _told(entry.default),
            "meaning": entry.description,
        }
        for name, entry in Settings.model_fields.items()
    ]
    print_rows(rows, as_json=as_json)


def _told(value: object) -> str:
    return told_url(value.get_secret_value()) if isinstance(value, SecretStr) else str(value)
