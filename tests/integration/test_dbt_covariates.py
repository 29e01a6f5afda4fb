"""Covariates from landed yearbooks and policy documents, and the court that judges them.

One build; faults are put into its tables afterwards, the compiled models run again inside a
transaction that is rolled back.
"""

from __future__ import annotations

import csv
import math
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analysis import api
from orchestration.analysis_tables import ANALYSIS_TABLES
from orchestration.settings import REPO_ROOT
from tests.warehouse import Build, dbt_build, make_landing, refresh

YEARS = range(2006, 2013)
PROVINCES = ("130000", "320000", "330000", "370000", "420000")
COURT = (
    "int_court_columns_read",
    "int_court_years_read",
    "int_court_findings",
    "int_court_columns_tried",
)
GENERAL_WORDING = """为贯彻落实国家中长期科学和技术发展规划纲要，结合我省实际，制定本意见。
一、省财政设立产学研合作专项资金，对联合攻关项目给予补助。支持企业与高校联合培养研究生。
二、将首台（套）重大技术装备纳入政府采购优先采购目录。
三、企业研发投入按规定享受加计扣除。银行业金融机构应当为合作项目提供贷款贴息。
四、原有出口退税政策停止执行，不再安排示范项目。单个项目资助不得低于50万元。"""


def yearbook_line(rng: random.Random, size: float, year: int) -> dict[str, str]:
    """One plausible line of a city."""
    t = year - 2009
    gdp = 9e6 * size * math.exp(0.10 * t + rng.gauss(0, 0.03))
    return {
        "gdp": f"{gdp:.0f}",
        "population": f"{330 * size**0.6 * math.exp(0.004 * t + rng.gauss(0, 0.01)):.2f}",
        "tertiary_share": f"{min(80, 38 + 4 * math.log(size) + 0.6 * t + rng.gauss(0, 1)):.2f}",
        "deposits": f"{gdp * 1.4 * math.exp(rng.gauss(0, 0.05)):.0f}",
        "loans": f"{gdp * 0.9 * math.exp(rng.gauss(0, 0.05)):.0f}",
        "fdi": f"{15000 * size * math.exp(rng.gauss(0, 0.3)):.0f}",
        "internet_users": f"{14 * size**0.2 * math.exp(0.15 * t + rng.gauss(0, 0.1)):.2f}",
        "ict_employees": f"{1.3 * size**0.2 * math.exp(rng.gauss(0, 0.1)):.2f}",
        "telecom_output": f"{900 * size**0.2 * math.exp(0.08 * t + rng.gauss(0, 0.1)):.2f}",
        "mobile_phones": f"{70 * size**0.2 * math.exp(0.08 * t + rng.gauss(0, 0.05)):.2f}",
        **{
            rate: f"{min(100, max(30, level + 2 * t + rng.gauss(0, 4))):.2f}"
            for rate, level in (
                ("so2_removal", 55),
                ("cod_removal", 65),
                ("solid_waste_use", 78),
                ("sewage_treatment", 72),
                ("household_waste_treatment", 80),
            )
        },
    }


