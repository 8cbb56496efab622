"""Listens to Sparkplug B edge nodes at an MQTT broker, and lets loads read what they said."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from db.clock import monotonic_seconds, utc_now
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.base import Probe, Window
from etl.connectors.extra import Absent, needed
from etl.connectors.inbox import KEY_COLUMN, TIME_COLUMN, Received
from etl.connectors.inbox_source import InboxSource
from etl.connectors.options import Options

SAMPLE_ROWS = 5
KEEPALIVE_SECONDS = 4
"""Of silence before the broker is asked for a sign; after as long again the line is given up."""
LOOP_SECONDS = 0.2
LONGEST_GREETING = 10.0
SIGN_SECONDS = 5.0
"""How often a subscriber says that it lives."""
PRUNE_SECONDS = 600.0
REFUSALS = frozenset({"Bad user name or password", "Not authorized", "Banned"})


class SparkplugOptions(Options):
    """Where the broker is, which nodes count, and what makes a record of the metrics they send."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    has_tls: bool = False
    user: str | None = None
    password: SecretStr | None = None
    client_id: Annotated[str, Field(description="One per source and store", min_length=1)]
    group: Annotated[str, Field(description="Group id; + = all")] = "+"
    inbox: Annotated[str, Field(description="File that keeps what was received", min_length=1)]
    on: Annotated[str, Field(description="The metric whose arrival makes a record")]
    metrics: Annotated[tuple[str, ...], Field(description="Metrics of a record", min_length=1)]
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000


class SparkplugConnector(InboxSource):
    """Reads the inbox of one source; `subscribe` fills it."""

    def __init__(
        self, source: str, options: SparkplugOptions, zone: ZoneInfo, deadline_seconds: float
    ) -> None:
        super().__init__(source, options.inbox, options.batch_rows)
        self._options, self._seconds = options, deadline_seconds

    def probe(self) -> Probe:
        """Reach the broker as the subscriber would, and show what has been received so far."""
        with self._connected(f"{self._options.client_id}.probe", lambda *_: None) as client:
            client.disconnect()
        with self._keeping():
            none = (self._columns(), list[tuple[Any, ...]]())
            columns, rows = next(self._inbox.read(Window(), self._columns(), SAMPLE_ROWS), none)
        return Probe(columns, rows, utc_now())

    def _listen(self, check: Callable[[], None]) -> None:
        options = self._options
        host = self._needed("etl.connectors.sparkplug_host:Host")(
            options.on, options.metrics, self._inbox.state().get("nodes", {})
        )
        heard: list[Any] = []
        with self._connected(
            options.client_id, lambda c, u, message: heard.append(message)
        ) as client:
            client.subscribe(f"spBv1.0/{options.group}/#", qos=1)
            next_sign = next_prune = 0.0
            while True:
                check()
                if client.loop(LOOP_SECONDS) != 0:
                    raise SourceUnavailable(self._source, f"{self._where()} {_end(client)}")
                if heard or monotonic_seconds() >= next_sign:
                    self._keep(host, heard)
                    next_sign = monotonic_seconds() + SIGN_SECONDS
                if monotonic_seconds() >= next_prune:
                    self._inbox.prune()
                    next_prune = monotonic_seconds() + PRUNE_SECONDS
                for message in heard:
                    client.ack(message.mid, message.qos)
                heard.clear()

    def _keep(self, host: Any, heard: list[Any]) -> None:
        now = utc_now()
        received: list[Received] = []
        for message in heard:
            received += host.take(message.topic, message.payload, now)
        told = {"nodes": host.state(), "cautions": host.cautions(), "missing": host.missing()}
        self._inbox.put(received, told | {"line": {"state": "ok", "at": now.isoformat()}})

    def _columns(self) -> tuple[str, ...]:
        base = self._needed("etl.connectors.sparkplug_host:BASE")
        gone = set(self._inbox.state().get("missing", []))
        named = (metric for metric in self._options.metrics if metric not in gone)
        return (KEY_COLUMN, TIME_COLUMN, *base, *named)

    @contextmanager
    def _connected(self, client_id: str, on_message: Callable[..., Any]) -> Iterator[Any]:
        mqtt, options = self._needed("paho.mqtt.client"), self._options
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=client_id != options.client_id,
            manual_ack=True,
        )
        if options.has_tls:
            client.tls_set_context(ssl.create_default_context())
        if options.user is not None:
            password = options.password
            client.username_pw_set(options.user, password.get_secret_value() if password else None)
        answered: list[str] = []
        client.on_connect = lambda c, u, flags, reason, properties: answered.append(str(reason))
        client.on_message = on_message
        client.user_data_set([])
        client.on_disconnect = lambda c, ends, flags, reason, properties: ends.append(str(reason))
        client.connect_timeout = min(5.0, self._seconds)
        try:
            self._wait(client, answered)
            yield client
        finally:
            with suppress(OSError):
                client.disconnect()
                client.loop(0.01)

    def _wait(self, client: Any, answered: list[str]) -> None:
        """Until the broker has let us in."""
        seconds = min(self._seconds, LONGEST_GREETING)
        until = monotonic_seconds() + seconds
        try:
            client.connect(self._options.host, self._options.port, KEEPALIVE_SECONDS)
            while not answered and monotonic_seconds() < until:
                if client.loop(LOOP_SECONDS) != 0 and not answered:
                    break
        except OSError as error:
            raise SourceUnavailable(self._source, f"{self._where()}: {error}") from error
        if not answered:
            said = f"{self._where()} gave no complete answer within {seconds:g} s"
            raise SourceUnavailable(self._source, said)
        if answered[0] != "Success":
            kind = SourceRefused if answered[0] in REFUSALS else SourceUnavailable
            raise kind(self._source, f"{self._where()} refused us: {answered[0]}")

    def _needed(self, name: str) -> Any:
        try:
            return needed(name, "mqtt")
        except Absent as absent:
            raise SourceUnavailable(self._source, str(absent)) from absent

    def _where(self) -> str:
        return f"mqtt://{self._options.host}:{self._options.port}"


def _end(client: Any) -> str:
    """How a connection came to its end: by the broker, or by a line on which nothing came."""
    is_silent = "Keep alive timeout" in client.user_data_get()
    return f"gave no word for {2 * KEEPALIVE_SECONDS} s" if is_silent else "ended the connection"
