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
    """One measured value. `goal` None: printed for the reader's information."""

    database: str
    what: str
    value: float
    goal: Goal | None = None
    unit: str = "x"
    detail: str = ""

    def line(self) -> str:
        """The figure as one line of the report.

        >>> Figure("sqlite", "re-pull / first pass", 0.4, Goal("<=", 0.8)).line()
        'sqlite      re-pull / first pass                             0.40 x     must <= 0.8    ok'
        """
        text = f"{self.database:<12}{self.what:<46}{self.value:>7.2f} {self.unit:<6}"
        if self.goal:
            reach = f" (reach {self.goal.reach})" if self.goal.reach is not None else ""
            verdict = "MISSED" if self.is_missed else "ok"
            text += f"must {self.goal.sense} {self.goal.must}{reach}    {verdict}"
        return f"{text}  {self.detail}".rstrip()

    @property
    def is_missed(self) -> bool:
        """Whether the value is not what it must be."""
        return self.goal is not None and not HOLDS[self.goal.sense](self.value, self.goal.must)


Bench = Callable[[int], Iterable[Figure]]
"""Given a number of rows, yields figures as they are measured."""
