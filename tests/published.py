"""A published database as the report sees it: invented numbers on the real map, small or empty.

make_published(tmp_path / "published.duckdb")
make_published(tmp_path / "published.duckdb", rows=False, synthetic=False)
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import duckdb
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
YEARS = range(2016, 2021)

# The columns the report reads, as the models of the warehouse declare them.
DDL = """
create schema marts; create schema reports; create schema meta;
create table marts.dim_cities (adcode varchar, city_name varchar, short_name varchar,
  name_en varchar, latitude double, longitude double, province_name_en varchar);
create table marts.fct_joint_edges (year integer, city_a varchar, city_b varchar, basis varchar,
  counting varchar, n decimal(18, 6), confidence decimal(4, 2));
create table marts.fct_transfer_edges (year integer, from_city varchar, to_city varchar,
  type varchar, n decimal(18, 6), confidence decimal(4, 2));
create table marts.fct_city_years (adcode varchar, year integer, in_sample boolean,
  rsi decimal(18, 6), extensive integer, intensive double);
create table marts.fct_applications (application_id varchar);
create table marts.fct_publications (publication_id varchar);
create table marts.fct_assignments (assignment_id varchar);
create table marts.dim_applicants (applicant_id varchar);
create table marts.rejections (source_file varchar, source_row bigint, field varchar,
  value varchar, reason varchar, rule varchar, raw_pointer varchar);
create table meta.builds (build_id varchar, settings_hash varchar, landed_rows bigint,
  first_month varchar, last_month varchar, is_synthetic boolean, greenties_version varchar);
create table meta.method_settings (name varchar, question varchar, value varchar,
  description varchar);
create table meta.table_fingerprints (build_id varchar, table_name varchar, row_count bigint,
  fingerprint varchar, excluded_columns varchar, settings_hash varchar);
"""

REPORTS = """
create table reports.rpt_table1_partner_dynamics (adcode varchar, city_name varchar, basis varchar,
  year integer, n_partners integer, n_kept integer, kept_percent decimal(4, 1), n_new integer,
  new_percent decimal(4, 1), n_lost integer, lost_percent decimal(4, 1), paper_n_partners integer,
  paper_n_kept integer, paper_kept_percent decimal(4, 1), paper_n_new integer,
  paper_new_percent decimal(4, 1), paper_n_lost integer, paper_lost_percent decimal(4, 1),
  paper_defects varchar, is_synthetic boolean);
create table reports.rpt_table2_descriptives (position integer, block varchar, label_zh varchar,
  label_en varchar, symbol varchar, physical_column varchar, unit varchar, n bigint, mean double,
  sd double, min double, max double, paper_label_zh varchar, paper_n bigint,
  paper_mean double, paper_sd double,
  paper_min double, paper_max double, paper_defects varchar, paper_note varchar,
  is_synthetic boolean);
create table reports.rpt_table3_baseline (column_no integer, position integer, term varchar,
  label_zh varchar, label_en varchar, outcome varchar, coef double, std_error double, t_stat double,
  p_value double, stars varchar, coef_text varchar, se_text varchar, n_obs bigint,
  n_entities bigint, n_periods bigint, r2_adj double, r2_within double, cluster_convention varchar,
  note varchar, status varchar, reason varchar, paper_coef double, paper_std_error double,
  paper_stars varchar, paper_coef_text varchar, paper_se_text varchar, paper_n_obs bigint,
  paper_r2_adj double, paper_defects varchar, paper_note varchar, is_synthetic boolean);
create table reports.rpt_table4_margins (column_no integer, position integer, term varchar,
  label_zh varchar, label_en varchar, outcome varchar, coef double, std_error double, t_stat double,
  p_value double, stars varchar, coef_text varchar, se_text varchar, n_obs bigint,
  n_entities bigint, n_periods bigint, r2_adj double, r2_within double, cluster_convention varchar,
  note varchar, status varchar, reason varchar, paper_coef double, paper_std_error double,
  paper_stars varchar, paper_coef_text varchar, paper_se_text varchar, paper_n_obs bigint,
  paper_r2_adj double, paper_defects varchar, paper_note varchar, is_synthetic boolean);
