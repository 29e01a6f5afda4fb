"""SQL of the models as Spark reads it: what is written differently, what is refused."""

from __future__ import annotations

import re

import pytest

from tests.transpile import (
    EXCEPTIONS,
    Exemption,
    Statement,
    findings,
    judged,
    read_exemptions,
    transpiled,
)


def one_line(sql: str) -> str:
    text = re.sub(r"[ \n]+", " ", transpiled(sql))
    return re.sub(r"(?<=\() | (?=\))", "", text)


def rules(sql: str) -> set[str]:
    return {finding.rule for finding in findings(Statement("model", "models/model.sql", sql))}


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        # references of a replacement, classes of a pattern
        (r"regexp_replace(t.a, '^(x)y$', '\1z')", "REGEXP_REPLACE(t.a, '^(x)y$', '$1z')"),
        ("regexp_replace(t.a, 'x', '$', 'g')", r"REGEXP_REPLACE(t.a, 'x', '\\$')"),
        (r"regexp_matches(t.a, '\p{Han}')", r"t.a RLIKE '\\p{IsHan}'"),
        # the first match only
        (
            r"regexp_replace(t.a, '(b)c', '\1')",
            "REGEXP_REPLACE(t.a, '^((?s:.*?))(?:(b)c)', '$1$2')",
        ),
        ("regexp_extract(t.a, 'b(c)')", "REGEXP_EXTRACT(t.a, 'b(c)', 0)"),
        # positions in lists, and their lengths
        ("t.a[1]", "t.a[0]"),
        ("t.a[-1]", "TRY_ELEMENT_AT(t.a, -1)"),
        ("t.a[t.i]", "TRY_ELEMENT_AT(t.a, t.i)"),
        ("len(t.a)", "SIZE(t.a)"),
        ("length(t.a)", "LENGTH(t.a)"),
        # nulls
        ("arg_max(t.a, t.b)", "MAX_BY(t.a, t.b) FILTER(WHERE NOT (t.a) IS NULL)"),
        (
            "arg_min(t.a, t.b) filter (where t.c)",
            "MIN_BY(t.a, t.b) FILTER(WHERE (t.c) AND NOT (t.a) IS NULL)",
        ),
        ("chr(8194)", "'\u2002'"),
        # the first half of a digest, the lowest byte first
        (
            "md5_number_upper(t.a)",
            "CAST(CONV(CONCAT("
            + ", ".join(f"SUBSTRING(MD5(t.a), {start}, 2)" for start in range(15, 0, -2))
            + "), 16, 10) AS DECIMAL(20, 0))",
        ),
        (
            "list_reduce(list_prepend(0, t.a), lambda x, y : x + y)",
            "AGGREGATE(t.a, 0, (x, y) -> x + y)",
        ),
        (
            "list_reduce(t.a, lambda x, y : x + y)",
            "AGGREGATE(SLICE(t.a, 2, SIZE(t.a)), TRY_ELEMENT_AT(t.a, 1), (x, y) -> x + y)",
        ),
        ("list_slice(t.a, 2, 3)", "SLICE(t.a, 2, GREATEST(0, (3) - (2) + 1))"),
        ("list_extract(t.a, t.i)", "TRY_ELEMENT_AT(t.a, t.i)"),
        ("list_position(t.a, 1)", "NULLIF(ARRAY_POSITION(t.a, 1), 0)"),
        (
            "list_sum(t.a)",
            "IF(SIZE(t.a) = 0, NULL, AGGREGATE(t.a, CAST(0 AS BIGINT), (a, e) -> a + "
            "COALESCE(e, 0)))",
        ),
        (
            "quantile_disc(t.a, 0.95)",
            "PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY t.a NULLS LAST)",
        ),
        ("t.a // 2", "t.a DIV 2"),
    ],
)
def test_what_would_change_its_meaning_is_written_differently(duckdb, spark):
    assert one_line(f"select {duckdb} as x from t") == f"SELECT {spark} AS x FROM t"


def test_a_list_keeps_order_and_nulls_and_is_null_when_empty():
    listed = "TRANSFORM(ARRAY_SORT(COLLECT_LIST(STRUCT(t.b AS k0, t.a AS v))), e -> e.v)"
    assert one_line("select list(t.a order by t.b) as x from t") == (
        f"SELECT IF(SIZE({listed}) = 0, NULL, {listed}) AS x FROM t"
    )


