"""Raw pages as served, one WARC per table, month and crawl.

While a month is being crawled its pages go to a ``.part`` file; a complete month gives it the name
of its content, a failed one leaves the pages of the newest failure as ``failed.warc.gz``.
"""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterable
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

# The body is archived decoded; these headers would describe the bytes on the wire.
_TRANSPORT_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class MonthArchive:
    """WARC file of one table and month.

    Parameters
    ----------
    archive_dir : Path
        Root of the archive; the file is written below ``<table>/<month>/``.
    table, month : str
        Landing table and month ``YYYY-MM``.
    """

    def __init__(self, archive_dir: Path, table: str, month: str) -> None:
        self._folder = archive_dir / table / month
        self._folder.mkdir(parents=True, exist_ok=True)
        self._part = self._folder / f".{os.getpid()}-{id(self)}.part"
        self._file = self._part.open("wb")
        self._writer = WARCWriter(self._file, gzip=True)

    def add(
        self,
        *,
        url: str,
        method: str,
        form: bytes,
        request_headers: Iterable[tuple[str, str]],
        status: int,
        response_headers: Iterable[tuple[str, str]],
        body: bytes,
        digest: str,
    ) -> None:
        """Append one exchange: the request with its form, the response with its page.

        Parameters
        ----------
        digest : str
            SHA-256 of the body in hex; row pointers name the page by it.
        """
        date = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        response = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(
                f"{status} OK" if status == 200 else str(status),
                [
                    *((k, v) for k, v in response_headers if k.lower() not in _TRANSPORT_HEADERS),
                    ("Content-Length", str(len(body))),
                ],
                protocol="HTTP/1.1",
            ),
            warc_headers_dict={"WARC-Date": date, "WARC-Payload-Digest": f"sha256:{digest}"},
        )
        path = "/" + url.split("/", 3)[3] if url.count("/") >= 3 else "/"
        request = self._writer.create_warc_record(
            url,
            "request",
            payload=io.BytesIO(form),
            length=len(form),
            http_headers=StatusAndHeaders(
                f"{method} {path} HTTP/1.1", list(request_headers), is_http_request=True
            ),
            warc_headers_dict={"WARC-Date": date},
        )
        self._writer.write_request_response_pair(request, response)

    def finish(self, content_id: str) -> Path:
        """Close the file and give it the name of the content; the first archive of it stays."""
        target = self._folder / f"{content_id}.warc.gz"
        self._close()
        if target.exists():
            self._part.unlink()
        else:
            self._part.replace(target)
        (self._folder / "failed.warc.gz").unlink(missing_ok=True)
        return target

    def fail(self) -> None:
        """Close the file and keep its pages as those of the newest failure."""
        self._close()
        self._part.replace(self._folder / "failed.warc.gz")

    def discard(self) -> None:
        """Close the file and drop its pages."""
        self._close()
        self._part.unlink(missing_ok=True)
        for folder in (self._folder, self._folder.parent):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def remove_leftovers(archive_dir: Path, table: str) -> int:
    """Remove what killed crawls of a table left behind; returns the number of files."""
    leftovers = list((archive_dir / table).glob("*/.*.part"))
    for path in leftovers:
        path.unlink()
    return len(leftovers)
