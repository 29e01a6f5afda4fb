"""Our tables in the layout of the audit: what holds is not found, what is broken is."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.audit import AuditRules
from analysis.own_audit import audit_findings, own_tables
from analysis.panel import baseline_table
from analysis.spatial_tables import SPECIFICATIONS, SpatialChoices, spatial_table
from analysis.specifications import BASELINE_TERMS, DURBIN_TERMS
from orchestration.settings import REPO_ROOT
from tests.unit.analysis.panels import cities, panel

VARIABLES = pl.read_csv(REPO_ROOT / "dbt_project/seeds/paper_variables.csv")
PRINTED = pl.read_csv(
    REPO_ROOT / "dbt_project/seeds/paper_printed_values.csv", infer_schema_length=0
)
DYNAMICS = pl.DataFrame(
    {
        "year": [2008, 2009],
        "n_partners": [4, 5],
        "n_kept": [None, 3],
        "n_new": [None, 2],
        "n_lost": [None, 1],
        "kept_percent": [None, 60.0],
        "new_percent": [None, 40.0],
        "lost_percent": [None, 25.0],
    }
)


@pytest.fixture(scope="module")
def parts() -> dict[str, pl.DataFrame]:
    data = panel().with_columns(
        *(pl.lit(1.0).alias(name) for name in ("extensive", "intensive", "gtr"))
    )
    data = data.with_columns(pl.col("rsi") * 0 + 1.0)
    return {
        "dynamics": DYNAMICS,
        "panel": data,
        "baseline": baseline_table(panel()),
        "spatial": spatial_table(
            panel(), cities(), SpatialChoices(draws=50), specifications=SPECIFICATIONS[:1]
        ),
        "variables": VARIABLES,
    }


def found(parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return audit_findings(
        PRINTED,
        own_tables(**parts),
        printed_rules=AuditRules(),
        own_rules=AuditRules(universe=36),
    )


def checks(table: pl.DataFrame, source: str = "ours") -> set[str]:
    held = table.filter((pl.col("source") == source) & (pl.col("verdict") == "fail"))
    return set(held["check_name"])


def test_our_tables_have_the_paper_s_cells(parts) -> None:
    own = own_tables(**parts)
    assert set(own["table"]) == {"table1", "table2", "table3", "table5"}
    third = own.filter((pl.col("table") == "table3") & (pl.col("column") == "(3) ln rsi"))
    assert third.filter(pl.col("statistic") == "coef").height == len(BASELINE_TERMS)
    total = own.filter((pl.col("table") == "table5") & (pl.col("column") == "(5) total"))
    assert total.filter(pl.col("statistic") == "coef").height == len(DURBIN_TERMS) + 1


def test_what_holds_is_not_found(parts) -> None:
    broken = {"T-01", "T-02", "T-09", "T-10", "percentage", "row_standardised", "stars"}
    assert checks(found(parts)) & broken == set()


def test_what_is_broken_is_found(parts) -> None:
    sums = DYNAMICS.with_columns(n_new=pl.Series([None, 3]))
    assert "T-01" in checks(found({**parts, "dynamics": sums}))
    crowd = DYNAMICS.with_columns(
        n_partners=pl.Series([30, 31]), n_kept=pl.Series([None, 3]), n_new=pl.Series([None, 28])
    )
    assert "T-02" in checks(found({**parts, "dynamics": crowd}))
    total = pl.when(pl.col("column_kind") == "total").then(pl.col("coef") + 1).otherwise("coef")
    assert "T-10" in checks(found({**parts, "spatial": parts["spatial"].with_columns(coef=total)}))
    starred = parts["baseline"].with_columns(stars=pl.lit("***"))
    assert "stars" in checks(found({**parts, "baseline": starred}))


def test_the_printed_tables_are_audited_beside(parts) -> None:
    table = found(parts)
    printed = table.filter((pl.col("source") == "printed") & (pl.col("table_name") == "table1"))
    years = printed.filter(pl.col("check_name") == "T-02")["year"].to_list()
    assert years == list(range(2013, 2021))
    assert set(printed.filter(pl.col("check_name") == "T-01")["year"]) == {2019, 2020}
    assert table.filter(pl.col("source") == "ours")["finding_no"].is_unique().all()


def test_tables_without_a_value_are_unavailable(parts) -> None:
    nothing = {name: frame.clear() for name, frame in parts.items() if name != "variables"}
    table = found({**nothing, "variables": VARIABLES})
    row = table.filter(pl.col("source") == "ours").to_dicts()
    assert [r["status"] for r in row] == ["unavailable"]
    assert row[0]["reason"] == "no table is there"
