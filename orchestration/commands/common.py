"""What the commands share: named errors, checked settings, months, how to call us again.

Commands live in modules of this package and are added to ``orchestration.cli.main`` there. Heavy
packages are imported inside the functions, so that ``greenties --help`` answers at once.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click

from orchestration.settings import Settings, settings

P = ParamSpec("P")
R = TypeVar("R")

DATA_DIR_GIVEN = "orchestration.data_dir_given"


class DataError(click.ClickException):
    """The data, or a step on it, failed.

    Parameters
    ----------
    message : str
    exit_code : int
        What the command exits with; failures of collection have codes of their own
        (docs/collection.md).
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it of the instance


def named_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turn errors into one clear message; the traceback is kept for ``--debug``.

    An error with an attribute ``exit_code`` says itself what the command exits with, otherwise 1.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit):
            raise
        except KeyboardInterrupt:
            raise click.Abort from None
        except BrokenPipeError:
            end_without_a_reader()
        except Exception as error:
            if type(error).__name__ == "DagsterExecutionInterruptedError":
                raise click.Abort from None
            if click.get_current_context().find_root().obj:
                raise
            code = getattr(error, "exit_code", None)
            raise DataError(
                message_of(error), exit_code=code if isinstance(code, int) and code > 0 else 1
            ) from error

    return guarded


def end_without_a_reader() -> NoReturn:
    """End, with exit code 1 and no word, a command whose reader has seen enough (``| head``)."""
    # What is still buffered would raise once more when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(1)


def message_of(error: Exception) -> str:
    """Return what went wrong in words, without the wrappings of Dagster and pydantic."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        prefix = "GREENTIES_METHOD" if error.title == "MethodSettings" else "GREENTIES"
        lines = [
            f"{'_'.join([prefix, *map(str, e['loc'])]).upper()}: {e['msg']} (got {e['input']!r})"
            if e["loc"]
            else e["msg"].removeprefix("Value error, ")  # of several settings together
            for e in error.errors()
        ]
        return "a setting cannot be used: " + "; ".join(lines)
    # Dagster wraps what went wrong while the definitions were loaded into a picture of its own.
    while type(error).__name__ == "ComponentTreeException" and isinstance(
        error.__cause__, Exception
    ):
        error = error.__cause__
    return str(error).strip() or type(error).__name__


def checked_settings(**overrides: str | None) -> Settings:
    """Settings of this process; options win over the environment, for child processes too.

    The method settings are read as well, so that one that cannot be used is refused before anything
    was crawled or built.
    """
    from pydantic import ValidationError

    from orchestration.method import MethodSettingsError, checked_method_settings
    from orchestration.settings import UnknownVariableError, refuse_unknown_variables

    for name, value in overrides.items():
        if value is not None:
            os.environ[f"GREENTIES_{name.upper()}"] = value
    settings.cache_clear()
    try:
        refuse_unknown_variables(os.environ)
        current = settings()
        checked_method_settings(has_own_inventory=current.inventory_table is not None)
    except (ValidationError, MethodSettingsError, UnknownVariableError) as error:
        raise click.UsageError(message_of(error)) from error
    os.environ["GREENTIES_DATA_DIR"] = str(current.data_dir)
    return current


def chosen_months(text: str | None, current: Settings) -> tuple[str, str] | None:
    """Read ``--months``: half-open range ``A:B`` or one month, within the window of the settings.

    Raises
    ------
    click.UsageError
        If it is no such range, or reaches out of the window.
    """
    if text is None:
        return None
    from orchestration.partitions import chosen_range, month_range, next_month

    try:
        first, until = chosen_range(text)
    except ValueError as error:
        raise click.UsageError(f"--months {text}: {error}") from error
    chosen = month_range(first, until)
    window = month_range(current.from_month, current.until_month)
    outside = [month for month in chosen if month not in window]
    if not chosen or outside:
        raise click.UsageError(
            f"--months {text}: {'no month' if not chosen else outside[0] + ' lies'} in the window "
            f"{current.from_month} up to {current.until_month} "
            "(GREENTIES_FROM_MONTH, GREENTIES_UNTIL_MONTH)"
        )
    return chosen[0], next_month(chosen[-1])


@contextlib.contextmanager
def in_the_log(current: Settings, name: str) -> Iterator[None]:
    """Show progress on the screen while the words of dbt and Dagster go to a log of that name."""
    from orchestration.progress import shown

    finish_on_sigterm()
    log_dir = current.data_dir / "logs"
    log_dir.mkdir(parents=True, exist_ok=True)
    with shown(sys.stderr) as display, (log_dir / name).open("w", encoding="utf-8") as log:
        display.step("load the line")
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log), no_warnings():
            yield


@contextlib.contextmanager
def no_warnings() -> Iterator[None]:
    """Keep quiet about warnings while the context lasts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the tools underneath
        yield


def finish_on_sigterm() -> None:
    """Let SIGTERM unwind, so that the embedded office and the crawl are stopped too."""

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def ourselves(current: Settings) -> str:
    """How to call this program again on the same data folder, from where the caller stands."""
    program = Path(sys.executable).with_name("greenties")
    if not program.exists():
        program = Path("greenties")
    with contextlib.suppress(ValueError):
        program = program.relative_to(Path.cwd())
    words = [str(program)]
    if click.get_current_context().find_root().meta.get(DATA_DIR_GIVEN):
        words += ["--data-dir", str(current.data_dir)]
    return shlex.join(words)


def release_database(current: Settings, release: str | None) -> Path:
    """Published database of a release, the current one without a name."""
    from orchestration.publish import releases

    if release is None:
        if not current.published_path.exists():
            raise DataError(f"{current.published_path} does not exist yet: greenties run")
        return current.published_path.resolve()
    known = [folder.name for folder in releases(current)]
    if release not in known:
        raise click.UsageError(
            f"no release {release!r} in {current.releases_dir}; there are "
            f"{', '.join(known) or 'none'}"
        )
    return current.releases_dir / release / "published.duckdb"
