"""Landing: a month whole or not at all, the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import fields, replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.errors import LandingBusyError, LandingError, UnknownTableError
from scrapers.items import LANDING_TABLES, Party, SipoAssignment, SipoPatent
from scrapers.landing import (
    append_ledger,
    archive_of,
    content_id,
    current_file,
    current_months,
    exclusive,
    land_rows,
    landing_schema,
    month_is_intact,
    read_ledger,
    reason_to_fetch,
    verify,
    versions,
)

SITE = {"site": "http://127.0.0.1:1", "site_counters": {"numIp": 2}, "synthetic": True}


def patent(row, **values):
    empty = dict.fromkeys(f.name for f in fields(SipoPatent))
    given_values = {"title": f"标题{row}", "source_file": "", "source_row": row}
    return SipoPatent(**{**empty, **given_values, "raw_pointer": f"sha256:ab#{row}", **values})


def assignment(row, before=(), after=(), problems=()):
    empty = dict.fromkeys(f.name for f in fields(SipoAssignment))
    return SipoAssignment(
        **{
            **empty,
            "parties_before": before,
            "parties_after": after,
            "parse_problems": problems,
            "source_file": "",
            "source_row": row,
            "raw_pointer": f"sha256:cd#{row}",
        }
    )


def land(folder, rows, table="sipo_patents", month="2019-07", **more):
    return land_rows(
        folder, table, month, rows, **{**SITE, "source_file": "raw/x/{content_id}.warc.gz", **more}
    )


@pytest.mark.parametrize("table", LANDING_TABLES)
def test_the_schema_follows_the_item(table):
    schema = landing_schema(table)
    assert schema.names == [f.name for f in fields(LANDING_TABLES[table])]
    party = "struct<name: string, address: string, postcode: string>"
    of_annotation = {
        "int": "int64",
        "tuple[Party, ...]": f"list<item: {party}>",
        "tuple[str, ...]": "list<item: string>",
    }
    for item_field in fields(LANDING_TABLES[table]):
        expected = of_annotation.get(str(item_field.type), "string")
        assert str(schema.field(item_field.name).type) == expected
        assert expected != "string" or str(item_field.type) in ("str", "str | None")


def test_an_unknown_table_is_refused(tmp_path):
    with pytest.raises(UnknownTableError):
        landing_schema("patents")
    with pytest.raises(LandingError, match="YYYY-MM"):
        land(tmp_path, [], month="2019-7")


def test_a_landed_month_is_described_by_its_manifest(tmp_path):
    line = land(tmp_path, [patent(1), patent(2)])
    assert line["event"] == "landed"
    manifest = current_months(tmp_path, "sipo_patents")["2019-07"]
    path = current_file(tmp_path, "sipo_patents", "2019-07")
    assert path.parent.name == "landing_month=2019-07-01"
    assert path.name == f"{manifest['content_id']}.parquet"
    assert set(manifest) == {
        *("table", "landing_month", "file", "content_id", "sha256", "rows", "bytes"),
        *("site_counters", "site", "landed_at", "synthetic"),
    }
    assert (manifest["rows"], manifest["bytes"]) == (2, path.stat().st_size)
    stored = pq.read_table(path, partitioning=None)
    assert stored.schema.equals(landing_schema("sipo_patents"))
    assert stored["source_file"].to_pylist() == [f"raw/x/{manifest['content_id']}.warc.gz"] * 2
    codecs = pq.ParquetFile(path).metadata.row_group(0).column(0).compression
    assert codecs == "ZSTD"


def test_lists_of_parties_survive(tmp_path):
    one = Party(name="甲", address=None, postcode="110021")
    land(
        tmp_path,
        [assignment(1, before=(one, one), problems=("no_text",)), assignment(2)],
        table="sipo_assignments",
    )
    rows = pq.read_table(current_file(tmp_path, "sipo_assignments", "2019-07")).to_pylist()
    assert rows[0]["parties_before"] == [{"name": "甲", "address": None, "postcode": "110021"}] * 2
    assert (rows[0]["parse_problems"], rows[1]["parties_after"]) == (["no_text"], [])


def test_the_same_content_changes_nothing(tmp_path):
    land(tmp_path, [patent(1)])
    folder = tmp_path / "sipo_patents" / "landing_month=2019-07-01"
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    assert land(tmp_path, [patent(1)], site="http://127.0.0.1:2")["event"] == "unchanged"
    after = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    assert {n: v[0] for n, v in after.items()} == {n: v[0] for n, v in before.items()}


def test_other_content_gets_another_file_and_the_old_one_stays(tmp_path):
    land(tmp_path, [patent(1)])
    old = current_file(tmp_path, "sipo_patents", "2019-07")
    before = old.read_bytes()
    land(tmp_path, [patent(1, title="更正")], site_counters={"numIp": 2, "numIpc": 1})
    new = current_file(tmp_path, "sipo_patents", "2019-07")
    assert new != old
    assert old.read_bytes() == before
    assert verify(tmp_path) == []


def test_what_must_be_fetched(tmp_path):
    asked = (tmp_path, "sipo_patents", "2019-07")
    assert reason_to_fetch(*asked, {"numIp": 2}) == "absent"
    land(tmp_path, [patent(1)])
    assert reason_to_fetch(*asked, {"numIp": 2}) is None
    assert reason_to_fetch(*asked, {"numIp": 3}) == "changed"
    path = current_file(*asked)
    whole = path.read_bytes()
    path.write_bytes(whole + b"x")
    assert not month_is_intact(*asked)
    assert reason_to_fetch(*asked, {"numIp": 2}) == "damaged"
    assert land(tmp_path, [patent(1)])["event"] == "restored"
    assert path.read_bytes() == whole
    (path.parent / "current.json").write_text("{", encoding="utf-8")
    assert reason_to_fetch(*asked, {"numIp": 2}) == "damaged"


def test_columns_of_an_older_version_are_outdated(tmp_path):
    land(tmp_path, [patent(1)])
    path = current_file(tmp_path, "sipo_patents", "2019-07")
    pq.write_table(pq.read_table(path).drop_columns(["abstract"]), path)
    manifest = json.loads(path.with_name("current.json").read_text())
    manifest["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("current.json").write_text(json.dumps(manifest))
    assert reason_to_fetch(tmp_path, "sipo_patents", "2019-07", {"numIp": 2}) == "outdated"
    assert reason_to_fetch(tmp_path, "sipo_patents", "2019-07", {"numIp": 3}) == "changed"


def test_the_same_rows_from_another_archive_leave_the_file_as_it_is(tmp_path):
    first = land(tmp_path, [patent(1)], source_file="raw/a", manifest={"archive": "raw/a"})
    before = current_file(tmp_path, "sipo_patents", "2019-07").read_bytes()
    again = land(
        tmp_path,
        [patent(1)],
        source_file="raw/b",
        manifest={"archive": "raw/b", "parser": "newer"},
        keep_source_file=True,
        site_counters={"numIp": 2, "numIpc": 1},
    )
    assert (again["event"], again["sha256"]) == ("unchanged", first["sha256"])
    assert current_file(tmp_path, "sipo_patents", "2019-07").read_bytes() == before
    manifest = current_months(tmp_path, "sipo_patents")["2019-07"]
    assert (manifest["archive"], manifest["parser"]) == ("raw/a", "newer")
    assert manifest["site_counters"] == {"numIp": 2, "numIpc": 1}
    # Where the first archive is gone, the rows point to the one that is there.
    other = land(tmp_path, [patent(1)], source_file="raw/b", manifest={"archive": "raw/b"})
    assert other["sha256"] != first["sha256"]


def test_the_archive_of_landed_rows_is_known_for_every_version_of_the_manifest():
    named = {"table": "t", "landing_month": "2019-07-01", "content_id": "c", "site": "http://x"}
    assert archive_of(None) is None
    assert archive_of({**named, "site": "import"}) is None
    assert archive_of(named) == "raw/t/2019-07/c.warc.gz"
    assert archive_of({**named, "archive": "raw/t/2019-07/p.warc.gz"}) == "raw/t/2019-07/p.warc.gz"


def test_every_version_of_a_month_is_listed(tmp_path):
    land(tmp_path, [patent(1)], ledger={"archive": "raw/a"})
    land(tmp_path, [patent(1), patent(2)], ledger={"archive": "raw/b"})
    land(tmp_path, [patent(3)], month="2019-08")
    old, new = versions(tmp_path, "sipo_patents", "2019-07")
    assert (old["rows"], old["archive"], old["is_current"]) == (1, "raw/a", False)
    assert (new["rows"], new["archive"], new["is_current"]) == (2, "raw/b", True)
    assert old["site_counters"] == {"numIp": 2}
    land(tmp_path, [patent(1)])  # the first one again
    assert [v["is_current"] for v in versions(tmp_path, "sipo_patents", "2019-07")] == [False, True]
    assert versions(tmp_path, "sipo_patents", "2001-01") == []


def test_a_ledger_is_read_to_its_last_whole_line(tmp_path):
    assert list(read_ledger(tmp_path)) == []
    append_ledger(tmp_path, event="asked", table="sipo_patents")
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event": "lan')
    assert [line["event"] for line in read_ledger(tmp_path)] == ["asked"]
    path.write_bytes(whole + b'{"event": "lan\n' + whole)
    with pytest.raises(LandingError, match="line 2"):
        list(read_ledger(tmp_path))


@pytest.mark.parametrize("torn", [b'{"event": "lan', b"\0" * 200_000, b'{"event": "asked"}'])
def test_half_a_line_of_a_power_cut_does_not_spoil_the_next_one(tmp_path, torn, caplog):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(torn)
    append_ledger(tmp_path, event="asked", table="sipo_patents")
    whole = path.read_bytes()
    assert whole.startswith(b'{"at"')
    path.write_bytes(whole + torn)
    append_ledger(tmp_path, event="failed", table="sipo_patents")
    assert path.read_bytes().startswith(whole)
    assert [line["event"] for line in read_ledger(tmp_path)] == ["asked", "failed"]
    assert caplog.text.count("half a line") == 2


def test_a_line_of_the_ledger_is_written_whole_or_not_at_all(tmp_path):
    append_ledger(tmp_path, event="asked", table="sipo_patents")
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from scrapers.landing import append_ledger\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(whole) + 20},) * 2)\n"
        "try:\n    append_ledger(Path(sys.argv[1]), event='failed', table='sipo_patents')\n"
        "except Exception as error:\n    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in {"LandingError", "OSError"}
    assert path.read_bytes() == whole


def test_verify_names_every_difference(tmp_path):
    for month in ("2019-01", "2019-02", "2019-03", "2019-04", "2019-05", "2019-06"):
        land(tmp_path, [patent(1)], month=month)
    files = {
        m: current_file(tmp_path, "sipo_patents", m)
        for m in current_months(tmp_path, "sipo_patents")
    }
    files["2019-02"].unlink()
    files["2019-03"].write_bytes(b"")
    (files["2019-04"].parent / "current.json").write_text("[]", encoding="utf-8")
    _replace_with(files["2019-05"], pq.read_table(files["2019-05"]).drop(["title"]))
    _replace_with(files["2019-06"], pq.read_table(files["2019-06"]).slice(0, 0))
    assert [(f.landing_month, f.problem) for f in verify(tmp_path)] == [
        ("2019-02", "file_missing"),
        ("2019-03", "sha256_differs"),
        ("2019-04", "manifest_unreadable"),
        ("2019-05", "schema_differs"),
        ("2019-06", "rows_differ"),
    ]


def _replace_with(path, table: pa.Table):
    import hashlib

    pq.write_table(table, path)
    manifest = path.parent / "current.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content), encoding="utf-8")


def test_a_table_is_landed_by_one_process_at_a_time(tmp_path):
    with exclusive(tmp_path, "sipo_patents"):
        with exclusive(tmp_path, "gazette_csv"):
            pass
        with pytest.raises(LandingBusyError), exclusive(tmp_path, "sipo_patents"):
            pass
    with exclusive(tmp_path, "sipo_patents"):
        pass


def test_the_ledger_grows_by_whole_lines_and_knows_its_events(tmp_path):
    append_ledger(tmp_path, event="asked", table="sipo_patents", reason=None)
    append_ledger(tmp_path, event="failed", reason="换行\n在内")
    lines = [json.loads(x) for x in (tmp_path / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert [(line["event"], line.get("reason")) for line in lines] == [
        ("asked", None),
        ("failed", "换行\n在内"),
    ]
    with pytest.raises(LandingError):
        append_ledger(tmp_path, event="lost")


TEXT = st.one_of(st.none(), st.text(max_size=4))


@st.composite
def batches(draw):
    rows = [
        patent(position, title=draw(TEXT), abstract=draw(TEXT), applicants=draw(TEXT))
        for position in range(1, draw(st.integers(1, 8)) + 1)
    ]
    return rows, draw(st.permutations(rows))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batch=batches())
def test_rows_have_one_name_and_one_file_in_whatever_order_they_arrive(batch, tmp_path_factory):
    rows, shuffled = batch
    assert content_id("sipo_patents", rows) == content_id("sipo_patents", shuffled)
    folder = tmp_path_factory.mktemp("landing")
    first, second = land(folder / "a", rows), land(folder / "b", shuffled)
    assert first["sha256"] == second["sha256"]


@settings(max_examples=60, deadline=None)
@given(batch=batches(), value=TEXT, field=st.sampled_from(["title", "abstract", "raw_pointer"]))
def test_a_name_changes_with_every_value_but_the_archive(batch, value, field):
    rows, _ = batch
    name = content_id("sipo_patents", rows)
    changed = [replace(rows[0], **{field: value}), *rows[1:]]
    is_same = getattr(rows[0], field) == value
    assert (content_id("sipo_patents", changed) == name) is is_same
    moved = [replace(row, source_file="elsewhere") for row in rows]
    assert content_id("sipo_patents", moved) == name
    assert content_id("sipo_patents", [*rows, rows[0]]) != name
