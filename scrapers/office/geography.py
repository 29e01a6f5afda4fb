"""The office's own city facts: nodes, their names in time, county-level units, addresses."""

from __future__ import annotations

import csv
import math
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources

from scrapers.office.dirt import DEFAULT, Dirt

_STREETS = [
    "人民路",
    "建设路",
    "解放路",
    "科技路",
    "创新大道",
    "工业路",
    "文化路",
    "学府路",
    "友谊路",
    "振兴街",
    "迎宾大道",
    "胜利路",
    "团结路",
    "光明路",
    "朝霞街",
    "新风路",
    "花园路",
    "民主街",
    "产业园路",
    "科苑路",
    "兴业路",
    "滨河路",
    "环城南路",
    "环城北路",
    "府前街",
    "湖滨路",
    "站前路",
    "和谐路",
    "春风街",
    "育才路",
    "绿洲大道",
    "星火路",
    "望江路",
    "青年路",
    "健康路",
    "幸福街",
    "火炬路",
    "天鹅路",
    "白云大道",
    "云杉路",
    "银杏街",
    "梧桐路",
    "枫林路",
    "东风路",
    "西环路",
    "北环路",
    "南环路",
    "世纪大道",
    "学苑街",
    "书院路",
]
# Streets named after places stand in hundreds of cities; they tell nothing about where they are.
_TRAP_STREETS = [
    "南京路",
    "北京路",
    "上海路",
    "天津路",
    "重庆路",
    "中山路",
    "中山北路",
    "延安路",
    "长安街",
    "西安路",
    "武汉路",
    "青岛路",
    "广州路",
    "大连路",
    "南昌路",
    "哈尔滨路",
    "遵义路",
    "洛阳路",
]
_TAILS = ("", "", "", "", "A座", "3号楼", "科技大厦8层", "创业园B区", "1幢202室", "2栋", "产业园内")


@dataclass(frozen=True, slots=True)
class County:
    """One spell of a county-level unit: its name and parent in the years given."""

    node_code: str
    code: str
    name: str
    kind: str
    parent_name: str
    first_year: int
    last_year: int
    stands_alone: bool  # the name is the only one of its kind since 2000 and no district


@dataclass(frozen=True, slots=True)
class Node:
    """One city of the country (地级单位), on the boundaries of today."""

    code: str
    name: str
    short_name: str
    province_code: str
    province: str
    latitude: float
    longitude: float
    postcode_prefix: str
    size_rank: int | None
    hsr_year: int | None
    low_carbon_year: int | None
    carbon_trade_year: int | None
    innovative_year: int | None
    names: tuple[tuple[str, int, int], ...]
    counties: tuple[County, ...]

    @property
    def is_municipality(self) -> bool:
        """Whether province and city are one (直辖市)."""
        return self.name == self.province

    def name_in(self, year: int) -> str:
        """Return the name of the city in a year."""
        for name, first, last in self.names:
            if first <= year <= last:
                return name
        return self.name

    def counties_in(self, year: int) -> tuple[County, ...]:
        """Return the county-level units that existed in a year under the names of that year."""
        return _counties_in(self.code, year)


