"""What a plant file says about a JSON service: address, questions, paging, credentials."""

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from etl.connectors.options import Options

Size = Annotated[int, Field(ge=1, le=100_000)]


class NoPages(Options):
    """The whole answer comes at once."""

    kind: Literal["none"] = "none"


class OffsetPages(Options):
    """`?offset=2000&limit=1000` until a page is empty, or `total` records came.

    The offset moves by what came, so a service that gives fewer than were asked for loses nothing.
    """

    kind: Literal["offset"]
    offset_param: str = "offset"
    limit_param: str = "limit"
    size: Size = 1_000
    total: Annotated[str | None, Field(description="JSON key of the number of all records")] = None


class NumberedPages(Options):
    """`?page=3&page_size=1000` until a page is empty, or `total` records came."""

    kind: Literal["page"]
    page_param: str = "page"
    size_param: str = "page_size"
    size: Size = 1_000
    first: Annotated[int, Field(ge=0, le=1)] = 1
    total: Annotated[str | None, Field(description="JSON key of the number of all records")] = None


class TokenPages(Options):
    """Each answer holds a token under the key `token` that asks for the next page."""

    kind: Literal["token"]
    token: Annotated[str, Field(description="Dotted JSON key of the next token")]
    token_param: str = "page_token"
    size_param: str | None = None
    size: Size = 1_000


class LinkedPages(Options):
    """Each answer names the address of the next under the key `next`, null at the end."""

    kind: Literal["link"]
    next: Annotated[str, Field(description="Dotted JSON key of the next address")] = "next"


class HeaderPages(Options):
    """Each answer names the address of the next in its header `Link: <…>; rel="next"`."""

    kind: Literal["link_header"]


class ODataPages(Options):
    """OData 2 (`d.results`, `d.__next`) or 4 (`value`, `@odata.nextLink`), in the server's pages.

    `size` is asked for with `Prefer: odata.maxpagesize`. A server that pages only on `$top` and
    `$skip` is one of kind `offset`.
    """

    kind: Literal["odata"]
    size: Size = 1_000


Page = NoPages | OffsetPages | NumberedPages | TokenPages | LinkedPages | HeaderPages | ODataPages


class NoAuth(Options):
    """The service asks for nothing."""

    kind: Literal["none"] = "none"


class BearerAuth(Options):
    """`Authorization: Bearer <token>`."""

    kind: Literal["bearer"]
    token: SecretStr


class BasicAuth(Options):
    """User name and password."""

    kind: Literal["basic"]
    user: str
    password: SecretStr


class KeyAuth(Options):
    """A key in a header of the service's own naming, or in the query as `param`."""

    kind: Literal["api_key"]
    header: str = "X-API-Key"
    param: str | None = None
    key: SecretStr


class ClientAuth(Options):
    """OAuth 2.0 client credentials (RFC 6749 §4.4): a token is fetched, and renewed in time."""

    kind: Literal["oauth2"]
    token_url: Annotated[str, Field(pattern=r"^https?://")]
    client_id: str
    client_secret: SecretStr
    scope: str | None = None
    extra: Annotated[
        dict[str, str], Field(description="More fields, such as audience", default_factory=dict)
    ]
    secret_in: Annotated[
        Literal["header", "body"], Field(description="Where the token service wants the secret")
    ] = "header"


Auth = NoAuth | BearerAuth | BasicAuth | KeyAuth | ClientAuth


class HttpJsonOptions(Options):
    """Where the records are and how to ask for those that changed.

    `{since}` and `{until}` in `params`, or anywhere in `body`, stand for the ends of the window; a
    parameter that is nothing else is left out while that end is open. With a `body` the service is
    asked by POST, and `{offset}`, `{limit}`, `{page}` and `{token}` in it are the paging's.

    Items may be nested objects: `{"a": {"b": 1}}` has the column `a.b`. Keys that an item may leave
    out altogether are named in `optional_keys`; any other key that no item has is a lost column.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    items: Annotated[str, Field(description="Dotted JSON key of the list; '' = the answer")] = ""
    optional_keys: tuple[str, ...] = ()
    params: Annotated[dict[str, str], Field(default_factory=dict)]
    body: Annotated[dict[str, Any] | None, Field(description="Asked by POST with this JSON")] = None
    headers: Annotated[dict[str, str], Field(default_factory=dict)]
    error: Annotated[str, Field(description="Dotted JSON key of a fault told with 200")] = "error"
    time_format: Annotated[
        str,
        Field(
            pattern=r"^(iso|epoch_seconds|epoch_ms|.*%.*)$",
            description="iso, epoch_seconds, epoch_ms, or a strftime pattern in UTC",
        ),
    ] = "iso"
    silence_seconds: Annotated[
        float, Field(gt=0, le=600, description="Longest wait for the next byte of an answer")
    ] = 8
    page: Annotated[Page, Field(discriminator="kind")] = NoPages()
    auth: Annotated[Auth, Field(discriminator="kind")] = NoAuth()
