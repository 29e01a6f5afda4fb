"""One self-contained HTML page from a published database: tables, maps, figures, accounts.

The page reads published tables only, so that it says what an analyst would find there. The tables
of the paper are the objects of `analysis.tables`, figures those of `analysis.figures`: the page
shows the cells and marks that their files hold. It speaks English and Chinese, holds its styles,
figures and a few lines of script, and asks no network for anything. Same database, same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from markupsafe import Markup, escape

from analysis.figures import Figure, both
from analysis.number_texts import fixed, significant
from analysis.tables import LANGUAGES, MISSING, Language, Table
from analysis.tables import Text as Words
from orchestration.exports import FIGURES_FOLDER, FORMATS, TABLES_FOLDER, build_facts, tables_of
from orchestration.release_figures import FIGURE_FORMATS, FigureGroup, MissingFigure, figure_groups
from orchestration.report_texts import CONTENTS, DEFECTS, HEADS, VALUES
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

TEMPLATES = Path(__file__).with_name("report_templates")

# What the page reads. A missing table or column is an error; a table without rows is an empty
# section, because one gazette day publishes such tables.
TABLES: dict[str, tuple[str, ...]] = {
    "marts.dim_cities": ("adcode", "short_name", "name_en", "latitude", "longitude"),
    "marts.fct_joint_edges": ("year", "city_a", "city_b", "basis", "counting", "n"),
    "marts.fct_transfer_edges": ("year", "from_city", "to_city", "type", "n"),
    "marts.fct_city_years": ("adcode", "year", "in_sample", "rsi", "extensive", "intensive"),
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
    "reports.rpt_table4_margins": (
        "column_no", "position", "term", "outcome", "coef", "std_error", "stars", "status",
        "reason", "is_synthetic",
    ),
    "reports.rpt_table5_spatial": (
        "specification", "column_no", "column_kind", "position", "term", "coef", "std_error",
        "stars", "rho", "note", "status", "reason", "is_synthetic",
    ),
    "reports.rpt_spatial_tests": (
        "position", "family", "label_zh", "label_en", "effects", "statistic", "df", "p_value",
        "valid_for", "status", "reason", "is_synthetic",
    ),
    "reports.rpt_moran_by_year": (
        "year", "variable", "weights_kind", "n", "statistic", "expectation", "sd", "p_greater",
        "p_permutation", "n_permutations", "seed", "paper_statistic", "status", "reason",
        "is_synthetic",
    ),
    "reports.rpt_moran_cities": (
        "year", "variable", "weights_kind", "adcode", "city_name", "standardised", "spatial_lag",
        "local_i", "quadrant", "p_value", "is_significant", "is_synthetic",
    ),
    "reports.rpt_joint_series": (
        "level", "adcode", "city_name", "year", "n_applications", "n_grants", "is_synthetic",
    ),
    "reports.rpt_partner_lists": (
        "adcode", "city_name", "basis", "year", "state", "n", "partners", "is_synthetic",
    ),
    "reports.rpt_text_facts": (
        "position", "fact_zh", "fact_en", "ours_text", "paper_text", "status", "reason",
        "is_synthetic",
    ),
    "reports.rpt_robustness": (
        "family", "specification", "label_zh", "label_en", "outcome", "term", "symbol", "coef",
        "std_error", "p_value", "stars", "n_obs", "n_clusters", "se_kind", "note", "status",
        "reason", "is_synthetic",
    ),
    "reports.rpt_event_studies": (
        "policy", "outcome", "event_time", "coef", "std_error", "is_base", "pretrend_p", "overall",
        "overall_se", "twoways_coef", "twoways_se", "status", "reason", "is_synthetic",
    ),
    "reports.rpt_bacon_weights": (
        "policy", "outcome", "kind", "weight", "estimate", "n_pairs", "status", "reason",
        "is_synthetic",
    ),
    "reports.rpt_network_figures": (
        "network", "year", "measure", "value", "note", "is_synthetic",
    ),
    "reports.rpt_spatial_weights": (
        "kind", "n", "power", "cutoff_km", "standardisation", "n_links", "fingerprint",
        "n_islands", "n_components", "smallest_eigenvalue", "feedback_at_paper_rho", "note",
        "is_synthetic",
    ),
    "reports.rpt_audit_findings": ("source", "verdict", "is_synthetic"),
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

TOP_CITIES_SQL = """
select coalesce(c.name_en, t.city_name) as city_en, coalesce(c.short_name, t.city_name) as city_zh,
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
select r.applicant_position,
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
REJECTIONS_SQL = """
select coalesce(r.field, '') as field, coalesce(r.reason, '') as reason, count(*) as "values"
from marts.rejections as r group by 1, 2 order by 3 desc, 1, 2
"""
UNAVAILABLE_SQL = "select u.analysis, u.reason from reports.rpt_unavailable as u order by all"
SETTINGS_SQL = """
select s.name, s.value, coalesce(s.question, '') as question, s.description
from meta.method_settings as s order by s.name
"""
FINGERPRINTS_SQL = """
select f.table_name, f.row_count, f.fingerprint, f.excluded_columns
from meta.table_fingerprints as f order by f.table_name
"""


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
    with replacing(out) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")


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
    method = {
        row["name"]: str(row["value"])
        for row in _rows(connection, "select s.name, s.value from meta.method_settings as s")
    }
    synthetic = build_facts(connection).is_synthetic  # a doubtful page must not look real
    first, last = connection.execute(
        "select min(p.year), max(p.year) from marts.fct_city_years as p"
    ).fetchall()[0]
    groups = figure_groups(connection, synthetic=synthetic)
    return {
        "build": build,
        "synthetic": synthetic,
        "period": None if first is None else (f"{first}–{last}" if first < last else str(first)),
        "basis_text": BASES.get(method.get("edge_basis", "grant"), BASES["application"]),
        "facts": _facts(connection),
        "figures": {group.name: _figures(group) for group in groups},
        "tables": _printed_tables(connection),
        "top_cities": _table(connection, TOP_CITIES_SQL),
        "accounting": _table(connection, ACCOUNTING_SQL),
        "rejections": _table(connection, REJECTIONS_SQL),
        "located": _table(connection, LOCATED_SQL),
        "bounds": _table(connection, BOUNDS_SQL),
        "unavailable": _table(connection, UNAVAILABLE_SQL),
        "defects": [(code, _words(text)) for code, text in sorted(DEFECTS.items())],
        "settings": _table(connection, SETTINGS_SQL),
        "fingerprints": _rows(connection, FINGERPRINTS_SQL),
    }


