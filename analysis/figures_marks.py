"""What a figure is made of: marks on a page, placed once, drawn by whichever writer is asked.

A drawing is a tuple of marks in page units (one unit is a point in PDF, a pixel in SVG). The SVG
writer stands here, the writers of PDF and PNG in `analysis.figures_export`; both read the same
marks, so that no two files of a figure can show different things. Coordinates are rounded to a
tenth of a unit before any writer sees them: equal figures are equal bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from typing import Literal

from analysis.errors import AnalysisError
from analysis.number_texts import MINUS
from analysis.tables import Language
from analysis.tables import Text as Words

INK, MUTED, FAINT, GRID = "#17211c", "#55625b", "#a9b5af", "#e3e9e6"
# Okabe and Ito's colours, the first two darkened: they differ in grey and for the colour-blind.
BLUE, ORANGE, SKY, AMBER = "#00558c", "#c75000", "#56b4e9", "#e69f00"

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
"""Fonts that hold simplified Chinese, the preferred ones first."""

FIRST_WIDE = 0x2E80
"""Characters beyond this one are as wide as they are high, and need a Chinese font."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


def both(en: str, zh: str) -> Words:
    """A text in English and in Chinese."""
    return Words(zh, en)


@dataclass(frozen=True, slots=True)
class Style:
    """How a mark is painted; lengths in page units, opacity in [0, 1]."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 1.0
    opacity: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A path of straight lines and quadratic curves.

    Attributes
    ----------
    steps : tuple of tuple
        ``("M", x, y)``, ``("L", x, y)``, ``("Q", x1, y1, x, y)`` or ``("Z",)``.
    """

    steps: tuple[tuple[str | float, ...], ...]
    style: Style
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle; radius in page units."""

    x: float
    y: float
    radius: float
    style: Style
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Dots:
    """Many equal points without tooltip; ``style.fill`` is their colour."""

    places: tuple[Point, ...]
    radius: float
    style: Style


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, ``y`` its baseline; ``turn`` in degrees, counter-clockwise."""

    x: float
    y: float
    text: str
    size: float = 12.5
    fill: str = MUTED
    anchor: Anchor = "start"
    bold: bool = False
    halo: bool = False  # a white edge that keeps it readable on lines
    turn: float = 0.0


Mark = Shape | Circle | Dots | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks on a page, later ones on top."""

    width: float
    height: float
    marks: tuple[Mark, ...] = field(repr=False)

    def texts(self) -> tuple[str, ...]:
        """Every text drawn, in order."""
        return tuple(mark.text for mark in self.marks if isinstance(mark, Text))


def tenth(value: float) -> float:
    """Round to a tenth of a unit, without a minus zero."""
    return round(float(value), 1) + 0.0


def decimal(value: float) -> str:
    """Text of a coordinate."""
    text = f"{tenth(value):.1f}"
    return text.removesuffix(".0")


def line(points: Iterable[Point], style: Style, tooltip: str = "", *, close: bool = False) -> Shape:
    """A line through points, closed on request."""
    steps: list[tuple[str | float, ...]] = [
        ("M" if i == 0 else "L", x, y) for i, (x, y) in enumerate(points)
    ]
    return Shape(tuple(steps + ([("Z",)] if close else [])), style, tooltip)


def segments(pairs: Iterable[tuple[Point, Point]], style: Style) -> Shape:
    """Separate straight lines as one mark."""
    steps: list[tuple[str | float, ...]] = []
    for (x1, y1), (x2, y2) in pairs:
        steps += [("M", x1, y1), ("L", x2, y2)]
    return Shape(tuple(steps), style)


def rectangle(box: Box, style: Style, tooltip: str = "") -> Shape:
    """A box."""
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return line(corners, style, tooltip, close=True)


Symbol = Literal["circle", "square", "triangle", "diamond"]


def symbol(kind: Symbol, at: Point, radius: float, style: Style, tooltip: str = "") -> Mark:
    """A point whose form says its class, so that it can be told without colour."""
    x, y = tenth(at[0]), tenth(at[1])
    if kind == "circle":
        return Circle(x, y, radius, style, tooltip)
    if kind == "square":
        side = radius * 0.89
        return rectangle((x - side, y - side, x + side, y + side), style, tooltip)
    if kind == "triangle":
        corners = ((x, y - radius * 1.15), (x + radius, y + radius * 0.75))
        return line((*corners, (x - radius, y + radius * 0.75)), style, tooltip, close=True)
    reach = radius * 1.2
    corners = ((x, y - reach), (x + reach, y))
    return line((*corners, (x, y + reach), (x - reach, y)), style, tooltip, close=True)


def text_width(text: str, size: float) -> float:
    """Width of a text: a Chinese character is as wide as it is high, a Latin one about 0.6."""
    return sum(size * (1.0 if ord(character) > FIRST_WIDE else 0.6) for character in text)


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of at most a width: broken at blanks, or between Chinese characters."""
    lines, current = [], ""
    for word in _words(text):
        candidate = current + word
        if current.strip() and text_width(candidate.rstrip(), size) > width:
            lines.append(current.rstrip())
            candidate = word.lstrip()
        current = candidate
    return [*lines, current.rstrip()] if current.strip() else lines


