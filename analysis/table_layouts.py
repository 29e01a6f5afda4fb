"""Tables 1 to 5 in the layout of the paper (原文表格版式), from frames of published reports.

Each function takes the frame of one report and the facts of the build and returns one `Table`.
``paper=True`` puts the printed numbers and the defects of the printed paper beside ours; without it
the layout is the paper's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis.errors import AnalysisError
from analysis.frames import Frame
from analysis.number_texts import fixed
from analysis.table_cells import (
    NOTHING,
    BuildFacts,
    Record,
    bilingual,
    blank,
    block,
    count,
    head,
    in_parentheses,
    label,
    minus,
    moment,
    number,
    one_value,
    reasons,
    records,
    rows_of,
    share,
    symbol,
    three,
    unavailable,
)
from analysis.tables import NO_YEAR_BEFORE, Cell, Row, Table, Text

OURS = Text("本次构建", "This build")
PRINTED = Text("原文", "Paper, as printed")
FLAGS = Text("缺陷", "Defects")
VARIABLE = Text("变量", "Variable")
YES = Text("是", "yes")
NO_ESTIMATE = Text("无估计", "no estimate")

BLOCKS = {
    "dependent": Text("被解释变量及其分解", "Dependent variable and its decomposition"),
    "supply": Text("供给因素", "Supply"),
    "demand": Text("需求因素", "Demand"),
    "network_cost": Text("网络与成本因素", "Network and cost"),
    "controls": Text("其他控制变量", "Other controls"),
}

NOT_REPRODUCED = Text(
    "原文数字仅供对照：以其他数据不能复现原文数字。",
    "The printed numbers stand beside ours for reading only: other records do not reproduce them.",
)
SEMI_ELASTICITY = Text(
    "被解释变量与计数类解释变量取 ln(1+x)，系数针对 1+x，不是 x 的弹性。",
    "Outcomes and counts enter as ln(1 + x): coefficients tell of changes in 1 + x and are no "
    "elasticities of x.",
)
NO_CAUSE = Text(
    "滞后的中心度与被解释变量出自同一网络，其系数不是因果效应（D-30）。",
    "Lagged centralities come from the network that makes the outcome: their coefficients are not "
    "effects of a cause (D-30).",
)

# Table 1

_DYNAMICS = (
    ("n_partners", "Cₙ", False),
    ("n_kept", "Xₙ", False),
    ("kept_percent", "Xₙ/Cₙ", True),
    ("n_new", "Zₙ", False),
    ("new_percent", "Zₙ/Cₙ", True),
    ("n_lost", "Tₙ", False),
    ("lost_percent", "Tₙ/Cₙ₋₁", True),
)
BASES = {
    "application": Text("联合申请", "joint applications"),
    "grant": Text("联合授权", "joint grants"),
}


def table1(
    frame: Frame,
    facts: BuildFacts,
    *,
    city: str | None = None,
    basis: str | None = None,
    paper: bool = False,
) -> Table:
    """Table 1: partner cities of one city that were kept, won and lost (合作城市的动态变化).

    Parameters
    ----------
    frame : polars or pandas data frame
        Rows of ``marts.fct_partner_dynamics`` or of ``reports.rpt_table1_partner_dynamics``:
        ``adcode, city_name, basis, year, n_partners, n_kept, kept_percent, n_new, new_percent,
        n_lost, lost_percent``; with ``paper`` the columns ``paper_...`` and ``paper_defects``.
    city, basis : str, optional
        Code of the city; ``application`` or ``grant``. Needed where the frame holds several.

    Raises
    ------
    AnalysisError
        If a column is missing, or the rows are not those of one city and basis.
    """
    wanted = [name for name, *_ in _DYNAMICS]
    printed = [f"paper_{name}" for name in wanted]
    columns = ["adcode", "city_name", "basis", "year", *wanted]
    rows = records(frame, [*columns, *([*printed, "paper_defects"] if paper else [])])
    rows = [
        row
        for row in rows
        if (city is None or row["adcode"] == city) and (basis is None or row["basis"] == basis)
    ]
    rows.sort(key=lambda row: row["year"])
    found = {(row["adcode"], row["basis"]) for row in rows}
    if len(found) > 1:
        raise AnalysisError(
            f"Table 1 is about one city and basis, the rows hold {len(found)}: "
            f"{sorted(map(str, found))[:3]}"
        )
    if rows and len({row["year"] for row in rows}) < len(rows):
        raise AnalysisError(f"Table 1: a year occurs twice for {rows[0]['adcode']}")
    which = rows[0] if rows else {"adcode": city, "city_name": city or "", "basis": basis}
    name = facts.cities.get(str(which["adcode"]), Text.same(which["city_name"] or ""))
    counted = BASES.get(str(which["basis"]), Text.same(which["basis"] or ""))
    n_columns = 1 + len(_DYNAMICS) * (2 if paper else 1) + paper
    first = min((row["year"] for row in rows), default=None)

    def cells(row: Record, prefix: str) -> list[Cell]:
        companion = bool(prefix)
        made = []
        for field, _, is_share in _DYNAMICS:
            value = row[prefix + field]
            if value is None and row["year"] == first and field != "n_partners":
                made.append(
                    Cell(
                        Text.same(NO_YEAR_BEFORE), kind="unavailable", companion=companion,
                        hint=Text("没有上一年", "no year before"),
                    )
                )  # fmt: skip
            else:
                why = Text("分母为零或无数值", "a denominator of zero, or no value")
                made.append((share if is_share else count)(value, reason=why, companion=companion))
        return made

    body = [
        Row(
            (
                label(str(row["year"])),
                *cells(row, ""),
                *((*cells(row, "paper_"), _flags(row["paper_defects"])) if paper else ()),
            )
        )
        for row in rows
    ]
    if not body:
        body = [Row((Cell(NOTHING, span=n_columns),))]
    heads = [head(sign) for _, sign, _ in _DYNAMICS]
    header = [rows_of("head", head(Text("年份", "Year")), *heads)]
    if paper:
        group = [head(""), head(OURS, 7), head(PRINTED, 7, companion=True), head("")]
        printed_heads = [head(sign, companion=True) for _, sign, _ in _DYNAMICS]
        header = [
            rows_of("head", *group),
            rows_of("head", head(Text("年份", "Year")), *heads, *printed_heads, head(FLAGS)),
        ]
    return Table(
        id="table1",
        number="1",
        title=Text(
            f"{name.zh}合作城市的动态变化（{counted.zh}）",
            f"Partner cities of {name.en}, {counted.en}",
        ),
        header=tuple(header),
        body=tuple(body),
        notes=(
            Text(
                "Cₙ 为当年合作城市数，Xₙ 为保留、Zₙ 为新增、Tₙ 为退出的城市数；"
                "第一年没有上一年可比。",
                "Cₙ partner cities of the year; Xₙ kept, Zₙ new, Tₙ lost since the year before; "
                "the first year has none before it.",
            ),
            Text(
                "每一年都有 Cₙ = Xₙ + Zₙ 和 Cₙ₋₁ = Xₙ + Tₙ。",
                "Cₙ = Xₙ + Zₙ and Cₙ₋₁ = Xₙ + Tₙ hold in every year.",
            ),
            *_printed_notes(facts, rows, paper, place=Text("北京", "Beijing")),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
    )


# Table 2

_MOMENTS = (
    ("n", Text.same("N")),
    ("mean", Text("均值", "Mean")),
    ("sd", Text("标准差", "S.d.")),
    ("min", Text("最小值", "Min")),
    ("max", Text("最大值", "Max")),
)


def table2(frame: Frame, facts: BuildFacts, *, paper: bool = False) -> Table:
    """Table 2: descriptive statistics in five blocks (描述性统计), four significant digits.

    Parameters
    ----------
    frame : polars or pandas data frame
        ``position, block, label_zh, label_en, unit, symbol, n, mean, sd, min, max``; with ``paper``
        the columns ``paper_...`` and ``paper_defects``.
    """
    names = [name for name, _ in _MOMENTS]
    more = [f"paper_{name}" for name in names] + ["paper_defects"] if paper else []
    rows = records(
        frame, ["position", "block", "label_zh", "label_en", "unit", "symbol", *names, *more]
    )
    rows.sort(key=lambda row: row["position"])
    n_columns = 2 + len(names) * (2 if paper else 1) + paper
    why = Text("面板中没有数值", "no value in the panel")

    def cells(row: Record, prefix: str) -> list[Cell]:
        return [
            (count if name == "n" else moment)(
                row[prefix + name], reason=why, companion=bool(prefix)
            )
            for name in names
        ]

    body: list[Row] = []
    before = None
    for row in rows:
        if row["block"] != before:
            before = row["block"]
            body.append(block(BLOCKS.get(before, Text.same(before)), n_columns))
        unit = f", {row['unit']}" if row["unit"] else ""
        body.append(
            Row(
                (
                    label(Text(row["label_zh"], (row["label_en"] or "") + unit)),
                    Cell(Text.same(symbol(row["symbol"])), kind="text"),
                    *cells(row, ""),
                    *((*cells(row, "paper_"), _flags(row["paper_defects"])) if paper else ()),
                )
            )
        )
    heads = [head(text) for _, text in _MOMENTS]
    names_row = [head(VARIABLE), head(Text("符号", "Symbol")), *heads]
    header = [rows_of("head", *names_row)]
    if paper:
        printed = [head(text, companion=True) for _, text in _MOMENTS]
        header = [
            rows_of(
                "head", head(""), head(""), head(OURS, 5), head(PRINTED, 5, companion=True),
                head(""),
            ),
            rows_of("head", *names_row, *printed, head(FLAGS)),
        ]  # fmt: skip
    return Table(
        id="table2",
        number="2",
        title=Text("描述性统计", "Descriptive statistics"),
        header=tuple(header),
        body=tuple(body) or (Row((Cell(NOTHING, span=n_columns),)),),
        notes=(
            *_panel_note(facts),
            Text(
                "滞后之前的样本城市—年份；标准差除以 N − 1；四位有效数字。"
                "缺失值保持缺失，不记为 0。",
                "City-years of the sample before lagging; s.d. divides by N − 1; four significant "
                "digits. A missing value stays missing, it is never 0.",
            ),
            Text(
                "extensive 与 intensive 以符号对应的名称列出；"
                "原文表2 将两者的中文名称互换（D-03）。",
                "extensive and intensive stand under the names of their symbols; the paper prints "
                "the Chinese names exchanged (D-03).",
            ),
            *_printed_notes(facts, rows, paper),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
    )


# Tables 3 and 4

_OUTCOMES = {
    "ln_rsi": "ln rsi",
    "ln_extensive": "ln extensive",
    "ln_intensive": "ln intensive",
}
_REGRESSION = (
    "column_no", "position", "term", "label_zh", "label_en", "outcome", "coef", "std_error",
    "stars", "n_obs", "n_entities", "n_periods", "r2_adj", "r2_within", "cluster_convention",
    "note", "status", "reason",
)  # fmt: skip
_REGRESSION_PAPER = (
    "paper_coef", "paper_std_error", "paper_coef_text", "paper_se_text", "paper_n_obs",
    "paper_r2_adj", "paper_defects",
)  # fmt: skip


def table3(frame: Frame, facts: BuildFacts, *, paper: bool = False) -> Table:
    """Table 3: two-way fixed effects of ln rsi in three steps (基准回归).

    Parameters
    ----------
    frame : polars or pandas data frame
        Columns of ``reports.rpt_table3_baseline``, one row per printed cell; ``symbol`` where
        there is one, else ``term`` names the rows.
    """
    return _two_way(
        frame,
        facts,
        paper=paper,
        id="table3",
        title=Text("基准回归结果", "Baseline regressions"),
        outcomes=("ln_rsi",) * 3,
        more=(),
    )


def table4(frame: Frame, facts: BuildFacts, *, paper: bool = False) -> Table:
    """Table 4: the extensive and the intensive margin (拓展边际与集约边际), columns (1) to (6).

    Parameters
    ----------
    frame : polars or pandas data frame
        Columns of ``reports.rpt_table4_margins``, one row per printed cell.
    """
    return _two_way(
        frame,
        facts,
        paper=paper,
        id="table4",
        title=Text("拓展边际与集约边际", "Extensive and intensive margin"),
        outcomes=("ln_extensive",) * 3 + ("ln_intensive",) * 3,
        more=(
            Text(
                "第（1）至（3）列：上年的 DC 等于上年合作城市数除以 N − 1，即滞后的被解释变量，"
                "与城市效应同在时系数有 Nickell 偏误（D-30）；动态面板检验见稳健性表。",
                "Columns (1) to (3): DC of the year before is the number of partners of the year "
                "before over N − 1, a lagged outcome beside city effects, whose coefficients carry "
                "Nickell's bias (D-30); the check by dynamic panels is in the table of robustness.",
            ),
            Text(
                "在 ln(1+x) 下两个边际之和不等于 ln rsi（D-32）。",
                "Under ln(1 + x) the two margins do not add up to ln rsi (D-32).",
            ),
        ),
    )


def _two_way(
    frame: Frame,
    facts: BuildFacts,
    *,
    paper: bool,
    id: str,
    title: Text,
    outcomes: Sequence[str],
    more: Sequence[Text],
) -> Table:
    rows = records(frame, [*_REGRESSION, *(_REGRESSION_PAPER if paper else ())])
    width = len(outcomes)
    numbers = range(1, width + 1)
    by_column = {n: [row for row in rows if row["column_no"] == n] for n in numbers}
    cells = {(row["position"], row["column_no"]): row for row in rows}
    if len(cells) < len(rows):
        raise AnalysisError(f"{id}: a cell occurs twice among {len(rows)} rows")
    if unknown := sorted({row["column_no"] for row in rows} - set(numbers)):
        raise AnalysisError(f"{id} has no column {unknown}")
    positions = sorted({row["position"] for row in rows})
    body: list[Row] = []
    for position in positions:
        of = [cells.get((position, n)) for n in numbers]
        body += _pair_of_rows(of, paper=paper)
    if not body:
        body = [Row((Cell(NOTHING, span=1 + width * (2 if paper else 1) + paper),))]

    def footer(name: Text, ours: Callable[[int], Cell], printed: Callable[[int], Cell]) -> Row:
        return rows_of(
            "footer",
            label(name),
            *(ours(n) for n in numbers),
            *((*(printed(n) for n in numbers), blank()) if paper else ()),
        )

    def estimated(n: int) -> Cell:
        if one_value(by_column[n], "n_obs") is None:
            return unavailable(_reason(by_column[n]))
        return Cell(YES, kind="footer")

    def ours(name: str) -> Callable[[int], Cell]:
        def made(n: int) -> Cell:
            value, why = one_value(by_column[n], name), _reason(by_column[n])
            return (
                count(value, reason=why)
                if name == "n_obs"
                else number(value, three, "footer", reason=why)
            )

        return made

    def printed(name: str) -> Callable[[int], Cell]:
        def made(n: int) -> Cell:
            value = one_value(by_column[n], f"paper_{name}")
            return (
                count(value, companion=True)
                if name == "n_obs"
                else number(value, three, "footer", companion=True)
            )

        return made

    def always(n: int) -> Cell:
        return Cell(YES, kind="footer", companion=True)

    body += [
        footer(Text("年份固定效应", "Year fixed effects"), estimated, always),
        footer(Text("城市固定效应", "City fixed effects"), estimated, always),
        footer(Text.same("N"), ours("n_obs"), printed("n_obs")),
        footer(Text("调整的 R²", "Adjusted R²"), ours("r2_adj"), printed("r2_adj")),
    ]
    return Table(
        id=id,
        number=id.removeprefix("table"),
        title=title,
        header=_regression_header(outcomes, paper=paper),
        body=tuple(body),
        notes=(
            *_regression_notes(by_column, facts),
            *more,
            SEMI_ELASTICITY,
            NO_CAUSE,
            Text(
                "ln tech、zts、gjs、rps、qrate 为省级变量，聚类到城市的标准误偏小（D-28）；"
                "rps = zts × gjs，两个主效应是协同为零处的效应（D-29）。",
                "ln tech, zts, gjs, rps and qrate vary by province alone, so that errors clustered "
                "by city are too small (D-28); rps = zts × gjs, and the two main effects are those "
                "at a synergy of zero (D-29).",
            ),
            *_printed_notes(facts, rows, paper),
            *reasons(rows),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
    )


def _regression_header(outcomes: Sequence[str], *, paper: bool) -> tuple[Row, ...]:
    width = len(outcomes)

    def groups(companion: bool) -> list[Cell]:
        made: list[tuple[str, int]] = []
        for outcome in outcomes:
            if made and made[-1][0] == outcome:
                made[-1] = (outcome, made[-1][1] + 1)
            else:
                made.append((outcome, 1))
        return [
            head(_OUTCOMES.get(name, symbol(name)), span, companion=companion)
            for name, span in made
        ]

    def columns(companion: bool) -> list[Cell]:
        return [head(f"({n})", companion=companion) for n in range(1, width + 1)]

    rows = [
        rows_of("head", head(""), *groups(False), *((*groups(True), head("")) if paper else ())),
        rows_of(
            "head",
            head(VARIABLE),
            *columns(False),
            *((*columns(True), head(FLAGS)) if paper else ()),
        ),
    ]
    if paper:
        rows.insert(
            0,
            rows_of(
                "head", head(""), head(OURS, width), head(PRINTED, width, companion=True), head("")
            ),
        )
    return tuple(rows)


def _pair_of_rows(of: Sequence[Record | None], *, paper: bool) -> list[Row]:
    """Coefficients with stars, and beneath them the standard errors."""
    first = next(row for row in of if row is not None)
    upper = [_coefficient(row) for row in of]
    lower = [_error(row) for row in of]
    if paper:
        upper += [_printed(row, "paper_coef", "paper_coef_text") for row in of]
        lower += [_printed(row, "paper_std_error", "paper_se_text") for row in of]
        upper.append(_flags(first["paper_defects"]))
        lower.append(blank())
    name = symbol(first.get("symbol") or first["term"])
    hint = Text(first["label_zh"] or name, first["label_en"] or name)
    return [
        Row((label(name, hint), *upper)),
        Row((blank(), *lower), "error"),
    ]


def _coefficient(row: Record | None) -> Cell:
    if row is None:
        return blank()
    why = row["reason"] or row["note"]
    return number(
        row["coef"], three, "coefficient", reason=why or NO_ESTIMATE, after=row["stars"] or ""
    )


def _error(row: Record | None) -> Cell:
    if row is None or row["std_error"] is None:
        return blank()
    return number(row["std_error"], in_parentheses, "error")


def _printed(row: Record | None, value: str, text: str) -> Cell:
    if row is None or row[text] is None:
        return blank(companion=True)
    is_error = value.endswith("std_error")
    return Cell(
        Text.same(minus(row[text])),
        value=row[value],
        kind="error" if is_error else "coefficient",
        companion=True,
    )


def _reason(rows: Sequence[Record]) -> Text:
    found = next((str(row["reason"]) for row in rows if row["reason"]), None)
    return NO_ESTIMATE if found is None else bilingual(found)


def _flags(text: str | None) -> Cell:
    return Cell(Text.same(text or ""), kind="text" if text else "blank")


def _panel_note(facts: BuildFacts) -> tuple[Text, ...]:
    if facts.panel_rows is None or facts.panel_cities is None or facts.panel_years is None:
        return ()
    rows, cities, years = facts.panel_rows, facts.panel_cities, facts.panel_years
    return (
        Text(
            f"样本为 {cities} 个城市、{years} 年，共 {rows} 个城市—年份。",
            f"The sample has {cities} cities in {years} years, {rows} city-years.",
        ),
    )


def _printed_notes(
    facts: BuildFacts, rows: Sequence[Record], paper: bool, place: Text | None = None
) -> tuple[Text, ...]:
    if not paper:
        return ()
    where = (
        (Text(f"原文数字为{place.zh}的数字。", f"The printed numbers are those of {place.en}."),)
        if place
        else ()
    )
    return (
        *where,
        NOT_REPRODUCED,
        *facts.explained(row["paper_defects"] or "" for row in rows),
    )


def _regression_notes(by_column: dict[int, list[Record]], facts: BuildFacts) -> tuple[Text, ...]:
    """Convention, G, N, K, dropped rows, timing, within R squared, terms that were left out."""
    done = {n: rows for n, rows in by_column.items() if one_value(rows, "n_obs") is not None}
    if not done:
        return ()
    full = done[max(done)]
    n_obs, cities = one_value(full, "n_obs"), one_value(full, "n_entities")
    years, convention = one_value(full, "n_periods"), one_value(full, "cluster_convention")
    regressors = ", ".join(
        f"({n}) {sum(row['coef'] is not None for row in rows)}" for n, rows in done.items()
    )
    within = ", ".join(
        f"({n}) {fixed(value, 3)}"
        for n, rows in done.items()
        if (value := one_value(rows, "r2_within")) is not None
    )
    lagged = [_name(row) for row in full if (row["note"] or "").startswith("year before")]
    same = [_name(row) for row in full if (row["note"] or "").startswith("same year")]
    left_out: dict[str, list[str]] = {}
    for rows in done.values():
        for row in rows:
            if row["status"] == "left_out":
                why = (row["note"] or "").partition("left out: ")[2] or row["reason"] or ""
                left_out.setdefault(f"{_name(row)}: {why}", []).append(f"({row['column_no']})")
    notes = [
        Text(
            f"括号内为聚类到城市的稳健标准误（G = {cities} 个聚类，小样本调整 {convention}）；"
            f"***、**、* 分别表示在 1%、5%、10% 水平上显著，t 分布自由度为 {cities - 1}。",
            f"In parentheses standard errors clustered by city (G = {cities}), small-sample factor "
            f"{convention}; ***, **, * significant at 1, 5, 10 percent, t with {cities - 1} "
            "degrees of freedom.",
        ),
        Text(
            f"N = {n_obs}：{cities} 个城市、{years} 年，各列样本相同；"
            f"解释变量个数 K：{regressors}。",
            f"N = {n_obs}: {cities} cities in {years} years, the same rows in every column; "
            f"regressors K: {regressors}.",
        ),
    ]
    if facts.panel_rows is not None:
        notes.append(_dropped(facts.panel_rows, n_obs, bool(lagged), facts.panel_cities or 0))
    if within:
        notes.append(Text(f"组内 R²：{within}。", f"Within R²: {within}."))
    notes.append(
        Text(
            f"取上一年数值：{'、'.join(lagged) or '无'}；取当年数值：{'、'.join(same) or '无'}。",
            f"Of the year before: {', '.join(lagged) or 'none'}. Of the same year: "
            f"{', '.join(same) or 'none'}.",
        )
    )
    notes += [
        Text(
            f"第 {'、'.join(columns)} 列未纳入 {bilingual(text).zh}。",
            f"Left out of column {', '.join(columns)}: {text}.",
        )
        for text, columns in left_out.items()
    ]
    return tuple(notes)


def _dropped(panel: int, used: int, is_lagged: bool, cities: int) -> Text:
    gone, first = panel - used, cities if is_lagged else 0
    if gone < first:
        first = 0
    return Text(
        f"样本 {panel} 个城市—年份中有 {gone} 个未用：{first} 个没有上一年，"
        f"{gone - first} 个有缺失值或只剩一年。",
        f"Of {panel} city-years of the sample {gone} are not used: {first} have no year before, "
        f"{gone - first} have a missing value or are the only year of a city.",
    )


def _name(row: Record) -> str:
    return symbol(row.get("symbol") or row["term"])


# Table 5

PARTS = (
    ("main", Text("空间杜宾模型", "Spatial Durbin")),
    ("wx", Text("空间溢出效应", "Spillovers (WX)")),
    ("direct", Text("直接效应", "Direct")),
    ("indirect", Text("间接效应", "Indirect")),
    ("total", Text("总效应", "Total")),
)
SPECIFICATIONS = {
    "table5": Text("城市固定效应，反距离权重", "City effects, inverse distance"),
    "two_way_leeyu": Text(
        "双向固定效应（Lee-Yu 校正），反距离权重",
        "Two-way effects with Lee-Yu correction, inverse distance",
    ),
    "two_way_plain": Text(
        "双向固定效应（未校正），反距离权重", "Two-way effects, not corrected, inverse distance"
    ),
    "economic": Text("经济距离权重", "Economic weights"),
    "economic_geographic": Text("经济地理嵌套权重", "Nested economic-geographic weights"),
    "inverse_squared": Text("反距离平方权重", "Inverse squared distance"),
    "nearest": Text("最近邻权重", "Nearest neighbours"),
}
_SPATIAL = (
    "specification", "column_no", "column_kind", "position", "term", "symbol", "label_zh",
    "label_en", "coef", "std_error", "stars", "rho", "rho_se", "rho_stars", "n_obs", "n_entities",
    "n_periods", "r2", "log_likelihood", "effects", "leeyu", "information", "draws", "seed",
    "weights_kind", "weights_fingerprint", "note", "status", "reason",
)  # fmt: skip
_SPATIAL_PAPER = (
    "paper_coef", "paper_std_error", "paper_coef_text", "paper_se_text", "paper_defects",
)  # fmt: skip
COMMON_TREND = Text(
    "只有城市效应时，各年共同的冲击同时进入每个城市的 ln rsi 与 W·ln rsi，ρ 主要度量共同趋势，"
    "不能解释为城市之间的溢出；双向固定效应去除年份冲击，稠密权重下须作 Lee-Yu 校正。",
    "With city effects alone, shocks common to all cities of a year enter ln rsi and W·ln rsi of "
    "every city at once: rho then measures the common trend and is no spillover between cities. "
    "Two-way effects remove the shocks of years; with dense weights they need Lee and Yu's "
    "correction.",
)
NO_FEEDBACK_CLAIM = Text(
    "(1) 与 (3) 列之差即网络内的反馈，是权重矩阵的性质，此处只报告，不据以推断原文的权重。",
    "The gap between columns (1) and (3) is feedback, a property of the weights; it is reported "
    "and nothing about the paper's weights is inferred from it.",
)


def table5(frame: Frame, facts: BuildFacts, *, paper: bool = False) -> Table:
    """Table 5: spatial Durbin model with city effects (空间杜宾模型), columns (1) to (5).

    Parameters
    ----------
    frame : polars or pandas data frame
        Columns of ``reports.rpt_table5_spatial``, one row per cell; other specifications than
        ``table5`` are passed over. With ``paper`` the columns ``paper_...``.
    """
    return spatial_table(
        frame,
        facts,
        ("table5",),
        id="table5",
        number="5",
        title=Text("空间杜宾模型估计结果", "Spatial Durbin model"),
        paper=paper,
        notes=(
            Text(
                "与原文相同，不含 ln tech、carbon_trade 与 qrate（D-17）。",
                "As in the paper without ln tech, carbon_trade and qrate (D-17).",
            ),
            NO_FEEDBACK_CLAIM,
        ),
    )


def table5_two_way(frame: Frame, facts: BuildFacts) -> Table:
    """Table 5 beside its two-way version with Lee and Yu's correction (双向固定效应对照)."""
    return spatial_table(
        frame,
        facts,
        ("table5", "two_way_leeyu"),
        id="table5_two_way",
        number="5b",
        title=Text(
            "空间杜宾模型：城市固定效应与双向固定效应",
            "Spatial Durbin model: city effects and two-way effects",
        ),
    )


