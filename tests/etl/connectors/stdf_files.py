"""Writes STDF V4 files, byte by byte as the standard has them (little-endian)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A parametric result; `flags` is TEST_FLG, 0x80 for a failed one."""

    number: int
    text: str
    result: float
    flags: int = 0


@dataclass(frozen=True)
class Part:
    """A part and its tests; `flags` is PART_FLG."""

    serial: str
    flags: int = 0
    tests: Sequence[Result] = ()
    site: int = 0


def record(kind: int, sub: int, body: bytes) -> bytes:
    return struct.pack("<HBB", len(body), kind, sub) + body


def said(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def stdf(parts: Sequence[Part], started: int, ended: int, station: str = "F_01") -> bytes:
    """A whole file: FAR, MIR, each part with its tests, MRR."""
    names = map(said, ("LOT1", "RACK", station, "ICT", "JOB", "R1"))
    lot = struct.pack("<IIBccc", started, started, 1, b"P", b" ", b" ")
    lot += struct.pack("<Hc", 0xFFFF, b" ") + b"".join(names)
    middle = b"".join(
        record(5, 10, bytes([1, part.site]))
        + b"".join(
            record(
                15,
                10,
                struct.pack("<IBBBBf", test.number, 1, part.site, test.flags, 0, test.result)
                + said(test.text),
            )
            for test in part.tests
        )
        for part in parts
    )
    ends = b"".join(
        record(
            5,
            20,
            bytes([1, part.site, part.flags])
            + struct.pack("<HHHhhI", len(part.tests), 1, 1, 0, 0, 1500)
            + said(part.serial)
            + said("")
            + b"\0",
        )
        for part in parts
    )
    end = record(1, 20, struct.pack("<I", ended))
    return record(0, 10, bytes([2, 4])) + record(1, 10, lot) + middle + ends + end
