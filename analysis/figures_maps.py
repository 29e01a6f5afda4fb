"""Maps of cities: projection, ties, partner counts, intensity, clusters.

No border is drawn: the points of all cities hint at the outline.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from analysis.figures_marks import (
    AMBER,
    BLUE,
    FAINT,
    GRID,
    INK,
    ORANGE,
    SKY,
    Box,
    Circle,
    Dots,
    Drawing,
    Mark,
    Point,
    Shape,
    Style,
    Symbol,
    Text,
    both,
    draw_label,
    place_label,
    symbol,
    tenth,
    text_width,
)
from analysis.figures_object import Figure, FigureUnavailableError
from analysis.frames import Frame, as_polars, require_columns
from analysis.tables import Language
from analysis.tables import Text as Words

MAP_WIDTH = 520.0
MAP_PADDING = 16.0
LEGEND_HEIGHT = 34.0
LABEL_SIZE = 13.5
CENTRAL_MERIDIAN = 105.0
STANDARD_PARALLELS = (25.0, 47.0)
"""Albers equal-area conic as it is usual for maps of China."""

NO_BORDERS = both("Points are seats of cities; no border is drawn.", "点为城市驻地，图中不绘边界。")


@dataclass(frozen=True, slots=True)
class City:
    """A point of a map: code, names, degrees."""

    adcode: str
    name: Words
    latitude: float
    longitude: float


def albers(latitude: float, longitude: float) -> tuple[float, float]:
    """Project degrees to the plane, Albers equal-area conic, unit sphere; y points north.

    References
    ----------
    Snyder, *Map Projections: A Working Manual* (1987), p. 98.
    """
    first, second = (math.radians(parallel) for parallel in STANDARD_PARALLELS)
    cone = (math.sin(first) + math.sin(second)) / 2
    constant = math.cos(first) ** 2 + 2 * cone * math.sin(first)
    rho = math.sqrt(constant - 2 * cone * math.sin(math.radians(latitude))) / cone
    theta = cone * math.radians(longitude - CENTRAL_MERIDIAN)
    return rho * math.sin(theta), math.sqrt(constant) / cone - rho * math.cos(theta)


def cities_of(frame: Frame) -> dict[str, City]:
    """Cities with coordinates by code, from columns adcode, short_name, name_en, latitude,
    longitude (degrees). A city without English name goes by its code there.
    """  # noqa: D205
    table = as_polars(frame)
    require_columns(table, ["adcode", "short_name", "name_en", "latitude", "longitude"])
    return {
        row["adcode"]: City(
            row["adcode"],
            both(row["name_en"] or row["adcode"], row["short_name"] or row["adcode"]),
            float(row["latitude"]),
            float(row["longitude"]),
        )
        for row in table.sort("adcode").iter_rows(named=True)
        if row["latitude"] is not None and row["longitude"] is not None
    }


@dataclass(frozen=True, slots=True)
class _Ground:
    """The map page: where each city is, and the empty map."""

    places: Mapping[str, Point]
    height: float
    marks: tuple[Mark, ...]

    @property
    def frame(self) -> Box:
        return (0.0, 0.0, MAP_WIDTH, self.height - LEGEND_HEIGHT)


def _ground(cities: Mapping[str, City]) -> _Ground:
    plane = {code: albers(city.latitude, city.longitude) for code, city in cities.items()}
    xs, ys = [x for x, _ in plane.values()], [y for _, y in plane.values()]
    left, north = min(xs), max(ys)
    scale = (MAP_WIDTH - 2 * MAP_PADDING) / max(max(xs) - left, 1e-6)
    height = round((north - min(ys)) * scale + 2 * MAP_PADDING)

    def on_page(x: float, y: float) -> Point:
        return MAP_PADDING + (x - left) * scale, MAP_PADDING + (north - y) * scale

    return _Ground(
        {code: on_page(*place) for code, place in plane.items()},
        height + LEGEND_HEIGHT,
        (_graticule(on_page, height),),
    )


def _graticule(on_page: Callable[[float, float], Point], height: float) -> Shape:
    """Parallels and meridians every ten degrees, inside the page alone."""
    steps: list[tuple[str | float, ...]] = []

    def add(points: Iterable[Point]) -> None:
        pen = False
        for x, y in points:
            inside = 0 <= x <= MAP_WIDTH and 0 <= y <= height
            if inside:
                steps.append(("L" if pen else "M", tenth(x), tenth(y)))
            pen = inside

    for latitude in range(10, 61, 10):
        add(on_page(*albers(latitude, lon / 2)) for lon in range(130, 301, 5))
    for longitude in range(60, 151, 10):
        add(on_page(*albers(lat / 2, longitude)) for lat in range(10, 131, 5))
    return Shape(tuple(steps), Style(stroke=GRID))


def _checked(cities: Mapping[str, City]) -> None:
    if not cities:
        raise FigureUnavailableError("no city has coordinates")


def _radius(value: float, largest: float, widest: float) -> float:
    """Area grows with the value; a fixed part keeps the smallest visible."""
    return 1.6 + widest * math.sqrt(max(value, 0.0) / largest) if largest > 0 else 1.6


def _bubbles(
    ground: _Ground,
    cities: Mapping[str, City],
    values: Mapping[str, float],
    largest: float,
    *,
    fill: str,
    tip: Callable[[str], str],
    language: Language,
    n_labels: int,
    write: Callable[[float], str],
    widest: float = 13.0,
) -> list[Mark]:
    """Circles of positive values, faint dots for the others, names of the largest."""
    order = sorted(
        (code for code in cities if values.get(code, 0) > 0), key=lambda c: (-values[c], c)
    )
    none = tuple(
        (tenth(x), tenth(y))
        for code, (x, y) in sorted(ground.places.items())
        if values.get(code, 0) <= 0
    )
    marks: list[Mark] = [Dots(none, 1.3, Style(fill=FAINT))] if none else []
    style = Style(fill=fill, stroke="#ffffff", width=0.8, opacity=0.78)
    taken: list[Box] = []
    for code in order:
        x, y = ground.places[code]
        radius = _radius(values[code], largest, widest)
        marks.append(Circle(tenth(x), tenth(y), tenth(radius), style, tip(code)))
        if radius > 5:
            reach = radius * 0.7
            taken.append((x - reach, y - reach, x + reach, y + reach))
    for code in order[:n_labels]:
        text = cities[code].name.of(language)
        radius = _radius(values[code], largest, widest)
        label = place_label(
            ground.places[code], radius, text, taken=taken, frame=ground.frame, size=LABEL_SIZE
        )
        if label is not None:
            taken.append(label.box)
            marks += draw_label(label, ground.places[code], text, size=LABEL_SIZE)
    return marks + _size_legend(ground, largest, widest, fill, write) if largest > 0 else marks


def _size_legend(
    ground: _Ground, largest: float, widest: float, fill: str, write: Callable[[float], str]
) -> list[Mark]:
    marks: list[Mark] = []
    x, y = 22.0, ground.height - LEGEND_HEIGHT / 2
    for share in (0.1, 0.4, 1.0):
        value = _round_number(largest * share) if share < 1 else largest
        radius = _radius(value, largest, widest)
        marks.append(Circle(tenth(x), y, tenth(radius), Style(fill=fill, opacity=0.78)))
        text = write(value)
        marks.append(Text(tenth(x + radius + 5), y + 4, text, size=12))
        x += radius + 5 + text_width(text, 12) + 34
    return marks


def _round_number(value: float) -> float:
    """One significant digit."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return max(round(value / power), 1) * power


