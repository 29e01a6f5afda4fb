"""Titles, abstracts, agencies and the other small print of a gazette record."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

from scrapers.office.ledger import OUTSIDE, Patent, Publication, Texts
from scrapers.office.numbers import check_digit

_ADJECTIVES = ("高效", "新型", "改进的", "智能", "", "", "", "低成本", "模块化", "多功能", "集成式")
_DESIGN_SUBJECTS = [
    "灯具",
    "包装盒",
    "座椅",
    "手机",
    "汽车",
    "水杯",
    "空调器",
    "插座",
    "服装",
    "显示器",
    "玩具",
    "台灯",
    "水龙头",
]
_EFFECTS = (
    "结构简单，成本低，便于推广应用", "提高了效率，降低了能耗", "运行稳定可靠，维护方便",
    "减少了污染物的排放", "显著提高了产品的质量", "操作简便，适用范围广", "缩短了处理时间",
)  # fmt: skip
_STEPS = (
    "获取输入数据并进行预处理", "将原料按比例混合后加热反应", "壳体内设有支架和驱动机构",
    "控制单元与传感器电连接", "所述主体与底座之间设有弹性件", "通过模型计算得到目标参数",
    "经过滤、洗涤和干燥得到产物",
)  # fmt: skip
_AGENCIES = (
    "北京恒信瑞达知识产权代理有限公司11903", "上海启航专利商标事务所有限公司31904",
    "广州粤智专利事务所(普通合伙)44905", "南京金陵联创知识产权代理事务所(普通合伙)32906",
    "杭州钱江源专利代理有限公司33907", "武汉楚天专利事务所有限公司42908",
    "成都蜀光知识产权代理事务所(特殊普通合伙)51909", "西安秦诚专利代理有限责任公司61910",
    "深圳鹏城汇智知识产权代理有限公司44911", "沈阳东屹专利事务所21912",
    "济南泉鸣专利代理有限公司37913", "天津滨润知识产权代理有限公司12914",
)  # fmt: skip
_AGENTS = [
    "李欣然",
    "王立民",
    "张晓琳",
    "刘思远",
    "陈国栋",
    "赵明慧",
    "周文博",
    "吴静",
    "孙志强",
    "郑雅楠",
    "何成",
    "徐海燕",
    "马骁",
    "高峰",
    "林若曦",
    "唐毅",
    "宋佳",
    "韩雪松",
    "冯琪",
    "曹振华",
]
_COUNTRY_CODES = {
    "日本": "JP", "美国": "US", "德国": "DE", "韩国": "KR", "法国": "FR", "荷兰": "NL",
    "瑞士": "CH", "英国": "GB", "瑞典": "SE",
}  # fmt: skip


def title_of(rng: random.Random, subject: str) -> str:
    """Return a title made from the subject of a symbol."""
    opening = rng.choice(("一种", "一种", "一种", ""))
    ending = ""
    if not subject.endswith(("方法", "工艺")) and rng.random() < 0.3:
        ending = rng.choice(("及其制备方法", "及其控制方法", "及系统", "及其应用"))
    return f"{opening}{rng.choice(_ADJECTIVES)}{subject}{ending}"


def design_title(rng: random.Random) -> str:
    """Return the title of a design."""
    return f"{rng.choice(_DESIGN_SUBJECTS)}（{rng.choice('ABCDEFGH')}{rng.randrange(1, 90)}）"


def abstract_of(rng: random.Random, is_model: bool, title: str) -> str:
    """Return the short abstract of an invention or, when `is_model`, of a utility model."""
    what = "本实用新型" if is_model else "本发明"
    steps = "，".join(rng.sample(_STEPS, 2))
    return f"{what}公开了{title}，{steps}。{what}{rng.choice(_EFFECTS)}。"


def words_of(rng: random.Random, patent: Patent) -> tuple[str, str]:
    """Return title and abstract of a patent."""
    if patent.kind == "design":
        title = design_title(rng)
        return title, f"1.本外观设计产品的名称：{title}。2.设计要点在于产品的形状。3.附图为立体图。"
    title = title_of(rng, patent.symbols[0].subject)
    return title, abstract_of(rng, patent.kind == "utility_model", title)


def agencies(rng: random.Random, count: int) -> list[tuple[str | None, str | None]]:
    """Return agencies with their agents as the gazette prints them, none for a quarter."""
    drawn: list[tuple[str | None, str | None]] = []
    for _ in range(count):
        if rng.random() < 0.25:
            drawn.append((None, None))
        else:
            agents = ";\u2002".join(rng.sample(_AGENTS, rng.choice((1, 1, 2))))
            drawn.append((rng.choice(_AGENCIES), agents))
    return drawn


def ipc_of(rng: random.Random, patent: Patent) -> list[str]:
    """Return the printed classification of a patent; the first is the main one."""
    if patent.kind == "design":
        return [patent.design_class]
    return [
        f"{symbol.printed}{'I' if k == 0 or rng.random() < 0.82 else 'N'}"
        for k, symbol in enumerate(patent.symbols)
    ]


def draw_texts(rng: random.Random, patents: Iterable[Patent]) -> dict[int, Texts]:
    """Draw what the records of all patents print, by number of the patent.

    Patents without a record get none.
    """
    drawn = {}
    for patent in patents:
        if patent.publications:
            title, abstract = words_of(rng, patent)
            ipc = ipc_of(rng, patent)
            drawn[patent.number] = Texts(title, abstract, ipc, SmallPrint(rng, patent))
    return drawn


class SmallPrint:
    """Everything hidden behind the button 全部: agency, agents, priority, PCT data and so on."""

    def __init__(self, rng: random.Random, patent: Patent) -> None:
        abroad = patent.nodes[0] == OUTSIDE
        represented = abroad or rng.random() < 0.72
        self.agency = rng.choice(_AGENCIES) if represented else None
        self.agents = rng.sample(_AGENTS, rng.choice((1, 1, 2))) if represented else []
        self.priority = _priority(rng, patent) if abroad and rng.random() < 0.9 else None
        self.domestic_priority = None
        if not abroad and rng.random() < 0.01:
            earlier = patent.filed - dt.timedelta(days=rng.randrange(60, 360))
            self.domestic_priority = f"{_some_number(rng, earlier)} {earlier:%Y.%m.%d} CN"
        self.pct_entry_date: str | None = None
        self.pct_application: str | None = None
        self.pct_publication: str | None = None
        if patent.kind == "pct_invention":
            assert patent.published is not None
            code = _country_code(patent)
            entry = patent.published - dt.timedelta(days=rng.randrange(60, 150))
            entry = max(entry, patent.filed + dt.timedelta(days=30))
            public = patent.filed + dt.timedelta(days=180 + rng.randrange(60))
            self.pct_entry_date = f"{entry:%Y.%m.%d}"
            self.pct_application = (
                f"PCT/{code}{patent.filed.year}/{rng.randrange(1, 99999):06d} "
                f"{patent.filed:%Y.%m.%d}"
            )
            language = {"JP": "JA", "CN": "ZH", "DE": "DE", "KR": "KO", "FR": "FR"}.get(code, "EN")
            self.pct_publication = (
                f"WO{public.year}/{rng.randrange(1, 99999):06d} {language} {public:%Y.%m.%d}"
            )
        self.divisional_of = None
        if patent.is_invention and rng.random() < 0.008:
            earlier = patent.filed - dt.timedelta(days=rng.randrange(200, 900))
            self.divisional_of = f"{_some_number(rng, earlier)} {earlier:%Y.%m.%d}"
        self.bio_deposit = None
        is_bio = any(s.symbol.startswith(("C12N", "C12P")) for s in patent.symbols)
        if is_bio and rng.random() < 0.12:
            self.bio_deposit = f"CGMCC No.{rng.randrange(1200, 19000)} {patent.filed:%Y.%m.%d}"
        self._cited = ""
        if patent.granted is not None and patent.is_invention:
            cited = []
            for _ in range(rng.randrange(0, 4)):
                day = patent.filed - dt.timedelta(days=rng.randrange(100, 3000))
                cited.append(f"CN {rng.randrange(101000000, 108000000)} A,{day:%Y.%m.%d},")
            self._cited = " ".join(cited)

    def cited_documents(self, publication: Publication) -> str | None:
        """Return the documents cited in examination, which only a grant lists."""
        return (self._cited or None) if publication.source == "pig" else None


def _country_code(patent: Patent) -> str:
    place = patent.applicants[0].outside
    for country, code in _COUNTRY_CODES.items():
        if place.startswith(country):
            return code
    return "CN"


def _some_number(rng: random.Random, day: dt.date) -> str:
    body = f"{day.year}1{rng.randrange(10000, 999999):07d}"
    return f"{body}.{check_digit(body)}"


def _priority(rng: random.Random, patent: Patent) -> str:
    day = patent.filed - dt.timedelta(days=rng.randrange(300, 365))
    code = _country_code(patent)
    if code == "US":
        number = f"{rng.randrange(60, 63)}/{rng.randrange(100, 999)},{rng.randrange(100, 999)}"
    elif code == "JP":
        number = f"{day.year}-{rng.randrange(1000, 399999):06d}"
    else:
        number = f"{day.year}{rng.randrange(10000, 99999):06d}"
    return f"{day:%Y.%m.%d} {code} {number}"
