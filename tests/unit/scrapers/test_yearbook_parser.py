"""Yearbook tables: every value as printed, anything unusual refused."""

from __future__ import annotations

from dataclasses import fields

import pytest

from scrapers.errors import (
    ErrorPageError,
    MojibakeError,
    RobotCheckError,
    TruncatedPageError,
    UnexpectedPageError,
    WrongEncodingError,
    YearbookFormatError,
)
from scrapers.items import CityYear
from scrapers.parsers.yearbook import parse_city_years, parse_province_years

MISREAD = "呼和浩特市".encode().decode("gbk", "ignore")  # UTF-8 that somebody read as GBK
COLUMNS = [f.name for f in fields(CityYear)][:-3]


def table(*lines, end="\n"):
    return ("\n".join([",".join(COLUMNS), *lines]) + end).encode()


def line(adcode="110000", year="2019", gdp="12.50"):
    return ",".join([year, adcode, "某市", gdp, *[""] * (len(COLUMNS) - 4)])


def test_values_stay_as_printed_and_missing_cells_are_empty():
    (row,) = parse_city_years(table(line()), 2019)
    assert (row.adcode, row.gdp, row.population, row.source_row) == ("110000", "12.50", None, 1)
    assert row.raw_pointer.endswith("#1")


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    body = b"\xef\xbb\xbf" + table(line()).replace(b"\n", b"\r\n")
    assert parse_city_years(body, 2019)[0].city_name == "某市"


def test_a_year_that_does_not_exist_is_none(page):
    assert parse_city_years(page("gazette_no_result.html"), 1949) is None
    assert parse_province_years(page("gazette_no_result.html"), 1949) is None


def test_pages_that_are_no_table_are_errors(page):
    with pytest.raises(RobotCheckError):
        parse_city_years(page("robot_check.html"), 2019)
    with pytest.raises(UnexpectedPageError):
        parse_city_years(b"<html><title>hello</title></html>", 2019)
    with pytest.raises(ErrorPageError):
        parse_city_years("<html><title>系统维护</title></html>".encode(), 2019)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (table(), "no line"),
        (table(line(), line()), "twice"),
        (table(line(year="2018")), "is of 2018"),
        (table(line() + ",1"), "cells"),
        (table(line(adcode="")), "no adcode"),
        (table(line()).replace(b"gdp", b"grp"), "header"),
    ],
)
def test_anything_unusual_is_refused(body, problem):
    with pytest.raises(YearbookFormatError, match=problem):
        parse_city_years(body, 2019)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (table(line(), end=""), TruncatedPageError),
        (b"", TruncatedPageError),
        (table(line()).replace("某市".encode(), "某市".encode("gb18030")), WrongEncodingError),
        (table(line()).replace("某市".encode(), "某\ufffd".encode()), MojibakeError),
        (table(*[line(f"11000{n}").replace("某市", MISREAD) for n in range(3)]), MojibakeError),
    ],
)
def test_damaged_bytes_and_text_are_told_apart(body, error):
    with pytest.raises(error):
        parse_city_years(body, 2019)
