"""Reading of legal events in three wordings, and the listing page."""

from __future__ import annotations

import pytest

from scrapers.errors import LayoutChangedError, UnexpectedPageError, UnknownLabelError
from scrapers.items import Party
from scrapers.parsers.events import parse_event_text
from scrapers.parsers.text import PageState
from scrapers.parsers.tran import parse_tran_page, require_counters

TRANSFER = "专利申请权、专利权的转移"
RENAME = "专利权人的姓名或者名称、地址的变更"


def party(name, address=None, postcode=None):
    return Party(name=name, address=address, postcode=postcode)


def read(text, event_type=TRANSFER):
    return parse_event_text(text, event_type)


def test_wording_a_gives_every_party_its_own_address():
    event = read(
        "专利申请权、专利权的转移(专利权的转移)变更项目:专利权人变更前权利人:甲院  "
        "地址: 沈阳市8号  邮编: 110021变更后权利人:乙集团  "
        "地址: 北京市28号F6-F12层  邮编: 100031；    甲院  "
        "地址: 沈阳市八号登记生效日:2008.7.11"
    )
    assert event.type == "holder_added"
    assert event.item == "专利权人"
    assert event.effective_date == "2008-07-11"
    assert event.parties_before == (party("甲院", "沈阳市8号", "110021"),)
    assert event.parties_after == (
        party("乙集团", "北京市28号F6-F12层", "100031"),
        party("甲院", "沈阳市八号"),
    )
    assert event.problems == ("last_party_may_be_cut",)


def test_wording_b_gives_the_address_block_to_the_holder_before_it():
    event = read(
        "专利权的转移IPC(主分类):B25F   1/00变更事项:专利权人变更前权利人:甲公司变更后权利人:乙公司"
        "变更事项:地址变更前权利人:067000 承德市10号变更后权利人:100031 北京市86号"
        "变更事项:专利权人变更后权利人:丙公司登记生效日:20130815"
    )
    assert (event.type, event.ipc, event.effective_date) == (
        "transfer",
        "B25F   1/00",
        "2013-08-15",
    )
    assert event.parties_before == (party("甲公司", "承德市10号", "067000"),)
    assert event.parties_after == (party("乙公司", "北京市86号", "100031"), party("丙公司"))
    assert event.problems == ()


def test_a_subsidiary_that_joins_its_parent_is_an_added_holder_of_the_new_side():
    event = read(
        "专利权的转移变更事项:专利权人变更前权利人:甲变更后权利人:乙"
        "变更事项:专利权人变更后权利人:甲登记生效日:20130815"
    )
    assert [p.name for p in event.parties_after] == ["乙", "甲"]
    assert event.type == "holder_added"


@pytest.mark.parametrize("nobody", ["", "无"])
def test_wording_c_reads_co_holders_without_address(nobody):
    event = read(
        "专利权的转移\n登记生效日:20190603\n变更事项:专利权人\n变更前权利人:甲\n变更后权利人:乙\n"
        "变更事项:地址\n变更前权利人:215000 苏州市1号\n变更后权利人:日本东京\n"
        f"变更事项:共同专利权人\n变更前权利人:{nobody}\n变更后权利人:丁大学"
    )
    assert event.parties_before == (party("甲", "苏州市1号", "215000"),)
    assert event.parties_after == (party("乙", "日本东京"), party("丁大学"))
    assert (event.type, event.effective_date, event.item) == ("transfer", "2019-06-03", "专利权人")


def test_a_co_holder_that_leaves_is_a_dropped_holder():
    event = read(
        "专利申请权的转移\n登记生效日:20190603\n变更事项:申请人\n变更前权利人:甲\n变更后权利人:甲\n"
        "变更事项:共同申请人\n变更前权利人:乙\n变更后权利人:无"
    )
    assert (event.type, event.item) == ("holder_dropped", "申请人")


