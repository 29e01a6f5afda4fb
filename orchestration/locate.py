"""Places of the texts in a user's CSV file, read by the models of the warehouse.

The file is copied row by row with seven columns more. Every distinct text is located once, in a
warehouse of its own, so that a rule exists once: in dbt.
"""

from __future__ import annotations

import csv
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from orchestration.dbt_project import PROJECT_DIR
from orchestration.importing.streams import csv_stream
from orchestration.side_build import side_build
from orchestration.user_tables import column_position, whole_rows
from scrapers.errors import ImportFileError

if TYPE_CHECKING:
    from orchestration.settings import Settings

ADDED = (
    "prefecture_adcode",
    "adcode_at_date",
    "node_adcode",
    "candidates",
    "rule",
    "confidence",
    "reason",
)
FIRST_YEAR, LAST_YEAR = 1949, 2100
# What a cell of the kind column may say.
KINDS = {
    "address": "address",
    "name": "name",
    "organisation": "name",
    "organisation_only": "name",
    "organisation_and_address": "address",
}

# The part of the project that locates texts, without the records that texts come from.
SELECT = (
    "stg_method__settings",
    "+int_place_texts_located,resource_type:seed",
    "+int_place_texts_located,path:models/staging/reference_places",
    "+int_place_texts_located,path:models/intermediate/places",
)
EXCLUDE = ("int_applicant*",)
_WORDS = PROJECT_DIR / "seeds" / "organisation_words.csv"
_SHORT_ENDINGS = frozenset("院所厂局厅")  # other single characters end villages and squares too

# A unit that no prefecture held has no prefecture-level code, then as now; it is a node.
_ANSWERS = """
    select
        l.text,
        l.text_kind,
        coalesce(cast(l.year as varchar), ''),
        coalesce(l.prefecture_adcode, ''),
        case
            when l.unit_code is null or l.adcode_at_date not in (l.unit_code, l.county_code)
                then coalesce(l.adcode_at_date, '')
            else ''
        end,
        coalesce(l.prefecture_adcode, l.unit_code, ''),
        coalesce(l.candidates, ''),
        coalesce(l.rule, ''),
        cast(l.confidence as varchar),
        coalesce(if(l.unit_code is null, l.reason, 'province_administered'), '')
    from intermediate.int_place_texts_located as l
"""

# What follows the name of an organisation: a bracket with a place or a kind of partnership.
_TAIL = re.compile(r"\([^()]*\)$")
_NUMBERED = re.compile(
    r"[0-9一二三四五六七八九十百甲乙丙丁]+(号|弄|栋|幢|层|楼|室|座|单元|街坊|组|#)"
    r"|[0-9]{6}|邮编|信箱|\D(路|街|大道|大街|胡同|巷)[0-9]"
)


class LocateError(ImportFileError):
    """A file that cannot be located: a column is missing, or a value cannot be read."""


class Key(NamedTuple):
    """What is located once: a text as it stands, its kind and its year (empty when unknown)."""

    text: str
    kind: str
    year: str


class Answer(NamedTuple):
    """Where a text is; the fields are the columns that are added, empty where nothing is known."""

    prefecture_adcode: str = ""
    adcode_at_date: str = ""
    node_adcode: str = ""
    candidates: str = ""
    rule: str = ""
    confidence: str = "0.00"
    reason: str = "no_place"


@dataclass(slots=True)
class Summary:
    """What became of the rows of a file; ``str()`` prints it."""

    name: str
    encoding: str
    rows: int = 0
    texts: int = 0
    located: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        lines = [
            f"{self.name} ({self.encoding}): {self.rows:,} rows, {self.texts:,} distinct texts, "
            f"{self.located:,} rows located"
        ]
        ordered = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
        return "\n".join(lines + [f"  {reason:<28}{n:>12,}" for reason, n in ordered])


@cache
def organisation_endings() -> frozenset[str]:
    """Words that end the name of an organisation, of the seed ``organisation_words``."""
    with _WORDS.open(encoding="utf-8", newline="") as file:
        words = {
            row["word"].strip()
            for row in csv.DictReader(file)
            if row["position"] == "suffix" and row["applicant_type"] != "individual"
        }
    return frozenset(word for word in words if len(word) > 1 or word in _SHORT_ENDINGS)


