"""Column lineage of compiled models."""

from __future__ import annotations

import pytest
from sqlglot.errors import SqlglotError

from orchestration.relation_metadata import column_sources

PARENTS = {
    "raw.sipo_patents": {"publication_no": "VARCHAR", "ipc": "VARCHAR", "day": "DATE"},
    "seeds.cities": {"adcode": "VARCHAR", "name": "VARCHAR"},
}


def test_columns_are_followed_through_cte_join_and_unnest() -> None:
    sql = """
    with parsed as (
        select p.publication_no as no, unnest(string_split(p.ipc, ';')) as symbol
        from "warehouse"."raw"."sipo_patents" as p
    ),
    located as (select q.no, upper(q.symbol) as symbol, c.name from parsed as q
        left join "warehouse"."seeds"."cities" as c on c.adcode = q.no)
    select l.no, l.symbol, l.no || l.name as both, count(*) as n from located as l group by all
    """
    assert column_sources(sql, PARENTS) == {
        "no": {("raw.sipo_patents", "publication_no")},
        "symbol": {("raw.sipo_patents", "ipc")},
        "both": {("raw.sipo_patents", "publication_no"), ("seeds.cities", "name")},
        "n": set(),
    }


def test_a_star_is_spelt_out_by_the_columns_of_the_parent() -> None:
    sql = "select * from raw.sipo_patents"
    assert column_sources(sql, PARENTS) == {
        name: {("raw.sipo_patents", name)} for name in PARENTS["raw.sipo_patents"]
    }


def test_a_union_takes_from_both_sides() -> None:
    sql = """
    select p.ipc as x from raw.sipo_patents as p
    union all select c.name from seeds.cities as c
    """
    assert column_sources(sql, PARENTS) == {
        "x": {("raw.sipo_patents", "ipc"), ("seeds.cities", "name")}
    }


def test_what_is_no_query_is_refused() -> None:
    with pytest.raises(SqlglotError):
        column_sources("select from where", PARENTS)


def test_columns_of_a_file_have_no_source_and_stop_nothing() -> None:
    """A table of the user's own in place of a seed is read from its file."""
    sql = """
    with source as (
        select i.*, c.name as edition from seeds.cities as c
        cross join read_csv('/own.csv', header = true, all_varchar = true) as i
    )
    select s.topic, s.edition from source as s
    """
    found = column_sources(sql, PARENTS)
    assert found == {"topic": set(), "edition": {("seeds.cities", "name")}}
