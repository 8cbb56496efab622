"""What a plant file says about files: where they are, when one is ready, how it is written."""

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from etl.connectors.options import Options


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError("an encoding Python knows, such as utf-8-sig or cp1252") from error
    return name


class PlacedFiles(Options):
    """Where the files are and when one is ready to be read.

    With `done_suffix` a file is ready once `<name><done_suffix>` stands beside it; without, once
    its size and change time stayed the same for `settle_seconds`.
    """

    folder: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, Field(description="Glob on the file name", min_length=1)] = "*.csv"
    done_suffix: Annotated[str | None, Field(pattern=r"^\.\w+$")] = None
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2
    largest_megabytes: Annotated[
        int, Field(description="Of one file, unpacked", ge=1, le=1_000_000)
    ] = 4096
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000


class FilesOptions(PlacedFiles):
    """Tables in files. A `delimiter` that is not declared is found by looking at each file.

    `skip_lines` stand above the header. `sheet` is the first visible one unless it is named.
    """

    format: Literal["csv", "json_lines", "parquet", "excel"] = "csv"
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    quote: Annotated[str, Field(description="'' when nothing is ever quoted", max_length=1)] = '"'
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8-sig"
    skip_lines: Annotated[int, Field(ge=0, le=1_000)] = 0
    sheet: str | None = None
    needs_final_newline: Annotated[
        bool, Field(description="A file whose last line does not end was cut off")
    ] = True
    has_totals_row: Annotated[bool, Field(description="The last row is a sum, to be left out")] = (
        False
    )
