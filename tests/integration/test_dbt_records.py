"""Publications, applications, applicants and IPC tags, from landed rows to marts."""

from __future__ import annotations

import csv
import hashlib
import random
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.importing.gazette_csv import import_gazette_csv
from orchestration.method import MethodSettings
from tests.warehouse import PERSON_KEY, Build, dbt_build, make_landing

EVERYTHING = "+path:models/marts/records path:models/intermediate/records path:data-tests/records"
EN_SPACE = "\u2002"
# What gazettes, exports and scans bring along; NFKC of Unicode is the reference.
COMPATIBILITY_CHARACTERS = [
    chr(code)
    for first, last in [
        (0x00A0, 0x00A0),
        (0x00B2, 0x00B3),
        (0x2000, 0x200A),
        (0x2026, 0x2026),
        (0x202F, 0x202F),
        (0x2070, 0x2071),
        (0x2074, 0x208E),
        (0x2160, 0x217F),
        (0x2460, 0x2473),
        (0x2F00, 0x2FD5),
        (0x3000, 0x3000),
        (0x3231, 0x3232),
        (0xF900, 0xF92F),
        (0xFE59, 0xFE66),
        (0xFF01, 0xFF3A),
        (0xFF3C, 0xFF5E),
    ]
    for code in range(first, last + 1)
    if chr(code) not in "；;;"  # semicolons separate names
]


