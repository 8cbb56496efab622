"""What a plant file says about files: where they are, when one is ready, how it is written."""

import codecs
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from etl.connectors.options import Options


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError("an encoding Python knows, such as utf-8-sig or cp1252") from error
    return name


class SftpServer(Options):
    """An SFTP server. It must show the declared `host_key`, or one that `known_hosts` lists."""

    kind: Literal["sftp"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: Annotated[str, Field(min_length=1)]
    password: SecretStr | None = None
    key_file: str | None = None
    key_passphrase: SecretStr | None = None
    host_key: Annotated[
        str | None, Field(description="As ssh-keyscan prints it: ssh-ed25519 AAAA…")
    ] = None
    known_hosts: Annotated[str | None, Field(description="Path of a known_hosts file")] = None

    @model_validator(mode="after")
    def _is_checked(self) -> Self:
        if (self.host_key is None) == (self.known_hosts is None):
            raise ValueError("exactly one of host_key and known_hosts: a server is never trusted")
        if self.password is None and self.key_file is None:
            raise ValueError("a password or a key_file")
        return self


class S3Store(Options):
    """A bucket of an S3-compatible store; `folder` is the prefix its objects stand below."""

    kind: Literal["s3"]
    bucket: Annotated[str, Field(min_length=3)]
    endpoint_url: Annotated[str | None, Field(pattern=r"^https?://")] = None
    region: str = "us-east-1"
    key_id: Annotated[str, Field(min_length=1)]
    secret: SecretStr


class PlacedFiles(Options):
    """Where the files are and when one is ready to be read.

    `folder` is on our own machine unless `server` says where else; a server that says nothing for
    `silence_seconds` is gone.

    With `done_suffix` a file is ready once `<name><done_suffix>` stands beside it; without, once
    its size and change time stayed the same for `settle_seconds`.
    """

    folder: Annotated[str, Field(min_length=1)]
    server: Annotated[SftpServer | S3Store | None, Field(discriminator="kind")] = None
    silence_seconds: Annotated[float, Field(gt=0, le=60)] = 8
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
