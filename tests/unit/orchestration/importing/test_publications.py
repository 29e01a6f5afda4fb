"""Tables of publications: every format by its map, damaged numbers, days, lists."""

from __future__ import annotations

import csv
import datetime as dt
import gc
import io
import json
import tempfile

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestration.importing import reading, tables
from orchestration.importing.core import land_import
from orchestration.importing.publications import DAMAGED
from orchestration.importing.registry import import_format
from scrapers.errors import (
    ColumnContentError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows
from tests.unit.orchestration.importing.xls import xls

EMPTY = {
    **dict.fromkeys(
        (
            *("publication_authority", "kind_label", "title", "publication_no", "grant_no"),
            *("publication_date", "grant_date", "application_no", "application_date", "postcode"),
            *("region", "abstract", "other_fields"),
        )
    ),
    **{
        name: []
        for name in (
            *("applicants", "applicant_addresses", "applicant_countries", "current_holders"),
            *("inventors", "ipc", "cpc", "locarno", "agencies", "agents", "priority"),
        )
    },
}


@pytest.fixture
def bring(tmp_path):
    """Import one file and return its report; rows are dicts of one header."""

    def run(
        name, rows, *, encoding="utf-8-sig", as_book=False, delimiter=",", file="a.csv", **told
    ):
        header = list(dict.fromkeys(key for row in rows for key in row))
        lines = [header, *([row.get(key) for key in header] for row in rows)]
        path = tmp_path / file
        if as_book:
            path = path.with_suffix(".xlsx")
            book = openpyxl.Workbook()
            for line in lines:
                book.active.append(line)
            book.save(path)
        else:
            sink = io.StringIO()
            csv.writer(sink, lineterminator="\n", delimiter=delimiter).writerows(lines)
            path.write_bytes(sink.getvalue().encode(encoding))
        return bring_path(name, path, tmp_path, **told)

    return run


def bring_path(name, path, tmp_path, **told):
    return land_import(
        import_format(name),
        [path],
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        **told,
    )


def rows_of(tmp_path):
    rows = landed_rows(tmp_path, "imported_publications")
    for row in rows:
        assert row.pop("raw_pointer").endswith(f"#{row['source_row']}")
    return rows


PSS = {
    "IPC分类号": "G06F17/30;G06Q40/02;",
    "公开（公告）号": "CN106900001A",
    "优先权号": "",
    "文献唯一标识": "CN201710000001.120170721FM",
    "发明名称": "一种方法及系统",
    "文献状态": "PUB",
    "公开（公告）日": "2017.07.21",
    "优先权日": "",
    "申请人/专利权人所在国代码": "广东",
    "文献标识": "CN201710000001",
    "发明人": "张三;李四;",
    "地址": " 广东省深圳市某区某路1号; 广东省深圳市某区某路1号;",
    "appSnHidden": "CN201700000000100.0001",
    "国家": "CN",
    "nrdAnHidden": "CN201710000001",
    "申请（专利权）人": "甲股份有限公司;中国科学院、水利部某研究所;",
    "邮编": "518000;",
    "申请日": "2017.01.16",
    "申请号": "CN201710000001.1",
    "pnSnHidden": "CN999999999999000010690000100A.0000",
    "代理机构": "某知识产权代理事务所(普通合伙) 44000;某知识产权代理事务所(普通合伙) 44000;",
    "代理人": "王五;",
    "外观设计洛迦诺分类号": "14-03(10);14-04(10)",
    "CPC分类号": "H01L31/048;",
}


def test_records_of_the_search_system(bring, tmp_path):
    report = bring("pss", [PSS])
    assert (report.rows, report.landed, report.files[0].encoding) == (1, 1, "utf-8 with BOM")
    (row,) = rows_of(tmp_path)
    assert json.loads(row.pop("other_fields")) == {
        "文献唯一标识": "CN201710000001.120170721FM",
        "文献状态": "PUB",
        "文献标识": "CN201710000001",
        "国家": "CN",
    }
    assert row == {
        **{key: value for key, value in EMPTY.items() if key != "other_fields"},
        "month": "2017-07",
        "source_format": "pss",
        "publication_authority": "CN",
        "title": "一种方法及系统",
        "publication_no": "CN106900001A",
        "publication_date": "2017.07.21",
        "application_no": "CN201710000001.1",
        "application_date": "2017.01.16",
        "applicants": ["甲股份有限公司", "中国科学院、水利部某研究所"],
        "applicant_addresses": [" 广东省深圳市某区某路1号", " 广东省深圳市某区某路1号"],
        "inventors": ["张三", "李四"],
        "postcode": "518000;",
        "region": "广东",
        "ipc": ["G06F17/30", "G06Q40/02"],
        "cpc": ["H01L31/048"],
        "locarno": ["14-03(10)", "14-04(10)"],
        "agencies": ["某知识产权代理事务所(普通合伙) 44000"] * 2,
        "agents": ["王五"],
        "source_file": "a.csv",
        "source_row": 2,
    }


PATSNAP = {
    "序号": "1",
    "公开(公告)号": "CN103100001A",
    "法律状态/事件": "授权 | 权利转移",
    "[标]当前申请(专利权)人": "丙大学",
    "申请日": "2013-01-21",
    "公开(公告)日": "2013-05-15",
    "被引用专利数量": "7",
    "标题(译)(简体中文)": "涡流发生器",
    "标题(译)(English)": "Vortex generator",
    "优先权国家/地区": "-",
    "专利类型": "发明申请",
    "受理局": "中国",
    "[标]原始申请(专利权)人": "甲大学 | 乙公司",
    "IPC分类号": "F15D1/00 | B64C23/06",
    "IPC主分类号": "B64C23/06",
    "UPC分类号": "-",
}


@pytest.mark.parametrize("as_book", [True, False])
def test_exports_of_patsnap(bring, tmp_path, as_book):
    report = bring("patsnap", [PATSNAP], as_book=as_book)
    assert report.files[0].encoding == ("xlsx" if as_book else "utf-8 with BOM")
    (row,) = rows_of(tmp_path)
    assert json.loads(row["other_fields"]) == {
        "法律状态/事件": "授权 | 权利转移",
        "被引用专利数量": "7",
        "标题(译)(English)": "Vortex generator",
        "受理局": "中国",
    }
    got = {key: row[key] for key in row if row[key] and key != "other_fields"}
    assert got == {
        "month": "2013-05",
        "source_format": "patsnap",
        "publication_authority": "CN",
        "kind_label": "发明申请",
        "title": "涡流发生器",
        "publication_no": "CN103100001A",
        "publication_date": "2013-05-15",
        "application_date": "2013-01-21",
        "applicants": ["甲大学", "乙公司"],
        "current_holders": ["丙大学"],
        "ipc": ["B64C23/06", "F15D1/00"],
        "source_file": "a.xlsx" if as_book else "a.csv",
        "source_row": 2,
    }


def test_exports_of_patsnap_with_english_headers(bring, tmp_path):
    bring(
        "patsnap",
        [
            {
                "Publication Number": "US10000001B2",
                "Application Number": "US15/000001",
                "Title": "Wing",
                "Original Assignee (Applicant)": "A INC. | B LLC",
                "Std. Original Assignee (Applicant)": "A | B",
                "Std. Current Assignee": "C",
                "Application Date": "2016-01-01",
                "Publication Date": "2018-06-19",
                "Main IPC": "B64C3/00",
                "IPC": "B64C3/00 | B64C9/00",
                "Inventor Name": "DOE, JOHN",
                "Agency": "X LLP",
                "Authority": "US",
            }
        ],
    )
    (row,) = rows_of(tmp_path)
    assert (row["publication_authority"], row["application_no"]) == ("US", "US15/000001")
    assert row["applicants"] == ["A INC.", "B LLC"]
    assert (row["ipc"], row["inventors"]) == (["B64C3/00", "B64C9/00"], ["DOE, JOHN"])
    # the provider's uniform names only stand beside the original ones
    assert json.loads(row["other_fields"]) == {"Std. Original Assignee (Applicant)": "A | B"}


def test_columns_of_patsnap_by_their_codes(bring, tmp_path):
    bring(
        "patsnap", [{"PN": "CN103100001A", "PBD": "2013-05-15", "AN": "甲", "TRANSFER_AFTER": "乙"}]
    )
    (row,) = rows_of(tmp_path)
    assert (row["applicants"], row["other_fields"]) == (["甲"], '{"TRANSFER_AFTER": "乙"}')


@pytest.mark.parametrize(
    "number", ["公开（公告）号", "公开(公告)号", "公开 (公告) 号", "公开（公告)号"]
)
def test_exports_of_incopat_whatever_the_brackets(bring, tmp_path, number):
    bring(
        "incopat",
        [
            {
                "序号": "1",
                number: "CN106900001B",
                "公开（公告）日": "2019-05-14",
                "申请号": "CN201710000001.1",
                "标题 (中文)": "一种方法",
                "标题 (英文)": "A method",
                "申请人": "甲公司; 乙大学",
                "申请人地址": "100080 北京市某路1号",
                "申请人其他地址": "某地",
                "申请人国别代码": "CN; CN",
                "申请人省市代码": "北京; 11",
                "当前权利人": "丙公司",
                "IPC": "A01B1/00; B02C3/00",
                "IPC主分类": "A01B1/00",
                "转让次数": "1",
                "转让执行日": "20200101",
                "转让人": "甲公司; 乙大学",
                "受让人": "丙公司",
            }
        ],
        encoding="gb18030",
    )
    (row,) = rows_of(tmp_path)
    assert row["applicants"] == ["甲公司", "乙大学"]
    assert (row["title"], row["applicant_countries"]) == ("一种方法", ["CN", "CN"])
    assert (row["region"], row["ipc"]) == ("北京; 11", ["A01B1/00", "B02C3/00"])
    assert json.loads(row["other_fields"]) == {
        "标题 (英文)": "A method",
        "申请人其他地址": "某地",
        "转让次数": "1",
        "转让执行日": "20200101",
        "转让人": "甲公司; 乙大学",
        "受让人": "丙公司",
    }


YEARLY = {
    "专利名称": "一种装置",
    "专利类型": "发明授权",
    "申请人": "甲公司;乙大学",
    "申请人地址": "100080 北京市某路1号",
    "申请人城市": "北京市",
    "申请号": "CN201710000001.1",
    "申请日": "2017-01-01",
    "公开公告号": "CN106900001A",
    "公开公告日": "2017-07-21",
    "授权公告号": "CN106900001B",
    "授权公告日": "2019-05-14",
    "IPC分类号": "H01M10/05; H01M2/16",
    "IPC主分类号": "H01M10/05",
    "发明人": "张三; 李四",
    "摘要文本": "一种,装置\n第二行",
    "当前权利人": "甲公司",
    "统一社会信用代码": "911100000000000001",
}


def test_files_of_the_yearly_patent_database(bring, tmp_path):
    bring("cn-patent-database", [YEARLY, {**YEARLY, "摘要文本": "短"}])
    first, second = rows_of(tmp_path)
    assert (first["month"], first["grant_no"], first["grant_date"]) == (
        "2017-07",
        "CN106900001B",
        "2019-05-14",
    )
    assert (first["applicants"], first["inventors"]) == (["甲公司", "乙大学"], ["张三", "李四"])
    assert first["ipc"] == ["H01M10/05", "H01M2/16"]
    assert first["abstract"] == "一种,装置\n第二行"
    assert json.loads(first["other_fields"]) == {
        "申请人城市": "北京市",
        "统一社会信用代码": "911100000000000001",
    }
    assert [first["source_row"], second["source_row"]] == [2, 4]  # lines of the file


def test_a_dash_is_nobody(bring, tmp_path):
    bring("cn-patent-database", [{**YEARLY, "申请人": " - "}])
    [row] = rows_of(tmp_path)
    assert row["applicants"] == []


def test_exports_in_the_manner_of_cnipr(bring, tmp_path):
    bring(
        "cnipr",
        [
            {
                "申请号": "CN201010000001.7",
                "公开（公告）号": "CN102100001A",
                "公开（公告）日": "2011.06.29",
                "专利类型": "1",
                "名称": "背膜",
                "主分类号": "H01L31/048(2006.01)I",
                "分类号": "H01L31/18(2006.01)I;H01L31/048(2006.01)I",
                "申请（专利权）人": "甲公司",
                "发明（设计）人": "不公告发明人",
                "地址": "315803",
                "国省代码": "浙江;33",
                "专利代理机构": "某事务所(普通合伙)",
                "代理机构": "",
                "发布路径": "BOOKS/FM",
                "主权项": "一种背膜。",
            }
        ],
        as_book=True,
    )
    (row,) = rows_of(tmp_path)
    assert (row["region"], row["applicant_addresses"]) == ("浙江;33", ["315803"])
    assert row["ipc"] == ["H01L31/048(2006.01)I", "H01L31/18(2006.01)I"]
    assert row["agencies"] == ["某事务所(普通合伙)"]
    assert json.loads(row["other_fields"]) == {"主权项": "一种背膜。"}


def test_an_xls_in_the_manner_of_cnipr_with_damaged_numbers(tmp_path):
    header = ["申请号", "公开（公告）号", "公开（公告）日", "申请（专利权）人", "国省代码"]
    path = tmp_path / "导出.xls"
    path.write_bytes(
        xls(
            [
                header,
                ["CN201010000001.7", "CN102100001A", "2011.06.29", "甲公司;乙大学", "浙江;33"],
                [2.01e12, "CN102100002A", 40_723.0, "甲公司", "浙江;33"],
            ]
        )
    )
    report = bring_path("cnipr", path, tmp_path)
    assert (report.files[0].encoding, report.landed) == ("xls", 2)
    assert report.files[0].refused_fields == {DAMAGED: 1}
    assert [(r["application_no"], r["publication_date"]) for r in rows_of(tmp_path)] == [
        ("CN201010000001.7", "2011.06.29"),
        (None, "2011-06-29"),
    ]


# -------------------------------------------------------------------------- damaged numbers
@pytest.mark.parametrize(
    "written", ["2.02E+12", "2.01711E+11", "201710000000.0", "201710000000", "106482.7"]
)
def test_a_damaged_application_number_is_refused_and_the_row_kept(bring, tmp_path, written):
    report = bring("pss", [PSS, {**PSS, "申请号": written}])
    assert (report.landed, report.rejected) == (2, 0)
    assert report.files[0].refused_fields == {DAMAGED: 1}
    assert [row["application_no"] for row in rows_of(tmp_path)] == ["CN201710000001.1", None]
    (refusal,) = refused_rows(tmp_path)
    assert (refusal["source_row"], refusal["field"], refusal["value"], refusal["reason"]) == (
        3,
        "application_no",
        written,
        DAMAGED,
    )
    assert "landed without the value 1: " + DAMAGED in str(report)
    assert "hint: a spreadsheet program turned numbers" in str(report)


@pytest.mark.parametrize("publication", ["", "1.07E+08", "106900001.0"])
def test_a_row_without_any_intact_number_is_refused_whole(bring, tmp_path, publication):
    rows = [*[{**PSS, "公开（公告）日": "2017.07.21"}] * 4]
    rows.append({**PSS, "申请号": "2.02E+12", "公开（公告）号": publication})
    report = bring("pss", rows)
    assert (report.landed, report.rejected) == (4, 1)
    assert report.files[0].reasons == {DAMAGED: 1}
    assert "hint: " in str(report)


def test_a_damaged_publication_number_is_refused_and_the_row_kept_by_the_application(
    bring, tmp_path
):
    report = bring("pss", [*[PSS] * 4, {**PSS, "公开（公告）号": "1.07E+08"}])
    assert report.files[0].refused_fields == {"publication_no_damaged_by_spreadsheet": 1}
    assert [row["publication_no"] for row in rows_of(tmp_path)][-1] is None


@pytest.mark.parametrize(
    ("application", "reason"), [("", "no_number"), ("CN", "application_no_unreadable")]
)
def test_a_row_without_publication_number_needs_an_application_number(bring, application, reason):
    report = bring("pss", [*[PSS] * 4, {**PSS, "公开（公告）号": "", "申请号": application}])
    assert report.files[0].reasons == {reason: 1}


def test_whole_numbers_of_a_workbook_are_intact_and_rounded_ones_are_not(bring, tmp_path):
    numbers = [2017100000011, 201710000001.1, 2.02e12, 201710000000.0, "CN201710000001.1"]
    report = bring("incopat", [
        {"公开(公告)号": f"CN10690000{n}A", "公开(公告)日": "2017.07.21", "申请号": number}
        for n, number in enumerate(numbers)
    ], as_book=True)  # fmt: skip
    assert report.files[0].refused_fields == {DAMAGED: 2}
    assert [row["application_no"] for row in rows_of(tmp_path)] == [
        "2017100000011",
        "201710000001.1",
        None,
        None,
        "CN201710000001.1",
    ]


def test_numbers_of_other_offices_are_left_alone(bring, tmp_path):
    rows = [
        {"PN": "FR2990001A1", "PBD": "2013-05-15", "APNO": "1200245"},
        {"PN": "RU2526001C1", "PBD": "2013-05-15", "APNO": "2.01E+09"},
    ]
    report = bring("patsnap", rows)
    assert report.files[0].refused_fields == {DAMAGED: 1}
    assert [row["application_no"] for row in rows_of(tmp_path)] == ["1200245", None]


@pytest.mark.parametrize(
    ("number", "authority"),
    [("JPWO2020095477A1", "JP"), ("TWI734446B", "TW"), ("HRP20221010AA1", "HR"), ("WO-1-A", "WO")],
)
def test_letters_behind_the_code_of_an_office_are_its_own(bring, tmp_path, number, authority):
    report = bring("patsnap", [{"PN": number, "PBD": "2021-05-15", "APNO": "106482.7"}])
    assert not report.files[0].refused_fields  # no Chinese number that lost digits
    assert [row["publication_authority"] for row in rows_of(tmp_path)] == [authority]


# ------------------------------------------------------------------------------------- days
def test_days_of_a_workbook_become_iso_by_a_named_rule(bring, tmp_path):
    rows = [
        {"PN": "CN103100001A", "PBD": 41_409, "APD": 41_239.0},
        {"PN": "CN103100002A", "PBD": dt.date(2013, 5, 15), "APD": "2012-11-26"},
        {"PN": "CN103100003A", "PBD": "2013-05-15", "APD": "20121126"},
    ]
    report = bring("patsnap", rows, as_book=True)
    assert [(row["publication_date"], row["application_date"]) for row in rows_of(tmp_path)] == [
        ("2013-05-15", "2012-11-26"),
        ("2013-05-15", "2012-11-26"),
        ("2013-05-15", "20121126"),
    ]
    (rule,) = report.files[0].repairs
    assert (rule.rule, rule.columns, rule.count) == (
        "excel_serial_date",
        ("application_date", "publication_date"),
        2,
    )


def test_the_day_of_grant_counts_where_there_is_no_other(bring, tmp_path):
    bring("patsnap", [{"PN": "CN103100001B", "ISD": "2015-05-13"}])
    assert rows_of(tmp_path)[0]["month"] == "2015-05"


@pytest.mark.parametrize(
    ("written", "reason"),
    [("", "missing"), ("-", "missing"), ("2013", "unreadable"), ("2013-02-30", "unreadable")],
)
def test_a_row_without_a_usable_day_is_refused(bring, tmp_path, written, reason):
    good = [{"PN": f"CN10310000{n}A", "PBD": "2013-05-15"} for n in range(4)]
    report = bring("patsnap", [*good, {"PN": "CN103100009A", "PBD": written}])
    assert report.files[0].reasons == {f"publication_date_{reason}": 1}
    assert [r["field"] for r in refused_rows(tmp_path)] == ["publication_date"]


# ----------------------------------------------------------------------- what is refused whole
def test_an_unknown_column_is_refused_with_the_nearest_name_and_can_be_kept(bring, tmp_path):
    row = {**PATSNAP, "学院": "材料学院"}
    with pytest.raises(UnknownColumnError, match="nearest known name"):
        bring("patsnap", [row])
    assert not (tmp_path / "landing").exists()
    bring("patsnap", [row], options={"keep_columns": ["学院"]})
    assert json.loads(rows_of(tmp_path)[0]["other_fields"])["学院"] == "材料学院"


def test_the_nearest_name_is_told_in_the_language_of_the_header(bring):
    with pytest.raises(UnknownColumnError, match="nearest known name 'publicationdate'"):
        bring("patsnap", [{"PN": "CN103100001A", "Publicaton Date": "2013-05-15"}])


def test_a_missing_column_is_refused(bring):
    with pytest.raises(MissingColumnError, match="known as 公开\\(公告\\)号"):
        bring("patsnap", [{"公开(公告)日": "2013-05-15", "标题": "x"}])


def test_a_column_of_other_content_is_refused(bring):
    rows = [{**PSS, "公开（公告）号": f"一种装置{n}"} for n in range(9)]
    with pytest.raises(ColumnContentError, match="0 of 9 cells look like publication_no"):
        bring("pss", rows)


def test_a_file_cut_in_a_row_is_refused(bring, tmp_path):
    bring("pss", [PSS, PSS])
    whole = (tmp_path / "a.csv").read_bytes()
    (tmp_path / "cut.csv").write_bytes(whole[: whole.rindex("王五".encode())])
    with pytest.raises(TruncatedFileError, match="ends in the middle of a row"):
        bring_path("pss", tmp_path / "cut.csv", tmp_path)


def test_rows_of_another_width_are_refused_one_by_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("PN,PBD\nCN103100001A,2013-05-15\n更多数据请访问某网站\n\nCN1,2,3\n", "utf-8")
    report = bring_path("patsnap", path, tmp_path)
    assert report.files[0].reasons == {"row_empty": 1, "row_long": 1, "row_short": 1}
    assert (report.rows, report.landed) == (4, 1)


def test_a_separator_of_another_format_is_noticed_and_nothing_is_split(bring, tmp_path):
    report = bring("patsnap", [{**PATSNAP, "[标]原始申请(专利权)人": "甲大学;乙公司"}])
    assert rows_of(tmp_path)[0]["applicants"] == ["甲大学;乙公司"]
    assert "1 cells of applicants hold ';', which separates nothing in this format" in str(report)


def test_tabs_separate_cells_too(bring, tmp_path):
    report = bring("incopat", [
        {"公开(公告)号": "CN106900001A", "公开(公告)日": "2017.07.21", "标题": "甲,乙"}
    ], delimiter="\t")  # fmt: skip
    assert report.landed == 1
    assert rows_of(tmp_path)[0]["title"] == "甲,乙"


def test_a_named_encoding_reaches_the_reader(bring, tmp_path):
    rows = [{"PN": "CN103100001A", "PBD": "2013-05-15", "Title": "裝置"}]
    bring("patsnap", rows, encoding="big5", options={"encoding": "big5"})
    assert rows_of(tmp_path)[0]["title"] == "裝置"


# ------------------------------------------------------------------------- whatever is in them
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=8) | (
    st.sampled_from(["", "-", "2.02E+12", "CN201710000001.1", "甲; 乙", "2019.07.09", ";", "=1"])
)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(dict.fromkeys(["APNO", "AN", "TTL"], CELL)), min_size=1, max_size=6
    ),
    days=st.lists(st.sampled_from(["2013-05-15", "2013-02-30", "", "20130515"]), min_size=1),
)
def test_whatever_the_cells_hold_every_row_is_accounted_for_and_kept_as_written(
    tmp_path_factory, rows, days
):
    folder = tmp_path_factory.mktemp("any")
    lines = [["PN", "PBD", "APNO", "AN", "TTL"]]
    for n, row in enumerate(rows):
        day = days[n % len(days)]
        lines.append([f"CN10310{n:04d}A", day, row["APNO"], row["AN"], row["TTL"]])
    # enough good days, so that the column is one of days
    lines += [[f"CN10320{n:04d}A", "2013-05-15", "", "", ""] for n in range(9 * len(rows))]
    sink = io.StringIO()
    csv.writer(sink).writerows(lines)
    (folder / "a.csv").write_bytes(sink.getvalue().encode())
    assume("锟斤拷" not in sink.getvalue())
    report = bring_path("patsnap", folder / "a.csv", folder)
    assert report.rows == len(lines) - 1 == report.landed + report.rejected
    bad = sum(line[1] in {"2013-02-30", ""} for line in lines[1:])
    assert report.rejected == bad
    written = {line[0]: line for line in lines[1:]}
    for row in landed_rows(folder, "imported_publications"):
        line = written[row["publication_no"]]
        assert row["title"] in {line[4], None}
        assert (row["title"] is None) == (line[4].strip() in {"", "-"})
        assert " | ".join(row["applicants"]) in line[3]
        assert row["application_no"] in {line[2], None}