create table reports.rpt_table5_spatial (specification varchar, column_no integer,
  column_kind varchar, position integer, term varchar, symbol varchar, label_zh varchar,
  label_en varchar, coef double, std_error double, z_stat double, p_value double, stars varchar,
  coef_text varchar, se_text varchar, estimate_closed_form double, se_delta double,
  std_error_cluster double, p_value_cluster double, stars_cluster varchar, rho double,
  rho_se double, rho_p double, rho_stars varchar, rho_se_cluster double, n_obs bigint,
  n_entities bigint, n_periods bigint, r2 double, r2_within double, r2_between double,
  r2_overall double, log_likelihood double, mean_feedback double, effects varchar, leeyu boolean,
  information varchar, draws bigint, seed bigint, weights_kind varchar,
  weights_fingerprint varchar, note varchar, status varchar, reason varchar, paper_coef double,
  paper_std_error double, paper_stars varchar, paper_coef_text varchar, paper_se_text varchar,
  paper_rho double, paper_rho_se double, paper_rho_stars varchar, paper_n_obs bigint,
  paper_r2 double, paper_defects varchar, paper_note varchar, is_synthetic boolean);
create table reports.rpt_spatial_tests (position integer, family varchar, test_name varchar,
  label_zh varchar, label_en varchar, effects varchar, statistic double, df bigint,
  p_value double, stars varchar, valid_for varchar, note varchar, status varchar, reason varchar,
  is_synthetic boolean);
create table reports.rpt_moran_by_year (year integer, variable varchar, weights_kind varchar,
  n bigint, statistic double, expectation double, sd double, z double, p_greater double,
  p_two_sided double, p_permutation double, n_permutations bigint, seed bigint,
  paper_statistic double, status varchar, reason varchar, is_synthetic boolean);
create table reports.rpt_moran_cities (year integer, variable varchar, weights_kind varchar,
  adcode varchar, city_name varchar, value double, standardised double, spatial_lag double,
  local_i double, quadrant varchar, p_value double, is_significant boolean,
  is_synthetic boolean);
create table reports.rpt_joint_series (level varchar, adcode varchar, city_name varchar,
  year integer, n_applications bigint, n_grants bigint, is_synthetic boolean);
create table reports.rpt_partner_lists (adcode varchar, city_name varchar, basis varchar,
  year integer, state varchar, n bigint, partners varchar, is_synthetic boolean);
create table reports.rpt_text_facts (position integer, fact_zh varchar, fact_en varchar,
  ours_text varchar, paper_text varchar, status varchar, reason varchar, is_synthetic boolean);
create table reports.rpt_robustness (family varchar, specification varchar, label_zh varchar,
  label_en varchar, outcome varchar, term varchar, symbol varchar, coef double, std_error double,
  statistic double, p_value double, stars varchar, n_obs bigint, n_entities bigint,
  n_clusters bigint, se_kind varchar, cluster_by varchar, note varchar, status varchar,
  reason varchar, is_synthetic boolean);
create table reports.rpt_event_studies (policy varchar, outcome varchar, event_time bigint,
  coef double, std_error double, p_value double, n_cells bigint, is_base boolean,
  pretrend_p double, overall double, overall_se double, twoways_coef double, twoways_se double,
  status varchar, reason varchar, is_synthetic boolean);
create table reports.rpt_bacon_weights (policy varchar, outcome varchar, kind varchar,
  weight double, estimate double, n_pairs bigint, status varchar, reason varchar,
  is_synthetic boolean);
create table reports.rpt_network_figures (network varchar, year integer, measure varchar,
  value double, note varchar, is_synthetic boolean);
create table reports.rpt_spatial_weights (kind varchar, n bigint, power double, cutoff_km bigint,
  neighbours bigint, economic_base varchar, standardisation varchar, n_links bigint,
  fingerprint varchar, n_islands bigint, n_components bigint, smallest_eigenvalue double,
  feedback_at_paper_rho double, note varchar, status varchar, reason varchar,
  is_synthetic boolean);
create table reports.rpt_audit_findings (source varchar, position integer, check_name varchar,
  defect varchar, table_name varchar, row_name varchar, column_name varchar, year integer,
  printed varchar, computed varchar, verdict varchar, status varchar, reason varchar,
  is_synthetic boolean);
create table reports.rpt_top_cities (position integer, adcode varchar, city_name varchar,
  total_rsi decimal(18, 6), mean_rsi decimal(18, 2), share_percent decimal(5, 2),
  total_gpatent bigint, total_gtr bigint, n_partners_last_year integer, is_in_sample boolean,
  is_synthetic boolean);
create table reports.rpt_edge_bounds (network varchar, threshold decimal(4, 2), bound varchar,
  n_edges bigint, n_patent_pairs bigint, is_synthetic boolean);
