"""HTML of the office: strings in, bytes out; no database, no network, no clock.

The structure follows saved pages of the gazette site as it was from 2014 to 2020: same classes,
labels, forms and page states. Bodies hold no date of today and no host name, so that the same
request on the same store gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from unicodedata import east_asian_width

SOURCES = ("pip", "pig", "pug", "pdg")
COUNTER_FIELDS = (
    "numIp",
    "numIpc",
    "numIg",
    "numIgc",
    "numIgd",
    "numUg",
    "numUgc",
    "numUgd",
    "numDg",
    "numDgc",
)
OUTLINE_FIELDS = (
    "showType",
    "strSources",
    "strWhere",
    "numSortMethod",
    "strLicenseCode",
    *COUNTER_FIELDS,
    "pageSize",
    "pageNow",
)
TRAN_FIELDS = ("strType", "strDate", "numTran", "numTranc", "pageSize", "pageNow")
POLICY_FIELDS = ("from", "until", "numDoc", "numDocc", "pageSize", "page")

SEPARATOR = ";\u2002"  # semicolon and EN SPACE, in the visible and in the hidden part
# Measured on the 40,005 records of one gazette issue (2019-07-09): a line shows all its names when
# they are at most three and at most 44 half-width columns wide, else the first one alone.
NAMES_SHOWN, NAMES_WIDTH, SYMBOLS_WIDTH = 3, 44, 46
ABSTRACT_SHOWN = 126  # characters before the rest of an abstract is hidden
_SORTS = ("按申请日升序排序", "按申请日降序排序", "按公布公告日升序排序", "按公布公告日降序排序")
_INDENT = "\n" + " " * 32
_PAGER_LINKS = 10


@dataclass(frozen=True, slots=True)
class _Kind:
    heading: str  # between the brackets of the heading
    number: str
    date: str
    holder: str
    inventor: str
    full_text: str  # name of the link to the pages of the document
    summary: str = "摘要"


_GRANT = ("授权公告号", "授权公告日", "专利权人")
KINDS = {
    "pip": _Kind("发明公布", "申请公布号", "申请公布日", "申请人", "发明人", "【发明专利申请】"),
    "pig": _Kind("发明授权", *_GRANT, "发明人", "【发明专利】"),
    "pug": _Kind("实用新型", *_GRANT, "发明人", "【实用新型专利】"),
    "pdg": _Kind("外观设计", *_GRANT, "设计人", "【外观设计专利】", "简要说明"),
}


@dataclass(frozen=True, slots=True)
class Publication:
    """One gazette record as the store holds it; dates are ISO, lists are in printed order."""

    source: str
    gazette_date: str
    publication_no: str
    application_no: str
    application_date: str
    title: str
    applicants: Sequence[str]
    inventors: Sequence[str]
    address: str | None
    ipc: Sequence[str]
    agency: str | None
    agents: Sequence[str]
    priority: str | None
    domestic_priority: str | None
    pct_entry_date: str | None
    pct_application: str | None
    pct_publication: str | None
    cited_documents: str | None
    divisional_of: str | None
    bio_deposit: str | None
    abstract: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One legal event (事务数据); ``text`` may hold line breaks."""

    gazette_date: str
    application_no: str
    event_type: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One policy document (政策文件); days are ISO, ``text`` holds a paragraph a line."""

    document_id: str
    published_date: str
    province_name: str
    title: str
    document_no: str | None
    issuers: Sequence[str]
    issued_date: str | None
    text: str


# ---------------------------------------------------------------- chrome

_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
    '<meta content="text/html; charset=utf-8" http-equiv="Content-Type"/>\n'
    '<meta content="IE=edge,chrome=1" http-equiv="X-UA-Compatible"/>\n'
    '<link href="css/style.css" rel="stylesheet" type="text/css"/>\n'
)
_NAV = """<!--header-->
<div class="header">
<a href="index.action"><img src="images/logo.jpg"/></a>
<a href="index.action"><img src="images/logo_r.jpg"/></a>
</div>
<ul class="nav">
<li><a href="index.action">首页</a></li>
<li><a href="gjcx.jsp">高级查询</a></li>
<li><a href="ipc.jsp">IPC分类查询</a></li>
<li><a href="loc.jsp">LOC分类查询</a></li>
<li><a href="flzt.jsp">事务数据查询</a></li>
<li><a href="zcwj.jsp">政策文件查询</a></li>
<li><a href="sjsm.jsp">数据说明</a></li>
</ul>
"""
_SEARCH_BOX = """<!--soso-->
<div class="soso_box2">
<dl>
<dt>
                                公布公告查询
                                <input class="inputin" id="soso_text" onkeypress="javascript:if(event.keyCode == 13) patqs()" type="text" value=""/>
