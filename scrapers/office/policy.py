"""Policy documents on university-industry-research cooperation (产学研) of invented departments.

Drawn so that the documents of a province and year agree with what its yearbook prints: the mean
tool score exactly in the digits printed, the mean number of issuers within ``ISSUERS_TOLERANCE``.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scrapers.office.numbers import FIRST_YEAR

ToolKind = Literal["supply", "demand", "environment"]

# A mean of few documents cannot equal three printed digits; more documents would be no province's.
ISSUERS_TOLERANCE = 0.05
_MOST_DOCUMENTS = 18  # twice the most that a yearbook mean is made of: enough for any
_FIRST_POLICY_YEAR = FIRST_YEAR - 1  # a year that no yearbook table covers
_REPEATED, _CORRECTED = 0.03, 0.02  # of the documents that have a number
_WITHOUT_NUMBER, _WITHOUT_ISSUED = 0.06, 0.04

# Instrument, and sentences that carry it; its words stand in no other sentence.
INSTRUMENTS: dict[ToolKind, dict[str, tuple[str, ...]]] = {
    "supply": {
        "人才培养": (
            "支持高等学校与企业共建人才培养基地，每年联合培养研究生{n}名左右。",
            "实施产学研人才培养计划，选派{n}名科技人员到企业挂职。",
        ),
        "资金投入": (
            "省级财政每年安排资金投入{n}00万元，用于产学研合作项目。",
            "加大资金投入力度，对联合攻关项目给予不超过{n}0万元的补助。",
        ),
        "基础设施": (
            "加强创新基础设施建设，新建{n}个联合实验室。",
            "推进中试基地等基础设施开放共享。",
        ),
        "公共服务平台": (
            "建设产学研公共服务平台，集中发布技术供求信息。",
            "依托高新区设立{n}个公共服务平台。",
        ),
    },
    "demand": {
        "政府采购": (
            "对产学研合作形成的新产品实行政府采购首购和订购。",
            "预留不低于{n}%的政府采购份额用于创新产品。",
        ),
        "示范应用": (
            "组织实施{n}项重大技术成果示范应用工程。",
            "在公共领域率先开展新技术示范应用。",
        ),
        "服务外包": (
            "鼓励企业以服务外包方式委托高等学校开展研发。",
            "支持检验检测等环节的服务外包。",
        ),
    },
    "environment": {
        "税收优惠": (
            "落实研发费用加计扣除等税收优惠政策。",
            "技术转让所得依法享受税收优惠。",
        ),
        "金融支持": (
            "加强金融支持，引导银行对合作项目发放贷款。",
            "完善金融支持体系，设立规模{n}亿元的创业投资引导基金。",
        ),
        "知识产权保护": (
            "加强知识产权保护，明确合作各方的权利归属。",
            "建立知识产权保护快速维权机制。",
        ),
        "目标规划": (
            "编制产学研合作目标规划，力争到{year}年建成创新联盟{n}个。",
            "各市应当将产学研合作纳入目标规划。",
        ),
    },
}
_OPENINGS = (
    "为深入实施创新驱动发展战略，推动产学研紧密结合，现提出如下意见。",
    "为促进科技成果向现实生产力转化，结合我省实际，制定本办法。",
    "为加快构建以企业为主体的技术创新体系，现就有关事项通知如下。",
)
_FILLERS = (
    "各有关单位要提高认识，加强组织领导，确保各项工作落到实处。",
    "建立部门联席会议制度，定期研究解决合作中的重大问题。",
    "充分发挥高等学校和科研院所的学科优势，主动服务地方经济。",
    "企业是产学研合作的主体，应当积极提出技术需求。",
    "加强宣传引导，营造有利于协同创新的良好氛围。",
    "工作进展情况请于每年年底前报送。",
)
_CLOSINGS = ("本意见自印发之日起施行。", "本办法由发文机关负责解释。", "请认真贯彻执行。")
_ACTIONS = ("推进", "加强", "深化", "促进", "进一步推动")
_OBJECTS = ("协同创新", "合作", "合作基地建设", "联合攻关", "创新联盟建设", "成果转化")
_SORTS = ("实施意见", "若干意见", "通知", "管理办法", "行动计划", "暂行办法")
# Invented departments: name behind the province, and the word of its document numbers.
_DEPARTMENTS = (
    ("科技创新厅", "科创"), ("教育发展厅", "教发"), ("财务统筹厅", "财统"),
    ("产业和信息发展委员会", "产信"), ("人才工作厅", "人才"), ("知识产权促进局", "知促"),
    ("税收服务局", "税服"), ("金融服务局", "金服"), ("农业、林业科技推广局", "农推"),
    ("产学研促进办公室", "产学研"),
)  # fmt: skip


@dataclass(slots=True)
class PolicyDocument:
    """One document with the truth about it; days are ISO."""

    document_id: str
    province_code: str
    province: str
    year: int
    title: str
    document_no: str | None
    issuers: list[str]
    issued: str | None
    published: str
    paragraphs: list[str]
    instruments: list[tuple[ToolKind, str, int, str]]  # kind, instrument, paragraph, sentence
    repeats: str = ""  # id of the document that this one repeats or corrects
    is_correction: bool = False
    is_superseded: bool = False  # a later one stands for it
    true_no: str = ""
    true_issued: str = ""
    true_title: str = ""

    @property
    def kinds(self) -> set[ToolKind]:
        """Return which of the three kinds of instruments stand in the text."""
        return {kind for kind, *_ in self.instruments}

    @property
    def score(self) -> int:
        """Return the tool score: 1 for one kind, 2 for two, 3 for all three."""
        return len(self.kinds)


def draw_policy_documents(
    rng: random.Random, province_rows: list[dict[str, str]]
) -> list[PolicyDocument]:
    """Draw the documents of all provinces, in order of their ids.

    Parameters
    ----------
    rng : random.Random
        The stream of this part of the country; nothing else draws from it.
    province_rows : list of dict
        Yearbook rows; an empty ``policy_actors`` means a year without documents.

    Returns
    -------
    list of PolicyDocument
        Repeats and corrections included.
    """
    documents: list[PolicyDocument] = []
    provinces = sorted({(r["province_code"], r["province_name"]) for r in province_rows})
    plan: list[tuple[str, str, int, list[int], list[int]]] = []
    for code, name in provinces:
        if rng.random() < 0.8:
            n = rng.randint(1, 2)
            issuers = [rng.randint(1, 3) for _ in range(n)]
            plan.append((code, name, _FIRST_POLICY_YEAR, issuers, [rng.randint(1, 3)] * n))
    for row in sorted(province_rows, key=lambda r: (r["province_code"], r["year"])):
        if row["policy_actors"]:
            n_documents, n_issuers, score = numbers_of(row["policy_actors"], row["policy_tools"])
            issuers = _divided(rng, n_issuers, n_documents, 1, 8)
            scores = _divided(rng, score, n_documents, 1, 3)
            plan.append(
                (row["province_code"], row["province_name"], int(row["year"]), issuers, scores)
            )
    for code, name, year, issuers, scores in sorted(plan, key=lambda p: (p[0], p[2])):
        documents += _year_of(rng, code, name, year, issuers, scores)
    return sorted(documents, key=lambda d: d.document_id)


def numbers_of(actors: str, tools: str) -> tuple[int, int, int]:
    """Return documents, issuers and score points that come nearest to two printed means.

    Parameters
    ----------
    actors, tools : str
        Mean number of issuers and mean tool score as the yearbook prints them.

    Returns
    -------
    (documents, issuers, points)
        ``points / documents`` prints as ``tools``; ``issuers / documents`` is within
        ``ISSUERS_TOLERANCE`` of ``actors``, with as few documents as that takes.

    Raises
    ------
    ValueError
        If no number of documents up to 18 gives both.
    """
    wanted = Fraction(actors)
    for n in range(1, _MOST_DOCUMENTS + 1):
        points = round(Fraction(tools) * n)
        if f"{points / n:.3f}" != tools:
            continue
        issuers = max(n, round(wanted * n))
        if abs(Fraction(issuers, n) - wanted) <= Fraction(str(ISSUERS_TOLERANCE)):
            return n, issuers, points
    raise ValueError(
        f"no {_MOST_DOCUMENTS} documents have a mean score of {tools} and {actors} issuers"
    )


def _divided(rng: random.Random, total: int, parts: int, low: int, high: int) -> list[int]:
    """Return whole numbers between two bounds that add up to a total."""
    values = [low] * parts
    for _ in range(total - low * parts):
        values[rng.choice([k for k, v in enumerate(values) if v < high])] += 1
    return values


def _year_of(  # noqa: PLR0917 (one row of the plan)
    rng: random.Random, code: str, province: str, year: int, issuers: list[int], scores: list[int]
) -> list[PolicyDocument]:  # fmt: skip
    serials = rng.sample(range(1, 60), len(issuers))
    drawn = []
    for serial, n_issuers, score in zip(serials, issuers, scores, strict=True):
        departments = rng.sample(_DEPARTMENTS, n_issuers)
        kinds: list[ToolKind] = rng.sample(("supply", "demand", "environment"), score)
        paragraphs, instruments = _text(rng, kinds, year)
        day = dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(300))
        short = province.removesuffix("省").removesuffix("市")[0:2]
        number = f"{short}{departments[0][1]}〔{year}〕{serial}号"
        published = day + dt.timedelta(days=rng.randrange(1, 30))
        drawn.append(
            PolicyDocument(
                document_id="",
                province_code=code,
                province=province,
                year=year,
                title=f"关于{rng.choice(_ACTIONS)}产学研{rng.choice(_OBJECTS)}的{rng.choice(_SORTS)}",
                document_no=None if rng.random() < _WITHOUT_NUMBER else number,
                issuers=[f"{province}{name}" for name, _ in departments],
                issued=None if rng.random() < _WITHOUT_ISSUED else day.isoformat(),
                published=published.isoformat(),
                paragraphs=paragraphs,
                instruments=instruments,
                true_no=number,
                true_issued=day.isoformat(),
            )
        )
    later = [(d, again) for d in drawn if (again := _again(rng, d)) is not None]
    everything = sorted([*drawn, *(again for _, again in later)], key=lambda d: d.published)
    for serial, document in enumerate(everything, start=1):
        document.document_id = f"{code}-{year}-{serial:04d}"
    for first, again in later:
        again.repeats = first.document_id
        first.is_superseded = True
    return everything


def undamaged(documents: list[PolicyDocument]) -> list[PolicyDocument]:
    """Return the documents that count, once each, with number and day of issue."""
    kept = []
    for document in documents:
        if document.is_superseded:
            continue
        document.document_no, document.issued = document.true_no, document.true_issued
        document.title = document.true_title or document.title
        document.repeats, document.is_correction = "", False
        kept.append(document)
    return kept


def _text(
    rng: random.Random, kinds: list[ToolKind], year: int
) -> tuple[list[str], list[tuple[ToolKind, str, int, str]]]:
    paragraphs = [rng.choice(_OPENINGS)]
    instruments: list[tuple[ToolKind, str, int, str]] = []
    fillers = rng.sample(_FILLERS, len(_FILLERS))
    for kind in kinds:
        sentences = [fillers.pop()] if rng.random() < 0.6 else []
        named = INSTRUMENTS[kind]
        for instrument in rng.sample(sorted(named), rng.randint(1, 2)):
            sentence = rng.choice(named[instrument]).format(
                n=rng.randrange(2, 60), year=year + rng.randrange(2, 6)
            )
            sentences.append(sentence)
            instruments.append((kind, instrument, len(paragraphs) + 1, sentence))
        paragraphs.append("".join(sentences))
    if rng.random() < 0.5:
        paragraphs.append(fillers.pop())
    paragraphs.append(rng.choice(_CLOSINGS))
    return paragraphs, instruments


def _again(rng: random.Random, first: PolicyDocument) -> PolicyDocument | None:
    """Return a later document of the same number in the same year, for a few."""
    draw = rng.random()
    day = dt.date.fromisoformat(first.published) + dt.timedelta(days=rng.randrange(1, 30))
    if first.document_no is None or draw >= _REPEATED + _CORRECTED or day.year != first.year:
        return None
    again = PolicyDocument(
        document_id="",
        province_code=first.province_code,
        province=first.province,
        year=first.year,
        title=first.title,
        document_no=first.document_no,
        issuers=list(first.issuers),
        issued=first.issued,
        published=day.isoformat(),
        paragraphs=list(first.paragraphs),
        instruments=list(first.instruments),
        true_no=first.true_no,
        true_issued=first.true_issued,
        true_title=first.title,
    )
    if draw >= _REPEATED:
        # What was published first was wrong: an issuer too many, or the last one left out.
        again.is_correction = True
        again.title = f"{first.title}（更正）"
        spare = [f"{first.province}{name}" for name, _ in _DEPARTMENTS]
        if len(first.issuers) > 1 and rng.random() < 0.5:
            first.issuers = first.issuers[:-1]
        else:
            first.issuers = [*first.issuers, next(s for s in spare if s not in first.issuers)]
    return again
