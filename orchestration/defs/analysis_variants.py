"""Robustness, policies, measures of whole networks, and the audit of our own tables."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import polars as pl

from orchestration.analysis_assets import POOL, analysis_spec, stored
from orchestration.analysis_tables import empty_table, shaped
from orchestration.method import MethodSettings
from orchestration.progress import progress
from orchestration.resources import Warehouse

_CODE = "orchestration/defs/analysis_variants.py"


@dg.multi_asset(
    name="analysis_robustness",
    specs=[
        analysis_spec(
            "robustness_estimates",
            [
                ["marts", "fct_node_years"],
                ["marts", "dim_cities"],
                ["marts", "fct_cell_applications"],
                ["marts", "fct_joint_edge_patents"],
            ],
            "Variants of Tables 3 and 4 (稳健性检验): other errors, wild bootstrap of provincial "
            "regressors, PPML, other regressors and samples, dynamics.",
            "numpy",
        )
    ],
    pool=POOL,
)
def analysis_robustness(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Every variant of column (3) of Tables 3 and 4."""
    from analysis.robustness_tables import VariantChoices, robustness_table
    from analysis.specifications import BASELINE_TERMS

    progress().step("variants of the regressions")
    method = MethodSettings()
    columns = ", ".join(
        f"p.{name}" for name in ["ln_rsi", "ln_extensive", "ln_intensive", "rsi", *BASELINE_TERMS]
    )
    panel = warehouse.frame(
        # Green grants of a city without those that it shares with another one.
        "with solo as (select l.adcode, l.year, count(*) as n "
        "from marts.fct_cell_applications as l where l.variable = 'gpatent' and not exists ("
        "select 1 from marts.fct_joint_edge_patents as e "
        "where e.application_id = l.application_id and e.basis = 'grant') group by all) "
        f"select p.adcode, p.year, p.province_code, {columns}, p.in_sample, c.in_base_285, "
        "true as in_universe, coalesce(s.n, 0) as gpatent_solo from marts.fct_node_years as p "
        "left join marts.dim_cities as c on p.adcode = c.adcode "
        "left join solo as s on p.adcode = s.adcode and p.year = s.year "
        "order by p.adcode, p.year"
    )
    choices = {
        "lag_dummies": method.lag_dummies,
        "replications": method.bootstrap_replications,
        "seed": method.random_seed,
    }
    yield from stored(
        warehouse,
        ["robustness_estimates"],
        inputs={"panel": panel},
        choices=choices,
        code=["analysis.robustness_tables", _CODE],
        compute=lambda: {
            "robustness_estimates": robustness_table(
                panel,
                VariantChoices(
                    lag_dummies=method.lag_dummies,
                    replications=method.bootstrap_replications,
                    seed=method.random_seed,
                ),
            )
        },
    )