<input class="sobtn" id="soso" onclick="patqs()" src="images/soso_ann.png" type="image"/>
</dt>
<dd>
<span><input name="lx" type="checkbox" value="ip"/>发明公布</span>
<span><input name="lx" type="checkbox" value="ig"/>发明授权</span>
<span><input name="lx" type="checkbox" value="ug"/>实用新型</span>
<span><input name="lx" type="checkbox" value="dg"/>外观设计</span>
<a href="sjsm.jsp" target="_blank">使用说明</a>
</dd>
</dl>
</div>
"""  # noqa: E501
_FOOTER = """<!--footer-->
<div class="footer">
<dl>
<dt><img src="images/foot_logo.jpg"/></dt>
<dd>
<ul>
<li><a href="bqsm.jsp">版权声明</a>|<a href="sjsm.jsp">数据说明</a></li>
<li>本站为合成数据（synthetic data）：所有机构、个人和专利均为虚构，与国家知识产权局无关</li>
<li>Synthetic patent office on this machine; no record of it exists anywhere else</li>
</ul>
</dd>
</dl>
</div>
"""
_WAITING = '<img src="images/waiting.gif" style="display:none"/>\n<div class="clear"></div>\n'
_END = "</body>\n</html>\n"


def _hidden_inputs(fields: Iterable[str]) -> str:
    return "".join(f'<input name="{field}" type="hidden"/>\n' for field in fields)


_OTHER_FORMS = (
    '<form action="patentdetail.action" id="patd" method="post" target="_blank">\n'
    + _hidden_inputs(("strSources", "strWhere", "strLicenseCode", "pageSize", "pageNow"))
    + '</form>\n<form action="fullTran.action" id="prsd" method="post" target="_blank">\n'
    + _hidden_inputs(("an",))
    + '</form>\n<form action="pam.action" id="pam" method="post" target="_blank">\n'
    + _hidden_inputs(("strSources", "strWhere", "recordCursor", "strLicenseCode"))
    + "</form>\n"
)


def dotted(iso_date: str) -> str:
    """Return ``2019-07-09`` as the gazette prints it, ``2019.07.09``."""
    return iso_date.replace("-", ".")


def _form(
    action: str,
    form_id: str,
    fields: Sequence[str],
    values: Mapping[str, str],
    method: str = "post",
) -> str:
    inputs = "".join(
        f'<input name="{name}" type="hidden" value="{escape(values[name])}"/>\n' for name in fields
    )
    return f'<form action="{action}" id="{form_id}" method="{method}">\n{inputs}</form>\n'


def _setup_script(form_id: str, fields: Sequence[str], values: Mapping[str, str]) -> str:
    lines = "".join(
        f"        {form_id}.{name}.value = {_script_text(values[name])};\n" for name in fields
    )
    return f'<script type="text/javascript">\nfunction setup({form_id}) {{\n{lines}}}\n</script>\n'


def _script_text(value: str) -> str:
    # "<" cannot close the script element when it is written as an escape
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _head(title: str, script: str) -> str:
    return (
        f"{_DOCTYPE}<title>{title}</title>\n"
        '<script src="js/gb.js" type="text/javascript"></script>\n'
        f"{script}</head>\n"
    )


# ---------------------------------------------------------------- one record


def text_width(text: str) -> int:
    """Return the width of a text in half-width columns (a Chinese character takes two)."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def split_overflow(
    values: Sequence[str], *, width: int = NAMES_WIDTH
) -> tuple[Sequence[str], Sequence[str]]:
    """Divide the values of a line into those shown and those hidden.

    Parameters
    ----------
    values : sequence of str
        Names or classification symbols in printed order.
    width : int
        Half-width columns of the line.

    Returns
    -------
    (shown, hidden)
        Everything and nothing when the line has room for all, else the first value and the rest.
    """
    if len(values) <= 1 or (
        len(values) <= NAMES_SHOWN and text_width(SEPARATOR.join(values)) <= width
    ):
        return values, ()
    return values[:1], values[1:]


