"""Numbers and gazette days, against numbers that stand on saved pages and in real files."""

from __future__ import annotations

import datetime as dt

import pytest

from scrapers.office.numbers import (
    DocumentNumbers,
    application_number,
    check_digit,
    gazette_days,
    next_gazette_day,
)


@pytest.mark.parametrize(
    "number",
    ["97101765" + "4", "95115608" + "X", "2013106289097", "2014108043467", "201780002534X",
     "2017100277291"],
)  # fmt: skip
def test_check_digit_of_real_numbers(number: str) -> None:
    assert check_digit(number[:-1]) == number[-1]


@pytest.mark.parametrize("digits", ["", "1234567", "20131062890", "2013106289O9", "2013106289097"])
def test_what_is_no_number_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="8 or 12 digits"):
        check_digit(digits)


def test_numbers_change_their_form_on_the_first_of_october_2003() -> None:
    before = application_number(dt.date(2003, 9, 30), "invention", 12345)
    after = application_number(dt.date(2003, 10, 1), "pct_invention", 12345)
    assert before[:3] == "031"
    assert len(before) == 9
    assert after.startswith("20038")
    assert len(after) == 13


def test_a_serial_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="five digits"):
        application_number(dt.date(2001, 5, 1), "invention", 100_000)


def test_gazette_days_are_wednesdays_then_tuesdays_and_fridays() -> None:
    assert dt.date(2014, 4, 9) in gazette_days(2014)  # a day of the saved listing
    assert {dt.date(2019, 7, 9), dt.date(2019, 7, 12)} <= set(gazette_days(2019))
    assert {day.weekday() for day in gazette_days(2016)} == {2}
    assert next_gazette_day(dt.date(2016, 12, 29)) == dt.date(2017, 1, 3)


def test_a_grant_keeps_the_digits_of_its_application_from_april_2010_on() -> None:
    numbers = DocumentNumbers()
    application = numbers.application(dt.date(2009, 1, 7), 1)
    assert numbers.grant(dt.date(2010, 4, 7), 1, application) == application[:-1] + "B"
    earlier = numbers.grant(dt.date(2010, 3, 31), 1, application)
    assert earlier.endswith("C")
    assert earlier[:-1] != application[:-1]


def test_kind_codes_and_widths_follow_the_day() -> None:
    numbers = DocumentNumbers()
    early, late = dt.date(2007, 7, 25), dt.date(2010, 4, 7)
    assert (len(numbers.utility_model(early, 1)), numbers.utility_model(late, 1)[-1]) == (10, "U")
    assert numbers.utility_model(early, 1)[-1] == "Y"
    assert (numbers.design(early, 1)[-1], numbers.design(late, 1)[-1]) == ("D", "S")
    assert len(numbers.application(late, 1)) == 12
