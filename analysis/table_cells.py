"""Cells and notes that the layouts of tables share (表格单元与附注)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from analysis.errors import AnalysisError
from analysis.frames import Frame, as_polars, require_columns
from analysis.number_texts import MINUS, fixed, is_number, percent, significant, whole
from analysis.tables import MISSING, Cell, Kind, Row, RowKind, Table, Text

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What a table says about the build that it was made from.

    Attributes
    ----------
    build_id, settings_hash, version : str
        Columns of ``meta.builds``; they stand in the last note.
    is_synthetic : bool
        Any of the data is synthetic.
    method : mapping of str to str
        Method settings by name.
    panel_rows, panel_cities, panel_years : int, optional
        City-years, cities and years of the sample before lagging.
    cities : mapping of str to Text
        Names of cities in both languages, by code and by Chinese name.
    defects : mapping of str to Text
        Defects of the printed paper by their number, explained where a table shows printed values.
    codes : mapping of str to Text
        Words for coded values.
    """

    build_id: str
    settings_hash: str
    version: str
    is_synthetic: bool
    method: Mapping[str, str] = field(default_factory=dict)
    panel_rows: int | None = None
    panel_cities: int | None = None
    panel_years: int | None = None
    cities: Mapping[str, Text] = field(default_factory=dict)
    defects: Mapping[str, Text] = field(default_factory=dict)
    codes: Mapping[str, Text] = field(default_factory=dict)

    @property
    def provenance(self) -> Text:
        """Build, method settings and version."""
        return Text(
            f"构建 {self.build_id}，方法设定 {self.settings_hash}，greenties {self.version}。",
            f"Build {self.build_id}, method settings {self.settings_hash}, greenties "
            f"{self.version}.",
        )

    def word(self, code: object) -> Text:
        """Text of a coded value; an unknown code stands for itself, with blanks."""
        return self.codes.get(str(code), Text.same(str(code).replace("_", " ")))

    def explained(self, flags: Iterable[str]) -> tuple[Text, ...]:
        """One note for each defect among the flags of rows."""
        found = sorted({code for text in flags for code in re.findall(r"D-\d+", text or "")})
        return tuple(
            Text(f"{code}：{self.defects[code].zh}", f"{code}: {self.defects[code].en}")
            for code in found
            if code in self.defects
        )


def records(frame: Frame, columns: Sequence[str]) -> list[Record]:
    """Rows of a frame that must have these columns; NaN is None.

    Raises
    ------
    AnalysisError
        If a column is missing.
    """
    data = as_polars(frame)
    require_columns(data, columns)
    floats = [name for name, kind in data.schema.items() if kind.is_float()]
    return data.with_columns(pl.col(floats).fill_nan(None)).to_dicts()


def blank(*, companion: bool = False) -> Cell:
    """Nothing belongs here."""
    return Cell(Text.same(""), kind="blank", companion=companion)


def unavailable(reason: Text | str | None, *, companion: bool = False) -> Cell:
    """A value belongs here and is not there."""
    why = reason if isinstance(reason, Text) else bilingual(reason) if reason else NO_VALUE
    return Cell(Text.same(MISSING), kind="unavailable", hint=why, companion=companion)


NO_VALUE = Text("无数值", "no value")

# Reasons and notes that functions of this package write, in Chinese.
_CHINESE = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (
            r"(\d+) of (\d+) cities left out for missing values \((.*?) city-years\), weights "
            r"standardised among the others",
            r"\2 个城市中有 \1 个因缺失值未纳入（\3 个城市—年份），权重在其余城市之间标准化",
        ),
        (
            r"years left out, half of the cities or more have a missing value: ([\d, ]+)",
            r"半数以上（含半数）城市有缺失值的年份未纳入：\1",
        ),
        (r"(\d+) cells interpolated between years", r"\1 个单元在年份之间插值"),
        (r"(\d+) cities without an economic value left out", r"\1 个城市没有经济数值，未纳入"),
        (
            r"unit effects only: where years have common shocks, rho measures the common trend; "
            r"the two-way model with Lee-Yu stands beside it",
            "仅有城市效应：各年有共同冲击时 ρ 度量共同趋势；附有 Lee-Yu 校正的双向模型",
        ),
        (
            r"period effects without the Lee-Yu transformation: rho and the coefficients are "
            r"biased with dense weights",
            "年份效应未作 Lee-Yu 变换：权重稠密时 ρ 与系数有偏",
        ),
        (r"absorbed by the entity and period effects", "被城市与年份效应吸收"),
        (r"absorbed by the entity effects", "被城市效应吸收"),
        (r"absorbed by the period effects", "被年份效应吸收"),
        (r"linear combination of (.*) and the effects", r"是 \1 与固定效应的线性组合"),
        (r"linear combination of ([^;]*)", r"是 \1 的线性组合"),
        (r"no city-year in the sample", "样本中没有城市—年份"),
        (r"no value in ([^;]*)", r"\1 没有数值"),
        (r"no row is complete in ([^;]*)", r"没有一行的 \1 都有数值"),
        (
            r"no city is complete in (\S+) and all regressors",
            r"没有一个城市的 \1 与全部解释变量都有数值",
        ),
        (r"(\d+) complete rows for (\d+) parameters", r"\1 行完整数据不足以估计 \2 个参数"),
        (
            r"(\d+) complete rows for (\d+) regressors and (\d+) effects",
            r"\1 行完整数据不足以估计 \2 个解释变量与 \3 个固定效应",
        ),
        (r"(\d+) units without neighbour", r"\1 个没有邻居的单元"),
        (r"this release has no (\S+)", r"此次发布没有 \1"),
        (r"no estimate of this (?:column|specification)", "没有这一列的估计"),
    )
)


