"""A proxy that does to a connection what networks do: hang, drip, reset."""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Fault = Literal["none", "hang", "drip", "reset"]
Target = tuple[str, int] | str
"""Host and port, or the path of a local socket."""
PIECE = 65_536
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Stands before `target`; `fault` sets in after `after_bytes` of an answer went through.

    `hang`: the connection stands, nothing more comes, as on a line that was cut without a word.
    `drip`: a byte every 50 ms. `reset`: it is torn down. `taken` counts connections.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.fault: Fault = "none"
        self.after_bytes = 0
        self.taken = 0
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._server.getsockname()[1]

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._over.set()
            for line in (self._server, *self._open):
                _close(line)

    def cut(self) -> None:
        """End every connection there is."""
        for line in self._open:
            _close(line)

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                client, _ = self._server.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        """Carry bytes both ways in one thread, so that a close is a close at once."""
        server = _connected(self._target)
        self.taken += 1
        self._open += [client, server]
        passed = 0
        with client, server, suppress(OSError), selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while not self._over.is_set():
                for key, _ in selector.select(0.5):
                    source, sink = key.fileobj, key.data
                    piece = source.recv(PIECE)  # type: ignore[union-attr]
                    if not piece:
                        return
                    is_harmed = sink is client and self.fault != "none"
                    whole = max(0, self.after_bytes - passed) if is_harmed else len(piece)
                    sink.sendall(piece[:whole])
                    passed += len(piece[:whole])
                    if piece[whole:]:
                        self._harm(piece[whole:], sink)
                        return

    def _harm(self, piece: bytes, sink: socket.socket) -> None:
        if self.fault == "reset":
            sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        elif self.fault == "hang":
            self._over.wait()
        for byte in piece if self.fault == "drip" else b"":
            sink.sendall(bytes([byte]))
            if self._over.wait(0.05):
                return


def _connected(target: Target) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target)
    line = socket.socket(socket.AF_UNIX)
    line.connect(target)
    return line


def _close(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        line.close()
