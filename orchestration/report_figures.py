"""Figures of the report as inline SVG: plain numbers in, markup out, same numbers, same bytes.

Drawn by hand rather than by a plotting library: text stays text (Chinese names use the reader's
fonts, nothing is embedded), styles come from the page, and no date or random id enters the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

MAP_WIDTH = 520
MAP_PADDING = 16
CENTRAL_MERIDIAN = 105.0
STANDARD_PARALLELS = (25.0, 47.0)
"""Albers equal-area conic as it is usual for maps of China."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class City:
    """A point of the map: degrees, names, and its number of partner cities in the year."""

    adcode: str
    name: str
    name_en: str
    latitude: float
    longitude: float
    partners: int


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie between two cities; ``n`` is the number of joint patents."""

    city_a: str
    city_b: str
    n: float


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a trend figure; a value may be missing."""

    label: str
    css: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """One city of the Moran scatter: standardised value and spatial lag."""

    label: str
    x: float
    y: float


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


def map_svg(
    cities: Sequence[City],
    ties: Sequence[Tie],
    *,
    figure_id: str,
    title: str,
    description: str,
    largest: int,
    heaviest: float,
    n_labels: int = 9,
) -> Markup:
    """Map of cities and their ties.

    Parameters
    ----------
    cities : sequence of City
        All nodes; those without partner are faint dots that hint at the outline.
    ties : sequence of Tie
        Ties to draw, heaviest last on top; both ends must be among the cities.
    figure_id, title, description : str
        Id prefix of the accessible title and description, and their text.
    largest : int
        Partners of the largest circle, the same for maps that are compared.
    heaviest : float
        Joint patents of the thickest line, the same for maps that are compared.
    n_labels : int
        Cities with the most partners that carry their name.
    """
    places = {city.adcode: albers(city.latitude, city.longitude) for city in cities}
    xs = [x for x, _ in places.values()]
    ys = [y for _, y in places.values()]
    span_x = max(max(xs) - min(xs), 1e-6)
    scale = (MAP_WIDTH - 2 * MAP_PADDING) / span_x
    height = round((max(ys) - min(ys)) * scale + 2 * MAP_PADDING)

    def on_page(x: float, y: float) -> tuple[float, float]:
        return MAP_PADDING + (x - min(xs)) * scale, MAP_PADDING + (max(ys) - y) * scale

    at = {code: on_page(*place) for code, place in places.items()}
    parts: list[Markup] = [_graticule(on_page)]
    for tie in sorted(ties, key=lambda tie: (tie.n, tie.city_a, tie.city_b)):
        (x1, y1), (x2, y2) = at[tie.city_a], at[tie.city_b]
        share = math.sqrt(tie.n / heaviest) if heaviest > 0 else 0.0
        bend_x, bend_y = (x1 + x2) / 2 + (y2 - y1) * 0.09, (y1 + y2) / 2 - (x2 - x1) * 0.09
        parts.append(
            Markup(
                '<path class="tie" d="M{} {}Q{} {} {} {}" stroke-width="{}" opacity="{}"/>'
            ).format(
                _n(x1),
                _n(y1),
                _n(bend_x),
                _n(bend_y),
                _n(x2),
                _n(y2),
                _n(0.5 + 3.2 * share),
                _n(0.22 + 0.55 * share),
            )
        )
    taken: list[Box] = []
    order = sorted(cities, key=lambda city: (-city.partners, city.adcode))
    for city in order:
        x, y = at[city.adcode]
        radius = _radius(city.partners, largest)
        css = "city" if city.partners else "city none"
        parts.append(
            Markup('<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
                css,
                _n(x),
                _n(y),
                _n(radius),
                f"{city.name} {city.name_en}: {city.partners} partner cities",
            )
        )
        if radius > 5:
            taken.append((x - radius * 0.7, y - radius * 0.7, x + radius * 0.7, y + radius * 0.7))
    for city in [city for city in order if city.partners][:n_labels]:
        text = f"{city.name} {city.name_en}".strip()
        label = _place_label(
            at[city.adcode],
            _radius(city.partners, largest),
            text,
            taken=taken,
            height=height,
            size=13.5,
        )
        if label is not None:
            taken.append(label.box)
            parts.append(_draw_label(label, at[city.adcode], text))
    return _svg(figure_id, title, description, size=(MAP_WIDTH, height), parts=parts, css="map")


