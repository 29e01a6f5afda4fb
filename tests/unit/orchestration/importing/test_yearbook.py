"""Yearbook tables: layouts, units, regions, missing signs, refusals."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.importing.core import ImportReport, land_import
from orchestration.importing.registry import import_format
from orchestration.importing.yearbook import (
    YearbookMapError,
    YearbookUnitError,
    converted,
    parse_yearbook_map,
    table_units,
)
from scrapers.errors import ImportFileError, MissingColumnError, UnknownColumnError
from scrapers.items import CityYear, ProvinceYear
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows

WIDE = """
level = "city"
layout = "wide"
year_column = "年份"
region_name = "城市"
missing = ["…", "-"]
ignored = ["序号"]
[columns."地区生产总值（亿元）"]
variable = "gdp"
unit = "亿元"
[columns."年末总人口"]
variable = "population"
unit = "人"
[columns."实际使用外资"]
variable = "fdi"
unit = "亿美元"
[columns."三产占比"]
variable = "tertiary_share"
unit = "％"
"""
WIDE_CSV = """序号,城市,年份,地区生产总值(亿元),年末总人口,实际使用外资,三产占比
1,石家庄市,2019,"5,809.90",10392000,14.22,59.9
2,唐 山,2019年,6890.03,…,,-
"""


def run(tmp_path: Path, text: str | bytes, map_text: str, name: str = "table.csv") -> ImportReport:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return land_import(
        import_format("yearbook"),
        [path],
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
        options={"map": map_text, "map_name": "map.toml"},
    )


def rows_of(tmp_path: Path) -> list[dict[str, Any]]:
    return landed_rows(tmp_path, "imported_yearbook_values")


def values_of(tmp_path: Path) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {
        (r["region_code"], r["variable"]): (r["value"], r["value_in_table_unit"])
        for r in rows_of(tmp_path)
    }


def test_wide(tmp_path: Path) -> None:
    report = run(tmp_path, WIDE_CSV, WIDE)
    assert (report.rows, report.landed, report.rejected) == (8, 8, 0)
    assert set(report.months) == {"2019-01"}
    assert values_of(tmp_path) == {
        ("130100", "gdp"): ("5,809.90", "58099000"),
        ("130100", "population"): ("10392000", "1039.2000"),
        ("130100", "fdi"): ("14.22", "142200"),
        ("130100", "tertiary_share"): ("59.9", "59.9"),
        ("130200", "gdp"): ("6890.03", "68900300"),
        ("130200", "population"): ("…", None),
        ("130200", "fdi"): (None, None),
        ("130200", "tertiary_share"): ("-", None),
    }
    gdp = next(r for r in rows_of(tmp_path) if r["variable"] == "gdp")
    assert (gdp["unit"], gdp["column_name"]) == ("亿元", "地区生产总值(亿元)")
    assert (gdp["region_name"], gdp["year"], gdp["source_row"]) == ("石家庄市", "2019", 2)
    assert gdp["raw_pointer"].endswith("#2.4")


def test_years_in_the_header_of_a_sheet_below_titles(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["各省专利侵权纠纷"])
    sheet.merge_cells("A1:C1")
    sheet.append(["地区", "2018年", "2019年"])
    sheet.append(["北京", 12, 15])
    sheet.append(["内蒙古自治区", None, 7.5])
    sheet.append(["注：数据来自年报", None, None])
    path = tmp_path / "province.xlsx"
    book.save(path)
    report = run(
        tmp_path,
        path.read_bytes(),
        """
        level = "province"
        layout = "years"
        header_row = 2
        region_name = "地区"
        [years]
        variable = "ip_disputes"
        unit = "件"
        header = "{year}年"
        """,
        "province.xlsx",
    )
    assert (report.rows, report.landed, report.rejected) == (5, 4, 1)
    assert {(r["region_code"], r["year"]): r["value_in_table_unit"] for r in rows_of(tmp_path)} == {
        ("110000", "2018"): "12",
        ("110000", "2019"): "15",
        ("150000", "2018"): None,
        ("150000", "2019"): "7.5",
    }
    assert [r["reason"] for r in refused_rows(tmp_path)] == ["region_name_unknown"]


LONG = """
level = "city"
layout = "long"
year_column = "年份"
region_code = "代码"
region_name = "地区"
variable_column = "指标"
value_column = "数值"
unit_column = "单位"
ignored_variables = ["降水量"]
[variables."存款余额"]
variable = "deposits"
unit = "万元"
[variables."生产总值"]
variable = "gdp"
"""
LONG_CSV = """代码,地区,年份,指标,数值,单位
130100,石家庄市,2019,存款余额,100.5,万元
130100,石家庄市,2019,生产总值,2,亿元
130100,石家庄市,2019,降水量,500,毫米
130100,石家庄市,2018,存款余额,100.5,亿元
130100,石家庄市,2018,生产总值,1,万人
130100,石家庄市,2017,生产总值,1,
130100,唐山市,2017,存款余额,1,万元
139900,石家庄市,2017,存款余额,1,万元
130100,石家庄市,二〇一七,存款余额,1,万元
130100,石家庄市,2017,存款余额,约1,万元
130100,石家庄市,2016,存款余额,1.0,万元
130100,石家庄市,2016,存款余额,1.00,万元
130100,石家庄市,2015,存款余额,1,万元
130100,石家庄市,2015,存款余额,2,万元
"""


def test_long_rows_are_landed_or_refused_with_a_reason(tmp_path: Path) -> None:
    report = run(tmp_path, LONG_CSV, LONG)
    assert (report.rows, report.landed, report.rejected) == (13, 3, 10)
    assert {r["source_row"]: r["value_in_table_unit"] for r in rows_of(tmp_path)} == {
        2: "100.5",
        3: "20000",
        12: "1.0",
    }
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        5: "unit_differs_from_map",
        6: "unit_unknown_or_of_something_else",
        7: "unit_missing",
        8: "region_code_and_name_differ",
        9: "region_code_unknown",
        10: "year_unreadable",
        11: "value_unreadable",
        13: "cell_repeated",
        14: "cells_contradict",
        15: "cells_contradict",
    }
    assert "1 rows of ignored variables were left out" in report.files[0].notes


def test_gb18030_and_semicolons(tmp_path: Path) -> None:
    text = WIDE_CSV.replace('"5,809.90"', "5809.90").replace(",", ";").encode("gb18030")
    assert run(tmp_path, text, WIDE).landed == 8
    assert values_of(tmp_path)["130100", "gdp"] == ("5809.90", "58099000")


def test_text_below_titles(tmp_path: Path) -> None:
    text = "2-1 城市概况,,\n单位见表头,,\n" + WIDE_CSV.replace(
        "1,石家庄市", "单位,,,,,,\n1,石家庄市"
    )
    placed = "header_row = 3\nfirst_row = 5\n" + WIDE
    report = run(tmp_path, text, placed)
    assert (report.rows, report.landed) == (8, 8)
    gdp = next(r for r in rows_of(tmp_path) if r["variable"] == "gdp")
    assert gdp["source_row"] == 5


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, WIDE_CSV, WIDE)
    assert run(tmp_path, WIDE_CSV, WIDE).months == {"2019-01": "unchanged"}


@pytest.mark.parametrize(
    ("was", "now", "kind", "said"),
    [
        ('unit = "亿元"', 'unit = "亿圆"', YearbookUnitError, "nearest known unit '亿元'"),
        ('unit = "亿元"', 'unit = "万人"', YearbookUnitError, "gdp is measured in yuan"),
        ('"gdp"', '"gpd"', UnknownColumnError, "nearest known name 'gdp'"),
        ('layout = "wide"', 'layout = "broad"', YearbookMapError, "layout must be one of"),
        ('level = "city"', 'level = "town"', YearbookMapError, "level must be one of"),
        ("missing =", "mising =", YearbookMapError, "nearest known key 'missing'"),
        ('region_name = "城市"', "", YearbookMapError, "region_code or region_name"),
        ('year_column = "年份"', "", YearbookMapError, "one of year and year_column"),
        ('year_column = "年份"', 'year = "19"', YearbookMapError, "year must be a year"),
        ('ignored = ["序号"]', "", UnknownColumnError, "declares no such column"),
        ('region_name = "城市"', 'region_name = "城市名"', UnknownColumnError, "'城市名'"),
        ("年末总人口", "年末人口", UnknownColumnError, "nearest declared name '年末人口'"),
        ('unit = "人"', "", YearbookMapError, "年末总人口 says no unit"),
        ("[columns", "[[columns", YearbookMapError, "no TOML"),
    ],
)
def test_map_refused(
    tmp_path: Path, was: str, now: str, kind: type[ImportFileError], said: str
) -> None:
    assert was in WIDE
    with pytest.raises(kind, match=said):
        run(tmp_path, WIDE_CSV, WIDE.replace(was, now))
    assert not (tmp_path / "raw").exists()


def test_declared_column_that_is_not_there(tmp_path: Path) -> None:
    more = WIDE + '[columns."贷款余额"]\nvariable = "loans"\nunit = "万元"\n'
    with pytest.raises(MissingColumnError, match="贷款余额"):
        run(tmp_path, WIDE_CSV, more)


def test_variable_of_a_long_table_that_nobody_declared(tmp_path: Path) -> None:
    with pytest.raises(UnknownColumnError, match="nearest declared name '存款余额'"):
        run(tmp_path, LONG_CSV + "130100,石家庄市,2019,贷款余额,1,万元\n", LONG)


def test_every_variable_of_the_landing_tables_has_a_unit() -> None:
    for level, item in (("city", CityYear), ("province", ProvinceYear)):
        keys = {"year", "adcode", "city_name", "province_code", "province_name"}
        pointers = {"source_file", "source_row", "raw_pointer"}
        names = {f.name for f in dataclasses.fields(item)} - keys - pointers
        imported_only = {"price_index", "patent_applications", "invention_grants"}
        imported_only |= {"patent_grants"} if level == "city" else set()
        assert set(table_units(level)) == names | imported_only


@given(st.decimals(-(10**18), 10**18, places=6), st.integers(-4, 8))
def test_conversion_is_exact(number: Decimal, shift: int) -> None:
    text = converted(format(number, "f"), shift, is_sheet=False)
    assert text is not None
    assert Fraction(text) == Fraction(number) * Fraction(10) ** shift


def test_numbers_of_spreadsheets() -> None:
    assert converted("1.2E-05", 4, is_sheet=True) == "0.12"
    assert converted("1.2E+05", 4, is_sheet=False) is None
    assert converted("１２.５", 0, is_sheet=False) == "12.5"
    assert converted("1,23", 0, is_sheet=False) is None
    assert converted("12.3①", 0, is_sheet=False) is None
    # A share that says itself that it is in percent; 比值 (0.453) is two places off.
    assert converted("45.3%", 0, is_sheet=True, unit="%") == "45.3"
    assert converted("45.3 ％", 2, is_sheet=False, unit="比值") == "45.3"
    assert converted("45.3%", 0, is_sheet=False, unit="万元") is None


def test_a_name_means_the_region_of_its_year(tmp_path: Path) -> None:
    text = (
        "城市,年份,人口\n巴彦淖尔,2002,1\n巴彦淖尔,2010,2\n襄樊市,2008,3\n吉林,2010,4\n"
        "济源,2010,5\n"
    )
    simple = (
        'level = "city"\nlayout = "wide"\nyear_column = "年份"\nregion_name = "城市"\n'
        '[columns."人口"]\nvariable = "population"\nunit = "万人"\n'
    )
    run(tmp_path, text, simple)
    assert {r["value"]: r["region_code"] for r in rows_of(tmp_path)} == {
        "1": "152800",
        "2": "150800",
        "3": "420600",
        "4": "220200",
        "5": "419001",
    }


def test_map_of_one_year() -> None:
    text = (
        'level = "province"\nlayout = "wide"\nyear = 2019\nregion_name = "省"\n'
        '[columns."授权"]\nvariable = "patents_granted"\nunit = "万件"\n'
    )
    assert parse_yearbook_map(text, "m.toml").year == "2019"
