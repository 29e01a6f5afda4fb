"""Written forms of Chinese application and publication numbers: intact, damaged, or no number.

Nothing is normalised here (the warehouse does that, once); an importer only has to know whether a
value still identifies a document. Source of the forms: numbers as printed in the gazette, in
exports and in event lists; check digit 国家专利申请号校验位: weights 2..9 and 2..5, sum modulo 11.
"""

from __future__ import annotations

import re
from typing import Literal

NumberState = Literal["intact", "scientific", "digits_lost", "check_digit_wrong", "unreadable"]

_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_DRESS = re.compile(r"[\s\"'=_‐‑‒–—-]")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d*)?E\+?\d+", re.IGNORECASE)
_APPLICATION = re.compile(
    r"(?:CN|ZL)?(?P<digits>\d{12}|\d{8})(?:\.?(?P<check>[0-9X]))?(?P<kind>[A-Z])?", re.IGNORECASE
)
_LONG = re.compile(r"20\d{2}[12389]\d{7}|19(?:8[5-9]|9\d)[12389]\d{7}")
_SHORT = re.compile(r"(?:8[5-9]|9\d|0[0-3])[12389]\d{5}")
_PUBLICATION = re.compile(
    r"(?:CN)?(?:\d{9}|\d{7})(?:[A-Z]\d?)?|(?:CN)?\d{8}[A-Z]\d?", re.IGNORECASE
)
# All digits, but stored as a floating point number; or its last digits rounded away.
_FLOAT = re.compile(r"\d{13}\.0+|\d{6,7}0{6,}(?:\.0+)?")
# A number that lost zeros in front (00120050.1 -> 120050.1) or its dot and a zero behind.
_SHORTENED = re.compile(r"\d{4,7}(?:\.[0-9X]?)?|\d{1,7}\.[0-9X]", re.IGNORECASE)


def check_digit(digits: str) -> str:
    """Return the check digit of the 8 or 12 digits of an application number.

    Raises
    ------
    ValueError
        If the text is anything else.
    """
    if len(digits) not in (8, 12) or not digits.isdecimal():
        raise ValueError(f"an application number has 8 or 12 digits, not {digits!r}")
    rest = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11
    return "X" if rest == 10 else str(rest)


def application_no_state(text: str) -> NumberState:
    """Tell whether a written application number still identifies an application.

    Parameters
    ----------
    text : str
        As written: ``201710027729.1``, ``CN2017100277291``, ``CN-200910127753-A``, ``99817016.X``,
        ``2.02E+12``.

    Returns
    -------
    str
        ``intact``; ``scientific`` (a spreadsheet made a floating point number of it: its digits
        are gone, as in 201710000000.0); ``digits_lost`` (too short: zeros in front are missing);
        ``check_digit_wrong``; ``unreadable``.
    """
    number = _DRESS.sub("", text).upper()
    if _SCIENTIFIC.fullmatch(number):
        return "scientific"
    match = _APPLICATION.fullmatch(number)
    if match is not None:
        digits = match["digits"]
        form = _LONG if len(digits) == 12 else _SHORT
        if form.fullmatch(digits):
            if match["check"] is not None and match["check"] == check_digit(digits):
                return "intact"
            if _FLOAT.fullmatch(number):
                return "scientific"
            return "intact" if match["check"] is None else "check_digit_wrong"
        if _FLOAT.fullmatch(number):
            return "scientific"
        # 31123456 may be 03112345.6 without its dot and its first zero.
        return "digits_lost" if len(digits) == 8 else "unreadable"
    if _FLOAT.fullmatch(number):
        return "scientific"
    return "digits_lost" if _SHORTENED.fullmatch(number) else "unreadable"


def publication_no_is_intact(text: str) -> bool:
    """Tell whether a written publication number identifies a document, with or without CN.

    Nine digits, seven (to 2007), or the eight of 1985-1988 with their kind letter.
    """
    return _PUBLICATION.fullmatch(_DRESS.sub("", text)) is not None


def restored_application_no(text: str) -> str | None:
    """Put back the zeros in front that a spreadsheet dropped, where the check digit proves it.

    Parameters
    ----------
    text : str
        As written: ``106482.7``, or ``3822360`` where the spreadsheet took ``.0`` off as well.

    Returns
    -------
    str or None
        ``00106482.7``; None where the check digit does not fit.

    Notes
    -----
    Only numbers of 2000 to 2003 begin with zeros, so that there is one candidate; a number whose
    digits were lost in another way passes by chance once in eleven times.
    """
    number = _DRESS.sub("", text).upper()
    match = re.fullmatch(r"(?P<digits>\d{6,7})(?:\.(?P<check>[0-9X]))?", number)
    if match is None:
        return None
    digits, check = match["digits"].zfill(8), match["check"] or "0"
    if _SHORT.fullmatch(digits) and digits.startswith("0") and check_digit(digits) == check:
        return f"{digits}.{check}"
    return None
