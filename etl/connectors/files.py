"""Reads CSV files that testers drop in a folder."""

from typing import Annotated

from pydantic import Field

from etl.connectors.options import Options


class FilesOptions(Options):
    """Where the files are and when one is ready to be read.

    With `done_suffix` a file is ready once `<name><done_suffix>` stands beside it; without, once
    its size and change time stayed the same for `settle_seconds`.
    """

    folder: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, Field(description="Glob on the file name", min_length=1)] = "*.csv"
    done_suffix: Annotated[str | None, Field(pattern=r"^\.\w+$")] = None
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"
    needs_final_newline: Annotated[
        bool, Field(description="A file whose last line does not end was cut off")
    ] = True
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000