def trend_svg(
    years: Sequence[int],
    series: Sequence[Series],
    *,
    figure_id: str,
    title: str,
    description: str,
    unit: str,
) -> Markup:
    """Lines over years from zero, each with its name and last value at its end.

    Parameters
    ----------
    years : sequence of int, length n >= 1
        Abscissa.
    series : sequence of Series, values of length n
        Counts, not negative.
    unit : str
        Label of the ordinate.
    """
    width, height = 860, 330
    left, right, top, bottom = 64, 190, 30, 34
    highest = max((v for line in series for v in line.values if v is not None), default=0.0)
    step = _tick_step(highest)
    ceiling = max(step, math.ceil(highest / step) * step)
    across = max(len(years) - 1, 1)

    def x(position: int) -> float:
        return left + position * (width - left - right) / across

    def y(value: float) -> float:
        return top + (ceiling - value) / ceiling * (height - top - bottom)

    parts = [Markup('<text class="axis" x="0" y="14">{}</text>').format(unit)]
    for tick in range(round(ceiling / step) + 1):
        value = tick * step
        parts.append(
            Markup('<path class="grid" d="M{} {}H{}"/>').format(left, _n(y(value)), width - right)
        )
        parts.append(
            Markup('<text class="axis end" x="{}" y="{}">{}</text>').format(
                left - 8, _n(y(value) + 4), f"{value:,.0f}"
            )
        )
    every = 1 if len(years) <= 8 else 2
    for position, year in enumerate(years):
        if (len(years) - 1 - position) % every == 0:
            parts.append(
                Markup('<text class="axis middle" x="{}" y="{}">{}</text>').format(
                    _n(x(position)), height - 10, year
                )
            )
    ends: list[float] = []
    for line in series:
        points = [(x(i), y(v), i, v) for i, v in enumerate(line.values) if v is not None]
        if not points:
            continue
        path = "L".join(f"{_n(px)} {_n(py)}" for px, py, *_ in points)
        parts.append(Markup('<path class="line {}" d="M{}"/>').format(line.css, path))
        for px, py, i, v in points:
            parts.append(
                Markup(
                    '<circle class="dot {}" cx="{}" cy="{}" r="3.2"><title>{}</title></circle>'
                ).format(line.css, _n(px), _n(py), f"{line.label}, {years[i]}: {v:,.0f}")
            )
        label_y = points[-1][1] + 4
        while any(abs(label_y - other) < 17 for other in ends):
            label_y += 17 if label_y < height - bottom - 20 else -17 * (len(ends) + 1)
        ends.append(label_y)
        parts.append(
            Markup('<text class="label {}" x="{}" y="{}">{}</text>').format(
                line.css, _n(points[-1][0] + 10), _n(label_y), f"{line.label} {points[-1][3]:,.0f}"
            )
        )
    return _svg(figure_id, title, description, size=(width, height), parts=parts, css="trend")


