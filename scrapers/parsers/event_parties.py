"""Parties inside the text of a legal event: names, addresses and postcodes as printed.

A side of a change is written in one of these ways, line breaks kept or lost::

    NAME  地址: ADDR  邮编: ZIP；    NAME  地址: ADDR；    NAME
    NAME 地址:ADDR,邮编:ZIP;专利权人:NAME 地址:ADDR,邮编:
    专利权人:NAME,专利权人地址:ADDR,邮编:ZIP
    NAME

Nothing is split at ``、`` or ``，``, which stand inside names, and no character is added: a name is
what the text prints between two signs of layout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scrapers.items import Party

HOLDER = r"(?:共同)?(?:原|现)?(?:专利权人|专利申请人|专利权利人|申请人|权利人)"
_LABEL = re.compile(
    rf"(?P<address>(?:{HOLDER}[ \u3000]*)?(?:通讯|通信|联系|详细)?地址[ \u3000]*[:：])"
    r"|(?P<postcode>邮(?:编|政编码)[ \u3000]*[:：])"
    rf"|(?P<role>{HOLDER}(?:姓名|名称)?[ \u3000]*[:：])"
)
_SEPARATOR = re.compile(r"[;；](\s*)")
_POSTCODE = re.compile(r"\s*(\d[\d-]*)?")
_LEADING_POSTCODE = re.compile(r"(\d{6})(?![\d-])[\s,，]*(?=[^\W\d_])")
# A text that ends inside a label: the rest of 地址 or 邮编 after its double space.
_CUT_LABEL = re.compile(r"\s{2}(?:地址?|邮编?)$")
_ENDS_LIKE_A_NAME = re.compile(
    r"(?:公司|大学|学院|研究所|研究院|研究中心|工厂|会社|集团|医院|学校|协会|[)）])$"
)
_PERSON = re.compile(r"[\u4e00-\u9fff]{2,4}")
_WIDE_GAP = re.compile(r"\s{2,}")
_NOBODY = re.compile(
    r"(?:无(?:共同)?(?:专利权人|专利申请人|申请人|权利人)?|null|NULL|[-－—/\\])[。.]?"
)
_ROUND = " \t\r\n\v\f\xa0\u2002\u2003\u3000,，;；|"
# The gazette of 2008 prints at most this many bytes (GB 18030) of one side; both texts known to
# be cut inside a party end there.
_SIDE_LIMIT = 230


@dataclass(slots=True)
class _Draft:
    """A party while it is read: places in the value, ``None`` where nothing stands."""

    name: tuple[int, int]
    address: tuple[int, int] | None = None
    postcode: str | None = None
    has_postcode_label: bool = False


def is_nobody(text: str) -> bool:
    """Tell whether a value says that there is nobody: 无, a dash; an empty one says nothing."""
    return _NOBODY.fullmatch(text.strip(_ROUND)) is not None


def comparable(name: str) -> str:
    """Return a name in the form in which two prints of it are equal: width, case, white space."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def tidy(text: str) -> str:
    """Strip layout: white space and separators around, line breaks inside.

    A line break goes away without a trace beside a Chinese character and leaves a space between
    words of other scripts.
    """
    text = text.strip(_ROUND)
    if "\n" not in text and "\r" not in text:
        return text
    lines = [line for line in (line.strip() for line in text.splitlines()) if line]
    parts = lines[:1]
    for before, line in pairwise(lines):
        parts.append(f" {line}" if before[-1].isascii() and line[0].isascii() else line)
    return "".join(parts)


def split_postcode(address: str) -> tuple[str, str | None]:
    """Split the postcode off an address that begins with it; ``(address, postcode)``."""
    match = _LEADING_POSTCODE.match(address)
    return (address[match.end() :], match[1]) if match else (address, None)


def has_labels(value: str) -> bool:
    """Tell whether a value names its parts (地址:, 邮编:, 专利权人:)."""
    return (":" in value or "：" in value) and _LABEL.search(value) is not None


