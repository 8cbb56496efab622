"""What a plant file says about a JSON service: address, paging, credentials."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from etl.connectors.options import Options


class NoPages(Options):
    """The whole answer comes at once."""

    kind: Literal["none"] = "none"


class OffsetPages(Options):
    """`?offset=2000&limit=1000` until a page comes back short."""

    kind: Literal["offset"]
    offset_param: str = "offset"
    limit_param: str = "limit"
    size: Annotated[int, Field(ge=1, le=100_000)] = 1_000


class NumberedPages(Options):
    """`?page=3&page_size=1000` until a page comes back short."""

    kind: Literal["page"]
    page_param: str = "page"
    size_param: str = "page_size"
    size: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    first: Annotated[int, Field(ge=0, le=1)] = 1


class LinkedPages(Options):
    """Each answer names the address of the next under the key `next`, null at the end."""

    kind: Literal["link"]
    next: Annotated[str, Field(description="Dotted JSON key of the next address")] = "next"


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
    """A key in a header of the service's own naming."""

    kind: Literal["api_key"]
    header: str = "X-API-Key"
    key: SecretStr


class HttpJsonOptions(Options):
    """Where the records are and how to ask for those that changed.

    Items may be nested objects: `{"a": {"b": 1}}` has the column `a.b`. Keys that an item may leave
    out altogether are named in `optional_keys`; any other key that no item has is a lost column.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    items: Annotated[str, Field(description="Dotted JSON key of the list; '' = the answer")] = ""
    optional_keys: tuple[str, ...] = ()
    params: Annotated[dict[str, str], Field(default_factory=dict)]
    since_param: str | None = None
    until_param: str | None = None
    time_format: Literal["iso", "epoch_seconds", "epoch_ms"] = "iso"
    page: Annotated[
        NoPages | OffsetPages | NumberedPages | LinkedPages, Field(discriminator="kind")
    ] = NoPages()
    auth: Annotated[NoAuth | BearerAuth | BasicAuth | KeyAuth, Field(discriminator="kind")] = (
        NoAuth()
    )
