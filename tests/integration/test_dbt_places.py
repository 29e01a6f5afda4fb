"""Gazetteer, location of texts, applicant types and the ladder, from landed rows to marts."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestration.method import MethodSettings
from orchestration.settings import REPO_ROOT
from tests.warehouse import PERSON_KEY, Build, dbt_build, make_landing

EN_SPACE = "\u2002"
PLACES = "+path:models/marts/places +int_parties_located +int_city_rules_measured"
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
    """Run the located model over texts alone: nothing is landed."""
    path = write_texts(root / "texts.csv", texts)
    build = dbt_build(
        root,
        select="+int_place_texts_located",
        exclude="test_type:unit",
        env={"GREENTIES_PLACE_TEXTS": str(path), **(env or {})},
    )
    names = [name.strip() for name in LOCATED.split(",")]
    rows = build.rows(f"select {LOCATED} from intermediate.int_place_texts_located")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {
        (r["text"], r["text_kind"], "" if r["year"] is None else str(r["year"])): r for r in found
    }


def test_labelled_texts_get_their_prefecture(shared: Path, tmp_path: Path) -> None:
    """Addresses: 95 in 100 right and none wrong; names of organisations: precision first."""
    with (shared / "cases/addresses/addresses.csv").open(encoding="utf-8") as handle:
        cases = list(csv.DictReader(handle))
    keys = [
        (
            case["text"],
            "name" if case["text_kind"] == "organisation_only" else "address",
            case["filing_year"],
        )
        for case in cases
    ]
    located = locate(tmp_path, list(dict.fromkeys(keys)))
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    year_true: Counter[bool] = Counter()
    unexplained = []
    for case, key in zip(cases, keys, strict=True):
        answer = located[key]
        said = answer["prefecture_adcode"] or ""
        accepted = {case["expected_prefecture_adcode"]}
        accepted |= set(filter(None, case["accepted_alternative_adcodes"].split(";")))
        unit = case["expected_county_adcode_if_province_administered"]
        is_right = said in accepted and (answer["unit_code"] or "") == unit
        kind = key[1]
        total[kind] += 1
        right[kind] += is_right
        wrong[kind] += not is_right and bool(said)
        if not is_right:
            print("miss", case["id"], case["text"], case["expected_prefecture_adcode"], answer)
        if kind == "address":
            if is_right and case["expected_at_filing_adcode"]:
                year_true[answer["adcode_at_date"] == case["expected_at_filing_adcode"]] += 1
            if case["empty_reason"] and answer["reason"] != case["empty_reason"]:
                unexplained.append((case["text"], answer["reason"]))
            assert (answer["country_or_area"] or "") == case["country_or_area"], case["text"]
    print(f"right {dict(right)}, wrong {dict(wrong)}, of {dict(total)}")
    assert right["address"] >= 0.95 * total["address"]
    assert wrong["address"] == 0
    assert wrong["name"] <= 0.02 * total["name"]
    assert right["name"] >= 0.60 * total["name"]
    assert year_true[True] >= 0.95 * year_true.total()
    assert unexplained == []


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
    ("北京大学深圳研究生院", "name", "2015", "440300", "440300", None),
    ("北京京东科技(昆山)有限公司", "name", "2015", "320500", "320500", None),
    ("国网吉林省电力有限公司吉林供电公司", "name", "2015", "220200", "220200", None),
    ("国网吉林省电力有限公司", "name", "2015", "220100", "220100", None),
    ("中国移动通信集团吉林有限公司", "name", "2015", None, None, "province_only"),
    ("南京路机械有限公司", "name", "2015", None, None, "no_place"),
    ("阿里巴巴集团控股有限公司", "name", "2015", None, None, "no_place"),
    ("东方电气股份有限公司", "name", "2015", None, None, "no_place"),
]


def test_traps_end_in_the_right_place_or_in_none(tmp_path: Path) -> None:
    located = locate(tmp_path, [trap[:3] for trap in TRAPS])
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
    kinds = "select node_kind, count(*) from marts.dim_cities group by node_kind order by node_kind"
    wide = dict(built.rows(kinds))
    narrow = dbt_build(
        tmp_path,
        select="+dim_cities",
        exclude="test_type:unit test_type:data",
        method=MethodSettings(node_universe="337"),
    ).rows(kinds)
    assert set(wide) == {"prefecture", "province_administered"}
    assert narrow == [("prefecture", wide["prefecture"])]
