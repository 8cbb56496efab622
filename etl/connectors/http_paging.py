"""How to come from one page of a JSON service to the next, by kind of paging."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from etl.connectors.http_options import (
    HeaderPages,
    LinkedPages,
    NoPages,
    NumberedPages,
    ODataPages,
    OffsetPages,
    Page,
    TokenPages,
)
from etl.connectors.http_values import value_at
from etl.connectors.options import Options

ODATA_NEXT = ("@odata.nextLink", "@nextLink", "d.__next", "odata.nextLink")


@dataclass(frozen=True, slots=True)
class Place:
    """Which page to ask for: parameters by the service's names, values by ours, or an address."""

    query: dict[str, str] = field(default_factory=dict)
    values: dict[str, int | str | None] = field(default_factory=dict)
    url: httpx.URL | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: its records, all that was said, where, and by the service's clock when."""

    items: list[Any]
    said: Any
    url: httpx.URL
    header_link: str | None
    clock_at: datetime


class PagingFault(ValueError):
    """The service's pages do not lead to an end."""


Walk = Generator[Place, Answer, None]


def walk(page: Page) -> Walk:
    """The places of all pages: send the answer of each to get the next.

    Raises PagingFault when the service names a page twice or gives the same one again.
    """
    return WALKS[type(page)](page)


def _once(page: NoPages) -> Walk:
    yield Place()


def _by_offset(page: OffsetPages) -> Walk:
    offset, last = 0, None
    while True:
        query = {page.offset_param: str(offset), page.limit_param: str(page.size)}
        answer = yield Place(query, {"offset": offset, "limit": page.size})
        offset += len(answer.items)
        if _is_last(answer, offset, page.total):
            return
        last = _moved_on(last, answer)


def _by_number(page: NumberedPages) -> Walk:
    number, size, count, last = page.first, page.size, 0, None
    while True:
        query = {page.page_param: str(number), page.size_param: str(size)}
        answer = yield Place(query, {"page": number, "limit": size})
        count += len(answer.items)
        if _is_last(answer, count, page.total):
            return
        if last is None:  # a cap of the server; ask for what it gives, or its pages do not join
            size = min(size, len(answer.items))
        last = _moved_on(last, answer)
        number += 1


def _by_token(page: TokenPages) -> Walk:
    token: str | None = None
    seen: set[str] = set()
    size = {page.size_param: str(page.size)} if page.size_param else {}
    while True:
        query = size | ({page.token_param: token} if token else {})
        answer = yield Place(query, {"token": token, "limit": page.size})
        given = value_at(answer.said, page.token)
        if given is None or given == "":
            return
        token = str(given)
        if token in seen:
            raise PagingFault(f"the token {token[:80]} is given as the one after itself")
        seen.add(token)


def _by_key(page: LinkedPages) -> Walk:
    return _by_link(lambda answer: value_at(answer.said, page.next))


def _by_header(page: HeaderPages) -> Walk:
    return _by_link(lambda answer: answer.header_link)


def _by_odata(page: ODataPages) -> Walk:
    return _by_link(_odata_link)


def _by_link(link_of: Callable[[Answer], Any]) -> Walk:
    answer = yield Place()
    seen = {answer.url}
    while True:
        link = link_of(answer)
        if not isinstance(link, str) or not link:
            return
        url = answer.url.join(link)
        if url in seen:
            raise PagingFault(f"{url.path} is named as the page after itself")
        seen.add(url)
        answer = yield Place(url=url)


def _odata_link(answer: Answer) -> Any:
    return next(filter(None, (value_at(answer.said, key) for key in ODATA_NEXT)), None)


def _is_last(answer: Answer, count: int, total: str | None) -> bool:
    said = value_at(answer.said, total) if total else None
    try:
        return not answer.items or (said is not None and count >= int(said))
    except (TypeError, ValueError) as error:
        raise PagingFault(f"{total} is {said!r}, not a number of records") from error


def _moved_on(last: list[Any] | None, answer: Answer) -> list[Any]:
    if answer.items == last:
        helps = "name the key of the number of all records as page.total, or mend its paging"
        raise PagingFault(f"{answer.url.path} gives the same page again and again; {helps}")
    return answer.items


WALKS: dict[type[Options], Callable[[Any], Walk]] = {
    NoPages: _once,
    OffsetPages: _by_offset,
    NumberedPages: _by_number,
    TokenPages: _by_token,
    LinkedPages: _by_key,
    HeaderPages: _by_header,
    ODataPages: _by_odata,
}
