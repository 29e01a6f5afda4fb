"""Numbers and dates: whatever form they are written in, the macros read back what was written."""

from __future__ import annotations

import datetime as dt
import warnings

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse import environment, manifest, project_arguments

INLINE = """
select
    w.n,
    {{ networks_application_no('w.application_no') }} as application_no,
    regexp_extract(
        {{ clean_number('w.publication_no') }}, '{{ publication_no_pattern() }}', 1
    ) as digits,
    regexp_extract(
        {{ clean_number('w.publication_no') }}, '{{ publication_no_pattern() }}', 2
    ) as kind,
    {{ written_date("trim(" ~ nfkc('w.day') ~ ")") }} as day
from written as w
order by w.n
"""
# Planning the statement costs more than a row: few examples of many rows each.
few = settings(max_examples=6)
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BLANKS = ["", " ", "\u3000", "\u2002", "\u00a0"]


def check_digit(digits: str) -> str:
    """Independent of the macro: weights 2 to 9, then 2 to 5, modulo 11, ten is X."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    return "0123456789X"[total % 11]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the macros as one statement over the table ``written``."""
    from dbt.cli.main import dbtRunner

    root = tmp_path_factory.mktemp("inline")
    arguments = ["compile", "--inline", INLINE, "--no-introspect", "--no-populate-cache", "--quiet"]
    with environment(root, root / "empty.duckdb", {}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome = dbtRunner(manifest=manifest()).invoke([*arguments, *project_arguments(root)])
    if outcome.exception is not None:
        raise outcome.exception
    return str(outcome.result.results[0].node.compiled_code)


def read(reader: str, rows: list[tuple[str | None, str | None, str | None]]) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute(
            "create table written (n integer, application_no varchar, publication_no varchar, "
            "day varchar)"
        )
        connection.executemany(
            "insert into written values (?, ?, ?, ?)", [(n, *row) for n, row in enumerate(rows)]
        )
        return [row[1:] for row in connection.execute(reader).fetchall()]


@st.composite
def application_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a number of either era as ``(written, normalised)``."""
    if draw(st.booleans()):
        digits = f"{draw(st.integers(2003, 2030))}{draw(st.sampled_from('12389'))}"
        digits += f"{draw(st.integers(0, 9_999_999)):07d}"
    else:
        year = draw(st.one_of(st.integers(85, 99), st.integers(0, 3)))
        digits = f"{year:02d}{draw(st.sampled_from('12389'))}{draw(st.integers(0, 99_999)):05d}"
    check = check_digit(digits)
    serial = -7 if len(digits) == 12 else -5
    blank = draw(st.sampled_from(BLANKS))
    spaced = blank.join([digits[: serial - 1], digits[serial - 1], digits[serial:]])
    prefix = draw(st.sampled_from(["", "CN", "ZL", "cn", "ZL ", "CN-"]))
    body = draw(
        st.sampled_from(
            [
                f"{digits}.{check}",
                f"{digits}{check}",
                digits,
                f"{digits}.",
                f"{spaced}.{check}",
                f"{digits}.{check.lower()}",
                f"{digits}{check}A",
                f"{digits}-B",
                f"{digits}A8",
                f"{digits}。{check}",
                f"{digits}.{check.replace('X', '×')}",
            ]
        )
    )
    written = f"{prefix}{body}"
    frame = draw(
        st.sampled_from(
            [
                "{}",
                " {} ",
                "申请号：{}",
                "(21)申请号 {}",
                "专利号:{}",
                "{};",
                "{}；",
                '="{}"',
                "'{}",
            ]
        )
    )
    written = frame.format(written)
    if draw(st.booleans()):
        written = written.translate(WIDE)
    return written, f"{digits}.{check}"


@st.composite
def publication_numbers(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw a publication number of any era as ``(written, digits, kind)``."""
    era = draw(st.sampled_from([7, 8, 9]))
    if era == 8:
        digits = f"{draw(st.integers(85, 88))}{draw(st.sampled_from('123'))}"
        digits += f"{draw(st.integers(0, 99_999)):05d}"
    else:
        digits = f"{draw(st.sampled_from('123'))}{draw(st.integers(0, 10 ** (era - 1) - 1))}"
        digits = digits[0] + digits[1:].zfill(era - 1)
    kind = draw(st.sampled_from(["", *"ABCUYSD", "A8", "A9", "B8", "C1", "Y1", "U8", "S9"]))
    prefix = draw(st.sampled_from(["", "CN", "cn", "CN ", "CN-"]))
    join = draw(st.sampled_from(["", " ", "-"])) if kind else ""
    written = f"{prefix}{digits}{join}{kind}"
    frame = draw(st.sampled_from(["{}", "公开号：{}", "（10）授权公告号 {}", "{}；", " {}"]))
    written = frame.format(written)
    return (written.translate(WIDE) if draw(st.booleans()) else written), digits, kind


@st.composite
def days(draw: st.DrawFn) -> tuple[str, dt.date]:
    """Draw a day as ``(written, day)``."""
    day = draw(st.dates(dt.date(1985, 4, 1), dt.date(2060, 12, 31)))
    serial = (day - dt.date(1899, 12, 30)).days
    written = draw(
        st.sampled_from(
            [
                f"{day:%Y.%m.%d}",
                f"{day.year}.{day.month}.{day.day}",
                f"{day:%Y-%m-%d}",
                f"{day:%Y/%m/%d}",
                f"{day:%Y%m%d}",
                f"{day:%Y%m%d}.0",
                f"{day:%Y%m%d}120000",
                f"{day:%Y-%m-%d}T00:00:00Z",
                f"{day:%Y-%m-%d} 12:00:00",
                f"{day.year}年{day.month}月{day.day}日",
                f"{day.year} 年 {day.month} 月 {day.day} 日",
                f" {day:%Y.%m.%d} ",
                str(serial),
                f"{serial}.0",
            ]
        )
    )
    return (written.translate(WIDE) if draw(st.booleans()) else written), day


@few
@given(rows=st.lists(application_numbers(), min_size=20, max_size=80))
def test_an_application_number_is_read_back_from_every_form(reader, rows):
    found = read(reader, [(written, None, None) for written, _ in rows])
    assert [row[0] for row in found] == [number for _, number in rows]


@few
@given(rows=st.lists(application_numbers(), min_size=20, max_size=80), wrong=st.integers(1, 10))
def test_another_check_digit_is_never_read(reader, rows, wrong):
    signs = "0123456789X"
    damaged = [number[:-1] + signs[(signs.index(number[-1]) + wrong) % 11] for _, number in rows]
    assert {row[0] for row in read(reader, [(text, None, None) for text in damaged])} == {None}


@few
@given(rows=st.lists(publication_numbers(), min_size=20, max_size=80))
def test_a_publication_number_is_read_back_from_every_form(reader, rows):
    found = read(reader, [(None, written, None) for written, _, _ in rows])
    assert [row[1:3] for row in found] == [(digits, kind) for _, digits, kind in rows]


@few
@given(rows=st.lists(days(), min_size=20, max_size=80))
def test_a_day_is_read_back_from_every_form(reader, rows):
    found = read(reader, [(None, None, written) for written, _ in rows])
    assert [row[3] for row in found] == [day for _, day in rows]


@few
@given(texts=st.lists(st.text(max_size=20), min_size=20, max_size=80))
def test_no_text_breaks_the_reading(reader, texts):
    for row in read(reader, [(text, text, text) for text in texts]):
        assert row[0] is None or len(row[0]) in {10, 14}
