"""The raw layer: views over the landing files that count, typed also where nothing landed."""

import dataclasses
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.method import MethodSettings
from orchestration.raw import RawLayerError, changed_since_refresh, landing_columns, refresh_raw
from scrapers.items import LANDING_TABLES
from tests.warehouse import make_landing


def refresh(
    connection: duckdb.DuckDBPyConnection, root: Path, method: MethodSettings | None = None
) -> dict[str, int]:
    return refresh_raw(
        connection,
        landing_dir=root / "landing",
        method=method or MethodSettings(),
        person_key="it's a secret",
    )


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = connection.execute(f"describe raw.{relation}").fetchall()
    return {name: kind for name, kind, *_ in described}


def test_an_empty_landing_folder_gives_typed_empty_relations(tmp_path, connection):
    counts = refresh(connection, tmp_path)
    assert counts == {
        **dict.fromkeys(LANDING_TABLES, 0),
        "import_rejections": 0,
        "landed_months": 0,
        "method_settings": 1,
        "person_key": 1,
    }
    for table, item in LANDING_TABLES.items():
        names = [field.name for field in dataclasses.fields(item)]
        assert list(columns_of(connection, table)) == [*names, "landing_month", "landing_row"]
    assert columns_of(connection, "sipo_assignments")["parties_before"] == (
        'STRUCT("name" VARCHAR, address VARCHAR, postcode VARCHAR)[]'
    )


def test_types_are_the_same_with_and_without_rows(tmp_path, connection):
    refresh(connection, tmp_path)
    empty = {table: columns_of(connection, table) for table in LANDING_TABLES}
    for table in LANDING_TABLES:
        make_landing(tmp_path, table, "2019-07-01", [{}])
    refresh(connection, tmp_path)
    assert {table: columns_of(connection, table) for table in LANDING_TABLES} == empty


def test_a_landed_month_is_seen_with_its_month(tmp_path, connection):
    make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"title": "甲"}, {"title": "乙"}])
    make_landing(tmp_path, "sipo_patents", "2019-08-01", [{"title": "丙"}])
    assert refresh(connection, tmp_path)["sipo_patents"] == 3
    rows = connection.execute(
        "select title, landing_month from raw.sipo_patents order by all"
    ).fetchall()
    assert sorted(rows) == sorted(
        [("甲", date(2019, 7, 1)), ("乙", date(2019, 7, 1)), ("丙", date(2019, 8, 1))]
    )


def test_parties_of_an_assignment_arrive_as_structs(tmp_path, connection):
    party = {"name": "甲公司", "address": "北京市", "postcode": "100000"}
    make_landing(
        tmp_path,
        "sipo_assignments",
        "2019-07-01",
        [{"parties_before": [party], "parties_after": [], "parse_problems": ["x"]}],
    )
    refresh(connection, tmp_path)
    rows = connection.execute("select parties_before, parse_problems from raw.sipo_assignments")
    assert rows.fetchall() == [([party], ["x"])]


def test_only_the_current_file_of_a_month_counts(tmp_path, connection):
    old = make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "old"}])
    make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "new"}])
    assert old.exists()
    refresh(connection, tmp_path)
    assert connection.execute("select title from raw.gazette_csv").fetchall() == [("new",)]


def test_what_was_landed_after_the_refresh_is_named(tmp_path, connection):
    make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "old"}])
    refresh(connection, tmp_path)
    assert changed_since_refresh(connection, tmp_path / "landing") == []
    make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "new"}])
    make_landing(tmp_path, "sipo_patents", "2019-08-01", [{"title": "x"}])
    assert changed_since_refresh(connection, tmp_path / "landing") == [
        "gazette_csv 2019-07",
        "sipo_patents 2019-08",
    ]
    refresh(connection, tmp_path)
    assert changed_since_refresh(connection, tmp_path / "landing") == []


def test_a_month_that_left_the_landing_folder_leaves_the_view(tmp_path, connection):
    path = make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "x"}])
    assert refresh(connection, tmp_path)["gazette_csv"] == 1
    path.with_name("current.json").unlink()
    assert refresh(connection, tmp_path)["gazette_csv"] == 0


def test_a_folder_named_like_a_partition_above_the_data_does_no_harm(tmp_path, connection):
    root = tmp_path / "title=other" / "it's here"
    make_landing(root, "gazette_csv", "2019-07-01", [{"title": "own"}])
    refresh(connection, root)
    assert connection.execute("select title from raw.gazette_csv").fetchall() == [("own",)]


def test_a_missing_file_is_named(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{}])
    path.unlink()
    with pytest.raises(RawLayerError, match=f"{path.name}, which is missing"):
        refresh(connection, tmp_path)


def test_a_file_with_other_rows_than_stated_is_refused(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{}])
    pointer = path.with_name("current.json")
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "rows": 2}))
    with pytest.raises(RawLayerError, match=r"1 rows, current\.json states 2"):
        refresh(connection, tmp_path)


