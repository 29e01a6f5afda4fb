"""The real gazette issue of 2019-07-09 through the whole line, from its four damaged files."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from scrapers.errors import MissingColumnError
from tests.acceptance.conftest import greenties

pytestmark = pytest.mark.acceptance

ROWS = 40_006  # counted by hand in the source list of the files


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory) -> Path:
    """Import the four files into a folder of their own, build and publish."""
    files = sorted((shared / "data" / "gazette_2019-07-09").glob("*.csv"))
    assert len(files) == 4
    target = tmp_path_factory.mktemp("real-gazette")
    imported = greenties(target, "import", "gazette-csv", *map(str, files))
    assert imported.returncode == 0, imported.stderr
    built = greenties(target, "run", "--from-landing")
    assert built.returncode == 0, built.stderr
    return target


@pytest.fixture(scope="module")
def tables(folder: Path):
    connection = duckdb.connect(str(folder / "published.duckdb"), read_only=True)
    yield connection
    connection.close()


def test_every_row_is_published_or_rejected_with_a_reason(tables):
    counts = tables.sql(
        """
        with published as (
            select distinct source_file, source_row from marts.fct_publications
        ), dropped as (
            select distinct source_file, source_row from marts.rejections where is_row_dropped
        )
        select
            (select count(*) from published), (select count(*) from dropped),
            (select count(*) from published inner join dropped using (source_file, source_row)),
            (select count(*) from marts.rejections
             where reason is null or reason = '' or rule is null or raw_pointer is null)
        """
    ).fetchall()[0]
    published, dropped, both, without_reason = counts
    print(f"rows {ROWS}: published {published}, rejected {dropped}")
    print(
        tables.sql(
            "select reason, is_row_dropped, count(*) as n from marts.rejections "
            "group by all order by n desc"
        )
    )
    assert published + dropped == ROWS
    assert both == 0
    assert without_reason == 0


# Measured elsewhere on two gazette issues of July 2019: whole WIPO list, main symbol only
# (percent, lowest and highest), by kind of publication and reading of `x/00`.
MEASURED = {
    ("A", "exact"): (10.9, 11.1),
    ("A", "prefix"): (12.4, 12.5),
    ("B", "exact"): (6.6, 7.9),
    ("B", "prefix"): (8.4, 9.8),
    ("U", "exact"): (8.0, 8.3),
    ("U", "prefix"): (9.1, 9.2),
}


def test_green_shares_lie_near_the_measured_ones(tables):
    shares = {
        (kind, mode): share
        for kind, mode, share in tables.sql(
            """
            with publications as (
                select p.kind_code[1:1] as kind, p.application_id
                from marts.fct_publications as p where p.patent_kind <> 'design'
            ), tagged as (
                select distinct application_id, mode
                from marts.fct_application_topics where scope = 'main'
            )
            select p.kind, m.mode, 100.0 * count(t.application_id) / count(*)
            from publications as p
            cross join (values ('exact'), ('prefix')) as m (mode)
            left join tagged as t using (application_id, mode)
            group by all
            """
        ).fetchall()
    }
    for key, share in sorted(shares.items()):
        print(key, f"{share:.2f} %, measured {MEASURED[key]}")
    assert shares.keys() == MEASURED.keys()
    for key, (low, high) in MEASURED.items():
        assert low - 1 <= shares[key] <= high + 1
    # the paper's seven classes leave out agriculture and most of waste management
    paper7, wide = tables.sql(
        """
        select count(distinct application_id) filter (in_paper7), count(distinct application_id)
        from marts.fct_application_topics where scope = 'any' and mode = 'prefix'
        """
    ).fetchall()[0]
    assert 0 < paper7 < wide


def test_nearly_all_chinese_first_addresses_get_a_prefecture(tables):
    located, chinese = tables.sql(
        """
        select sum(n_applicants) filter (is_located),
            sum(n_applicants) filter (rule <> 'outside_the_mainland')
        from reports.rpt_located_share where applicant_position = 'first'
        """
    ).fetchall()[0]
    print(f"Chinese first-applicant addresses {chinese}, located {located / chinese:.4f}")
    assert chinese > 30_000
    assert located / chinese >= 0.97


def test_no_name_of_a_person_is_published(tables, folder, shared):
    """Names that the files give as inventors of one row must not stand in any published text."""
    names = set()
    path = shared / "data" / "gazette_2019-07-09" / "epub_2019-7-9_utility_new.csv"
    with path.open(encoding="gb18030", errors="replace", newline="") as handle:
        for row in csv.DictReader(handle):
            applicant = (row["patentee"] or "").strip()
            if 2 <= len(applicant) <= 3 and applicant == (row["designer"] or "").strip():
                names.add(applicant)
    assert len(names) > 100
    texts = tables.sql(
        """
        select c.table_schema, c.table_name, c.column_name from information_schema.columns as c
        where c.table_schema in ('marts', 'reports') and c.data_type = 'VARCHAR'
            and c.column_name <> 'title'
        """
    ).fetchall()
    tables.execute("create or replace temp table person (name varchar)")
    tables.executemany("insert into person values (?)", [(name,) for name in sorted(names)])
    leaks = [
        (schema, table, column)
        for schema, table, column in texts
        if tables.sql(
            f'select count(*) from {schema}.{table} inner join person on "{column}" = name'
        ).fetchall()[0][0]
    ]
    assert leaks == []


def test_an_analysis_that_one_day_cannot_carry_says_why(tables):
    rows = tables.sql("select * from reports.rpt_unavailable").fetchall()
    print(rows)
    assert rows
    assert tables.sql("select count(*) from reports.rpt_table3_baseline").fetchall()[0][0] >= 0


def test_a_damaged_file_stops_and_changes_nothing(folder, tmp_path, shared):
    before = sorted((p, p.stat().st_size) for p in (folder / "landing").rglob("*") if p.is_file())
    source = shared / "data" / "gazette_2019-07-09" / "epub_2019-7-9_utility_new.csv"
    lines = source.read_bytes().splitlines(keepends=True)
    missing = tmp_path / "missing_column.csv"
    missing.write_bytes(lines[0].replace(b"filing_id,", b"") + b"".join(lines[1:50]))
    done = greenties(folder, "import", "gazette-csv", str(missing))
    assert done.returncode == MissingColumnError.exit_code == 72
    assert "missing_column.csv" in done.stderr
    assert "application_no" in done.stderr or "filing_id" in done.stderr
    after = sorted((p, p.stat().st_size) for p in (folder / "landing").rglob("*") if p.is_file())
    assert after == before
