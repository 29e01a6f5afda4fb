"""From a cell of the panel to the patents, events and landed pages behind it.

Reads a published database: ``marts.fct_cell_applications`` says what each patent adds to a cell,
``fct_publications`` and ``fct_assignments`` where it was read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.importing.nearest import nearest_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COUNTED_BY = {
    "ln_rsi": "rsi",
    "intensive": "rsi",
    "ln_intensive": "rsi",
    "ln_extensive": "extensive",
    "copatent_degree": "extensive",
    "ln_gpatent": "gpatent",
    "ln_gtr": "gtr",
}
"""Variables that are made of another count of the same city and year."""

WHOLE_NETWORK = {"copatent_betweenness", "transfer_betweenness"}
"""Variables that hang on every edge of the year, not on the patents of one city."""


class TraceError(ValueError):
    """A cell that the published database does not hold."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """An applicant with the city it was given.

    Attributes
    ----------
    adcode, city_rule, reason : str or None
        City, the rule that found it, or why there is none.
    confidence : Decimal
        0 to 1.
    """

    position: int
    name: str | None
    adcode: str | None
    city_rule: str | None
    confidence: Decimal
    reason: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A landed row: a publication (``what`` is its number) or an event (its type)."""

    what: str
    date: str | None
    source_file: str
    source_row: int
    raw_pointer: str
    note: str = ""