def test_a_file_without_a_promised_column_is_refused(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{}])
    columns = ", ".join(name for name in landing_columns("sipo_patents") if name != "ipc")
    narrow = tmp_path / "narrow.parquet"
    connection.execute(f"copy (select {columns} from '{path}') to '{narrow}' (format parquet)")
    narrow.replace(path)
    with pytest.raises(RawLayerError, match="column ipc is missing"):
        refresh(connection, tmp_path)


def test_a_truncated_file_is_refused_and_the_views_stay(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"title": "x"}])
    refresh(connection, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RawLayerError, match="no readable Parquet"):
        refresh(connection, tmp_path)
    path.write_bytes(whole)
    assert connection.execute("select title from raw.sipo_patents").fetchall() == [("x",)]


def test_a_file_damaged_inside_is_refused(tmp_path, connection):
    path = make_landing(tmp_path, "gazette_csv", "2019-07-01", [{"title": "x"}])
    data = bytearray(path.read_bytes())
    data[8] ^= 1
    path.write_bytes(data)
    with pytest.raises(RawLayerError, match="damaged, its SHA-256"):
        refresh(connection, tmp_path)


def test_an_import_that_was_cut_off_is_refused(tmp_path, connection):
    folder = make_landing(tmp_path, "imported_events", "2019-07-01", [{}]).parent
    journal = folder.parent / "unfinished_import.json"
    journal.write_text('{"started": [["legal-events", "0"]], "gone": []}')
    with pytest.raises(RawLayerError, match="import into imported_events was cut off"):
        refresh(connection, tmp_path)
    journal.unlink()
    refresh(connection, tmp_path)


def test_a_pointer_in_the_wrong_folder_is_refused(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{}])
    path.parent.rename(path.parent.with_name("landing_month=2019-08-01"))
    with pytest.raises(RawLayerError, match="2019-08-01"):
        refresh(connection, tmp_path)


def test_method_settings_arrive_typed_with_their_hash(tmp_path, connection):
    method = MethodSettings(min_city_confidence=Decimal("0.80"), transfer_types=("sale", "other"))
    refresh(connection, tmp_path, method)
    names = "first_year, gtr_granted_only, min_city_confidence, transfer_types, settings_hash"
    rows = connection.execute(f"select {names} from raw.method_settings").fetchall()
    expected = (2006, True, Decimal("0.80"), ["sale", "other"], method.settings_hash)
    assert rows == [expected]
    assert list(columns_of(connection, "method_settings")) == [
        *MethodSettings.model_fields,
        "settings_hash",
    ]


def test_the_key_survives_a_quote(tmp_path, connection):
    refresh(connection, tmp_path)
    assert connection.execute("select * from raw.person_key").fetchall() == [("it's a secret",)]


def test_import_rejections_are_read_from_their_folder(tmp_path, connection):
    folder = tmp_path / "landing" / "import_rejections"
    folder.mkdir(parents=True)
    connection.execute(
        "copy (select 'gazette_csv' as source_table, 'a.csv' as source_file, 7 as source_row, "
        "'publication_no' as field, 'x' as value, 'r' as reason, 'u' as rule, 'p' as raw_pointer) "
        f"to '{folder / 'a.parquet'}' (format parquet)"
    )
    assert refresh(connection, tmp_path)["import_rejections"] == 1
    rows = connection.execute("select source_row, field from raw.import_rejections").fetchall()
    assert rows == [(7, "publication_no")]


def test_landed_months_carry_counters_and_the_synthetic_mark(tmp_path, connection):
    make_landing(tmp_path, "sipo_patents", "2019-07-01", [{}, {}], synthetic=True)
    make_landing(tmp_path, "gazette_csv", "2019-07-01", [{}], synthetic=False)
    refresh(connection, tmp_path)
    rows = connection.execute(
        "select table_name, landing_month, rows, site_counters, synthetic "
        "from raw.landed_months order by table_name"
    ).fetchall()
    assert rows == [
        ("gazette_csv", date(2019, 7, 1), 1, "{}", False),
        ("sipo_patents", date(2019, 7, 1), 2, "{}", True),
    ]


def test_landed_months_carry_what_the_crawl_told_of_their_content(tmp_path, connection):
    path = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"title": "甲"}])
    make_landing(tmp_path, "sipo_patents", "2019-08-01", [{"title": "乙"}])
    manifest = json.loads((path.parent / "current.json").read_text(encoding="utf-8"))
    told = {"archive": "raw/sipo_patents/2019-07/p.warc.gz", "pages": 3, "page_bytes": 50}
    (path.parent / "current.json").write_text(json.dumps({**manifest, **told}), encoding="utf-8")
    line = {"event": "landed", "table": "sipo_patents", "landing_month": "2019-07-01"}
    lines = [
        {**line, "content_id": "superseded", "stated": 9, "received": 9, "rejected": 0},
        {**line, "content_id": path.stem, "stated": 1, "received": 1, "rejected": 0},
        {**line, "event": "failed", "stated": 7, "received": 2, "rejected": 2},
    ]
    text = "".join(json.dumps(entry) + "\n" for entry in lines)
    (tmp_path / "landing/ledger.jsonl").write_text(text, encoding="utf-8")
    refresh(connection, tmp_path)
    rows = connection.execute(
        "select pages, page_bytes, archive, stated, received, rejected, bytes "
        "from raw.landed_months order by landing_month"
    ).fetchall()
    assert rows[0] == (3, 50, told["archive"], 1, 1, 0, path.stat().st_size)
    assert rows[1][:2] == (None, None)  # landed by an earlier version, its lines are gone
    assert rows[1][3:6] == (None, None, None)


