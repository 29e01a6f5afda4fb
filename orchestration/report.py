"""One self-contained HTML page from a published database: tables, maps, figures, accounts.

The page reads published tables only, so that it says what an analyst would find there. It holds its
styles, its figures and a few lines of script, and asks no network for anything. Same database, same
bytes.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from markupsafe import Markup

from orchestration.report_figures import (
    City,
    ScatterPoint,
    Series,
    Tie,
    map_svg,
    moran_svg,
    trend_svg,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

TEMPLATES = Path(__file__).with_name("report_templates")
TIES_DRAWN = 160
TOP_CITIES = 15
MORAN_PERMUTATIONS = 999
MORAN_SEED = 20_200_101
MISSING = "–"

# What the page reads. A missing table or column is an error; a table without rows is an empty
# section, because one gazette day publishes such tables.
TABLES: dict[str, tuple[str, ...]] = {
    "marts.dim_cities": ("adcode", "short_name", "name_en", "latitude", "longitude"),
    "marts.fct_joint_edges": ("year", "city_a", "city_b", "basis", "counting", "n"),
    "marts.fct_transfer_edges": ("year", "from_city", "to_city", "type", "n"),
    "marts.fct_city_years": ("adcode", "year", "in_sample", "rsi", "extensive"),
    "marts.fct_applications": (),
    "marts.fct_publications": (),
    "marts.fct_assignments": (),
    "marts.dim_applicants": (),
    "marts.rejections": ("field", "reason"),
    "reports.rpt_table1_partner_dynamics": (
        "city_name", "basis", "year", "n_partners", "n_kept", "kept_percent", "n_new",
        "new_percent", "n_lost", "lost_percent", "paper_n_partners", "paper_n_kept",
        "paper_kept_percent", "paper_n_new", "paper_new_percent", "paper_n_lost",
        "paper_lost_percent", "paper_defects", "is_synthetic",
    ),
    "reports.rpt_table2_descriptives": (
        "position", "block", "label_zh", "label_en", "symbol", "physical_column", "unit", "n",
        "mean", "sd", "min", "max", "paper_n", "paper_mean", "paper_sd", "paper_min", "paper_max",
        "paper_defects", "is_synthetic",
    ),
    "reports.rpt_table3_baseline": (
        "column_no", "position", "term", "label_zh", "coef", "std_error", "stars", "n_obs",
        "n_entities", "n_periods", "r2_adj", "r2_within", "cluster_convention", "note", "status",
        "reason", "paper_coef_text", "paper_se_text", "paper_n_obs", "paper_r2_adj",
        "paper_defects", "is_synthetic",
    ),
    "reports.rpt_top_cities": (
        "position", "adcode", "city_name", "total_rsi", "mean_rsi", "share_percent",
        "total_gpatent", "total_gtr", "n_partners_last_year", "is_in_sample", "is_synthetic",
    ),
    "reports.rpt_edge_bounds": (
        "network", "threshold", "bound", "n_edges", "n_patent_pairs", "is_synthetic",
    ),
    "reports.rpt_located_share": (
        "year", "applicant_position", "is_located", "rule", "n_applicants", "lowest_confidence",
        "mean_confidence", "is_synthetic",
    ),
    "reports.rpt_row_accounting": (
        "source_table", "n_landed", "n_in_marts", "n_dropped", "n_refused_on_import",
        "n_field_rejections", "n_unaccounted", "is_synthetic",
    ),
    "reports.rpt_unavailable": ("analysis", "reason", "is_synthetic"),
    "meta.builds": (
        "build_id", "settings_hash", "landed_rows", "first_month", "last_month", "is_synthetic",
        "greenties_version",
    ),
    "meta.method_settings": ("name", "question", "value", "description"),
    "meta.table_fingerprints": ("table_name", "row_count", "fingerprint", "excluded_columns"),
}  # fmt: skip

CONTENTS = (
    ("summary", "Overview"),
    ("map", "Map"),
    ("trend", "Trend"),
    ("table1", "Table 1"),
    ("table2", "Table 2"),
    ("table3", "Table 3"),
    ("moran", "Moran"),
    ("accounting", "Accounts"),
    ("unavailable", "Unavailable"),
    ("defects", "Defects"),
    ("method", "Method"),
    ("fingerprints", "Fingerprints"),
)

BLOCKS = {
    "dependent": "Dependent variable and its decomposition 被解释变量及其分解",
    "supply": "Supply 供给",
    "demand": "Demand 需求",
    "network_cost": "Network and cost 网络成本",
    "controls": "Other controls 其他控制变量",
}

TABLE1_SQL = """
select t.city_name, t.basis, t.year, t.n_partners as c, t.n_kept as x, t.kept_percent as x_share,
  t.n_new as z, t.new_percent as z_share, t.n_lost as t, t.lost_percent as t_share,
  t.paper_n_partners as paper_c, t.paper_n_kept as paper_x, t.paper_kept_percent as paper_x_share,
  t.paper_n_new as paper_z, t.paper_new_percent as paper_z_share, t.paper_n_lost as paper_t,
  t.paper_lost_percent as paper_t_share,
  t.paper_defects