def _words(text: str) -> Iterator[str]:
    """Pieces that stay together: a word with its blank, a Chinese character with its marks."""
    closing, opening = "，。；：、）》”？！%", "（《“"
    held = ""
    for character in text:
        wide = ord(character) > FIRST_WIDE or character in closing + opening
        joined = (
            not held
            or character in closing
            or held[-1] in opening
            or (not wide and held[-1] != " " and not ord(held[-1]) > FIRST_WIDE)
        )
        if not joined:
            yield held
            held = ""
        held += character
    if held:
        yield held


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """Where a label goes; ``is_far`` when a line has to lead there."""

    left: float
    baseline: float
    box: Box
    is_far: bool


def place_label(
    point: Point, radius: float, text: str, *, taken: Sequence[Box], frame: Box, size: float
) -> PlacedLabel | None:
    """Find room for a label beside a point, then farther away; None where there is none."""
    x, y = point
    width = text_width(text, size) * 1.06  # labels are bold
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
            inside = (
                box[0] >= frame[0]
                and box[1] >= frame[1]
                and box[2] <= frame[2]
                and box[3] <= frame[3]
            )
            free = all(
                box[2] < other[0] or box[0] > other[2] or box[3] < other[1] or box[1] > other[3]
                for other in taken
            )
            if inside and free:
                return PlacedLabel(left, baseline, box, distance > radius + 3)
    return None


def draw_label(label: PlacedLabel, point: Point, text: str, *, size: float) -> list[Mark]:
    """A placed label, with a line to its point when it stands far from it."""
    marks: list[Mark] = []
    if label.is_far:
        left, top, right, bottom = label.box
        near = (min(max(point[0], left), right), min(max(point[1], top), bottom))
        marks.append(line((point, near), Style(stroke=INK, width=0.8)))
    marks.append(Text(label.left, label.baseline, text, size=size, fill=INK, bold=True, halo=True))
    return marks


