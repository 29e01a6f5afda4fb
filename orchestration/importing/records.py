"""What is kept of an import beside its rows: copies of the files and how they were read.

``raw/imports/<sha256 prefix>-<name>`` are the copies, ``raw/imports/records/<format>/`` the records
that count, ``raw/imports/replaced/<format>/`` those of files whose rows left, and
``landing/<table>/unfinished_import.json`` is there while months are being landed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.importing.reading import Source, SourceFile
from scrapers.errors import ImportFileError, LandingError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """How a source was imported, kept beside its copy: enough to read it again."""

    format: str
    table: str
    source: str
    sha256: str
    files: tuple[tuple[str, str], ...]  # name inside the source, SHA-256
    synthetic: bool | None  # None: imported before this was recorded, its months say it
    options: dict[str, Any]

    @property
    def identity(self) -> tuple[str, str]:
        return self.format, self.sha256

    @property
    def file_sha256s(self) -> set[str]:
        return {sha256 for _, sha256 in self.files}

    @property
    def archived(self) -> list[str]:
        """Names of the copies below ``raw/imports``."""
        return [archive_name(name, sha256) for name, sha256 in self.files]


def archive_name(name: str, sha256: str) -> str:
    return f"{sha256[:16]}-{Path(name).name}"


def record_path(archive_dir: Path, record: ImportRecord) -> Path:
    return archive_dir / "imports" / "records" / record.format / f"{record.sha256[:16]}.json"


def _record_bytes(record: ImportRecord) -> bytes:
    text = json.dumps(
        {
            "format": record.format,
            "table": record.table,
            "source": record.source,
            "sha256": record.sha256,
            "files": [{"name": name, "sha256": sha256} for name, sha256 in record.files],
            "synthetic": record.synthetic,
            "options": record.options,
        },
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    return (text + "\n").encode()


def records_of(archive_dir: Path, table: str) -> list[ImportRecord]:
    """Read how the files behind a table were imported, in the order of format and checksum."""
    folder = archive_dir / "imports"
    records = [_read_record(path) for path in sorted((folder / "records").glob("*/*.json"))]
    if table == "gazette_csv":
        # Copies older than these records: gazette listings were all that could be imported.
        replaced = [_read_record(path) for path in (folder / "replaced").glob("*/*.json")]
        covered = {name for record in [*records, *replaced] for name in record.archived}
        for path in sorted(folder.glob("*-*")):
            if path.is_file() and path.name not in covered and not path.name.startswith("."):
                name, sha256 = path.name.partition("-")[2], sha256_of(path, path.name)
                records.append(
                    ImportRecord(
                        format="gazette-csv",
                        table="gazette_csv",
                        source=name,
                        sha256=sha256,
                        files=((name, sha256),),
                        synthetic=None,
                        options={},
                    )
                )
    return [record for record in records if record.table == table]


def _read_record(path: Path) -> ImportRecord:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return ImportRecord(
            format=raw["format"],
            table=raw["table"],
            source=raw["source"],
            sha256=raw["sha256"],
            files=tuple((file["name"], file["sha256"]) for file in raw["files"]),
            synthetic=raw["synthetic"],
            options=raw["options"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LandingError(f"{path} is no record of an import: {error!r}") from error


def archived_file(archive_dir: Path, name: str, sha256: str) -> SourceFile:
    path = archive_dir / "imports" / archive_name(name, sha256)
    if not path.is_file() or sha256_of(path, path.name) != sha256:
        raise LandingError(
            f"a landed month is damaged and {path} is missing or differs from what was imported; "
            f"import the original of {name} again or restore the copy"
        )
    return SourceFile(name=name, path=path, sha256=sha256)


def archive(
    archive_dir: Path, record: ImportRecord, source: Source, undo: contextlib.ExitStack
) -> None:
    """Keep the files as handed over, and how they were read; ``undo`` takes it back."""
    folder = archive_dir / "imports"
    path = record_path(archive_dir, record)
    path.parent.mkdir(parents=True, exist_ok=True)
    # First the record: a copy without one would be taken for a gazette listing of earlier days.
    if path.exists():
        undo.callback(write_if_other, path, path.read_bytes())
    else:
        undo.callback(path.unlink, missing_ok=True)
    write_if_other(path, _record_bytes(record))
    for file in source.files:
        target = folder / archive_name(file.name, file.sha256)
        if not target.exists():
            undo.callback(target.unlink, missing_ok=True)
            _copy_atomically(file, target)


def withdraw(archive_dir: Path, record: ImportRecord) -> None:
    """Let the record of an import count no longer; the copies of its files stay."""
    path = record_path(archive_dir, record)
    target = archive_dir / "imports" / "replaced" / record.format / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    write_if_other(target, _record_bytes(record))
    path.unlink(missing_ok=True)


def unfinished_import(landing_dir: Path, table: str) -> bool:
    """Tell whether an import into a table was cut off; the next one completes it."""
    return _journal_path(landing_dir, table).exists()


def _journal_path(landing_dir: Path, table: str) -> Path:
    return landing_dir / table / "unfinished_import.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Imports under way: written before the first month is landed, gone after the last."""

    started: frozenset[tuple[str, str]] = frozenset()  # format, SHA-256
    gone: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, landing_dir: Path, table: str) -> Journal:
        path = _journal_path(landing_dir, table)
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                started=frozenset((name, sha256) for name, sha256 in raw["started"]),
                gone=frozenset((name, sha256) for name, sha256 in raw["gone"]),
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError) as error:
            raise LandingError(f"{path} cannot be read: {error!r}") from error

    def write(self, landing_dir: Path, table: str) -> None:
        path = _journal_path(landing_dir, table)
        if not self.started and not self.gone:
            path.unlink(missing_ok=True)
            return
        content = {"started": sorted(self.started), "gone": sorted(self.gone)}
        write_if_other(path, (json.dumps(content, indent=1) + "\n").encode())

    def joined(self, *, started: list[ImportRecord], gone: list[ImportRecord]) -> Journal:
        return Journal(
            started=self.started | {record.identity for record in started},
            gone=self.gone | {record.identity for record in gone},
        )

    def started_of(self, records: list[ImportRecord]) -> list[ImportRecord]:
        return [record for record in records if record.identity in self.started]

    def gone_of(self, records: list[ImportRecord]) -> list[ImportRecord]:
        return [record for record in records if record.identity in self.gone]

    def uncopied_of(self, records: list[ImportRecord], archive_dir: Path) -> list[ImportRecord]:
        """Imports that were cut off before all their files were copied: nothing of them landed."""
        folder = archive_dir / "imports"
        return [
            record
            for record in self.started_of(records)
            if not all((folder / name).is_file() for name in record.archived)
        ]


def sha256_of(path: Path, name: str) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ImportFileError(f"cannot be read: {error.strerror}", file=name) from error


def write_if_other(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _copy_atomically(file: SourceFile, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        digest = hashlib.sha256()
        with file.path.open("rb") as source, temporary.open("wb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
        if digest.hexdigest() != file.sha256:
            raise ImportFileError("the file changed while it was being read", file=file.name)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
