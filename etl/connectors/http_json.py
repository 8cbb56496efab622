"""Reads a JSON service page by page."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from db.clock import utc_now
from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.http_options import (
    BasicAuth,
    BearerAuth,
    HttpJsonOptions,
    KeyAuth,
    LinkedPages,
    NoAuth,
    NumberedPages,
    OffsetPages,
)

SAMPLE_ROWS = 5
MOST_REDIRECTS = 3
LARGEST_ANSWER = 256 * 1024 * 1024
DEEPEST = 8
"""Objects nested deeper stay JSON text."""
LONGEST_WHOLE = 40
"""Digits of a whole number in an answer; a longer one is kept as text, and then refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: its records, the address of the next page, and the service's clock."""

    items: list[Any]
    next_url: str | None
    clock_at: datetime


class HttpJsonConnector:
    """One list of a JSON service; the connection is kept open between fetches."""

    caution = ""

    def __init__(
        self, source: str, options: HttpJsonOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        self._source, self._options, self._seconds = source, options, deadline_seconds
        self._url = httpx.URL(options.url)
        self._client: httpx.Client | None = None
        self._line: Any = None

    def probe(self) -> Probe:
        """The keys and first records of the first page."""
        deadline = Deadline(self._seconds, self._abort)
        with self._reading(deadline), deadline.running():
            answer = self._answer(self._url, self._first_page(Window()), deadline)
        columns, rows = tabulated(answer.items[:SAMPLE_ROWS], self._options.optional_keys)
        return Probe(columns, rows, answer.clock_at)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """One batch a page; the service answers in the order of change time and key."""
        deadline = Deadline(self._seconds, self._abort)
        query: dict[str, str] | None = self._first_page(window)
        url, seen, number = self._url, {self._options.url}, 0
        clock: datetime | None = None
        while query is not None:
            with self._reading(deadline), deadline.running():
                answer = self._answer(url, query, deadline)
            clock = clock or answer.clock_at
            if answer.items:
                columns, rows = tabulated(answer.items, self._options.optional_keys)
                yield RawBatch(columns, rows, clock, clock)
            number += 1
            url, query = self._next(answer, query, number, seen)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _first_page(self, window: Window) -> dict[str, str]:
        options = self._options
        bounds = ((options.since_param, window.since), (options.until_param, window.until))
        query = options.params | {
            name: _instant(at, options.time_format) for name, at in bounds if name and at
        }
        match options.page:
            case OffsetPages() as page:
                query |= {page.offset_param: "0", page.limit_param: str(page.size)}
            case NumberedPages() as page:
                query |= {page.page_param: str(page.first), page.size_param: str(page.size)}
        return query

    def _next(
        self, answer: Answer, query: dict[str, str], number: int, seen: set[str]
    ) -> tuple[httpx.URL, dict[str, str] | None]:
        match self._options.page:
            case OffsetPages() as page if len(answer.items) >= page.size:
                return self._url, query | {page.offset_param: str(number * page.size)}
            case NumberedPages() as page if len(answer.items) >= page.size:
                return self._url, query | {page.page_param: str(page.first + number)}
            case LinkedPages() if answer.next_url:
                url = self._pinned(self._url.join(answer.next_url))
                if str(url) in seen:
                    said = f"{_shown(url)} is named as the page after itself"
                    raise SourceUnavailable(self._source, said)
                seen.add(str(url))
                return url, {}
        return self._url, None

    def _answer(self, url: httpx.URL, query: Mapping[str, str], deadline: Deadline) -> Answer:
        address = url.copy_merge_params(query)
        for _ in range(MOST_REDIRECTS + 1):
            limit = httpx.Timeout(max(deadline.left, 0.05))
            with self._opened().stream(
                "GET", address, timeout=limit, extensions={"trace": self._watch}
            ) as response:
                if not response.is_redirect:
                    self._check_status(response)
                    body = self._body(response, deadline)
                    return self._read(body, response)
                address = self._pinned(address.join(response.headers["location"]))
        raise SourceUnavailable(self._source, f"{_shown(url)} redirects without end")

    def _check_status(self, response: httpx.Response) -> None:
        said = f"{_shown(response.url)} answered {response.status_code} {response.reason_phrase}"
        if response.status_code in {401, 403}:
            raise SourceRefused(self._source, said)
        if not response.is_success:
            raise SourceUnavailable(self._source, said)

    def _body(self, response: httpx.Response, deadline: Deadline) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if deadline.is_over:
                deadline.check()
            if len(body) > LARGEST_ANSWER:
                said = (
                    f"{_shown(response.url)} answered more than {LARGEST_ANSWER >> 20} MB at once"
                )
                raise SourceUnavailable(self._source, f"{said}; ask for smaller pages")
        return bytes(body)

    def _read(self, body: bytes, response: httpx.Response) -> Answer:
        try:
            said = json.loads(body, parse_float=Decimal, parse_int=_whole, parse_constant=str)
        except (ValueError, RecursionError) as error:
            wrong = f"{_shown(response.url)} did not answer with JSON: {error}"
            raise SourceUnavailable(self._source, wrong) from error
        items = _at(said, self._options.items)
        if not isinstance(items, list):
            found = list(said) if isinstance(said, dict) else []
            raise SourceChanged(self._source, [self._options.items or "(a list)"], found)
        page = self._options.page
        next_url = _at(said, page.next) if isinstance(page, LinkedPages) else None
        return Answer(items, next_url if isinstance(next_url, str) else None, _clock(response))

    def _pinned(self, url: httpx.URL) -> httpx.URL:
        own = self._url
        if (url.scheme, url.host, url.port) != (own.scheme, own.host, own.port):
            said = f"{_shown(own)} sends us on to {url.host}, where our credentials do not belong"
            raise SourceUnavailable(self._source, said)
        return url

    def _opened(self) -> httpx.Client:
        if self._client is None:
            headers, auth = _credentials(self._options.auth)
            self._client = httpx.Client(
                headers=headers | {"Accept": "application/json"},
                auth=auth,
                trust_env=False,
                limits=httpx.Limits(max_connections=1, keepalive_expiry=600),
            )
        return self._client

    def _watch(self, name: str, info: Mapping[str, Any]) -> None:
        if name in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._line = info["return_value"]

    def _abort(self) -> None:
        with suppress(OSError, AttributeError):
            self._line.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _reading(self, deadline: Deadline) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            self.close()
            late = f"no complete answer within {deadline.seconds:g} s"
            is_late = deadline.is_over or isinstance(error, httpx.TimeoutException)
            said = late if is_late else str(error) or type(error).__name__
            raise SourceUnavailable(self._source, f"{_shown(self._url)}: {said}") from error
        except SourceUnavailable:
            self.close()
            raise


def tabulated(
    items: Sequence[Any], optional: Sequence[str] = ()
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Objects as columns and rows; nested objects get dotted names, lists stay JSON text.

    >>> tabulated([{"a": 1, "b": {"c": 2}}, {"a": 3}])
    (('a', 'b.c'), [(1, 2), (3, None)])
    """
    flat = [_flat(item) for item in items]
    columns = tuple(dict.fromkeys([key for item in flat for key in item] + list(optional)))
    return columns, [tuple(map(item.get, columns)) for item in flat]


def _flat(item: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(item, dict):
        return {"(not an object)": str(item)}
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, dict) and prefix.count(".") < DEEPEST:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            text = json.dumps(value, default=str) if isinstance(value, list | dict) else value
            flat[f"{prefix}{key}"] = text
    return flat


def _at(said: Any, path: str) -> Any:
    for key in path.split(".") if path else ():
        said = said.get(key) if isinstance(said, dict) else None
    return said


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_WHOLE else digits


def _instant(at: datetime, form: str) -> str:
    if form == "iso":
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(int(at.timestamp() * (1_000 if form == "epoch_ms" else 1)))


def _clock(response: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return utc_now()


def _credentials(
    auth: NoAuth | BearerAuth | BasicAuth | KeyAuth,
) -> tuple[dict[str, str], httpx.BasicAuth | None]:
    match auth:
        case BearerAuth():
            return {"Authorization": f"Bearer {auth.token.get_secret_value()}"}, None
        case KeyAuth():
            return {auth.header: auth.key.get_secret_value()}, None
        case BasicAuth():
            return {}, httpx.BasicAuth(auth.user, auth.password.get_secret_value())
    return {}, None


def _shown(url: httpx.URL) -> str:
    """An address for messages: without query and credentials."""
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"
