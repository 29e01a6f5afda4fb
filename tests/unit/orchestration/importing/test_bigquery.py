"""BigQuery publications: JSON lines, gzip, Parquet, order of symbols, other offices, damage."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
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


def record(**changed: Any) -> dict[str, Any]:
    return {
        "publication_number": "CN-108000001-A",
        "application_number": "CN-201810123456-A",
        "application_number_formatted": "CN201810123456",
        "country_code": "CN",
        "kind_code": "A",
        "family_id": "60000001",
        "publication_date": 20180814,
        "filing_date": "20180207",
        "grant_date": 0,
        "title_localized": [
            {"text": "A battery", "language": "en", "truncated": False},
            {"text": "一种电池", "language": "zh", "truncated": False},
        ],
        "abstract_localized": [],
        "inventor": ["张三"],
        "assignee": ["清河电池有限公司", "岚山大学"],
        "assignee_harmonized": [
            {"name": "QINGHE BATTERY CO LTD", "country_code": "CN"},
            {"name": "UNIV LANSHAN", "country_code": "CN"},
        ],
        "ipc": [
            {"code": "H01M4/36", "inventive": True, "first": False, "tree": []},
            {"code": "H01M10/0525", "inventive": True, "first": True, "tree": []},
        ],
        "cpc": [{"code": "Y02E60/10", "inventive": False, "first": False, "tree": []}],
        "priority_claim": [{"publication_number": "", "application_number": "JP-2017000001-A"}],
        **changed,
    }


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()


def run(tmp_path: Path, content: bytes, name: str = "p.jsonl", **options: Any) -> ImportReport:
    path = tmp_path / name
    path.write_bytes(content)
    return land_import(
        import_format("bigquery"),
        [path],
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        options=options,
    )


def parquet(tmp_path: Path, rows: list[dict[str, Any]]) -> bytes:
    path = tmp_path / "made.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path.read_bytes()


def test_one_publication(tmp_path: Path) -> None:
    run(tmp_path, lines(record()))
    [row] = landed_rows(tmp_path, "imported_publications")
    assert json.loads(row.pop("other_fields")) == {"kind_code": "A", "family_id": "60000001"}
    assert row.pop("raw_pointer").endswith("#1")
    assert row == {
        "source_format": "bigquery",
        "publication_authority": "CN",
        "kind_label": None,
        "title": "一种电池",
        "publication_no": "CN-108000001-A",
        "publication_date": "20180814",
        "grant_no": None,
        "grant_date": None,
        "application_no": "CN201810123456",
        "application_date": "20180207",
        "applicants": ["清河电池有限公司", "岚山大学"],
        "applicant_addresses": [],
        "applicant_countries": ["CN", "CN"],
        "current_holders": [],
        "inventors": ["张三"],
        "postcode": None,
        "region": None,
        "ipc": ["H01M10/0525", "H01M4/36"],
        "cpc": ["Y02E60/10"],
        "locarno": [],
        "agencies": [],
        "agents": [],
        "priority": ["JP-2017000001-A"],
        "abstract": None,
        "source_file": "p.jsonl",
        "source_row": 1,
        "month": "2018-08",
    }


def test_the_same_in_gzip_and_parquet(tmp_path: Path) -> None:
    rows = [
        record(),
        record(
            publication_number="CN-208000002-U",
            application_number_formatted=None,
            application_number="CN-201820654321-U",
            assignee=[],
            ipc=[],
        ),
    ]
    found = []
    for name, content in (
        ("p.jsonl", b"\xef\xbb\xbf" + lines(*rows)),
        ("p.jsonl.gz", gzip.compress(lines(*rows), mtime=0)),
        ("p.parquet", parquet(tmp_path, [{**r, "filing_date": 20180207} for r in rows])),
        (
            "wrapped.parquet",
            parquet(
                tmp_path,
                [
                    {
                        **r,
                        "filing_date": 20180207,
                        "inventor": {"list": [{"element": name} for name in r["inventor"]]},
                    }
                    for r in rows
                ],
            ),
        ),
    ):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        report = run(folder, content, name)
        assert (report.rows, report.landed) == (2, 2), name
        found.append(
            [
                {k: v for k, v in row.items() if k not in ("source_file", "raw_pointer")}
                for row in landed_rows(folder, "imported_publications")
            ]
        )
    assert all(rows == found[0] for rows in found)
    second = found[0][1]
    assert second["application_no"] == "CN-201820654321-U"
    assert second["applicants"] == ["QINGHE BATTERY CO LTD", "UNIV LANSHAN"]


def test_refused_and_landed_without_a_number(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        lines(
            record(country_code="US", publication_number="US-7650331-B1"),
            record(publication_date=0),
            record(publication_date=20181341),
            record(publication_number=None),
            record(publication_number="CN-1-A"),
            record(application_number="CN-1-A", application_number_formatted="2.0181E+11"),
        ),
    )
    assert (report.rows, report.landed, report.rejected) == (6, 1, 5)
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        1: "other_authority",
        2: "publication_date_missing",
        3: "publication_date_unreadable",
        4: "publication_no_missing",
        5: "publication_no_unreadable",
        6: "application_no_unreadable",
    }
    assert landed_rows(tmp_path, "imported_publications")[0]["application_no"] is None


def test_other_offices_on_demand(tmp_path: Path) -> None:
    content = lines(record(country_code="US", publication_number="US-7650331-B1"))
    assert run(tmp_path, content, authorities=["CN", "US"]).landed == 1


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (lines(record(asignee=[])), UnknownColumnError, "nearest known name 'assignee'"),
        (lines({"publication_number": "CN-108000001-A"}), MissingColumnError, "publication_date"),
        (lines(record())[:-40], TruncatedFileError, "no JSON"),
        (lines(record(), record()).replace(b"\n{", b"\n}", 1), ImportFileError, "row 2"),
        (b"[" + lines(record())[:-1] + b"]\n", ImportFileError, "no JSON object"),
        (lines(record(ipc="H01M")), ColumnContentError, "no list"),
        (lines(record(publication_number=["x"])), ColumnContentError, "no text"),
        (lines(record()).decode().encode("gb18030"), FileEncodingError, "UTF-8"),
        (b"\n\n", TruncatedFileError, "no record"),
        (gzip.compress(lines(record()))[:-9], TruncatedFileError, "gzip"),
        (b"PAR1 and no more", TruncatedFileError, "Parquet"),
    ],
)
def test_refused_whole(
    tmp_path: Path, content: bytes, kind: type[ImportFileError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        run(tmp_path, content)
    assert landed_rows(tmp_path, "imported_publications") == []
    assert not (tmp_path / "raw").exists()
