"""Tables as objects (表格对象): every cell once, in Chinese and in English, for every export.

A :class:`Table` is what is printed: header rows with spans, rows of cells, notes. A cell has the
text that is shown, the value behind it and its kind. HTML, LaTeX, Word, Excel and CSV are made from
the same cells, so that they cannot differ. `analysis.table_layouts` lays the tables of the paper
out; the exports stand in `analysis.table_exports`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from analysis.errors import AnalysisError
from analysis.number_texts import is_number

Language = Literal["zh", "en"]
Kind = Literal[
    "head", "label", "text", "number", "coefficient", "error", "count", "percent", "footer",
    "blank", "unavailable", "block", "mark",
]  # fmt: skip
RowKind = Literal["head", "body", "error", "block", "footer", "mark"]
Align = Literal["left", "centre"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
MISSING = "–"
"""Stands where a value is not available; the cell's hint says why."""
NO_YEAR_BEFORE = "——"
"""Stands in the first year, as the paper prints it."""

_NUMBERS = frozenset({"number", "coefficient", "error", "count", "percent", "footer"})
_ORDER = {"head": 0, "body": 1, "error": 1, "block": 1, "footer": 2, "mark": 3}


class TableLayoutError(AnalysisError):
    """Cells do not form a table: spans that do not fill a row, rows in the wrong order."""