from reports.rpt_table1_partner_dynamics as t order by t.year
"""
TABLE2_SQL = "select t.* from reports.rpt_table2_descriptives as t order by t.position"
TABLE3_SQL = """
select t.*, coalesce(v.symbol, t.term) as symbol
from reports.rpt_table3_baseline as t
left join reports.rpt_table2_descriptives as v on t.term = v.physical_column
order by t.position, t.column_no
"""
TOP_CITIES_SQL = """
select trim(coalesce(c.short_name, t.city_name) || ' ' || coalesce(c.name_en, '')) as city,
  t.total_rsi, t.mean_rsi, t.share_percent, t.n_partners_last_year, t.total_gpatent, t.total_gtr,
  t.is_in_sample
from reports.rpt_top_cities as t left join marts.dim_cities as c on t.adcode = c.adcode
order by t.position
"""
ACCOUNTING_SQL = """
select r.source_table, r.n_landed, r.n_in_marts, r.n_dropped, r.n_unaccounted,
  r.n_refused_on_import, r.n_field_rejections
from reports.rpt_row_accounting as r
where r.n_landed + r.n_in_marts + r.n_dropped + r.n_refused_on_import > 0 order by r.source_table
"""
LOCATED_SQL = """
select case r.applicant_position when 'first' then 'first applicant' else 'other applicants' end
    as applicant_position,
  r.is_located, r.rule, sum(r.n_applicants)::bigint as n_applicants,
  100.0 * sum(r.n_applicants) / sum(sum(r.n_applicants)) over (partition by r.applicant_position)
    as share_percent,
  sum(r.n_applicants * r.mean_confidence) / sum(r.n_applicants) as mean_confidence,
  min(r.lowest_confidence) as lowest_confidence
