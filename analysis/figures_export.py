"""The marks of a drawing as PDF and PNG, through matplotlib's canvas and none of its axes.

Same drawing, same fonts, same bytes: no date, no random id, no look at matplotlib's settings or at
its cache of fonts.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

from analysis.errors import AnalysisError
from analysis.figures_marks import (
    CHINESE_FONTS,
    FIRST_WIDE,
    Circle,
    Dots,
    Drawing,
    Shape,
    Style,
    Text,
    tenth,
)

LATIN_FONT = "DejaVu Sans"  # ships with matplotlib
POINTS_PER_INCH = 72
PIXELS_PER_INCH = 200
_ALIGNMENTS: dict[str, Any] = {"start": "left", "middle": "center", "end": "right"}


@cache
def chinese_font() -> tuple[str, int] | None:
    """File and face of the first installed font of `CHINESE_FONTS`, regular; None without any."""
    found = _fonts()
    return next((found[name] for name in CHINESE_FONTS if name in found), None)


def write_pdf(drawing: Drawing, *, title: str) -> bytes:
    """PDF of a drawing, fonts inside, one page of its size in points."""
    metadata = {
        "Title": title,
        "Creator": "greenties",
        "Producer": "greenties",
        "CreationDate": None,
    }
    # Type 3 keeps the outlines of the characters used; cutting large Chinese fonts for type 42
    # takes a second a file.
    return _save(drawing, "pdf", metadata, {"pdf.fonttype": 3, "pdf.compression": 6})


def write_png(drawing: Drawing) -> bytes:
    """PNG of a drawing, 200 pixels per inch."""
    return _save(drawing, "png", {"Software": None}, {})


def _save(drawing: Drawing, kind: str, metadata: Mapping[str, Any], settings: Any) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=(drawing.width / POINTS_PER_INCH, drawing.height / POINTS_PER_INCH))
        FigureCanvasAgg(figure)
        page = (
            Affine2D().scale(1, -1).translate(0, drawing.height).scale(1 / POINTS_PER_INCH)
            + figure.dpi_scale_trans
        )
        # One font for the whole drawing, so that digits do not change between labels.
        wide = any(ord(c) > FIRST_WIDE for text in drawing.texts() for c in text)
        for order, mark in enumerate(drawing.marks):
            artist = _text(mark, page, wide) if isinstance(mark, Text) else _artist(mark, page)
            artist.set_zorder(order)
            figure.add_artist(artist)
        stream = io.BytesIO()
        figure.savefig(stream, format=kind, dpi=PIXELS_PER_INCH, metadata=metadata)
    return stream.getvalue()


def _artist(mark: Shape | Circle | Dots, page: Any) -> Any:
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Circle as Round
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    if isinstance(mark, Dots):
        unit = Path.circle((0, 0), tenth(mark.radius))
        paths = [unit.transformed(Affine2D().translate(tenth(x), tenth(y))) for x, y in mark.places]
        dots = PathCollection(paths, facecolors=mark.style.fill, edgecolors="none")
        dots.set_transform(page)
        return dots
    if isinstance(mark, Circle):
        artist: Any = Round((tenth(mark.x), tenth(mark.y)), tenth(mark.radius))
    else:
        artist = PathPatch(_path(mark))
        artist.set_capstyle("round")
        artist.set_joinstyle("round")
    _paint(artist, mark.style)
    artist.set_transform(page)
    return artist


def _path(mark: Shape) -> Any:
    from matplotlib.path import Path

    codes: dict[Any, Any] = {
        "M": Path.MOVETO,
        "L": Path.LINETO,
        "Q": Path.CURVE3,
        "Z": Path.CLOSEPOLY,
    }
    vertices: list[tuple[float, float]] = []
    kinds: list[Any] = []
    for name, *numbers in mark.steps:
        if name not in codes:
            raise AnalysisError(f"step {name!r} is none of M, L, Q, Z")
        values = [tenth(float(number)) for number in numbers] or [0.0, 0.0]
        places = list(zip(values[::2], values[1::2], strict=True))
        vertices += places
        kinds += [codes[name]] * len(places)
    return Path(vertices, kinds)


def _paint(artist: Any, style: Style) -> None:
    artist.set_facecolor(style.fill)
    artist.set_edgecolor(style.stroke)
    artist.set_linewidth(tenth(style.width) if style.stroke != "none" else 0)
    artist.set_alpha(round(style.opacity, 2))
    if style.dash:
        artist.set_linestyle((0, tuple(length / max(style.width, 0.1) for length in style.dash)))


def _text(mark: Text, page: Any, wide: bool) -> Any:
    from matplotlib.patheffects import withStroke
    from matplotlib.text import Text as Written

    written = Written(
        tenth(mark.x),
        tenth(mark.y),
        mark.text,
        color=mark.fill,
        fontproperties=_font(mark, wide),
        horizontalalignment=_ALIGNMENTS[mark.anchor],
        verticalalignment="baseline",
        rotation=mark.turn,
        rotation_mode="anchor",
        parse_math=False,
    )
    written.set_transform(page)
    if mark.halo:
        written.set_path_effects([withStroke(linewidth=3.2, foreground="#ffffff")])
    return written


def _font(mark: Text, wide: bool) -> Any:
    from matplotlib import font_manager

    if not wide or (place := chinese_font()) is None:
        weight = "bold" if mark.bold else "normal"
        return font_manager.FontProperties(family=LATIN_FONT, weight=weight, size=mark.size)
    if mark.bold:
        place = _bold(place)
    return font_manager.FontProperties(fname=font_manager.FontPath(*place), size=mark.size)


@cache
def _bold(regular: tuple[str, int]) -> tuple[str, int]:
    for name, place in _fonts().items():
        if place == regular:
            return _fonts(bold=True).get(name, regular)
    return regular


@cache
def _fonts(*, bold: bool = False) -> dict[str, tuple[str, int]]:
    """Installed upright fonts by name. Read anew: the cache on disk misses later installations."""
    from matplotlib.font_manager import FontManager

    found: dict[str, tuple[str, int]] = {}
    for entry in sorted(FontManager().ttflist, key=lambda e: (e.name, e.fname, e.index)):
        is_bold = str(entry.weight) in ("700", "bold")
        is_regular = str(entry.weight) in ("400", "normal", "regular")
        if entry.style == "normal" and (is_bold if bold else is_regular):
            found.setdefault(entry.name, (entry.fname, entry.index))
    return found
