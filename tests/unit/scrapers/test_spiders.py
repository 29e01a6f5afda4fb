"""Arguments, politeness and windows of every spider."""

from __future__ import annotations

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from scrapers import settings as project_settings
from scrapers.errors import ContactRequiredError, SpiderArgumentError
from scrapers.items import LANDING_TABLES
from scrapers.months import split_into_months, whole_months
from scrapers.run import SPIDERS
from scrapers.spiders.base import is_loopback

SETTINGS = Settings()
SETTINGS.setmodule(project_settings)
LOADER = SpiderLoader.from_settings(SETTINGS)
LOCAL = "http://127.0.0.1:8000/"


def make(name, **arguments):
    crawler = Crawler(LOADER.load(name), SETTINGS.copy())
    return crawler, LOADER.load(name).from_crawler(crawler, **arguments)


def test_every_spider_has_a_landing_table_of_its_name():
    assert set(LOADER.list()) == set(SPIDERS)
    assert set(LOADER.list()) == set(LANDING_TABLES) - {"gazette_csv"}


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


@pytest.mark.parametrize("name", LOADER.list())
def test_a_foreign_site_needs_a_contact_and_is_asked_slowly(name):
    arguments = {"base_url": "https://gazette.example.org", "months": "2019-01"}
    with pytest.raises(ContactRequiredError):
        make(name, **arguments)
    crawler, _ = make(name, contact="data@example.org", **arguments)
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
