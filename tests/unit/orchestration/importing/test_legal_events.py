"""Lists of legal events: shapes, numbers, reasons, encodings, TRS dumps, the real files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from orchestration.importing.core import ImportReport, land_import
from orchestration.importing.registry import import_format
from scrapers.errors import (
    ImportFileError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows

HEADER = "授权公告号,申请号,法律状态公告日,法律状态,法律状态信息\n"
TRANSFER = (
    "专利权的转移IPC(主分类):B60R  25/045变更事项:专利权人变更前权利人:甲有限公司变更后权利人:"
    "乙有限公司变更事项:地址变更前权利人:210000 江苏省南京市一路1号变更后权利人:"
    "210012 江苏省南京市二路2号登记生效日:20130820"
)


def run(tmp_path: Path, *texts: str | bytes, **options: object) -> ImportReport:
    paths = []
    for number, text in enumerate(texts):
        path = tmp_path / f"events{number or ''}.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        paths.append(path)
    return import_files(tmp_path, *paths, **options)


def import_files(tmp_path: Path, *paths: Path, **options: object) -> ImportReport:
    return land_import(
        import_format("legal-events"),
        list(paths),
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        options=options,
    )


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + f",201310123456.2,2013.09.11,专利申请权、专利权的转移,{TRANSFER}\n").encode(
            coding
        )
        for coding in ("utf-8", "utf-8-sig", "gb18030")
    ],
    ids=["utf-8", "bom", "gb18030"],
)
def test_one_event_a_row(tmp_path: Path, data: bytes) -> None:
    report = run(tmp_path, data)
    assert (report.rows, report.landed, report.rejected) == (1, 1, 0)
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["month"] == "2013-09"
    assert row["source_format"] == "legal_events"
    assert row["application_no"] == "201310123456.2"
    assert row["publication_no"] is None
    assert row["event_date"] == "2013.09.11"
    assert row["event_text"] == TRANSFER
    assert row["parsed_type"] == "transfer"
    assert row["parsed_effective_date"] == "2013-08-20"
    assert row["parties_after"] == [
        {"name": "乙有限公司", "address": "江苏省南京市二路2号", "postcode": "210012"}
    ]
    assert row["other_fields"] is None
    assert (row["source_row"], row["raw_pointer"][-2:]) == (2, "#2")


def test_numbers_are_kept_refused_or_replaced_by_the_publication(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        HEADER
        + "".join(
            f"{publication},{application},2016.12.28,授权,授权\n"
            for publication, application in [
                ("104000001B", "2.0169E+11"),  # 2: kept by the publication
                ("", "2.0169E+11"),  # 3
                ("", "106482.7"),  # 4: zeros are gone
                ("104000002B", "106482.7"),  # 5
                ("", "99127080"),  # 6: whole without its check digit
                ("", "99127080.1"),  # 7: the warehouse judges check digits
                ("1", "201680000961.X"),  # 8: 1 is no publication
                ("1", ""),  # 9
                ("", ""),  # 10
                ("", "CN 2016 8 0000961.X"),  # 11
                ("", "31123456"),  # 12: 03112345.6 without dot and zero
                ("", "abc"),  # 13
            ]
        ),
    )
    assert (report.rows, report.landed, report.rejected) == (12, 6, 6)
    rows = {r["source_row"]: r for r in landed_rows(tmp_path, "imported_events")}
    assert {n: (r["application_no"], r["publication_no"]) for n, r in rows.items()} == {
        2: (None, "104000001B"),
        5: (None, "104000002B"),
        6: ("99127080", None),
        7: ("99127080.1", None),
        8: ("201680000961.X", None),
        11: ("CN 2016 8 0000961.X", None),
    }
    refused = {r["source_row"]: (r["field"], r["reason"]) for r in refused_rows(tmp_path)}
    damaged = "application_no_damaged_by_spreadsheet"
    assert refused == {
        2: ("application_no", damaged),
        3: ("application_no", damaged),
        4: ("application_no", "application_no_digits_lost"),
        5: ("application_no", "application_no_digits_lost"),
        8: ("publication_no", "publication_no_unreadable"),
        9: ("publication_no", "publication_no_unreadable"),
        10: (None, "no_number"),
        12: ("application_no", "application_no_digits_lost"),
        13: ("application_no", "application_no_unreadable"),
    }
    [file] = report.files
    assert file.reasons[damaged] == 1
    assert file.notes[0].startswith("1 application numbers have another check digit")
    assert "export the column as text" in file.hints[damaged]


def test_days_that_a_workbook_counted_are_days_by_a_named_rule(tmp_path: Path) -> None:
    report = run(
        tmp_path, HEADER + ",201310123456.2,41528,授权,授权\n,201310123456.2,123,授权,授权\n"
    )
    assert (report.landed, report.rejected) == (1, 1)
    [row] = landed_rows(tmp_path, "imported_events")
    assert (row["event_date"], row["month"]) == ("2013-09-11", "2013-09")
    [repair] = report.files[0].repairs
    assert (repair.rule, repair.count) == ("excel_serial_date", 1)


def test_zeros_are_put_back_only_when_asked_and_proved(tmp_path: Path) -> None:
    text = HEADER + "".join(
        f",{n},2016.12.28,授权,授权\n" for n in ("106482.7", "106482.8", "3822360", "2.0169E+11")
    )
    assert run(tmp_path, text).landed == 0
    report = run(tmp_path, text, restore_zeros=True)
    assert (report.landed, report.rejected) == (2, 2)
    rows = landed_rows(tmp_path, "imported_events")
    assert sorted(r["application_no"] for r in rows) == ["00106482.7", "03822360.0"]
    [repair] = report.files[0].repairs
    assert (repair.rule, repair.count) == ("leading_zeros_restored", 2)


def test_several_events_a_row(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        "授权公告号,申请号,法律状态公告日1,法律状态1,法律状态信息1,法律状态公告日2,法律状态2,法律状态信息2\n"
        "100000001,99127080,2008.06.04,授权,授权,2014.10.22,专利权的无效宣告,专利权全部无效\n"
        ",99815620.5,2016.02.03,专利权的终止,未缴年费专利权终止\n"
        ",99815620.5,2016.02.03,专利权的终止\n"
        ",99815620.5,,,,,,\n"
        ",99815620.5,,,,2010.13.41,终止,终止\n",
    )
    assert (report.rows, report.landed, report.rejected) == (6, 3, 3)
    rows = landed_rows(tmp_path, "imported_events")
    assert {
        (r["source_row"], r["event_date"], r["raw_pointer"].partition("#")[2]) for r in rows
    } == {
        (2, "2008.06.04", "2"),
        (2, "2014.10.22", "2.2"),
        (3, "2016.02.03", "3"),
    }
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        4: "row_short",
        5: "no_event",
        6: "event_date_unreadable",
    }


def test_publication_beside_grant_and_columns_of_nothing(tmp_path: Path) -> None:
    text = (
        "公开（公告）号,授权公告号,法律状态公告日,法律状态,,\n"
        "CN104000001A,104000001B,2016.12.28,授权,,\n"
    )
    assert run(tmp_path, text).landed == 1
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["publication_no"] == "104000001B"
    assert json.loads(row["other_fields"]) == {"公开（公告）号": "CN104000001A"}
    with pytest.raises(UnknownColumnError, match="a column has no name"):
        run(tmp_path, text.replace("授权,,\n", "授权,x,\n"))


def test_events_without_a_number(tmp_path: Path) -> None:
    text = "gazette_date,type_guess,text,transfer_row\n2008.07.09,视为撤回,视为撤回,7\n"
    assert run(tmp_path, text).files[0].reasons == {"no_number": 1}
    assert run(tmp_path, text, allow_unlinked=True).landed == 1
    [row] = landed_rows(tmp_path, "imported_events")
    assert (row["application_no"], row["publication_no"], row["event_type"]) == (None, None, None)
    assert json.loads(row["other_fields"]) == {"type_guess": "视为撤回", "transfer_row": "7"}


def test_trs_dump(tmp_path: Path) -> None:
    text = (
        "<REC>\n<授权公告号>=\n<申请号>=CN201310123456.2\n<法律状态公告日>=2013.09.11\n"
        "<法律状态>=专利申请权、专利权的转移\n<法律状态信息>=专利权的转移\n登记生效日:20130820\n"
        "变更事项:专利权人\n变更前权利人:甲\n变更后权利人:乙\n\n"
        "<REC>\n<申请号>=2.01E+11\n<法律状态公告日>=2013.09.11\n<法律状态>=授权\n"
        "<法律状态信息>=授权\n"
    )
    report = run(tmp_path, text.encode("gb18030"))
    assert (report.rows, report.landed, report.rejected) == (2, 1, 1)
    assert report.files[0].encoding == "TRS, gb18030"
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["event_text"].splitlines()[-1] == "变更后权利人:乙"
    assert [p["name"] for p in row["parties_after"]] == ["乙"]
    assert row["source_row"] == 1
    assert refused_rows(tmp_path)[0]["source_row"] == 12


def test_importing_again_changes_nothing_and_the_copy_is_kept(tmp_path: Path) -> None:
    text = HEADER + ",99127080,2016.12.28,授权,授权\n"
    run(tmp_path, text)
    assert run(tmp_path, text).months == {"2016-12": "unchanged"}
    [copy] = (tmp_path / "raw" / "imports").glob("*-events.csv")
    assert copy.read_text(encoding="utf-8") == text


GOOD = HEADER + ",99127080,2016.12.28,授权,授权\n"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (HEADER.replace("申请号", "申请好") + ",1,2,3,4\n", UnknownColumnError, "'申请号'"),
        ("申请号,法律状态\n99127080,授权\n", MissingColumnError, "no column event_date"),
        ("申请号,公告日\n99127080,2016.12.28\n", MissingColumnError, "no column event_type"),
        ("申请号,公告日,事务数据公告日,法律状态\n1,2,3,4\n", UnknownColumnError, "two columns"),
        (
            "申请号,公告日1,法律状态1,公告日,法律状态\n1,2,3,4,5\n",
            UnknownColumnError,
            "numbered columns of several",
        ),
        (HEADER + ",99127080,2016.12.28,授", TruncatedFileError, "middle of a row"),
        (HEADER, TruncatedFileError, "no row below its header"),
        (
            HEADER + ',99127080,2016.12.28,授权,"' + "x\n" * 300 + '"\n',
            ImportFileError,
            "not closed",
        ),
        ("<REC>\n<申请好>=1\n", UnknownColumnError, "this tag; nearest known name '申请号'"),
        ("<REC>\n<申请号>=1\n<申请号>=2\n", ImportFileError, "twice in one record"),
        ("<REC>\nx\n", ImportFileError, "before the first tag"),
    ],
)
def test_refused_whole(tmp_path: Path, text: str, kind: type[ImportFileError], said: str) -> None:
    with pytest.raises(kind, match=said):
        run(tmp_path, GOOD, text)  # the good one does not land either
    assert landed_rows(tmp_path, "imported_events") == []
    assert not (tmp_path / "raw").exists()


def test_real_files_import_without_loss(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared / "data" / "events"
    names = (
        "events_2016-12-28.csv",
        "FLZT_sample_FLZT_test2.csv",
        "FLZT_sample_csv_FLZT2.csv",
        "events_2008_text.csv",
    )
    report = import_files(tmp_path, *(folder / name for name in names))
    with capsys.disabled():
        print(f"\n{report}")
    assert {f.file: (f.rows, f.landed, f.rejected) for f in report.files} == {
        "events_2016-12-28.csv": (61_773, 36_509, 25_264),
        "FLZT_sample_FLZT_test2.csv": (50, 50, 0),
        "FLZT_sample_csv_FLZT2.csv": (4, 0, 4),
        "events_2008_text.csv": (4_331, 0, 4_331),
    }
    rows = landed_rows(tmp_path, "imported_events")
    assert len(rows) == report.landed
    assert len({r["raw_pointer"] for r in rows}) == len(rows)
    assert Counter(r["reason"] for r in refused_rows(tmp_path)) == {
        "application_no_damaged_by_spreadsheet": 25_137 + 30_572 + 4,
        "application_no_digits_lost": 127,
        "no_number": 4_331,
    }
    # Every number that landed is one.
    assert not any("E+" in (r["application_no"] or "") for r in rows)
    assert all(r["application_no"] or r["publication_no"] for r in rows)
