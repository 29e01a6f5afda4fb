"""The figures of a release, from its published database alone.

What the data of a build cannot carry is a `MissingFigure` with its reason: a release never holds an
empty drawing, and never misses one without saying why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import polars as pl

from analysis.figures import (
    Figure,
    FigureUnavailableError,
    both,
    cluster_map,
    coefficient_figure,
    event_study_figure,
    link_map,
    moran_figure,
    moran_trend_figure,
    theory_figure,
    trend_figure,
    value_map,
)
from analysis.figures_maps import heaviest_tie, partner_counts
from analysis.tables import LANGUAGES, Language
from analysis.tables import Text as Words
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FigureFormat = Literal["svg", "pdf", "png"]
FIGURE_FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)

PAPER_YEARS = (2007, 2020)
"""Years of the paper's Moran figures."""
WEIGHTS_KIND = "inverse_distance"
VARIABLES = {"ln_rsi": "ln(1 + rsi)", "rsi": "rsi"}


@dataclass(frozen=True, slots=True)
class MissingFigure:
    """A figure that this build cannot carry."""

    name: str
    title: Words
    reason: str


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures that stand together, ``links``, ``moran`` and so on, the missing ones among them."""

    name: str
    members: tuple[Figure | MissingFigure, ...]


def figure_groups(connection: DuckDBPyConnection, *, synthetic: bool) -> tuple[FigureGroup, ...]:
    """Every figure of a published database.

    Parameters
    ----------
    synthetic : bool
        The build, or any report in it, is synthetic: all figures with data say so.
    """
    tables = _Tables(connection)
    makers: tuple[tuple[str, Callable[[_Tables, bool], Iterator[Figure | MissingFigure]]], ...] = (
        ("theory", lambda _tables, _synthetic: iter([theory_figure()])),
        ("links", _link_maps),
        ("partners", _partner_maps),
        ("intensity", _intensity_maps),
        ("trend", _trend),
        ("coefficients", _coefficients),
        ("moran", _moran_scatters),
        ("moran_years", _moran_years),
        ("clusters", _clusters),
        ("events", _event_studies),
    )
    return tuple(FigureGroup(name, tuple(make(tables, synthetic))) for name, make in makers)


def write_figures(
    figures: Sequence[Figure],
    folder: Path,
    *,
    languages: Sequence[Language] = LANGUAGES,
    formats: Sequence[FigureFormat] = FIGURE_FORMATS,
) -> list[Path]:
    """Write each figure as SVG, PDF and PNG in both languages and what it draws as CSV.

    Files come under a temporary name first; their paths are returned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        named = {
            figure.file_name(form, language): figure_bytes(figure, language, form)
            for language in languages
            for form in formats
        }
        named[figure.file_name("csv")] = figure.to_csv().encode("utf-8-sig")
        for name, content in named.items():
            path = folder / name
            with replacing(path) as partial:
                partial.write_bytes(content)
            written.append(path)
    return written


def figure_bytes(figure: Figure, language: Language, form: FigureFormat) -> bytes:
    """Return a figure as the content of a file."""
    if form == "pdf":
        return figure.to_pdf(language)
    return figure.to_png(language) if form == "png" else figure.to_svg(language).encode()


def figures_of(groups: Sequence[FigureGroup]) -> list[Figure]:
    """The figures that could be drawn."""
    return [member for group in groups for member in group.members if isinstance(member, Figure)]


