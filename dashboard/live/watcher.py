"""The thread that listens to the store and tells the hub, on the hub's own loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.live.hub import Hub
from dashboard.read import Read

STOP_SECONDS = 2.0


@contextmanager
def watching(read: Read, hub: Hub) -> Iterator[threading.Thread]:
    """Run the store's watch in a daemon thread while this context lasts."""
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def tell(versions: dict[str, int]) -> None:
        if not stop.is_set():
            loop.call_soon_threadsafe(hub.changed, versions)

    thread = threading.Thread(target=read.watch, args=(tell, stop), name="watcher", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(STOP_SECONDS)
