"""The format ``patstat``: tables of PATSTAT Global as CSV, joined into publications.

Handed over are the files of ``tls201``, ``tls206``, ``tls207``, ``tls209`` and ``tls211`` (parts
and zip files too; titles, abstracts and CPC where they are), by themselves or in a folder. One row
of ``tls211`` is one publication. The tables hold the whole world: publications of offices that are
not asked for are counted, not listed.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.importing.archives import is_zip, members
from orchestration.importing.columns import MAPS
from orchestration.importing.core import (
    ImportFormat,
    Members,
    Options,
    Reading,
    Source,
    SourceFile,
)
from orchestration.importing.dates import month_of
from orchestration.importing.nearest import nearest_name
from orchestration.importing.numbers import application_no_state, publication_no_is_intact
from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    ImportFileError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from scrapers.items import ImportedPublication

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEFAULT_AUTHORITIES = ("CN",)
_BATCH = 5_000
# What the engine says of a line that it cannot read.
_CSV_PLACE = re.compile(r"CSV Error on Line: (\d+)(?:\nOriginal Line: ([^\n]*))?")
_CSV_WHY = re.compile(
    r"^(?:Expected Number of Columns|Value with unterminated quote|Invalid unicode).*$",
    re.MULTILINE,
)


@cache
def _map() -> dict[str, Any]:
    return tomllib.loads((MAPS / "patstat.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Part:
    """One CSV file of a table, on disk and unpacked."""

    table: str
    file: SourceFile
    label: str  # member of the zip file, "" for a plain one
    path: Path
    delimiter: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """As it was given, the member of a zip file behind it."""
        return f"{self.file.name}/{self.label}" if self.label else self.file.name


def patstat_sources(paths: Sequence[Path]) -> list[Members]:
    """Take all files together as one source: the tables mean nothing alone.

    Raises
    ------
    ImportFileError
        If a folder holds neither CSV nor zip files.
    """
    found: list[tuple[str, Path]] = []
    for path in paths:
        if not path.is_dir():
            found.append((path.name, path))
            continue
        inside = [
            file
            for file in sorted(path.rglob("*"))
            if file.is_file() and file.suffix.lower() in (".csv", ".txt", ".zip")
        ]
        if not inside:
            raise ImportFileError("the folder holds neither CSV nor zip files", file=path.name)
        found += [(f"{path.name}/{file.relative_to(path).as_posix()}", file) for file in inside]
    name = paths[0].name if len(paths) == 1 else "PATSTAT"
    return [(name, found)]


def read(source: Source, options: Options) -> Reading:
    """Read the tables and join them.

    Parameters
    ----------
    source : Source
    options : mapping
        ``authorities``: offices whose publications land. CN without it.

    Raises
    ------
    ImportFileError
        If a table or column is missing or unknown, or a file is damaged.
    """
    import duckdb

    wanted = sorted(options.get("authorities") or DEFAULT_AUTHORITIES)
    reading = Reading(source, encoding="csv, utf-8")
    with tempfile.TemporaryDirectory(prefix="greenties-patstat-") as folder:
        parts = _parts(source, Path(folder), reading)
        _require_tables(parts, source.name)
        with duckdb.connect(config={"threads": 2, "temp_directory": folder}) as connection:
            try:
                for table in _map()["tables"]:
                    _create_view(connection, table, [p for p in parts if p.table == table])
                _require_rows(connection, source.name)
                _tell_left_out(connection, wanted, reading)
                _require_places(connection, parts)
                publications = [p for p in parts if p.table == "tls211_pat_publn"]
                nameless = 0
                for row in _rows(connection, wanted):
                    reading.n_rows += 1
                    nameless += sum(not name for name in row["inventors"] or [])
                    _take(reading, row, publications[int(row["part"])])
                if nameless:
                    reading.notes.append(
                        f"{nameless:,} inventors have no name in tls206_person and were left out"
                    )
            except duckdb.Error as error:
                raise _named(error, parts, source.name) from error
    return reading


# ------------------------------------------------------------------------------------- files
def _parts(source: Source, folder: Path, reading: Reading) -> list[_Part]:
    parts: list[_Part] = []
    ignored: Counter[str] = Counter()
    for file in source.files:
        for member in members(file.path, file.name):
            inner = Path(member.label or file.name).name
            table = next((t for t in _map()["tables"] if inner.lower().startswith(t[:6])), None)
            if table is None:
                ignored[inner] += 1
                continue
            path = file.path
            if is_zip(file.path):
                path = folder / f"{len(parts)}.csv"
                with path.open("wb") as copy:
                    shutil.copyfileobj(member.stream, copy, 1 << 20)
            parts.append(_opened(table, file, member.label, path))
    if ignored:
        reading.notes.append(f"files of other tables were not read: {', '.join(sorted(ignored))}")
    return parts


def _opened(table: str, file: SourceFile, label: str, path: Path) -> _Part:
    """Read the header of a part and check it.

    Raises
    ------
    FileEncodingError, TruncatedFileError, UnknownColumnError, MissingColumnError
    """
    known = _map()["tables"][table]
    name = f"{file.name}/{label}" if label else file.name
    with path.open("rb") as stream:
        line = stream.readline(1 << 16)
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise FileEncodingError(
            "PATSTAT is UTF-8, these bytes are not", file=name, row=1
        ) from error
    if not text:
        raise TruncatedFileError("the file is empty", file=name)
    names = [*known["read"], *known["other"]]

    def header(delimiter: str) -> list[str]:
        cells = next(csv.reader(io.StringIO(text), delimiter=delimiter))
        return [cell.strip().lower() for cell in cells]

    delimiter = max(_map()["delimiters"], key=lambda d: len(set(header(d)) & set(names)))
    columns = header(delimiter)
    for position, column in enumerate(columns, 1):
        if column not in names:
            raise UnknownColumnError(
                f"the map of {table} does not know this column; nearest known name "
                f"{nearest_name(column, names)!r}",
                file=name,
                row=1,
                column=str(position),
                value=column,
            )
    missing = [column for column in known["needed"] if column not in columns]
    if missing:
        raise MissingColumnError(
            f"{table} has no column {missing[0]}",
            file=name,
            row=1,
            column=missing[0],
            value=",".join(columns),
        )
    return _Part(table, file, label, path, delimiter, tuple(columns))


def _require_tables(parts: Sequence[_Part], name: str) -> None:
    there = {part.table for part in parts}
    for table, known in _map()["tables"].items():
        if known["required"] and table not in there:
            raise MissingColumnError(
                f"no file of the table {table}", file=name, value=", ".join(sorted(there)) or None
            )


# -------------------------------------------------------------------------------------- joins
def _create_view(connection: DuckDBPyConnection, table: str, parts: Sequence[_Part]) -> None:
    """Create one view over all parts of a table; columns that a part lacks are null."""
    columns = _map()["tables"][table]["read"]
    if not parts:
        nothing = ", ".join(f"null::varchar as {column}" for column in columns)
        connection.execute(f"create view {table} as select 0 as part, 0 as row, {nothing} limit 0")
        return
    selects = []
    for number, part in enumerate(parts):
        chosen = ", ".join(
            column if column in part.columns else f"null::varchar as {column}" for column in columns
        )
        names = ", ".join(f"{_literal(column)}: 'varchar'" for column in part.columns)
        selects.append(
            f"select {number} as part, row_number() over () + 1 as row, {chosen} "
            f"from read_csv({_literal(str(part.path))}, delim = {_literal(part.delimiter)}, "
            f"header = true, quote = '\"', escape = '\"', auto_detect = false, "
            f"columns = {{{names}}}, null_padding = false, max_line_size = 16777216)"
        )
    connection.execute(f"create view {table} as {' union all '.join(selects)}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_PUBLICATIONS = """
