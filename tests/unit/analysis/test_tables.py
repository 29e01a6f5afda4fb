"""Tables as objects: every export shows the grid of the object, whatever the labels are."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.number_texts import fixed, p_value, percent, significant, whole
from analysis.table_exports import TABLE_NAME, column_widths, latex_text
from analysis.tables import (
    LANGUAGES,
    Cell,
    Language,
    Row,
    Table,
    TableLayoutError,
    Text,
)

Grid = tuple[tuple[str, ...], ...]


def spread(texts: list[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(text for cell, span in texts for text in (cell, *[""] * (span - 1)))


def html_grid(table: Table, language: Language) -> Grid:
    from lxml import html

    page = html.document_fromstring(table.to_html(language).encode())
    return tuple(
        spread([(c.text_content(), int(c.get("colspan", "1"))) for c in row])
        for row in page.iter("tr")
    )


def docx_grid(table: Table, language: Language) -> Grid:
    from docx import Document

    document = Document(io.BytesIO(table.to_docx(language)))
    return tuple(
        spread(
            [
                ("".join(t.text or "" for t in cell.iter() if t.tag.endswith("}t")), cell.grid_span)
                for cell in row._tr.tc_lst
            ]
        )
        for row in document.tables[0].rows
    )


def xlsx_grid(table: Table, language: Language) -> Grid:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(table.to_xlsx(language)))
    title, reference = next(book.defined_names[TABLE_NAME].destinations)
    return tuple(tuple(c.value or "" for c in row) for row in book[title][reference])


def csv_grid(table: Table, language: Language) -> Grid:
    return tuple(tuple(row) for row in csv.reader(io.StringIO(table.to_csv(language))))


def latex_grid(table: Table, language: Language) -> Grid:
    text = table.to_latex(language)
    if r"\endfirsthead" in text:
        head, rest = text.split(r"\endfirsthead")
        text = head + rest.split(r"\endlastfoot" + "\n")[1].replace(
            r"\end{longtable}", r"\bottomrule"
        )
    lines = text.split(r"\toprule" + "\n")[1].split("\n" + r"\bottomrule")[0].split("\n")
    rows = [line.removesuffix(r" \\") for line in lines if line.endswith(r" \\")]
    assert len(rows) + sum(bool(re.match(r"\\(midrule|addlin|cmidr)", x)) for x in lines) == len(
        lines
    )
    return tuple(spread([latex_cell(cell) for cell in re.split(r" & ", row)]) for row in rows)


def latex_cell(text: str) -> tuple[str, int]:
    span = 1
    if found := re.fullmatch(r"\\multicolumn\{(\d+)\}\{[lc]\}\{(.*)\}", text):
        span, text = int(found[1]), found[2]
    return latex_plain(text), span


def latex_plain(text: str) -> str:
    """Undo the escapes, by what they mean in LaTeX."""
    named = {
        "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<",
        "textgreater": ">", "textbar": "|", "textquotedbl": '"', "textquotesingle": "'",
        "textasciigrave": "`",
    }  # fmt: skip
    maths = {
        "-": "−", r"\rho": "ρ", r"\delta": "δ", r"\lambda": "λ", r"\times": "×", r"\cdot": "·",
        r"\geq": "≥", r"\leq": "≤", r"\chi": "χ", r"\rightarrow": "→", r"\varepsilon": "ε",
        r"\approx": "≈", r"\Sigma": "Σ", r"\omega": "ω", r"\sigma": "σ",
    }  # fmt: skip

    def meaning(match: re.Match[str]) -> str:
        found = match[0]
        if found == "~":
            return "\N{NO-BREAK SPACE}"
        if found == "{}":
            return ""
        if found == r"\textsubscript{\ensuremath{-}}":
            return "₋"
        if found.startswith(r"\textsubscript"):
            return {"n": "ₙ", "1": "₁"}[found[-2]]
        if found.startswith(r"\textsuperscript"):
            return "²"
        if found.startswith(r"\ensuremath"):
            return maths[found[len(r"\ensuremath{") : -1]]
        if found.startswith(r"\text"):
            return named[found[1:-2]]
        return found[1]

    return re.sub(
        r"\\textsubscript\{\\ensuremath\{-\}\}|\\textsubscript\{.\}|\\textsuperscript\{2\}"
        r"|\\ensuremath\{[^}]*\}|\\text\w+\{\}|\\[{}$&#%_]|~|\{\}",
        meaning,
        text,
    )


READERS: dict[str, Callable[[Table, Language], Grid]] = {
    "html": html_grid,
    "docx": docx_grid,
    "xlsx": xlsx_grid,
    "csv": csv_grid,
    "latex": latex_grid,
}

AWKWARD = (
    "", "–", "——", "−0.107***", "（0.026）", "57.9%", "R & D", "ln_gtr", "a < b > c", "#1", "$x$",
    "{}", "\\", "\\\\", "~", "^2", "*", "**", "[1]", "=1+1", "+1", "@x", "'q'", '"q"', "`", "a--b",
    "a---b", "|", "区域协同（绿色）", "Cₙ₋₁", "ρ × δ", "R²", "a\u00a0b", "&amp;", "<b>",
    "D-01 D-24",    "a & b \\\\ c", "1e5", "007", "TRUE", "2020", "𝔘𠮷", "a\tb\nc", "\x00\ud800",
)  # fmt: skip
texts = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=12))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    n_columns = draw(st.integers(1, 5))

    def row(kind: str) -> Row:
        cells, left = [], n_columns
        while left:
            span = draw(st.integers(1, left)) if kind in {"head", "block"} else 1
            text = Text(draw(texts), draw(texts))
            companion = draw(st.booleans())
            cells.append(Cell(text, span=span, companion=companion, kind="text"))
            left -= span
        return Row(tuple(cells), kind)  # type: ignore[arg-type]

    return Table(
        id="table_x",
        number="A1",
        title=Text(draw(texts), draw(texts)),
        header=tuple(row("head") for _ in range(draw(st.integers(1, 2)))),
        body=(
            *(row(draw(st.sampled_from(["body", "error", "block"]))) for _ in range(3)),
            *(row("footer") for _ in range(draw(st.integers(0, 2)))),
        ),
        notes=tuple(Text(draw(texts), draw(texts)) for _ in range(draw(st.integers(0, 2)))),
        is_synthetic=draw(st.booleans()),
    )


def small(labels: tuple[str, ...] = AWKWARD, **changes: object) -> Table:
    values: dict[str, object] = {
        "id": "table9",
        "number": "9",
        "title": Text("标题 & 50%", "Title & 50%"),
        "header": (
            Row((Cell(Text.same("")), Cell(Text("本文", "Ours"), span=2, kind="head")), "head"),
            Row(tuple(Cell(Text.same(x), kind="head") for x in ("_", "(1)", "(2)")), "head"),
        ),
        "body": (
            *(
                Row((Cell(Text.same(x), kind="label"), Cell(Text(x, "en " + x)),
                     Cell(Text.same("−0.5"), value=-0.123456789012345, kind="coefficient")))
                for x in labels
            ),
            Row((Cell(Text.same("N"), kind="label"),
                 Cell(Text.same("12"), 12, "count"), Cell(Text.same("12"), 12, "count")), "footer"),
        ),
        "notes": (Text("注释 <&>", "a note <&> 5%"),),
        "is_synthetic": True,
    }  # fmt: skip
    return Table(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_awkward_texts_read_back_from_every_export(form: str, language: Language) -> None:
    table = small()
    assert READERS[form](table, language) == table.grid(language)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@example(small())
@given(tables())
def test_any_table_reads_back_from_every_export(table: Table) -> None:
    for language in LANGUAGES:
        for form, read in READERS.items():
            assert read(table, language) == table.grid(language), form


def test_unrounded_values_stand_on_the_second_sheet() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(small(("x",)).to_xlsx("en")))
    values = [[c.value for c in row] for row in book["values"].iter_rows(min_row=3)]
    assert values[2][2] == -0.123456789012345
    assert values[3][1:] == [12, 12]
    assert book["table"]["A1"].value == "Table 9. Title & 50% (synthetic data)"
    assert book["table"]["A9"].value == "Notes: a note <&> 5%"


def test_a_workbook_has_the_three_lines_of_printed_tables() -> None:
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(small(("x", "y")).to_xlsx("en")))["table"]
    drawn = [(sheet.cell(row, 2).border.top.style, sheet.cell(row, 2).border.bottom.style)
             for row in range(3, 9)]  # fmt: skip
    assert drawn == [
        ("medium", "thin"), (None, None), ("thin", None), (None, None), ("thin", None),
        ("thin", "medium"),
    ]  # fmt: skip
    assert sheet["A8"].font.bold
    assert not sheet["A5"].font.bold


def test_a_text_in_a_workbook_is_never_a_formula() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(small(("=1+1",)).to_xlsx("en")))
    assert {book[name]["A5"].data_type for name in book.sheetnames} == {"s"}


@pytest.mark.parametrize("form", ["html", "latex", "docx", "xlsx", "csv"])
def test_the_same_table_gives_the_same_bytes_at_any_time(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    table = small(("a", "b"))
    first = getattr(table, f"to_{form}")("zh")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    assert getattr(table, f"to_{form}")("zh") == first
    if isinstance(first, bytes):
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
            core = archive.read("docProps/core.xml").decode()
        assert set(re.findall(r">(\d{4})-\d\d-\d\dT", core)) == {"1980"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_synthetic_data_is_called_so_in_cells_title_and_file_name(language: Language) -> None:
    table, real = small(), small(is_synthetic=False)
    word = {"zh": "合成数据", "en": "ynthetic data"}[language]
    assert word in table.heading(language)
    assert word in table.grid(language)[-1][0]
    assert table.file_stem(language) == f"table9_synthetic_{language}"
    assert real.file_stem(language) == f"table9_{language}"
    for text in (real.heading(language), *(cell for row in real.grid(language) for cell in row)):
        assert word not in text


def test_headings_name_tables_of_the_paper_and_others() -> None:
    assert small().heading("zh") == "表9 标题 & 50%（合成数据）"
    assert small(number="A2").heading("zh") == "附表2 标题 & 50%（合成数据）"
    assert small(number="A2").heading("en") == "Table A2. Title & 50% (synthetic data)"


def test_html_has_scopes_spans_and_no_reference_to_a_network() -> None:
    from lxml import html

    page = small(("x",)).to_html("zh")
    tree = html.document_fromstring(page.encode())
    assert tree.get("lang") == "zh-Hans"
    assert [c.get("scope") for c in tree.iter("th")] == [
        "colgroup", "col", "col", "col", "row", "row"
    ]  # fmt: skip
    assert not re.search(r"(src|href)=|https?:|<script", page)


def test_a_fragment_links_the_defects_of_its_page_on_request() -> None:
    table = small(("D-01 D-24",))
    assert '<a href="#D-24">D-24</a>' in table.to_html_fragment("en", flags=True)
    plain = table.to_html_fragment("en", caption=False, notes=False)
    assert "<a " not in plain
    assert "<caption" not in plain
    assert "Notes:" not in plain


def test_latex_alone_is_the_table_of_the_document() -> None:
    table = small(("x",))
    alone = table.to_latex("en", document=False)
    assert alone in table.to_latex("en")
    assert alone.startswith(r"\begin{table}")
    assert r"\documentclass" not in alone
    assert alone.count("{") == alone.count("}")


def test_long_tables_break_over_pages() -> None:
    text = small(tuple(f"row {n}" for n in range(90))).to_latex("en")
    assert r"\begin{longtable}" in text
    assert text.count(r"\endhead") == 1


def test_escapes_of_latex_keep_texts_apart() -> None:
    assert len({latex_text(text) for text in AWKWARD}) == len(set(AWKWARD))


def test_a_wide_table_lies_across_and_fits_the_page() -> None:
    header = (Row(tuple(Cell(Text.same(f"heading {n}")) for n in range(14)), "head"),)
    body = (Row(tuple(Cell(Text.same("−12.345***")) for _ in range(14))),)
    across, widths = column_widths(small(header=header, body=body), "en")
    assert across
    assert sum(widths) <= 25.8
    across, widths = column_widths(small(("x",)), "en")
    assert not across


def cell(text: str, **more: object) -> Cell:
    return Cell(Text.same(text), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Table 1"}, "'Table 1' is no name"),
        ({"body": ()}, "has no body"),
        ({"header": ()}, "has no header"),
        ({"body": (Row((cell("a"), cell("b"))),)}, "row 2 covers 2 columns, not 3"),
        ({"body": (Row((cell("a", span=3),), "head"),)}, "row 2: head is out of place"),
        ({"body": (Row((cell("a", span=3),), "mark"),)}, "row 2: mark is out of place"),
        (
            {"body": (Row((cell("a", span=3),), "footer"), Row((cell("a", span=3),)))},
            "row 3: body is out of place",
        ),
    ],
)
def test_cells_that_form_no_table_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TableLayoutError, match=message):
        small(**change)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "unavailable"}, "gives no reason"),
        ({"span": 0}, "spans 0 columns"),
        ({"value": float("nan")}, "has the value nan"),
        ({"kind": "sum"}, "kind 'sum' is not known"),
    ],
)
def test_cells_that_say_nothing_are_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(TableLayoutError, match=message):
        cell("x", **more)


def test_other_languages_are_refused_by_name() -> None:
    with pytest.raises(TableLayoutError, match="'de' is none of zh, en"):
        small().to_csv("de")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (fixed(-0.0004, 3), "0.000"),
        (fixed(-0.1074, 3), "−0.107"),
        (fixed(1234.5, 1), "1234.5"),
        (significant(0.0125), "0.01250"),
        (significant(21.794), "21.79"),
        (significant(141.84), "141.8"),
        (significant(9.99996), "10.00"),
        (significant(12345.6), "12346"),
        (significant(-1.1298), "−1.130"),
        (significant(0), "0"),
        (significant(3676.0), "3676"),
        (whole(12), "12"),
        (whole(12.5), "12.5"),
        (percent(20), "20.0%"),
        (p_value(0.00001), "<0.0001"),
        (p_value(0.0123), "0.0123"),
    ],
)
def test_numbers_are_written_as_printed(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(value: float) -> None:
    for write in (significant, lambda x: fixed(x, 1)):
        with pytest.raises(ValueError, match="not finite"):
            write(value)
