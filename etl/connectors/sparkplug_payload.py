"""The payload of Sparkplug B: its published schema as a table, and what a metric's value means.

Field numbers and types after `sparkplug_b.proto` of the Eclipse Tahu project (Sparkplug 3.0 §6.4).
What a rack's record cannot hold (data sets, templates, properties) is left in the bytes, unread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

_pb: Any = descriptor_pb2
_Kind = _pb.FieldDescriptorProto
FIELDS: Mapping[str, tuple[tuple[int, str, int], ...]] = {
    "Metric": (
        (1, "name", _Kind.TYPE_STRING),
        (2, "alias", _Kind.TYPE_UINT64),
        (3, "timestamp", _Kind.TYPE_UINT64),
        (4, "datatype", _Kind.TYPE_UINT32),
        (5, "is_historical", _Kind.TYPE_BOOL),
        (6, "is_transient", _Kind.TYPE_BOOL),
        (7, "is_null", _Kind.TYPE_BOOL),
        (10, "int_value", _Kind.TYPE_UINT32),
        (11, "long_value", _Kind.TYPE_UINT64),
        (12, "float_value", _Kind.TYPE_FLOAT),
        (13, "double_value", _Kind.TYPE_DOUBLE),
        (14, "boolean_value", _Kind.TYPE_BOOL),
        (15, "string_value", _Kind.TYPE_STRING),
        (16, "bytes_value", _Kind.TYPE_BYTES),
    ),
    "Payload": (
        (1, "timestamp", _Kind.TYPE_UINT64),
        (2, "metrics", _Kind.TYPE_MESSAGE),
        (3, "seq", _Kind.TYPE_UINT64),
        (4, "uuid", _Kind.TYPE_STRING),
        (5, "body", _Kind.TYPE_BYTES),
    ),
}
VALUES = (
    "int_value",
    "long_value",
    "float_value",
    "double_value",
    "boolean_value",
    "string_value",
    "bytes_value",
)
SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""By data type: the bits of a signed whole number, which travels as an unsigned one."""
DATE_TIME = 13
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it was sent; `name` is '' when only its alias was. Null values are None."""

    name: str
    alias: int | None
    value: Any
    at: datetime | None
    is_historical: bool


@dataclass(frozen=True, slots=True)
class Payload:
    """One message of an edge node. `seq` is None where the message has none (deaths)."""

    metrics: tuple[Metric, ...]
    at: datetime | None
    seq: int | None


@cache
def payload_class() -> type[Message]:
    """The class that reads and writes a payload's bytes."""
    file = _pb.FileDescriptorProto(
        name="rackline_sparkplug_b.proto", package="rackline.sparkplug", syntax="proto2"
    )
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for number, field, kind in fields:
            is_list = kind == _Kind.TYPE_MESSAGE
            message.field.add(
                name=field,
                number=number,
                type=kind,
                label=_Kind.LABEL_REPEATED if is_list else _Kind.LABEL_OPTIONAL,
                type_name=".rackline.sparkplug.Metric" if is_list else None,
            )
    pools: Any = descriptor_pool
    classes: Any = message_factory
    pool = pools.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("rackline.sparkplug.Payload")
    made: type[Message] = classes.GetMessageClass(found)
    return made


def read_payload(body: bytes) -> Payload:
    """What a message says; ValueError when its bytes are no payload."""
    said: Any = payload_class()()
    try:
        said.ParseFromString(body)
    except DecodeError as error:
        raise ValueError(f"a Sparkplug B payload; {error}") from error
    return Payload(
        tuple(_metric(one) for one in said.metrics),
        _instant(said.timestamp) if said.HasField("timestamp") else None,
        said.seq if said.HasField("seq") else None,
    )


def _metric(said: Any) -> Metric:
    return Metric(
        said.name,
        said.alias if said.HasField("alias") else None,
        None if said.is_null else _value(said),
        _instant(said.timestamp) if said.HasField("timestamp") else None,
        said.is_historical,
    )


def _value(said: Any) -> Any:
    held = next((name for name in VALUES if said.HasField(name)), None)
    value: Any = getattr(said, held) if held else None
    if held in {"int_value", "long_value"}:
        if said.datatype == DATE_TIME:
            return _instant(value)
        bits = SIGNED_BITS.get(said.datatype)
        return signed(value, bits) if bits else value
    if held == "float_value":
        return float(f"{value:.7g}")  # as many digits as 32 bits hold
    return value.hex() if held == "bytes_value" else value


def signed(value: int, bits: int) -> int:
    """A whole number that was sent in two's complement.

    >>> signed(4294967295, 32), signed(255, 8), signed(7, 8)
    (-1, -1, 7)
    """
    low = value & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def _instant(milliseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
