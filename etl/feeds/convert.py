"""From raw values to typed ones, a column at a time.

Whole columns that are clean, which is nearly all of them, are recognised at once and pass without a
look at each value; the rest is read value by value.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import partial
from typing import Any
from uuid import UUID

from db.domain.serial_uses import serial_of
from db.domain.vocabulary import RejectionReason
from etl.feeds.faults import Bad, Note, each, shown

Converter = Callable[[Sequence[Any], Note], list[Any]]

MEMO_KEPT = 10_000
LONGEST_NUMBER = 40
LONGEST_MEMO = 80
LARGEST_QUANTITY = Decimal(10) ** 12
LARGEST_COUNT = 2**31 - 1
YES = frozenset({"1", "true", "t", "yes", "y", "x"})
NO = frozenset({"0", "false", "f", "no", "n"})
_MILLIONTH = Decimal("0.000001")
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", re.ASCII)
_SPACES = re.compile(r"[\t\r\n]+")


def clean_code(value: Any) -> str:
    """An identifier on one line, trimmed and in NFC; whole numbers are taken as written.

    >>> clean_code(" SN-1 "), clean_code(7)
    ('SN-1', '7')
    """
    if value is None:
        return ""
    text = value.strip() if isinstance(value, str) else _written(value)
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            detail = f"text without the character U+{ord(character):04X}"
            raise Bad(RejectionReason.BAD_TEXT, detail)
    return unicodedata.normalize("NFC", text)


def clean_serial(value: Any) -> str:
    """The serial of a unit; not one that looks as if it were a later use of a serial.

    >>> clean_serial(" MR-7 ")
    'MR-7'
    """
    text = clean_code(value)
    if serial_of(text)[1] != 1:
        detail = (
            f"a serial without ~ and a number at its end, as later uses have; not {shown(text)}"
        )
        raise Bad(RejectionReason.BAD_TEXT, detail)
    return text


def _written(value: Any) -> str:
    """A code that a database keeps as a number, date or UUID, as it would be written."""
    if isinstance(value, Decimal) and value.is_finite() and -1 < value.adjusted() < 20:
        value = int(value) if value == int(value) else value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise Bad(RejectionReason.WRONG_TYPE, f"text, not {type(value).__name__} {shown(value)}")


def clean_text(value: Any) -> str:
    """A remark: as `clean_code`, but line breaks and tabs become single spaces.

    >>> clean_text("door open\\nagain")
    'door open again'
    """
    return clean_code(_SPACES.sub(" ", value) if isinstance(value, str) else value)


def quantity(value: Any, *, minimum: int | None = None, has_comma: bool = False) -> Decimal:
    """An exact decimal of at most six places; nothing is rounded, no float is passed through.

    >>> quantity("4.50"), quantity("4,5", has_comma=True)
    (Decimal('4.500000'), Decimal('4.500000'))
    """
    if isinstance(value, str):
        text = value.strip()
        if has_comma and "." not in text:
            text = text.replace(",", ".")
        if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
            raise Bad(RejectionReason.WRONG_TYPE, f"a decimal number like 4.5, not {shown(value)}")
        number = Decimal(text)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    else:
        raise Bad(RejectionReason.WRONG_TYPE, f"a decimal number, not {shown(value)}")
    if not number.is_finite():
        raise Bad(RejectionReason.WRONG_TYPE, f"a finite number, not {shown(value)}")
    return exact_quantity(number, minimum)


def exact_quantity(number: Decimal, minimum: int | None = None) -> Decimal:
    """The same number in millionths; raises Bad when it is too fine, too large or too small."""
    if abs(number) >= LARGEST_QUANTITY:
        raise Bad(RejectionReason.OUT_OF_RANGE, f"below 10^12, not {shown(str(number))}")
    try:
        exact = _EXACT.quantize(number, _MILLIONTH)
    except (Inexact, InvalidOperation) as error:
        detail = f"at most six decimals, not {shown(str(number))}"
        raise Bad(RejectionReason.OUT_OF_RANGE, detail) from error
    if minimum is not None and exact < minimum:
        raise Bad(RejectionReason.OUT_OF_RANGE, f"at least {minimum}, not {number}")
    return exact


def ratio(value: Any, *, has_comma: bool = False) -> Decimal:
    """A share within 0–1.

    >>> ratio("0.02")
    Decimal('0.020000')
    """
    share = quantity(value, minimum=0, has_comma=has_comma)
    if share > 1:
        raise Bad(RejectionReason.OUT_OF_RANGE, f"a ratio within 0–1, not {shown(value)}")
    return share


def count(value: Any, *, minimum: int | None = None) -> int:
    """A whole number of 32 bits.

    >>> count("18"), count(Decimal("18.0"))
    (18, 18)
    """
    number = quantity(value, minimum=minimum)
    whole = int(number)
    if whole != number:
        raise Bad(RejectionReason.WRONG_TYPE, f"a whole number, not {shown(value)}")
    if abs(whole) > LARGEST_COUNT:
        raise Bad(RejectionReason.OUT_OF_RANGE, f"at most {LARGEST_COUNT}, not {whole}")
    return whole


def flag(value: Any) -> bool:
    """Yes or no, as systems write it.

    >>> flag("Y"), flag(0), flag(True)
    (True, False, True)
    """
    if isinstance(value, bool):
        return value
    text = clean_code(value).casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise Bad(RejectionReason.WRONG_TYPE, f"yes or no, not {shown(value)}")


def word(value: Any, *, words: Mapping[str, str], reason: RejectionReason) -> str:
    """Ours for a source's word; `words` has casefolded keys. An unknown word is never guessed."""
    text = clean_code(value)
    found = words.get(text.casefold())
    if found is None:
        known = ", ".join(sorted(words)[:12]) or "none"
        raise Bad(reason, f"one of {known}; not {shown(text)}")
    return found


