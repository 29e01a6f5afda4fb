"""Answers of the search system, written in the style of captured ones."""

from __future__ import annotations

import csv
import json

import pytest

from scrapers.errors import (
    BlockedError,
    EmptyPageError,
    LayoutChangedError,
    LoginRequiredError,
    MissingCounterError,
    MissingLabelError,
    TruncatedPageError,
    UnknownLabelError,
    WrongEncodingError,
)
from scrapers.parsers.pss import (
    parse_pss_detail,
    parse_pss_legal,
    parse_pss_list,
    parse_pss_results,
)
from scrapers.parsers.text import PageState


def test_the_list_is_read_from_its_hidden_inputs(page):
    result = parse_pss_list(page("pss_list.html"))
    assert (result.state, result.total, result.pages) == (PageState.RECORDS, 14, 2)
    first, second = result.records
    assert first.document_id == "CN201812345675.120180921FM"
    record = first.record
    assert record.application_no == "CN201812345675.1"
    assert (record.publication_date, record.kind_label) == ("20180921", "FM")
    assert (record.publication_no, record.publication_authority) == ("CN108123456A", "CN")
    assert record.applicants == ("某某大学", "青山储能有限公司")
    assert record.applicant_addresses == (" 某某省青山市学府路1号",)
    assert json.loads(record.other_fields) == {"文献状态": "PUB"}
    assert first.keys["publication_serial"] == "CN999999.0000"
    assert (second.record.application_no, second.record.kind_label) == ("CN201830123456.X", None)


def test_no_result_is_told_from_an_empty_success():
    def body(top):
        return f"<html><body>{top}</body></html>".encode()

    stated = parse_pss_list(body('<div class="page_top">共 0 页 0 条数据</div>'))
    assert (stated.state, stated.records) == (PageState.NO_RESULT, ())
    with pytest.raises(EmptyPageError):
        parse_pss_list(body('<div class="page_top">共 2 页 14 条数据</div>'))
    with pytest.raises(MissingCounterError):
        parse_pss_list(body('<div class="item"><input type="hidden" name="idHidden"></div>'))
    with pytest.raises(LoginRequiredError):
        parse_pss_list(body("用户登录"))
    with pytest.raises(BlockedError):
        parse_pss_list(body("操作频繁"))
    with pytest.raises(WrongEncodingError):
        parse_pss_list(body('<div class="page_top">共 0 页</div>').decode().encode("gbk"))


def test_an_input_nobody_knows_is_refused(page):
    with pytest.raises(UnknownLabelError, match="langXHidden"):
        parse_pss_list(page("pss_list.html").replace(b"langHidden", b"langXHidden"))
    with pytest.raises(MissingLabelError):
        parse_pss_list(page("pss_list.html").replace(b"CN201830123456.X20180925", b""))


def test_the_details_of_a_document(page):
    detail = parse_pss_detail(page("pss_detail.json"))
    record = detail.publication
    assert record.title == "一种储能装置"
    assert record.abstract == "本发明涉及储能。"
    assert record.ipc == ("H01M10/00", "H02J7/00")
    assert record.applicants == ("某某大学", "青山储能有限公司")
    assert record.agencies == ("青山某某专利事务所(普通合伙) 33333",)
    assert (record.region, record.postcode, record.cpc) == ("CN;33", "310000;", ())
    assert json.loads(record.other_fields) == {"优先权日": "2017.03.01"}
    assert [(e.event_date, e.event_type) for e in detail.events] == [
        ("20180921", "公开"),
        ("20190305", "专利申请权的转移"),
    ]
    assert detail.events[1].parsed_type == "transfer"
    assert detail.events[1].application_no == "CN201812345675.1"


def test_half_width_brackets_mean_the_same(page):
    body = page("pss_detail.json").replace("公开（公告）号".encode(), "公开(公告)号".encode())
    assert parse_pss_detail(body).publication.publication_no == "CN108123456A"


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("代理人", "代理师", UnknownLabelError),
        ("申请日", "申请号", UnknownLabelError),
        ('"CN108123456A"', '""', MissingLabelError),
        ("abstractInfoDTO", "abstractDTO", LayoutChangedError),
        ("abstractItemList", "items", LayoutChangedError),
        ("prsDate", "date", LayoutChangedError),
    ],
)
def test_unusual_details_are_refused(page, old, new, error):
    body = page("pss_detail.json")
    assert old.encode() in body
    with pytest.raises(error):
        parse_pss_detail(body.replace(old.encode(), new.encode()))


