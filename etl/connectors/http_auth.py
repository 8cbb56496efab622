"""Proving to a JSON service who we are."""

from collections.abc import Generator
from typing import Any

import httpx

from db.clock import monotonic_seconds
from db.errors import SourceRefused, SourceUnavailable
from etl.connectors.http_options import Auth, BasicAuth, BearerAuth, ClientAuth, KeyAuth

REFUSALS = frozenset({400, 401, 403})
GOOD_FOR_SECONDS = 300.0
"""How long a token lasts whose service does not say."""
USED_RATIO = 0.9
"""Share of its life after which a token is renewed."""


def credentials(source: str, auth: Auth) -> httpx.Auth | None:
    """What signs each request to a service; None when it asks for nothing."""
    match auth:
        case BearerAuth():
            return _Named(f"Bearer {auth.token.get_secret_value()}", header="Authorization")
        case KeyAuth():
            return _Named(auth.key.get_secret_value(), auth.header, auth.param)
        case BasicAuth():
            return httpx.BasicAuth(auth.user, auth.password.get_secret_value())
        case ClientAuth():
            return ClientCredentials(source, auth)
    return None


class _Named(httpx.Auth):
    """One secret in one header, or in one parameter of the query."""

    def __init__(self, secret: str, header: str, param: str | None = None) -> None:
        self._secret, self._header, self._param = secret, header, param

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._param:
            request.url = request.url.copy_set_param(self._param, self._secret)
        else:
            request.headers[self._header] = self._secret
        yield request


class ClientCredentials(httpx.Auth):
    """A token fetched with our client's secret, renewed before it ends and once when refused."""

    def __init__(self, source: str, options: ClientAuth) -> None:
        self._source, self._options = source, options
        self._token, self._good_until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request; httpx sends what is yielded, within the request's own time limits."""
        is_new = monotonic_seconds() >= self._good_until
        if is_new:
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and not is_new:
            yield from self._renew(request)
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _renew(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield self._question(request)
        response.read()
        address = self._options.token_url.partition("?")[0]
        said = f"{address} gave no token: {response.status_code} {_reason(response)}"
        if response.status_code in REFUSALS:
            raise SourceRefused(self._source, said)
        given = _object(response)
        token = given.get("access_token")
        if not response.is_success or not isinstance(token, str) or not token:
            raise SourceUnavailable(self._source, said)
        seconds = given.get("expires_in")
        is_told = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        self._token = token
        self._good_until = monotonic_seconds() + USED_RATIO * (
            float(seconds) if is_told and seconds is not None else GOOD_FOR_SECONDS
        )

    def _question(self, request: httpx.Request) -> httpx.Request:
        options = self._options
        form = {"grant_type": "client_credentials"} | options.extra
        if options.scope:
            form["scope"] = options.scope
        secret = options.client_secret.get_secret_value()
        if options.secret_in == "body":
            form |= {"client_id": options.client_id, "client_secret": secret}
        question = httpx.Request(
            "POST",
            options.token_url,
            data=form,
            headers={"Accept": "application/json"},
            extensions=request.extensions,
        )
        if options.secret_in == "header":
            signed = httpx.BasicAuth(options.client_id, secret)
            question = next(signed.sync_auth_flow(question))
        return question


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _reason(response: httpx.Response) -> str:
    """The code that RFC 6749 §5.2 gives a refusal; never the answer, which may repeat secrets."""
    return str(_object(response).get("error") or response.reason_phrase)[:80]
