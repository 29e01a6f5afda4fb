"""The revision report: every cause injected between two small releases, no cell unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from orchestration.commands.revisions import revisions
from orchestration.raw import landing_columns
from orchestration.revisions import CAUSES, COLUMNS, RevisionError, write_revisions

MONTH = "2013-05-01"

# Two cities share patents P1 and P2; P3 has been sold from A to B.
TABLES = """
create schema marts; create schema meta;
create table marts.fct_city_years (adcode varchar, year integer, rsi decimal(18,6),
    extensive integer, intensive double, gpatent integer, gtr integer, copatent_betweenness double,
    ln_rsi double, ln_pgdp double, hsr integer, rsi_lag1 decimal(18,6), settings_hash varchar);
insert into marts.fct_city_years values
    ('A', 2013, 2, 1, 2.0, 2, 1, 0.5, ln(3), 10.5, 0, null, 'x'),
    ('B', 2013, 2, 1, 2.0, 2, 0, 0.0, ln(3), 11.5, 1, null, 'x'),
    ('A', 2014, 0, 0, 0.0, 0, 0, 0.0, 0.0, 10.6, 1, 2, 'x'),
    ('B', 2014, 0, 0, 0.0, 0, 0, 0.0, 0.0, 11.6, 1, 2, 'x');
create table marts.fct_cell_applications (link_id varchar, variable varchar, adcode varchar,
    year integer, other_city varchar, application_id varchar, assignment_id varchar,
    weight decimal(18,12));
create table marts.fct_landed_months (table_name varchar, landing_month date, content_id varchar);
insert into marts.fct_landed_months values ('sipo_patents', '2013-05-01', 'old'),
    ('citystat_city_years', '2013-01-01', 'y13'), ('citystat_city_years', '2014-01-01', 'y14');
create table marts.fct_publications (publication_id varchar, application_id varchar,
    publication_no varchar, title varchar, filing_date date, publication_date date,
    n_applicants integer, source_table varchar, source_file varchar, source_row bigint,
    raw_pointer varchar);
create table marts.fct_applications (application_id varchar, is_green boolean);
create table marts.fct_application_applicants (application_id varchar, applicant_seq integer,
    applicant_id varchar, entity_id varchar, publication_id varchar, adcode varchar,
    confidence decimal(4,2), city_rule varchar, reason varchar);
create table marts.fct_assignments (assignment_id varchar, application_id varchar,
    application_no varchar, gazette_date date, transfer_type varchar, year integer,
    is_granted_at_event boolean, before_cities varchar, after_cities varchar);
insert into marts.fct_assignments values
    ('E1', 'P3', '1.1', '2013-06-05', 'sale', 2013, true, 'A', 'B');
create table meta.method_settings (name varchar, value varchar);
insert into meta.method_settings values ('edge_counting', 'pair'), ('inventory_edition', 'one');
create table meta.builds (greenties_version varchar, python_version varchar,
    package_versions varchar, person_key varchar, dbt_hash varchar, code_hash varchar);
insert into meta.builds values ('1', '3', '{}', 'public', 'd', 'c');
create table meta.build_parts (part_kind varchar, part_name varchar, part_hash varchar);
insert into meta.build_parts values ('seed', 'divisions', 'a'), ('seed', 'surnames', 'a'),
    ('seed', 'ipc_green_inventory', 'a'), ('model', 'int_city_pairs', 'a');
insert into marts.fct_cell_applications values
    ('gtr1', 'gtr', 'A', 2013, 'B', 'P3', 'E1', 1);
