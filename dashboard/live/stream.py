"""`GET /live/{plant}` as a raw ASGI application: the cheapest way to hold a thousand viewers."""

import asyncio
from collections.abc import Sequence
from typing import Any

from dashboard.live.hub import BEAT_SECONDS, Hub
from dashboard.live.snapshot import Key
from db.clock import monotonic_seconds

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def stream(hub: Hub, keys: Sequence[Key], last_id: str, receive: Any, send: Any) -> None:
    """Send `keys` to one viewer until it leaves or the hub closes.

    `last_id` is the browser's Last-Event-ID; a viewer that already holds the newest frame of its
    only key is spared the snapshot.
    """
    gone = asyncio.ensure_future(_until_gone(receive))
    hub.follow(keys)
    try:
        held = {keys[0]: last_id} if len(keys) == 1 else {}
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _send(send, hub.beat())
        await _first_frames(hub, keys, gone, send)
        sent_at = monotonic_seconds()
        while not (hub.is_closed or gone.done()):
            pulse = hub.pulse
            news = b"".join(_news(hub, key, held) for key in keys)
            now = monotonic_seconds()
            if news or now - sent_at >= BEAT_SECONDS * 0.9:
                await _send(send, news or hub.beat())
                sent_at = now
            await pulse.wait()
        await send({"type": "http.response.body", "body": b""})
    finally:
        hub.leave(keys)
        gone.cancel()


async def _first_frames(hub: Hub, keys: Sequence[Key], gone: Any, send: Any) -> None:
    """Wait until `keys` have been read, however slow the store; the viewer hears beats meanwhile.

    A reading is never cancelled: others may wait for it too.
    """
    reading = asyncio.gather(*map(hub.fresh, keys), return_exceptions=True)
    while not hub.is_closed:
        await asyncio.wait({reading, gone}, timeout=BEAT_SECONDS, return_when="FIRST_COMPLETED")
        if reading.done() or gone.done():
            return
        await _send(send, hub.beat())


def _news(hub: Hub, key: Key, held: dict[Key, str]) -> bytes:
    frame = hub.newest(key)
    if frame is None or held.get(key) == frame.id:
        return b""
    is_next = held.get(key) == frame.base
    held[key] = frame.id
    message = frame.delta if frame.delta is not None and is_next else frame.snapshot
    return f"id: {frame.id}\n".encode() + message


async def _send(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