@dataclass(frozen=True, slots=True)
class Axes:
    """A plotting area with linear scales.

    Attributes
    ----------
    box : tuple of float
        Left, top, right, bottom on the page.
    x_range, y_range : tuple of float
        Lowest and highest value shown.
    """

    box: Box
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Page position of an abscissa."""
        low, high = self.x_range
        return self.box[0] + (value - low) / (high - low) * (self.box[2] - self.box[0])

    def y(self, value: float) -> float:
        """Page position of an ordinate."""
        low, high = self.y_range
        return self.box[3] - (value - low) / (high - low) * (self.box[3] - self.box[1])

    def at(self, x: float, y: float) -> Point:
        """Page position of a point."""
        return self.x(x), self.y(y)

    def horizontal(
        self, ticks: Sequence[float], label: str = "", *, integer: bool = False
    ) -> list[Mark]:
        """Grid lines and numbers of the ordinate."""
        left, _, right, _ = self.box
        marks: list[Mark] = [
            segments((((left, self.y(v)), (right, self.y(v))) for v in ticks), Style(stroke=GRID))
        ]
        marks += [
            Text(
                left - 8,
                self.y(value) + 4,
                f"{value:,.0f}" if integer else short(value),
                anchor="end",
            )
            for value in ticks
        ]
        if label:
            middle = (self.box[1] + self.box[3]) / 2
            marks.append(Text(14, middle, label, anchor="middle", turn=90))
        return marks

    def vertical(self, ticks: Sequence[float], label: str = "", *, grid: bool = True) -> list[Mark]:
        """Grid lines and numbers of the abscissa."""
        left, top, right, bottom = self.box
        marks: list[Mark] = []
        if grid:
            pairs = (((self.x(v), top), (self.x(v), bottom)) for v in ticks)
            marks.append(segments(pairs, Style(stroke=GRID)))
        marks += [
            Text(self.x(value), bottom + 17, short(value), anchor="middle") for value in ticks
        ]
        if label:
            marks.append(Text((left + right) / 2, bottom + 37, label, anchor="middle"))
        return marks


def ticks(low: float, high: float, wanted: int = 6) -> list[float]:
    """Round numbers between two values."""
    raw = max(high - low, 1e-12) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [
        k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def padded(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """Range of values and zero, with a margin."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = max(high - low, 1e-6) * share
    return low - room, high + room


def short(value: float) -> str:
    """A number without needless digits, with a real minus sign."""
    return f"{value:.10g}".replace("-", MINUS)


def framed(drawing: Drawing, title: str, caption: str) -> Drawing:
    """The drawing with its title above and its caption beneath, as a file of its own needs."""
    margin, size, small = 14.0, 14.0, 10.5
    heads = wrapped(title, drawing.width, size * 1.06)
    lines = wrapped(caption, drawing.width, small)
    top = 12 + len(heads) * 19.0
    width, bottom = drawing.width + 2 * margin, top + drawing.height
    height = bottom + 16 + 14.5 * len(lines)
    marks: list[Mark] = [rectangle((0, 0, width, height), Style(fill="#ffffff"))]
    marks += [
        Text(margin, 22 + 19 * i, text, size=size, fill=INK, bold=True)
        for i, text in enumerate(heads)
    ]
    marks += [moved(mark, top, margin) for mark in drawing.marks]
    marks += [
        Text(margin, bottom + 14 + 14.5 * i, text, size=small) for i, text in enumerate(lines)
    ]
    return Drawing(width, height, tuple(marks))


def moved(mark: Mark, down: float, right: float = 0.0) -> Mark:
    """The mark, shifted."""
    if isinstance(mark, Shape):
        steps = tuple(
            tuple(
                part if isinstance(part, str) else part + (right if i % 2 else down)
                for i, part in enumerate(step)
            )
            for step in mark.steps
        )
        return replace(mark, steps=steps)
    if isinstance(mark, Dots):
        return replace(mark, places=tuple((x + right, y + down) for x, y in mark.places))
    return replace(mark, x=mark.x + right, y=mark.y + down)


