"""Arguments, politeness and windows of every spider."""

from __future__ import annotations

import argparse
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from scrapers import run
from scrapers import settings as project_settings
from scrapers.commands.crawl import Command
from scrapers.errors import ContactRequiredError, SourceNotPermittedError, SpiderArgumentError
from scrapers.items import LANDING_TABLES, CityYear
from scrapers.landing import content_id
from scrapers.months import MonthCrawl, split_into_months, whole_months
from scrapers.run import SPIDERS
from scrapers.spiders.base import is_loopback

SETTINGS = Settings()
SETTINGS.setmodule(project_settings)
LOADER = SpiderLoader.from_settings(SETTINGS)
LOCAL = "http://127.0.0.1:8000/"


def make(name, *, accept=False, **arguments):
    settings = SETTINGS.copy()
    settings.set("ACCEPT_TERMS", accept)
    crawler = Crawler(LOADER.load(name), settings)
    return crawler, LOADER.load(name).from_crawler(crawler, **arguments)


def test_every_spider_has_a_landing_table_of_its_name():
    assert set(LOADER.list()) == set(SPIDERS)
    imported = {name for name in LANDING_TABLES if name.startswith(("gazette_csv", "imported_"))}
    assert set(LOADER.list()) == set(LANDING_TABLES) - imported


@pytest.mark.parametrize("name", LOADER.list())
@pytest.mark.parametrize(
    "arguments",
    [
        {"from_date": "2020-02-01", "until_date": "2020-02-01"},
        {"from_date": "2020-02-01"},
        {"from_date": "01.02.2020", "until_date": "2020-03-01"},
        {"months": "2019-13"},
        {"months": ","},
        {"months": "2019-07", "from_date": "2019-07-01", "until_date": "2019-08-01"},
        {"months": "2019-07", "base_url": "127.0.0.1:8000"},
        {"months": "2019-07", "base_url": ""},
    ],
)
def test_bad_arguments_are_refused(name, arguments):
    with pytest.raises(SpiderArgumentError):
        LOADER.load(name)(**{"base_url": LOCAL, **arguments})


def test_an_unknown_argument_is_refused_with_the_nearest_known_one():
    arguments = {"base_url": LOCAL, "months": "2019-07"}
    with pytest.raises(SpiderArgumentError, match="did you mean 'page_size'"):
        LOADER.load("sipo_patents")(page_szie="100", **arguments)
    with pytest.raises(SpiderArgumentError, match=r"known: .*only_changed"):
        LOADER.load("citystat_city_years")(zzz="1", **arguments)


@pytest.mark.parametrize("text", ["2019", "2019-07:2019-06", "2019-07:", "x:y"])
def test_months_to_fetch_whole_are_read_or_refused(text):
    arguments = {"base_url": LOCAL, "months": "2019-06,2019-07,2019-08", "only_changed": "1"}
    with pytest.raises(SpiderArgumentError):
        LOADER.load("sipo_patents")(refetch=text, **arguments)
    spider = LOADER.load("sipo_patents")(refetch="2019-07:2019-08", **arguments)
    assert [spider.fetches_whole(month) for month in spider.months] == [False, True, True]


@pytest.mark.parametrize("name", LOADER.list())
def test_a_foreign_site_needs_a_contact_and_is_asked_slowly(name):
    arguments = {"base_url": "https://gazette.example.org", "months": "2019-01"}
    with pytest.raises(ContactRequiredError):
        make(name, **arguments)
    with pytest.raises(ContactRequiredError):
        make(name, contact="somebody", **arguments)
    with pytest.raises(SourceNotPermittedError):
        make(name, contact="data@example.org", **arguments)
    crawler, _ = make(name, contact="data@example.org", accept=True, **arguments)
    get = crawler.settings.get
    assert get("USER_AGENT").startswith("greenties/")
    assert get("USER_AGENT").endswith("(+data@example.org)")
    assert get("AUTOTHROTTLE_ENABLED") is True
    assert get("CONCURRENT_REQUESTS") == get("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert get("DOWNLOAD_DELAY") >= 1
    assert get("ROBOTSTXT_OBEY") is True


def test_a_site_on_this_machine_is_asked_fast_and_needs_no_contact():
    crawler, _ = make("sipo_patents", base_url=LOCAL, months="2019-01")
    assert crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 16
    assert crawler.settings.getfloat("DOWNLOAD_DELAY") == 0
    assert crawler.settings.get("USER_AGENT").startswith("greenties/")
    assert crawler.settings.getbool("ROBOTSTXT_OBEY")


def test_nothing_listens_while_crawling():
    assert project_settings.TELNETCONSOLE_ENABLED is False
    assert project_settings.REMOTE_CONTROL_ENABLED is False


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1.example.org", False),
        ("http://10.0.0.1", False),
        ("http://epub.example.org", False),
    ],
)
def test_what_counts_as_this_machine(url, local):
    assert is_loopback(url) is local