class _Tables:
    """The published tables that figures draw, read once."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        def read(sql: str, values: tuple[object, ...] = ()) -> pl.DataFrame:
            return connection.execute(sql, list(values)).pl()

        settings = dict(
            connection.execute("select s.name, s.value from meta.method_settings as s").fetchall()
        )
        self.variable = str(settings.get("moran_variable", "ln_rsi"))
        basis = settings.get("edge_basis", "grant")
        self.cities = read(
            "select c.adcode, c.short_name, c.name_en, cast(c.latitude as double) as latitude, "
            "cast(c.longitude as double) as longitude from marts.dim_cities as c order by all"
        )
        self.edges = read(
            "select e.year, e.city_a, e.city_b, cast(e.n as double) as n "
            "from marts.fct_joint_edges as e where e.basis = ? and e.counting = 'pair' "
            "order by all",
            (basis,),
        )
        self.panel = read(
            "select p.adcode, p.year, p.extensive, p.intensive from marts.fct_city_years as p "
            "where p.in_sample order by all"
        )
        self.absent: dict[str, str] = {}

        def report(name: str, columns: tuple[str, ...], sql: str, *values: object) -> pl.DataFrame:
            """A report that releases of older times do not have."""
            if not connection.execute(
                "select count(*) from duckdb_tables() as t where t.schema_name = 'reports' "
                "and t.table_name = ? and t.database_name = current_database()",
                [name],
            ).fetchall()[0][0]:
                self.absent[name] = f"this release has no reports.{name}"
                return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
            return read(sql.format(name), values)

        self.series = report(
            "rpt_joint_series",
            ("level", "year", "n_applications", "n_grants"),
            "select s.* from reports.{} as s order by all",
        )
        self.baseline = read("select t.* from reports.rpt_table3_baseline as t order by all")
        self.labels = {
            column: both(english, chinese)
            for column, english, chinese in connection.execute(
                "select t.physical_column, t.label_en, t.label_zh "
                "from reports.rpt_table2_descriptives as t order by t.position"
            ).fetchall()
        }
        chosen = (self.variable, WEIGHTS_KIND)
        self.moran_years = report(
            "rpt_moran_by_year",
            ("year", "statistic", "reason"),
            "select m.* from reports.{} as m "
            "where m.variable = ? and m.weights_kind = ? order by m.year",
            *chosen,
        )
        self.moran_cities = report(
            "rpt_moran_cities",
            ("year",),
            "select m.* from reports.{} as m "
            "where m.variable = ? and m.weights_kind = ? order by m.year, m.adcode",
            *chosen,
        )
        self.events = report(
            "rpt_event_studies",
            ("policy", "outcome"),
            "select e.* from reports.{} as e order by all",
        )

    @property
    def variable_text(self) -> str:
        return VARIABLES.get(self.variable, self.variable)

    def years(self) -> list[int]:
        """First and last year of the panel."""
        found = self.panel["year"].unique().sort().to_list()
        return sorted({found[0], found[-1]}) if found else []

    def moran_pair(self) -> list[tuple[str, int]]:
        """Number of the paper's figure and year: 2007 and 2020 where there, else the ends."""
        found = self.moran_years.filter(pl.col("statistic").is_not_null())["year"].sort().to_list()
        if not found:
            return []
        first, last = PAPER_YEARS
        ends = (
            first if first in found else found[0],
            last if last in found else found[-1],
        )
        if ends[0] == ends[1]:
            return [("3" if ends[0] == last else "2", ends[0])]
        return [("2", ends[0]), ("3", ends[1])]


def _made(name: str, title: Words, make: Callable[[], Figure]) -> Figure | MissingFigure:
    try:
        return make()
    except FigureUnavailableError as error:
        return MissingFigure(name, title, str(error))


