"""Figure 1: how supply, demand and the cost of networks meet along the innovation value chain.

A drawing in our own words of the argument that the paper's Figure 1 makes; it shows no data.
"""

from __future__ import annotations

import polars as pl

from analysis.figures_marks import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    Box,
    Drawing,
    Mark,
    Point,
    Style,
    Text,
    both,
    line,
    rectangle,
    wrapped,
)
from analysis.figures_object import Figure
from analysis.tables import Language

STAGES = (
    both("Research: ideas and knowledge", "研究：思想与知识"),
    both("Invention: patents filed and granted", "发明：专利申请与授权"),
    both("Use: transfer and diffusion", "应用：转让与扩散"),
)
FORCES = (
    (
        "supply",
        both("Supply", "供给"),
        both(
            "Cities that invent: green patents granted (ln gpatent)",
            "能够发明的城市：绿色发明授权（ln gpatent）",
        ),
        BLUE,
    ),
    (
        "network_cost",
        both("Network and cost", "网络与成本"),
        both(
            "Partners known and reached at bearable cost: centralities (DC, BC, dc_out, dc_in, "
            "bc), technology market, high-speed rail, digital economy",
            "以可承受的成本找到并到达伙伴：中心度（DC、BC、dc_out、dc_in、bc）、"
            "技术市场、高铁、数字经济",
        ),
        MUTED,
    ),
    (
        "demand",
        both("Demand", "需求"),
        both(
            "Cities that take up technology: green patents transferred (ln gtr)",
            "需要技术的城市：绿色专利转让（ln gtr）",
        ),
        ORANGE,
    ),
)
OUTCOME = both("Joint green inventions of cities (rsi)", "区域协同绿色低碳技术创新（rsi）")
MARGINS = (
    both("Extensive margin: number of partner cities", "拓展边际：合作城市数"),
    both("Intensive margin: joint patents per partner", "集约边际：与每个伙伴城市的联合专利数"),
)
POLICY = both(
    "Policy: synergy of bodies and tools (zts, gjs, rps), pilots, regulation",
    "政策：主体与工具协同（zts、gjs、rps）、试点、环境规制",
)
NEIGHBOURS = both("Neighbouring cities: spatial spillover (W)", "相邻城市：空间溢出（W）")


def theory_figure() -> Figure:
    """The theory diagram (理论框架); the same whatever the data."""
    rows = [("stage", words.en, words.zh) for words in STAGES]
    rows += [(kind, words.en, words.zh) for kind, _, words, _ in FORCES]
    rows += [("outcome", OUTCOME.en, OUTCOME.zh)]
    rows += [("margin", words.en, words.zh) for words in MARGINS]
    rows += [("policy", POLICY.en, POLICY.zh), ("neighbours", NEIGHBOURS.en, NEIGHBOURS.zh)]
    return Figure(
        name="figure1_theory",
        number="1",
        title=both(
            "Supply, demand and network cost along the innovation value chain",
            "创新价值链上的供给、需求与网络成本",
        ),
        caption=both(
            "Cities cooperate where one can supply, another wants, and the network between them is "
            "cheap enough. A diagram of the argument; it shows no data.",
            "有城市能供给、有城市有需求、且两者之间的网络成本足够低，合作才会发生。理论示意图，不含数据。",
        ),
        is_synthetic=False,
        frame=pl.DataFrame(rows, schema=["part", "text_en", "text_zh"], orient="row"),
        english=_draw("en"),
        chinese=_draw("zh"),
    )


def _draw(language: Language) -> Drawing:
    width, height = 860.0, 440.0
    boxes: list[Mark] = []
    texts: list[Mark] = []
    texts.append(
        Text(14, 22, both("Innovation value chain", "创新价值链").of(language), size=13,
             fill=INK, bold=True)
    )  # fmt: skip
    for i, words in enumerate(STAGES):
        left = 14.0 + i * 284
        right, middle = left + 264, 55.0
        shape = (
            (left, 32), (right - 14, 32), (right, middle), (right - 14, 78), (left, 78),
            (left + (14 if i else 0), middle),
        )  # fmt: skip
        boxes.append(line(shape, Style(fill="#e7edf2", stroke=BLUE, width=1.2), close=True))
        texts += _centred(words.of(language), (left + 16, 32, right - 14, 78), 12.5)
    for i, (_, head, words, colour) in enumerate(FORCES):
        left = 14.0 + i * 284
        box: Box = (left, 116, left + 264, 226)
        boxes.append(rectangle(box, Style(fill="#ffffff", stroke=colour, width=2)))
        boxes += _arrow((left + 132, 84), (left + 132, 114), dashed=True)
        texts.append(
            Text(left + 132, 138, head.of(language), size=14, fill=INK, anchor="middle", bold=True)
        )
        texts += _centred(words.of(language), (left + 8, 144, left + 256, 222), 12)
    outcome: Box = (154, 272, 706, 372)
    boxes.append(rectangle(outcome, Style(fill="#fbf1e6", stroke=INK, width=2)))
    texts.append(
        Text(430, 294, OUTCOME.of(language), size=14, fill=INK, anchor="middle", bold=True)
    )
    for i, words in enumerate(MARGINS):
        inner: Box = (170.0 + i * 266, 306, 424.0 + i * 266, 360)
        boxes.append(rectangle(inner, Style(fill="#ffffff", stroke=MUTED)))
        texts += _centred(words.of(language), inner, 12)
    boxes += _arrow((146, 228), (250, 269))
    boxes += _arrow((430, 228), (430, 269))
    boxes += _arrow((714, 228), (610, 269))
    policy: Box = (14, 398, 424, 432)
    near: Box = (436, 398, 846, 432)
    for box, words in ((policy, POLICY), (near, NEIGHBOURS)):
        boxes.append(rectangle(box, Style(fill="#ffffff", stroke=MUTED, dash=(5, 4))))
        texts += _centred(words.of(language), box, 11.5)
    boxes += _arrow((290, 396), (290, 375), dashed=True)
    boxes += _arrow((550, 374), (550, 395), dashed=True)
    boxes += _arrow((600, 396), (600, 375), dashed=True)
    return Drawing(width, height, (*boxes, *texts))


def _centred(text: str, box: Box, size: float) -> list[Mark]:
    left, top, right, bottom = box
    rows = wrapped(text, right - left - 12, size)
    step = size * 1.35
    first = (top + bottom) / 2 - step * (len(rows) - 1) / 2 + size * 0.35
    return [
        Text((left + right) / 2, first + step * i, row, size=size, fill=INK, anchor="middle")
        for i, row in enumerate(rows)
    ]


def _arrow(start: Point, end: Point, *, dashed: bool = False) -> list[Mark]:
    """A line with a head at its end."""
    (x1, y1), (x2, y2) = start, end
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    base = (x2 - 9 * ux, y2 - 9 * uy)
    side = (4.5 * uy, -4.5 * ux)
    head = (end, (base[0] - side[0], base[1] - side[1]), (base[0] + side[0], base[1] + side[1]))
    dash = (4.0, 4.0) if dashed else ()
    return [
        line((start, base), Style(stroke=MUTED, width=1.6, dash=dash)),
        line(head, Style(fill=MUTED), close=True),
    ]
