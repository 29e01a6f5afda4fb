"""Faults of the source: what each switch does to an answer, and when."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import html

from scrapers.office.amend import prepare_store
from scrapers.office.catalogue import Catalogue
from scrapers.office.faults import KINDS, SCRIPT, FaultError, parse_fault
from scrapers.office.site import Answer, Office

JULY = "OPD=BETWEEN['2019.07.01','2019.07.31']"
EVENTS_JULY = "BETWEEN['2019.07.01','2019.07.31']"
TRANSFER = "专利申请权、专利权的转移"

Ask = Callable[..., Answer]


@pytest.fixture
def office_with(store: Path) -> Iterator[Callable[..., Office]]:
    prepare_store(store)
    catalogue = Catalogue(store)
    yield lambda *faults, **options: Office(catalogue, faults=faults, **options)
    catalogue.close()


def ask(office: Office, source: str = "pip", **changes: str) -> Answer:
    form = {
        "showType": "1",
        "strSources": source,
        "strWhere": JULY,
        "numSortMethod": "3",
        "pageSize": "10",
        "pageNow": "1",
    }
    return office.answer("POST", "/patentoutline.action", form | changes)


def ask_events(office: Office, **changes: str) -> Answer:
    form = {"strType": "", "strDate": EVENTS_JULY, "pageSize": "10", "pageNow": "1"}
    return office.answer("POST", "/tranoutline.action", form | changes)


def tree(answer: Answer) -> html.HtmlElement:
    return html.fromstring(answer.body.decode())


def numbers(answer: Answer) -> list[str]:
    return [str(n) for n in tree(answer).xpath("//a[@class='qrcode']/@id")]


def title(answer: Answer) -> str:
    return str(tree(answer).findtext(".//title"))


def field(answer: Answer, name: str, form: str = "pato") -> str:
    (value,) = tree(answer).xpath(f"//form[@id='{form}']/input[@name='{name}']/@value")
    return str(value)


def listed_events(answer: Answer) -> list[str]:
    return [table.text_content() for table in tree(answer).xpath("//div[@class='table_flztxx']")]


# ---------------------------------------------------------------- spelling


def test_a_fault_is_read_with_all_its_options() -> None:
    fault = parse_fault("shrunk_page:rows=4,source=pip,month=2019-07,page=2,after=1,times=3")
    assert (fault.name, fault.source, fault.month, fault.page) == (
        "shrunk_page",
        "pip",
        "2019-07",
        2,
    )
    assert (fault.after, fault.times, fault.options) == (1, 3, {"rows": "4"})


@pytest.mark.parametrize(
    "text",
    [
        "no_such_fault",
        "",
        "reset:",
        "reset:after",
        "reset:after=x",
        "reset:after=-1",
        "reset:rows=2",
        "reset:variant=never",
        "reset:after=1,after=2",
        "shrunk_page:rows=many",
        "missing_total:month=2019-13",
        "missing_year:year=19",
        "path_stamp:stamp=12",
        "login:path=x",
    ],
)
def test_a_fault_that_is_spelled_wrong_is_refused(text: str) -> None:
    if text == "reset:":
        assert parse_fault(text).name == "reset"
        return
    with pytest.raises(FaultError):
        parse_fault(text)


def test_every_fault_is_in_the_document() -> None:
    document = (Path(__file__).parents[4] / "docs" / "office.md").read_text(encoding="utf-8")
    missing = [name for name in KINDS if f"| `{name}`" not in document]
    assert missing == []


# ---------------------------------------------------------------- which requests


def test_after_and_times_count_the_requests_that_match(office_with: Callable[..., Office]) -> None:
    office = office_with("robot_check:after=1,times=2,source=pig")
    states = [ask(office, source).state for source in ("pig", "pip", "pig", "pig", "pip", "pig")]
    assert states == ["records", "records", "robot_check", "robot_check", "records", "records"]


@pytest.mark.parametrize(
    ("condition", "changes", "is_hit"),
    [
        ("month=2019-07", {}, True),
        ("month=2019-08", {}, False),
        ("year=2019", {}, True),
        ("year=2018", {}, False),
        ("month=2019-07", {"strWhere": "OPD=BETWEEN['2019.07.01','2019.08.31']"}, False),
        ("page=2", {}, False),
        ("page=2", {"pageNow": "2"}, True),
        ("path=/patentoutline.action", {}, True),
        ("path=/patent*", {}, True),
        ("path=/tranoutline.action", {}, False),
    ],
)
def test_conditions_choose_the_requests(
    office_with: Callable[..., Office], condition: str, changes: dict[str, str], is_hit: bool
) -> None:
    answer = ask(office_with(f"block:{condition}"), **changes)
    assert (answer.state == "blocked") is is_hit
    assert answer.fault == (f"block:{condition}" if is_hit else "")


def test_yearbooks_are_chosen_by_their_year(office_with: Callable[..., Office]) -> None:
    office = office_with("missing_year:year=2019")
    assert office.answer("GET", "/nj/city/2019.csv", {}).state == "no_result"
    assert (
        office_with("missing_year:year=2018").answer("GET", "/nj/city/2019.csv", {}).state
        == "table"
    )


@pytest.mark.parametrize("path", ["/robots.txt", "/css/style.css", "/images/x.gif"])
def test_robots_and_pictures_are_spared(office_with: Callable[..., Office], path: str) -> None:
    assert office_with("block", "status_500").answer("GET", path, {}).fault == ""
    assert office_with(f"status_500:path={path}").answer("GET", path, {}).status == 500


def test_faults_come_and_go_with_their_file(
    office_with: Callable[..., Office], tmp_path: Path
) -> None:
    file = tmp_path / "faults.txt"
    office = office_with(faults_file=file)
    assert ask(office).state == "records"
    file.write_text("# pages\n\nlogin:times=1\n", encoding="utf-8")
    assert [ask(office).state for _ in range(2)] == ["login", "records"]
    file.write_text("login:times=1\n#\n", encoding="utf-8")  # counts from the start again
    assert ask(office).state == "login"
    file.write_text("nonsense\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(FaultError, match="nonsense"):
            ask(office)
    file.unlink()
    assert ask(office).state == "records"


def test_a_file_is_read_again_when_only_its_time_changes(
    office_with: Callable[..., Office], tmp_path: Path
) -> None:
    file = tmp_path / "faults.txt"
    file.write_text("login:times=1\n", encoding="utf-8")
    office = office_with(faults_file=file)
    assert [ask(office).state for _ in range(2)] == ["login", "records"]
    os.utime(file, ns=(1, 1))
    assert ask(office).state == "login"


# ---------------------------------------------------------------- rows of a listing


def test_an_empty_first_page_still_states_its_total(office_with: Callable[..., Office]) -> None:
    office = office_with("empty_first_page")
    answer = ask(office)
    assert numbers(answer) == []
    assert title(answer) == "专利查询结果展示-公布模式"
    assert field(answer, "numIp") == "25"
    assert len(numbers(ask(office, pageNow="2"))) == 10


def test_the_end_comes_early_in_the_middle_only(office_with: Callable[..., Office]) -> None:
    office = office_with("past_the_end_early:page=2")
    assert len(numbers(ask(office))) == 10
    answer = ask(office, pageNow="2")
    assert answer.state == "past_the_end"
    assert "javascript:zl_fy(1);" in tree(answer).xpath("//div[@class='next']/a/@href")


def test_a_page_shrinks(office_with: Callable[..., Office]) -> None:
    assert len(numbers(ask(office_with("shrunk_page")))) == 9
    assert len(numbers(ask(office_with("shrunk_page:rows=7")))) == 3
    assert len(listed_events(ask_events(office_with("shrunk_page")))) == 2


def test_a_total_shifts_after_it_was_stated(office_with: Callable[..., Office]) -> None:
    office = office_with("shifted_total")
    pages = [ask(office), ask(office, pageNow="2"), ask(office, pageNow="3")]
    assert [field(page, "numIp") for page in pages] == ["25", "26", "26"]
    assert [len(numbers(page)) for page in pages] == [10, 10, 5]
    down = office_with("shifted_total:by=-1,after=1")
    totals = [field(ask(down, pageNow=str(n)), "numIp") for n in (1, 2, 3)]
    assert totals == ["25", "25", "24"]


def test_a_total_is_not_stated(office_with: Callable[..., Office]) -> None:
    answer = ask(office_with("missing_total"))
    assert field(answer, "numIp") == field(answer, "numIpc") == ""
    assert field(answer, "numSortMethod") == "3"
    assert b'numIp.value = "";' in answer.body
    assert len(numbers(answer)) == 10


def test_a_slice_is_served_twice(office_with: Callable[..., Office]) -> None:
    office = office_with("duplicate_slice:page=2")
    first, second, third = (ask(office, pageNow=str(n)) for n in (1, 2, 3))
    assert numbers(first) == numbers(second)
    assert field(second, "pageNow") == "2"
    assert not set(numbers(third)) & set(numbers(first))


def test_records_of_another_source(office_with: Callable[..., Office]) -> None:
    heading = tree(ask(office_with("wrong_source"))).xpath("//h1")[0].text_content()
    assert "[发明授权]" in heading
    others = ask_events(office_with("wrong_source"), strType=TRANSFER)
    assert all(TRANSFER not in text for text in listed_events(others))
    assert len(listed_events(ask_events(office_with("wrong_source")))) == 3  # all types asked


def test_records_of_other_days(office_with: Callable[..., Office]) -> None:
    answer = ask(office_with("swapped_dates"))
    assert "申请公布日：2018.03.05" in answer.body.decode()
    assert "申请日：2019.07.02" in answer.body.decode()
    assert "2018.07.02" in listed_events(ask_events(office_with("swapped_dates")))[0]


def test_an_event_is_listed_twice_and_no_other_is_lost(
    office_with: Callable[..., Office],
) -> None:
    well = listed_events(ask_events(office_with()))
    answer = ask_events(office_with("duplicate_events"))
    assert listed_events(answer) == [well[0], *well]
    assert field(answer, "numTran", "tran") == "4"


def test_a_script_stands_in_a_title_as_text(office_with: Callable[..., Office]) -> None:
    answer = ask(office_with("script_title"))
    assert SCRIPT in tree(answer).xpath("//h1")[0].text_content()
    assert SCRIPT.encode() not in answer.body
    assert len(numbers(answer)) == 10


# ---------------------------------------------------------------- pages in the way


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("robot_check", 200, "请输入验证码"),
        ("login", 200, "用户登录"),
        ("login:variant=expired", 200, "会话已超时"),
        ("block", 200, "访问过于频繁"),
        ("block:variant=refused", 200, "拒绝访问"),
        ("block:variant=412", 412, "$_ts"),
        ("status_500", 500, "500 Internal Server Error"),
        ("status_502", 502, "502 Bad Gateway"),
        ("status_503", 503, "503 Service Temporarily Unavailable"),
        ("error_page_200", 200, "抱歉，没有您要查询的结果"),
        ("error_page_200:variant=exception", 200, "查询超时"),
    ],
)
def test_another_page_stands_in_the_way(
    office_with: Callable[..., Office], fault: str, status: int, words: str
) -> None:
    answer = ask(office_with(fault))
    assert answer.status == status
    assert words in answer.body.decode()
    assert b"cp_box" not in answer.body
    assert b'id="pato"' not in answer.body


def test_no_page_says_that_it_is_a_fault(office_with: Callable[..., Office]) -> None:
    for name in KINDS:
        office = office_with(name)
        for answer in (
            ask(office),
            ask(office, pageNow="2"),
            ask_events(office, strType=TRANSFER),
            office.answer("GET", "/nj/city/2019.csv", {}),
        ):
            if answer.fault and answer.delivery is None:
                assert answer.fault == name
                text = answer.body.decode(errors="replace").lower()
                assert not re.search(r"fault|inject|test|simulat|模拟|测试|故障", text), text


def test_redirects_go_round_or_to_the_login(office_with: Callable[..., Office]) -> None:
    office = office_with("redirect_loop:source=pip")
    answer = ask(office)
    assert answer.status == 302
    assert answer.delivery is not None
    ((name, location),) = answer.delivery.headers
    again = office.answer("GET", location, {})
    assert (name, again.status) == ("location", 302)
    assert again.delivery == answer.delivery
    assert office_with().answer("GET", location, {}).status == 200
    to_login = ask(office_with("redirect_to_login"))
    assert to_login.delivery is not None
    assert to_login.delivery.headers == (("location", "/login.jsp"),)
    assert "用户登录" in title(office_with().answer("GET", "/login.jsp", {}))


# ---------------------------------------------------------------- bytes of a page


def test_the_layout_changes(office_with: Callable[..., Office]) -> None:
    well, changed = ask(office_with()), ask(office_with("changed_layout"))
    assert tree(changed).xpath("//div[@class='cp_box']") == []
    assert tree(changed).text_content() == tree(well).text_content()


def test_labels_change_or_are_missing_in_one_record(office_with: Callable[..., Office]) -> None:
    text = ask(office_with("unknown_label")).body.decode()
    assert (text.count("<li>联系地址："), text.count("<li>地址：")) == (1, 9)
    assert ask(office_with("missing_label")).body.decode().count("申请号：") == 9
    events = ask_events(office_with("unknown_label")).body.decode()
    assert events.count(">法律状态类别<") == 1
    assert ask_events(office_with("missing_label")).body.decode().count(">申请号<") == 2


def test_a_year_is_missing(office_with: Callable[..., Office]) -> None:
    answer = ask(office_with("missing_year:year=2019"))
    assert answer.state == "no_result"
    assert [field(answer, n) for n in ("numIp", "numIg", "numUg", "numDg")] == ["0"] * 4


def test_after_a_new_stamp_the_old_path_finds_nothing_and_says_no_word(
    office_with: Callable[..., Office],
) -> None:
    office = office_with("path_stamp:stamp=1207")
    answer = ask(office)
    assert answer.state == "no_result"
    assert field(answer, "numIp") == "0"
    assert field(ask_events(office), "numTran", "tran") == "0"
    index = office.answer("GET", "/index.action", {})
    assert tree(index).xpath("//form[@id='pato']/@action") == ["patentoutline1207.action"]
    form = {
        "showType": "1",
        "strSources": "pip",
        "strWhere": JULY,
        "numSortMethod": "3",
        "pageSize": "10",
        "pageNow": "1",
    }
    assert len(numbers(office.answer("POST", "/patentoutline1207.action", form))) == 10
    well = office_with()
    assert well.answer("POST", "/patentoutline1207.action", form).state == "no_result"


def test_encodings_are_wrong(office_with: Callable[..., Office]) -> None:
    well = ask(office_with()).body.decode()
    wrong = ask(office_with("wrong_encoding"))
    assert wrong.body.decode("gb18030") == well
    assert wrong.content_type == "text/html; charset=utf-8"
    damaged = ask(office_with("mojibake")).body.decode()
    assert "申请号" not in damaged
    assert damaged.count("<li") == well.count("<li")
    values = ask(office_with("mojibake:scope=values")).body.decode()
    assert "申请号" in values
    assert "一种装置".encode().decode("gbk", errors="replace") in values
    latin = ask(office_with("mojibake:scope=values,as=latin-1")).body.decode()
    assert "\ufffd" not in latin
    assert "一种装置".encode().decode("latin-1") in html.fromstring(latin).text_content()
    holes = ask(office_with("replacement_characters")).body.decode()
    assert "一\ufffd装置" in holes or "\ufffd" in holes
    assert holes.count("<li") == well.count("<li")


def test_bodies_are_cut(office_with: Callable[..., Office]) -> None:
    well = ask(office_with()).body
    cut = ask(office_with("truncated_body"))
    assert well.startswith(cut.body)
    assert 0 < len(cut.body) < len(well)
    assert cut.delivery is None
    for name in ("short_body", "reset"):
        answer = ask(office_with(name))
        assert answer.delivery is not None
        assert answer.body == well
        assert 0 < answer.delivery.sent < len(well)


def test_a_zip_bomb_holds_the_page_and_very_much_more(
    office_with: Callable[..., Office],
) -> None:
    answer = ask(office_with("zip_bomb:mb=20"))
    unpacked = gzip.decompress(answer.body)
    assert unpacked.startswith(ask(office_with()).body)
    assert len(unpacked) > 20_000_000 > 100 * len(answer.body)


def test_yearbooks_are_html_or_cut(office_with: Callable[..., Office]) -> None:
    notice = office_with("html_in_csv").answer("GET", "/nj/city/2019.csv", {})
    assert notice.content_type.startswith("text/csv")
    assert "维护" in title(notice)
    cut = office_with("short_csv").answer("GET", "/nj/city/2019.csv", {}).body
    well = office_with().answer("GET", "/nj/city/2019.csv", {}).body
    assert well.startswith(cut)
    assert not cut.endswith(b"\n")


def test_robots_may_forbid_everything(office_with: Callable[..., Office]) -> None:
    answer = office_with("robots_disallow").answer("GET", "/robots.txt", {})
    assert b"Disallow: /\n" in answer.body


def test_the_page_of_a_fault_is_the_same_every_time(office_with: Callable[..., Office]) -> None:
    for name in sorted(KINDS):
        assert ask(office_with(name)).body == ask(office_with(name)).body


def test_faults_are_json_in_the_log(office_with: Callable[..., Office]) -> None:
    answer = ask(office_with("robot_check:times=1"))
    assert json.loads(json.dumps({"fault": answer.fault})) == {"fault": "robot_check:times=1"}