def _facts(connection: DuckDBPyConnection) -> list[Row]:
    def count(what: str) -> str:
        return f"{int(_one(connection, f'select count(*) from {what}')):,}"

    def fact(en: str, zh: str, value: str, note_en: str, note_zh: str) -> Row:
        return {"label": _w(en, zh), "value": value, "note": _w(note_en, note_zh)}

    pairs = "(select distinct e.city_a, e.city_b from marts.fct_joint_edges as e)"
    moves = "(select distinct e.from_city, e.to_city from marts.fct_transfer_edges as e)"
    rejected, cities = count("marts.rejections"), count("marts.dim_cities")
    sample = count("(select distinct p.adcode from marts.fct_city_years as p)")
    landed = f"{int(_one(connection, 'select b.landed_rows from meta.builds as b')):,}"
    return [
        fact("Publications", "公告", count("marts.fct_publications"),
             f"{rejected} rejected values", f"剔除 {rejected} 个数值"),
        fact("Applications", "专利申请", count("marts.fct_applications"),
             "A and B documents folded", "公布与授权文本合并"),
        fact("Legal events", "法律事务", count("marts.fct_assignments"),
             "transfers and changes of holder", "转让与权利人变更"),
        fact("Applicants", "申请人", count("marts.dim_applicants"),
             "persons keyed, never named", "自然人只留键值，不留姓名"),
        fact("Pairs of cities", "合作城市对", count(pairs),
             "with a joint green invention", "有联合绿色发明"),
        fact("Transfer routes", "转让方向", count(moves),
             "directed pairs of cities", "有向城市对"),
        fact("City-years", "城市面板", count("marts.fct_city_years"),
             f"{sample} of {cities} cities", f"{cities} 个城市中的 {sample} 个"),
        fact("Landed rows", "采集记录", landed,
             "all accounted for below", "去向见下文核算"),
    ]  # fmt: skip


