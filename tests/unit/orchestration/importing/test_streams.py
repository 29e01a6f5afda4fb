"""CSV read record by record: encodings told from all bytes, damage named with its place."""

from __future__ import annotations

import io

import pytest

from orchestration.importing import streams
from orchestration.importing.streams import csv_stream
from scrapers.errors import FileEncodingError, ImportFileError, TruncatedFileError


def records(data: bytes, encoding: str | None = None) -> list[tuple[int, list[str]]]:
    return list(csv_stream(io.BytesIO(data), "in.csv", encoding).records)


@pytest.mark.parametrize(
    ("codec", "label"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8 with BOM"), ("gb18030", "gb18030")],
)
@pytest.mark.parametrize("block", [5, 7, 1 << 20])
def test_characters_on_the_edge_of_a_block(monkeypatch, codec, label, block):
    monkeypatch.setattr(streams, "_BLOCK", block)
    text = "no,text\r\n1,专利权的转移𠮷\r\n2,\u2002登记\r\n"
    table = csv_stream(io.BytesIO(text.encode(codec)), "in.csv")
    assert (table.encoding, table.header) == (label, ["no", "text"])
    assert list(table.records) == [(2, ["1", "专利权的转移𠮷"]), (3, ["2", "\u2002登记"])]


def test_a_record_has_the_line_that_it_begins_on():
    assert records(b'a,b\n1,"x\n\ny"\n\n2,z\n') == [
        (2, ["1", "x\n\ny"]),
        (5, []),
        (6, ["2", "z"]),
    ]


@pytest.mark.parametrize("block", [4, 1 << 20])
def test_utf8_that_ends_inside_a_character_is_not_taken_for_another_encoding(monkeypatch, block):
    monkeypatch.setattr(streams, "_BLOCK", block)
    with pytest.raises(TruncatedFileError, match=r"inside a character .*row 3"):
        records(("text\n" + "专利权\n" * 2).encode()[:-2])


@pytest.mark.parametrize("block", [16, 1 << 20])
def test_one_bad_byte_in_utf8_is_damage_wherever_it_stands(monkeypatch, block):
    monkeypatch.setattr(streams, "_BLOCK", block)
    good = "专利权的转移\n".encode()
    for place in (0, 20, 39):
        lines = [good] * 40
        lines[place] = b"\xff" + good
        if place == 0 and block == 16:
            continue  # nothing says yet that this is UTF-8; GB 18030 is tried and fails as well
        with pytest.raises(FileEncodingError, match=f"not UTF-8 .*row {place + 2}"):
            records(b"text\n" + b"".join(lines))


def test_a_given_encoding_is_the_only_one():
    with pytest.raises(FileEncodingError, match="not UTF-8"):
        records("text\n授权\n".encode("gb18030"), "utf-8")
    assert records("text\n授权\n".encode("gb18030"), "gb18030") == [(2, ["授权"])]
    with pytest.raises(FileEncodingError, match="not GB18030"):
        records(b"text\n\xff\xff\n", "gb18030")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", TruncatedFileError),
        (b'text\n"open', TruncatedFileError),
        (b'text\n"a"b\n', ImportFileError),
        ("text\n".encode("utf-16"), FileEncodingError),
        (b"PK\x03\x04a workbook", ImportFileError),
    ],
)
def test_damage_has_a_name(data, kind):
    with pytest.raises(kind, match=r"in\.csv"):
        records(data)


def test_a_quotation_mark_that_nobody_closed_does_not_take_the_whole_file(monkeypatch):
    monkeypatch.setattr(streams, "LARGEST_CELL", 1 << 17)
    with pytest.raises(ImportFileError, match=r"field larger than field limit .*row 3"):
        records(b'text\n1\n"' + b"2\n" * (1 << 18))
