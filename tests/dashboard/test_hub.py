"""The hub: one reading for all viewers, slow readers conflated, gaps healed by a snapshot."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dashboard.live.hub import Hub
from dashboard.live.snapshot import Key, apply_changes
from dashboard.live.stream import stream
from tests.dashboard.test_snapshot import payload

MP, OH = Key("wall", "mp"), Key("wall", "oh")


class Store:
    """Blocks that a test may change; counts its readings."""

    def __init__(self) -> None:
        self.score = 0
        self.read_count = 0
        self.error: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def build(self, key: Key) -> dict[str, Any]:
        self.read_count += 1
        await self.may_answer.wait()
        if self.error:
            raise self.error
        return {"version": 1, "plant": key.plant, "score": self.score}


class Viewer:
    """One connection; keeps what it was sent, and may stop reading."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.is_gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_read.wait()
        for part in message.get("body", b"").split(b"\n\n")[:-1]:
            name = part.split(b"event: ")[1].split(b"\n")[0].decode()
            self.events.append((name, payload(part)))

    @property
    def news(self) -> list[str]:
        return [name for name, _ in self.events if name != "beat"]

    async def until(self, is_met: Callable[[], bool]) -> None:
        """Wait for it; the test's own deadline is the limit."""
        while not is_met():
            await asyncio.sleep(0.005)

    def held(self) -> dict[str, Any]:
        """What a browser holds after all events; fails on a delta it could not apply."""
        blocks: dict[str, Any] = {}
        held_id = None
        for name, told in self.events:
            if name == "delta":
                assert told["base"] == held_id
                blocks = apply_changes(blocks, told)
            elif name == "snapshot":
                blocks = told["blocks"]
            held_id = told.get("id", held_id)
        return blocks


class Wire:
    """A hub at work with viewers on it."""

    def __init__(self, store: Store, **options: float) -> None:
        self.store, self.hub = store, Hub(store.build, "build-1", **options)
        self.tasks: list[asyncio.Task[None]] = []

    async def connect(self, keys: Sequence[Key] = (MP,), last_id: str = "") -> Viewer:
        """A new viewer, once it has been sent something."""
        viewer = Viewer()
        sending = stream(self.hub, keys, last_id, viewer.receive, viewer.send)
        self.tasks.append(asyncio.create_task(sending))
        await viewer.until(lambda: bool(viewer.events))
        return viewer

    async def commit(self, score: int) -> None:
        """Change the store and wait until the hub has read it."""
        self.store.score = score
        self.hub.changed(["mp"])
        while (await self.hub.fresh(MP)).blocks["score"] != score:
            await asyncio.sleep(0.005)


@asynccontextmanager
async def wired(store: Store, **options: float) -> AsyncIterator[Wire]:
    """A running hub; closing it must let every viewer go."""
    wire = Wire(store, **options)
    wire.tasks.append(asyncio.create_task(wire.hub.run()))
    yield wire
    wire.hub.close()
    await asyncio.wait_for(asyncio.gather(*wire.tasks), 10)


async def test_a_change_is_read_once_however_many_are_watching() -> None:
    async with wired(Store()) as wire:
        viewers = [await wire.connect() for _ in range(20)]
        before = wire.store.read_count
        await wire.commit(5)
        for viewer in viewers:
            await viewer.until(lambda viewer=viewer: "delta" in viewer.news)  # type: ignore[misc]
            assert viewer.held()["score"] == 5
        assert wire.store.read_count == before + 1


async def test_a_new_viewer_gets_the_clock_then_the_whole() -> None:
    async with wired(Store()) as wire:
        viewer = await wire.connect()
        await viewer.until(lambda: bool(viewer.news))
        assert [name for name, _ in viewer.events[:2]] == ["beat", "snapshot"]
        assert viewer.events[0][1].keys() == {"build", "at"}


async def test_a_slow_reader_skips_states_and_gets_one_snapshot() -> None:
    async with wired(Store()) as wire:
        slow = await wire.connect()
        await slow.until(lambda: bool(slow.news))
        slow.may_read.clear()
        for score in range(1, 30):
            await wire.commit(score)
        slow.may_read.set()
        await slow.until(lambda: slow.held().get("score") == 29)
        assert len(slow.news) <= 4, "old states were queued for the slow reader"