def renamed(value: Any, *, words: Mapping[str, str]) -> str:
    """A code, translated where `words` knows it and as it stands where not."""
    text = clean_code(value)
    return words.get(text.casefold(), text)


def by_value(
    convert: Callable[[Any], Any], *, is_required: bool, default: Any, is_memo: bool = True
) -> Converter:
    """A column converter that fills in missing values and reads each distinct text only once."""
    memo: dict[Any, Any] = {}

    def read(value: Any) -> Any:
        if value is None or (isinstance(value, str) and not value.strip()):
            if is_required:
                raise Bad(RejectionReason.MISSING_VALUE, "a value, but it is empty")
            return default
        converted = convert(value)
        if is_memo and isinstance(value, str) and len(value) <= LONGEST_MEMO:
            if len(memo) >= MEMO_KEPT:
                memo.clear()
            memo[value] = converted
        return converted

    def column(values: Sequence[Any], note: Note) -> list[Any]:
        try:
            return [memo[value] for value in values]
        except (KeyError, TypeError):
            return each(values, partial(_remembered, memo, read), note)

    return column


def _remembered(memo: dict[Any, Any], read: Callable[[Any], Any], value: Any) -> Any:
    return memo[value] if isinstance(value, str) and value in memo else read(value)


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether all are whole numbers of a database, as keys often are.

    >>> _are_numbers([7, -8]), _are_numbers([7, True]), _are_numbers([2**63])
    (True, False, False)
    """
    return set(map(type, values)) == {int} and -(2**63) <= min(values) <= max(values) < 2**63


def text_column(clean: Callable[[Any], str], *, is_required: bool, default: str) -> Converter:
    """A column converter for text: one look at a clean column, value by value for another."""
    slow = by_value(clean, is_required=is_required, default=default, is_memo=False)
    is_serial = clean is clean_serial

    def column(values: Sequence[Any], note: Note) -> list[Any]:
        try:
            joined = "".join(values)
        except TypeError:
            return list(map(str, values)) if _are_numbers(values) else slow(values, note)
        if not (joined.isascii() and joined.isprintable()) or (is_serial and "~" in joined):
            return slow(values, note)
        stripped = [value.strip() for value in values] if " " in joined else list(values)
        return stripped if not (is_required or default) or all(stripped) else slow(values, note)

    return column
