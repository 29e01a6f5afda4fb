"""The one settings object. Tools below orchestration receive values, never this module."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.importing.nearest import nearest_name

REPO_ROOT = Path(__file__).resolve().parents[1]

# dagster-dbt looks for the `dbt` executable on PATH, also when nobody activated the environment.
_BIN = str(Path(sys.executable).parent)
if _BIN not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = _BIN + os.pathsep + os.environ.get("PATH", "")


# Variables of the name that are no settings: what dbt reads, and what tests do.
OTHER_VARIABLES = frozenset(
    {
        "GREENTIES_WAREHOUSE", "GREENTIES_PLACE_TEXTS", "GREENTIES_PLACE_TEXTS_ONLY",
        "GREENTIES_IPC_TEXTS", "GREENTIES_SHARED", "GREENTIES_REQUIRE_SHARED",
        "GREENTIES_REQUIRE_BROWSER", "GREENTIES_ACCEPTANCE_DIR", "GREENTIES_KILL_AT",
    }
)  # fmt: skip


class UnknownVariableError(ValueError):
    """A variable that is named like a setting and is none."""


class Settings(BaseSettings):
    """Paths, limits and sources, read from ``GREENTIES_*`` environment variables or ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix="GREENTIES_",
        env_file=REPO_ROOT / ".env",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
    )

    data_dir: Path = Field(
        default=REPO_ROOT / "data", description="Everything the project writes lives below it."
    )
    site_url: str | None = Field(
        default=None, description="Site to crawl; without it the embedded office is started."
    )
    crawl_contact: str | None = Field(
        default=None, description="Address in the user agent; needed for hosts off this machine."
    )
    accept_terms: bool = Field(
        default=False,
        description="Crawl a host that the registry of sources does not know: its terms were read.",
    )
    daily_cap: int | None = Field(
        default=None, ge=0, description="Requests to a host in one day (UTC); 0 for no limit."
    )
    page_size: int | None = Field(
        default=None, ge=1, description="Records per page of a listing; else the site's own 20."
    )
    recheck_months: int = Field(
        default=3,
        ge=0,
        description="Months before the asked ones that `greenties load` fetches whole, for late "
        "corrections.",
    )
    from_month: str = Field(default="2006-01", description="First gazette month to collect.")
    until_month: str = Field(default="2021-01", description="Month after the last one to collect.")
    office_seed: int = Field(default=20061231, description="Seed of the embedded country.")
    office_records: int = Field(default=60_000, ge=1, description="Gazette records of the country.")
    office_preset: Literal["realistic", "recovery"] = Field(
        default="realistic", description="How disturbed the embedded country is."
    )
    office_shares: Literal["enriched", "natural"] = Field(
        default="enriched",
        description="Shares of green and of joint inventions; natural ones need many records.",
    )
    office_dirt: Literal["0", "default", "heavy"] = Field(
        default="default", description="How damaged the records of the embedded country are."
    )
    threads: int = Field(default=2, ge=1, description="Threads of the warehouse engine.")
    memory_limit: str = Field(
        default="2GB",
        pattern=r"^[1-9][0-9]*(\.[0-9]+)?(MB|GB|MiB|GiB)$",
        description="Memory of the warehouse engine; what does not fit goes to a file beside it.",
    )
    newest_first: bool = Field(
        default=False,
        description="Read the landed months newest first. Nothing published may depend on it.",
    )
    city_table: Path | None = Field(default=None, description="File shaped like prefectures.csv.")
    units_table: Path | None = Field(
        default=None, description="File shaped like province_administered_units.csv."
    )
    alias_table: Path | None = Field(default=None, description="File shaped like aliases.csv.")
    inventory_table: Path | None = Field(
        default=None, description="File shaped like ipc_green_inventory.csv."
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute_data_dir(cls, value: Path) -> Path:
        # Child processes run elsewhere; a relative folder must mean the same one to all of them.
        return value.expanduser().absolute()

    @field_validator("from_month", "until_month")
    @classmethod
    def _is_a_month(cls, value: str) -> str:
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
            raise ValueError(f"{value!r} is no month, expected YYYY-MM")
        return value

    @field_validator("site_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError(f"{value!r} is no address, expected http://host or https://host")
        return value

    @model_validator(mode="after")
    def _window_has_a_month(self) -> Settings:
        if self.from_month >= self.until_month:
            raise ValueError(
                "no month lies in the window: GREENTIES_FROM_MONTH is "
                f"{self.from_month}, GREENTIES_UNTIL_MONTH (not included) {self.until_month}"
            )
        return self

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def archive_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def analysis_dir(self) -> Path:
        return self.data_dir / "analysis"

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        return self.data_dir / "published.duckdb"

    @property
    def releases_dir(self) -> Path:
        return self.data_dir / "releases"

    @property
    def current_release(self) -> Path:
        """The one link that is switched when a build is published."""
        return self.data_dir / "current"

    @property
    def report_path(self) -> Path:
        return self.data_dir / "report" / "index.html"

    @property
    def office_dir(self) -> Path:
        return self.data_dir / "office"

    @property
    def truth_dir(self) -> Path:
        return self.data_dir / "truth"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"

    def dbt_env(self) -> dict[str, str]:
        """Environment of every dbt process; ``profiles.yml`` and staging read these names."""
        return {
            "GREENTIES_WAREHOUSE": str(self.warehouse_path),
            "GREENTIES_THREADS": str(self.threads),
            "GREENTIES_MEMORY_LIMIT": self.memory_limit,
            "GREENTIES_CITY_TABLE": _absolute(self.city_table),
            "GREENTIES_UNITS_TABLE": _absolute(self.units_table),
            "GREENTIES_ALIAS_TABLE": _absolute(self.alias_table),
            "GREENTIES_INVENTORY_TABLE": _absolute(self.inventory_table),
            # A test that touches two selections runs with the later one, when both exist.
            "DBT_INDIRECT_SELECTION": "buildable",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }


def _absolute(path: Path | None) -> str:
    return "" if path is None else str(path.resolve())


def refuse_unknown_variables(names: Iterable[str]) -> None:
    """Refuse variables that would change nothing although they are named like settings.

    Parameters
    ----------
    names : iterable of str
        Names of variables; those of other programs are passed over. ``GREENTIES_METHOD_*`` is
        judged by :func:`orchestration.method.checked_method_settings`.

    Raises
    ------
    UnknownVariableError
        If one is no setting; the message names the nearest one.
    """
    prefix = str(Settings.model_config["env_prefix"])
    known = {prefix + name.upper() for name in Settings.model_fields}
    for name in sorted({name.upper() for name in names if name.upper().startswith(prefix)}):
        if name in known or name in OTHER_VARIABLES or name.startswith(f"{prefix}METHOD_"):
            continue
        raise UnknownVariableError(
            f"{name} names no setting; the nearest is {nearest_name(name, known)}"
        )


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
