"""Edge nodes and a broker: Sparkplug messages as a plant's gateways send them."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from paho.mqtt import client as mqtt

from db.clock import monotonic_seconds
from etl.connectors.sparkplug_payload import payload_class
from tests.etl.connectors.servers import answers, free_port, program, running

GIVEN = Mapping[str, Any]
KINDS = ((bool, 11, "boolean_value"), (int, 4, "long_value"), (float, 10, "double_value"))


def payload(seq: int | None, metrics: Sequence[GIVEN], at: datetime | None = None) -> bytes:
    """A message: each metric has a name or alias, a value or None, perhaps a time."""
    message: Any = payload_class()()
    if seq is not None:
        message.seq = seq
    if at is not None:
        message.timestamp = milliseconds(at)
    for given in metrics:
        metric = message.metrics.add()
        for key in ("name", "alias", "is_historical", "datatype"):
            if key in given:
                setattr(metric, key, given[key])
        if "at" in given:
            metric.timestamp = milliseconds(given["at"])
        put(metric, given.get("value"))
    return bytes(message.SerializeToString())


def put(metric: Any, value: Any) -> None:
    if value is None:
        metric.is_null = True
    elif isinstance(value, datetime):
        metric.datatype, metric.long_value = 13, milliseconds(value)
    elif isinstance(value, str):
        metric.datatype, metric.string_value = 12, value
    else:
        _, kind, field = next(one for one in KINDS if isinstance(value, one[0]))
        metric.datatype = metric.datatype or kind
        setattr(metric, field, value % 2**64 if field == "long_value" else value)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """The port of a broker that lets `reader` in with the password `let-me-in`, and no one else."""
    port, passwords = free_port(), folder / "passwords"
    passwords.touch(mode=0o600)
    tool = program("mosquitto_passwd")

    subprocess.run([tool, "-b", str(passwords), "reader", "let-me-in"], check=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
        "persistence false\nuser root\n"
    )
    with running([program("mosquitto"), "-c", str(config)], folder / "log", lambda: answers(port)):
        yield port


@contextmanager
def gateway(port: int) -> Iterator[mqtt.Client]:
    """A connected publisher."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set("reader", "let-me-in")
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(client: mqtt.Client, topic: str, body: bytes, qos: int = 1) -> None:
    client.publish(topic, body, qos=qos).wait_for_publish(10)


def until(is_so: Any, seconds: float = 20) -> None:
    """Wait until something holds."""
    end = monotonic_seconds() + seconds
    while not is_so():
        assert monotonic_seconds() < end, "it never came to hold"
        Event().wait(0.05)
