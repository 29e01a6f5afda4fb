"""The pages of the office have the structure of the saved pages of the old site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from scrapers.office import pages
from scrapers.office.amend import prepare_store
from scrapers.office.catalogue import Catalogue
from scrapers.office.pages import Publication, record_box, split_overflow, text_width
from scrapers.office.site import Office

EN_SPACE = "\u2002"
SAVED_LISTING = "epub_old_正常显示.html"
SAVED_PAST_THE_END = "epub_old_超过显示页数.html"
SAVED_NO_RESULT = "epub_old_抱歉，没有您要查询的结果.html"
SAVED_ROBOT_CHECK = "epub_old_类似计算机的请求.html"


@pytest.fixture
def office(store: Path) -> Iterator[Office]:
    prepare_store(store)
    catalogue = Catalogue(store)
    yield Office(catalogue)
    catalogue.close()


@pytest.fixture
def saved(shared: Path) -> Callable[[str], Any]:
    """Return a reader of the saved pages, in place."""

    def read(name: str) -> Any:
        return html.fromstring((shared / "data" / "pages" / name).read_text(encoding="utf-8"))

    return read


def listing(office: Office, *, where: str, page: str = "1", source: str = "pip") -> Any:
    form = {
        "showType": "1",
        "strSources": source,
        "strWhere": where,
        "numSortMethod": "4",
        "pageSize": "3",
        "pageNow": page,
    }
    return html.fromstring(office.answer("POST", "/patentoutline.action", form).body.decode())


def elements(tree: Any) -> set[tuple[str, str]]:
    # scripts and their wrappers are left out: those of the old site watch its visitors
    return {
        (node.tag, node.get("class", ""))
        for node in tree.iter()
        if isinstance(node.tag, str)
        and node.tag != "script"
        and {child.tag for child in node} != {"script"}
    }


def inputs(tree: Any) -> list[tuple[str, list[str]]]:
    return [(form.get("id"), form.xpath(".//input/@name")) for form in tree.xpath("//form")]


def labels(tree: Any) -> set[str]:
    texts = (li.xpath("string(text())").strip() for li in tree.xpath("//div[@class='cp_linr']//li"))
    return {text.partition("：")[0] for text in texts if "：" in text}


def test_a_listing_is_made_of_the_elements_of_the_saved_one(
    office: Office, saved: Callable[[str], Any]
) -> None:
    ours = listing(office, where="OPD=BETWEEN['2019.07.09','2019.07.31']")
    real = saved(SAVED_LISTING)
    assert elements(ours) == elements(real)
    assert inputs(ours) == inputs(real)
    assert ours.findtext(".//title") == real.findtext(".//title")


def test_the_labels_are_those_of_the_saved_listing(
    office: Office, saved: Callable[[str], Any]
) -> None:
    ours = labels(listing(office, where="AN='201780002534X'"))
    assert ours - {"优先权"} == labels(saved(SAVED_LISTING))


def test_past_the_end_is_made_of_the_elements_of_the_saved_page(
    office: Office, saved: Callable[[str], Any]
) -> None:
    ours = listing(office, where="OPD=BETWEEN['2019.07.09','2019.07.31']", page="100")
    real = saved(SAVED_PAST_THE_END)
    assert elements(ours) == elements(real)
    assert (
        ours.xpath("//div[@class='next']/a/@href")[0]
        == (real.xpath("//div[@class='next']/a/@href")[0])
    )
    assert re.sub(r"\d+\)$", "", ours.xpath("//select/@onchange")[0]) == re.sub(
        r"\d+\)$", "", real.xpath("//select/@onchange")[0]
    )


def test_no_result_adds_only_the_form_to_the_saved_page(
    office: Office, saved: Callable[[str], Any]
) -> None:
    ours = listing(office, where="OPD=BETWEEN['2001.07.09','2001.07.31']")
    real = saved(SAVED_NO_RESULT)
    assert elements(ours) - elements(real) == {("form", ""), ("input", "")}
    assert elements(real) <= elements(ours)
    text = "//div[@class='cx_nojg']"
    assert ours.xpath(f"string({text})").split() == real.xpath(f"string({text})").split()


def test_the_robot_check_is_the_saved_one(saved: Callable[[str], Any]) -> None:
    ours, real = html.fromstring(pages.robot_check_page().decode()), saved(SAVED_ROBOT_CHECK)
    assert elements(ours) == elements(real)
    assert ours.xpath("string(//body)").split() == real.xpath("string(//body)").split()


def saved_records(listing_page: Any) -> list[tuple[Any, Publication]]:
    """Read the records of the saved listing by label, apart from every parser of the project."""
    result = []
    for box in listing_page.xpath("//div[@class='cp_box']"):
        values: dict[str, str] = {}
        for li in box.xpath(".//div[@class='cp_linr']/ul/li | .//div[@class='cp_linr']//ul//ul/li"):
            own = li.xpath("string(text())").strip("\n \u00a0")
            names = li.xpath("./div[not(ul)]")
            text = own + (names[0].text_content().strip("\n") if names else "")
            label, colon, value = text.partition("：")
            if colon:
                values[label] = value
            elif text:
                values["分类号"] += text
        jsh = box.xpath("string(.//div[@class='cp_jsh'])").replace("\u00a0\u00a0全部", "")
        separator = f";{EN_SPACE}"
        publication = Publication(
            source="pip",
            gazette_date=values["申请公布日"].replace(".", "-"),
            publication_no=values["申请公布号"],
            application_no=values["申请号"],
            application_date=values["申请日"].replace(".", "-"),
            title=box.xpath("string(.//h1)").partition("\u00a0")[2],
            applicants=values["申请人"].split(separator),
            inventors=values["发明人"].split(separator),
            address=values["地址"],
            ipc=values["分类号"].split(separator),
            agency=values.get("专利代理机构"),
            agents=values["代理人"].split(separator),
            priority=None,
            domestic_priority=None,
            pct_entry_date=values.get("PCT进入国家阶段日"),
            pct_application=values.get("PCT申请数据"),
            pct_publication=values.get("PCT公布数据"),
            cited_documents=None,
            divisional_of=None,
            bio_deposit=None,
            abstract=jsh.partition("摘要：")[2].strip(),
        )
        result.append((box, publication))
    return result


def record_lines(box: Any) -> list[str]:
    parts = box.xpath(".//h1 | .//div[@class='cp_linr']/ul | .//div[@class='cp_jsh']")
    return ["".join(part.text_content().split("\n")).replace(" ", "") for part in parts]


def test_the_saved_records_come_out_as_they_are_on_the_saved_page(
    saved: Callable[[str], Any],
) -> None:
    records = saved_records(saved(SAVED_LISTING))
    assert len(records) == 3
    for box, publication in records:
        ours = html.fromstring(record_box(publication))
        assert record_lines(ours) == record_lines(box)
        assert len(ours.xpath(".//a[@class='zhankaizt']")) == len(
            box.xpath(".//a[@class='zhankaizt']")
        )


@pytest.mark.parametrize(
    ("values", "n_shown"),
    [
        ([], 0),
        (["甲" * 40], 1),
        (["甲乙", "丙丁", "戊己"], 3),
        (["甲乙", "丙丁", "戊己", "庚辛"], 1),
        (["甲" * 10, "乙" * 11], 2),
        (["甲" * 11, "乙" * 11], 1),
    ],
)
def test_a_line_shows_all_names_or_the_first_alone(values: list[str], n_shown: int) -> None:
    shown, hidden = split_overflow(values)
    assert len(shown) == n_shown
    assert [*shown, *hidden] == values


def test_a_chinese_character_is_two_columns_wide() -> None:
    assert text_width("风A（") == 5
