"""Text of legal events (事务数据): what happened, to whose right, when.

The gazette prints changes of holders in three wordings, told apart by the labels they use:

* A (2007-2009): ``变更项目:专利权人变更前权利人:NAME  地址: ADDR  邮编: ZIP；    NAME…``, every
  party with its own address; renames say ``变更前:`` and ``变更后:``.
* B (2010-2016): ``IPC(主分类):…变更事项:专利权人变更前权利人:X变更后权利人:Y变更事项:地址…``, one
  block per item, an added holder in a block without 变更前权利人, no line breaks.
* C (2015-): the blocks of B, one item per line, co-holders as 共同专利权人, without address.

Commercial data bases print B with a semicolon after each value and a heading
``#法律状态公告日：…法律状态：…描述信息：…``. Licences, pledges, terminations and corrections have
labels of their own. Many days print no text at all besides the name of the event.

Nothing here guesses: what cannot be read is left empty and named in ``problems``; no text raises.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass, field, replace

from scrapers.items import Party
from scrapers.parsers.event_parties import (
    HOLDER,
    comparable,
    has_labels,
    is_nobody,
    may_be_cut,
    read_parties,
    split_list,
    split_postcode,
    tidy,
)

TYPES = (
    "transfer",
    "rename",
    "address_change",
    "holder_added",
    "holder_dropped",
    "licence",
    "pledge",
    "preservation",
    "termination",
    "correction",
    "other",
)

# What could not be read, or not for certain; docs/events.md explains them.
PROBLEMS = (
    "no_text",
    "no_parties",
    "before_missing",
    "after_missing",
    "holder_not_named",
    "party_without_name",
    "address_without_holder_before",
    "address_without_holder_after",
    "last_party_may_be_cut",
    "semicolon_in_address",
    "separator_missing",
    "line_break_in_name",
    "names_not_separable",
    "unknown_label",
    "unread_text",
    "item_missing",
    "effective_date_missing",
    "effective_date_unreadable",
    "type_unknown",
    "type_from_labels",
    "type_contradicts_text",
    "pledge_or_preservation",
    "correction_not_separable",
    "correction_without_name",
    "several_events",
    "damaged_text",
)

# Labels as printed -> what stands behind them. Labels that nobody needs are listed all the same:
# they end the value before them.
_MEANING = {
    "heading": "法律状态",
    "description": "描述信息 法律状态信息",
    "ipc": "IPC(主分类) IPC（主分类） IPC主分类号 IPC主分类 IPC分类号 主分类号 IPC",
    "item": "变更项目 变更事项 变更项",
    "before": "变更前权利人 变更前专利权人 变更前专利申请人 变更前申请人 变更前",
    "after": "变更后权利人 变更后专利权人 变更后专利申请人 变更后申请人 变更后",
    "effective": "登记生效日 变更生效日 转移生效日 生效日",
    "changed": "变更日 变更登记日",
    "reference": "合同备案号 许可合同备案号 备案号 质押登记号 合同登记号 质押合同登记号 登记号 "
    "无效宣告决定号 决定号",
    "licensor": "让与人 许可人 许可方",
    "licensee": "受让人 被许可人 被许可方",
    "recorded": "备案日 合同备案日",
    "released": "解除日 登记解除日 注销日 备案注销日 登记注销日 质押解除日 质押登记解除日 "
    "质押登记注销日",
    "unfrozen": "保全登记解除日 保全解除日",
    "frozen": "保全登记生效日 保全生效日",
    "pledged": "质押登记生效日 质押生效日 质押登记日",
    "pledgor": "出质人",
    "pledgee": "质权人",
    "ended": "终止日",
    "decided": "无效宣告决定日 决定日 撤销决定日 放弃生效日 恢复生效日",
    "recipient": "收件人",
    "": "法律状态公告日 发明名称 实用新型名称 外观设计名称 使用外观设计的产品名称 专利名称 申请日 "
    "申请号 专利号 授权公告日 授权公告号 申请公布日 申请公布号 公开日 公开号 公告日 "
    "许可种类 许可方式 许可期限 合同履行期限 合同变更 文件名称 质押(保全) 质押（保全）",
}
_MEANING_OF = {
    written: key
    for key, labels in _MEANING.items()
    for label in labels.split()
    for written in ((label, f"{label}期") if label.endswith("日") else (label,))
}
_LABEL = re.compile(
    f"({'|'.join(re.escape(name) for name in sorted(_MEANING_OF, key=len, reverse=True))})"
    r"[ \t\u3000]*[:：]"
)
_CORRECTION_LABEL = re.compile(
    r"(更正号|更正项目|更正前|更正后|卷号|卷|页码|误|正|号(?=[=＝:：] ?\d))[ \t]*[=＝:：]"
)
_SEVERAL = re.compile(r"#\s*(?=法律状态公告日[ \t]*[:：])")
_ADDRESS_ITEM = re.compile(rf"(?:{HOLDER})?的?(?:通讯|通信|联系|详细)?地址")
_HOLDER_ITEM = re.compile(HOLDER)
_CODE = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?![0-9])|(?<![A-Z0-9])C\d{2}(?![0-9])")
_TYPE_OF_CODE = {
    **dict.fromkeys(("TR01", "TA01", "C41"), "transfer"),
    **dict.fromkeys(("CP01", "CP02", "CP03", "C56"), "change"),
    **dict.fromkeys(("EE01", "EM01", "EC01"), "licence"),
    **dict.fromkeys(("PE01", "PM01", "PC01"), "pledge"),
    **dict.fromkeys(("PP01", "PD01"), "preservation"),
    **dict.fromkeys(("CF01", "CX01", "C17", "AV01"), "termination"),
    **dict.fromkeys(("CI01", "CI02", "CI03", "CU01", "CU02", "CU03"), "correction"),
    **dict.fromkeys(("PB01", "SE01", "GR01", "IW01", "IP01", "DD01"), "other"),
    **dict.fromkeys(("C06", "C10", "C14"), "other"),
}
# Names of events that are none of the named types; anything else is type_unknown.
_OTHER_EVENTS = re.compile(
    "公开|公布|公告|审定|授权|授予|审查|驳回|撤回|视为|放弃|恢复|无效|保密|解密|许可|送达|通知|修改"
    "|撤销|著录|其他|中止|复审|变更|登记"
)
_DATES = (
    re.compile(r"(\d{4})\s*[.．\-/]\s*(\d{1,2})\s*[.．\-/]\s*(\d{1,2})(?!\d)"),
    re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)"),
    re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?"),
)
# Words in the place of a name that say what a correction does to the notice.
_NO_NAME = re.compile(r"(?:错误?|误|漏|未|重复)?(?:公告|刊登|公布|登载)?|删除|空|缺|空白|增加")
_AROUND = " \t\r\n\u2002\u3000\xa0;；,，|"
# What a page leaves in a text that was cut out of it.
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """What the text of one event says.

    ``type`` is one of :data:`TYPES`. ``item`` is what changed as printed (专利权人, 申请人, 地址,
    发明人), ``effective_date`` the day from which the event counts as ISO date (登记生效日, of a
    licence 备案日期, of its end and that of a pledge 解除日, 终止日期, 决定日), ``ipc`` 主分类 with
    its padding, ``reference_no`` 合同备案号, 登记号, 决定号 or 更正号. Before and after are the
    holders; of a licence licensors (让与人) and licensees (受让人), of a pledge pledgors (出质人)
    and pledgees (质权人), of a correction what was wrong (误) and what is right (正). ``problems``
    name what could not be read.
    """

    type: str
    item: str | None
    effective_date: str | None
    ipc: str | None
    reference_no: str | None
    parties_before: tuple[Party, ...]
    parties_after: tuple[Party, ...]
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Block:
    """One 变更项目 or 变更事项 with the values of its two sides; ``None`` = no such line."""

    item: str
    is_wording_a: bool = False
    before: str | None = None
    after: str | None = None

    @property
    def is_co_holder(self) -> bool:
        return self.item.startswith("共同")

    @property
    def is_address(self) -> bool:
        return self.item == "地址" or _ADDRESS_ITEM.fullmatch(self.item) is not None

    @property
    def names_holders(self) -> bool:
        if not self.item:
            return True
        return _HOLDER_ITEM.search(self.item) is not None and not self.is_address


@dataclass(slots=True)
class _Reading:
    head: str = ""
    heading: str = ""
    values: dict[str, str] = field(default_factory=dict)
    blocks: list[_Block] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ends_with: str = ""  # meaning of the last label


def parse_event_text(text: str, event_type: str) -> ParsedEvent:
    """Read the text of one legal event.

    Parameters
    ----------
    text : str
        As published (事务数据信息), in any wording or without parties; any string is read.
    event_type : str
        事务数据类型 as published, a code of the office (TR01) or empty; it decides where the text
        does not say what happened.

    Returns
    -------
    ParsedEvent
        Every party named, in the order of the text; an address stands with the party that the
        text gives it to.

    Notes
    -----
    Wordings after real events of 2008-2016 and the standard of the office's bulk data. A change of
    name (姓名或者名称的变更) is no transfer. Of a text that lists several events
    (``#法律状态公告日``) the first one that names parties is read, else the first.
    """
    if "<" in text:
        text = _LINE_BREAK.sub("\n", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "#" in text and "法律状态公告日" in text:
        parts = [part for part in _SEVERAL.split(text) if part.strip()]
        if len(parts) > 1:
            return _first_with_parties(parts, event_type)
    return _parse_one(text, event_type)


def _first_with_parties(parts: list[str], event_type: str) -> ParsedEvent:
    events = [_parse_one(part, event_type) for part in parts]
    chosen = next((e for e in events if e.parties_before or e.parties_after), events[0])
    return replace(chosen, problems=(*chosen.problems, "several_events"))


def _parse_one(text: str, event_type: str) -> ParsedEvent:
    reading = _read_labels(text)
    kind = _kind_of(reading, event_type)
    if kind == "correction":
        event = _correction(reading, text)
    elif kind == "licence":
        event = _contract(reading, kind, ("licensor", "licensee"), ("让与人", "受让人", "许可"))
    elif kind == "pledge":
        event = _contract(reading, kind, ("pledgor", "pledgee"), ("出质人", "质权人"))
    elif kind in ("transfer", "change", "bibliographic"):
        event = _change(reading, kind)
    else:
        event = _event(reading, kind)
    if not text.strip(_AROUND):
        return replace(event, problems=("no_text",))
    if "\ufffd" in text or "锟斤拷" in text:
        # Decoded with a wrong code page before it was saved: characters are lost.
        return replace(event, problems=(*event.problems, "damaged_text"))
    return event


def _read_labels(text: str) -> _Reading:
    """Cut the text at its labels and collect the values, block by block."""
    if "\\n" in text:
        text = text.replace("\\r", "").replace("\\n", "\n")
    reading = _Reading()
    marks = list(_LABEL.finditer(text))
    reading.head = text[: marks[0].start() if marks else None].strip(_AROUND + "#")
    for position, mark in enumerate(marks):
        end = marks[position + 1].start() if position + 1 < len(marks) else len(text)
        value = text[mark.end() : end]
        label = mark[1]
        meaning = _MEANING_OF[label]
        reading.ends_with = meaning
        if meaning == "item":
            reading.blocks.append(_Block(tidy(value), is_wording_a=label == "变更项目"))
        elif meaning in ("before", "after"):
            _set_side(reading, meaning, value)
        elif meaning == "description":
            reading.head = reading.head or tidy(value)
        elif meaning == "heading":
            reading.heading = tidy(value)
        else:
            # The first one that says something counts.
            reading.values[meaning] = reading.values.get(meaning) or value.strip(_AROUND)
    return reading


def _set_side(reading: _Reading, side: str, value: str) -> None:
    if not reading.blocks:
        reading.problems.append("item_missing")
        reading.blocks.append(_Block(""))
    block = reading.blocks[-1]
    if getattr(block, side) is not None:
        # A second pair of sides below one item: another holder of the same item.
        block = _Block(block.item, is_wording_a=block.is_wording_a)
        reading.blocks.append(block)
    setattr(block, side, value.strip())


# ------------------------------------------------------------------------------ what happened
def _kind_of(reading: _Reading, event_type: str) -> str:
    """Decide the kind: by the text's head, by the type given with it, by the labels."""
    told = reading.heading = event_type or reading.heading
    of_head, of_type = _kind_in_words(reading.head), _kind_in_words(told)
    kind = of_head or of_type or _kind_of_labels(reading)
    if reading.head and not of_head and of_type:
        reading.problems.append("unread_text")
    if of_head and of_type and of_head != of_type:
        # 其他有关事项, 著录事项变更 and the like leave it to the text to say what happened.
        if of_head == "other" and not _OTHER_EVENTS.search(reading.head):
            kind = of_type
        elif "other" not in (of_head, of_type) and "bibliographic" not in (of_head, of_type):
            # The gazette heads both with the same words; the codes of the office tell them apart.
            one_heading = {of_head, of_type} == {"pledge", "preservation"}
            if not (one_heading and "保全" in reading.head):
                reading.problems.append("type_contradicts_text")
    if kind is None:
        if (reading.head or told).strip(_AROUND):
            reading.problems.append("type_unknown")
        return "other"
    if kind == "pledge":
        kind = _pledge_or_preservation(reading, told)
    return kind


def _kind_in_words(words: str) -> str | None:
    """Return the kind that a heading names; ``None`` where it names none that is known."""
    if not words:
        return None
    if "转移" in words and "送达" not in words and "更正" not in words:
        return "transfer"
    if "送达" in words or "地址不明" in words:
        return "other"
    if "更正" in words:
        return "correction"
    if "许可" in words and ("合同" in words or "备案" in words or "实施许可" in words):
        return "other" if "强制许可" in words else "licence"
    if "质押" in words or "保全" in words:
        return "pledge"
    if "无效" in words or "恢复" in words:
        return "other"
    if "终止" in words or "届满" in words or "主动放弃" in words:
        return "termination"
    if "变更" in words:
        if "姓名" in words or "名称" in words or "地址" in words or _HOLDER_ITEM.search(words):
            return "change"
        if "著录" in words:
            return "bibliographic"
    code = _CODE.search(words)
    if code is not None and code[0] in _TYPE_OF_CODE:
        return _TYPE_OF_CODE[code[0]]
    return "other" if _OTHER_EVENTS.search(words) else None


def _kind_of_labels(reading: _Reading) -> str | None:
    """Tell the kind of a text without a head from the labels it uses."""
    values = reading.values
    if "licensor" in values or "licensee" in values:
        return "licence"
    if not values.keys().isdisjoint(("pledgor", "pledgee", "pledged", "frozen", "unfrozen")):
        return "pledge"
    if "recipient" in values or "decided" in values:
        return "other"
    if "ended" in values:
        return "termination"
    if any(block.names_holders or block.is_address for block in reading.blocks):
        reading.problems.append("type_from_labels")
        return "transfer" if "effective" in values else "bibliographic"
    return None


def _pledge_or_preservation(reading: _Reading, told: str) -> str:
    """Part pledges from preservation: the gazette of 2008 heads both with the same words."""
    values = reading.values
    if not values.keys().isdisjoint(("frozen", "unfrozen")):
        return "preservation"
    if not values.keys().isdisjoint(("pledged", "pledgor", "pledgee", "reference")):
        return "pledge"
    for words in (reading.head, told):
        if "质押" not in words and ("保全" in words or re.search("PP01|PD01", words)):
            return "preservation"
        if "质押" in words and "保全" not in words:
            return "pledge"
    if "released" not in values:
        reading.problems.append("pledge_or_preservation")
    return "pledge"


# ------------------------------------------------------------------------------ other events
def _event(reading: _Reading, kind: str) -> ParsedEvent:
    """An event that names no parties."""
    dates = {
        "termination": ("ended", "decided"),
        "preservation": ("unfrozen", "released", "frozen", "effective"),
        "other": ("decided", "effective"),
    }[kind]
    return _parsed(reading, kind, dates=dates)


def _contract(
    reading: _Reading, kind: str, sides: tuple[str, str], items: tuple[str, ...]
) -> ParsedEvent:
    """A licence or a pledge: who gives, who takes; a change may print its two sides instead."""
    before, after = (
        tuple(
            Party(name=name, address=None, postcode=None)
            for name in split_list(reading.values.get(side, ""), reading.problems)
        )
        for side in sides
    )
    item = next((block.item for block in reading.blocks if block.item), None)
    if not before and not after and item is not None and item.startswith(items):
        for block in reading.blocks:
            if block.item.startswith(items[:2]):
                before += tuple(read_parties(block.before or "", reading.problems))
                after += tuple(read_parties(block.after or "", reading.problems))
    if not before or not after:
        reading.problems.append(_missing(before, after))
    dates = ("released", "recorded", "pledged", "effective", "changed")
    return _parsed(reading, kind, item=item, before=before, after=after, dates=dates)


def _correction(reading: _Reading, text: str) -> ParsedEvent:
    """A correction: pairs of what the gazette printed (误) and what is right (正)."""
    problems = reading.problems
    marks = list(_CORRECTION_LABEL.finditer(text))
    sides: dict[str, list[Party]] = {"before": [], "after": []}
    number, first_item, item = None, None, ""
    pairs = 0
    for position, mark in enumerate(marks):
        end = marks[position + 1].start() if position + 1 < len(marks) else len(text)
        value = tidy(_LABEL.split(text[mark.end() : end])[0])
        label = mark[1]
        if label in ("更正号", "号"):
            number = number or value or None
        elif label == "更正项目":
            item, first_item = value, first_item or value or None
        elif label in ("误", "正", "更正前", "更正后"):
            pairs += 1
            side = "before" if label in ("误", "更正前") else "after"
            sides[side].extend(_corrected(item, value, problems))
    if first_item is None:
        problems.append("item_missing")
    elif pairs == 0:
        problems.append("no_parties")
    reading.values["reference"] = number or ""
    reading.values["ipc"] = _CORRECTION_LABEL.split(reading.values.get("ipc", ""))[0].strip(_AROUND)
    return _parsed(
        reading,
        "correction",
        item=first_item,
        before=tuple(sides["before"]),
        after=tuple(sides["after"]),
        dates=(),
    )


def _corrected(item: str, value: str, problems: list[str]) -> list[Party]:
    """Holders in one side of a correction; 发明人 and the like are none."""
    items = item.split("^")
    holders = [_HOLDER_ITEM.search(i) is not None and "地址" not in i for i in items]
    if not any(holders):
        return []
    if not all(holders):
        pieces = value.split("^")
        if len(pieces) != len(items):
            problems.append("correction_not_separable")
            return []
        value = "^".join(p for p, is_holder in zip(pieces, holders, strict=True) if is_holder)
    names = split_list(value, problems)
    if any(_NO_NAME.fullmatch(name) for name in names):
        problems.append("correction_without_name")
    return [
        Party(name=name, address=None, postcode=None)
        for name in names
        if not _NO_NAME.fullmatch(name)
    ]


# ------------------------------------------------------------------------ changes of holders
def _change(reading: _Reading, kind: str) -> ParsedEvent:
    """A transfer or a change of name or address, block by block."""
    problems = reading.problems
    holders = [block for block in reading.blocks if block.names_holders]
    addresses = [block for block in reading.blocks if block.is_address]
    before, after = _parties(reading)
    items = [block.item for block in reading.blocks if block.item]
    of_holders = [block.item for block in holders if block.item]
    of_main = [block.item for block in holders if block.item and not block.is_co_holder]
    item = next(iter([*of_main, *of_holders, *items]), None)
    is_transfer = kind == "transfer"
    if addresses and not holders:
        if not before and not after:
            # The gazette prints a change of address without the name of the holder.
            problems[:] = ["holder_not_named"]
        result = "transfer" if is_transfer and not (before or after) else "address_change"
    elif kind == "bibliographic" and not holders:
        result = "other"
    else:
        result = _result(reading, before, after, is_transfer=is_transfer)
    if is_transfer and (before or after) and "effective" not in reading.values:
        problems.append("effective_date_missing")
    if len(holders) == 1 and _is_cut(holders[0], before, after):
        problems.append("last_party_may_be_cut")
    return _parsed(
        reading,
        result,
        item=item,
        before=before,
        after=after,
        dates=("effective", "changed"),
    )


def _is_cut(block: _Block, before: tuple[Party, ...], after: tuple[Party, ...]) -> bool:
    """Tell whether a side of wording A, where each party has its own address, may be cut."""
    return any(
        value is not None and has_labels(value) and may_be_cut(value, side, other)
        for value, side, other in ((block.before, before, after), (block.after, after, before))
    )


def _result(
    reading: _Reading, before: tuple[Party, ...], after: tuple[Party, ...], *, is_transfer: bool
) -> str:
    """Return the type of a change of holders and name what is missing."""
    plain = "transfer" if is_transfer else "rename"
    problems = reading.problems
    if not before and not after:
        problems.append("no_parties")
        words = reading.head or reading.heading
        says_address = "CP02" in words or ("地址" in words and not re.search("姓名|名称", words))
        return "address_change" if says_address and not is_transfer else plain
    if not before or not after:
        if _only_joined_or_left(reading, "before" if not before else "after"):
            problems.append("holder_not_named")
            return "holder_dropped" if before else "holder_added"
        problems.append(_missing(before, after))
        return plain
    old, new = ({comparable(p.name) for p in side} for side in (before, after))
    if old == new:
        moved = {(comparable(p.name), p.address) for p in before} != {
            (comparable(p.name), p.address) for p in after
        }
        return "address_change" if moved or not is_transfer else "transfer"
    if old < new:
        return "holder_added"
    if new < old:
        return "holder_dropped"
    return plain


def _only_joined_or_left(reading: _Reading, empty: str) -> bool:
    """Tell whether the empty side of every holder block says that there is nobody."""
    blocks = [block for block in reading.blocks if block.names_holders]
    for block in blocks:
        value = getattr(block, empty)
        if value is None:
            # Wording A prints whole sides; and a text may end before its 变更后 line.
            is_cut = empty == "after" and block is blocks[-1] and reading.ends_with == "before"
            if block.is_wording_a or is_cut:
                return False
        elif not is_nobody(value) and not (block.is_co_holder and not value):
            return False
    return True


@dataclass(slots=True)
class _Side:
    """The parties of one side while the blocks are read."""

    parties: list[Party] = field(default_factory=list)
    # Where the parties of the newest holder block begin: an address block belongs to them.
    newest: int | None = None
    waiting: list[Party] = field(default_factory=list)  # addresses printed before their holder

    def add_holders(self, block: _Block, value: str | None, problems: list[str]) -> None:
        if not block.is_co_holder:
            self.newest = len(self.parties)
        if value:
            self.parties.extend(read_parties(value, problems))

    def add_address(self, value: str, problems: list[str]) -> None:
        """Attach an address block (B, C) to the first party of the holder block before it."""
        if has_labels(value):
            self._add_labelled(read_parties(value, problems))
            return
        address, postcode = split_postcode(tidy(value))
        printed = Party(name="", address=address or None, postcode=postcode)
        if self.newest is not None and self.newest < len(self.parties):
            self.parties[self.newest] = _with_address(self.parties[self.newest], printed)
        else:
            self.waiting.append(printed)

    def _add_labelled(self, parties: list[Party]) -> None:
        """Add what an address block says of parties that it may name."""
        places = {comparable(known.name): place for place, known in enumerate(self.parties)}
        for party in parties:
            place = places.get(comparable(party.name))
            if not party.name:
                self.waiting.append(party)
            elif place is None:
                self.parties.append(party)
            else:
                self.parties[place] = replace(party, name=self.parties[place].name)

    def finished(self, side: str, problems: list[str]) -> tuple[Party, ...]:
        """Return the parties; what has no holder is named as a problem."""
        free = iter([place for place, party in enumerate(self.parties) if party.address is None])
        for printed in self.waiting:
            place = next(free, None)
            if place is None:
                problems.append(f"address_without_holder_{side}")
                break
            self.parties[place] = _with_address(self.parties[place], printed)
        if any(not party.name for party in self.parties):
            problems.append("party_without_name")
        return tuple(party for party in self.parties if party.name)


def _parties(reading: _Reading) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    """Collect the parties of both sides and give each address to its holder."""
    before, after = _Side(), _Side()
    for block in reading.blocks:
        for side, value in ((before, block.before), (after, block.after)):
            if block.is_address:
                if value and not is_nobody(value):
                    side.add_address(value, reading.problems)
            elif block.names_holders:
                side.add_holders(block, value, reading.problems)
    problems = reading.problems
    return before.finished("before", problems), after.finished("after", problems)


def _with_address(party: Party, printed: Party) -> Party:
    return Party(
        name=party.name,
        address=printed.address or party.address,
        postcode=printed.postcode or party.postcode,
    )


# -------------------------------------------------------------------------------- the result
def _missing(before: tuple[Party, ...], after: tuple[Party, ...]) -> str:
    if not before and not after:
        return "no_parties"
    return "after_missing" if before else "before_missing"


def _parsed(
    reading: _Reading,
    kind: str,
    *,
    item: str | None = None,
    before: tuple[Party, ...] = (),
    after: tuple[Party, ...] = (),
    dates: tuple[str, ...],
) -> ParsedEvent:
    values, problems = reading.values, reading.problems
    date_text = next((values[key] for key in dates if values.get(key)), None)
    effective = None
    if date_text is not None:
        effective = _iso_date(date_text)
        if effective is None:
            problems.append("effective_date_unreadable")
    elif any(key in values for key in dates):
        problems.append("effective_date_missing")
    if any(":" in p.name or "：" in p.name for p in (*before, *after)):
        problems.append("unknown_label")
    return ParsedEvent(
        type=kind,
        item=item or None,
        effective_date=effective,
        ipc=values.get("ipc") or None,
        reference_no=values.get("reference") or None,
        parties_before=before,
        parties_after=after,
        problems=tuple(dict.fromkeys(problems)),
    )


def _iso_date(text: str) -> str | None:
    """Return a printed date as ISO date; months and days may lack their zero."""
    for pattern in _DATES:
        match = pattern.match(text)
        if match is None:
            continue
        try:
            return dt.date(*(int(part) for part in match.groups())).isoformat()
        except ValueError:
            return None
    return None
