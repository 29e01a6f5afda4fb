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
    with pytest.raises(UnknownColumnError, match="has no name"):
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


# Headers as the formats are described by those who use them.
DESCRIBED = {
    "pss": """
        IPC分类号 公开（公告）号 优先权号 文献唯一标识 发明名称 文献状态 公开（公告）日 优先权日
        申请人/专利权人所在国代码 文献标识 发明人 地址 appSnHidden 国家 nrdAnHidden
        申请（专利权）人 邮编 申请日 申请号 pnSnHidden 代理机构 代理人 外观设计洛迦诺分类号
        CPC分类号 申请人地址 申请人邮编 申请人所在国（省）
    """,
    "patsnap": """
        序号 公开(公告)号 法律状态/事件 [标]当前申请(专利权)人 申请日 公开(公告)日
        非专利引用文献数量 被引用专利数量 引用专利数量 发明人数量 标题(译)(简体中文)
        标题(译)(English) 摘要(译)(简体中文) 摘要(译)(English) 优先权国家/地区
        简单同族专利申请数量 简单同族被引用专利总数 3年内被引用次数 5年内被引用次数
        INPADOC同族专利申请数量 INPADOC同族被引用专利总数 INPADOC法律状态
        PatSnap同族被引用专利总数 Patsnap同族专利申请数量 专利类型 当前申请(专利权)人数量
        诉讼案件数 受理局 [标]原始申请(专利权)人 SEP信息 IPC分类号 IPC主分类号 UPC分类号 PN APNO
        TTL ABST AN ANC ANS ANCS AN_HIST AN_ADD AN_PROVINCE AN_CITY AN_DISTRICT ANC_ADD
        ANC_PROVINCE ANC_CITY ANC_DISTRICT F_AN ANS_TYPE APD PBD ISD EXPD EXDT IPC MIPC GBC
        LEGAL_STATUS LEGAL_EVENT SIMPLE_LEGAL_STATUS PATENT_TYPE AN_COUNT ANC_COUNT TRANSFER
        TRANSFER_BEFORE TRANSFER_AFTER TRANS_EFDT LICENSOR LICENSEE LICNO LIC_EFDT BI_USCC
        原始申请(专利权)人 当前申请(专利权)人 历史申请(专利权)人 授权日 转让人 受让人
        权利转移生效日
    """,
    "incopat": """
        序号 公开(公告)号 标题(中文) 公开(公告)日 受让人类型 转让执行日 转让次数 转让人 转让人类型
        受让人 当前法律状态 法律状态 转让登记号 申请号 申请日 申请人 标准化申请人 第一申请人
        申请人数量 申请人类型 申请人地址 申请人其他地址 申请人省市代码 中国申请人地市
        中国申请人区县 工商注册地址 工商统一社会信用代码 当前权利人 IPC IPC主分类 授权公告日
        标准受让人 受让人地址 专利有效性
    """,
    "cnipr": """
        申请号 申请日 公开（公告）号 公开（公告）日 专利号 名称 主分类号 分类号 申请（专利权）人
        发明（设计）人 地址 国省代码 专利代理机构 代理人 优先权 摘要 主权项 发布路径 页数
        申请国代码 专利类型 申请来源 审查员 参考文献
    """,
    "cn_patent_database": """
        专利名称 专利类型 申请人 申请人类型 申请人地址 申请人地区 申请人城市 申请人区县 申请号
        申请日 申请年份 公开公告号 公开公告日 公开公告年份 授权公告号 授权公告日 授权公告年份
        IPC分类号 IPC主分类号 发明人 摘要文本 主权项内容 当前权利人 当前专利权人地址 专利权人类型
        统一社会信用代码 引证次数 被引证次数 自引次数 他引次数 被自引次数 被他引次数 家族引证次数
        家族被引证次数
    """,
}


@pytest.mark.parametrize("name", PUBLICATION_MAPS)
def test_every_described_column_is_known(name):
    column_map = load_map(name)
    assert [n for n in DESCRIBED[name].split() if not column_map.is_known(n)] == []
    english = (
        *("Publication Number", "Application Number", "Application Date", "Publication Date"),
        *("Std. Current Assignee", "Std. Original Assignee (Applicant)", "Main IPC", "Agency"),
    )
    assert name != "patsnap" or all(column_map.is_known(n) for n in english)


@pytest.mark.parametrize("name", PUBLICATION_MAPS)
@pytest.mark.parametrize(
    ("written", "is_day"),
    [
        ("2019.07.09", True),
        ("2008.7.9", True),
        ("2019-07-09", True),
        ("20190709", True),
        ("2019年7月9日", True),
        ("2019-07-09 00:00:00", True),
        ("41239", True),
        ("2019", False),
        ("2017100277291", False),
        ("H01M10/05", False),
    ],
)
def test_days_look_like_days(name, written, is_day):
    assert load_map(name).fits("publication_date", written) is is_day
