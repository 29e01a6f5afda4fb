"""Raw pages as served: one WARC per table and month, named by its pages.

While a month is being crawled its pages stand in ``unfinished.warc.gz``; a crawl that was killed
finds them there and asks for none of them twice. A complete month gives the file the name of its
pages; a month that failed leaves the pages of its newest failure as ``failed.warc.gz``.

Each record is a gzip member of its own (WARC 1.0, as written by every WARC tool): ``warcinfo``
first, then pairs of ``response`` (or ``revisit``, where the same page answered another request
before) and ``request``. The pair is written with one call, so that a process that is killed leaves
at most one torn pair at the end, which the next one cuts off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapers import killpoint
from scrapers.errors import ArchiveDamagedError

UNFINISHED = "unfinished.warc.gz"
FAILED = "failed.warc.gz"
# The body is archived decoded; these headers would describe the bytes on the wire.
_TRANSPORT_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_LEVEL = 1  # of gzip: level 6 takes three times as long for a fifth less space
_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 1 << 18

PageKey = tuple[str, str, bytes]  # method, path with query, form


def page_key(method: str, url: str, form: bytes) -> PageKey:
    """Return what identifies a request within a site, whatever address the site has."""
    parts = urlsplit(url)
    return method, f"{parts.path}?{parts.query}" if parts.query else parts.path, form


def pages_id(digests: Iterable[str]) -> str:
    """Return the name of an archive: 16 hex digits of the SHA-256 over its sorted page digests."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """Where a page stands in a WARC: the pair of records, and the record that holds its bytes."""

    digest: str
    start: int
    end: int
    body_start: int
    body_end: int
    date: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An archived answer."""

    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    digest: str


@dataclass(slots=True)
class ArchiveIndex:
    """The pages of a WARC by the request they answer.

    ``info`` holds the fields of its ``warcinfo`` record, ``head_end`` the byte behind that record,
    ``end`` the one behind the last whole pair, ``damaged`` the requests whose page has another
    checksum than it was archived with.
    """

    path: Path
    info: dict[str, str] = field(default_factory=dict)
    pages: dict[PageKey, ArchivedPage] = field(default_factory=dict)
    by_start: dict[int, ArchivedPage] = field(default_factory=dict)  # those replaced later as well
    damaged: set[PageKey] = field(default_factory=set)
    head_end: int = 0
    end: int = 0

    @classmethod
    def read(cls, path: Path) -> ArchiveIndex:
        """Read a WARC from its beginning; every page is compared with its checksum.

        Whatever stands behind the last whole pair of records (a torn tail) is left out.
        """
        index = cls(path)
        bodies: dict[str, tuple[int, int]] = {}
        answer: tuple[int, int, dict[str, str], bytes] | None = None
        for start, end, content in _members(path):
            headers, block = _split_record(content)
            kind = headers.get("warc-type")
            if kind == "warcinfo":
                index.info = _fields(block)
                index.head_end = index.end = end
            elif kind in ("response", "revisit"):
                answer = (start, end, headers, block)
            elif kind == "request" and answer is not None:
                begin, body_end, of_answer, answered = answer
                answer, index.end = None, end
                method, form = _request_of(block)
                key = page_key(method, of_answer.get("warc-target-uri", ""), form)
                digest = of_answer.get("warc-payload-digest", "").removeprefix("sha256:")
                if of_answer["warc-type"] == "response":
                    if hashlib.sha256(_http_of(answered)[2]).hexdigest() != digest:
                        index.damaged.add(key)
                        continue
                    bodies[digest] = (begin, body_end)
                elif digest not in bodies:
                    index.damaged.add(key)
                    continue
                index.damaged.discard(key)
                index.pages[key] = index.by_start[begin] = ArchivedPage(
                    digest, begin, end, *bodies[digest], of_answer.get("warc-date", "")
                )
        return index

    @classmethod
    def read_info(cls, path: Path) -> ArchiveIndex:
        """Read the ``warcinfo`` record alone."""
        index = cls(path)
        for _, end, content in _members(path):
            headers, block = _split_record(content)
            if headers.get("warc-type") == "warcinfo":
                index.info, index.head_end, index.end = _fields(block), end, end
            break
        return index

    def answer(self, key: PageKey) -> Answer | None:
        """Return the archived answer to a request, or ``None`` when there is none.

        Raises
        ------
        ArchiveDamagedError
            If the page does not have the checksum it was archived with.
        """
        if key in self.damaged:
            raise ArchiveDamagedError(f"{self.path}: page of {key[0]} {key[1]} is damaged")
        page = self.pages.get(key)
        if page is None:
            return None
        with self.path.open("rb") as file:
            file.seek(page.body_start)
            raw = file.read(page.body_end - page.body_start)
        try:
            headers, block = _split_record(zlib.decompress(raw, 31))
        except zlib.error as error:
            raise ArchiveDamagedError(f"{self.path} at {page.body_start}: {error}") from error
        status, http_headers, body = _http_of(block)
        if hashlib.sha256(body).hexdigest() != page.digest:
            raise ArchiveDamagedError(f"{self.path} at {page.body_start}: another page")
        return Answer(headers.get("warc-target-uri", ""), status, http_headers, body, page.digest)

    def moved(self, path: Path, by: int) -> ArchiveIndex:
        """Return the index of a copy of the file that has so many bytes more at its beginning."""
        pages = {
            key: ArchivedPage(
                page.digest,
                page.start + by,
                page.end + by,
                page.body_start + by,
                page.body_end + by,
                page.date,
            )
            for key, page in self.pages.items()
        }
        return replace(self, path=path, pages=pages, head_end=self.head_end + by, end=self.end + by)

    @property
    def totals(self) -> dict[str, int] | None:
        """Totals that the site stated when this archive was begun, or ``None`` if unknown."""
        return _json_object(self.info.get("greenties-totals"))

    @property
    def arguments(self) -> dict[str, str]:
        """Arguments of the spider that shape its requests."""
        return _json_object(self.info.get("greenties-arguments")) or {}

    @property
    def begun_at(self) -> dt.datetime | None:
        """UTC time at which the archive was begun."""
        text = self.info.get("greenties-begun")
        return None if text is None else dt.datetime.fromisoformat(text)


