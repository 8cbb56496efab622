"""`rackline settings`."""

import typer

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
            "value": str(getattr(held, name)),
            "default": str(entry.default),
            "meaning": entry.description,
        }
        for name, entry in Settings.model_fields.items()
    ]
    print_rows(rows, as_json=as_json)
