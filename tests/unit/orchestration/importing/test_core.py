"""What all imports share: whole files or none, replacing, restoring, flags, records."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.importing import core, registry
from orchestration.importing.core import (
    REJECTION_SCHEMA,
    ImportFormat,
    Reading,
    land_import,
)
from orchestration.importing.dates import month_of
from scrapers.errors import ImportFileError, LandingError
from scrapers.items import ImportedEvent, Party
from scrapers.landing import current_file, current_months, land_rows

TABLE = "imported_events"


def event(number, date, origin):
    return ImportedEvent(
        source_format="lines",
        application_no=number,
        publication_no=None,
        event_date=date,
        event_code=None,
        event_type="x",
        event_text=None,
        parsed_type="transfer",
        parsed_item=None,
        parsed_effective_date=None,
        parsed_ipc=None,
        parsed_reference_no=None,
        parties_before=(Party(name="甲", address=None, postcode="100080"),),
        parties_after=(),
        parse_problems=("no_text",),
        other_fields=None,
        **origin,
    )


def read_lines(source, options):
    """``number day`` a line; a line without day is refused, a number 0 is a field refused."""
    reading = Reading(source, encoding="ascii")
    for file in source.files:
        for row, line in enumerate(file.path.read_text("ascii").splitlines(), 1):
            reading.n_rows += 1
            number, _, day = line.partition(" ")
            month = month_of(day)
            if month is None or number == options.get("refused"):
                reading.refuse(row, "no_day", rule="day", value=line, hint="add the day", file=file)
                continue
            origin = reading.origin(row, file=file)
            if number == "0":
                reading.refuse_field(
                    row,
                    "no_zero",
                    rule="not_zero",
                    field="application_no",
                    value="0",
                    file=file,
                )
            reading.land(month, event(None if number == "0" else number, day, origin))
    return reading


LINES = ImportFormat(name="lines", table=TABLE, summary="Lines.", read=read_lines)
OTHER = changed(LINES, name="other-lines")


def folders_as_one(paths):
    return [
        (path.name, [(f.name, f) for f in sorted(path.iterdir())] if path.is_dir() else [])
        for path in paths
    ]


FOLDERS = changed(LINES, name="folders", sources=folders_as_one)


@pytest.fixture(autouse=True)
def formats(monkeypatch):
    for fmt in (LINES, OTHER, FOLDERS):
        monkeypatch.setattr(core, f"_test_{fmt.name}", fmt, raising=False)
        monkeypatch.setitem(registry._FORMATS, fmt.name, f"{core.__name__}:_test_{fmt.name}")


@pytest.fixture
def folders(tmp_path):
    return {"landing_dir": tmp_path / "landing", "archive_dir": tmp_path / "raw"}


@pytest.fixture
def file(tmp_path):
    def write(content, name="a.txt"):
        path = tmp_path / "given" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content, "ascii")
        return path

    return write


def landed(folders):
    rows = []
    for month in current_months(folders["landing_dir"], TABLE):
        path = current_file(folders["landing_dir"], TABLE, month)
        rows += [
            (month, r["application_no"], r["source_file"]) for r in pq.read_table(path).to_pylist()
        ]
    return rows


def refused(folders):
    found = {}
    for path in sorted((folders["landing_dir"] / "import_rejections").glob("*.parquet")):
        table = pq.read_table(path)
        assert table.schema.equals(REJECTION_SCHEMA)
        found[path.name.partition(".")[2]] = [
            (r["source_row"], r["field"], r["value"], r["reason"]) for r in table.to_pylist()
        ]
    return found


def snapshot(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in (".lock", "ledger.jsonl")
    }


def test_rows_are_landed_or_refused_and_fields_refused_beside_the_row(file, folders):
    report = land_import(LINES, [file("1 2019-07-09\n0 2019-08-06\n3 never\n")], **folders)
    assert (report.rows, report.landed, report.rejected) == (3, 2, 1)
    assert report.months == {"2019-07": "imported", "2019-08": "imported"}
    assert landed(folders) == [("2019-07", "1", "a.txt"), ("2019-08", None, "a.txt")]
    assert refused(folders) == {
        "lines.parquet": [
            (2, "application_no", "0", "no_zero"),
            (3, None, "3 never", "no_day"),
        ]
    }
    assert str(report).splitlines() == [
        "a.txt (ascii): 3 rows = 2 landed + 1 rejected",
        "  rejected 1: no_day",
        "  landed without the value 1: no_zero",
        "    hint: add the day",
        "All files: 3 rows = 2 landed + 1 rejected",
        "  month 2019-07: imported",
        "  month 2019-08: imported",
    ]


def test_many_months_are_told_in_one_line(file, folders):
    lines = "".join(f"{n} 20{n:02d}-01-01\n" for n in range(1, 21))
    report = land_import(LINES, [file(lines)], **folders)
    assert str(report).splitlines()[-1] == "  months 2001-01 to 2020-01: 20 imported"


def test_lists_and_parties_survive_when_a_month_is_landed_again(file, folders):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    before = pq.read_table(current_file(folders["landing_dir"], TABLE, "2019-07")).to_pylist()
    land_import(LINES, [file("2 2019-07-10\n", "b.txt")], **folders)
    after = pq.read_table(current_file(folders["landing_dir"], TABLE, "2019-07")).to_pylist()
    assert after[:1] == before
    assert after[1]["parties_before"] == [{"name": "甲", "address": None, "postcode": "100080"}]


def test_the_same_file_again_changes_nothing(file, folders, tmp_path):
    path = file("1 2019-07-09\n3 never\n")
    land_import(LINES, [path], **folders)
    before = snapshot(tmp_path)
    report = land_import(LINES, [path], **folders)
    assert report.months == {"2019-07": "unchanged"}
    assert snapshot(tmp_path) == before


def test_a_second_file_of_the_same_content_is_named(file, folders):
    text = "1 2019-07-09\n"
    report = land_import(LINES, [file(text, "a.txt"), file(text, "b.txt")], **folders)
    assert (report.rows, report.landed) == (1, 1)
    assert "b.txt has the same content; it counts once" in report.files[0].notes


def test_an_importer_that_loses_a_row_is_stopped_before_anything_is_written(
    file, folders, tmp_path
):
    def careless(source, options):
        reading = read_lines(source, options)
        reading.n_rows += 1
        return reading

    path = file("1 2019-07-09\n")
    before = snapshot(tmp_path)
    with pytest.raises(LandingError, match="2 rows were read, but 1 would land and 0 be refused"):
        land_import(changed(LINES, read=careless), [path], **folders)
    assert snapshot(tmp_path) == before


# ------------------------------------------------------------------------- files of one name
def test_another_file_of_the_same_name_counts_too_and_is_warned_about(file, folders):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    report = land_import(LINES, [file("2 2019-07-09\n")], **folders)
    assert sorted(number for _, number, _ in landed(folders)) == ["1", "2"]
    assert "of this name with other content was imported before" in str(report)
    assert "--replace takes them out" in str(report)


def test_replace_takes_the_rows_of_the_earlier_file_out_of_every_month(file, folders):
    land_import(LINES, [file("1 2019-07-09\n9 2019-09-03\n4 never\n")], **folders)
    land_import(LINES, [file("7 2019-09-03\n", "b.txt")], **folders)
    report = land_import(LINES, [file("2 2019-07-09\n3 2019-08-06\n")], replace=True, **folders)
    assert landed(folders) == [
        ("2019-07", "2", "a.txt"),
        ("2019-08", "3", "a.txt"),
        ("2019-09", "7", "b.txt"),
    ]
    assert len(report.replaced) == 1
    assert "  replaced: " + report.replaced[0] in str(report)
    assert (folders["archive_dir"] / "imports" / report.replaced[0]).read_text() == (
        "1 2019-07-09\n9 2019-09-03\n4 never\n"
    )
    assert [rows for rows in refused(folders).values() if rows] == []


def test_replacing_twice_changes_nothing_and_a_replaced_file_can_come_back(file, folders, tmp_path):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    old = snapshot(folders["landing_dir"])
    path = file("2 2019-07-09\n")
    land_import(LINES, [path], replace=True, **folders)
    before = snapshot(tmp_path)
    report = land_import(LINES, [path], replace=True, **folders)
    assert (report.months, report.replaced) == ({"2019-07": "unchanged"}, ())
    assert snapshot(tmp_path) == before
    land_import(LINES, [file("1 2019-07-09\n")], replace=True, **folders)
    assert landed(folders) == [("2019-07", "1", "a.txt")]
    current = current_file(folders["landing_dir"], TABLE, "2019-07")
    assert current.read_bytes() == old[str(current.relative_to(folders["landing_dir"]))]


def test_a_month_that_lost_all_rows_is_landed_empty(file, folders):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    land_import(LINES, [file("2 2019-08-06\n")], replace=True, **folders)
    assert current_months(folders["landing_dir"], TABLE)["2019-07"]["rows"] == 0
    assert landed(folders) == [("2019-08", "2", "a.txt")]


def test_replaced_rows_do_not_come_back_when_a_month_is_restored(file, folders):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    land_import(LINES, [file("2 2019-07-09\n")], replace=True, **folders)
    current_file(folders["landing_dir"], TABLE, "2019-07").unlink()
    land_import(LINES, [file("3 2019-08-06\n", "b.txt")], **folders)
    assert [number for _, number, _ in landed(folders)] == ["2", "3"]


def test_files_of_other_formats_and_names_stay_when_one_is_replaced(file, folders):
    land_import(OTHER, [file("1 2019-07-09\n")], **folders)
    land_import(LINES, [file("2 2019-07-09\n", "b.txt")], **folders)
    land_import(LINES, [file("3 2019-07-09\n")], replace=True, **folders)
    assert sorted(number for _, number, _ in landed(folders)) == ["1", "2", "3"]


def test_the_same_content_read_as_another_format_counts_once(file, folders):
    path = file("1 2019-07-09\n4 never\n")
    land_import(LINES, [path], **folders)
    report = land_import(OTHER, [path], **folders)
    assert landed(folders) == [("2019-07", "1", "a.txt")]
    assert len(report.replaced) == 1
    assert list(refused(folders)) == ["other-lines.parquet"]


def test_rows_leave_the_months_they_no_longer_stand_in_when_a_file_is_read_otherwise(file, folders):
    path = file("1 2019-07-09\n2 2019-08-06\n")
    land_import(LINES, [path], **folders)
    land_import(LINES, [path], options={"refused": "2"}, **folders)
    assert landed(folders) == [("2019-07", "1", "a.txt")]


# ------------------------------------------------------------------------------- restoring
def test_a_damaged_month_is_restored_with_the_format_and_options_of_each_file(file, folders):
    land_import(LINES, [file("1 2019-07-09\n2 2019-07-09\n")], options={"refused": "2"}, **folders)
    land_import(OTHER, [file("3 2019-07-10\n", "b.txt")], **folders)
    path = current_file(folders["landing_dir"], TABLE, "2019-07")
    before = path.read_bytes()
    path.write_bytes(b"x")
    report = land_import(OTHER, [file("3 2019-07-10\n", "b.txt")], **folders)
    assert report.months == {"2019-07": "restored"}
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["gone", "other bytes"])
def test_without_an_intact_copy_a_damaged_month_is_not_landed_with_fewer_rows(
    file, folders, tmp_path, damage
):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    (copy,) = (p for p in (folders["archive_dir"] / "imports").iterdir() if p.is_file())
    copy.unlink() if damage == "gone" else copy.write_text("5 2019-07-09\n")
    current_file(folders["landing_dir"], TABLE, "2019-07").unlink()
    path = file("2 2019-07-09\n", "b.txt")
    before = snapshot(tmp_path)
    with pytest.raises(LandingError, match=r"a\.txt is missing or differs from what was imported"):
        land_import(LINES, [path], **folders)
    assert snapshot(tmp_path) == before


def test_a_record_that_cannot_be_read_is_named(file, folders):
    land_import(LINES, [file("1 2019-07-09\n")], **folders)
    (record,) = (folders["archive_dir"] / "imports" / "records").rglob("*.json")
    record.write_text("{}")
    with pytest.raises(LandingError, match="is no record of an import"):
        land_import(LINES, [file("1 2019-07-09\n")], **folders)


def test_gazette_listings_imported_before_there_were_records_are_restored(tmp_path, folders):
    from orchestration.importing.gazette_csv import import_gazette_csv

    header = "name,publication_no,publication_date,application_no,patentee,address,ipc\n"
    line = "装置,CN109900001A,2019.07.09,201910000001X,公司,100080北京市某路,H01M10/05\n"
    path = tmp_path / "a.csv"
    path.write_text(header + line, "utf-8")
    import_gazette_csv([path], **folders)
    for record in (folders["archive_dir"] / "imports" / "records").rglob("*.json"):
        record.unlink()
    month = current_file(folders["landing_dir"], "gazette_csv", "2019-07")
    before = month.read_bytes()
    month.unlink()
    other = tmp_path / "b.csv"
    other.write_text(header + line.replace("2019.07.09", "2019.08.06"), "utf-8")
    report = import_gazette_csv([other], **folders)
    assert report.months == {"2019-07": "restored", "2019-08": "imported"}
    assert month.read_bytes() == before


# ------------------------------------------------------------------------ sources of several files
def test_the_files_of_a_folder_are_one_source(file, folders, tmp_path):
    file("1 2019-07-09\n", "one/a.txt")
    file("2 2019-07-09\n3 never\n", "one/b.txt")
    report = land_import(FOLDERS, [tmp_path / "given" / "one"], **folders)
    assert (report.files[0].file, report.rows, report.landed) == ("one", 3, 2)
    assert [(number, name) for _, number, name in landed(folders)] == [
        ("1", "a.txt"),
        ("2", "b.txt"),
    ]
    copies = {p.name[17:] for p in (folders["archive_dir"] / "imports").iterdir() if p.is_file()}
    assert copies == {"a.txt", "b.txt"}
    path = current_file(folders["landing_dir"], TABLE, "2019-07")
    before = path.read_bytes()
    path.unlink()
    land_import(LINES, [file("4 2019-08-06\n", "c.txt")], **folders)
    assert path.read_bytes() == before


def test_a_file_shared_by_two_sources_counts_once_after_a_restore(file, folders, tmp_path):
    for name in ("one", "two"):
        file("1 2019-07-09\n", f"{name}/a.txt")
        file(f"{2 if name == 'one' else 3} 2019-07-09\n", f"{name}/b.txt")
    land_import(FOLDERS, [tmp_path / "given" / "one"], **folders)
    land_import(FOLDERS, [tmp_path / "given" / "two"], **folders)
    whole = sorted(number for _, number, _ in landed(folders))
    current_file(folders["landing_dir"], TABLE, "2019-07").unlink()
    land_import(LINES, [file("4 2019-08-06\n", "c.txt")], **folders)
    assert sorted(number for _, number, _ in landed(folders)) == [*whole, "4"] == list("1234")


def test_a_folder_is_refused_where_the_format_takes_files(folders, tmp_path):
    with pytest.raises(ImportFileError, match="folder, not a file"):
        land_import(LINES, [tmp_path], **folders)


# ------------------------------------------------------------------------------------ flags
def test_a_month_with_rows_of_one_invented_file_is_synthetic(file, folders):
    def flags():
        months = current_months(folders["landing_dir"], TABLE)
        return {month: manifest["synthetic"] for month, manifest in months.items()}

    real, invented = file("1 2019-07-09\n"), file("2 2019-07-09\n3 2019-08-06\n", "b.txt")
    land_import(LINES, [real], **folders)
    land_import(LINES, [invented], synthetic=True, **folders)
    assert flags() == {"2019-07": True, "2019-08": True}
    # the real file again says nothing about the other one
    land_import(LINES, [real], **folders)
    assert flags() == {"2019-07": True, "2019-08": True}
    land_import(LINES, [invented], **folders)
    assert flags() == {"2019-07": False, "2019-08": False}


def test_a_month_that_a_site_published_is_not_replaced(file, folders, tmp_path):
    land_rows(
        folders["landing_dir"],
        TABLE,
        "2019-07",
        [],
        site="http://127.0.0.1",
        site_counters={},
        synthetic=True,
    )
    path = file("1 2019-07-09\n")
    before = snapshot(tmp_path)
    with pytest.raises(LandingError, match=r"imported_events 2019-07 was landed from http"):
        land_import(LINES, [path], **folders)
    assert snapshot(tmp_path) == before


def test_a_file_that_changes_while_it_is_read_is_refused(file, folders):
    def slow(source, options):
        reading = read_lines(source, options)
        source.file.path.write_text("5 2019-07-09\n")
        return reading

    first = file("3 2019-08-06\n", "b.txt")
    land_import(LINES, [first], options={"refused": "8"}, **folders)
    before = snapshot(folders["landing_dir"].parent)

    def only_the_second(source, options):
        return slow(source, options) if source.name == "a.txt" else read_lines(source, options)

    third = file("4 2019-08-06\n", "c.txt")
    with pytest.raises(ImportFileError, match="changed while it was being read"):
        land_import(
            changed(LINES, read=only_the_second), [first, third, file("1 2019-07-09\n")], **folders
        )
    after = snapshot(folders["landing_dir"].parent)
    assert {k: v for k, v in after.items() if not k.startswith("given")} == {
        k: v for k, v in before.items() if not k.startswith("given")
    }


@pytest.mark.parametrize("replace", [False, True])
def test_an_import_that_is_cut_off_at_any_write_is_completed_by_the_next(
    file, tmp_path, monkeypatch, replace
):
    def run(folders):
        return land_import(
            LINES, [file(new), file("3 2019-08-06\n", "b.txt")], replace=replace, **folders
        )

    def prepared(name):
        folders = {"landing_dir": tmp_path / name / "l", "archive_dir": tmp_path / name / "r"}
        land_import(LINES, [file(old)], **folders)
        return folders

    def state(folders):
        """All files that count, without the time of landing."""
        landing = folders["landing_dir"]
        counted = {current_file(landing, TABLE, month) for month in current_months(landing, TABLE)}
        found = {}
        for name, data in snapshot(landing.parent).items():
            if name.endswith("current.json"):
                found[name] = {k: v for k, v in json.loads(data).items() if k != "landed_at"}
            elif "landing_month" not in name or landing.parent / name in counted:
                found[name] = data
        return found

    old, new = "1 2019-07-09\n9 2019-09-03\n4 never\n", "2 2019-07-09\n5 never\n"

    def begun(folders):
        """Whether all files were copied, so that the import can be completed without them."""
        copies = {p.name[17:] for p in (folders["archive_dir"] / "imports").iterdir()}
        return {"a.txt", "b.txt"} <= copies and any(
            p.read_text("ascii") == new
            for p in (folders["archive_dir"] / "imports").iterdir()
            if p.is_file()
        )

    whole = prepared("whole")
    run(whole)
    land_import(LINES, [file("6 2019-08-06\n", "c.txt")], **whole)
    original, calls = Path.replace, 0

    def cut_off(self, target):
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        return original(self, target)

    for at in range(1, 100):
        folders, calls = prepared(f"cut{at}"), 0
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", cut_off)
            try:
                run(folders)
            except KeyboardInterrupt:
                pass
            else:
                break
        # whichever import comes next: the same, or another one
        if at % 2 or not begun(folders):
            run(folders)
        land_import(LINES, [file("6 2019-08-06\n", "c.txt")], **folders)
        assert not core.unfinished_import(folders["landing_dir"], TABLE)
        assert state(folders) == state(whole)
    assert at > 8


def test_how_a_file_was_read_is_kept_beside_its_copy(file, folders):
    report = land_import(
        LINES, [file("1 2019-07-09\n")], options={"refused": "7"}, synthetic=True, **folders
    )
    (path,) = (folders["archive_dir"] / "imports" / "records" / "lines").iterdir()
    sha256 = report.files[0].sha256
    assert path.name == f"{sha256[:16]}.json"
    assert json.loads(path.read_text("utf-8")) == {
        "format": "lines",
        "table": TABLE,
        "source": "a.txt",
        "sha256": sha256,
        "files": [{"name": "a.txt", "sha256": sha256}],
        "synthetic": True,
        "options": {"refused": "7"},
    }


def test_every_registered_format_can_be_loaded_and_has_its_own_name():
    for name in registry.format_names():
        fmt = registry.import_format(name)
        assert fmt.name == name
        assert fmt.summary
