"""First verdicts and the factor values each unit carried, as integer codes ready to be counted."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

QUEUE_EDGES_HOURS = (1, 4, 12, 24, 72)


@dataclass(frozen=True, slots=True)
class Factor:
    """Which units carried which value: pairs of unit (row number) and code into `values`.

    A unit may carry several values (a rack holds trays of many lots), each counted once, or none.
    """

    name: str
    values: tuple[str, ...]
    units: Ints
    codes: Ints

    def holders(self, code: int) -> Ints:
        """Row numbers of the units that carried one value."""
        rows: Ints = self.units[self.codes == code]
        return rows


@dataclass(frozen=True, slots=True)
class Cases:
    """First verdicts of one window. `group` is each stratum's operation and product, without day.

    `rack` is None when every unit stands for itself.
    """

    failed: Flags
    stratum: Ints
    strata: pd.DataFrame
    group: Ints
    groups: tuple[tuple[str, ...], ...]
    rack: Ints | None
    factors: tuple[Factor, ...]
    notes: tuple[str, ...]

    @property
    def units(self) -> int:
        """How many first verdicts."""
        return len(self.failed)


def read_cases(
    units: pd.DataFrame,
    factors: Sequence[str],
    exposures: pd.DataFrame | None,
    strata: Sequence[str],
    cluster: str | None,
) -> Cases:
    """Code a frame of first verdicts, one row a unit; ValueError names missing columns.

    `exposures` adds factors in long form: `unit` (as in the column `unit`), `factor`, `value`.

    >>> frame = pd.DataFrame({"day": ["Mon", "Mon"], "failed": [True, False], "lot": ["A", None]})
    >>> read_cases(frame, ["lot"], None, ["day"], None).notes
    ('lot: 1 of 2 units have no value and are left out of it',)
    """
    wanted = {"failed", *strata, *factors} | ({"unit"} if exposures is not None else set())
    if absent := sorted(wanted - set(units.columns)):
        raise ValueError(
            f"units: no column {', '.join(absent)}; expected {', '.join(sorted(wanted))}. "
            "Name only factors that the query returns"
        )
    stratum, names = joint_codes(units, strata)
    group, groups = joint_codes(names, [name for name in strata if name != "day"])
    found = [_from_column(name, units[name]) for name in factors]
    if exposures is not None:
        found += _from_links(units["unit"], exposures)
    notes = tuple(note for factor in found if (note := _unnamed(factor, len(units))))
    return Cases(
        units["failed"].to_numpy(dtype=bool),
        stratum,
        names,
        group,
        tuple(tuple(str(part) for part in row) for row in groups.to_numpy().tolist()),
        _racks(units, cluster),
        tuple(found),
        notes,
    )


def queue_age(hours: "pd.Series[float]") -> list[str | None]:
    """Hours waited before the test, in the few bins that are tried as a factor.

    >>> queue_age(pd.Series([0.5, 30.0, None]))
    ['under 1 h', '24 to 72 h', None]
    """
    edges = QUEUE_EDGES_HOURS
    middle = [f"{low} to {high} h" for low, high in pairwise(edges)]
    names = (f"under {edges[0]} h", *middle, f"over {edges[-1]} h")
    return [
        None if np.isnan(one) else names[bisect_right(edges, one)]
        for one in hours.astype(float).tolist()
    ]


def select(cases: Cases, rows: Flags) -> Cases:
    """The same strata and values for some of the units."""
    place = np.cumsum(rows) - 1

    def kept(factor: Factor) -> Factor:
        inside = rows[factor.units]
        return replace(factor, units=place[factor.units[inside]], codes=factor.codes[inside])

    return replace(
        cases,
        failed=cases.failed[rows],
        stratum=cases.stratum[rows],
        rack=None if cases.rack is None else cases.rack[rows],
        factors=tuple(kept(factor) for factor in cases.factors),
    )


def joint_codes(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Ints, pd.DataFrame]:
    """One code per combination of values that occurs, and the combinations."""
    joint = np.zeros(len(frame), dtype=np.int64)
    for name in columns:
        codes, values = pd.factorize(frame[name], use_na_sentinel=False)
        joint, _ = pd.factorize(joint * len(values) + codes)
    first = np.zeros(int(joint.max(initial=-1)) + 1, dtype=np.int64)
    first[joint[::-1]] = np.arange(len(joint))[::-1]
    return joint.astype(np.int64), frame[list(columns)].iloc[first].reset_index(drop=True)


def _from_column(name: str, column: "pd.Series[Any]") -> Factor:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, labels = column.cat.codes.to_numpy(dtype=np.int64), column.cat.categories
    else:
        codes, labels = pd.factorize(column)
    values = tuple(str(label) for label in labels)
    blank = [code for code, value in enumerate(values) if not value.strip()]
    named = (codes >= 0) & ~np.isin(codes, blank) if blank or (codes < 0).any() else None
    units = np.arange(len(column), dtype=np.int64)
    if named is None:
        return Factor(name, values, units, codes.astype(np.int64))
    return Factor(name, values, units[named], codes[named].astype(np.int64))


def _from_links(serials: "pd.Series[Any]", exposures: pd.DataFrame) -> list[Factor]:
    """Factors of links, each unit and value once; links of units not in the window are dropped."""
    row = pd.Series(np.arange(len(serials)), index=serials.to_numpy())
    inside = exposures[exposures["unit"].isin(row.index)]
    inside = inside.drop_duplicates(["unit", "factor", "value"])
    found = []
    for name, links in inside.groupby("factor", sort=True):
        one = _from_column(str(name), links["value"])
        rows = row.loc[links["unit"].to_numpy()].to_numpy(dtype=np.int64)
        found.append(replace(one, units=rows[one.units]))
    return found


def _unnamed(factor: Factor, units: int) -> str | None:
    missing = units - len(np.unique(factor.units)) if len(factor.units) != units else 0
    if not missing:
        return None
    return f"{factor.name}: {missing:,} of {units:,} units have no value and are left out of it"


def _racks(units: pd.DataFrame, cluster: str | None) -> Ints | None:
    if cluster is None or cluster not in units.columns:
        return None
    codes, values = pd.factorize(units[cluster])
    alone = codes < 0
    codes = np.where(alone, len(values) + np.cumsum(alone), codes)
    return None if len(values) >= len(units) else codes.astype(np.int64)
