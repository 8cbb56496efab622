"""XML reports of testers, ATML among them: one record for each element of a declared name.

An element's attributes and the text of what stands in it once become columns, named by the way to
them without name spaces: `UUT.SerialNumber`, `ResultSet.@startDateTime`. What stands there more
than once is a list, and `each` says which list makes a record of every entry.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any, Protocol
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from etl.connectors.formats.table import MOST_COLUMNS, FaultyFile, Row, Table

DEEPEST = 40
MOST_ELEMENTS = 200_000
"""Of one record, which is held in memory as a whole."""
BLOCK = 64 * 1024
_ENTITY = re.compile(rb"<!ENTITY\s+(?:%\s*)?([^\s>]{1,60})")


class Wanted(Protocol):
    """Which elements are records."""

    @property
    def record(self) -> str: ...
    @property
    def each(self) -> str | None: ...
    @property
    def only(self) -> dict[str, str]: ...


def read(file: IO[bytes], wanted: Wanted) -> Table:
    """The table of the file's records, with a column for everything that any of them says."""
    keys: dict[str, None] = {}
    for said in _records(file, wanted):
        keys |= dict.fromkeys(said)
        if len(keys) > MOST_COLUMNS:
            raise FaultyFile(f"at most {MOST_COLUMNS} different columns; there are more")
    if not keys:
        within = f" with {wanted.each!r} in them" if wanted.each else ""
        raise FaultyFile(f"elements {wanted.record!r}{within}; there are none")
    columns = tuple(keys)

    def rows() -> Iterator[Row]:
        for said in _records(file, wanted):
            if all(said.get(name) == value for name, value in wanted.only.items()):
                yield tuple(map(said.get, columns))

    return Table(columns, rows, told=f"elements {wanted.record} of an XML file")


def _records(file: IO[bytes], wanted: Wanted) -> Iterator[dict[str, Any]]:
    for element in _elements(file, wanted.record):
        said = flat(element)
        if wanted.each is None:
            yield said
            continue
        for entry in element.iter():
            if _name(entry) == wanted.each:
                yield said | {f"{wanted.each}.{key}": value for key, value in flat(entry).items()}


def _elements(file: IO[bytes], name: str) -> Iterator[Element]:
    """Elements of the name as they end; raises FaultyFile for what is no XML or may be a bomb."""
    file.seek(0)
    try:
        yield from _ended(iterparse(file, events=("start", "end"), forbid_dtd=True), name)
    except DefusedXmlException as error:
        raise FaultyFile(f"XML without a document type; {_declared(file, error)}") from error
    except ParseError as error:
        raise FaultyFile(f"whole XML; it was cut off or is damaged: {error}") from error
    except LookupError as error:
        raise FaultyFile(f"XML in an encoding that is known; {error}") from error


def _ended(events: Iterator[tuple[str, Element]], name: str) -> Iterator[Element]:
    """What was read is let go of, so that memory stays flat however many records there are."""
    above: list[Element] = []
    depth = count = 0
    for event, element in events:
        is_record = _name(element) == name
        if event == "start":
            above.append(element)
            depth += is_record
            count = count + 1 if depth else 0
            if count > MOST_ELEMENTS:
                raise FaultyFile(f"at most {MOST_ELEMENTS} elements in a record; there are more")
            continue
        above.pop()
        depth -= is_record
        if is_record and depth == 0:
            yield element
        if depth == 0:
            element.clear()
            for outer in above[-1:]:
                outer.clear()


def _declared(file: IO[bytes], error: DefusedXmlException) -> str:
    file.seek(0)
    entity = _ENTITY.search(file.read(BLOCK))
    if entity is None:
        return f"this one declares one ({type(error).__name__})"
    named = entity[1].decode("ascii", "replace")
    return f"this one declares the entity {named!r}, which may be a bomb or reach for other files"


def flat(element: Element) -> dict[str, Any]:
    """Attributes and texts of an element and of all that stands in it once.

    >>> from xml.etree.ElementTree import fromstring
    >>> flat(fromstring('<r id="7"><u><s>SN1</s></u><t>1</t><t>2</t></r>'))
    {'@id': '7', 'u.s': 'SN1'}
    """
    found: dict[str, Any] = {}
    waiting = [("", element, 0)]
    while waiting:
        way, here, depth = waiting.pop(0)
        for name, value in here.attrib.items():
            found[f"{way}.@{_local(name)}".removeprefix(".")] = value
        text = (here.text or "").strip()
        if text:
            found[way or "text"] = text
        many = Counter(map(_name, here))
        if depth < DEEPEST:
            waiting += [
                (f"{way}.{_name(child)}".removeprefix("."), child, depth + 1)
                for child in here
                if many[_name(child)] == 1
            ]
    return found


def _name(element: Element) -> str:
    return _local(element.tag) if isinstance(element.tag, str) else ""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