def table5_weights(frame: Frame, facts: BuildFacts) -> Table:
    """Table 5 with economic and economic-geographic weights (经济权重稳健性)."""
    return spatial_table(
        frame,
        facts,
        ("economic", "economic_geographic"),
        id="table5_weights",
        number="5c",
        title=Text(
            "空间杜宾模型：经济权重与经济地理权重",
            "Spatial Durbin model: economic and economic-geographic weights",
        ),
    )


def _counted_periods(rows: Sequence[Record]) -> list[Text]:
    """Say by how much errors that count NT rows under unit effects are too small."""
    periods = {
        int(row["n_periods"])
        for row in rows
        if row["effects"] == "individual" and row["leeyu"] is False and row["n_periods"]
    }
    return [
        Text(
            "仅有城市效应的各列按原文以 NT 个观测计数，标准误比按 N(T−1) 计数时小 "
            f"{short} %（T = {t}）。",
            "Columns with city effects alone count NT rows, as the paper does; their standard "
            f"errors are {short} percent smaller than those that count N(T−1) (T = {t}).",
        )
        for t, short in ((t, f"{100 * (1 - ((t - 1) / t) ** 0.5):.1f}") for t in sorted(periods))
    ]


def spatial_table(
    frame: Frame,
    facts: BuildFacts,
    specifications: Sequence[str],
    *,
    id: str,
    number: str,
    title: Text,
    paper: bool = False,
    notes: Sequence[Text] = (),
) -> Table:
    """Lay specifications of the spatial model out side by side, five columns each.

    Raises
    ------
    AnalysisError
        If a column is missing or a cell occurs twice.
    """
    wanted = set(specifications)
    rows = [
        row
        for row in records(frame, [*_SPATIAL, *(_SPATIAL_PAPER if paper else ())])
        if row["specification"] in wanted
    ]
    places = [(name, part) for name in specifications for part, _ in PARTS]
    cells = {(row["specification"], row["column_kind"], row["position"]): row for row in rows}
    if len(cells) < len(rows):
        raise AnalysisError(f"{id}: a cell occurs twice among {len(rows)} rows")
    by_column = {
        place: [row for row in rows if (row["specification"], row["column_kind"]) == place]
        for place in places
    }
    width = len(places)
    printed_parts = len(PARTS) if paper else 0
    n_columns = 1 + width + printed_parts + paper
    body: list[Row] = []
    for position in sorted({row["position"] for row in rows}):
        of = [cells.get((*place, position)) for place in places]
        body += _pair_of_rows(of, paper=paper)
    if not body:
        body = [Row((Cell(NOTHING, span=n_columns),))]
    body += _spatial_footer(by_column, paper=paper)
    shown = [PARTS_TEXT[part] for _, part in places]
    header = [
        rows_of(
            "head",
            head(""),
            *(head(f"({n % len(PARTS) + 1})") for n in range(width)),
            *(
                (*(head(f"({n + 1})", companion=True) for n in range(len(PARTS))), head(""))
                if paper
                else ()
            ),
        ),
        rows_of(
            "head",
            head(VARIABLE),
            *map(head, shown),
            *((*(head(text, companion=True) for _, text in PARTS), head(FLAGS)) if paper else ()),
        ),
    ]
    if paper or len(specifications) > 1:
        named = [SPECIFICATIONS.get(name, facts.word(name)) for name in specifications]
        groups = [OURS] if paper else named
        header.insert(
            0,
            rows_of(
                "head",
                head(""),
                *(head(text, len(PARTS)) for text in groups),
                *((head(PRINTED, len(PARTS), companion=True), head("")) if paper else ()),
            ),
        )
    return Table(
        id=id,
        number=number,
        title=title,
        header=tuple(header),
        body=tuple(body),
        notes=(
            *_spatial_notes(specifications, by_column, facts),
            *([COMMON_TREND] if "table5" in wanted else []),
            *_counted_periods(rows),
            *notes,
            SEMI_ELASTICITY,
            NO_CAUSE,
            *_printed_notes(facts, rows, paper),
            *reasons(rows),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
    )


PARTS_TEXT = dict(PARTS)


def _spatial_footer(by_column: dict[tuple[str, str], list[Record]], *, paper: bool) -> list[Row]:
    """Rho with its error, N and R squared, repeated in all columns."""

    def line(name: Cell, write: Callable[[list[Record], str], Cell]) -> Row:
        printed: list[Cell] = []
        if paper:
            printed = [write(rows, "paper_") for rows in by_column.values()]
            printed.append(blank())
        ours = [write(rows, "") for rows in by_column.values()]
        return rows_of("footer", name, *ours, *printed)

    def value(rows: list[Record], name: str) -> object:
        return one_value(rows, name) if rows else None

    def why(rows: list[Record], prefix: str) -> Text | None:
        return None if prefix else _reason(rows)

    def rho(rows: list[Record], prefix: str) -> Cell:
        return number(
            value(rows, f"{prefix}rho"), three, "coefficient", reason=why(rows, prefix),
            companion=bool(prefix), after=str(value(rows, f"{prefix}rho_stars") or ""),
        )  # fmt: skip

    def rho_se(rows: list[Record], prefix: str) -> Cell:
        found = value(rows, f"{prefix}rho_se")
        if found is None:
            return blank(companion=bool(prefix))
        return number(found, in_parentheses, "error", companion=bool(prefix))

    def n_obs(rows: list[Record], prefix: str) -> Cell:
        found = value(rows, f"{prefix}n_obs")
        return count(found, reason=why(rows, prefix), companion=bool(prefix))

    def r2(rows: list[Record], prefix: str) -> Cell:
        return number(
            value(rows, f"{prefix}r2"), three, "footer", reason=why(rows, prefix),
            companion=bool(prefix),
        )  # fmt: skip

    return [
        line(label("ρ"), rho),
        line(blank(), rho_se),
        line(label("N"), n_obs),
        line(label("R²"), r2),
    ]


_ERRORS = {
    "oim": Text("观测信息矩阵（oim）", "the observed information (oim)"),
    "expected": Text("期望信息矩阵", "the expected information"),
    "cluster": Text("聚类到城市的稳健协方差", "a covariance clustered by city"),
}


def _spatial_notes(
    specifications: Sequence[str],
    by_column: dict[tuple[str, str], list[Record]],
    facts: BuildFacts,
) -> tuple[Text, ...]:
    """For each specification: model, weights, N, errors, draws and seed, likelihood, gaps."""
    notes: list[Text] = []
    for name in specifications:
        rows = [row for (spec, _), found in by_column.items() if spec == name for row in found]
        if not rows or one_value(rows, "n_obs") is None:
            continue
        several = len(specifications) > 1
        title = SPECIFICATIONS.get(name, facts.word(name))
        n_obs, cities = one_value(rows, "n_obs"), one_value(rows, "n_entities")
        years = one_value(rows, "n_periods")
        kind = facts.word(one_value(rows, "weights_kind"))
        mark = (one_value(rows, "weights_fingerprint") or "–")[:16]
        errors = str(one_value(rows, "information"))
        error = _ERRORS.get(errors, Text.same(errors))
        draws, seed = one_value(rows, "draws"), one_value(rows, "seed")
        likelihood = one_value(rows, "log_likelihood")
        terms = len({row["position"] for row in rows if row["coef"] is not None})
        tail = "" if likelihood is None else fixed(likelihood, 3)
        notes.append(
            Text(
                f"{title.zh + '：' if several else ''}极大似然估计；N = {n_obs}，{cities} 个城市、"
                f"{years} 年，K = {terms} 个解释变量及其空间滞后；行标准化权重（{kind.zh}，"
                f"指纹 {mark}）；括号内标准误来自{error.zh}；直接、间接与总效应为 {draws} 次"
                f"模拟的均值与标准差（种子 {seed}）；对数似然 {tail}。",
                f"{title.en + ': m' if several else 'M'}aximum likelihood; N = {n_obs}, {cities} "
                f"cities in {years} years, K = {terms} regressors and their spatial lags; "
                f"row-standardised weights ({kind.en}, fingerprint {mark}); in parentheses "
                f"standard errors from {error.en}; direct, indirect and total effects are means "
                f"and standard deviations over {draws} draws (seed {seed}); log likelihood {tail}.",
            )
        )
        if facts.panel_rows is not None:
            gone = facts.panel_rows - n_obs
            notes.append(
                Text(
                    f"样本 {facts.panel_rows} 个城市—年份中有 {gone} 个未用"
                    "（没有上一年，或为平衡面板而略去）。",
                    f"Of {facts.panel_rows} city-years of the sample {gone} are not used (no year "
                    "before, or cut for a balanced panel).",
                )
            )
        if remark := one_value(rows, "note"):
            said = bilingual(str(remark))
            notes.append(Text(f"{said.zh}。", f"{said.en[:1].upper()}{said.en[1:]}."))
    notes.append(
        Text(
            "***、**、* 分别表示在 1%、5%、10% 水平上显著（正态分布）；R² = 1 − 残差平方和/"
            "离差平方和，固定效应计入拟合值。",
            "***, **, * significant at 1, 5, 10 percent (normal distribution); R² is 1 less the "
            "sum of squared residuals over that about the grand mean, fixed effects in the fit.",
        )
    )
    return tuple(dict.fromkeys(notes))
