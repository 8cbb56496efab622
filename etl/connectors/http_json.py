"""Reads a JSON service page by page: REST, OData, JSON-RPC."""

import re
import socket
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from db.clock import utc_now
from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, RawBatch, Window
from etl.connectors.deadline import Deadline
from etl.connectors.http_auth import credentials
from etl.connectors.http_options import HttpJsonOptions, ODataPages
from etl.connectors.http_paging import Answer, PagingFault, Place, Walk, walk
from etl.connectors.http_values import bounds, filled, read_json, tabulated, value_at

SAMPLE_ROWS = 5
MOST_REDIRECTS = 3
LARGEST_ANSWER = 256 * 1024 * 1024
LONGEST_WAIT = 10.0
"""Seconds that a page is waited for when the service asks for a pause; longer ones end the load."""
COME_BACK = frozenset({429, 503})
ODATA_ITEMS = ("value", "d.results", "d")
_REFUSED = re.compile(
    r"access.?denied|unauthori[sz]ed|forbidden|session.?(expired|invalid)|invalid.?(credential|api)",
    re.IGNORECASE,
)


class HttpJsonConnector:
    """One list of a JSON service; the connection is kept open between fetches."""

    caution = ""

    def __init__(
        self, source: str, options: HttpJsonOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        self._source, self._options, self._seconds = source, options, deadline_seconds
        self._url = httpx.URL(options.url)
        self._auth = credentials(source, options.auth)
        self._client: httpx.Client | None = None
        self._line: Any = None
        self._pause = Event()

    def probe(self) -> Probe:
        """The keys and first records of the first page."""
        deadline = Deadline(self._seconds, self._abort)
        place = next(walk(self._options.page))
        with self._reading(deadline), deadline.running():
            answer = self._answer(place, Window(), deadline)
        columns, rows = tabulated(answer.items[:SAMPLE_ROWS], self._options.optional_keys)
        return Probe(columns, rows, answer.clock_at)

    def fetch(self, window: Window) -> Iterator[RawBatch]:
        """One batch a page; the service answers in the order of change time and key."""
        deadline = Deadline(self._seconds, self._abort)
        pages = walk(self._options.page)
        place: Place | None = next(pages)
        clock: datetime | None = None
        while place is not None:
            with self._reading(deadline), deadline.running():
                answer = self._answer(place, window, deadline)
            clock = clock or answer.clock_at
            if answer.items:
                columns, rows = tabulated(answer.items, self._options.optional_keys)
                yield RawBatch(columns, rows, clock, clock)
            place = self._next(pages, answer)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _next(self, pages: Walk, answer: Answer) -> Place | None:
        try:
            place = pages.send(answer)
        except StopIteration:
            return None
        except PagingFault as fault:
            self.close()
            raise SourceUnavailable(self._source, f"{_shown(self._url)}: {fault}") from fault
        if place.url is not None:
            self._pinned(place.url)
        return place

    def _answer(self, place: Place, window: Window, deadline: Deadline) -> Answer:
        request = self._question(place, window)
        redirects = 0
        while True:
            request.extensions["timeout"] = self._limits(deadline)
            with self._sent(request) as response:
                if response.is_redirect:
                    redirects += 1
                    request = self._redirected(request, response, redirects)
                elif not self._is_to_wait(response, deadline):
                    self._check_status(response)
                    return self._read(self._body(response, deadline), response)

    def _question(self, place: Place, window: Window) -> httpx.Request:
        options, form = self._options, self._options.time_format
        values = bounds(window, form) | place.values
        url, body = self._url if place.url is None else place.url, None
        if place.url is None:
            asked = filled(options.params, values, form)
            url = url.copy_merge_params({name: str(value) for name, value in asked.items()})
        if options.body is not None:
            body = filled(options.body, values, form)
        elif place.url is None:
            url = url.copy_merge_params(place.query)
        method = "GET" if body is None else "POST"
        return self._opened().build_request(
            method, url, json=body, extensions={"trace": self._watch}
        )

    def _limits(self, deadline: Deadline) -> dict[str, float | None]:
        left = max(deadline.left, 0.05)
        return httpx.Timeout(min(left, self._options.silence_seconds)).as_dict()

    @contextmanager
    def _sent(self, request: httpx.Request) -> Generator[httpx.Response, None, None]:
        response = self._opened().send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _redirected(
        self, request: httpx.Request, response: httpx.Response, redirects: int
    ) -> httpx.Request:
        """The same question at another address of the same host."""
        if redirects > MOST_REDIRECTS:
            raise SourceUnavailable(self._source, f"{_shown(self._url)} redirects without end")
        url = self._pinned(request.url.join(response.headers.get("location", "")))
        again = self._opened().build_request(
            request.method, url, content=request.read(), extensions={"trace": self._watch}
        )
        if "content-type" in request.headers:
            again.headers["content-type"] = request.headers["content-type"]
        return again

    def _is_to_wait(self, response: httpx.Response, deadline: Deadline) -> bool:
        """Wait as the service asks us to, if that is short; a long wait is the next load's."""
        seconds = _seconds_to_wait(response)
        if response.status_code not in COME_BACK or seconds is None:
            return False
        if seconds > min(LONGEST_WAIT, deadline.left):
            said = f"{_answered(response)} and asks us to come back in {seconds:g} s"
            raise SourceUnavailable(self._source, said, retry_seconds=seconds)
        self._pause.wait(seconds)
        deadline.check()
        return True

    def _check_status(self, response: httpx.Response) -> None:
        if response.status_code in {401, 403}:
            raise SourceRefused(self._source, _answered(response))
        if not response.is_success:
            raise SourceUnavailable(self._source, _answered(response))

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
            said = read_json(body)
        except (ValueError, RecursionError) as error:
            wrong = f"{_shown(response.url)} did not answer with JSON: {error}"
            raise SourceUnavailable(self._source, wrong) from error
        items = self._items(said)
        if not isinstance(items, list):
            self._check_fault(said, response)
            found = list(said) if isinstance(said, dict) else []
            raise SourceChanged(self._source, [self._options.items or "(a list)"], found)
        link = response.links.get("next", {}).get("url")
        return Answer(items, said, response.url, link, _clock(response))

    def _items(self, said: Any) -> Any:
        if isinstance(self._options.page, ODataPages) and not self._options.items:
            found = (value_at(said, path) for path in ODATA_ITEMS)
            return next((items for items in found if isinstance(items, list)), None)
        return value_at(said, self._options.items)

    def _check_fault(self, said: Any, response: httpx.Response) -> None:
        """Raise what a service says went wrong although it answers with 200, as JSON-RPC does."""
        fault = value_at(said, self._options.error) if isinstance(said, dict) else None
        if fault:
            told = f"{_shown(response.url)} answered with a fault: {str(fault)[:300]}"
            kind = SourceRefused if _REFUSED.search(str(fault)) else SourceUnavailable
            raise kind(self._source, told)

    def _pinned(self, url: httpx.URL) -> httpx.URL:
        own = self._url
        if (url.scheme, url.host, url.port) != (own.scheme, own.host, own.port):
            said = f"{_shown(own)} sends us on to {url.host}, where our credentials do not belong"
            raise SourceUnavailable(self._source, said)
        return url

    def _opened(self) -> httpx.Client:
        if self._client is None:
            page, headers = self._options.page, {"Accept": "application/json"}
            if isinstance(page, ODataPages):
                headers["Prefer"] = f"odata.maxpagesize={page.size}"
            self._client = httpx.Client(
                headers=headers | self._options.headers,
                auth=self._auth,
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
            said = str(error) or type(error).__name__
            if deadline.is_over or deadline.left <= 0:
                said = deadline.said
            elif isinstance(error, httpx.TimeoutException):
                said = f"no word for {self._options.silence_seconds:g} s"
            raise SourceUnavailable(self._source, f"{_shown(self._url)}: {said}") from error
        except SourceUnavailable:
            self.close()
            raise


def _seconds_to_wait(response: httpx.Response) -> float | None:
    """What `Retry-After` says, as seconds or as a date (RFC 9110 §10.2.3); None without it."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - _clock(response)).total_seconds())
    except (ValueError, TypeError):
        return None


def _clock(response: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return utc_now()


def _answered(response: httpx.Response) -> str:
    return f"{_shown(response.url)} answered {response.status_code} {response.reason_phrase}"


def _shown(url: httpx.URL) -> str:
    """An address for messages: without query and credentials."""
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"
