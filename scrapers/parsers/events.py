"""Text of legal events (事务数据): who held a right before and after, in three wordings.

The gazette prints three wordings, told apart by the keys they use:

* A (2007-2009): ``变更项目:专利权人变更前权利人:NAME  地址: ADDR  邮编: ZIP；    NAME…``, every
  party with its own address; renames say ``变更前:`` and ``变更后:``.
* B (2010-2016): ``IPC(主分类):…变更事项:专利权人变更前权利人:X变更后权利人:Y变更事项:地址…``, one
  block per item, an added holder in a block without 变更前权利人, no line breaks.
* C (2015-): the blocks of B, one item per line, co-holders as 共同专利权人, without address.

Many days print no party text at all. Nothing here guesses: what cannot be read is left empty and
named in ``problems``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from scrapers.items import Party

_MARK = re.compile(
    r"(?P<key>IPC[(（]主分类[)）]|变更项目|变更事项|变更前权利人|变更后权利人|变更前|变更后"
    r"|登记生效日)[ \u3000]*[:：]"
)
_ROLE = r"(?:共同)?(?:专利权人|专利申请人|申请人)[:：]"
_SPLIT = re.compile(rf"[；;](?:[ \u2002\u3000]+|\s*\n|(?={_ROLE}))")
_PARTY = re.compile(
    rf"(?:{_ROLE})?(?P<name>.*?)"
    r"(?:[\s,，]*地址[:：]\s*(?P<address>.*?))?"
    r"(?:[\s,，]*邮编[:：]\s*(?P<postcode>\d*))?[\s；;，,]*",
    re.DOTALL,
)
_LEADING_POSTCODE = re.compile(r"(?P<postcode>\d{6})(?P<address>\s*\D.*)", re.DOTALL)
_DATES = (
    re.compile(r"(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)
_NOBODY = frozenset({"", "无", "－", "-", "—"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """What the text of one event says.

    ``type`` is transfer, rename, address_change, holder_added, holder_dropped or other;
    ``item`` the right holder's role as printed (专利权人, 申请人), ``effective_date`` 登记生效日 as
    ISO date, ``ipc`` 主分类 with its padding; ``problems`` name what could not be read.
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
    before: str | None = None
    after: str | None = None


@dataclass(slots=True)
class _Reading:
    head: str = ""
    ipc: str | None = None
    date_text: str | None = None
    blocks: list[_Block] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def parse_event_text(text: str, event_type: str) -> ParsedEvent:
    """Read the text of one legal event.

    Parameters
    ----------
    text : str
        As published (事务数据信息), in any of the three wordings or without parties.
    event_type : str
        事务数据类型 as published; decides between transfer and rename.

    Returns
    -------
    ParsedEvent
        Every party named, in the order of the text; an address stands with the party that the
        text gives it to.

    Notes
    -----
    Wordings after real events of 2008-2016 and the standard of the office's bulk data; a change of
    name (姓名或者名称的变更) is no transfer.
    """
    reading = _read_blocks(text)
    problems = reading.problems
    before, after = _parties(reading)
    effective = _effective_date(reading.date_text, problems)
    is_transfer = "转移" in event_type or "转移" in reading.head
    is_change = not is_transfer and "变更" in (event_type + reading.head)
    only_addresses = bool(reading.blocks) and all(b.item == "地址" for b in reading.blocks)
    if not text.strip():
        problems.append("no_text")
    elif only_addresses:
        # The gazette prints a change of address without the name of the holder.
        problems[:] = ["holder_not_named"]
    elif not before and not after:
        problems.append("no_parties")
    elif not before:
        problems.append("before_missing")
    elif not after:
        problems.append("after_missing")
    if is_transfer and (before or after) and reading.date_text is None:
        problems.append("effective_date_missing")
    if len(reading.blocks) == 1 and _looks_cut(before, after):
        problems.append("last_party_may_be_cut")
    kind = _kind(before, after, is_transfer=is_transfer, is_change=is_change)
    if only_addresses and is_change:
        kind = "address_change"
    items = [b.item for b in reading.blocks if b.item not in ("", "地址")]
    return ParsedEvent(
        type=kind,
        item=items[0] if items else None,
        effective_date=effective,
        ipc=reading.ipc,
        reference_no=None,
        parties_before=before,
        parties_after=after,
        problems=tuple(dict.fromkeys(problems)),
    )


