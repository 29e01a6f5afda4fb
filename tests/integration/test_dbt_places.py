"""Gazetteer, location of texts, applicant types and the ladder, from landed rows to marts."""

from __future__ import annotations

import contextlib
import csv
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestration.locate import EXCLUDE, SELECT
from orchestration.method import MethodSettings
from orchestration.settings import REPO_ROOT
from tests.warehouse import PERSON_KEY, Build, dbt_build, make_landing

EN_SPACE = "\u2002"
PLACES = (
    "+path:models/marts/places +path:models/marts/applicants +tag:links "
    "+int_parties_located +int_city_rules_measured"
)
FIXTURES = REPO_ROOT / "tests" / "fixtures" / "places"
LABELLED = "cases/addresses/addresses.csv"
LOCATED = (
    "text, text_kind, year, prefecture_adcode, node_code, adcode_at_date, unit_code, "
    "province_code, country_or_area, candidates, rule, confidence, reason"
)


def write_texts(path: Path, texts: Sequence[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["text", "text_kind", "year"])
        writer.writerows(texts)
    return path


def locate(
    root: Path, texts: Sequence[tuple[str, str, str]], env: Mapping[str, str] | None = None
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Run the models that `greenties locate` runs, over texts alone."""
    path = write_texts(root / "texts.csv", texts)
    build = dbt_build(
        root,
        select=SELECT,
        exclude=[*EXCLUDE, "test_type:unit", "test_type:data"],
        env={"GREENTIES_PLACE_TEXTS": str(path), "GREENTIES_PLACE_TEXTS_ONLY": "1", **(env or {})},
    )
    names = [name.strip() for name in LOCATED.split(",")]
    rows = build.rows(f"select {LOCATED} from intermediate.int_place_texts_located")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {
        (r["text"], r["text_kind"], "" if r["year"] is None else str(r["year"])): r for r in found
    }


def cases_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def key_of(case: Mapping[str, str]) -> tuple[str, str, str]:
    kind = "name" if case["text_kind"] == "organisation_only" else "address"
    return case["text"], kind, case["filing_year"]


OWN_CASES = {name: cases_of(FIXTURES / f"{name}.csv") for name in ("addresses", "organisations")}


@pytest.fixture(scope="module")
def located(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Every text of this module in one build; those of the shared cases where they are at hand."""
    texts = [key_of(case) for cases in OWN_CASES.values() for case in cases]
    texts += [trap[:3] for trap in TRAPS]
    with contextlib.suppress(pytest.skip.Exception):
        shared = request.getfixturevalue("shared")
        texts += [key_of(case) for case in cases_of(shared / LABELLED)]
    return locate(tmp_path_factory.mktemp("texts"), list(dict.fromkeys(texts)))


@dataclass
class Score:
    """Right and wrong answers by kind of text, and those that differ in something."""

    total: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    other_year: list[str] = field(default_factory=list)
    other_reason: list[str] = field(default_factory=list)
    other_country: list[str] = field(default_factory=list)


def score(
    cases: Sequence[Mapping[str, str]], located: Mapping[tuple[str, str, str], Mapping[str, Any]]
) -> Score:
    said = Score()
    for case in cases:
        answer, kind = located[key_of(case)], key_of(case)[1]
        place = answer["prefecture_adcode"] or ""
        accepted = {case["expected_prefecture_adcode"]}
        accepted |= set(filter(None, case.get("accepted_alternative_adcodes", "").split(";")))
        unit = case["expected_county_adcode_if_province_administered"]
        is_right = place in accepted and (answer["unit_code"] or "") == unit
        said.total[kind] += 1
        said.right[kind] += is_right
        said.wrong[kind] += not is_right and bool(place or answer["unit_code"])
        if not is_right:
            print("miss", case["text"], case["filing_year"], accepted, answer)
        then = case["expected_at_filing_adcode"]
        if is_right and then and answer["adcode_at_date"] != then:
            said.other_year.append(f"{case['text']} {answer['adcode_at_date']}, not {then}")
        reason = case["empty_reason"]
        if reason == "province_administered" and answer["node_code"]:
            reason = ""  # a unit of the registry lacks nothing
        if reason and answer["reason"] != reason:
            said.other_reason.append(f"{case['text']} {answer['reason']}")
        if kind == "address" and (answer["country_or_area"] or "") != case["country_or_area"]:
            said.other_country.append(f"{case['text']} {answer['country_or_area']}")
    print(f"right {dict(said.right)}, wrong {dict(said.wrong)}, of {dict(said.total)}")
    return said


def test_labelled_texts_get_their_prefecture(
    shared: Path, located: Mapping[tuple[str, str, str], Mapping[str, Any]]
) -> None:
    """Addresses: 98 in 100 right and none wrong; names of organisations: precision first."""
    said = score(cases_of(shared / LABELLED), located)
    assert said.right["address"] >= 0.98 * said.total["address"]
    assert said.wrong["address"] == 0
    assert said.wrong["name"] <= 0.02 * said.total["name"]
    assert said.right["name"] >= 0.60 * said.total["name"]
    assert said.other_year == said.other_reason == said.other_country == []


def test_addresses_of_all_kinds_are_read(
    located: Mapping[tuple[str, str, str], Mapping[str, Any]],
) -> None:
    """Written from public facts before the rules were tried on them."""
    said = score(OWN_CASES["addresses"], located)
    assert said.right["address"] >= 0.99 * said.total["address"]
    assert said.wrong["address"] == 0
    assert said.other_year == said.other_reason == said.other_country == []


def test_names_of_organisations_are_placed_or_left_open(
    located: Mapping[tuple[str, str, str], Mapping[str, Any]],
) -> None:
    said = score(OWN_CASES["organisations"], located)
    assert said.right["name"] >= 0.80 * said.total["name"]
    assert said.wrong["name"] <= 0.01 * said.total["name"]


# text, kind, year -> prefecture, unit in that year, reason; written for this test
TRAPS: list[tuple[str, str, str, str | None, str | None, str | None]] = [
    ("江苏省南京市鼓楼区北京西路2号", "address", "2010", "320100", "320100", None),
    ("鼓楼区北京西路2号", "address", "2010", None, None, "ambiguous_district"),
    ("四川省涪陵市体育路", "address", "1996", "500000", "511400", None),
    ("四川省眉山市东坡区", "address", "2010", "511400", "511400", None),
    ("四川省资阳市简阳市", "address", "2010", "510100", "512000", None),
    ("安徽省巢湖市", "address", "2008", None, None, "ambiguous_district"),
    ("安徽省巢湖市", "address", "2015", "340100", "340100", None),
    ("通州区新华大街", "address", "2005", "110000", "110000", None),
    ("通州区新华大街", "address", "2015", None, None, "ambiguous_district"),
    ("215300江苏省无锡市昆山市", "address", "2015", "320500", "320500", None),
    ("江苏省无锡市昆山市", "address", "2015", None, None, "ambiguous_district"),
    ("广东省深州市", "address", "2010", None, None, "inconsistent"),
    ("开发区西区", "address", "2010", None, None, "no_place"),
    ("宁波杭州湾新区滨海路", "address", "2015", "330200", "330200", None),
    ("台灣新竹科學園區", "address", "2015", None, None, "non_mainland"),
    ("德国路德维希堡", "address", "2015", None, None, "foreign"),
    ("中山大学", "name", "2015", "440100", "440100", None),
    ("西安电子科技大学", "name", "2015", "610100", "610100", None),
    ("电子科技大学", "name", "2015", "510100", "510100", None),
    ("浙江大学滨海产业技术研究院", "name", "2015", None, None, "ambiguous_name"),
    ("东华理工大学", "name", "2005", "361000", "361000", None),
    ("东华理工大学", "name", "2019", "360100", "360100", None),
    ("湖南永州道县", "address", "2015", "431100", "431100", None),
    ("湖北荆州潜江县", "address", "1987", "429005", "422400", None),
    ("新疆阿克苏地区阿拉尔市", "address", "2015", None, "659002", "province_administered"),
    ("北京市燕郊开发区", "address", "2015", "131000", "131000", None),
    ("北京大学深圳研究生院", "name", "2015", "440300", "440300", None),
    ("北京京东科技(昆山)有限公司", "name", "2015", "320500", "320500", None),
    ("国网吉林省电力有限公司吉林供电公司", "name", "2015", "220200", "220200", None),
    ("国网吉林省电力有限公司", "name", "2015", "220100", "220100", None),
    ("中国移动通信集团吉林有限公司", "name", "2015", "220100", "220100", None),
    ("中国铁塔股份有限公司吉林省分公司", "name", "2015", None, None, "province_only"),
    ("南京路机械有限公司", "name", "2015", None, None, "no_place"),
    ("阿里巴巴集团控股有限公司", "name", "2015", None, None, "no_place"),
    ("东方通信股份有限公司", "name", "2015", None, None, "no_place"),
]


def test_traps_end_in_the_right_place_or_in_none(
    located: Mapping[tuple[str, str, str], Mapping[str, Any]],
) -> None:
    said = [
        (*trap[:3], *(located[trap[:3]][c] for c in ("node_code", "adcode_at_date", "reason")))
        for trap in TRAPS
    ]
    assert said == TRAPS


def test_a_country_of_ones_own_replaces_the_tables(tmp_path: Path) -> None:
    """City, units and alias table of a user: nothing of the seeds shines through."""
    header = (REPO_ROOT / "dbt_project/seeds/prefectures.csv").read_text(encoding="utf-8")
    header = header.split("\n")[0]
    columns = header.split(",")

    def city(adcode: str, name: str, short: str) -> str:
        values = {
            "adcode": adcode,
            "name_zh": name,
            "short_name_zh": short,
            "province_zh": "云梦省",
            "province_code": "980000",
            "region": "east",
            "latitude": "30",
            "longitude": "110",
            "valid_from_year": "2000",
            "is_current_2024": "1",
        }
        return ",".join(values.get(column, "") for column in columns)

    cities = tmp_path / "cities.csv"
    cities.write_text(
        "\n".join([header, city("980100", "青溪市", "青溪"), city("980200", "白塔市", "白塔"), ""]),
        encoding="utf-8",
    )
    units = tmp_path / "units.csv"
    units.write_text(
        "adcode,name_zh,province_code,province_zh,latitude,longitude,coord_datum,valid_from_year,"
        "valid_to_year,in_node_universe_341,note\n"
        "989001,红桥市,980000,云梦省,31,111,WGS84,2001,,1,\n",
        encoding="utf-8",
    )
    aliases = tmp_path / "aliases.csv"
    aliases.write_text(
        "alias,alias_type,target_adcode,target_name_zh,target_level,candidate_adcodes,valid_years,"
        "rule,source\n镜湖新区,zone_or_county_stem,980200,白塔市,prefecture,,,,own\n",
        encoding="utf-8",
    )
    texts = [
        ("云梦省青溪市大路1号", "address", "2010"),
        ("云梦省镜湖新区", "address", "2010"),
        ("云梦省红桥市", "address", "2010"),
        ("江苏省南京市", "address", "2010"),
    ]
    located = locate(
        tmp_path,
        texts,
        env={
            "GREENTIES_CITY_TABLE": str(cities),
            "GREENTIES_UNITS_TABLE": str(units),
            "GREENTIES_ALIAS_TABLE": str(aliases),
        },
    )
    assert [located[text]["node_code"] for text in texts] == ["980100", "980200", "989001", None]


def patent(number: int, date: str, applicants: Sequence[str], address: str) -> dict[str, str]:
    digits = f"{date[:4]}1{number:07d}"
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=True))
    return {
        "source_type": "pip",
        "record_heading": "发明公布",
        "title": f"装置{number}",
        "publication_no": f"CN{101000000 + number}A",
        "publication_date": date,
        "application_no": digits + "0123456789X"[total % 11],
        "application_date": date,
        "applicants": f";{EN_SPACE}".join(applicants),
        "inventors": "王小明",
        "address": address,
        "ipc": "H01M10/0525(2010.01)I",
    }


