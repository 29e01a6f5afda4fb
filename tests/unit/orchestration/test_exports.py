"""Tables of a release: all of them, from its database alone, for releases of any age."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from analysis.tables import LANGUAGES, Text
from orchestration.cli import main
from orchestration.exports import (
    FORMATS,
    NUMBERS,
    SOURCES,
    ExportError,
    build_facts,
    tables_of,
    write_tables,
)
from orchestration.publish import PublishError, open_published
from tests.published import make_published

NAMES = [source.name for source in SOURCES]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "published.duckdb"
    make_published(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table marts.fct_partner_dynamics as select '310000' as adcode, "
            "'上海市' as city_name, 'grant' as basis, unnest([2019, 2020]) as year, "
            "unnest([3, 4]) as n_partners, 1 as n_kept, 25.0 as kept_percent, 3 as n_new, "
            "75.0 as new_percent, 2 as n_lost, 66.7 as lost_percent"
        )
    return path


def test_every_table_is_made_and_names_build_and_settings(database: Path) -> None:
    with open_published(database) as connection:
        tables = tables_of(connection)
        build_id = connection.execute("select b.build_id from meta.builds as b").fetchall()[0][0]
    assert [table.id for table in tables] == NAMES
    for table in tables:
        assert table.is_synthetic
        assert any(build_id in note.en for note in table.notes), table.id
        for row in table.grid("en"):
            assert not any(text.startswith("Not available") for text in row), table.id


def test_numbers_of_tables_are_unlike_and_in_order() -> None:
    assert NAMES[:5] == [f"table{n}" for n in range(1, 6)]
    assert len(set(NAMES)) == len(NAMES)


def test_a_table_is_asked_for_by_number_or_name(database: Path) -> None:
    with open_published(database) as connection:
        made = tables_of(connection, names=["3", "spatial_tests", "table1"])
        assert [table.id for table in made] == ["table3", "spatial_tests", "table1"]
        with pytest.raises(ExportError, match="no table 9; there are table1, table2"):
            tables_of(connection, names=["9"])


def test_the_papers_numbers_stand_beside_ours_on_request(database: Path) -> None:
    with open_published(database) as connection:
        plain, beside = (
            tables_of(connection, names=["1", "2", "3"], paper=paper) for paper in (False, True)
        )
    for one, other in zip(plain, beside, strict=True):
        assert other.n_columns > one.n_columns
        assert any(cell.companion for row in other.body for cell in row.cells)
        assert not any(cell.companion for row in one.body for cell in row.cells)


def test_files_are_written_in_every_language_and_form_and_are_the_same_twice(
    database: Path, tmp_path: Path
) -> None:
    with open_published(database) as connection:
        tables = tables_of(connection, names=["1", "moran_by_year"])
    written = write_tables(tables, tmp_path / "a")
    again = write_tables(tables, tmp_path / "b")
    assert sorted(path.name for path in written) == sorted(
        f"{name}_synthetic_{language}.{form}"
        for name in ("table1", "moran_by_year")
        for language in LANGUAGES
        for form in FORMATS
    )
    assert {p.name for p in (tmp_path / "a").iterdir()} == {p.name for p in written}
    assert [p.read_bytes() for p in written] == [p.read_bytes() for p in again]


def test_a_release_without_a_report_says_so_in_the_table(database: Path, tmp_path: Path) -> None:
    path = shutil.copy(database, tmp_path / "old.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table reports.rpt_table4_margins")
        connection.execute("alter table reports.rpt_spatial_tests drop column df")
    with open_published(path) as connection:
        absent, damaged = tables_of(connection, names=["4", "spatial_tests"])
    assert absent.grid("en")[1][0] == (
        "Not available: this release has no reports.rpt_table4_margins"
    )
    assert absent.heading("zh").startswith("表4 ")
    assert damaged.heading("en") == "Table A1. Spatial tests (synthetic data)"
    assert absent.grid("zh")[1][0] == "不可用：此次发布没有 reports.rpt_table4_margins"
    assert "reports.rpt_spatial_tests: missing columns ['df']" in damaged.grid("en")[1][0]


def test_tables_without_rows_are_written_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    make_published(path, rows=False, synthetic=False)
    with open_published(path) as connection:
        tables = tables_of(connection)
    assert [table.id for table in tables] == NAMES
    for table in tables:
        assert not table.is_synthetic
        assert all(table.to_csv(language) for language in LANGUAGES)


def test_one_synthetic_report_marks_every_table(tmp_path: Path) -> None:
    path = tmp_path / "mixed.duckdb"
    make_published(path, synthetic=False)
    with open_published(path) as connection:
        assert not build_facts(connection).is_synthetic
    with duckdb.connect(str(path)) as connection:
        connection.execute("update reports.rpt_edge_bounds set is_synthetic = true")
    with open_published(path) as connection:
        assert build_facts(connection).is_synthetic


def test_a_database_that_names_no_build_is_refused(database: Path, tmp_path: Path) -> None:
    path = shutil.copy(database, tmp_path / "none.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from meta.builds")
    with open_published(path) as connection, pytest.raises(PublishError, match="0 rows, not one"):
        tables_of(connection)


def test_cities_have_names_by_code_and_by_either_chinese_name(database: Path) -> None:
    with open_published(database) as connection:
        cities = build_facts(connection).cities
    assert cities["110000"] == cities["北京市"] == cities["北京"] == Text("北京", "Beijing")
    assert cities["341300"] == cities["宿州"] == Text("宿州", "Suzhou (Anhui)")
    assert cities["320500"].en == "Suzhou (Jiangsu)"


def test_table1_of_any_city_and_basis(database: Path) -> None:
    with open_published(database) as connection:
        (table,) = tables_of(connection, names=["1"], city="310000", basis="grant")
        assert table.heading("en").startswith("Table 1. Partner cities of Shanghai, joint grants")
        assert table.grid("en")[2][:3] == ("2020", "4", "1")
        assert table.id == "table1_310000_grant"
        with pytest.raises(ExportError, match="city 540100 has no partner dynamics"):
            tables_of(connection, names=["1"], city="540100")


def test_tables_are_found_by_the_numbers_of_their_headings(database: Path) -> None:
    with open_published(database) as connection:
        made = tables_of(connection, names=list(NUMBERS))
    assert [table.number for table in made] == list(NUMBERS)
    assert len(NUMBERS) == len(SOURCES)


# greenties tables


@pytest.fixture
def folder(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose only release is the small database."""
    release = tmp_path / "data/releases/0001-b1"
    release.mkdir(parents=True)
    (release / "published.duckdb").symlink_to(database)
    (tmp_path / "data/published.duckdb").symlink_to(release / "published.duckdb")
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def test_the_command_writes_what_is_asked_for(folder: Path) -> None:
    out = folder / "out"
    done = CliRunner().invoke(
        main,
        ["tables", "--table", "3", "--language", "zh", "--format", "csv", "--format", "html",
         "--output", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    names = ["table3_synthetic_zh.csv", "table3_synthetic_zh.html"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert [Path(line).name for line in done.output.split()] == [names[1], names[0]]


def test_the_command_knows_cities_by_name_and_releases_by_folder(folder: Path) -> None:
    out = folder / "out"
    done = CliRunner().invoke(
        main,
        ["tables", "--city", "上海", "--basis", "grant", "--format", "csv", "--release", "0001-b1",
         "--output", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == [
        "table1_310000_grant_synthetic_en.csv", "table1_310000_grant_synthetic_zh.csv"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--table", "7"], "no table 7"),
        (["--table", "3", "--city", "北京"], "--city and --basis are about Table 1"),
        (["--city", "天上"], "no city '天上'"),
        (["--city", "北京", "--with-paper"], "prints no Table 1 of a chosen city"),
        (["--release", "0009-x"], "no release '0009-x'"),
    ],
)
def test_the_command_names_what_is_not_there(
    folder: Path, options: list[str], message: str
) -> None:
    done = CliRunner().invoke(main, ["tables", "--output", str(folder / "out"), *options])
    assert done.exit_code == 2
    assert message in re.sub(r"\s+", " ", done.output)
    assert not (folder / "out").exists()


def test_the_command_without_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(main, ["tables"])
    assert done.exit_code == 1
    assert "does not exist yet: greenties run" in done.output


def test_the_page_on_tables_lists_all_of_them_and_its_example_runs() -> None:
    text = (Path(__file__).parents[3] / "docs" / "tables.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"| `{name}` |" not in text] == []
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "docs/tables.md", "exec"), names)
    assert names["table"].heading("zh") == "附表2 各年全局莫兰指数（合成数据）"  # type: ignore[attr-defined]
