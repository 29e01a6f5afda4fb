"""What a country prints after damage, and the list of the damage.

The damage that every country has (its rates are those of the level) was drawn with the records;
here it is written down. The level ``heavy`` adds what real files show: old names of districts and
prefectures, other characters and widths, misread characters, lost brackets, lists printed as one
name, slips in numbers and days, names of types that drift. Nothing that is true changes.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable

from scrapers.office.dirt import Dirt
from scrapers.office.events import lose_text
from scrapers.office.geography import AddressParts, Node, address_parts, nodes
from scrapers.office.ledger import OUTSIDE, Damage, Event, Ledger, Party, Patent, Publication
from scrapers.office.numbers import LONG_NUMBERS_FROM, NEW_KINDS_FROM
from scrapers.office.wording import WORDING_B_FROM, WORDING_C_FROM, compact, loose

# Damage that leaves nothing to read; all other kinds of the first drawing can be made good.
_UNREADABLE = {"bare_district"}
_TRADITIONAL = str.maketrans(
    "东广苏门宁龙阳陕区县乡镇务电机国华环发术设备汽车钢铁医药网络软产业农气员团贸团",
    "東廣蘇門寧龍陽陝區縣鄉鎮務電機國華環發術設備汽車鋼鐵醫藥網絡軟產業農氣員團貿團",
)
# Characters that are misread for one another.
_SLIPS = dict(
    zip(
        "州京津海苏杭广成都武汉沙青岛大连东佛山宁波温合肥长春太原昆明石济郑西安科技力工机能研究环保新信化材料光汽车",
        "洲亰律诲办抗厂戍部斌汊砂清鸟太莲车沸仙宇坡湿台肌氏舂大源混朋右挤邓酉宴料枝刀土杌熊砑宄坏堡薪倍代村斜兴气东",
        strict=True,
    )
)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_BRACKETS = str.maketrans("（）()", "()（）")
_DEPARTMENTS = ("机械工程学院", "电气工程系", "环境学院", "材料研究所", "能源实验室")
_ON_TOP = {"traditional", "full_width", "street_slip"}  # of what is printed already
_GLUE = ("，", "、", " ", "")
_FORMS = (("有限责任公司", "有限公司"), ("有限公司", "有限责任公司"))
_KEPT_FORMS = ("集团有限公司", "股份有限公司")


def damage_records(ledger: Ledger, rng: random.Random) -> None:
    """Fill in what every record prints, damage it as the level says, and note all damage.

    Parameters
    ----------
    ledger : Ledger
        A drawn country; its publications and events are changed in place.
    rng : random.Random
        The stream of this part; nothing else draws from it.
    """
    for patent in ledger.patents:
        for publication in patent.publications:
            _print_as_drawn(ledger, patent, publication)
    _note_policy(ledger)
    if ledger.dirt.level == "heavy":
        Wear(ledger, rng).apply()


def _print_as_drawn(ledger: Ledger, patent: Patent, publication: Publication) -> None:
    publication.address = patent.address
    publication.is_address_ambiguous = patent.is_address_ambiguous
    publication.application_no = patent.application_no
    publication.filed = patent.filed.isoformat()
    publication.read_names = list(publication.names)
    publication.positions = list(range(1, len(publication.names) + 1))
    if patent.address_damage:
        true = _full_address(patent, patent.applicants[0])
        for kind in patent.address_damage:
            _note(
                ledger, patent, publication, "address", kind, true, patent.address,
                kind not in _UNREADABLE,
            )  # fmt: skip
    if publication.applicants != patent.applicants:
        is_shorter = len(publication.applicants) < len(patent.applicants)
        true = "|".join(p.name_on(publication.day) for p in patent.applicants)
        _note(
            ledger, patent, publication, "applicants",
            "coapplicant_left_out" if is_shorter else "reordered", true,
            "|".join(publication.names), True,
        )  # fmt: skip


def _note(  # noqa: PLR0917 (one line of the file)
    ledger: Ledger, patent: Patent, publication: Publication, field: str, kind: str, true: str,
    printed: str, decidable: bool, position: int = 0,
) -> None:  # fmt: skip
    damage = Damage(
        "publication", publication.publication_no, patent.application_no, field, position, kind,
        true, printed, decidable,
    )  # fmt: skip
    ledger.damage.append(damage)


def _note_policy(ledger: Ledger) -> None:
    for document in ledger.policy:
        key = document.document_id
        found = []
        if document.repeats:
            kind = "corrected" if document.is_correction else "repeated"
            found.append(("row", kind, document.repeats, key))
        if document.document_no is None:
            found.append(("document_no", "no_number", document.true_no, ""))
        if document.issued is None:
            found.append(("issued", "no_day_of_issue", document.true_issued, ""))
        for field, kind, true, printed in found:
            ledger.damage.append(
                Damage("policy_document", key, "", field, 0, kind, true, printed, True)
            )


def _parts(patent: Patent, party: Party) -> tuple[Node, AddressParts] | None:
    site = party.site_on(patent.filed)
    node = patent.nodes[patent.applicants.index(party)]
    if site is None or node == OUTSIDE:
        return None
    return nodes()[node], address_parts(nodes()[node], site, patent.filed.year)


def _full_address(patent: Patent, party: Party) -> str:
    found = _parts(patent, party)
    return party.outside if found is None else found[1].postcode + found[1].text


class Wear:
    """Adds to the records of one country the damage of the level ``heavy``.

    Parameters
    ----------
    ledger : Ledger
    rng : random.Random
    """

    def __init__(self, ledger: Ledger, rng: random.Random) -> None:
        self._ledger = ledger
        self._rng = rng
        self._dirt: Dirt = ledger.dirt
        self._nodes = nodes()
        self._true_names = {
            name for p in ledger.parties if p.kind != "person" for _, name in p.names
        }  # fmt: skip
        self._address_damage: dict[str, list[Damage]] = defaultdict(list)
        for d in ledger.damage:
            if d.record == "publication" and d.field == "address":
                self._address_damage[d.key].append(d)
        self._undone: set[int] = set()
        self._addresses: dict[str, str] = {}
        self._nearby: dict[str, set[str]] = defaultdict(set)
        for name in self._true_names:
            for k in range(len(name)):
                self._nearby[f"{name[:k]}*{name[k + 1 :]}"].add(name)

    def apply(self) -> None:
        """Damage records first, then events."""
        for patent in self._ledger.patents:
            for publication in patent.publications:
                self._swap_first(patent, publication)
                self._damage_address(patent, publication)
                self._damage_names(patent, publication)
                self._glue(patent, publication)
                self._damage_number(patent, publication)
                self._damage_filing_day(patent, publication)
                self._addresses[publication.publication_no] = publication.address
        self._leave_renames_out()
        for event in [*self._ledger.events, *self._ledger.later_events]:
            self._damage_event(event)
        self._let_types_drift()
        for proceeding in self._ledger.proceedings:
            if self._hits(self._dirt.event_number_slip):
                number = proceeding.patent.application_no
                proceeding.application_no = self._slipped_number(number)
        # What was printed over is no damage any more; what stands is as printed in the end.
        damage = [d for d in self._ledger.damage if id(d) not in self._undone]
        for d in damage:
            if d.record == "publication" and d.field == "address":
                d.printed_value = self._addresses[d.key]
        self._ledger.damage = damage

    def _print_anew(self, publication: Publication) -> None:
        """Forget the damage of an address that is printed from its parts again."""
        self._undone.update(map(id, self._address_damage.get(publication.publication_no, ())))

    def _hits(self, rate: float) -> bool:
        return self._rng.random() < rate

    # ------------------------------------------------------------------ addresses

    def _swap_first(self, patent: Patent, publication: Publication) -> None:
        """Let another applicant stand first in a grant, with its own address."""
        if publication.source != "pig" or len(publication.applicants) < 2:
            return
        if not self._hits(self._dirt.first_swapped):
            return
        k = self._rng.randrange(1, len(publication.applicants))
        party = publication.applicants[k]
        if _parts(patent, party) is None:
            return
        true = "|".join(publication.names)
        order = list(range(len(publication.applicants)))
        order[0], order[k] = k, 0
        publication.applicants = [publication.applicants[n] for n in order]
        publication.names = [publication.names[n] for n in order]
        publication.read_names = [publication.read_names[n] for n in order]
        publication.address = _full_address(patent, party)
        publication.is_address_ambiguous = False
        self._print_anew(publication)
        _note(
            self._ledger, patent, publication, "applicants", "first_swapped", true,
            "|".join(publication.names), True,
        )  # fmt: skip

    def _damage_address(self, patent: Patent, publication: Publication) -> None:
        found = _parts(patent, publication.applicants[0])
        draw = self._rng.random()
        if found is None or publication.is_address_ambiguous:
            return
        node, parts = found
        makers: tuple[tuple[str, Callable[..., tuple[str, bool] | None]], ...] = (
            ("old_district", self._old_district),
            ("former_prefecture", self._former_prefecture),
            ("traditional", self._traditional),
            ("full_width", self._full_width),
            ("blanks", self._blanks),
            ("short_place", self._short_place),
            ("place_slip", self._place_slip),
            ("street_slip", self._street_slip),
            ("province_only", self._province_only),
        )
        for kind, make in makers:
            rate = getattr(self._dirt, kind)
            if draw < rate:
                made = make(node, parts, patent.filed.year, publication.address)
                if made is not None and made[0] != publication.address:
                    if kind not in _ON_TOP:
                        self._print_anew(publication)
                    true = parts.postcode + parts.text
                    _note(
                        self._ledger, patent, publication, "address", kind, true, made[0], made[1]
                    )
                    publication.address = made[0]
                    publication.is_address_ambiguous = not made[1]
                return
            draw -= rate

    def _old_district(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        today = {c.name for c in node.counties_in(year)}
        old = [
            c for c in node.counties
            if year - 12 <= c.last_year < year and c.name not in today
            and c.parent_name in (node.name, node.name_in(year), node.province)
        ]  # fmt: skip
        if not old:
            return None
        county = self._rng.choice(old)
        city = "" if county.stands_alone and self._hits(0.5) else parts.city
        return f"{parts.postcode}{parts.province}{city}{county.name}{parts.tail}", True

    def _former_prefecture(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        former = [name for name, _, last in node.names if last < year]
        if not former or parts.city != node.name_in(year):
            return None
        text = f"{parts.province}{self._rng.choice(former)}{parts.county}{parts.tail}"
        return parts.postcode + text, True

    def _traditional(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        return printed.translate(_TRADITIONAL), True

    def _full_width(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        return printed.translate(_FULL_WIDTH), True

    def _blanks(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        pieces = [parts.province, parts.city, parts.county, parts.tail]
        gap = self._rng.choice((" ", "\u3000"))
        return parts.postcode + gap.join(p for p in pieces if p), True

    def _short_place(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        if len(node.short_name) < 2 or parts.city != node.name or not node.name.endswith("市"):
            return None
        province = parts.province
        for tail in ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省"):
            province = province.removesuffix(tail)
        return f"{parts.postcode}{province}{node.short_name}{parts.county}{parts.tail}", True

    def _place_slip(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        slipped = self._slip(parts.city)
        if slipped is None or not parts.county:
            return None
        homes = {
            other.code for other in self._nodes
            if other.province_code == node.province_code
            for c in other.counties_in(year) if c.name == parts.county
        }  # fmt: skip
        text = f"{parts.province}{slipped}{parts.county}{parts.tail}"
        return parts.postcode + text, bool(parts.province) and homes == {node.code}

    def _street_slip(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        slipped = self._slip(parts.tail)
        if slipped is None or not printed.endswith(parts.tail):
            return None
        return printed.removesuffix(parts.tail) + slipped, True

    def _province_only(
        self, node: Node, parts: AddressParts, year: int, printed: str
    ) -> tuple[str, bool] | None:
        return (f"{parts.province}{parts.tail}", False) if parts.province else None

    def _slip(self, text: str) -> str | None:
        able = [k for k, character in enumerate(text) if character in _SLIPS]
        if not able:
            return None
        k = self._rng.choice(able)
        return text[:k] + _SLIPS[text[k]] + text[k + 1 :]

    # ------------------------------------------------------------------ names

    def _damage_names(self, patent: Patent, publication: Publication) -> None:
        for k, party in enumerate(publication.applicants):
            true = publication.names[k]
            made = self._damaged_name(party, true)
            if made is None:
                continue
            kind, printed, is_readable = made
            publication.names[k] = printed
            publication.forms[k] = kind
            if not is_readable:
                publication.read_names[k] = printed
            _note(
                self._ledger, patent, publication, "applicants", kind, true, printed, is_readable,
                k + 1,
            )  # fmt: skip

    def _damaged_name(self, party: Party, name: str) -> tuple[str, str, bool] | None:
        """Return kind, printed name and whether it can be read, for the few that suffer."""
        draw = self._rng.random()
        if party.kind == "person":
            return None
        kinds = (
            "name_bracket_width", "name_bracket_lost", "name_traditional", "name_blank",
            "name_legal_form", "name_department", "name_slip",
        )  # fmt: skip
        for kind in kinds:
            rate = getattr(self._dirt, kind)
            if draw < rate:
                printed = self._other_form(party, name, kind)
                if printed is None or printed == name:
                    return None
                return kind, printed, self._is_readable(name, printed, kind)
            draw -= rate
        return None

    def _other_form(self, party: Party, name: str, kind: str) -> str | None:
        if kind == "name_bracket_width":
            return name.translate(_BRACKETS)
        if kind == "name_bracket_lost":
            return "".join(c for c in name if c not in "（）()")
        if kind == "name_traditional":
            return name.translate(_TRADITIONAL)
        if kind == "name_blank":
            k = self._rng.randrange(1, len(name))
            return f"{name[:k]}{self._rng.choice((' ', '　'))}{name[k:]}"
        if kind == "name_legal_form":
            if name.endswith(_KEPT_FORMS):
                return None
            for old, new in _FORMS:
                if name.endswith(old):
                    return name.removesuffix(old) + new
            return None
        if kind == "name_department":
            is_university = party.kind == "university" and name.endswith(("大学", "学院"))
            return name + self._rng.choice(_DEPARTMENTS) if is_university else None
        return self._slip(name)

    def _is_readable(self, name: str, printed: str, kind: str) -> bool:
        if printed in self._true_names:
            return False
        if kind != "name_slip":
            return True
        near: set[str] = set()
        for k in range(len(printed)):
            near |= self._nearby.get(f"{printed[:k]}*{printed[k + 1 :]}", set())
        return near == {name}

    def _glue(self, patent: Patent, publication: Publication) -> None:
        """Print two applicants as one name; no reader can know where one ends."""
        if len(publication.applicants) < 2 or not self._hits(self._dirt.glued):
            return
        k = self._rng.randrange(len(publication.applicants) - 1)
        pair = publication.names[k : k + 2]
        printed = self._rng.choice(_GLUE).join(pair)
        for index in (k, k + 1):
            publication.names[index] = publication.read_names[index] = printed
            publication.forms[index] = "glued"
        publication.positions = [
            position - (index > k) for index, position in enumerate(publication.positions)
        ]  # fmt: skip
        _note(
            self._ledger, patent, publication, "applicants", "glued", "|".join(pair), printed,
            False, k + 1,
        )  # fmt: skip

    # ------------------------------------------------------------------ numbers and days

    def _damage_number(self, patent: Patent, publication: Publication) -> None:
        draw = self._rng.random()
        true = patent.application_no
        is_old = patent.filed < LONG_NUMBERS_FROM
        if draw < self._dirt.check_digit_lost:
            kind, printed, decidable = "check_digit_lost", true[:-1], True
        elif draw < self._dirt.check_digit_lost + self._dirt.number_slip:
            kind, printed = "number_slip", self._slipped_number(true)
            # The documents of an application share their digits since 2010.
            decidable = any(
                other is not publication and other.application_no == true
                and other.publication_no[:-1] == publication.publication_no[:-1]
                for other in patent.publications if publication.day >= NEW_KINDS_FROM
            )  # fmt: skip
        elif is_old and true.startswith("0") and self._hits(self._dirt.zero_lost):
            # Padded with a zero the check digit fits, and as it stands its year does not exist.
            kind, printed, decidable = "zero_lost", true[1:], True
        else:
            return
        publication.application_no = printed
        _note(self._ledger, patent, publication, "application_no", kind, true, printed, decidable)

    def _slipped_number(self, number: str) -> str:
        k = self._rng.randrange(len(number) - 5, len(number) - 1)
        digit = (int(number[k]) + self._rng.randrange(1, 10)) % 10
        return f"{number[:k]}{digit}{number[k + 1 :]}"

    def _damage_filing_day(self, patent: Patent, publication: Publication) -> None:
        if not self._hits(self._dirt.filing_year_slip):
            return
        year = publication.day.year + self._rng.randrange(1, 9)
        printed = dt.date(year, patent.filed.month, min(patent.filed.day, 28)).isoformat()
        true, publication.filed = publication.filed, printed
        # The number of the application holds the year.
        _note(
            self._ledger, patent, publication, "application_date", "filing_year_slip", true,
            printed, True,
        )  # fmt: skip

    # ------------------------------------------------------------------ events

    def _leave_renames_out(self) -> None:
        kept = []
        for event in self._ledger.events:
            if event.type == "name_change" and self._hits(self._dirt.rename_unlisted):
                key = f"{event.gazette_day.isoformat()}/unlisted"
                number = event.patent.application_no
                damage = Damage(
                    "event", key, number, "row", 0, "rename_unlisted", event.text, "", False
                )  # fmt: skip
                self._ledger.damage.append(damage)
            else:
                kept.append(event)
        self._ledger.events = kept

    def _damage_event(self, event: Event) -> None:
        if self._hits(self._dirt.event_number_slip):
            true = event.patent.application_no
            event.application_no = self._slipped_number(true)
            event.damage.append(
                ("application_no", "event_number_slip", true, event.application_no, False)
            )
        if self._hits(self._dirt.any_text_lost) and event.has_text:
            lose_text(event)
        if not event.has_text:
            return
        if event.registered is not None and self._hits(self._dirt.registered_late):
            self._print_registered_late(event)
        self._damage_event_names(event)

    def _print_registered_late(self, event: Event) -> None:
        assert event.registered is not None
        late = dt.date(
            event.gazette_day.year + self._rng.randrange(1, 4), event.registered.month,
            min(event.registered.day, 28),
        )  # fmt: skip
        write = compact if event.gazette_day.year >= WORDING_B_FROM else loose
        mark = f"登记生效日:{write(event.registered)}"
        if mark not in event.text:
            return
        event.text = event.text.replace(mark, f"登记生效日:{write(late)}")
        event.damage.append(
            ("registered", "registered_late", event.registered.isoformat(), late.isoformat(), False)
        )

    def _damage_event_names(self, event: Event) -> None:
        everybody = [name for names in event.printed for name in names]
        counts = Counter(everybody)
        for parties, names in zip((event.before, event.after), event.printed, strict=True):
            for k, party in enumerate(parties[: len(names)]):
                name = names[k]
                made = self._damaged_name(party, name)
                # A name inside another one, or on both sides, would be damaged twice.
                is_plain = counts[name] == 1 and event.text.count(name) == 1
                if made is None or not is_plain or "\n" in made[1] or "；" in made[1]:
                    continue
                kind, printed, is_readable = made
                event.text = event.text.replace(name, printed)
                names[k] = printed
                event.forms[printed] = (kind, is_readable)
                event.true_names[printed] = name
                if not is_readable:
                    event.unread.add(party.number)
                event.damage.append(("holder", kind, name, printed, is_readable))

    def _let_types_drift(self) -> None:
        for event in [*self._ledger.events, *self._ledger.later_events]:
            is_change = event.type in ("name_change", "address_change")
            if self._hits(self._dirt.type_name_drift) and not is_change:
                is_right = event.gazette_day.year >= WORDING_C_FROM
                event.listed_type = "专利权的转移" if is_right else "专利申请权、专利权的转移及变更"
                event.damage.append(
                    ("event_type", "type_name_drift", "专利申请权、专利权的转移", event.listed_type,
                     True)
                )  # fmt: skip
