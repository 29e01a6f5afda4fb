"""The report opened from disk in a real browser, with every network request refused and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.report import render_report
from orchestration.report_texts import CONTENTS
from tests.published import make_published

pytestmark = pytest.mark.browser


class Visit:
    """A page and everything it asked for or complained about."""

    def __init__(self, browser: Any, path: Path, width: int, **context: Any) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **context)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", self._route)
        self.page.goto(path.as_uri())

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _route(self, route: Any) -> None:
        self.requests.append(route.request.url)
        if route.request.url.startswith("file://"):
            route.continue_()
        else:
            route.abort()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report with blank")
    paths = {}
    for name, rows in (("full", True), ("empty", False)):
        make_published(folder / f"{name}.duckdb", rows=rows, synthetic=rows)
        paths[name] = folder / f"{name}.html"
        render_report(folder / f"{name}.duckdb", paths[name])
    return paths


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["full", "empty"])
def test_the_page_asks_for_nothing_and_complains_of_nothing(browser, reports, name, width):
    visit = Visit(browser, reports[name], width)
    for language in ("en", "zh"):
        visit.page.locator(f"#language-{language}").check()
        visit.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        # No sideways scrolling of the page: wide tables scroll inside their own box.
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.requests == [reports[name].as_uri()]
    assert visit.complaints == []
    visit.page.close()


def test_every_section_shows_and_is_in_the_contents(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    for name, words in CONTENTS:
        section = page.locator(f"section#{name}")
        assert section.is_visible(), name
        assert section.locator("h2").is_visible()
        assert float(section.bounding_box()["height"]) > 60
        link = page.locator(f'nav.toc a[href="#{name}"]')
        assert link.inner_text() == words.en
    page.close()


@pytest.mark.parametrize(
    ("section", "holds"),
    [
        ("table4", "ln extensive"),
        ("table5", "Spatial Durbin"),
        ("spatial-tests", "LM lag"),
        ("moran", "0.0767"),
        ("events", "0.3412"),
        ("robustness", "variant ppml"),
        ("networks", "0.03"),
        ("facts", "566 → 46,108"),
        ("audit", "97 + 140 = 237"),
    ],
)
def test_sections_hold_their_tables(browser, reports, section, holds):
    page = Visit(browser, reports["full"], 1280).page
    tables = page.locator(f"section#{section} table:visible")
    assert tables.count() >= 1
    assert any(holds in text for text in tables.all_inner_texts())
    page.close()


def test_the_switch_changes_the_language_of_everything(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    english, chinese = page.locator("#language-en"), page.locator("#language-zh")
    assert english.is_checked()
    assert page.evaluate("document.documentElement.lang") == "en"
    heading = page.locator("h1")
    assert heading.inner_text().startswith("Green joint patents")
    shown = len(page.locator("main").inner_text())
    english.focus()
    page.keyboard.press("ArrowRight")
    assert chinese.is_checked()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert heading.inner_text().startswith("中国城市间绿色专利合作")
    for locator in ("svg .l-en", "span.l-en", "div.l-en", "a.l-en"):
        assert page.locator(f"{locator}:visible").count() == 0
    assert page.locator("section#table3 caption:visible").inner_text().startswith("表3")
    assert "北京" in page.locator("section#map svg").first.text_content()
    labels = page.locator("section#map svg").first.locator("g.l-zh text")
    assert labels.first.is_visible()
    assert 0.2 < len(page.locator("main").inner_text()) / shown < 1.0
    files = page.locator("section#table3 .files").first.locator("a:visible")
    assert all(str(link.get_attribute("href")).endswith(("_zh.html", "_zh.docx", "_zh.xlsx",
        "_zh.tex", "_zh.csv")) for link in files.all())  # fmt: skip
    english.check()
    assert heading.inner_text().startswith("Green joint patents")
    page.close()


def test_a_chinese_browser_begins_in_chinese_and_the_switch_needs_no_script(browser, reports):
    page = Visit(browser, reports["full"], 1280, locale="zh-CN").page
    assert page.locator("h1").inner_text().startswith("中国城市间")
    page.close()
    page = Visit(browser, reports["full"], 1280, java_script_enabled=False).page
    assert page.locator("h1").inner_text().startswith("Green joint patents")
    page.locator("#language-zh").check()
    assert page.locator("h1").inner_text().startswith("中国城市间")
    page.close()


def test_banner_figures_and_tables_are_visible(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    banner = page.locator("#synthetic-banner")
    assert banner.is_visible()
    assert "SYNTHETIC DATA" in banner.inner_text()
    assert float(banner.bounding_box()["height"]) > 60
    page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
    figures = page.locator("svg[role=img]")
    assert figures.count() >= 14
    for figure in figures.all():
        box = figure.bounding_box()
        assert box["width"] > 400
        assert box["height"] > 100
    for number in range(1, 6):
        assert page.locator(f"section#table{number} div[role=region]:visible").count() >= 1
    page.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_labels_of_a_map_do_not_cover_each_other(browser, reports, language):
    page = Visit(browser, reports["full"], 1280).page
    page.locator(f"#language-{language}").check()
    for number in range(2):
        figure = page.locator("section#map figure svg").nth(number)
        labels = figure.locator(f'g.l-{language} g[font-weight="600"] text')
        boxes = [label.bounding_box() for label in labels.all()]
        assert len(boxes) >= 5
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                over_x = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
                over_y = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
                assert over_x < 4 or over_y < 6
    page.close()


def test_tables_sort_by_keyboard_and_say_how(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    table = page.get_by_role("region", name="Method settings").locator("table")
    head = table.locator("th", has_text="Setting").first
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    names = table.locator("tbody th").all_inner_texts()
    assert names == sorted(names)
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert table.locator("tbody th").all_inner_texts() == sorted(names, reverse=True)
    page.close()


def test_print_shows_every_figure_and_no_switch(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    page.emulate_media(media="print")
    assert not page.locator(".language").is_visible()
    assert not page.locator("nav.toc").is_visible()
    assert page.locator("section#map svg").first.is_visible()
    page.close()