def link_map(
    edges: Frame,
    cities: Frame,
    *,
    year: int,
    is_synthetic: bool,
    heaviest: float | None = None,
    largest: int | None = None,
    n_drawn: int = 160,
    n_labels: int = 9,
) -> Figure:
    """Map of the ties between cities in a year.

    Parameters
    ----------
    edges : frame
        Columns ``year, city_a, city_b, n``: joint patents of a pair, each pair once a year.
    cities : frame
        Columns ``adcode, short_name, name_en, latitude, longitude``.
    year : int
        Year drawn.
    heaviest, largest : float, int, optional
        Joint patents of the widest line and partners of the largest circle, the same for maps that
        are compared; those of the year by default.
    n_drawn : int
        Ties drawn, those with most joint patents; the caption says how many there are.

    Raises
    ------
    FigureUnavailableError
        If there is no tie in the year, or no city has coordinates.
    """
    table = as_polars(edges)
    require_columns(table, ["year", "city_a", "city_b", "n"])
    found = cities_of(cities)
    _checked(found)
    rows = table.filter(pl.col("year") == year).with_columns(pl.col("n").cast(pl.Float64))
    if rows.is_empty():
        raise FigureUnavailableError(f"no tie between cities in {year}")
    placed = rows.filter(pl.col("city_a").is_in(list(found)) & pl.col("city_b").is_in(list(found)))
    drawn = placed.sort(["n", "city_a", "city_b"], descending=[True, False, False]).head(n_drawn)
    partners = partner_counts(rows)
    heaviest = heaviest or max(drawn["n"].to_list(), default=1.0)
    largest = largest or max(partners.values())
    ground = _ground(found)
    hub = min(partners, key=lambda code: (-partners[code], code))
    hub_name = found[hub].name if hub in found else both(hub, hub)
    caption = both(
        f"{len(partners):,} of {as_polars(cities).height:,} cities with partners, {rows.height:,} "
        f"ties; most partners: {hub_name.en} with {partners[hub]}."
        + (
            f" Drawn: the {drawn.height} ties with most joint patents."
            * (drawn.height < rows.height)
        )
        + " Area of a circle: partner cities; width of a line: joint patents. "
        + NO_BORDERS.en,
        f"{as_polars(cities).height:,} 个城市中 {len(partners):,} 个有合作城市，共 {rows.height:,} "
        f"对合作关系；{hub_name.zh}的合作城市最多（{partners[hub]} 个）。"
        + (f"图中只绘联合专利最多的 {drawn.height} 对。" * (drawn.height < rows.height))
        + "圆的面积表示合作城市数，线的粗细表示联合专利数。"
        + NO_BORDERS.zh,
    )
    ties = [_tie(row, ground.places, heaviest) for row in reversed(drawn.rows(named=True))]

    def draw(language: Language) -> Drawing:
        bubbles = _bubbles(
            ground,
            found,
            partners,
            largest,
            fill=ORANGE,
            tip=lambda code: _tip(found[code], f"{partners[code]}"),
            language=language,
            n_labels=n_labels,
            write=lambda value: f"{value:.0f}",
        )
        return Drawing(MAP_WIDTH, ground.height, (*ground.marks, *ties, *bubbles))

    return Figure(
        name=f"map_links_{year}",
        number="",
        title=both(f"Ties between cities, {year}", f"{year}年城市间绿色专利合作关系"),
        caption=caption,
        is_synthetic=is_synthetic,
        frame=rows.select("year", "city_a", "city_b", "n").sort(["n", "city_a", "city_b"],
            descending=[True, False, False]),
        english=draw("en"),
        chinese=draw("zh"),
    )  # fmt: skip


