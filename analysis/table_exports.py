"""Exports of :class:`analysis.tables.Table` (表格导出): HTML, LaTeX, Word, Excel, CSV.

Nothing here decides what a cell says; `Table.grid` read back from any export is the grid of the
table. Same table, same bytes: archives carry no time.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.tables import Cell, Language, Row, Table

if TYPE_CHECKING:
    from docx.document import Document

HTML_LANGUAGE: Mapping[Language, str] = {"zh": "zh-Hans", "en": "en"}
NOTE: Mapping[Language, str] = {"zh": "注：", "en": "Notes: "}
_TEXT_WIDTH = {False: 17.0, True: 25.7}  # cm between margins of 2 cm, A4 upright and across
_CHARACTER = 0.165  # cm of a half-width character at 9 pt
_PADDING = 0.35  # cm between two columns
_WIDE = 34  # half-width characters from which on a column of texts is broken into lines
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def text_width(text: str) -> int:
    """Half-width characters that a text takes; Chinese ones count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_characters(table: Table, language: Language) -> tuple[int, ...]:
    """Longest text of each column in half-width characters, without cells over several columns."""
    longest = [3] * table.n_columns
    for row in table.rows:
        for place, cell in row.places():
            if cell.span == 1:
                longest[place] = max(longest[place], text_width(cell.text.of(language)))
    return tuple(longest)


def column_widths(table: Table, language: Language) -> tuple[bool, tuple[float, ...]]:
    """Whether the page must lie across, and the width of each column in cm.

    Columns of numbers get what they need, and texts share what is left, as far as they need it.
    """
    needed = [_CHARACTER * n + _PADDING for n in column_characters(table, language)]
    wide = [n > _CHARACTER * _WIDE + _PADDING for n in needed]
    least = sum(min(n, _CHARACTER * _WIDE) for n in needed)
    across = least > _TEXT_WIDTH[False]
    room = _TEXT_WIDTH[across]
    narrow = sum(n for n, is_wide in zip(needed, wide, strict=True) if not is_wide)
    texts = sum(min(n, 60.0) for n, is_wide in zip(needed, wide, strict=True) if is_wide)
    left = max(room - narrow, 4.0 * sum(wide))
    widths = [
        min(n, left * min(n, 60.0) / texts) if is_wide else n
        for n, is_wide in zip(needed, wide, strict=True)
    ]
    scale = min(1.0, room / sum(widths))
    return across, tuple(round(width * scale, 2) for width in widths)


# HTML

_PAGE_STYLE = """
body { margin: 2rem auto; padding: 0 1rem; max-width: 75rem; color: #17211c; background: #fff;
  font: 15px/1.5 "Times New Roman", "Noto Serif", "Noto Serif CJK SC", "Source Han Serif SC",
  SimSun, "Songti SC", serif; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; border-bottom: 2px solid #000; margin: 0 auto; min-width: 60%;
  font-variant-numeric: tabular-nums; }
caption { font-weight: 700; padding: .4rem 0; }
th, td { padding: .18rem .6rem; text-align: center; font-weight: 400; white-space: nowrap;
  vertical-align: top; }
.text { text-align: left; } .wrap { white-space: normal; min-width: 16rem; }
thead tr:first-child > * { border-top: 2px solid #000; }
thead tr:last-child > * { border-bottom: 1px solid #000; }
thead th[colspan] { border-bottom: 1px solid #000; }
tr.error > * { padding-top: 0; } tr.block > * { text-align: left; font-weight: 700; }
tfoot tr:first-child > * { border-top: 1px solid #000; }
tfoot tr.mark > * { border-top: 1px solid #000; color: #7a3d00; font-weight: 700; text-align: left;
  white-space: normal; }
.paper { color: #55625b; font-style: italic; }
.notes { font-size: .87em; color: #333; margin: .6rem auto; max-width: 70rem; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; max-width: none; font-size: 8.5pt; } th, td { padding: 1pt 4pt; }
  thead { display: table-header-group; } tfoot { display: table-row-group; }
  tr { break-inside: avoid; } .scroll { overflow: visible; } }
""".strip()


