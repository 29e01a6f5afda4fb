"""Members of zip files, read as streams: nothing is unpacked to disk, and nobody's bomb goes off.

The office hands over a folder a day with zip files, some of them with zip files inside. Names of
members are labels only and never become paths, so a name such as ``../../x`` can do no harm.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from scrapers.errors import ImportFileError

MAX_MEMBER_BYTES = 4 * 1024**3
MAX_TOTAL_BYTES = 64 * 1024**3
MAX_RATIO = 400  # XML of the office packs about 1:20; a bomb packs 1:1000
RATIO_FROM_BYTES = 32 * 1024**2
MAX_DEPTH = 3
_BLOCK = 1024 * 1024


class ArchiveError(ImportFileError):
    """A zip file cannot be read: damaged, encrypted, in volumes, or larger than it may be."""

    exit_code = 76


@dataclass(slots=True)
class _Budget:
    """Bytes that one file on disk may still unpack to."""

    left: int = field(default_factory=lambda: MAX_TOTAL_BYTES)


class _Guarded(io.RawIOBase):
    """A stream of a member that counts what really comes out of it."""

    def __init__(self, stream: IO[bytes], packed: int, budget: _Budget, label: str, file: str):
        self._stream, self._packed, self._budget = stream, packed, budget
        self._label, self._file, self._read = label, file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(min(len(buffer), _BLOCK))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ArchiveError(
                f"the zip file is damaged: {error}", file=self._file, value=self._label
            ) from error
        self._read += len(data)
        self._budget.left -= len(data)
        too_dense = self._read > RATIO_FROM_BYTES and self._read > MAX_RATIO * max(self._packed, 1)
        if self._read > MAX_MEMBER_BYTES or self._budget.left < 0 or too_dense:
            raise ArchiveError(
                f"a member unpacks to more than it may ({self._read:,} bytes from "
                f"{self._packed:,}); this is a zip bomb",
                file=self._file,
                value=self._label,
            )
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside the file that was given, or that file itself."""

    label: str  # path inside the zip, "inner.zip/name.xml" for nested ones; "" for a plain file
    stream: IO[bytes]


def is_zip(path: Path) -> bool:
    """Tell a zip file from its first bytes, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def members(path: Path, name: str) -> Iterator[Member]:
    """Yield every file inside a zip file in the order of names, or the file itself.

    Parameters
    ----------
    path : Path
        A zip file, recognised by its content, or any other file.
    name : str
        Name for messages.

    Yields
    ------
    Member
        Its stream is closed when the next one is asked for.

    Raises
    ------
    ArchiveError
        If the zip file is damaged, encrypted, one volume of several, nested deeper than
        :data:`MAX_DEPTH`, or unpacks to more than the limits of this module.
    """
    if not is_zip(path):
        with path.open("rb") as stream:
            yield Member("", stream)
        return
    with path.open("rb") as file:
        yield from _members(file, name, prefix="", depth=1, budget=_Budget())


def _members(
    file: IO[bytes], name: str, *, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError) as error:
        raise ArchiveError(
            f"the zip file cannot be read ({error}); one volume of several (.z01) has to be joined "
            "with the others first",
            file=name,
            value=prefix.rstrip("/") or None,
        ) from error
    with archive:
        seen: set[str] = set()
        for info in sorted(archive.infolist(), key=lambda i: (i.filename, i.header_offset)):
            if info.is_dir():
                continue
            label = prefix + info.filename
            if info.filename in seen:
                raise ArchiveError("two members have one name", file=name, value=label)
            seen.add(info.filename)
            if info.flag_bits & 0x1:
                raise ArchiveError("the member is encrypted", file=name, value=label)
            try:
                raw = archive.open(info)
            except (zipfile.BadZipFile, NotImplementedError) as error:
                raise ArchiveError(
                    f"the zip file is damaged: {error}", file=name, value=label
                ) from error
            with raw:
                guarded = _Guarded(raw, info.compress_size, budget, label, name)
                with io.BufferedReader(guarded, _BLOCK) as stream:
                    if not info.filename.lower().endswith(".zip"):
                        yield Member(label, stream)
                        continue
                    if depth >= MAX_DEPTH:
                        raise ArchiveError(
                            f"zip files inside zip files, more than {MAX_DEPTH} deep",
                            file=name,
                            value=label,
                        )
                    with tempfile.SpooledTemporaryFile(max_size=64 * _BLOCK) as inner:
                        shutil.copyfileobj(stream, inner, _BLOCK)
                        yield from _members(
                            inner, name, prefix=f"{label}/", depth=depth + 1, budget=budget
                        )