class MonthArchive:
    """The WARC of one table and month that is being written.

    Parameters
    ----------
    archive_dir : Path
        Root of the archive; the file is written below ``<table>/<month>/``.
    table, month : str
        Landing table and month ``YYYY-MM``.
    info : mapping of str to str, optional
        Fields of the ``warcinfo`` record.
    resume : ArchiveIndex, optional
        Archive whose pages are used again: the unfinished one, which is continued, or a complete
        one, of which a copy is continued.
    part_name : str
        Name of the file until it is finished.
    """

    def __init__(
        self,
        archive_dir: Path,
        table: str,
        month: str,
        *,
        info: Mapping[str, str] | None = None,
        resume: ArchiveIndex | None = None,
        part_name: str = UNFINISHED,
    ) -> None:
        self._folder = archive_dir / table / month
        self._folder.mkdir(parents=True, exist_ok=True)
        self._part = self._folder / part_name
        self._used: dict[PageKey, ArchivedPage] = {}
        self._bodies: dict[str, tuple[int, int]] = {}
        self._known: dict[PageKey, ArchivedPage] = {}
        self._by_start: dict[int, ArchivedPage] = {}
        self.journal: ArchiveIndex | None = None
        if resume is None:
            self._file = self._part.open("wb", buffering=0)
            self._end = 0
            self._write(_warcinfo(info or {}))
            self._head_end = self._end
            return
        if resume.path != self._part:
            head = b"" if resume.head_end else _warcinfo(info or {})  # earlier versions wrote none
            _copy(resume.path, self._part, resume.end, head)
            resume = resume.moved(self._part, len(head))
        self._known = dict(resume.pages)
        self._by_start = dict(resume.by_start)
        self._bodies = {p.digest: (p.body_start, p.body_end) for p in resume.pages.values()}
        self._file = self._part.open("r+b", buffering=0)
        self._file.truncate(resume.end)
        self._file.seek(resume.end)
        self._end = resume.end
        self._head_end = resume.head_end
        self.journal = resume

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
    ) -> bool:
        """Append one exchange: the request with its form, the response with its page.

        Parameters
        ----------
        digest : str
            SHA-256 of the body in hex; row pointers name the page by it.

        Returns
        -------
        bool
            False when the file holds this answer to this request already.
        """
        killpoint.reached("archive")
        key = page_key(method, url, form)
        known = self._known.get(key)
        if known is not None and known.digest == digest:
            self._used[key] = known
            return False
        date = _now()
        start = self._end
        record_id, answered = _answer_record(
            key,
            url=url,
            date=date,
            digest=digest,
            status=status,
            headers=response_headers,
            body=None if digest in self._bodies else body,
        )
        asked = _request_record(
            key, url=url, date=date, headers=request_headers, answered=record_id
        )
        self._write(answered + asked)
        place = self._bodies.setdefault(digest, (start, start + len(answered)))
        page = ArchivedPage(digest, start, self._end, *place, date)
        self._known[key] = self._used[key] = self._by_start[start] = page
        return True

    def finish(self) -> Path:
        """Close the file and give it the name of its pages.

        The first archive of these pages stays, unless a page of it is damaged by now.
        """
        used = self._used
        spans = {(page.start, page.end) for page in used.values()}
        if self._head_end + sum(end - start for start, end in spans) != self._end:
            # Pages that the site has changed since, or that were not needed again, or damage that
            # our reader passes over and others do not.
            self._keep_only_used()
        self._close()
        target = self._folder / f"{pages_id(page.digest for page in used.values())}.warc.gz"
        killpoint.reached("rename")
        if target.exists() and _holds(target, used):
            self._part.unlink()
        else:
            self._part.replace(target)
        (self._folder / FAILED).unlink(missing_ok=True)
        return target

    def suspend(self) -> None:
        """Close the file and leave it where the next crawl finds it."""
        self._close()

    def fail(self) -> None:
        """Close the file and keep its pages as those of the newest failure."""
        self._close()
        self._part.replace(self._folder / FAILED)

    def discard(self) -> None:
        """Close the file and drop its pages."""
        self._file.close()
        self._part.unlink(missing_ok=True)
        for folder in (self._folder, self._folder.parent):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _write(self, data: bytes) -> None:
        written = 0
        while written < len(data):
            written += self._file.write(data[written:]) or 0
        self._end += len(data)

    def _keep_only_used(self) -> None:
        """Write the file anew without pages of an earlier crawl that this one did not need."""
        lean = self._part.with_name(f".lean-{os.getpid()}.part")
        with self._part.open("rb") as source, lean.open("wb") as target:
            target.write(source.read(self._head_end))
            used = {page.start: page for page in self._used.values()}
            bodies = {page.body_start for page in used.values()} - used.keys()
            # First the answers whose page others point to, which a later one may replace; then
            # each page before the revisits that point to it.
            owners = [self._by_start[start] for start in sorted(bodies)]
            pages = sorted(used.values(), key=lambda p: (p.body_start != p.start, p.start))
            for page in (*owners, *pages):
                source.seek(page.start)
                target.write(source.read(page.end - page.start))
        lean.replace(self._part)
        self._file.close()
        self._file = self._part.open("r+b", buffering=0)

    def _close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()


