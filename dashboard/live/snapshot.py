"""What a screen is sent: the whole of it once, then only the blocks that changed.

A frame's id is made of the store's version and a digest of its content, so that ids of different
web processes, and of one process before and after a restart, agree whenever the content does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

NOT_CONTENT = frozenset({"read_at"})
"""Blocks that differ at each reading and mean nothing by themselves."""

Blocks = Mapping[str, Any]


class Key(NamedTuple):
    """What can be followed: one topic (wall, health) of one plant."""

    topic: str
    plant: str

    def __str__(self) -> str:
        return f"{self.topic}/{self.plant}"


@dataclass(frozen=True)
class Frame:
    """One state of one key, ready to send. `delta` applies only on top of the frame `base`."""

    id: str
    blocks: Blocks
    snapshot: bytes
    base: str | None = None
    delta: bytes | None = None


def make_frame(key: Key, blocks: Blocks, previous: Frame | None, envelope: Blocks) -> Frame:
    """Serialise `blocks` once for all viewers; returns `previous` itself when nothing changed.

    `envelope` (build id, server time) travels with the message and is no part of its content.
    """
    frame_id = _identify(blocks)
    if previous and previous.id == frame_id:
        return previous
    head = {"key": str(key), "id": frame_id, **envelope}
    snapshot = event("snapshot", {**head, "blocks": blocks})
    if previous is None:
        return Frame(frame_id, blocks, snapshot)
    changes = changed_blocks(previous.blocks, blocks)
    delta = event("delta", {**head, "base": previous.id, **changes})
    return Frame(frame_id, blocks, snapshot, previous.id, delta)


def changed_blocks(old: Blocks, new: Blocks) -> dict[str, Any]:
    """The top-level blocks of `new` that differ from `old`, and the names of those gone.

    >>> changed_blocks({"a": 1, "b": 2}, {"a": 1, "b": 3})
    {'blocks': {'b': 3}, 'gone': []}
    """
    return {
        "blocks": {
            name: block for name, block in new.items() if name not in old or old[name] != block
        },
        "gone": sorted(old.keys() - new.keys()),
    }


def apply_changes(base: Blocks, changes: Blocks) -> dict[str, Any]:
    """What a viewer holds after a delta; assets/40-live.js does the same.

    >>> apply_changes({"a": 1, "b": 2}, {"blocks": {"b": 3}, "gone": ["a"]})
    {'b': 3}
    """
    applied: dict[str, Any] = {**base, **changes["blocks"]}
    for name in changes["gone"]:
        del applied[name]
    return applied


def event(name: str, data: Blocks) -> bytes:
    """One server-sent event. Not-a-number is refused: a browser could not read it.

    >>> event("beat", {"at": "2026-11-22T12:00:00Z"})
    b'event: beat\\ndata: {"at":"2026-11-22T12:00:00Z"}\\n\\n'
    """
    return f"event: {name}\ndata: {_json(data)}\n\n".encode()


def _identify(blocks: Blocks) -> str:
    content = {name: block for name, block in blocks.items() if name not in NOT_CONTENT}
    digest = blake2b(_json(content).encode(), digest_size=8).hexdigest()
    return f"{blocks.get('version', 0)}-{digest}"


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
