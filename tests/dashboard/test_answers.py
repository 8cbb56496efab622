"""Answers are read once for all who ask, until the data moves."""

import asyncio

import pytest

from dashboard import answers
from dashboard.answers import Answers


class Source:
    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    async def read(self) -> int:
        self.count += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return self.count


async def test_a_thousand_viewers_are_one_reading() -> None:
    held, source = Answers(), Source()
    found = await asyncio.gather(*(held.get("q", source.read) for _ in range(1000)))
    assert set(found) == {1}
    assert await held.get("q", source.read) == 1
    assert await held.get("other", source.read) == 2


async def test_news_make_it_read_again() -> None:
    held, source = Answers(), Source()
    assert await held.get("q", source.read) == 1
    held.forget()
    assert await held.get("q", source.read) == 2


async def test_an_answer_under_way_when_news_come_is_not_kept() -> None:
    held, source = Answers(), Source()
    first = asyncio.ensure_future(held.get("q", source.read))
    await asyncio.sleep(0)
    held.forget()
    await first
    assert await held.get("q", source.read) == 2


async def test_an_old_answer_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    held, source, now = Answers(), Source(), [100.0]
    monkeypatch.setattr(answers, "monotonic_seconds", lambda: now[0])
    await held.get("q", source.read)
    now[0] += answers.SECONDS + 0.1
    assert await held.get("q", source.read) == 2


async def test_a_failure_is_told_and_not_kept() -> None:
    held, source = Answers(), Source()
    source.error = OSError("away")
    with pytest.raises(OSError, match="away"):
        await held.get("q", source.read)
    source.error = None
    assert await held.get("q", source.read) == 2


async def test_one_who_leaves_does_not_stop_the_reading_of_others() -> None:
    held, source = Answers(), Source()
    leaving = asyncio.ensure_future(held.get("q", source.read))
    staying = asyncio.ensure_future(held.get("q", source.read))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1


async def test_only_the_last_questions_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT", 2)
    held, source = Answers(), Source()
    for name in "abc":
        await held.get(name, source.read)
    assert await held.get("a", source.read) == 4
