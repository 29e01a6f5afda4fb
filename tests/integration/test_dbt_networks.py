"""Events, city pairs, edges, panel and reports, from landed rows to published tables."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.method import MethodSettings
from orchestration.trace import trace_cell
from tests.faults import FAULTS, injected
from tests.warehouse import (
    ANALYSIS_AFTER_THE_PANEL,
    ANALYSIS_BEFORE_THE_PANEL,
    Build,
    analyse,
    dbt_build,
    make_landing,
)

EN_SPACE = "\u2002"
GREEN, BROWN = "F03D9/00(2006.01)I", "A47J27/00(2006.01)I"
BEIJING, SHANGHAI, NANJING = "110000", "310000", "320100"
ADDRESSES = {
    "北辰风能科技有限公司": "100080北京市海淀区中关村大街1号",
    "申江储能股份有限公司": "200120上海市浦东新区张东路1387号",
    "金陵环保设备有限公司": "210008江苏省南京市鼓楼区中山北路200号",
    "燕山新材料有限公司": "102500北京市房山区燕山路8号",
}
NORTH, SHEN, JIN, YAN = ADDRESSES
NETWORKS = "fqn:*"  # the networks read nearly everything
# Tests of other subjects have their own builds.
LATER = (
    "tag:panel tag:report test_type:unit test_type:generic "
    "path:data-tests/records path:data-tests/places"
)


def application_no(year: int, serial: int, kind: int = 1) -> str:
    """A valid number, 13 characters without a dot."""
    digits = f"{year}{kind}{serial:07d}"
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=True))
    return digits + "0123456789X"[total % 11]


def publication(
    serial: int,
    *holders: str,
    filed: str = "2010.03.01",
    granted: str = "2013.05.08",
    ipc: str = GREEN,
    source: str = "pig",
    inventors: str = "张三;" + EN_SPACE + "李四",
) -> dict[str, Any]:
    """One record of the listing; the first holder's address is printed."""
    kind = 2 if source == "pug" else 1
    letter = {"pip": "A", "pig": "B", "pug": "U"}[source]
    number = {"pip": 101, "pig": 101, "pug": 201}[source]
    return {
        "source_type": source,
        "record_heading": "发明授权",
        "title": "风电机组",
        "publication_no": f"CN{number}{serial:06d}{letter}",
        "publication_date": granted,
        "application_no": application_no(int(filed[:4]), serial, kind),
        "application_date": filed,
        "applicants": (";" + EN_SPACE).join(holders),
        "inventors": inventors,
        "address": ADDRESSES.get(holders[0], "102500北京市房山区燕山路8号"),
        "ipc": ipc,
    }


def party(name: str, *, with_address: bool = True) -> dict[str, str | None]:
    """A holder of an event, with its own address as in the wording of 2008."""
    text = ADDRESSES.get(name, "102500北京市房山区燕山路8号")
    address, postcode = (text[6:], text[:6]) if with_address else (None, None)
    return {"name": name, "address": address, "postcode": postcode}


def event(
    number: str,
    before: list[str],
    after: list[str],
    *,
    gazette: str = "2014.02.12",
    registered: str | None = "2013-12-20",
    kind: str = "专利申请权、专利权的转移",
    parsed: str = "transfer",
    item: str | None = "专利权人",
) -> dict[str, Any]:
    """One row of the listing of events."""
    return {
        "application_no": number,
        "event_date": gazette,
        "event_type": kind,
        "event_text": f"{kind} {before} {after}",
        "parsed_type": parsed,
        "parsed_item": item,
        "parsed_effective_date": registered,
        "parties_before": [party(name) for name in before],
        "parties_after": [party(name) for name in after],
        "parse_problems": [],
    }


CHANGE = "专利权人的姓名或者名称、地址的变更"