# ------------------------------------------------------------------------------ large files
def test_a_file_that_does_not_fit_in_memory_lands_the_same(bring, tmp_path, monkeypatch):
    rows = [{**YEARLY, "公开公告日": f"2017-{n % 3 + 1:02d}-21"} for n in range(20)]
    rows[7]["公开公告日"] = ""
    rows[7]["授权公告日"] = ""
    rows[9]["申请号"] = "2.02E+12"
    report = bring("cn-patent-database", rows)
    before = {p: p.read_bytes() for p in (tmp_path / "landing").rglob("*.parquet")}
    monkeypatch.setattr(tables, "_IN_MEMORY", 0)
    monkeypatch.setattr(reading, "_ROWS_IN_MEMORY", 4)
    (tmp_path / "other").mkdir()
    again = bring_path("cn-patent-database", tmp_path / "a.csv", tmp_path / "other")
    assert str(again) == str(report)
    assert (again.landed, again.rejected) == (19, 1)
    after = {p: p.read_bytes() for p in (tmp_path / "other" / "landing").rglob("*.parquet")}
    assert list(after.values()) == list(before.values())
    assert len(after) == 4


def test_rows_that_wait_leave_no_folder_behind(bring, tmp_path, monkeypatch):
    waiting = tmp_path / "waiting"
    waiting.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(waiting))
    monkeypatch.setattr(reading, "_ROWS_IN_MEMORY", 2)
    bring("cn-patent-database", [YEARLY] * 5)
    gc.collect()
    assert list(waiting.iterdir()) == []


