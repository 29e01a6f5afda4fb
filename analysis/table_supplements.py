"""Tables that the text of the paper needs and does not print (附表), and checks around them.

Each function takes the frame of one report and the facts of the build and returns one `Table`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from analysis.errors import AnalysisError
from analysis.frames import Frame
from analysis.number_texts import MINUS, fixed, p_value, percent, whole
from analysis.specifications import BASELINE_TERMS
from analysis.table_cells import (
    NOTHING,
    BuildFacts,
    Column,
    Record,
    bilingual,
    block,
    count,
    four,
    head,
    in_parentheses,
    label,
    listing,
    moment,
    number,
    records,
    rows_of,
    said,
    symbol,
    three,
)
from analysis.table_layouts import BASES, COMMON_TREND, SPECIFICATIONS
from analysis.tables import Cell, Row, Table, Text

FAMILIES = {
    "lm": Text("拉格朗日乘数检验", "Lagrange multiplier tests"),
    "lr": Text("似然比检验", "Likelihood ratio tests"),
    "wald": Text("Wald 检验", "Wald tests"),
    "mundlak": Text("Mundlak 检验", "Mundlak test"),
    "hausman": Text("Hausman 检验", "Hausman test"),
    "effects": Text("固定效应检验", "Tests of effects"),
}
EFFECTS = {
    "individual": Text("城市", "city"),
    "time": Text("年份", "year"),
    "twoways": Text("双向", "two-way"),
    "pooling": Text("混合", "pooled"),
}
VALID = {
    "iid": Text("仅独立同分布误差", "iid errors only"),
    "clustered": Text("聚类误差", "clustered errors"),
}
STATES = {
    "first_year": Text("首年", "first year"),
    "continuing": Text("保留", "continuing"),
    "new": Text("新增", "new"),
    "lost": Text("退出", "lost"),
}
STARS = Text(
    "***、**、* 分别表示在 1%、5%、10% 水平上显著。",
    "***, **, * significant at 1, 5, 10 percent.",
)
YEAR = Text("年份", "Year")
P = Text("p 值", "p")
PRINTED = Text("原文", "Paper")


def _coded(words: dict[str, Text], value: object, facts: BuildFacts) -> Text:
    return words.get(str(value), facts.word(value)) if value is not None else Text.same("")


def _of(
    name: str, write: Callable[[float], str], *, stars: str | None = None
) -> Callable[[Record], Cell]:
    """A number of the row; where it is missing the row's reason stands behind the dash."""

    def made(row: Record) -> Cell:
        after = str(row.get(stars) or "") if stars else ""
        return number(row[name], write, reason=row.get("reason"), after=after)

    return made


def _bare(name: str) -> Callable[[Record], Cell]:
    return lambda row: label(str(row[name]))


def _both(zh: str, en: str) -> Callable[[Record], Text]:
    return lambda row: Text(row[zh] or row[en] or "", row[en] or row[zh] or "")


def _remarks(rows: Sequence[Record]) -> tuple[Text, ...]:
    """What all rows say of their sample."""
    said_by = [str(row.get("note") or "").split("; ") for row in rows]
    parts = said_by[0] if said_by else []
    shared = [part for part in parts if part and all(part in held for held in said_by)]
    words = [bilingual(part) for part in shared]
    return tuple(Text(f"{word.zh}。", f"{word.en}.") for word in words)