def test_a_list_of_distinct_values_keeps_its_null():
    listed = (
        "TRANSFORM(ARRAY_SORT(COLLECT_LIST(DISTINCT STRUCT(t.a AS v)) FILTER(WHERE t.b)), e -> e.v)"
    )
    sql = "select list(distinct t.a order by t.a) filter (where t.b) as x from t"
    assert one_line(sql) == f"SELECT IF(SIZE({listed}) = 0, NULL, {listed}) AS x FROM t"


def test_a_list_and_its_positions_become_one_lateral_view():
    assert one_line("select t.k, unnest(t.a) as x, generate_subscripts(t.a, 1) as n from t") == (
        "SELECT t.k, unnested.element AS x, (unnested.place + 1) AS n FROM t "
        "LATERAL VIEW POSEXPLODE(t.a) unnested AS place, element"
    )


def test_lists_side_by_side_are_filled_up():
    text = one_line("select unnest(t.a) as x, unnest(t.b) as y from t")
    assert "TRY_ELEMENT_AT(t.b, unnested.place + 1) AS y" in text
    assert "POSEXPLODE(ARRAYS_ZIP(COALESCE(t.a, ARRAY()), COALESCE(t.b, ARRAY())))" in text


def test_one_list_as_a_whole_column_stays_a_column():
    assert one_line("select unnest(t.a) as x from t") == "SELECT EXPLODE(t.a) AS x FROM t"


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("select t.a from t asof join u on t.a >= u.a", "asof_join"),
        ("select regexp_replace(t.a, t.b, 'c') as x from t", "regexp_replace_first"),
        ("select regexp_replace(t.a, 'b', 'c', 'gi') as x from t", "regexp_modifiers"),
        ("select regexp_matches(t.a, '[[:alpha:]]') as x from t", "regex_of_re2"),
        ("select list(distinct t.a order by t.b) as x from t", "order_of_list"),
        ("select list(t.a order by t.b desc) as x from t", "order_of_list"),
        ("select list(t.a) over (partition by t.b) as x from t", "order_of_list"),
        ("select t.a[2:3] as x from t", "part_of_list"),
        ("select left(t.a, -1) as x from t", "negative_left"),
        ("select log(t.a) as x from t", "decimal_logarithm"),
        ("select r.y from range(1, 3) as r(y)", "function_as_table"),
        ("select c.a from read_csv('x.csv') as c", "file_is_read"),
        ("select list_aggregate(t.a, 'max') as x from t", "unknown_function"),
        ("select nfc_normalize(t.a) as x from t", "unknown_function"),
        ("select from where", "unreadable"),
    ],
)
def test_what_spark_lacks_or_reads_otherwise_is_found(sql, rule):
    assert rule in rules(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select coalesce(t.a, 'x') || md5(t.b) as x from t where t.a in ('y', 'z')",
        "select regexp_replace(t.a, if(t.c, '^a', '^(b|c)'), '') as x from t",
        "select t.a, count(*) filter (where t.b) as n from t group by t.a having count(*) > 1",
        "select v.a from (values ('x'), ('y')) as v(a)",
        "with a as (select 1 as x) select a.x from a where exists (select 1 from t)",
        "select row_number() over (partition by t.a order by t.b) as n from t",
    ],
)
def test_what_both_engines_read_alike_passes(sql):
    assert rules(sql) == set()


def test_an_exception_allows_its_finding_and_a_stale_one_is_reported():
    statements = [Statement("m", "m.sql", "select log(t.a) as x, nfc_normalize(t.a) as y from t")]
    logarithm = Exemption("m", "decimal_logarithm", "because")
    function = Exemption("nfc_normalize", "unknown_function", "registered")
    stale = Exemption("m", "asof_join", "was needed once")
    found, unneeded = judged(statements, [logarithm, function, stale])
    assert (found, unneeded) == ([], [stale])
    found, _ = judged(statements, [function])
    assert [(finding.name, finding.rule) for finding in found] == [("m", "decimal_logarithm")]


def test_every_exception_has_a_reason():
    exemptions = read_exemptions(EXCEPTIONS)
    assert exemptions
    assert [e for e in exemptions if len(e.reason) < 20] == []
