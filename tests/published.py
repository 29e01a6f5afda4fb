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
  name_en varchar, latitude double, longitude double);
create table marts.fct_joint_edges (year integer, city_a varchar, city_b varchar, basis varchar,
  counting varchar, n decimal(18, 6), confidence decimal(4, 2));
create table marts.fct_transfer_edges (year integer, from_city varchar, to_city varchar,
  type varchar, n decimal(18, 6), confidence decimal(4, 2));
create table marts.fct_city_years (adcode varchar, year integer, in_sample boolean,
  rsi decimal(18, 6), extensive integer);
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
  sd double, min double, max double, paper_n bigint, paper_mean double, paper_sd double,
  paper_min double, paper_max double, paper_defects varchar, is_synthetic boolean);
create table reports.rpt_table3_baseline (column_no integer, position integer, term varchar,
  label_zh varchar, coef double, std_error double, stars varchar, n_obs bigint, n_entities bigint,
  n_periods bigint, r2_adj double, r2_within double, cluster_convention varchar, note varchar,
  status varchar, reason varchar, paper_coef_text varchar, paper_se_text varchar,
  paper_n_obs bigint, paper_r2_adj double, paper_defects varchar, is_synthetic boolean);
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
        "latitude::double, longitude::double from cities order by adcode"
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
        "select c.adcode, y.year, c.adcode < '600000', coalesce(sum(e.n), 0), count(e.n) "
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
            f"(?, ?, ?, ?, ?, ?, 'unit', 1390, 4.0 / 3, 12345.678, 0, 0.585, 4170, 0.0125, 0.0333, "
            f"0, 3676, ?, {flag})",
            [position, block, zh, en, symbol, column, defects],
        )
        for column_no in range(max(1, position - 1), 4):
            left_out = symbol == "er"
            connection.execute(
                "insert into reports.rpt_table3_baseline values (?, ?, ?, ?, ?, ?, ?, 1112, 278, "
                "4, 0.8214, 0.1034, 'reghdfe', ?, ?, null, '-8.672***', '（1.310）', 3892, 0.821, "
                f"?, {flag})",
                [
                    column_no,
                    position,
                    column,
                    zh,
                    None if left_out else -0.1264,
                    None if left_out else 0.0256,
                    None if left_out else "***",
                    "year before; left out: absorbed by the entity and period effects"
                    if left_out
                    else ("same year" if symbol == "HSR" else "year before"),
                    "left_out" if left_out else "ok",
                    defects,
                ],
            )
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