def spatial_tests_table(frame: Frame, facts: BuildFacts) -> Table:
    """Tests of spatial dependence, of models and of effects (空间检验)."""
    names = [
        "position", "family", "test_name", "label_zh", "label_en", "effects", "statistic", "df",
        "p_value", "stars", "valid_for", "status", "reason",
    ]  # fmt: skip
    rows = sorted(records(frame, names), key=lambda row: row["position"])
    return listing(
        facts,
        rows,
        (
            Column(Text("检验", "Test"), lambda row: label(_both("label_zh", "label_en")(row))),
            Column(
                Text("效应", "Effects"), lambda row: said(_coded(EFFECTS, row["effects"], facts))
            ),
            Column(Text("统计量", "Statistic"), _of("statistic", three, stars="stars")),
            Column(Text("自由度", "df"), lambda row: count(row["df"], reason=row["reason"])),
            Column(P, _of("p_value", p_value)),
            Column(
                Text("适用条件", "Valid for"),
                lambda row: said(_coded(VALID, row["valid_for"], facts)),
            ),
        ),
        id="spatial_tests",
        number="A1",
        title=Text("空间相关性与模型设定检验", "Tests of spatial dependence and of the model"),
        group=lambda row: _coded(FAMILIES, row["family"], facts),
        notes=(
            STARS,
            Text(
                "经典 LR 与 Hausman 检验只在误差独立同分布时有效；城市内误差相关时以聚类的 Wald "
                "与 Mundlak 形式为准。",
                "Classical LR and Hausman tests hold for iid errors only; where errors of a city "
                "are related, the clustered Wald and Mundlak forms count.",
            ),
            *_remarks(rows),
        ),
    )


def moran_table(frame: Frame, facts: BuildFacts, *, paper: bool = False) -> Table:
    """Global Moran's I by year (各年全局莫兰指数)."""
    names = [
        "year", "variable", "weights_kind", "n", "statistic", "expectation", "sd", "z",
        "p_two_sided", "p_permutation", "n_permutations", "seed", "status", "reason",
    ]  # fmt: skip
    rows = records(frame, [*names, *(["paper_statistic"] if paper else [])])
    # The variable of the settings first: its rows are those of the paper's figures.
    first = facts.method.get("moran_variable", "ln_rsi")
    rows.sort(
        key=lambda row: (
            row["variable"] != first,
            row["variable"],
            row["weights_kind"],
            row["year"],
        )
    )
    several = len({(row["variable"], row["weights_kind"]) for row in rows}) > 1
    found = next((row for row in rows if row["n_permutations"] is not None), None)
    drawn = (
        (
            Text(
                f"置换 p 值为 {found['n_permutations']} 次随机置换（种子 {found['seed']}）。",
                f"p of permutations: {found['n_permutations']} random ones (seed {found['seed']}).",
            ),
        )
        if found
        else ()
    )

    def group(row: Record) -> Text:
        kind = facts.word(row["weights_kind"])
        variable = {"ln_rsi": "ln(1 + rsi)"}.get(row["variable"], symbol(row["variable"]))
        return Text(f"{variable}，权重：{kind.zh}", f"{variable}, weights: {kind.en}")

    columns = [
        Column(YEAR, _bare("year")),
        Column(Text("莫兰指数 I", "Moran's I"), _of("statistic", four)),
        Column(Text("期望值", "Expected"), _of("expectation", four)),
        Column(Text("标准差", "S.d."), _of("sd", four)),
        Column(Text.same("z"), _of("z", three)),
        Column(Text("p 值（双侧）", "p (two-sided)"), _of("p_two_sided", p_value)),
        Column(Text("p 值（置换）", "p (permutations)"), _of("p_permutation", p_value)),
        Column(Text("城市数", "Cities"), lambda row: count(row["n"], reason=row["reason"])),
    ]
    if paper:

        def printed(row: Record) -> Cell:
            if row["paper_statistic"] is None:
                return Cell(Text.same(""), kind="blank", companion=True)
            return number(row["paper_statistic"], four, companion=True)

        columns.append(Column(Text("原文 I", "Paper's I"), printed))
    return listing(
        facts,
        rows,
        columns,
        id="moran_by_year",
        number="A2",
        title=Text("各年全局莫兰指数", "Global Moran's I by year"),
        group=group if several else None,
        notes=(
            *((Text(f"{group(rows[0]).zh}。", f"{group(rows[0]).en}."),) if rows and not several
              else ()),
            Text(
                "期望值为 −1/(n − 1)，标准差按随机化假设；权重行标准化。",
                "Expected is −1/(n − 1), the s.d. that of randomisation; weights are "
                "row-standardised.",
            ),
            *drawn,
        ),
    )  # fmt: skip