def _names(values: Sequence[str]) -> str:
    shown, hidden = split_overflow(values)
    text = escape(SEPARATOR.join(shown))
    if not hidden:
        return text
    rest = escape(SEPARATOR.join(hidden))
    return (
        f'{text};<a class="zhankaizt" href="javascript:;"><img src="images/jtx.bmp"/></a>\n'
        f'<div style="display:none;">\u2002{rest}</div>\n'
    )


def _details(record: Publication) -> list[str]:
    agents = SEPARATOR.join(record.agents)
    pairs = (
        ("专利代理机构", record.agency),
        ("代理人", agents),
        ("优先权", record.priority),
        ("本国优先权", record.domestic_priority),
        ("PCT进入国家阶段日", record.pct_entry_date and dotted(record.pct_entry_date)),
        ("PCT申请数据", record.pct_application),
        ("PCT公布数据", record.pct_publication),
        ("对比文件", record.cited_documents),
        ("分案原申请", record.divisional_of),
        ("生物保藏", record.bio_deposit),
    )
    return [f"<li>{label}：{escape(value)}</li>" for label, value in pairs if value]


def _classification(record: Publication) -> str:
    shown, hidden = split_overflow(record.ipc, width=SYMBOLS_WIDTH)
    text = escape(SEPARATOR.join(shown))
    items = _details(record)
    if hidden:
        text += ";"
        items = [f"<li>\u2002{escape(SEPARATOR.join(hidden))}</li>\n", *items]
    if not items:
        return f"<li>分类号：{text}</li>\n"
    return (
        f"<li>分类号：{text}\u00a0\u00a0"
        '<a class="zhankai" href="javascript:;" style="color:#c5000f">全部</a>\n'
        f'<div style="display:none;"><ul>\n{"".join(items)}</ul></div>\n</li>\n'
    )


def _abstract(text: str | None, label: str) -> str:
    if not text:
        return ""
    body = escape(text[:ABSTRACT_SHOWN])
    if len(text) > ABSTRACT_SHOWN:
        body += (
            f'<span style="display:none;">{escape(text[ABSTRACT_SHOWN:])}</span>\u00a0\u00a0'
            '<a class="zhankaizy" href="javascript:;" id="tit">全部</a>'
        )
    return (
        f'<div class="cp_jsh">\n<span id="tit">{_INDENT}{label}：</span>{_INDENT}{body}\n</div>\n'
    )


def record_box(record: Publication) -> str:
    """Return the ``div.cp_box`` of one gazette record.

    Parameters
    ----------
    record : Publication
        Empty fields leave no line.

    Returns
    -------
    str
        HTML, every value escaped.
    """
    kind = KINDS[record.source]
    number = escape(record.publication_no)
    application = escape(record.application_no)
    lines = [
        f'<li class="wl228">{kind.number}：{number}</li>\n',
        f'<li class="wl228">{kind.date}：{dotted(record.gazette_date)}</li>\n',
        f'<li class="wl228">申请号：{application}</li>\n',
        f'<li class="wl228">申请日：{dotted(record.application_date)}</li>\n',
        f'<li class="wl228">{kind.holder}：{_names(record.applicants)}</li>\n',
    ]
    if record.inventors:
        lines.append(f'<li class="wl228">{kind.inventor}：{_names(record.inventors)}</li>\n')
    lines.append('<li class="clear"></li>\n')
    if record.address:
        lines.append(f"<li>地址：{escape(record.address)}</li>\n")
    if record.ipc:
        lines.append(_classification(record))
    return (
        '<div class="cp_box">\n<div class="cp_img">\n'
        "<img onerror=\"javascript:this.src='images/cp_noimg.jpg';\" "
        f'src="pic/{application}/{number}_thumb.jpg"/>\n</div>\n<div class="cp_linr">\n'
        f"<h1>{_INDENT}[{kind.heading}]\u00a0{escape(record.title)}</h1>\n"
        f"<ul>\n{''.join(lines)}</ul>\n{_abstract(record.abstract, kind.summary)}"
        '<p class="cp_botsm">\n'
        f"<span><a href=\"javascript:pam3('{record.source}','{number}','0');\">"
        f"{kind.full_text}</a></span>\n"
        f"<span><a href=\"javascript:sw_xx('{application}');\">事务数据</a></span>\n</p>\n</div>\n"
        f'<a class="qrcode" href="qrcode/{number}.png" id="{number}">'
        f'<img height="74" src="qrcode/{number}.png" width="74"/></a>\n</div>\n'
    )


