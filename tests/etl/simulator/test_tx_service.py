"""The JSON service: paged, ordered by change, guarded by a token, at times down."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from etl.simulator.plant_run import SERVICE_FILE, PlantRun
from etl.simulator.tx_service import Service, outages
from tests.etl.simulator.conftest import PRESENT
from tests.etl.simulator.test_plant_run import make_history


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantRun]:
    run = make_history("tx", tmp_path_factory.mktemp("tx"))
    yield run
    run.close()


def serve(file: Path, *, is_down: bool = False) -> Service:
    service = Service(0, file, "secret", lambda _: is_down)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    return service


@pytest.fixture
def client(plant: PlantRun) -> Iterator[httpx.Client]:
    service = serve(plant.folder / SERVICE_FILE)
    base = f"http://127.0.0.1:{service.server_address[1]}/api/v1/"
    with httpx.Client(base_url=base, headers={"Authorization": "Bearer secret"}) as client:
        yield client
    service.shutdown()
    service.server_close()


def test_pages_together_are_the_whole_in_order_of_change(client: httpx.Client) -> None:
    whole = client.get("unit-steps", params={"top": 10_000}).json()["value"]
    paged = []
    for skip in range(0, len(whole) + 500, 500):
        paged += client.get("unit-steps", params={"top": 500, "skip": skip}).json()["value"]
    assert len(whole) > 500
    assert paged == whole
    assert [item["changedAt"] for item in whole] == sorted(item["changedAt"] for item in whole)


def test_a_window_of_change_times_holds_both_its_ends(client: httpx.Client) -> None:
    whole = client.get("unit-steps", params={"top": 10_000}).json()["value"]
    low, high = whole[100]["changedAt"], whole[200]["changedAt"]
    window = {"changedFrom": low.replace("Z", "+00:00"), "changedTo": high, "top": 10_000}
    found = client.get("unit-steps", params=window).json()["value"]
    assert found == [item for item in whole if low <= item["changedAt"] <= high]


def test_stock_is_paged_by_number_and_its_decimals_are_text(client: httpx.Client) -> None:
    first = client.get("stock", params={"page": 1, "pageSize": 40}).json()["value"]
    second = client.get("stock", params={"page": 2, "pageSize": 40}).json()["value"]
    assert len(first) == 40
    assert second
    assert not {str(item) for item in first} & {str(item) for item in second}
    assert all(isinstance(item["quantity"], str) for item in first)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
def test_without_its_token_nothing_is_told(client: httpx.Client, header: dict[str, str]) -> None:
    url = client.base_url.join("stock")
    assert httpx.get(url, headers=header).status_code == 401


def test_unknown_resources_and_senseless_pages_are_refused(client: httpx.Client) -> None:
    assert client.get("secrets").status_code == 404
    assert client.get("stock", params={"page": "first"}).status_code == 400


def test_in_a_bad_minute_it_says_so(plant: PlantRun) -> None:
    service = serve(plant.folder / SERVICE_FILE, is_down=True)
    answer = httpx.get(f"http://127.0.0.1:{service.server_address[1]}/api/v1/stock")
    service.shutdown()
    service.server_close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@pytest.mark.parametrize("seed", range(5))
def test_outages_last_minutes_and_never_begin_in_the_first_five(seed: int) -> None:
    is_down = outages(seed)
    down = [second for second in range(24 * 3600) if is_down(second)]
    assert min(down) > 300
    assert 1800 < len(down) < 3 * 3600
    starts = [second for second in down if not is_down(second - 1)]
    assert all(is_down(start + 179) and not is_down(start + 180) for start in starts)


def test_what_happens_is_served_at_once(plant: PlantRun, client: httpx.Client) -> None:
    at = PRESENT + 1800
    plant.step(at)
    since = {"changedFrom": "2026-11-03T18:00:01Z", "top": 10_000}
    assert client.get("unit-steps", params=since).json()["value"]