create temporary table publications as
    select
        p.part,
        p.row,
        upper(trim(coalesce(p.publn_auth, a.appln_auth))) as authority,
        p.pat_publn_id,
        trim(p.publn_nr) as publn_nr,
        trim(p.publn_kind) as publn_kind,
        trim(p.publn_date) as publn_date,
        p.publn_first_grant,
        p.appln_id,
        a.appln_id is not null as has_application,
        trim(a.appln_nr) as appln_nr,
        trim(a.appln_nr_original) as appln_nr_original,
        trim(a.appln_filing_date) as appln_filing_date,
        a.appln_nr_epodoc,
        a.ipr_type,
        a.docdb_family_id,
        a.appln_kind
    from tls211_pat_publn as p
    left join tls201_appln as a on p.appln_id = a.appln_id
    where list_contains(?, upper(trim(coalesce(p.publn_auth, a.appln_auth))))
"""
_ROWS = """
with wanted as (select distinct appln_id from publications),

holders as (
    select
        l.appln_id,
        list(struct_pack(
            name := coalesce(nullif(trim(n.person_name_orig_lg), ''), trim(n.person_name), ''),
            address := coalesce(trim(n.person_address), ''),
            country := coalesce(trim(n.person_ctry_code), ''),
            person_id := l.person_id,
            is_known := n.person_id is not null
        ) order by try_cast(l.applt_seq_nr as integer), l.person_id) as parties
    from tls207_pers_appln as l
    inner join wanted as w on l.appln_id = w.appln_id
    left join tls206_person as n on l.person_id = n.person_id
    where try_cast(l.applt_seq_nr as integer) > 0
    group by l.appln_id
),

