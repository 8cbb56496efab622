"""Groups of waiting records, the records of one, and what was asked of the loads."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.marks import attributes, figure, mark, since
from dashboard.components.panels import empty, panel, table
from dashboard.components.quarantine.state import feed_said, group_key, link, said
from dashboard.wording import NONE, count, counted
from db.queries.quarantine import GroupShape, HeldShape, RequestShape
from db.queries.shapes import PlantShape

Plants = Mapping[str, PlantShape]
LONGEST_CELL = 160


def figures(groups: Sequence[GroupShape], plants: Plants, now: datetime) -> list[Any]:
    """How much waits, since when, and what most of it lacks."""
    waiting = sum(group["count"] for group in groups)
    oldest = min((group["first_seen_at"] for group in groups), default=None)
    worst = groups[0] if groups else None
    most = "none"
    if worst:
        most = f"most in {plants[worst['plant']]['name']} {feed_said(worst['feed']).lower()}"
    sources = len({group["source"] for group in groups})
    return [
        figure("Records waiting", count(waiting), "", most),
        figure("Groups", count(len(groups)), "", f"of {counted(sources, 'source')}"),
        figure("Waiting since", since(oldest, now), "", "the oldest"),
        figure("Most common", said(worst["reason"]) if worst else NONE, "", "by records"),
    ]


def listing(
    groups: Sequence[GroupShape],
    chosen: GroupShape | None,
    state: Mapping[str, str],
    plants: Plants,
    now: datetime,
) -> html.Section:
    """Every group, the largest first; the one looked at is marked."""
    if not groups:
        return panel("Groups", "", empty("Nothing waits: every record that was read is loaded."))
    rows = [_row(group, group is chosen, state, plants, now) for group in groups]
    head = ("Reason", "Field", "Plant", "Feed", "Records", "First seen", "Last seen", "Weakens")
    return panel(
        "Groups", "source × reason × field, the largest first",
        table(head, rows, "Groups of waiting records", numbers=(4, 5, 6)),
        part="wraps stacks",
    )  # fmt: skip


def _row(
    group: GroupShape, is_chosen: bool, state: Mapping[str, str], plants: Plants, now: datetime
) -> list[Any]:
    name = html.A(
        said(group["reason"]),
        href=link(state, group=group_key(group)),
        **attributes(data_stay="true", **({"aria_current": "true"} if is_chosen else {})),
    )
    return [
        html.B(name) if is_chosen else name,
        said(group["field"]) or NONE,
        plants[group["plant"]]["name"],
        feed_said(group["feed"]),
        count(group["count"]),
        since(group["first_seen_at"], now),
        since(group["last_seen_at"], now),
        group["weakens"],
    ]


def records(
    group: GroupShape, held: Sequence[HeldShape], plants: Plants, now: datetime
) -> html.Section:
    """The newest records of a group with all that their source said."""
    source = f"{plants[group['plant']]['name']} {feed_said(group['feed']).lower()}"
    title = f"{source}: {said(group['reason'])}"
    note = f"the newest {len(held)} of {count(group['count'])}"
    rows = [
        [
            html.Code(one["record_key"]),
            one["detail"],
            since(one["last_seen_at"], now),
            count(one["seen_count"]),
            html.Details([html.Summary(_short(one["payload"])), html.Pre(_pretty(one["payload"]))]),
        ]
        for one in held
    ]
    head = ("Key", "What is wrong", "Last seen", "Versions", "What the source said")
    return panel(title, note, table(head, rows, title, numbers=(2, 3)), part="wraps held stacks")


def _short(payload: str) -> str:
    """The beginning of a record on one line.

    >>> _short('{"SN": "R1", "RESULT": null}')
    'SN R1, RESULT —'
    """
    record = json.loads(payload)
    told = ", ".join(
        f"{name} {NONE if value is None else value}"
        for name, value in record.items()
        if not name.startswith("_")
    )
    return told if len(told) <= LONGEST_CELL else told[: LONGEST_CELL - 1] + "…"


def _pretty(payload: str) -> str:
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)


def asked(found: Sequence[RequestShape], plants: Plants, now: datetime) -> html.Section:
    """What people asked the loads to do, and what came of it."""
    title, note = "Asked of the loads", "the newest first"
    if not found:
        return panel(title, note, empty("Nobody has asked for a replay yet."))
    rows = [
        [
            _state(one),
            said(one["kind"]),
            f"{plants[one['plant']]['name']} {feed_said(one['source'].partition('.')[2]).lower()}",
            " ".join(filter(None, (said(one["reason"]), said(one["field"])))) or "all",
            one["asked_by"],
            since(one["asked_at"], now),
            one["message"] or NONE,
        ]
        for one in found
    ]
    head = ("State", "What", "Source", "Of", "By", "Age", "What came of it")
    return panel(title, note, table(head, rows, title, numbers=(5,)), part="wraps")


def _state(one: RequestShape) -> Any:
    if one["done_at"] is None:
        return mark("ring", "asked", "outline")
    return mark("dot", "done") if one["is_done_well"] else mark("triangle", "failed", "amber")
