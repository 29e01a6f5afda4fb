"""Commands of ``greenties import`` for structured sources: options reach the importers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.commands import imports_structured
from orchestration.importing.registry import format_names
from orchestration.settings import settings
from scrapers.errors import UnknownColumnError


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Record what the commands ask for instead of importing."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def record(name: str, paths: tuple[Path, ...], **given: Any) -> None:
        calls.append((name, {"paths": [path.name for path in paths], **given}))

    monkeypatch.setattr(imports_structured, "run_import", record)
    return calls


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", *arguments])


def test_every_format_has_a_command() -> None:
    from orchestration.commands.imports import import_

    assert set(import_.commands) == set(format_names())


def test_legal_events(called: list[tuple[str, dict[str, Any]]]) -> None:
    assert invoke("legal-events", "a.csv", "b.csv", "--restore-zeros").exit_code == 0
    assert called == [
        (
            "legal-events",
            {
                "paths": ["a.csv", "b.csv"],
                "options": {
                    "encoding": None,
                    "sheet": None,
                    "allow_unlinked": False,
                    "restore_zeros": True,
                },
                "synthetic": False,
                "replace": False,
            },
        )
    ]


@pytest.mark.parametrize("name", ["bigquery", "patstat"])
def test_authorities(name: str, called: list[tuple[str, dict[str, Any]]]) -> None:
    assert invoke(name, "x").exit_code == 0
    assert invoke(name, "x", "--authority", "us", "--authority", "CN").exit_code == 0
    assert [c[1]["options"] for c in called] == [
        {"authorities": ["CN"]},
        {"authorities": ["CN", "US"]},
    ]
    wrong = invoke(name, "x", "--authority", "CHN")
    assert (wrong.exit_code, "two letters" in wrong.output) == (2, True)


def test_yearbook_map_is_handed_over_as_text(
    tmp_path: Path, called: list[tuple[str, dict[str, Any]]]
) -> None:
    map_path = tmp_path / "m.toml"
    map_path.write_text("level = 'city'\n", encoding="utf-8-sig")
    assert invoke("yearbook", "t.csv", "--map", str(map_path)).exit_code == 0
    assert called[0][1]["options"] == {
        "map": "level = 'city'\n",
        "map_name": "m.toml",
        "encoding": None,
    }
    missing = invoke("yearbook", "t.csv", "--map", str(tmp_path / "none.toml"))
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)


def test_policy_documents(called: list[tuple[str, dict[str, Any]]]) -> None:
    assert invoke("policy-documents", "t.xlsx", "--issuer-separator", "、").exit_code == 0
    assert called[0][1]["options"]["issuer_separators"] == ["、"]
    assert invoke("policy-documents", "t.xlsx", "--issuer-separator", "").exit_code == 2


def test_folders_are_taken_where_they_mean_something(
    called: list[tuple[str, dict[str, Any]]],
) -> None:
    for name in ("bulk-biblio", "bulk-legal-status", "patstat"):
        invoke(name, "folder")
    assert [c[1]["takes_folders"] for c in called] == [True, True, True]


def test_an_unknown_column_ends_with_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e.csv"
    path.write_text("申请好,法律状态公告日,法律状态\n99127080,2016.12.28,授权\n", encoding="utf-8")
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    try:
        result = invoke("legal-events", str(path))
    finally:
        settings.cache_clear()
    assert result.exit_code == UnknownColumnError.exit_code
    assert "nearest known name '申请号'" in result.output
    assert not (tmp_path / "data" / "landing" / "imported_events").exists()