def read_parties(value: str, problems: list[str]) -> list[Party]:
    """Read every party of one side.

    Parameters
    ----------
    value : str
        What stands behind 变更前权利人 or the like.
    problems : list of str
        Gets what could not be told for certain: ``semicolon_in_address``,
        ``separator_missing``, ``line_break_in_name``, ``unread_text``.

    Returns
    -------
    list of Party
        In the order of the text; a party without a name (an address alone) has the name ``""``.
    """
    if ";" not in value and "；" not in value and ":" not in value and "：" not in value:
        return [Party(name=n, address=None, postcode=None) for n in _lines(value, problems)]
    parties: list[Party] = []
    for draft in _SideReader(value, problems).read():
        parties.extend(_finished(value, draft, problems))
    return parties


def may_be_cut(value: str, parties: Sequence[Party], other_side: Sequence[Party]) -> bool:
    """Tell whether a side of wording A may end inside its last party.

    The text ends inside a label, or its last party lacks the postcode, or the address, that all
    other parties have, or the side is as long as the gazette prints one.
    """
    if not parties:
        return False
    if _CUT_LABEL.search(value):
        return True
    last = parties[-1]
    if last.postcode is None and _is_full(value):
        return True
    if len(parties) == 1:
        return False
    others = [*parties[:-1], *other_side]
    if last.address is None:
        return all(party.address is not None for party in others)
    return last.postcode is None and all(party.postcode is not None for party in others)


def _is_full(value: str) -> bool:
    # Two bytes at most stand for a character of this text.
    return len(value) * 2 >= _SIDE_LIMIT and len(value.encode("gb18030", "replace")) >= _SIDE_LIMIT


def split_list(value: str, problems: list[str]) -> list[str]:
    """Split a list of names that wide gaps, semicolons or ``^`` separate (licences, corrections).

    A name of two characters is printed with a gap of its own (``李  晔``): two neighbouring pieces
    of one character are one name, as written.
    """
    names: list[str] = []
    for piece in re.split(r"[;；^|]", value):
        names.extend(_split_at_gaps(tidy(piece), problems))
    return [name for name in names if name and not is_nobody(name)]


def _split_at_gaps(text: str, problems: list[str]) -> list[str]:
    gaps = [
        gap
        for gap in _WIDE_GAP.finditer(text)
        if not text[gap.start() - 1].isascii() and not text[gap.end()].isascii()
    ]
    if not gaps:
        return [text]
    edges = [0, *(edge for gap in gaps for edge in gap.span()), len(text)]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    names: list[str] = []
    position = 0
    while position < len(pieces):
        start, end = pieces[position]
        if end - start == 1:
            if position + 1 == len(pieces) or pieces[position + 1][1] - pieces[position + 1][0] > 1:
                problems.append("names_not_separable")
                return [text]
            position += 1
            end = pieces[position][1]
        names.append(text[start:end])
        position += 1
    return names


