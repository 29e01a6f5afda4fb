"""``greenties audit`` on the tables that ship and on a user's folder."""

from __future__ import annotations

import csv
import json

from click.testing import CliRunner

from orchestration.cli import main
from tests.papers import DEFECTS, clean_paper


def run(*arguments):
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def write(paper, folder):
    folder.mkdir(exist_ok=True)
    for number in range(1, 6):
        rows = paper.frame().filter(table=f"paper_table{number}").rows()
        with (folder / f"table{number}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["table", "column", "variable", "statistic", "value"])
            writer.writerows(rows)


def test_the_tables_that_ship_are_the_default():
    result = run("--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert set(found[0]) == {
        "check", "defect", "table", "row", "column", "year", "printed", "computed", "verdict",
    }  # fmt: skip
    assert {item["year"] for item in found if item["check"] == "T-01"} == {2019, 2020}
    text = run()
    assert text.exit_code == 0
    assert "T-04" in text.output
    # What is known about a defect stands below it.
    assert "missing coded as 0" in text.output


def test_a_folder_is_audited_and_findings_are_no_failure(tmp_path):
    paper = clean_paper(3)
    write(paper, tmp_path / "tables")
    clean = run("--json", "--tables", tmp_path / "tables", "--universe", paper.n_cities)
    assert clean.exit_code == 0
    assert [item for item in json.loads(clean.stdout) if item["verdict"] == "fail"] == []
    check, inject = DEFECTS["direct + indirect = total"]
    inject(paper)
    write(paper, tmp_path / "tables")
    result = run("--json", "--tables", tmp_path / "tables", "--universe", paper.n_cities)
    assert result.exit_code == 0
    assert [item["check"] for item in json.loads(result.stdout) if item["verdict"] == "fail"] == [
        check
    ]


def test_a_folder_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("--tables", tmp_path / "empty")
    assert result.exit_code == 1
    assert "no CSV file" in result.output
    (tmp_path / "empty" / "a.csv").write_text("table,column\n1,2\n", encoding="utf-8")
    result = run("--tables", tmp_path / "empty")
    assert result.exit_code == 1
    assert "a.csv: no column variable, statistic, value" in result.output
