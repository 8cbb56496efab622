"""What a page is: an address, a title, a place in the navigation, a layout and its callbacks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dash import Dash

from dashboard.live.hub import Hub
from dashboard.read import Read

Layout = Callable[..., Any]
Register = Callable[[Dash, Hub, Read], None]


def no_callbacks(app: Dash, hub: Hub, read: Read) -> None:
    """The `register` of a page that is moved by the live channel alone."""


@dataclass(frozen=True)
class Page:
    """A page. `path` may hold `<name>` parts, handed to `layout` by name; order 0 is not in the
    navigation. `layout` returns a static skeleton: it never asks the store.

    >>> Page("/wall/<plant>", "Wall", 0, lambda plant: plant).match("/wall/mp")
    {'plant': 'mp'}
    """

    path: str
    title: str
    order: int
    layout: Layout
    register: Register = no_callbacks

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[a-z0-9]{1,16})", self.path))

    @property
    def route(self) -> str:
        """The path as the web server writes it, `/wall/{plant}`."""
        return re.sub(r"<(\w+)>", r"{\1}", self.path)

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of `path`, or None when it is another page's."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None
