"""From a cell of the panel to its patents: the numbers, what is refused, what is printed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from orchestration import cli
from orchestration.settings import settings
from orchestration.trace import TraceError, trace_cell

TABLES = """
create schema marts;
create table marts.dim_cities as from (values
    ('340100', '合肥市', '合肥'), ('110000', '北京市', '北京'), ('320100', '南京市', '南京'),
    ('220600', '白山市', '白山'), ('999900', '白山市', '白山'))
    as t(adcode, city_name, short_name);
create table marts.fct_node_years as select '340100' as adcode, y::integer as year,
    17::decimal(18, 6) as rsi, ln(18) as ln_rsi, 0.5::double as copatent_betweenness,
    3::integer as gpatent, 1::integer as gtr
    from range(2013, 2015) as t(y);
create table marts.fct_city_variables as from (values
    ('340100', 2014, 'rsi', 0, 3.0::double, 'joint patents a year', 'marts.fct_joint_edge_patents',
     'pair'),
    ('340100', 2013, 'rsi', 0, 1.0, 'joint patents a year', 'marts.fct_joint_edge_patents', 'pair'),
    ('340100', 2014, 'copatent_betweenness', 0, 0.5, 'share', 'analysis.city_centralities', 'N'),
    ('340100', 2014, 'ins', 0, 40.0, 'percent', 'marts.fct_city_covariates_long', 'settings'))
    as t(adcode, year, variable, lag, value, unit, source_table, rule);
create table marts.fct_cell_applications as from (values
    ('rsi', '340100', 2014, '110000', 'A', null::varchar, 1::decimal(18, 12)),
    ('rsi', '340100', 2014, '320100', 'A', null, 1),
    ('rsi', '340100', 2014, '110000', 'B', null, 1),
    ('rsi', '340100', 2013, '110000', 'C', null, 1),
    ('gtr', '340100', 2014, '110000', 'B', 'E', 1))
    as t(variable, adcode, year, other_city, application_id, assignment_id, weight);
create table marts.fct_applications as from (values
    ('A', '201210000001.0', '风电机组'), ('B', '201210000002.5', null), ('C', null, null))
    as t(application_id, application_no, title);
create table marts.fct_application_applicants as from (values
    ('A', 1, 'a', '340100', 'own_address', 0.99::decimal(4, 2), null::varchar),
    ('A', 2, 'b', null, null, 0, 'no_evidence'))
    as t(application_id, applicant_seq, applicant_id, adcode, city_rule, confidence, reason);
create table marts.dim_applicants as from (values ('a', '合肥风能有限公司'))
    as t(applicant_id, published_name);
create table marts.fct_publications as from (values
    ('A', 'CN101000001B', date '2014-05-07', 'raw/x.warc.gz', 7, 'sha256:1#7'),
    ('A', 'CN101000001A', date '2013-01-02', 'raw/y.warc.gz', 9, 'sha256:2#9'))
    as t(application_id, publication_no, publication_date, source_file, source_row, raw_pointer);
create table marts.fct_assignments as from (values
    ('E', 'B', 'sale', date '2014-02-01', date '2014-03-01', 'raw/e.warc.gz', 3, 'sha256:3#3',
     '甲公司', '340100', '乙公司', '110000'))
    as t(assignment_id, application_id, transfer_type, effective_date, gazette_date, source_file,
         source_row, raw_pointer, before_names, before_cities, after_names, after_cities);
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A data folder with a published database."""
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(TABLES)
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def connection(folder: Path):
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as opened:
        yield opened


def trace(*arguments: str):
    return CliRunner().invoke(cli.main, ["trace", *arguments])


def test_a_cell_is_the_sum_of_its_patents(connection):
    found = trace_cell(connection, "rsi", "合肥", 2014)
    assert (found.adcode, found.value, found.sum_of_links) == ("340100", 3.0, 3)
    assert [(p.application_no, p.adds, p.other_cities) for p in found.patents] == [
        ("201210000001.0", Decimal(2), ["110000", "320100"]),
        ("201210000002.5", Decimal(1), ["110000"]),
    ]
    first = found.patents[0]
    assert [(who.name, who.adcode, who.reason) for who in first.applicants] == [
        ("合肥风能有限公司", "340100", None),
        (None, None, "no_evidence"),
    ]
    assert [record.what for record in first.publications] == ["CN101000001A", "CN101000001B"]


@pytest.mark.parametrize(
    ("variable", "year", "counted", "patents"),
    [
        ("rsi_lag1", 2014, "rsi", 1),
        ("ln_rsi", 2014, "rsi", 2),
        ("gtr", 2014, "gtr", 1),
        ("gpatent", 2014, None, 0),
        ("ins", 2014, None, 0),
    ],
)
def test_what_is_made_of_a_count_leads_to_the_patents_of_the_count(
    connection, variable, year, counted, patents
):
    found = trace_cell(connection, variable, "340100", year)
    assert (found.counted, len(found.patents)) == (counted, patents)


@pytest.mark.parametrize(
    ("variable", "city", "year", "message"),
    [
        ("rsl", "340100", 2014, "no variable 'rsl' in the panel; the nearest is rsi"),
        ("rsi", "长安", 2014, "no city '长安'"),
        ("rsi", "白山", 2014, "白山 names 220600, 999900; give the code"),
        ("rsi", "340100", 2031, "2031 is no year of the panel .years landed: 2013 to 2014"),
    ],
)
def test_an_unknown_cell_is_refused_by_name(connection, variable, city, year, message):
    with pytest.raises(TraceError, match=message):
        trace_cell(connection, variable, city, year)


def test_the_command_prints_cities_events_and_pointers(folder):
    printed = trace("--variable", "gtr", "--city", "合肥市", "--year", "2014")
    assert printed.exit_code == 0, printed.output
    assert printed.output.splitlines() == [
        "gtr of 合肥市 340100 2014 = missing",
        "  gtr = 1, the sum over 1 patent",
        "",
        "201210000002.5  +1 with 110000",
        "  event  sale 2014-02-01  甲公司 (340100) > 乙公司 (110000)",
        "    raw/e.warc.gz row 3  sha256:3#3",
    ]


def test_the_command_says_what_no_patent_stands_behind(folder):
    between = trace("--variable", "copatent_betweenness", "--city", "340100", "--year", "2014")
    assert "every edge of the year" in between.output
    other = trace("--variable", "ins", "--city", "340100", "--year", "2014")
    assert "no patent stands behind it" in other.output


def test_json_holds_everything(folder):
    printed = trace("--variable", "rsi", "--city", "340100", "--year", "2014", "--format", "json")
    found = json.loads(printed.output)
    assert (found["value"], found["sum_of_links"]) == (3.0, "3")
    assert found["patents"][0]["publications"][1]["raw_pointer"] == "sha256:1#7"
    assert found["patents"][0]["applicants"][0]["confidence"] == "0.99"


def test_a_wrong_cell_is_wrong_usage_and_an_old_database_says_so(folder):
    assert trace("--variable", "rsi", "--city", "nowhere", "--year", "2014").exit_code == 2
    with duckdb.connect(str(folder / "published.duckdb")) as opened:
        opened.execute("drop table marts.fct_cell_applications")
    old = trace("--variable", "rsi", "--city", "340100", "--year", "2014")
    assert "fct_cell_applications" in old.output


def test_nothing_published_yet_is_a_data_error(folder):
    (folder / "published.duckdb").unlink()
    done = trace("--variable", "rsi", "--city", "340100", "--year", "2014")
    assert done.exit_code == 1
    assert "does not exist yet" in done.output