def kind_of(text: str) -> str:
    """Tell an address from the name of an organisation.

    A name ends with a word that ends organisations, before a bracket perhaps, and holds nothing
    that only addresses hold: a house number, a postcode, a street with a number. Where an address
    ends with the organisation that sits there, both readings begin with the same places.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``address`` or ``name``.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if _NUMBERED.search(plain):
        return "address"
    endings = organisation_endings()
    while True:
        if any(len(plain) > n and plain[-n:] in endings for n in range(1, 9)):
            return "name"
        shorter = _TAIL.sub("", plain)
        if shorter == plain:
            return "address"
        plain = shorter


def locate_file(
    current: Settings,
    source: Path,
    sink: IO[str],
    *,
    name: str,
    text_column: str,
    year_column: str | None = None,
    kind_column: str | None = None,
) -> Summary:
    """Copy a CSV file with the place of each text.

    Parameters
    ----------
    current : Settings
        Tables of a user that replace seeds are read as in every build; the data folder is not.
    source : Path
        CSV file with a header, UTF-8 with or without BOM, else GB18030.
    sink : text file
        Gets the header and all rows in their order, and seven columns behind them.
    name : str
        Name of the file in errors.
    text_column : str
        Column of the texts; an empty text has no place.
    year_column : str, optional
        Column of the years in which the texts were written; empty means the end of 2024.
    kind_column : str, optional
        Column that says ``address`` or ``name``; where it is empty, :func:`kind_of` decides.

    Returns
    -------
    Summary

    Raises
    ------
    LocateError
        If a column is missing, stands twice, or would be added although it is there; if a year or
        a kind cannot be read; if a row has more cells than the header.
    ImportFileError
        If the file cannot be read to its end as text and as CSV.
    """
    with source.open("rb") as file:
        table = csv_stream(file, name)
        key_of = _reader(table.header, name, text_column, year_column, kind_column)
        keys = dict.fromkeys(
            key_of(row, cells) for row, cells in whole_rows(table, name, LocateError)
        )  # in the order of the file, so that the same file asks the same
        answers = _answers(current, [key for key in keys if key.text.strip()])
        summary = Summary(name, table.encoding, texts=len({key.text for key in keys}))
    # A second time, rather than all rows in memory.
    with source.open("rb") as file:
        table = csv_stream(file, name)
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow([*table.header, *ADDED])
        for row, cells in whole_rows(table, name, LocateError):
            answer = answers.get(key_of(row, cells), Answer())
            writer.writerow([*cells, *answer])
            summary.rows += 1
            summary.located += bool(answer.node_adcode)
            summary.reasons.update([answer.reason] if answer.reason else [])
    return summary


def _reader(
    header: list[str], name: str, text_column: str, year_column: str | None, kind_column: str | None
) -> Callable[[int, list[str]], Key]:
    """Return what reads the key of a row; the columns are looked for once."""
    text_at = column_position(header, text_column, name, LocateError)
    year_at = (
        None if year_column is None else column_position(header, year_column, name, LocateError)
    )
    kind_at = (
        None if kind_column is None else column_position(header, kind_column, name, LocateError)
    )
    for column in ADDED:
        if column in (cell.strip() for cell in header):
            raise LocateError(
                "the file has a column that would be added", file=name, row=1, column=column
            )

    def key_of(row: int, cells: list[str]) -> Key:
        text = cells[text_at]
        year = "" if year_at is None else _year(cells[year_at], name, row, header[year_at])
        said = "" if kind_at is None else _kind(cells[kind_at], name, row, header[kind_at])
        return Key(text, said or kind_of(text), year)

    return key_of


def _year(value: str, name: str, row: int, column: str) -> str:
    text = unicodedata.normalize("NFKC", value).strip()
    if not text:
        return ""
    if re.fullmatch(r"[0-9]{4}", text) and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return text
    raise LocateError(
        f"no year: expected four digits, {FIRST_YEAR} to {LAST_YEAR}, or nothing",
        file=name,
        row=row,
        column=column,
        value=value,
    )


def _kind(value: str, name: str, row: int, column: str) -> str:
    text = value.strip().lower()
    if text and text not in KINDS:
        raise LocateError(
            f"no kind of text: expected one of {', '.join(KINDS)}, or nothing",
            file=name,
            row=row,
            column=column,
            value=value,
        )
    return KINDS.get(text, "")


def _answers(current: Settings, keys: list[Key]) -> dict[Key, Answer]:
    if not keys:
        return {}
    with tempfile.TemporaryDirectory(prefix="greenties-") as folder:
        path = Path(folder) / "texts.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(["text", "text_kind", "year"])
            writer.writerows(keys)
        with side_build(
            current,
            select=SELECT,
            exclude=EXCLUDE,
            environment={"GREENTIES_PLACE_TEXTS": str(path), "GREENTIES_PLACE_TEXTS_ONLY": "1"},
        ) as connection:
            rows = connection.execute(_ANSWERS).fetchall()
    answers = {Key(*row[:3]): Answer(*row[3:]) for row in rows}
    lost = [key for key in keys if key not in answers]
    if lost:
        raise RuntimeError(f"{len(lost)} texts came back without an answer, the first {lost[0]}")
    return answers