def moran_svg(
    points: Sequence[ScatterPoint],
    slope: float,
    *,
    figure_id: str,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
    n_labels: int = 14,
) -> Markup:
    """Moran scatter: standardised values against their spatial lag, the slope is the statistic.

    Parameters
    ----------
    points : sequence of ScatterPoint, length n >= 1
    slope : float
        Moran's I for row-normalised weights.
    x_label, y_label : str
        Labels of the axes.
    n_labels : int
        Points farthest from the origin that carry their label.
    """
    width, height = 760, 470
    left, right, top, bottom = 58, 20, 26, 48
    low_x, high_x = _padded([point.x for point in points])
    low_y, high_y = _padded([point.y for point in points])

    def x(value: float) -> float:
        return left + (value - low_x) / (high_x - low_x) * (width - left - right)

    def y(value: float) -> float:
        return top + (high_y - value) / (high_y - low_y) * (height - top - bottom)

    parts: list[Markup] = []
    for value in _ticks(low_x, high_x):
        parts.append(
            Markup('<path class="grid" d="M{} {}V{}"/>').format(_n(x(value)), top, height - bottom)
        )
        parts.append(
            Markup('<text class="axis middle" x="{}" y="{}">{}</text>').format(
                _n(x(value)), height - bottom + 17, _short(value)
            )
        )
    for value in _ticks(low_y, high_y):
        parts.append(
            Markup('<path class="grid" d="M{} {}H{}"/>').format(left, _n(y(value)), width - right)
        )
        parts.append(
            Markup('<text class="axis end" x="{}" y="{}">{}</text>').format(
                left - 8, _n(y(value) + 4), _short(value)
            )
        )
    parts.append(
        Markup('<path class="zero" d="M{} {}V{}M{} {}H{}"/>').format(
            _n(x(0)), top, height - bottom, left, _n(y(0)), width - right
        )
    )
    quadrants = (
        (width - right - 6, top + 16, "end", "I  high – high 高高"),
        (left + 6, top + 16, "", "II  low – high 低高"),
        (left + 6, height - bottom - 8, "", "III  low – low 低低"),
        (width - right - 6, height - bottom - 8, "end", "IV  high – low 高低"),
    )
    for qx, qy, css, corner in quadrants:
        parts.append(
            Markup('<text class="quadrant {}" x="{}" y="{}">{}</text>').format(css, qx, qy, corner)
        )
    ends = [value for value in (low_x, high_x) if low_y <= slope * value <= high_y]
    if slope:
        ends += [v / slope for v in (low_y, high_y) if low_x < v / slope < high_x]
    first, last = min(ends, default=low_x), max(ends, default=high_x)
    parts.append(
        Markup('<path class="fit" d="M{} {}L{} {}"/>').format(
            _n(x(first)), _n(y(slope * first)), _n(x(last)), _n(y(slope * last))
        )
    )
    taken: list[Box] = [
        (width - right - 150, top, width, top + 22),
        (left, top, left + 150, top + 22),
        (left, height - bottom - 24, left + 150, height - bottom),
        (width - right - 150, height - bottom - 24, width, height - bottom),
    ]
    for point in points:
        parts.append(
            Markup(
                '<circle class="dot moran" cx="{}" cy="{}" r="3.6"><title>{}</title></circle>'
            ).format(_n(x(point.x)), _n(y(point.y)), f"{point.label}: {point.x:.2f}, {point.y:.2f}")
        )
    far = sorted(points, key=lambda p: (-math.hypot(p.x, p.y / max(high_y, -low_y)), p.label))
    n_placed = 0
    for point in far:
        if n_placed == n_labels:
            break
        where = (x(point.x), y(point.y))
        label = _place_label(
            where,
            4.0,
            point.label,
            taken=taken,
            height=height - bottom,
            size=12.0,
            right=width - right,
        )
        if label is None or label.is_far:
            continue
        taken.append(label.box)
        n_placed += 1
        parts.append(_draw_label(label, where, point.label))
    parts.append(
        Markup('<text class="axis middle" x="{}" y="{}">{}</text>').format(
            (left + width - right) / 2, height - 8, x_label
        )
    )
    parts.append(
        Markup(
            '<text class="axis middle" transform="translate(14 {}) rotate(-90)">{}</text>'
        ).format(_n((top + height - bottom) / 2), y_label)
    )
    return _svg(figure_id, title, description, size=(width, height), parts=parts, css="scatter")


def _graticule(on_page: Callable[[float, float], tuple[float, float]]) -> Markup:
    lines: list[str] = []
    for latitude in range(10, 61, 10):
        lines.append(_polyline(on_page(*albers(latitude, lon / 2)) for lon in range(130, 301, 5)))
    for longitude in range(60, 151, 10):
        lines.append(_polyline(on_page(*albers(lat / 2, longitude)) for lat in range(10, 131, 5)))
    return Markup('<path class="graticule" d="{}"/>').format("".join(lines))


