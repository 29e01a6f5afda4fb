"""A built country: its store, its gazette and its events."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.office.country import build_country, draw_country
from scrapers.office.events import event_type
from scrapers.office.store import write_truth
from scrapers.office.yearbook import CITY_COLUMNS, PROVINCE_COLUMNS
from scrapers.parsers.events import parse_event_text

SEED, RECORDS = 11, 5_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("country")
    build_country(folder / "office", folder / "truth", seed=SEED, records=RECORDS)
    return folder


@pytest.fixture
def db(built: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(built / "office" / "country.sqlite")) as connection:
        yield connection


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from scrapers.office.country import build_country; "
        "p = Path(sys.argv[1]); build_country(p / 'office', p / 'truth', seed=3, records=700)"
    )
    seen = []
    for hash_seed in ("1", "77"):
        folder = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
        subprocess.run(
            [sys.executable, "-c", program, str(folder)], check=True, env=environment, timeout=120
        )
        seen.append(_bytes(folder))
    assert seen[0] == seen[1]
    assert "office/country.sqlite" in seen[0]
    build_country(tmp_path / "other" / "office", tmp_path / "other" / "truth", seed=4, records=700)
    assert _bytes(tmp_path / "other") != seen[0]


def test_truth_can_be_laid_out_from_the_store_later(built: Path, tmp_path: Path) -> None:
    write_truth(tmp_path / "again", built / "office")
    assert _bytes(tmp_path / "again") == _bytes(built / "truth")
    with pytest.raises(FileNotFoundError, match="no country"):
        write_truth(tmp_path / "again", tmp_path)


@pytest.mark.parametrize("wrong", [{"preset": "rosy"}, {"shares": "half"}, {"records": 0}])
def test_wrong_parameters_are_refused_and_leave_nothing(
    wrong: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"none of|at least one"):
        build_country(tmp_path / "office", **{"seed": 1, "records": 10, **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "office").exists()


@pytest.mark.parametrize("records", [1, 40, 400])
def test_small_countries_have_exactly_the_records_asked_for(records: int, tmp_path: Path) -> None:
    build_country(tmp_path, seed=8, records=records)
    with contextlib.closing(sqlite3.connect(tmp_path / "country.sqlite")) as connection:
        assert connection.execute("select count(*) from publication").fetchone() == (records,)


def test_the_store_says_what_it_is(db: sqlite3.Connection) -> None:
    meta = dict(db.execute("select key, value from meta"))
    assert meta["synthetic"] == "true"
    assert (meta["seed"], meta["records"]) == (str(SEED), str(RECORDS))
    assert (meta["preset"], meta["shares"]) == ("realistic", "enriched")
    assert db.execute("select count(*) from correction").fetchone() == (0,)


def test_records_stand_in_unbroken_sequence_inside_the_window(db: sqlite3.Connection) -> None:
    rows = db.execute(
        "select source, gazette_date, count(*), min(seq), max(seq) from publication group by 1, 2"
    ).fetchall()
    assert sum(n for _, _, n, _, _ in rows) == RECORDS
    assert all((low, high) == (1, n) for _, _, n, low, high in rows)
    assert {source for source, *_ in rows} == {"pip", "pig", "pug", "pdg"}
    assert min(day for _, day, *_ in rows) >= "2006-01-01"
    assert max(day for _, day, *_ in rows) <= "2020-12-31"


def test_numbers_are_valid_and_given_once(db: sqlite3.Connection) -> None:
    rows = db.execute(
        "select source, publication_no, application_no, application_date from publication"
    ).fetchall()
    assert len({number for _, number, _, _ in rows}) == RECORDS
    kinds = {"pip": "18", "pig": "18", "pug": "2", "pdg": "3"}
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    for source, _, application, filed in rows:
        body, last = application[:-1], application[-1]
        rest = sum(int(d) * w for d, w in zip(body, weights, strict=False)) % 11
        assert last == ("X" if rest == 10 else str(rest))
        if filed >= "2003-10-01":
            assert (len(application), application[:4]) == (13, filed[:4])
            assert application[4] in kinds[source]
        else:
            assert (len(application), application[:2]) == (9, filed[2:4])
            assert application[2] in kinds[source]


def test_application_and_grant_share_number_and_day_order(db: sqlite3.Connection) -> None:
    rows = db.execute(
        "select a.publication_no, b.publication_no, a.gazette_date, b.gazette_date, "
        "a.application_date from publication a join publication b using (application_no) "
        "where a.source = 'pip' and b.source = 'pig'"
    ).fetchall()
    assert len(rows) > 300
    for first, second, published, granted, filed in rows:
        assert filed < published < granted
        assert (second == first[:-1] + "B") == (granted >= "2010-04-01")
        assert second[-1] == ("B" if granted >= "2010-04-01" else "C")


def test_grant_lags_and_the_two_modes_of_publication(db: sqlite3.Connection) -> None:
    def lags(source: str) -> list[float]:
        return sorted(
            days for (days,) in db.execute(
                "select julianday(gazette_date) - julianday(application_date) from publication "
                "where source = ? and substr(application_no, 5, 1) <> '8'", (source,),
            )
        )  # fmt: skip

    grants, publications = lags("pig"), lags("pip")
    assert 900 < grants[len(grants) // 2] < 1150
    early = sum(days < 320 for days in publications) / len(publications)
    late = sum(days > 500 for days in publications) / len(publications)
    assert 0.6 < early < 0.8
    assert 0.2 < late < 0.4
    assert early + late == pytest.approx(1.0)


def test_foreign_records_have_country_and_region_and_no_postcode(db: sqlite3.Connection) -> None:
    abroad = db.execute(
        "select address from publication where source = 'pip' "
        "and (address glob '日本*' or address glob '美国*' or address glob '德国*')"
    ).fetchall()
    assert len(abroad) > 50
    assert not any(re.search(r"\d{6}", address) for (address,) in abroad)


def test_designs_carry_locarno_classes_and_nothing_else(db: sqlite3.Connection) -> None:
    for source, ipc in db.execute("select source, ipc from publication"):
        symbols = json.loads(ipc)
        if source == "pdg":
            assert all(re.fullmatch(r"\d\d-\d\d", s) for s in symbols)
        else:
            assert all(
                re.fullmatch(r"[A-H]\d\d[A-Z]\d+/\d+\(\d{4}\.\d\d\)[IN]", s) for s in symbols
            )
            years = {int(s.split("(")[1][:4]) for s in symbols}
            assert max(years) <= 2020


def test_events_concern_patents_that_exist(db: sqlite3.Connection) -> None:
    stray = db.execute(
        "select count(*) from event where application_no not in "
        "(select application_no from publication)"
    ).fetchone()
    assert stray == (0,)


def test_transfers_follow_the_wording_of_their_time(db: sqlite3.Connection) -> None:
    wording_a = re.compile(
        r"专利申请权、专利权的转移\(专利(申请)?权的转移(（[^）]+）)?\)变更项目:(专利权人|申请人)"
        r"变更前权利人:.+  地址: .+"
        r"变更后权利人:.+  地址: .+登记生效日:\d{4}\.\d{1,2}\.\d{1,2}"
    )
    wording_b = re.compile(
        r"专利(申请)?权的转移(（[^）]+）)?(IPC\(主分类\):[A-H]\d\d[A-Z] *\d+/\d+)?变更事项:.+"
        r"变更事项:地址变更前权利人:.+登记生效日:\d{8}"
    )
    wording_c = re.compile(
        r"专利(申请)?权的转移(（[^）]+）)?\n登记生效日:\d{8}\n变更事项:(专利权人|申请人)\n变更前权利人:[^\n]+\n变更后权利人:"
        r"[^\n]+\n变更事项:地址\n变更前权利人:[^\n]+\n变更后权利人:[^\n]+"
        r"(\n变更事项:共同(专利权人|申请人)\n变更前权利人:[^\n]*\n变更后权利人:[^\n]*)*"
    )
    seen: Counter[str] = Counter()
    for day, text in db.execute(
        "select gazette_date, text from event where event_type = '专利申请权、专利权的转移'"
    ):
        if text in ("专利权的转移", "专利申请权的转移"):
            seen["none"] += 1
            continue
        name, pattern = (
            ("a", wording_a) if day < "2010" else ("b", wording_b) if day < "2015"
            else ("c", wording_c)
        )  # fmt: skip
        assert pattern.fullmatch(text), text
        seen[name] += 1
    assert min(seen["a"], seen["b"], seen["c"]) >= 10, seen
    assert seen["none"] > 0


def test_renames_stand_beside_transfers(db: sqlite3.Connection) -> None:
    counts = dict(db.execute("select event_type, count(*) from event group by 1"))
    ratio = counts["专利权人的姓名或者名称、地址的变更"] / counts["专利申请权、专利权的转移"]
    assert 0.6 < ratio < 0.9


def test_yearbooks_cover_every_city_and_province_and_never_print_zero(
    db: sqlite3.Connection,
) -> None:
    for table, columns, units in (
        ("yearbook_city", CITY_COLUMNS, 341),
        ("yearbook_province", PROVINCE_COLUMNS, 31),
    ):
        rows = db.execute(f"select {', '.join(columns)} from {table}").fetchall()
        assert len(rows) == units * 15
        assert not any(cell in ("0", "0.00", "") for row in rows for cell in row)
        assert any(cell is None for row in rows for cell in row)


def test_the_parser_of_the_pipeline_reads_the_parties_of_the_ledger() -> None:
    ledger = draw_country(seed=21, records=6_000)
    read = 0
    for event in ledger.events:
        if event.registered is None or not event.has_text:
            continue
        parsed = parse_event_text(event.text, event_type(event))
        assert parsed.effective_date == event.registered.isoformat()
        for printed, parties in (
            (parsed.parties_before, event.before),
            (parsed.parties_after, event.after),
        ):
            names = {party.name_on(event.registered) for party in parties}
            assert {party.name for party in printed} == names, event.text
        read += 1
    assert read > 100
