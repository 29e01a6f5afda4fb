"""Macros of the dbt project as plain SQL, for the few statements that run outside dbt."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment

from orchestration.settings import REPO_ROOT


def macro_sql(file: str, macro: str, *arguments: str) -> str:
    """Render a macro that needs nothing of dbt, so that a rule exists once.

    Parameters
    ----------
    file : str
        Name in ``dbt_project/macros``, without ``.sql``.
    macro : str
        Name of a macro in it that calls neither ``ref`` nor ``var``.
    arguments : str
        SQL expressions.

    Raises
    ------
    AttributeError
        If the file has no such macro.
    """
    return str(getattr(_module(file), macro)(*arguments)).strip()


@cache
def _module(file: str) -> Any:
    text = (REPO_ROOT / "dbt_project" / "macros" / f"{file}.sql").read_text(encoding="utf-8")
    return Environment().from_string(text).module  # SQL, no page: nothing to escape