@dataclass(frozen=True, slots=True)
class Site:
    """A place inside a city: stays the same while the names around it change."""

    county: int
    street: str
    number: int
    tail: str
    postcode: str


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("scrapers.office").joinpath("facts", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _year(text: str) -> int | None:
    return int(text) if text else None


@cache
def nodes() -> tuple[Node, ...]:
    """Return all cities of the country in order of their codes."""
    names: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in _rows("node_names.csv"):
        span = (row["name"], int(row["first_year"]), _year(row["last_year"]) or 9999)
        names[row["code"]].append(span)
    counties: dict[str, list[County]] = defaultdict(list)
    for row in _rows("counties.csv"):
        counties[row["node_code"]].append(
            County(
                node_code=row["node_code"],
                code=row["code"],
                name=row["name"],
                kind=row["kind"],
                parent_name=row["parent_name"],
                first_year=int(row["first_year"]),
                last_year=_year(row["last_year"]) or 9999,
                stands_alone=row["stands_alone"] == "1",
            )
        )
    return tuple(
        Node(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            province_code=row["province_code"],
            province=row["province"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            postcode_prefix=row["postcode_prefix"],
            size_rank=_year(row["size_rank"]),
            hsr_year=_year(row["hsr_year"]),
            low_carbon_year=_year(row["low_carbon_year"]),
            carbon_trade_year=_year(row["carbon_trade_year"]),
            innovative_year=_year(row["innovative_year"]),
            names=tuple(names[row["code"]]),
            counties=tuple(counties[row["code"]]),
        )
        for row in _rows("nodes.csv")
    )


@cache
def node_index() -> dict[str, int]:
    """Return the position of every city code in `nodes`."""
    return {node.code: n for n, node in enumerate(nodes())}


@cache
def _counties_in(code: str, year: int) -> tuple[County, ...]:
    node = nodes()[node_index()[code]]
    return tuple(c for c in node.counties if c.first_year <= year <= c.last_year)


@cache
def ambiguous_districts(year: int) -> dict[str, tuple[str, ...]]:
    """Return district names that stood in several cities in a year, per city code."""
    where: dict[str, set[str]] = defaultdict(set)
    for node in nodes():
        for county in node.counties_in(year):
            where[county.name].add(node.code)
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(where):
        if len(where[name]) > 1 and name.endswith("区"):
            for code in where[name]:
                found[code].append(name)
    return {code: tuple(sorted(names)) for code, names in found.items()}


@cache
def place_stems() -> frozenset[str]:
    """Return the two-character beginnings that would read as a place inside a name."""
    stems: set[str] = set()
    for node in nodes():
        stems.update(name[:2] for name, _, _ in node.names)
        stems.add(node.province[:2])
        stems.update(c.name[:2] for c in node.counties)
    return frozenset(stems)


def distance_km(a: Node, b: Node) -> float:
    """Return the great-circle distance of two cities in kilometres."""
    la, lb = math.radians(a.latitude), math.radians(b.latitude)
    dl = math.radians(b.longitude - a.longitude)
    cosine = math.sin(la) * math.sin(lb) + math.cos(la) * math.cos(lb) * math.cos(dl)
    return 6371.0 * math.acos(max(-1.0, min(1.0, cosine)))


def new_site(rng: random.Random, node: Node) -> Site:
    """Draw a place in a city, with a postcode that fits the city."""
    street = rng.choice(_TRAP_STREETS if rng.random() < 0.06 else _STREETS)
    prefix = node.postcode_prefix
    # Low digits dominate, as in real codes: 0 is the seat, the county towns follow.
    rest = 6 - len(prefix)
    middle = "".join(str(min(int(rng.expovariate(0.45)), 9)) for _ in range(rest))
    return Site(
        county=rng.randrange(10_000),
        street=street,
        number=rng.randrange(1, 400),
        tail=rng.choice(_TAILS),
        postcode=prefix + middle,
    )


@dataclass(frozen=True, slots=True)
class Address:
    """An address as printed, apart from its postcode."""

    text: str
    postcode: str
    is_ambiguous: bool  # a bare district that several cities have, and no postcode
    damage: tuple[str, ...] = ()  # what is missing or in a form of its own

    @property
    def glued(self) -> str:
        """The form of the gazette: postcode glued to the text."""
        return self.postcode + self.text


@dataclass(frozen=True, slots=True)
class AddressParts:
    """What a complete address of a site consists of, in a given year."""

    province: str  # empty for municipalities
    city: str
    county: str
    tail: str
    postcode: str
    is_county_alone: bool  # the county's name is enough to know the city
    has_other_parent: bool  # the county belonged to another unit then: it cannot be left out

    @property
    def text(self) -> str:
        """The complete address."""
        return f"{self.province}{self.city}{self.county}{self.tail}"


def address_parts(node: Node, site: Site, year: int) -> AddressParts:
    """Return the parts of the complete address of a site under the names of a year."""
    units = node.counties_in(year)
    county = units[site.county % len(units)] if units else None
    city = node.name_in(year)
    if county is not None and county.parent_name.endswith(("市", "州", "盟", "地区")):
        city = county.parent_name if not node.is_municipality else node.name
    local = county.name if county is not None else ""
    return AddressParts(
        province="" if node.is_municipality else node.province,
        city=city,
        county="" if local == city else local,
        tail=f"{site.street}{site.number}号{site.tail}",
        postcode=site.postcode,
        is_county_alone=county is not None and county.stands_alone and local != city,
        has_other_parent=county is not None and county.parent_name != node.name,
    )


def print_address(
    rng: random.Random, node: Node, site: Site, year: int, dirt: Dirt = DEFAULT
) -> Address:
    """Return an address as somebody would write it in a given year.

    How many numbers are drawn never depends on the rates of ``dirt``.
    """
    parts = address_parts(node, site, year)
    draw = rng.random()
    bare: tuple[str, ...] = ()
    if draw < max(dirt.bare_district, DEFAULT.bare_district):
        bare = ambiguous_districts(year).get(node.code, ())
    address: Address | None = None
    if draw < dirt.bare_district and bare:
        text = bare[site.county % len(bare)] + parts.tail
        address = Address(text, "", True, ("bare_district",))
    if draw < DEFAULT.bare_district and bare:
        return address or Address(parts.text, parts.postcode, False)
    lost = []

    def suffers(kind: str, rate: float) -> bool:
        if rng.random() < rate:
            lost.append(kind)
            return True
        return False

    postcode = "" if suffers("no_postcode", dirt.no_postcode) else parts.postcode
    province, city, county = parts.province, parts.city, parts.county
    if suffers("no_province", dirt.no_province):
        province = ""
    if parts.is_county_alone:
        if suffers("no_city", dirt.no_city):
            city = ""
    elif suffers("no_county", dirt.no_county):
        if parts.has_other_parent:
            lost.pop()
        else:
            county = ""
    country = "中国" if suffers("country_prefix", dirt.country_prefix) else ""
    if address is not None:
        return address
    empty = {"no_province": not parts.province, "no_county": not parts.county}
    damage = tuple(kind for kind in lost if not empty.get(kind, False))
    return Address(f"{country}{province}{city}{county}{parts.tail}", postcode, False, damage)
