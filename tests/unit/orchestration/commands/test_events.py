"""``greenties events parse``: one object a row, whatever the file holds, or a named refusal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration import cli
from orchestration.commands import events
from scrapers.errors import FileEncodingError, ImportFileError, TruncatedFileError

TEXTS = [
    "专利权的转移变更事项:专利权人变更前权利人:甲大学变更后权利人:乙公司变更事项:地址"
    "变更前权利人:100031 北京市1号变更后权利人:日本东京登记生效日:20130815",
    "专利权的转移\n变更事项:共同专利权人\n变更前权利人:无\n变更后权利人:丙",
    "",
    "实质审查的生效",
]

LICENCE = "专利实施许可合同的备案合同备案号: 2008310000084"


def greenties(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.main, ["events", "parse", *arguments], input=stdin)


def table(rows: list[list[str]]) -> str:
    sink = io.StringIO()
    csv.writer(sink).writerows(rows)
    return sink.getvalue()


def objects(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    rows = [["no", "text"], *[[str(k), text] for k, text in enumerate(TEXTS)]]
    path.write_text(table(rows), encoding="utf-8", newline="")
    return path


def parse(source: Path, target: Path, *more: str) -> Result:
    return greenties(
        "--input", str(source), "--column", "text", "--output", str(target), *more
    )  # fmt: skip


def test_one_object_a_row_in_order(source, target):
    result = parse(source, target)
    assert result.exit_code == 0, result.output
    first, second, third, fourth = objects(target)
    assert first == {
        "type": "transfer",
        "effective_date": "2013-08-15",
        "before": [{"name": "甲大学", "address": "北京市1号", "postcode": "100031"}],
        "after": [{"name": "乙公司", "address": "日本东京", "postcode": None}],
        "item": "专利权人",
        "ipc": None,
        "problems": [],
        "reference_no": None,
    }
    assert (second["type"], second["before"]) == ("holder_added", [])
    assert second["after"] == [{"name": "丙", "address": None, "postcode": None}]
    assert (third["type"], third["problems"]) == ("other", ["no_text"])
    assert (fourth["type"], fourth["problems"]) == ("other", [])


def test_the_summary_goes_to_stderr(source, target):
    result = parse(source, target)
    assert result.stdout == ""
    assert "4 rows" in result.stderr
    assert "holder_not_named" in result.stderr
    assert "with problems: 2 rows" in result.stderr


@pytest.mark.parametrize(
    ("codec", "label"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8 with BOM"), ("gb18030", "gb18030")],
)
def test_encodings_are_told_apart(tmp_path, source, target, codec, label):
    text = source.read_text(encoding="utf-8")
    expected = parse(source, target)
    assert expected.exit_code == 0
    wanted = target.read_bytes()
    other = tmp_path / "other.csv"
    other.write_bytes(text.encode(codec))
    result = parse(other, target)
    assert result.exit_code == 0, result.output
    assert target.read_bytes() == wanted
    assert f"({label})" in result.stderr


def test_standard_input_and_output(source, target):
    assert parse(source, target).exit_code == 0
    result = greenties(
        "--input", "-", "--column", "text", "--output", "-", stdin=source.read_bytes()
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == target.read_text(encoding="utf-8")
    assert "stdin (utf-8): 4 rows" in result.stderr


def test_the_type_column_decides_where_the_text_is_silent(tmp_path, target):
    path = tmp_path / "in.csv"
    path.write_text("type,text\n专利申请权、专利权的转移,\nPC01,\n", encoding="utf-8")
    assert parse(path, target, "--type-column", "type").exit_code == 0
    assert [o["type"] for o in objects(target)] == ["transfer", "pledge"]
    assert all(o["problems"] == ["no_text"] for o in objects(target))


def test_quoted_breaks_nul_and_huge_cells_are_one_row_each(tmp_path, target):
    path = tmp_path / "in.csv"
    huge = "专利权的转移变更事项:专利权人变更前权利人:甲变更后权利人:" + "乙" * 300_000
    rows = [["text"], ["授权\r\n\n二"], ["授权\0"], [huge], ['专利权的转移"引"，,']]
    path.write_text(table(rows), encoding="utf-8", newline="")
    assert parse(path, target).exit_code == 0
    found = objects(target)
    assert [o["type"] for o in found] == ["other", "other", "transfer", "transfer"]
    assert len(found[2]["after"][0]["name"]) == 300_000


def test_rows_of_another_width_are_named(tmp_path, target):
    path = tmp_path / "in.csv"
    path.write_text("no,text\n1\n2,专利权的转移,x\n\n3,授权\n", encoding="utf-8")
    assert parse(path, target).exit_code == 0
    assert [o["problems"] for o in objects(target)] == [
        ["no_text", "row_short"],
        ["no_parties", "row_long"],
        [],
    ]


def test_signs_that_some_readers_take_for_line_ends_are_escaped(tmp_path, target):
    path = tmp_path / "in.csv"
    name = "甲\u2028乙\x85丙公司"
    text = f"{LICENCE}让与人: {name}受让人: 丁"
    path.write_text(table([["text"], [text]]), encoding="utf-8", newline="")
    assert parse(path, target).exit_code == 0
    written = target.read_text(encoding="utf-8")
    assert len(written.splitlines()) == 1
    assert json.loads(written)["before"][0]["name"] == name


def test_a_file_without_rows_gives_an_empty_file(tmp_path, target):
    path = tmp_path / "in.csv"
    path.write_text("text\n", encoding="utf-8")
    assert parse(path, target).exit_code == 0
    assert target.read_bytes() == b""


# --------------------------------------------------------------------------------- refusals
def test_an_unknown_column_is_wrong_usage_and_the_nearest_is_named(source, target):
    result = greenties("--input", str(source), "--column", "txt", "--output", str(target))
    assert result.exit_code == 2
    assert "--column txt" in result.output
    assert "'text'" in result.output
    result = parse(source, target, "--type-column", "nb")
    assert result.exit_code == 2
    assert "'no'" in result.output
    assert not target.exists()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_named(tmp_path, target, delimiter):
    source = tmp_path / "events.csv"
    source.write_text(f"id{delimiter} text\n1{delimiter}x\n", encoding="utf-8")
    result = parse(source, target)
    assert result.exit_code == 2
    assert f"its cells are separated by {delimiter!r}, this command reads commas" in result.output


def test_a_column_that_stands_there_twice_is_refused(tmp_path, target):
    path = tmp_path / "in.csv"
    path.write_text("text,text\n授权,公开\n", encoding="utf-8")
    result = parse(path, target)
    assert (result.exit_code, target.exists()) == (2, False)
    assert "2 columns" in result.output


def test_the_output_may_not_be_the_input(source):
    before = source.read_bytes()
    result = parse(source, source)
    assert (result.exit_code, source.read_bytes()) == (2, before)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", TruncatedFileError, ["the file is empty"]),
        (b'text\nA\n"\xe6\x8e\x88', TruncatedFileError, ["no CSV", "row 3"]),
        (b'text\n"\xe6\x8e\x88"B\n', ImportFileError, ["no CSV", "row 2"]),
        ("text\n".encode("utf-16"), FileEncodingError, ["UTF-16"]),
        (
            b"text\n" + "授权实质审查\n".encode() * 40 + b"\xff\n",
            FileEncodingError,
            ["not UTF-8", "row 42"],
        ),
        (b"text\n\xff\xff\xff\n", FileEncodingError, ["UTF-8 nor GB18030", "row 2"]),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(tmp_path, target, content, kind, words):
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    result = parse(path, target)
    assert result.exit_code == kind.exit_code
    assert all(word in result.output for word in [*words, str(path)])
    assert list(tmp_path.iterdir()) == [path]  # neither an output nor the rest of one


def test_an_earlier_output_survives_a_failure(tmp_path, source, target):
    target.write_text("earlier\n", encoding="utf-8")
    source.write_bytes(source.read_bytes() + b'9,"open')
    assert parse(source, target).exit_code == TruncatedFileError.exit_code
    assert target.read_text(encoding="utf-8") == "earlier\n"


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_missing_file_and_a_folder_are_named(tmp_path, target, name):
    result = parse(tmp_path / name, target)
    assert result.exit_code == 1
    assert str(tmp_path) in result.output
    assert not target.exists()


def test_a_missing_folder_of_the_output_is_named(source, tmp_path):
    result = parse(source, tmp_path / "absent" / "out.jsonl")
    assert result.exit_code == 1
    assert "no such folder" in result.output


def test_an_encoding_that_was_asked_for_is_taken(tmp_path, target):
    path = tmp_path / "in.csv"
    path.write_bytes("text\n授权\n".encode("gb18030"))
    assert parse(path, target, "--encoding", "utf-8").exit_code == FileEncodingError.exit_code
    assert parse(path, target, "--encoding", "gb18030").exit_code == 0


def test_rows_are_written_as_they_are_read(tmp_path, source):
    """No more than one row is held: what was read so far has been handed over."""

    class Sink(io.StringIO):
        most = 0

        def write(self, text: str) -> int:
            assert text.count("\n") == 1
            return super().write(text)

    sink = Sink()
    summary = events.parse_file(source, sink, name="in.csv", column="text")
    assert summary.rows == sink.getvalue().count("\n") == len(TEXTS)