@dataclass(slots=True)
class _SideReader:
    """Reads one side piece by piece; ``drafts`` are the parties so far."""

    value: str
    problems: list[str]
    drafts: list[_Draft] = field(default_factory=list)

    def read(self) -> list[_Draft]:
        start, gap = 0, ""
        for separator in _SEPARATOR.finditer(self.value):
            self._read_piece(start, separator.start(), gap)
            start, gap = separator.end(), separator[1]
        self._read_piece(start, len(self.value), gap)
        return self.drafts

    def _read_piece(self, start: int, end: int, gap: str) -> None:
        """Read what stands between two semicolons: a party, several, or the rest of an address."""
        labels = list(_LABEL.finditer(self.value, start, end))
        lead_end = labels[0].start() if labels else end
        has_lead = bool(self.value[start:lead_end].strip(_ROUND))
        if not labels and not has_lead:
            return
        last = self.drafts[-1] if self.drafts else None
        if last is not None and _goes_on(last, labels, gap, has_lead=has_lead):
            if has_lead and last.address is not None:
                last.address = (last.address[0], lead_end)
            if not labels:
                self.problems.append("semicolon_in_address")
        else:
            self.drafts.append(_Draft((start, lead_end)))
        self._read_labels(labels, end)

    def _read_labels(self, labels: list[re.Match[str]], end: int) -> None:
        """Hand the text behind each label to the newest draft; a role begins the next party."""
        behind = start = 0  # where the text behind the last label began
        for position, label in enumerate(labels):
            draft = self.drafts[-1]
            is_last = position + 1 == len(labels)
            until = end if is_last else labels[position + 1].start()
            behind, start = start, label.end()
            if label.lastgroup == "role":
                if self._text(draft.name) or draft.address is not None:
                    draft = _Draft((start, until))
                    self.drafts.append(draft)
                draft.name = (start, until)
            elif label.lastgroup == "postcode":
                self._read_postcode(draft, start, until, is_last=is_last)
            elif draft.address is None:
                draft.address = (start, until)
            else:
                self._read_second_address(draft, (behind, label.start()), (start, until))

    def _read_postcode(self, draft: _Draft, start: int, end: int, *, is_last: bool) -> None:
        match = _POSTCODE.match(self.value, start, end)
        assert match is not None  # every part of it is optional
        draft.has_postcode_label = True
        draft.postcode = match[1] or draft.postcode
        rest = self.value[match.end() : end]
        if not rest.strip(_ROUND):
            return
        if not is_last or rest[:2].isspace() or rest[0] in "\r\n":
            # The semicolon before the next party is lost.
            self.problems.append("separator_missing")
            self.drafts.append(_Draft((match.end(), end)))
        else:
            self.problems.append("unread_text")

    def _read_second_address(
        self, draft: _Draft, held: tuple[int, int], address: tuple[int, int]
    ) -> None:
        """A second 地址 without a semicolon before it: its name stands behind the last gap."""
        assert draft.address is not None
        text = self.value[held[0] : held[1]].rstrip()
        gap = next(reversed(list(_WIDE_GAP.finditer(text))), None)
        if gap is None or not text[: gap.start()].strip():
            draft.address = (draft.address[0], address[1])
            return
        self.problems.append("separator_missing")
        draft.address = (draft.address[0], held[0] + gap.start())
        self.drafts.append(_Draft((held[0] + gap.end(), held[1]), address))

    def _text(self, place: tuple[int, int]) -> str:
        return self.value[place[0] : place[1]].strip(_ROUND)


def _goes_on(last: _Draft, labels: list[re.Match[str]], gap: str, *, has_lead: bool) -> bool:
    """Tell whether a piece behind a semicolon still belongs to the party before it."""
    if not labels:
        return last.address is not None and not last.has_postcode_label and not gap
    if labels[0].lastgroup == "postcode":
        # Nobody has a postcode without an address: what stands before it is the rest of one.
        return not last.has_postcode_label and (last.address is not None or not has_lead)
    return labels[0].lastgroup == "address" and not has_lead and last.address is None


def _finished(value: str, draft: _Draft, problems: list[str]) -> list[Party]:
    name, address = value[slice(*draft.name)], None
    if draft.address is not None:
        address = tidy(_CUT_LABEL.sub("", value[slice(*draft.address)]))
        stripped = name.rstrip()
        if stripped.endswith(("(", "（")):
            # NAME（地址: ADDR）
            if not address.endswith((")", "）")):
                problems.append("unread_text")  # the name goes on behind the bracket
            name, address = stripped[:-1], address.rstrip(")）")
    elif draft.postcode is None:
        name = _CUT_LABEL.sub("", name)
    postcode = draft.postcode
    if address and postcode is None:
        address, postcode = split_postcode(address)
    names = _lines(name, problems)
    if not names:
        if not address and not postcode:
            return []
        names = [""]
    # An address stands with the name right before it.
    first = [Party(name=n, address=None, postcode=None) for n in names[:-1]]
    return [*first, Party(name=names[-1], address=address or None, postcode=postcode)]


def _lines(value: str, problems: list[str]) -> list[str]:
    """Names of a value: one, or one a line where every line reads as a name of its own."""
    text = value.strip(_ROUND)
    if not text or is_nobody(text):
        return []
    if "\n" not in text and "\r" not in text:
        return [text]
    lines = [line.strip(_ROUND) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if all(_ENDS_LIKE_A_NAME.search(line) or _PERSON.fullmatch(line) for line in lines):
        return lines
    problems.append("line_break_in_name")
    return [tidy(text)]