def joint_series_table(frame: Frame, facts: BuildFacts) -> Table:
    """National joint green applications and grants by year, with growth (全国联合申请与授权)."""
    rows = records(frame, ["level", "year", "n_applications", "n_grants"])
    rows = sorted((row for row in rows if row["level"] == "national"), key=lambda r: r["year"])
    for before, row in zip([None, *rows], rows, strict=False):
        for name in ("n_applications", "n_grants"):
            old = before[name] if before else None
            new = row[name]
            row[f"{name}_growth"] = 100 * (new / old - 1) if old and new is not None else None

    def growth(name: str) -> Callable[[Record], Cell]:
        why = Text("没有上一年，或上一年为零", "no year before, or none in it")
        return lambda row: number(row[f"{name}_growth"], percent, "percent", reason=why)

    notes = [
        Text(
            "每件联合专利计一次；申请按申请年份，授权按授权公告年份，除非方法设定另有规定；"
            "最后几年的申请尚未全部公开。",
            "Every joint invention counts once; applications by year of filing, grants by year of "
            "announcement unless the method settings say otherwise; applications of the last "
            "years are not all published.",
        )
    ]
    if len(rows) > 1 and rows[0]["n_applications"] and rows[-1]["n_applications"]:
        years = rows[-1]["year"] - rows[0]["year"]
        rate = 100 * ((rows[-1]["n_applications"] / rows[0]["n_applications"]) ** (1 / years) - 1)
        text = percent(rate)
        notes.append(
            Text(
                f"{rows[0]['year']} 至 {rows[-1]['year']} 年申请年均增长 {text}。",
                f"Applications grew by {text} a year from {rows[0]['year']} to {rows[-1]['year']}.",
            )
        )
    return listing(
        facts,
        rows,
        (
            Column(YEAR, _bare("year")),
            Column(Text("联合申请", "Joint applications"), lambda r: count(r["n_applications"])),
            Column(Text("增长率", "Growth"), growth("n_applications")),
            Column(Text("联合授权", "Joint grants"), lambda r: count(r["n_grants"])),
            Column(Text("增长率", "Growth"), growth("n_grants")),
        ),
        id="joint_series",
        number="A3",
        title=Text("全国联合绿色发明专利", "National joint green inventions"),
        notes=notes,
    )


