"""Records written in every format that files come in."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pyarrow as pa
import xlsxwriter
from backports import zstd
from pyarrow import parquet

from tests.etl.connectors.contract import ADDED

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Form:
    """A format, the ending of its files' names, and who writes one from columns and rows."""

    format: str
    suffix: str
    write: Callable[[Sequence[str], Rows], bytes]


def as_csv(columns: Sequence[str], rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()


def as_json_lines(columns: Sequence[str], rows: Rows) -> bytes:
    lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def as_parquet(columns: Sequence[str], rows: Rows) -> bytes:
    target = io.BytesIO()
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    parquet.write_table(pa.table(dict(zip(columns, map(list, values), strict=True))), target)
    return target.getvalue()


def as_workbook(columns: Sequence[str], rows: Rows) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Results")
        for number, row in enumerate([columns, *rows]):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def as_zip(columns: Sequence[str], rows: Rows) -> bytes:
    return zipped({"results.csv": as_csv(columns, rows)})


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def as_xml(columns: Sequence[str], rows: Rows) -> bytes:
    report = Element("report")
    for row in rows:
        entry = SubElement(report, "entry")
        for name, value in zip(columns, row, strict=True):
            SubElement(entry, name).text = value
    return tostring(report, "utf-8", xml_declaration=True)


FORMS = {
    "xml": Form("xml", ".xml", as_xml),
    "csv": Form("csv", ".csv", as_csv),
    "gzip": Form("csv", ".csv.gz", lambda columns, rows: gzip.compress(as_csv(columns, rows))),
    "zstd": Form("csv", ".csv.zst", lambda columns, rows: zstd.compress(as_csv(columns, rows))),
    "zip": Form("csv", ".zip", as_zip),
    "json_lines": Form("json_lines", ".jsonl", as_json_lines),
    "parquet": Form("parquet", ".parquet", as_parquet),
    "excel": Form("excel", ".xlsx", as_workbook),
}


def written(form: Form, columns: Sequence[str], records: Rows) -> bytes:
    """Records (key, change time, value) as a file of the columns that are asked for."""
    said = [
        dict(zip(("id", "edited", "value"), (key, at.isoformat(), value), strict=True))
        for key, at, value in records
    ]
    return form.write(columns, [[row.get(name, ADDED) for name in columns] for row in said])
