"""One figure as one frozen object: what is drawn, its words in two languages, its files."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from analysis.errors import AnalysisError
from analysis.figures_marks import (
    Drawing,
    both,
    framed,
    svg_file,
    svg_inline,
)
from analysis.tables import Language
from analysis.tables import Text as Words

NO_CHINESE_FONT = "No Chinese font is installed where this file was made: its texts are English."


class FigureUnavailableError(AnalysisError):
    """The data cannot carry the figure; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that says the same in every file made of it.

    Attributes
    ----------
    name : str
        Stem of its files, lower case: ``figure2_moran_2007``.
    number : str
        Number in the paper; empty for figures that the paper does not print.
    title, caption : Words
        English and Chinese, without the remark on synthetic data.
    is_synthetic : bool
        True when any number behind it is.
    frame : polars.DataFrame
        What is drawn, one row per point, tie or bar.
    english, chinese : Drawing
        The marks, of equal size; they differ in their texts alone.
    """

    name: str
    number: str
    title: Words
    caption: Words
    is_synthetic: bool
    frame: pl.DataFrame = field(compare=False, repr=False)
    english: Drawing = field(repr=False)
    chinese: Drawing = field(repr=False)

    def drawing(self, language: Language) -> Drawing:
        """Marks of a language."""
        self.title.of(language)  # refuses what is no language
        return self.chinese if language == "zh" else self.english

    def heading(self, language: Language) -> str:
        """Number, title, and that the data are synthetic when they are."""
        title = self.title.of(language)
        if language == "zh":
            number = f"图{self.number} " if self.number else ""
            return f"{number}{title}{'（合成数据）' if self.is_synthetic else ''}"
        number = f"Figure {self.number}. " if self.number else ""
        return f"{number}{title}{' (synthetic data)' if self.is_synthetic else ''}"

    def file_name(self, kind: str, language: Language | None = None) -> str:
        """Name of a file: ``figure2_moran_2007_synthetic_en.svg``; data have no language."""
        parts = [self.name, "synthetic" if self.is_synthetic else "", language or ""]
        return f"{'_'.join(filter(None, parts))}.{kind}"

    def to_svg(self, language: Language) -> str:
        """SVG file: title, drawing, caption; text stays text."""
        heading, caption = self.heading(language), self.caption.of(language)
        return svg_file(
            framed(self.drawing(language), heading, caption),
            language=language,
            title=heading,
            description=caption,
        )

    def to_svg_inline(self) -> str:
        """SVG element in both languages, for a page whose classes ``l-en`` and ``l-zh`` hide one.

        Title and caption are for the page to print; the element holds them as its description.
        """
        return svg_inline(
            self.english,
            self.chinese,
            figure_id=self.name.replace("_", "-"),
            title=both(self.heading("en"), self.heading("zh")),
            description=self.caption,
        )

    def to_pdf(self, language: Language) -> bytes:
        """PDF file of one page. Without a Chinese font it is English and says so."""
        from analysis.figures_export import write_pdf

        drawing, heading = self._printable(language)
        return write_pdf(drawing, title=heading)

    def to_png(self, language: Language) -> bytes:
        """PNG file, 200 pixels per inch. Without a Chinese font it is English and says so."""
        from analysis.figures_export import write_png

        return write_png(self._printable(language)[0])

    def to_csv(self) -> str:
        """What is drawn, as CSV with a head, floats unrounded."""
        return self.frame.write_csv()

    def _printable(self, language: Language) -> tuple[Drawing, str]:
        from analysis.figures_export import chinese_font

        note = ""
        if language == "zh" and chinese_font() is None:
            language, note = "en", f" {NO_CHINESE_FONT}"
        heading = self.heading(language)
        caption = self.caption.of(language) + note
        return framed(self.drawing(language), heading, caption), heading


def synthetic_in(frame: pl.DataFrame) -> bool:
    """True when any row says so, or does not say."""
    return bool(frame["is_synthetic"].fill_null(True).any())
