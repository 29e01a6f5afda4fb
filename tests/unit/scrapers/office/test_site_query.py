"""The condition language of the forms."""

from __future__ import annotations

import pytest

from scrapers.office.query import QueryError, Window, parse_where, parse_window


def test_a_window_is_read_with_both_ends() -> None:
    assert parse_window("BETWEEN['2019.07.01','2019.07.31']") == Window("2019-07-01", "2019-07-31")


def test_days_without_leading_zeros_are_read() -> None:
    assert parse_window("BETWEEN['2019.7.1','2019.7.31']") == Window("2019-07-01", "2019-07-31")


def test_a_window_touches_every_month_between_its_ends() -> None:
    window = parse_window("BETWEEN['2018.11.30','2019.02.01']")
    assert window.months() == ("2018-11", "2019-02")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2019.07.01",
        "BETWEEN['2019.07.01']",
        "BETWEEN['2019-07-01','2019-07-31']",
        "BETWEEN['2019.02.30','2019.03.01']",
        "BETWEEN['2019.07.31','2019.07.01']",
        "BETWEEN['2019.07.01','2019.07.31'] or 1=1",
    ],
)
def test_anything_else_is_no_window(text: str) -> None:
    with pytest.raises(QueryError):
        parse_window(text)


def test_conditions_are_joined_by_and() -> None:
    where = parse_where("OPD=BETWEEN['2019.07.01','2019.07.31'] and PA='%风_能%' and AN='201%'")
    assert where.window == Window("2019-07-01", "2019-07-31")
    assert where.arguments == ("%风\\_能%", "201%")
    assert not where.is_window_only


def test_a_title_may_contain_the_word_and() -> None:
    assert parse_where("TI='%rack and pinion%'").arguments == ("%rack and pinion%",)


def test_one_day_can_be_asked_alone() -> None:
    where = parse_where("OPD='2019.07.09'")
    assert where.window == Window("2019-07-09", "2019-07-09")
    assert where.is_window_only


def test_the_detail_form_of_the_old_site_is_read() -> None:
    where = parse_where("申请号='2013106289097' and GBINDEX=1")
    assert where.arguments == ("2013106289097",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "XX='a'",
        "PA=''",
        "PA=BETWEEN['a','b']",
        "PA='a' or TI='b'",
        "PA='a' and",
        "PA='a' PA='b'",
        "PA='a' and PA='b'",
        "TI='a'; DROP TABLE publication",
        "OPD='yesterday'",
        "GBINDEX='x'",
    ],
)
def test_unreadable_conditions_are_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_where(text)
