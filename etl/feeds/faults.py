"""What is wrong with a value, and where it is noted."""

from collections.abc import Callable, Sequence
from typing import Any

from db.domain.vocabulary import RejectionReason


class Bad(ValueError):
    """A value that cannot be trusted: why, in the quarantine's words, and what was expected."""

    def __init__(self, reason: RejectionReason, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(detail)


Note = Callable[[int, Bad], None]
"""Called with a row's position and what is wrong with it."""


def each(values: Sequence[Any], convert: Callable[[Any], Any], note: Note) -> list[Any]:
    """Convert one by one; a bad value is noted and stands as None.

    >>> found = {}
    >>> each(["1", "x"], int_or_bad, found.__setitem__), found[1].detail
    ([1, None], "a whole number, not 'x'")
    """
    converted: list[Any] = []
    for index, value in enumerate(values):
        try:
            converted.append(convert(value))
        except Bad as bad:
            note(index, bad)
            converted.append(None)
    return converted


def int_or_bad(value: str) -> int:
    """The smallest converter, for examples and tests.

    >>> int_or_bad("7")
    7
    """
    if not value.isdecimal():
        raise Bad(RejectionReason.WRONG_TYPE, f"a whole number, not {value!r}")
    return int(value)


def shown(value: object, limit: int = 60) -> str:
    """A value as an error message shows it: quoted, on one line, never endless.

    >>> shown("x" * 100, limit=10)
    "'xxxxxxxx…"
    """
    if isinstance(value, int) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    text = repr(value)[: limit * 4]
    return text if len(text) <= limit else text[: limit - 1] + "…"
