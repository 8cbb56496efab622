"""A real HTTP service in a thread, with the habits of good and bad ones."""

import json
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

from tests.etl.connectors.contract import ADDED, COLUMNS, Record
from tests.etl.connectors.dialects import PATHS, Asked, window_of

TOKEN = "let-me-in"


class Service:
    """Serves records under the paths of `dialects`, and `raw` under /raw.

    /hang, /drip and /drip-head never finish. `waits` holds what Retry-After says to the next
    questions; `tokens` are the access tokens given out, of which only the last is good.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.columns = list(COLUMNS)
        self.raw = b""
        self.waits: list[str] = []
        self.tokens: list[str] = []
        self.token_status = 200
        self.asked: list[Asked] = []
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

    def found(self, asked: Asked) -> list[dict[str, Any]]:
        """The records of the window that was asked for, without the columns taken out."""
        since, until = window_of(asked)
        whole = [dict(zip(COLUMNS, record, strict=True)) for record in self.records]
        return [
            {name: one.get(name, ADDED) for name in self.columns}
            for one in whole
            if since <= one["edited"] <= until
        ]


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            self._give_token({name: v[0] for name, v in parse_qs(body.decode()).items()})
        else:
            self._answer(json.loads(body))

    def do_GET(self) -> None:
        self._answer(None)

    def _answer(self, body: Any) -> None:
        address = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        asked = Asked(address.path, query, body, dict(self.headers))
        self.service.asked.append(asked)
        if not self._knows_us(query):
            self._send(401, b"{}")
        elif self.service.waits:
            self._send(429, b"", **{"Retry-After": self.service.waits.pop(0)})
        elif address.path in PATHS:
            said, headers = PATHS[address.path](self.service.found(asked), asked)
            self._send(200, json.dumps(said, default=_iso).encode(), **headers)
        else:
            self._misbehave(address.path, address.query)

    def _knows_us(self, query: dict[str, str]) -> bool:
        tokens = {f"Bearer {token}" for token in (TOKEN, *self.service.tokens[-1:])}
        given = self.headers.get("Authorization", "")
        keys = {query.get("api_key"), self.headers.get("X-API-Key")}
        return given in tokens | {_basic("reader")} or TOKEN in keys

    def _give_token(self, form: dict[str, str]) -> None:
        is_known = self.headers.get("Authorization") == _basic("rackline") or (
            (form.get("client_id"), form.get("client_secret")) == ("rackline", TOKEN)
        )
        if not is_known or form["grant_type"] != "client_credentials":
            self._send(401, b'{"error": "invalid_client"}')
        elif self.service.token_status != 200:
            self._send(self.service.token_status, b"")
        else:
            self.service.tokens.append(f"token-{len(self.service.tokens)}")
            given = {"access_token": self.service.tokens[-1], "expires_in": 3600}
            self._send(200, json.dumps(given).encode())

    def _misbehave(self, path: str, query: str) -> None:
        match path:
            case "/hang":
                self.service.released.wait(60)
            case "/drip":
                head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
                self._drip(head, b"[" + b" " * 99_999)
            case "/drip-head":
                self._drip(b"", b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000)
            case "/elsewhere":
                self._send(302, b"", Location="http://elsewhere.invalid/whole")
            case "/moved":
                self._send(302, b"", Location="/whole?" + query)
            case "/circle":
                self._send(302, b"", Location="/circle")
            case "/raw":
                self._send(200, self.service.raw)
            case "/text":
                self._send(200, b"<html>maintenance</html>")
            case _:
                self._send(503, b"")

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

    def handle(self) -> None:
        """A client that goes away in the middle is no event here."""
        with suppress(OSError):
            super().handle()


def _basic(user: str) -> str:
    return f"Basic {b64encode(f'{user}:{TOKEN}'.encode()).decode()}"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