@dg.multi_asset(
    name="analysis_policies",
    specs=[
        analysis_spec(
            "event_studies",
            [["marts", "fct_city_years"]],
            "Event studies (事件研究) of high-speed rail and the three pilots, free of forbidden "
            "comparisons (Sun and Abraham 2021).",
            "numpy",
        ),
        analysis_spec(
            "bacon_weights",
            [["marts", "fct_city_years"]],
            "What the two-way coefficient of a policy compares (Goodman-Bacon 分解).",
            "numpy",
        ),
    ],
    pool=POOL,
)
def analysis_policies(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Policies that begin in different years."""
    from analysis.robustness_tables import OUTCOME, policy_tables
    from analysis.specifications import POLICIES

    progress().step("event studies of policies")
    method = MethodSettings()
    columns = ", ".join(f"p.{name}" for name in [OUTCOME, *POLICIES])
    panel = warehouse.frame(
        f"select p.adcode, p.year, p.in_sample, {columns} from marts.fct_city_years as p "
        "order by p.adcode, p.year"
    )

    def compute() -> dict[str, pl.DataFrame]:
        studies, comparisons = policy_tables(panel, window=method.event_window)
        return {"event_studies": studies, "bacon_weights": comparisons}

    yield from stored(
        warehouse,
        ["event_studies", "bacon_weights"],
        inputs={"panel": panel},
        choices={"window": method.event_window},
        code=["analysis.robustness_tables", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_networks",
    specs=[
        analysis_spec(
            name,
            [
                ["marts", "fct_joint_edges"],
                ["marts", "fct_transfer_edges"],
                ["intermediate", "int_universe_nodes"],
                ["intermediate", "int_panel_years"],
            ],
            text,
            "igraph",
        )
        for name, text in (
            (
                "city_network_measures",
                "Closeness, PageRank, strength, clustering, cores and communities (节点指标) of "
                "every city, year and network.",
            ),
            (
                "network_figures",
                "Figures of the whole network (整体网络指标) of every year: density, components, "
                "assortativity, modularity, core, small world.",
            ),
        )
    ],
    pool=POOL,
)
def analysis_networks(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Further measures of the joint-patent and the transfer network, by year."""
    from analysis.network_measures import yearly_network_measures

    progress().step("measures of networks")
    method = MethodSettings()
    joint = warehouse.frame(
        "select e.year, e.city_a as source, e.city_b as target, cast(e.n as double) as weight "
        "from marts.fct_joint_edges as e where e.basis = ? and e.counting = ? order by all",
        [method.edge_basis, method.edge_counting],
    )
    transfers = warehouse.frame(
        "select e.year, e.from_city as source, e.to_city as target, "
        "cast(sum(e.n) as double) as weight from marts.fct_transfer_edges as e "
        "where list_contains(?, e.type) and e.from_city <> e.to_city "
        "group by e.year, e.from_city, e.to_city order by all",
        [list(method.transfer_types)],
    )
    nodes = warehouse.frame(
        "select n.node_code from intermediate.int_universe_nodes as n order by all"
    )
    years = warehouse.frame("select y.year from intermediate.int_panel_years as y order by all")

    def compute() -> dict[str, pl.DataFrame]:
        cities = [empty_table("city_network_measures")]
        figures = [empty_table("network_figures")]
        if years.is_empty():
            return {"city_network_measures": cities[0], "network_figures": figures[0]}
        for name, edges, directed in (("copatent", joint, False), ("transfer", transfers, True)):
            found = yearly_network_measures(
                edges,
                nodes["node_code"].to_list(),
                years["year"].to_list(),
                directed=directed,
                weight="weight",
                seed=method.random_seed,
            )
            network = pl.lit(name).alias("network")
            nodes_of = found.nodes.rename({"node": "adcode"}).with_columns(network)
            cities.append(shaped(nodes_of, "city_network_measures"))
            figures.append(shaped(found.figures.with_columns(network), "network_figures"))
        return {
            "city_network_measures": pl.concat(cities),
            "network_figures": pl.concat(figures),
        }

    yield from stored(
        warehouse,
        ["city_network_measures", "network_figures"],
        inputs={"joint": joint, "transfers": transfers, "nodes": nodes, "years": years},
        choices={"seed": method.random_seed},
        code=["analysis.network_measures", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_audit",
    specs=[
        analysis_spec(
            "audit_findings",
            [
                ["marts", "fct_partner_dynamics"],
                ["marts", "fct_city_years"],
                ["analysis", "baseline_estimates"],
                ["analysis", "spatial_estimates"],
                ["staging", "stg_reference__paper_values"],
                ["staging", "stg_reference__paper_variables"],
            ],
            "Arithmetic checks (表格核验) of the paper's printed tables and of our own Tables 1 "
            "to 5.",
            "python",
        )
    ],
    pool=POOL,
)
def analysis_audit(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """The same audit on printed tables and on ours."""
    from analysis.audit import AuditRules
    from analysis.own_audit import audit_findings, own_tables
    from orchestration.commands.audit import PAPER_ACTIVE_NODES

    progress().step("audit of the tables")
    printed = warehouse.frame(
        "select v.table_name, v.column_label, v.variable, v.statistic, v.value_text as value "
        "from staging.stg_reference__paper_values as v "
        "order by v.table_name, v.column_label, v.variable, v.statistic"
    )
    variables = warehouse.frame(
        "select v.symbol, v.physical_column, v.label_zh, v.table3_symbol, v.table3_column "
        "from staging.stg_reference__paper_variables as v order by v.position"
    )
    columns = ", ".join(f"p.{name}" for name in variables["physical_column"].to_list())
    panel = warehouse.frame(
        f"select {columns}, p.n_network_nodes, p.n_active_copatent from marts.fct_city_years as p "
        "where p.in_sample order by p.adcode, p.year"
    )
    # Table 1 is of the city with the most partners in the last year.
    dynamics = warehouse.frame(
        "select d.year, d.n_partners, d.n_kept, d.n_new, d.n_lost, d.kept_percent, d.new_percent, "
        "d.lost_percent from marts.fct_partner_dynamics as d where d.basis = 'application' "
        "and d.adcode = (select h.adcode from marts.fct_partner_dynamics as h "
        "where h.basis = 'application' and h.n_partners > 0 "
        "order by h.year desc, h.n_partners desc, h.adcode limit 1) order by d.year"
    )
    baseline = warehouse.frame("select * from analysis.baseline_estimates as b order by all")
    spatial = warehouse.frame(
        "select e.* from analysis.spatial_estimates as e where e.specification = 'table5' "
        "order by e.column_no, e.term"
    )

    def compute() -> dict[str, pl.DataFrame]:
        nodes, active = panel["n_network_nodes"].max(), panel["n_active_copatent"].max()
        found = audit_findings(
            printed,
            own_tables(dynamics, panel, baseline, spatial, variables),
            printed_rules=AuditRules(active_nodes=PAPER_ACTIVE_NODES),
            own_rules=AuditRules(
                universe=int(str(nodes or AuditRules().universe)),
                active_nodes=None if active is None else int(str(active)),
            ),
        )
        return {"audit_findings": found}

    yield from stored(
        warehouse,
        ["audit_findings"],
        inputs={
            "printed": printed,
            "variables": variables,
            "panel": panel,
            "dynamics": dynamics,
            "baseline": baseline,
            "spatial": spatial,
        },
        choices={"printed_active_nodes": PAPER_ACTIVE_NODES},
        code=["analysis.own_audit", _CODE],
        compute=compute,
    )