async def test_a_returning_viewer_that_holds_the_newest_is_sent_no_snapshot() -> None:
    async with wired(Store()) as wire:
        frame = await wire.hub.fresh(MP)
        viewer = await wire.connect(last_id=frame.id)
        await wire.commit(1)
        await viewer.until(lambda: bool(viewer.news))
        assert viewer.news == ["delta"]


async def test_a_viewer_with_an_unknown_id_is_sent_the_whole() -> None:
    async with wired(Store()) as wire:
        viewer = await wire.connect(last_id="3-of-another-life")
        await viewer.until(lambda: bool(viewer.news))
        assert viewer.news == ["snapshot"]


async def test_quiet_screens_still_hear_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.live.hub.BEAT_SECONDS", 0.02)
    monkeypatch.setattr("dashboard.live.stream.BEAT_SECONDS", 0.02)
    async with wired(Store()) as wire:
        viewer = await wire.connect()
        await viewer.until(lambda: [name for name, _ in viewer.events].count("beat") >= 4)
        assert viewer.news == ["snapshot"]


@pytest.mark.parametrize("topic", ["wall", "health"])
async def test_a_viewer_hears_beats_while_its_first_frame_is_still_being_read(
    monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    monkeypatch.setattr("dashboard.live.stream.BEAT_SECONDS", 0.02)
    store, keys = Store(), (Key(topic, "mp"), Key(topic, "oh"))
    store.may_answer.clear()
    async with asyncio.timeout(20), wired(store) as wire:
        viewer = await wire.connect(keys)
        await viewer.until(lambda: len(viewer.events) >= 4)
        assert viewer.news == []
        store.may_answer.set()
        await viewer.until(lambda: viewer.news == ["snapshot", "snapshot"])


async def test_a_slow_reading_silences_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("hub", "stream"):
        monkeypatch.setattr(f"dashboard.live.{module}.BEAT_SECONDS", 0.02)
    store = Store()
    async with asyncio.timeout(20), wired(store, interval_seconds=0.01) as wire:
        viewer = await wire.connect()
        await viewer.until(lambda: bool(viewer.news))
        store.may_answer.clear()
        before = store.read_count
        await viewer.until(lambda: store.read_count > before)
        heard = len(viewer.events)
        await viewer.until(lambda: len(viewer.events) >= heard + 4)
        store.may_answer.set()


async def test_a_viewer_that_leaves_before_its_first_frame_is_let_go() -> None:
    store = Store()
    store.may_answer.clear()
    async with asyncio.timeout(20), wired(store) as wire:
        viewer = await wire.connect()
        viewer.is_gone.set()
        await wire.tasks[-1]
        store.may_answer.set()


async def test_the_clock_alone_moves_a_screen() -> None:
    async with wired(Store(), interval_seconds=0.02) as wire:
        viewer = await wire.connect()
        wire.store.score = 9  # nothing tells the hub
        await viewer.until(lambda: viewer.held().get("score") == 9)


async def test_nobody_watching_means_no_reading() -> None:
    async with wired(Store(), interval_seconds=0.01) as wire:
        viewer = await wire.connect()
        viewer.is_gone.set()
        await asyncio.wait_for(wire.tasks[-1], 10)
        before = wire.store.read_count
        await asyncio.sleep(0.1)
        assert wire.store.read_count == before


async def test_a_store_that_fails_keeps_the_last_screen_and_recovers() -> None:
    async with wired(Store(), interval_seconds=0.01) as wire:
        viewer = await wire.connect()
        await viewer.until(lambda: bool(viewer.news))
        wire.store.error = OSError("the store is away")
        before = wire.store.read_count
        await viewer.until(lambda: wire.store.read_count > before)
        assert (await wire.hub.fresh(MP)).blocks["score"] == 0
        wire.store.error, wire.store.score = None, 4
        await viewer.until(lambda: viewer.held().get("score") == 4)


async def test_one_stream_carries_several_plants() -> None:
    async with wired(Store()) as wire:
        viewer = await wire.connect(keys=(MP, OH))
        await viewer.until(lambda: len(viewer.news) == 2)
        assert {told["key"] for name, told in viewer.events if name != "beat"} == {
            "wall/mp", "wall/oh"
        }  # fmt: skip


async def test_other_plants_are_not_read_again() -> None:
    async with wired(Store()) as wire:
        await wire.connect(keys=(MP, OH))
        await wire.hub.fresh(OH)
        before = wire.store.read_count
        await wire.commit(1)
        assert wire.store.read_count == before + 1
