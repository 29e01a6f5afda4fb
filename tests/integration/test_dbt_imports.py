"""Imports beside crawled rows: one publication, one event, one cell, whatever told it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse import Build, dbt_build, make_landing

EN_SPACE = "\u2002"
NUMBERS = {1: "2010100000018", 2: "2010100000022"}
LISTS = (
    "applicants", "applicant_addresses", "applicant_countries", "current_holders", "inventors",
    "ipc", "cpc", "locarno", "agencies", "agents", "priority",
)  # fmt: skip
LICENCE = "专利实施许可合同备案的生效、变更及注销"


def imported(**fields: Any) -> dict[str, Any]:
    """One row of an export."""
    return {"source_format": "incopat", **{name: [] for name in LISTS}, **fields}


def event(**fields: Any) -> dict[str, Any]:
    """One event of the site or of a file; parties only where given."""
    return {
        "parsed_type": "other",
        "parties_before": [],
        "parties_after": [],
        "parse_problems": [],
        **fields,
    }


def party(name: str) -> dict[str, str | None]:
    return {"name": name, "address": None, "postcode": None}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Build:
    root = tmp_path_factory.mktemp("imports")
    page = {
        "source_type": "pip",
        "publication_no": "CN101000001A",
        "publication_date": "2010.08.04",
        "application_no": NUMBERS[1],
        "application_date": "2010.01.04",
        "applicants": f"金陵环保设备有限公司;{EN_SPACE}申江储能股份有限公司",
        "address": "210008江苏省南京市鼓楼区中山北路200号",
        "ipc": "F03D9/00(2006.01)I",
    }
    make_landing(root, "sipo_patents", "2010-08-01", [page])
    make_landing(
        root,
        "imported_publications",
        "2010-08-01",
        [
            # the gazette page again, with the second applicant's own address
            imported(
                source_format="bulk_biblio",
                publication_authority="CN",
                publication_no="CN101000001A",
                publication_date="20100804",
                application_no=NUMBERS[1],
                applicants=["金陵环保设备有限公司", "申江储能股份有限公司"],
                applicant_addresses=["江苏省南京市", "上海市浦东新区张东路1387号"],
            ),
            # no application number; application and grant in one row
            imported(
                publication_no="CN101000002A",
                publication_date="2010-08-04",
                grant_no="CN101000002B",
                grant_date="2013-05-08",
                applicants=["金陵环保设备有限公司"],
                ipc=["G06F17/30", "G06Q40/02"],
            ),
            imported(
                source_format="bigquery",
                publication_authority="US",
                publication_no="US-7650331-B1",
                publication_date="20100804",
            ),
            imported(publication_no="CN101000003A", publication_date="2010-08-04", grant_date="x"),
        ],
        synthetic=False,
    )
    told = {
        "application_no": NUMBERS[1],
        "event_type": "专利申请权、专利权的转移",
        "parsed_type": "transfer",
        "parsed_item": "专利权人",
        "parsed_effective_date": "2014-01-02",
        "parties_before": [party("金陵环保设备有限公司")],
        "parties_after": [party("北辰风能科技有限公司")],
    }
    licence = {
        "application_no": NUMBERS[1],
        "parsed_type": "licence",
        "parsed_reference_no": "2014110000001",
        "parties_before": [party("金陵环保设备有限公司")],
        "parties_after": [party("王五")],
    }
    make_landing(
        root,
        "sipo_assignments",
        "2014-02-01",
        [
            event(**told, event_date="2014.02.12", event_text="转移 甲 乙"),
            event(**licence, event_date="2014.02.12", event_type=LICENCE, event_text="许可 1"),
        ],
    )
    make_landing(
        root,
        "imported_events",
        "2014-02-01",
        [
            event(
                **{**told, "application_no": "CN201010000001.8"},
                source_format="legal_events",
                event_date="20140212",
                event_code="TR01",
                event_text="转移甲乙",
            ),
            event(
                **licence,
                source_format="legal_events",
                event_date="20140212",
                event_type="专利实施许可合同的备案",
                event_text="许可1",
            ),
            # damaged number, found by the grant; unknown number, kept without an application
            event(
                source_format="legal_events",
                application_no="2.01E+12",
                publication_no="101000002B",
                event_date="2014.02.12",
                event_type="专利权的终止",
                parsed_type="termination",
                parsed_effective_date="2014-01-04",
                event_text="终止",
            ),
            event(
                source_format="legal_events",
                application_no="2.01E+12",
                event_date="2014.02.12",
                event_type="公开",
                event_text="公开",
            ),
        ],
        synthetic=False,
    )
    city = {"year": "2010", "adcode": "320100", "city_name": "南京市", "gdp": "100", "loans": "5"}
    make_landing(root, "citystat_city_years", "2010-01-01", [city])
    cell = {
        "level": "city", "year": "2010", "region_code": "320100", "unit": "亿元",
        "column_name": "x",
    }  # fmt: skip
    make_landing(
        root,
        "imported_yearbook_values",
        "2010-01-01",
        [
            {**cell, "variable": "gdp", "value": "1.5", "value_in_table_unit": "15000"},
            {**cell, "variable": "gdp", "value": "9", "value_in_table_unit": "90000"},
            {**cell, "variable": "deposits", "value": "2", "value_in_table_unit": "20000"},
            {**cell, "variable": "gdp", "region_code": "999999", "value_in_table_unit": "1"},
        ],
        synthetic=False,
    )
    return dbt_build(root, "+path:models/marts", exclude="tag:panel tag:report test_type:unit")


def test_everything_builds_and_every_claim_holds(warehouse: Build) -> None:
    # three addresses are too few for the shares that are only warned about
    assert set(warehouse.statuses.values()) <= {"success", "pass", "warn"}


def test_the_gazette_page_wins_and_an_export_adds_what_is_new(warehouse: Build) -> None:
    rows = warehouse.rows(
        "select publication_no, source_table, application_id_rule from marts.fct_publications "
        "order by 1"
    )
    assert rows == [
        ("CN101000001A", "sipo_patents", "application_no"),
        ("CN101000002A", "imported_publications", "publication_digits"),
        ("CN101000002B", "imported_publications", "publication_digits"),
        ("CN101000003A", "imported_publications", "publication_digits"),
    ]
    folded = warehouse.rows(
        "select n_publications, grant_date is not null from marts.fct_applications order by all"
    )
    assert folded == [(1, False), (1, False), (2, True)]


def test_what_an_export_tells_besides_is_rejected_with_a_reason(warehouse: Build) -> None:
    rows = warehouse.rows(
        "select source_row, field, reason, is_row_dropped from marts.rejections "
        "where source_table = 'imported_publications' and (is_row_dropped or field = 'grant_date')"
        " order by all"
    )
    assert rows == [
        (1, "publication_no", "repeated_publication", True),
        (3, "publication_no", "other_authority", True),
        (4, "grant_date", "grant_without_number", False),
    ]


def test_a_second_applicant_sits_where_the_office_says(warehouse: Build) -> None:
    rows = warehouse.rows(
        "select applicant_seq, node_code, city_rule from intermediate.int_applicants_located "
        "where applicant_name in ('金陵环保设备有限公司', '申江储能股份有限公司') "
        "and application_id = (select application_id from marts.fct_publications "
        "where publication_no = 'CN101000001A') order by 1"
    )
    assert rows == [(1, "320100", "own_address"), (2, "310000", "own_address")]


def test_an_event_told_by_site_and_file_is_one(warehouse: Build) -> None:
    rows = warehouse.rows(
        "select parsed_type, event_class, application_rule, application_id is not null, "
        "n_listings, source_table from marts.fct_legal_events order by all"
    )
    assert rows == [
        ("licence", "other", "application_no", True, 2, "sipo_assignments"),
        ("other", "other", "none", False, 1, "imported_events"),
        ("termination", "other", "publication_no", True, 1, "imported_events"),
        ("transfer", "transfer", "application_no", True, 2, "sipo_assignments"),
    ]
    assert warehouse.rows(
        "select transfer_type from marts.fct_assignments order by transfer_type"
    ) == [("licence",), ("sale",)]
    parties = warehouse.rows(
        "select count(*) from intermediate.int_applicants_classified where applicant_name = '王五'"
    )
    assert parties == [(0,)]  # who takes a licence holds no patent


def test_an_imported_cell_wins_over_the_crawled_one(warehouse: Build) -> None:
    rows = warehouse.rows(
        "select gdp_10k_yuan, deposits_10k_yuan, loans_10k_yuan, has_city_yearbook, "
        "n_imported_city_cells from marts.fct_city_covariates "
        "where adcode = '320100' and year = 2010"
    )
    assert rows == [(15000.0, 20000.0, 5.0, True, 2)]
    notes = warehouse.rows(
        "select source_table, field, reason, is_row_dropped from marts.rejections "
        "where source_table in ('citystat_city_years', 'imported_yearbook_values') order by all"
    )
    assert notes == [
        ("citystat_city_years", "gdp", "replaced_by_import", False),
        ("imported_yearbook_values", "adcode", "unknown_place_code", True),
        ("imported_yearbook_values", "gdp", "cell_listed_twice", True),
    ]
