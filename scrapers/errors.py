"""Errors of collection: each failure has its own name and says which value caused it."""

from __future__ import annotations


class ScrapeError(Exception):
    """Base class of this package's errors."""


# ------------------------------------------------------------------ before the first request
class SpiderArgumentError(ScrapeError):
    """A spider argument is missing or malformed."""


class ContactRequiredError(SpiderArgumentError):
    """A host off this machine is to be crawled and nobody is named to be asked about it."""


class LandingBusyError(ScrapeError):
    """Another process is collecting the same table into the same folder."""


# ------------------------------------------------------------------ pages
class UnexpectedPageError(ScrapeError):
    """A page is in no known state or no longer has the shape its parser was written for."""


class RobotCheckError(UnexpectedPageError):
    """The site asks for a proof of being human; the crawl stops at once."""


class MissingLabelError(UnexpectedPageError):
    """A record lacks a label that every record of its kind carries."""


class UnknownLabelError(UnexpectedPageError):
    """A record carries a label nobody has read so far."""


class MissingCounterError(UnexpectedPageError):
    """A page states no total, so that completeness cannot be judged."""


class CounterChangedError(UnexpectedPageError):
    """The totals of a window changed while it was being crawled."""


class CountMismatchError(UnexpectedPageError):
    """The number of records differs from the number that the site states."""


class YearbookFormatError(UnexpectedPageError):
    """A yearbook table has another header, a short line or a repeated key."""


class RequestFailedError(ScrapeError):
    """A request was refused, forbidden or still failing after the retries."""


# ------------------------------------------------------------------ landing
class LandingError(ScrapeError):
    """A landing folder does not hold what its manifest says."""


class UnknownTableError(LandingError):
    """No landing table has this name."""


# ------------------------------------------------------------------ importing
class ImportFileError(ScrapeError):
    """A file cannot be imported; names the file and, where known, row, column and value.

    Attributes
    ----------
    file : str
        Name of the file as given.
    row : int or None
        Line in the file, header = 1.
    column : str or None
    value : str or None
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        self.problem, self.file, self.row, self.column, self.value = (
            problem,
            file,
            row,
            column,
            value,
        )
        where = [f"file {file}"]
        if row is not None:
            where.append(f"row {row}")
        if column is not None:
            where.append(f"column {column}")
        if value is not None:
            where.append(f"value {value!r}")
        super().__init__(f"{problem} ({', '.join(where)})")


class FileEncodingError(ImportFileError):
    """The bytes are no text in any encoding these files come in, or it was read with another."""


class MissingColumnError(ImportFileError):
    """A column that the column map requires is not in the header."""


class UnknownColumnError(ImportFileError):
    """The header holds a name that the column map does not know."""


class ColumnContentError(ImportFileError):
    """A column does not hold what its name says and no named rule repairs it."""


class TruncatedFileError(ImportFileError):
    """The file ends in the middle of a record."""