def test_what_is_no_json_says_what_it_is(page):
    with pytest.raises(TruncatedPageError):
        parse_pss_detail(page("pss_detail.json")[:300])
    with pytest.raises(TruncatedPageError):
        parse_pss_detail(b"")
    with pytest.raises(LoginRequiredError):
        parse_pss_detail("<html><body>请先登录</body></html>".encode())
    with pytest.raises(BlockedError):
        parse_pss_detail("访问过于频繁".encode())
    with pytest.raises(LayoutChangedError):
        parse_pss_detail(b"[]")


def test_legal_states_and_family():
    answer = {
        "lawStateList": [{"lawStateCNMeaning": "授权", "prsDate": "20200107"}],
        "cognationList": [{"pn": "CN108123456A"}, {"pn": "WO2019100000A1"}],
    }
    legal = parse_pss_legal(json.dumps(answer).encode(), "CN201812345675.1")
    assert legal.family == ("CN108123456A", "WO2019100000A1")
    (event,) = legal.events
    assert (event.event_date, event.application_no) == ("20200107", "CN201812345675.1")
    with pytest.raises(LayoutChangedError):
        parse_pss_legal(b"{}")


def test_the_list_of_the_site_since_2020(page):
    result = parse_pss_results(page("pss_results.json"))
    (record,) = result.records
    assert result.total == 1
    assert record.publication_date == "2020.06.05;2020.07.03"
    assert record.grant_date == "2021.01.01"
    assert record.applicants == ("某某公司", "某某大学")
    assert record.ipc == ("H02S20/30", "H01L31/042")
    assert record.agencies == ("某某代理",)
    assert record.abstract == "一种光伏组件。"
    assert record.applicant_addresses == ()
    empty = {"pagination": {"totalCount": 3}, "searchResultRecord": []}
    with pytest.raises(EmptyPageError):
        parse_pss_results(json.dumps(empty).encode())
    with pytest.raises(MissingCounterError):
        parse_pss_results(b'{"searchResultRecord": []}')
    for old, new in (
        (b'{"value": "H02S20/30"}', b'{"symbol": "x"}'),
        (b"searchResultRecord", b"rows"),
    ):
        with pytest.raises(LayoutChangedError):
            parse_pss_results(page("pss_results.json").replace(old, new))


def test_captured_records_come_back_as_they_were(shared):
    """Every captured row, put into the site's answer, is read without loss."""
    columns = {
        "申请号": "申请号", "申请日": "申请日", "公开（公告）号": "公开（公告）号",
        "公开（公告）日": "公开（公告）日", "IPC分类号": "IPC分类号",
        "申请（专利权）人": "申请（专利权）人", "发明人": "发明人", "优先权号": "优先权号",
        "优先权日": "优先权日", "申请人地址": "地址", "申请人邮编": "邮编",
        "申请人所在国（省）": "申请人/专利权人所在国代码", "CPC分类号": "CPC分类号",
        "代理人": "代理人", "代理机构": "代理机构", "外观设计洛迦诺分类号": "外观设计洛迦诺分类号",
    }  # fmt: skip
    path = shared / "data" / "pss_records.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["公开（公告）号"]]
    assert len(rows) > 4_000
    for row in rows:
        items = [{"indexCnName": k, "value": row[v]} for k, v in columns.items()]
        info = {"tioIndex": {"value": row["发明名称"]}, "abstractItemList": items}
        record = parse_pss_detail(json.dumps({"abstractInfoDTO": info}).encode()).publication
        assert record.application_no == row["申请号"]
        assert record.publication_no == row["公开（公告）号"]
        assert ";".join(record.applicants) == row["申请（专利权）人"].rstrip(";")
        assert ";".join(record.applicant_addresses) == row["地址"].rstrip(";")
        assert ";".join(record.ipc) == row["IPC分类号"].rstrip(";")
        assert ";".join(record.inventors) == row["发明人"].rstrip(";")
