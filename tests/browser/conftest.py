"""Chromium on a dashboard over canned walls; nothing outside this machine may be asked.

A request that fails because a test killed the server is written to the console by the browser
itself; every other error there fails the test that opened the page.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
NOTE_TEXT = """(() => { window.written = [];
  const plain = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    window.written.push(text);
    return plain.call(this, text, ...at);
  }; })()"""
"""Keeps what is written into pictures."""
Open = Callable[..., Page]


def until(page: Page, truth: str, *, seconds: float = 20) -> None:
    """Wait for a JavaScript truth; Playwright's own wait needs the eval that our pages forbid."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not within {seconds} s: {truth}")


class Server:
    """The canned dashboard as a process of its own, so that it can be killed."""

    def __init__(self, kind: str = "walls") -> None:
        self.kind = kind
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        command = [sys.executable, "-m", "tests.browser.serve", str(self.port), self.kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        while not self._is_ready():
            assert self.process.poll() is None, "the canned dashboard did not start"
            time.sleep(0.1)

    def put(self, plant: str, **blocks: Any) -> None:
        """Commit a change of blocks of a plant's wall."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([plant, blocks]) + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for a module's tests that only look: after five minutes its data are old."""
    server = Server()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def desks() -> Iterator[Server]:
    """One server of three plants for all tests that look at desk pages."""
    server = Server("desks")
    yield server
    server.kill()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server this test may kill and change."""
    server = Server()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module: while it is open no other test can have an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Open]:
    """Opens pages; afterwards, none may have asked another host or written an error."""
    faults: list[str] = []
    contexts = []

    def open_it(
        path: str, width: int = 1920, height: int = 1080, *, on: Server = server, script: str = ""
    ) -> Page:
        viewport: Any = {"width": width, "height": height}
        context = chromium.new_context(viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        if script:
            page.add_init_script(script)
        page.on("request", lambda request: note_host(request.url))
        page.on("pageerror", lambda error: faults.append(f"{path}: {error}"))
        page.on("console", lambda message: note_console(path, message.type, message.text))
        page.goto(on.address + path)
        return page

    def note_host(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            faults.append(f"asked {url}")

    def note_console(path: str, kind: str, text: str) -> None:
        is_expected = text.startswith("Failed to load resource: net::ERR_") or (
            path == "/wall/nowhere" and "404" in text
        )
        if kind == "error" and not is_expected:
            faults.append(f"{path}: {text}")

    yield open_it
    for context in contexts:
        context.close()
    assert faults == []