def svg_file(drawing: Drawing, *, language: Language, title: str, description: str) -> str:
    """An SVG file of its own: colours and fonts inside, text as text, nothing from elsewhere."""
    fonts = ", ".join((*CHINESE_FONTS, "DejaVu Sans", "sans-serif"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'lang="{"zh-Hans" if language == "zh" else "en"}" '
        f'width="{decimal(drawing.width)}" height="{decimal(drawing.height)}" '
        f'viewBox="0 0 {decimal(drawing.width)} {decimal(drawing.height)}" '
        f'font-family="{escape(fonts)}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f"{svg_marks(drawing.marks)}</svg>\n"
    )


def svg_inline(
    english: Drawing, chinese: Drawing, *, figure_id: str, title: Words, description: Words
) -> str:
    """One SVG element for a page that switches its language.

    Marks that both languages share stand once; the others in groups of the classes ``l-en`` and
    ``l-zh``, of which the page hides one.

    Raises
    ------
    AnalysisError
        If the two drawings differ in size.
    """
    size = (english.width, english.height)
    if size != (chinese.width, chinese.height):
        raise AnalysisError(f"{figure_id}: the drawings of the two languages differ in size")
    shared = Counter(english.marks) & Counter(chinese.marks)
    left = Counter(shared)
    parts: list[str] = []
    run: list[Mark] = []
    run_shared = True

    def flush() -> None:
        if run:
            body = svg_marks(run)
            parts.append(body if run_shared else f'<g class="l-en">{body}</g>')
            run.clear()

    for mark in english.marks:
        is_shared = left[mark] > 0
        left[mark] -= is_shared
        if is_shared != run_shared:
            flush()
            run_shared = is_shared
        run.append(mark)
    flush()
    left = Counter(shared)
    other: list[Mark] = []
    for mark in chinese.marks:
        if left[mark] > 0:
            left[mark] -= 1
        else:
            other.append(mark)
    if other:
        parts.append(f'<g class="l-zh" lang="zh-Hans">{svg_marks(other)}</g>')
    name = escape(figure_id)
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" '
        f'viewBox="0 0 {decimal(size[0])} {decimal(size[1])}">'
        f'<title id="{name}-title">{escape(title.en)} {escape(title.zh)}</title>'
        f'<desc id="{name}-desc">{escape(description.en)} {escape(description.zh)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def svg_marks(marks: Iterable[Mark]) -> str:
    """Marks as SVG, neighbours of one style in one group."""
    parts = []
    for attributes, group in groupby(marks, key=_attributes):
        parts.append(f"<g {attributes}>{''.join(map(_element, group))}</g>")
    return "".join(parts)


def _attributes(mark: Mark) -> str:
    if isinstance(mark, Text):
        values = {"fill": mark.fill, "font-size": decimal(mark.size)}
        if mark.anchor != "start":
            values["text-anchor"] = mark.anchor
        if mark.bold:
            values["font-weight"] = "600"
        if mark.halo:
            values |= {
                "paint-order": "stroke",
                "stroke": "#fff",
                "stroke-width": "3.2",
                "stroke-linejoin": "round",
            }
    elif isinstance(mark, Dots):
        values = {
            "fill": "none",
            "stroke": mark.style.fill,
            "stroke-width": decimal(2 * mark.radius),
            "stroke-linecap": "round",
        }
    else:
        style = mark.style
        values = {"fill": style.fill}
        if style.stroke != "none":
            values |= {"stroke": style.stroke, "stroke-width": decimal(style.width)}
            if isinstance(mark, Shape):
                values |= {"stroke-linecap": "round", "stroke-linejoin": "round"}
        if style.opacity != 1.0:
            values["opacity"] = f"{style.opacity:.2f}"
        if style.dash:
            values["stroke-dasharray"] = " ".join(map(decimal, style.dash))
    return " ".join(f'{name}="{value}"' for name, value in values.items())


def _element(mark: Mark) -> str:
    if isinstance(mark, Text):
        place = f'x="{decimal(mark.x)}" y="{decimal(mark.y)}"'
        if mark.turn:
            place = (
                f'transform="translate({decimal(mark.x)} {decimal(mark.y)}) '
                f'rotate({decimal(-mark.turn)})"'
            )
        return f"<text {place}>{escape(mark.text)}</text>"
    if isinstance(mark, Dots):
        path = "".join(f"M{decimal(x)} {decimal(y)}h0" for x, y in mark.places)
        return f'<path d="{path}"/>'
    tail = f"<title>{escape(mark.tooltip)}</title>" if mark.tooltip else ""
    if isinstance(mark, Circle):
        head = f'<circle cx="{decimal(mark.x)}" cy="{decimal(mark.y)}" r="{decimal(mark.radius)}"'
        return f"{head}>{tail}</circle>" if tail else f"{head}/>"
    path = "".join(
        str(step[0]) + " ".join(decimal(float(part)) for part in step[1:]) for step in mark.steps
    )
    return f'<path d="{path}">{tail}</path>' if tail else f'<path d="{path}"/>'
