"""Analysis before the reports: linkage, centralities, indices, the regressions of Tables 3 and 4.

Each asset reads one or two tables, calls pure functions, writes Parquet files and their views; what
it was made from is hashed, and an equal hash reuses the files. What the data cannot carry comes
back as a typed table that says so; the build goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import polars as pl

from orchestration.analysis_assets import POOL, analysis_spec, stored
from orchestration.fingerprints import table_fingerprint
from orchestration.method import MethodSettings
from orchestration.progress import progress
from orchestration.resources import Warehouse

_CODE = "orchestration/defs/analysis.py"
_LINKED_FROM = [
    ["intermediate", "int_applicant_links"],
    ["intermediate", "int_applicant_residue"],
    ["intermediate", "int_applicant_decisions"],
    ["intermediate", "int_applicant_names_parsed"],
    ["intermediate", "int_applicant_uses"],
    ["seeds", "linkage_parameters"],
]


@dg.multi_asset(
    name="analysis_entities",
    specs=[
        analysis_spec(
            "applicant_entities",
            _LINKED_FROM,
            "Names that are one organisation (申请人归并): links of rules, of the model and of "
            "people put together, each with its rule and confidence.",
            "splink",
        ),
        analysis_spec(
            "applicant_pairs",
            _LINKED_FROM,
            "Pairs of organisation names that the linkage model weighed (待判定名称对): "
            "probability, evidence and what became of them.",
            "splink",
        ),
    ],
    pool=POOL,
)
def analysis_entities(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Entities of all organisation names that anything links to another one."""
    from orchestration.linkage import link_applicants

    progress().step("names that are one organisation")
    threshold = float(MethodSettings().min_link_probability)
    # Millions of names: the engine hashes them where they are.
    with warehouse.connect() as connection:
        inputs = {
            ".".join(key): table_fingerprint(connection, ".".join(key)).fingerprint
            for key in _LINKED_FROM
        }

    def compute() -> dict[str, pl.DataFrame]:
        with warehouse.connect() as connection:
            result = link_applicants(connection, threshold)
        return {"applicant_entities": result.entities, "applicant_pairs": result.pairs}

    yield from stored(
        warehouse,
        ["applicant_entities", "applicant_pairs"],
        inputs=inputs,
        choices={"min_link_probability": threshold},
        code=["orchestration/linkage.py", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_centralities",
    specs=[
        analysis_spec(
            "city_centralities",
            [
                ["marts", "fct_joint_edges"],
                ["marts", "fct_transfer_edges"],
                ["intermediate", "int_universe_nodes"],
                ["intermediate", "int_panel_years"],
            ],
            "Centralities (网络中心性) of every city and year: degree (度数中心度) and betweenness "
            "(中介中心度) in the joint-patent and the transfer network, shares in [0, 1], "
            "N stated as a column.",
            "igraph",
        )
    ],
    pool=POOL,
)
def analysis_centralities(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Five centralities of each city in the yearly networks of the method settings."""
    from analysis.api import city_centralities

    progress().step("network centralities")
    method = MethodSettings()
    joint = warehouse.frame(
        "select e.year, e.city_a, e.city_b from marts.fct_joint_edges as e "
        "where e.basis = ? and e.counting = ? order by all",
        [method.edge_basis, method.edge_counting],
    )
    transfers = warehouse.frame(
        "select distinct e.year, e.from_city, e.to_city from marts.fct_transfer_edges as e "
        "where list_contains(?, e.type) and e.from_city <> e.to_city order by all",
        [list(method.transfer_types)],
    )
    nodes = warehouse.frame(
        "select n.node_code from intermediate.int_universe_nodes as n order by all"
    )
    years = warehouse.frame("select y.year from intermediate.int_panel_years as y order by all")
    yield from stored(
        warehouse,
        ["city_centralities"],
        inputs={"joint": joint, "transfers": transfers, "nodes": nodes, "years": years},
        choices={"centrality_nodes": method.centrality_nodes},
        code=["analysis.network", _CODE],
        compute=lambda: {
            "city_centralities": city_centralities(
                joint,
                transfers,
                nodes["node_code"].to_list(),
                years["year"].to_list(),
                n_basis=method.centrality_nodes,
            )
        },
    )


@dg.multi_asset(
    name="analysis_indices",
    specs=[
        analysis_spec(
            "city_indices",
            [["intermediate", "int_city_covariates"]],
            "Digital economy (数字经济 dige, first principal component) and environmental "
            "regulation (环境规制 er, entropy weights) of every city-year with yearbook values.",
            "numpy",
        ),
        analysis_spec(
            "index_loadings",
            [["intermediate", "int_city_covariates"]],
            "Loadings and weights (载荷与权重) behind both indices, or why one is unavailable.",
            "numpy",
        ),
        analysis_spec(
            "filled_cells",
            [["intermediate", "int_city_covariates"]],
            "Rates of er that were interpolated or extrapolated (插值与外推), and clipped ones.",
            "numpy",
        ),
        analysis_spec(
            "index_variants",
            [["intermediate", "int_city_covariates"]],
            "Both indices under every other choice of standardisation, score and gap filling.",
            "numpy",
        ),
    ],
    pool=POOL,
)
def analysis_indices(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Both indices of the city panel, from the yearbook columns as published."""
    from analysis.api import (
        DIGITAL_INDICATORS,
        ENVIRONMENT_INDICATORS,
        GAP_STAGES,
        city_indices,
        index_variants,
    )

    progress().step("city indices")
    method = MethodSettings()
    wanted = ", ".join(["adcode", "year", *DIGITAL_INDICATORS, *ENVIRONMENT_INDICATORS])
    covariates = warehouse.frame(
        f"select {wanted} from intermediate.int_city_covariates order by year, adcode"
    )
    choices = {
        "er_clip": method.er_clip,
        "er_gap_stage": method.er_gap_stage,
        "er_scaling": method.er_scaling,
        "dige_standardisation": method.dige_standardisation,
        "dige_score": method.dige_score,
        "dige_sign": method.dige_sign,
    }

    def compute() -> dict[str, pl.DataFrame]:
        result = city_indices(
            covariates,
            er_clip=method.er_clip,
            gap_stage=GAP_STAGES[method.er_gap_stage],
            er_scaling=method.er_scaling,
            dige_standardisation=method.dige_standardisation,
            dige_score=method.dige_score,
            dige_sign=method.dige_sign,
        )
        return {
            "city_indices": result.indices,
            "index_loadings": result.loadings,
            "filled_cells": result.filled,
            "index_variants": index_variants(covariates),
        }

    yield from stored(
        warehouse,
        ["city_indices", "index_loadings", "filled_cells", "index_variants"],
        inputs={"covariates": covariates},
        choices=choices,
        code=["analysis.indices", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_baseline",
    specs=[
        analysis_spec(
            "baseline_estimates",
            [["marts", "fct_city_years"]],
            "Two-way fixed-effects regressions (基准回归) of Tables 3 and 4, errors clustered by "
            "city (聚类到城市); one row with a reason where the panel cannot carry them.",
            "linearmodels",
        )
    ],
    pool=POOL,
)
def analysis_baseline(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Three nested regressions of rsi and of both margins under the method settings."""
    from analysis.api import baseline_table
    from analysis.panel import BASELINE_STEPS

    progress().step("regressions of Tables 3 and 4")
    method = MethodSettings()
    outcomes = {
        "ln_rsi": ("table3", 0),
        "ln_extensive": ("table4", 0),
        "ln_intensive": ("table4", 3),
    }
    wanted = [name for step in BASELINE_STEPS for name in step]
    columns = ", ".join(f"p.{column}" for column in [*outcomes, *wanted])
    panel = warehouse.frame(
        f"select p.adcode, p.year, p.in_sample, {columns} from marts.fct_city_years as p "
        "order by p.adcode, p.year"
    )

    def compute() -> dict[str, pl.DataFrame]:
        tables = []
        for outcome, (table, shift) in outcomes.items():
            found = baseline_table(
                panel,
                outcome=outcome,
                table_name=table,
                lag_dummies=method.lag_dummies,
                cluster_convention=method.cluster_convention,
            )
            moved = pl.when(pl.col("column_no") > 0).then(pl.col("column_no") + shift)
            tables.append(found.with_columns(moved.otherwise(0).alias("column_no")))
        return {"baseline_estimates": pl.concat(tables)}

    yield from stored(
        warehouse,
        ["baseline_estimates"],
        inputs={"panel": panel},
        choices={
            "lag_dummies": method.lag_dummies,
            "cluster_convention": method.cluster_convention,
        },
        code=["analysis.panel", _CODE],
        compute=compute,
    )
