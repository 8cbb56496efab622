"""Packages that only some sources need. They are extras: absent ones are named with their cure."""

import pkgutil
from typing import Any


class Absent(Exception):
    """A package that a source needs is not installed; the message says how to get it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed, which this source needs. "
            f"Run: pip install --editable '.[{extra}]'"
        )


def needed(name: str, extra: str) -> Any:
    """The module `name`, or `name:attribute`, imported when it is first asked for.

    What a source does not use costs neither memory nor the time of a start. Raises Absent with the
    extra that holds the package.

    >>> needed("no_such_package", "files")
    Traceback (most recent call last):
        ...
    etl.connectors.extra.Absent: no_such_package is not installed, which this source needs. Run: \
pip install --editable '.[files]'
    """
    try:
        return pkgutil.resolve_name(name)
    except ModuleNotFoundError as error:
        raise Absent(str(error.name), extra) from error
