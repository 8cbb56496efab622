"""What is packed in a file, unpacked within limits: a small file must not fill a disk or an hour.

What a file is shows in its first bytes, whatever its name says. Members are read by their place in
the archive and are written under no name of theirs, so none can reach beyond it.
"""

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, cast

from etl.connectors.extra import needed
from etl.connectors.formats.table import FaultyFile

MOST_MEMBERS = 10_000
LARGEST_RATIO = 100
FREE_BYTES = 10 * 1024 * 1024
"""So much may come out of any file, however well it was packed: logs repeat themselves."""
BLOCK = 256 * 1024
GZIP, ZSTD, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06"
SPOILT: tuple[type[Exception], ...] = (
    EOFError, OSError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile, lzma.LZMAError
)  # fmt: skip
"""What unpackers raise about what they read, passwords and unknown methods included."""
CONTENT_TYPES = "[Content_Types].xml"
"""A member that every workbook has and no other archive."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file to be read: `fault` says why it cannot be, and then `file` is not to be used.

    `name` is that of the file, and of the archive's member if it stood in one.
    """

    name: str
    file: IO[bytes]
    fault: str = ""


def parts(
    file: IO[bytes], name: str, most_bytes: int, *, is_workbook: bool = False
) -> Iterator[Part]:
    """The file itself, or what was packed in it; a part is closed when the next is asked for.

    `most_bytes` bounds what comes out of all parts together. A workbook is an archive by itself and
    is only held against the limits.
    """
    start = file.read(4)
    file.seek(0)
    budget = Budget(most_bytes, _size(file))
    if start.startswith((ZIP, EMPTY_ZIP)):
        yield from _members(file, name, budget, is_workbook=is_workbook)
    elif start.startswith(GZIP):
        packed = cast(IO[bytes], gzip.GzipFile(fileobj=file))
        yield from _unpacked(packed, file, name, budget, SPOILT)
    elif start == ZSTD:
        zstd = needed("backports.zstd", "files")
        spoilt = (*SPOILT, zstd.ZstdError)
        yield from _unpacked(zstd.ZstdFile(file), file, name, budget, spoilt)
    else:
        yield Part(name, file)


class Budget:
    """How much may still be unpacked from a file of `packed` bytes."""

    def __init__(self, most_bytes: int, packed: int) -> None:
        self._most, self._packed, self._used = most_bytes, packed, 0

    def spend(self, count: int, packed: int | None = None) -> None:
        """Take note of `count` bytes that came out of the first `packed`; raises FaultyFile."""
        self._used += count
        if self._used > self._most:
            raise FaultyFile(f"at most {self._most >> 20} MB unpacked; there is more in it")
        packed = max(self._packed if packed is None else packed, 1)
        if self._used > max(FREE_BYTES, packed * LARGEST_RATIO):
            raise FaultyFile(
                f"at most {LARGEST_RATIO} times its size unpacked; this is a decompression bomb: "
                f"{self._used} bytes came out of {packed}"
            )


def _unpacked(
    packed: IO[bytes],
    file: IO[bytes],
    name: str,
    budget: Budget,
    spoilt: tuple[type[Exception], ...],
) -> Iterator[Part]:
    with TemporaryFile() as target:
        fault = ""
        try:
            while block := packed.read(BLOCK):
                budget.spend(len(block), file.tell())
                target.write(block)
        except spoilt as error:
            fault = _fault(error)
        target.seek(0)
        yield Part(name, target, fault)


def _members(file: IO[bytes], name: str, budget: Budget, *, is_workbook: bool) -> Iterator[Part]:
    try:
        archive = zipfile.ZipFile(file)
    except SPOILT as error:
        yield Part(name, file, _fault(error))
        return
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if not members:
            yield Part(name, file, "an archive with a file in it; it is empty")
        elif len(members) > MOST_MEMBERS:
            many = f"at most {MOST_MEMBERS} files in an archive, not {len(members)}"
            yield Part(name, file, many)
        elif any(member.filename == CONTENT_TYPES for member in members):
            other = 'text; this is a workbook: format = "excel"'
            yield Part(name, file, _too_much(members, budget) if is_workbook else other)
        else:
            for member in members:
                where = f"{name}/{member.filename}"
                yield from _member(archive, member, where, budget, is_workbook=is_workbook)


def _too_much(members: Sequence[zipfile.ZipInfo], budget: Budget) -> str:
    try:
        budget.spend(sum(member.file_size for member in members))
    except FaultyFile as faulty:
        return str(faulty)
    return ""


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    budget: Budget,
    *,
    is_workbook: bool,
) -> Iterator[Part]:
    with TemporaryFile() as target:
        fault = "a member without a password" if member.flag_bits & 1 else ""
        try:
            if not fault:
                with archive.open(member) as packed:
                    while block := packed.read(BLOCK):
                        budget.spend(len(block))
                        target.write(block)
        except SPOILT as error:
            fault = _fault(error)
        target.seek(0)
        is_archive = target.read(4).startswith((ZIP, EMPTY_ZIP, GZIP, ZSTD))
        target.seek(0)
        if is_archive and not is_workbook:
            fault = fault or "a file; there is another archive within the archive"
        yield Part(name, target, fault)


def _fault(error: Exception) -> str:
    """What is wrong with a packed file; trouble with the disk is none of its faults."""
    if isinstance(error, FaultyFile):
        return str(error)
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return f"a whole packed file; it was cut off or is damaged: {str(error)[:200]}"


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size