def partner_counts(edges: pl.DataFrame) -> dict[str, int]:
    """Number of partner cities by code, from ties ``city_a, city_b``."""
    partners: dict[str, set[str]] = defaultdict(set)
    for a, b in edges.select("city_a", "city_b").iter_rows():
        partners[a].add(b)
        partners[b].add(a)
    return {code: len(others) for code, others in sorted(partners.items())}


def heaviest_tie(edges: Frame, cities: Frame) -> float:
    """Joint patents of the heaviest tie that a map can draw; 0 without any."""
    placed = list(cities_of(cities))
    rows = as_polars(edges).filter(pl.col("city_a").is_in(placed) & pl.col("city_b").is_in(placed))
    return float(rows["n"].cast(pl.Float64).max() or 0.0)  # type: ignore[arg-type]


def _tip(city: City, text: str) -> str:
    return f"{city.name.zh} {city.name.en}: {text}"


def _tie(row: Mapping[str, object], places: Mapping[str, Point], heaviest: float) -> Shape:
    (x1, y1), (x2, y2) = places[str(row["city_a"])], places[str(row["city_b"])]
    share = math.sqrt(float(str(row["n"])) / heaviest) if heaviest > 0 else 0.0
    bend = ((x1 + x2) / 2 + (y2 - y1) * 0.09, (y1 + y2) / 2 - (x2 - x1) * 0.09)
    # Few classes of width and opacity, so that neighbours share a group.
    level = max(round(share * 8), 1) / 8
    return Shape(
        (
            ("M", tenth(x1), tenth(y1)),
            ("Q", tenth(bend[0]), tenth(bend[1]), tenth(x2), tenth(y2)),
        ),
        Style(stroke=BLUE, width=0.5 + 3.2 * level, opacity=round(0.22 + 0.55 * level, 2)),
    )