def _figures(group: FigureGroup) -> list[Row]:
    """Figures of a group as the page shows them, the missing ones with their reason."""
    shown: list[Row] = []
    for member in group.members:
        if isinstance(member, MissingFigure):
            shown.append({"title": _words(member.title), "reason": member.reason, "svg": None})
            continue
        shown.append(
            {
                "name": member.name,
                "title": _w(member.heading("en"), member.heading("zh")),
                "caption": _words(member.caption),
                "svg": Markup(member.to_svg_inline()),
                "reason": None,
                "files": _figure_files(member),
                "wide": member.english.width > MAP_LIMIT,
            }
        )
    return shown


MAP_LIMIT = 560
"""Figures wider than this, in page units, stand alone in a row."""


def _figure_files(figure: Figure) -> list[Row]:
    files = [
        {"text": kind.upper(), "css": CSS[language], "name": figure.file_name(kind, language)}
        for kind in FIGURE_FORMATS
        for language in LANGUAGES
    ]
    files.append({"text": "CSV", "css": "", "name": figure.file_name("csv")})
    return [file | {"href": f"../{FIGURES_FOLDER}/{file['name']}"} for file in files]


SECTION_TABLES: dict[str, tuple[str, ...]] = {
    **{f"table{number}": (f"table{number}",) for number in range(1, 5)},
    "trend": ("joint_series", "city_series", "partner_lists"),
    "moran": ("moran_by_year",),
    "spatial-tests": ("spatial_tests", "spatial_weights"),
    "table5": ("table5", "table5_two_way", "spatial_comparison", "table5_weights"),
    "events": ("event_studies", "bacon_weights"),
    "robustness": ("robustness",),
    "networks": ("network_figures",),
    "facts": ("text_facts",),
    "audit": ("audit_findings",),
}
"""Tables of each section; those that no section names stand with the facts of the text."""
OPEN_ROWS = 70
"""Tables with more rows are folded."""
SHOWN_ROWS = 500
"""Tables with more rows are in the files alone; the page says so."""


def _printed_tables(connection: DuckDBPyConnection) -> dict[str, list[Row]]:
    """The tables of a release by section."""
    found = {table.id: table for table in tables_of(connection, paper=True)}
    named = {name for names in SECTION_TABLES.values() for name in names}
    sections = {
        section: [_printed(found[name]) for name in names if name in found]
        for section, names in SECTION_TABLES.items()
    }
    sections["facts"] += [_printed(table) for name, table in found.items() if name not in named]
    return sections


def _printed(table: Table) -> Row:
    """A table in both languages, of which the page hides one, and its files."""
    rows = len(table.rows)
    return {
        "title": _w(table.heading("en"), table.heading("zh")),
        "rows": rows,
        "is_long": rows > OPEN_ROWS,
        "html": None
        if rows > SHOWN_ROWS
        else Markup("").join(
            Markup('<div class="{}"{}>{}</div>').format(
                CSS[language],
                Markup(' lang="zh-Hans"') if language == "zh" else "",
                Markup(table.to_html_fragment(language, flags=True)),
            )
            for language in LANGUAGES
        ),
        "files": [
            {
                "text": kind.upper(),
                "css": CSS[language],
                "href": f"../{TABLES_FOLDER}/{table.file_stem(language)}.{kind}",
            }
            for kind in FORMATS
            for language in LANGUAGES
        ],
    }


