"""PATSTAT tables: joins, order of parties, missing days, other offices, damaged files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.importing.core import ImportReport, land_import
from orchestration.importing.registry import import_format
from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    ImportFileError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows

TABLES = {
    "tls201_appln": (
        "appln_id,appln_auth,appln_nr,appln_kind,appln_filing_date,appln_nr_epodoc,"
        "appln_nr_original,ipr_type,docdb_family_id\n"
        "11,CN,201810123456,A,2018-02-07,CN20181123456,,PI,900\n"
        "12,CN,201820654321,U,9999-12-31,CN201820654321U,,UM,901\n"
        "13,US,201815912345,A,2018-03-05,US201815912345,,PI,902\n"
    ),
    "tls211_pat_publn": (
        "pat_publn_id,publn_auth,publn_nr,publn_nr_original,publn_kind,appln_id,publn_date,"
        "publn_lg,publn_first_grant,publn_claims\n"
        '501,CN,"108000001","",A,11,2018-08-14,zh,N,0\n'
        "502,CN,108000001,,B,11,2020-01-03,zh,Y,0\n"
        "503,CN,208000002,,U,12,2019-01-04,zh,Y,0\n"
        "504,CN,108000009,,A,11,9999-12-31,zh,N,0\n"
        "505,CN,108000010,,A,99,2018-08-14,zh,N,0\n"
        "506,US,2019000001,,A1,13,2019-05-02,en,N,20\n"
    ),
    "tls206_person": (
        "person_id,person_name,person_name_orig_lg,person_address,person_ctry_code,psn_sector\n"
        '1,"QINGHE BATTERY CO., LTD.",清河电池有限公司,,CN,COMPANY\n'
        "2,LANSHAN UNIVERSITY,岚山大学,,,UNIVERSITY\n"
        "3,ZHANG SAN,,,,INDIVIDUAL\n"
    ),
    "tls207_pers_appln": (
        "person_id,appln_id,applt_seq_nr,invt_seq_nr\n2,11,2,0\n1,11,1,0\n3,11,0,1\n3,12,1,1\n"
    ),
    "tls209_appln_ipc": (
        "appln_id,ipc_class_symbol,ipc_class_level,ipc_version,ipc_value,ipc_position\n"
        "11,H01M   4/36,A,2006-01-01,I,L\n11,H01M  10/0525,A,2010-01-01,I,F\n"
    ),
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_tables(**changed: str | bytes) -> Path:
        folder = tmp_path / "patstat"
        folder.mkdir(exist_ok=True)
        for table, text in {**TABLES, **changed}.items():
            if text:
                data = text if isinstance(text, bytes) else text.encode()
                (folder / f"{table}_part01.csv").write_bytes(data)
        return folder

    return write_tables


def run(tmp_path: Path, *paths: Path, **options: object) -> ImportReport:
    return land_import(
        import_format("patstat"),
        list(paths),
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        options=options,
    )


def test_joined(tmp_path: Path, write: Callable[..., Path]) -> None:
    report = run(tmp_path, write())
    assert (report.rows, report.landed, report.rejected) == (5, 4, 1)
    assert any("1 of 6 publications are of other offices" in n for n in report.files[0].notes)
    rows = {r["publication_no"]: r for r in landed_rows(tmp_path, "imported_publications")}
    assert set(rows) == {"CN-108000001-A", "CN-108000001-B", "CN-208000002-U", "CN-108000010-A"}
    first = rows["CN-108000001-A"]
    assert first["application_no"] == "201810123456"
    assert first["application_date"] == "2018-02-07"
    assert first["applicants"] == ["清河电池有限公司", "岚山大学"]
    assert first["applicant_countries"] == ["CN", ""]
    assert first["applicant_addresses"] == []
    assert first["inventors"] == ["ZHANG SAN"]
    assert first["ipc"] == ["H01M  10/0525", "H01M   4/36"]
    assert first["source_row"] == 2
    assert first["raw_pointer"].endswith("#2")
    assert rows["CN-208000002-U"]["application_date"] is None
    assert rows["CN-108000010-A"]["application_no"] is None
    # Row 6 lands without the number of an application that no table holds.
    assert [(r["reason"], r["field"], r["source_row"]) for r in refused_rows(tmp_path)] == [
        ("publication_date_missing", "publication_date", 5),
        ("application_not_in_tls201", "application_no", 6),
    ]


def test_other_offices_on_demand(tmp_path: Path, write: Callable[..., Path]) -> None:
    report = run(tmp_path, write(), authorities=["CN", "US"])
    assert (report.rows, report.landed) == (6, 5)
    rows = landed_rows(tmp_path, "imported_publications")
    assert [r["application_no"] for r in rows if r["publication_authority"] == "US"] == [
        "201815912345"
    ]


def test_semicolons_in_zip_files_and_several_parts(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    folder = write()
    for file in sorted(folder.iterdir()):
        lines = file.read_text(encoding="utf-8").replace(", LTD.", " LTD.").replace(",", ";")
        file.unlink()
        head, *body = lines.splitlines(keepends=True)
        with zipfile.ZipFile(folder / f"{file.stem}.zip", "w") as archive:
            archive.writestr("../../escaped.csv", "x")
            archive.writestr(f"data/{file.name}", head + "".join(body[:1]))
            archive.writestr(f"data/{file.stem}_b.csv", head + "".join(body[1:]))
    report = run(tmp_path, folder)
    assert (report.rows, report.landed, report.rejected) == (5, 4, 1)
    assert not (tmp_path.parent / "escaped.csv").exists()
    rows = {r["publication_no"]: r for r in landed_rows(tmp_path, "imported_publications")}
    assert rows["CN-108000001-B"]["applicants"] == ["清河电池有限公司", "岚山大学"]
    assert rows["CN-108000001-B"]["source_row"] == 2
    pointers = [r["raw_pointer"] for r in rows.values()]
    assert len(set(pointers)) == len(pointers)


def test_the_same_tables_again_change_nothing(tmp_path: Path, write: Callable[..., Path]) -> None:
    run(tmp_path, write())
    again = run(tmp_path, write())
    assert set(again.months.values()) == {"unchanged"}


def test_a_damaged_month_is_restored_by_the_next_import(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    run(tmp_path, write(), authorities=["CN", "US"])
    before = landed_rows(tmp_path, "imported_publications")
    for file in (tmp_path / "landing").rglob("landing_month=2019-05-01/*.parquet"):
        file.unlink()
    other = tmp_path / "p.jsonl"
    other.write_text(
        '{"publication_number": "CN-110000001-A", "publication_date": 20190709}\n', encoding="utf-8"
    )
    report = land_import(
        import_format("bigquery"),
        [other],
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
    )
    assert report.months["2019-05"] == "restored"
    after = landed_rows(tmp_path, "imported_publications")
    assert [r for r in after if r["source_format"] == "patstat"] == before


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"tls206_person": ""}, MissingColumnError, "no file of the table tls206_person"),
        (
            {"tls209_appln_ipc": "appln_id,ipc_class_symbl\n11,H01M\n"},
            UnknownColumnError,
            "'ipc_class_symbol'",
        ),
        (
            {"tls207_pers_appln": "person_id,appln_id,applt_seq_nr\n1,11,1\n"},
            MissingColumnError,
            "invt_seq_nr",
        ),
        (
            {"tls207_pers_appln": TABLES["tls207_pers_appln"] + "3,12\n"},
            ImportFileError,
            r"Columns: 4 Found: 2 \(file patstat/tls207_pers_appln_part01.csv, row 6, value '3,12'",
        ),
        (
            {"tls206_person": TABLES["tls206_person"] + '4,"LI SI,,,,INDIVIDUAL\n'},
            ImportFileError,
            r"unterminated quote found \(file patstat/tls206_person_part01.csv, row 5",
        ),
        (
            {"tls206_person": TABLES["tls206_person"].encode("gb18030")},
            FileEncodingError,
            r"PATSTAT is UTF-8, these bytes are not \(file patstat/tls206_person_part01.csv, row 2",
        ),
        (
            {"tls207_pers_appln": TABLES["tls207_pers_appln"] + "2,12,first,0\n"},
            ColumnContentError,
            r"no number \(file .*tls207.*, row 6, column applt_seq_nr, value 'first'\)",
        ),
        (
            {"tls207_pers_appln": "person_id,appln_id,applt_seq_nr,invt_seq_nr\n"},
            TruncatedFileError,
            "tls207_pers_appln has no row below its header",
        ),
        (
            {"tls201_appln": TABLES["tls201_appln"] + "11,CN,201810123456,A,2018-02-07,,,PI,9\n"},
            ImportFileError,
            "stands twice",
        ),
    ],
)
def test_refused_whole(
    tmp_path: Path,
    write: Callable[..., Path],
    changed: dict[str, str | bytes],
    kind: type[ImportFileError],
    said: str,
) -> None:
    with pytest.raises(kind, match=said):
        run(tmp_path, write(**changed))
    assert landed_rows(tmp_path, "imported_publications") == []
    assert not (tmp_path / "raw").exists()


def test_persons_that_were_cut_away_are_named_or_counted(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    cut = "".join(TABLES["tls206_person"].splitlines(keepends=True)[:2])  # persons 2 and 3 are gone
    report = run(tmp_path, write(tls206_person=cut))
    assert report.files[0].reasons["applicant_not_in_tls206"] == 3
    refused = [r for r in refused_rows(tmp_path) if r["reason"] == "applicant_not_in_tls206"]
    assert [(r["source_row"], r["value"]) for r in refused] == [(2, "2"), (3, "2"), (4, "3")]
    note = "4 inventors have no name in tls206_person and were left out"
    assert note in report.files[0].notes