from reports.rpt_located_share as r
group by r.applicant_position, r.is_located, r.rule
order by r.applicant_position, r.is_located desc, n_applicants desc, r.rule
"""
BOUNDS_SQL = """
select r.network, r.threshold, r.bound, r.n_edges, r.n_patent_pairs
from reports.rpt_edge_bounds as r order by r.network, r.threshold
"""
HEADS = {
    "city": "City 城市",
    "total_rsi": "Joint green grants, all years 联合授权",
    "mean_rsi": "Mean a year",
    "share_percent": "Share",
    "n_partners_last_year": "Partners, last year 伙伴城市",
    "total_gpatent": "Green grants 绿色授权",
    "total_gtr": "Green transfers 绿色转让",
    "is_in_sample": "In sample",
    "source_table": "Source",
    "n_landed": "Landed",
    "n_in_marts": "In marts",
    "n_dropped": "Rejected with reason",
    "n_unaccounted": "Not accounted for",
    "n_refused_on_import": "Refused on import",
    "n_field_rejections": "Single values rejected",
    "applicant_position": "Position 申请人顺位",
    "is_located": "Located 已定位",
    "rule": "Rule, or why not 规则",
    "n_applicants": "Applicants",
    "mean_confidence": "Mean confidence 置信度",
    "lowest_confidence": "Lowest",
    "network": "Network 网络",
    "threshold": "Lowest confidence that counts",
    "bound": "Bound",
    "n_edges": "Edges (year and pair)",
    "n_patent_pairs": "Patents on them",
}

DEFECTS = {
    "D-01": "Table 1: in 2019 kept and new partners give 237, printed are 240; in 2020 kept and "
    "lost give 244, printed are 240 of the year before.",
    "D-02": "Table 1, 2019: the share of lost partners, 57.9 %, is divided by the wrong year.",
    "D-03": "Table 2: the Chinese labels of the two margins are exchanged.",
    "D-04": "BC and bc: printed maxima do not fit the normalisation or the network of DC.",
    "D-05": "gtr and the transfer network cannot share a universe.",
    "D-06": "ln pgdp is the logarithm of total GDP, not of GDP per head.",
    "D-07": "ln fdi is a logarithm to base 10.",
    "D-08": "ln tech is a ratio, not a logarithm.",
    "D-09": "qrate is disputes over grants: a positive coefficient means more disputes.",
    "D-10": "HSR is cumulative, not “new this year”.",
    "D-11": "dige: the printed mean is not 0, so the component was not computed on this sample.",
    "D-12": "ins and fin: the printed minimum of 0 is missing data coded as 0.",
    "D-13": "er: the printed maximum exceeds 1, impossible for a mean of scores in [0, 1].",
    "D-18": "Table 3: the text calls the sign of GDP per head positive; column (3) prints −0.001.",
    "D-21": "The outcome is called applications and grants; Table 1 counts applications, Table 2 "
    "grants.",
    "D-23": "278 cities in the panel, 341 nodes in the centralities.",
    "D-24": "Table 1: from 2013 on more partners than there are cities.",
    "D-27": "BC and bc: the summation sign is missing in the printed formula.",
    "D-28": "Province-level regressors with errors clustered by city: too small.",
    "D-29": "rps enters with both main effects, which are then effects at a synergy of zero.",
}


class ReportTableError(RuntimeError):
    """The published database lacks a table or a column that the page needs."""


def render_report(published: Path, out: Path, *, lineage_svg: str | None = None) -> None:
    """Write the report of a published database as one HTML file.

    Parameters
    ----------
    published : Path
        A DuckDB file with the schemas ``marts``, ``reports`` and ``meta``, opened read-only.
    out : Path
        File to write; replaced in one rename.
    lineage_svg : str, optional
        An SVG element to show as lineage. It may hold neither scripts nor references.

    Raises
    ------
    ReportTableError
        If a table or column is missing.
    ValueError
        If the lineage holds anything but a plain drawing.
    """
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute("set threads = 1")
        _require_tables(connection)
        context = _context(connection)
    context["lineage"] = _plain_svg(lineage_svg) if lineage_svg else None
    page = _render(context)
    partial = out.with_name(out.name + ".partial")
    partial.write_text(page, encoding="utf-8", newline="\n")
    partial.replace(out)


def _require_tables(connection: DuckDBPyConnection) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for schema, table, column in connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns"
    ).fetchall():
        found[f"{schema}.{table}"].add(column)
    for table, columns in TABLES.items():
        if table not in found:
            raise ReportTableError(f"the published database has no table {table}")
        if absent := [name for name in columns if name not in found[table]]:
            raise ReportTableError(f"{table} has no column {', '.join(absent)}")


def _rows(connection: DuckDBPyConnection, sql: str, values: Sequence[object] = ()) -> list[Row]:
    cursor = connection.execute(sql, list(values))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(connection: DuckDBPyConnection, sql: str, values: Sequence[object] = ()) -> Any:
    row = connection.execute(sql, list(values)).fetchone()
    return None if row is None else row[0]


def _context(connection: DuckDBPyConnection) -> dict[str, Any]:
    builds = _rows(connection, "select * from meta.builds order by build_id")
    if len(builds) != 1:
        raise ReportTableError(f"meta.builds has {len(builds)} rows, not one")
    build = builds[0]
    settings = _rows(connection, "select * from meta.method_settings order by name")
    method = {row["name"]: str(row["value"]) for row in settings}
    synthetic = bool(build["is_synthetic"]) or _any_report_synthetic(connection)
    first, last = connection.execute(
        "select min(p.year), max(p.year) from marts.fct_city_years as p"
    ).fetchall()[0]
    basis = method.get("edge_basis", "grant")
    cities = _cities(connection)
    table3 = _table3(connection)
    return {
        "build": build,
        "synthetic": synthetic,
        "period": None if first is None else (f"{first}–{last}" if first < last else str(first)),
        "basis_text": {"grant": "joint grants, year of announcement 授权"}.get(
            basis, "joint applications, year of filing 申请"
        ),
        "facts": _facts(connection),
        "maps": _maps(connection, cities, basis, _mark(synthetic)),
        "top_cities": _table(connection, TOP_CITIES_SQL),
        "trend": _trend(connection, _mark(synthetic)),
        "table1": _table1(connection),
        "table2": _table2(connection),
        "table3": table3,
        "moran": _moran(connection, cities, _mark(synthetic)),
        "accounting": _table(connection, ACCOUNTING_SQL),
        "rejections": _rejections(connection),
        "located": _table(connection, LOCATED_SQL),
        "bounds": _table(connection, BOUNDS_SQL),
        "unavailable": _rows(
            connection,
            "select u.analysis, u.reason from reports.rpt_unavailable as u order by all",
        ),
        "defects": sorted(DEFECTS.items()),
        "settings": settings,
        "fingerprints": _rows(
            connection,
            "select f.table_name, f.row_count, f.fingerprint, f.excluded_columns "
            "from meta.table_fingerprints as f order by f.table_name",
        ),
    }


def _facts(connection: DuckDBPyConnection) -> list[Row]:
    def count(table: str) -> int:
        return int(_one(connection, f"select count(*) from {table}"))

    rejected = count("marts.rejections")
    pairs = int(
        _one(
            connection,
            "select count(*) from (select distinct e.city_a, e.city_b "
            "from marts.fct_joint_edges as e)",
        )
    )
    moves = int(
        _one(
            connection,
            "select count(*) from (select distinct e.from_city, e.to_city "
            "from marts.fct_transfer_edges as e)",
        )
    )
    return [
        {"label": "Publications 公告", "value": _number(count("marts.fct_publications")),
         "note": f"{_number(rejected)} rejected values"},
        {"label": "Applications 专利申请", "value": _number(count("marts.fct_applications")),
         "note": "A and B documents folded"},
        {"label": "Legal events 法律事务", "value": _number(count("marts.fct_assignments")),
         "note": "transfers and changes of holder"},
        {"label": "Applicants 申请人", "value": _number(count("marts.dim_applicants")),
         "note": "persons keyed, never named"},
        {"label": "Pairs of cities 合作城市对", "value": _number(pairs),
         "note": "with a joint green invention"},
        {"label": "Transfer routes 转让方向", "value": _number(moves),
         "note": "directed pairs of cities"},
        {"label": "City-years 城市面板", "value": _number(count("marts.fct_city_years")),
         "note": f"{_number(count('marts.dim_cities'))} cities"},
        {"label": "Landed rows 采集记录",
         "value": _number(_one(connection, "select b.landed_rows from meta.builds as b")),
         "note": "all accounted for below"},
    ]  # fmt: skip


def _table1(connection: DuckDBPyConnection) -> Row | None:
    rows = _rows(connection, TABLE1_SQL)
    if not rows:
        return None
    names = ("c", "x", "x_share", "z", "z_share", "t", "t_share")
    basis = rows[0]["basis"]
    return {
        "city": rows[0]["city_name"],
        "basis_text": "joint applications 申请" if basis == "application" else "joint grants 授权",
        "heads": [
            "C<sub>n</sub>",
            "X<sub>n</sub>",
            "X<sub>n</sub>/C<sub>n</sub>",
            "Z<sub>n</sub>",
            "Z<sub>n</sub>/C<sub>n</sub>",
            "T<sub>n</sub>",
            "T<sub>n</sub>/C<sub>n−1</sub>",
        ],
        "rows": [
            {
                "year": row["year"],
                "flags": _flags(row["paper_defects"]),
                "ours": [_share_or_count(name, row[name]) for name in names],
                "paper": [_share_or_count(name, row[f"paper_{name}"]) for name in names],
            }
            for row in rows
        ],
    }


def _share_or_count(name: str, value: float | Decimal | None) -> str:
    if value is None:
        return "——"  # as the paper leaves the first year blank
    return f"{_plain(value, 1)}\N{NO-BREAK SPACE}%" if name.endswith("_share") else _number(value)


def _flags(text: str | None) -> list[str]:
    """Codes such as ``D-01`` in a text, those that the list of defects explains."""
    return [code for code in re.findall(r"D-\d+", text or "") if code in DEFECTS]


def _table2(connection: DuckDBPyConnection) -> list[Row]:
    names = ("n", "mean", "sd", "min", "max")
    blocks: dict[str, list[Row]] = {}
    for row in _rows(connection, TABLE2_SQL):
        blocks.setdefault(row["block"], []).append(
            {
                "symbol": row["symbol"],
                "label_zh": row["label_zh"],
                "label_en": f"{row['label_en']}, {row['unit']}",
                "flags": _flags(row["paper_defects"]),
                "ours": [
                    _number(row[name]) if name == "n" else _significant(row[name]) for name in names
                ],
                "paper": [
                    _number(row["paper_n"]) if name == "n" else _significant(row[f"paper_{name}"])
                    for name in names
                ],
            }
        )
    return [
        {"label": BLOCKS.get(block, block), "rows": rows}
        for block, rows in blocks.items()
        if any(row["ours"][0] not in (MISSING, "0") for row in rows)
    ]


def _table3(connection: DuckDBPyConnection) -> Row:
    rows = _rows(connection, TABLE3_SQL)
    if not any(row["coef"] is not None for row in rows):
        reasons = sorted({row["reason"] for row in rows if row["reason"]})
        reason = "; ".join(reasons) if reasons else "no estimate was made"
        return {"rows": [], "reason": reason, "footer": [], "notes": []}
    terms: dict[str, Row] = {}
    columns: dict[int, Row] = {}
    for row in rows:
        entry = terms.setdefault(
            row["term"],
            {
                "symbol": row["symbol"],
                "label_zh": row["label_zh"],
                "flags": _flags(row["paper_defects"]),
                "ours": ["", "", ""],
                "paper": ["", "", ""],
            },
        )
        place = row["column_no"] - 1
        entry["ours"][place] = _estimate(
            _plain(row["coef"], 3), row["stars"], _plain(row["std_error"], 3)
        )
        entry["paper"][place] = _estimate(
            _minus(row["paper_coef_text"]), None, _minus(row["paper_se_text"])
        )
        columns[place] = row
    every = [columns.get(place, {}) for place in range(3)]

    def footer(label: str, ours: Sequence[str], paper: Sequence[str]) -> Row:
        return {"label": label, "ours": ours, "paper": paper}

    yes = ["yes"] * 3
    return {
        "rows": list(terms.values()),
        "reason": None,
        "footer": [
            footer("Year effects 年份固定效应", yes, yes),
            footer("City effects 城市固定效应", yes, yes),
            footer(
                "N",
                [_number(row.get("n_obs")) for row in every],
                [_number(row.get("paper_n_obs")) for row in every],
            ),
            footer(
                "Adjusted R²",
                [_plain(row.get("r2_adj"), 3) for row in every],
                [_plain(row.get("paper_r2_adj"), 3) for row in every],
            ),
            footer("Within R²", [_plain(row.get("r2_within"), 3) for row in every], [""] * 3),
        ],
        "notes": _table3_notes(rows),
    }


def _table3_notes(rows: Sequence[Row]) -> list[str]:
    full = [row for row in rows if row["n_obs"] is not None][-1]
    lagged: dict[bool, list[str]] = {True: [], False: []}
    left_out: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        note = row["note"] or ""
        if row["column_no"] == full["column_no"]:
            lagged[note.startswith("year before")].append(row["symbol"])
        if row["status"] == "left_out":
            why = note.partition("left out: ")[2] or note
            left_out[f"{row['symbol']}, {why}"].append(f"({row['column_no']})")
    notes = [
        f"Standard errors clustered by city in parentheses (聚类到城市的稳健标准误), small-sample "
        f"factor {full['cluster_convention']}; *, **, *** significant at 10, 5, 1 percent, t with "
        f"{full['n_entities'] - 1} degrees of freedom.",
        f"{_number(full['n_obs'])} city-years: {full['n_entities']} cities in "
        f"{full['n_periods']} years, the same rows in every column.",
        f"Of the year before: {', '.join(lagged[True]) or 'none'}. "
        f"Of the same year: {', '.join(lagged[False]) or 'none'}.",
    ]
    notes += [
        f"Left out of column {' and '.join(columns)}: {text}." for text, columns in left_out.items()
    ]
    notes.append(
        "The paper's numbers stand beside ours for reading only: other records do not reproduce "
        "them, and a lagged centrality is not evidence of a cause."
    )
    return notes


def _minus(text: str | None) -> str | None:
    return None if text is None else text.replace("-", "−")


def _estimate(coef: str | None, stars: str | None, std_error: str | None) -> Markup | str:
    """Coefficient with stars, and beneath it the standard error in full-width parentheses."""
    if coef is None or coef == MISSING:
        return MISSING
    inside = (std_error or "").strip("（）")
    return Markup('{}<span class="stars">{}</span><span class="se">（{}）</span>').format(
        coef, stars or "", inside
    )


def _mark(synthetic: bool) -> str:
    return " (synthetic data)" if synthetic else ""


def _any_report_synthetic(connection: DuckDBPyConnection) -> bool:
    """True when any report says so; a doubtful page must not look real."""
    return any(
        _one(connection, f"select coalesce(bool_or(r.is_synthetic), false) from {table} as r")
        for table in TABLES
        if table.startswith("reports.")
    )


def _cities(connection: DuckDBPyConnection) -> dict[str, Row]:
    return {
        row["adcode"]: row
        for row in _rows(
            connection,
            "select c.adcode, c.short_name as name, coalesce(c.name_en, '') as name_en, "
            "cast(c.latitude as double) as latitude, cast(c.longitude as double) as longitude "
            "from marts.dim_cities as c order by c.adcode",
        )
    }


def _maps(
    connection: DuckDBPyConnection, cities: Mapping[str, Row], basis: str, mark: str
) -> list[Row]:
    edges = _rows(
        connection,
        "select e.year, e.city_a, e.city_b, cast(e.n as double) as n "
        "from marts.fct_joint_edges as e where e.basis = ? and e.counting = 'pair' order by all",
        [basis],
    )
    placed = {
        code: city
        for code, city in cities.items()
        if city["latitude"] is not None and city["longitude"] is not None
    }
    years = [
        row["year"]
        for row in _rows(connection, "select distinct p.year from marts.fct_city_years as p")
    ]
    if not edges or not years or not placed:
        return []
    by_year = {
        year: [edge for edge in edges if edge["year"] == year] for year in (min(years), max(years))
    }
    drawn = {
        year: sorted(
            (e for e in rows if e["city_a"] in placed and e["city_b"] in placed),
            key=lambda e: (-e["n"], e["city_a"], e["city_b"]),
        )[:TIES_DRAWN]
        for year, rows in by_year.items()
    }
    partners = {year: _partners(rows) for year, rows in by_year.items()}
    largest = max((k for counts in partners.values() for k in counts.values()), default=1)
    heaviest = max((e["n"] for rows in drawn.values() for e in rows), default=1.0)
    maps = []
    for year in sorted(by_year):
        counts, rows = partners[year], by_year[year]
        hub = max(sorted(counts), key=lambda code: counts[code], default=None)
        hub_text = (
            f"most partners: {_city_label(cities, hub)} with {counts[hub]}" if hub else "no ties"
        )
        caption = (
            f"{len(counts):,} of {len(cities):,} cities with partners, {len(rows):,} ties; "
            f"{hub_text}."
        )
        if len(rows) > len(drawn[year]):
            caption += f" Drawn: the {len(drawn[year])} ties with most joint patents."
        if len(placed) < len(cities):
            caption += f" {len(cities) - len(placed)} cities without coordinates are not drawn."
        maps.append(
            {
                "year": year,
                "caption": caption,
                "svg": map_svg(
                    [
                        City(
                            adcode=code,
                            name=city["name"],
                            name_en=city["name_en"],
                            latitude=city["latitude"],
                            longitude=city["longitude"],
                            partners=counts.get(code, 0),
                        )
                        for code, city in placed.items()
                    ],
                    [Tie(e["city_a"], e["city_b"], e["n"]) for e in drawn[year]],
                    figure_id=f"map-{year}",
                    title=f"Cities and their ties, {year}{mark}",
                    description=f"Map of China's cities. {caption}",
                    largest=largest,
                    heaviest=heaviest,
                ),
            }
        )
    return maps[:1] if len(by_year) == 1 else maps


def _partners(edges: Iterable[Row]) -> dict[str, int]:
    partners: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        partners[edge["city_a"]].add(edge["city_b"])
        partners[edge["city_b"]].add(edge["city_a"])
    return {code: len(others) for code, others in partners.items()}


def _city_label(cities: Mapping[str, Row], code: str) -> str:
    city = cities.get(code)
    return code if city is None else f"{city['name']} {city['name_en']}".strip()


def _trend(connection: DuckDBPyConnection, mark: str) -> Row | None:
    # Fractional counting gives each joint patent the weight 1, whatever its number of cities.
    counted = {
        (row["year"], row["basis"]): round(row["n"])
        for row in _rows(
            connection,
            "select e.year, e.basis, sum(e.n) as n from marts.fct_joint_edges as e "
            "where e.counting = 'fractional' group by e.year, e.basis",
        )
    }
    years = [
        row["year"]
        for row in _rows(
            connection, "select distinct p.year from marts.fct_city_years as p order by 1"
        )
    ]
    if not counted or not years:
        return None
    rows = [
        {
            "year": year,
            "applications": counted.get((year, "application"), 0),
            "grants": counted.get((year, "grant"), 0),
        }
        for year in years
    ]
    first, last = rows[0], rows[-1]
    caption = (
        "Green inventions with applicants in at least two cities, each counted once; applications "
        "by year of filing, grants by year of announcement. "
        f"From {first['year']} to {last['year']} applications went from {first['applications']:,} "
        f"to {last['applications']:,}, grants from {first['grants']:,} to {last['grants']:,}. "
        "Applications of the last years are not all published yet."
    )
    return {
        "rows": rows,
        "caption": caption,
        "svg": trend_svg(
            years,
            [
                Series("Applications 申请", "two-tone", [row["applications"] for row in rows]),
                Series("Grants 授权", "one", [row["grants"] for row in rows]),
            ],
            figure_id="trend",
            title=f"National joint green applications and grants by year{mark}",
            description=caption,
            unit="Joint green inventions a year",
        ),
    }


def _moran(connection: DuckDBPyConnection, cities: Mapping[str, Row], mark: str) -> Row:
    from analysis.api import AnalysisError, moran, weights

    year = _one(connection, "select max(p.year) from marts.fct_city_years as p")
    rows = [
        row
        for row in _rows(
            connection,
            "select p.adcode, cast(p.rsi as double) as rsi from marts.fct_city_years as p "
            "where p.year = ? and p.in_sample order by p.adcode",
            [year],
        )
        if row["rsi"] is not None
        and row["adcode"] in cities
        and cities[row["adcode"]]["latitude"] is not None
        and cities[row["adcode"]]["longitude"] is not None
    ]
    try:
        matrix = weights(
            [
                (cities[row["adcode"]]["latitude"], cities[row["adcode"]]["longitude"])
                for row in rows
            ]
        )
        result = moran(
            [math.log1p(row["rsi"]) for row in rows],
            matrix,
            permutations=MORAN_PERMUTATIONS,
            seed=MORAN_SEED,
        )
    except AnalysisError as error:
        return {"svg": None, "reason": f"Moran's I of {len(rows)} cities: {error}"}
    shares = {name: result.quadrants.count(name) for name in ("HH", "LH", "LL", "HL")}
    caption = (
        f"Moran's I = {_plain(result.statistic, 4)} (expected {_plain(result.expectation, 4)}), "
        f"one-sided {_p_value(result.p_greater_randomisation)} (normal, randomisation) and "
        f"{_p_value(result.p_permutation or 0.0)} ({MORAN_PERMUTATIONS} seeded permutations). "
        f"{result.n} cities of the sample, row-normalised inverse-distance weights without "
        f"cut-off; quadrants I to IV hold {shares['HH']}, {shares['LH']}, {shares['LL']} and "
        f"{shares['HL']} cities. The slope of the line is I."
    )
    points = [
        ScatterPoint(_city_label(cities, row["adcode"]), x, y)
        for row, x, y in zip(rows, result.standardised, result.spatial_lag, strict=True)
    ]
    return {
        "year": year,
        "caption": caption,
        "svg": moran_svg(
            points,
            result.statistic,
            figure_id="moran-scatter",
            title=f"Moran scatter of ln(1 + rsi), {year}{mark}",
            description=caption,
            x_label="ln(1 + rsi), standardised",
            y_label="Spatial lag (neighbours' mean)",
        ),
    }


def _rejections(connection: DuckDBPyConnection) -> Row | None:
    rows = _rows(
        connection,
        "select coalesce(r.field, '') as field, coalesce(r.reason, '') as reason, count(*) as n "
        "from marts.rejections as r group by 1, 2 order by n desc, field, reason",
    )
    return {"rows": rows, "total": sum(row["n"] for row in rows)} if rows else None


def _table(connection: DuckDBPyConnection, sql: str) -> Row | None:
    """Cells of a query in its order: numbers aligned, with the value to sort by; None if empty."""
    rows = _rows(connection, sql)
    if not rows:
        return None
    names = list(rows[0])
    numeric = {
        name: all(
            isinstance(row[name], int | float | Decimal) and not isinstance(row[name], bool)
            for row in rows
            if row[name] is not None
        )
        and any(row[name] is not None for row in rows)
        for name in names
    }
    return {
        "heads": [{"text": HEADS[name], "css": "" if numeric[name] else "text"} for name in names],
        "rows": [
            [
                {
                    "text": _cell(name, row[name]),
                    "raw": "" if row[name] is None else row[name],
                    "css": _css(name, row[name], numeric[name]),
                }
                for name in names
            ]
            for row in rows
        ],
    }


def _css(name: str, value: object, is_numeric: bool) -> str:
    if name == "n_unaccounted":
        return "good" if value == 0 else "bad"
    return "" if is_numeric else "text"


def _cell(name: str, value: object) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        if name.endswith("percent"):
            return f"{_plain(value, 1)}\N{NO-BREAK SPACE}%"
        if name.startswith("mean_") and name.endswith("rsi"):
            return _plain(value, 1)
        if name.endswith(("confidence", "threshold")):
            return _plain(value, 2)
        whole = float(value).is_integer() and value != 0
        return _number(value) if whole else _significant(value)
    return _number(value) if isinstance(value, int) else str(value)


def _number(value: object) -> str:
    """A count with separators, or a dash."""
    if value is None:
        return MISSING
    if isinstance(value, float | Decimal) and float(value).is_integer():
        value = int(value)
    return f"{value:,}"


def _plain(value: float | Decimal | None, digits: int) -> str:
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _significant(value: float | Decimal | None, digits: int = 4) -> str:
    """Four significant digits without exponent, as the paper prints."""
    if value is None:
        return MISSING
    number = float(value)
    if number == 0:
        return "0"
    decimals = max(digits - 1 - math.floor(math.log10(abs(number))), 0)
    if number == int(number) and abs(number) < 1e9:
        return f"{int(number):,}".replace("-", "−")
    return f"{number:,.{decimals}f}".replace("-", "−")


def _p_value(value: float) -> str:
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.4f}"


def _plain_svg(svg: str) -> Markup:
    """Return a drawing that can stand inline: one svg element, no script, no reference."""
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", "", svg, flags=re.DOTALL).strip()
    text = re.sub(r"\sxmlns(:\w+)?=\"[^\"]*\"", "", text)
    if not text.startswith("<svg") or not text.endswith("</svg>"):
        raise ValueError("the lineage is not one svg element")
    if found := re.search(
        r"<\s*(script|foreignObject|image|use|a|style)\b|\son\w+\s*=|href\s*=|"
        r"url\s*\(|https?:|javascript:",
        text,
        flags=re.IGNORECASE,
    ):
        raise ValueError(f"the lineage holds {found.group(0)!r}")
    return Markup(text)


def _render(context: Mapping[str, Any]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    script = (TEMPLATES / "sort.js").read_text(encoding="utf-8")
    css = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        environment.get_template("report.html.j2").render(
            **context,
            css=Markup(css),
            script=Markup(script),
            script_hash=digest,
            contents=CONTENTS,
        )
        + "\n"
    )
