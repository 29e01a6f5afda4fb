"""Charts: Moran scatter, trends, event studies, coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analysis.figures_maps import CLUSTERS, cities_of
from analysis.figures_marks import (
    AMBER,
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    Axes,
    Box,
    Circle,
    Drawing,
    Mark,
    Style,
    Symbol,
    Text,
    both,
    draw_label,
    line,
    padded,
    place_label,
    rectangle,
    segments,
    short,
    symbol,
    tenth,
    text_width,
    ticks,
)
from analysis.figures_object import Figure, FigureUnavailableError
from analysis.frames import Frame, as_polars, require_columns
from analysis.number_texts import fixed, p_value
from analysis.tables import MISSING, Language
from analysis.tables import Text as Words

WEIGHTS = {
    "inverse_distance": both("row-standardised inverse distance", "行标准化反距离权重"),
    "inverse_squared": both("row-standardised inverse squared distance", "行标准化反距离平方权重"),
    "nearest": both("nearest neighbours", "最近邻权重"),
    "threshold": both("cities within a distance", "阈值距离权重"),
    "contiguity": both("contiguity-like (Gabriel graph)", "类邻接权重（Gabriel 图）"),
    "economic": both("economic distance", "经济距离权重"),
    "economic_geographic": both("economic-geographic", "经济地理权重"),
    "nested": both("nested economic-geographic", "经济地理嵌套权重"),
}
"""Words for the kinds of spatial weights."""

ZERO = Style(stroke="#8b9891", width=1.2)
NORMAL_95 = 1.959963984540054


def moran_figure(
    local: Frame,
    by_year: Frame,
    cities: Frame,
    *,
    year: int,
    number: str,
    is_synthetic: bool,
    variable: str = "ln(1 + rsi)",
    n_labels: int = 14,
) -> Figure:
    """Moran scatter of one year: standardised values against their spatial lag.

    Parameters
    ----------
    local : frame
        Columns ``year, adcode, city_name, standardised, spatial_lag, quadrant``, one row per city.
    by_year : frame
        Columns ``year, statistic, expectation, p_greater, p_permutation, n_permutations, seed,
        weights_kind, paper_statistic``, one row per year.
    cities : frame
        Columns ``adcode, short_name, name_en, latitude, longitude``.
    year, number : int, str
        Year shown, number of the figure in the paper.

    Raises
    ------
    FigureUnavailableError
        If the year has no statistic or no city.
    """
    table, totals = as_polars(local), as_polars(by_year)
    require_columns(
        table, ["year", "adcode", "city_name", "standardised", "spatial_lag", "quadrant"]
    )
    require_columns(
        totals,
        ["year", "statistic", "expectation", "p_greater", "p_permutation", "n_permutations",
         "seed", "weights_kind", "paper_statistic"],
    )  # fmt: skip
    rows = (
        table.filter((pl.col("year") == year) & pl.col("standardised").is_not_null())
        .select("year", "adcode", "city_name", "standardised", "spatial_lag", "quadrant")
        .sort("adcode")
    )
    total = totals.filter((pl.col("year") == year) & pl.col("statistic").is_not_null())
    if rows.is_empty() or total.is_empty():
        raise FigureUnavailableError(f"no Moran statistic of {variable} in {year}")
    facts = total.row(0, named=True)
    found = cities_of(cities)
    points = [
        (
            found[row["adcode"]].name
            if row["adcode"] in found
            else both(row["adcode"], row["city_name"] or row["adcode"]),
            row["standardised"],
            row["spatial_lag"],
        )
        for row in rows.iter_rows(named=True)
    ]
    counts = {code: rows.filter(pl.col("quadrant") == code).height for code, *_ in CLUSTERS}
    slope = float(facts["statistic"])

    def draw(language: Language) -> Drawing:
        return _scatter(points, slope, variable, language, n_labels)

    return Figure(
        name=f"figure{number}_moran_{year}",
        number=number,
        title=both(f"Moran scatter of {variable}, {year}", f"{year}年 {variable} 莫兰散点图"),
        caption=_moran_caption(facts, rows.height, counts),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


def _moran_caption(facts: Mapping[str, Any], n: int, counts: Mapping[str, int]) -> Words:
    value, expected = _signed(facts["statistic"], 4), _signed(facts["expectation"], 4)
    p_en, p_zh = [f"one-sided {_p(facts['p_greater'])}"], [f"单侧 {_p(facts['p_greater'])}"]
    if facts["p_permutation"] is not None:
        draws = f"{facts['n_permutations']:,}"
        p_en.append(f"{_p(facts['p_permutation'])} ({draws} permutations, seed {facts['seed']})")
        p_zh.append(f"{_p(facts['p_permutation'])}（{draws} 次随机置换，种子 {facts['seed']}）")
    printed_en = printed_zh = ""
    if facts["paper_statistic"] is not None:
        printed = _signed(facts["paper_statistic"], 4)
        printed_en = f" The paper prints {printed} and calls its figure local; it is the global I."
        printed_zh = f"原文印作 {printed}，题为“局部莫兰”，实为全局莫兰指数。"
    held = [counts[code] for code, *_ in CLUSTERS]
    kind = str(facts["weights_kind"])
    weights = WEIGHTS.get(kind, both(kind, kind))
    return both(
        f"Global Moran's I = {value} (expected {expected}), {' and '.join(p_en)}; {n} cities, "
        f"weights: {weights.en}. Quadrants I to IV hold {held[0]}, {held[1]}, {held[2]} "
        f"and {held[3]} cities. The slope of the line is I.{printed_en}",
        f"全局莫兰指数 I = {value}（期望值 {expected}），{'、'.join(p_zh)}；{n} 个城市，"
        f"{weights.zh}。第一至第四象限分别有 {held[0]}、{held[1]}、{held[2]}、{held[3]} "
        f"个城市。直线斜率即为 I。{printed_zh}",
    )


def _scatter(
    points: Sequence[tuple[Words, float, float]],
    slope: float,
    variable: str,
    language: Language,
    n_labels: int,
) -> Drawing:
    width, height = 760.0, 480.0
    axes = Axes(
        (58, 14, width - 14, height - 50),
        padded([x for _, x, _ in points]),
        padded([y for _, _, y in points]),
    )
    left, top, right, bottom = axes.box
    names = both(f"{variable}, standardised", f"{variable}（标准化）")
    lag = both("Spatial lag (neighbours' mean)", "空间滞后（相邻城市均值）")
    marks: list[Mark] = [
        *axes.vertical(ticks(*axes.x_range), names.of(language)),
        *axes.horizontal(ticks(*axes.y_range), lag.of(language)),
        segments(
            (
                ((axes.x(0), top), (axes.x(0), bottom)),
                ((left, axes.y(0)), (right, axes.y(0))),
            ),
            ZERO,
        ),
    ]
    corners = (
        (right - 6, top + 16, "end", "I"),
        (left + 6, top + 16, "start", "II"),
        (left + 6, bottom - 8, "start", "III"),
        (right - 6, bottom - 8, "end", "IV"),
    )
    taken: list[Box] = []
    for (x, y, anchor, roman), (_, _, _, words) in zip(corners, CLUSTERS, strict=True):
        text = f"{roman}  {words.of(language)}"
        size = text_width(text, 12)
        start = x if anchor == "start" else x - size
        taken.append((start, y - 13, start + size, y + 4))
        marks.append(
            Text(x, y, text, size=12, anchor="start" if anchor == "start" else "end", bold=True)
        )
    (low_x, high_x), (low_y, high_y) = axes.x_range, axes.y_range
    ends = [value for value in (low_x, high_x) if low_y <= slope * value <= high_y]
    if slope:
        ends += [v / slope for v in (low_y, high_y) if low_x < v / slope < high_x]
    first, last = min(ends, default=low_x), max(ends, default=high_x)
    fit = Style(stroke=ORANGE, width=2)
    marks.append(line((axes.at(first, slope * first), axes.at(last, slope * last)), fit))
    dot = Style(fill=BLUE, stroke="#ffffff", width=0.6, opacity=0.55)
    for name, x, y in points:
        tip = f"{name.zh} {name.en}: {x:.2f}, {y:.2f}"
        marks.append(Circle(tenth(axes.x(x)), tenth(axes.y(y)), 3.6, dot, tip))
    reach = max(high_y, -low_y)
    far = sorted(points, key=lambda p: (-math.hypot(p[1], p[2] / reach), p[0].en))
    placed = 0
    for name, x, y in far:
        where, text = axes.at(x, y), name.of(language)
        label = place_label(where, 4.0, text, taken=taken, frame=axes.box, size=12.0)
        if placed == n_labels:
            break
        if label is None or label.is_far:
            continue
        taken.append(label.box)
        placed += 1
        marks += draw_label(label, where, text, size=12.0)
    return Drawing(width, height, tuple(marks))


def moran_trend_figure(
    by_year: Frame, *, is_synthetic: bool, variable: str = "ln(1 + rsi)"
) -> Figure:
    """Global Moran's I by year, with the band it would stay in without dependence.

    Parameters
    ----------
    by_year : frame
        Columns ``year, statistic, expectation, sd, p_greater, paper_statistic``.

    Raises
    ------
    FigureUnavailableError
        If no year has a statistic.
    """
    table = as_polars(by_year)
    require_columns(
        table, ["year", "statistic", "expectation", "sd", "p_greater", "paper_statistic"]
    )
    rows = (
        table.filter(pl.col("statistic").is_not_null())
        .select("year", "statistic", "expectation", "sd", "p_greater", "paper_statistic")
        .sort("year")
    )
    if rows.is_empty():
        raise FigureUnavailableError(f"no Moran statistic of {variable}")
    years = rows["year"].to_list()
    low = [e - NORMAL_95 * s for e, s in rows.select("expectation", "sd").iter_rows()]
    high = [e + NORMAL_95 * s for e, s in rows.select("expectation", "sd").iter_rows()]
    printed = [
        (year, value)
        for year, value in rows.select("year", "paper_statistic").iter_rows()
        if value is not None
    ]
    values = [*rows["statistic"].to_list(), *low, *high, *(value for _, value in printed)]
    bottom, top = padded(values)
    axes = Axes((58, 30, 696, 270), _year_range(years), (bottom, top))

    def draw(language: Language) -> Drawing:
        label = both("Moran's I", "莫兰指数 I").of(language)
        marks: list[Mark] = [
            Text(0, 14, label),
            *axes.horizontal(ticks(bottom, top)),
            *axes.vertical(_year_ticks(years), grid=False),
        ]
        band = [axes.at(y, v) for y, v in zip(years, high, strict=True)]
        band += [axes.at(y, v) for y, v in reversed(list(zip(years, low, strict=True)))]
        marks.append(line(band, Style(fill="#dfe6e2"), close=True))
        marks.append(line(((axes.box[0], axes.y(0)), (axes.box[2], axes.y(0))), ZERO))
        own = [axes.at(y, v) for y, v in zip(years, rows["statistic"].to_list(), strict=True)]
        marks.append(line(own, Style(stroke=BLUE, width=2.4)))
        for (x, y), year, value, p in zip(
            own, years, rows["statistic"].to_list(), rows["p_greater"].to_list(), strict=True
        ):
            tip = f"{year}: I = {_signed(value, 4)}" + (f", {_p(p)}" if p is not None else "")
            marks.append(Circle(tenth(x), tenth(y), 3.4, Style(fill=BLUE), tip))
        for year, value in printed:
            x, y = axes.at(year, value)
            style = Style(fill="#ffffff", stroke=ORANGE, width=1.8)
            tip = f"{year}: {_signed(value, 4)}"
            marks.append(symbol("diamond", (x, y), 4.6, style, tip))
        marks.append(symbol("circle", (470, 10), 4.2, Style(fill=BLUE)))
        marks.append(Text(480, 14, both("this build", "本次构建").of(language), size=12))
        if printed:
            hollow = Style(fill="#ffffff", stroke=ORANGE, width=1.8)
            marks.append(symbol("diamond", (572, 10), 4.2, hollow))
            text = both("printed in the paper", "原文印数").of(language)
            marks.append(Text(582, 14, text, size=12))
        return Drawing(720, 300, tuple(marks))

    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    return Figure(
        name="moran_by_year",
        number="",
        title=both(f"Global Moran's I of {variable} by year", f"{variable} 历年全局莫兰指数"),
        caption=both(
            f"From {_signed(first['statistic'], 4)} in {first['year']} to "
            f"{_signed(last['statistic'], 4)} in {last['year']}. Grey: the middle 95 percent "
            "without spatial dependence (normal, randomisation).",
            f"由 {first['year']} 年的 {_signed(first['statistic'], 4)} 到 {last['year']} 年的 "
            f"{_signed(last['statistic'], 4)}。"
            "灰带：无空间相关时的 95% 区间（正态近似，随机化假设）。",
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


def trend_figure(series: Frame, *, is_synthetic: bool) -> Figure:
    """National joint green applications and grants by year.

    Parameters
    ----------
    series : frame
        Columns ``level, year, n_applications, n_grants``; rows with level ``national`` are drawn.

    Raises
    ------
    FigureUnavailableError
        If there is no national row, or only zeros.
    """
    table = as_polars(series)
    require_columns(table, ["level", "year", "n_applications", "n_grants"])
    rows = (
        table.filter(pl.col("level") == "national")
        .select(
            "year", pl.col("n_applications").cast(pl.Float64), pl.col("n_grants").cast(pl.Float64)
        )
        .sort("year")
    )
    counted = [v for name in ("n_applications", "n_grants") for v in rows[name] if v is not None]
    if not any(counted):
        raise FigureUnavailableError("no joint green invention in any year")
    years = rows["year"].to_list()
    step = max(_step(max(counted)), 1.0)
    ceiling = max(step, math.ceil(max(counted) / step) * step)
    axes = Axes((64, 30, 670, 296), _year_range(years), (0.0, ceiling))
    lines: tuple[tuple[str, Words, str, tuple[float, ...], Symbol], ...] = (
        ("n_applications", both("Applications", "申请"), ORANGE, (7, 4), "circle"),
        ("n_grants", both("Grants", "授权"), BLUE, (), "square"),
    )

    def draw(language: Language) -> Drawing:
        unit = both("Joint green inventions a year", "联合绿色发明专利（件/年）")
        marks: list[Mark] = [
            Text(0, 14, unit.of(language)),
            *axes.horizontal([k * step for k in range(round(ceiling / step) + 1)], integer=True),
            *axes.vertical(_year_ticks(years), grid=False),
        ]
        ends: list[float] = []
        for column, words, colour, dash, kind in lines:
            pairs = [(y, v) for y, v in rows.select("year", column).iter_rows() if v is not None]
            if not pairs:
                continue
            places = [axes.at(*pair) for pair in pairs]
            marks.append(line(places, Style(stroke=colour, width=2.6, dash=dash)))
            for (x, y), (year, value) in zip(places, pairs, strict=True):
                tip = f"{words.zh} {words.en}, {year}: {value:,.0f}"
                marks.append(symbol(kind, (x, y), 3.4, Style(fill=colour), tip))
            y = places[-1][1] + 4
            while any(abs(y - other) < 17 for other in ends):
                y -= 17
            ends.append(y)
            text = f"{words.of(language)} {pairs[-1][1]:,.0f}"
            marks.append(Text(places[-1][0] + 10, y, text, size=13, fill=colour, bold=True))
        return Drawing(840, 326, tuple(marks))

    first, last = rows.row(0, named=True), rows.row(-1, named=True)

    def went(name: str, to: str) -> str:
        return f"{_count(first[name])} {to} {_count(last[name])}"

    return Figure(
        name="joint_trend",
        number="",
        title=both(
            "National joint green applications and grants by year",
            "全国联合绿色发明专利申请与授权",
        ),
        caption=both(
            "Green inventions with applicants in at least two cities, each counted once; "
            "applications by year of filing, grants by year of announcement. From "
            f"{first['year']} to {last['year']} applications went from "
            f"{went('n_applications', 'to')}, grants from {went('n_grants', 'to')}. "
            "Applications of the last years are not all published yet.",
            "申请人分布于至少两个城市的绿色发明专利，每件计一次；申请按申请年，授权按公告年。"
            f"{first['year']}—{last['year']} 年申请由 {went('n_applications', '变为')} 件，"
            f"授权由 {went('n_grants', '变为')} 件。最近几年的申请尚未全部公开。",
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


def event_study_figure(
    study: Frame,
    *,
    policy: str,
    outcome: str,
    label: Words,
    is_synthetic: bool,
    ends_pooled: bool = False,
) -> Figure:
    """Effects by distance from the first treated year, with the years before as the check.

    Parameters
    ----------
    study : frame
        Columns ``policy, outcome, event_time, coef, std_error, is_base, pretrend_p, overall,
        overall_se, twoways_coef, twoways_se, status, reason``.
    policy, outcome : str
        Rows drawn.
    label : Words
        Name of the policy.
    ends_pooled : bool
        The first and the last distance hold all that lies beyond, too.

    Raises
    ------
    FigureUnavailableError
        If the study was not estimated; the message is its reason.
    """
    table = as_polars(study)
    require_columns(
        table,
        ["policy", "outcome", "event_time", "coef", "std_error", "is_base", "pretrend_p",
         "overall", "overall_se", "twoways_coef", "twoways_se", "status", "reason"],
    )  # fmt: skip
    own = table.filter((pl.col("policy") == policy) & (pl.col("outcome") == outcome))
    rows = (
        own.filter(pl.col("event_time").is_not_null() & pl.col("coef").is_not_null())
        .drop("status", "reason")
        .sort("event_time")
    )
    if rows.is_empty():
        reasons = [text for text in own["reason"].to_list() if text]
        raise FigureUnavailableError(reasons[0] if reasons else f"no event study of {policy}")
    points = [
        (int(t), float(b), NORMAL_95 * float(s or 0.0), bool(base))
        for t, b, s, base in rows.select("event_time", "coef", "std_error", "is_base").iter_rows()
    ]
    low, high = padded([v for _, b, h, _ in points for v in (b - h, b + h)], 0.08)
    times = [t for t, *_ in points]
    axes = Axes((66, 14, 506, 246), (min(times) - 0.6, max(times) + 0.6), (low, high))
    facts = rows.row(0, named=True)

    def draw(language: Language) -> Drawing:
        x_label = both("Years since the policy began", "政策实施后的年数").of(language)
        y_label = both(f"Effect on {_ln(outcome)}", f"对 {_ln(outcome)} 的效应").of(language)
        every = max(1, math.ceil(len(times) / 12))
        shown = [t for t in range(min(times), max(times) + 1) if (t + 1) % every == 0]
        edge = axes.x(-0.5)
        marks: list[Mark] = [
            rectangle((axes.box[0], axes.box[1], edge, axes.box[3]), Style(fill="#f1f4f2")),
            *axes.horizontal(ticks(low, high), y_label),
            *axes.vertical(shown, x_label, grid=False),
            line(((axes.box[0], axes.y(0)), (axes.box[2], axes.y(0))), ZERO),
            line(((edge, axes.box[1]), (edge, axes.box[3])), Style(stroke=MUTED, dash=(4, 4))),
        ]
        for time, value, half, is_base in points:
            x, y = axes.at(time, value)
            colour = ORANGE if time < 0 else BLUE
            tip = f"{short(time)}: {_signed(value, 3)} ± {half:.3f}"
            if not is_base:
                top, bottom = axes.y(value + half), axes.y(value - half)
                marks.append(
                    segments(
                        (
                            ((x, top), (x, bottom)),
                            ((x - 4, top), (x + 4, top)),
                            ((x - 4, bottom), (x + 4, bottom)),
                        ),
                        Style(stroke=colour, width=1.6),
                    )
                )
            style = Style(fill="#ffffff" if is_base else colour, stroke=colour, width=1.4)
            kind: Symbol = "diamond" if time < 0 else "circle"
            marks.append(symbol(kind, (x, y), 4.0, style, tip))
        return Drawing(520, 290, tuple(marks))

    numbers_en, numbers_zh = [], []
    if facts["pretrend_p"] is not None:
        numbers_en.append(f"Wald test of the years before: {_p(facts['pretrend_p'])}")
        numbers_zh.append(f"政策前各年的联合检验 {_p(facts['pretrend_p'])}")
    for name, en, zh in (
        ("overall", "mean effect after", "政策后平均效应"),
        ("twoways", "two-way coefficient", "双向固定效应系数"),
    ):
        value = facts["overall" if name == "overall" else "twoways_coef"]
        error = facts[f"{name}_se"]
        if value is not None:
            numbers_en.append(f"{en} {_signed(value, 3)} ({_signed(error, 3)})")
            numbers_zh.append(f"{zh} {_signed(value, 3)}（{_signed(error, 3)}）")
    return Figure(
        name=f"event_study_{policy}_{outcome}",
        number="",
        title=both(
            f"Event study: {label.en}, {_ln(outcome)}", f"事件研究：{label.zh}，{_ln(outcome)}"
        ),
        caption=both(
            f"{'; '.join(numbers_en)}. Bars: 95 percent intervals (normal), errors clustered by "
            "city; hollow: base year −1; shaded: years before the policy."
            + " The two ends hold all years beyond."
            * ends_pooled,
            f"{'；'.join(numbers_zh)}。竖线为 95% 置信区间（正态），标准误聚类到城市；"
            "空心点为基期 −1；阴影为政策实施之前。" + "两端各含更远的年份。" * ends_pooled,
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


OUTCOMES = {
    "ln_rsi": "ln(1 + rsi)",
    "ln_extensive": "ln(1 + extensive)",
    "ln_intensive": "ln(1 + intensive)",
}


def _ln(outcome: str) -> str:
    return OUTCOMES.get(outcome, outcome)


COLUMNS: tuple[tuple[Symbol, str], ...] = (
    ("circle", AMBER),
    ("square", ORANGE),
    ("diamond", BLUE),
)
"""Form and colour of the three columns of a stepwise table."""


def coefficient_figure(table3: Frame, *, is_synthetic: bool) -> Figure:
    """Coefficients of Table 3 with 95 percent intervals, one row per regressor.

    Coefficients of centralities are hundreds of times those of ratios: rows stand in panels of
    similar size, each with its own scale, so that none is squeezed to a point.

    Parameters
    ----------
    table3 : frame
        Columns ``column_no, position, term, label_zh, label_en, coef, std_error, n_entities``.

    Raises
    ------
    FigureUnavailableError
        If nothing was estimated.
    """
    from scipy.stats import t as student  # type: ignore[import-untyped]

    table = as_polars(table3)
    require_columns(
        table,
        ["column_no", "position", "term", "label_zh", "label_en", "coef", "std_error",
         "n_entities"],
    )  # fmt: skip
    rows = (
        table.filter(pl.col("coef").is_not_null() & pl.col("std_error").is_not_null())
        .select("column_no", "position", "term", "label_zh", "label_en", "coef", "std_error",
                "n_entities")
        .sort("position", "column_no")
    )  # fmt: skip
    if rows.is_empty():
        raise FigureUnavailableError("no coefficient was estimated")
    df = int(rows["n_entities"].max()) - 1  # type: ignore[arg-type]
    critical = float(student.ppf(0.975, df))
    terms: dict[str, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        terms.setdefault(row["term"], []).append(row)
    reach = {
        term: max(abs(row["coef"]) + critical * row["std_error"] for row in held)
        for term, held in terms.items()
    }
    panels = _panels(reach)
    row_height, left, right, axis = 26.0, 322.0, 846.0, 40.0
    height = sum(len(panel) * row_height + axis + 10 for panel in panels) + 26

    def draw(language: Language) -> Drawing:
        marks: list[Mark] = []
        x = left
        for number, (kind, colour) in enumerate(COLUMNS, start=1):
            marks.append(symbol(kind, (x + 5, 10), 4.4, Style(fill=colour)))
            text = both(f"column ({number})", f"第（{number}）列").of(language)
            marks.append(Text(x + 15, 14, text, size=12))
            x += 112
        top = 26.0
        for panel in panels:
            bottom = top + len(panel) * row_height
            bounds = [
                row["coef"] + sign * critical * row["std_error"]
                for term in panel
                for row in terms[term]
                for sign in (-1, 1)
            ]
            axes = Axes((left, top, right, bottom), padded(bounds, 0.04), (0.0, 1.0))
            marks += axes.vertical(ticks(*axes.x_range, 7))
            marks.append(line(((axes.x(0), top), (axes.x(0), bottom)), ZERO))
            for place, term in enumerate(panel):
                middle = top + (place + 0.5) * row_height
                held = terms[term]
                label = both(held[0]["label_en"], held[0]["label_zh"]).of(language)
                marks.append(
                    Text(left - 10, middle + 4, _clipped(label, left - 16, 11.5), size=11.5,
                         fill=INK, anchor="end")
                )  # fmt: skip
                for row in held:
                    kind, colour = COLUMNS[(row["column_no"] - 1) % len(COLUMNS)]
                    y = tenth(middle + (row["column_no"] - 2) * 7)
                    half = critical * row["std_error"]
                    ends = (axes.x(row["coef"] - half), axes.x(row["coef"] + half))
                    marks.append(
                        line(((ends[0], y), (ends[1], y)), Style(stroke=colour, width=1.6))
                    )
                    tip = f"({row['column_no']}) {_signed(row['coef'], 3)} ± {half:.3f}"
                    point = tenth(axes.x(row["coef"]))
                    marks.append(symbol(kind, (point, y), 3.4, Style(fill=colour), tip))
                if place:
                    y = top + place * row_height
                    marks.append(line(((0, y), (right, y)), Style(stroke=GRID, width=0.6)))
            top = bottom + axis + 10
        return Drawing(860, tenth(height), tuple(marks))

    return Figure(
        name="table3_coefficients",
        number="",
        title=both("Coefficients of Table 3", "表3 回归系数"),
        caption=both(
            f"Points: coefficients of the three columns; bars: 95 percent intervals, t with {df} "
            "degrees of freedom, errors clustered by city. Each panel has its own scale. Outcome "
            "ln(1 + rsi): coefficients of logarithms are not elasticities.",
            f"点为三列系数，横线为 95% 置信区间（自由度 {df} 的 t 分布，标准误聚类到城市）。"
            "各栏刻度不同。被解释变量为 ln(1 + rsi)：对数变量的系数不是弹性。",
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


def _panels(
    reach: Mapping[str, float], *, at_most: int = 4, ratio: float = 12.0
) -> list[list[str]]:
    """Terms in panels of similar size, the largest first, each in the order given."""
    groups: list[tuple[float, list[str]]] = []
    for term in sorted(reach, key=lambda name: (-reach[name], name)):
        if not groups or (reach[term] * ratio < groups[-1][0] and len(groups) < at_most):
            groups.append((reach[term], []))
        groups[-1][1].append(term)
    order = list(reach)
    return [sorted(terms, key=order.index) for _, terms in groups]


def _clipped(text: str, width: float, size: float) -> str:
    """The text, shortened with an ellipsis where it is wider than its column."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _year_range(years: Sequence[int]) -> tuple[float, float]:
    return (min(years), max(years)) if len(years) > 1 else (years[0] - 0.5, years[0] + 0.5)


def _year_ticks(years: Sequence[int]) -> list[float]:
    every = 1 if len(years) <= 8 else 2
    return [year for year in years if (max(years) - year) % every == 0]


def _step(highest: float, wanted: int = 5) -> float:
    raw = max(highest, 1e-9) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)


def _signed(value: float | None, digits: int) -> str:
    return MISSING if value is None else fixed(value, digits)


def _count(value: float | None) -> str:
    return MISSING if value is None else f"{value:,.0f}"


def _p(value: float | None) -> str:
    if value is None:
        return f"p {MISSING}"
    text = p_value(value)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


__all__ = [
    "coefficient_figure",
    "event_study_figure",
    "moran_figure",
    "moran_trend_figure",
    "trend_figure",
]
