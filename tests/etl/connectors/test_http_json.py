"""Habits of JSON services beyond the contract."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.errors import SourceChanged, SourceRefused, SourceUnavailable
from etl.connectors.base import Window
from etl.connectors.http_json import HttpJsonConnector
from etl.connectors.http_options import HttpJsonOptions
from tests.etl.connectors.cases import CREDENTIALS, HttpCase
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
    with closing(HttpJsonConnector("tx.part", given, ZoneInfo("UTC"), 10)) as connector:
        return list(connector.fetch(Window()))


def row_of(service: Service, item: str, **options: Any) -> dict[str, Any]:
    """How one item of an answer reads."""
    service.raw = f'{{"data": {{"items": [{item}]}}}}'.encode()
    (batch,) = fetched(service, "/raw", **options)
    return dict(zip(batch.columns, batch.rows[0], strict=True))


def test_a_redirect_within_the_host_is_followed(service: Service) -> None:
    service.records = records(3)
    assert keys(fetched(service, "/moved")) == ["K000", "K001", "K002"]


def test_redirects_in_a_circle_end(service: Service) -> None:
    with pytest.raises(SourceUnavailable, match="/circle redirects without end"):
        fetched(service, "/circle")


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


def test_odata_dates_are_instants_with_an_offset_and_wall_times_without(service: Service) -> None:
    assert row_of(service, r'{"a": "\/Date(1782907200000+0000)\/", "b": "/Date(-1)/"}') == {
        "a": datetime(2026, 7, 1, 12, tzinfo=UTC),
        "b": datetime(1969, 12, 31, 23, 59, 59, 999_000),  # noqa: DTZ001
    }
    odd = '{"a": "/Date(soon)/", "b": "/Date(999999999999999)/"}'
    assert row_of(service, odd) == {"a": "/Date(soon)/", "b": "/Date(999999999999999)/"}


def test_tagged_dates_and_numbers_are_undressed(service: Service) -> None:
    item = """{"a": {"$date": "2026-07-01T12:00:00Z"},
               "b": {"$date": {"$numberLong": "1782907200000"}},
               "c": {"$numberDecimal": "12.50"}, "d": {"$oid": "5f"}, "e": {"$date": "x", "z": 1},
               "f": {"__type": "Date", "iso": "2026-07-01T12:00:00Z"},
               "g": {"iso": "US", "n": 1}}"""
    assert row_of(service, item) == {
        "a": "2026-07-01T12:00:00Z",
        "b": datetime(2026, 7, 1, 12, tzinfo=UTC),
        "c": Decimal("12.50"),
        "d": "5f",
        "e.$date": "x",
        "e.z": 1,
        "f": "2026-07-01T12:00:00Z",
        "g.iso": "US",
        "g.n": 1,
    }


def test_what_odata_says_about_a_record_is_no_column_of_it(service: Service) -> None:
    item = """{"__metadata": {"uri": "x"}, "@odata.etag": "1", "Qty": "3.500",
               "Qty@odata.type": "Decimal", "to_Plant": {"__deferred": {"uri": "y"}}}"""
    assert row_of(service, item) == {"Qty": "3.500"}


@pytest.mark.parametrize(
    ("page", "answer"),
    [
        ({"kind": "link"}, b'{"data": {"items": [{"a": 1}]}, "next": "/raw?again"}'),
        ({"kind": "link"}, b'{"data": {"items": [{"a": 1}]}, "next": "raw"}'),
        ({"kind": "token", "token": "next"}, b'{"data": {"items": [{"a": 1}]}, "next": "x7"}'),
        ({"kind": "odata"}, b'{"data": {"items": [{"a": 1}]}, "@odata.nextLink": "raw?x"}'),
    ],
)
def test_pages_that_lead_in_a_circle_end_in_an_error(
    service: Service, page: dict[str, Any], answer: bytes
) -> None:
    service.raw = answer
    with pytest.raises(SourceUnavailable, match="after itself"):
        fetched(service, "/raw", page=page)


@pytest.mark.parametrize("kind", ["offset", "page"])
def test_a_service_that_ignores_its_paging_is_told(service: Service, kind: str) -> None:
    service.records = records(3)
    with pytest.raises(
        SourceUnavailable, match=r"/whole gives the same page again and again.*total"
    ):
        fetched(service, "/whole", page={"kind": kind})


def test_the_number_of_all_records_saves_the_last_question(service: Service) -> None:
    service.records = records(7)
    page = {"kind": "offset", "size": 4}
    for given, questions in (({"total": "data.count"}, 2), ({}, 3)):
        service.asked.clear()
        assert len(keys(fetched(service, "/offset", page=page | given))) == 7
        assert len(service.asked) == questions
    with pytest.raises(SourceUnavailable, match="not a number of records"):
        fetched(service, "/offset", page=page | {"total": "data"})


def test_a_short_pause_that_a_service_asks_for_is_kept_within_the_load(service: Service) -> None:
    service.records, service.waits = records(3), ["0", "1", "Wed, 01 Jul 2026 12:00:00 GMT"]
    assert len(keys(fetched(service, "/whole"))) == 3
    assert service.waits == []


@pytest.mark.parametrize("said", ["60", "Thu, 01 Jul 2100 12:00:00 GMT"])
def test_a_long_pause_is_left_to_the_next_load(service: Service, said: str) -> None:
    service.waits = [said]
    with pytest.raises(SourceUnavailable, match=r"answered 429 .* come back in") as raised:
        fetched(service, "/whole")
    assert (raised.value.retry_seconds or 0) >= 60


@pytest.mark.parametrize("auth", CREDENTIALS)
def test_good_credentials_are_let_in_and_others_refused(service: Service, auth: str) -> None:
    service.records = records(3)
    with closing(HttpCase(service, "offset", auth)) as case:
        assert len(keys(list(case.connector().fetch(Window())))) == 3
        with pytest.raises(SourceRefused):
            list(case.refused().fetch(Window()))


def oauth2(service: Service) -> dict[str, object]:
    return CREDENTIALS["oauth2"] | {"token_url": f"{service.url}/token"}


def test_a_token_is_fetched_once_and_renewed_when_it_is_refused(service: Service) -> None:
    service.records = records(2)
    given = {"url": f"{service.url}/whole", "items": "data.items", "auth": oauth2(service)}
    options = HttpJsonOptions.model_validate(given)
    with closing(HttpJsonConnector("tx.part", options, ZoneInfo("UTC"), 10)) as connector:
        for _ in range(2):
            assert len(keys(list(connector.fetch(Window())))) == 2
        assert len(service.tokens) == 1
        service.tokens.append("another")  # ours is withdrawn
        assert len(keys(list(connector.fetch(Window())))) == 2
    assert len(service.tokens) == 3


def test_a_token_service_that_is_down_is_an_outage(service: Service) -> None:
    service.token_status = 503
    with pytest.raises(SourceUnavailable, match="/token gave no token: 503"):
        fetched(service, "/whole", auth=oauth2(service))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ('{"code": -32000, "message": "lock timeout"}', SourceUnavailable),
        ('{"code": 100, "message": "Odoo Session Expired"}', SourceRefused),
        ('{"message": "Access Denied"}', SourceRefused),
    ],
)
def test_a_fault_told_with_200_is_no_lost_column(
    service: Service, fault: str, kind: type[Exception]
) -> None:
    service.raw = f'{{"jsonrpc": "2.0", "error": {fault}}}'.encode()
    with pytest.raises(kind, match="answered with a fault"):
        fetched(service, "/raw", items="result", body={"method": "call"})


def test_a_body_is_filled_in_and_an_open_end_left_out(service: Service) -> None:
    service.raw = b'{"data": {"items": []}}'
    body = {"from": "{since}", "ids": ["{since}"], "text": "after {since}", "n": 3, "at": "{page}"}
    page = {"kind": "page", "first": 0}
    fetched(service, "/raw", body=body, page=page, time_format="epoch_ms")
    (asked,) = service.asked
    assert asked.body == {"ids": [0], "text": "after 0", "n": 3, "at": 0}