inventors as (
    select
        l.appln_id,
        list(
            coalesce(nullif(trim(n.person_name_orig_lg), ''), trim(n.person_name), '')
            order by try_cast(l.invt_seq_nr as integer), l.person_id
        ) as names
    from tls207_pers_appln as l
    inner join wanted as w on l.appln_id = w.appln_id
    left join tls206_person as n on l.person_id = n.person_id
    where try_cast(l.invt_seq_nr as integer) > 0
    group by l.appln_id
),

ipc as (
    select
        c.appln_id,
        list(
            c.ipc_class_symbol
            order by case c.ipc_position when 'F' then 0 else 1 end, c.part, c.row
        ) as symbols
    from tls209_appln_ipc as c
    inner join wanted as w on c.appln_id = w.appln_id
    group by c.appln_id
),

cpc as (
    select c.appln_id, list(c.cpc_class_symbol order by c.part, c.row) as symbols
    from tls224_appln_cpc as c
    inner join wanted as w on c.appln_id = w.appln_id
    group by c.appln_id
),

titles as (
    select t.appln_id, first(t.appln_title order by t.part, t.row) as title
    from tls202_appln_title as t
    inner join wanted as w on t.appln_id = w.appln_id
    group by t.appln_id
),

abstracts as (
    select t.appln_id, first(t.appln_abstract order by t.part, t.row) as abstract
    from tls203_appln_abstr as t
    inner join wanted as w on t.appln_id = w.appln_id
    group by t.appln_id
)

select
    p.*,
    h.parties,
    i.names as inventors,
    ipc.symbols as ipc,
    cpc.symbols as cpc,
    t.title,
    b.abstract
