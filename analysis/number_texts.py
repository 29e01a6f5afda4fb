"""Numbers as printed tables write them (数字的印刷形式), in one place.

A minus is the sign U+2212; what rounds to nothing has no sign; thousands are not separated. None,
NaN and infinite values are no numbers: the caller says what stands in their place.
"""

from __future__ import annotations

import math
from decimal import Decimal

MINUS = "−"


def is_number(value: object) -> bool:
    """Tell whether a value can be printed as a number: no text, no truth value, finite."""
    return (
        isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def fixed(value: float | Decimal, digits: int) -> str:
    """Decimals as asked for, ``−0.107``.

    Raises
    ------
    ValueError
        If the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def significant(value: float | Decimal, digits: int = 4) -> str:
    """Significant digits without exponent, ``0.01250``; whole numbers stay whole, ``3676``.

    No digit before the point is lost: 12345.6 gives ``12346``.

    Raises
    ------
    ValueError
        If the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    if value == int(value) and abs(float(value)) < 1e15:
        return whole(value)
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # after rounding: 9.9996 is 10.00
    return fixed(value, max(digits - 1 - exponent, 0))


def whole(value: float | Decimal) -> str:
    """A count, ``3892``; a value that is not whole keeps one decimal, as fractional counts do."""
    return fixed(value, 0 if value == int(value) else 1)


def percent(value: float | Decimal, digits: int = 1) -> str:
    """A share that is already in percent, ``20.0%``."""
    return fixed(value, digits) + "%"


def p_value(value: float) -> str:
    """Four decimals, ``<0.0001`` below them."""
    return "<0.0001" if value < 0.0001 else fixed(value, 4)