def value_map(
    values: Frame,
    cities: Frame,
    *,
    column: str,
    year: int,
    name: str,
    title: Words,
    unit: Words,
    is_synthetic: bool,
    largest: float | None = None,
    digits: int = 0,
    widest: float = 13.0,
    n_labels: int = 9,
) -> Figure:
    """Map of a value that is not negative: the area of a circle grows with it.

    Parameters
    ----------
    values : frame
        Columns ``adcode, year`` and the column, one row per city and year; missing is not drawn.
    column : str
        Name of the column.
    name, title, unit : str, Words, Words
        Stem of the files (the year is added), title, and what is counted.
    largest : float, optional
        Value of the largest circle, the same for maps that are compared.
    digits : int
        Decimals of the values in the legend.
    widest : float
        Radius of the largest circle, page units; less where most values are alike.

    Raises
    ------
    FigureUnavailableError
        If no city has a positive value in the year.
    """
    table = as_polars(values)
    require_columns(table, ["adcode", "year", column])
    found = cities_of(cities)
    _checked(found)
    rows = (
        table.filter((pl.col("year") == year) & pl.col(column).is_not_null())
        .select("adcode", "year", pl.col(column).cast(pl.Float64))
        .sort("adcode")
    )
    held = {code: value for code, _, value in rows.iter_rows() if value > 0 and code in found}
    if not held:
        raise FigureUnavailableError(f"no city has a positive value of {column} in {year}")
    largest = largest or max(held.values())
    ground = _ground(found)
    top = min(held, key=lambda code: (-held[code], code))

    def write(value: float) -> str:
        return f"{value:,.{digits}f}"

    def draw(language: Language) -> Drawing:
        bubbles = _bubbles(
            ground,
            found,
            held,
            largest,
            fill=BLUE,
            tip=lambda code: _tip(found[code], write(held[code])),
            language=language,
            n_labels=n_labels,
            write=write,
            widest=widest,
        )
        return Drawing(MAP_WIDTH, ground.height, (*ground.marks, *bubbles))

    return Figure(
        name=f"{name}_{year}",
        number="",
        title=both(f"{title.en}, {year}", f"{year}年{title.zh}"),
        caption=both(
            f"{unit.en}; {len(held):,} of {rows.height:,} cities above zero, largest: "
            f"{found[top].name.en} with {write(held[top])}. {NO_BORDERS.en}",
            f"{unit.zh}；{rows.height:,} 个城市中 {len(held):,} 个大于零，"
            f"最大为{found[top].name.zh}（{write(held[top])}）。{NO_BORDERS.zh}",
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


CLUSTERS: tuple[tuple[str, Symbol, str, Words], ...] = (
    ("HH", "circle", ORANGE, both("high – high", "高高集聚")),
    ("LH", "triangle", SKY, both("low – high", "低高集聚")),
    ("LL", "square", BLUE, both("low – low", "低低集聚")),
    ("HL", "diamond", AMBER, both("high – low", "高低集聚")),
)
"""Quadrants I to IV with their form and colour: told apart without colour, too."""


def cluster_map(
    local: Frame,
    cities: Frame,
    *,
    year: int,
    is_synthetic: bool,
    level: float = 0.05,
    variable: str = "ln(1 + rsi)",
    n_labels: int = 14,
) -> Figure:
    """Map of local Moran clusters: cities whose own test says that their neighbours matter.

    Parameters
    ----------
    local : frame
        Columns ``year, adcode, local_i, quadrant, p_value, is_significant``.
    level : float
        Level of significance behind ``is_significant``, for the caption.

    Raises
    ------
    FigureUnavailableError
        If the year has no city with coordinates.
    """
    table = as_polars(local)
    require_columns(table, ["year", "adcode", "local_i", "quadrant", "p_value", "is_significant"])
    found = cities_of(cities)
    rows = (
        table.filter((pl.col("year") == year) & pl.col("quadrant").is_not_null())
        .filter(pl.col("adcode").is_in(list(found)))
        .select("year", "adcode", "local_i", "quadrant", "p_value", "is_significant")
        .sort("adcode")
    )
    if rows.is_empty():
        raise FigureUnavailableError(f"no local Moran in {year}")
    ground = _ground(found)
    shown = [row for row in rows.iter_rows(named=True) if row["is_significant"]]
    counts = {code: sum(row["quadrant"] == code for row in shown) for code, *_ in CLUSTERS}
    faint = tuple(
        (tenth(x), tenth(y))
        for code, (x, y) in sorted(ground.places.items())
        if code not in {row["adcode"] for row in shown}
    )
    forms = {code: (kind, colour) for code, kind, colour, _ in CLUSTERS}
    points: list[Mark] = [Dots(faint, 1.4, Style(fill=FAINT))] if faint else []
    for code, *_ in CLUSTERS:
        for row in shown:
            if row["quadrant"] == code:
                kind, colour = forms[code]
                x, y = ground.places[row["adcode"]]
                style = Style(fill=colour, stroke="#ffffff", width=0.8, opacity=0.9)
                tip = _tip(found[row["adcode"]], f"{code}, p = {row['p_value']:.3f}")
                points.append(symbol(kind, (x, y), 5.2, style, tip))

    def draw(language: Language) -> Drawing:
        marks = [*ground.marks, *points]
        taken: list[Box] = []
        order = sorted(shown, key=lambda row: (-abs(row["local_i"]), row["adcode"]))
        placed = 0
        for row in order:
            where = ground.places[row["adcode"]]
            text = found[row["adcode"]].name.of(language)
            label = place_label(where, 5.5, text, taken=taken, frame=ground.frame, size=12.5)
            if label is None or label.is_far or placed == n_labels:
                continue
            placed += 1
            taken.append(label.box)
            marks += draw_label(label, where, text, size=12.5)
        x, y = 14.0, ground.height - LEGEND_HEIGHT / 2
        for code, kind, colour, words in CLUSTERS:
            text = f"{words.of(language)} {counts[code]}"
            marks.append(symbol(kind, (x, y), 5.2, Style(fill=colour, opacity=0.9)))
            marks.append(Text(x + 10, y + 4, text, size=12, fill=INK))
            x += 128
        return Drawing(MAP_WIDTH, ground.height, tuple(marks))

    numbers = both(
        ", ".join(f"{counts[code]} {words.en}" for code, _, _, words in CLUSTERS),
        "、".join(f"{words.zh} {counts[code]} 个" for code, _, _, words in CLUSTERS),
    )
    return Figure(
        name=f"map_clusters_{year}",
        number="",
        title=both(
            f"Local Moran clusters of {variable}, {year}", f"{year}年 {variable} 局部莫兰集聚"
        ),
        caption=both(
            f"Cities whose local I has p ≤ {level:g} of {rows.height:,}: {numbers.en}; faint dots "
            f"are the others. Tests of many cities at one level: some are significant by chance. "
            f"{NO_BORDERS.en}",
            f"{rows.height:,} 个城市中局部莫兰指数 p ≤ {level:g} 的城市：{numbers.zh}；"
            f"浅点为其余城市。多重检验下部分显著属偶然。{NO_BORDERS.zh}",
        ),
        is_synthetic=is_synthetic,
        frame=rows,
        english=draw("en"),
        chinese=draw("zh"),
    )


__all__ = [
    "CLUSTERS",
    "City",
    "albers",
    "cities_of",
    "cluster_map",
    "heaviest_tie",
    "link_map",
    "partner_counts",
    "value_map",
]
