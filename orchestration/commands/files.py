"""Files that commands read and write for a user, standard input and output among them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from orchestration.commands.common import DataError, end_without_a_reader

STANDARD = "-"  # standard input or output


def is_same_file(source: str, target: str) -> bool:
    """Whether two paths are one file; standard input and output are none."""
    if STANDARD in {source, target}:
        return False
    with contextlib.suppress(OSError):
        return Path(source).samefile(target)
    return False


@contextlib.contextmanager
def input_path(source: str) -> Iterator[Path]:
    """Yield the file to read; standard input is copied first, as it is read twice."""
    if source != STANDARD:
        path = Path(source)
        if path.is_dir():
            raise DataError(f"a folder, not a file: {source}")
        if not path.exists():
            raise DataError(f"no such file: {source}")
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="greenties-", suffix=".csv") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name)


@contextlib.contextmanager
def _standard_output() -> Iterator[IO[str]]:
    """Yield standard output in UTF-8; a reader that has seen enough ends the command (exit 1)."""
    sink = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    try:
        yield sink
        sink.flush()
    except BrokenPipeError:
        end_without_a_reader()
    finally:
        with contextlib.suppress(BrokenPipeError):
            sink.detach()


@contextlib.contextmanager
def output_file(target: str) -> Iterator[IO[str]]:
    """Yield the file to write; it appears under its name when it is complete."""
    if target == STANDARD:
        with _standard_output() as sink:
            yield sink
        return
    path = Path(target)
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="\n") as sink:  # /dev/null, a pipe
            yield sink
        return
    if not path.absolute().parent.is_dir():
        raise DataError(f"no such folder: {path.absolute().parent}")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
