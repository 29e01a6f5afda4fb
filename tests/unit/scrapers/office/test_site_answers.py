"""What the office answers to each request, asked without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from scrapers.office.amend import amend, prepare_store
from scrapers.office.catalogue import Catalogue
from scrapers.office.site import Answer, Office

EN_SPACE = "\u2002"
JULY = "OPD=BETWEEN['2019.07.01','2019.07.31']"
EVENTS_JULY = "BETWEEN['2019.07.01','2019.07.31']"
TRANSFER = "专利申请权、专利权的转移"


@pytest.fixture
def office(store: Path) -> Iterator[Office]:
    prepare_store(store)
    catalogue = Catalogue(store)
    yield Office(catalogue)
    catalogue.close()


def ask(office: Office, source: str = "pip", where: str = JULY, **changes: str) -> Answer:
    form = {
        "showType": "1",
        "strSources": source,
        "strWhere": where,
        "numSortMethod": "3",
        "pageSize": "20",
        "pageNow": "1",
    }
    return office.answer("POST", "/patentoutline.action", form | changes)


def ask_events(office: Office, when: str = EVENTS_JULY, **changes: str) -> Answer:
    form = {"strType": "", "strDate": when, "pageSize": "20", "pageNow": "1"}
    return office.answer("POST", "/tranoutline.action", form | changes)


def field(answer: Answer, name: str, form: str = "pato") -> str:
    values = html.fromstring(answer.body.decode()).xpath(
        f"//form[@id='{form}']/input[@name='{name}']/@value"
    )
    assert len(values) == 1
    return str(values[0])


def labelled(answer: Answer, record: int = 0) -> list[str]:
    box = html.fromstring(answer.body.decode()).xpath("//div[@class='cp_linr']")[record]
    return [li.text_content().strip() for li in box.xpath("./ul/li") if li.text_content().strip()]


def test_every_page_states_the_totals_of_all_sources(office: Office) -> None:
    for source in ("pip", "pig", "pug", "pdg"):
        answer = ask(office, source)
        totals = [field(answer, name) for name in ("numIp", "numIg", "numUg", "numDg")]
        assert totals == ["25", "1", "1", "1"]


def test_the_pages_of_a_window_hold_every_record_once_and_then_end(office: Office) -> None:
    numbers: list[str] = []
    for page, state in ((1, "records"), (2, "records"), (3, "past_the_end")):
        answer = ask(office, pageNow=str(page))
        assert answer.state == state
        tree = html.fromstring(answer.body.decode())
        numbers += tree.xpath("//a[@class='qrcode']/@id")
    assert len(numbers) == len(set(numbers)) == 25


def test_the_bulk_list_has_a_hundred_records_a_page(office: Office) -> None:
    answer = ask(office, pageSize="100")
    tree = html.fromstring(answer.body.decode())
    assert len(tree.xpath("//div[@class='cp_box']")) == 25
    assert tree.xpath("//select[@id='ts']/option[@selected]/@value") == ["100"]
    assert field(ask_events(office, pageSize="100"), "pageSize", "tran") == "100"
    assert ask(office, pageSize="100", pageNow="2").state == "past_the_end"


def test_past_the_end_keeps_the_chrome_and_links_back(office: Office) -> None:
    tree = html.fromstring(ask(office, pageNow="100").body.decode())
    assert tree.findtext(".//title") == "专利查询结果展示-公布模式"
    assert not tree.xpath("//div[@class='cp_box']")
    assert "javascript:zl_fy(99);" in tree.xpath("//div[@class='next']/a/@href")
    assert "zl_tz(2)" in tree.xpath("//input[@id='pn']/@onkeypress")[0]


def test_a_window_without_records_states_a_total_of_zero(office: Office) -> None:
    answer = ask(office, "pig", "OPD=BETWEEN['2019.08.01','2019.08.31']")
    tree = html.fromstring(answer.body.decode())
    assert answer.state == "no_result"
    assert tree.findtext(".//title") == "错误页面"
    assert "抱歉，没有您要查询的结果" in tree.xpath("//div[@class='cx_nojg']")[0].text_content()
    assert [field(answer, name) for name in ("numIp", "numIg")] == ["1", "0"]


def test_a_window_across_months_counts_both(office: Office) -> None:
    answer = ask(office, where="OPD=BETWEEN['2019.07.09','2019.08.06']")
    assert [field(answer, name) for name in ("numIp", "numDg")] == ["4", "2"]


def test_hidden_names_and_symbols_are_all_on_the_page(office: Office) -> None:
    answer = ask(office, where="AN='201780002534X'")
    lines = labelled(answer)
    assert "申请人：百川时代网络技术（北京）有限公司;" in lines[4]
    assert lines[4].endswith(f"\n{EN_SPACE}百川（海外）有限责任公司")
    assert lines[5].endswith(
        EN_SPACE.join(["", "某乙;", "某丙;", "某丁;", "某戊;", "某己;", "某庚;", "某辛"])
    )
    assert lines[7].startswith("分类号：G01M1/12(2006.01)I;")
    hidden = html.fromstring(answer.body.decode()).xpath("//div[@class='cp_linr']/ul//ul/li")
    assert [li.text_content().strip("\n") for li in hidden] == [
        f"{EN_SPACE}G01G19/10(2006.01)I;{EN_SPACE}B60R16/02(2006.01)I",
        "专利代理机构：北京虚构知识产权代理有限责任公司11204",
        f"代理人：马某;{EN_SPACE}王某",
        "优先权：15/123,456 2016.08.01 US",
        "PCT进入国家阶段日：2018.01.25",
        "PCT申请数据：PCT/CN2017/076240 2017.03.10",
        "PCT公布数据：WO2018/161336 EN 2018.09.13",
    ]


def test_the_whole_abstract_is_on_the_page(office: Office) -> None:
    box = html.fromstring(ask(office, where="AN='201780002534X'").body.decode())
    assert box.xpath("//div[@class='cp_jsh']")[0].text_content().count("风") == 300
    assert len(box.xpath("//div[@class='cp_jsh']/span[@style]")) == 1


def test_values_are_escaped(office: Office) -> None:
    answer = ask(office, where="TI='<b>%'")
    assert b"<b>" not in answer.body
    heading = html.fromstring(answer.body.decode()).xpath("//h1")[0].text_content()
    assert heading.strip() == "[发明公布]\u00a0<b>转向</b>不足 & 控制"


def test_grants_and_designs_have_their_own_labels(office: Office) -> None:
    grant = labelled(ask(office, "pig"))
    assert [line.partition("：")[0] for line in grant[:6]] == [
        "授权公告号",
        "授权公告日",
        "申请号",
        "申请日",
        "专利权人",
        "发明人",
    ]
    assert f"对比文件：CN 101261645 A,2008.09.10,;{EN_SPACE}WO 2004098187 A1" in grant[-1]
    assert labelled(ask(office, "pdg"))[5] == "设计人：甲乙"


@pytest.mark.parametrize(
    ("sort", "first"), [("3", "CN119070201A"), ("4", "CN119070901A"), ("0", "CN119070901A")]
)
def test_the_order_follows_the_sort_method(office: Office, sort: str, first: str) -> None:
    tree = html.fromstring(ask(office, numSortMethod=sort).body.decode())
    assert tree.xpath("//a[@class='qrcode']/@id")[0] == first


@pytest.mark.parametrize(
    "changes",
    [
        {"showType": "2"},
        {"strSources": "pxx"},
        {"strWhere": "1=1"},
        {"pageSize": "50"},
        {"pageNow": "0"},
        {"pageNow": "-1"},
        {"pageNow": "９"},
        {"pageNow": "9" * 30},
        {"numSortMethod": "9"},
    ],
)
def test_an_unreadable_form_gets_the_error_page(office: Office, changes: dict[str, str]) -> None:
    answer = ask(office, **changes)
    assert (answer.state, answer.status) == ("no_result", 200)
    assert b'id="pato"' not in answer.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/patentoutline.action"),
        ("GET", "/tranoutline.action"),
        ("GET", "/nj/city/1999.csv"),
        ("GET", "/nj/county/2019.csv"),
        ("GET", "/etc/passwd"),
        ("POST", "/index.action"),
        ("POST", "/pam.action"),
    ],
)
def test_what_the_site_does_not_know_gets_the_error_page(
    office: Office, method: str, path: str
) -> None:
    assert office.answer(method, path, {}).state == "no_result"


def test_one_record_can_be_asked_by_its_number(office: Office) -> None:
    answer = office.answer(
        "POST",
        "/patentdetail.action",
        {"strSources": "pip", "strWhere": "申请号='201780002534X' and GBINDEX=1"},
    )
    assert len(labelled(answer)) == 8


def test_events_show_number_day_type_and_text(office: Office) -> None:
    answer = ask_events(office)
    tables = html.fromstring(answer.body.decode()).xpath("//div[@class='table_flztxx']/table")
    rows = [[td.text_content() for td in row.xpath("./td")] for row in tables[0].xpath("./tr")]
    assert rows[:3] == [
        ["申请号", "2018000000010"],
        ["事务数据公告日", "2019.07.02"],
        ["事务数据类型", TRANSFER],
    ]
    text = tables[0].xpath(".//td[@class='flzt_xx']")[0]
    assert len(text.xpath("./br")) == 7
    assert text.text == "专利权的转移"
    assert [field(answer, name, "tran") for name in ("numTran", "numTranc")] == ["3", "0"]


def test_events_are_counted_by_type(office: Office) -> None:
    assert field(ask_events(office, strType=TRANSFER), "numTran", "tran") == "2"
    nothing = ask_events(office, strType="专利权的终止")
    assert nothing.state == "no_result"
    assert field(nothing, "numTran", "tran") == "0"
    assert ask_events(office, pageNow="2").state == "past_the_end"


def test_events_of_one_application(office: Office) -> None:
    assert office.answer("POST", "/fullTran.action", {"an": "2018000000010"}).state == "records"
    assert office.answer("POST", "/fullTran.action", {"an": "1"}).state == "no_result"


def test_yearbooks_leave_missing_cells_empty(office: Office) -> None:
    answer = office.answer("GET", "/nj/city/2019.csv", {})
    assert answer.body.decode() == (
        "year,adcode,city_name,gdp\n2019,110000,北京市,354457000\n2019,130100,石家庄市,\n"
    )


def test_the_robot_check_comes_after_the_asked_number_of_requests(store: Path) -> None:
    prepare_store(store)
    office = Office(Catalogue(store), robot_check_after=2)
    assert [ask(office).state for _ in range(3)] == ["records", "records", "robot_check"]
    assert office.answer("GET", "/robots.txt", {}).state == "robots"
    page = html.fromstring(ask(office).body.decode())
    assert page.findtext(".//title") == "请输入验证码"
    assert page.xpath("//form/@action") == ["/verify-captcha.jpg"]


def test_the_same_request_gets_the_same_bytes(office: Office, store: Path) -> None:
    assert ask(office) == ask(office) == ask(Office(Catalogue(store)))


def test_an_amendment_shows_at_once_and_in_its_own_month_only(office: Office, store: Path) -> None:
    before = ask(office, "pdg")
    august = ask(office, "pdg", "OPD=BETWEEN['2019.08.01','2019.08.31']")
    events = ask_events(office)
    assert amend(store, "2019-07").source == "pdg"
    after = ask(office, "pdg")
    assert [field(before, "numDgc"), field(after, "numDgc")] == ["0", "1"]
    assert [field(after, name) for name in ("numIpc", "numIgc", "numUgc")] == ["0", "0", "0"]
    assert "虚构路10号".encode() in after.body
    assert ask(office, "pdg", "OPD=BETWEEN['2019.08.01','2019.08.31']") == august
    assert ask_events(office) == events
    both = ask(office, "pdg", "OPD=BETWEEN['2019.07.31','2019.08.31']")
    assert field(both, "numDgc") == "1"


def test_corrections_of_a_narrower_query_are_not_stated(office: Office) -> None:
    assert field(ask(office, where=f"{JULY} and PA='虚构%'"), "numIpc") == ""