MOVER = "立远电池有限公司"
BRANCH = "国网湖北省电力公司武汉供电公司"
PATENTS = [
    patent(1, "2008.05.07", [MOVER, "清河大学"], "100083北京市海淀区学院路1号"),
    patent(2, "2015.05.06", [MOVER, BRANCH], "200240上海市闵行区东川路8号"),
    patent(3, "2009.05.06", ["清河大学", MOVER, "李一山", "赵丽"], "210096江苏省南京市四牌楼2号"),
    patent(4, "2014.05.07", ["清河大学", MOVER, "李一山", "松田株式会社"], "南京市玄武区1号"),
    patent(5, "2010.05.05", ["李一山"], "430074湖北省武汉市洪山区珞喻路7号"),
    patent(6, "2010.05.05", ["赵丽"], "410012湖南省长沙市岳麓区3号"),
    patent(7, "2010.05.05", ["松田株式会社"], "日本东京都"),
    patent(8, "2012.05.02", ["王伟民", "清河大学"], "430074湖北省武汉市洪山区9号"),
    patent(9, "2012.05.02", ["王伟民"], "710049陕西省西安市咸宁西路28号"),
    patent(10, "2012.05.02", ["清河大学", "王伟民", "无名氏科技有限公司"], "南京市玄武区1号"),
]
EVENT = {
    "application_no": PATENTS[0]["application_no"],
    "event_date": "2009.03.04",
    "event_type": "专利申请权、专利权的转移",
    "event_text": "",
    "parsed_type": "transfer",
    "parsed_item": "专利权人",
    "parsed_effective_date": "2009-02-06",
    "parties_before": [{"name": MOVER, "address": None, "postcode": None}],
    "parties_after": [
        {"name": "远山材料有限公司", "address": "辽宁省大连市高新区7号", "postcode": "116023"},
        {"name": "清河大学", "address": None, "postcode": None},
    ],
    "parse_problems": [],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    root = tmp_path_factory.mktemp("places")
    for month in sorted({row["publication_date"][:7] for row in PATENTS}):
        rows = [row for row in PATENTS if row["publication_date"].startswith(month)]
        make_landing(root, "sipo_patents", month.replace(".", "-") + "-01", rows)
    make_landing(root, "sipo_assignments", "2009-03-01", [EVENT])
    return dbt_build(root, select=[*PLACES.split(), "path:data-tests/places"])


def cities(build: Build, name: str) -> list[tuple[Any, ...]]:
    return build.rows(
        "select year, node_code, city_rule from intermediate.int_applicants_located "
        f"where applicant_name = '{name}' and applicant_seq > 1 order by year, application_id"
    )


def test_tests_of_the_project_pass_on_the_built_warehouse(built: Build) -> None:
    kinds = Counter(node.split(".")[0] for node in built.statuses)
    assert built.failed() == []
    assert kinds["unit_test"] >= 13
    assert kinds["test"] >= 50


def test_one_that_moved_is_where_it_was_in_the_nearest_filing(built: Build) -> None:
    assert cities(built, MOVER) == [
        (2009, "110000", "own_address_other_filing"),
        (2014, "310000", "own_address_other_filing"),
    ]


def test_persons_are_located_only_when_nothing_else_is_possible(built: Build) -> None:
    assert {row[1:] for row in cities(built, "李一山")} == {("420100", "person_in_other_filing")}
    assert cities(built, "王伟民") == [(2012, None, None)]  # two namesakes
    assert cities(built, "赵丽") == [(2009, None, None)]  # two characters, one witness
    reasons = built.rows(
        "select applicant_name, reason from intermediate.int_applicants_located "
        "where city_rule is null order by applicant_name"
    )
    assert dict(reasons) == {
        "无名氏科技有限公司": "name_no_place",
        "王伟民": "same_name_in_several_places",
        "赵丽": "common_name_with_one_witness",
    }


def test_branches_and_foreigners(built: Build) -> None:
    assert cities(built, BRANCH) == [(2015, "420100", "place_in_name")]
    rows = built.rows(
        "select node_code, country_or_area, city_rule, reason "
        "from intermediate.int_applicants_located "
        "where applicant_name = '松田株式会社' and applicant_seq > 1"
    )
    assert rows == [(None, "JP", "own_address_other_filing", "foreign")]


def test_holders_are_where_the_event_says_else_up_the_ladder(built: Build) -> None:
    rows = built.rows(
        "select side, party_name, node_code, city_rule from intermediate.int_parties_located "
        "order by side, party_seq"
    )
    assert rows == [
        ("after", "远山材料有限公司", "210200", "own_address"),
        ("after", "清河大学", "320100", "own_address_other_filing"),
        ("before", MOVER, "110000", "own_address_other_filing"),
    ]


def test_namesakes_are_two_applicants_and_no_person_is_named(built: Build) -> None:
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    keyed = "keyed:" + digest(PERSON_KEY + digest(PERSON_KEY + "王伟民"))[:16]
    rows = built.rows(
        f"select node_code from marts.dim_applicants where published_name = '{keyed}' "
        "order by node_code nulls last"
    )
    assert rows == [("420100",), ("610100",), (None,)]
    published = {row[0] for row in built.rows("select published_name from marts.dim_applicants")}
    assert not published & {"王伟民", "李一山", "赵丽"}
    assert {MOVER, BRANCH, "清河大学"} <= published
    assert built.rows(
        "select node_code, n_cities, n_applications, n_transfers, first_year, last_year "
        f"from marts.dim_applicants where published_name = '{MOVER}'"
    ) == [("110000", 2, 4, 1, 2008, 2015)]


def test_the_node_universe_is_a_setting(built: Build, tmp_path: Path) -> None:
    """The registry holds every node; the setting decides which of them a network has."""
    kinds = "select node_kind, count(*) from {} group by node_kind order by node_kind"
    registry = dict(built.rows(kinds.format("marts.dim_cities")))
    assert set(registry) == {"prefecture", "province_administered"}
    narrow = dbt_build(
        tmp_path,
        select="+int_universe_nodes",
        exclude="test_type:unit test_type:data",
        method=MethodSettings(node_universe="337"),
    )
    assert narrow.rows(kinds.format("intermediate.int_universe_nodes")) == [
        ("prefecture", registry["prefecture"])
    ]
