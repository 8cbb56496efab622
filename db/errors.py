"""Every error Rackline raises on purpose, classed by what happens next.

    RacklineError
    ├── ConfigError          the program refuses to start; every fault is listed in one go
    ├── SchemaOutOfDate      the program refuses to start; says the command that mends it
    ├── SourceError          something about one plant source
    │   ├── SourceUnavailable   keep the last good data, retry with a growing, jittered pause
    │   ├── SourceRefused       retry slowly (at most 4 an hour), so that no account is locked
    │   └── SourceChanged       stop this feed until a person looks; other feeds go on
    ├── StorageBusy          short retry, then treated as unavailable
    └── StorageFull          the same; shown to people only when it lasts

A single record that cannot be trusted is not an exception: it is a `Rejection` (db.ingest.batch),
kept in quarantine with its reason and whole payload while its neighbours load.

Each message says what, where, what was expected, and the command or step that helps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class RacklineError(Exception):
    """Base of all errors that Rackline raises on purpose; ends a program with `exit_code`."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Fault:
    """One thing wrong in configuration: file, dotted key, found value, and what is allowed."""

    file: str
    key: str
    value: object
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key} = {self.value!r}; allowed: {self.allowed}"


COMMAND_LINE = "command line"
"""Stands for the file of a fault that was typed."""
SETTINGS = "environment or .env"
"""The same of a fault in a setting."""
SET_ANEW = "Set the variable to what is allowed; docs/settings.md names all of them"
ENDINGS = {
    COMMAND_LINE: "Give an allowed value; for the options: rackline --help",
    SETTINGS: SET_ANEW,
    "environment": SET_ANEW,
}
SAID = {
    "missing": "a value, for this key is needed",
    "extra_forbidden": "no such key; docs/plants.md and docs/settings.md name those there are",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "string_too_long": "a text of at most {max_length} characters",
    "string_too_short": "a text of at least {min_length} characters",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "too_short": "at least {min_length} entries",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
}
"""By what a validator calls its finding, what is allowed, in our words."""


def allowed_by(problem: Mapping[str, Any]) -> str:
    """What a validator's finding says is allowed.

    >>> allowed_by({"type": "greater_than", "ctx": {"gt": 0}, "msg": "Input should be …"})
    'more than 0'
    >>> allowed_by({"type": "value_error", "msg": "Value error, an IANA zone name"})
    'an IANA zone name'
    """
    said = SAID.get(problem["type"])
    if said:
        return said.format(**problem.get("ctx", {}))
    msg: str = problem["msg"]
    return msg.removeprefix("Value error, ").removeprefix("Input should be ")


class ConfigError(RacklineError):
    """Configuration or a command cannot be used. Carries every fault found, never only the first.

    >>> print(ConfigError([Fault("mp.toml", "zone", "Chicago", "an IANA zone name")]))
    1 fault in the configuration, nothing was started:
      mp.toml: zone = 'Chicago'; allowed: an IANA zone name
    Mend the file and run: rackline check
    """

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        many = "fault" if len(self.faults) == 1 else "faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        places = {fault.file for fault in self.faults}
        where = places.pop() if len(places) == 1 else ""
        if where not in ENDINGS:
            where = "configuration"
        ending = ENDINGS.get(where, "Mend the file and run: rackline check")
        return f"{len(self.faults)} {many} in the {where}, nothing was started:\n{lines}\n{ending}"


class SchemaOutOfDate(RacklineError):
    """The database holds another schema revision than this program needs."""

    exit_code = 3

    def __init__(self, held: str | None, needed: str) -> None:
        self.held, self.needed = held, needed
        super().__init__(
            f"the database is at schema revision {held or 'none'}, this program needs {needed}. "
            "Run: rackline migrate"
        )


class SourceError(RacklineError):
    """Something about one plant source; `source` is its code, `plant.feed`."""

    def __init__(self, source: str, message: str) -> None:
        self.source = source
        super().__init__(f"{source}: {message}")


class SourceUnavailable(SourceError):
    """The source cannot be reached or did not answer within its deadline.

    `retry_seconds` is the pause it asked for itself, None when it asked for none.
    """

    def __init__(self, source: str, message: str, *, retry_seconds: float | None = None) -> None:
        self.retry_seconds = retry_seconds
        super().__init__(source, message)


class SourceRefused(SourceError):
    """The source answered and refused the credentials."""


class SourceChanged(SourceError):
    """The source no longer has the columns the feed was mapped to, or has other values in them.

    `retyped` says of each such column what it held and what it holds.
    """

    def __init__(
        self,
        source: str,
        missing: Sequence[str],
        unexpected: Sequence[str],
        retyped: Sequence[str] = (),
    ) -> None:
        self.missing, self.unexpected = tuple(sorted(missing)), tuple(sorted(unexpected))
        self.retyped = tuple(sorted(retyped))
        gone = f"expected columns are gone: {', '.join(self.missing)}" if missing else ""
        other = f"columns hold other values: {', '.join(self.retyped)}" if retyped else ""
        news = f"; columns not mapped: {', '.join(self.unexpected)}" if self.unexpected else ""
        super().__init__(
            source,
            f"{'; '.join(filter(None, (gone, other)))}{news}. "
            f"This feed is stopped, the others run. Mend the column map, then: rackline check",
        )


class BatchRefused(RacklineError):
    """The store refuses what is in a batch; which row it is, `db.ingest.poison` finds out."""


class StorageBusy(RacklineError):
    """The store is locked by another writer for longer than the busy timeout."""


class StorageFull(RacklineError):
    """The store's disk is full; the batch was rolled back whole."""
