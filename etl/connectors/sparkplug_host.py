"""What a Sparkplug B host application makes of its edge nodes' messages, without any network.

After the Eclipse Sparkplug 3.0 specification, in the role of a host that only listens: it commands
nothing, not even a rebirth, so what a gap made uncertain is said until the next birth mends it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from etl.connectors.inbox import Received
from etl.connectors.sparkplug_payload import Metric, Payload, read_payload

NAMESPACE = "spBv1.0"
BD_SEQ = "bdSeq"
SEQUENCES = 256
BASE = (
    "_group",
    "_node",
    "_device",
    "_message",
    "_at",
    "_is_online",
    "_is_historical",
    "_fault",
    "_raw",
)
"""Columns that every record has, beside its metrics."""


@dataclass(slots=True)
class Device:
    """A device, or the node itself under the name '': its last known values and their times."""

    is_online: bool = False
    values: dict[str, tuple[Any, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Node:
    """An edge node. `aliases` resolve to device and metric, only since its last birth."""

    bd_seq: int | None = None
    next_seq: int | None = None
    missed_count: int = 0
    missed_since: str = ""
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Node":
        """A node as `asdict` and JSON kept it."""
        devices = {
            name: Device(one["is_online"], {m: (v[0], v[1]) for m, v in one["values"].items()})
            for name, one in kept["devices"].items()
        }
        aliases = {alias: (to[0], to[1]) for alias, to in kept["aliases"].items()}
        return cls(**(dict(kept) | {"devices": devices, "aliases": aliases}))


class Host:
    """All nodes that were heard. A message that carries the metric `on` makes one record.

    Nodes report a metric when it changes, so a record has the last known values of `metrics`;
    historical ones stand for themselves and overwrite nothing.
    """

    def __init__(self, on: str, metrics: tuple[str, ...], kept: Mapping[str, Any]) -> None:
        self._on, self._metrics = on, metrics
        self.nodes = {name: Node.of(one) for name, one in kept.items()}

    def state(self) -> dict[str, Any]:
        """What has to be remembered over a restart."""
        return {name: asdict(node) for name, node in self.nodes.items()}

    def cautions(self) -> list[str]:
        """What weakens the records, by node."""
        return [
            f"edge node {name}: {node.missed_count} messages missed since {node.missed_since}, its "
            "values are uncertain until its next birth"
            for name, node in sorted(self.nodes.items())
            if node.missed_count
        ]

    def missing(self) -> list[str]:
        """Metrics of the records that no birth of a node or device told, once there was a birth."""
        told = {
            m for node in self.nodes.values() for one in node.devices.values() for m in one.values
        }
        return [metric for metric in self._metrics if told and metric not in told]

    def take(self, topic: str, body: bytes, now: datetime) -> list[Received]:
        """The records that one message makes. What cannot be read makes one with its fault."""
        space, group, kind, name, device, *rest = [*topic.split("/"), "", "", "", "", ""][:6]
        if space != NAMESPACE or kind not in KINDS or any(rest):
            return []
        try:
            payload = read_payload(body)
        except ValueError as error:
            return [self._received(topic, body, 0, {"_fault": str(error), "_raw": body.hex()})]
        node = self.nodes.setdefault(f"{group}/{name}", Node())
        head = {"_group": group, "_node": name, "_device": device, "_message": kind}
        records = list(KINDS[kind](self, node, device, payload, _utc(payload.at or now), _utc(now)))
        return [
            self._received(topic, body, number, head | record)
            for number, record in enumerate(records)
        ]

    def _received(self, topic: str, body: bytes, number: int, record: dict[str, Any]) -> Received:
        digest = blake2b(topic.encode() + b"\0" + body, digest_size=16).hexdigest()
        return Received(f"{digest}.{number}", {**dict.fromkeys(BASE), **record})

    def _node_birth(
        self, node: Node, device: str, payload: Payload, at: str, now: str
    ) -> Iterator[dict[str, Any]]:
        bd_seq = next((m.value for m in payload.metrics if m.name == BD_SEQ), None)
        node.bd_seq = bd_seq if isinstance(bd_seq, int) else None
        node.next_seq = None if payload.seq is None else (payload.seq + 1) % SEQUENCES
        node.missed_count, node.missed_since = 0, ""
        node.aliases, node.devices = {}, {}
        self._learn(node, "", payload, at)
        yield from ()

    def _device_birth(
        self, node: Node, device: str, payload: Payload, at: str, now: str
    ) -> Iterator[dict[str, Any]]:
        self._count(node, payload, now)
        self._learn(node, device, payload, at)
        yield from ()

    def _learn(self, node: Node, device: str, payload: Payload, at: str) -> None:
        born = node.devices[device] = Device(is_online=True)
        for metric in payload.metrics:
            if metric.alias is not None:
                node.aliases[str(metric.alias)] = (device, metric.name)
            born.values[metric.name] = (_plain(metric.value), _utc(metric.at) if metric.at else at)

    def _data(
        self, node: Node, device: str, payload: Payload, at: str, now: str
    ) -> Iterator[dict[str, Any]]:
        self._count(node, payload, now)
        groups: dict[tuple[str, bool], dict[str, Any]] = {}
        for metric in payload.metrics:
            name = _name_of(node, device, metric)
            if name is None:
                yield {
                    "_at": at,
                    "_fault": f"alias {metric.alias} told by a birth",
                    "_raw": str(metric),
                }
                continue
            place = (_utc(metric.at) if metric.at else at, metric.is_historical)
            groups.setdefault(place, {})[name] = _plain(metric.value)
        held = node.devices.setdefault(device, Device())
        for (moment, is_historical), values in groups.items():
            if not is_historical:
                held.values |= {
                    name: (value, moment)
                    for name, value in values.items()
                    if held.values.get(name, (None, ""))[1] <= moment
                }
            if self._on in values:
                known = {} if is_historical else {name: v for name, (v, _) in held.values.items()}
                known |= values
                yield {name: known.get(name) for name in self._metrics if name in held.values} | {
                    "_at": moment,
                    "_is_online": True,
                    "_is_historical": is_historical,
                }

    def _node_death(
        self, node: Node, device: str, payload: Payload, at: str, now: str
    ) -> Iterator[dict[str, Any]]:
        bd_seq = next((m.value for m in payload.metrics if m.name == BD_SEQ), None)
        if node.bd_seq is not None and bd_seq != node.bd_seq:
            return  # of a session before the present one
        for one in node.devices.values():
            one.is_online = False
        yield {"_at": now, "_is_online": False}

    def _device_death(
        self, node: Node, device: str, payload: Payload, at: str, now: str
    ) -> Iterator[dict[str, Any]]:
        self._count(node, payload, now)
        node.devices.setdefault(device, Device()).is_online = False
        yield {"_at": at, "_is_online": False}

    def _count(self, node: Node, payload: Payload, now: str) -> None:
        """Note what is missing between the number that was due and the one that came."""
        if payload.seq is None:
            return
        due = node.next_seq
        if due is None or payload.seq != due:
            node.missed_count += 1 if due is None else (payload.seq - due) % SEQUENCES
            node.missed_since = node.missed_since or now
        node.next_seq = (payload.seq + 1) % SEQUENCES


KINDS = {
    "NBIRTH": Host._node_birth,
    "DBIRTH": Host._device_birth,
    "NDATA": Host._data,
    "DDATA": Host._data,
    "NDEATH": Host._node_death,
    "DDEATH": Host._device_death,
}
"""What is done with each kind of message; commands and states of hosts are others' business."""


def _name_of(node: Node, device: str, metric: Metric) -> str | None:
    if metric.name:
        return metric.name
    owner, name = node.aliases.get(str(metric.alias), ("", None))
    return name if owner == device else None


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    return _utc(value) if isinstance(value, datetime) else value
