"""Objects within objects as columns."""

import json
from collections.abc import Callable
from typing import Any

DEEPEST = 8
"""Objects nested deeper stay JSON text."""

Item = dict[str, Any]


def as_it_is(item: Item) -> Item:
    """An object as it was written."""
    return item


def flat(item: Item, undressed: Callable[[Item], Item] = as_it_is, prefix: str = "") -> Item:
    """An object without objects in it: names get dots, lists stay JSON text.

    `undressed` is first asked what each object means.

    >>> flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': '[2]'}
    """
    found: Item = {}
    for key, value in undressed(item).items():
        if isinstance(value, dict) and prefix.count(".") < DEEPEST:
            found |= flat(value, undressed, f"{prefix}{key}.")
        else:
            text = json.dumps(value, default=str) if isinstance(value, list | dict) else value
            found[f"{prefix}{key}"] = text
    return found
