"""What the quarantine page's address holds, and the links that change it by a click."""

from collections.abc import Mapping, Sequence

from dashboard.address import Field, Option, search_of
from dashboard.wording import FEEDS
from db.queries.quarantine import GroupShape

ALL = "all"
PATH = "/quarantine"
FIELDS = (
    Field("plant", "Plant", ALL),
    Field("feed", "Feed", ALL),
    Field("reason", "Reason", ALL),
    Field("group", "Group", control="hidden"),
)


def said(word: str) -> str:
    """A word of ours as people read it.

    >>> said("unknown_word")
    'unknown word'
    """
    return word.replace("_", " ")


def feed_said(feed: str) -> str:
    """A feed as people call it.

    >>> feed_said("unit_step")
    'Production steps'
    """
    return FEEDS.get(feed, said(feed))


def group_key(group: GroupShape) -> str:
    """A group as the address names it.

    >>> group_key({"source": "mp.test_run", "reason": "bad_time", "field": "ended_at"})
    'mp.test_run|bad_time|ended_at'
    """
    return f"{group['source']}|{group['reason']}|{group['field']}"


def link(state: Mapping[str, str], **changes: str) -> str:
    """The address of the page with some filters changed.

    >>> link({field.name: field.default for field in FIELDS}, reason="bad_time")
    '/quarantine?reason=bad_time'
    """
    return PATH + search_of(FIELDS, {**state, **changes})


def options(groups: Sequence[GroupShape]) -> dict[str, list[Option]]:
    """The feeds and reasons of which something waits."""
    feeds = {group["feed"] for group in groups}
    reasons = {group["reason"] for group in groups}
    return {
        "feed": [Option(ALL, "All feeds"), *(Option(it, feed_said(it)) for it in sorted(feeds))],
        "reason": [Option(ALL, "All reasons"), *(Option(it, said(it)) for it in sorted(reasons))],
    }


def matching(groups: Sequence[GroupShape], state: Mapping[str, str]) -> list[GroupShape]:
    """The groups that the filters leave."""
    return [
        group
        for group in groups
        if state["plant"] in (ALL, group["plant"])
        and state["feed"] in (ALL, group["feed"])
        and state["reason"] in (ALL, group["reason"])
    ]