def html_fragment(
    table: Table,
    language: Language,
    *,
    caption: bool = True,
    notes: bool = True,
    flags: bool = False,
) -> str:
    """See `Table.to_html_fragment`."""
    left = [table.is_left(column) for column in range(table.n_columns)]
    wide = [n > _WIDE for n in column_characters(table, language)]
    first_companion = _first_companion(table)

    def classes(place: int, cell: Cell) -> str:
        names = []
        if cell.span == 1 and left[place]:
            names.append("text")
            if wide[place]:
                names.append("wrap")
        if cell.kind == "error":
            names.append("se")
        if cell.companion:
            names.append("paper")
            if place == first_companion:
                names.append("first-paper")
        return f' class="{" ".join(names)}"' if names else ""

    def written(row: Row, place: int, cell: Cell) -> str:
        text = escape(cell.text.of(language))
        if flags and row.kind != "head":
            text = re.sub(r"\bD-\d\d\b", r'<a href="#\g<0>">\g<0></a>', text)
        span = f' colspan="{cell.span}"' if cell.span > 1 else ""
        hint = f' title="{escape(cell.hint.of(language))}"' if cell.hint else ""
        tag = "td"
        if text and row.kind in {"head", "block"}:
            scope = {"head": "colgroup" if cell.span > 1 else "col", "block": "rowgroup"}[row.kind]
            tag, span = "th", f' scope="{scope}"{span}'
        elif text and place == 0 and row.kind in {"body", "footer"}:
            tag, span = "th", f' scope="row"{span}'
        return f"<{tag}{span}{classes(place, cell)}{hint}>{text}</{tag}>"

    def line(row: Row) -> str:
        kind = "" if row.kind in {"head", "body", "footer"} else f' class="{row.kind}"'
        cells = "".join(written(row, place, cell) for place, cell in row.places())
        return f"<tr{kind}>{cells}</tr>"

    name = escape(table.heading(language))
    parts = [f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">']
    parts.append(f'<table class="dense" data-table="{table.id}">')
    if caption:
        parts.append(f"<caption>{name}</caption>")
    section = ""
    for row in table.rows:
        wanted = {"head": "thead", "footer": "tfoot", "mark": "tfoot"}.get(row.kind, "tbody")
        if wanted != section or row.kind == "block":
            parts.append((f"</{section}>" if section else "") + f"<{wanted}>")
            section = wanted
        parts.append(line(row))
    parts.append(f"</{section}></table></div>")
    if notes and table.notes:
        text = " ".join(escape(note.of(language)) for note in table.notes)
        parts.append(f'<p class="notes">{NOTE[language]}{text}</p>')
    return "\n".join(parts) + "\n"


def html_page(table: Table, language: Language) -> str:
    """See `Table.to_html`."""
    return (
        f'<!doctype html>\n<html lang="{HTML_LANGUAGE[language]}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        f"<title>{escape(table.heading(language))}</title>\n<style>\n{_PAGE_STYLE}\n</style>\n"
        f"</head>\n<body>\n{html_fragment(table, language)}</body>\n</html>\n"
    )


def _first_companion(table: Table) -> int | None:
    places = (place for row in table.rows for place, cell in row.places() if cell.companion)
    return min(places, default=None)


# CSV


def csv_text(table: Table, language: Language) -> str:
    """See `Table.to_csv`."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table.grid(language))
    return out.getvalue()


# LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "−": r"\ensuremath{-}",
    "\N{NO-BREAK SPACE}": "~", "ρ": r"\ensuremath{\rho}", "δ": r"\ensuremath{\delta}",
    "λ": r"\ensuremath{\lambda}", "×": r"\ensuremath{\times}", "·": r"\ensuremath{\cdot}",
    "²": r"\textsuperscript{2}", "ₙ": r"\textsubscript{n}", "₋": r"\textsubscript{\ensuremath{-}}",
    "₁": r"\textsubscript{1}", "≥": r"\ensuremath{\geq}", "≤": r"\ensuremath{\leq}",
    "χ": r"\ensuremath{\chi}", "→": r"\ensuremath{\rightarrow}", "ε": r"\ensuremath{\varepsilon}",
    "≈": r"\ensuremath{\approx}", "Σ": r"\ensuremath{\Sigma}", "ω": r"\ensuremath{\omega}",
    "σ": r"\ensuremath{\sigma}",
}  # fmt: skip

_PREAMBLE = r"""% Compile with XeLaTeX; between the two lines of percent signs stands the table.
\documentclass[OPTIONS]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{fontspec}
\usepackage{xeCJK}
\IfFontExistsTF{Noto Serif CJK SC}{\setCJKmainfont{Noto Serif CJK SC}}{%
  \IfFontExistsTF{Source Han Serif SC}{\setCJKmainfont{Source Han Serif SC}}{%
  \IfFontExistsTF{SimSun}{\setCJKmainfont{SimSun}}{%
  \IfFontExistsTF{Songti SC}{\setCJKmainfont{Songti SC}}{\setCJKmainfont{FandolSong}}}}}
\usepackage{array,booktabs,caption,longtable,threeparttable}
\pagestyle{empty}
\begin{document}
"""
_RULE = "%" * 60


def latex_text(text: str) -> str:
    """Escape a text for LaTeX; no two texts give the same."""
    escaped = "".join(_LATEX.get(c, c) for c in text)
    # Ligatures of TeX: two hyphens would become a dash.
    return re.sub(r"-(?=-)", "-{}", escaped)


def latex(table: Table, language: Language, *, document: bool = True) -> str:
    """See `Table.to_latex`."""
    across, widths = column_widths(table, language)
    left = [table.is_left(column) for column in range(table.n_columns)]
    wide = [n > _WIDE for n in column_characters(table, language)]
    columns = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{width - _PADDING:.2f}cm}}"
        if broken
        else ("l" if is_left else "c")
        for width, is_left, broken in zip(widths, left, wide, strict=True)
    )
    head = [line for row in table.header for line in _latex_row(row, left, language)]
    lines: list[str] = []
    before = "head"
    for row in table.rows[len(table.header) :]:
        if row.kind in {"footer", "mark"} and row.kind != before:
            lines.append(r"\midrule")
        elif row.kind == "block" and before != "head":
            lines.append(r"\addlinespace")
        lines += _latex_row(row, left, language)
        before = row.kind
    notes = " ".join(note.of(language) for note in table.notes)
    notes = latex_text(NOTE[language] + notes) if notes else ""
    caption = rf"\caption*{{{latex_text(table.heading(language))}}}"
    long = _lines(table, language, widths) > (30 if across else 58)
    size = r"\scriptsize" if across and not any(wide) else r"\footnotesize"
    tight = r"\setlength{\tabcolsep}{2pt}" if across else r"\setlength{\tabcolsep}{5pt}"
    if long:
        body = [
            f"{{{size}{tight}",
            rf"\begin{{longtable}}{{{columns}}}", caption + r"\\", r"\toprule", *head, r"\midrule",
            r"\endfirsthead", r"\toprule", *head, r"\midrule", r"\endhead",
            r"\bottomrule", r"\endfoot", r"\bottomrule", r"\endlastfoot", *lines,
            r"\end{longtable}",
            *([rf"\noindent {notes}\par"] if notes else []), "}",
        ]  # fmt: skip
    else:
        body = [
            r"\begin{table}[htbp]", rf"\centering{size}{tight}", r"\begin{threeparttable}", caption,
            rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *head, r"\midrule", *lines,
            r"\bottomrule", r"\end{tabular}",
            *(
                [r"\begin{tablenotes}[flushleft]\scriptsize", rf"\item {notes}",
                 r"\end{tablenotes}"]
                if notes
                else []
            ),
            r"\end{threeparttable}", r"\end{table}",
        ]  # fmt: skip
    text = "\n".join(body) + "\n"
    if not document:
        return text
    preamble = _PREAMBLE.replace("OPTIONS", "a4paper" + (",landscape" if across else ""))
    return f"{preamble}{_RULE}\n{text}{_RULE}\n\\end{{document}}\n"


def _lines(table: Table, language: Language, widths: tuple[float, ...]) -> int:
    """Lines that a table takes, broken texts included."""
    total = 0
    for row in table.rows:
        needed = [
            math.ceil(_CHARACTER * text_width(cell.text.of(language)) / widths[place])
            for place, cell in row.places()
            if cell.span == 1
        ]
        total += max(needed, default=1) or 1
    return total


def _latex_row(row: Row, left: list[bool], language: Language) -> list[str]:
    cells, rules = [], []
    for place, cell in row.places():
        text = latex_text(cell.text.of(language))
        if place == 0 and text[:1] in {"[", "*"}:
            text = "{}" + text  # else an argument of the line break before it
        if cell.span > 1:
            side = "l" if row.kind in {"block", "mark"} else "c"
            text = rf"\multicolumn{{{cell.span}}}{{{side}}}{{{text}}}"
            if row.kind == "head":
                rules.append(rf"\cmidrule(lr){{{place + 1}-{place + cell.span}}}")
        elif row.kind == "head" and text and not left[place]:
            text = rf"\multicolumn{{1}}{{c}}{{{text}}}"
        cells.append(text)
    return [" & ".join(cells) + r" \\", *(["".join(rules)] if rules else [])]


# Archives


def _same_bytes(archive: bytes, changes: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """Write an archive again without the time of day; ``changes`` rewrite single members."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            data = changes.get(member.filename, bytes)(old.read(member))
            entry = zipfile.ZipInfo(member.filename, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, data)
    return out.getvalue()


def _without_time(core: bytes) -> bytes:
    return re.sub(
        rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)", rb"\g<1>1980-01-01T00:00:00Z\g<3>", core
    )


