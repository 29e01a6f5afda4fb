"""Lists of policy documents: issuers, dates, ids, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.importing.core import ImportReport, land_import
from orchestration.importing.registry import import_format
from scrapers.errors import ImportFileError, MissingColumnError, UnknownColumnError
from scrapers.items import PolicyDocument
from scrapers.landing import land_rows
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows

HEADER = "序号,索引号,省份,标题,文号,发文机关,成文日期,发布日期,正文\n"


def run(tmp_path: Path, content: str | bytes, name: str = "d.csv", **options: Any) -> ImportReport:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return land_import(
        import_format("policy-documents"),
        [path],
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        options=options,
    )


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030"])
def test_documents(tmp_path: Path, coding: str) -> None:
    text = (
        HEADER
        + "1,ZJ-1,浙江省,关于产学研合作的意见,浙政发〔2013〕7号,省政府；省科技厅; 省、市联席会议,"
        '2013年5月6日,2013-05-14,"第一段\r\n第二段"\n'
        "2,,江苏省,办法,-,省教育厅,2014.1.2,,全文\n"
    )
    report = run(tmp_path, text.encode(coding))
    assert (report.rows, report.landed, report.rejected) == (2, 2, 0)
    first, second = landed_rows(tmp_path, "imported_policy_documents")
    assert first["raw_pointer"].endswith("#2")
    del first["raw_pointer"]
    assert first == {
        "document_id": "ZJ-1",
        "province_name": "浙江省",
        "title": "关于产学研合作的意见",
        "document_no": "浙政发〔2013〕7号",
        "issuers": ["省政府", "省科技厅", "省、市联席会议"],
        "issued_date": "2013年5月6日",
        "published_date": "2013-05-14",
        "text": "第一段\n第二段",
        "source_file": "d.csv",
        "source_row": 2,
        "month": "2013-05",
    }
    # Without a day of publication it lands by its day of issue; nothing is made up.
    assert (second["month"], second["published_date"]) == ("2014-01", "")
    assert (second["document_no"], second["document_id"]) == (None, "row 4")


def test_reasons(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        HEADER + "1,a,浙江省,甲,,厅,2013.5.6,2013.5.7,文\n"
        "2,a,浙江省,乙,,厅,2013.5.6,2013.5.7,文\n"
        "3,b,,乙,,厅,2013.5.6,2013.5.7,文\n"
        "4,c,浙江省,,,厅,2013.5.6,2013.5.7,文\n"
        "5,d,浙江省,乙,,厅,,,文\n"
        "6,e,浙江省,乙,,厅,,去年,文\n"
        "7,f,浙江省,乙,,厅,2013.5.6,2013.5.7,\n"
        "8,g,浙江省\n",
    )
    assert (report.rows, report.landed, report.rejected) == (8, 2, 6)
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        3: "document_id_repeated",
        4: "province_name_missing",
        5: "title_missing",
        6: "date_missing",
        7: "published_date_unreadable",
        8: "text_missing",
        9: "row_short",
    }


def test_separators_of_issuers_are_those_declared(tmp_path: Path) -> None:
    text = HEADER + "1,a,浙江省,甲,,省科技厅、省教育厅,,2013.5.7,文\n"
    run(tmp_path, text)
    assert landed_rows(tmp_path, "imported_policy_documents")[0]["issuers"] == [
        "省科技厅、省教育厅"
    ]
    run(tmp_path, text, issuer_separators=["、"])
    assert landed_rows(tmp_path, "imported_policy_documents")[0]["issuers"] == [
        "省科技厅",
        "省教育厅",
    ]


def test_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["地区", "文件标题", "发文机关", "发布日期", "正文"])
    sheet.append(["浙江省", "甲", "省政府", "2013-05-07", "文"])
    sheet.append(["浙江省", "乙", "省政府", 41401, "文"])  # a number of days
    path = tmp_path / "made.xlsx"
    book.save(path)
    report = run(tmp_path, path.read_bytes(), "d.xlsx")
    assert report.landed == 2
    [repair] = report.files[0].repairs
    assert (repair.rule, repair.columns, repair.count) == (
        "excel_serial_date",
        ("published_date",),
        1,
    )
    days = [r["published_date"] for r in landed_rows(tmp_path, "imported_policy_documents")]
    assert sorted(days) == ["2013-05-07", "2013-05-07"]


def test_months_of_the_site_stay_as_they_are(tmp_path: Path) -> None:
    crawled = PolicyDocument(
        document_id="z1",
        province_name="浙江省",
        title="甲",
        document_no=None,
        issuers=("省政府",),
        issued_date=None,
        published_date="2013-05-07",
        text="文",
        source_file="raw/x.warc.gz",
        source_row=1,
        raw_pointer="sha256:aa#1",
    )
    land_rows(
        tmp_path / "landing",
        "policy_documents",
        "2013-05",
        [crawled],
        site="http://127.0.0.1",
        site_counters={"numDoc": 1},
        synthetic=False,
    )
    before = landed_rows(tmp_path, "policy_documents")
    run(tmp_path, HEADER + "1,a,浙江省,乙,,厅,,2013.5.7,文\n")
    assert landed_rows(tmp_path, "policy_documents") == before
    assert [r["title"] for r in landed_rows(tmp_path, "imported_policy_documents")] == ["乙"]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (HEADER.replace("标题", "题标") + "1,2,3,4,5,6,7,8,9\n", UnknownColumnError, "'标题'"),
        (HEADER.replace(",正文", "") + "1,2,3,4,5,6,7,8\n", MissingColumnError, "no column text"),
        ("省份,标题,发文机关,正文\n1,2,3,4\n", MissingColumnError, "no column of a date"),
    ],
)
def test_refused_whole(tmp_path: Path, text: str, kind: type[ImportFileError], said: str) -> None:
    with pytest.raises(kind, match=said):
        run(tmp_path, text)
    assert not (tmp_path / "raw").exists()
