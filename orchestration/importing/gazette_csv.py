"""Gazette listings that somebody saved as CSV.

The two repairs there are have a name, stand in the column map and are counted in the report.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.importing.columns import (
    ColumnMap,
    is_good_share,
    load_map,
    refuse_cut_row,
    refuse_misfits,
    share_of,
)
from orchestration.importing.core import (
    ImportFormat,
    ImportReport,
    Options,
    Reading,
    Repair,
    Source,
    land_import,
)
from orchestration.importing.dates import month_of
from orchestration.importing.tables import RawRow, RawTable, read_table
from scrapers.items import GazetteCsvPublication

TABLE = "gazette_csv"
_PUBLICATION_NO = re.compile(r"CN\d{7,9}([A-Z])\d?")


def import_gazette_csv(
    paths: Sequence[Path],
    *,
    landing_dir: Path,
    archive_dir: Path,
    progress: Callable[[str], None] | None = None,
    synthetic: bool = False,
) -> ImportReport:
    """Land gazette listings that were saved as CSV, by gazette month.

    The files are in UTF-8 (with or without BOM) or GB18030, the header as the column map says; all
    else, the errors too, as :func:`orchestration.importing.core.land_import` says.
    """
    return land_import(
        FORMAT,
        paths,
        landing_dir=landing_dir,
        archive_dir=archive_dir,
        progress=progress,
        synthetic=synthetic,
    )


def _read(source: Source, options: Options) -> Reading:
    column_map = load_map("gazette_csv")
    table = read_table(
        source.file.path,
        source.name,
        encoding=options.get("encoding"),
        delimiters=column_map.delimiters,
        sheet=options.get("sheet"),
    )
    layout = column_map.layout(table.header, file=source.name, row=table.header_row)
    reading = Reading(source, encoding=table.encoding)
    reading.n_rows = len(table.rows)
    positions = _unswapped(reading, table, layout.positions, column_map)
    refuse_misfits(table, column_map, positions, first="address")
    refuse_cut_row(table, column_map, positions)
    rules = _Rules.of(column_map)
    restored: Counter[str] = Counter()
    for row in table.rows:
        _read_row(
            reading,
            row,
            n_columns=len(table.header),
            positions=positions,
            column_map=column_map,
            rules=rules,
            restored=restored,
        )
    if restored:
        reading.repairs.append(
            Repair(
                rule="en_space_restored",
                columns=tuple(sorted(restored)),
                count=restored.total(),
                evidence="'??' after a semicolon stands for EN SPACE",
            )
        )
    return reading


FORMAT = ImportFormat(
    name="gazette-csv",
    table=TABLE,
    summary="Gazette listings saved as CSV, damage included.",
    read=_read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What only this map has."""

    sources: dict[str, str]  # kind code of the publication number -> source of the gazette
    en_space: tuple[str, str]

    @classmethod
    def of(cls, column_map: ColumnMap) -> _Rules:
        rule = next(r for r in column_map.raw["repairs"] if r["rule"] == "en_space_restored")
        return cls(
            sources=dict(column_map.raw["sources"]), en_space=(rule["written"], rule["meant"])
        )


def _read_row(
    reading: Reading,
    row: RawRow,
    *,
    n_columns: int,
    positions: dict[str, int],
    column_map: ColumnMap,
    rules: _Rules,
    restored: Counter[str],
) -> None:
    """Land one row, or refuse it with a reason."""
    cells = row.cells
    if len(cells) != n_columns:
        reading.refuse_shape(row.number, len(cells), n_columns)
        return
    values: dict[str, Any] = {}
    for column in column_map.columns:
        position = positions.get(column.field)
        value = None if position is None else cells[position]
        if value is not None and column.is_list:
            written, meant = rules.en_space
            if written in value:
                restored[column.field] += 1
                value = value.replace(written, meant)
        values[column.field] = value if value is not None and value.strip() else None
    number = values["publication_no"]
    match = _PUBLICATION_NO.fullmatch((number or "").strip())
    source_type = rules.sources.get(match[1]) if match else None
    if source_type is None:
        reading.refuse(
            row.number,
            "publication_no_unreadable",
            rule="kind_code_of_publication_no",
            field="publication_no",
            value=number,
        )
        return
    month = month_of(values["publication_date"])
    if month is None:
        reading.refuse(
            row.number,
            "publication_date_unreadable",
            rule="month_of_publication_date",
            field="publication_date",
            value=values["publication_date"],
        )
        return
    reading.land(
        month,
        GazetteCsvPublication(source_type=source_type, **values, **reading.origin(row.number)),
    )


def _unswapped(
    reading: Reading, table: RawTable, positions: dict[str, int], column_map: ColumnMap
) -> dict[str, int]:
    """Undo the named exchange of two columns where content tells that it took place."""
    whole = [row for row in table.rows if len(row.cells) == len(table.header)]
    positions = dict(positions)

    def share(name: str, position: int) -> tuple[int, int]:
        return share_of(whole, column_map.column(name), position)

    def is_good(name: str, position: int) -> bool:
        return is_good_share(column_map, *share(name, position))

    for rule in column_map.raw["repairs"]:
        if rule["rule"] != "columns_swapped":
            continue
        one, other = rule["columns"]
        if one not in positions or other not in positions:
            continue
        here, there = positions[one], positions[other]
        if is_good(one, here) or not (is_good(one, there) and is_good(other, here)):
            continue
        positions[one], positions[other] = there, here
        fitting, filled = share(one, there)
        wrong, _ = share(one, here)
        reading.repairs.append(
            Repair(
                rule="columns_swapped",
                columns=(one, other),
                count=2 * len(whole),
                evidence=f"{wrong:,} of {filled:,} cells below {table.header[here]!r} look like "
                f"{one}, {fitting:,} below {table.header[there]!r}",
            )
        )
    return positions
