"""The report page: complete, quiet on the network, the same bytes, honest about what it shows."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.report import DEFECTS, TABLES, ReportTableError, render_report
from orchestration.report_figures import City, Series, Tie, albers, map_svg, trend_svg
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
            assert str(attrs["href"]).startswith("#")
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
    assert len(page.all("svg")) == 4
    titles = re.findall(r"<title(?: id=\"[^\"]*-title\")?>(.*?)</title>", pages["full"])
    figures = re.findall(r"<title id=\"[^\"]*-title\">(.*?)</title>", pages["full"])
    assert len(figures) == 4
    assert all("synthetic" in title for title in figures)
    assert titles[0].startswith("Synthetic data")
    for caption in re.findall(
        r"<(?:caption|figcaption)>(.*?)</(?:caption|figcaption)>", pages["full"], re.DOTALL
    ):
        assert "synthetic" in caption
    for heading in re.findall(r"<h2 id=.*?</h2>", pages["full"], re.DOTALL):
        assert "synthetic" in heading


@pytest.mark.parametrize("name", ["real", "empty"])
def test_real_data_are_never_called_synthetic(pages, name):
    assert "synthetic" not in re.sub(r"<style>.*?</style>", "", pages[name], flags=re.S).lower()


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
    assert all(d["tabindex"] == "0" and d["aria-label"] for d in regions)
    assert page.all("html")[0]["lang"] == "en"


def test_empty_tables_are_empty_sections(pages):
    page = Page(pages["empty"])
    assert page.all("svg") == []
    assert pages["empty"].count('class="empty"') >= 8
    assert "Moran&#39;s I of 0 cities" in pages["empty"]


def test_one_gazette_day_is_one_map_and_reasons_for_the_rest(databases, tmp_path):
    path = tmp_path / "one_day.duckdb"
    path.write_bytes(databases["real"].read_bytes())
    with duckdb.connect(str(path)) as connection:
        for table in ("fct_joint_edges", "fct_city_years"):
            connection.execute(f"delete from marts.{table} where year <> 2020")
        connection.execute("update marts.fct_city_years set rsi = 0")
        connection.execute("delete from reports.rpt_table1_partner_dynamics")
        connection.execute(
            "update reports.rpt_table3_baseline set coef = null, n_obs = null, "
            "status = 'unavailable', reason = 'no row is complete'"
        )
    render_report(path, tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.mismatched == []
    assert len(page.all("figure")) == len(page.all("svg")) == 2  # the map and the trend
    assert "between Chinese cities, 2020</h1>" in text
    assert "no row is complete</p>" in text
    assert "all values are equal</p>" in text


@pytest.mark.parametrize("table", sorted(TABLES))
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


def test_trend_counts_each_joint_patent_once(databases, pages):
    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        expected = connection.execute(
            "select sum(n)::bigint from marts.fct_joint_edges "
            "where counting = 'fractional' and basis = 'grant' and year = 2020"
        ).fetchone()[0]
    assert f"<td>{expected:,}</td></tr></tbody>" in pages["full"]


def test_moran_of_the_page_is_that_of_the_panel(databases, pages):
    from analysis.api import moran, weights

    with duckdb.connect(str(databases["full"]), read_only=True) as connection:
        rows = connection.execute(
            "select c.latitude, c.longitude, p.rsi::double from marts.fct_city_years as p "
            "join marts.dim_cities as c using (adcode) where p.year = 2020 and p.in_sample"
        ).fetchall()
    result = moran([math.log1p(row[2]) for row in rows], weights([row[:2] for row in rows]))
    text = f"{result.statistic:.4f}".replace("-", "−")
    assert f"Moran&#39;s I = {text} " in pages["full"]
    assert f"{len(rows)} cities of the sample" in pages["full"]


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


def test_estimates_are_printed_as_in_the_paper(pages):
    cell = '−0.126<span class="stars">***</span><span class="se">（0.026）</span>'
    assert f"<td>{cell}</td>" in pages["full"]
    printed = '−8.672***<span class="stars"></span><span class="se">（1.310）</span>'
    assert f'<td class="paper first-paper">{printed}</td>' in pages["full"]
    assert "Left out of column (3): er, absorbed by the entity and period" in pages["full"]
    assert "Of the year before: rsi, DC, er. Of the same year: HSR." in pages["full"]
    footer = re.search(r"<tfoot>(.*?)</tfoot>", pages["full"], re.DOTALL).group(1)
    assert footer.count("<tr>") == 5
    assert "<td>1,112</td>" in footer
    assert "<td>0.821</td>" in footer


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
    assert "<b>Not available in this build:</b> no value in er</p>" in text
    assert "<tfoot>" not in text


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
    for code in DEFECTS:
        assert f'<li id="{code}">' in pages["full"]


def test_projection_keeps_areas():
    step = 1e-4
    for latitude, longitude in ((20.0, 80.0), (30.0, 105.0), (45.0, 130.0)):
        x0, y0 = albers(latitude, longitude)
        x1, y1 = albers(latitude + step, longitude)
        x2, y2 = albers(latitude, longitude + step)
        area = abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        sphere = math.radians(step) ** 2 * math.cos(math.radians(latitude))
        assert area == pytest.approx(sphere, rel=1e-4)
    assert albers(35.0, 105.0)[0] == 0.0
    assert albers(40.0, 105.0)[1] > albers(30.0, 105.0)[1]


CITIES = [
    City("a", "甲", "A", 30.0, 100.0, 4),
    City("b", "乙", "B", 35.0, 110.0, 1),
    City("c", "丙", "C", 40.0, 120.0, 0),
]


def test_map_draws_every_city_and_tie_and_names_cities_with_partners():
    svg = map_svg(
        CITIES,
        [Tie("a", "b", 4.0)],
        figure_id="m",
        title="T",
        description="D",
        largest=4,
        heaviest=4.0,
    )
    assert svg.count("<circle") == 3
    assert svg.count('class="tie"') == 1
    assert re.findall(r'class="label"[^>]*>([^<]*)<', svg) == ["甲 A", "乙 B"]
    radii = [float(r) for r in re.findall(r' r="([\d.]+)"', svg)]
    assert (radii[0] - 1.6) / (radii[1] - 1.6) == pytest.approx(2.0, rel=0.02)  # area 4 to 1


def test_one_city_alone_is_a_map():
    svg = map_svg(
        CITIES[:1], [], figure_id="m", title="T", description="D", largest=0, heaviest=0.0
    )
    assert svg.count("<circle") == 1


def test_trend_of_one_year_and_of_zeros_is_drawn():
    for values in ([5.0], [0.0], [None]):
        svg = trend_svg(
            [2019],
            [Series("s", "one", values)],
            figure_id="t",
            title="T",
            description="D",
            unit="n",
        )
        assert svg.count("<circle") == (0 if values == [None] else 1)
        assert "nan" not in svg