def _link_maps(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    title = both("Ties between cities", "城市间绿色专利合作关系")
    shown = [tables.edges.filter(pl.col("year") == year) for year in tables.years()]
    heaviest = max((heaviest_tie(rows, tables.cities) for rows in shown), default=0.0)
    largest = max((max(partner_counts(rows).values(), default=0) for rows in shown), default=0)
    if not shown:
        yield MissingFigure("map_links", title, "the panel holds no year")
    for year in tables.years():
        yield _made(
            f"map_links_{year}",
            title,
            partial(
                link_map,
                tables.edges,
                tables.cities,
                year=year,
                is_synthetic=synthetic,
                heaviest=heaviest or None,
                largest=largest or None,
            ),
        )


def _partner_maps(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    yield from _value_maps(
        tables,
        synthetic,
        column="extensive",
        name="map_partners",
        title=both("Partner cities of each city", "各城市的合作城市数"),
        unit=both("Number of partner cities", "合作城市数"),
        digits=0,
        widest=13.0,
    )


def _intensity_maps(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    yield from _value_maps(
        tables,
        synthetic,
        column="intensive",
        name="map_intensity",
        title=both("Joint patents per partner city", "与每个合作城市的联合专利数"),
        unit=both("Joint green patents per partner city", "与每个合作城市的联合绿色专利数"),
        digits=1,
        widest=7.0,
    )


def _value_maps(
    tables: _Tables, synthetic: bool, *, column: str, name: str, title: Words, **rest: Any
) -> Iterator[Figure | MissingFigure]:
    years = tables.years()
    shown = tables.panel.filter(pl.col("year").is_in(years))[column].drop_nulls()
    largest = float(str(shown.max())) if len(shown) else 0.0
    if not years:
        yield MissingFigure(name, title, "the panel holds no year")
    for year in years:
        yield _made(
            f"{name}_{year}",
            title,
            partial(
                value_map,
                tables.panel,
                tables.cities,
                column=column,
                year=year,
                name=name,
                title=title,
                is_synthetic=synthetic,
                largest=largest or None,
                **rest,
            ),
        )


def _trend(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    title = both("National joint green applications and grants", "全国联合绿色发明专利申请与授权")
    if reason := tables.absent.get("rpt_joint_series"):
        yield MissingFigure("joint_trend", title, reason)
        return
    yield _made("joint_trend", title, partial(trend_figure, tables.series, is_synthetic=synthetic))


def _coefficients(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    title = both("Coefficients of Table 3", "表3 回归系数")
    yield _made(
        "table3_coefficients",
        title,
        partial(coefficient_figure, tables.baseline, is_synthetic=synthetic),
    )


def _moran_scatters(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    title = both(f"Moran scatter of {tables.variable_text}", f"{tables.variable_text} 莫兰散点图")
    pairs = tables.moran_pair()
    if not pairs:
        yield MissingFigure("figure2_moran", title, _moran_reason(tables))
    for number, year in pairs:
        yield _made(
            f"figure{number}_moran_{year}",
            title,
            partial(
                moran_figure,
                tables.moran_cities,
                tables.moran_years,
                tables.cities,
                year=year,
                number=number,
                variable=tables.variable_text,
                is_synthetic=synthetic,
            ),
        )


def _moran_reason(tables: _Tables) -> str:
    reasons = [text for text in tables.moran_years["reason"].to_list() if text]
    plain = f"no Moran statistic of {tables.variable_text}"
    return tables.absent.get("rpt_moran_by_year", reasons[0] if reasons else plain)


def _moran_years(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    text = tables.variable_text
    title = both(f"Global Moran's I of {text} by year", f"{text} 历年全局莫兰指数")
    if not tables.moran_pair():
        yield MissingFigure("moran_by_year", title, _moran_reason(tables))
        return
    yield _made(
        "moran_by_year",
        title,
        partial(moran_trend_figure, tables.moran_years, is_synthetic=synthetic, variable=text),
    )


def _clusters(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    text = tables.variable_text
    title = both(f"Local Moran clusters of {text}", f"{text} 局部莫兰集聚")
    pairs = tables.moran_pair()
    if not pairs:
        yield MissingFigure("map_clusters", title, _moran_reason(tables))
    for _, year in pairs:
        yield _made(
            f"map_clusters_{year}",
            title,
            partial(
                cluster_map,
                tables.moran_cities,
                tables.cities,
                year=year,
                is_synthetic=synthetic,
                variable=text,
            ),
        )


def _event_studies(tables: _Tables, synthetic: bool) -> Iterator[Figure | MissingFigure]:
    found = tables.events.select("policy", "outcome").unique(maintain_order=True)
    order = list(tables.labels)
    pairs = sorted(
        found.iter_rows(),
        key=lambda pair: tuple(
            order.index(name) if name in order else len(order) for name in reversed(pair)
        ),
    )
    if not pairs:
        title = both("Event studies of the policies", "政策事件研究")
        reason = tables.absent.get("rpt_event_studies", "no event study was made")
        yield MissingFigure("event_study", title, reason)
    for policy, outcome in pairs:
        label = tables.labels.get(policy, both(policy, policy))
        yield _made(
            f"event_study_{policy}_{outcome}",
            both(f"Event study: {label.en}, {outcome}", f"事件研究：{label.zh}，{outcome}"),
            partial(
                event_study_figure,
                tables.events,
                policy=policy,
                outcome=outcome,
                label=label,
                is_synthetic=synthetic,
                ends_pooled=True,  # as the asset estimates them
            ),
        )
