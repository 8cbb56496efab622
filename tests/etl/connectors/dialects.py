"""How services write a page of records, and how they lead to the next: by path, one each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CAP = 4
"""The most that /capped and /capped-page give, whatever is asked for."""
Found = list[dict[str, Any]]
Said = tuple[Any, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the service; `body` is None unless it came by POST."""

    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


def window_of(asked: Asked) -> tuple[datetime, datetime]:
    """The ends of the window, from parameters, a $filter or a body."""
    given = dict(asked.query)
    for word, name in (("ge", "since"), ("le", "until")):
        match = re.search(rf"edited {word} (datetimeoffset')?([^ ']+)", given.get("$filter", ""))
        if match:
            given[name] = match[2]
    if asked.body:
        _, (_, _, given["since"]), (_, _, given["until"]) = asked.body["params"]["domain"]
    ends = given.get("since", "1970-01-01"), given.get("until", "2200-01-01")
    return _instant(ends[0]), _instant(ends[1])


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _whole(found: Found, asked: Asked) -> Said:
    return {"data": {"items": found}}, {}


def _offset(found: Found, asked: Asked) -> Said:
    start, size = int(asked.query["offset"]), int(asked.query["limit"])
    return {"data": {"items": found[start : start + size], "count": len(found)}}, {}


def _capped(found: Found, asked: Asked) -> Said:
    start, size = int(asked.query["offset"]), min(CAP, int(asked.query["limit"]))
    return {"data": {"items": found[start : start + size]}}, {}


def _page(found: Found, asked: Asked) -> Said:
    size = int(asked.query["limit"])
    start = (int(asked.query["page"]) - 1) * size
    return {"data": {"items": found[start : start + size]}}, {}


def _capped_page(found: Found, asked: Asked) -> Said:
    asked.query["limit"] = str(min(CAP, int(asked.query["limit"])))
    return _page(found, asked)


def _onwards(found: Found, asked: Asked, address: str) -> tuple[Found, str | None]:
    size, start = int(asked.query["limit"]), int(asked.query.get("offset", 0))
    given = {name: asked.query[name] for name in ("since", "until") if name in asked.query}
    ends = "".join(f"&{name}={value}" for name, value in given.items())
    more = f"{address}?offset={start + size}&limit={size}{ends}"
    return found[start : start + size], more if start + size < len(found) else None


def _link(found: Found, asked: Asked) -> Said:
    items, more = _onwards(found, asked, "/link")
    return {"data": {"items": items}, "next": more}, {}


def _link_header(found: Found, asked: Asked) -> Said:
    items, more = _onwards(found, asked, "/link_header")
    link = f'<{more}>; rel="next"' if more else '</link_header>; rel="first"'
    return {"data": {"items": items}}, {"Link": link}


def _token(found: Found, asked: Asked) -> Said:
    size, start = int(asked.query["limit"]), int(asked.query.get("page_token", 0))
    more = start + size
    token = str(more) if more < len(found) else ""
    return {"data": {"items": found[start:more], "next_page_token": token}}, {}


def _odata2(found: Found, asked: Asked) -> Said:
    """As SAP writes it: the next page by its whole address, times in milliseconds."""
    items, more = _odata_pages(found, asked)
    for item in items:
        if "edited" in item:
            item["edited"] = f"/Date({int(item['edited'].timestamp() * 1000)}+0000)/"
        item["__metadata"] = {"uri": f"A_Part('{item.get('id')}')", "type": "A_PartType"}
    link = {"__next": f"http://{asked.headers['Host']}/odata2?{more}"} if more else {}
    return {"d": {"results": items} | link}, {}


def _odata4(found: Found, asked: Asked) -> Said:
    """The next page by an address relative to this one."""
    items, more = _odata_pages(found, asked)
    said = {"@odata.context": "$metadata#Parts", "value": items}
    return said | ({"@odata.nextLink": f"odata4?{more}"} if more else {}), {}


def _odata_pages(found: Found, asked: Asked) -> tuple[Found, str]:
    size = int(asked.headers["Prefer"].partition("=")[2])
    start = int(asked.query.get("$skiptoken", 0))
    asked_for = asked.query.get("$filter", "").replace(" ", "%20").replace("+", "%2B")
    more = f"$skiptoken={start + size}&$filter={asked_for}" if start + size < len(found) else ""
    return found[start : start + size], more


def _rpc(found: Found, asked: Asked) -> Said:
    assert asked.body["jsonrpc"] == "2.0"
    start, size = asked.body["params"]["offset"], asked.body["params"]["limit"]
    return {"jsonrpc": "2.0", "id": 1, "result": found[start : start + size]}, {}


PATHS: dict[str, Callable[[Found, Asked], Said]] = {
    "/whole": _whole,
    "/offset": _offset,
    "/capped": _capped,
    "/page": _page,
    "/capped-page": _capped_page,
    "/link": _link,
    "/link_header": _link_header,
    "/token-pages": _token,
    "/odata2": _odata2,
    "/odata4": _odata4,
    "/rpc": _rpc,
}