def complete_archives(archive_dir: Path, table: str, month: str) -> list[Path]:
    """Return the archives of complete crawls of a month, newest first."""
    folder = archive_dir / table / month
    paths = [p for p in folder.glob("*.warc.gz") if p.name not in (UNFINISHED, FAILED)]
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def remove_leftovers(folder: Path, table: str) -> int:
    """Remove half-written files of killed processes from an archive or a landing folder.

    Returns their number. ``unfinished.warc.gz`` is none of them: a crawl goes on from it.
    """
    leftovers = list((folder / table).glob("*/.*.part"))
    for path in leftovers:
        path.unlink()
    return len(leftovers)


def _holds(path: Path, pages: Mapping[PageKey, ArchivedPage]) -> bool:
    """Tell whether an archive holds these answers undamaged."""
    index = ArchiveIndex.read(path)
    return all(
        key in index.pages and index.pages[key].digest == p.digest for key, p in pages.items()
    )


# -------------------------------------------------------------------------------------- writing
def _warcinfo(info: Mapping[str, str]) -> bytes:
    lines = {"format": "WARC File Format 1.0", **info, "greenties-begun": _now()}
    block = "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()
    head = {
        "WARC-Type": "warcinfo",
        "WARC-Record-ID": _record_id("warcinfo", block.decode()),
        "WARC-Date": _now(),
        "Content-Type": "application/warc-fields",
    }
    return _member(head, block)


