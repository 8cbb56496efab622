"""A real HTTP service in a thread, with the habits of good and bad ones."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

from tests.etl.connectors.contract import Record

TOKEN = "let-me-in"


class Service:
    """Serves records under /offset, /page, /link and /whole, and `raw` under /raw.

    /hang, /drip and /drip-head never finish.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.columns = ["id", "edited", "value"]
        self.raw = b""
        self.released = threading.Event()
        handler = type("Bound", (_Handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["Service"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(self, path: str, query: dict[str, str]) -> Any:
        since = _instant(query.get("since", "1970-01-01T00:00:00Z"))
        until = _instant(query.get("until", "2200-01-01T00:00:00Z"))
        found = [
            {
                name: value
                for name, value in zip(
                    ("id", "edited", "value"),
                    (key, at.isoformat().replace("+00:00", "Z"), said),
                    strict=True,
                )
                if name in self.columns
            }
            for key, at, said in self.records
            if since <= at <= until
        ]
        size = int(query.get("limit", 10_000))
        start = int(query.get("offset", 0))
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        answer: dict[str, Any] = {"data": {"items": found[start : start + size]}}
        if path == "/link":
            more = f"/link?offset={start + size}&limit={size}&since={query.get('since', '')}"
            answer["next"] = more.removesuffix("&since=") if start + size < len(found) else None
        return answer


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, b"{}")
        elif address.path == "/hang":
            self.service.released.wait(60)
        elif address.path == "/drip":
            self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"[" + b" " * 99_999)
        elif address.path == "/drip-head":
            self._drip(b"", b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000)
        elif address.path == "/elsewhere":
            self._send(302, b"", Location="http://elsewhere.invalid/whole")
        elif address.path == "/moved":
            self._send(302, b"", Location="/whole?" + address.query)
        elif address.path == "/raw":
            self._send(200, self.service.raw)
        elif address.path == "/text":
            self._send(200, b"<html>maintenance</html>")
        elif address.path == "/broken":
            self._send(503, b"")
        else:
            self._send(200, json.dumps(self.service.answer(address.path, query)).encode())

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, head: bytes, body: bytes) -> None:
        self.close_connection = True
        try:
            self.wfile.write(head)
            for byte in body:
                self.wfile.write(bytes([byte]))
                if self.service.released.wait(0.05):
                    return
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads this service's log."""


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
