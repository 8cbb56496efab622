"""The export route: the same address, the same filters, the same scope as the page."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import Request, Response
from starlette.responses import PlainTextResponse, StreamingResponse

from dashboard.access.viewer import scope_of
from dashboard.exports.cells import file_name
from dashboard.exports.files import csv_lines, xlsx_pieces
from dashboard.page import Page, is_name
from dashboard.read import Read
from dashboard.report import Report
from db.queries.scope import NotInScope

Write = Callable[[Report], Iterator[str] | Iterator[bytes]]
KINDS: dict[str, tuple[str, Write]] = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_pieces),
}
NOTHING = "There is nothing to export at this address. Use the Export menu of a page.\n"


def export_route(read: Read, pages: tuple[Page, ...]) -> Callable[..., Any]:
    """`GET /export/{page}.csv|xlsx?<query of the page>&<named parts of its address>`."""
    exported = {page.slug: page for page in pages if page.tables}

    async def export(request: Request, file: str) -> Response:
        slug, _, kind = file.rpartition(".")
        page = exported.get(slug)
        if page is None or page.tables is None or kind not in KINDS:
            return PlainTextResponse(NOTHING, 404)
        names = {name: request.query_params.get(name, "") for name in page.names}
        if not all(is_name(name, value) for name, value in names.items()):
            return PlainTextResponse(NOTHING, 404)
        try:
            report = await page.tables(read, scope_of(request), names, request.url.query)
        except NotInScope as error:
            return PlainTextResponse(f"{error}\n", 404)
        media, write = KINDS[kind]
        name = f"{file_name(slug, report)}.{kind}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(write(report), media_type=media, headers=headers)

    return export