def land_two_years(root: Path) -> None:
    """Land grants of 2012 and 2013, their events and the yearbooks."""
    alone = [publication(900 + i, name, granted="2012.06.06") for i, name in enumerate(ADDRESSES)]
    make_landing(
        root,
        "sipo_patents",
        "2012-06-01",
        [*alone, publication(10, NORTH, SHEN, granted="2012.06.06")],
    )
    make_landing(
        root,
        "sipo_patents",
        "2013-05-01",
        [
            publication(1, NORTH, SHEN),
            publication(2, SHEN, NORTH, JIN),
            publication(3, NORTH, YAN),
            publication(4, NORTH, JIN, ipc=BROWN),
            publication(5, NORTH, JIN, source="pug", granted="2013.05.15"),
            publication(6, SHEN, "美国风能公司"),
            publication(7, "王小明"),
        ],
    )
    sold = application_no(2010, 1)
    twice = event(sold, [NORTH, SHEN], [JIN, SHEN])
    make_landing(
        root,
        "sipo_assignments",
        "2014-02-01",
        [
            twice,
            {**twice, "event_type": "专利权的转移"},
            event(application_no(2010, 2), [SHEN, NORTH, JIN], [SHEN]),
            event(
                application_no(2010, 900),
                [NORTH],
                ["北辰风能集团有限公司"],
                kind=CHANGE,
                parsed="rename",
            ),
            event(application_no(2010, 901), [], [], registered=None, item=None),
            event(application_no(2010, 3), [NORTH], [SHEN], registered="2014-03-01"),
            event(application_no(2010, 777777), [NORTH], [SHEN]),
            event("2.01E+12", [NORTH], [SHEN]),
            event(application_no(2010, 7), ["王小明"], [JIN]),
        ],
    )
    for year in (2012, 2013):
        make_landing(
            root,
            "citystat_city_years",
            f"{year}-01-01",
            [
                {
                    "year": str(year),
                    "adcode": code,
                    "city_name": "城市",
                    "gdp": str(10_000_000 + 1_000_000 * i + year),
                    "deposits": "20,000,000",
                    "loans": "15000000",
                    "fdi": "1000",
                    "tertiary_share": "" if i else "61.5",
                    "internet_users": str(20 + i),
                    "ict_employees": str(1 + i / 2),
                    "telecom_output": str(900 - 10 * i * (year - 2010)),
                    "mobile_phones": str(70 + i * i),
                    "so2_removal": str(60 + 5 * i),
                    "cod_removal": str(70 - i),
                    "solid_waste_use": str(80 + i),
                    "sewage_treatment": str(75 + 2 * i),
                    "household_waste_treatment": str(90 - 3 * i + (year - 2012)),
                }
                for i, code in enumerate((BEIJING, SHANGHAI, NANJING))
            ]
            + [{"year": str(year), "adcode": "999999", "city_name": "无此市", "gdp": "1"}],
        )


def build_all(root: Path, *, exclude: str = "", method: MethodSettings | None = None) -> Build:
    """Build the three stages with the analysis in between."""
    dbt_build(root, NETWORKS, exclude=f"{LATER} {exclude}", method=method)
    analyse(root, ANALYSIS_BEFORE_THE_PANEL, method)
    quiet = {"exclude": "test_type:unit", "refresh_first": False}
    dbt_build(root, "tag:panel", **quiet)
    analyse(root, ANALYSIS_AFTER_THE_PANEL, method)
    return dbt_build(root, "tag:report", **quiet)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Build]]:
    """Two years through the whole line."""
    root = tmp_path_factory.mktemp("networks")
    land_two_years(root)
    yield root, build_all(root)
    shutil.rmtree(root, ignore_errors=True)


def test_unit_tests_of_networks_and_reports_pass(built):
    """Every rule by hand-made rows; fixtures take their types from the built warehouse."""
    root, _ = built
    of_ours = " ".join(
        f"path:models/{folder},test_type:unit"
        for folder in (
            "intermediate/networks",
            "intermediate/ownership",
            "intermediate/covariates",
            "marts/networks",
            "reports",
        )
    )
    build = dbt_build(root, of_ours, command="test", refresh_first=False)
    assert len(build.statuses) >= 30
    assert set(build.statuses.values()) == {"pass"}


