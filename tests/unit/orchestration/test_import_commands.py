"""``greenties import``: one command per format, what it is told and what it prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dagster import AssetKey

from orchestration import cli
from orchestration.commands import imports
from orchestration.importing.registry import format_names
from orchestration.instance import open_instance
from orchestration.settings import settings
from scrapers.errors import FileEncodingError, UnknownColumnError
from scrapers.landing import current_months

ROW = "PN,PBD,APNO\nCN103100001A,2013-05-15,{}\n"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("GREENTIES_SITE_URL", "GREENTIES_FROM_MONTH", "GREENTIES_UNTIL_MONTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    settings.cache_clear()


@pytest.fixture
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the instance of Dagster alone; one test sees that imports are recorded there."""
    monkeypatch.setattr(imports, "_record_import", lambda current, table: None)


def greenties(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(ROW.format("CN201310000001"), "utf-8")
    return path


def test_every_format_has_its_command() -> None:
    said = greenties("import", "--help").output
    assert len(format_names()) >= 13
    assert [name for name in format_names() if f"  {name}  " not in said] == []


def test_an_import_is_reported_recorded_and_leads_to_the_next_step(
    data_dir: Path, export: Path
) -> None:
    result = greenties("import", "patsnap", str(export), "--synthetic")
    assert result.exit_code == 0, result.output
    assert "export.csv (utf-8): 1 rows = 1 landed + 0 rejected" in result.output
    assert "run --from-landing" in result.output
    with open_instance(settings()) as instance:
        event = instance.get_latest_materialization_event(
            AssetKey(["landing", "imported_publications_files"])
        )
    assert event is not None
    months = current_months(data_dir / "landing", "imported_publications")
    assert {month: manifest["synthetic"] for month, manifest in months.items()} == {"2013-05": True}


@pytest.mark.usefixtures("unrecorded")
def test_damaged_numbers_are_counted_and_a_hint_is_given(data_dir: Path, export: Path) -> None:
    export.write_text(ROW.format("2.01E+11"), "utf-8")
    result = greenties("import", "patsnap", str(export))
    assert result.exit_code == 0, result.output
    assert "1: application_no_damaged_by_spreadsheet" in result.output
    assert "export the column as text" in result.output


@pytest.mark.usefixtures("unrecorded")
def test_replace_takes_out_the_file_of_the_same_name(data_dir: Path, export: Path) -> None:
    assert greenties("import", "patsnap", str(export)).exit_code == 0
    export.write_text(ROW.format("CN201310000002"), "utf-8")
    result = greenties("import", "patsnap", str(export), "--replace")
    assert result.exit_code == 0, result.output
    assert "replaced: " in result.output
    assert current_months(data_dir / "landing", "imported_publications")["2013-05"]["rows"] == 1


@pytest.mark.usefixtures("unrecorded")
def test_an_unknown_column_is_told_and_can_be_kept(data_dir: Path, export: Path) -> None:
    export.write_text("PN,PBD,学院\nCN103100001A,2013-05-15,材料\n", "utf-8")
    result = greenties("import", "patsnap", str(export))
    assert result.exit_code == UnknownColumnError.exit_code
    assert "nearest known name" in result.output
    assert not (data_dir / "landing" / "imported_publications").exists()
    assert greenties("import", "patsnap", str(export), "--keep-column", "学院").exit_code == 0
    (record,) = (data_dir / "raw" / "imports" / "records" / "patsnap").iterdir()
    assert json.loads(record.read_text("utf-8"))["options"] == {"keep_columns": ["学院"]}


@pytest.mark.parametrize("format_name", ["gazette-csv", "pss", "patsnap"])
def test_folders_and_missing_files_are_refused(
    data_dir: Path, tmp_path: Path, format_name: str
) -> None:
    result = greenties("import", format_name, str(tmp_path))
    assert (result.exit_code, "a folder, not a file" in result.output) == (1, True)
    result = greenties("import", format_name, "/nowhere/a.csv")
    assert (result.exit_code, "no such file: /nowhere/a.csv" in result.output) == (1, True)


@pytest.mark.usefixtures("unrecorded")
def test_an_encoding_can_be_named(data_dir: Path, export: Path) -> None:
    export.write_bytes("PN,PBD,Title\nCN103100001A,2013-05-15,裝置\n".encode("big5"))
    assert greenties("import", "patsnap", str(export), "--encoding", "big5").exit_code == 0
    result = greenties("import", "patsnap", str(export), "--encoding", "latin-1")
    assert result.exit_code == FileEncodingError.exit_code
    assert "unknown encoding" in result.output


@pytest.mark.usefixtures("unrecorded")
def test_an_import_that_was_cut_off_is_a_problem_until_the_next_one(
    data_dir: Path, export: Path
) -> None:
    assert greenties("import", "patsnap", str(export)).exit_code == 0
    journal = data_dir / "landing" / "imported_publications" / "unfinished_import.json"
    journal.write_text('{"started": [], "gone": []}', "utf-8")
    result = greenties("status")
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "problem: an import into imported_publications was cut off" in said
    assert greenties("import", "patsnap", str(export)).exit_code == 0
    assert "cut off" not in greenties("status").output
