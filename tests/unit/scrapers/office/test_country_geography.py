"""The office's city facts and the addresses written with them."""

from __future__ import annotations

import random

import pytest

from scrapers.office.geography import (
    Node,
    ambiguous_districts,
    distance_km,
    new_site,
    node_index,
    nodes,
    print_address,
)

_POSTCODES = {
    "11": "10", "12": "30", "13": "05 06 07", "14": "03 04", "15": "01 02 13 16 75", "21": "11 12",
    "22": "13", "23": "15 16", "31": "20", "32": "21 22", "33": "31 32", "34": "23 24",
    "35": "35 36", "36": "33 34", "37": "25 26 27", "41": "45 46 47", "42": "43 44", "43": "41 42",
    "44": "51 52", "45": "53 54", "46": "57", "50": "40", "51": "61 62 63 64", "52": "55 56",
    "53": "65 66 67", "54": "85 86", "61": "71 72", "62": "73 74", "63": "81", "64": "75",
    "65": "83 84",
}  # fmt: skip


def _node(short_name: str) -> Node:
    return next(n for n in nodes() if n.short_name == short_name)


def test_the_country_has_341_cities_in_31_provinces() -> None:
    assert len(nodes()) == len({n.code for n in nodes()}) == 341
    assert len({n.province_code for n in nodes()}) == 31
    assert {"济源市", "仙桃市", "潜江市", "天门市"} <= {n.name for n in nodes()}
    assert len(node_index()) == 341


def test_coordinates_are_where_the_cities_are() -> None:
    assert distance_km(_node("北京"), _node("天津")) == pytest.approx(109, abs=8)
    assert distance_km(_node("上海"), _node("乌鲁木齐")) == pytest.approx(3270, abs=60)


def test_names_follow_the_years() -> None:
    assert _node("襄阳").name_in(2008) == "襄樊市"
    assert _node("襄阳").name_in(2012) == "襄阳市"
    assert _node("普洱").name_in(2005) == "思茅市"


def test_counties_that_became_districts_have_their_old_name_before() -> None:
    hangzhou = _node("杭州")
    assert "萧山市" in {c.name for c in hangzhou.counties_in(2000)}
    assert "萧山市" not in {c.name for c in hangzhou.counties_in(2010)}
    # Chaohu was a prefecture of its own until 2010.
    parents = {c.name: c.parent_name for c in _node("合肥").counties_in(2008)}
    assert parents["庐江县"] == "巢湖市"


def test_postcodes_belong_to_the_province() -> None:
    rng = random.Random(1)
    for node in nodes():
        site = new_site(rng, node)
        assert len(site.postcode) == 6
        assert site.postcode[:2] in _POSTCODES[node.code[:2]].split(), node.name


def test_an_address_names_its_place_and_only_in_words_of_its_year() -> None:
    rng = random.Random(2)
    for _ in range(3000):
        node = nodes()[rng.randrange(len(nodes()))]
        year = rng.randrange(2000, 2021)
        address = print_address(rng, node, new_site(rng, node), year)
        if address.is_ambiguous:
            continue
        words = {node.name_in(year), node.name}
        words |= {c.name for c in node.counties_in(year)}
        words |= {c.parent_name for c in node.counties_in(year) if c.parent_name}
        assert any(word in address.text for word in words), (node.name, year, address.text)
        assert address.glued.endswith(address.text)


def test_few_addresses_are_bare_districts_that_several_cities_have() -> None:
    rng = random.Random(3)
    ambiguous = []
    for _ in range(20_000):
        node = nodes()[rng.randrange(len(nodes()))]
        address = print_address(rng, node, new_site(rng, node), 2015)
        if address.is_ambiguous:
            ambiguous.append((node, address))
    assert 0 < len(ambiguous) <= 0.005 * 20_000
    for node, address in ambiguous:
        assert address.postcode == ""
        district = next(d for d in ambiguous_districts(2015)[node.code] if d in address.text)
        assert sum(district in ambiguous_districts(2015).get(n.code, ()) for n in nodes()) > 1
