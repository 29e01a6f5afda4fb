"""Reading tables: encodings, delimiters, workbooks, and files that are no whole table."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from orchestration.importing import tables
from orchestration.importing.dates import excel_day
from orchestration.importing.tables import read_table
from scrapers.errors import FileEncodingError, ImportFileError, TruncatedFileError
from tests.unit.orchestration.importing.xls import xls

TEXT = "名称,日期\n装置,2019.07.09\n方法,2019.08.06\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def book(tmp_path):
    """Write a workbook: one list of rows per sheet."""

    def write(*sheets, change=None):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for number, rows in enumerate(sheets, 1):
            sheet = made.create_sheet(f"Sheet{number}")
            for row in rows:
                sheet.append(row)
            if change is not None:
                change(sheet)
        path = tmp_path / "a.xlsx"
        made.save(path)
        return path

    return write


def rewrite(path, change):
    """Change the XML of the first sheet of a workbook, as other programs write it."""
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    changed = change(members[sheet].decode())
    assert changed != members[sheet].decode()
    members[sheet] = changed.encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    return path


def cells(table):
    return [(row.number, row.cells) for row in table.rows]


# ------------------------------------------------------------------------------------ text
@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8 with BOM"), ("gb18030", "gb18030")],
)
def test_encodings_are_told_from_the_bytes(file, encoding, told):
    table = read_table(file(TEXT, encoding=encoding), "a.csv")
    assert (table.encoding, table.header) == (told, ["名称", "日期"])
    assert cells(table) == [(2, ["装置", "2019.07.09"]), (3, ["方法", "2019.08.06"])]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "big5", "utf-16"])
def test_a_named_encoding_is_used(file, encoding):
    text = "名,日期\n裝置,2019.07.09\n"
    table = read_table(file(text, encoding=encoding), "a.csv", encoding=encoding)
    assert (table.header[0], table.rows[0].cells) == ("名", ["裝置", "2019.07.09"])


def test_a_byte_order_mark_is_no_part_of_a_name_whatever_encoding_is_named(file):
    table = read_table(file(TEXT, encoding="utf-8-sig"), "a.csv", encoding="utf-8")
    assert table.header[0] == "名称"


def test_a_wrong_encoding_is_refused_with_the_place(file):
    with pytest.raises(FileEncodingError, match="not utf-8") as caught:
        read_table(file(TEXT, encoding="gb18030"), "a.csv", encoding="utf-8")
    assert caught.value.row == 1


def test_an_encoding_nobody_knows_is_refused(file):
    with pytest.raises(FileEncodingError, match="unknown encoding 'latin-1', known: big5"):
        read_table(file(TEXT), "a.csv", encoding="latin-1")


def test_of_several_delimiters_the_one_with_known_names_counts(file):
    text = "名称, 中文\t日期\n装置\t2019.07.09\n"
    known = {"名称, 中文", "日期"}
    table = read_table(
        file(text), "a.csv", delimiters=(",", "\t"), is_known=lambda name: name in known
    )
    assert table.rows[0].cells == ["装置", "2019.07.09"]


def test_lines_inside_a_cell_count_where_the_format_has_them(file):
    text = '名称,摘要\n甲,"一\n二"\n乙,三\n'
    table = read_table(file(text), "a.csv", multiline=True)
    assert cells(table) == [(2, ["甲", "一\n二"]), (4, ["乙", "三"])]
    with pytest.raises(ImportFileError, match="quotation mark is not closed"):
        read_table(file(text), "a.csv")


def test_long_cells_are_read_and_the_limit_of_others_is_left_alone(file):
    import csv

    before = csv.field_size_limit()
    table = read_table(file(f"名称,说明\n甲,{'长' * 200_000}\n"), "a.csv")
    assert len(table.rows[0].cells[1]) == 200_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("", TruncatedFileError, "empty"),
        ("名称,日期\n", TruncatedFileError, "no row below"),
        ('名称,日期\n装置,"2019', TruncatedFileError, "no CSV"),
        ("<html><table><tr><td>名称</td></tr></table>", ImportFileError, "web page"),
        ('<?xml version="1.0"?><Workbook/>', ImportFileError, "web page or XML"),
        ("名称,日期\n装\ufffd,2019\n", FileEncodingError, "damaged before it was saved"),
    ],
)
def test_what_is_no_whole_table_is_refused(file, content, error, said):
    with pytest.raises(error, match=said):
        read_table(file(content, "a.xls"), "a.xls")


def test_a_delimiter_that_the_format_does_not_have_is_named(file):
    with pytest.raises(ImportFileError, match="separated by ';'; this format has ',' or"):
        read_table(
            file("名称;日期\n装置;2019.07.09\n"),
            "a.csv",
            delimiters=(",", "\t"),
            is_known=lambda name: name in {"名称", "日期"},
        )


@pytest.mark.parametrize("in_memory", [tables._IN_MEMORY, 10])
def test_empty_columns_behind_the_last_one_are_none(file, monkeypatch, in_memory):
    monkeypatch.setattr(tables, "_IN_MEMORY", in_memory)
    table = read_table(file("名称,日期,,\n装置,2019.07.09,,\n方法,2019.08.06\n钟,,,,x\n"), "a.csv")
    assert table.header == ["名称", "日期"]
    assert [row.cells for row in table.rows] == [
        ["装置", "2019.07.09"],
        ["方法", "2019.08.06"],
        ["钟", "", "x"],
    ]
    table = read_table(file("名称,日期,,\n装置,2019.07.09,x,\n"), "a.csv")
    assert table.header == ["名称", "日期", ""]
    assert table.rows[0].cells == ["装置", "2019.07.09", "x"]


@pytest.mark.parametrize("in_memory", [tables._IN_MEMORY, 10])
def test_lines_may_end_as_on_old_systems(file, monkeypatch, in_memory):
    monkeypatch.setattr(tables, "_IN_MEMORY", in_memory)
    table = read_table(
        file(TEXT.replace("\n", "\r")),
        "a.csv",
        delimiters=(",", ";"),
        is_known=lambda name: name == "名称",
    )
    assert table.header == ["名称", "日期"]
    assert [(row.number, row.cells[0]) for row in table.rows] == [(2, "装置"), (3, "方法")]


def test_a_first_line_longer_than_any_header_is_no_header(file):
    table = read_table(
        file("名" * 200_000 + "\n装置\n"), "a.csv", delimiters=(",", ";"), is_known=lambda _: False
    )
    assert len(table.header[0]) == 200_000


def test_a_text_without_a_last_line_break_is_told(file):
    assert read_table(file(TEXT), "a.csv").is_closed
    assert not read_table(file(TEXT.rstrip("\n")), "a.csv").is_closed


# ------------------------------------------------------------------------------- workbooks
def test_cells_of_a_workbook_become_the_text_that_gives_them_back(book):
    rows = [
        ["a", "b", "c", "d", "e"],
        [34, 2017100277291, 201710027729.1, 2.02e12, 1e16],
        [dt.date(2012, 11, 26), dt.datetime.fromisoformat("2012-11-26T10:30"), True, " x ", 0.5],
    ]
    table = read_table(book(rows), "a.xlsx")
    assert (table.encoding, table.header_row) == ("xlsx", 1)
    assert cells(table) == [
        (2, ["34", "2017100277291", "201710027729.1", "2020000000000", "1E+16"]),
        (3, ["2012-11-26", "2012-11-26T10:30:00", "TRUE", " x ", "0.5"]),
    ]


def test_an_xls_is_read_like_an_xlsx_whatever_its_name(file):
    content = xls([["申请号", "页数"], ["CN201010000001.7", 34.0], [2.02e12, None], [], ["甲", ""]])
    table = read_table(file(content, "a.csv"), "a.csv")
    assert (table.encoding, table.header) == ("xls", ["申请号", "页数"])
    assert cells(table) == [
        (2, ["CN201010000001.7", "34"]),
        (3, ["2020000000000", ""]),
        (4, []),
        (5, ["甲", ""]),
    ]


def test_rows_keep_the_numbers_of_the_sheet(book):
    table = read_table(book([[None], ["a", "b"], ["1", "2"], [], ["3", None]]), "a.xlsx")
    assert (table.header_row, table.header) == (2, ["a", "b"])
    assert cells(table) == [(3, ["1", "2"]), (4, []), (5, ["3", ""])]


def test_columns_without_a_name_count_only_if_they_hold_something(book):
    table = read_table(book([["a", None, " "], ["1", None, None]]), "a.xlsx")
    assert (table.header, table.rows[0].cells) == (["a"], ["1"])
    table = read_table(book([["a", None], ["1", "2"]]), "a.xlsx")
    assert (table.header, table.rows[0].cells) == (["a", ""], ["1", "2"])


def test_one_of_several_filled_sheets_must_be_named(book):
    path = book([["a"], ["1"]], [["b"], ["2"]], [])
    with pytest.raises(ImportFileError, match=r"several sheets are filled \(Sheet1, Sheet2\)"):
        read_table(path, "a.xlsx")
    assert read_table(path, "a.xlsx", sheet="Sheet2").header == ["b"]
    with pytest.raises(ImportFileError, match="no filled sheet 'Sheet3'; there are: Sheet1"):
        read_table(path, "a.xlsx", sheet="Sheet3")


@pytest.mark.parametrize("rows", [[], [["a"]]])
def test_a_workbook_without_rows_is_refused(book, rows):
    with pytest.raises(TruncatedFileError):
        read_table(book(rows), "a.xlsx")


def test_merged_cells_are_refused_with_their_place(book):
    rows = [["专利列表", None, None], ["a", "b", "c"], ["1", "2", "3"]]
    path = book(rows, change=lambda sheet: sheet.merge_cells("A1:C1"))
    with pytest.raises(ImportFileError, match="merged cells") as caught:
        read_table(path, "a.xlsx")
    assert (caught.value.row, caught.value.column) == (1, "A1:C1")


def test_a_formula_without_a_stored_value_is_refused_with_its_place(book):
    path = book([["a", "b"], ["1", "2"], ["3", '=A2&"."']])
    with pytest.raises(ImportFileError, match="a formula has no stored value") as caught:
        read_table(path, "a.xlsx")
    assert (caught.value.row, caught.value.column) == (3, "B")


def test_stored_values_of_formulas_are_taken_and_counted(book):
    path = book([["a", "b"], ["1", "=A2"], [None, "=A3"]])
    rewrite(path, lambda xml: re.sub(r"<v ?/>|<v></v>", "<v>7</v>", xml))
    table = read_table(path, "a.xlsx")
    assert cells(table) == [(2, ["1", "7"]), (3, ["", "7"])]
    assert table.notes == ("2 cells are formulas; their stored values were taken",)


def test_errors_of_a_workbook_are_kept_as_text(book):
    path = book([["a", "b"], [None, "#N/A"], ["1", "2"]])
    table = read_table(path, "a.xlsx")
    assert cells(table) == [(2, ["", "#N/A"]), (3, ["1", "2"])]
    assert table.notes == ("1 cells hold errors such as #N/A; they were kept as text",)


def test_an_empty_cell_before_a_formula_does_not_swallow_it(book):
    path = book([["a", "b"], ["1", "=A2"]])
    rewrite(
        path,
        lambda xml: re.sub(
            r'<c r="A2".*?</c><c r="B2".*?</c>', '<c r="A2" s="0"/><c r="B2"><f>A2</f></c>', xml
        ),
    )
    with pytest.raises(ImportFileError, match="a formula has no stored value") as caught:
        read_table(path, "a.xlsx")
    assert (caught.value.row, caught.value.column) == (2, "B")


def test_cells_shown_in_percent_are_read_as_shown(book):
    def change(sheet):
        for cell, shown in {"B2": "0.0%", "B3": "0%", "B4": '0.0"%"', "B5": "0.00%"}.items():
            sheet[cell].number_format = shown

    rows = [["城市", "比重"], ["甲", 0.453], ["乙", 1], ["丙", 45.3], ["丁", "—"]]
    table = read_table(book(rows, change=change), "a.xlsx")
    assert [row.cells[1] for row in table.rows] == ["45.3%", "100%", "45.3", "—"]
    assert table.notes == ("2 cells are shown in percent; they were read as shown: 45.3%",)


def test_the_calendar_of_a_workbook_is_told(book):
    rows = [["名称", "日期"], ["装置", 41475]]
    assert not read_table(book(rows), "a.xlsx").from_1904

    def change(sheet):
        sheet.parent.epoch = CALENDAR_MAC_1904

    table = read_table(book(rows, change=change), "a.xlsx")
    assert table.from_1904
    assert excel_day(table.rows[0].cells[1], from_1904=True) == dt.date(2017, 7, 21)


def test_a_cell_that_is_full_was_cut(book):
    table = read_table(book([["a"], ["长" * 32_767], ["短"]]), "a.xlsx")
    assert table.notes == ("1 cells hold as much as a cell can hold: their text was cut",)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_cut_workbook_is_refused(book, file, kept):
    data = book([["a"], *([str(n)] for n in range(500))]).read_bytes()
    with pytest.raises(TruncatedFileError, match="damaged or cut"):
        read_table(file(data[: int(len(data) * kept)], "cut.xlsx"), "cut.xlsx")


def test_a_cut_xls_is_refused(file):
    with pytest.raises(TruncatedFileError, match="damaged or cut"):
        read_table(file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a.xls"), "a.xls")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("a.csv", TEXT)
    with pytest.raises(ImportFileError, match="no workbook"):
        read_table(tmp_path / "a.xlsx", "a.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(book, monkeypatch):
    monkeypatch.setattr(tables, "_LARGEST_SHEET", 1_000)
    with pytest.raises(ImportFileError, match="too many"):
        read_table(book([["a"], ["1"]]), "a.xlsx")


def test_the_real_workbooks_are_read_whole(shared):
    exports = shared / "data" / "exports"
    xlsx = read_table(exports / "patsnap_green_aviation_1999.xlsx", "a.xlsx")
    xls = read_table(exports / "cnipr_style_113x45.xls", "a.xls")
    assert (xlsx.encoding, len(xlsx.header), len(xlsx.rows)) == ("xlsx", 33, 1_999)
    assert (xls.encoding, len(xls.header), len(xls.rows)) == ("xls", 45, 113)
    assert {len(row.cells) for row in [*xlsx.rows, *xls.rows]} == {33, 45}
    assert (xlsx.rows[0].number, xlsx.rows[-1].number) == (2, 2_000)