def bilingual(english: str) -> Text:
    """A reason or note with its Chinese wording; what has none stays English in both."""
    chinese = english
    for pattern, wording in _CHINESE:
        chinese = pattern.sub(wording, chinese)
    return Text(chinese.replace("; ", "；") if chinese != english else english, english)


def number(
    value: Any,
    write: Callable[[Any], str],
    kind: Kind = "number",
    *,
    reason: Text | str | None = None,
    companion: bool = False,
    after: str = "",
) -> Cell:
    """A number as ``write`` prints it, stars after it; unavailable without one."""
    if not is_number(value):
        return unavailable(reason, companion=companion)
    plain = value if isinstance(value, int | float) else float(value)
    return Cell(Text.same(write(plain) + after), value=plain, kind=kind, companion=companion)


def three(value: float) -> str:
    """Three decimals, as coefficients are printed."""
    return fixed(value, 3)


def four(value: float) -> str:
    """Four decimals, as Moran's I is printed."""
    return fixed(value, 4)


def in_parentheses(value: float) -> str:
    """A standard error in full-width parentheses."""
    return f"（{fixed(value, 3)}）"


def count(value: Any, *, reason: Text | str | None = None, companion: bool = False) -> Cell:
    """A count."""
    return number(value, whole, "count", reason=reason, companion=companion)


def share(value: Any, *, reason: Text | str | None = None, companion: bool = False) -> Cell:
    """A share in percent with one decimal."""
    return number(value, percent, "percent", reason=reason, companion=companion)


def moment(value: Any, *, reason: Text | str | None = None, companion: bool = False) -> Cell:
    """Four significant digits."""
    return number(value, significant, "number", reason=reason, companion=companion)


def label(text: Text | str, hint: Text | None = None) -> Cell:
    """First cell of a row."""
    return Cell(text if isinstance(text, Text) else Text.same(text), kind="label", hint=hint)


def said(text: Text | str | None) -> Cell:
    """Running text; a dash without one."""
    if text is None or text == "":
        return unavailable(None)
    return Cell(text if isinstance(text, Text) else Text.same(text), kind="text")


def head(text: Text | str, span: int = 1, *, companion: bool = False) -> Cell:
    """A heading over one or more columns."""
    return Cell(
        text if isinstance(text, Text) else Text.same(text),
        kind="head",
        span=span,
        companion=companion,
    )


def block(text: Text, n_columns: int) -> Row:
    """A heading across the table between rows."""
    return Row((Cell(text, kind="block", span=n_columns),), "block")


def symbol(name: str) -> str:
    """A variable as printed: ``ln_gpatent`` is ``ln gpatent``."""
    return re.sub(r"^ln_", "ln ", name)


def minus(text: str | None) -> str:
    """A printed number with the sign U+2212."""
    return (text or "").replace("-", MINUS)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a listing: name in the frame, heading, and how a cell is made from a row."""

    heading: Text
    cell: Callable[[Record], Cell]


def listing(
    facts: BuildFacts,
    rows: Sequence[Record],
    columns: Sequence[Column],
    *,
    id: str,
    number: str,
    title: Text,
    notes: Sequence[Text] = (),
    group: Callable[[Record], Text | None] | None = None,
    empty: Text | None = None,
) -> Table:
    """Lay rows out as they come: one heading per column, a block where ``group`` changes.

    A table without rows says so in its only row.
    """
    width = len(columns)
    body: list[Row] = []
    before: Text | None = None
    for row in rows:
        if group is not None and (name := group(row)) is not None and name != before:
            body.append(block(name, width))
            before = name
        body.append(Row(tuple(column.cell(row) for column in columns)))
    if not body:
        body = [Row((Cell(empty or NOTHING, kind="text", span=width),))]
    return Table(
        id=id,
        number=number,
        title=title,
        header=(Row(tuple(head(column.heading) for column in columns), "head"),),
        body=tuple(body),
        notes=(*reasons(rows), *notes, facts.provenance),
        is_synthetic=facts.is_synthetic,
    )


NOTHING = Text("本次构建没有相应的数据。", "This build has no such data.")


def reasons(rows: Iterable[Record]) -> tuple[Text, ...]:
    """One note with the reasons of rows that are not available."""
    found: dict[str, None] = {}
    for row in rows:
        if row.get("status") not in {None, "ok"} and row.get("reason"):
            found[str(row["reason"])] = None
    if not found:
        return ()
    said_why = [bilingual(reason) for reason in found]
    chinese = "；".join(why.zh for why in said_why)
    return (Text(f"无法给出的数值及原因：{chinese}。", f"Not available: {'; '.join(found)}."),)


def one_value(rows: Sequence[Record], name: str) -> Any:
    """The value that all rows with one have in common, None without any.

    Raises
    ------
    AnalysisError
        If they differ: a footer cannot state two values.
    """
    found = list(dict.fromkeys(row[name] for row in rows if row.get(name) is not None))
    if len(found) > 1:
        raise AnalysisError(f"{name} differs within one column of a table: {found[:3]}")
    return found[0] if found else None


def rows_of(kind: RowKind, *cells: Cell) -> Row:
    """A row of cells of one kind."""
    return Row(cells, kind)
