"""Column maps: names of headers, lists, kept columns, and maps that contradict themselves."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from orchestration.importing.columns import MAPS, load_map, normal_name, parse_map
from scrapers.errors import LandingError, MissingColumnError, UnknownColumnError
from scrapers.items import ImportedPublication

PUBLICATION_MAPS = ["pss", "patsnap", "incopat", "cnipr", "cn_patent_database"]
MAP = """
format = "x"
separators = ["; ", ";"]
missing = ["-"]
ignored = ["序号"]
kept = ["受理局", "Legal Status"]
[columns.publication_no]
names = ["公开（公告）号", "Publication Number"]
required = true
[columns.applicants]
names = ["申请人", "[标]申请人"]
list = true
[columns.ipc]
names = ["IPC分类号"]
main = ["IPC主分类号"]
list = true
"""


def layout(*header, text=MAP, **options):
    return parse_map(text, "x.toml").layout(header, file="a.csv", **options)


@pytest.mark.parametrize(
    "name",
    ["公开(公告)号", "公开（公告）号", " 公开（公告)号 ", "公开 (公告) 号", "公开(公告)号\n"],
)
def test_bracket_width_blanks_and_case_make_no_other_name(name):
    assert normal_name(name) == "公开(公告)号"
    assert layout(name).positions == {"publication_no": 0}


def test_names_in_english_are_found_in_any_case():
    assert layout("PUBLICATION number", "legal status").kept == (1,)


def test_an_unknown_name_is_refused_with_the_nearest_known_one():
    with pytest.raises(UnknownColumnError, match="nearest known name 'ipc分类号'") as caught:
        layout("公开(公告)号", "IPC分类", row=3)
    assert (caught.value.row, caught.value.column, caught.value.value) == (3, "2", "IPC分类")


def test_an_unknown_name_is_kept_when_the_user_says_so():
    found = layout("公开(公告)号", "学院", also_kept=["学院"])
    assert found.kept == (1,)


def test_a_column_with_values_and_no_name_is_refused():
    with pytest.raises(UnknownColumnError, match="has values and no name"):
        layout("公开(公告)号", "")


def test_a_missing_required_column_is_refused_with_its_names():
    with pytest.raises(MissingColumnError, match="known as 公开\\(公告\\)号, publicationnumber"):
        layout("申请人")


@pytest.mark.parametrize("second", ["申请人", "申 请 人"])
def test_a_name_that_stands_twice_is_refused(second):
    with pytest.raises(UnknownColumnError, match="two columns hold applicants") as caught:
        layout("公开(公告)号", "申请人", second)
    assert caught.value.column == "3"


def test_ignored_columns_may_stand_twice():
    assert layout("序号", "公开(公告)号", "序号").positions == {"publication_no": 1}


def test_of_several_names_of_a_field_the_first_of_the_map_counts_and_the_others_are_kept():
    found = layout("公开(公告)号", "[标]申请人", "申请人")
    assert found.positions == {"publication_no": 0, "applicants": 2}
    assert found.kept == (1,)


def test_several_names_of_a_field_are_refused_where_nothing_can_be_kept():
    text = MAP.replace('kept = ["受理局", "Legal Status"]', "")
    with pytest.raises(UnknownColumnError, match="two columns hold applicants"):
        layout("公开(公告)号", "[标]申请人", "申请人", text=text)


def test_other_fields_hold_names_and_values_as_written_without_blanks():
    found = layout("公开（公告）号", "受理局", "Legal  Status", "[标]申请人", "申请人")
    other = found.other_fields(["1", " 中国 ", "-", "", "甲"], missing=["-"])
    assert other == '{"受理局": " 中国 "}'
    assert found.other_fields(["1", "", "", "", ""]) is None
    assert json.loads(found.with_column(other, 2, "x")) == {
        "受理局": " 中国 ",
        "Legal  Status": "x",
    }


@pytest.mark.parametrize(
    ("written", "elements"),
    [
        ("甲", ("甲",)),
        ("甲; 乙", ("甲", "乙")),
        ("甲;乙;", ("甲", "乙")),
        ("中国科学院、水利部成都山地所", ("中国科学院、水利部成都山地所",)),
        ("甲，乙", ("甲，乙",)),
        ("甲;;乙; ", ("甲", "", "乙")),
        (" 甲 ;乙", (" 甲 ", "乙")),
        (";", ()),
    ],
)
def test_lists_are_split_at_the_separators_of_the_map_only(written, elements):
    assert parse_map(MAP, "x.toml").split(written) == elements


def test_without_separators_a_value_is_one_element():
    text = MAP.replace('separators = ["; ", ";"]', "")
    assert parse_map(text, "x.toml").split("甲; 乙") == ("甲; 乙",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MAP.replace("ignored", "ignore"), r"unknown keys \['ignore'\]"),
        (MAP.replace("main =", "mains ="), r"unknown keys \['mains'\] of ipc"),
        (MAP.replace('"[标]申请人"', '"IPC分类号"'), "'ipc分类号' means applicants and ipc"),
        (MAP.replace('["序号"]', '["受理局"]'), "'受理局' means kept and ignored"),
        (MAP.replace('"受理局"', '"IPC主分类号"'), "'ipc主分类号' means main of ipc and kept"),
    ],
)
def test_a_map_that_contradicts_itself_is_refused(text, said):
    with pytest.raises(LandingError, match=said):
        parse_map(text, "x.toml")


@pytest.mark.parametrize("name", PUBLICATION_MAPS)
def test_the_maps_of_publications_fit_the_landing_table(name):
    column_map = load_map(name)
    kinds = {f.name: str(f.type) for f in fields(ImportedPublication)}
    assert set(column_map.fields) <= kinds.keys()
    assert column_map.raw["format"] == name == (MAPS / f"{name}.toml").stem
    for column in column_map.columns:
        assert column.is_list == kinds[column.field].startswith("tuple"), column.field
        assert not column.main or column.is_list
    assert not {"、", "，", ","} & set(column_map.separators)


def test_the_lists_of_the_sample_formats_have_all_their_columns():
    # 中国专利数据库: 34 columns; the numbers of the others are those that users can choose from
    yearly = load_map("cn_patent_database")
    named = [n for c in yearly.columns for n in (c.names[1], *c.main)]
    assert len(set(named) | yearly.kept) == 34
    assert len(load_map("incopat").kept) > 150
    assert len(load_map("patsnap").kept) > 200