def test_windows_are_split_at_the_ends_of_months():
    windows = split_into_months("2019-12-15", "2020-03-01")
    assert [(str(w.first), str(w.last), w.is_whole_month) for w in windows] == [
        ("2019-12-15", "2019-12-31", False),
        ("2020-01-01", "2020-01-31", True),
        ("2020-02-01", "2020-02-29", True),
    ]
    assert [w.is_whole_month for w in split_into_months("2020-02-01", "2020-02-29")] == [False]


def test_months_are_sorted_and_taken_once():
    assert [w.month for w in whole_months("2019-09, 2019-07,2019-09")] == ["2019-07", "2019-09"]


def test_yearbooks_are_asked_for_years_whose_january_is_in_the_window():
    _, spider = make(
        "citystat_city_years", base_url=LOCAL, from_date="2018-02-01", until_date="2021-01-01"
    )
    assert [m.window.month for m in spider.months] == ["2019-01", "2020-01"]


@given(order=st.permutations([(page, place) for page in range(4) for place in range(1, 4)]))
def test_pages_in_whatever_order_give_the_same_content(order):
    def landed_as(arrival):
        (window,) = whole_months("2019-01")
        month = MonthCrawl(table="citystat_city_years", window=window)
        empty = dict.fromkeys(f.name for f in fields(CityYear))
        for page, place in arrival:
            row = {
                "adcode": f"{page}{place}",
                "source_row": place,
                "raw_pointer": f"{page}#{place}",
            }
            month.records.append(((page, place), CityYear(**{**empty, **row})))
        return month.ordered_rows()

    rows = landed_as(order)
    assert [row.source_row for row in rows] == list(range(1, 13))
    assert rows == landed_as(sorted(order))
    name = content_id("citystat_city_years", rows)
    assert name == content_id("citystat_city_years", landed_as(sorted(order)))


def test_the_crawl_command_brings_the_settings_along_where_no_project_is_active():
    command, parser = Command(), argparse.ArgumentParser()
    command.settings = Settings()
    command.add_options(parser)
    options = parser.parse_args(["-a", "months=2019-07", "-s", "LOG_LEVEL=ERROR"])
    command.process_options(["sipo_patents"], options)
    assert command.settings.getlist("SPIDER_MODULES") == ["scrapers.spiders"]
    assert command.settings.get("LOG_LEVEL") == "ERROR"  # the command line wins
    assert options.spargs == {"months": "2019-07"}

    other = Command()
    other.settings = Settings({"SPIDER_MODULES": ["elsewhere.spiders"]})
    other.process_options(["x"], parser.parse_args([]))
    assert other.settings.getlist("SPIDER_MODULES") == ["elsewhere.spiders"]


def test_progress_names_pages_records_and_time_left(capsys, monkeypatch):
    monkeypatch.setattr(run, "_PLAIN_INTERVAL", 0.0)
    (window,) = whole_months("2019-07")
    month = MonthCrawl(
        table="sipo_patents", window=window, pages_expected=3, records_expected=1_045
    )
    with run.Display("sipo_patents") as display:
        display.month_opened(month)
        display.page_read(20)
    shown = capsys.readouterr().err
    assert "sipo_patents: 1 of 3 pages, 20 of 1,045 records" in shown
    assert "s left" in shown
    assert "1 pages, 20 records, 0 months in" in shown
