"""The report opened from disk in a real browser, with every network request refused and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.report import render_report
from tests.published import make_published

pytestmark = pytest.mark.browser


class Visit:
    """A page and everything it asked for or complained about."""

    def __init__(self, browser: Any, path: Path, width: int) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900})
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


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["full", "empty"])
def test_the_page_asks_for_nothing_and_complains_of_nothing(browser, reports, name, width):
    visit = Visit(browser, reports[name], width)
    assert visit.requests == [reports[name].as_uri()]
    assert visit.complaints == []
    # No sideways scrolling of the page: wide tables scroll inside their own box.
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    visit.page.close()


def test_banner_figures_and_tables_are_visible(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    banner = page.locator("#synthetic-banner")
    assert banner.is_visible()
    assert "SYNTHETIC DATA" in banner.inner_text()
    assert float(banner.bounding_box()["height"]) > 60
    assert page.locator("svg[role=img]").count() == 4
    for figure in page.locator("svg[role=img]").all():
        box = figure.bounding_box()
        assert box["width"] > 400
        assert box["height"] > 200
    for name in ("Table 1", "Table 2", "Table 3"):
        assert page.get_by_role("region", name=name, exact=True).is_visible()
    page.close()


def test_labels_of_a_map_do_not_cover_each_other(browser, reports):
    page = Visit(browser, reports["full"], 1280).page
    for number in range(2):
        labels = page.locator("svg.map").nth(number).locator("text.label")
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
    table = page.get_by_role("region", name="Method settings", exact=True).locator("table")
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
