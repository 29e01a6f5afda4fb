"""Thin Dagster resources: each wraps one outside tool and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl

from orchestration.settings import settings
from orchestration.site import open_site

CONNECT_ATTEMPTS = 6  # dbt or another process may hold the file for a moment


class Site(dg.ConfigurableResource):
    """The site to crawl; without an address, the settings' site or the embedded office."""

    base_url: str = ""

    @contextmanager
    def opened(self) -> Iterator[str]:
        """Yield a base URL that answers."""
        if self.base_url:
            yield self.base_url
        else:
            with open_site(settings()) as url:
                yield url


class Warehouse(dg.ConfigurableResource):
    """The warehouse file. Whoever opens it carries the pool ``duckdb_writer``."""

    path: str
    threads: int = 2

    @contextmanager
    def connect(self, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse, waiting a little while another process holds it."""
        connection = _connect(Path(self.path), read_only=read_only)
        try:
            connection.execute(f"set threads = {self.threads}")
            yield connection
        finally:
            connection.close()

    def frame(self, query: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Return the result of a query."""
        with self.connect() as connection:
            return connection.execute(query, list(parameters)).pl()


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(CONNECT_ATTEMPTS):
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.IOException as error:
            if "lock" not in str(error) or attempt == CONNECT_ATTEMPTS - 1:
                raise
            time.sleep(2.0**attempt / 4)
    raise AssertionError("unreachable")
