"""Green tags of the IPC symbols in a user's CSV file, read by the models of the warehouse.

The file is copied row by row with five columns more. Every distinct text is read and tagged once,
in a warehouse of its own, so that a rule exists once: in dbt.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from orchestration.importing.streams import csv_stream
from orchestration.reference_tables import SEEDS, check_reference_tables
from orchestration.side_build import side_build
from orchestration.user_tables import column_position, doubled_columns, whole_rows
from scrapers.errors import ImportFileError

if TYPE_CHECKING:
    from orchestration.settings import Settings

ADDED = ("symbols", "topics", "categories", "flag", "reasons")
MODES = tuple(
    mode + editions for editions in ("", "+legacy") for mode in ("prefix", "exact", "hierarchical")
)
SEPARATOR = "|"

_SELECT = ("+int_symbols_tagged",)

_SYMBOLS = """
    select p.ipc_text, p.symbol, p.flag
    from intermediate.int_ipc_texts_parsed as p
    order by p.ipc_text, p.position
"""

# The main list bears another name when a file replaces it: it is what is neither of the others.
_TAGS = """
    select t.symbol, t.topic, t.paper_category, t.entry, t.edition
    from intermediate.int_symbols_tagged as t
    where t.mode = ? and t.edition <> 'successors' and (? or t.edition <> 'legacy')
    order by t.symbol, t.entry, t.edition
"""


class TagError(ImportFileError):
    """A file whose symbols cannot be tagged: a column is missing, or a row cannot be read."""


class Answer(NamedTuple):
    """What a text says; the fields are the columns that are added."""

    symbols: str = ""
    topics: str = ""
    categories: str = ""
    flag: str = ""
    reasons: str = ""


class _Tag(NamedTuple):
    topic: str
    category: str
    entry: str
    edition: str


@dataclass(slots=True)
class Summary:
    """What became of the rows of a file; ``str()`` prints it."""

    name: str
    encoding: str
    mode: str
    rows: int = 0
    texts: int = 0
    empty: int = 0
    tagged: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    doubled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.name} ({self.encoding}): {self.rows:,} rows, {self.texts:,} distinct texts, "
            f"{self.tagged:,} rows green by {self.mode}, {self.empty:,} without any text"
        ]
        ordered = sorted(self.flags.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {flag:<28}{n:>12,}" for flag, n in ordered]
        if self.doubled:
            lines.append(
                f"the file had columns {', '.join(self.doubled)} already: those added are the last"
            )
        return "\n".join(lines)


def tag_file(
    current: Settings, source: Path, sink: IO[str], *, name: str, column: str, mode: str
) -> Summary:
    """Copy a CSV file with the symbols, topics and categories of each text.

    Parameters
    ----------
    current : Settings
        An inventory of the user's own counts as in every build; the data folder is not read.
    source : Path
        CSV file with a header, UTF-8 with or without BOM, else GB18030.
    sink : text file
        Gets the header and all rows in their order, and five columns behind them: ``symbols`` in
        the order of the text, ``topics`` and ``categories`` in the order in which the inventory
        names them first, ``flag`` (several are sorted), ``reasons`` in the order of the symbols,
        then of entries, as ``symbol < entry (edition, mode)``. Several values are joined by ``|``.
        A file that has a column of such a name keeps it; the added one stands behind it.
    name : str
        Name of the file in errors.
    column : str
        Column of the symbols: one or many in a text, in any notation.
    mode : str
        One of ``MODES``: how an entry takes in symbols, and whether symbols that older editions
        named count too.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError
        If the mode is none of ``MODES``.
    TagError
        If the column is missing or stands twice, or if a row has more cells than the header.
    ImportFileError
        If the file cannot be read to its end as text and as CSV.
    """
    if mode not in MODES:
        raise ValueError(f"no mode {mode!r}; one of {', '.join(MODES)}")
    check_reference_tables(current)
    with source.open("rb") as file:
        table = csv_stream(file, name)
        position = column_position(table.header, column, name, TagError)
        # In the order of the file, so that the same file asks the same.
        texts = dict.fromkeys(cells[position] for _, cells in whole_rows(table, name, TagError))
        answers = _answers(current, [text for text in texts if text.strip()], mode)
        summary = Summary(
            name,
            table.encoding,
            mode,
            texts=len(texts),
            doubled=doubled_columns(table.header, ADDED),
        )
    # A second time, rather than all rows in memory.
    with source.open("rb") as file:
        table = csv_stream(file, name)
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow([*table.header, *ADDED])
        for _, cells in whole_rows(table, name, TagError):
            answer = answers.get(cells[position], Answer())
            writer.writerow([*cells, *answer])
            summary.rows += 1
            summary.empty += not cells[position].strip()
            summary.tagged += bool(answer.topics)
            summary.flags.update(filter(None, answer.flag.split(SEPARATOR)))
    return summary


def _answers(current: Settings, texts: list[str], mode: str) -> dict[str, Answer]:
    if not texts:
        return {}
    import pyarrow as pa
    import pyarrow.parquet as pq

    how, _, editions = mode.partition("+")
    with tempfile.TemporaryDirectory(prefix="greenties-") as folder:
        path = Path(folder) / "texts.parquet"
        pq.write_table(pa.table({"ipc_text": pa.array(texts, pa.string())}), path)
        with side_build(
            current, select=_SELECT, environment={"GREENTIES_IPC_TEXTS": str(path)}
        ) as connection:
            symbols = connection.execute(_SYMBOLS).fetchall()
            found = connection.execute(_TAGS, [how, editions == "legacy"]).fetchall()
    tags = {
        symbol: [_Tag(*row[1:]) for row in rows] for symbol, rows in groupby(found, itemgetter(0))
    }
    topics, categories = _inventory_order(current)
    # A text without any letter or digit is no piece of the model: nothing in it can be read.
    answers = dict.fromkeys(texts, Answer(flag="reject"))
    for text, rows in groupby(symbols, itemgetter(0)):
        pieces = [(symbol, flag) for _, symbol, flag in rows]
        named = [symbol for symbol, _ in pieces if symbol is not None]
        hits = [(symbol, tag) for symbol in named for tag in tags.get(symbol, [])]
        answers[text] = Answer(
            symbols=SEPARATOR.join(named),
            topics=SEPARATOR.join(
                sorted(
                    {tag.topic for _, tag in hits}, key=lambda t: (topics.get(t, len(topics)), t)
                )
            ),
            categories=SEPARATOR.join(
                sorted(
                    {tag.category for _, tag in hits} - {""},
                    key=lambda c: (categories.get(c, len(categories)), c),
                )
            ),
            flag=SEPARATOR.join(sorted({flag for _, flag in pieces if flag})),
            reasons=SEPARATOR.join(
                dict.fromkeys(
                    f"{symbol} < {tag.entry} ({tag.edition}, {how})" for symbol, tag in hits
                )
            ),
        )
    return answers


def _inventory_order(current: Settings) -> tuple[dict[str, int], dict[str, int]]:
    """Return the place of each topic and category among those that the list in use names."""
    path = current.inventory_table or SEEDS / "ipc_green_inventory.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return _places(row["topic"] for row in rows), _places(row["paper_category"] for row in rows)


def _places(words: Iterable[str]) -> dict[str, int]:
    return {word: place for place, word in enumerate(dict.fromkeys(w.strip() for w in words))}
