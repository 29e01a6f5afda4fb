"""``greenties locate``: what is added, what is kept, what is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.locate import ADDED, LocateError, kind_of, locate_file
from orchestration.settings import Settings

HEADER = "id,text,filing_year,note\n"
ROWS = [
    ("1", "安徽省巢湖市庐江县庐城镇", "2010", ""),
    ("2", "安徽省合肥市庐江县庐城镇", "2012", "a, quoted note"),
    ("3", "河南省济源市沁园路", "", ""),
    ("4", "海南省文昌市文城镇", "2012", ""),
    ("5", "日本东京都", "2012", ""),
    ("6", "", "2012", "empty"),
    ("7", "安徽省巢湖市庐江县庐城镇", "", "the same text in no year"),
    ("8", "哈尔滨工业大学深圳研究生院", "2012", ""),
    ("9", "朝阳区工业园8号", "", ""),
    ("1", "安徽省巢湖市庐江县庐城镇", "2010", ""),
]


def run(source: Path, target: Path, *options: str) -> Result:
    arguments = ["locate", "--input", str(source), "--output", str(target)]
    return CliRunner().invoke(main, [*arguments, "--text-column", "text", *options])


def write(path: Path, encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["id", "text", "filing_year", "note"])
    writer.writerows(ROWS)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def test_every_row_is_kept_and_gets_its_place(tmp_path: Path, monkeypatch) -> None:
    """A clean data folder stays clean; BOM and line ends of the input do not matter."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(folder))
    target = tmp_path / "out.csv"
    done = run(write(tmp_path / "in.csv", "utf-8-sig"), target, "--year-column", "filing_year")
    assert done.exit_code == 0, done.output
    assert "10 rows, 8 distinct texts" in done.output
    assert not folder.exists()
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "text", "filing_year", "note", *ADDED]
    assert [(r["id"], r["text"], r["filing_year"], r["note"]) for r in rows] == ROWS
    said = [(r["prefecture_adcode"], r["adcode_at_date"], r["node_adcode"]) for r in rows]
    assert said == [
        ("340100", "341400", "340100"),
        ("340100", "340100", "340100"),
        ("", "", "419001"),
        ("", "", "469005"),
        ("", "", ""),
        ("", "", ""),
        ("340100", "340100", "340100"),
        ("440300", "440300", "440300"),
        ("", "", ""),
        ("340100", "341400", "340100"),
    ]
    assert [r["reason"] for r in rows] == [
        *("", "", "province_administered", "province_administered", "foreign", "no_place"),
        *("", "", "ambiguous_district", ""),
    ]
    assert rows[7]["rule"] == "name_branch"
    assert rows[8]["candidates"] == "110000;220100"
    assert [float(r["confidence"]) > 0.8 for r in rows] == [bool(r["rule"]) for r in rows]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("江苏省南京市四牌楼2号", "address"),
        ("江苏省徐州市大学路1号中国矿业大学", "address"),
        ("210096江苏省南京市东南大学", "address"),
        ("广东省", "address"),
        ("浙江杭州下沙高教园区", "address"),
        ("上海市浦东新区张江高科技园区", "address"),
        ("山东省淄博市张店", "address"),
        ("中国矿业大学", "name"),
        ("中国石油大学(北京)", "name"),
        ("TCL空调器（中山）有限公司", "name"),
        ("河海大学常州校区", "name"),
        ("国网四川省电力公司攀枝花供电公司", "name"),
        ("胜利油田", "name"),
        ("中国电子科技集团公司第五十四研究所", "name"),
        ("湖北汇通（集团）股份有限公司（普通合伙）", "name"),
    ],
)
def test_addresses_are_told_from_names(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (HEADER, ["--text-column", "texts"], ["no such column", "column texts", "'text'"]),
        (HEADER, ["--year-column", "year"], ["no such column", "column year", "'filing_year'"]),
        ("text,text\n", [], ["2 columns have this name", "column text"]),
        ("id;text\n1;北京市\n", [], ["separated by ';'", "column text"]),
        (
            HEADER + "1,北京市,2012,\n2,上海市,199x,\n",
            ["--year-column", "filing_year"],
            ["no year", "row 3", "column filing_year", "value '199x'"],
        ),
        (HEADER + "1,北京市,12,\n", ["--year-column", "filing_year"], ["row 2", "value '12'"]),
        (HEADER + "1,北京市,2012,,5\n", [], ["5 cells, the header 4", "row 2", "value '5'"]),
        (HEADER + '1,"北京市,2012,\n', [], ["unexpected end of data", "row 2"]),
        (HEADER + "1,北京市,,tower\n", ["--kind-column", "note"], ["no kind", "value 'tower'"]),
        ("text,rule\n", [], ["a column that would be added", "column rule"]),
        ("", [], ["the file is empty"]),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, content: str, options: list[str], said: list[str]
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(content, encoding="utf-8")
    done = run(source, target, *options)
    assert done.exit_code in {70, 75}  # the codes of files that cannot be read, or end too soon
    assert [word for word in ["in.csv", *said] if word not in done.output] == []
    assert not target.exists()


def test_input_and_output_are_two_files(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv")
    assert run(source, source).exit_code == 2
    assert run(tmp_path / "absent.csv", tmp_path / "out.csv").exit_code == 1


def test_a_file_without_any_text_needs_no_warehouse(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\n\n", encoding="utf-8")
    sink = io.StringIO()
    summary = locate_file(Settings(), source, sink, name="in.csv", text_column="text")
    assert (sink.getvalue(), summary.rows) == ("text," + ",".join(ADDED) + "\n", 0)
    with pytest.raises(LocateError, match="no such column"):
        locate_file(Settings(), source, io.StringIO(), name="in.csv", text_column="place")