# ------------------------------------------------------------------------------- real files
@pytest.mark.parametrize(
    ("name", "path", "rows"),
    [
        ("pss", "pss_records.csv", 4_281),
        ("patsnap", "exports/patsnap_green_aviation_1999.xlsx", 1_999),
        ("cnipr", "exports/cnipr_style_113x45.xls", 113),
    ],
)
def test_real_files_are_accounted_for_row_by_row(shared, tmp_path, name, path, rows):
    report = bring_path(name, shared / "data" / path, tmp_path)
    print(report)
    assert report.rows == rows == report.landed + report.rejected
    assert (report.rejected, report.files[0].refused_fields) == (0, {})
    landed = landed_rows(tmp_path, "imported_publications")
    assert len({row["raw_pointer"] for row in landed}) == rows
    assert all(row["publication_no"] for row in landed)
    # one cell of the Patsnap file is "-"
    assert sum(not row["applicants"] for row in landed) == (name == "patsnap")


def test_co_applicants_of_the_real_records_are_all_there(shared, tmp_path):
    bring_path("pss", shared / "data" / "pss_records.csv", tmp_path)
    landed = landed_rows(tmp_path, "imported_publications")
    several = [row for row in landed if len(row["applicants"]) > 1]
    chinese = [
        row for row in several if row["application_no"] != "CN"
    ]  # other records are copies of a family
    assert len(chinese) == 221
    assert sum(len(row["applicant_addresses"]) > 1 for row in chinese) == 50
    assert not any(name.endswith(";") for row in landed for name in row["applicants"])
