"""The audit against the paper's known defects, and against papers whose defects were put in."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.api import AnalysisError, AuditRules, audit_tables
from analysis.audit import printed
from tests.papers import DEFECTS, clean_paper


@pytest.fixture(scope="session")
def findings(shared):
    folder = shared / "reference" / "paper"
    values = pl.concat(
        [pl.read_csv(folder / f"paper_table{n}.csv", infer_schema=False) for n in range(1, 6)]
    )
    return audit_tables(values, AuditRules(universe=278, active_nodes=302))


def years(findings, check):
    return sorted({item.year for item in findings if item.check == check})


def test_partner_identities_fail_in_two_years_only(findings):
    assert years(findings, "T-01") == [2019, 2020]
    assert years(findings, "T-02") == list(range(2013, 2021))
    assert years(findings, "wrong_denominator") == [2019]


def test_every_defect_that_tables_can_show_is_found(findings):
    found = {item.defect for item in findings if item.defect}
    assert found == {
        *(f"D-{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17)),
        *("D-23", "D-24", "D-28", "D-29", "D-30"),
    }
    assert {item.check for item in findings if item.defect == "D-23"} == {"T-03"}
    (degrees,) = [item for item in findings if item.check == "T-03"]
    assert "N = 341" in degrees.computed
    logs = {(item.check, item.row) for item in findings if item.defect in ("D-06", "D-07", "D-08")}
    assert logs >= {
        ("total_for_per_head", "ln_pgdp"), ("log_base", "ln_fdi"), ("ratio_for_log", "ln_tech"),
    }  # fmt: skip


def test_no_star_of_the_paper_is_contradicted(findings):
    assert not [item for item in findings if item.check == "stars" and item.verdict == "fail"]
    borderline = {
        (item.table, item.row, item.column.split()[0])
        for item in findings
        if item.check == "stars" and item.verdict == "undecidable"
    }
    assert borderline == {
        ("table3", "ins", "(2)"), ("table3", "ins", "(3)"), ("table3", "dige", "(3)"),
        ("table3", "gjs", "(3)"), ("table4", "HSR", "(1)"), ("table4", "ins", "(2)"),
        ("table4", "ins", "(3)"), ("table4", "ins", "(5)"), ("table4", "ins", "(6)"),
        ("table4", "ln_gtr", "(4)"), ("table4", "ln_gtr", "(5)"), ("table5", "HSR", "(1)"),
        ("table5", "fin", "(2)"),
    }  # fmt: skip


def test_one_feedback_explains_table_5(findings):
    (note,) = [item for item in findings if item.check == "feedback_of_weights"]
    assert float(note.computed.split()[-1]) == pytest.approx(0.0147, abs=0.0008)


def contradictions(paper):
    found = audit_tables(paper.frame(), AuditRules(universe=paper.n_cities))
    return {item.check for item in found if item.verdict == "fail"}


@pytest.mark.parametrize("block", range(4))
def test_clean_papers_raise_no_alarm(block):
    alarms = {
        seed: found
        for seed in range(25 * block, 25 * (block + 1))
        if (found := contradictions(clean_paper(seed)))
    }
    assert alarms == {}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_that_was_put_in_is_found(name):
    check, inject = DEFECTS[name]
    for variant in range(6):
        paper = clean_paper(10_000 + variant)
        assert check not in contradictions(paper)
        inject(paper)
        assert check in contradictions(paper), variant


@given(
    st.floats(-1e6, 1e6).map(lambda value: round(value, 6)),
    st.integers(0, 5),
)
def test_a_printed_number_holds_what_was_rounded(value, places):
    interval = printed(f"{value:.{places}f}")
    assert interval.low - 1e-9 <= value <= interval.high + 1e-9 or places == 0
    if places:
        assert interval.half == pytest.approx(0.5 * 10.0**-places, rel=1e-3)


def test_words_are_no_numbers():
    assert printed("——") is None
    assert printed("yes") is None
    assert printed("−1.50").middle == pytest.approx(-1.5)
    assert printed("1,234").middle == 1234
    assert printed(0.25).holds(0.25)
    assert not printed(0.25).holds(0.2501)


def test_values_that_cannot_be_read_are_named():
    columns = ["table", "column", "variable", "statistic", "value"]
    row = ("table1", "2007", "C_n", "count")
    with pytest.raises(AnalysisError, match=r"no number: 'many' at table1, 2007, C_n, count"):
        audit_tables(pl.DataFrame([(*row, "many")], schema=columns, orient="row"))
    with pytest.raises(AnalysisError, match="given twice: table1, 2007"):
        audit_tables(pl.DataFrame([(*row, "1"), (*row, "1")], schema=columns, orient="row"))
    with pytest.raises(AnalysisError, match=r"missing columns \['value'\]"):
        audit_tables(pl.DataFrame([row], schema=columns[:-1], orient="row"))
    assert audit_tables(pl.DataFrame([], schema=dict.fromkeys(columns, pl.String))) == ()
