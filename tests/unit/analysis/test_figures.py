"""Figures: one set of marks behind every file, both languages, honest about what they draw."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from analysis import figures_export, figures_object
from analysis.errors import AnalysisError
from analysis.figures import (
    Figure,
    FigureUnavailableError,
    both,
    cluster_map,
    coefficient_figure,
    event_study_figure,
    link_map,
    moran_figure,
    moran_trend_figure,
    theory_figure,
    trend_figure,
    value_map,
)
from analysis.figures_charts import COLUMNS, _panels
from analysis.figures_maps import CLUSTERS, albers
from analysis.figures_marks import (
    BLUE,
    FIRST_WIDE,
    ORANGE,
    Circle,
    Drawing,
    Shape,
    Text,
    svg_inline,
    text_width,
    wrapped,
)
from analysis.spatial import moran
from analysis.weights import weights

CITIES = pl.DataFrame(
    {
        "adcode": ["a", "b", "c", "d", "e"],
        "short_name": ["甲", "乙", "丙", "丁", "戊"],
        "name_en": ["Jia", "Yi", "Bing", "Ding", None],
        "latitude": [30.0, 35.0, 40.0, 25.0, 45.0],
        "longitude": [100.0, 110.0, 120.0, 113.0, 127.0],
    }
)
EDGES = pl.DataFrame(
    {"year": [2020, 2020, 2019], "city_a": ["a", "a", "a"], "city_b": ["b", "c", "d"],
     "n": [4.0, 1.0, 2.0]}
)  # fmt: skip
VALUES = pl.DataFrame({"adcode": list("abcde"), "year": [2020] * 5, "k": [8.0, 2.0, 0.0, None, 1]})
SERIES = pl.DataFrame(
    {"level": ["national", "national", "city"], "year": [2019, 2020, 2020],
     "n_applications": [5, 40, 9], "n_grants": [3, 12, 9]}
)  # fmt: skip
STUDY = pl.DataFrame(
    [
        {
            "policy": "hsr", "outcome": "ln_rsi", "event_time": t, "coef": 0.1 * max(t, 0),
            "std_error": 0.0 if t == -1 else 0.05, "is_base": t == -1, "pretrend_p": 0.34,
            "overall": 0.2, "overall_se": 0.05, "twoways_coef": 0.15, "twoways_se": 0.04,
            "status": "ok", "reason": None,
        }
        for t in range(-3, 4)
    ]
)  # fmt: skip
TABLE3 = pl.DataFrame(
    [
        {
            "column_no": c, "position": p, "term": term, "label_zh": zh, "label_en": en,
            "coef": size * c, "std_error": size / 3, "n_entities": 278,
        }
        for p, (term, en, zh, size) in enumerate(
            [("DC", "degree", "度数中心度", 9.0), ("er", "regulation", "环境规制", 0.01),
             ("hsr", "rail", "高铁", 0.02)], start=1)
        for c in (1, 2, 3)
    ]
)  # fmt: skip


def _moran_frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    values = np.array([3.0, 2.0, 2.5, 0.0, 1.0])
    points = CITIES.select("latitude", "longitude").to_numpy()
    found = moran(values, weights(points), permutations=99, seed=3)
    rows = found.members(CITIES["adcode"].to_list())
    local = rows.select(
        pl.lit(2020).alias("year"),
        pl.col("id").alias("adcode"),
        pl.lit("市").alias("city_name"),
        pl.col("z").alias("standardised"),
        pl.col("lag").alias("spatial_lag"),
        "local_i",
        "quadrant",
        pl.col("p_permutation").alias("p_value"),
        pl.lit(value=True).alias("is_significant"),
    )
    totals = pl.DataFrame(
        {
            "year": [2019, 2020],
            "statistic": [0.1, found.statistic],
            "expectation": [-0.25, found.expectation],
            "sd": [0.1, 0.1],
            "p_greater": [0.04, 0.00001],
            "p_permutation": [None, found.p_permutation],
            "n_permutations": [99, 99],
            "seed": [3, 3],
            "weights_kind": ["inverse_distance"] * 2,
            "paper_statistic": [None, 0.0767],
        }
    )
    return local, totals


LOCAL, TOTALS = _moran_frames()


def _all(is_synthetic: bool = True) -> list[Figure]:
    label = both("high-speed rail", "高铁开通")
    flag = {"is_synthetic": is_synthetic}
    return [
        theory_figure(),
        moran_figure(LOCAL, TOTALS, CITIES, year=2020, number="3", **flag),
        moran_trend_figure(TOTALS, **flag),
        link_map(EDGES, CITIES, year=2020, **flag),
        value_map(
            VALUES, CITIES, column="k", year=2020, name="map_k", title=label, unit=label, **flag
        ),
        cluster_map(LOCAL, CITIES, year=2020, **flag),
        trend_figure(SERIES, **flag),
        event_study_figure(STUDY, policy="hsr", outcome="ln_rsi", label=label, **flag),
        coefficient_figure(TABLE3, **flag),
    ]


FIGURES = {figure.name: figure for figure in _all()}
every_figure = pytest.mark.parametrize("name", sorted(FIGURES))


def _is_chinese(text: str) -> bool:
    return any(ord(character) > FIRST_WIDE for character in text)


@every_figure
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_svg_file_holds_the_texts_of_its_drawing_and_no_reference(name, language):
    figure = FIGURES[name]
    text = figure.to_svg(language)
    root = etree.fromstring(text.encode())
    space = "{http://www.w3.org/2000/svg}"
    written = [node.text for node in root.iter(f"{space}text")]
    drawn = list(figure.drawing(language).texts())
    assert [t for t in written if t in set(drawn)][: len(drawn)]
    assert Counter(drawn) <= Counter(written)
    assert root.find(f"{space}title").text == figure.heading(language)
    assert root.find(f"{space}desc").text == figure.caption.of(language)
    assert "href" not in text
    assert "url(" not in text
    assert "nan" not in text
    heading = " ".join(written)
    assert figure.heading(language).split()[0] in heading


@every_figure
def test_each_language_speaks_for_itself(name):
    figure = FIGURES[name]
    assert not any(_is_chinese(text) for text in figure.english.texts())
    assert not _is_chinese(figure.heading("en") + figure.caption.en)
    assert any(_is_chinese(text) for text in figure.chinese.texts())
    assert _is_chinese(figure.heading("zh"))
    assert _is_chinese(figure.caption.zh)
    assert (figure.english.width, figure.english.height) == (
        figure.chinese.width,
        figure.chinese.height,
    )


@every_figure
def test_the_drawings_of_two_languages_differ_in_texts_alone(name):
    figure = FIGURES[name]

    def others(drawing: Drawing) -> Counter:
        # a line may lead to a label, whose place depends on its length
        return Counter(
            mark
            for mark in drawing.marks
            if not isinstance(mark, Text) and not (isinstance(mark, Shape) and _is_leader(mark))
        )

    assert others(figure.english) == others(figure.chinese)


def _is_leader(mark: Shape) -> bool:
    return mark.style.width == 0.8 and len(mark.steps) == 2


@pytest.mark.parametrize(
    "name", ["figure1_theory", "map_links_2020", "map_clusters_2020", "event_study_hsr_ln_rsi"]
)
def test_pdf_and_png_draw_every_mark_of_the_drawing(name, monkeypatch):
    from matplotlib.figure import Figure as Canvas

    figure = FIGURES[name]
    added: list = []
    add = Canvas.add_artist
    monkeypatch.setattr(Canvas, "add_artist", lambda self, a: (added.append(a), add(self, a))[1])
    png = figure.to_png("zh")
    in_png = added[:]
    added.clear()
    pdf = figure.to_pdf("zh")
    drawing, _ = figure._printable("zh")
    assert len(in_png) == len(added) == len(drawing.marks)
    for artists in (in_png, added):
        texts = [artist.get_text() for artist in artists if hasattr(artist, "get_text")]
        assert tuple(texts) == drawing.texts()
    assert png.startswith(b"\x89PNG")
    assert pdf.startswith(b"%PDF")
    width, height = (int.from_bytes(png[k : k + 4], "big") for k in (16, 20))
    scale = figures_export.PIXELS_PER_INCH / figures_export.POINTS_PER_INCH
    assert abs(width - drawing.width * scale) <= 1
    assert abs(height - drawing.height * scale) <= 1


@pytest.mark.parametrize("name", ["figure3_moran_2020", "map_links_2020", "figure1_theory"])
def test_same_data_same_bytes_whatever_the_settings_of_the_plotting_library(name):
    import matplotlib as mpl

    figure, again = FIGURES[name], {f.name: f for f in _all()}[name]
    assert figure == again
    with mpl.rc_context({"font.size": 30, "text.usetex": False, "axes.facecolor": "red"}):
        assert again.to_png("en") == figure.to_png("en")
        assert again.to_pdf("zh") == figure.to_pdf("zh")
    assert again.to_svg("zh") == figure.to_svg("zh")
    assert again.to_svg_inline() == figure.to_svg_inline()
    assert b"CreationDate" not in figure.to_pdf("en")
    assert b"Software" not in figure.to_png("en")


def test_without_a_chinese_font_the_file_is_english_and_says_so(monkeypatch):
    monkeypatch.setattr(figures_export, "chinese_font", lambda: None)
    for figure in FIGURES.values():
        drawing, heading = figure._printable("zh")
        text = " ".join(drawing.texts())
        assert not _is_chinese(text + heading)
        assert figures_object.NO_CHINESE_FONT.split(":")[0] in text
    figure = FIGURES["map_links_2020"]
    # every missing glyph would be a warning, and warnings are errors here
    assert figure.to_png("zh").startswith(b"\x89PNG")
    assert figure.to_pdf("zh").startswith(b"%PDF")
    assert _is_chinese(figure.to_svg("zh"))  # the reader's fonts draw that one


def test_the_preferred_installed_font_is_taken(monkeypatch):
    found = {"SimHei": ("simhei.ttf", 0), "Noto Sans CJK SC": ("noto.ttc", 2), "Other": ("o", 0)}
    monkeypatch.setattr(figures_export, "_fonts", lambda *, bold=False: found)
    figures_export.chinese_font.cache_clear()
    assert figures_export.chinese_font() == ("noto.ttc", 2)
    found.clear()
    figures_export.chinese_font.cache_clear()
    assert figures_export.chinese_font() is None
    figures_export.chinese_font.cache_clear()


@every_figure
def test_synthetic_data_are_called_so_in_title_and_file_name(name):
    figure = FIGURES[name]
    if name == "figure1_theory":
        assert not figure.is_synthetic  # no data
        assert figure.file_name("svg", "en") == "figure1_theory_en.svg"
        return
    assert figure.heading("en").endswith("(synthetic data)")
    assert figure.heading("zh").endswith("（合成数据）")
    assert figure.file_name("png", "zh") == f"{name}_synthetic_zh.png"
    assert figure.file_name("csv") == f"{name}_synthetic.csv"
    for language in ("zh", "en"):
        drawing, _ = figure._printable(language)
        assert any(word in "".join(drawing.texts()) for word in ("synthetic", "合成数据"))
    real = {f.name: f for f in _all(is_synthetic=False)}[name]
    assert "synthetic" not in real.to_svg("en") + real.file_name("svg", "en")
    assert "合成" not in real.to_svg("zh") + real.to_svg_inline()


@every_figure
def test_the_data_behind_a_figure_are_a_table(name):
    figure = FIGURES[name]
    frame = pl.read_csv(figure.to_csv().encode())
    assert frame.height == figure.frame.height > 0
    assert frame.columns == figure.frame.columns


@every_figure
def test_on_a_page_shared_marks_stand_once_and_texts_in_their_language(name):
    figure = FIGURES[name]
    root = etree.fromstring(figure.to_svg_inline())
    both_languages = {"l-en": [], "l-zh": [], None: []}
    for node in root.iter("text"):
        group = next((a.get("class") for a in node.iterancestors() if a.get("class")), None)
        both_languages[group].append(node.text)
    shared = Counter(both_languages[None])
    assert shared + Counter(both_languages["l-en"]) == Counter(figure.english.texts())
    assert shared + Counter(both_languages["l-zh"]) == Counter(figure.chinese.texts())
    circles = sum(isinstance(mark, Circle) for mark in figure.english.marks)
    assert len(list(root.iter("circle"))) == circles
    ids = root.get("aria-labelledby").split()
    assert [node.get("id") for node in root.iter("title", "desc") if node.get("id")] == ids


def test_drawings_of_different_size_are_refused():
    with pytest.raises(AnalysisError, match="differ in size"):
        svg_inline(
            Drawing(1, 1, ()), Drawing(2, 1, ()), figure_id="x",
            title=both("a", "b"), description=both("a", "b"),
        )  # fmt: skip


def test_an_unknown_language_is_refused():
    with pytest.raises(AnalysisError, match="'fr'"):
        theory_figure().to_svg("fr")


def test_names_are_never_markup():
    hostile = CITIES.with_columns(pl.lit("<b onclick=x>&\"'").alias("short_name"))
    figure = link_map(EDGES, hostile, year=2020, is_synthetic=True)
    for text in (figure.to_svg("zh"), figure.to_svg_inline()):
        root = etree.fromstring(text.encode())
        assert not [node for node in root.iter() if etree.QName(node).localname == "b"]


def test_figures_take_pandas_frames():
    figure = link_map(EDGES.to_pandas(), CITIES.to_pandas(), year=2020, is_synthetic=True)
    assert figure.english == FIGURES["map_links_2020"].english


# Maps


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


def _circles(figure: Figure) -> list[Circle]:
    return [m for m in figure.english.marks if isinstance(m, Circle) and m.tooltip]


def test_a_map_of_ties_draws_cities_with_partners_and_names_them():
    figure = FIGURES["map_links_2020"]
    assert {m.tooltip for m in _circles(figure)} == {"甲 Jia: 2", "乙 Yi: 1", "丙 Bing: 1"}
    curves = [m for m in figure.english.marks if isinstance(m, Shape) and m.steps[-1][0] == "Q"]
    assert len(curves) == 2
    assert max(curve.style.width for curve in curves) == curves[-1].style.width  # heaviest on top
    assert {"Jia", "Yi", "Bing"} <= set(figure.english.texts())
    assert {"甲", "乙", "丙"} <= set(figure.chinese.texts())
    assert "3 of 5 cities with partners, 2 ties; most partners: Jia with 2" in figure.caption.en
    assert figure.frame.height == 2


def test_ties_left_out_of_a_map_are_said():
    figure = link_map(EDGES, CITIES, year=2020, is_synthetic=False, n_drawn=1)
    assert "Drawn: the 1 ties with most joint patents" in figure.caption.en
    assert figure.frame.height == 2


def test_the_area_of_a_circle_grows_with_the_value():
    radii = {m.tooltip: m.radius for m in _circles(FIGURES["map_k_2020"])}
    assert set(radii) == {"甲 Jia: 8", "乙 Yi: 2", "戊 e: 1"}  # no value, no circle
    assert (radii["甲 Jia: 8"] - 1.6) / (radii["乙 Yi: 2"] - 1.6) == pytest.approx(2, rel=0.02)


def test_one_city_alone_is_a_map():
    figure = value_map(
        VALUES, CITIES[:1], column="k", year=2020, name="m", title=both("t", "题"),
        unit=both("u", "位"), is_synthetic=False,
    )  # fmt: skip
    assert len(_circles(figure)) == 1


def test_maps_without_anything_to_draw_say_why():
    nowhere = CITIES.with_columns(pl.lit(None, dtype=pl.Float64).alias("latitude"))
    with pytest.raises(FigureUnavailableError, match="no tie between cities in 1999"):
        link_map(EDGES, CITIES, year=1999, is_synthetic=False)
    with pytest.raises(FigureUnavailableError, match="no city has coordinates"):
        link_map(EDGES, nowhere, year=2020, is_synthetic=False)
    with pytest.raises(FigureUnavailableError, match="no city has a positive value of k in 2019"):
        value_map(
            VALUES, CITIES, column="k", year=2019, name="m", title=both("t", "题"),
            unit=both("u", "位"), is_synthetic=False,
        )  # fmt: skip
    with pytest.raises(FigureUnavailableError, match="no local Moran in 1999"):
        cluster_map(LOCAL, CITIES, year=1999, is_synthetic=False)
    with pytest.raises(AnalysisError, match="city_b"):
        link_map(EDGES.drop("city_b"), CITIES, year=2020, is_synthetic=False)


def test_clusters_differ_in_form_and_are_counted():
    figure = FIGURES["map_clusters_2020"]
    counts = Counter(LOCAL["quadrant"].to_list())
    legend = " ".join(figure.english.texts())
    for code, _, _, words in CLUSTERS:
        assert f"{words.en} {counts[code]}" in legend
    assert len({kind for _, kind, _, _ in CLUSTERS}) == len(CLUSTERS)
    none = LOCAL.with_columns(pl.lit(value=False).alias("is_significant"))
    quiet = cluster_map(none, CITIES, year=2020, is_synthetic=False)
    assert "0 high – high" in quiet.caption.en


def _grey(colour: str) -> float:
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_that_stand_together_differ_in_grey():
    assert abs(_grey(BLUE) - _grey(ORANGE)) > 0.1
    for (_, one), (_, other) in combinations(COLUMNS, 2):
        assert abs(_grey(one) - _grey(other)) > 0.1


# Charts


def test_a_moran_figure_states_the_global_statistic_and_draws_its_slope():
    figure = FIGURES["figure3_moran_2020"]
    statistic = TOTALS["statistic"][1]
    text = f"{statistic:.4f}".replace("-", "−")
    assert figure.caption.en.startswith(f"Global Moran's I = {text} (expected −0.2500)")
    assert figure.caption.zh.startswith(f"全局莫兰指数 I = {text}")
    assert "p < 0.0001" in figure.caption.en
    assert "99 permutations, seed 3" in figure.caption.en
    assert "The paper prints 0.0767 and calls its figure local" in figure.caption.en
    assert figure.heading("en").startswith("Figure 3. Moran scatter")
    x, y = LOCAL["standardised"].to_numpy(), LOCAL["spatial_lag"].to_numpy()
    assert np.polyfit(x, y, 1)[0] == pytest.approx(statistic)
    dots = [m for m in figure.english.marks if isinstance(m, Circle)]
    slope = next(
        m for m in figure.english.marks if isinstance(m, Shape) and m.style.stroke == ORANGE
    )
    (_, x1, y1), (_, x2, y2) = slope.steps
    drawn = np.polyfit([d.x for d in dots], [d.y for d in dots], 1)[0]
    assert (y2 - y1) / (x2 - x1) == pytest.approx(drawn, abs=0.01)
    assert len(dots) == 5
    assert {"I  high – high", "III  low – low"} <= set(figure.english.texts())


def test_charts_without_data_say_why():
    with pytest.raises(FigureUnavailableError, match="no Moran statistic of rsi in 1999"):
        moran_figure(
            LOCAL, TOTALS, CITIES, year=1999, number="2", is_synthetic=False, variable="rsi"
        )
    with pytest.raises(FigureUnavailableError, match="no joint green invention"):
        trend_figure(SERIES.filter(pl.col("level") == "city"), is_synthetic=False)
    with pytest.raises(FigureUnavailableError, match="no coefficient"):
        coefficient_figure(TABLE3.clear(), is_synthetic=False)
    refused = STUDY.with_columns(
        pl.lit(None, dtype=pl.Float64).alias("coef"),
        pl.lit("all are treated").alias("reason"),
    )
    with pytest.raises(FigureUnavailableError, match="all are treated"):
        event_study_figure(
            refused, policy="hsr", outcome="ln_rsi", label=both("a", "甲"), is_synthetic=False
        )


def test_an_event_study_shows_the_base_hollow_and_the_test_of_the_years_before():
    figure = FIGURES["event_study_hsr_ln_rsi"]
    hollow = [
        m
        for m in figure.english.marks
        if isinstance(m, Shape) and m.tooltip.startswith("−1:") and m.style.fill == "#ffffff"
    ]
    assert len(hollow) == 1
    assert "Wald test of the years before: p = 0.3400" in figure.caption.en
    assert "政策前各年的联合检验 p = 0.3400" in figure.caption.zh
    tips = [m.tooltip for m in figure.english.marks if getattr(m, "tooltip", "")]
    assert "2: 0.200 ± 0.098" in tips


@pytest.mark.parametrize("values", [[5, 7], [1, 0], [1, None]])
def test_short_trends_are_drawn(values):
    series = pl.DataFrame(
        {"level": ["national"], "year": [2019], "n_applications": values[:1],
         "n_grants": values[1:]},
        schema_overrides={"n_grants": pl.Int64},
    )  # fmt: skip
    figure = trend_figure(series, is_synthetic=False)
    assert "nan" not in figure.to_svg("en")
    assert figure.english.texts()[-1].startswith(("Grants", "Applications"))


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.floats(1e-6, 1e6), min_size=1))
def test_every_coefficient_has_its_panel(reach):
    panels = _panels(reach)
    assert sorted(term for panel in panels for term in panel) == sorted(reach)
    assert len(panels) <= 4
    order = list(reach)
    for panel in panels:
        assert [order.index(term) for term in panel] == sorted(order.index(t) for t in panel)
    largest = [max(reach[term] for term in panel) for panel in panels]
    assert largest == sorted(largest, reverse=True)


def test_coefficients_of_different_size_stand_in_different_panels():
    assert _panels({"DC": 30.0, "er": 0.2, "hsr": 0.1}) == [["DC"], ["er", "hsr"]]


# Words


@given(
    st.lists(st.text("ab中文，（）。 -", min_size=1, max_size=12), max_size=12).map(" ".join),
    st.integers(60, 300),
)
def test_wrapped_lines_lose_nothing_and_fit(text, width):
    lines = wrapped(text, width, 10.0)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    for line in lines:
        breakable = len(line.split()) > 1 or sum(ord(c) > FIRST_WIDE for c in line) > 6
        assert text_width(line, 10.0) <= width or not breakable or _glued(line)


def _glued(line: str) -> bool:
    """Punctuation holds on to what it belongs to, in runs of any length."""
    return bool(re.search(r"[，。（）]", line))


def test_the_example_of_the_documentation_runs():
    page = Path(__file__).parents[3] / "docs" / "figures.md"
    (block,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    exec(compile(block, str(page), "exec"), names)
    assert names["figure"].file_name("svg", "zh") == "joint_trend_synthetic_zh.svg"
