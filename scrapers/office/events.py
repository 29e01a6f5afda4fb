"""The text of legal events (法律状态信息) in the three wordings of the gazette.

Wording A (to 2009) gives every party its own address; wording B (2010-2014) and C (from 2015) give
one address block, that of the first holder.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from scrapers.office.dirt import DEFAULT, Dirt
from scrapers.office.geography import Node, print_address
from scrapers.office.ledger import Event, Party
from scrapers.office.wording import (
    CHANGE,
    TRANSFER,
    WORDING_B_FROM,
    WORDING_C_FROM,
    loose,
    main_class,
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A party as an event prints it."""

    name: str
    address: str
    postcode: str
    party: Party
    is_ambiguous: bool = False


def event_type(event: Event) -> str:
    """Return the type of an event as the listing names it (事务数据类型)."""
    if event.listed_type:
        return event.listed_type
    return CHANGE if event.type in ("name_change", "address_change") else TRANSFER


def tell(
    rng: random.Random, event: Event, nodes: tuple[Node, ...], dirt: Dirt = DEFAULT
) -> list[Printed]:
    """Write the text of an event and note what the text decides.

    Sets ``event.text``, ``event.printed`` (names), ``event.own_address`` (parties printed with an
    address of their own) and ``event.decidable`` (false when an address of a first holder says
    nothing).

    Returns
    -------
    list of Printed
        The parties that stand in the text with an address, those before first.
    """
    year = event.gazette_day.year
    # An event that the default level prints without its text draws nothing from the stream.
    if event.text_draw < DEFAULT.transfer_without_text:
        rng = random.Random(f"greenties:{event.patent.application_no}")
    event.has_text = event.text_draw >= dirt.transfer_without_text
    event.repeats = 2 if event.repeat_draw < dirt.transfer_repeated else 1
    if event.type in ("name_change", "address_change"):
        event.bare_text = CHANGE
        _tell_change(rng, event, nodes, year, dirt)
        return []
    is_grant = event.patent.granted is not None and (
        event.registered is None or event.patent.granted <= event.registered
    )
    right = "专利权的转移" if is_grant else "专利申请权的转移"
    if not event.has_text and event.text_draw < DEFAULT.transfer_without_text:
        event.text = event.bare_text = right
        event.damage = [("text", "text_lost", "", right, False)]
        event.decidable = False
        return []
    event.bare_text = right
    if event.reason:
        right = f"{right}（{event.reason}）"
    assert event.registered is not None
    before = [
        _print(rng, p, n, event.registered, nodes, dirt)
        for p, n in zip(event.before, event.before_nodes, strict=True)
    ]
    # Whoever holds before and after is printed the same way twice.
    known = {p.party.number: p for p in before}
    after = [
        known.get(p.number) or _print(rng, p, n, event.registered, nodes, dirt)
        for p, n in zip(event.after, event.after_nodes, strict=True)
    ]
    item = "专利权人" if is_grant else "申请人"
    if year < WORDING_B_FROM:
        event.text = _wording_a(event, right, item, before, after)
        printed = before + after
        if not event.patent.is_paper7 and rng.random() < dirt.transfer_cut:
            # Some texts of these years are cut inside the last address.
            head, tail = event.text.rsplit("登记生效日", 1)
            cut = max(head.rfind("地址: ") + 6, len(head) - 30)
            event.damage.append(("text", "cut", event.text, f"{head[:cut]}登记生效日{tail}", True))
            event.text = f"{head[:cut]}登记生效日{tail}"
    elif year < WORDING_C_FROM:
        event.text = _wording_b(event, right, item, before, after)
        printed = [before[0], after[0]]
    else:
        nobody = rng.choice(("", "无"))
        event.text = _wording_c(event, right, item, before, after, nobody=nobody)
        printed = [before[0], after[0]]
    event.own_address = {p.party.number for p in printed if p.address and not p.is_ambiguous}
    event.printed = [p.name for p in before], [p.name for p in after]
    event.decidable = not (before[0].is_ambiguous or after[0].is_ambiguous)
    if not event.has_text:
        lose_text(event)
    return printed


def lose_text(event: Event) -> None:
    """Leave nothing of the text of an event but its name."""
    event.damage = [("text", "text_lost", event.text, event.bare_text, False)]
    event.text = event.bare_text
    event.has_text = event.decidable = False
    event.own_address, event.printed = set(), ([], [])


def _print(  # noqa: PLR0917 (what stands in one line of a text)
    rng: random.Random, party: Party, node: int, day: dt.date, nodes: tuple[Node, ...], dirt: Dirt
) -> Printed:
    site = party.site_on(day)
    if site is None:
        return Printed(party.name_on(day), party.outside, "", party)
    address = print_address(rng, nodes[node], site, day.year, dirt)
    return Printed(party.name_on(day), address.text, address.postcode, party, address.is_ambiguous)


