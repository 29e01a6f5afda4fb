"""Import of gazette listings saved as CSV: whole files or none, every row landed or refused."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields

import openpyxl
import pyarrow.parquet as pq
import pytest

from orchestration.importing.core import REJECTION_SCHEMA, land_import
from orchestration.importing.gazette_csv import FORMAT, TABLE, import_gazette_csv
from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    ImportFileError,
    LandingBusyError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from scrapers.items import GazetteCsvPublication
from scrapers.landing import current_file, current_months, exclusive, verify

HEADER = [
    *("item", "name", "authorization_notice_id", "authorized_announcement_date", "filing_id"),
    *("filing_date", "patentee", "designer", "address", "Int.Cl."),
]
EN = "\u2002"


def row(number, **changes):
    values = {
        "item": str(number),
        "name": f"一种装置{number}",
        "authorization_notice_id": f"CN1099{number:05d}A",
        "authorized_announcement_date": "2019.07.09",
        "filing_id": "2.02E+12",
        "filing_date": "2019.01.10",
        "patentee": "某某公司",
        "designer": "张三;??李四",
        "address": f"100080北京市海淀区某某路{number}号",
        "Int.Cl.": "H01M10/0525(2010.01)I;??H01M2/16(2006.01)I",
    }
    return [{**values, **changes}[column] for column in HEADER]


def text(*rows, header=HEADER, end="\n"):
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows([header, *rows])
    return sink.getvalue().removesuffix("\n") + end


@pytest.fixture
def folders(tmp_path):
    return {"landing_dir": tmp_path / "landing", "archive_dir": tmp_path / "raw"}


@pytest.fixture
def file(tmp_path):
    def write(content, name="a.csv", encoding="gb18030"):
        path = tmp_path / "given" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def snapshot(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in (".lock", "ledger.jsonl")
    }


def landed(folders, month="2019-07"):
    return pq.read_table(current_file(folders["landing_dir"], TABLE, month)).to_pylist()


def rejections(folders):
    files = sorted((folders["landing_dir"] / "import_rejections").glob("*.parquet"))
    tables = [pq.read_table(path) for path in files]
    assert all(table.schema.equals(REJECTION_SCHEMA) for table in tables)
    return [r for table in tables for r in table.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_values_are_kept_as_written_in_every_encoding(file, folders, encoding):
    report = import_gazette_csv([file(text(row(1)), encoding=encoding)], **folders)
    assert (report.rows, report.landed, report.rejected) == (1, 1, 0)
    (got,) = landed(folders)
    pointer = got.pop("raw_pointer")
    assert pointer == f"sha256:{report.files[0].sha256}#2"
    assert got == {
        "source_type": "pip",
        "title": "一种装置1",
        "publication_no": "CN109900001A",
        "publication_date": "2019.07.09",
        "application_no": "2.02E+12",
        "application_date": "2019.01.10",
        "applicants": "某某公司",
        "inventors": f"张三;{EN}李四",
        "address": "100080北京市海淀区某某路1号",
        "ipc": f"H01M10/0525(2010.01)I;{EN}H01M2/16(2006.01)I",
        "source_file": "a.csv",
        "source_row": 2,
    }
    (rule,) = report.files[0].repairs
    assert (rule.rule, rule.columns, rule.count) == ("en_space_restored", ("inventors", "ipc"), 2)


def test_a_blank_behind_the_postcode_is_an_address_too(file, folders):
    written = "100080 北京市海淀区某某路1号"
    import_gazette_csv([file(text(row(1, address=written)))], **folders)
    assert landed(folders)[0]["address"] == written


def test_columns_of_the_landing_table_are_all_in_the_map():
    from orchestration.importing.columns import load_map

    pointers = {"source_type", "source_file", "source_row", "raw_pointer"}
    assert {c.field for c in load_map("gazette_csv").columns} == {
        f.name for f in fields(GazetteCsvPublication)
    } - pointers


def test_months_follow_the_publication_date_and_sources_the_kind_code(file, folders):
    rows = [
        row(1),
        row(2, authorized_announcement_date="2019.08.06", authorization_notice_id="CN209000001U"),
        row(3, authorization_notice_id="CN305246987S", **{"Int.Cl.": "01-01(12)"}),
        row(4, authorization_notice_id="CN102889890B"),
    ]
    report = import_gazette_csv([file(text(*rows))], **folders)
    assert report.months == {"2019-07": "imported", "2019-08": "imported"}
    assert [r["source_type"] for r in landed(folders)] == ["pip", "pdg", "pig"]
    assert [r["source_type"] for r in landed(folders, "2019-08")] == ["pug"]
    manifest = current_months(folders["landing_dir"], TABLE)["2019-08"]
    assert (manifest["site"], manifest["site_counters"], manifest["synthetic"]) == (
        "import",
        {},
        False,
    )


def test_every_row_is_landed_or_refused_with_a_reason(file, folders):
    good = [row(n) for n in range(1, 8)]
    damaged = [
        row(8)[:-1],
        [*row(9), "x"],
        row(10, authorized_announcement_date="9 July"),
        row(11, authorized_announcement_date="2019.02.30"),
        row(12, authorization_notice_id="1.1E+08"),
        row(13, authorization_notice_id="CN109900001Q"),
        row(1),  # repeated: the warehouse decides
    ]
    report = import_gazette_csv([file(text(*good, *damaged))], **folders)
    assert (report.rows, report.landed, report.rejected) == (14, 8, 6)
    assert report.files[0].reasons == {
        "publication_date_unreadable": 2,
        "publication_no_unreadable": 2,
        "row_long": 1,
        "row_short": 1,
    }
    refused = rejections(folders)
    assert [(r["source_row"], r["field"], r["value"]) for r in refused] == [
        (9, None, "9 cells of 10"),
        (10, None, "11 cells of 10"),
        (11, "publication_date", "9 July"),
        (12, "publication_date", "2019.02.30"),
        (13, "publication_no", "1.1E+08"),
        (14, "publication_no", "CN109900001Q"),
    ]
    assert {r["source_table"] for r in refused} == {TABLE}
    assert all(r["raw_pointer"].endswith(f"#{r['source_row']}") for r in refused)
    assert [r["source_row"] for r in landed(folders)] == [*range(2, 9), 15]
    assert "14 rows = 8 landed + 6 rejected" in str(report)


def test_importing_the_same_file_again_changes_nothing(file, folders, tmp_path):
    path = file(text(row(1), row(2)[:-1]))
    import_gazette_csv([path], **folders)
    before = snapshot(tmp_path)
    report = import_gazette_csv([path, path], **folders)
    assert report.months == {"2019-07": "unchanged"}
    assert report.rows == 2
    assert snapshot(tmp_path) == before


def test_a_second_file_of_a_month_is_added_whatever_the_order(file, folders, tmp_path):
    one, two = file(text(row(1)), "b.csv"), file(text(row(2), row(3)), "a.csv")
    import_gazette_csv([one], **folders)
    import_gazette_csv([two], **folders)
    stepwise = landed(folders)
    assert [(r["source_file"], r["source_row"]) for r in stepwise] == [
        ("a.csv", 2),
        ("a.csv", 3),
        ("b.csv", 2),
    ]
    other = {"landing_dir": tmp_path / "l2", "archive_dir": tmp_path / "r2"}
    import_gazette_csv([one, two], **other)
    path = current_file(folders["landing_dir"], TABLE, "2019-07")
    assert path.read_bytes() == current_file(other["landing_dir"], TABLE, "2019-07").read_bytes()


def test_a_damaged_month_is_restored_from_all_files_that_were_handed_over(file, folders):
    one, two = file(text(row(1)), "b.csv"), file(text(row(2)), "a.csv")
    import_gazette_csv([one, two], **folders)
    path = current_file(folders["landing_dir"], TABLE, "2019-07")
    before = path.read_bytes()
    path.unlink()
    report = import_gazette_csv([one], **folders)
    assert report.months == {"2019-07": "restored"}
    assert path.read_bytes() == before
    assert verify(folders["landing_dir"]) == []


@pytest.mark.parametrize("damage", ["{", "[1]", "", "{}"])
def test_a_damaged_manifest_is_restored_too(file, folders, damage):
    one, two = file(text(row(1)), "b.csv"), file(text(row(2)), "a.csv")
    import_gazette_csv([one, two], **folders)
    path = current_file(folders["landing_dir"], TABLE, "2019-07")
    before = landed(folders)
    path.with_name("current.json").write_text(damage)
    import_gazette_csv([one], **folders)
    assert landed(folders) == before


def test_files_are_kept_as_handed_over(file, folders):
    path = file(text(row(1)))
    report = import_gazette_csv([path], **folders)
    kept = folders["archive_dir"] / "imports" / f"{report.files[0].sha256[:16]}-a.csv"
    assert kept.read_bytes() == path.read_bytes()
    ledger = (folders["landing_dir"] / "ledger.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in ledger] == ["imported"]


def test_another_file_of_the_same_name_is_noted_and_both_count(file, folders):
    import_gazette_csv([file(text(row(1)))], **folders)
    report = import_gazette_csv([file(text(row(2)))], **folders)
    assert len(landed(folders)) == 2
    assert "a file of this name with other content was imported before" in str(report)


def swapped(n=6):
    rows = [row(i) for i in range(1, n + 1)]
    for cells in rows:
        cells[7], cells[8] = cells[8], cells[7]
    return rows


@pytest.mark.parametrize("n", [1, 6])
def test_swapped_columns_are_repaired_by_a_named_rule(file, folders, n):
    report = import_gazette_csv([file(text(*swapped(n)))], **folders)
    assert [r.rule for r in report.files[0].repairs] == ["columns_swapped", "en_space_restored"]
    assert report.files[0].repairs[0].evidence == (
        f"0 of {n} cells below 'address' look like address, {n} below 'designer'"
    )
    assert landed(folders)[0]["address"] == "100080北京市海淀区某某路1号"
    assert landed(folders)[0]["inventors"] == f"张三;{EN}李四"
    assert "columns_swapped" in str(report)


BAD_FILES = {
    "missing column": (
        text(row(1)[:-1], header=HEADER[:-1]),
        MissingColumnError,
        {"row": 1, "column": "ipc"},
    ),
    "unknown column": (
        text(row(1), header=[*HEADER[:-2], "adress", "Int.Cl."]),
        UnknownColumnError,
        {"row": 1, "column": "9", "value": "adress"},
    ),
    "two columns of one meaning": (
        text(row(1), header=[*HEADER[:-2], "designer", "Int.Cl."]),
        UnknownColumnError,
        {"value": "designer"},
    ),
    "UTF-16": (text(row(1)).encode("utf-16"), FileEncodingError, {"row": 1}),
    "damaged UTF-8": (
        text(row(1), row(2)).encode().replace("李四".encode(), b"\xe6\x9d\xff\xe5\x9b\x9b", 1),
        FileEncodingError,
        {"row": 2, "column": "designer"},
    ),
    "neither encoding": (
        text(row(1), row(2)).encode("gb18030").replace("李四".encode("gb18030"), b"\xff\xff"),
        FileEncodingError,
        {"row": 2, "column": "designer"},
    ),
    "other Chinese encoding": (
        text(*[row(n, name="裝置", patentee="公司", address="100080北京市路") for n in range(9)])
        .replace("张三", "張三")
        .encode("big5"),
        FileEncodingError,
        {"row": 2, "column": "address"},
    ),
    "characters lost before": (
        text(row(1, patentee="某\ufffd公司")).encode(),
        FileEncodingError,
        {"row": 2, "column": "patentee"},
    ),
    "cut in a row": (
        text(row(1), row(2)).rpartition("某某路")[0].encode("gb18030"),
        TruncatedFileError,
        {"row": 3, "column": "address"},
    ),
    "cut in a character": (text(row(1), row(2, **{"Int.Cl.": "外"})).encode()[:-2],
        TruncatedFileError, {"row": 3, "column": "Int.Cl."}),
    "cut in the last cell": (
        text(row(1), row(2, **{"Int.Cl.": "H01M10/0525(2010"}), end=""),
        TruncatedFileError,
        {"row": 3, "column": "Int.Cl.", "value": "H01M10/0525(2010"},
    ),
    "cut in a quoted cell": (
        text(row(1)) + '2,"一种',
        TruncatedFileError,
        {"row": 3},
    ),
    "quotation mark that swallows rows": (
        text(row(1)) + '2,"一种\n' + text(row(3)) + '4,x"\n',
        ImportFileError,
        {"row": 3},
    ),
    "header only": (text(), TruncatedFileError, {}),
    "empty": (b"", TruncatedFileError, {}),
    "column of other content": (
        text(*[row(n, **{"Int.Cl.": "电池"}) for n in range(1, 9)]),
        ColumnContentError,
        {"row": 2, "column": "Int.Cl.", "value": "电池"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_stops_the_import_and_changes_nothing(file, folders, tmp_path, name):
    import_gazette_csv([file(text(row(1)), "good.csv")], **folders)
    content, error, place = BAD_FILES[name]
    good, bad = file(text(row(5)), "more.csv"), file(content, "bad.csv")
    before = snapshot(tmp_path)
    with pytest.raises(error) as caught:
        import_gazette_csv([good, bad], **folders)
    assert caught.value.file == "bad.csv"
    assert {key: getattr(caught.value, key) for key in place} == place
    assert "bad.csv" in str(caught.value)
    assert snapshot(tmp_path) == before


def test_an_unknown_column_names_the_nearest_known_one(file, folders):
    path = file(text(row(1), header=[*HEADER[:-2], "adress", "Int.Cl."]))
    with pytest.raises(UnknownColumnError, match="nearest known name 'address'"):
        import_gazette_csv([path], **folders)


def test_a_file_that_is_not_there_is_named(folders, tmp_path):
    with pytest.raises(ImportFileError, match=r"none\.csv"):
        import_gazette_csv([tmp_path / "none.csv"], **folders)


def test_one_import_at_a_time(file, folders):
    with exclusive(folders["landing_dir"], TABLE), pytest.raises(LandingBusyError):
        import_gazette_csv([file(text(row(1)))], **folders)


def test_the_real_issue_is_accounted_for_row_by_row(shared, folders):
    paths = sorted((shared / "data" / "gazette_2019-07-09").glob("*.csv"))
    report = import_gazette_csv(paths, **folders)
    assert {f.file.removeprefix("epub_2019-7-9_"): f.rows for f in report.files} == {
        "appearance_designed.csv": 5_237,
        "invention_authorized.csv": 4_761,
        "invention_published.csv": 13_537,
        "utility_new.csv": 16_471,
    }
    assert report.rows == 40_006 == report.landed + report.rejected
    assert report.rejected == 0
    assert {f.encoding for f in report.files} == {"gb18030"}
    assert {
        f.file: [r.rule for r in f.repairs if r.rule == "columns_swapped"] for f in report.files
    } == {p.name: ["columns_swapped"] if "authorized" in p.name else [] for p in paths}
    table = pq.read_table(current_file(folders["landing_dir"], TABLE, "2019-07"))
    assert table.num_rows == 40_006
    pointers = table["raw_pointer"].to_pylist()
    assert len(set(pointers)) == 40_006
    kinds = table["source_type"].value_counts().to_pylist()
    assert {k["values"]: k["counts"] for k in kinds} == {
        "pip": 13_527,
        "pig": 4_761,
        "pug": 16_481,
        "pdg": 5_237,
    }
    listed = [v for v in table["inventors"].to_pylist() if v]
    assert not any(";??" in v for v in listed)
    chinese = [a for a in table["address"].to_pylist() if a and a[:6].isdigit()]
    assert len(chinese) == 40_006 - 3_411  # every address stands in its column


def test_one_of_several_sheets_of_a_workbook_can_be_named(tmp_path, folders):
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    book.active.append(["下载于某日"])
    sheet = book.create_sheet("数据")
    for cells in (HEADER, row(1), row(2)):
        sheet.append(cells)
    path = tmp_path / "a.xlsx"
    book.save(path)
    with pytest.raises(ImportFileError, match="several sheets are filled"):
        land_import(FORMAT, [path], **folders)
    report = land_import(FORMAT, [path], options={"sheet": "数据"}, **folders)
    assert (report.rows, report.landed) == (2, 2)
