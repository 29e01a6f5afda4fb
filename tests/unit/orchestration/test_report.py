"""The report page: complete, quiet on the network, the same bytes, honest about what it shows."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
import yaml

from analysis.tables import LANGUAGES
from orchestration import report
from orchestration.exports import FORMATS, SOURCES, tables_of
from orchestration.release_figures import (
    FIGURE_FORMATS,
    MissingFigure,
    figure_groups,
    figures_of,
    write_figures,
)
from orchestration.report import TABLES, ReportTableError, render_report
from orchestration.report_texts import DEFECTS
from tests.published import make_published

ROOT = Path(__file__).resolve().parents[3]
VOID = {"meta", "link", "br", "hr", "img", "input", "circle", "path"}


class Page(HTMLParser):
    """Elements in order, and whether every one is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.mismatched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.mismatched.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("published")
    paths = {name: folder / f"{name}.duckdb" for name in ("full", "real", "empty")}
    make_published(paths["full"])
    make_published(paths["real"], synthetic=False)
    make_published(paths["empty"], rows=False, synthetic=False)
    return paths


@pytest.fixture(scope="module")
def pages(databases: dict[str, Path]) -> dict[str, str]:
    result = {}
    for name, path in databases.items():
        out = path.with_suffix(".html")
        render_report(path, out)
        result[name] = out.read_text(encoding="utf-8")
    return result


@pytest.mark.parametrize("name", ["full", "real", "empty"])
def test_every_element_is_closed_and_every_id_is_unique(pages, name):
    page = Page(pages[name])
    assert page.mismatched == []
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert targets <= set(ids)


