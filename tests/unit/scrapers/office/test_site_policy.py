"""Policy documents on the site: listing, pages of documents, states, corrections, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import html

from scrapers.office.amend import amend, amendments, prepare_store, replay
from scrapers.office.catalogue import Catalogue
from scrapers.office.faults import SCRIPT
from scrapers.office.site import Answer, Office

EN_SPACE = "\u2002"
YEAR = {"from": "2013-01-01", "until": "2013-12-31", "page": "1"}
FIRST = "/zcwj/990000-2013-0001.html"


@pytest.fixture
def office_with(store: Path) -> Iterator[Callable[..., Office]]:
    prepare_store(store)
    catalogue = Catalogue(store)
    yield lambda *faults: Office(catalogue, faults=faults)
    catalogue.close()


@pytest.fixture
def office(office_with: Callable[..., Office]) -> Office:
    return office_with()


def ask(office: Office, **changes: str) -> Answer:
    return office.answer("GET", "/zcwj/list.action", YEAR | changes)


def tree(answer: Answer) -> html.HtmlElement:
    return html.fromstring(answer.body.decode())


def field(answer: Answer, name: str) -> str:
    (value,) = tree(answer).xpath(f"//form[@id='zcwj']/input[@name='{name}']/@value")
    return str(value)


def links(answer: Answer) -> list[str]:
    return [str(h) for h in tree(answer).xpath("//div[@class='zc_box']/h2/a/@href")]


def labelled(answer: Answer) -> dict[str, html.HtmlElement]:
    rows = tree(answer).xpath("//table[@class='zc_xx']/tr")
    return {row.xpath("./td[@class='zc_lb']")[0].text: row.xpath("./td")[1] for row in rows}


def test_the_listing_holds_every_document_once_and_then_ends(office: Office) -> None:
    pages = [ask(office, page=str(n)) for n in (1, 2, 3)]
    assert [page.state for page in pages] == ["records", "records", "past_the_end"]
    found = [link for page in pages for link in links(page)]
    assert len(found) == len(set(found)) == 12
    assert found == sorted(found)
    assert [field(pages[1], name) for name in ("numDoc", "numDocc", "pageSize", "page")] == [
        "12",
        "0",
        "10",
        "2",
    ]
    assert tree(pages[0]).findtext(".//title") == "政策文件查询结果"
    assert "javascript:zc_fy(2);" in tree(pages[0]).xpath("//div[@class='next']/a/@href")
    assert "javascript:zc_fy(2);" in tree(pages[2]).xpath("//div[@class='next']/a/@href")
    assert "zc_tz(2)" in tree(pages[0]).xpath("//input[@id='pn']/@onkeypress")[0]


def test_an_item_names_title_province_number_and_day(office: Office) -> None:
    first, second = tree(ask(office)).xpath("//div[@class='zc_box']")[:2]
    assert first.xpath("./h2/a")[0].text == "关于<第1号>产学研合作的意见"
    spans = {span.get("class"): span.text for span in first.xpath("./span")}
    assert spans == {"zc_dq": "甲省", "zc_wh": "甲科〔2013〕1号", "zc_rq": "2013-05-01"}
    assert second.xpath("./span[@class='zc_wh']") == []


def test_days_are_both_included(office: Office) -> None:
    only = ask(office, **{"from": "2013-12-31", "until": "2013-12-31"})
    assert links(only) == ["/zcwj/990000-2013-0012.html"]


def test_a_window_without_documents_states_zero(office: Office) -> None:
    answer = ask(office, **{"from": "2012-01-01", "until": "2012-12-31"})
    assert answer.state == "no_result"
    assert field(answer, "numDoc") == "0"
    assert "抱歉，没有您要查询的结果" in answer.body.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "2013.01.01"},
        {"from": ""},
        {"until": "2013-02-30"},
        {"until": "2012-12-31"},
        {"page": "0"},
        {"page": ""},
    ],
)
def test_a_query_that_cannot_be_read_gets_the_error_page(
    office: Office, changes: dict[str, str]
) -> None:
    answer = ask(office, **changes)
    assert answer.state == "no_result"
    assert b'id="zcwj"' not in answer.body


def test_a_document_shows_all_its_labels_and_paragraphs(office: Office) -> None:
    answer = office.answer("GET", FIRST, {})
    values = labelled(answer)
    assert list(values) == [
        "索引号",
        "地区",
        "标题",
        "发文机关",
        "发文字号",
        "成文日期",
        "发布日期",
    ]
    assert values["成文日期"].text == "2013年4月1日"
    assert values["发布日期"].text == "2013-05-01"
    issuers = values["发文机关"]
    assert issuers.text == "甲省科技厅;"
    hidden = issuers.xpath("./div[@style]")[0].text
    assert hidden == f"{EN_SPACE}甲省教育厅;{EN_SPACE}甲省财政厅;{EN_SPACE}甲省农业、林业局"
    paragraphs = [p.text for p in tree(answer).xpath("//div[@class='zc_zw']/p")]
    assert paragraphs == ["第一段。", "第二段 & 末段。"]


def test_labels_without_value_are_left_out(office: Office) -> None:
    values = labelled(office.answer("GET", "/zcwj/990000-2013-0002.html", {}))
    assert list(values) == ["索引号", "地区", "标题", "发文机关", "发布日期"]


def test_an_unknown_document_is_the_error_page(office: Office) -> None:
    assert office.answer("GET", "/zcwj/990000-2013-9999.html", {}).state == "no_result"


def test_the_form_offers_the_days_there_are(office: Office) -> None:
    page = tree(office.answer("GET", "/zcwj.jsp", {}))
    assert page.xpath("//form[@id='zcwj']/dl//input[@name='from']/@value") == ["2013-05-01"]


def test_a_correction_changes_title_and_counter_and_survives_a_build(
    office: Office, store: Path
) -> None:
    amendment = amend(store, "2013-05", "policy_documents")
    assert (amendment.source, amendment.field) == ("990000-2013-0001", "title")
    answer = ask(office)
    assert field(answer, "numDocc") == "1"
    assert tree(answer).xpath("//h2/a")[0].text.endswith("（更正1）")
    assert labelled(office.answer("GET", FIRST, {}))["标题"].text.endswith("（更正1）")
    assert field(ask(office, **{"from": "2013-12-01"}), "numDocc") == "0"
    assert amendments(store) == [amendment]


def test_corrections_are_replayed_on_a_fresh_store(store: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.sqlite"
    fresh.write_bytes(store.read_bytes())
    amendment = amend(store, "2013-05", "policy_documents")
    replay(fresh, [amendment])
    assert amendments(fresh) == [amendment]


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("empty_first_page", 0),
        ("shrunk_page", 9),
        ("missing_total", 10),
        ("script_title", 10),
        ("mojibake:scope=values,as=latin-1", 10),
        ("swapped_dates", 10),
    ],
)
def test_faults_of_listings_concern_documents_too(
    office_with: Callable[..., Office], fault: str, changed: int
) -> None:
    answer = ask(office_with(fault))
    assert answer.fault == fault
    assert len(links(answer)) == changed


def test_a_script_in_a_title_stands_in_list_and_document(
    office_with: Callable[..., Office],
) -> None:
    office = office_with("script_title")
    headings = [a.text for a in tree(ask(office)).xpath("//div[@class='zc_box']/h2/a")]
    marked = [k for k, heading in enumerate(headings) if heading.startswith(SCRIPT)]
    assert marked == [0]
    title = labelled(office.answer("GET", FIRST, {}))["标题"].text
    assert title == headings[0]
    other = office.answer("GET", "/zcwj/990000-2013-0002.html", {})
    assert labelled(other)["标题"].text == headings[1]


def test_faults_of_documents(office_with: Callable[..., Office]) -> None:
    changed = office_with("unknown_label").answer("GET", FIRST, {})
    assert "制发单位" in labelled(changed)
    missing = office_with("missing_label").answer("GET", FIRST, {})
    assert "发布日期" not in labelled(missing)
    layout = office_with("changed_layout").answer("GET", FIRST, {})
    assert labelled(layout) == {}
    month = office_with("shrunk_page:month=2013-05")
    assert len(links(ask(month))) == 10
    assert len(links(ask(month, **{"from": "2013-05-01", "until": "2013-05-31"}))) == 9