def _answer_record(
    key: PageKey,
    *,
    url: str,
    date: str,
    digest: str,
    status: int,
    headers: Iterable[tuple[str, str]],
    body: bytes | None,
) -> tuple[str, bytes]:
    """Return identity and bytes of a response, or of a revisit where ``body`` is None."""
    http = [f"HTTP/1.1 {status} OK" if status == 200 else f"HTTP/1.1 {status}"]
    http += [f"{k}: {v}" for k, v in headers if k.lower() not in _TRANSPORT_HEADERS]
    if body is not None:
        http.append(f"Content-Length: {len(body)}")
    kind = "response" if body is not None else "revisit"
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": _record_id(kind, *key[:2], key[2].decode("latin-1"), date, digest),
        "WARC-Target-URI": url,
        "WARC-Date": date,
        "WARC-Payload-Digest": f"sha256:{digest}",
        "Content-Type": "application/http; msgtype=response",
    }
    if body is None:
        head["WARC-Profile"] = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    block = "\r\n".join([*http, "", ""]).encode("latin-1", "replace") + (body or b"")
    return head["WARC-Record-ID"], _member(head, block)


def _request_record(
    key: PageKey, *, url: str, date: str, headers: Iterable[tuple[str, str]], answered: str
) -> bytes:
    method, path, form = key
    lines = [f"{method} {path or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    head = {
        "WARC-Type": "request",
        "WARC-Record-ID": _record_id("request", answered),
        "WARC-Target-URI": url,
        "WARC-Date": date,
        "WARC-Concurrent-To": answered,
        "Content-Type": "application/http; msgtype=request",
    }
    return _member(head, "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + form)


def _member(head: Mapping[str, str], block: bytes) -> bytes:
    """Return one WARC record as one gzip member."""
    lines = [f"{name}: {value}" for name, value in head.items()]
    text = "\r\n".join(["WARC/1.0", *lines, f"Content-Length: {len(block)}", "", ""])
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    packed = packer.compress(text.encode())
    packed += packer.compress(block)
    packed += packer.compress(b"\r\n\r\n")
    return packed + packer.flush()


def _record_id(*parts: str) -> str:
    h = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"<urn:uuid:{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}>"


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _copy(source: Path, target: Path, length: int, head: bytes) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        write.write(head)
        while length > 0 and (chunk := read.read(min(length, _CHUNK))):
            write.write(chunk)
            length -= len(chunk)


# -------------------------------------------------------------------------------------- reading
def _members(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield start, end and content of every whole gzip member; what is torn is passed over."""
    data = path.read_bytes()
    view = memoryview(data)
    start = data.find(_MAGIC)
    while 0 <= start < len(data):
        unpacker, parts, fed = zlib.decompressobj(31), [], start
        try:
            while not unpacker.eof and fed < len(data):
                chunk = view[fed : fed + _CHUNK]
                parts.append(unpacker.decompress(chunk))
                fed += len(chunk)
        except zlib.error:
            start = data.find(_MAGIC, start + 1)
            continue
        if not unpacker.eof:
            return
        end = fed - len(unpacker.unused_data)
        yield start, end, b"".join(parts)
        start = data.find(_MAGIC, end)


def _split_record(content: bytes) -> tuple[dict[str, str], bytes]:
    """Split a WARC record into its headers, names in lower case, and its block."""
    head, _, rest = content.partition(b"\r\n\r\n")
    headers = _fields(head.partition(b"\r\n")[2])
    length = headers.get("content-length", "")
    return headers, rest[: int(length)] if length.isdecimal() else rest


def _fields(block: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").split("\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _http_of(block: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body of an HTTP answer."""
    head, _, body = block.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    status = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
    headers = [
        (name.strip(), value.strip()) for name, _, value in (x.partition(":") for x in lines)
    ]
    return status, [pair for pair in headers if pair[0].lower() not in _TRANSPORT_HEADERS], body


def _request_of(block: bytes) -> tuple[str, bytes]:
    head, _, form = block.partition(b"\r\n\r\n")
    return head.split(b" ", 1)[0].decode("latin-1"), form


def _json_object(text: str | None) -> Any:
    if text is None:
        return None
    value = json.loads(text)
    return value if isinstance(value, dict) else None
