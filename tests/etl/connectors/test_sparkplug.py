"""A real broker between a gateway and us: what is heard, kept, acknowledged and told."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.clock import utc_now
from db.errors import SourceUnavailable
from etl.alarms import AlarmWatch
from etl.connectors.base import Window
from etl.connectors.extra import Absent
from etl.connectors.inbox import KEPT, Inbox, Received
from etl.connectors.registry import CONNECTORS
from etl.connectors.sparkplug import KEEPALIVE_SECONDS, LOOP_SECONDS
from etl.feeds.compile import compile_feed
from etl.publish import publish as publish_plants
from etl.runner import Context, Stopped
from etl.service import LISTEN_AGAIN_SECONDS, Desk
from etl.sync import History
from tests.etl.connectors import sparkplug_case
from tests.etl.connectors.contract import START, CredentialContract, keys, records
from tests.etl.connectors.proxy import Proxy
from tests.etl.connectors.sparkplug import gateway, payload, publish, until
from tests.etl.connectors.sparkplug_case import PLACE, SparkplugCase, listening
from tests.etl.plant import plant_file, pull_of


@pytest.fixture
def case(mqtt_port: int, tmp_path: Path) -> Iterator[SparkplugCase]:
    with closing(SparkplugCase(mqtt_port, tmp_path)) as case:
        yield case


class TestSparkplug(CredentialContract):
    @pytest.fixture
    def case(self, mqtt_port: int, tmp_path: Path) -> Iterator[SparkplugCase]:
        with closing(SparkplugCase(mqtt_port, tmp_path)) as case:
            yield case


def test_a_message_is_acknowledged_only_once_it_is_on_disk(
    case: SparkplugCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.put(records(2))
    subscriber = case.sparkplug()
    body = payload(4, [{"name": "id", "value": "LATE"}], START)
    with listening(subscriber) as thread, gateway(case.port) as client:
        until(lambda: subscriber._inbox.state()["line"]["at"] > utc_now().isoformat()[:18])
        monkeypatch.setattr(Inbox, "put", _full)
        publish(client, f"{PLACE.format('DDATA')}/tester", body)
        thread.join(20)
        assert not thread.is_alive(), "a full disk ends the subscriber, unacknowledged"
    monkeypatch.undo()
    assert case.count() == 2
    with listening(case.sparkplug()):
        until(lambda: case.count() == 3)
    assert keys(list(case.connector().fetch(Window()))) == ["K000", "K001", "LATE"]


def _full(*given: Any) -> int:
    raise sqlite3.OperationalError("database or disk is full")


def test_what_was_sent_while_nobody_listened_waits_at_the_broker(case: SparkplugCase) -> None:
    case.put(records(1))
    with gateway(case.port) as client:
        for number in (3, 4):
            body = payload(number, [{"name": "id", "value": f"K{number}"}], START)
            for _ in range(2):  # sent twice, kept once
                publish(client, f"{PLACE.format('DDATA')}/tester", body)
    with listening(case.sparkplug()):
        until(lambda: case.count() == 3)
    connector = case.connector()
    assert keys(list(connector.fetch(Window()))) == ["K000", "K3", "K4"]
    assert "edge node plant/edge1: " in connector.caution


def test_a_subscriber_that_lives_no_more_is_told_after_what_it_left(
    case: SparkplugCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.put(records(2))
    late = utc_now() + timedelta(minutes=2)
    monkeypatch.setattr("etl.connectors.inbox_source.utc_now", lambda: late)
    batches = case.connector().fetch(Window())
    assert keys([next(batches)]) == ["K000", "K001"]
    with pytest.raises(
        SourceUnavailable, match=r"nobody listened to mqtt://.* Start: rackline run"
    ):
        next(batches)


def test_an_absent_client_is_named_with_the_command(
    case: SparkplugCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str, extra: str) -> Any:
        raise Absent("paho.mqtt", extra)

    monkeypatch.setattr("etl.connectors.sparkplug.needed", absent)
    with pytest.raises(SourceUnavailable, match=r"pip install --editable '\.\[mqtt\]'"):
        case.sparkplug().probe()


def test_the_inbox_lets_go_of_what_is_old_and_keeps_the_order_of_receipt(tmp_path: Path) -> None:
    now = [START]
    inbox = Inbox(tmp_path / "new" / "inbox.sqlite3", lambda: now[0])
    assert inbox.put([Received("a", {"v": 1}), Received("a", {"v": 2})]) == 1
    now[0] = START - timedelta(minutes=5)  # our clock was set back
    assert inbox.put([Received("b", {"v": 3})]) == 1
    now[0] = START + KEPT + timedelta(seconds=1)
    assert inbox.put([Received("c", {"v": 4})]) == 1
    found = [row[2] for _, rows in inbox.read(Window(), ("v",), 2) for row in rows]
    assert found == [1, 3, 4]
    assert [row[2] for _, rows in inbox.read(Window(START), ("v",), 9) for row in rows] == found
    inbox.prune()
    assert [row[0] for _, rows in inbox.read(Window(), (), 9) for row in rows] == ["c"]


def test_the_plant_file_may_name_it() -> None:
    assert CONNECTORS["mqtt_sparkplug"].build is sparkplug_case.SparkplugConnector


def test_what_is_heard_is_in_the_store_after_the_next_load(
    case: SparkplugCase, engine: Engine
) -> None:
    publish_plants(engine, [plant_file()])
    case.put(records(3))
    columns = {"source_key": "id", "part": "id", "name": "value", "changed_at": "edited"}
    pull = pull_of(case.sparkplug(), "part")  # type: ignore[arg-type]
    entry = pull.entry.model_copy(update={"columns": columns})
    pull = replace(pull, entry=entry, feed=compile_feed(plant_file(), entry))
    watch = AlarmWatch(engine, "mp")
    desk = Desk(Context(engine), plant_file(), [pull], History([]), [], plant_file, watch)
    slots = {slot.code: slot for slot in desk.slots()}
    stop = threading.Event()
    ends: list[float | None] = []

    def check() -> None:
        if stop.is_set():
            raise Stopped

    thread = threading.Thread(target=lambda: ends.append(slots["mp.part.inbox"].run(check)))
    thread.start()
    with gateway(case.port) as client:
        body = payload(5, [{"name": "id", "value": "NEW"}], START)
        publish(client, f"{PLACE.format('DDATA')}/tester", body)
        until(lambda: case.count() == 4)
    slots["mp.part"].run(check)
    stop.set()
    thread.join(20)
    assert ends == [LISTEN_AGAIN_SECONDS], "a line that ends is opened again in a while"
    with engine.connect() as connection:
        held = connection.execute(text("SELECT reason, detail, payload FROM quarantine")).all()
        assert held == []
        parts = connection.execute(text("SELECT part FROM part ORDER BY part")).scalars().all()
    assert parts == ["K000", "K001", "K002", "NEW"]


def test_a_line_on_which_nothing_more_comes_is_given_up_and_told(case: SparkplugCase) -> None:
    """Half-open, as after a cable was pulled: the connection stands and says nothing."""
    assert 2 * KEEPALIVE_SECONDS + LOOP_SECONDS < 10, "noticed within ten seconds"
    with Proxy(("127.0.0.1", case.port)).running() as proxy:
        subscriber = case.sparkplug(port=proxy.port)
        with listening(subscriber) as thread:
            until(lambda: case.file.exists() and subscriber._inbox.state().get("line"))
            proxy.fault = "hang"
            thread.join(20)
            assert not thread.is_alive()
    with pytest.raises(SourceUnavailable, match="gave no word for 8 s"):
        list(case.connector().fetch(Window()))