"""


def patent(name: str) -> str:
    """Statements that put a joint patent of A and B into a release, with its links."""
    links = ", ".join(
        f"('{variable}{name}{city}', '{variable}', '{city}', 2013, '{other}', '{name}', null, "
        f"{weight})"
        for city, other in (("A", "B"), ("B", "A"))
        for variable, weight in (("rsi", 1), ("extensive", 1 if name == "P1" else 0))
    )
    row = int(name[1:])
    return f"""
    insert into marts.fct_cell_applications values {links},
        ('gpatent{name}A', 'gpatent', 'A', 2013, null, '{name}', null, 1),
        ('gpatent{name}B', 'gpatent', 'B', 2013, null, '{name}', null, 1);
    insert into marts.fct_publications values ('{name}-b', '{name}', 'CN{name}B', 't',
        '2010-01-01', '2013-05-08', 2, 'sipo_patents', 'f', {row}, 'p{row}');
    insert into marts.fct_applications values ('{name}', true);
    insert into marts.fct_application_applicants values
        ('{name}', 1, 'a1', 'o1', '{name}-b', 'A', 0.99, 'own_address', null),
        ('{name}', 2, 'a2', 'o2', '{name}-b', 'B', 0.90, 'place_in_name', null);
    """


def without(name: str, *variables: str) -> str:
    """Statements that take the links of a patent away."""
    return (
        f"delete from marts.fct_cell_applications where application_id = '{name}' and "
        f"list_contains({list(variables)!r}, variable);"
    )


# What the panel has when one of its two joint patents no longer counts.
FEWER = """
update marts.fct_city_years set rsi = 1, intensive = 1.0, ln_rsi = ln(2) where year = 2013;
update marts.fct_city_years set rsi_lag1 = 1 where year = 2014;
"""


class Releases:
    """Two databases that begin alike."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.older, self.newer = root / "older.duckdb", root / "newer.duckdb"
        for path in (self.older, self.newer):
            with duckdb.connect(str(path)) as connection:
                connection.execute(TABLES + patent("P1") + patent("P2"))

    def change(self, statements: str, *, older: bool = False) -> None:
        with duckdb.connect(str(self.older if older else self.newer)) as connection:
            connection.execute(statements)

    def revisions(self) -> list[dict[str, Any]]:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.older}' as o (read_only)")
            connection.execute(f"attach '{self.newer}' as n (read_only)")
            write_revisions(
                connection, old="o", new="n", landing_dir=self.root / "landing",
                table="memory.main.r",
            )  # fmt: skip
            rows = connection.execute("select * from memory.main.r").fetchall()
            changed = connection.execute("select count(*) from changed").fetchall()[0][0]
        found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        cells = {(r["adcode"], r["year"], r["column_name"]) for r in found}
        assert len(cells) == changed  # every changed cell has a cause
        assert "unexplained" not in {r["cause"] for r in found}
        for row in found:
            assert row["cause"] in CAUSES
            if row["column_name"] == "rsi" and row["difference"] is not None:
                told = sum(
                    r["amount"] for r in found
                    if (r["adcode"], r["year"], r["column_name"])
                    == (row["adcode"], row["year"], "rsi")
                )  # fmt: skip
                assert told == pytest.approx(row["difference"])
        return found

    def causes(self, column: str = "rsi") -> set[str]:
        return {r["cause"] for r in self.revisions() if r["column_name"] == column}


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path)


def land(root: Path, content: str, rows: Sequence[dict[str, Any]]) -> None:
    """A landing file of the month, superseded or not."""
    folder = root / "landing" / "sipo_patents" / f"landing_month={MONTH}"
    folder.mkdir(parents=True, exist_ok=True)
    names = list(landing_columns("sipo_patents"))
    schema = pa.schema([(n, pa.int64() if n == "source_row" else pa.string()) for n in names])
    records = [{**dict.fromkeys(names), **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(records, schema=schema), folder / f"{content}.parquet")


def test_two_equal_builds_have_no_revisions(releases):
    assert releases.revisions() == []


def test_a_new_record_adds_what_it_counts(releases):
    releases.change(
        patent("P4") + "update marts.fct_city_years set rsi = 3, intensive = 3.0, gpatent = 3, "
        "ln_rsi = ln(4) where year = 2013; "
        "update marts.fct_city_years set rsi_lag1 = 3 where year = 2014;"
    )
    found = releases.revisions()
    assert {(r["column_name"], r["cause"]) for r in found} == {
        (column, "new_record") for column in ("rsi", "intensive", "gpatent", "ln_rsi", "rsi_lag1")
    }
    (cell,) = [r for r in found if (r["adcode"], r["column_name"]) == ("A", "rsi")]
    assert (cell["old_value"], cell["new_value"], cell["amount"]) == ("2", "3", 1.0)
    assert cell["detail"] == "CNP4B"


def test_a_withdrawn_record(releases):
    releases.change(
        without("P2", "rsi", "extensive", "gpatent")
        + "delete from marts.fct_publications where application_id = 'P2';"
        + FEWER
    )
    assert releases.causes() == {"withdrawal"}


def test_a_corrected_record_is_seen_in_the_superseded_file(releases, tmp_path):
    """Only the address changed: no published column but the city shows it."""
    rows = [
        {"publication_no": f"CNP{n}B", "address": "A", "source_file": "f", "source_row": n,
         "raw_pointer": f"p{n}"}
        for n in (1, 2)
    ]  # fmt: skip
    land(tmp_path, "old", rows)
    land(tmp_path, "new", [rows[0], {**rows[1], "address": "C"}])
    releases.change(
        "update marts.fct_landed_months set content_id = 'new' where content_id = 'old';"
        "update marts.fct_application_applicants set adcode = 'C' "
        "where application_id = 'P2' and applicant_seq = 1;" + without("P2", "rsi") + FEWER
    )
    assert releases.causes() == {"correction"}


def test_another_place_by_a_rule_and_by_a_boundary(releases):
    moved = (
        "update marts.fct_application_applicants set adcode = 'C', city_rule = 'branch_rule' "
        "where application_id = 'P2' and applicant_seq = 2;" + without("P2", "rsi") + FEWER
    )
    releases.change(moved + "update meta.build_parts set part_hash = 'b' where part_kind='model';")
    assert releases.causes() == {"location"}
    releases.change("update meta.build_parts set part_hash = 'b' where part_name = 'divisions';")
    assert releases.causes() == {"boundary"}


def test_another_organisation_behind_a_name(releases):
    releases.change(
        "update marts.fct_application_applicants set entity_id = 'o9' "
        "where application_id = 'P2' and applicant_seq = 2;" + without("P2", "rsi") + FEWER
    )
    assert releases.causes() == {"rename"}


@pytest.mark.parametrize(
    "statement",
    [
        "update meta.method_settings set value = 'two' where name = 'inventory_edition'",
        "update meta.build_parts set part_hash = 'b' where part_name = 'ipc_green_inventory'",
    ],
)
def test_another_edition_of_the_inventory(releases, statement):
    releases.change(
        "update marts.fct_applications set is_green = false where application_id = 'P2';"
        + without("P2", "rsi") + FEWER + statement
    )  # fmt: skip
    assert releases.causes() == {"inventory_edition"}


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        (
            "update meta.method_settings set value = 'whole' where name = 'edge_counting'",
            "settings",
        ),
        ("update meta.build_parts set part_hash = 'b' where part_name = 'surnames'", "seed"),
        ("update meta.build_parts set part_hash = 'b' where part_name = 'int_city_pairs'", "code"),
        ("update meta.builds set package_versions = '{duckdb: 2}'", "code"),
    ],
)
def test_what_no_record_explains_is_due_to_what_differs_as_a_whole(releases, statement, cause):
    releases.change(without("P2", "rsi") + FEWER + statement)
    assert releases.causes() == {cause}


