"""How all plants stand, kept for some minutes, so that a scenario is answered at once and every
answer of a page is held against the same moment.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from dashboard.read import Read
from db.clock import monotonic_seconds, utc_now
from db.domain.capacity.levers import Lever, ranked
from db.domain.capacity.scenario import scenario_from
from db.domain.capacity.whatif import Answer, answer
from db.queries.capacity_whatif import Saved, Standings, saved_scenarios, standings
from db.queries.scope import Scope

T = TypeVar("T")

HELD_SECONDS = 300.0
ANSWERS_KEPT = 32
GLANCE_SECONDS = 0.3
"""How long a page waits before it opens without its answer and fills by itself."""


def standing(session: Any, scope: Scope) -> Standings:
    """How the plants in scope stand now."""
    return standings(session, utc_now(), scope)


def saved(session: Any, scope: Scope) -> list[Saved]:
    """Scenarios people kept."""
    return saved_scenarios(session, scope)


@dataclass
class Held:
    """Standings of one moment, and what has been answered by them."""

    standings: Standings
    until: float
    answers: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    async def answer(self, text: str) -> Answer:
        """The answer to a scenario's text; UnreadableScenario says what cannot be read."""
        scenario = scenario_from(text)
        return await self._once(text, lambda: answer(self.standings.by_plant, scenario))

    async def levers(self) -> tuple[Lever, ...]:
        """Single changes, what buys most racks first."""
        return await self._once("", lambda: ranked(self.standings.by_plant))

    async def _once(self, key: str, work: Callable[[], T]) -> T:
        found = self.answers.get(key)
        if found is None or (found.done() and found.exception()):
            if len(self.answers) >= ANSWERS_KEPT:
                self.answers.pop(next(iter(self.answers)))
            found = self.answers[key] = asyncio.ensure_future(asyncio.to_thread(work))
        result: T = await asyncio.shield(found)
        return result


_HELD: "WeakKeyDictionary[Read, dict[Scope, asyncio.Future[Held]]]" = WeakKeyDictionary()


async def held_soon(read: Read, scope: Scope) -> Held | None:
    """The standings of a scope if they are there within a glance; else they are under way."""
    asking = asyncio.ensure_future(held(read, scope))
    done, _ = await asyncio.wait([asking], timeout=GLANCE_SECONDS)
    return asking.result() if done else None


async def held(read: Read, scope: Scope) -> Held:
    """The standings of a scope, at most `HELD_SECONDS` old; read once for all who ask."""
    by_scope = _HELD.setdefault(read, {})
    task = by_scope.get(scope)
    if task is None or (task.done() and _is_over(task)):
        task = by_scope[scope] = asyncio.ensure_future(_read(read, scope))
    return await asyncio.shield(task)


def _is_over(task: "asyncio.Future[Held]") -> bool:
    return task.exception() is not None or task.result().until < monotonic_seconds()


async def _read(read: Read, scope: Scope) -> Held:
    asked: Awaitable[Standings] = read.ask(standing, scope)
    return Held(await asked, monotonic_seconds() + HELD_SECONDS)
