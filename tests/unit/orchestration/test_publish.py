"""Releases: complete, checked, switched in one step; readers and the last release survive."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

import orchestration.publish as publishing
from orchestration.build_identity import BuildIdentity, columns
from orchestration.method import MethodSettings
from orchestration.publish import (
    KEPT_RELEASES,
    PublishError,
    Release,
    is_database,
    open_published,
    publish,
    published_fingerprints,
    recomputed_fingerprints,
    releases,
    stated_fingerprints,
)
from orchestration.settings import Settings


def identity(build_id: str) -> BuildIdentity:
    values: dict[str, Any] = dict.fromkeys(columns(), "x")
    values |= {"build_id": build_id, "settings_hash": MethodSettings().settings_hash}
    values |= {"landed_months": 1, "landed_rows": 2, "is_synthetic": True}
    return BuildIdentity(**values)


def write_warehouse(current: Settings, cities: list[tuple[str, float | None]]) -> None:
    current.data_dir.mkdir(parents=True, exist_ok=True)
    current.warehouse_path.unlink(missing_ok=True)
    with duckdb.connect(str(current.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema raw")
        connection.execute("create schema reports")
        connection.execute("create view raw.v as select 'secret' as person_key")
        connection.execute(
            "create table marts.dim_cities (adcode varchar primary key, x double, "
            "tags varchar[], n decimal(18, 6) not null)"
        )
        connection.execute("comment on table marts.dim_cities is 'It''s the cities (城市)'")
        connection.execute("comment on column marts.dim_cities.x is 'degrees'")
        for adcode, x in cities:
            connection.execute(
                "insert into marts.dim_cities values (?, ?, ['a', null], 1.5)", [adcode, x]
            )
        connection.execute("create table reports.rpt_empty (a integer, is_synthetic boolean)")


def render(published: Path, out: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute("select count(*) from marts.dim_cities").fetchall()[0][0]
    out.write_text(f"<html>{rows}</html>", encoding="utf-8")


def release_of(current: Settings, build_id: str) -> Release:
    return publish(current, identity(build_id), render=render)


@pytest.fixture
def current(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data folder", threads=1)


def adcodes(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [a for (a,) in connection.execute("select adcode from marts.dim_cities").fetchall()]


def test_a_release_holds_tables_with_constraints_and_comments_and_nothing_else(
    current: Settings,
) -> None:
    write_warehouse(current, [("110000", 1.0), ("310000", None)])
    release_of(current, "b1")
    with duckdb.connect(str(current.published_path), read_only=True) as connection:
        schemas = connection.execute(
            "select distinct schema_name from duckdb_tables() order by 1"
        ).fetchall()
        assert schemas == [("marts",), ("meta",), ("reports",)]
        assert (
            connection.execute("select view_name from duckdb_views() where not internal").fetchall()
            == []
        )
        kinds = {
            kind
            for (kind,) in connection.execute(
                "select constraint_type from duckdb_constraints() where table_name = 'dim_cities'"
            ).fetchall()
        }
        assert kinds == {"PRIMARY KEY", "NOT NULL"}
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'dim_cities'"
        ).fetchall() == [("It's the cities (城市)",)]
        assert connection.execute(
            "select comment from duckdb_columns() where column_name = 'x'"
        ).fetchall() == [("degrees",)]
        undescribed = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'meta' and coalesce(comment, '') = ''"
        ).fetchall()
        assert undescribed == []
        settings_rows = connection.execute(
            "select question, value from meta.method_settings where name = 'green_scope'"
        ).fetchall()
    assert settings_rows == [("Q-03", "any")]
    files = sorted(p.name for p in (current.data_dir / "published").iterdir())
    assert files == [
        "marts.dim_cities.parquet",
        "meta.applicant_id_changes.parquet",
        "meta.build_parts.parquet",
        "meta.builds.parquet",
        "meta.collection_ledger.parquet",
        "meta.method_settings.parquet",
        "meta.rpt_revisions.parquet",
        "meta.table_fingerprints.parquet",
        "reports.rpt_empty.parquet",
    ]
    assert current.report_path.read_text() == "<html>2</html>"


def test_the_same_content_gives_the_same_fingerprints_and_parquet_bytes(
    current: Settings,
) -> None:
    found = []
    for rows in ([("1", 1.0), ("2", 2.0)], [("2", 2.0), ("1", 1.0)]):
        write_warehouse(current, rows)
        release = release_of(current, "same")
        parquet = (current.data_dir / "published/marts.dim_cities.parquet").read_bytes()
        found.append((release.fingerprints, hashlib.sha256(parquet).hexdigest()))
    assert found[0] == found[1]
    assert published_fingerprints(current.published_path) == recomputed_fingerprints(
        current.published_path
    )


def test_files_of_a_release_are_switched_with_it_and_links_never_lead_nowhere(
    current: Settings,
) -> None:
    write_warehouse(current, [("110000", 1.0)])
    tables = current.data_dir / "tables"

    def export(database: Path, folder: Path) -> list[str]:
        assert adcodes(database) == ["110000"]
        (folder / "tables").mkdir()
        (folder / "tables" / "table1_en.csv").write_text("x", encoding="utf-8")
        return ["tables/table1_en.csv"]

    release = publish(current, identity("b1"), render=render, export=export)
    assert release.exports == ("tables/table1_en.csv",)
    assert [path.name for path in tables.iterdir()] == ["table1_en.csv"]
    assert tables.readlink() == Path("current/tables")
    assert not (current.data_dir / "figures").is_symlink()
    release_of(current, "b2")
    assert not tables.is_symlink()


def test_a_release_whose_files_are_not_written_is_not_switched_in(current: Settings) -> None:
    write_warehouse(current, [("110000", 1.0)])
    release_of(current, "b1")
    with pytest.raises(PublishError, match=r"tables/table1_en\.csv was not written"):
        publish(
            current,
            identity("b2"),
            render=render,
            export=lambda database, folder: ["tables/table1_en.csv"],
        )
    assert [folder.name for folder in releases(current)] == ["0001-b1"]


def test_a_reader_keeps_its_release_while_the_next_one_is_switched_in(current: Settings) -> None:
    write_warehouse(current, [("110000", 1.0)])
    release_of(current, "b1")
    with duckdb.connect(str(current.published_path), read_only=True) as reader:
        for number in range(KEPT_RELEASES + 2):
            write_warehouse(current, [("310000", float(number))])
            release_of(current, f"b{number + 2}")
        seen = reader.execute("select adcode from marts.dim_cities").fetchall()
    assert seen == [("110000",)]
    assert adcodes(current.published_path) == ["310000"]


def test_the_last_releases_stay_and_the_data_folder_can_be_moved(current: Settings) -> None:
    for number in range(KEPT_RELEASES + 2):
        write_warehouse(current, [(str(number), 0.0)])
        release_of(current, f"b{number}")
    kept = [folder.name for folder in releases(current)]
    assert kept == ["0003-b2", "0004-b3", "0005-b4"]
    moved = current.data_dir.rename(current.data_dir.with_name("elsewhere"))
    assert adcodes(moved / "published.duckdb") == ["4"]
    assert (moved / "report/index.html").exists()


def test_a_release_that_fails_its_check_changes_nothing(
    current: Settings,
) -> None:
    write_warehouse(current, [("110000", 1.0)])
    release_of(current, "b1")
    before = published_fingerprints(current.published_path)
    write_warehouse(current, [("310000", 1.0)])

    def half(published: Path, out: Path) -> None:
        out.write_text("<html>")

    with pytest.raises(PublishError, match="report page is not complete"):
        publish(current, identity("b2"), render=half)
    assert published_fingerprints(current.published_path) == before
    assert adcodes(current.published_path) == ["110000"]
    assert [p.name for p in current.releases_dir.iterdir()] == ["0001-b1"]


def test_a_table_that_differs_from_its_fingerprint_is_noticed(
    current: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_warehouse(current, [("110000", 1.0)])
    real = publishing._write_meta

    def then_spoil(connection: Any, *arguments: Any) -> None:
        real(connection, *arguments)
        connection.execute("update marts.dim_cities set x = 2")

    monkeypatch.setattr(publishing, "_write_meta", then_spoil)
    with pytest.raises(PublishError, match=r"marts\.dim_cities"):
        release_of(current, "b1")
    assert not current.published_path.exists()


def test_a_file_in_the_place_of_a_link_is_not_overwritten(current: Settings) -> None:
    write_warehouse(current, [("110000", 1.0)])
    current.published_path.write_text("mine")
    with pytest.raises(PublishError, match="no link made by greenties"):
        release_of(current, "b1")
    assert current.published_path.read_text() == "mine"


def test_somebody_who_holds_the_database_for_writing_keeps_nobody_from_the_release(
    current: Settings,
) -> None:
    """A plain database shell opens the file for writing and so locks it."""
    write_warehouse(current, [("110000", 1.0)])
    release = release_of(current, "b1")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    command = [sys.executable, "-c", hold, str(current.published_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert stated_fingerprints(current.data_dir / "published") == release.fingerprints
        assert is_database(current.published_path)
        with (
            pytest.raises(PublishError, match="open for writing in another program"),
            open_published(current.published_path),
        ):
            pass
        write_warehouse(current, [("310000", 1.0)])
        release_of(current, "b2")
        assert adcodes(current.published_path) == ["310000"]
        holder.communicate(b"\n")


def test_a_damaged_database_is_no_database(current: Settings) -> None:
    write_warehouse(current, [("110000", 1.0)])
    release_of(current, "b1")
    assert is_database(current.published_path)
    current.published_path.resolve().write_bytes(b"no database at all" * 500)
    assert not is_database(current.published_path)
    with (
        pytest.raises(PublishError, match="cannot be opened"),
        open_published(current.published_path),
    ):
        pass


def test_an_empty_warehouse_is_refused(current: Settings) -> None:
    current.data_dir.mkdir(parents=True)
    duckdb.connect(str(current.warehouse_path)).close()
    with pytest.raises(PublishError, match="no marts"):
        release_of(current, "b1")
