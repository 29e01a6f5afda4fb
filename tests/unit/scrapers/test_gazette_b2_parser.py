"""The layout since 2021, from pages written after its description."""

from __future__ import annotations

import pytest

from scrapers.errors import (
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    UnknownLabelError,
    WrongSliceError,
)
from scrapers.items import Party
from scrapers.parsers.gazette import parse_gazette_page, require_counters
from scrapers.parsers.gazette_b2 import parse_sw_page
from scrapers.parsers.text import PageState

EN = "\u2002"


def test_records_of_both_layouts_are_the_same_items(page):
    result = parse_gazette_page(page("gazette_b2_records.html"), "pip")
    assert result.state is PageState.RECORDS
    first, second = result.records
    assert first.title == "一种CO2吸附材料"
    assert first.record_heading == "发明公布"
    assert (first.publication_no, first.publication_date) == ("CN112345678A", "2021.02.09")
    assert (first.application_no, first.application_date) == ("2020112345675", "2020.11.06")
    assert first.applicants == f"某某大学;{EN}青山县某某环保有限公司"
    assert first.inventors == f"赵一;{EN}钱二;{EN}孙三;{EN}李四"
    assert first.ipc == f"B01J20/20(2006.01)I;{EN}B01D53/02(2006.01)I"
    assert first.address == "100080北京市海淀区某某路8号"
    assert first.agency == "北京某某知识产权代理事务所11370"
    assert first.correction_date == "2021.03.02"
    assert first.abstract == "本发明公开一种吸附材料，用于捕集二氧化碳。"
    assert second.abstract == "一种风力发电机，其叶片可调。"
    assert (second.inventors, second.agency) == ("吴七", None)
    assert [r.source_row for r in result.records] == [1, 2]


def test_a_listing_of_this_layout_states_no_totals(page):
    result = parse_gazette_page(page("gazette_b2_records.html"), "pip")
    with pytest.raises(MissingCounterError):
        require_counters(result)
    empty = parse_gazette_page(page("gazette_b2_no_result.html"), "pip")
    assert (empty.state, empty.records) == (PageState.NO_RESULT, ())


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("代理人：", "代理师：", UnknownLabelError),
        ("<dl><dt>申请日：</dt><dd>2020.11.06</dd></dl>", "", MissingLabelError),
        ("/patent/CN112345999A", "/patent/CN112345998A", LayoutChangedError),
        ("[发明公布] 一种风力", "[发明授权] 一种风力", WrongSliceError),
        ('<h1 class="title">', "<h1>", MissingLabelError),
        (
            '<span class="alltxt" style="display:none">\u2002孙三;\u2002李四</span>',
            "",
            LayoutChangedError,
        ),
        ("<dd>吴六</dd>", "", LayoutChangedError),
    ],
)
def test_anything_unusual_is_refused(page, old, new, error):
    text = page("gazette_b2_records.html").decode()
    assert old in text
    with pytest.raises(error):
        parse_gazette_page(text.replace(old, new).encode(), "pip")


def test_the_list_of_events(page):
    result = parse_sw_page(page("sw_list.html"))
    first, second = result.records
    assert (first.application_no, first.event_date) == ("2015101234563", "2021.06.04")
    assert first.event_type == "专利权的转移"
    assert first.event_text.startswith("专利权的转移\n登记生效日:20210525")
    assert first.parties_after == (Party(name="乙公司", address=None, postcode=None),)
    assert first.parsed_type == "transfer"
    assert (second.event_type, second.event_text) == ("专利权的终止", "")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("<th>事务数据</th>", "<th>法律状态</th>", UnknownLabelError),
        ("<td>2012201234567</td>", "<td></td>", MissingLabelError),
        ("<td>2012201234567</td>", "", LayoutChangedError),
    ],
)
def test_a_list_of_events_with_other_columns_is_refused(page, old, new, error):
    with pytest.raises(error):
        parse_sw_page(page("sw_list.html").replace(old.encode(), new.encode()))
