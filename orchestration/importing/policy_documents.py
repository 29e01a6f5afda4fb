"""The format ``policy-documents``: lists of provincial policy documents as CSV or workbook.

They land in a table of their own beside the one of the site: a crawl replaces its month whole, and
must not take documents along that a user brought. What stands in both is one document in the
warehouse.
"""

from __future__ import annotations

import re
from collections import Counter

from orchestration.importing.columns import ColumnMap, load_map
from orchestration.importing.core import ImportFormat, Options, Reading, Source
from orchestration.importing.dates import excel_day, month_of
from orchestration.importing.reading import serial_days_repair
from orchestration.importing.tables import RawRow, read_table
from scrapers.errors import MissingColumnError, TruncatedFileError
from scrapers.items import PolicyDocument


def read(source: Source, options: Options) -> Reading:
    """Read one list of documents.

    Parameters
    ----------
    source : Source
    options : mapping
        ``issuer_separators``: further separators between issuing bodies; ``encoding``, ``sheet``.

    Raises
    ------
    ImportFileError
        If the file cannot be read as a whole.
    """
    m = load_map("policy_documents")
    table = read_table(
        source.file.path,
        source.name,
        encoding=options.get("encoding"),
        delimiters=m.delimiters,
        is_known=m.is_known,
        multiline=m.multiline,
        sheet=options.get("sheet"),
    )
    layout = m.layout(table.header, file=source.name, row=table.header_row)
    if not {"issued_date", "published_date"} & layout.positions.keys():
        raise MissingColumnError(
            "no column of a date (known as "
            f"{', '.join(m.column('published_date').names + m.column('issued_date').names)})",
            file=source.name,
            row=table.header_row,
            column="published_date",
            value=",".join(table.header),
        )
    if not table.is_closed and len(table.rows[-1].cells) < len(table.header):
        raise TruncatedFileError(
            "the file ends in the middle of a row, no line break",
            file=source.name,
            row=table.rows[-1].number,
        )
    reading = Reading(source, encoding=table.encoding)
    reading.notes.extend(table.notes)
    separators = re.compile(
        "|".join(re.escape(s) for s in (*m.separators, *options.get("issuer_separators", ())))
    )
    seen: set[str] = set()
    serial_days: Counter[str] = Counter()
    for row in table.rows:
        reading.n_rows += 1
        if len(row.cells) != len(table.header):
            few = len(row.cells) < len(table.header)
            reading.refuse(
                row.number,
                "row_empty" if not row.cells else "row_short" if few else "row_long",
                rule="cells_as_in_header",
                value=f"{len(row.cells)} cells of {len(table.header)}",
            )
            continue
        values = _values(m, row, layout.positions)
        for field in ("issued_date", "published_date"):
            day = excel_day(values[field] or "", from_1904=table.from_1904)
            if day is not None:
                values[field] = day.isoformat()
                serial_days[field] += 1
        _take(reading, row.number, values, separators, seen)
    if serial_days:
        reading.repairs.append(serial_days_repair(serial_days, serial_days.total()))
    return reading


def _values(m: ColumnMap, row: RawRow, positions: dict[str, int]) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for field in m.fields:
        position = positions.get(field)
        text = "" if position is None else row.cells[position].strip()
        values[field] = None if not text or text in m.missing else text
    return values


def _take(
    reading: Reading,
    line: int,
    values: dict[str, str | None],
    separators: re.Pattern[str],
    seen: set[str],
) -> None:
    for field in ("province_name", "title"):
        if values[field] is None:
            reading.refuse(line, f"{field}_missing", rule="document_has_it", field=field)
            return
    # A document that says when it was issued and not when it was published lands by the former.
    dated = "published_date" if values["published_date"] is not None else "issued_date"
    month = month_of(values[dated])
    if month is None:
        reading.refuse(
            line,
            "date_missing" if values[dated] is None else f"{dated}_unreadable",
            rule="month_of_published_or_issued_date",
            field=dated,
            value=values[dated],
        )
        return
    document_id = values["document_id"] or f"row {line}"
    if document_id in seen:
        reading.refuse(
            line,
            "document_id_repeated",
            rule="one_row_per_document",
            field="document_id",
            value=document_id,
        )
        return
    seen.add(document_id)
    if values["text"] is None:
        reading.refuse_field(
            line, "text_missing", rule="document_has_a_text", field="text", value=None
        )
    issuers = (part.strip() for part in separators.split(values["issuers"] or ""))
    reading.land(
        month,
        PolicyDocument(
            document_id=document_id,
            province_name=values["province_name"] or "",
            title=values["title"] or "",
            document_no=values["document_no"],
            issuers=tuple(part for part in issuers if part),
            issued_date=values["issued_date"],
            published_date=values["published_date"] or "",
            text=(values["text"] or "").replace("\r\n", "\n").replace("\r", "\n"),
            **reading.origin(line),
        ),
    )


POLICY_DOCUMENTS = ImportFormat(
    name="policy-documents",
    table="imported_policy_documents",
    summary="Provincial policy documents (CSV, xlsx).",
    read=read,
)