def _clean(text: str) -> str:
    """One line without characters that no document may hold."""
    line = re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(c) in {"Cc", "Cs"} or ord(c) & 0xFFFE == 0xFFFE
        else c
        for c in line
    )


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages, one line each.

    Runs of blanks and line breaks become one blank; characters that documents cannot hold (control
    characters, halves of surrogate pairs) become U+FFFD, so that all exports show the same.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "zh", _clean(self.zh))
        object.__setattr__(self, "en", _clean(self.en))

    @classmethod
    def same(cls, text: object) -> Text:
        """The same in both languages: a number, a symbol, a name."""
        return cls(str(text), str(text))

    def of(self, language: Language) -> str:
        """Return one language.

        Raises
        ------
        TableLayoutError
            If the language is not ``zh`` or ``en``.
        """
        if language not in LANGUAGES:
            raise TableLayoutError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : Text
        What is printed, with stars and parentheses.
    value : int, float, str or None
        What is behind it, unrounded; None where nothing is.
    kind : str
        ``head``, ``label``, ``text``, ``number``, ``coefficient``, ``error``, ``count``,
        ``percent``, ``footer``, ``blank``, ``unavailable``, ``block`` or ``mark``.
    span : int
        Columns that it covers.
    hint : Text, optional
        Why a value is unavailable, or the full name of a symbol.
    companion : bool
        A number printed elsewhere (the paper's), shown for comparison.
    """

    text: Text
    value: float | int | str | None = None
    kind: Kind = "text"
    span: int = 1
    hint: Text | None = None
    companion: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise TableLayoutError(f"cell {self.text.en!r}: kind {self.kind!r} is not known")
        if self.span < 1:
            raise TableLayoutError(f"cell {self.text.en!r} spans {self.span} columns")
        if self.kind == "unavailable" and self.hint is None:
            raise TableLayoutError(f"cell {self.text.en!r} is unavailable and gives no reason")
        if isinstance(self.value, float) and not is_number(self.value):
            raise TableLayoutError(f"cell {self.text.en!r} has the value {self.value}")

    @property
    def is_numeric(self) -> bool:
        """The value is a number, not a code or a name."""
        return self.kind in _NUMBERS and is_number(self.value)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells; its kind decides the rules drawn around it."""

    cells: tuple[Cell, ...]
    kind: RowKind = "body"

    @property
    def width(self) -> int:
        """Columns that the cells cover together."""
        return sum(cell.span for cell in self.cells)

    def places(self) -> Iterator[tuple[int, Cell]]:
        """Yield each cell with its first column, counted from 0."""
        place = 0
        for cell in self.cells:
            yield place, cell
            place += cell.span


@dataclass(frozen=True, slots=True)
class Table:
    """A table with title and notes, the same cells for every export.

    Attributes
    ----------
    id : str
        Name for files and links, ``table3``.
    number : str
        As printed in the title: ``3``, ``A2``; empty for none.
    title : Text
        Without number and without the mark of synthetic data, see `heading`.
    header, body : tuple of Row
        Body rows first, then footer rows. Every row covers the same number of columns.
    notes : tuple of Text
        Below the table: conventions, counts, what a number does not mean.
    is_synthetic : bool
        A last row then says so in every export, whatever becomes of title and file name.

    Raises
    ------
    TableLayoutError
        If the rows do not form a table; the message names table and row.
    """

    id: str
    number: str
    title: Text
    header: tuple[Row, ...]
    body: tuple[Row, ...]
    notes: tuple[Text, ...]
    is_synthetic: bool

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            raise TableLayoutError(f"{self.id!r} is no name of a table")
        if not self.header or not self.body:
            raise TableLayoutError(f"{self.id} has no {'body' if self.header else 'header'}")
        before = 0
        for number, row in enumerate((*self.header, *self.body)):
            if row.width != self.n_columns:
                raise TableLayoutError(
                    f"{self.id}, row {number} covers {row.width} columns, not {self.n_columns}"
                )
            stage = _ORDER[row.kind]
            if stage < before or (stage == 0) != (number < len(self.header)) or stage == 3:
                raise TableLayoutError(f"{self.id}, row {number}: {row.kind} is out of place")
            before = stage

    @property
    def n_columns(self) -> int:
        """Columns, the one of labels included."""
        return self.header[0].width

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in the order of print, the mark of synthetic data last."""
        mark = (Row((Cell(SYNTHETIC_MARK, kind="mark", span=self.n_columns),), "mark"),)
        return (*self.header, *self.body, *(mark if self.is_synthetic else ()))

    def heading(self, language: Language) -> str:
        """Number and title in one line; synthetic data is called so."""
        title = self.title.of(language)
        if language == "zh":
            title += "（合成数据）" if self.is_synthetic else ""
            name = f"附表{self.number[1:]}" if self.number.startswith("A") else f"表{self.number}"
            return f"{name} {title}" if self.number else title
        title += " (synthetic data)" if self.is_synthetic else ""
        return f"Table {self.number}. {title}" if self.number else title

    def file_stem(self, language: Language) -> str:
        """Name of an exported file without its ending: ``table3_synthetic_en``."""
        return f"{self.id}{'_synthetic' if self.is_synthetic else ''}_{language}"

    def grid(self, language: Language) -> tuple[tuple[str, ...], ...]:
        """Texts of all rows as a rectangle; columns that a cell covers further on are empty."""
        return tuple(
            tuple(
                text
                for cell in row.cells
                for text in (cell.text.of(language), *[""] * (cell.span - 1))
            )
            for row in self.rows
        )

    def is_left(self, column: int) -> bool:
        """Labels and running text stand left, numbers in the middle of their column."""
        cells = [
            cell
            for row in self.body
            for place, cell in row.places()
            if place == column and cell.span == 1 and cell.kind not in {"blank", "unavailable"}
        ]
        return bool(cells) and all(cell.kind in {"label", "text"} for cell in cells)

    def to_html_fragment(
        self, language: Language, *, caption: bool = True, notes: bool = True, flags: bool = False
    ) -> str:
        """The table as an element to stand in another page: ``div.scroll > table``, then notes.

        Parameters
        ----------
        flags : bool
            Make defects (``D-01``) in cells links to ``#D-01`` of that page.
        """
        from analysis.table_exports import html_fragment

        return html_fragment(self, language, caption=caption, notes=notes, flags=flags)

    def to_html(self, language: Language) -> str:
        """A page of its own, without script and without reference to any network."""
        from analysis.table_exports import html_page

        return html_page(self, language)

    def to_latex(self, language: Language, *, document: bool = True) -> str:
        """LaTeX with booktabs: a document for XeLaTeX with xeCJK, or the table alone to be input.

        The table alone needs the packages booktabs, longtable, array, caption, threeparttable and
        xeCJK with a CJK font.
        """
        from analysis.table_exports import latex

        return latex(self, language, document=document)

    def to_docx(self, language: Language) -> bytes:
        """A Word document with a three-line table (三线表); same table, same bytes."""
        from analysis.table_exports import docx_bytes

        return docx_bytes(self, language)

    def to_xlsx(self, language: Language) -> bytes:
        """An Excel workbook: the texts as printed, and on a second sheet the unrounded values."""
        from analysis.table_exports import xlsx_bytes

        return xlsx_bytes(self, language)

    def to_csv(self, language: Language) -> str:
        """The grid of texts, nothing else."""
        from analysis.table_exports import csv_text

        return csv_text(self, language)


SYNTHETIC_MARK = Text(
    "合成数据：由虚构的国家生成，不反映现实。",
    "Synthetic data: an invented country, no finding about the world.",
)
