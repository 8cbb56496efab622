"""A measured figure beside its goal. Everything is a ratio within one run, or CPU, or memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import ge, le
from typing import Literal

Sense = Literal[">=", "<="]
HOLDS: dict[Sense, Callable[[float, float], bool]] = {">=": ge, "<=": le}


@dataclass(frozen=True, slots=True)
class Goal:
    """What must hold, and what is reached for."""

    sense: Sense
    must: float
    reach: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `goal` None: printed for the reader's information.

    `value` None: what would be measured is not built yet, and `detail` says what brings it. Such a
    figure neither holds nor misses.
    """

    database: str
    what: str
    value: float | None
    goal: Goal | None = None
    unit: str = "x"
    detail: str = ""

    def line(self) -> str:
        """The figure as one line of the report.

        >>> Figure("sqlite", "re-pull / first pass", 0.4, Goal("<=", 0.8)).line()
        'sqlite      re-pull / first pass                             0.40 x     must <= 0.8    ok'
        >>> Figure("sqlite", "slices", None, Goal("<=", 5), "s").line().split()[-4:]
        ['<=', '5', 'not', 'built']
        """
        told = f"{'none':>7}" if self.value is None else f"{self.value:>7.2f}"
        text = f"{self.database:<12}{self.what:<46}{told} {self.unit:<6}"
        if self.goal:
            reach = f" (reach {self.goal.reach})" if self.goal.reach is not None else ""
            text += f"must {self.goal.sense} {self.goal.must}{reach}    {self._verdict}"
        return f"{text}  {self.detail}".rstrip()

    @property
    def is_built(self) -> bool:
        """Whether there is something to measure."""
        return self.value is not None

    @property
    def is_missed(self) -> bool:
        """Whether a measured value is not what it must be."""
        if self.value is None or self.goal is None:
            return False
        return not HOLDS[self.goal.sense](self.value, self.goal.must)

    @property
    def _verdict(self) -> str:
        return "MISSED" if self.is_missed else "ok" if self.is_built else "not built"


Bench = Callable[[int], Iterable[Figure]]
"""Given a number of rows, yields figures as they are measured."""
