"""The time of one fetch is counted once, however its steps nest."""

from threading import Event

import pytest

from db.clock import monotonic_seconds
from etl.connectors.deadline import Deadline

PAUSE = 0.2


def wait(seconds: float = PAUSE) -> None:
    Event().wait(seconds)


def nothing() -> None:
    """Nobody has to be woken."""


def test_time_within_a_step_of_a_step_is_counted_once() -> None:
    deadline, started = Deadline(60, nothing), monotonic_seconds()
    with deadline.running():
        for _ in range(3):
            with deadline.running(8):
                wait()
    spent = 60 - deadline.left
    assert 3 * PAUSE <= spent <= monotonic_seconds() - started
    wait()
    assert 60 - deadline.left == spent, "the consumer's time does not count"


def step_by_step(deadline: Deadline, steps: int, silence: float, pause: float) -> None:
    with deadline.running():
        for _ in range(steps):
            with deadline.running(silence):
                wait(pause)


@pytest.mark.parametrize(
    ("seconds", "steps", "silence", "pause", "said"),
    [
        (60, 1, 0.1, 1, r"no word for 0\.1 s"),
        (0.3, 100, 8, 0.1, r"no complete answer within 0\.3 s"),
    ],
)
def test_a_silent_step_is_told_and_so_is_the_end_of_all(
    seconds: float, steps: int, silence: float, pause: float, said: str
) -> None:
    with pytest.raises(TimeoutError, match=said):
        step_by_step(Deadline(seconds, nothing), steps, silence, pause)