# ---------------------------------------------------------------- pages


def _pager(page: int, pages: int, prefix: str = "zl") -> str:
    """Return the pager: ``zl_fy(n)`` for a page, ``zl_tz(last)`` for the jump box."""
    go = f"{prefix}_fy"
    first = max(1, min(page - _PAGER_LINKS // 2 + 1, pages - _PAGER_LINKS + 1))
    links = "".join(
        f'<a class="hover" href="javascript:{go}({n});">{n}</a>\n'
        if n == page
        else f'<a href="javascript:{go}({n});">{n}</a>\n'
        for n in range(first, min(pages, first + _PAGER_LINKS - 1) + 1)
    )
    back = f'<a href="javascript:{go}({page - 1});">&lt;</a>' if page > 1 else ""
    onward = f'<a href="javascript:{go}({page + 1});">&gt;</a>' if page < pages else ""
    return (
        f'<div class="next">\n{back}{links}{onward}<span>转到 '
        '<input class="w50" id="pn" onkeypress="javascript:if(event.keyCode == 13) '
        f'{prefix}_tz({pages})" type="text" value=""/> 页 </span></div>'
    )


def _page_sizes(page: int, size: int, choices: Sequence[int]) -> str:
    chosen = ' selected="selected"'
    options = "".join(
        f'<option{chosen if n == size else ""} value="{n}">每页显示{n}条记录</option>\n'
        for n in choices
    )
    first = (page - 1) * size + 1  # number of the first record, as on the old site
    return f'<select id="ts" onchange="zl_ts({size}, {first})">\n{options}</select>\n'


def _left_column(values: Mapping[str, str]) -> str:
    counters = dict(zip(SOURCES, ("numIp", "numIg", "numUg", "numDg"), strict=True))
    kinds = "".join(
        f'<li><a class="hover">{KINDS[source].heading}</a></li>'
        if source == values["strSources"]
        else f"<li><a href=\"javascript:zl_lx('{source}');\">{KINDS[source].heading}</a></li>"
        for source in SOURCES
        if source == values["strSources"] or values[counters[source]] not in ("", "0")
    )
    sorts = "".join(
        f'<li><a class="hover">{label}</a></li>\n'
        if values["numSortMethod"] == str(n)
        else f'<li><a href="javascript:zl_px({n});">{label}</a></li>\n'
        for n, label in enumerate(
            (
                "按申请日升序排序",
                "按申请日降序排序",
                "按公布公告日升序排序",
                "按公布公告日降序排序",
            ),
            start=1,
        )
    )
    return (
        '<div class="w187 left">\n<dl class="lxxz_dl">\n<dt>类型选择</dt>\n<dd><ul>\n'
        f'{kinds}</ul></dd>\n</dl>\n<dl class="lxxz_dl">\n<dt>排序方式</dt>\n<dd><ul>\n'
        f"{sorts}</ul></dd>\n</dl>\n</div>\n"
    )


def outline_page(
    records: Sequence[Publication],
    values: Mapping[str, str],
    *,
    page: int,
    pages: int,
    size: int,
    page_sizes: Sequence[int],
) -> bytes:
    """Return a page of the gazette listing (公布模式); no record means past the last page.

    Parameters
    ----------
    records : sequence of Publication, length <= size
    values : mapping
        Every field of ``OUTLINE_FIELDS`` as the form ``#pato`` is to echo it.
    page, pages, size : int
        Page asked for (from 1), pages there are, records a page.
    page_sizes : sequence of int
        Sizes offered in the select box.
    """
    boxes = "".join(map(record_box, records))
    html = (
        f"{_head('专利查询结果展示-公布模式', _setup_script('pato', OUTLINE_FIELDS, values))}"
        f"<body>\n{_NAV}{_SEARCH_BOX}"
        f"{_form('patentoutline.action', 'pato', OUTLINE_FIELDS, values)}{_OTHER_FORMS}"
        f'<div class="main">\n{_left_column(values)}<!--right-->\n<div class="w790 right">\n'
        '<dl class="list_dl">\n<dd>\n<ul>\n'
        '<li><a class="hover" href="javascript:zl_gb();">公布模式</a></li>\n'
        '<li class="lb_a"><a href="javascript:zl_lb();">列表模式</a></li>\n'
        '<li class="ft_a"><a href="javascript:zl_ft();">附图模式</a></li>\n'
        f"</ul>\n</dd>\n<dt>\n{_page_sizes(page, size, page_sizes)}</dt>\n</dl>\n"
        f"{boxes}{_pager(page, pages)}</div>\n</div>\n{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def detail_page(record: Publication) -> bytes:
    """Return the page of one record in the layout of the listing."""
    html = (
        f"{_head('专利查询结果展示-公布模式', '')}<body>\n{_NAV}{_OTHER_FORMS}"
        f'<div class="main">\n<div class="w790 right">\n{record_box(record)}</div>\n</div>\n'
        f"{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def _event_box(event: Event) -> str:
    text = escape(event.text).replace("\n", "<br/>")
    rows = "".join(
        f'<tr><td class="flzt_lb">{label}</td><td class="flzt_nr">{escape(value)}</td></tr>\n'
        for label, value in (
            ("申请号", event.application_no),
            ("事务数据公告日", dotted(event.gazette_date)),
            ("事务数据类型", event.event_type),
        )
    )
    return (
        f'<div class="table_flztxx">\n<table>\n{rows}'
        f'<tr><td class="flzt_xx" colspan="2">{text}</td></tr>\n</table>\n</div>\n'
    )


def tran_page(
    events: Sequence[Event],
    values: Mapping[str, str],
    *,
    page: int,
    pages: int,
    size: int,
    page_sizes: Sequence[int],
) -> bytes:
    """Return a page of the dated listing of legal events; parameters as in `outline_page`."""
    boxes = "".join(map(_event_box, events))
    html = (
        f"{_head('事务数据查询结果展示', _setup_script('tran', TRAN_FIELDS, values))}"
        f"<body>\n{_NAV}{_form('tranoutline.action', 'tran', TRAN_FIELDS, values)}"
        f'<div class="main">\n<div class="w790 right">\n<dl class="list_dl">\n<dt>\n'
        f"{_page_sizes(page, size, page_sizes)}</dt>\n</dl>\n"
        f"{boxes}{_pager(page, pages)}</div>\n</div>\n{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def full_tran_page(events: Sequence[Event]) -> bytes:
    """Return all legal events of one application, in the boxes of the dated listing."""
    boxes = "".join(map(_event_box, events))
    html = (
        f"{_head('事务数据查询结果展示', '')}<body>\n{_NAV}"
        f'<div class="main">\n<div class="w790 right">\n{boxes}</div>\n</div>\n'
        f"{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def policy_list_page(
    documents: Sequence[PolicyDocument],
    values: Mapping[str, str],
    *,
    page: int,
    pages: int,
) -> bytes:
    """Return a page of the listing of policy documents; none means past the last page."""
    boxes = "".join(map(_policy_box, documents))
    html = (
        f"{_head('政策文件查询结果', '')}<body>\n{_NAV}"
        f"{_form('/zcwj/list.action', 'zcwj', POLICY_FIELDS, values, method='get')}"
        f'<div class="main">\n<div class="w790 right">\n'
        f"{boxes}{_pager(page, pages, 'zc')}</div>\n</div>\n{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def _policy_box(document: PolicyDocument) -> str:
    number = (
        f'<span class="zc_wh">{escape(document.document_no)}</span>\n'
        if document.document_no
        else ""
    )
    return (
        f'<div class="zc_box">\n<h2><a href="/zcwj/{escape(document.document_id)}.html">'
        f"{escape(document.title)}</a></h2>\n"
        f'<span class="zc_dq">{escape(document.province_name)}</span>\n{number}'
        f'<span class="zc_rq">{document.published_date}</span>\n</div>\n'
    )


def policy_document_page(document: PolicyDocument) -> bytes:
    """Return the page of one policy document."""
    issued = document.issued_date
    if issued:
        year, month, day = map(int, issued.split("-"))
        issued = f"{year}年{month}月{day}日"
    rows = "".join(
        f'<tr><td class="zc_lb">{label}</td><td class="zc_nr">{value}</td></tr>\n'
        for label, value in (
            ("索引号", escape(document.document_id)),
            ("地区", escape(document.province_name)),
            ("标题", escape(document.title)),
            ("发文机关", _names(document.issuers)),
            ("发文字号", escape(document.document_no or "")),
            ("成文日期", issued),
            ("发布日期", document.published_date),
        )
        if value
    )
    paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in document.text.split("\n"))
    html = (
        f"{_head('政策文件', '')}<body>\n{_NAV}"
        f'<div class="main">\n<div class="zc_wj">\n<table class="zc_xx">\n{rows}</table>\n'
        f'<div class="zc_zw">\n{paragraphs}</div>\n</div>\n</div>\n{_WAITING}{_FOOTER}{_END}'
    )
    return html.encode()


def no_result_page(
    form_of: Literal["outline", "tran", "policy"] | None = None,
    values: Mapping[str, str] | None = None,
) -> bytes:
    """Return the error page; with the values of a form it states that form's counters too."""
    values = values or {}
    form = ""
    if form_of == "outline":
        form = _form("patentoutline.action", "pato", OUTLINE_FIELDS, values)
    elif form_of == "tran":
        form = _form("tranoutline.action", "tran", TRAN_FIELDS, values)
    elif form_of == "policy":
        form = _form("/zcwj/list.action", "zcwj", POLICY_FIELDS, values, method="get")
    script = (
        '<script type="text/javascript">\nfunction init() {\n        if (history.length > 1)\n'
        '                document.getElementById("back").style.display = "block";\n'
        "        else\n"
        '                document.getElementById("close").style.display = "block";\n'
        "}\n</script>\n"
    )
    html = (
        f"{_DOCTYPE}<title>错误页面</title>\n{script}</head>\n"
        f'<body onload="init()">\n{_NAV}{form}<div class="main">\n<div class="cx_nojg">\n'
        '<img src="images/png-0629.png"/>\n<span>\n抱歉，没有您要查询的结果！\n'
        '<a href="javascript:history.back(-1);" id="back" style="display:none">'
        "点击返回上一页面</a>\n"
        '<a href="javascript:window.opener=null;window.close();" id="close" style="display:none">'
        f"点击关闭当前页面</a>\n</span>\n</div>\n</div>\n{_FOOTER}{_END}"
    )
    return html.encode()


def chrome_page(title: str, content: str) -> bytes:
    """Return a page of the site with a title and nothing but ``content`` (HTML) in it."""
    html = (
        f"{_DOCTYPE}<title>{title}</title>\n</head>\n<body>\n{_NAV}"
        f'<div class="main">\n{content}</div>\n{_FOOTER}{_END}'
    )
    return html.encode()


def robot_check_page() -> bytes:
    """Return the page that asks for a captcha; it answers 200 like every other page."""
    html = """<html>
<head>
<meta content="text/html; charset=utf-8" http-equiv="content-type"/>
<title>请输入验证码</title>
<style> body { font-family: Tahoma, Verdana, Arial, sans-serif; }
                        .head_title{margin-top:100px; font-size:50px; font-weight:lighter;}
                        .btn{ float:left; margin-left:15px; width:85px; height:30px;}
                        .inp_s{ float:left; margin-left:15px; width:200px; height:30px;}
                        .yz{float:left; width:160px; height:40px;}
                        .fors{ margin:0 auto;width:500px; height:40px;}
                </style>
</head>
<body>
<div align="center">
<p></p><h1 class="head_title">很抱歉...</h1>
<p>您的查询看起来类似于来自计算机软件的自动请求。为了保护我们的用户，请原谅我们现在暂时不能处理您的请求。 </p>
<p>要继续访问网页，请输入下面所示字符：</p>
<form action="/verify-captcha.jpg" class="fors" method="POST">
<img alt="Captcha image" class="yz" src="/get-captcha.jpg"/><input class="inp_s" name="response" type="text"/><input class="btn" type="submit" value="确定"/>
</form>
</div>
</body>
</html>
"""  # noqa: E501
    return html.encode()


def index_page(first_day: str, last_day: str) -> bytes:
    """Return the search form of the gazette; the window offered is that of the store (ISO)."""
    kinds = "".join(
        f'<option value="{source}">{kind.heading}</option>' for source, kind in KINDS.items()
    )
    html = (
        f"{_head('中国专利公布公告', '')}<body>\n{_NAV}{_SEARCH_BOX}"
        f"{_form('patentoutline.action', 'pato', OUTLINE_FIELDS, _blank_outline())}{_OTHER_FORMS}"
        '<div class="main">\n<div class="soso_box2">\n<dl>\n<dt>公布公告日 '
        f'<input class="inputin" id="from" type="text" value="{dotted(first_day)}"/> 至 '
        f'<input class="inputin" id="until" type="text" value="{dotted(last_day)}"/> '
        f'<select id="lx">{kinds}</select> '
        '<button onclick="patrq()" type="button">查询</button></dt>\n</dl>\n</div>\n</div>\n'
        f"{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def _blank_outline() -> dict[str, str]:
    values = dict.fromkeys(OUTLINE_FIELDS, "")
    return values | {"showType": "1", "numSortMethod": "4", "pageSize": "10", "pageNow": "1"}


def events_form_page(first_day: str, last_day: str, event_types: Sequence[str]) -> bytes:
    """Return the search form of legal events (事务数据查询)."""
    blank = dict.fromkeys(TRAN_FIELDS, "") | {"pageSize": "10", "pageNow": "1"}
    types = "".join(f'<option value="{escape(t)}">{escape(t)}</option>' for t in event_types)
    html = (
        f"{_head('事务数据查询', '')}<body>\n{_NAV}"
        f"{_form('tranoutline.action', 'tran', TRAN_FIELDS, blank)}{_OTHER_FORMS}"
        '<div class="main">\n<div class="soso_box2">\n<dl>\n<dt>申请号 '
        '<input class="inputin" id="an" type="text" value=""/> '
        "<button onclick=\"sw_xx(document.getElementById('an').value)\" "
        'type="button">查询</button></dt>\n<dt>事务数据公告日 '
        f'<input class="inputin" id="from" type="text" value="{dotted(first_day)}"/> 至 '
        f'<input class="inputin" id="until" type="text" value="{dotted(last_day)}"/> '
        f'<select id="lx"><option value="">全部</option>{types}</select> '
        '<button onclick="swrq()" type="button">查询</button></dt>\n</dl>\n</div>\n</div>\n'
        f"{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def policy_form_page(first_day: str, last_day: str) -> bytes:
    """Return the search form of policy documents (政策文件查询)."""
    html = (
        f"{_head('政策文件查询', '')}<body>\n{_NAV}"
        '<div class="main">\n<div class="soso_box2">\n'
        '<form action="/zcwj/list.action" id="zcwj" method="get">\n<dl>\n<dt>发布日期 '
        f'<input class="inputin" name="from" type="text" value="{escape(first_day)}"/> 至 '
        f'<input class="inputin" name="until" type="text" value="{escape(last_day)}"/> '
        '<input name="page" type="hidden" value="1"/><button type="submit">查询</button></dt>\n'
        f"</dl>\n</form>\n</div>\n</div>\n{_WAITING}{_FOOTER}{_END}"
    )
    return html.encode()


def about_page(facts: Mapping[str, str]) -> bytes:
    """Return the data notice: that everything is invented, and the parameters of the country."""
    rows = "".join(
        f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>\n" for key, value in facts.items()
    )
    html = (
        f"{_head('数据说明', '')}<body>\n{_NAV}"
        '<div class="main">\n<h1>数据说明</h1>\n'
        "<p>本站是一座合成的专利局：城市名称、代码和坐标取自公开资料，所有机构、个人、专利和事务数据均为虚构。</p>\n"
        "<p>A synthetic patent office. Names, codes and coordinates of cities are real; every "
        "organisation, person, patent and event is invented.</p>\n"
        f"<table>\n{rows}</table>\n</div>\n{_FOOTER}{_END}"
    )
    return html.encode()
