"""What a release holds beside its database: every table as files, made from the database alone.

    tables/table3_synthetic_en.html, .tex, .docx, .xlsx, .csv, and the same in Chinese

A report that the database lacks, or that holds nothing, gives a table that says so: a release never
misses one without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import polars as pl

from analysis.errors import AnalysisError
from analysis.table_cells import BuildFacts, bilingual
from analysis.table_layouts import (
    table1,
    table2,
    table3,
    table4,
    table5,
    table5_two_way,
    table5_weights,
)
from analysis.table_supplements import (
    audit_table,
    bacon_table,
    city_series_table,
    comparison_table,
    event_studies_table,
    joint_series_table,
    moran_table,
    network_table,
    partner_lists_table,
    robustness_table,
    spatial_tests_table,
    text_facts_table,
    weights_table_of_kinds,
)
from analysis.tables import LANGUAGES, Cell, Language, Row, Table, Text
from orchestration.publish import PublishError, open_published
from orchestration.release_figures import figure_groups, figures_of, write_figures
from orchestration.report_texts import DEFECTS, VALUES
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Format = Literal["html", "tex", "docx", "xlsx", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
TABLES_FOLDER = "tables"
FIGURES_FOLDER = "figures"


class ExportError(RuntimeError):
    """A table cannot be exported: it has no such name, or the city has no partners in the data."""


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where one table comes from.

    Attributes
    ----------
    name : str
        Name of the table and of its files.
    title : Text
        For a table that cannot be made.
    relation : str
        Published table that it is made of.
    sql : str
        Query for its rows.
    build : callable
        From frame, facts and whether the paper's numbers stand beside ours.
    """

    name: str
    title: Text
    relation: str
    build: Callable[[pl.DataFrame, BuildFacts, bool], Table]
    sql: str = ""

    def frame(self, connection: DuckDBPyConnection) -> pl.DataFrame:
        """Rows of the table's report, in the order of its columns."""
        return connection.sql(self.sql or f"select t.* from {self.relation} as t order by all").pl()


# The symbol of the paper for each regressor; ln_gtr is no row of Table 2.
_WITH_SYMBOLS = """
select t.*, coalesce(v.symbol, t.term) as symbol
from {relation} as t
left join reports.rpt_table2_descriptives as v on t.term = v.physical_column
order by t.position, t.column_no
"""


def _regressions(relation: str) -> str:
    return _WITH_SYMBOLS.format(relation=relation)


def _plain(make: Callable[[pl.DataFrame, BuildFacts], Table]) -> Callable[..., Table]:
    return lambda frame, facts, _paper: make(frame, facts)


def _beside(make: Callable[..., Table]) -> Callable[..., Table]:
    return lambda frame, facts, paper: make(frame, facts, paper=paper)


SOURCES: tuple[TableSource, ...] = (
    TableSource(
        "table1", Text("合作城市的动态变化", "Partner cities"),
        "reports.rpt_table1_partner_dynamics", _beside(table1),
    ),
    TableSource(
        "table2", Text("描述性统计", "Descriptive statistics"),
        "reports.rpt_table2_descriptives", _beside(table2),
    ),
    TableSource(
        "table3", Text("基准回归结果", "Baseline regressions"),
        "reports.rpt_table3_baseline", _beside(table3),
        _regressions("reports.rpt_table3_baseline"),
    ),
    TableSource(
        "table4", Text("拓展边际与集约边际", "Extensive and intensive margin"),
        "reports.rpt_table4_margins", _beside(table4),
        _regressions("reports.rpt_table4_margins"),
    ),
    TableSource(
        "table5", Text("空间杜宾模型估计结果", "Spatial Durbin model"),
        "reports.rpt_table5_spatial", _beside(table5),
    ),
    TableSource(
        "table5_two_way", Text("城市固定效应与双向固定效应", "City effects and two-way effects"),
        "reports.rpt_table5_spatial", _plain(table5_two_way),
    ),
    TableSource(
        "table5_weights", Text("经济权重与经济地理权重", "Economic weights"),
        "reports.rpt_table5_spatial", _plain(table5_weights),
    ),
    TableSource(
        "spatial_comparison", Text("各空间设定的 ρ", "Rho by specification"),
        "reports.rpt_table5_spatial", _plain(comparison_table),
    ),
    TableSource(
        "spatial_tests", Text("空间检验", "Spatial tests"),
        "reports.rpt_spatial_tests", _plain(spatial_tests_table),
    ),
    TableSource(
        "moran_by_year", Text("各年全局莫兰指数", "Global Moran's I by year"),
        "reports.rpt_moran_by_year", _beside(moran_table),
    ),
    TableSource(
        "joint_series", Text("全国联合绿色发明专利", "National joint green inventions"),
        "reports.rpt_joint_series", _plain(joint_series_table),
    ),
    TableSource(
        "city_series", Text("各城市联合绿色发明专利", "Joint green inventions of cities"),
        "reports.rpt_joint_series", _plain(city_series_table),
    ),
    TableSource(
        "partner_lists", Text("合作城市名单", "Partner cities by name"),
        "reports.rpt_partner_lists", _plain(partner_lists_table),
    ),
    TableSource(
        "text_facts", Text("正文所述事实", "Facts that the text states"),
        "reports.rpt_text_facts", _plain(text_facts_table),
    ),
    TableSource(
        "robustness", Text("稳健性检验", "Robustness"),
        "reports.rpt_robustness", _plain(robustness_table),
    ),
    TableSource(
        "event_studies", Text("事件研究", "Event studies"),
        "reports.rpt_event_studies", _plain(event_studies_table),
    ),
    TableSource(
        "bacon_weights", Text("双向固定效应系数的分解", "What two-way coefficients compare"),
        "reports.rpt_bacon_weights", _plain(bacon_table),
    ),
    TableSource(
        "network_figures", Text("网络整体指标", "Whole networks by year"),
        "reports.rpt_network_figures", _plain(network_table),
    ),
    TableSource(
        "spatial_weights", Text("空间权重矩阵", "Spatial weights"),
        "reports.rpt_spatial_weights", _plain(weights_table_of_kinds),
    ),
    TableSource(
        "audit_findings", Text("表格的算术核查", "What arithmetic finds in the tables"),
        "reports.rpt_audit_findings", _plain(audit_table),
    ),
)  # fmt: skip
NUMBERS = {
    **{str(n): f"table{n}" for n in range(1, 6)},
    "5b": "table5_two_way",
    "5c": "table5_weights",
    "A1": "spatial_tests",
    "A2": "moran_by_year",
    "A3": "joint_series",
    "A4": "city_series",
    "A5": "partner_lists",
    "A6": "text_facts",
    "A7": "robustness",
    "A8": "event_studies",
    "A9": "bacon_weights",
    "A10": "network_figures",
    "A11": "spatial_weights",
    "A12": "audit_findings",
    "A13": "spatial_comparison",
}
"""Numbers as the headings have them, and the tables that bear them."""