def test_an_event_of_another_type_and_a_new_one(releases):
    releases.change(
        "update marts.fct_assignments set transfer_type = 'merger' where assignment_id = 'E1';"
        + without("P3", "gtr") + "update marts.fct_city_years set gtr = 0 where adcode = 'A';"
    )  # fmt: skip
    assert releases.causes("gtr") == {"event_type"}
    releases.change(
        "insert into marts.fct_assignments values ('E2', 'P5', '1.2', '2013-07-05', 'sale', 2013, "
        "true, 'B', 'A'); insert into marts.fct_cell_applications values "
        "('gtr2', 'gtr', 'B', 2013, 'A', 'P5', 'E2', 1);"
        "update marts.fct_city_years set gtr = 1 where adcode = 'B' and year = 2013;"
    )
    found = {(r["adcode"], r["cause"]) for r in releases.revisions() if r["column_name"] == "gtr"}
    assert found == {("A", "event_type"), ("B", "new_record")}


def test_a_yearbook_that_was_printed_again(releases):
    releases.change(
        "update marts.fct_landed_months set content_id = 'y13b' where content_id = 'y13';"
        "update marts.fct_city_years set ln_pgdp = 10.7 where adcode = 'A' and year = 2013;"
    )
    (cell,) = releases.revisions()
    assert (cell["column_name"], cell["cause"]) == ("ln_pgdp", "correction")
    assert cell["detail"] == "citystat_city_years 2013-01"


def test_a_year_that_was_not_known(releases):
    releases.change("delete from marts.fct_city_years where year = 2014;", older=True)
    found = releases.revisions()
    assert {r["cause"] for r in found} == {"new_record"}
    assert ("A", 2014, "row") in {(r["adcode"], r["year"], r["column_name"]) for r in found}


def test_a_count_that_moves_between_patents_is_no_change(releases):
    """The partner is counted once: another patent bears it, the number stays."""
    releases.change(
        "update marts.fct_cell_applications set weight = 1 - weight where variable = 'extensive'"
    )
    assert releases.revisions() == []


def test_betweenness_follows_every_tie_of_the_year(releases):
    releases.change(
        "update marts.fct_city_years set copatent_betweenness = 0.1 where adcode = 'B' "
        "and year = 2013; delete from marts.fct_publications where application_id = 'P1';"
        "update marts.fct_city_years set extensive = 0 where adcode = 'A' and year = 2013;"
        "delete from marts.fct_cell_applications where variable = 'extensive' and adcode = 'A';"
    )
    assert releases.causes("copatent_betweenness") == {"withdrawal"}


def test_a_database_that_is_no_release_is_named(tmp_path):
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as o; attach ':memory:' as n")
        with pytest.raises(RevisionError, match=r"o has no table marts\.fct_city_years"):
            write_revisions(connection, old="o", new="n", landing_dir=None, table="memory.main.r")


def test_the_command_writes_a_summary_and_a_file(releases, tmp_path, monkeypatch):
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path))
    releases.change(
        without("P2", "rsi", "extensive", "gpatent")
        + "delete from marts.fct_publications where application_id = 'P2';"
        + FEWER
    )
    output = tmp_path / "changes.csv"
    arguments = [
        "--from",
        str(releases.older),
        "--to",
        str(releases.newer),
        "--output",
        str(output),
    ]
    done = CliRunner().invoke(revisions, arguments)
    assert done.exit_code == 0, done.output
    assert "8 cells of the panel differ, 0 of them unexplained" in done.output
    lines = output.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 9
    refused = CliRunner().invoke(revisions, [*arguments[:4], "--column", "rsii"])
    assert refused.exit_code == 2
    assert "the nearest is rsi" in refused.output
    unknown = CliRunner().invoke(revisions, ["--from", "17", *arguments[2:4]])
    assert unknown.exit_code == 1
    assert "'17' is no release" in unknown.output