def city_series_table(frame: Frame, facts: BuildFacts) -> Table:
    """Joint green applications and grants of every city by year (各城市联合申请与授权)."""
    wanted = ["level", "adcode", "city_name", "year", "n_applications", "n_grants"]
    rows = [row for row in records(frame, wanted) if row["level"] == "city"]
    years = sorted({row["year"] for row in rows})
    if not rows:
        return listing(facts, [], (Column(Text("城市", "City"), _bare("adcode")),), **_CITY_SERIES)
    found = {(row["adcode"], row["year"]): row for row in rows}
    if len(found) < len(rows):
        raise AnalysisError(f"city_series: a city has a year twice among {len(rows)} rows")
    names = {row["adcode"]: row["city_name"] for row in rows}
    width = len(years) + 2
    body: list[Row] = []
    silent: set[str] = set(names)
    for measure, title in (
        ("n_applications", Text("联合申请", "Joint applications")),
        ("n_grants", Text("联合授权", "Joint grants")),
    ):
        sums = {
            code: sum(found[code, y][measure] or 0 for y in years if (code, y) in found)
            for code in names
        }
        some = sorted((code for code in names if sums[code]), key=lambda code: (-sums[code], code))
        silent -= set(some)
        if some:
            body.append(block(title, width))
        for code in some:
            values = [found.get((code, year), {}).get(measure) for year in years]
            name = facts.cities.get(code, Text.same(names[code] or code))
            body.append(Row((label(name), *map(count, values), count(sums[code]))))
    return Table(
        header=(
            rows_of(
                "head",
                head(Text("城市", "City")),
                *(head(str(year)) for year in years),
                head(Text("合计", "Total")),
            ),
        ),
        body=tuple(body) or (Row((Cell(NOTHING, span=width),)),),
        notes=(
            Text(
                f"按合计排序；另有 {len(silent)} 个城市各年均无联合专利，未列出。",
                f"In the order of totals; {len(silent)} more cities have no joint invention in any "
                "year and are not listed.",
            ),
            Text(
                "每件联合专利在其每个城市各计一次，各城市之和大于全国数。",
                "A joint invention counts once in each of its cities, so that cities add up to "
                "more than the nation.",
            ),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
        **_CITY_SERIES,
    )


_CITY_SERIES: dict = {
    "id": "city_series",
    "number": "A4",
    "title": Text("各城市联合绿色发明专利", "Joint green inventions of cities"),
}


def partner_lists_table(frame: Frame, facts: BuildFacts) -> Table:
    """Continuing, new and lost partners by year (保留、新增与退出的合作城市)."""
    wanted = ["adcode", "city_name", "basis", "year", "state", "n", "partners"]
    rows = records(frame, wanted)
    order = list(STATES)
    rows.sort(
        key=lambda r: (
            str(r["adcode"]), r["basis"], r["year"],
            order.index(r["state"]) if r["state"] in order else len(order),
        )
    )  # fmt: skip
    several = len({(row["adcode"], row["basis"]) for row in rows}) > 1

    def group(row: Record) -> Text:
        name = facts.cities.get(str(row["adcode"]), Text.same(row["city_name"] or ""))
        basis = _coded(BASES, row["basis"], facts)
        return Text(f"{name.zh}（{basis.zh}）", f"{name.en}, {basis.en}")

    title = Text("各城市的合作城市名单", "Partner cities by name")
    if rows and not several:
        who = group(rows[0])
        title = Text(f"{who.zh}的合作城市名单", f"Partner cities by name: {who.en}")
    return listing(
        facts,
        rows,
        (
            Column(YEAR, _bare("year")),
            Column(Text("变动", "State"), lambda r: said(_coded(STATES, r["state"], facts))),
            Column(Text("个数", "Number"), lambda r: count(r["n"])),
            Column(
                Text("合作城市", "Partner cities"),
                lambda r: said(named_cities(r["partners"], facts)),
            ),
        ),
        id="partner_lists",
        number="A5",
        title=title,
        group=group if several else None,
        notes=(
            Text(
                "保留、新增与退出均与上一年相比；按联合专利数（当年与上年之较大者）排序。",
                "Continuing, new and lost against the year before; in the order of joint patents, "
                "the larger number of the two years.",
            ),
        ),
    )


def named_cities(text: str | None, facts: BuildFacts) -> Text:
    """A list of cities with what stands behind each, in English where names are known.

    ``北京 12.0、上海 等 15 个`` is ``Beijing 12.0, Shanghai (15 in all)``.
    """
    zh = re.sub(r"-(?=\d)", MINUS, text or "")
    en = "".join(_in_english(part, facts) for part in re.split(r"([、／])", zh))
    for pattern, words in _ENGLISH:
        en = re.sub(pattern, words, en)
    return Text(zh, en)


_ENGLISH = (
    ("、", ", "),
    ("／", " / "),
    (r" 等 (\d+) 个", r" (\1 in all)"),
    (r"年均 ([^），]*)", r"\1 a year"),
    (r"共 (\d+)", r"of \1"),
    (r"合计 ", "total "),
    (r"强度 ", "mean intensity "),
    (r"期望 ", "expected "),
    ("，", ", "),
    ("（", " ("),
    ("）", ")"),
)
"""Words around numbers in the facts of the text."""


def _in_english(part: str, facts: BuildFacts) -> str:
    name = re.split(r"[ （]", part, maxsplit=1)[0]
    return facts.cities[name].en + part[len(name) :] if name in facts.cities else part


def text_facts_table(frame: Frame, facts: BuildFacts) -> Table:
    """Facts that the text states, ours beside the paper's (正文所述事实)."""
    wanted = ["position", "fact_zh", "fact_en", "ours_text", "paper_text", "status", "reason"]
    rows = sorted(records(frame, wanted), key=lambda row: row["position"])

    def ours(row: Record) -> Cell:
        if not row["ours_text"]:
            return number(None, str, reason=row["reason"])
        return Cell(named_cities(row["ours_text"], facts), kind="text")

    return listing(
        facts,
        rows,
        (
            Column(Text("事实", "Fact"), lambda row: label(_both("fact_zh", "fact_en")(row))),
            Column(Text("本次构建", "This build"), ours),
            Column(
                PRINTED,
                lambda row: Cell(
                    named_cities(row["paper_text"] or "", facts), kind="text", companion=True
                ),
            ),
        ),
        id="text_facts",
        number="A6",
        title=Text("正文所述事实", "Facts that the text states"),
        notes=(
            Text(
                "原文数字仅供对照：以其他数据不能复现原文数字。",
                "The paper's values stand beside ours for reading only: other records do not "
                "reproduce them.",
            ),
        ),
    )


def robustness_table(frame: Frame, facts: BuildFacts) -> Table:
    """Variants of the regressions (稳健性)."""
    wanted = [
        "family", "specification", "label_zh", "label_en", "outcome", "term", "symbol", "coef",
        "std_error", "p_value", "stars", "n_obs", "n_clusters", "se_kind", "cluster_by", "status",
        "reason",
    ]  # fmt: skip
    rows = records(frame, wanted)
    order = {term: place for place, term in enumerate(BASELINE_TERMS)}
    # Variants as they come, regressors in the order of print.
    variants: dict[tuple[object, ...], int] = {}
    for row in rows if not rows or "position" not in rows[0] else _by_position(rows):
        variants.setdefault((row["family"], row["specification"], row["outcome"]), len(variants))
    rows.sort(
        key=lambda row: (
            variants[row["family"], row["specification"], row["outcome"]],
            order.get(row["term"], len(order)),
        )
    )
    return listing(
        facts,
        rows,
        (
            Column(
                Text("变量", "Variable"),
                lambda row: label(symbol(row["symbol"] or row["term"] or "–")),
            ),
            Column(Text("被解释变量", "Outcome"), lambda row: said(symbol(row["outcome"] or ""))),
            Column(Text("系数", "Coefficient"), _of("coef", three, stars="stars")),
            Column(Text("标准误", "Error"), _of("std_error", in_parentheses)),
            Column(P, _of("p_value", p_value)),
            Column(Text.same("N"), lambda row: count(row["n_obs"], reason=row["reason"])),
            Column(
                Text("聚类数", "Clusters"),
                lambda row: count(row["n_clusters"], reason=row["reason"] or NOT_CLUSTERED),
            ),
            Column(Text("标准误类型", "Errors"), lambda row: said(facts.word(row["se_kind"]))),
        ),
        id="robustness",
        number="A7",
        title=Text("稳健性检验", "Robustness"),
        group=_both("label_zh", "label_en"),
        notes=(
            STARS,
            Text(
                "未另注明者解释变量与效应同表3 第（3）列；N、聚类数与标准误类型逐行列出。",
                "Where nothing else is said regressors and effects are those of column (3) of "
                "Table 3; N, clusters and the kind of errors stand in every row.",
            ),
        ),
    )


def _by_position(rows: list[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: row["position"])


NOT_CLUSTERED = Text("不聚类", "not clustered")


def event_studies_table(frame: Frame, facts: BuildFacts) -> Table:
    """Effects by distance from the first treated year (事件研究)."""
    wanted = [
        "policy", "outcome", "event_time", "coef", "std_error", "p_value", "n_cells", "is_base",
        "pretrend_p", "overall", "overall_se", "twoways_coef", "twoways_se", "status", "reason",
    ]  # fmt: skip
    rows = records(frame, wanted)
    rows.sort(
        key=lambda r: (
            r["policy"], r["outcome"] or "", r["event_time"] is None, r["event_time"] or 0
        )
    )  # fmt: skip
    base = Text("基期", "base period")

    def group(row: Record) -> Text:
        policy = facts.word(row["policy"])
        outcome = symbol(row["outcome"] or "")
        if row["overall"] is None or row["twoways_coef"] is None:
            return Text(f"{policy.zh}，{outcome}", f"{policy.en}, {outcome}")
        overall = f"{three(row['overall'])}{in_parentheses(row['overall_se'])}"
        plain = f"{three(row['twoways_coef'])}{in_parentheses(row['twoways_se'])}"
        before = p_value(row["pretrend_p"]) if row["pretrend_p"] is not None else "–"
        return Text(
            f"{policy.zh}，{outcome}：政策后平均 {overall}，双向固定效应 {plain}，"
            f"政策前 p {before}",
            f"{policy.en}, {outcome}: mean after {overall}, two-way {plain}, "
            f"years before p {before}",
        )

    return listing(
        facts,
        rows,
        (
            Column(
                Text("距政策年数", "Years since"),
                lambda r: label("–" if r["event_time"] is None else fixed(r["event_time"], 0)),
            ),
            Column(
                Text("效应", "Effect"),
                lambda r: number(
                    r["coef"], three, reason=r["reason"] or (base if r["is_base"] else None)
                ),
            ),
            Column(
                Text("标准误", "Error"),
                lambda r: number(
                    r["std_error"],
                    in_parentheses,
                    reason=r["reason"] or (base if r["is_base"] else None),
                ),
            ),
            Column(
                P,
                lambda r: number(
                    r["p_value"], p_value, reason=r["reason"] or (base if r["is_base"] else None)
                ),
            ),
            Column(Text("城市—年份", "City-years"), lambda r: count(r["n_cells"])),
        ),
        id="event_studies",
        number="A8",
        title=Text("分批政策的事件研究", "Event studies of policies that begin in different years"),
        group=group,
        notes=(
            Text(
                "Sun 与 Abraham（2021）的交互加权估计，含城市与年份效应，不含其他解释变量；"
                "括号内标准误聚类到城市；基期为 −1，窗口两端合并更远的年份。",
                "Interaction-weighted estimates of Sun and Abraham (2021) with city and year "
                "effects and no other regressors; in parentheses errors clustered by city; −1 is "
                "the base, the two ends of the window hold all years beyond.",
            ),
            Text(
                "政策前各年的联合检验不拒绝并不证明平行趋势。",
                "That the years before are not rejected does not prove parallel trends.",
            ),
        ),
    )


def bacon_table(frame: Frame, facts: BuildFacts) -> Table:
    """What two-way coefficients compare (Goodman-Bacon 分解)."""
    rows = records(
        frame, ["policy", "outcome", "kind", "weight", "estimate", "n_pairs", "status", "reason"]
    )
    rows.sort(key=lambda r: (r["policy"], r["outcome"] or "", r["kind"] or ""))
    return listing(
        facts,
        rows,
        (
            Column(
                Text("比较", "Comparison"),
                lambda r: label(facts.word(r["kind"]) if r["kind"] else "–"),
            ),
            Column(Text("权重", "Weight"), _of("weight", four)),
            Column(Text("估计值", "Estimate"), _of("estimate", three)),
            Column(Text("比较数", "Pairs"), lambda r: count(r["n_pairs"], reason=r["reason"])),
        ),
        id="bacon_weights",
        number="A9",
        title=Text("双向固定效应系数的分解", "What the two-way coefficients compare"),
        group=lambda r: Text(
            f"{facts.word(r['policy']).zh}，{symbol(r['outcome'] or '')}",
            f"{facts.word(r['policy']).en}, {symbol(r['outcome'] or '')}",
        ),
        notes=(
            Text(
                "Goodman-Bacon（2021）分解：各政策的权重之和为 1，加权平均即不含其他解释变量的"
                "双向固定效应系数；“晚批与已实施的早批”以已实施政策的城市为对照，效应随时间变化时有偏误。",
                "Decomposition of Goodman-Bacon (2021): the weights of a policy add up to 1, and "
                "the weighted mean is its two-way coefficient without other regressors; later vs "
                "earlier compares with cities that have the policy already and misleads where "
                "effects change with time.",
            ),
        ),
    )


def network_table(frame: Frame, facts: BuildFacts) -> Table:
    """Measures of whole networks by year (网络整体指标): one row per measure, years across."""
    rows = records(frame, ["network", "year", "measure", "value"])
    years = sorted({row["year"] for row in rows if row["year"] is not None})
    found = {(row["network"], row["measure"], row["year"]): row for row in rows}
    if len(found) < len(rows):
        raise AnalysisError(f"network_figures: a value occurs twice among {len(rows)} rows")
    width = 1 + max(len(years), 1)
    body: list[Row] = []
    for network in dict.fromkeys(row["network"] for row in rows):
        body.append(block(facts.word(network), width))
        for measure in dict.fromkeys(r["measure"] for r in rows if r["network"] == network):
            values = [found.get((network, measure, year), {}) for year in years]
            body.append(
                Row(
                    (
                        label(facts.word(measure)),
                        *(moment(v.get("value"), reason=v.get("note")) for v in values),
                    )
                )
            )
    return Table(
        id="network_figures",
        number="A10",
        title=Text("网络整体指标", "Whole networks by year"),
        header=(
            rows_of(
                "head", head(Text("指标", "Measure")),
                *([head(str(year)) for year in years] or [head("")]),
            ),
        ),
        body=tuple(body) or (Row((Cell(NOTHING, span=width),)),),
        notes=(
            *(
                (
                    Text(
                        f"群落与随机图的种子 {seed}；随机图保持各节点的度。",
                        f"Communities and random graphs with seed {seed}; random graphs keep the "
                        "degrees of all nodes.",
                    ),
                )
                if body and (seed := facts.method.get("random_seed"))
                else ()
            ),
            facts.provenance,
        ),
        is_synthetic=facts.is_synthetic,
    )  # fmt: skip


def weights_table_of_kinds(frame: Frame, facts: BuildFacts) -> Table:
    """Spatial weights by kind with fingerprint and feedback (空间权重)."""
    wanted = [
        "kind", "n", "power", "cutoff_km", "standardisation", "n_links", "fingerprint",
        "n_islands", "n_components", "smallest_eigenvalue", "feedback_at_paper_rho", "note",
    ]  # fmt: skip
    rows = records(frame, wanted)
    none = Text("不适用", "does not apply")

    def of(name: str, write: Callable[[float], str]) -> Callable[[Record], Cell]:
        return lambda row: number(row[name], write, reason=row.get("reason") or none)

    return listing(
        facts,
        sorted(rows, key=lambda row: row["kind"]),
        (
            Column(Text("权重", "Weights"), lambda r: label(facts.word(r["kind"]))),
            Column(Text("城市数", "Cities"), lambda r: count(r["n"], reason=r.get("reason"))),
            Column(Text("幂次", "Power"), of("power", lambda v: fixed(v, 1))),
            Column(Text("截断（公里）", "Cut-off, km"), of("cutoff_km", whole)),
            Column(
                Text("标准化", "Standardised"), lambda r: said(facts.word(r["standardisation"]))
            ),
            Column(Text("连接数", "Links"), of("n_links", whole)),
            Column(Text("孤立点", "Islands"), of("n_islands", whole)),
            Column(Text("分量", "Components"), of("n_components", whole)),
            Column(Text("最小特征值", "Smallest eigenvalue"), of("smallest_eigenvalue", four)),
            Column(Text("反馈", "Feedback"), of("feedback_at_paper_rho", four)),
            Column(Text("指纹", "Fingerprint"), lambda r: said(r["fingerprint"])),
        ),
        id="spatial_weights",
        number="A11",
        title=Text("空间权重矩阵", "Spatial weights"),
        notes=(
            Text(
                "反馈为原文 ρ 下 I − ρW 的逆矩阵对角线均值减 1；只报告，不据以推断原文的权重。",
                "Feedback is the mean diagonal of the inverse of I − ρW at the paper's ρ, less "
                "one; it is reported, and nothing about the paper's weights is inferred from it.",
            ),
            Text(
                "此处为全部城市之间的权重；若表5 的城市较少，其权重另行标准化，指纹见表5 注。",
                "These are the weights among all the cities of the table; where Table 5 has fewer, "
                "its weights are standardised among those and have the fingerprint in its notes.",
            ),
        ),
    )


def audit_table(frame: Frame, facts: BuildFacts) -> Table:
    """What arithmetic finds in the printed tables and in ours (核查)."""
    rows = records(frame, ["source"])
    sources = {
        "printed": Text("原文印出的表", "Printed tables"),
        "ours": Text("本次构建的表", "Our tables"),
    }

    def text(*names: str) -> Callable[[Record], Cell]:
        def made(row: Record) -> Cell:
            value = next((row[name] for name in names if row.get(name) is not None), None)
            return said(None if value is None else str(value))

        return made

    return listing(
        facts,
        rows,
        (
            Column(Text("检验", "Check"), text("check_name", "check")),
            Column(Text("缺陷", "Defect"), text("defect")),
            Column(Text("表", "Table"), text("table_name", "table")),
            Column(Text("行", "Row"), text("row_name", "row")),
            Column(Text("列", "Column"), text("column_name", "column")),
            Column(Text("印数", "Printed"), text("printed")),
            Column(Text("算得", "Computed"), text("computed")),
            Column(
                Text("判定", "Verdict"),
                lambda r: (
                    said(facts.word(r["verdict"])) if r.get("verdict") else said(r.get("reason"))
                ),
            ),
        ),
        id="audit_findings",
        number="A12",
        title=Text("表格的算术核查", "What arithmetic finds in the tables"),
        group=lambda row: _coded(sources, row["source"], facts),
        empty=Text("没有发现矛盾。", "No contradiction was found."),
        notes=facts.explained([str(row.get("defect") or "") for row in rows]),
    )


def comparison_table(frame: Frame, facts: BuildFacts) -> Table:
    """Rho and fit of every specification of the spatial model (各设定的空间自回归系数)."""
    wanted = [
        "specification", "rho", "rho_se", "rho_stars", "n_obs", "r2", "log_likelihood", "effects",
        "leeyu", "weights_kind", "status", "reason",
    ]  # fmt: skip
    first: dict[str, Record] = {}
    for row in records(frame, wanted):
        held = first.get(row["specification"])
        if held is None or (held["rho"] is None and row["rho"] is not None):
            first[row["specification"]] = row
    known = [*SPECIFICATIONS, *sorted(set(first) - set(SPECIFICATIONS))]
    rows = [first[name] for name in known if name in first]
    yes = {True: Text("是", "yes"), False: Text("否", "no")}
    return listing(
        facts,
        rows,
        (
            Column(
                Text("设定", "Specification"),
                lambda r: label(
                    SPECIFICATIONS.get(r["specification"], facts.word(r["specification"]))
                ),
            ),
            Column(Text("效应", "Effects"), lambda r: said(_coded(EFFECTS, r["effects"], facts))),
            Column(
                Text.same("Lee-Yu"),
                lambda r: said(yes[r["leeyu"]] if r["leeyu"] is not None else None),
            ),
            Column(Text.same("ρ"), _of("rho", three, stars="rho_stars")),
            Column(Text("标准误", "Error"), _of("rho_se", in_parentheses)),
            Column(Text.same("N"), lambda r: count(r["n_obs"], reason=r["reason"])),
            Column(Text.same("R²"), _of("r2", three)),
            Column(Text("对数似然", "Log likelihood"), _of("log_likelihood", three)),
        ),
        id="spatial_comparison",
        number="A13",
        title=Text("各空间设定的 ρ", "Rho by specification of the spatial model"),
        notes=(STARS, COMMON_TREND),
    )