@pytest.mark.parametrize(
    ("text", "kind", "problems"),
    [
        ("专利权的转移", "transfer", ("no_parties",)),
        ("", "transfer", ("no_text",)),
        (
            "专利权的转移变更事项:专利权人变更前权利人:甲变更后权利人:",
            "transfer",
            ("after_missing", "effective_date_missing"),
        ),
        (
            "变更事项:专利权人变更前权利人:甲变更后权利人:乙登记生效日:2019.2.30",
            "transfer",
            ("effective_date_unreadable",),
        ),
    ],
)
def test_what_cannot_be_read_is_named(text, kind, problems):
    event = read(text)
    assert (event.type, event.problems) == (kind, problems)
    assert event.effective_date is None


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2008.7.11", "2008-07-11"),
        ("20130815", "2013-08-15"),
        ("2019-06-03", "2019-06-03"),
        ("2019年6月3日", "2019-06-03"),
    ],
)
def test_effective_dates_in_all_forms(written, iso):
    text = f"变更项目:专利权人变更前权利人:甲变更后权利人:乙登记生效日:{written}"
    assert read(text).effective_date == iso


def test_a_rename_is_no_transfer():
    event = read(
        "专利权人的姓名或者名称、地址的变更变更事项:专利权人变更前:甲  地址: 日本  邮编: 变更后:乙",
        RENAME,
    )
    assert (event.type, event.effective_date, event.problems) == ("rename", None, ())
    assert event.parties_before == (party("甲", "日本"),)


def test_the_same_holder_at_another_address_is_a_change_of_address():
    text = "变更事项:专利权人变更前:甲  地址: 日本兵库县变更后:甲  地址: 日本东京都"
    assert read(text, RENAME).type == "address_change"


def test_a_change_of_address_may_name_no_holder():
    event = read("变更事项:地址变更前:312530 绍兴市142号变更后:312530 绍兴市195号", RENAME)
    assert (event.type, event.parties_after) == ("address_change", ())
    assert event.problems == ("holder_not_named",)


def test_half_width_wording_of_designs_is_read_too():
    event = read(
        "变更项目:专利权人变更前权利人:甲 地址:台北市1号,邮编:变更后权利人:乙（苏州）有限公司 "
        "地址:苏州市233号,邮编:215011;专利权人:丙 地址:台北市登记生效日:2008.9.5"
    )
    assert event.parties_before == (party("甲", "台北市1号"),)
    assert event.parties_after == (
        party("乙（苏州）有限公司", "苏州市233号", "215011"),
        party("丙", "台北市"),
    )


def test_names_are_not_split_at_a_list_comma():
    text = "变更项目:专利权人变更前权利人:中国科学院、水利部所变更后权利人:乙登记生效日:2008.9.5"
    assert [p.name for p in read(text).parties_before] == ["中国科学院、水利部所"]


class TestListing:
    def test_a_page_of_events(self, page):
        result = parse_tran_page(page("tran_records.html"))
        assert result.state is PageState.RECORDS
        assert require_counters(result) == {"numTran": 24, "numTranc": 0}
        assert [(e.application_no, e.parsed_type) for e in result.records] == [
            ("2006101234567", "holder_added"),
            ("201010123456X", "holder_added"),
            ("2015101234567", "transfer"),
            ("00106482.7", "transfer"),
        ]
        third = result.records[2]
        assert third.event_text.splitlines()[:3] == [
            "专利权的转移",
            "登记生效日:20190603",
            "变更事项:专利权人",
        ]
        assert third.parties_before == (party("甲&乙有限公司", "江苏省苏州市某某路1号", "215000"),)
        assert third.raw_pointer == f"sha256:{result.digest}#3"
        assert result.records[3].parse_problems == ("no_parties",)

    def test_unknown_and_missing_lines_are_errors(self, page):
        body = page("tran_records.html")
        with pytest.raises(UnknownLabelError):
            parse_tran_page(body.replace("事务数据类型：".encode(), "类型：".encode(), 1))
        with pytest.raises(LayoutChangedError):
            parse_tran_page(body.replace(b'class="flzt_xx"', b'class="other"', 1))
        with pytest.raises(UnexpectedPageError):
            parse_tran_page(page("gazette_records.html"))