@pytest.fixture(scope="module")
def data_tests(built: tuple[Path, Build], tmp_path_factory: pytest.TempPathFactory):
    """The data tests as dbt ran them on the built warehouse, and a copy of it to break."""
    root, _ = built
    build = dbt_build(root, "test_type:singular", command="test", refresh_first=False, check=False)
    compiled = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (root / "dbt_target" / "compiled").rglob("*.sql")
        if "data-tests" in path.parts
    }
    # The compiled statements name the database.
    copy = tmp_path_factory.mktemp("faults") / "warehouse.duckdb"
    shutil.copy(root / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy), config={"threads": 2}) as connection:
        yield build.statuses, compiled, connection
    copy.unlink()


def test_data_tests_pass_on_what_was_built(data_tests):
    statuses, compiled, _ = data_tests
    assert len(statuses) == len(compiled)
    assert {key for key, status in statuses.items() if status not in {"pass", "warn"}} == set()


def test_no_data_test_is_without_a_fault(data_tests):
    _, compiled, _ = data_tests
    assert set(compiled) == set(FAULTS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_data_test_sees_its_fault(data_tests, name):
    _, compiled, connection = data_tests
    found = f"select count(*) from ({compiled[name].rstrip().rstrip(';')}\n)"
    ((before,),) = connection.execute(found).fetchall()
    with injected(connection, FAULTS[name]):
        ((after,),) = connection.execute(found).fetchall()
    assert after > before
    assert connection.execute(found).fetchall() == [(before,)]


def test_failing_rows_stay_in_the_warehouse(data_tests, built):
    _, build = built
    statuses, _, _ = data_tests
    kept = build.rows(
        "select table_name from information_schema.tables where table_schema = 'test_failures'"
    )
    assert {name for (name,) in kept} >= {key.split(".")[2] for key in statuses}


def test_joint_edges_count_green_inventions_between_cities(built):
    _, build = built
    rows = build.rows(
        "select year, city_a, city_b, n from marts.fct_joint_edges "
        "where basis = 'grant' and counting = 'pair' order by all"
    )
    assert rows == [
        (2012, BEIJING, SHANGHAI, Decimal(1)),
        (2013, BEIJING, SHANGHAI, Decimal(2)),
        (2013, BEIJING, NANJING, Decimal(1)),
        (2013, SHANGHAI, NANJING, Decimal(1)),
    ]


def test_a_patent_of_three_cities_is_a_third_of_each_edge(built):
    _, build = built
    assert build.rows(
        "select n from marts.fct_joint_edges where basis = 'grant' and counting = 'fractional' "
        f"and year = 2013 and city_a = '{BEIJING}' and city_b = '{NANJING}'"
    ) == [(Decimal("0.333333"),)]


def test_joint_patents_inside_a_city_are_no_edges_and_not_lost(built):
    _, build = built
    assert build.rows(
        "select basis, year, city from intermediate.int_city_self_pairs order by all"
    ) == [("application", 2010, BEIJING), ("grant", 2013, BEIJING)]


def test_an_edge_leads_to_its_patents_and_publications(built):
    _, build = built
    assert build.rows(
        "select distinct p.publication_no from marts.fct_joint_edge_patents as e "
        "inner join marts.fct_publications as p on e.application_id = p.application_id "
        f"where e.basis = 'grant' and e.year = 2013 and e.city_b = '{NANJING}'"
    ) == [("CN101000002B",)]


def test_a_cell_leads_to_its_patents_cities_and_pages(built):
    _, build = built
    with duckdb.connect(str(build.path), read_only=True) as connection:
        rsi = trace_cell(connection, "rsi", "北京", 2013)
        gtr = trace_cell(connection, "ln_gtr", BEIJING, 2013)
        hsr = trace_cell(connection, "hsr", BEIJING, 2013)
    assert (rsi.value, rsi.sum_of_links) == (3, 3)
    assert [(p.adds, p.other_cities) for p in rsi.patents] == [
        (1, [SHANGHAI]),
        (2, [SHANGHAI, NANJING]),
    ]
    assert [(a.name, a.adcode) for a in rsi.patents[0].applicants] == [
        (NORTH, BEIJING),
        (SHEN, SHANGHAI),
    ]
    assert all(a.city_rule and a.confidence for a in rsi.patents[0].applicants)
    (record,) = rsi.patents[0].publications
    assert (record.what, record.source_row, record.raw_pointer) == (
        "CN101000001B",
        1,
        "sha256:test#1",
    )
    assert (gtr.counted, gtr.sum_of_links) == ("gtr", 2)
    assert [event.what for patent in gtr.patents for event in patent.events] == ["sale", "sale"]
    assert (hsr.value, hsr.counted, hsr.patents) == (1, None, [])


def test_events_are_typed_and_dated_by_registration(built):
    _, build = built
    rows = build.rows(
        "select transfer_type, rule, year, year_basis, application_id is not null, reason "
        "from marts.fct_assignments order by source_row"
    )
    assert rows == [
        ("sale", "other_holder", 2013, "registration", True, None),
        ("joint_to_single", "holder_dropped", 2013, "registration", True, None),
        ("name_change", "other_name_in_change", 2013, "registration", True, None),
        ("other", "no_party_text", 2014, "gazette", True, "no_party_text"),
        ("sale", "other_holder", 2014, "gazette", True, None),
        ("sale", "other_holder", 2013, "registration", False, None),
        ("sale", "other_holder", 2013, "registration", False, None),
        ("sale", "person_to_organisation", 2013, "registration", True, None),
    ]


def test_transfer_edges_leave_from_those_who_left(built):
    _, build = built
    assert build.rows(
        "select year, from_city, to_city, type, n from marts.fct_transfer_edges "
        "where type in ('sale', 'joint_to_single', 'name_change') order by all"
    ) == [
        (2013, BEIJING, SHANGHAI, "joint_to_single", Decimal(1)),
        (2013, BEIJING, NANJING, "sale", Decimal(2)),
        (2013, NANJING, SHANGHAI, "joint_to_single", Decimal(1)),
        (2014, BEIJING, SHANGHAI, "sale", Decimal(1)),
    ]


def test_names_of_persons_are_keyed(built):
    _, build = built
    ((before,),) = build.rows(
        "select before_names from marts.fct_assignments where rule = 'person_to_organisation'"
    )
    assert before.startswith("keyed:")
    published = build.rows("select before_names, after_names from marts.fct_assignments")
    assert not [row for row in published if "王小明" in "".join(filter(None, row))]


def test_no_published_id_confirms_a_guessed_name(built):
    """Whoever tries all names on what is published must not recognise the right one."""
    _, build = built
    rows = build.rows(
        "select assignment_id, application_no, effective_date, after_names "
        "from marts.fct_assignments where rule = 'person_to_organisation'"
    )
    ((found, number, registered, after),) = rows
    for names in (f"王小明 > {after}", "王小明"):
        guess = f"assignment|{number}|{registered}|transfer|{names}"
        assert hashlib.md5(guess.encode()).hexdigest() != found


def test_what_cannot_be_used_stands_in_the_rejections(built):
    _, build = built
    assert build.rows(
        "select source_row, field, reason, is_row_dropped from intermediate.int_events_rejected "
        "where source_table = 'sipo_assignments' order by all"
    ) == [
        (2, "event", "listed_twice_on_one_day", True),
        (5, "parties", "no_party_text", False),
        (6, "effective_date", "registration_after_gazette", False),
        (7, "application_no", "application_not_landed", False),
        (8, "application_no", "application_no_unreadable", False),
    ]


def test_covariates_keep_missing_values_missing(built):
    _, build = built
    assert build.rows(
        "select ins, round(fin, 6), ln_fdi from marts.fct_city_covariates "
        f"where year = 2012 and adcode in ('{BEIJING}', '{SHANGHAI}') order by adcode"
    ) == [
        (61.5, round(35_000_000 / 10_002_012, 6), 3.0),
        (None, round(35_000_000 / 11_002_012, 6), 3.0),
    ]
    assert build.rows(
        "select source_table, reason, count(*) from intermediate.int_events_rejected "
        "where source_table like 'citystat%' group by all"
    ) == [("citystat_city_years", "unknown_place_code", 2)]


def test_the_panel_has_every_node_in_every_landed_year(built):
    _, build = built
    ((nodes,),) = build.rows("select count(*) from intermediate.int_universe_nodes")
    for table, cities in (("fct_node_years", nodes), ("fct_city_years", 278)):
        assert build.rows(
            f"select year, count(*), sum(rsi), max(n_months_landed) from marts.{table} "
            "group by year order by year"
        ) == [(2012, cities, Decimal(2), 1), (2013, cities, Decimal(8), 1)]


def test_the_panel_counts_patents_partners_and_transfers(built):
    _, build = built
    assert build.rows(
        "select rsi, extensive, intensive, gpatent, gtr, n_network_nodes - 1, "
        "copatent_degree * (n_network_nodes - 1) "
        f"from marts.fct_city_years where year = 2013 and adcode = '{BEIJING}'"
    ) == [(Decimal(3), 2, 1.5, 4, 2, 340, 2.0)]


def test_table_1_follows_the_hub(built):
    _, build = built
    assert (
        build.rows(
            "select city_name, year, n_partners, n_kept, paper_n_partners "
            "from reports.rpt_table1_partner_dynamics order by year"
        )
        == []
    )  # filings of 2010: no partner in a year of the panel
    assert build.rows(
        "select year, n_partners, n_kept, n_new, n_lost from marts.fct_partner_dynamics "
        f"where basis = 'grant' and adcode = '{BEIJING}' order by year"
    ) == [(2012, 1, None, None, None), (2013, 2, 1, 1, 0)]


def test_table_2_stands_beside_the_print(built):
    _, build = built
    assert build.rows(
        "select position, symbol, n, round(mean, 6), max, paper_mean, paper_defects "
        "from reports.rpt_table2_descriptives where symbol in ('rsi', 'extensive') order by 1"
    ) == [
        (1, "rsi", 2 * 278, round(10 / (2 * 278), 6), 3.0, 21.79, "D-21"),
        (2, "extensive", 2 * 278, round(8 / (2 * 278), 6), 2.0, 4.235, "D-03"),
    ]
    assert build.rows("select count(*) from reports.rpt_table2_descriptives") == [(25,)]


def test_what_the_data_cannot_carry_is_named(built):
    _, build = built
    reasons = dict(build.rows("select analysis, reason from reports.rpt_unavailable"))
    assert "table3_baseline" in reasons
    assert {"table4_margins_ln_extensive", "table4_margins_ln_intensive"} <= set(reasons)
    assert {"table5_spatial", "spatial_tests_lm", "robustness_errors"} <= set(reasons)
    assert all(reasons.values())
    assert build.rows("select distinct status, coef_text from reports.rpt_table3_baseline") == [
        ("unavailable", None)
    ]


def test_every_landed_row_is_accounted_for(built):
    _, build = built
    rows = build.rows(
        "select source_table, n_landed, n_in_marts, n_dropped, n_unaccounted "
        "from reports.rpt_row_accounting where n_landed > 0 order by all"
    )
    assert rows == [
        ("citystat_city_years", 8, 6, 2, 0),
        ("sipo_assignments", 9, 8, 1, 0),
        ("sipo_patents", 12, 12, 0, 0),
    ]


def test_reports_say_that_they_are_synthetic(built):
    _, build = built
    assert build.rows("select bool_and(is_synthetic) from reports.rpt_row_accounting") == [(True,)]


def test_settings_move_the_panel(built, tmp_path):
    """Another counting, direction, window, universe and year on the same landing."""
    root, _ = built
    shutil.copytree(root / "landing", tmp_path / "landing")
    shutil.copy(root / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    method = MethodSettings(
        edge_counting="whole",
        gtr_direction="in",
        gpatent_credit="first_applicant",
        sample="all",
        network_window="cumulative",
        node_universe="337",
        centrality_nodes="reproduce",
        grant_year_basis="filing",
    )
    select = (
        "stg_method__settings stg_method__settings+,path:models/intermediate/networks "
        "path:models/marts/networks"
    )
    dbt_build(tmp_path, select, exclude=LATER, method=method)
    analyse(tmp_path, ANALYSIS_BEFORE_THE_PANEL, method)
    build = dbt_build(
        tmp_path, "tag:panel", exclude="test_type:unit", refresh_first=False, method=method
    )
    # filed in 2010, so in every network from then on; grants of 2010 are no grants of 2013
    assert build.rows(
        "select rsi, extensive, gpatent, gtr, is_grant_truncated, settings_hash "
        "from marts.fct_city_years "
        f"where year = 2013 and adcode in ('{BEIJING}', '{NANJING}') order by adcode"
    ) == [
        (Decimal(3), 2, 0, 0, True, method.settings_hash),
        (Decimal(1), 2, 0, 2, True, method.settings_hash),
    ]
    assert build.rows(
        "select count(*), bool_and(in_sample), max(n_network_nodes) from marts.fct_city_years"
    ) == [(2 * 337, True, 337)]
    # the same network, from the build before, as a filter
    _, before = built
    assert build.rows(
        "select city_a, city_b, cast(n as bigint) from marts.fct_joint_edges "
        "where basis = 'grant' and counting = 'pair' and year = 2013 order by all"
    ) == before.rows(
        "select p.node_a, p.node_b, count(*) from marts.fct_joint_pairs as p "
        "inner join marts.dim_green_profiles as g on p.green_profile = g.green_profile "
        "and g.green_scope = 'any' and g.green_mode = 'prefix' and g.green_set = 'paper7' "
        "and g.green_edition = 'wipo-2022-frozen' "
        "inner join marts.dim_network_windows as w on p.filing_year = w.source_year "
        "where w.network_window = 'cumulative' and w.year = 2013 and p.level = 'city' "
        "and p.grant_year is not null and 0 between p.confidence_from and p.confidence_to "
        "and 337 between p.universe_from and p.universe_to group by all order by all"
    )


@pytest.mark.parametrize("landed", ["one day", "nothing"])
def test_thin_data_builds_typed_empty_results_with_reasons(built, tmp_path, landed):
    root, _ = built
    shutil.copy(root / "warehouse.duckdb", tmp_path / "warehouse.duckdb")  # seeds are loaded
    if landed == "one day":
        make_landing(
            tmp_path,
            "sipo_patents",
            "2013-05-01",
            [publication(1, NORTH, "上海市" + SHEN)],
            synthetic=False,
        )
    build = build_all(tmp_path, exclude="resource_type:seed")
    reasons = dict(build.rows("select analysis, reason from reports.rpt_unavailable"))
    expected = {"transfer_network", "covariates", "digital_economy_index"}
    expected |= {"environmental_regulation_index", "table1_partner_dynamics", "table3_baseline"}
    if landed == "nothing":
        expected |= {"panel", "joint_network", "centralities"}
    expected |= {"table4_margins_ln_extensive", "table4_margins_ln_intensive", "table5_spatial"}
    assert expected <= set(reasons)
    assert all(reasons.values())
    assert build.rows("select count(*), count(coef) from reports.rpt_table3_baseline") == [(46, 0)]
    assert build.rows("select bool_or(is_synthetic) from reports.rpt_table3_baseline") == [(False,)]
    if landed == "one day":
        assert build.rows("select sum(rsi) from marts.fct_city_years") == [(Decimal(2),)]


def test_one_thread_gives_the_rows_of_two(built, tmp_path):
    root, build = built
    shutil.copytree(root / "landing", tmp_path / "landing")
    shutil.copy(root / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    tables = (
        "fct_joint_edges",
        "fct_transfer_edges",
        "fct_assignments",
        "fct_partner_dynamics",
        "fct_joint_pairs",
        "fct_cell_applications",
    )
    again = dbt_build(
        tmp_path,
        [f"+{table}" for table in tables],
        exclude=f"{LATER} resource_type:seed resource_type:test",
        env={"GREENTIES_THREADS": "1"},
    )
    for table in tables:
        query = f"select * from marts.{table} order by all"
        assert again.rows(query) == build.rows(query)