CSS: dict[Language, str] = {"en": "l-en", "zh": "l-zh"}


def _w(en: str, zh: str) -> Markup:
    """A text in both languages, of which the page hides one; once when they are equal."""
    if en == zh:
        return Markup(escape(en))
    return Markup('<span class="l-en">{}</span><span class="l-zh" lang="zh-Hans">{}</span>').format(
        en, zh
    )


def _words(words: Words) -> Markup:
    return _w(words.en, words.zh)


BASES = {
    "grant": both("joint grants, year of announcement", "联合授权，按公告年"),
    "application": both("joint applications, year of filing", "联合申请，按申请年"),
}


def _table(connection: DuckDBPyConnection, sql: str) -> Row | None:
    """Cells of a query in its order, None without rows; see `_shaped`."""
    return _shaped(_rows(connection, sql))


def _shaped(rows: Sequence[Row]) -> Row | None:
    """Cells in the order of the columns: numbers aligned, with the value to sort by.

    Columns ``x_en`` and ``x_zh`` become one in both languages; columns without any value are left
    out.
    """
    if not rows:
        return None
    names = [
        name
        for name in rows[0]
        if not name.endswith("_zh") and any(row[name] is not None for row in rows)
    ]
    numeric = {
        name: all(_is_numeric(row[name]) for row in rows if row[name] is not None) for name in names
    }
    return {
        "heads": [
            {"text": _head(name.removesuffix("_en")), "css": "" if numeric[name] else "text"}
            for name in names
        ],
        "rows": [
            [
                {
                    "text": _cell(name, row),
                    "raw": "" if row[name] is None else row[name],
                    "css": _css(name, row[name], numeric[name]),
                }
                for name in names
            ]
            for row in rows
        ],
    }


def _head(name: str) -> Markup:
    return _words(HEADS[name]) if name in HEADS else Markup(escape(name.replace("_", " ")))


def _is_numeric(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _css(name: str, value: object, is_numeric: bool) -> str:
    if name == "n_unaccounted":
        return "good" if value == 0 else "bad"
    if is_numeric:
        return ""
    return "text wrap" if name in LONG_TEXTS else "text"


LONG_TEXTS = frozenset({"reason", "description"})


def _cell(name: str, row: Row) -> Markup | str:
    value = row[name]
    if value is None:
        return MISSING
    if name.endswith("_en"):
        return _w(str(value), str(row[name.removesuffix("_en") + "_zh"] or value))
    if isinstance(value, bool):
        return _words(YES if value else NO)
    if isinstance(value, float | Decimal):
        return _decimal(name, value)
    if isinstance(value, int):
        return str(value) if name == "year" else f"{value:,}"
    text = str(value)
    if name in ("name", "value"):
        return Markup("<code>{}</code>").format(text)
    return _words(VALUES[text]) if text in VALUES else text


YES, NO = both("yes", "是"), both("no", "否")


def _decimal(name: str, value: float | Decimal) -> str:
    if name.endswith("percent"):
        return f"{fixed(value, 1)}\N{NO-BREAK SPACE}%"
    if name.startswith("mean_") and name.endswith("rsi"):
        return fixed(value, 1)
    if name.endswith(("confidence", "threshold")):
        return fixed(value, 2)
    if float(value).is_integer() and value != 0:
        return f"{int(value):,}".replace("-", "−")
    return significant(value)


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
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.globals["t"] = _w
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    css = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        environment.get_template("report.html.j2").render(
            **context,
            css=Markup(css),
            script=Markup(script),
            script_hash=digest,
            contents=[(name, _words(words)) for name, words in CONTENTS],
        )
        + "\n"
    )