def titles(connection: duckdb.DuckDBPyConnection, table: str = "sipo_patents") -> list[str]:
    rows = connection.execute(f"select title from raw.{table} order by title").fetchall()
    return [title for (title,) in rows]


def test_as_of_a_day_the_gazette_ends_there(tmp_path, connection):
    """Months before it whole, its own month up to the day, an undated row of it not yet."""
    june = [{"title": "a", "publication_date": "2019.06.26"}, {"title": "b"}]
    july = [
        {"title": "c", "publication_date": "2019.07.09"},
        {"title": "d", "publication_date": "2019.7.10"},
        {"title": "e", "publication_date": "?"},
    ]
    make_landing(tmp_path, "sipo_patents", "2019-06-01", june)
    make_landing(tmp_path, "sipo_patents", "2019-07-01", july)
    make_landing(tmp_path, "sipo_patents", "2019-08-01", [{"title": "f"}])
    make_landing(tmp_path, "citystat_city_years", "2019-01-01", [{"year": "2019"}])
    make_landing(tmp_path, "citystat_city_years", "2020-01-01", [{"year": "2020"}])
    method = MethodSettings(as_of=date(2019, 7, 9))
    counts = refresh(connection, tmp_path, method)
    assert titles(connection) == ["a", "b", "c"]
    assert counts["citystat_city_years"] == 1
    months = connection.execute(
        "select landing_month, rows, content_id like '%@2019-07-09' from raw.landed_months "
        "where table_name = 'sipo_patents' order by all"
    ).fetchall()
    assert months == [(date(2019, 6, 1), 2, False), (date(2019, 7, 1), 1, True)]
    assert changed_since_refresh(connection, tmp_path / "landing", method) == []
    assert connection.execute("select as_of from raw.method_settings").fetchall() == [
        (date(2019, 7, 9),)
    ]


def test_as_of_the_end_of_a_month_is_a_landing_that_ends_there(tmp_path):
    for month, title in (("2019-06-01", "a"), ("2019-07-01", "b"), ("2019-08-01", "c")):
        rows = [{"title": title, "publication_date": f"{month[:8]}15"}]
        make_landing(tmp_path / "whole", "sipo_patents", month, rows)
        if month < "2019-08":
            make_landing(tmp_path / "short", "sipo_patents", month, rows)
    found = []
    for name, method in (
        ("whole", MethodSettings(as_of=date(2019, 7, 31))),
        ("short", MethodSettings()),
    ):
        with duckdb.connect() as connection:
            refresh(connection, tmp_path / name, method)
            found.append(
                [
                    connection.execute(f"select * from raw.{relation} order by all").fetchall()
                    for relation in ("sipo_patents", "landed_months")
                ]
            )
    assert found[0] == found[1]


def note(root: Path, path: Path, at: str) -> None:
    """A line of the ledger: this file was landed then."""
    line = {
        "at": at,
        "event": "landed",
        "table": path.parents[1].name,
        "landing_month": path.parent.name.removeprefix("landing_month="),
        "rows": 1,
        "content_id": path.stem,
    }
    with (root / "landing" / "ledger.jsonl").open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps(line) + "\n")


def test_as_of_by_load_takes_the_version_that_counted_then(tmp_path, connection):
    old = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"title": "old"}])
    new = make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"title": "new"}])
    late = make_landing(tmp_path, "sipo_patents", "2019-06-01", [{"title": "late"}])
    note(tmp_path, old, "2020-01-05T10:00:00+00:00")
    note(tmp_path, new, "2020-02-05T10:00:00+00:00")
    note(tmp_path, late, "2020-03-05T10:00:00+00:00")
    for day, expected in (
        (date(2020, 1, 4), []),
        (date(2020, 1, 5), ["old"]),
        (date(2020, 2, 28), ["new"]),
        (date(2020, 3, 5), ["late", "new"]),
    ):
        refresh(connection, tmp_path, MethodSettings(as_of=day, as_of_basis="load"))
        assert titles(connection) == expected
    old.unlink()
    with pytest.raises(RawLayerError, match=f"{old.stem}, whose file is gone"):
        refresh(connection, tmp_path, MethodSettings(as_of=date(2020, 1, 5), as_of_basis="load"))