def export_release(database: Path, folder: Path) -> list[str]:
    """Write everything that a release holds beside its database.

    Parameters
    ----------
    database : Path
        Published database, read and not changed.
    folder : Path
        Folder of the release; ``tables/`` and ``figures/`` are made in it.

    Returns
    -------
    list of str
        Paths of the files in the folder, sorted.
    """
    with open_published(database) as connection:
        connection.execute("set threads = 1")
        tables = tables_of(connection)
        groups = figure_groups(connection, synthetic=build_facts(connection).is_synthetic)
    written = write_tables(tables, folder / TABLES_FOLDER)
    written += write_figures(figures_of(groups), folder / FIGURES_FOLDER)
    return sorted(f"{path.parent.name}/{path.name}" for path in written)


def write_tables(
    tables: Sequence[Table],
    folder: Path,
    *,
    languages: Sequence[Language] = LANGUAGES,
    formats: Sequence[Format] = FORMATS,
) -> list[Path]:
    """Write tables as files, each under a temporary name first; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables:
        for language in languages:
            for form in formats:
                path = folder / f"{table.file_stem(language)}.{form}"
                with replacing(path) as partial:
                    partial.write_bytes(file_bytes(table, language, form))
                written.append(path)
    return written


def file_bytes(table: Table, language: Language, form: Format) -> bytes:
    """Return a table as the content of a file, texts in UTF-8."""
    if form == "docx":
        return table.to_docx(language)
    if form == "xlsx":
        return table.to_xlsx(language)
    if form == "tex":
        return table.to_latex(language).encode()
    return (table.to_csv(language) if form == "csv" else table.to_html(language)).encode()


def tables_of(
    connection: DuckDBPyConnection,
    *,
    names: Sequence[str] | None = None,
    city: str | None = None,
    basis: str | None = None,
    paper: bool = False,
) -> list[Table]:
    """Make tables of a published database.

    Parameters
    ----------
    names : sequence of str, optional
        Names or numbers of tables (``table3``, ``3``, ``spatial_tests``); all of them by default.
    city, basis : str, optional
        For Table 1: code of a city, and ``application`` or ``grant``.
    paper : bool
        The paper's printed numbers stand beside ours where it prints the table.

    Raises
    ------
    ExportError
        If there is no table of a name, or no partner dynamics of the city.
    PublishError
        If the database does not say what it was built from.
    """
    facts = build_facts(connection)
    known = {source.name: source for source in SOURCES}
    wanted = list(known) if names is None else [NUMBERS.get(name, name) for name in names]
    if absent := [name for name in wanted if name not in known]:
        raise ExportError(f"no table {', '.join(absent)}; there are {', '.join(known)}")
    made = []
    for name in wanted:
        if name == "table1" and (city is not None or basis is not None):
            made.append(_dynamics(connection, facts, city, basis))
        else:
            made.append(_made(connection, known[name], facts, paper=paper))
    return made


def _made(
    connection: DuckDBPyConnection,
    source: TableSource,
    facts: BuildFacts,
    *,
    paper: bool,
) -> Table:
    if source.relation not in _relations(connection):
        return unavailable_table(source, facts, f"this release has no {source.relation}")
    try:
        return source.build(source.frame(connection), facts, paper)
    except AnalysisError as error:
        return unavailable_table(source, facts, f"{source.relation}: {error}")


def _dynamics(
    connection: DuckDBPyConnection, facts: BuildFacts, city: str | None, basis: str | None
) -> Table:
    """Table 1 of any city and basis; the hub of the report where no city is named."""
    if city is None:
        found = connection.execute(
            "select min(t.adcode) from reports.rpt_table1_partner_dynamics as t"
        ).fetchall()
        city = found[0][0]
    frame = connection.execute(
        "select t.* from marts.fct_partner_dynamics as t where t.adcode = ? and t.basis = ? "
        "order by t.year",
        [city, basis or "application"],
    ).pl()
    if frame.is_empty():
        raise ExportError(f"city {city} has no partner dynamics: no such code in this release")
    made = table1(frame, facts)
    return replace(made, id=f"table1_{city}_{basis or 'application'}")


def unavailable_table(source: TableSource, facts: BuildFacts, reason: str) -> Table:
    """A table of one cell that says why it is not there."""
    why = bilingual(reason)
    return Table(
        id=source.name,
        number=next((number for number, name in NUMBERS.items() if name == source.name), ""),
        title=source.title,
        header=(Row((Cell(source.title, kind="head"),), "head"),),
        body=(
            Row(
                (
                    Cell(
                        Text(f"不可用：{why.zh}", f"Not available: {why.en}"),
                        kind="unavailable",
                        hint=why,
                    ),
                )
            ),
        ),
        notes=(facts.provenance,),
        is_synthetic=facts.is_synthetic,
    )


def build_facts(connection: DuckDBPyConnection) -> BuildFacts:
    """What a published database says about itself.

    Raises
    ------
    PublishError
        If ``meta.builds`` does not hold one build.
    """
    builds = connection.execute(
        "select b.build_id, b.settings_hash, b.greenties_version, b.is_synthetic "
        "from meta.builds as b"
    ).fetchall()
    if len(builds) != 1:
        raise PublishError(f"meta.builds has {len(builds)} rows, not one")
    build_id, settings_hash, version, synthetic = builds[0]
    relations = _relations(connection)
    rows = cities = years = None
    if "marts.fct_city_years" in relations:
        rows, cities, years = connection.execute(
            "select count(*), count(distinct p.adcode), count(distinct p.year) "
            "from marts.fct_city_years as p where p.in_sample"
        ).fetchall()[0]
    return BuildFacts(
        build_id=build_id,
        settings_hash=settings_hash,
        version=version,
        is_synthetic=bool(synthetic) or _any_report_synthetic(connection),
        method=dict(
            connection.execute(
                "select s.name, s.value from meta.method_settings as s order by all"
            ).fetchall()
        ),
        panel_rows=rows or None,
        panel_cities=cities or None,
        panel_years=years or None,
        cities=dict(_city_names(connection)) if "marts.dim_cities" in relations else {},
        defects=DEFECTS,
        codes=VALUES,
    )


def _city_names(connection: DuckDBPyConnection) -> Iterator[tuple[str, Text]]:
    """Names by code and by Chinese name, long and short; English namesakes with the province."""
    for adcode, long, short, english in connection.execute(
        "select c.adcode, c.city_name, c.short_name, case when count(*) over "
        "(partition by c.name_en) > 1 and c.province_name_en is not null "
        "then c.name_en || ' (' || c.province_name_en || ')' else c.name_en end "
        "from marts.dim_cities as c order by c.adcode desc"
    ).fetchall():
        for key in (long, short, adcode):
            if key:
                yield key, Text(short or long or adcode, english or short or long or adcode)


def _any_report_synthetic(connection: DuckDBPyConnection) -> bool:
    """True when any report says so: a doubtful table must not look real."""
    marked = connection.execute(
        "select c.schema_name || '.' || c.table_name from duckdb_columns() as c "
        "where c.database_name = current_database() and c.schema_name = 'reports' "
        "and c.column_name = 'is_synthetic' order by 1"
    ).fetchall()
    return any(
        connection.execute(
            f"select coalesce(bool_or(r.is_synthetic), false) from {table} as r"
        ).fetchall()[0][0]
        for (table,) in marked
    )


def _relations(connection: DuckDBPyConnection) -> set[str]:
    return {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select t.schema_name, t.table_name from duckdb_tables() as t "
            "where t.database_name = current_database()"
        ).fetchall()
    }
