"""What a page is: an address, a title, a place in the navigation, a layout and its callbacks."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote

from dash import Dash
from dash.development.base_component import Component

from dashboard.live.hub import Hub
from dashboard.read import Read
from dashboard.report import Export
from db.queries.scope import Scope

Theme = Literal["dark", "light"]


class Opened(NamedTuple):
    """A page as somebody opens it: the named parts of its address, its query, and the theme."""

    hub: Hub
    read: Read
    scope: Scope
    names: Mapping[str, str]
    search: str
    theme: Theme


Layout = Callable[[Opened], Awaitable[Any]]
Register = Callable[[Dash, Hub, Read], None]
Badge = Callable[[Read, Scope], Awaitable[int]]
"""How many things on a page need action now."""

LONGEST_NAME = 64
CODE = re.compile(r"[a-z0-9]{1,16}")


def no_callbacks(app: Dash, hub: Hub, read: Read) -> None:
    """The `register` of a page that is moved by the live channel alone."""


def address(path: str, **names: str) -> str:
    """`path` with its `<name>` parts filled in, safe to put in a link.

    A slash or percent sign within a name is escaped once more, for web servers undo one escape
    before they look for the page.

    >>> address("/part/<number>", number="QD 1/2 50%")
    '/part/QD%201%252F2%2050%2525'
    """
    for name, value in names.items():
        kept = value.replace("%", "%25").replace("/", "%2F")
        path = path.replace(f"<{name}>", quote(kept, safe=""))
    return path


def slug_in(path: str) -> str:
    """A page's own word, from the parts of its path that are no names; "home" for `/`.

    >>> slug_in("/part/<number>"), slug_in("/capacity/what-if"), slug_in("/")
    ('part', 'capacity-what-if', 'home')
    """
    parts = [part for part in path.split("/") if part and not part.startswith("<")]
    return "-".join(parts) or "home"


@dataclass(frozen=True)
class Page:
    """A page. `path` may hold `<name>` parts; order 0 is not in the navigation. `layout` is what
    the page opens with, its first content included, so that nothing has to be asked for after it.

    `<plant>` is a plant's code; any other name is up to 64 printable characters, as part, serial
    and lot numbers come. `bundles` names the component libraries whose scripts the page needs
    beyond Dash's own; `tables` are the rows behind it, for export; `icon` is a file in
    assets/icons, `key` what is typed after `g` to go there. `early` is what it
    shows until the layout is here; `tab` its name where there is no room for the title.

    >>> async def layout(opened): ...
    >>> Page("/wall/<plant>", "Wall", 0, layout).match("/wall/mp")
    {'plant': 'mp'}
    >>> Page("/part/<number>", "Part", 0, layout).match("/part/QD%201%252F2")
    {'number': 'QD 1/2'}
    """

    path: str
    title: str
    order: int
    layout: Layout
    register: Register = no_callbacks
    icon: str = ""
    key: str = ""
    bundles: frozenset[str] = frozenset()
    tables: Export | None = None
    badge: Badge | None = None
    early: Component | None = None
    tab: str = ""

    @property
    def slug(self) -> str:
        """The page's own word, as ids and exports name it; "home" for `/`.

        >>> async def layout(opened): ...
        >>> Page("/part/<number>", "Part", 0, layout).slug
        'part'
        """
        return slug_in(self.path)

    @property
    def names(self) -> list[str]:
        """The named parts of its address.

        >>> async def layout(opened): ...
        >>> Page("/part/<number>", "Part", 0, layout).names
        ['number']
        """
        return re.findall(r"<(\w+)>", self.path)

    @property
    def is_wall(self) -> bool:
        """Whether it is read from across the hall: no navigation, no tools."""
        return self.path.startswith("/wall/")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", self.path))

    @property
    def route(self) -> str:
        """The path as the web server writes it, `/wall/{plant}`."""
        return re.sub(r"<(\w+)>", r"{\1}", self.path)

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of `path`, or None when it is another page's."""
        found = self._pattern.fullmatch(path)
        if not found:
            return None
        names = {name: _unescaped(raw) for name, raw in found.groupdict().items()}
        return names if all(map(is_name, names, names.values())) else None


def is_name(name: str, value: str) -> bool:
    """Whether `value` can stand for `<name>` in an address.

    >>> is_name("plant", "mp"), is_name("plant", "mp?x"), is_name("number", "410-2231 #2")
    (True, False, True)
    >>> is_name("number", ".."), is_name("number", "a\\nb"), is_name("number", "x" * 65)
    (False, False, False)
    """
    if name == "plant":
        return bool(CODE.fullmatch(value))
    return 1 <= len(value) <= LONGEST_NAME and value.isprintable() and value not in (".", "..")


def _unescaped(raw: str) -> str:
    return unquote(raw).replace("%2F", "/").replace("%25", "%")
