"""Written numbers and dates: what still identifies a document, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.importing.dates import month_of
from orchestration.importing.nearest import nearest_name
from orchestration.importing.numbers import (
    application_no_state,
    check_digit,
    publication_no_is_intact,
    restored_application_no,
)


@pytest.mark.parametrize(
    ("digits", "digit"), [("97101765", "4"), ("95115608", "X"), ("201710027729", "1")]
)
def test_check_digit(digits: str, digit: str) -> None:
    assert check_digit(digits) == digit


def test_check_digit_of_something_else() -> None:
    with pytest.raises(ValueError, match="8 or 12 digits"):
        check_digit("123")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("CN201710027729.1", "intact"),
        ("CN201710027729", "intact"),
        ("2017100277291", "intact"),
        ("ZL 2017 1 0027729.1", "intact"),
        ("CN-201710027729-A", "intact"),
        ("CN2017100277291A", "intact"),
        ("97101765.4", "intact"),
        ("95115608.x", "intact"),
        ("97101765", "intact"),
        ("201710027729.2", "check_digit_wrong"),
        ("2.02E+12", "scientific"),
        ("2.02e+12", "scientific"),
        ("2E12", "scientific"),
        ("106482.7", "digits_lost"),
        ("3822360", "digits_lost"),
        ("31123456", "digits_lost"),
        ("201770027729", "unreadable"),  # no kind 7
        ("20171002772", "unreadable"),
        ("", "unreadable"),
        ("号", "unreadable"),
    ],
)
def test_application_numbers(text: str, state: str) -> None:
    assert application_no_state(text) == state


@pytest.mark.parametrize(
    "text", ["CN104751825B", "104751825", "1398301B", "100358407", "CN-104751825-B", "CN85100001A"]
)
def test_publication_numbers(text: str) -> None:
    assert publication_no_is_intact(text)


@pytest.mark.parametrize("text", ["1", "1.0E+08", "104751825.0", "US7650331B1", "85100001", ""])
def test_no_publication_numbers(text: str) -> None:
    assert not publication_no_is_intact(text)


@given(st.integers(0, 3), st.sampled_from("123"), st.integers(0, 99_999))
def test_restored_numbers_are_the_ones_that_were_damaged(year: int, kind: str, serial: int) -> None:
    digits = f"{year:02d}{kind}{serial:05d}"
    whole = f"{digits}.{check_digit(digits)}"
    damaged = whole.lstrip("0").removesuffix(".0")
    assert restored_application_no(damaged) == whole


@pytest.mark.parametrize("text", ["106482.8", "2.02E+12", "99127080", "12345", ""])
def test_nothing_else_is_restored(text: str) -> None:
    assert restored_application_no(text) is None


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2019.07.09", "2019-07"),
        ("2008.7.11", "2008-07"),
        ("20080711", "2008-07"),
        ("2008-07-11T00:00:00", "2008-07"),
        ("2008年7月11日", "2008-07"),
        (" 2008/7/11 ", "2008-07"),
        ("9999-12-31", None),
        ("1900-01-01", None),
        ("2008.13.01", None),
        ("2008.7", None),
        ("39640", None),
        ("", None),
        (None, None),
    ],
)
def test_months(text: str | None, month: str | None) -> None:
    assert month_of(text) == month


def test_nearest_names_are_the_same_every_time() -> None:
    assert nearest_name("申请好", ["申请号", "申请日"]) == "申请号"
    assert nearest_name("申请好", {"申请号", "申请日"}) == "申请号"
    assert nearest_name("zz", {"", "b", "a"}) == "a"