_CORE = {"docProps/core.xml": _without_time}


# Word


def docx_bytes(table: Table, language: Language) -> bytes:
    """See `Table.to_docx`."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    document = docx.Document()
    across, widths = column_widths(table, language)
    section = document.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if across else (Cm(21), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Cm(2))
    _word_fonts(document)
    core = document.core_properties
    core.title, core.author, core.comments = table.heading(language), "greenties", ""
    core.language = HTML_LANGUAGE[language]
    core.created = core.modified = datetime(*_FIXED_TIME)  # noqa: DTZ001  # no time of any place
    core.last_modified_by, core.revision = "greenties", 1
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.keep_with_next = True
    title.paragraph_format.space_after = Pt(4)
    title.add_run(table.heading(language)).bold = True
    document.element.body.insert(-1, _word_table(table, language, widths))
    notes = document.add_paragraph()
    notes.paragraph_format.space_before = Pt(4)
    run = notes.add_run(NOTE[language] + " ".join(note.of(language) for note in table.notes))
    run.font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue(), _CORE)


def _word_fonts(document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(9)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")
    style.paragraph_format.space_after = Pt(0)


def _word_table(table: Table, language: Language, widths: tuple[float, ...]) -> Any:
    """The element of a table; python-docx looks every cell up again, which takes seconds."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    twips = [max(round(width * 567), 1) for width in widths]
    left = [table.is_left(column) for column in range(table.n_columns)]
    first_of = {kind: _first(table, kind) for kind in ("footer", "mark")}
    head_rows, last = len(table.header), len(table.rows) - 1
    rows = []
    for number, row in enumerate(table.rows):
        cells = []
        for place, cell in row.places():
            rules = ""
            if number == 0:
                rules += '<w:top w:val="single" w:sz="12" w:space="0" w:color="000000"/>'
            elif number == head_rows or number in first_of.values():
                rules += '<w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
            if number == last:
                rules += '<w:bottom w:val="single" w:sz="12" w:space="0" w:color="000000"/>'
            elif row.kind == "head" and (number == head_rows - 1 or cell.span > 1):
                rules += '<w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
            is_left = row.kind in {"block", "mark"} or (cell.span == 1 and left[place])
            style = "<w:b/>" if row.kind in {"block", "mark"} else ""
            style += '<w:i/><w:color w:val="55625B"/>' if cell.companion else ""
            text = escape(cell.text.of(language))
            run = f'<w:r><w:rPr>{style}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'
            cells.append(
                f'<w:tc><w:tcPr><w:tcW w:w="{sum(twips[place : place + cell.span])}" w:type="dxa"/>'
                f'<w:gridSpan w:val="{cell.span}"/><w:tcBorders>{rules}</w:tcBorders></w:tcPr>'
                f'<w:p><w:pPr><w:jc w:val="{"left" if is_left else "center"}"/></w:pPr>'
                f"{run if text else ''}</w:p></w:tc>"
            )
        repeat = "<w:tblHeader/>" if row.kind == "head" else ""
        rows.append(f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>")
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/>'
        '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _first(table: Table, kind: str) -> int | None:
    return next((n for n, row in enumerate(table.rows) if row.kind == kind), None)


# Excel

_SHEETS: Mapping[Language, tuple[str, str]] = {
    "zh": ("表格", "数值"),
    "en": ("table", "values"),
}
TABLE_NAME = "greenties_table"
"""Name of the range that holds the cells on the first sheet, without title and notes."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a cell of the first sheet looks."""

    top: str | None
    bottom: str | None
    left: bool
    bold: bool
    companion: bool


def xlsx_bytes(table: Table, language: Language) -> bytes:
    """See `Table.to_xlsx`."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.workbook.defined_name import DefinedName

    book = Workbook()
    shown, unrounded = book.active, book.create_sheet(_SHEETS[language][1])
    shown.title = _SHEETS[language][0]
    book.properties.title, book.properties.creator = table.heading(language), "greenties"
    left = [table.is_left(column) for column in range(table.n_columns)]
    first_row, n_columns = 3, table.n_columns
    # openpyxl compares styles one by one, longer than all the rest: each is made once.
    styles: dict[_Style, Any] = {}

    def styled(cell: Any, style: _Style) -> None:
        if style in styles:
            cell._style = copy(styles[style])
            return
        cell.border = Border(top=Side(style=style.top), bottom=Side(style=style.bottom))
        cell.alignment = Alignment(
            horizontal="left" if style.left else "center", vertical="top", wrap_text=style.left
        )
        cell.font = Font(
            bold=style.bold,
            italic=style.companion,
            color="FF55625B" if style.companion else None,
        )
        styles[style] = cell._style

    def write(sheet: Any, row: int, column: int, text: str) -> Any:
        cell = sheet.cell(row=row, column=column, value=text)
        cell.data_type = "s"  # a text is never a formula
        return cell

    for sheet in (shown, unrounded):
        write(sheet, 1, 1, table.heading(language)).font = Font(bold=True)
    head_rows, last = len(table.header), len(table.rows) - 1
    ruled = {head_rows, _first(table, "footer"), _first(table, "mark")}
    for number, row in enumerate(table.rows):
        for place, cell in row.places():
            line, column = first_row + number, place + 1
            text = cell.text.of(language)
            is_left = row.kind in {"block", "mark"} or (cell.span == 1 and left[place])
            above = "medium" if number == 0 else ("thin" if number in ruled else None)
            below = "medium" if number == last else None
            if row.kind == "head" and cell.span > 1:
                below = "thin"
            bold = row.kind in {"block", "mark"}
            if text:
                write(shown, line, column, text)
            for covered in range(column, column + cell.span):
                if text or above or below:
                    styled(
                        shown.cell(row=line, column=covered),
                        _Style(above, below, is_left, bold, cell.companion),
                    )
            if cell.span > 1:
                shown.merge_cells(
                    start_row=line, end_row=line, start_column=column,
                    end_column=column + cell.span - 1,
                )  # fmt: skip
            if cell.is_numeric:
                unrounded.cell(row=line, column=column, value=cell.value)
            elif text:
                write(unrounded, line, column, text)
    bottom = first_row + last
    reference = f"'{shown.title}'!$A${first_row}:${get_column_letter(n_columns)}${bottom}"
    book.defined_names[TABLE_NAME] = DefinedName(TABLE_NAME, attr_text=reference)
    for number, note in enumerate(table.notes):
        prefix = NOTE[language] if number == 0 else ""
        cell = write(shown, bottom + 2 + number, 1, prefix + note.of(language))
        cell.font = Font(size=9, italic=False)
    for place, characters in enumerate(column_characters(table, language)):
        width = min(max(characters * 1.1 + 2, 6), 70)
        for sheet in (shown, unrounded):
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
    for sheet in (shown, unrounded):
        sheet.freeze_panes = f"B{first_row + head_rows}"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    out = io.BytesIO()
    book.save(out)
    return _same_bytes(out.getvalue(), _CORE)
