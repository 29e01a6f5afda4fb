"""`greenties tag`: the models answer for a user's file; one warehouse serves all tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import orchestration.tag
from orchestration.cli import main
from orchestration.settings import settings
from orchestration.side_build import side_build
from orchestration.tag import ADDED, MODES, TagError, tag_file
from scrapers.errors import ImportFileError

CASES = ("ipc_cases.csv", "ipc_cases_modes.csv", "ipc_cases_paper.csv", "ipc_parse_cases.csv")
OWN = [
    "F03D1/06(2006.01)I；Ｈ０１Ｍ１０／０５２５",
    "C02F1/00\nC10L5/46",
    "Y02E10/50;H02J3/00;01-01",
    "B6OL8/00",
    "G06F9/44",
    "--",
    "F24J 2/46",
    "E04B 1/94",
]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shared_cases(request: pytest.FixtureRequest) -> Path | None:
    try:
        return Path(request.getfixturevalue("shared")) / "cases" / "ipc"
    except pytest.skip.Exception:
        return None


@pytest.fixture(scope="module")
def warehouse(shared_cases: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    texts = set(OWN)
    for name in CASES if shared_cases is not None else ():
        texts |= {row.get("symbol") or row["raw"] for row in rows_of(shared_cases / name)}
    path = tmp_path_factory.mktemp("texts") / "texts with 'quotes'.parquet"
    pq.write_table(pa.table({"ipc_text": sorted(texts)}), path)
    with side_build(
        settings(),
        select=orchestration.tag._SELECT,
        environment={"GREENTIES_IPC_TEXTS": str(path)},
    ) as connection:
        yield connection


@pytest.fixture(autouse=True)
def one_warehouse(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def built(*_: Any, **__: Any) -> Iterator[Any]:
        yield warehouse

    monkeypatch.setattr(orchestration.tag, "side_build", built)


def tagged(path: Path, column: str, mode: str = "prefix") -> list[list[str]]:
    sink = io.StringIO()
    tag_file(settings(), path, sink, name=path.name, column=column, mode=mode)
    return list(csv.reader(io.StringIO(sink.getvalue())))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_and_columns_stay_in_order_and_five_columns_follow(tmp_path):
    path = written(
        tmp_path,
        "id,ipc,remark\n"
        "1,F03D1/06(2006.01)I；Ｈ０１Ｍ１０／０５２５,a\n"
        '2,"C02F1/00\nC10L5/46","b, c"\n'
        "\n"
        "3,Y02E10/50;H02J3/00;01-01\n"
        "4,B6OL8/00,\n"
        "5,G06F9/44,d\n"
        "6,  ,e\n"
        "7,--,f\n",
    )
    header, *rows = tagged(path, "ipc")
    edition = "(wipo-2022-frozen, prefix)"
    assert header == ["id", "ipc", "remark", *ADDED]
    assert [row[:3] for row in rows] == [
        ["1", "F03D1/06(2006.01)I；Ｈ０１Ｍ１０／０５２５", "a"],
        ["2", "C02F1/00\nC10L5/46", "b, c"],
        ["3", "Y02E10/50;H02J3/00;01-01", ""],
        ["4", "B6OL8/00", ""],
        ["5", "G06F9/44", "d"],
        ["6", "  ", "e"],
        ["7", "--", "f"],
    ]
    wind, energy = "alternative_energy_production", "alternative_energy"
    assert [row[3:] for row in rows] == [
        ["F03D 1/06|H01M 10/0525", wind, energy, "", f"F03D 1/06 < F03D {edition}"],
        [
            "C02F 1/00|C10L 5/46",
            f"{wind}|waste_management",
            f"{energy}|waste_reuse",
            "",
            f"C02F 1/00 < C02F {edition}|C02F 1/00 < C02F 1/00 {edition}|"
            f"C10L 5/46 < C10L 5/00 {edition}|C10L 5/46 < C10L 5/40-5/48 {edition}|"
            f"C10L 5/46 < C10L 5/46 {edition}",
        ],
        [
            "H02J 3/00",
            "energy_conservation",
            "energy_conservation",
            "cpc_only|reject",
            f"H02J 3/00 < H02J {edition}",
        ],
        [
            "B60L 8/00",
            f"{wind}|transportation",
            f"{energy}|transportation",
            "repaired",
            f"B60L 8/00 < B60L 8/00 {edition}",
        ],
        ["G06F 9/44", "", "", "", ""],
        ["", "", "", "", ""],
        ["", "", "", "reject", ""],
    ]


def test_modes_differ_where_they_should(tmp_path):
    path = written(tmp_path, "ipc\nF24J 2/46\nE04B 1/94\n")
    topics = {mode: [row[2] for row in tagged(path, "ipc", mode)[1:]] for mode in MODES}
    energy, saving = "alternative_energy_production", "energy_conservation"
    assert topics == {
        "prefix": ["", ""],
        "exact": ["", ""],
        "hierarchical": ["", saving],
        "prefix+legacy": [energy, ""],
        "exact+legacy": [energy, ""],
        "hierarchical+legacy": [energy, saving],
    }


def test_a_column_of_the_same_name_is_kept_and_the_added_one_is_the_last(tmp_path):
    path = written(tmp_path, "flag,ipc\nmine,B6OL8/00\n")
    sink = io.StringIO()
    summary = tag_file(settings(), path, sink, name="in.csv", column="ipc", mode="exact")
    row = next(csv.DictReader(io.StringIO(sink.getvalue())))
    assert sink.getvalue().splitlines()[1].startswith("mine,")
    assert row["flag"] == "repaired"
    assert "already: those added are the last" in str(summary)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("ipcs,b\nF03D,1\n", "ipc", "nearest is 'ipcs'"),
        ("ipc,ipc\nF03D,1\n", "ipc", "2 columns have this name"),
        ("ipc;b\nF03D;1\n", "ipc", "separated by ';'"),
        ("ipc,b\nF03D,1,2\n", "ipc", "the row has 3 cells, the header 2"),
    ],
)
def test_a_file_that_cannot_be_tagged_is_refused_by_name(tmp_path, text, column, message):
    with pytest.raises(TagError, match=message) as caught:
        tagged(written(tmp_path, text), column)
    assert "in.csv" in str(caught.value)


def test_a_damaged_file_and_an_unknown_mode_are_refused(tmp_path):
    with pytest.raises(ImportFileError, match="empty"):
        tagged(written(tmp_path, ""), "ipc")
    with pytest.raises(ValueError, match="no mode 'wild'"):
        tagged(written(tmp_path, "ipc\nF03D\n"), "ipc", "wild")


def test_the_command_writes_a_file_and_never_its_input(tmp_path):
    path = written(tmp_path, "ipc\nB6OL8/00\nG06F9/44\n")
    output = tmp_path / "out.csv"
    base = ["tag", "--input", str(path), "--column", "ipc"]
    done = CliRunner().invoke(main, [*base, "--mode", "exact", "--output", str(output)])
    assert done.exit_code == 0, done.output
    assert [row["symbols"] for row in rows_of(output)] == ["B60L 8/00", "G06F 9/44"]
    assert "1 rows green by exact" in done.output
    same = CliRunner().invoke(main, [*base, "--output", str(path)])
    assert same.exit_code == 2
    assert "is the input" in same.output
    wrong = CliRunner().invoke(main, [*base, "--mode", "wild", "--output", str(output)])
    assert wrong.exit_code == 2


def test_the_modes_of_the_command_are_those_of_the_module():
    option = next(o for o in main.commands["tag"].params if o.name == "mode")
    assert sorted(option.type.choices) == sorted(MODES)


# The labelled cases ------------------------------------------------------------------------------


def last(header: list[str], row: list[str]) -> dict[str, str]:
    return dict(zip(header, row, strict=True))


def test_all_labelled_texts_are_read_and_flagged(shared):
    path = shared / "cases" / "ipc" / "ipc_parse_cases.csv"
    header, *rows = tagged(path, "raw")
    wrong = [
        case
        for case, row in zip(rows_of(path), rows, strict=True)
        if last(header, row)["symbols"].replace("|", ";") != case["expected_symbols"]
        or last(header, row)["flag"] != case["flag"]
    ]
    assert rows
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("ipc_cases.csv", "topics", "expected_topics"),
        ("ipc_cases_paper.csv", "categories", "expected_paper_categories"),
        ("ipc_cases_modes.csv", "topics", "expected_topics"),
    ],
)
def test_all_labelled_symbols_have_their_topics_in_the_order_of_the_inventory(
    shared, name, column, expected
):
    path = shared / "cases" / "ipc" / name
    cases = rows_of(path)
    wrong = []
    for mode in sorted({case.get("mode", "prefix") for case in cases}):
        header, *rows = tagged(path, "symbol", mode)
        for case, row in zip(cases, rows, strict=True):
            if case.get("mode", "prefix") == mode and last(header, row)[column] != case[expected]:
                wrong.append((case["symbol"], mode, last(header, row)[column], case[expected]))
    assert cases
    assert wrong == []
