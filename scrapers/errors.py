"""Errors of collection: each failure has its own name and exit code and says which value caused it.

The table of codes stands in docs/collection.md. 0 is success, 1 any failure without a code of its
own, 2 wrong usage; nothing here uses 126 and above, which shells keep for signals.
"""

from __future__ import annotations


class ScrapeError(Exception):
    """Base class of this package's errors.

    Attributes
    ----------
    exit_code : int
        What a command exits with when this is the first failure of a crawl.
    """

    exit_code: int = 1


# ------------------------------------------------------------------ before the first request
class SpiderArgumentError(ScrapeError):
    """A spider argument is missing or malformed."""

    exit_code = 2


class ContactRequiredError(SpiderArgumentError):
    """A host off this machine is to be crawled and nobody is named to be asked about it."""

    exit_code = 10


class SourceNotPermittedError(ScrapeError):
    """The registry of sources says that this host is not to be crawled, or does not know it."""

    exit_code = 11


class RobotsForbiddenError(ScrapeError):
    """The site's robots.txt forbids an address that the crawl needs."""

    exit_code = 12


class RobotsUnreachableError(ScrapeError):
    """The site's robots.txt could not be read, so that nobody knows what it forbids."""

    exit_code = 13


class DailyCapReachedError(ScrapeError):
    """As many requests went to this host today as one day allows; the state is kept."""

    exit_code = 14


class LandingBusyError(ScrapeError):
    """Another process is collecting the same table into the same folder."""

    exit_code = 15


class CrawlInterruptedError(ScrapeError):
    """The crawl was told to stop; running it again goes on where it stopped."""

    exit_code = 16


class SitePausedError(ScrapeError):
    """The site asked to be left alone and the pause is not over.

    Exits with the code of the page state that began the pause.
    """

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


# ------------------------------------------------------------------ pages
class UnexpectedPageError(ScrapeError):
    """A page is in no known state."""

    exit_code = 20


class SiteRefusalError(UnexpectedPageError):
    """The site wants the crawl to stop: no further request is sent, and a pause begins."""


class RobotCheckError(SiteRefusalError):
    """The site asks for a proof of being human; the crawl stops at once."""

    exit_code = 21


class LoginRequiredError(SiteRefusalError):
    """The site asks for a login or says that the session has expired; the crawl stops at once."""

    exit_code = 22


class BlockedError(SiteRefusalError):
    """The site refuses this client (too many requests, address barred); the crawl stops at once."""

    exit_code = 23


class LayoutChangedError(UnexpectedPageError):
    """A page no longer has the shape that its parser was written for."""

    exit_code = 24


class WrongEncodingError(UnexpectedPageError):
    """The bytes of a page are no text in the encoding of the site."""

    exit_code = 25


class MojibakeError(UnexpectedPageError):
    """A page decodes, but its text was once read in another encoding and is damaged."""

    exit_code = 26


class TruncatedPageError(UnexpectedPageError):
    """A page ends before its end."""

    exit_code = 27


class EmptyPageError(UnexpectedPageError):
    """A page holds no record although the total says that it should: no empty success."""

    exit_code = 28


class ShortPageError(UnexpectedPageError):
    """A page holds another number of records than its place in the listing demands."""

    exit_code = 29


class PastTheEndError(UnexpectedPageError):
    """The site says that the listing ends before the total is reached."""

    exit_code = 30


class MissingLabelError(UnexpectedPageError):
    """A record lacks a label that every record of its kind carries."""

    exit_code = 31


class UnknownLabelError(UnexpectedPageError):
    """A record carries a label nobody has read so far."""

    exit_code = 32


class MissingCounterError(UnexpectedPageError):
    """A page states no total, so that completeness cannot be judged."""

    exit_code = 33


class CounterChangedError(UnexpectedPageError):
    """The totals of a window changed while it was being crawled."""

    exit_code = 34


class CountMismatchError(UnexpectedPageError):
    """The number of records differs from the number that the site states."""

    exit_code = 35


class DuplicatePageError(UnexpectedPageError):
    """Two pages of one listing hold the same records: a slice came twice, another is missing."""

    exit_code = 36


class WrongSliceError(UnexpectedPageError):
    """A page holds records of another source, type or window than the asked one."""

    exit_code = 37


class YearbookFormatError(UnexpectedPageError):
    """A yearbook table has another header, a short line or a repeated key."""

    exit_code = 38


class MissingYearError(UnexpectedPageError):
    """A year or month that the site had before is gone."""

    exit_code = 39


class ErrorPageError(UnexpectedPageError):
    """The site's own error page came instead of an answer, with status 200."""

    exit_code = 40


class SuspiciousEmptyError(UnexpectedPageError):
    """A window without any record contradicts what the site states of the days around it."""

    exit_code = 41


# ------------------------------------------------------------------ requests
class RequestFailedError(ScrapeError):
    """A request was refused or still failing after the retries."""

    exit_code = 50


class ConnectionFailedError(RequestFailedError):
    """No connection to the site: name unknown, refused, unreachable."""

    exit_code = 51


class ConnectionLostError(RequestFailedError):
    """The connection ended in the middle of an answer."""

    exit_code = 52


class ResponseTimeoutError(RequestFailedError):
    """An answer did not arrive whole within the time limit, slow drips included."""

    exit_code = 53


class ServerFailureError(RequestFailedError):
    """The site still answered with a status of 500 and above after the retries."""

    exit_code = 54


class RedirectError(RequestFailedError):
    """The site sent the crawl to another address; no redirect is followed."""

    exit_code = 55


class HttpStatusError(RequestFailedError):
    """The site answered with a status other than 200 that nothing else explains."""

    exit_code = 56


class OversizedResponseError(RequestFailedError):
    """An answer is larger than any page of the site can be."""

    exit_code = 57


class DecompressionBombError(RequestFailedError):
    """A compressed answer expands to more than any page of the site can be."""

    exit_code = 58


# ------------------------------------------------------------------ archive and landing
class LandingError(ScrapeError):
    """A landing folder does not hold what its manifest says, or cannot be written."""

    exit_code = 60


class UnknownTableError(LandingError):
    """No landing table has this name."""

    exit_code = 61


class ArchiveDamagedError(LandingError):
    """An archived page does not have the checksum it was archived with."""

    exit_code = 62


class PageNotArchivedError(LandingError):
    """A replay needs a page that is not in the archive."""

    exit_code = 63


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

    exit_code = 70

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

    exit_code = 71


class MissingColumnError(ImportFileError):
    """A column that the column map requires is not in the header."""

    exit_code = 72


class UnknownColumnError(ImportFileError):
    """The header holds a name that the column map does not know."""

    exit_code = 73


class ColumnContentError(ImportFileError):
    """A column does not hold what its name says and no named rule repairs it."""

    exit_code = 74


class TruncatedFileError(ImportFileError):
    """The file ends in the middle of a record."""

    exit_code = 75
