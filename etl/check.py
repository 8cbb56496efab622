"""Reaching every source and reading a few of its records, before anything is loaded from it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from db.clock import utc_now
from db.errors import SourceError
from db.ingest.batch import Rows
from etl.connectors.base import Probe, RawBatch
from etl.feeds.parse import Parsed
from etl.fingerprints import TELLS_ALL, difference, kinds_of
from etl.runner import Pull


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at one source found; `problem` is '' when it can be loaded.

    `sample_count` records were read, of which `rejected` counts those that could not be trusted, by
    reason; they would go to quarantine. When that is all of them the map is likely wrong.
    """

    source: str
    connector: str
    columns: tuple[str, ...] = ()
    sample_count: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    told: str = ""
    """How the source was read, where that was found out: the format and dialect of a file."""
    caution: str = ""
    """What weakens a source that can be loaded all the same, and what helps."""
    drift: str = ""
    """What differs from the columns it had when it was last loaded."""


def check_sources(
    pulls: Iterable[Pull], held: Mapping[str, Mapping[str, str]] | None = None
) -> Iterator[Finding]:
    """Look at each source in turn; one that cannot be reached does not hide the others.

    `held`: by source, the columns and kinds it had when it was last loaded.
    """
    known = held or {}
    for pull in pulls:
        probe: Probe | None = None
        try:
            probe = pull.connector.probe()
            yield replace(_found(pull, probe), drift=_drift(pull, probe, known))
        except SourceError as error:
            columns = probe.columns if probe else ()
            drift = _drift(pull, probe, known) if probe else ""
            yield Finding(pull.code, pull.entry.connector, columns, problem=str(error), drift=drift)
        finally:
            pull.connector.close()


def _drift(pull: Pull, probe: Probe, known: Mapping[str, Mapping[str, str]]) -> str:
    clock = probe.source_clock_at
    found = kinds_of(RawBatch(probe.columns, probe.sample, clock, clock))
    held = known.get(pull.code, {}) if found else {}
    if pull.entry.connector not in TELLS_ALL:
        held = {name: kind for name, kind in held.items() if name in found}
    return difference(held, found)


def _found(pull: Pull, probe: Probe) -> Finding:
    pull.feed.check_columns(probe.columns)
    parsed, count = _parsed(pull, probe), len(probe.sample)
    rejected = Counter(str(rejection.reason) for rejection in parsed.rejections)
    problem = ""
    if count and len(parsed.rejections) == count:
        first = parsed.rejections[0]
        problem = (
            f"{pull.code}: none of {count} sample records can be used; the first: {first.reason}, "
            f"{first.field}: {first.detail}. Mend the column map, then: rackline check"
        )
    return Finding(
        pull.code,
        pull.entry.connector,
        probe.columns,
        count,
        dict(rejected),
        problem,
        probe.told,
        pull.connector.caution,
    )


def _parsed(pull: Pull, probe: Probe) -> Parsed:
    """The sample as a load would read it."""
    if not probe.sample:
        return Parsed(Rows([]), [], None, None)
    clock = probe.source_clock_at
    return pull.feed.parse(RawBatch(probe.columns, probe.sample, clock, clock), now=utc_now())
