"""Names of an invented country: organisations, persons, foreigners. No name of it is real."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate

from scrapers.office.geography import Node, nodes, place_stems
from scrapers.office.ledger import PartyKind

_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹香月"
    "莺媛瑞凡佳嘉琼勤珍贞莉俊峰建国志文武健斌波辉力永世广义兴良海山仁宁贵福生龙元全胜学祥才发成康星光天达安"
    "岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若"
)
_BRAND = (
    "瑞恒鑫盛泰宏达信诚德润华科金宇创博远凯利源丰腾辉航星维联智康益佳迪隆昌顺奥森锐翔晟铭卓越启云拓天立"
    "慧昊坤朗鸿捷欣皓骏禾沃尚崇"
)
_INDUSTRIES = [
    "科技",
    "电子",
    "新能源",
    "环保科技",
    "电力设备",
    "机械制造",
    "化工",
    "新材料",
    "信息技术",
    "自动化",
    "光电",
    "汽车零部件",
    "电气",
    "生物科技",
    "水务",
    "节能技术",
    "建材",
    "仪器仪表",
    "智能装备",
    "电源",
    "石油化工",
    "钢铁",
    "轨道装备",
    "照明",
    "农业科技",
    "医药",
    "食品",
    "通信",
    "软件",
    "纺织",
    "环境工程",
    "工程设计",
    "矿业",
    "热力",
    "储能科技",
    "模具",
    "塑料",
    "精密机械",
    "船舶重工",
    "网络科技",
]
_FORMS = ("有限公司",) * 12 + ("股份有限公司",) * 3 + ("有限责任公司", "集团有限公司", "厂")
_UNIVERSITY_KINDS = [
    "理工大学",
    "工业大学",
    "科技大学",
    "农业大学",
    "师范大学",
    "工程学院",
    "职业技术学院",
    "交通大学",
    "大学",
    "电力大学",
]
_INSTITUTE_FIELDS = [
    "电力科学",
    "环境科学",
    "能源",
    "化学",
    "农业科学",
    "水利水电科学",
    "机械",
    "材料",
    "自动化",
    "过程工程",
    "林业科学",
    "光学精密机械",
    "冶金",
    "建筑科学",
    "煤炭科学",
    "海洋",
    "地质",
    "应用技术",
]
_GOVERNMENT_KINDS = [
    "生态观测站",
    "农技服务中心",
    "气象观测台",
    "水文观测所",
    "林木管护处",
    "疾病防控站",
    "产品检验所",
    "交通设施管理处",
    "市政养护处",
    "人民医院",
]
_ORDINALS = "二三四五六七八九"
_UTILITY = [
    "华陆电网",
    "中岳电力",
    "北辰能源集团",
    "东晟石化集团",
    "中衡核电集团",
    "联澜铁路",
    "远江水利",
    "国岭建工集团",
]

_FOREIGN_PLACES = (
    (
        "日本",
        34,
        [
            "东京都",
            "大阪府",
            "神奈川县",
            "爱知县",
            "京都府",
            "静冈县",
            "埼玉县",
            "长野县",
            "兵库县",
            "茨城县",
        ],
    ),
    (
        "美国",
        26,
        [
            "加利福尼亚州",
            "纽约州",
            "得克萨斯",
            "密歇根州",
            "新泽西州",
            "马萨诸塞州",
            "伊利诺伊州",
            "特拉华州",
        ],
    ),
    ("德国", 13, ["慕尼黑", "斯图加特", "法兰克福", "路德维希港", "埃森", "柏林"]),
    ("韩国", 10, ["首尔", "京畿道", "庆尚北道", "大田"]),
    ("法国", 5, ["巴黎", "里昂", "格勒诺布尔"]),
    ("荷兰", 4, ["艾恩德霍芬", "阿姆斯特丹"]),
    ("瑞士", 3, ["巴塞尔", "苏黎世"]),
    ("英国", 3, ["伦敦", "英格兰德比郡"]),
    ("瑞典", 2, ["斯德哥尔摩", "哥德堡"]),
)
_NEIGHBOURS = [
    "台湾新竹市",
    "台湾台北市",
    "台湾高雄市",
    "台湾台中市",
    "台湾桃园县",
    "香港九龙",
    "香港新界",
    "香港中环",
    "澳门特别行政区",
]
_FOREIGN_SYLLABLES = [
    "埃",
    "索",
    "菲",
    "兰",
    "克",
    "德",
    "莱",
    "卡",
    "维",
    "诺",
    "尔",
    "特",
    "巴",
    "罗",
    "森",
    "姆",
    "里",
    "奥",
    "伯",
    "曼",
    "斯",
    "托",
    "格",
    "林",
    "艾",
    "温",
    "迪",
    "莫",
]
_FOREIGN_FORMS = {
    "日本": ("株式会社",),
    "韩国": ("株式会社", "公司"),
    "德国": ("有限公司", "股份公司", "两合公司"),
}
_FOREIGN_GIVEN = [
    "约翰",
    "迈克尔",
    "罗伯特",
    "戴维",
    "托马斯",
    "安德烈亚斯",
    "马丁",
    "彼得",
    "克劳斯",
    "弗朗索瓦",
    "卡尔",
    "斯蒂芬",
    "保罗",
    "埃里克",
]
_JAPANESE = [
    "佐木健一",
    "山下浩二",
    "中村真一",
    "高桥诚",
    "渡边和也",
    "小川隆",
    "松田洋介",
    "石井大辅",
    "井上哲也",
    "森田直树",
]


class Namer:
    """Draws names; an organisation's name is never given twice.

    Parameters
    ----------
    rng
        The stream that all names come from.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()
        stems = place_stems()
        self._brands = [a + b for a in _BRAND for b in _BRAND if a != b and a + b not in stems]
        # A few given names are common, most are rare: so that people share names, as they do.
        self._given = list(accumulate(1.0 / (k + 12) for k in range(len(_GIVEN))))
        self._surnames = list(accumulate(1.0 / (k + 6) for k in range(len(_SURNAMES))))
        self._stems = stems
        self._foreign = list(accumulate(weight for _, weight, _ in _FOREIGN_PLACES))

    def person(self) -> str:
        """Return the name of a person; others may have the same."""
        rng = self._rng
        name = rng.choices(_SURNAMES, cum_weights=self._surnames)[0]
        name += rng.choices(_GIVEN, cum_weights=self._given)[0]
        if rng.random() < 0.72:
            name += rng.choices(_GIVEN, cum_weights=self._given)[0]
        return name

    def brand(self) -> str:
        """Return a trade name (字号) that no place begins with, nor contains."""
        while True:
            brand = self._rng.choice(self._brands)
            if self._rng.random() < 0.25:
                brand += self._rng.choice(_BRAND)
            if not any(brand[k : k + 2] in self._stems for k in range(len(brand) - 1)):
                return brand

    def _once(self, make: list[str]) -> str | None:
        for name in make:
            if name not in self._taken:
                self._taken.add(name)
                return name
        return None

    def place_word(self, node: Node) -> str:
        """Return the city as a company would put it into its name."""
        rng = self._rng
        draw = rng.random()
        if draw < 0.10:
            towns = [c for c in node.counties_in(2010) if c.stands_alone and len(c.name) >= 3]
            if towns:
                return rng.choice(towns).name
        # A short name that is also a province, or one character, does not name the city.
        short = node.short_name
        if draw < 0.35 or len(short) < 2 or short == "吉林" or not _is_plain_city(node):
            return node.name
        return short

    def organisation(self, node: Node, kind: PartyKind, place: str) -> str:
        """Return a new name of an organisation.

        Parameters
        ----------
        node
            The city whose name it may carry.
        kind
            The kind of organisation.
        place
            ``city``, ``province`` or ``none``: which place stands in the name.
        """
        rng = self._rng
        while True:
            if place == "city":
                word = self.place_word(node)
            elif place == "province":
                word = _province_word(node)
            else:
                word = ""
            # A trade name stands in every one of them: a city and a kind alone would be real ones.
            if kind == "university":
                name = f"{word}{self.brand()}{rng.choice(_UNIVERSITY_KINDS)}"
            elif kind == "institute":
                name = (
                    f"{word}{self.brand()}{rng.choice(_INSTITUTE_FIELDS)}研究{rng.choice('院所')}"
                )
            elif kind == "government":
                which = f"第{rng.choice(_ORDINALS)}{rng.choice(_GOVERNMENT_KINDS)}"
                name = f"{word}{which}" if word else f"{self.brand()}{which}"
                if name in self._taken:
                    name = f"{word}{self.brand()}{which}"
            else:
                bracket = word and len(word) <= 3 and rng.random() < 0.15
                left, right = rng.choice((("（", "）"), ("(", ")")))
                industry, form = rng.choice(_INDUSTRIES), rng.choice(_FORMS)
                if form == "厂":
                    industry = industry.removesuffix("科技").removesuffix("技术") or "机械"
                if bracket:
                    name = f"{self.brand()}{industry}{left}{word}{right}{form}"
                else:
                    name = f"{word}{self.brand()}{industry}{form}"
            if (found := self._once([name])) is not None:
                return found

    def misleading(self, other: Node) -> str:
        """Return a name that sounds of a place where the organisation does not sit."""
        rng = self._rng
        while True:
            draw = rng.random()
            word, brand = other.short_name, self.brand()
            if draw < 0.3:
                name = f"{rng.choice(('南京路', '上海路', '北京路', '中山路'))}{brand}机械厂"
            elif draw < 0.45:
                name = (
                    f"{rng.choice(('中山', '朝阳', '兴安'))}{brand}{rng.choice(('大学', '学院'))}"
                )
            elif draw < 0.65:
                dish = rng.choice(("南京板鸭", "金华火腿", "重庆小面", "北京烤鸭"))
                name = f"{brand}{dish}食品有限公司"
            elif draw < 0.8:
                name = f"{rng.choice(('长沙河', '黄山松', '西安门'))}{brand}环保工程有限公司"
            else:
                name = f"{word}{brand}{rng.choice(_INDUSTRIES)}有限公司"
            if (found := self._once([name])) is not None:
                return found

    def branch(self, parent: str, node: Node) -> tuple[str, bool] | None:
        """Return the name of a branch in another city, and whether its place stands in it."""
        rng = self._rng
        word = node.short_name if len(node.short_name) > 1 and _is_plain_city(node) else node.name
        if "大学" in parent or "学院" in parent:
            options = [(f"{parent}{word}研究院", True), (f"{parent}{word}研究生院", True)]
        elif parent.endswith("公司"):
            options = [
                (f"{parent}{word}分公司", True),
                (f"{parent}技术研究院", False),
                (f"{parent}{word}供电公司", True),
            ]
        else:
            options = [(f"{parent}{word}分院", True), (f"{parent}分院", False)]
        rng.shuffle(options)
        for name, placed in options:
            if self._once([name]) is not None:
                return name, placed
        return None

    def utility(self, number: int) -> str:
        """Return the name of a nationwide enterprise, which says nothing about its seat."""
        name = f"{_UTILITY[number % len(_UTILITY)]}有限公司"
        return self._once([name]) or self.organisation(nodes()[0], "firm", "none")

    def renamed(self, name: str) -> str | None:
        """Return what an organisation is called after a change of its form, if it can have one."""
        for old, new in (
            ("集团有限公司", "控股集团有限公司"),
            ("股份有限公司", "集团股份有限公司"),
        ):
            if name.endswith(old):
                return self._once([name.removesuffix(old) + new])
        for old, new in (
            ("有限责任公司", "股份有限公司"),
            ("有限公司", "股份有限公司"),
            ("职业技术学院", "应用技术大学"),
            ("工程学院", "工程大学"),
            ("厂", "有限公司"),
        ):
            if name.endswith(old):
                return self._once([name.removesuffix(old) + new])
        return None

    def foreigner(self) -> tuple[str, str, bool]:
        """Return name, printed place and whether it is a person."""
        rng = self._rng
        country, _, regions = rng.choices(_FOREIGN_PLACES, cum_weights=self._foreign)[0]
        place = country + rng.choice(regions)
        if rng.random() < 0.06:
            if country == "日本":
                return rng.choice(_JAPANESE), place, True
            middle = "".join(rng.choices(_FOREIGN_SYLLABLES, k=3))
            return f"{rng.choice(_FOREIGN_GIVEN)}·{middle}", place, True
        stem = "".join(rng.choices(_FOREIGN_SYLLABLES, k=rng.choice((2, 3, 3, 4))))
        form = rng.choice(_FOREIGN_FORMS.get(country, ("公司", "有限公司", "国际公司")))
        prefix = form == "株式会社" and rng.random() < 0.4
        return (f"{form}{stem}" if prefix else f"{stem}{form}"), place, False

    def neighbour(self) -> tuple[str, str, bool]:
        """Return name, printed place and whether it is a person, for Taiwan, Hong Kong, Macau."""
        rng = self._rng
        place = rng.choice(_NEIGHBOURS)
        if rng.random() < 0.85:
            place = "中国" + place
        if rng.random() < 0.2:
            return self.person(), place, True
        name = self.organisation(nodes()[0], "firm", "none").replace("有限责任公司", "有限公司")
        self._taken.add(name)
        return name, place, False

    def foreign_inventor(self, country_is_japan: bool) -> str:
        """Return the name of an inventor abroad."""
        rng = self._rng
        if country_is_japan:
            return rng.choice(_JAPANESE)
        return f"{rng.choice('JMRKPAST')}·{''.join(rng.choices(_FOREIGN_SYLLABLES, k=3))}"


@cache
def _generic_pairs() -> frozenset[str]:
    words = [*_INDUSTRIES, *_FORMS, *_UNIVERSITY_KINDS, *_INSTITUTE_FIELDS, *_GOVERNMENT_KINDS]
    words += [f"{word}有限公司" for word in _INDUSTRIES]
    words += ["研究院", "研究所", "科学研究", "股份有限公司", "集团股份有限公司", "有限责任公司"]
    return frozenset(w[k : k + 2] for w in words for k in range(len(w) - 1)) | place_stems()


def is_generic(pair: str) -> bool:
    """Whether two characters stand in what many organisations are called, or begin a place."""
    return pair in _generic_pairs()


def _is_plain_city(node: Node) -> bool:
    # Leagues, areas and autonomous prefectures have short names (海南, 黄南, 阿里) that a company
    # would not use alone.
    return node.name.endswith("市")


def _province_word(node: Node) -> str:
    for tail in ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区"):
        if node.province.endswith(tail):
            return node.province.removesuffix(tail)
    return node.province if node.province == "吉林省" else node.province.removesuffix("省")
