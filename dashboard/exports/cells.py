"""How values are written into files: text that a spreadsheet must never run, instants as local."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.report import Column, Report

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Text that begins so is a formula to a spreadsheet, or becomes one once it is split."""


def safe_text(text: str) -> str:
    """Text a spreadsheet shows as it is, whoever wrote it into the plant's systems.

    >>> safe_text("=HYPERLINK(1)"), safe_text("410-2231")
    ("'=HYPERLINK(1)", '410-2231')
    """
    return f"'{text}" if text.lstrip(" ").startswith(RISKY) else text


def native(value: Any, column: Column, zone: ZoneInfo) -> Any:
    """A value as its own type: instants as plant time without a zone, dates as dates.

    >>> native("2026-11-22T20:00:00Z", Column("At", "instant"), ZoneInfo("America/Chicago"))
    datetime.datetime(2026, 11, 22, 14, 0)
    """
    if value is None:
        return None
    if column.kind == "instant":
        return datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None)
    if column.kind == "date":
        return date.fromisoformat(value)
    return str(value) if column.kind == "text" else value


def as_text(value: Any, column: Column, zone: ZoneInfo) -> str:
    """A value as text for CSV; what is not known is empty, never 0.

    >>> as_text(0.0315, Column("Share", "ratio"), ZoneInfo("UTC")), as_text(None, Column("Part"),
    ...         ZoneInfo("UTC"))
    ('0.0315', '')
    """
    found = native(value, column, zone)
    if found is None:
        return ""
    if isinstance(found, datetime):
        return found.isoformat(sep=" ", timespec="minutes")
    if isinstance(found, date):
        return found.isoformat()
    return safe_text(found) if isinstance(found, str) else f"{found:.12g}"


def heading(column: Column, report: Report) -> str:
    """The column's label; an instant names the zone it is written in."""
    return f"{column.label} ({report.zone_label})" if column.kind == "instant" else column.label


def about(report: Report) -> Iterator[tuple[str, str]]:
    """The head of every file: what it is, as of when, with which filters, and what words mean."""
    yield "Rackline", report.title
    if report.as_of_at:
        local = datetime.fromisoformat(report.as_of_at).astimezone(ZoneInfo(report.zone))
        yield "As of", f"{local:%Y-%m-%d %H:%M} {report.zone_label}"
    else:
        yield "As of", "no data yet"
    yield from report.filters
    yield from report.definitions


def file_name(page: str, report: Report) -> str:
    """page_plant_from_to_asof, with nothing in it that a file system minds.

    >>> file_name("shortages", Report("", "2026-11-22T20:05:00Z", "UTC", "UTC", [], [], [], "mp",
    ...                               ("2026-11-22", "2026-12-05")))
    'shortages_mp_2026-11-22_2026-12-05_asof-20261122T2005Z'
    """
    as_of = datetime.fromisoformat(report.as_of_at) if report.as_of_at else None
    stamp = f"asof-{as_of:%Y%m%dT%H%MZ}" if as_of else "asof-none"
    parts = [page, report.plant, *report.span, stamp]
    return "_".join("".join(c if c.isalnum() or c in "-." else "-" for c in it) for it in parts)
