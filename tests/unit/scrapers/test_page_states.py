"""What a page is, told from its bytes and its text; a status code never says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import (
    BlockedError,
    ErrorPageError,
    LayoutChangedError,
    LoginRequiredError,
    MojibakeError,
    RobotCheckError,
    TruncatedPageError,
    UnexpectedPageError,
    WrongEncodingError,
)
from scrapers.parsers.gazette import parse_gazette_page
from scrapers.parsers.text import (
    PageState,
    guard_state,
    is_mojibake,
    refuse_mojibake,
    state_of_error,
)
from scrapers.parsers.tran import parse_tran_page

NAME_ONLY = "<html><head><title>{}</title></head><body>{}</body></html>"


def simple(title: str, body: str) -> bytes:
    return NAME_ONLY.format(title, body).encode()


@pytest.mark.parametrize(
    ("body", "error", "state"),
    [
        (simple("请输入验证码", ""), RobotCheckError, PageState.ROBOT_CHECK),
        (
            simple("", '<form action="/verify-captcha.jpg"></form>'),
            RobotCheckError,
            PageState.ROBOT_CHECK,
        ),
        (simple("用户登录", ""), LoginRequiredError, PageState.LOGIN),
        (simple("", '<input type="password" name="j_password">'), LoginRequiredError, "login"),
        (simple("提示", "会话已过期，请重新登录"), LoginRequiredError, PageState.LOGIN),
        (simple("提示", "您的访问过于频繁"), BlockedError, PageState.BLOCK),
        (simple("提示", "系统繁忙，请稍后再试"), BlockedError, PageState.BLOCK),
        (simple("Access Denied", "no"), BlockedError, PageState.BLOCK),
        ("访问频繁".encode(), BlockedError, PageState.BLOCK),
        (b"<html><head><script>x()</script></head><body></body></html>", BlockedError, "block"),
        (simple("提示", "访问受限").decode().encode("gb18030"), BlockedError, PageState.BLOCK),
        (simple("Struts Problem Report", "请稍后再试"), ErrorPageError, PageState.ERROR_PAGE),
        (simple("502 Bad Gateway", "nginx"), ErrorPageError, PageState.ERROR_PAGE),
        (simple("hello", "world"), UnexpectedPageError, PageState.UNKNOWN),
        (b"", TruncatedPageError, PageState.TRUNCATED_BODY),
        (b"{}", UnexpectedPageError, PageState.UNKNOWN),
        (simple("专利查询结果展示", "<p>x</p>"), LayoutChangedError, PageState.CHANGED_LAYOUT),
    ],
)
def test_every_state_has_its_error(body, error, state):
    with pytest.raises(error) as caught:
        parse_gazette_page(body, "pip")
    assert type(caught.value) is error
    assert state_of_error(caught.value) == state
    stops = (PageState.ROBOT_CHECK, PageState.LOGIN, PageState.BLOCK)
    assert guard_state(body) == (state if state in stops else None)


def test_words_of_a_guard_inside_a_record_stop_nothing(page):
    body = page("gazette_records.html").replace(
        "本发明提供一种隔膜".encode(), "频繁登录，拒绝访问，请稍后再试，用户登录".encode()
    )
    assert parse_gazette_page(body, "pip").state is PageState.RECORDS
    assert guard_state(body) is None
    assert guard_state(page("gazette_no_result.html")) is None


@pytest.mark.parametrize("name", ["gazette_records.html", "gazette_past_the_end.html"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_page_that_is_cut_is_never_read(page, name, share):
    body = page(name)
    with pytest.raises((TruncatedPageError, UnexpectedPageError)):
        parse_gazette_page(body[: int(len(body) * share)], "pip")


def test_cut_inside_a_character_is_cut_not_wrongly_encoded(page):
    body = page("gazette_records.html")
    place = body.index("一种锂电池".encode()) + 1
    with pytest.raises(TruncatedPageError, match="inside a character"):
        parse_gazette_page(body[:place], "pip")


def test_a_script_or_comment_below_the_page_is_no_cut(page):
    body = page("gazette_records.html") + b"\n<!-- node 7 --><script>count()</script>\n"
    assert parse_gazette_page(body, "pip").state is PageState.RECORDS


def test_bytes_in_another_encoding(page):
    body = page("gazette_records.html").decode().encode("gb18030")
    with pytest.raises(WrongEncodingError, match="is no UTF-8"):
        parse_gazette_page(body, "pip")
    with pytest.raises(WrongEncodingError, match="NUL"):
        parse_gazette_page(
            page("gazette_records.html").replace(b"CN109999901A", b"CN1099\0"), "pip"
        )
    declared = b'<html><head><meta charset="gb2312"><title>x</title></head></html>'
    with pytest.raises(WrongEncodingError, match="gb2312"):
        parse_gazette_page(declared, "pip")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "cp1252", "latin-1"])
def test_text_read_in_another_encoding(page, encoding):
    body = page("gazette_records.html").decode().encode().decode(encoding, "ignore").encode()
    with pytest.raises(MojibakeError):
        parse_gazette_page(body, "pip")


@pytest.mark.parametrize("damage", ["\ufffd", "锟斤拷"])
def test_traces_of_a_failed_decoding(page, damage):
    body = page("gazette_records.html").replace("某某大学".encode(), f"某{damage}大学".encode())
    with pytest.raises(MojibakeError):
        parse_gazette_page(body, "pip")


def test_damaged_values_below_sound_labels(page):
    text = page("gazette_records.html").decode()
    for value in ("青山县某某能源科技有限公司", "一种锂电池", "北京市海淀区某某路"):
        text = text.replace(value, value.encode().decode("gbk", "ignore"))
    with pytest.raises(MojibakeError, match="GBK"):
        parse_gazette_page(text.encode(), "pip")


@pytest.mark.parametrize(
    "name",
    [
        "张锟",
        "鑫鏈科技有限公司",
        "涓鐨锛",
        "Ångström Bjørk é ç GmbH",
        "Société Générale d’Électricité",
        "株式会社日立製作所",
        "\ue4c6\ue5e5",  # private use: how rare characters are printed
        "𠮷野家",
        "联通",
        "№ 1 ½ ×2 ±3 °C µm",
        "Æther Œuvre Ÿ",
    ],
)
def test_odd_names_that_are_real_pass(name):
    assert not is_mojibake(name)
    refuse_mojibake(f"申请人：{name}；地址：北京市海淀区")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=40))
def test_chinese_text_is_told_from_its_misreading(text):
    assert not is_mojibake(text)
    misread = text.encode().decode("latin-1")
    assert is_mojibake(misread)


def test_mojibake_in_a_label_is_named_so(page):
    label = "生物保藏".encode().decode("gbk", "ignore")
    body = page("gazette_records.html").replace("生物保藏".encode(), label.encode())
    with pytest.raises(MojibakeError):
        parse_gazette_page(body, "pip")


def test_records_in_another_layout_are_no_empty_page(page):
    body = page("gazette_records.html").replace(b'"cp_box"', b'"result"')
    with pytest.raises(LayoutChangedError, match="申请公布号"):
        parse_gazette_page(body, "pip")
    body = page("tran_records.html").replace(b"table_flztxx", b"table_x")
    with pytest.raises(LayoutChangedError, match="事务数据公告日"):
        parse_tran_page(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<div class="cp_jsh">', '<div class="cp_new">'),
        ('<div class="cp_linr">', '<div class="cp_body">'),
        ("<h1>", "<h1><script>alert(1)</script>"),
        ('<div class="cp_jsh">', '<<div class="cp_jsh">'),
        ('<li class="wl228">申请日', "申请日"),
    ],
)
def test_a_part_that_nobody_reads_is_an_error(page, old, new):
    body = page("gazette_records.html")
    assert old.encode() in body
    with pytest.raises(LayoutChangedError):
        parse_gazette_page(body.replace(old.encode(), new.encode()), "pip")


def test_names_that_should_be_hidden_and_are_not_there(page):
    text = page("gazette_records.html").decode()
    start = text.index('<div style="display:none;">')
    end = text.index("</div>", start) + len("</div>")
    with pytest.raises(LayoutChangedError, match="hides names"):
        parse_gazette_page((text[:start] + text[end:]).encode(), "pip")


def test_a_script_in_a_title_is_text(page):
    body = page("gazette_records.html").replace(
        "一种锂电池".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;"
    )
    record = parse_gazette_page(body, "pip").records[0]
    assert record.title.startswith("<script>alert(1)</script>")