def _polyline(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _radius(partners: int, largest: int) -> float:
    if partners <= 0:
        return 1.3
    return 1.6 + 13.0 * math.sqrt(partners / max(largest, 1))


def _text_width(text: str, size: float) -> float:
    """Width of a label: a Chinese character is as wide as it is high, a Latin one about 0.6."""
    return sum(size * (1.0 if ord(character) > 0x2E80 else 0.6) for character in text)


@dataclass(frozen=True, slots=True)
class _Label:
    left: float
    baseline: float
    box: Box
    is_far: bool  # so far from its point that a line has to lead there


def _place_label(
    point: tuple[float, float],
    radius: float,
    text: str,
    *,
    taken: Sequence[Box],
    height: float,
    size: float,
    right: float = MAP_WIDTH,
) -> _Label | None:
    """Find room for a label beside a point, then farther away; None where there is none."""
    x, y = point
    width = _text_width(text, size)
    for distance in (radius + 3, radius + 16, radius + 30, radius + 46):
        diagonal = distance * 0.72
        for left, baseline in (
            (x + distance, y + size * 0.35),
            (x - distance - width, y + size * 0.35),
            (x - width / 2, y - distance - 2),
            (x - width / 2, y + distance + size * 0.85),
            (x + diagonal, y - diagonal),
            (x + diagonal, y + diagonal + size * 0.7),
            (x - diagonal - width, y - diagonal),
            (x - diagonal - width, y + diagonal + size * 0.7),
        ):
            box = (left - 1, baseline - size * 0.95, left + width + 1, baseline + size * 0.28)
            inside = box[0] >= 0 and box[2] <= right and box[1] >= 0 and box[3] <= height
            free = all(
                box[2] < other[0] or box[0] > other[2] or box[3] < other[1] or box[1] > other[3]
                for other in taken
            )
            if inside and free:
                return _Label(left, baseline, box, distance > radius + 3)
    return None


def _draw_label(label: _Label, point: tuple[float, float], text: str) -> Markup:
    leader = Markup("")
    if label.is_far:
        left, top, right, bottom = label.box
        near_x = min(max(point[0], left), right)
        near_y = min(max(point[1], top), bottom)
        leader = Markup('<path class="leader" d="M{} {}L{} {}"/>').format(
            _n(point[0]), _n(point[1]), _n(near_x), _n(near_y)
        )
    return leader + Markup('<text class="label" x="{}" y="{}">{}</text>').format(
        _n(label.left), _n(label.baseline), text
    )


def _tick_step(highest: float, wanted: int = 5) -> float:
    if highest <= 0:
        return 1.0
    raw = highest / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return max(step, 1.0)


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    room = max(high - low, 1e-6) * 0.06
    return low - room, high + room


def _ticks(low: float, high: float, wanted: int = 6) -> list[float]:
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _short(value: float) -> str:
    return f"{value:.10g}".replace("-", "−")


def _n(value: float) -> str:
    """One decimal is a tenth of a pixel; no minus zero, so that equal figures are equal bytes."""
    text = f"{value:.1f}"
    return "0" if text in ("-0.0", "0.0") else text.removesuffix(".0")


def _svg(
    figure_id: str,
    title: str,
    description: str,
    *,
    size: tuple[int, int],
    parts: Iterable[Markup],
    css: str,
) -> Markup:
    return Markup(
        '<svg class="{css}" role="img" aria-labelledby="{id}-title {id}-desc" '
        'viewBox="0 0 {width} {height}">'
        '<title id="{id}-title">{title}</title><desc id="{id}-desc">{description}</desc>'
        "{body}</svg>"
    ).format(
        css=css,
        id=escape(figure_id),
        width=size[0],
        height=size[1],
        title=title,
        description=description,
        body=Markup("").join(parts),
    )
