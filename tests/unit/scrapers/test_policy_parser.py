"""Policy documents: listing and document, every issuer, anything unusual refused."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from scrapers.errors import (
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    UnexpectedPageError,
    UnknownLabelError,
)
from scrapers.parsers.policy import (
    parse_policy_document,
    parse_policy_listing,
    require_counters,
)
from scrapers.parsers.text import PageState


def test_the_listing_names_documents_and_states_totals(page):
    result = parse_policy_listing(page("policy_listing.html"))
    assert (result.state, result.last_page) == (PageState.RECORDS, 1)
    assert require_counters(result) == {"numDoc": 2, "numDocc": 1}
    assert [asdict(entry) for entry in result.records] == [
        {
            "document_id": "330000-2013-0007",
            "title": "关于促进产学研合作的若干意见",
            "province_name": "浙江省",
            "document_no": "浙政发〔2013〕7号",
            "published_date": "2013-05-14",
        },
        {
            "document_id": "420000-2013-0003",
            "title": "关于深化协同创新的通知（更正）",
            "province_name": "湖北省",
            "document_no": None,
            "published_date": "2013-05-20",
        },
    ]


def test_a_document_has_every_issuer_and_its_text(page):
    document = parse_policy_document(page("policy_document.html")).document
    assert document.issuers == ("某某省人民政府", "某某省科学技术厅", "某某省教育厅")
    assert document.text == "各有关单位：\n一、设立专项资金，支持产学研合作。"
    assert (document.document_id, document.published_date) == ("330000-2013-0007", "2013-05-14")
    assert (document.document_no, document.issued_date) == ("浙政发〔2013〕7号", None)
    assert document.raw_pointer.endswith("#1")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("发文机关", "制发单位", UnknownLabelError),
        ("发文字号", "标题", UnknownLabelError),
        (
            '<tr><td class="zc_lb">地区</td><td class="zc_nr">浙江省</td></tr>',
            "",
            MissingLabelError,
        ),
        ("zc_xx", "x", LayoutChangedError),
        ("<p>各有关单位", "各有关单位", LayoutChangedError),
        ("zc_zw", "x", LayoutChangedError),
        ("zc_nr", "x", LayoutChangedError),
        ("<p>各有关单位：</p>\n<p>一、设立专项资金，支持产学研合作。</p>", "", MissingLabelError),
        ("<title>政策文件", "<title>公告", UnexpectedPageError),
        ("\u2002某某省科学技术厅;", "\u2002;", LayoutChangedError),
    ],
)
def test_an_unusual_document_is_refused(page, old, new, error):
    body = page("policy_document.html")
    assert old.encode() in body
    with pytest.raises(error):
        parse_policy_document(body.replace(old.encode(), new.encode()))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("zc_box", "x", LayoutChangedError),
        ('<span class="zc_rq">2013-05-14</span>', "", MissingLabelError),
        ('href="/zcwj/330000-2013-0007.html"', 'href="#"', MissingLabelError),
        ('value="2"', 'value="two"', MissingCounterError),
    ],
)
def test_an_unusual_listing_is_refused(page, old, new, error):
    body = page("policy_listing.html")
    assert old.encode() in body
    with pytest.raises(error):
        parse_policy_listing(body.replace(old.encode(), new.encode()))


def test_a_listing_without_total_cannot_be_judged(page):
    body = page("policy_listing.html").replace(b'id="zcwj"', b'id="other"')
    with pytest.raises(MissingCounterError):
        require_counters(parse_policy_listing(body))
