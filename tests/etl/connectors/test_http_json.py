"""Habits of JSON services beyond the contract."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.errors import SourceChanged, SourceUnavailable
from etl.connectors.base import Window
from etl.connectors.http_json import HttpJsonConnector
from etl.connectors.http_options import HttpJsonOptions
from tests.etl.connectors.contract import keys, records
from tests.etl.connectors.service import TOKEN, Service


@pytest.fixture
def service() -> Iterator[Service]:
    with Service().running() as service:
        yield service


def fetched(service: Service, path: str, **options: Any) -> list[Any]:
    given = HttpJsonOptions.model_validate(
        {
            "url": service.url + path,
            "items": "data.items",
            "auth": {"kind": "bearer", "token": TOKEN},
        }
        | options
    )
    connector = HttpJsonConnector("tx.part", given, ZoneInfo("UTC"), 10)
    try:
        return list(connector.fetch(Window()))
    finally:
        connector.close()


def test_a_redirect_within_the_host_is_followed(service: Service) -> None:
    service.records = records(3)
    assert keys(fetched(service, "/moved")) == ["K000", "K001", "K002"]


def test_a_redirect_to_another_host_is_refused_so_that_no_token_leaves(service: Service) -> None:
    with pytest.raises(SourceUnavailable, match=r"sends us on to elsewhere\.invalid"):
        fetched(service, "/elsewhere")


def test_what_is_not_json_is_an_outage(service: Service) -> None:
    with pytest.raises(SourceUnavailable, match="did not answer with JSON"):
        fetched(service, "/text")


def test_a_server_error_is_an_outage(service: Service) -> None:
    with pytest.raises(SourceUnavailable, match="answered 503"):
        fetched(service, "/broken")


def test_a_lost_list_is_named(service: Service) -> None:
    with pytest.raises(SourceChanged, match=r"gone: data\.rows; columns not mapped: data"):
        fetched(service, "/whole", items="data.rows")


def test_numbers_stay_exact(service: Service) -> None:
    body = '[{"qty": 0.1234567890123456789, "n": 12345678901234567890, "x": NaN, "e": 1e400}]'
    service.raw = f'{{"data": {{"items": {body}}}}}'.encode()
    (batch,) = fetched(service, "/raw")
    row = dict(zip(batch.columns, batch.rows[0], strict=True))
    assert row == {
        "qty": Decimal("0.1234567890123456789"),
        "n": 12345678901234567890,
        "x": "NaN",
        "e": Decimal("1E+400"),
    }


def test_endless_digits_are_kept_as_text(service: Service) -> None:
    service.raw = b'{"data": {"items": [{"n": ' + b"9" * 5000 + b"}]}}"
    (batch,) = fetched(service, "/raw")
    assert batch.rows[0] == ("9" * 5000,)


def test_nested_objects_become_dotted_columns_and_missing_keys_none(service: Service) -> None:
    service.raw = b'{"data": {"items": [{"a": {"b": 1}, "c": [1, 2]}, {"c": null}]}}'
    (batch,) = fetched(service, "/raw", optional_keys=["d"])
    assert batch.columns == ("a.b", "c", "d")
    assert batch.rows == [(1, "[1, 2]", None), (None, None, None)]


def test_a_page_that_names_itself_as_the_next_ends_in_an_error(service: Service) -> None:
    service.raw = b'{"data": {"items": [{"a": 1}]}, "next": "/raw?again"}'
    with pytest.raises(SourceUnavailable, match="the page after itself"):
        fetched(service, "/raw", page={"kind": "link"})