def _read_blocks(text: str) -> _Reading:
    """Cut the text at its keys and collect the values, block by block."""
    reading = _Reading()
    marks = list(_MARK.finditer(text))
    reading.head = text[: marks[0].start()].strip() if marks else text.strip()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        value = text[mark.end() : end].strip()
        key = mark["key"]
        if key.startswith("IPC"):
            reading.ipc = value or None
        elif key in ("变更项目", "变更事项"):
            reading.blocks.append(_Block(value))
        elif key == "登记生效日":
            reading.date_text = value
        else:
            _set_side(reading, "before" if key.startswith("变更前") else "after", value)
    return reading


def _set_side(reading: _Reading, side: str, value: str) -> None:
    if not reading.blocks:
        reading.problems.append("item_missing")
        reading.blocks.append(_Block(""))
    block = reading.blocks[-1]
    if getattr(block, side) is not None:
        # A second pair of sides below one item: another holder of the same item.
        block = _Block(block.item)
        reading.blocks.append(block)
    setattr(block, side, value)


def _parties(reading: _Reading) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    sides: dict[str, list[Party]] = {"before": [], "after": []}
    # Where the parties of the newest holder block begin: an address block belongs to them.
    newest = {"before": 0, "after": 0}
    for block in reading.blocks:
        if block.item == "地址":
            for side, value in (("before", block.before), ("after", block.after)):
                _give_address(sides[side], newest[side], value, side, reading.problems)
            continue
        for side, value in (("before", block.before), ("after", block.after)):
            newest[side] = len(sides[side])
            if value is not None and value not in _NOBODY:
                sides[side].extend(_split_parties(value))
    return tuple(sides["before"]), tuple(sides["after"])


def _split_parties(value: str) -> list[Party]:
    """Split ``NAME  地址: ADDR  邮编: ZIP；    NAME…``; a name alone is a party too."""
    parties = []
    for piece in _SPLIT.split(value):
        match = _PARTY.fullmatch(piece.strip())
        if match is None or not match["name"].strip():
            continue
        parties.append(
            Party(
                name=match["name"].strip(),
                address=(match["address"] or "").strip() or None,
                postcode=match["postcode"] or None,
            )
        )
    return parties


def _give_address(
    parties: list[Party], newest: int, value: str | None, side: str, problems: list[str]
) -> None:
    """Attach an address block (B, C) to the first party of the holder block before it."""
    if value is None or value in _NOBODY:
        return
    if newest >= len(parties):
        problems.append(f"address_without_holder_{side}")
        return
    glued = _LEADING_POSTCODE.fullmatch(value)
    holder = parties[newest]
    parties[newest] = Party(
        name=holder.name,
        address=glued["address"].strip() if glued else value,
        postcode=glued["postcode"] if glued else holder.postcode,
    )


def _effective_date(text: str | None, problems: list[str]) -> str | None:
    """Return 登记生效日 as ISO date; months and days may lack their zero."""
    if text is None:
        return None
    for pattern in _DATES:
        match = pattern.match(text)
        if match is None:
            continue
        try:
            return dt.date(*(int(part) for part in match.groups())).isoformat()
        except ValueError:
            break
    problems.append("effective_date_unreadable")
    return None


def _looks_cut(before: tuple[Party, ...], after: tuple[Party, ...]) -> bool:
    """Tell whether a text of wording A may end inside its last party (long texts are cut).

    The last party then lacks a postcode, or an address, that the parties before it have.
    """
    if len(after) < 2:
        return False
    others, last = [*before, *after[:-1]], after[-1]
    if last.address is None:
        return all(party.address is not None for party in others)
    return last.postcode is None and all(party.postcode is not None for party in others)


def _kind(
    before: tuple[Party, ...], after: tuple[Party, ...], *, is_transfer: bool, is_change: bool
) -> str:
    if not is_transfer and not is_change:
        return "other"
    old, new = {p.name for p in before}, {p.name for p in after}
    if not old and not new:
        return "transfer" if is_transfer else "other"
    if old == new:
        moved = {(p.name, p.address) for p in before} != {(p.name, p.address) for p in after}
        return "address_change" if moved or is_change else "transfer"
    if old and old < new:
        return "holder_added"
    if new and new < old:
        return "holder_dropped"
    return "transfer" if is_transfer else "rename"
