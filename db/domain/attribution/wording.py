"""The sentences of an explanation. Factor values stand in them as they are: text, never markup."""

from db.domain.attribution.findings import Level, Standing


def told(levels: tuple[Level, ...]) -> str:
    """A value with its factor: "lot K-4711", or "firmware 1.5 at station S07" as a pair.

    >>> told((Level("firmware", "1.5"), Level("station", "S07")))
    'firmware 1.5 with station S07'
    """
    return " with ".join(f"{level.factor.replace('_', ' ')} {level.value}" for level in levels)


def finding_sentence(
    name: str, standing: Standing, ratios: tuple[float | None, float | None], leader: str | None
) -> str:
    """What was seen, as an association."""
    if standing is Standing.EXPLAINED:
        return f"{name} fails more, but not beside {leader}: nothing of its own is left"
    own, others = ratios
    if own is None or others is None:
        return f"{name}: no other unit of the same day, operation and product to compare with"
    seen = f"{name}: {own:.1%} failed, {others:.1%} of the others of the same days"
    return {
        Standing.LIKELY: f"{seen}; associated with the fails, not proved their cause",
        Standing.POSSIBLE: f"{seen}; not enough to name it",
        Standing.TIME_WIDE: f"{seen}; its days were bad for all, not for it alone",
    }.get(standing, f"{seen}; no more than chance gives")


def disproof(name: str, standing: Standing, is_compared: bool) -> str:
    """What would show the finding to be wrong."""
    if not is_compared:
        return (
            f"Wrong if units without {name} fail as often from now on; "
            "only a day on which both run can tell"
        )
    return {
        Standing.TIME_WIDE: f"Wrong if, on days without the common fault, {name} fails more",
        Standing.EXPLAINED: "Wrong if it still fails more once the other is taken away",
        Standing.NOTHING: f"Wrong if more units with {name} set it apart on their days",
    }.get(
        standing,
        f"Wrong if units without {name}, tested on the same days, fail as often, "
        "or if failed units that keep it pass when tested again",
    )


def headline(
    standing: Standing, first: str | None, window: tuple[int, int], tried: int, cause: str
) -> str:
    """The whole explanation in a sentence. `cause`: why a window counts as time-wide."""
    units, fails = window
    counted = f"{fails:,} of {units:,} units failed"
    many = f"{tried:,} values and pairs tried"
    unable = (
        (not units, "No data: no unit has a first verdict in this window"),
        (not fails, f"Nothing to explain: all {units:,} units passed"),
        (fails == units, f"All {units:,} units failed: no value can be told from another"),
        (not tried, f"{counted}; no factor value was carried by enough units to be compared"),
    )
    for is_so, sentence in unable:
        if is_so:
            return sentence
    return {
        Standing.LIKELY: f"{counted}; most likely associated with {first} ({many})",
        Standing.POSSIBLE: f"{counted}; possibly associated with {first} ({many})",
        Standing.TIME_WIDE: f"{counted}: {cause}, and none of {many} stands out on its days",
    }.get(standing, f"{counted}; nothing stands out among {many}")