def check_digit(digits: str) -> str:
    """Independent of the macro: weights 2 to 9, then 2 to 5, modulo 11, ten is X."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    return "0123456789X"[total % 11]


def keyed(value: str) -> str:
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    return "keyed:" + digest(PERSON_KEY + digest(PERSON_KEY + value))[:16]


def written_numbers(count: int) -> Iterator[tuple[str, str]]:
    """Yield ``(as written, normalised)`` for valid application numbers of both eras."""
    generator = random.Random(20061231)
    for _ in range(count):
        if generator.random() < 0.7:
            year, serial = generator.randint(2003, 2020), generator.randrange(10**7)
            digits = f"{year}{generator.choice('18')}{serial:07d}"
        else:
            year, serial = (
                generator.choice([*range(85, 100), 0, 1, 2, 3]),
                generator.randrange(10**5),
            )
            digits = f"{year:02d}{generator.choice('18')}{serial:05d}"
        check = check_digit(digits)
        written = generator.choice(
            [
                f"{digits}{check}",
                f"{digits}.{check}",
                f"CN{digits}.{check}",
                f"ZL{digits}.{check}",
                f"ZL {digits[:-7]} {digits[-7:]}.{check}",
                f"CN{digits}{check}A",
                f"CN-{digits}-A",
                digits,
            ]
        )
        yield written, f"{digits}.{check}"


def patent(number: int, **fields: Any) -> dict[str, Any]:
    """Return a landed row with a publication number of its own."""
    row = {
        "source_type": "pip",
        "title": f"方法{number}",
        "publication_no": f"CN{200000000 + number}A",
        "publication_date": "2019.07.09",
        "application_date": "2003.01.01",
        "applicants": "甲公司",
        "address": "100000北京市海淀区",
        "ipc": "G06F9/44(2006.01)I",
    }
    return {**row, **fields}


@pytest.fixture(scope="module")
def numbers() -> list[tuple[str, str]]:
    return list(dict.fromkeys(written_numbers(400)))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[str, str]]) -> Build:
    root = tmp_path_factory.mktemp("records")
    rows = [patent(i, application_no=written) for i, (written, _) in enumerate(numbers)]
    rows += [
        patent(1000 + i, applicants=f"甲{character}乙")
        for i, character in enumerate(COMPATIBILITY_CHARACTERS)
    ]
    joint = f"甲大学;{EN_SPACE}中国科学院、水利部成都山地灾害与环境研究所;{EN_SPACE}王五"
    a = {"application_no": "2017100277291", "application_date": "2017.01.14"}
    rows += [
        # A and B of one application; the grant names one applicant less and is green
        patent(0, **a, publication_no="CN107000001A", applicants=joint),
        patent(
            0,
            **a,
            source_type="pig",
            publication_no="CN107000001B",
            publication_date="2020.07.07",
            applicants="甲大学",
            ipc=f"F03D1/06(2006.01)I;{EN_SPACE}H01M10/0525(2010.01)N",
        ),
        # a damaged B finds its A; a damaged pair without an intact sibling still folds
        patent(0, publication_no="CN107000002A", application_no="2017100277304"),
        patent(0, source_type="pig", publication_no="CN107000002B", application_no="2.02E+12"),
        patent(0, publication_no="CN107000003A", application_no="2.02E+12"),
        patent(0, source_type="pig", publication_no="CN107000003B", application_no="2.02E+12"),
        # refused: no number, no date, a repeat
        patent(0, publication_no="1.07E+08", application_no="201710027731.9"),
        patent(0, publication_no="CN107000004A", publication_date="待定"),
        patent(0, publication_no="CN107000001A", **a, applicants=joint),
        # fields refused, rows kept
        patent(0, publication_no="CN107000005A", application_no="李四", applicants=None),
        patent(0, publication_no="CN107000006A", application_date="2019.13.01", applicants="李四;"),
        patent(0, publication_no="CN107000007A", ipc="26-05;H01M10/"),
        patent(0, publication_no="CN305000001S", source_type="pdg", ipc="26-05 (12)"),
    ]
    make_landing(root, "sipo_patents", "2019-07-01", rows)
    copies = [
        patent(0, publication_no="CN107000001A", application_no="2.02E+12", applicants="甲大学;"),
        patent(0, publication_no="CN107000008A", application_no="2.02E+12", applicants="甲;??乙"),
    ]
    imported = [
        {name: value for name, value in row.items() if name != "record_heading"} for row in copies
    ]
    make_landing(root, "gazette_csv", "2019-07-01", imported, synthetic=False)
    folder = root / "landing" / "import_rejections"
    folder.mkdir(parents=True)
    duckdb.sql(
        "copy (select 'gazette_csv' as source_table, 'a.csv' as source_file, 7 as source_row, "
        "'row' as field, '7,李四,x' as value, 'short_row' as reason, 'columns_of_the_map' as rule, "
        f"'sha256:a#7' as raw_pointer) to '{folder / 'a.parquet'}' (format parquet)"
    )
    return dbt_build(root, EVERYTHING)


def test_all_models_and_their_tests_pass(warehouse):
    assert warehouse.statuses
    assert set(warehouse.statuses.values()) <= {"success", "pass"}


def test_every_written_form_of_an_application_number_is_read(warehouse, numbers):
    found = dict(
        warehouse.rows(
            "select u.application_no, p.application_no from intermediate.int_publications_parsed "
            "as p inner join intermediate.int_publications_unioned as u using (landed_key)"
        )
    )
    assert [(w, found[w]) for w, expected in numbers if found[w] != expected] == []


def test_names_are_normalised_as_unicode_says(warehouse):
    found = dict(
        warehouse.rows(
            "select applicant_name_raw, applicant_name from intermediate.int_applicants_split"
        )
    )
    expected = {
        f"甲{c}乙": " ".join(unicodedata.normalize("NFKC", f"甲{c}乙").split())
        for c in COMPATIBILITY_CHARACTERS
    }
    assert {raw: found.get(raw) for raw in expected} == expected


def test_a_and_b_are_one_application_with_the_longest_list_of_applicants(warehouse):
    applications = warehouse.rows(
        "select filing_year, grant_year, n_publications, n_applicants, is_green, green_symbol "
        "from marts.fct_applications where application_no = '201710027729.1'"
    )
    assert applications == [(2017, 2020, 2, 3, True, "F03D 1/06")]
    names = warehouse.rows(
        "select s.applicant_name, s.address_text from intermediate.int_applicants_split as s "
        "inner join marts.fct_applications as a using (application_id) "
        "where a.application_no = '201710027729.1' order by s.applicant_seq"
    )
    assert names == [
        ("甲大学", "100000北京市海淀区"),
        ("中国科学院、水利部成都山地灾害与环境研究所", None),
        ("王五", None),
    ]


def test_a_damaged_number_keeps_its_row_and_folds_by_publication_digits(warehouse):
    rows = warehouse.rows(
        "select p.publication_no, p.application_no, p.application_id_rule, a.n_publications, "
        "a.application_no from marts.fct_publications as p "
        "inner join marts.fct_applications as a using (application_id) "
        "where p.publication_no similar to 'CN10700000[23].' order by 1"
    )
    lent = "application_no_of_same_publication_digits"
    assert rows == [
        ("CN107000002A", "201710027730.4", "application_no", 2, "201710027730.4"),
        ("CN107000002B", None, lent, 2, "201710027730.4"),
        ("CN107000003A", None, "publication_digits", 2, None),
        ("CN107000003B", None, "publication_digits", 2, None),
    ]


def test_every_landed_row_is_accepted_or_dropped_with_a_reason(warehouse):
    landed = warehouse.rows(
        "select 'sipo_patents', count(*) from raw.sipo_patents union all "
        "select 'gazette_csv', count(*) from raw.gazette_csv order by 1"
    )
    kept = warehouse.rows(
        "select source_table, count(*) from (select source_table, source_file, source_row "
        "from marts.fct_publications union all select distinct source_table, source_file, "
        "source_row from marts.rejections where is_row_dropped and stage = 'warehouse') "
        "group by 1 order by 1"
    )
    assert kept == landed
    dropped = warehouse.rows(
        "select field, reason, count(*) from marts.rejections where is_row_dropped group by all "
        "order by all"
    )
    assert dropped == [
        ("publication_date", "not_a_date", 1),
        ("publication_no", "repeated_publication", 2),
        ("publication_no", "spreadsheet_damage", 1),
        ("row", "short_row", 1),
    ]


def test_the_office_wins_over_a_copy_and_the_repeat_points_to_what_was_kept(warehouse):
    rows = warehouse.rows(
        "select r.source_table, r.kept_raw_pointer = p.raw_pointer from marts.rejections as r "
        "inner join marts.fct_publications as p on p.publication_no = r.value "
        "where r.reason = 'repeated_publication' order by all"
    )
    assert rows == [("gazette_csv", True), ("sipo_patents", True)]


def test_rejected_values_that_may_name_a_person_are_keyed(warehouse):
    rows = warehouse.rows(
        "select field, reason, value from marts.rejections where field in ('applicants', 'row') "
        "or reason in ('not_an_application_number', 'reject', 'not_a_date') order by all"
    )
    assert rows == [
        ("applicants", "list_cut_off", keyed("李四;")),
        ("applicants", "missing", None),
        ("application_no", "not_an_application_number", keyed("李四")),
        ("filing_date", "not_a_date", "2019.13.01"),
        ("ipc", "reject", "26-05"),
        ("ipc", "reject", "H01M10/"),
        ("publication_date", "not_a_date", keyed("待定")),
        ("row", "short_row", keyed("7,李四,x")),
    ]


def test_no_mart_of_records_has_a_column_for_people_or_addresses(warehouse):
    columns = warehouse.rows(
        "select table_name, column_name from information_schema.columns where table_schema = "
        "'marts' and regexp_matches(column_name, 'inventor([^y]|$)|address|applicants_text|name')"
    )
    assert columns == []


def test_designs_are_never_read_as_ipc(warehouse):
    texts = warehouse.rows("select distinct ipc_text from intermediate.int_ipc_texts_parsed")
    assert ("26-05;H01M10/",) in texts
    assert ("26-05 (12)",) not in texts


def test_a_replaced_inventory_and_other_settings_change_the_tags(tmp_path):
    make_landing(
        tmp_path,
        "sipo_patents",
        "2019-07-01",
        [
            patent(1, ipc="F03D1/06(2006.01)I"),
            patent(2, ipc="G06F9/44(2006.01)I;H04L1/00"),
            patent(3, ipc="H04L1/00;G06F9/445"),
        ],
    )
    inventory = tmp_path / "my inventory.csv"
    inventory.write_text(
        "topic,subtopic_path,ipc_from,ipc_to,note,paper_category\n"
        "computing,Programs,G06F9/44,G06F9/44,,computing\n"
        "networks,Links,H04L,H04L,,\n",
        encoding="utf-8",
    )
    env = {"GREENTIES_INVENTORY_TABLE": str(inventory)}
    query = (
        "select p.publication_no[-2], a.is_green, a.green_topics, a.green_entry "
        "from intermediate.int_applications_green as a "
        "inner join intermediate.int_publications_kept as p using (application_id) order by 1"
    )
    models_only = "resource_type:test resource_type:unit_test"
    build = dbt_build(tmp_path, "+int_applications_green", exclude=models_only, env=env)
    assert build.rows(query) == [
        ("1", False, None, None),
        ("2", True, "computing", "G06F 9/44"),
        ("3", True, "computing", "G06F 9/44"),
    ]
    method = MethodSettings(
        green_mode="exact", green_scope="main", green_set="wipo_full", inventory_edition="mine"
    )
    again = dbt_build(
        tmp_path, "+int_applications_green", exclude=models_only, env=env, method=method
    )
    assert again.rows(query) == [
        ("1", False, None, None),
        ("2", True, "computing", "G06F 9/44"),
        ("3", True, "networks", "H04L"),
    ]
    claim = "assert_editions_of_the_inventory_exist"
    dbt_build(tmp_path, "stg_reference__green_inventory", command="run", method=method)
    bad = dbt_build(tmp_path, claim, method=method, command="test", check=False)
    assert [name.rsplit(".", 1)[-1] for name in bad.failed()] == [claim]


def test_an_empty_landing_builds_typed_empty_marts(tmp_path):
    build = dbt_build(tmp_path, EVERYTHING, exclude="resource_type:unit_test")
    assert set(build.statuses.values()) <= {"success", "pass"}
    counts = build.rows(
        "select (select count(*) from marts.fct_publications), "
        "(select count(*) from marts.fct_applications), (select count(*) from marts.rejections)"
    )
    assert counts == [(0, 0, 0)]


# The labelled cases -------------------------------------------------------------------------------


def cases(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "cases" / "ipc" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tagged(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    root = tmp_path_factory.mktemp("ipc")
    texts = {case["raw"] for case in cases(shared, "ipc_parse_cases.csv")}
    for name in ("ipc_cases.csv", "ipc_cases_modes.csv", "ipc_cases_paper.csv"):
        texts |= {case["symbol"] for case in cases(shared, name)}
    rows = [patent(number, ipc=text) for number, text in enumerate(sorted(texts))]
    make_landing(root, "sipo_patents", "2019-07-01", rows)
    return dbt_build(root, "+int_symbols_tagged")


@pytest.fixture(scope="module")
def tags(tagged: Build) -> dict[tuple[str, str, str], set[tuple[str, str]]]:
    found: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
    query = (
        "select symbol, mode, edition, topic, paper_category from intermediate.int_symbols_tagged"
    )
    for symbol, mode, edition, topic, paper_category in tagged.rows(query):
        found[symbol, mode, edition].add((topic, paper_category))
    return found


def matched(tags: Any, symbol: str, mode: str, which: int = 0) -> set[str]:
    base, _, legacy = mode.partition("+")
    editions = ["wipo-2022-frozen", *([legacy] if legacy else [])]
    return {tag[which] for e in editions for tag in tags.get((symbol, base, e), set())} - {""}


def expected_set(text: str) -> set[str]:
    return set(filter(None, text.split("|")))


def test_all_raw_strings_are_read_as_labelled(shared, tagged):
    found: dict[str, list[tuple[str | None, str | None]]] = defaultdict(list)
    query = "select ipc_text, symbol, flag from intermediate.int_ipc_texts_parsed order by all"
    ordered = query.replace("order by all", "order by ipc_text, position")
    for text, symbol, flag in tagged.rows(ordered):
        found[text].append((symbol, flag))
    labelled = cases(shared, "ipc_parse_cases.csv")
    wrong = [
        (case["raw"], found[case["raw"].strip(" ")])
        for case in labelled
        if ";".join(s for s, _ in found[case["raw"].strip(" ")] if s) != case["expected_symbols"]
        or ";".join(sorted({f for _, f in found[case["raw"].strip(" ")] if f})) != case["flag"]
    ]
    assert labelled
    assert wrong == []


def test_all_symbols_get_the_labelled_topics(shared, tags):
    labelled = [
        (c["symbol"], "prefix", c["expected_topics"]) for c in cases(shared, "ipc_cases.csv")
    ]
    labelled += [
        (c["symbol"], c["mode"], c["expected_topics"]) for c in cases(shared, "ipc_cases_modes.csv")
    ]
    wrong = [
        (symbol, mode, expected, matched(tags, symbol, mode))
        for symbol, mode, expected in labelled
        if matched(tags, symbol, mode) != expected_set(expected)
    ]
    assert len(labelled) > 200
    assert wrong == []


def test_all_symbols_get_the_labelled_classes_of_the_paper(shared, tags):
    labelled = cases(shared, "ipc_cases_paper.csv")
    subheadings = {"wind": "alternative_energy"}
    wrong = [
        (case["symbol"], case["expected_paper_categories"])
        for case in labelled
        if matched(tags, case["symbol"], "prefix", 1)
        != {subheadings.get(name, name) for name in expected_set(case["expected_paper_categories"])}
    ]
    assert labelled
    assert wrong == []


# The real gazette of 2019-07-09 -------------------------------------------------------------------


@pytest.fixture(scope="module")
def gazette(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    root = tmp_path_factory.mktemp("gazette")
    import_gazette_csv(
        sorted((shared / "data" / "gazette_2019-07-09").glob("*.csv")),
        landing_dir=root / "landing",
        archive_dir=root / "raw",
    )
    return dbt_build(root, EVERYTHING, exclude="resource_type:unit_test")


def test_every_row_of_the_real_gazette_is_in_the_marts_or_rejected(shared, gazette, capsys):
    files = sorted((shared / "data" / "gazette_2019-07-09").glob("*.csv"))
    lines = sum(
        sum(1 for _ in csv.reader(path.read_text("gb18030").splitlines(keepends=True))) - 1
        for path in files
    )
    accepted = gazette.rows("select count(*) from marts.fct_publications")[0][0]
    dropped = gazette.rows(
        "select reason, count(distinct source_file || '#' || source_row) from marts.rejections "
        "where is_row_dropped group by 1"
    )
    damaged = gazette.rows(
        "select count(*) from marts.rejections where reason = 'spreadsheet_damage'"
    )[0][0]
    with capsys.disabled():
        print(f"\n  lines {lines} = accepted {accepted} + dropped {dropped}; damaged {damaged}")
    assert lines == accepted + sum(number for _, number in dropped)
    assert lines > 40_000
    # a damaged application number never costs the publication
    assert damaged > 0.8 * accepted


def test_green_shares_of_the_real_gazette_lie_near_the_published_ones(gazette):
    query = """
        select
            p.patent_kind || ' ' || p.publication_step as kind,
            count(distinct t.application_id) / count(distinct p.application_id) as share
        from marts.fct_publications as p
        left join marts.fct_application_topics as t
            on p.application_id = t.application_id and t.scope = 'main' and t.mode = '{mode}'
        where p.patent_kind <> 'design'
        group by 1
    """
    # shares by main IPC of two issues of July 2019, an inventory of 271 lines; a point either way
    expected = {
        "exact": {
            "invention application": (0.109, 0.111),
            "invention grant": (0.066, 0.079),
            "utility_model grant": (0.080, 0.083),
        },
        "prefix": {
            "invention application": (0.124, 0.125),
            "invention grant": (0.084, 0.098),
            "utility_model grant": (0.091, 0.092),
        },
    }
    for mode, bounds in expected.items():
        shares = dict(gazette.rows(query.format(mode=mode)))
        assert set(shares) == set(bounds)
        for kind, (low, high) in bounds.items():
            assert low - 0.01 <= shares[kind] <= high + 0.01, (mode, kind, shares[kind])
