"""Texts of legal events of every kind, the layouts they come in, and what any text at all gives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.items import Party
from scrapers.parsers.events import PROBLEMS, TYPES, ParsedEvent, parse_event_text

TRANSFER = "专利申请权、专利权的转移"
CHANGE = "专利权人的姓名或者名称、地址的变更"
LICENCE = "专利实施许可合同的备案"


def party(name: str, address: str | None = None, postcode: str | None = None) -> Party:
    return Party(name=name, address=address, postcode=postcode)


def names(parties: tuple[Party, ...]) -> list[str]:
    return [p.name for p in parties]


def read(text: str, event_type: str = "") -> ParsedEvent:
    return parse_event_text(text, event_type)


# ------------------------------------------------------------------------------- kinds
@pytest.mark.parametrize(
    ("text", "kind", "problems"),
    [
        ("专利权的转移", "transfer", ("no_parties",)),
        ("专利申请权的转移", "transfer", ("no_parties",)),
        (CHANGE, "rename", ("no_parties",)),
        ("专利权人地址的变更", "address_change", ("no_parties",)),
        ("专利权的终止(未缴年费专利权终止)授权公告日：2005.7.13", "termination", ()),
        ("专利权有效期届满", "termination", ()),
        ("专利权的主动放弃", "termination", ()),
        ("专利权质押合同登记的注销", "pledge", ("no_parties",)),
        ("专利权的保全", "preservation", ()),
        ("专利权保全的解除", "preservation", ()),
        ("专利实施许可合同备案的生效", "licence", ("no_parties",)),
        ("发明专利公报更正", "correction", ("item_missing",)),
        ("专利权的视为放弃", "other", ()),
        ("专利申请或者专利权的恢复(专利权的恢复)", "other", ()),
        ("发明专利申请公布后的视为撤回", "other", ()),
        ("实质审查的生效", "other", ()),
        ("授权", "other", ()),
        ("强制许可", "other", ()),
        ("专利权全部无效", "other", ()),
        ("保密专利专利权授予", "other", ()),
        ("著录事项变更", "other", ()),
        ("天气晴朗", "other", ("type_unknown",)),
        ("", "other", ("no_text",)),
        (" \n\u3000；", "other", ("no_text",)),
    ],
)
def test_an_event_without_parties_keeps_its_type(text, kind, problems):
    event = read(text)
    assert (event.type, event.problems) == (kind, problems)
    assert event.parties_before == event.parties_after == ()


def test_a_notice_names_nobody_who_holds_anything():
    event = read("地址不明的通知收件人:赵六文件名称:专利权终止通知书")
    assert (event.type, event.parties_before, event.parties_after) == ("other", (), ())


@pytest.mark.parametrize(
    ("event_type", "kind"),
    [
        ("TR01", "transfer"),
        ("CP02", "address_change"),
        ("专利权的终止", "termination"),
        ("PC01", "pledge"),
        ("", "other"),
    ],
)
def test_the_given_type_decides_where_the_text_does_not(event_type, kind):
    assert read("", event_type).type == kind


def test_text_and_given_type_that_disagree_are_named_and_the_text_counts():
    event = read("专利权的转移", "专利权的终止")
    assert (event.type, event.problems) == ("transfer", ("type_contradicts_text", "no_parties"))
    assert read("天气晴朗", TRANSFER).problems == ("unread_text", "no_parties")


@pytest.mark.parametrize("code", ["PP01", "PD01"])
@pytest.mark.parametrize("text", ["专利权的保全", "专利权的保全及解除", "专利权的质押、保全及解除"])
def test_the_codes_of_preservation_contradict_no_heading_that_says_so(text, code):
    event = read(text, code)
    assert event.type == "preservation"
    assert "type_contradicts_text" not in event.problems
    assert "type_contradicts_text" in read("专利权的质押", code).problems


def test_a_name_that_goes_on_behind_an_address_in_brackets_is_named():
    text = "专利权的转移变更项目:专利权人变更前权利人:{}变更后权利人:乙登记生效日:2008.7.11"
    assert "unread_text" in read(text.format("甲（地址:北京）公司")).problems
    event = read(text.format("甲公司（地址:北京）"))
    assert event.parties_before == (party("甲公司", "北京"),)
    assert "unread_text" not in event.problems


def test_a_text_without_any_heading_is_told_by_its_labels():
    event = read("变更事项:专利权人变更前权利人:甲变更后权利人:乙登记生效日:20130815")
    assert (event.type, event.problems) == ("transfer", ("type_from_labels",))
    assert read("变更事项:专利权人变更前:甲变更后:乙").type == "rename"
    assert read("合同备案号:2013990000138让与人:甲受让人:乙").type == "licence"
    assert read("登记号:2013990000123出质人:甲质权人:乙").type == "pledge"
    assert read("保全登记解除日: 2008.8.13").type == "preservation"
    assert read("终止日期:20101223").type == "termination"


# --------------------------------------------------------------------- changes of holders
def test_one_line_with_a_semicolon_after_each_value():
    event = read(
        "#法律状态公告日：20121219;\n法律状态：专利申请权、专利权的转移;\n"
        "描述信息：专利权的转移IPC(主分类):A41D   1/00;变更事项:专利权人;"
        "变更前权利人:甲股份有限公司;"
        "变更后权利人:甲股份有限公司;变更事项:地址;变更前权利人:100031 甲县5号;"
        "变更后权利人:100032 乙县6号;变更事项:专利权人;变更前权利人:乙公司;变更后权利人:丙公司;"
        "登记生效日:20121116;\n"
    )
    assert (event.type, event.item, event.effective_date) == ("transfer", "专利权人", "2012-11-16")
    assert event.ipc == "A41D   1/00"
    assert event.parties_before == (party("甲股份有限公司", "甲县5号", "100031"), party("乙公司"))
    assert event.parties_after == (party("甲股份有限公司", "乙县6号", "100032"), party("丙公司"))
    assert event.problems == ()


def test_line_breaks_written_out_as_two_characters_are_layout():
    event = read(
        r"专利权的转移;\n变更事项：专利权人;\n变更前权利人：甲;\r\n变更后权利人：乙;\n登记生效日：2013年8月15日"
    )
    assert (names(event.parties_before), names(event.parties_after)) == (["甲"], ["乙"])
    assert event.effective_date == "2013-08-15"


@pytest.mark.parametrize("sign", ["<br>", "<BR />", "|", " | ", "&nbsp;&nbsp;"])
def test_what_a_page_leaves_between_the_values_is_layout(sign):
    lines = ["专利权的转移", "登记生效日:20190603", "变更事项:专利权人", "变更前权利人:甲公司"]
    event = read(sign.join([*lines, "变更后权利人:D&amp;F GmbH", "变更事项:地址"]))
    assert names(event.parties_before) == ["甲公司"]
    assert names(event.parties_after) == ["D&F GmbH"]
    assert (event.type, event.item, event.effective_date) == ("transfer", "专利权人", "2019-06-03")
    assert not event.problems


def test_of_several_events_in_one_text_the_first_with_parties_is_read():
    event = read(
        "#法律状态公告日：20120926;\n法律状态：授权;\n描述信息：授权;\n\n"
        "#法律状态公告日：20121219;\n法律状态：转移;\n描述信息：专利权的转移;变更事项:专利权人;"
        "变更前权利人:甲;变更后权利人:乙;登记生效日:20121116;\n\n"
        "#法律状态公告日：20220104;\n法律状态：专利权有效期届满;\n描述信息：专利权有效期届满;"
    )
    assert (event.type, names(event.parties_after)) == ("transfer", ["乙"])
    assert event.problems == ("several_events",)


def test_line_breaks_that_were_kept_are_layout():
    event = read(
        "专利权的转移变更项目:专利权人变更前权利人:甲院\n地址: 沈阳市\n 8号\n邮编: 110021\n"
        "变更后权利人:乙集\n团\n地址: 北京市\n邮编: 100031；\n    甲院\n地址: 沈阳市\n"
        "邮编: 110021\n"
        "登记生效日:2008.7.11"
    )
    assert event.parties_before == (party("甲院", "沈阳市8号", "110021"),)
    assert event.parties_after == (
        party("乙集团", "北京市", "100031"),
        party("甲院", "沈阳市", "110021"),
    )
    assert event.type == "holder_added"


def test_several_holders_on_one_line_each():
    event = read(
        "专利权的转移\n变更事项:专利权人\n变更前权利人:甲公司\n乙大学\n变更后权利人:丙公司"
    )
    assert names(event.parties_before) == ["甲公司", "乙大学"]


@pytest.mark.parametrize("nobody", ["", "无", "-", "－", "无共同专利权人"])
def test_co_holders_join_and_leave(nobody):
    head = (
        "专利权的转移\n登记生效日:20190603\n变更事项:专利权人\n变更前权利人:甲\n变更后权利人:甲\n"
    )
    joined = read(f"{head}变更事项:共同专利权人\n变更前权利人:{nobody}\n变更后权利人:乙")
    left = read(f"{head}变更事项:共同专利权人\n变更前权利人:乙\n变更后权利人:{nobody}")
    assert (joined.type, names(joined.parties_after)) == ("holder_added", ["甲", "乙"])
    assert (left.type, names(left.parties_before)) == ("holder_dropped", ["甲", "乙"])
    assert joined.item == left.item == "专利权人"


def test_a_block_of_a_co_holder_alone_says_who_joined_or_left():
    head = "专利权的转移\n登记生效日:20190603\n变更事项:共同专利权人\n"
    joined = read(f"{head}变更前权利人:无\n变更后权利人:乙")
    left = read(f"{head}变更前权利人:乙\n变更后权利人:")
    changed = read(f"{head}变更前权利人:乙\n变更后权利人:丙")
    assert (joined.type, left.type, changed.type) == ("holder_added", "holder_dropped", "transfer")
    assert joined.problems == left.problems == ("holder_not_named",)
    assert joined.item == "共同专利权人"


def test_an_added_holder_in_wording_b_has_no_line_before():
    event = read("专利权的转移变更事项:专利权人变更后权利人:丙登记生效日:20130815")
    assert (event.type, names(event.parties_after)) == ("holder_added", ["丙"])
    cut = read("专利权的转移变更事项:专利权人变更前权利人:甲")
    assert (cut.type, cut.problems[0]) == ("transfer", "after_missing")


def test_address_blocks_belong_to_the_main_holder():
    event = read(
        "专利权的转移变更事项:专利权人变更前权利人:甲变更后权利人:乙"
        "变更事项:共同专利权人变更前权利人:无变更后权利人:丙"
        "变更事项:地址变更前权利人:100031 A变更后权利人:100032 B登记生效日:20190101"
    )
    assert event.parties_before == (party("甲", "A", "100031"),)
    assert event.parties_after == (party("乙", "B", "100032"), party("丙"))


def test_an_address_block_may_come_before_its_holder():
    event = read(
        f"{CHANGE}\n变更事项:地址\n变更前:100031 A\n变更后:100032 B\n"
        "变更事项:专利权人\n变更前:甲\n变更后:乙"
    )
    assert (event.type, event.item) == ("rename", "专利权人")
    assert event.parties_after == (party("乙", "B", "100032"),)
    assert event.problems == ()


def test_an_address_that_belongs_to_nobody_is_named():
    event = read(
        "专利权的转移变更事项:专利权人变更前权利人:甲变更后权利人:"
        "变更事项:地址变更前权利人:A变更后权利人:B登记生效日:20130101"
    )
    assert event.problems == ("address_without_holder_after", "after_missing")


def test_an_address_block_may_name_its_holder():
    event = read(
        f"{CHANGE}变更事项:专利权人地址变更前:专利权人:甲有限公司,专利权人地址:成都市8号,邮编:610200"
        "变更后:专利权人:甲有限公司,专利权人地址:成都市7号,邮编:610200"
    )
    assert (event.type, event.item) == ("address_change", "专利权人地址")
    assert event.parties_before == (party("甲有限公司", "成都市8号", "610200"),)
    assert event.parties_after == (party("甲有限公司", "成都市7号", "610200"),)


def test_a_change_of_somebody_else_names_no_holders():
    event = read("著录事项变更变更事项:发明人变更前:赵六变更后:钱七")
    assert (event.type, event.item) == ("other", "发明人")
    assert event.parties_before == event.parties_after == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("北京地址信息有限公司  地址: 北京市", [party("北京地址信息有限公司", "北京市")]),
        ("甲公司  申请人地址:德国戈斯拉", [party("甲公司", "德国戈斯拉")]),
        ("甲 地址:A市1号；2号楼,邮编:100000", [party("甲", "A市1号；2号楼", "100000")]),
        ("甲 地址:A市,邮编:;乙 地址:B市,邮编:", [party("甲", "A市"), party("乙", "B市")]),
        ("甲 地址:A市,邮编:;专利权人:乙", [party("甲", "A市"), party("乙")]),
        ("甲  地址: 100080北京市", [party("甲", "北京市", "100080")]),
        ("甲  邮编: 100080  地址: 北京市", [party("甲", "北京市", "100080")]),
        ("甲；    乙；    丙", [party("甲"), party("乙"), party("丙")]),
        ("甲公司;乙公司", [party("甲公司"), party("乙公司")]),
        ("甲;地址:A市;邮编:100000", [party("甲", "A市", "100000")]),
        ("甲（地址：A市）", [party("甲", "A市")]),
        ("彼得·麦克  地址: 美国 德州", [party("彼得·麦克", "美国 德州")]),
        ("“甲”公司(集团)  地址：瑞士", [party("“甲”公司(集团)", "瑞士")]),
        ("甲院、乙部丙所  地址: 成都市", [party("甲院、乙部丙所", "成都市")]),
        ("甲,乙有限公司", [party("甲,乙有限公司")]),
        ("EMD  研究公司    地址: 荷兰", [party("EMD  研究公司", "荷兰")]),
    ],
)
def test_one_side_of_wording_a(value, expected):
    text = f"专利权的转移变更项目:专利权人变更前权利人:{value}变更后权利人:终登记生效日:2008.9.5"
    event = read(text)
    assert event.parties_before == tuple(expected)
    assert event.parties_after == (party("终"),)
    assert "unread_text" not in event.problems


def test_parties_whose_semicolon_was_lost_are_told_apart_and_named():
    event = read(
        "专利权的转移变更项目:专利权人变更前权利人:甲  地址: A市  邮编: 110021    "
        "乙  地址: B市  邮编: 110022"
        "变更后权利人:丙  地址: 日本    丁  地址: 日本登记生效日:2008.9.5"
    )
    assert event.parties_before == (party("甲", "A市", "110021"), party("乙", "B市", "110022"))
    assert event.parties_after == (party("丙", "日本"), party("丁", "日本"))
    assert event.problems == ("separator_missing",)


def test_a_text_cut_inside_a_label_is_named_and_the_rest_of_the_label_is_no_address():
    event = read(
        "专利权的转移变更项目:专利权人变更前权利人:甲  地址: A市  邮编: 110021"
        "变更后权利人:乙  地址: B市  邮编: 110022；    丙  地址: C市  邮登记生效日:2008.9.5"
    )
    assert event.parties_after[1] == party("丙", "C市")
    assert event.problems == ("last_party_may_be_cut",)


def test_the_side_before_may_be_cut_too():
    event = read(
        "专利权的转移变更项目:专利权人变更前权利人:甲  地址: A市  邮编: 110021；    乙  地址: B"
        "变更后权利人:丙  地址: C市  邮编: 110022登记生效日:2008.9.5"
    )
    assert event.problems == ("last_party_may_be_cut",)


def test_names_are_compared_without_width_and_white_space():
    event = read(
        "专利权的转移变更事项:专利权人变更前权利人:甲(中国）公司变更后权利人:甲（中国）公司"
        "变更事项:共同专利权人变更前权利人:变更后权利人:乙登记生效日:20130101"
    )
    assert event.type == "holder_added"
    assert names(event.parties_before) == ["甲(中国）公司"]


def test_every_problem_and_type_is_explained():
    text = (Path(__file__).parents[3] / "docs" / "events.md").read_text(encoding="utf-8")
    assert [name for name in (*TYPES, *PROBLEMS) if f"| `{name}` |" not in text] == []


def test_text_that_was_damaged_before_is_named():
    assert "damaged_text" in read("专利权的转移变更事项:专利权人变更前权利人:甲\ufffd").problems


# ----------------------------------------------------------------- contracts and the rest
def test_a_licence():
    event = read(
        f"{LICENCE}合同备案号: 2008310000084让与人: 张三受让人: 甲有限公司发明名称: 一种转让人座椅"
        "申请日: 2001.8.10授权公告日: 2006.11.1许可种类: 独占许可备案日期: 2008.9.23"
        "合同履行期限: 2007.10.18至2013.10.17合同变更"
    )
    assert event == ParsedEvent(
        type="licence",
        item=None,
        effective_date="2008-09-23",
        ipc=None,
        reference_no="2008310000084",
        parties_before=(party("张三"),),
        parties_after=(party("甲有限公司"),),
        problems=(),
    )


def test_a_licence_of_2013():
    event = read(
        "专利实施许可合同备案的生效IPC(主分类):B60C  17/00合同备案号:X2020990000352让与人:甲公司"
        "受让人:乙公司;丙公司发明名称:轮胎申请日:19991210申请公布日:20030219许可种类:普通许可"
        "备案日期:20130408"
    )
    assert (event.ipc, event.reference_no) == ("B60C  17/00", "X2020990000352")
    assert names(event.parties_after) == ["乙公司", "丙公司"]
    assert event.effective_date == "2013-04-08"


@pytest.mark.parametrize(
    ("printed", "expected", "problems"),
    [
        ("李  晔", ["李  晔"], ()),
        ("甲研究所  唐  英", ["甲研究所", "唐  英"], ()),
        ("傅  华  樊建平  卞大保", ["傅  华", "樊建平", "卞大保"], ()),
        ("甲公司  ABC  Corp", ["甲公司  ABC  Corp"], ()),
        ("甲公司  丙", ["甲公司  丙"], ("names_not_separable",)),
        ("甲、乙公司", ["甲、乙公司"], ()),
    ],
)
def test_several_licensors_stand_between_wide_gaps(printed, expected, problems):
    event = read(f"{LICENCE}合同备案号: 2008210000011让与人: {printed}受让人: 终备案日期: 2008.5.9")
    assert names(event.parties_before) == expected
    assert event.problems == problems


def test_change_and_end_of_a_licence():
    changed = read(
        "专利实施许可合同备案的变更合同备案号:2013990000138变更日:20140101变更事项:许可种类"
        "变更前:独占许可变更后:普通许可"
    )
    assert (changed.type, changed.item) == ("licence", "许可种类")
    assert changed.parties_before == changed.parties_after == ()
    assert changed.effective_date == "2014-01-01"
    holder = read("专利实施许可合同备案的变更变更事项:受让人变更前:甲公司变更后:乙公司")
    assert (names(holder.parties_before), names(holder.parties_after)) == (["甲公司"], ["乙公司"])
    ended = read(
        "专利实施许可合同备案的注销合同备案号:2013990000138让与人:甲受让人:乙"
        "备案日期:20130408解除日:20140102"
    )
    assert (ended.type, ended.effective_date) == ("licence", "2014-01-02")


@pytest.mark.parametrize(
    ("text", "kind", "date"),
    [
        (
            "专利权的质押、保全及解除(专利权质押(保全)的解除)质押(保全): 质押登记解除日: 2008.7.16",
            "pledge",
            "2008-07-16",
        ),
        (
            "专利权的质押、保全及解除(专利权的质押(保全))质押(保全): 保全登记生效日: 2008.7.17",
            "preservation",
            "2008-07-17",
        ),
        ("专利权保全的解除登记生效日:20130101解除日:20140101", "preservation", "2014-01-01"),
    ],
)
def test_pledges_and_preservation_share_a_heading(text, kind, date):
    event = read(text, "专利权的质押、保全及解除")
    assert (event.type, event.effective_date) == (kind, date)


def test_a_pledge_with_parties_and_its_end():
    text = (
        "专利权质押合同登记的{}\n登记号:Y2020990000123\n登记生效日:20200304\n出质人:甲公司\n"
        "质权人:乙银行股份有限公司\n发明名称:车\n申请日:20090101\n"
    )
    event = read(text.format("生效"))
    assert (event.type, event.effective_date) == ("pledge", "2020-03-04")
    assert event.reference_no == "Y2020990000123"
    assert event.parties_before == (party("甲公司"),)
    assert event.parties_after == (party("乙银行股份有限公司"),)
    assert read(text.format("注销") + "解除日:20210102").effective_date == "2021-01-02"


def test_a_termination_counts_from_its_day():
    event = read(
        "未缴年费专利权终止IPC(主分类):B66B   7/02申请日:19991223授权公告日:20050119"
        "终止日期:20101223"
    )
    assert (event.type, event.effective_date) == ("termination", "2010-12-23")
    assert event.ipc == "B66B   7/02"


@pytest.mark.parametrize(
    ("pairs", "item", "before", "after", "problems"),
    [
        (
            "更正项目=专利权人误=甲公司；乙中心正=甲公司",
            "专利权人",
            ["甲公司", "乙中心"],
            ["甲公司"],
            (),
        ),
        ("更正项目=共同专利权人误=甲正=无共同专利权人", "共同专利权人", ["甲"], [], ()),
        ("更正项目=申请人^共同申请人误=甲正=甲^乙", "申请人^共同申请人", ["甲"], ["甲", "乙"], ()),
        ("更正项目=专利权人^地址误=甲^A市正=乙^B市", "专利权人^地址", ["甲"], ["乙"], ()),
        (
            "更正项目=专利权人^地址误=甲正=乙^B市",
            "专利权人^地址",
            [],
            ["乙"],
            ("correction_not_separable",),
        ),
        (
            "更正项目=专利权人误=错公告正=删除",
            "专利权人",
            [],
            [],
            ("correction_without_name",),
        ),
        ("更正项目=发明人误=赵六正=钱七", "发明人", [], [], ()),
        ("更正项目=专利权人地址误=A市正=B市", "专利权人地址", [], [], ()),
    ],
)
def test_corrections(pairs, item, before, after, problems):
    event = read(f"发明专利公报更正号=16卷=24页码=扉页{pairs}")
    assert (event.type, event.item, event.reference_no) == ("correction", item, "16")
    assert (names(event.parties_before), names(event.parties_after)) == (before, after)
    assert event.problems == problems
    assert event.effective_date is None


def test_a_correction_in_the_newer_layout():
    event = read(
        "发明专利更正\nIPC(主分类):A01B   1/00\n更正项目:专利权人\n误:甲公司\n正:乙公司\n"
        "号:21\n卷:28"
    )
    assert (event.ipc, event.reference_no) == ("A01B   1/00", "21")
    assert (names(event.parties_before), names(event.parties_after)) == (["甲公司"], ["乙公司"])


def test_a_decision_has_its_number_and_day():
    event = read("专利权的无效宣告(专利权全部无效)无效宣告决定号:9717无效宣告决定日:2007.4.25")
    assert (event.type, event.reference_no, event.effective_date) == ("other", "9717", "2007-04-25")


# -------------------------------------------------------------------------- any text at all
_FRAGMENTS = st.sampled_from(
    [
        "专利权的转移",
        CHANGE,
        LICENCE,
        "更正",
        "专利权质押合同登记的生效",
        "#法律状态公告日：",
        "法律状态：",
        "描述信息：",
        "IPC(主分类):",
        "变更项目:",
        "变更事项:",
        "变更前权利人:",
        "变更后权利人:",
        "变更前:",
        "变更后:",
        "登记生效日:",
        "地址: ",
        "申请人地址:",
        "邮编:",
        "专利权人:",
        "共同专利权人",
        "地址",
        "发明人",
        "；    ",
        ";",
        "；",
        ",",
        "\n",
        r"\n",
        "  ",
        "无",
        "让与人: ",
        "受让人:",
        "出质人:",
        "质权人:",
        "更正项目=",
        "误=",
        "正=",
        "^",
        "解除日:",
        "备案日期:",
        "2008.9.26",
        "20080926",
        "2008.2.30",
        "100031",
        "甲公司",
        "(",
        "）",
    ]
)
_TEXTS = st.one_of(
    st.text(), st.lists(st.one_of(_FRAGMENTS, st.text(max_size=4)), max_size=25).map("".join)
)


def _packed(text: str) -> str:
    return "".join(text.replace(r"\r", "").replace(r"\n", "").split())


@given(text=_TEXTS, event_type=st.one_of(st.just(""), _FRAGMENTS, st.text(max_size=6)))
def test_any_text_gives_an_event_and_invents_nothing(text, event_type):
    event = read(text, event_type)
    assert event == read(text, event_type)
    assert event.type in TYPES
    packed = _packed(text)
    for one in (*event.parties_before, *event.parties_after):
        assert one.name.strip()
        for value in (one.name, one.address, one.postcode):
            assert value is None or (value and _packed(value) in packed)
    for value in (event.item, event.ipc, event.reference_no):
        assert value is None or (value and _packed(value) in packed)
    if event.effective_date is not None:
        assert dt.date.fromisoformat(event.effective_date).isoformat() == event.effective_date
    assert len(set(event.problems)) == len(event.problems)
    assert set(event.problems) <= set(PROBLEMS)


_NAMES = st.text(
    alphabet="甲乙丙丁戊东西南北公司研究院()（）·、，ABz", min_size=1, max_size=9
).filter(lambda name: name == name.strip("，,") and name[-1] not in "(（")
_PARTIES = st.lists(
    st.builds(
        party,
        _NAMES,
        st.one_of(st.none(), st.text(alphabet="省市区路号栋省一二A-1", min_size=2, max_size=12)),
        st.one_of(st.none(), st.from_regex(r"[1-8]\d{5}", fullmatch=True)),
    ),
    min_size=1,
    max_size=4,
)


@given(before=_PARTIES, after=_PARTIES, day=st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)))
def test_what_wording_a_prints_is_read_back(before, after, day):
    def side(parties: list[Party]) -> str:
        return "；    ".join(
            p.name
            + (f"  地址: {p.address}" if p.address else "")
            + (f"  邮编: {p.postcode}" if p.address and p.postcode else "")
            for p in parties
        )

    event = read(
        f"{TRANSFER}(专利权的转移)变更项目:专利权人变更前权利人:{side(before)}"
        f"变更后权利人:{side(after)}登记生效日:{day.year}.{day.month}.{day.day}"
    )
    for read_back, printed in ((event.parties_before, before), (event.parties_after, after)):
        assert read_back == tuple(
            party(p.name, p.address, p.postcode if p.address else None) for p in printed
        )
    assert event.effective_date == day.isoformat()


@given(before=_PARTIES, after=_PARTIES, breaks=st.booleans(), wide=st.booleans())
def test_what_wordings_b_and_c_print_is_read_back(before, after, breaks, wide):
    def address(one: Party) -> str:
        return f"{one.postcode or ''} {one.address or ''}".strip()

    lines = [
        "专利权的转移",
        "IPC(主分类):B60R  25/045",
        "变更事项:专利权人",
        f"变更前权利人:{before[0].name}",
        f"变更后权利人:{after[0].name}",
        "变更事项:地址",
        f"变更前权利人:{address(before[0])}",
        f"变更后权利人:{address(after[0])}",
    ]
    for k in range(1, max(len(before), len(after))):
        old, new = (side[k].name if k < len(side) else "" for side in (before, after))
        lines += ["变更事项:共同专利权人", f"变更前权利人:{old}", f"变更后权利人:{new}"]
    text = ("\n" if breaks else "").join([*lines, "登记生效日:20190603"])
    event = read(text.replace(":", "：") if wide else text)
    assert names(event.parties_before) == [p.name for p in before]
    assert names(event.parties_after) == [p.name for p in after]
    assert event.ipc == "B60R  25/045"
    assert event.effective_date == "2019-06-03"
    for read_back, printed in ((event.parties_before, before), (event.parties_after, after)):
        if printed[0].address and printed[0].address[0] not in "-1":
            assert read_back[0] == printed[0]
        assert all(p.address is None and p.postcode is None for p in read_back[1:])


@pytest.mark.parametrize(
    "text",
    [
        "专利权的转移变更项目:专利权人变更前权利人:甲 地址:乙" + ";a" * 100_000,
        "专利权的转移变更项目:专利权人变更前权利人:甲" + "  地址:x  y" * 50_000,
        "专利权的转移变更项目:专利权人变更前权利人:甲" + " " * 200_000 + "\n乙",
        "专利权的转移" + "变更事项:地址变更前权利人:x变更后权利人:y" * 20_000,
        "更正" + "更正项目=专利权人误=x  y正=z^w" * 20_000,
    ],
    ids=["semicolons", "addresses", "gap", "blocks", "corrections"],
)
def test_a_huge_text_takes_linear_time(text):
    assert read(text).type in TYPES