@dataclass(slots=True)
class Patent:
    """A patent behind a cell.

    Attributes
    ----------
    adds : Decimal
        What it adds to the cell, over all its links.
    other_cities : list of str
        Partners, receivers or givers, sorted.
    """

    application_id: str
    application_no: str | None
    title: str | None
    adds: Decimal
    other_cities: list[str]
    applicants: list[Applicant] = field(default_factory=list)
    publications: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Trace:
    """A cell and what stands behind it.

    Attributes
    ----------
    value, unit, source_table, rule
        As ``marts.fct_city_variables`` holds them; ``value`` is None when the cell is missing.
    counted : str or None
        Variable of the links when patents stand behind the cell, else None.
    sum_of_links : Decimal
        Equal to the cell of ``counted``.
    """

    variable: str
    adcode: str
    city_name: str
    year: int
    value: float | None
    unit: str | None
    source_table: str | None
    rule: str | None
    counted: str | None
    sum_of_links: Decimal
    patents: list[Patent]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; decimals become strings."""
        return dict(_plain(asdict(self)))


def trace_cell(connection: DuckDBPyConnection, variable: str, city: str, year: int) -> Trace:
    """Follow a cell of the panel to its patents and landed rows.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Published database.
    variable : str
        Column of ``marts.fct_node_years``, or with ``_lag1`` one of ``marts.fct_city_years``; any
        variable of ``marts.fct_city_variables`` is found, patents stand behind counts only.
    city : str
        Code, or name with or without its kind.
    year : int
        Calendar year of the row.

    Returns
    -------
    Trace

    Raises
    ------
    TraceError
        If the city, the variable or the year is unknown, or the database is older than the links.
    """
    tables = {
        str(name)
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
    }
    if "fct_cell_applications" not in tables:
        raise TraceError("this database has no marts.fct_cell_applications; greenties run makes it")
    adcode, city_name = find_city(connection, city)
    name, of_year = variable, year
    if variable.endswith("_lag1"):
        name, of_year = variable.removesuffix("_lag1"), year - 1
    _check(connection, variable, name, of_year)
    found = connection.execute(
        "select v.value, v.unit, v.source_table, v.rule from marts.fct_city_variables as v "
        "where v.variable = ? and v.adcode = ? and v.year = ? and v.lag = 0",
        [name, adcode, of_year],
    ).fetchone()
    value, unit, source_table, rule = found or (None, None, None, None)
    counted = COUNTED_BY.get(name, name)
    has_links = connection.execute(
        "select count(*) from marts.fct_cell_applications as l where l.variable = ?", [counted]
    ).fetchone()
    patents = _patents(connection, counted, adcode, of_year)
    return Trace(
        variable=variable,
        adcode=adcode,
        city_name=city_name,
        year=year,
        value=value,
        unit=unit,
        source_table=source_table,
        rule=rule,
        counted=counted if has_links and has_links[0] else None,
        sum_of_links=sum((patent.adds for patent in patents), Decimal(0)),
        patents=patents,
    )


def find_city(connection: DuckDBPyConnection, city: str) -> tuple[str, str]:
    """Code and name of a city that is named by either.

    Raises
    ------
    TraceError
        If the database knows no such city.
    """
    rows = connection.execute(
        "select c.adcode, c.city_name from marts.dim_cities as c "
        "where c.adcode = ? or c.city_name = ? or c.short_name = ? order by c.adcode",
        [city] * 3,
    ).fetchall()
    if not rows:
        raise TraceError(f"no city {city!r} in marts.dim_cities; give its code or its name")
    if len(rows) > 1:
        raise TraceError(f"{city} names {', '.join(code for code, _ in rows)}; give the code")
    return rows[0]


def _check(connection: DuckDBPyConnection, asked: str, name: str, year: int) -> None:
    known = {
        str(variable)
        for (variable,) in connection.execute(
            "select distinct v.variable from marts.fct_city_variables as v"
        ).fetchall()
    }
    known |= {
        str(column)
        for column, kind, *_ in connection.execute("describe marts.fct_node_years").fetchall()
        if kind in {"INTEGER", "BIGINT", "DOUBLE"} or kind.startswith("DECIMAL")
    } - {"year"}
    if name not in known:
        near = nearest_name(name, known)
        raise TraceError(f"no variable {asked!r} in the panel; the nearest is {near}")
    years = [
        int(y)
        for (y,) in connection.execute(
            "select distinct p.year from marts.fct_node_years as p order by 1"
        ).fetchall()
    ]
    if year not in years:
        landed = f"{years[0]} to {years[-1]}" if years else "none"
        raise TraceError(f"{asked}: {year} is no year of the panel (years landed: {landed})")


def _patents(connection: DuckDBPyConnection, variable: str, adcode: str, year: int) -> list[Patent]:
    links = (
        "with links as (select l.* from marts.fct_cell_applications as l "
        "where l.variable = ? and l.adcode = ? and l.year = ?) "
    )
    cell = [variable, adcode, year]
    patents = {
        application_id: Patent(application_id, number, title, adds, list(others or []))
        for application_id, number, title, adds, others in connection.execute(
            links + "select l.application_id, any_value(a.application_no), any_value(a.title), "
            "sum(l.weight), list_sort(list(distinct l.other_city)) "
            "from links as l "
            "left join marts.fct_applications as a on l.application_id = a.application_id "
            "group by l.application_id order by any_value(a.application_no), l.application_id",
            cell,
        ).fetchall()
    }
    for application_id, *values in connection.execute(
        links + "select a.application_id, a.applicant_seq, d.published_name, a.adcode, "
        "a.city_rule, a.confidence, a.reason from marts.fct_application_applicants as a "
        "left join marts.dim_applicants as d on a.applicant_id = d.applicant_id "
        "where a.application_id in (select l.application_id from links as l) "
        "order by a.application_id, a.applicant_seq",
        cell,
    ).fetchall():
        patents[application_id].applicants.append(Applicant(*values))
    for application_id, *values in connection.execute(
        links + "select p.application_id, p.publication_no, cast(p.publication_date as varchar), "
        "p.source_file, p.source_row, p.raw_pointer from marts.fct_publications as p "
        "where p.application_id in (select l.application_id from links as l) "
        "order by p.application_id, p.publication_date, p.publication_no",
        cell,
    ).fetchall():
        patents[application_id].publications.append(Record(*values))
    for application_id, *values in connection.execute(
        links + "select e.application_id, e.transfer_type, "
        "cast(coalesce(e.effective_date, e.gazette_date) as varchar), e.source_file, "
        "e.source_row, e.raw_pointer, "
        "coalesce(e.before_names, '?') || ' (' || coalesce(e.before_cities, '?') || ') > ' || "
        "coalesce(e.after_names, '?') || ' (' || coalesce(e.after_cities, '?') || ')' "
        "from marts.fct_assignments as e "
        "where e.assignment_id in (select l.assignment_id from links as l) "
        "order by e.application_id, 3, e.assignment_id",
        cell,
    ).fetchall():
        patents[application_id].events.append(Record(*values))
    return list(patents.values())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