create table reports.rpt_located_share (year integer, applicant_position varchar,
  is_located boolean, rule varchar, n_applicants bigint, lowest_confidence decimal(4, 2),
  mean_confidence decimal(6, 4), is_synthetic boolean);
create table reports.rpt_row_accounting (source_table varchar, n_landed bigint, n_in_marts bigint,
  n_dropped bigint, n_refused_on_import bigint, n_field_rejections bigint, n_unaccounted bigint,
  is_synthetic boolean);
create table reports.rpt_unavailable (analysis varchar, reason varchar, is_synthetic boolean);
"""

VARIABLES = (
    ("rsi", "rsi", "dependent", "区域协同绿色低碳技术创新", "joint green grants", "D-21"),
    ("DC", "copatent_degree", "network_cost", "度数中心度", "degree centrality", "D-23"),
    ("HSR", "hsr", "network_cost", "高铁开通", "high-speed rail opened", "D-10"),
    ("er", "er", "controls", "城市环境规制", "environmental regulation", "D-13"),
)


def read_cities() -> list[dict[str, str]]:
    """Cities of the project's own table, one row per code in force."""
    path = ROOT / "dbt_project" / "seeds" / "prefectures.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["is_current_2024"] == "1"]


def make_published(path: Path, *, rows: bool = True, synthetic: bool = True) -> None:
    """Write a published database; without rows every mart and report is typed and empty."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
        connection.execute(REPORTS)
        connection.execute(
            "insert into meta.builds values ('3f9a1c', 'a1b2c3d4e5f60718', 61234, '2016-01', "
            "'2020-12', ?, '0.1.0')",
            [synthetic],
        )
        connection.execute(
            "insert into meta.method_settings values "
            "('edge_basis', 'D-21', 'grant', 'D-21: joint grants or applications.'), "
            "('centrality_nodes', 'Q-27', 'registry', 'Q-27: N is the registry.')"
        )
        connection.execute(
            "insert into meta.table_fingerprints values "
            "('3f9a1c', 'marts.fct_city_years', 1685, '0123456789abcdef', '', 'a1b2c3d4e5f60718')"
        )
        if rows:
            _fill(connection, synthetic)


def _fill(connection: duckdb.DuckDBPyConnection, synthetic: bool) -> None:
    draw = random.Random(7)
    cities = read_cities()
    codes = [city["adcode"] for city in cities]
    connection.register("cities", pl.DataFrame(cities))
    connection.execute(
        "insert into marts.dim_cities select adcode, name_zh, short_name_zh, name_en, "
        "latitude::double, longitude::double, province_en from cities order by adcode"
    )
    connection.unregister("cities")
    big = ["110000", "310000", "320100", "330100", "440100", "440300", "420100", "510100"]
    edges: dict[tuple[int, str, str], int] = {}
    for year in YEARS:
        for _ in range(60 * (year - 2014)):
            hub = big[min(int(draw.expovariate(0.5)), len(big) - 1)]
            other = draw.choice(codes if draw.random() < 0.6 else big)
            if other != hub:
                pair = (min(hub, other), max(hub, other))
                edges[year, *pair] = edges.get((year, *pair), 0) + draw.randint(1, 9)
    ties = pl.DataFrame(
        [(year, a, b, n) for (year, a, b), n in sorted(edges.items())],
        schema=["year", "city_a", "city_b", "n"],
        orient="row",
    )
    connection.register("ties", ties)
    connection.execute(
        "insert into marts.fct_joint_edges select t.year, t.city_a, t.city_b, b.basis, c.counting, "
        "t.n + case b.basis when 'application' then 2 else 0 end, 0.70 from ties as t "
        "cross join (select unnest(['grant', 'application']) as basis) as b "
        "cross join (select unnest(['pair', 'whole', 'fractional']) as counting) as c order by all"
    )
    connection.unregister("ties")
    connection.execute(
        "insert into marts.fct_transfer_edges select year, city_b, city_a, 'sale', n, confidence "
        "from marts.fct_joint_edges where basis = 'grant' and counting = 'pair' and year = 2018"
    )
    connection.execute(
        "insert into marts.fct_city_years with ends as (select city_a as adcode, * "
        "from marts.fct_joint_edges union all select city_b, * from marts.fct_joint_edges) "
        "select c.adcode, y.year, c.adcode < '600000', coalesce(sum(e.n), 0), count(e.n), "
        "coalesce(sum(e.n) / nullif(count(e.n), 0), 0) "
        "from marts.dim_cities as c "
        "cross join (select unnest(range(2016, 2021)) as year) as y "
        "left join ends as e on e.year = y.year and e.basis = 'grant' and e.counting = 'pair' "
        "and e.adcode = c.adcode group by all order by all"
    )
    for table, n in (
        ("fct_applications", 400), ("fct_publications", 600), ("fct_assignments", 50),
        ("dim_applicants", 90),
    ):  # fmt: skip
        connection.execute(f"insert into marts.{table} select md5(range::varchar) from range({n})")
    connection.execute(
        "insert into marts.rejections select 'f.csv', range, 'application_no', '2.02E+12', "
        "'damaged_by_spreadsheet', 'number_pattern', 'sha256:0#' || range from range(12)"
    )
    _fill_reports(connection, synthetic)


def _fill_reports(connection: duckdb.DuckDBPyConnection, synthetic: bool) -> None:
    flag = "true" if synthetic else "false"
    connection.execute(
        "insert into reports.rpt_table1_partner_dynamics select '110000', '北京市', 'application', "
        "year, n, x, 100.0 * x / n, n - x, 100.0 * (n - x) / n, t, 100.0 * t / (x + t), "
        "n + 90, x + 50, 40.4, 140, 58.3, t + 100, 57.9, "
        f"case when year = 2019 then 'D-01 D-02 D-24' else 'D-24' end, {flag} "
        "from (select unnest([2016, 2017, 2018, 2019, 2020]) as year, "
        "unnest([38, 52, 61, 70, 86]) as n, unnest([null, 20, 33, 41, 52]) as x, "
        "unnest([null, 18, 19, 20, 18]) as t)"
    )
    for position, (symbol, column, block, zh, en, defects) in enumerate(VARIABLES, start=1):
        connection.execute(
            "insert into reports.rpt_table2_descriptives values "
            "(?, ?, ?, ?, ?, ?, 'unit', 1390, 4.0 / 3, 12345.678, 0, 0.585, null, 4170, 0.0125, "
            f"0.0333, 0, 3676, ?, null, {flag})",
            [position, block, zh, en, symbol, column, defects],
        )
        for column_no in range(max(1, position - 1), 4):
            _insert(
                connection,
                "rpt_table3_baseline",
                {
                    **_estimate(symbol, -0.1264, 0.0256),
                    "column_no": column_no,
                    "position": position,
                    "term": column,
                    "label_zh": zh,
                    "label_en": en,
                    "outcome": "ln_rsi",
                    "paper_coef": -8.672,
                    "paper_std_error": 1.31,
                    "paper_stars": "***",
                    "paper_coef_text": "-8.672***",
                    "paper_se_text": "（1.310）",
                    "paper_n_obs": 3892,
                    "paper_r2_adj": 0.821,
                    "paper_defects": defects,
                    "is_synthetic": synthetic,
                },
            )
        for column_no in range(1, 7):
            _insert(
                connection,
                "rpt_table4_margins",
                {
                    **_estimate(symbol, 0.0512, 0.0131),
                    "column_no": column_no,
                    "position": position,
                    "term": column,
                    "label_zh": zh,
                    "label_en": en,
                    "outcome": "ln_extensive" if column_no <= 3 else "ln_intensive",
                    "paper_coef_text": "6.671***",
                    "paper_se_text": "（1.310）",
                    "paper_n_obs": 3892,
                    "paper_r2_adj": 0.821,
                    "paper_defects": "D-30" if symbol == "DC" else None,
                    "is_synthetic": synthetic,
                },
            )
    _fill_spatial(connection, synthetic)
    _fill_policies(connection, synthetic)
    _fill_texts(connection, synthetic)
    connection.execute(
        "insert into reports.rpt_top_cities select row_number() over (order by sum(rsi) desc, "
        "adcode), adcode, adcode, sum(rsi), avg(rsi), 7.5, 1234, 56, max(extensive), "
        f"bool_or(in_sample), {flag} from marts.fct_city_years group by adcode "
        "order by sum(rsi) desc, adcode limit 20"
    )
    connection.execute(
        f"insert into reports.rpt_edge_bounds values "
        f"('joint_grant', 0.00, 'loosest', 593, 4100, {flag}), "
        f"('joint_grant', 0.95, 'strictest', 310, 2200, {flag})"
    )
    connection.execute(
        f"insert into reports.rpt_located_share values "
        f"(2019, 'first', true, 'own_address', 300, 0.99, 0.9931, {flag}), "
        f"(2020, 'first', true, 'own_address', 290, 0.98, 0.9900, {flag}), "
        f"(2020, 'other', false, 'no_place_in_the_name', 40, null, null, {flag})"
    )
    connection.execute(
        f"insert into reports.rpt_row_accounting values "
        f"('sipo_patents', 612, 600, 12, 0, 3, 0, {flag}), "
        f"('gazette_csv', 0, 0, 0, 0, 0, 0, {flag})"
    )
    connection.execute(
        f"insert into reports.rpt_unavailable values ('covariates', 'no yearbook line', {flag})"
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, object]) -> None:
    connection.execute(
        f"insert into reports.{table} ({', '.join(row)}) values ({', '.join('?' * len(row))})",
        list(row.values()),
    )


def _estimate(symbol: str, coef: float, error: float) -> dict[str, object]:
    """Columns of a regression; er is left out of it."""
    left_out = symbol == "er"
    timing = "same year" if symbol == "HSR" else "year before"
    return {
        "coef": None if left_out else coef,
        "std_error": None if left_out else error,
        "stars": None if left_out else "***",
        "n_obs": 1112,
        "n_entities": 278,
        "n_periods": 4,
        "r2_adj": 0.8214,
        "r2_within": 0.1034,
        "cluster_convention": "reghdfe",
        "note": f"{timing}; left out: absorbed by the entity and period effects"
        if left_out
        else timing,
        "status": "left_out" if left_out else "ok",
    }


def _fill_spatial(connection: duckdb.DuckDBPyConnection, synthetic: bool) -> None:
    kinds = ("main", "wx", "direct", "indirect", "total")
    for specification in ("table5", "two_way_leeyu", "economic"):
        for position, (symbol, column, _, zh, en, _) in enumerate(VARIABLES, start=1):
            for column_no, kind in enumerate(kinds, start=1):
                _insert(
                    connection,
                    "rpt_table5_spatial",
                    {
                        "specification": specification, "column_no": column_no,
                        "column_kind": kind, "position": position, "term": column,
                        "symbol": symbol, "label_zh": zh, "label_en": en, "coef": 0.1 * column_no,
                        "std_error": 0.05, "z_stat": 2.0 * column_no, "p_value": 0.0455,
                        "stars": "**", "rho": 0.733, "rho_se": 0.02, "rho_p": 0.0,
                        "rho_stars": "***", "n_obs": 1112, "n_entities": 278, "n_periods": 4,
                        "r2": 0.31, "r2_within": 0.31, "effects": "individual",
                        "leeyu": specification == "two_way_leeyu", "information": "oim",
                        "draws": 1000, "seed": 20201231, "weights_kind": "inverse_distance",
                        "weights_fingerprint": "0123456789abcdef", "status": "ok",
                        "paper_coef_text": "0.101**" if specification == "table5" else None,
                        "paper_se_text": "（0.050）" if specification == "table5" else None,
                        "is_synthetic": synthetic,
                    },
                )  # fmt: skip
    for position, (family, zh, en, valid) in enumerate(
        (("lm", "LM 滞后", "LM lag", "iid"), ("wald", "Wald 检验", "Wald test", "clustered")),
        start=1,
    ):
        _insert(
            connection,
            "rpt_spatial_tests",
            {
                "position": position, "family": family, "test_name": family, "label_zh": zh,
                "label_en": en, "effects": "individual", "statistic": 41.3, "df": 1,
                "p_value": 0.00001, "stars": "***", "valid_for": valid, "status": "ok",
                "is_synthetic": synthetic,
            },
        )  # fmt: skip
    _insert(
        connection,
        "rpt_spatial_weights",
        {
            "kind": "inverse_distance", "n": 278, "power": 1.0, "standardisation": "row",
            "n_links": 77006, "fingerprint": "0123456789abcdef", "n_islands": 0,
            "n_components": 1, "smallest_eigenvalue": -0.2, "feedback_at_paper_rho": 0.0107,
            "status": "ok", "is_synthetic": synthetic,
        },
    )  # fmt: skip
    flag = "true" if synthetic else "false"
    connection.execute(
        "insert into reports.rpt_moran_by_year select y, 'ln_rsi', 'inverse_distance', 278, "
        "0.02 + (y - 2016) * 0.01, -1 / 277, 0.006, 4.1, 0.00002, 0.00004, 0.001, 999, 20201231, "
        f"if(y = 2020, 0.0767, null), 'ok', null, {flag} from range(2017, 2021) as r (y)"
    )
    connection.execute(
        "insert into reports.rpt_moran_cities select p.year, 'ln_rsi', 'inverse_distance', "
        "p.adcode, c.city_name, ln(1 + p.rsi), z, lag, z * lag, "
        "case when z >= 0 then if(lag >= 0, 'HH', 'HL') else if(lag >= 0, 'LH', 'LL') end, "
        f"0.01 + abs(sin(z * 9)) * 0.2, abs(sin(z * 9)) < 0.2, {flag} from (select *, "
        "(ln(1 + rsi) - avg(ln(1 + rsi)) over (partition by year)) as z, "
        "0.4 * sin(adcode::bigint) as lag from marts.fct_city_years where in_sample) as p "
        "left join marts.dim_cities as c using (adcode) where p.year > 2016"
    )


def _fill_policies(connection: duckdb.DuckDBPyConnection, synthetic: bool) -> None:
    flag = "true" if synthetic else "false"
    connection.execute(
        "insert into reports.rpt_event_studies select 'hsr', 'ln_rsi', t, "
        "if(t = -1, 0, 0.02 * greatest(t, 0)), if(t = -1, null, 0.03), 0.4, 40, t = -1, 0.3412, "
        f"0.05, 0.02, 0.04, 0.02, 'ok', null, {flag} from range(-4, 5) as r (t)"
    )
    connection.execute(
        "insert into reports.rpt_event_studies (policy, outcome, status, reason, is_synthetic) "
        f"values ('innovative', 'ln_rsi', 'unavailable', 'no city is ever treated', {flag})"
    )
    connection.execute(
        "insert into reports.rpt_bacon_weights values "
        f"('hsr', 'ln_rsi', 'treated_vs_never', 0.71, 0.05, 12, 'ok', null, {flag}), "
        f"('hsr', 'ln_rsi', 'later_vs_earlier', 0.29, -0.01, 30, 'ok', null, {flag})"
    )
    for family, specification, coef in (
        ("errors", "province", 0.12), ("counts", "ppml", 0.2), ("counts", "ihs", None)
    ):  # fmt: skip
        _insert(
            connection,
            "rpt_robustness",
            {
                "family": family, "specification": specification, "label_zh": "变体",
                "label_en": f"variant {specification}", "outcome": "ln_rsi", "term": "hsr",
                "symbol": "HSR", "coef": coef, "std_error": None if coef is None else 0.04,
                "p_value": None if coef is None else 0.003, "stars": "***", "n_obs": 1112,
                "n_entities": 278, "n_clusters": 31, "se_kind": "cluster",
                "status": "ok" if coef else "unavailable",
                "reason": None if coef else "the outcome has no variation",
                "is_synthetic": synthetic,
            },
        )  # fmt: skip


def _fill_texts(connection: duckdb.DuckDBPyConnection, synthetic: bool) -> None:
    flag = "true" if synthetic else "false"
    connection.execute(
        "insert into reports.rpt_joint_series select 'national', null, null, year, "
        "round(sum(n) filter (basis = 'application')), round(sum(n) filter (basis = 'grant')), "
        f"{flag} from marts.fct_joint_edges where counting = 'fractional' group by year"
    )
    connection.execute(
        "insert into reports.rpt_partner_lists values "
        f"('110000', '北京市', 'application', 2019, 'new', 2, '石家庄市、苏州市', {flag}), "
        f"('110000', '北京市', 'application', 2019, 'lost', 1, '厦门市', {flag})"
    )
    connection.execute(
        "insert into reports.rpt_text_facts values "
        f"(1, '全国联合申请', 'National joint applications', '40 → 300', '566 → 46,108', 'ok', "
        f"null, {flag}), (2, '北京年均授权', 'Beijing mean grants', null, '1,839', 'unavailable', "
        f"'the panel is shorter', {flag})"
    )
    connection.execute(
        "insert into reports.rpt_network_figures values "
        f"('copatent', 2019, 'density', 0.02, 'edges over pairs', {flag}), "
        f"('copatent', 2020, 'density', 0.03, 'edges over pairs', {flag}), "
        f"('transfer', 2020, 'reciprocity', 0.1, 'share returned', {flag})"
    )
    connection.execute(
        "insert into reports.rpt_audit_findings values ('printed', 1, 'T-01', 'D-01', 'table1', "
        f"'C_n', '2019', 2019, '240', '97 + 140 = 237', 'fail', 'ok', null, {flag})"
    )