def land(root: Path, codes: list[str]) -> None:
    """Land yearbooks of some cities and all their provinces, and two policy documents."""
    rng = random.Random(20)
    sizes = {code: math.exp(rng.gauss(0, 0.7)) for code in codes}
    for year in YEARS:
        make_landing(
            root,
            "citystat_city_years",
            f"{year}-01-01",
            [
                {"year": str(year), "adcode": c, "city_name": "城市"}
                | yearbook_line(rng, sizes[c], year)
                for c in codes
            ],
        )
        make_landing(
            root,
            "citystat_province_years",
            f"{year}-01-01",
            [
                {
                    "year": str(year),
                    "province_code": p,
                    "province_name": "省",
                    "gdp": f"{1.5e8 * math.exp(0.1 * (year - 2009)):.0f}",
                    "tech_market_turnover": str(1_200_000 + 1000 * i + year),
                    "policy_actors": "2.0",
                    "policy_tools": "1.5",
                    "ip_disputes": str(300 + i),
                    "patents_granted": str(60_000 + 10 * i + year),
                }
                for i, p in enumerate(PROVINCES)
            ],
        )
    document = {
        "province_name": "浙江省",
        "title": "关于推进产学研合作的意见",
        "document_no": "浙政发〔2010〕1号",
        "issuers": ["浙江省科技厅", "浙江省财政厅"],
        "issued_date": "2010-03-01",
        "published_date": "2010-03-05",
        "text": GENERAL_WORDING,
        "document_id": "1",
    }
    make_landing(root, "imported_policy_documents", "2010-03-01", [document])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Build]]:
    """Yearbooks of 40 cities through every model of the covariates."""
    root = tmp_path_factory.mktemp("covariates")
    prefixes = {p[:2] for p in PROVINCES}
    with (REPO_ROOT / "dbt_project/seeds/prefectures.csv").open(encoding="utf-8") as seed:
        codes = [
            row["adcode"]
            for row in csv.DictReader(seed)
            if row["adcode"][:2] in prefixes and row["in_sample_278"] == "1"
        ]
    land(root, codes[:40])
    path = refresh(root)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists analysis")
        for name, columns in ANALYSIS_TABLES.items():
            fields = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table if not exists analysis.{name} ({fields})")
    build = dbt_build(
        root,
        "+fct_court_columns +fct_court_findings +fct_city_covariates_long fct_policy_instruments "
        "fct_policy_synergy dim_variables",
        exclude="test_type:unit path:data-tests/networks path:data-tests/places "
        "path:data-tests/records path:data-tests/ownership",
        refresh_first=False,
    )
    yield root, build
    shutil.rmtree(root, ignore_errors=True)


def compiled(root: Path, model: str) -> str:
    """Return the SQL that dbt ran for a model."""
    (path,) = (root / "dbt_target" / "compiled").rglob(f"{model}.sql")
    return path.read_text(encoding="utf-8")