def _party_a(printed: Printed) -> str:
    text = f"{printed.name}  地址: {printed.address}"
    return f"{text}  邮编: {printed.postcode}" if printed.postcode else text


def _wording_a(
    event: Event, right: str, item: str, before: list[Printed], after: list[Printed]
) -> str:
    assert event.registered is not None
    return (
        f"{TRANSFER}({right})变更项目:{item}"
        f"变更前权利人:{'；    '.join(map(_party_a, before))}"
        f"变更后权利人:{'；    '.join(map(_party_a, after))}"
        f"登记生效日:{loose(event.registered)}"
    )


def _address_b(printed: Printed) -> str:
    return f"{printed.postcode} {printed.address}" if printed.postcode else printed.address


def _wording_b(
    event: Event, right: str, item: str, before: list[Printed], after: list[Printed]
) -> str:
    assert event.registered is not None
    text = f"{right}{main_class(event.patent)}"
    text += f"变更事项:{item}变更前权利人:{before[0].name}变更后权利人:{after[0].name}"
    text += f"变更事项:地址变更前权利人:{_address_b(before[0])}变更后权利人:{_address_b(after[0])}"
    stay = {p.name for p in before} & {p.name for p in after}
    for old in before[1:]:
        kept = f"变更后权利人:{old.name}" if old.name in stay and old.name != after[0].name else ""
        text += f"变更事项:{item}变更前权利人:{old.name}{kept}"
    for new in after[1:]:
        if new.name not in stay or new.name == before[0].name:
            text += f"变更事项:{item}变更后权利人:{new.name}"
    return f"{text}登记生效日:{event.registered:%Y%m%d}"


def _wording_c(
    event: Event, right: str, item: str, before: list[Printed], after: list[Printed], *,
    nobody: str,
) -> str:  # fmt: skip
    assert event.registered is not None
    lines = [
        right,
        f"登记生效日:{event.registered:%Y%m%d}",
        f"变更事项:{item}",
        f"变更前权利人:{before[0].name}",
        f"变更后权利人:{after[0].name}",
        "变更事项:地址",
        f"变更前权利人:{_address_b(before[0])}",
        f"变更后权利人:{_address_b(after[0])}",
    ]
    olds, news = before[1:], after[1:]
    for k in range(max(len(olds), len(news))):
        old = olds[k].name if k < len(olds) else nobody
        new = news[k].name if k < len(news) else nobody
        lines += [f"变更事项:共同{item}", f"变更前权利人:{old}", f"变更后权利人:{new}"]
    return "\n".join(lines)


def _tell_change(
    rng: random.Random, event: Event, nodes: tuple[Node, ...], year: int, dirt: Dirt
) -> None:
    party, node = event.before[0], event.before_nodes[0]
    day = event.gazette_day
    if event.type == "name_change" and len(party.names) > 1:
        old_name, new_name = party.names[0][1], party.names[1][1]
    else:
        old_name = new_name = party.name_on(day)
    site = party.site_on(day)
    if site is None:
        old = new = (party.outside, "")
    else:
        since = min(day.year, event.patent.filed.year)
        first = print_address(rng, nodes[node], site, since, dirt)
        old = new = (first.text, first.postcode)
        if event.type == "address_change":
            # Another house in the same city: a change of address is no transfer.
            moved = type(site)(
                county=site.county + 1 + rng.randrange(50),
                street=site.street,
                number=site.number + rng.randrange(1, 60),
                tail="",
                postcode=site.postcode,
            )
            second = print_address(rng, nodes[node], moved, day.year, dirt)
            new = (second.text, second.postcode)
    if year < WORDING_B_FROM:
        event.printed = [old_name], [new_name]

        def side(name: str, address: tuple[str, str]) -> str:
            code = f"  邮编: {address[1]}" if address[1] else ""
            return f"{name}  地址: {address[0]}{code}"

        event.text = (
            f"{CHANGE}变更事项:专利权人变更前:{side(old_name, old)}变更后:{side(new_name, new)}"
        )
        return

    if old_name != new_name:
        event.printed = [old_name], [new_name]

    def block(address: tuple[str, str]) -> str:
        return f"{address[1]} {address[0]}" if address[1] else address[0]

    if year < WORDING_C_FROM:
        text = f"{CHANGE}{main_class(event.patent)}"
        if old_name != new_name:
            text += f"变更事项:专利权人变更前:{old_name}变更后:{new_name}"
        if old != new:
            text += f"变更事项:地址变更前:{block(old)}变更后:{block(new)}"
        event.text = text
        return
    lines = [CHANGE]
    if old_name != new_name:
        lines += ["变更事项:专利权人", f"变更前:{old_name}", f"变更后:{new_name}"]
    if old != new:
        lines += ["变更事项:地址", f"变更前:{block(old)}", f"变更后:{block(new)}"]
    event.text = "\n".join(lines)
