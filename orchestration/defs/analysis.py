"""Analysis: read one or two tables, call one pure function, write one Parquet file and its view.

What the data cannot carry comes back as a typed table that says so; the build goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import polars as pl

from orchestration.analysis_tables import ANALYSIS_TABLES, create_view, write_table
from orchestration.method import MethodSettings
from orchestration.progress import progress
from orchestration.resources import Warehouse
from orchestration.settings import settings

POOL = "duckdb_writer"
KINDS = {"python", "parquet"}
_LINKED_FROM = [
    ["intermediate", "int_applicant_links"],
    ["intermediate", "int_applicant_residue"],
    ["intermediate", "int_applicant_decisions"],
    ["intermediate", "int_applicant_names_parsed"],
    ["intermediate", "int_applicant_uses"],
    ["seeds", "linkage_parameters"],
]


def _columns(name: str) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(c, kind) for c, kind in ANALYSIS_TABLES[name].items()])


def _spec(name: str, deps: list[list[str]], description: str, kind: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=["analysis", name],
        deps=deps,
        description=description,
        group_name="analysis",
        kinds={*KINDS, kind},
        metadata={"dagster/column_schema": _columns(name)},
    )


def _store(warehouse: Warehouse, name: str, frame: pl.DataFrame) -> dg.MaterializeResult[None]:
    path = write_table(frame, name, settings().analysis_dir)
    with warehouse.connect(read_only=False) as connection:
        create_view(connection, name, path)
    return dg.MaterializeResult(
        asset_key=["analysis", name],
        metadata={"dagster/row_count": frame.height, "path": dg.MetadataValue.path(path)},
    )


@dg.multi_asset(
    name="analysis_entities",
    specs=[
        _spec(
            "applicant_entities",
            _LINKED_FROM,
            "Names that are one organisation (申请人归并): links of rules, of the model and of "
            "people put together, each with its rule and confidence.",
            "splink",
        ),
        _spec(
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
    with warehouse.connect() as connection:
        result = link_applicants(connection, float(MethodSettings().min_link_probability))
    yield _store(warehouse, "applicant_entities", result.entities)
    yield _store(warehouse, "applicant_pairs", result.pairs)


@dg.multi_asset(
    name="analysis_centralities",
    specs=[
        _spec(
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
    result = city_centralities(
        joint,
        transfers,
        nodes["node_code"].to_list(),
        years["year"].to_list(),
        n_basis=method.centrality_nodes,
    )
    yield _store(warehouse, "city_centralities", result)


@dg.multi_asset(
    name="analysis_indices",
    specs=[
        _spec(
            "city_indices",
            [["intermediate", "int_city_covariates"]],
            "Digital economy (数字经济 dige, first principal component) and environmental "
            "regulation (环境规制 er, entropy weights) of every city-year with yearbook values.",
            "numpy",
        ),
        _spec(
            "index_loadings",
            [["intermediate", "int_city_covariates"]],
            "Loadings and weights (载荷与权重) behind both indices, or why one is unavailable.",
            "numpy",
        ),
        _spec(
            "filled_cells",
            [["intermediate", "int_city_covariates"]],
            "Rates of er that were interpolated or extrapolated (插值与外推), and clipped ones.",
            "numpy",
        ),
        _spec(
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
    result = city_indices(
        covariates,
        er_clip=method.er_clip,
        gap_stage=GAP_STAGES[method.er_gap_stage],
        er_scaling=method.er_scaling,
        dige_standardisation=method.dige_standardisation,
        dige_score=method.dige_score,
        dige_sign=method.dige_sign,
    )
    yield _store(warehouse, "city_indices", result.indices)
    yield _store(warehouse, "index_loadings", result.loadings)
    yield _store(warehouse, "filled_cells", result.filled)
    yield _store(warehouse, "index_variants", index_variants(covariates))


@dg.multi_asset(
    name="analysis_baseline",
    specs=[
        _spec(
            "baseline_estimates",
            [["marts", "fct_city_years"]],
            "Baseline two-way fixed-effects regressions (基准回归) of Table 3, errors clustered by "
            "city (聚类到城市); one row with a reason where the panel cannot carry them.",
            "linearmodels",
        )
    ],
    pool=POOL,
)
def analysis_baseline(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Three nested regressions on the city-year panel under the method settings."""
    from analysis.api import baseline_table

    progress().step("baseline regression")
    method = MethodSettings()
    panel = warehouse.frame("select * from marts.fct_city_years order by adcode, year")
    result = baseline_table(
        panel, lag_dummies=method.lag_dummies, cluster_convention=method.cluster_convention
    )
    yield _store(warehouse, "baseline_estimates", result)