from publications as p
left join holders as h on p.appln_id = h.appln_id
left join inventors as i on p.appln_id = i.appln_id
left join ipc on p.appln_id = ipc.appln_id
left join cpc on p.appln_id = cpc.appln_id
left join titles as t on p.appln_id = t.appln_id
left join abstracts as b on p.appln_id = b.appln_id
order by p.part, p.row
"""


def _tell_left_out(connection: DuckDBPyConnection, wanted: Sequence[str], reading: Reading) -> None:
    connection.execute(_PUBLICATIONS, [list(wanted)])
    repeated = connection.execute(
        "select p.appln_id from publications as p group by p.part, p.row, p.appln_id "
        "having count(*) > 1 order by 1 limit 1"
    ).fetchone()
    if repeated is not None:
        raise ImportFileError(
            "an application stands twice in tls201_appln; are parts of two editions mixed?",
            file=reading.source.name,
            column="appln_id",
            value=str(repeated[0]),
        )
    (all_rows, taken) = connection.execute(
        "select (select count(*) from tls211_pat_publn), (select count(*) from publications)"
    ).fetchall()[0]
    if all_rows > taken:
        reading.notes.append(
            f"{all_rows - taken:,} of {all_rows:,} publications are of other offices than "
            f"{', '.join(wanted)} and were left out; --authority names others"
        )


def _require_rows(connection: DuckDBPyConnection, name: str) -> None:
    """Refuse a required table that is nothing but a header.

    Raises
    ------
    TruncatedFileError
    """
    for table, known in _map()["tables"].items():
        if known["required"] and connection.execute(f"from {table} limit 1").fetchone() is None:
            raise TruncatedFileError(f"the table {table} has no row below its header", file=name)


def _require_places(connection: DuckDBPyConnection, parts: Sequence[_Part]) -> None:
    """Refuse a place among applicants or inventors that is no number: its person would be lost.

    Raises
    ------
    ColumnContentError
    """
    for column in ("applt_seq_nr", "invt_seq_nr"):
        found = connection.execute(
            f"select l.part, l.row, l.{column} from tls207_pers_appln as l "
            "inner join (select distinct appln_id from publications) as w "
            "on l.appln_id = w.appln_id "
            f"where not regexp_matches(trim(l.{column}), '^[0-9]{{0,6}}$') "
            "order by l.part, l.row limit 1"
        ).fetchone()
        if found is not None:
            part = [p for p in parts if p.table == "tls207_pers_appln"][int(found[0])]
            raise ColumnContentError(
                "the place of a person is no number",
                file=part.name,
                row=int(found[1]),
                column=column,
                value=str(found[2]),
            )


def _rows(connection: DuckDBPyConnection, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(_ROWS)
    names = [column[0] for column in cursor.description or []]
    while batch := cursor.fetchmany(_BATCH):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def _named(error: Exception, parts: Sequence[_Part], name: str) -> ImportFileError:
    """Return an error of the engine as one that names the file as it was given, and the place."""
    text = str(error)
    for part in parts:
        if str(part.path) in text:
            name = part.name
            text = text.replace(str(part.path), name)
    place, why = _CSV_PLACE.search(text), _CSV_WHY.search(text)
    if place is None or why is None:
        return ImportFileError(f"the CSV cannot be read: {text.splitlines()[0]}", file=name)
    kind = FileEncodingError if why[0].startswith("Invalid unicode") else ImportFileError
    problem = "PATSTAT is UTF-8, these bytes are not" if kind is FileEncodingError else why[0]
    return kind(
        f"the CSV cannot be read: {problem.rstrip('.')}",
        file=name,
        row=int(place[1]),
        value=place[2][:60] if place[2] and kind is ImportFileError else None,
    )


# ------------------------------------------------------------------------------ publications
def _take(reading: Reading, row: dict[str, Any], part: _Part) -> None:
    line = int(row["row"])
    place = f"{part.label}/{line}" if part.label else str(line)

    def refuse(field: str, value: str | None, reason: str, rule: str) -> None:
        reading.refuse(
            line, reason, rule=rule, field=field, value=value, file=part.file, place=place
        )

    authority = str(row["authority"])
    number = "-".join(t for t in (authority, row["publn_nr"], row["publn_kind"]) if t)
    if not row["publn_nr"]:
        refuse("publication_no", None, "publication_no_missing", "number_of_document")
        return
    if authority == "CN" and not publication_no_is_intact(number):
        refuse("publication_no", number, "publication_no_unreadable", "number_of_document")
        return
    date = _date(row["publn_date"])
    month = month_of(date)
    if month is None:
        reason = "publication_date_missing" if date is None else "publication_date_unreadable"
        refuse("publication_date", row["publn_date"], reason, "month_of_publication_date")
        return
    parties = row["parties"] or []
    nameless = next((party for party in parties if not party["name"]), None)
    if nameless is not None:
        is_known = nameless["is_known"]
        reason = "applicant_without_name" if is_known else "applicant_not_in_tls206"
        refuse("applicants", nameless["person_id"], reason, "every_party_has_a_name")
        return
    application_no = _application_no(reading, row, line, place, part)
    others = {
        key: row[key]
        for key in (
            *("appln_id", "pat_publn_id", "publn_first_grant", "appln_nr_epodoc", "appln_kind"),
            *("ipr_type", "docdb_family_id"),
        )
        if row[key] not in (None, "")
    }
    reading.land(
        month,
        ImportedPublication(
            source_format="patstat",
            publication_authority=authority,
            kind_label=None,
            title=row["title"],
            publication_no=number,
            publication_date=date,
            grant_no=None,
            grant_date=None,
            application_no=application_no,
            application_date=_date(row["appln_filing_date"]),
            applicants=tuple(party["name"] for party in parties),
            applicant_addresses=_aligned(party["address"] for party in parties),
            applicant_countries=_aligned(party["country"] for party in parties),
            current_holders=(),
            inventors=tuple(name for name in row["inventors"] or [] if name),
            postcode=None,
            region=None,
            ipc=_distinct(row["ipc"]),
            cpc=_distinct(row["cpc"]),
            locarno=(),
            agencies=(),
            agents=(),
            priority=(),
            abstract=row["abstract"],
            other_fields=json.dumps(others, ensure_ascii=False, sort_keys=True) or None,
            **reading.origin(line, file=part.file, place=place),
        ),
    )


def _application_no(
    reading: Reading, row: dict[str, Any], line: int, place: str, part: _Part
) -> str | None:
    written = [t for t in (row["appln_nr"], row["appln_nr_original"]) if t]
    if row["authority"] != "CN":
        return written[0] if written else None
    for text in written:
        if application_no_state(text) == "intact":
            return str(text)
    reason = "application_no_unreadable" if written else "application_no_missing"
    if not row["has_application"]:
        reason = "application_not_in_tls201"
    reading.refuse_field(
        line,
        reason,
        rule="number_of_application",
        field="application_no",
        value=written[0] if written else None,
        file=part.file,
        place=place,
    )
    return None


def _date(text: str | None) -> str | None:
    return None if not text or text in _map()["no_date"] else text


def _aligned(values: Iterator[str]) -> tuple[str, ...]:
    """Return one value per party, or none at all where no party has any."""
    found = tuple(values)
    return found if any(found) else ()


def _distinct(symbols: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s for s in symbols or [] if s and s.strip()))


PATSTAT = ImportFormat(
    name="patstat",
    table="imported_publications",
    summary="Tables of PATSTAT Global (CSV, zip, folder).",
    read=read,
    sources=patstat_sources,
)