@contextmanager
def faulty(root: Path, *statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Change tables of the warehouse, and forget it afterwards."""
    with duckdb.connect(str(root / "warehouse.duckdb"), config={"threads": 2}) as connection:
        connection.execute("begin")
        for statement in statements:
            connection.execute(statement)
        try:
            yield connection
        finally:
            connection.execute("rollback")


def court(root: Path, *faults: str) -> dict[tuple[str, str, str], tuple[int, str]]:
    """Hear the case again with faults in it: (variable, check, verdict) -> cells, repair."""
    with faulty(root, *faults) as connection:
        for model in COURT:
            connection.execute(
                f"create or replace table intermediate.{model} as ({compiled(root, model)})"
            )
        rows = connection.execute(
            "select variable, check_name, verdict, count(*), min(repair) "
            "from intermediate.int_court_findings group by all"
        ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def on_cells(change: str, where: str) -> str:
    """Return a statement that changes cells of the cities."""
    return (
        f"update intermediate.int_court_cells set value = {change} where level = 'city' and {where}"
    )


AT = "year = 2009 and place_code = '130100'"
WHOLE_COLUMNS = [
    (
        "total_for_per_head",
        "update intermediate.int_court_cells as c set value = c.value / p.value "
        "from intermediate.int_court_cells as p where c.variable = 'gdp' and c.level = 'city' "
        "and p.level = 'city' and p.variable = 'population' and p.place_code = c.place_code "
        "and p.year = c.year",
        ("gdp", "GDP per head"),
    ),
    ("natural_logs", on_cells("ln(value)", "variable = 'deposits'"), ("deposits", "take exp")),
    ("decimal_logs", on_cells("log10(value)", "variable = 'loans'"), ("loans", "take 10^x")),
    ("single_yuan", on_cells("value * 10000", "variable = 'gdp'"), ("gdp", "times 10^-4")),
    ("yi_for_wan", on_cells("value / 10000", "variable = 'fdi'"), ("fdi", "times 10^4")),
    (
        "ratio_for_percent",
        on_cells("value / 100", "variable = 'tertiary_share'"),
        ("tertiary_share", "times 100"),
    ),
    (
        "hundredfold_rates",
        on_cells("value * 100", "variable = 'cod_removal'"),
        ("cod_removal", "times 1/100"),
    ),
    (
        "total_for_density",
        on_cells("value * 300", "variable = 'telecom_output'"),
        ("telecom_output", "divide by the population"),
    ),
]


@pytest.mark.parametrize(
    ("fault", "found"), [f[1:] for f in WHOLE_COLUMNS], ids=[f[0] for f in WHOLE_COLUMNS]
)
def test_a_column_that_is_not_what_it_says_is_refused(built, fault, found):
    root, _ = built
    variable, repair = found
    findings = court(root, fault)
    n, words = findings[variable, "reading", "refused"]
    assert n == 40 * len(YEARS)
    assert repair in words
    # what is wrong with the column is one finding; siblings may contradict it
    others = {key for key in findings if key[1] not in {"reading", "accounting"}}
    assert others == set()


CELLS = [
    ("one_year", on_cells("value * 10000", "variable = 'gdp' and year = 2008"),
     ("gdp", "unit_break", "refused"), 40, "10^4"),
    ("from_a_year_on", on_cells("value / 10000", "variable = 'deposits' and year >= 2010"),
     ("deposits", "unit_break", "refused"), 120, "10^-4"),
    ("zero", on_cells("0", "variable = 'population' and year = 2009 and place_code like '1301%'"),
     ("population", "zero_for_missing", "refused"), 1, "missing"),
    ("lone_zero", on_cells("0", f"variable = 'fdi' and {AT}"),
     ("fdi", "zero_for_missing", "suspect"), 1, "perhaps missing"),
    ("decimal_point", on_cells("value * 10", f"variable = 'loans' and {AT}"),
     ("loans", "jump", "refused"), 1, "10^1"),
    ("ratio_cell", on_cells("0.41", f"variable = 'tertiary_share' and {AT}"),
     ("tertiary_share", "range", "refused"), 1, "times 100"),
    ("ratio_rate", on_cells("value / 100", f"variable = 'sewage_treatment' and {AT}"),
     ("sewage_treatment", "jump", "refused"), 1, "10^-2"),
    ("above_all", on_cells("131", f"variable = 'so2_removal' and {AT}"),
     ("so2_removal", "range", "refused"), 1, "missing"),
    ("below_zero", on_cells("-5", f"variable = 'fdi' and {AT}"),
     ("fdi", "range", "refused"), 1, "missing"),
    ("siblings", on_cells("value / 100", "variable = 'gdp' and place_code = '130100'"),
     ("gdp", "accounting", "suspect"), 7, "GDP"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "key", "n", "repair"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS]
)
def test_a_cell_that_cannot_be_is_found_and_no_other(built, fault, key, n, repair):
    root, _ = built
    findings = court(root, fault)
    assert findings[key][0] == n
    assert repair in findings[key][1]
    same_cells = {"accounting", "jump"}  # a wrong cell contradicts its siblings, too
    assert {k for k in findings if k != key and k[1] not in same_cells} == set()


def test_a_line_that_was_copied_is_found(built):
    root, _ = built
    copy = (
        "update intermediate.int_court_cells as c set value = o.value "
        "from intermediate.int_court_cells as o where c.level = 'city' and o.level = 'city' "
        "and c.variable = o.variable and "
    )
    neighbour = court(
        root,
        copy + "c.place_code = '130200' and o.place_code = '130100' and c.year = 2009 "
        "and o.year = 2009",
    )
    found = {key: n for key, (n, _) in neighbour.items() if key[1] == "repeated_row"}
    assert set(found.values()) == {2}
    assert len(found) == 15
    before = court(
        root,
        copy + "c.place_code = '130200' and o.place_code = '130200' and c.year = 2010 "
        "and o.year = 2009",
    )
    assert {n for key, (n, _) in before.items() if key[1] == "repeated_row"} == {1}


@pytest.mark.parametrize("seed", range(4))
def test_a_clean_yearbook_raises_no_alarm(built, seed):
    """Other draws of the same country, and holes in them."""
    root, _ = built
    rng = random.Random(seed)
    changes = [
        on_cells(
            f"value * {math.exp(rng.gauss(0, 0.15))}",
            f"place_code like '%{k}00' and variable in ('gdp', 'deposits', 'loans', 'fdi')",
        )
        for k in range(10)
    ]
    hole = f"(cast(place_code as integer) / 100 + year * 7 + length(variable)) % 17 = {seed}"
    holes = f"delete from intermediate.int_court_cells where {hole}"
    assert court(root, *changes, holes) == {}


def test_too_few_places_are_not_judged_by_what_is_typical(built):
    root, _ = built
    few = "delete from intermediate.int_court_cells where place_code not in ('130100', '130200')"
    assert court(root, few, on_cells("value / 1e4", "variable = 'gdp'")).keys() <= {
        ("gdp", "accounting", "suspect"), ("deposits", "accounting", "suspect"),
        ("loans", "accounting", "suspect"), ("population", "accounting", "suspect"),
        ("fdi", "accounting", "suspect"),
        ("gdp", "range", "refused"),
    }  # fmt: skip


def test_the_effect_of_a_repair_is_stated(built):
    root, _ = built
    zero = on_cells(
        "0", "variable = 'population' and year = 2009 and place_code in ('130100', '130200')"
    )
    with faulty(root, zero) as connection:
        for model in COURT:
            connection.execute(
                f"create or replace table intermediate.{model} as ({compiled(root, model)})"
            )
        ((n, mean, sd, n_after, mean_after, sd_after, examples),) = connection.execute(
            "select n, mean, sd, n_repaired, mean_repaired, sd_repaired, examples "
            "from intermediate.int_court_columns_tried "
            "where variable = 'population' and check_name = 'zero_for_missing'"
        ).fetchall()
        values = [
            row[0]
            for row in connection.execute(
                "select value from intermediate.int_court_cells where variable = 'population'"
            ).fetchall()
        ]
    assert (n, n_after) == (280, 278)
    assert mean == pytest.approx(sum(values) / 280, rel=1e-9)
    kept = [value for value in values if value]
    assert mean_after == pytest.approx(sum(kept) / 278, rel=1e-9)
    spread = math.sqrt(sum((v - mean_after) ** 2 for v in kept) / 277)
    assert sd_after == pytest.approx(spread, rel=1e-9)
    assert sd > sd_after
    assert examples == "130100 2009: 0; 130200 2009: 0"


PANEL = [
    ("ln_pgdp", "ln(gdp_10k_yuan / population_10k)", "reading", "GDP per head"),
    ("ln_pgdp", "log10(gdp_10k_yuan)", "reading", "log10 of total GDP"),
    ("ln_pgdp", "gdp_10k_yuan", "reading", "no logarithm"),
    ("ln_fdi", "ln(fdi_10k_usd)", "reading", "natural logarithm"),
    ("ln_tech", "ln(1200000)", "reading", "natural logarithm of turnover"),
    ("qrate", "1 - qrate", "reading", "1 minus disputes"),
    ("ins", "ins / 100", "reading", "times 100"),
    ("ins", "case when year = 2009 and ins > 0 then 0 else ins end", "zero_for_missing", "missing"),
    ("fin", "case when year = 2009 and adcode = '130100' then 90 else fin end", "range", "missing"),
]


@pytest.mark.parametrize(("column", "change", "check", "repair"), PANEL)
def test_a_column_of_the_panel_is_judged_before_it_enters(built, column, change, check, repair):
    root, _ = built
    assert set(panel_verdicts(root)) == set()
    verdicts = panel_verdicts(root, f"update marts.fct_city_covariates set {column} = {change}")
    assert repair in verdicts.pop((column, check))
    assert {key for key in verdicts if key[1] != "outlier"} == set()


def panel_verdicts(root: Path, *faults: str) -> dict[tuple[str, str], str]:
    """Return the repair of every check of a panel column that is not accepted."""
    with faulty(root, *faults) as connection:
        sql = compiled(root, "fct_court_columns")
        rows = connection.execute(
            f"select variable, check_name, repair from ({sql}) "
            "where subject = 'panel' and verdict <> 'accepted'"
        ).fetchall()
    return {(variable, check): repair for variable, check, repair in rows}


def test_an_index_out_of_its_range_is_refused(built):
    root, _ = built
    rows = "insert into analysis.city_indices select 2006 + i, '130100', null, v, false from "
    verdicts = panel_verdicts(root, rows + "(values (0, 0.5), (1, 0.7), (2, 1.053)) as t(i, v)")
    assert set(verdicts) == {("er", "range")}


def test_the_printed_moments_of_the_paper_are_judged_by_the_same_rules(built):
    """D-06 to D-13 as far as moments show them, and nothing else."""
    _, build = built
    rows = build.rows(
        "select variable, check_name, verdict, repair from marts.fct_court_columns "
        "where subject = 'paper' and verdict <> 'accepted' order by all"
    )
    assert [row[:3] for row in rows] == [
        ("dige", "reading", "suspect"),  # D-11
        ("er", "range", "refused"),  # D-13
        ("fin", "outlier", "suspect"),
        ("fin", "zero_for_missing", "refused"),  # D-12
        ("hsr", "reading", "refused"),  # D-10
        ("ins", "zero_for_missing", "refused"),  # D-12
        ("ln_fdi", "reading", "refused"),  # D-07
        ("ln_pgdp", "reading", "refused"),  # D-06
        ("ln_tech", "reading", "refused"),  # D-08
        ("qrate", "reading", "refused"),  # D-09
    ]
    repairs = {row[0]: row[3] for row in rows if row[1] == "reading"}
    assert "total GDP" in repairs["ln_pgdp"]
    assert "base 10" in repairs["ln_fdi"]
    assert "ratio" in repairs["ln_tech"]


def test_documents_in_general_wording_name_their_instruments(built):
    _, build = built
    rows = build.rows(
        "select paragraph_no, kind, instrument, is_negated from marts.fct_policy_instruments "
        "order by paragraph_no, sentence_no, kind, instrument"
    )
    assert rows == [
        (2, "supply", "资金投入", False),
        (2, "supply", "人才培养", False),
        (3, "demand", "政府采购", False),
        (4, "environment", "税收优惠", False),
        (4, "environment", "金融支持", False),
        (5, "demand", "示范应用", True),
        (5, "demand", "贸易管制", True),
        (5, "environment", "税收优惠", True),
        (5, "supply", "资金投入", False),
    ]
    assert build.rows(
        "select zts, gjs, policy_source, policy_state from marts.fct_policy_synergy "
        "where province_code = '330000' and year in (2009, 2010) order by year"
    ) == [(2.0, 1.5, "yearbook", "stated"), (2.0, 3.0, "documents", "stated")]
    # a file covers its year: a province without a document has a gap there
    assert build.rows(
        "select policy_state from marts.fct_policy_synergy "
        "where province_code = '320000' and year = 2010"
    ) == [("gap",)]


def test_the_long_table_holds_every_coding_with_its_unit(built):
    _, build = built
    rows: list[tuple[Any, ...]] = build.rows(
        "select variable, unit, transform, rule from marts.fct_city_covariates_long "
        "where adcode = '130100' and year = 2009 and variable in ('ln_gdp', 'ln_gdp_per_head', "
        "'fdi_ln', 'ln_fdi', 'qrate_complement', 'hsr', 'hsr__new_250.year_after') "
        "order by variable"
    )
    assert rows == [
        ("fdi_ln", "ln of 10,000 US dollars", "ln", "settings"),
        ("hsr", "0 or 1", "dummy", "new_200.opening_year"),
        ("hsr__new_250.year_after", "0 or 1", "dummy", "new_250.year_after"),
        ("ln_fdi", "log10 of 10,000 US dollars (fdi_log natural: ln)", "log10", "settings"),
        ("ln_gdp", "ln of 10,000 yuan", "ln", "settings"),
        ("ln_gdp_per_head", "ln of yuan", "ln", "settings"),
        ("qrate_complement", "ratio", "complement", "settings"),
    ]
    ((n_described, n),) = build.rows(
        "select count(v.variable), count(*) from (select distinct "
        "split_part(variable, '__', 1) as name from marts.fct_city_covariates_long) as l "
        "left join staging.stg_reference__variables as v on l.name = v.variable"
    )
    assert n_described == n


def test_the_dictionary_knows_every_variable_of_table_2(built):
    _, build = built
    assert (
        build.rows(
            "select p.symbol from staging.stg_reference__paper_variables as p "
            "left join marts.dim_variables as v on v.panel_column = p.physical_column "
            "and v.paper_symbol = p.symbol where v.variable is null"
        )
        == []
    )
    logs = build.rows(
        "select variable, transform, log_base from marts.dim_variables "
        "where variable in ('ln_pgdp', 'fdi_log10', 'fdi_log1p', 'tech_ratio') order by all"
    )
    assert logs == [
        ("fdi_log10", "log10", "10"),
        ("fdi_log1p", "log1p", "e"),
        ("ln_pgdp", "ln", "e"),
        ("tech_ratio", "ratio", None),
    ]


def test_a_value_beyond_what_the_dictionary_admits_is_seen(built):
    root, _ = built
    sql = compiled(root, "assert_covariates_are_admissible")
    with faulty(root) as connection:
        assert connection.execute(sql).fetchall() == []
    with faulty(
        root,
        "update marts.fct_city_covariates_long set value = 0 "
        "where variable = 'ins' and year = 2009 and adcode = '130100'",
        "update marts.fct_city_covariates_long set value = 4.2 "
        "where variable = 'gjs' and year = 2009 and adcode = '130200'",
    ) as connection:
        found = [row[:3] for row in connection.execute(f"{sql} order by all").fetchall()]
    assert found == [("gjs", 2009, "130200"), ("ins", 2009, "130100")]


def test_pilots_have_the_counts_that_the_paper_prints(built):
    """410 city-years of carbon trade are the default, 912 of low carbon one of the codings."""
    root, _ = built
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        counts = dict(
            connection.execute(
                "select policy || '.' || variant, sum(is_treated) "
                "from intermediate.int_pilot_years where is_in_sample group by all"
            ).fetchall()
        )
    assert counts["carbon_trade.all.announced.same_year"] == 410
    assert counts["low_carbon.provinces_expanded.first_two.year_after"] == 912
    assert counts["low_carbon.provinces_expanded.all.treated_year"] == 1096
    assert counts["hsr.new_200.opening_year"] == 1667
    assert counts["innovative.with_districts.same_year"] == 663


def test_indices_of_the_built_covariates_report_their_filled_cells(built):
    root, _ = built
    with faulty(root) as connection:
        frame = connection.execute(
            "select c.* replace (case when c.adcode = '130100' and c.year in (2006, 2009) "
            "then null else c.so2_removal end as so2_removal) "
            "from intermediate.int_city_covariates as c "
            "where c.has_city_yearbook"
        ).pl()
    result = api.city_indices(frame)
    assert result.filled.select("indicator", "year", "adcode", "rule").rows() == [
        ("so2_removal", 2006, "130100", "extrapolated"),
        ("so2_removal", 2009, "130100", "interpolated"),
    ]
