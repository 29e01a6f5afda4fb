"""Reading of gazette pages: saved ones in place, and pages written in their style."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from scrapers.errors import (
    MissingCounterError,
    MissingLabelError,
    RobotCheckError,
    UnexpectedPageError,
    UnknownLabelError,
)
from scrapers.parsers.gazette import parse_gazette_page, require_counters
from scrapers.parsers.text import LAYOUT, PageState, guard_state

EN = "\u2002"


def test_a_record_is_read_whole_hidden_parts_included(page):
    result = parse_gazette_page(page("gazette_records.html"), "pip")
    assert result.state is PageState.RECORDS
    assert result.last_page == 2
    record = result.records[0]
    assert asdict(replace(record, raw_pointer="")) == {
        "source_type": "pip",
        "record_heading": "发明公布",
        "title": "一种锂电池<隔膜>的制备方法",
        "publication_no": "CN109999901A",
        "publication_date": "2019.07.12",
        "application_no": "201780002534X",
        "application_date": "2017.03.10",
        "applicants": f"青山县某某能源科技有限公司;{EN}某某大学;{EN}甲·乙（美国）有限责任公司",
        "inventors": f"赵一;{EN}钱二;{EN}孙三",
        "address": "100080北京市海淀区某某路8号：B座",
        "ipc": f"H01M10/0525(2010.01)I;{EN}H01M2/16(2006.01)I;{EN}B01D67/00(2006.01)N",
        "agency": "北京某某知识产权代理有限责任公司11204",
        "agents": f"李四;{EN}周五",
        "priority": "62/306,215 2016.03.10 US",
        "domestic_priority": "201610123456.7 2016.03.04 CN",
        "pct_entry_date": "2018.01.25",
        "pct_application": "PCT/CN2017/076240 2017.03.10",
        "pct_publication": "WO2018/161336 EN 2018.09.13",
        "cited_documents": None,
        "divisional_of": "201510000001.2 2015.01.05",
        "bio_deposit": "CGMCC No.1234 2016.01.01",
        "correction_date": None,
        "abstract": "本发明提供一种隔膜，其特征在于：孔隙率为40%。",
        "source_file": "",
        "source_row": 1,
        "raw_pointer": "",
    }
    assert record.raw_pointer == f"sha256:{result.digest}#1"


def test_a_corrected_publication_says_so_in_its_heading_and_names_its_day(page):
    body = page("gazette_records.html").decode()
    body = body.replace("[发明公布]", "[发明公布更正]", 1)
    body = body.replace("<li>生物保藏：", "<li>更正文献出版日：2019.08.06</li><li>生物保藏：", 1)
    first, second = parse_gazette_page(body.encode(), "pip").records
    assert (first.record_heading, first.correction_date) == ("发明公布更正", "2019.08.06")
    assert (second.record_heading, second.correction_date) == ("发明公布", None)
    assert first.bio_deposit == "CGMCC No.1234 2016.01.01"


def test_a_record_without_hidden_parts_leaves_the_rest_empty(page):
    record = parse_gazette_page(page("gazette_records.html"), "pip").records[1]
    assert record.applicants == f"周七;{EN}吴八"
    assert record.ipc == "H02S20/30(2014.01)I"
    assert (record.agency, record.abstract, record.priority) == (None, None, None)


def test_labels_of_granted_designs_are_known_too(page):
    (record,) = parse_gazette_page(page("gazette_design.html"), "pdg").records
    assert (record.publication_no, record.applicants, record.inventors, record.ipc) == (
        "CN305246901S",
        "某某茶业有限公司",
        "郑十",
        "07-01(12)",
    )
    assert record.abstract == "用于喝茶。"


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("gazette_records.html", PageState.RECORDS),
        ("gazette_past_the_end.html", PageState.PAST_THE_END),
        ("gazette_no_result.html", PageState.NO_RESULT),
    ],
)
def test_counters_of_the_window_are_read_in_every_state_of_a_listing(page, name, state):
    result = parse_gazette_page(page(name), "pip")
    assert result.state is state
    assert require_counters(result) == {
        "numIp": 22,
        "numIpc": 1,
        "numIg": 0,
        "numUg": 3,
        "numDg": 1,
    }


def test_a_robot_check_is_recognised_from_content_and_from_bytes(page):
    body = page("robot_check.html")
    with pytest.raises(RobotCheckError):
        parse_gazette_page(body, "pip")
    assert guard_state(body) is PageState.ROBOT_CHECK
    assert guard_state(page("gazette_records.html")) is None


@pytest.mark.parametrize("body", [b"", b"  ", b"<html><title>503</title>busy</html>", b"{}"])
def test_an_unknown_page_is_an_error(body):
    with pytest.raises(UnexpectedPageError):
        parse_gazette_page(body, "pip")


def _changed(body: bytes, old: str, new: str) -> bytes:
    assert old.encode() in body
    return body.replace(old.encode(), new.encode())


def test_an_unknown_label_is_an_error(page):
    body = _changed(page("gazette_records.html"), "生物保藏：", "保藏信息：")
    with pytest.raises(UnknownLabelError, match="保藏信息"):
        parse_gazette_page(body, "pip")


def test_a_missing_label_is_an_error(page):
    body = _changed(page("gazette_records.html"), '<li class="wl228">申请日：2019.01.10</li>', "")
    with pytest.raises(MissingLabelError, match="申请日 in record 2"):
        parse_gazette_page(body, "pip")


def test_records_of_another_source_are_an_error(page):
    with pytest.raises(UnexpectedPageError, match="asked for pig"):
        parse_gazette_page(page("gazette_records.html"), "pig")


def test_a_counter_that_is_no_number_is_an_error(page):
    body = _changed(
        page("gazette_records.html"), 'pato.numIp.value = "22"', 'pato.numIp.value = "?"'
    )
    with pytest.raises(MissingCounterError):
        parse_gazette_page(body, "pip")


def test_a_page_without_counters_cannot_be_judged(page):
    body = _changed(page("gazette_no_result.html"), 'id="pato"', 'id="other"')
    with pytest.raises(MissingCounterError):
        require_counters(parse_gazette_page(body, "pip"))


NAME = st.text(
    st.sampled_from("甲乙丙丁公司大学（）()·.&<>\"'、，-Ω0aB"), min_size=1, max_size=12
).filter(lambda name: name.strip() == name)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(NAME, min_size=1, max_size=9), shown=st.integers(1, 4))
def test_every_list_of_names_survives_the_page_whatever_part_is_hidden(
    names, shown, record_box, listing
):
    box = record_box("pug", 7, "2019.07.09", names, shown)
    body = listing("pato", "专利查询结果展示-公布模式", {"numIp": 0}, box, 1)
    (record,) = parse_gazette_page(body, "pug").records
    assert record.applicants == f";{EN}".join(names)


class TestSavedPages:
    """Pages of the real site, read where they are."""

    @pytest.fixture(scope="class")
    def saved(self, shared):
        return lambda part: next((shared / "data" / "pages").glob(f"*{part}*.html")).read_bytes()

    def test_states(self, saved):
        states = {
            part: parse_gazette_page(saved(part), "pip").state
            for part in ("正常显示", "超过显示页数", "没有您要查询的结果")
        }
        assert list(states.values()) == [
            PageState.RECORDS,
            PageState.PAST_THE_END,
            PageState.NO_RESULT,
        ]
        with pytest.raises(RobotCheckError):
            parse_gazette_page(saved("类似计算机"), "pip")

    def test_hidden_names_symbols_and_fields(self, saved):
        records = parse_gazette_page(saved("正常显示"), "pip").records
        assert [r.publication_no for r in records] == [
            "CN103713894A",
            "CN104575553A",
            "CN108885152A",
        ]
        third = records[2]
        assert third.applicants == f"百度时代网络技术（北京）有限公司;{EN}百度（美国）有限责任公司"
        assert third.inventors is not None
        assert len(third.inventors.split(f";{EN}")) == 11
        assert third.ipc == f"G01M1/12(2006.01)I;{EN}G01G19/10(2006.01)I;{EN}B60R16/02(2006.01)I"
        assert third.pct_publication == "WO2018/161336 EN 2018.09.13"
        assert third.title == "解决自动驾驶车辆的转向不足的自动转向控制参考自适应"
        assert third.abstract is not None
        assert "整个ADV的整个质量的中心" in third.abstract  # joined across the hidden half

    def test_nothing_on_the_page_is_lost(self, saved):
        """Every text of a record stands in one of its fields, whatever hides it on the page."""
        body = saved("正常显示")
        records = parse_gazette_page(body, "pip").records
        boxes = html.document_fromstring(body, html.HTMLParser(encoding="utf-8"))
        boxes = boxes.xpath("//div[@class='cp_box']/div[@class='cp_linr']")
        assert len(boxes) == len(records)
        n_texts = 0
        for box, record in zip(boxes, records, strict=True):
            fields = [str(value) for value in asdict(record).values() if value]
            for text in box.xpath(".//text()[not(ancestor::p)]"):
                part = text.strip(LAYOUT + "\u2002")
                label, colon, value = part.partition("：")
                if colon and len(label) <= 12:
                    part = value.strip(LAYOUT)
                if part in ("", "全部", f"[{record.record_heading}]\xa0{record.title}"):
                    continue
                n_texts += 1
                assert any(part.rstrip(";") in field for field in fields), part
        assert n_texts > 40
