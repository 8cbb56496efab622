"""The JSON service of a plant without a database to reach: paged, token-guarded, at times down."""

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from db.clock import monotonic_seconds

log = logging.getLogger(__name__)
PREFIX = "/api/v1/"
MOST_ROWS = 10_000
OUTAGE_EVERY_SECONDS = 2 * 3600
OUTAGE_SECONDS = 180
FIRST_OUTAGE_AFTER_SECONDS = 1500
DEFAULT_PORT = 8061
DEFAULT_TOKEN = "illustrative-token"


def outages(seed: int) -> Callable[[float], bool]:
    """Whether the service is down, by seconds since its start; spread by the seed.

    >>> is_down = outages(7)
    >>> any(is_down(second) for second in range(300)), is_down(1500 + 7 * 60)
    (False, True)
    """
    first = FIRST_OUTAGE_AFTER_SECONDS + seed % 30 * 60

    def is_down(uptime: float) -> bool:
        return uptime >= first and (uptime - first) % OUTAGE_EVERY_SECONDS < OUTAGE_SECONDS

    return is_down


class Service(ThreadingHTTPServer):
    """Serves what stands in the plant's document database."""

    daemon_threads = True

    def __init__(self, port: int, file: Path, token: str, is_down: Callable[[float], bool]) -> None:
        self.file, self.token, self._is_down = file, token, is_down
        self._started = monotonic_seconds()
        super().__init__(("127.0.0.1", port), Answer)

    def is_down(self) -> bool:
        """Whether this is one of its bad minutes."""
        return self._is_down(monotonic_seconds() - self._started)


class Answer(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    server: Service

    def do_GET(self) -> None:
        """Answer one page of a resource."""
        parts = urlsplit(self.path)
        if self.server.is_down():
            self._send(503, b'{"error": "maintenance"}', {"Retry-After": "60"})
        elif self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._send(401, b'{"error": "invalid token"}', {"WWW-Authenticate": "Bearer"})
        else:
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            self._answer(parts.path, query)

    def _answer(self, path: str, query: dict[str, str]) -> None:
        try:
            body = page(self.server.file, path.removeprefix(PREFIX), query)
        except KeyError:
            self._send(404, b'{"error": "no such resource"}')
        except ValueError as error:
            self._send(400, json.dumps({"error": str(error)}).encode())
        else:
            self._send(200, body)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line."""
        log.debug(format, *args)


def page(file: Path, resource: str, query: dict[str, str]) -> bytes:
    """One page of a resource as JSON, ordered by change time and key.

    Raises KeyError for an unknown resource, ValueError for a paging value that is no number.
    """
    if "page" in query:
        size = int(query.get("pageSize", MOST_ROWS))
        skip = (int(query["page"]) - 1) * size
    else:
        size, skip = int(query.get("top", MOST_ROWS)), int(query.get("skip", 0))
    since, until = (_stamp(query.get(name)) for name in ("changedFrom", "changedTo"))
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if resource not in {name for (name,) in names}:
            raise KeyError(resource)
        rows = connection.execute(
            f'SELECT doc FROM "{resource}" WHERE changed BETWEEN ? AND ?'
            " ORDER BY changed, key LIMIT ? OFFSET ?",
            (since or "", until or "9999", min(size, MOST_ROWS), max(0, skip)),
        )
        return ('{"value": [' + ",".join(doc for (doc,) in rows) + "]}").encode()
    finally:
        connection.close()


def _stamp(text: str | None) -> str | None:
    """An instant as the documents write it, whatever ISO form the asker chose.

    >>> _stamp("2026-11-22T12:00:00.5-06:00")
    '2026-11-22T18:00:00Z'
    """
    if not text:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
