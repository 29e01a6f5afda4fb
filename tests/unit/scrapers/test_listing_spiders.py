"""What all spiders of listings check: slices, days, repeats, and that emptiness is proved."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from scrapers import settings as project_settings
from scrapers.errors import (
    DuplicatePageError,
    EmptyPageError,
    MissingYearError,
    PastTheEndError,
    ShortPageError,
    SpiderArgumentError,
    SuspiciousEmptyError,
    WrongSliceError,
)
from scrapers.landing import current_months, month_folder, read_ledger
from scrapers.parsers.text import PageState
from scrapers.spiders.listing import _is_within

SETTINGS = Settings()
SETTINGS.setmodule(project_settings)
LOADER = SpiderLoader.from_settings(SETTINGS)


def spider_of(name, **arguments):
    return LOADER.load(name)(base_url="http://127.0.0.1:1", months="2019-07", **arguments)


def patent(number, day="2019.07.09"):
    return SimpleNamespace(
        publication_no=f"CN{number}A",
        record_heading="发明公布",
        publication_date=day,
        correction_date=None,
    )


def event(number, text="x"):
    return SimpleNamespace(
        application_no=f"{number}", event_date="2019.07.09", event_type="授权", event_text=text
    )


def page_of(records, state=PageState.RECORDS):
    return SimpleNamespace(records=tuple(records), state=state)


def check(spider, records, number, total, *, slice_name="", state=PageState.RECORDS):
    page = page_of(records, state)
    spider.check_page(spider.months[0], page, slice_name, number, total=total)


@pytest.mark.parametrize("name", ["sipo_patents", "sipo_assignments"])
def test_the_page_size_is_one_the_site_offers(name):
    assert spider_of(name).page_size == 20
    assert spider_of(name, page_size="100").page_size == 100
    for wrong in ("0", "50", "-20", "zwanzig", "２０"):
        with pytest.raises(SpiderArgumentError, match="page_size"):
            spider_of(name, page_size=wrong)


def test_the_size_asked_for_is_the_size_in_the_form():
    spider = spider_of("sipo_patents", page_size="100")
    request = spider.first_request(spider.months[0], priority=0)
    assert b"pageSize=100" in request.body
    spider = spider_of("sipo_assignments", page_size="100")
    request = spider.first_request(spider.months[0], priority=0)
    assert b"pageSize=100" in request.body
    assert b"strType=&" in request.body  # every type


def test_pages_hold_what_their_place_demands():
    spider = spider_of("sipo_patents", page_size="3")
    check(spider, map(patent, range(3)), 1, 5)
    check(spider, map(patent, range(3, 5)), 2, 5)
    for records, number, total, state, error in (
        ([], 1, 5, PageState.PAST_THE_END, EmptyPageError),
        ([], 1, 5, PageState.NO_RESULT, EmptyPageError),
        ([], 2, 5, PageState.PAST_THE_END, PastTheEndError),
        ([], 2, 5, PageState.NO_RESULT, EmptyPageError),
        ([patent(1)], 1, 5, PageState.RECORDS, ShortPageError),
        (map(patent, range(4)), 1, 5, PageState.RECORDS, ShortPageError),
        ([patent(1)], 3, 5, PageState.RECORDS, ShortPageError),
        ([patent(1, "2019.08.01")], 1, 1, PageState.RECORDS, WrongSliceError),
        ([patent(1, "gestern")], 1, 1, PageState.RECORDS, WrongSliceError),
    ):
        with pytest.raises(error):
            check(spider_of("sipo_patents", page_size="3"), records, number, total, state=state)


def test_no_patent_stands_on_two_pages_in_whatever_order_they_arrive():
    for first, second in ((1, 2), (2, 1)):
        spider = spider_of("sipo_patents", page_size="3")
        check(spider, [patent(1), patent(2), patent(3)], first, 6)
        with pytest.raises(DuplicatePageError, match="records of page"):
            check(spider, [patent(3), patent(4), patent(5)], second, 6)
    with pytest.raises(DuplicatePageError, match="twice"):
        check(spider_of("sipo_patents", page_size="3"), [patent(1), patent(1)], 1, 2)


def test_slices_are_compared_with_themselves_alone():
    spider = spider_of("sipo_patents", page_size="3")
    mine = [patent(1), patent(2), patent(3)]
    check(spider, mine, 1, 4, slice_name="pig")
    check(spider, mine, 1, 4, slice_name="pug")
    with pytest.raises(DuplicatePageError):
        check(spider, [patent(1)], 2, 4, slice_name="pig")


def test_an_event_printed_twice_passes_wherever_it_stands():
    spider = spider_of("sipo_assignments", page_size="10")
    check(spider, [event(1), event(1), *map(event, range(2, 10))], 1, 21)  # on one page
    check(spider, [event(9), *map(event, range(10, 19))], 2, 21)  # across two
    check(spider, [event(18)], 3, 21)  # alone on the last page


def test_a_page_of_events_that_came_twice_is_told_from_repeats():
    tens = [event(n) for n in range(10)]
    for again, total in (
        (tens, 20),
        (tens[:5] + [event(n) for n in range(20, 25)], 20),  # half of it
        (tens[:2], 12),
        (tens[:1], 11),  # the first one of the page before: no repeat across the border
    ):
        spider = spider_of("sipo_assignments", page_size="10")
        check(spider, tens, 1, total)
        with pytest.raises(DuplicatePageError):
            check(spider, again, 2, total)


def test_keys_are_forgotten_once_every_page_was_compared():
    spider = spider_of("sipo_patents", page_size="3")
    check(spider, map(patent, range(3)), 1, 4)
    assert spider._seen
    check(spider, [patent(9)], 2, 4)
    assert not spider._seen


@given(
    day=st.dates(dt.date(1985, 1, 1), dt.date(2030, 12, 31)),
    style=st.sampled_from(["{0:%Y.%m.%d}", "{0.year}.{0.month}.{0.day}", "{0:%Y-%m-%d}"]),
)
def test_days_are_compared_as_days(day, style):
    first, last = dt.date(2008, 2, 1), dt.date(2008, 2, 29)
    assert _is_within(style.format(day), first, last) == (first <= day <= last)


# ---------------------------------------------------------------------- emptiness, on a stub site
def test_an_address_that_answers_nothing_is_no_month_without_records(site, collect, tmp_path):
    site.patents = {}
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert result.code == SuspiciousEmptyError.exit_code
    assert "does not answer questions" in result.lines[0]["reason"]
    assert current_months(tmp_path / "landing", "sipo_patents") == {}
    accepted = collect(site, "sipo_patents", "2019-07", "2019-08", "-a", "accept_empty=1")
    assert (accepted.code, accepted.events) == (0, {"2019-07": "landed"})


def test_a_month_that_the_site_hides_is_found_by_its_neighbours(site, collect, tmp_path):
    site.patents = {"2019-06": {"pip": 4}, "2019-07": {"pip": 5}}

    def hide(path, form):
        if "['2019.07.01','2019.07.31']" in form.get("strWhere", ""):
            kept, site.patents = site.patents, {}
            try:
                return site._gazette(form)
            finally:
                site.patents = kept
        return None

    site.override = hide
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert result.code == SuspiciousEmptyError.exit_code
    assert "up to its last day" in result.lines[0]["reason"]
    assert current_months(tmp_path / "landing", "sipo_patents") == {}


def test_a_landed_month_does_not_become_empty(site, collect, tmp_path):
    site.patents = {"2019-07": {"pip": 5, "pig": 2}}
    collect(site, "sipo_patents", "2019-07", "2019-08")
    before = current_months(tmp_path / "landing", "sipo_patents")
    site.patents = {"2019-07": {"pip": 5, "pig": 0}}
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert result.code == MissingYearError.exit_code
    assert "2 were stated" in result.lines[0]["reason"]
    assert current_months(tmp_path / "landing", "sipo_patents") == before


def test_a_month_without_records_leaves_one_line_when_it_is_fetched_again(site, collect, tmp_path):
    site.patents = {"2019-06": {"pip": 4}}
    assert collect(site, "sipo_patents", "2019-07", "2019-08").events == {"2019-07": "landed"}
    again = collect(site, "sipo_patents", "2019-07", "2019-08", "--all")
    assert again.events == {"2019-07": "unchanged"}
    events = [line["event"] for line in read_ledger(tmp_path / "landing")]
    assert events == ["asked", "landed", "asked", "unchanged"]


def test_a_broken_manifest_is_no_failure_of_other_months(site, collect, tmp_path):
    site.patents = {"2019-06": {"pip": 4}, "2019-07": {"pip": 5, "pig": 0}}
    collect(site, "sipo_patents", "2019-06", "2019-08")
    broken = month_folder(tmp_path / "landing", "sipo_patents", "2019-06") / "current.json"
    broken.write_text('{"table": "sipo_pat', encoding="utf-8")
    result = collect(site, "sipo_patents", "2019-06", "2019-08")
    assert (result.code, result.events) == (0, {"2019-06": "landed", "2019-07": "unchanged"})
    broken.write_text("[]", encoding="utf-8")
    result = collect(site, "sipo_patents", "2019-06", "2019-07", "--all")
    assert (result.code, result.events) == (0, {"2019-06": "landed"})


def test_events_of_named_types_are_each_judged_by_their_total(site, collect, tmp_path):
    site.events = {"2019-07": {"授权": ["a"] * 23, "终止": ["b"], "转移": ["c", "d"]}}
    result = collect(site, "sipo_assignments", "2019-07", "2019-08", "-a", "event_types=授权,转移")
    assert result.code == 0, result.stderr
    assert result.lines[0]["rows"] == 25
    everything = collect(site, "sipo_assignments", "2019-07", "2019-08", "--all")
    assert everything.lines[0]["rows"] == 26


def test_a_year_between_two_tables_is_missing(site, collect, tmp_path):
    from scrapers.landing import landing_schema

    names = landing_schema("citystat_province_years").names[:-3]
    for year in (2018, 2020):
        site.files[f"/nj/province/{year}.csv"] = (
            ",".join(names) + f"\n{year},110000,北京市" + ",1.5" * (len(names) - 3) + "\n"
        ).encode()
    result = collect(site, "citystat_province_years", "2017-01", "2022-01")
    assert result.code == MissingYearError.exit_code
    assert result.events == {
        "2017-01": "absent",
        "2018-01": "landed",
        "2019-01": "failed",
        "2020-01": "landed",
        "2021-01": "absent",
    }
    for month in ("2018-01", "2020-01"):
        folder = month_folder(tmp_path / "landing", "citystat_province_years", month)
        kept = (folder / "current.json").read_bytes()
        (folder / "current.json").write_bytes(kept[:20])
        gap = collect(site, "citystat_province_years", "2019-01", "2020-01")
        assert gap.code == MissingYearError.exit_code
        (folder / "current.json").write_bytes(kept)
    del site.files["/nj/province/2020.csv"]
    gone = collect(site, "citystat_province_years", "2020-01", "2021-01", "--all")
    assert gone.code == MissingYearError.exit_code
    assert set(current_months(tmp_path / "landing", "citystat_province_years")) == {
        "2018-01",
        "2020-01",
    }