@pytest.mark.parametrize("name", ["full", "real", "empty"])
def test_nothing_points_to_a_network(pages, name):
    page = Page(pages[name])
    assert not re.search(r"https?:|//[a-z]|@import|url\(", pages[name])
    for tag, attrs in page.elements:
        assert "src" not in attrs, tag
        if tag == "link":
            assert attrs["href"] == "data:,"
        elif "href" in attrs:
            assert re.match(r"#|\.\./(tables|figures)/[\w.]+$", str(attrs["href"]))
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_the_policy_admits_exactly_the_script_of_the_page(pages):
    script = re.search(r"<script>(.*?)</script>", pages["full"], re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in pages["full"] or (
        f"script-src 'sha256-{digest}'" in pages["full"]
    )


def test_same_database_same_bytes(databases, pages, tmp_path):
    again = tmp_path / "again.html"
    render_report(databases["full"], again)
    assert again.read_text(encoding="utf-8") == pages["full"]
    assert list(tmp_path.iterdir()) == [again]


def test_synthetic_data_say_so_in_the_banner_and_in_every_title(pages):
    assert "SYNTHETIC DATA" in pages["full"]
    page = Page(pages["full"])
    titles = re.findall(r"<title(?: id=\"[^\"]*-title\")?>(.*?)</title>", pages["full"])
    figures = re.findall(r"<title id=\"[^\"]*-title\">(.*?)</title>", pages["full"])
    assert len(figures) == len(page.all("svg")) > 12
    assert all("synthetic" in title and "合成" in title for title in figures[1:])
    assert "synthetic" not in figures[0]  # the diagram shows no data
    assert titles[0].startswith("Synthetic data 合成数据")
    captions = re.findall(
        r"<(?:caption|figcaption)>(.*?)</(?:caption|figcaption)>", pages["full"], re.DOTALL
    )
    headings = re.findall(r"<h[23] id=.*?</h[23]>", pages["full"], re.DOTALL)
    assert len(captions) > 30
    assert len(headings) > 20
    for text in captions + headings:
        is_theory = "innovation value chain" in text or "theory-h" in text
        assert is_theory or "synthetic" in text or "合成" in text


@pytest.mark.parametrize("name", ["real", "empty"])
def test_real_data_are_never_called_synthetic(pages, name):
    text = re.sub(r"<style>.*?</style>", "", pages[name], flags=re.S).lower()
    assert "synthetic" not in text
    assert "合成" not in text


def test_one_synthetic_report_is_enough_for_the_banner(databases, tmp_path):
    path = tmp_path / "mixed.duckdb"
    path.write_bytes(databases["real"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute("update reports.rpt_top_cities set is_synthetic = true")
    render_report(path, tmp_path / "index.html")
    assert "SYNTHETIC DATA" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_figures_and_tables_can_be_read_without_seeing(pages):
    page = Page(pages["full"])
    for svg in page.all("svg"):
        assert svg["role"] == "img"
        for reference in str(svg["aria-labelledby"]).split():
            assert f'id="{reference}"' in pages["full"]
    assert all("scope" in th for th in page.all("th"))
    regions = [d for d in page.all("div") if d.get("role") == "region"]
    assert len(regions) == len(page.all("table"))
    for region in regions:
        assert region["tabindex"] == "0"
        assert region.get("aria-label") or f'id="{region["aria-labelledby"]}"' in pages["full"]
    assert page.all("html")[0]["lang"] == "en"
    radios = page.all("input")
    assert [(r["type"], r["name"]) for r in radios] == [("radio", "language")] * 2
    assert "checked" in radios[0]


def test_empty_tables_are_empty_sections(pages):
    page = Page(pages["empty"])
    assert len(page.all("svg")) == 1  # the diagram of the theory
    assert pages["empty"].count('class="empty"') >= 12
    assert "no Moran statistic of ln(1 + rsi)" in pages["empty"]
    assert "no tie between cities" in pages["empty"] or "the panel holds no year" in pages["empty"]


def test_one_gazette_day_is_one_map_and_reasons_for_the_rest(databases, tmp_path):
    path = tmp_path / "one_day.duckdb"
    path.write_bytes(databases["real"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        for table in (
            "marts.fct_joint_edges", "marts.fct_city_years", "reports.rpt_moran_by_year",
            "reports.rpt_moran_cities",
        ):  # fmt: skip
            connection.execute(f"delete from {table} where year <> 2020")
        connection.execute("delete from reports.rpt_table1_partner_dynamics")
        connection.execute(
            "update reports.rpt_table3_baseline set coef = null, n_obs = null, "
            "status = 'unavailable', reason = 'no row is complete'"
        )
    render_report(path, tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.mismatched == []
    assert len(page.all("figure")) == len(page.all("svg"))
    maps = [svg["aria-labelledby"] for svg in page.all("svg") if "map-" in svg["aria-labelledby"]]
    assert sum("links" in name for name in maps) == 1
    assert "figure3-moran-2020" in text
    assert "figure2-moran" not in text  # one year is one figure
    assert "Chinese cities</span>" in text
    assert ">, 2020</span>" in text
    assert "no row is complete" in text
    assert "no coefficient was estimated" in text


READ = sorted(TABLES)


@pytest.mark.parametrize("table", READ)
def test_an_absent_table_is_an_error_by_name(databases, tmp_path, table):
    path = tmp_path / "broken.duckdb"
    path.write_bytes(databases["empty"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"drop table {table}")
    out = tmp_path / "index.html"
    out.write_text("before", encoding="utf-8")
    with pytest.raises(ReportTableError, match=re.escape(table)):
        render_report(path, out)
    assert out.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("table", sorted(table for table, columns in TABLES.items() if columns))
def test_an_absent_column_is_an_error_by_name(databases, tmp_path, table):
    path = tmp_path / "broken.duckdb"
    path.write_bytes(databases["empty"].read_bytes())
    column = TABLES[table][-1]
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"alter table {table} rename column {column} to other")
    with pytest.raises(ReportTableError, match=f"{table} has no column {column}"):
        render_report(path, tmp_path / "index.html")


def test_text_from_data_is_never_markup(databases, tmp_path):
    path = tmp_path / "hostile.duckdb"
    path.write_bytes(databases["full"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.dim_cities set short_name = '<b onclick=x>&' || adcode")
        connection.execute("update marts.rejections set reason = '</script><script>alert(1)'")
        connection.execute("update meta.method_settings set value = '\"><img src=x>'")
    render_report(path, tmp_path / "index.html")
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert page.mismatched == []
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert all("onclick" not in attrs for _, attrs in page.elements)


def test_every_table_of_a_release_is_on_the_page_in_both_languages(databases, pages):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        tables = tables_of(connection, paper=True)
    assert len(tables) == len(SOURCES)
    for table in tables:
        for language in LANGUAGES:
            assert table.to_html_fragment(language, flags=True) in pages["full"], table.id


def test_a_table_too_long_for_the_page_is_in_the_files_and_the_page_says_so(databases, monkeypatch):
    monkeypatch.setattr(report, "SHOWN_ROWS", 20)
    out = databases["full"].with_name("short.html")
    render_report(databases["full"], out)
    text = out.read_text(encoding="utf-8")
    assert 'data-table="table1"' in text
    assert 'data-table="robustness"' in text
    assert 'data-table="city_series"' in text
    monkeypatch.setattr(report, "SHOWN_ROWS", 10)
    render_report(databases["full"], out)
    text = out.read_text(encoding="utf-8")
    assert 'data-table="table3"' not in text
    assert re.search(r"Table 3\. .*?has \d+ rows: see its files", text)
    assert "../tables/table3_synthetic_en.xlsx" in text


def test_every_figure_of_a_release_is_on_the_page_with_its_caption(databases, pages):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        groups = figure_groups(connection, synthetic=True)
    figures = figures_of(groups)
    assert {figure.name for figure in figures} >= {
        "figure1_theory", "figure2_moran_2017", "figure3_moran_2020", "map_links_2016",
        "map_links_2020", "map_partners_2020", "map_intensity_2020", "map_clusters_2020",
        "joint_trend", "moran_by_year", "event_study_hsr_ln_rsi", "table3_coefficients",
    }  # fmt: skip
    for figure in figures:
        assert figure.to_svg_inline() in pages["full"], figure.name
        for caption in (figure.caption.en, figure.caption.zh):
            assert html.escape(caption, quote=True).replace("&#x27;", "&#39;") in pages["full"]
    missing = [m for group in groups for m in group.members if isinstance(m, MissingFigure)]
    assert [(m.name, m.reason) for m in missing] == [
        ("event_study_innovative_ln_rsi", "no city is ever treated")
    ]
    assert "no city is ever treated" in pages["full"]


def test_links_to_files_lead_to_the_files_that_a_release_writes(databases, pages):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        tables = tables_of(connection)
        figures = figures_of(figure_groups(connection, synthetic=True))
    names = {
        f"../tables/{table.file_stem(language)}.{form}"
        for table in tables
        for language in LANGUAGES
        for form in FORMATS
    }
    for figure in figures:
        names.add(f"../figures/{figure.file_name('csv')}")
        names |= {
            f"../figures/{figure.file_name(form, language)}"
            for language in LANGUAGES
            for form in FIGURE_FORMATS
        }
    page = Page(pages["full"])
    assert {str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("../")} == names
    assert all("synthetic" in name or "figure1_theory" in name for name in names)


def test_figures_are_written_whole_and_the_same_each_time(databases, tmp_path):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        groups = figure_groups(connection, synthetic=True)
    trend = figures_of([group for group in groups if group.name == "trend"])
    paths = write_figures(trend, tmp_path / "one")
    again = write_figures(trend, tmp_path / "two")
    assert sorted(path.name for path in paths) == [
        "joint_trend_synthetic.csv",
        *(
            f"joint_trend_synthetic_{language}.{form}"
            for language in ("en", "zh")
            for form in ("pdf", "png", "svg")
        ),
    ]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(
        path.name for path in paths
    )
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]


def test_a_release_of_older_times_has_figures_and_reasons(databases, tmp_path):
    path = tmp_path / "old.duckdb"
    path.write_bytes(databases["full"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        for table in ("rpt_event_studies", "rpt_moran_cities", "rpt_moran_by_year"):
            connection.execute(f"drop table reports.{table}")
        groups = {group.name: group.members for group in figure_groups(connection, synthetic=True)}
    assert groups["events"][0].reason == "this release has no reports.rpt_event_studies"
    assert groups["moran"][0].reason == "this release has no reports.rpt_moran_by_year"
    assert groups["links"][0].name == "map_links_2016"


def test_scales_are_the_same_in_maps_that_are_compared(databases):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        groups = {group.name: group.members for group in figure_groups(connection, synthetic=True)}
    for name in ("links", "partners", "intensity"):
        first, last = (member.english.texts()[-3:] for member in groups[name])
        assert first == last  # the three sizes of the legend


def test_lineage_stands_inline_and_may_not_act(databases, tmp_path):
    out = tmp_path / "index.html"
    render_report(
        databases["empty"], out, lineage_svg='<?xml version="1.0"?>\n<svg xmlns="x"><rect/></svg>'
    )
    assert "<svg><rect/></svg>" in out.read_text(encoding="utf-8")
    for bad in (
        "<svg><script>x</script></svg>",
        '<svg><a href="#x"/></svg>',
        '<svg onload="x"/></svg>',
        '<svg><image href="x"/></svg>',
        '<svg><rect style="fill:url(x)"/></svg>',
        "<p>no drawing</p>",
    ):
        with pytest.raises(ValueError, match="lineage"):
            render_report(databases["empty"], out, lineage_svg=bad)


def test_every_column_the_page_reads_is_promised_by_a_model():
    promised: dict[str, set[str]] = {}
    for path in sorted((ROOT / "dbt_project" / "models").rglob("*.yml")):
        schema = path.relative_to(ROOT / "dbt_project" / "models").parts[0]
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []:
            columns = {column["name"] for column in model.get("columns") or []}
            promised[f"{schema}.{model['name']}"] = columns
    wanted = {table: set(columns) for table, columns in TABLES.items() if table[:5] != "meta."}
    absent = {table: columns - promised.get(table, set()) for table, columns in wanted.items()}
    assert {table for table in wanted if table not in promised} == set()
    assert {table: columns for table, columns in absent.items() if columns} == {}


def test_the_tables_of_these_tests_are_those_of_the_models(databases):
    with duckdb.connect(str(databases["empty"]), read_only=True) as connection:
        held = {
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select distinct table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
    assert held == set(TABLES)


def test_a_table_without_estimates_shows_its_reason(databases, tmp_path):
    path = tmp_path / "unavailable.duckdb"
    path.write_bytes(databases["full"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update reports.rpt_table3_baseline set coef = null, std_error = null, "
            "status = 'unavailable', reason = 'no value in er'"
        )
    render_report(path, tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    section = re.search(r'<section id="table3".*?</section>', text, re.DOTALL).group(0)
    assert "no value in er" in section
    assert "no coefficient was estimated" in section


def test_rows_that_are_not_accounted_for_stand_out(databases, pages, tmp_path):
    path = tmp_path / "lost.duckdb"
    path.write_bytes(databases["full"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute("update reports.rpt_row_accounting set n_unaccounted = 3")
    render_report(path, tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<td class="bad" data-value="3">3</td>' in text
    assert '<td class="good" data-value="0">0</td>' in pages["full"]


def test_flags_lead_to_their_defects(pages):
    assert list(DEFECTS) == [f"D-{number:02d}" for number in range(1, 33)]
    for code in DEFECTS:
        assert f'<li id="{code}">' in pages["full"]
    assert '<a href="#D-01">D-01</a>' in pages["full"]


def test_both_languages_are_complete(pages):
    """Every English text has its Chinese one beside it, and none is without letters of its own."""
    english = re.findall(r'<span class="l-en">(.*?)</span>', pages["full"])
    chinese = re.findall(r'<span class="l-zh" lang="zh-Hans">(.*?)</span>', pages["full"])
    assert len(english) == len(chinese) > 200
    plain = [text for text in english if re.search(r"[\u4e00-\u9fff]", text)]
    assert plain == []
    without = [text for text in chinese if text and not re.search(r"[\u4e00-\u9fff\uff0c]", text)]
    assert without == []


def test_the_page_is_small(pages):
    assert len(pages["full"].encode()) < 800_000
