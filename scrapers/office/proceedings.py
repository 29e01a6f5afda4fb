"""Legal events beside transfers and changes of names: licences, pledges, terminations and so on.

They are drawn after everything else, from a stream of their own, and change nothing: records,
transfers and changes of a country are the same with and without them. Wordings follow real texts:
to 2009 in one line with loose dates, 2010-2014 in one line with the classification, from 2015 on
one item a line; from 2010 on some events have no text.
"""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from scrapers.office.dirt import DEFAULT, Dirt
from scrapers.office.events import tell
from scrapers.office.geography import Node
from scrapers.office.ledger import OUTSIDE, Event, Party, Patent, Proceeding, Texts
from scrapers.office.names import Namer
from scrapers.office.numbers import (
    FIRST_YEAR,
    LAST_YEAR,
    WINDOW_END,
    WINDOW_START,
    event_days,
    next_gazette_day,
)
from scrapers.office.wording import (
    TRANSFER,
    WORDING_B_FROM,
    WORDING_C_FROM,
    compact,
    loose,
    main_class,
)

# Events per transfer. One gazette day of 2016 had 3,059 transfers, 5,677 terminations, 3,577 deemed
# withdrawals, 1,600 bibliographic changes, 625 pledges, 616 refusals, 497 services, 209 deemed
# abandonments, 197 preservations, 188 withdrawals, 87 invalidations, 51 licences and 33
# corrections; half a year of 2008 had 98 licences beside 306 transfers. Holders were added in 20
# and dropped in 5 of 505 transfers. A pledge or preservation counts once with its end.
RATES = {
    "termination": 1.86,
    "deemed_withdrawn": 1.17,
    "bibliographic_change": 0.52,
    "pledge": 0.20,
    "refusal": 0.20,
    "service": 0.16,
    "licence": 0.12,
    "deemed_abandoned": 0.07,
    "preservation": 0.064,
    "withdrawal": 0.06,
    "holder_added": 0.04,
    "invalidity": 0.03,
    "correction": 0.03,
    "restoration": 0.016,
    "holder_dropped": 0.01,
}
# Publications, examinations and grants repeat the gazette: only this share of them is listed.
NOTICE_SHARE = 0.05
_LICENCES_BY_PERIOD = (6.0, 3.0, 1.0)  # they became rare: 0.32 per transfer in 2008, 0.02 in 2016
_YEAR_GROWTH = 1.08

_NOTICES = (
    "缴费通知书", "专利权终止通知书", "办理登记手续通知书", "视为撤回通知书", "驳回决定",
    "审查意见通知书", "复审案件结案通知书", "补正通知书",
)  # fmt: skip
_LICENCES = ("独占许可",) * 6 + ("普通许可",) * 3 + ("排他许可",)
_GAZETTES = {
    "invention": "发明专利",
    "pct_invention": "发明专利",
    "utility_model": "实用新型专利",
    "design": "外观设计专利",
}
# Names of types, to 2009 and from 2010 on, where they differ.
_TYPES: dict[str, tuple[str, str]] = {
    "licence": ("专利实施许可合同的备案", "专利实施许可合同备案的生效、变更及注销"),
    "pledge": ("专利权的质押、保全及解除", "专利权质押合同登记的生效、变更及注销"),
    "preservation": ("专利权的质押、保全及解除", "专利权的保全及其解除"),
    "termination": ("专利权的终止", "专利权的终止"),
    "deemed_withdrawn": ("发明专利申请公布后的视为撤回", "发明专利申请公布后的视为撤回"),
    "refusal": ("发明专利申请公布后的驳回", "发明专利申请公布后的驳回"),
    "withdrawal": ("发明专利申请公布后的撤回", "发明专利申请公布后的撤回"),
    "deemed_abandoned": ("专利权的视为放弃", "专利权的视为放弃"),
    "restoration": ("专利申请或者专利权的恢复", "专利申请权、专利权的恢复"),
    "service": ("地址不明的通知", "文件的公告送达"),
    "bibliographic_change": ("著录事项变更", "著录事项变更"),
    "examination": ("实质审查的生效", "实质审查的生效"),
    "publication": ("公开", "公开"),
    "grant": ("授权", "授权"),
    "holder_added": (TRANSFER, TRANSFER),
    "holder_dropped": (TRANSFER, TRANSFER),
}
_ENDS = {"end", "fate", "invalidity"}
_NAMED = {"licence", "pledge", "preservation", "service", "restoration"}  # their names changed


_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


def _period(year: int) -> int:
    return (year >= WORDING_B_FROM) + (year >= WORDING_C_FROM)


@dataclass(slots=True)
class _Text:
    """The items of a text in order, written as the time writes them."""

    head: str
    patent: Patent
    year: int
    items: list[tuple[str, str]] = field(default_factory=list)

    def add(self, label: str, value: str | dt.date | None) -> None:
        if isinstance(value, dt.date):
            value = compact(value)
        if value is not None:
            self.items.append((label, value))

    def __str__(self) -> str:
        ipc = main_class(self.patent)
        items = [f"{label}:{value}" for label, value in self.items]
        parts = [self.head, *([ipc] if ipc else []), *items]
        return "\n".join(parts) if self.year >= WORDING_C_FROM else "".join(parts)


class Registry:
    """Draws the proceedings of one country.

    Parameters
    ----------
    rng : random.Random
        The stream of this part; nothing else draws from it.
    patents, parties : sequence
        Of the country; nothing in them is changed.
    nodes : sequence of Node
    texts : mapping of patent number to its printed texts
    events : sequence of Event
        Transfers and changes of the country: no right ends before one of them.
    """

    def __init__(
        self,
        rng: random.Random,
        *,
        patents: Sequence[Patent],
        parties: Sequence[Party],
        nodes: tuple[Node, ...],
        texts: dict[int, Texts],
        events: Sequence[Event],
        dirt: Dirt = DEFAULT,
    ) -> None:
        self._rng = rng
        self._dirt = dirt
        self._nodes = nodes
        self._texts = texts
        self._namer = Namer(rng)
        printed = [p for p in patents if p.publications]
        granted = [p for p in printed if p.granted is not None and p.granted <= WINDOW_END]
        # Parties are named of rights that never changed hands, so that the names are those printed.
        self._granted = sorted(granted, key=_granted_on)
        self._calm = [
            p for p in self._granted
            if p.events == 0 and all(len(q.homes) == 1 for q in p.applicants)
        ]  # fmt: skip
        self._pending = sorted(
            (p for p in printed if p.granted is None and p.published is not None),
            key=_published_on,
        )
        self._others = [p for p in self._calm if not (p.is_invention and p.is_paper7)]
        self._firms = [
            p for p in parties
            if p.kind == "firm" and len(p.homes) == 1 and p.homes[0][1] != OUTSIDE
        ]  # fmt: skip
        self._printed = printed
        self._used: dict[str, set[int]] = {}
        self._ended: dict[int, dt.date] = {}  # nothing follows the end of a right
        self._latest: dict[int, dt.date] = {}
        for event in events:
            self._remember(event.patent, event.gazette_day)
        self._serials: dict[tuple[str, int], int] = {}
        growth = [_YEAR_GROWTH ** (year - FIRST_YEAR) for year in _YEARS]
        self._years = list(accumulate(growth))
        self._licence_years = list(
            accumulate(
                weight * _LICENCES_BY_PERIOD[_period(year)]
                for year, weight in zip(_YEARS, growth, strict=True)
            )
        )
        self.drawn: list[Proceeding] = []

    def draw(self, transfers: int) -> list[Proceeding]:
        """Return all proceedings in gazette order.

        Parameters
        ----------
        transfers : int
            Number of transfers of the country; `RATES` are relative to it.
        """
        makers: dict[str, Callable[[], None]] = {
            "licence": self._licence,
            "pledge": self._pledge,
            "preservation": self._preservation,
            "holder_added": lambda: self._co_holder("holder_added"),
            "holder_dropped": lambda: self._co_holder("holder_dropped"),
            "bibliographic_change": self._bibliographic_change,
            "service": self._service,
            "correction": self._correction,
            "restoration": self._restoration,
            # ends come after all else, so that nothing is said about a right after its end
            "deemed_withdrawn": lambda: self._end_of_application("deemed_withdrawn"),
            "refusal": lambda: self._end_of_application("refusal"),
            "withdrawal": lambda: self._end_of_application("withdrawal"),
            "invalidity": self._invalidity,
            "deemed_abandoned": self._deemed_abandoned,
            "termination": self._termination,
        }
        for kind, maker in makers.items():
            for _ in range(round(RATES[kind] * transfers)):
                maker()
        self._notices()
        if not self._dirt.has_corrections:
            self.drawn = [p for p in self.drawn if p.kind != "correction"]
        self.drawn.sort(key=lambda p: (p.gazette_day, p.patent.application_no, p.kind, p.text))
        return self.drawn

    @property
    def patents_spoken_of(self) -> set[int]:
        """Numbers of the patents whose holders are named, or whose right ends, in what was drawn.

        Corrections count at every level, so that later events are of the same patents at all.
        """
        quiet = {"inventors"}
        named = {n for purpose, numbers in self._used.items() if purpose not in quiet
                 for n in numbers}  # fmt: skip
        return named | self._ended.keys()

    # ------------------------------------------------------------ days and stocks

    def _days(self, weights: list[float] | None = None) -> tuple[dt.date, dt.date] | None:
        year = self._rng.choices(_YEARS, cum_weights=weights or self._years)[0]
        return event_days(self._rng, year)

    def _take(
        self,
        stock: list[Patent],
        since: Callable[[Patent], dt.date],
        day: dt.date,
        purpose: str,
        age: int = 90,
    ) -> Patent | None:
        """Return a patent that is old enough on a day and has not served this purpose before."""
        known = bisect_left(stock, day - dt.timedelta(days=age), key=since)
        used = self._used.setdefault(purpose, set())
        for _ in range(min(known, 8)):
            patent = stock[self._rng.randrange(known)]
            ended = self._ended.get(patent.number)
            if patent.number in used or (ended is not None and ended < day):
                continue
            if purpose in _ENDS and (ended or self._latest.get(patent.number, day) > day):
                continue
            used.add(patent.number)
            return patent
        return None

    def _remember(self, patent: Patent, day: dt.date) -> None:
        self._latest[patent.number] = max(day, self._latest.get(patent.number, day))

    def _serial(self, series: str, year: int) -> int:
        serial = self._serials.get((series, year), 0) + 1 + self._rng.randrange(4)
        self._serials[series, year] = serial
        return serial

    def _contract_no(self, letter: str, patent: Patent, day: dt.date) -> str:
        """Return year, two digits of the province (99 for the whole country), seven digits."""
        node = patent.nodes[0]
        province = "99"
        if node != OUTSIDE and self._rng.random() < 0.5:
            province = self._nodes[node].province_code[:2]
        number = f"{day.year}{province}{self._serial(letter, day.year):07d}"
        return f"{letter}{number}" if day.year >= 2020 else number

    # ------------------------------------------------------------ writing down

    def _note(
        self,
        kind: str,
        subtype: str,
        patent: Patent,
        gazette: dt.date,
        text: str | _Text,
        *,
        event_type: str = "",
        effective: dt.date | None = None,
        reference_no: str = "",
        item: str = "",
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        bare: str | None = None,
    ) -> Proceeding | None:
        """Add an event; ``bare`` is what is printed when the text is left out."""
        if not WINDOW_START <= gazette <= WINDOW_END:
            return None
        self._remember(patent, gazette)
        rng = self._rng
        is_new = gazette.year >= WORDING_B_FROM
        proceeding = Proceeding(
            gazette_day=gazette,
            patent=patent,
            kind=kind,
            subtype=subtype,
            event_type=event_type or _TYPES[subtype][is_new],
            text=str(text),
            effective=effective,
            reference_no=reference_no,
            item=item,
            before=list(before),
            after=list(after),
            has_text=bool(effective or reference_no or before or after or item),
        )
        if bare is not None and is_new and rng.random() < self._dirt.event_without_text:
            proceeding.bare_text_of = proceeding.text
            proceeding.text = bare
            proceeding.effective, proceeding.reference_no, proceeding.item = None, "", ""
            proceeding.before, proceeding.after, proceeding.has_text = [], [], False
        # What is drawn follows the default rates, what is printed those of the level.
        draw = rng.random()
        if draw < self._dirt.event_repeated:
            proceeding.repeats = [proceeding.event_type]
        if (
            draw >= DEFAULT.event_repeated
            and gazette.year == WORDING_B_FROM
            and subtype in _NAMED
            and rng.random() < self._dirt.event_renamed
            and not proceeding.repeats
        ):
            proceeding.repeats = [_TYPES[subtype][0]]
        self.drawn.append(proceeding)
        return proceeding

    def _title(self, patent: Patent) -> str:
        return self._texts[patent.number].title

    def _names(self, patent: Patent, day: dt.date) -> list[str]:
        return [p.name_on(day) for p in patent.applicants]

    def _firm(self, but: Sequence[Party]) -> Party:
        while True:
            firm = self._rng.choice(self._firms)
            if firm not in but:
                return firm

    # ------------------------------------------------------------ contracts

    def _licence(self) -> None:
        days = self._days(self._licence_years)
        if days is None:
            return
        registered, gazette = days
        patent = self._take(self._calm, _granted_on, registered, "licence")
        if patent is None:
            return
        licensors = self._names(patent, registered)
        licensee = self._firm(patent.applicants).name_on(registered)
        number = self._contract_no("X", patent, registered)
        what = self._rng.choice(_LICENCES)
        granted, published = patent.granted, patent.published
        assert granted is not None
        if gazette.year < WORDING_B_FROM:
            until = registered + dt.timedelta(days=self._rng.randrange(700, 3700))
            text: str | _Text = (
                f"{_TYPES['licence'][0]}合同备案号: {number}让与人: {'  '.join(licensors)}"
                f"受让人: {licensee}发明名称: {self._title(patent)}申请日: {loose(patent.filed)}"
                f"授权公告日: {loose(granted)}许可种类: {what}备案日期: {loose(registered)}"
                f"合同履行期限: {loose(registered)}至{loose(until)}合同变更"
            )
        else:
            text = _Text("专利实施许可合同备案的生效", patent, gazette.year)
            text.add("合同备案号", number)
            text.add("让与人", "  ".join(licensors))
            text.add("受让人", licensee)
            text.add(_title_label(patent), self._title(patent))
            text.add("申请日", patent.filed)
            text.add("申请公布日", published)
            text.add("授权公告日", granted)
            text.add("许可种类", what)
            text.add("备案日期", registered)
        noted = self._note(
            "licence", "licence", patent, gazette, text, effective=registered,
            reference_no=number, before=licensors, after=[licensee],
            bare="专利实施许可合同备案的生效",
        )  # fmt: skip
        if noted is None or self._rng.random() >= 0.12:
            return
        released, later = self._later(registered)
        if later.year < WORDING_B_FROM:
            return
        end = _Text("专利实施许可合同备案的注销", patent, later.year)
        end.add("合同备案号", number)
        end.add("让与人", "  ".join(licensors))
        end.add("受让人", licensee)
        end.add("解除日", released)
        self._note(
            "licence", "licence", patent, later, end, effective=released, reference_no=number,
            before=licensors, after=[licensee], bare="专利实施许可合同备案的注销",
        )  # fmt: skip

    def _later(self, day: dt.date) -> tuple[dt.date, dt.date]:
        """Return the day of an end, some time after a beginning, and its gazette day.

        An end that the window does not see any more has its gazette day after the window.
        """
        released = day + dt.timedelta(days=self._rng.randrange(200, 1500))
        released = min(released, WINDOW_END)
        return released, next_gazette_day(released + dt.timedelta(days=self._rng.randrange(11, 40)))

    def _bank(self, patent: Patent) -> str:
        node = patent.nodes[0]
        place = self._nodes[node if node != OUTSIDE else 0]
        return f"{place.short_name}{self._namer.brand()}银行股份有限公司"

    def _pledge(self) -> None:
        days = self._days()
        if days is None:
            return
        registered, gazette = days
        patent = self._take(self._calm, _granted_on, registered, "pledge")
        if patent is None:
            return
        pledgors, bank = self._names(patent, registered), self._bank(patent)
        number = self._contract_no("Y", patent, registered)
        noted = self._pledge_text(
            patent, gazette, "生效", number, registered, pledgors, bank
        )  # fmt: skip
        if noted is None or self._rng.random() >= 0.55:
            return
        released, later = self._later(registered)
        what = "变更" if later.year >= WORDING_B_FROM and self._rng.random() < 0.1 else "注销"
        self._pledge_text(patent, later, what, number, released, pledgors, bank)

    def _pledge_text(  # noqa: PLR0917 (what one entry of the register says)
        self, patent: Patent, gazette: dt.date, what: str, number: str, day: dt.date,
        pledgors: list[str], bank: str,
    ) -> Proceeding | None:  # fmt: skip
        if gazette.year < WORDING_B_FROM:
            return self._note(
                "pledge", "pledge", patent, gazette, _old_pledge("质押", what, day), effective=day
            )
        head = f"专利权质押合同登记的{what}"
        text = _Text(head, patent, gazette.year)
        text.add("登记号", number)
        before, after = list(pledgors), [bank]
        if what == "生效":
            text.add("登记生效日", day)
            text.add("出质人", "  ".join(pledgors))
            text.add("质权人", bank)
            text.add(_title_label(patent), self._title(patent))
            text.add("申请日", patent.filed)
            text.add("授权公告日", patent.granted)
        elif what == "变更":
            other = self._bank(patent)
            text.add("变更日", day)
            text.add("变更事项", "质权人")
            text.add("变更前", bank)
            text.add("变更后", other)
            before, after = [bank], [other]
        else:
            text.add("解除日", day)
            text.add("出质人", "  ".join(pledgors))
            text.add("质权人", bank)
        return self._note(
            "pledge", "pledge", patent, gazette, text, effective=day, reference_no=number,
            before=before, after=after, bare=head,
        )  # fmt: skip

    def _preservation(self) -> None:
        days = self._days()
        if days is None:
            return
        registered, gazette = days
        patent = self._take(self._granted, _granted_on, registered, "preservation")
        if patent is None:
            return
        self._preservation_text(patent, gazette, "生效", registered)
        if self._rng.random() < 0.4:
            released, later = self._later(registered)
            self._preservation_text(patent, later, "解除", released)

    def _preservation_text(self, patent: Patent, gazette: dt.date, what: str, day: dt.date) -> None:
        if gazette.year < WORDING_B_FROM:
            text: str | _Text = _old_pledge("保全", what, day)
            self._note("preservation", "preservation", patent, gazette, text, effective=day)
            return
        head = "专利权的保全" if what == "生效" else "专利权保全的解除"
        text = _Text(head, patent, gazette.year)
        text.add("申请日", patent.filed)
        text.add("授权公告日", patent.granted)
        text.add("登记生效日" if what == "生效" else "解除日", day)
        self._note("preservation", "preservation", patent, gazette, text, effective=day, bare=head)

    def _co_holder(self, kind: str) -> None:
        """Add or drop a co-holder of what is not green, from 2010 on.

        Texts of before would print addresses of co-holders: evidence that the truth of the country
        knows nothing of.
        """
        days = self._days()
        if days is None or days[1].year < WORDING_B_FROM:
            return
        registered, gazette = days
        stock = self._others
        if kind == "holder_dropped":
            stock = [p for p in stock if len(p.applicants) > 1]
        patent = self._take(stock, _granted_on, registered, "holders")
        if patent is None:
            return
        if kind == "holder_added":
            after = [*patent.applicants, self._firm(patent.applicants)]
        else:
            after = patent.applicants[:-1]
        event = Event(
            gazette_day=gazette,
            registered=registered,
            patent=patent,
            type="added_holder" if kind == "holder_added" else "joint_to_single",
            before=list(patent.applicants),
            after=after,
            before_nodes=[p.node_on(registered) for p in patent.applicants],
            after_nodes=[p.node_on(registered) for p in after],
        )
        tell(self._rng, event, self._nodes, self._dirt)
        noted = self._note(
            kind, kind, patent, gazette, event.text, effective=registered,
            item="专利权人", before=event.printed[0], after=event.printed[1],
        )  # fmt: skip
        if noted is not None:
            noted.event = event

    # ------------------------------------------------------------ ends

    def _termination(self) -> None:
        days = self._days()
        if days is None:
            return
        patent = self._take(self._granted, _granted_on, days[1], "end", age=400)
        if patent is None:
            return
        gazette, granted = days[1], patent.granted
        assert granted is not None
        term = 20 if patent.is_invention else 10
        expired = dt.date(patent.filed.year + term, patent.filed.month, min(patent.filed.day, 28))
        if expired <= gazette:
            why, ended = "专利权有效期届满", expired
            gazette = next_gazette_day(max(gazette, expired + dt.timedelta(days=60)))
        elif self._rng.random() < 0.02:
            why, ended = "专利权的主动放弃", gazette - dt.timedelta(days=30)
        else:
            # the fee was due on the day of filing of a year, the notice follows about a year later
            why = "未缴年费专利权终止"
            ended = dt.date(gazette.year - 1, patent.filed.month, min(patent.filed.day, 28))
            if ended <= granted:
                return
        self._ended[patent.number] = gazette
        if gazette.year < WORDING_B_FROM:
            # the day printed is that of the grant, none of the end
            text: str | _Text = f"{_TYPES['termination'][0]}({why})授权公告日：{loose(granted)}"
            self._note("termination", "termination", patent, gazette, text)
            return
        text = _Text(why, patent, gazette.year)
        text.add("申请日", patent.filed)
        text.add("授权公告日", granted)
        text.add("放弃生效日" if why == "专利权的主动放弃" else "终止日期", ended)
        event_type = why if why == "专利权的主动放弃" else ""
        self._note(
            "termination", "termination", patent, gazette, text, event_type=event_type,
            effective=ended, bare=why,
        )  # fmt: skip

    def _invalidity(self) -> None:
        days = self._days()
        if days is None:
            return
        patent = self._take(self._granted, _granted_on, days[1], "invalidity", age=300)
        if patent is None:
            return
        gazette = days[1]
        decided = gazette - dt.timedelta(days=self._rng.randrange(90, 300))
        number = str(8000 + (decided - dt.date(2006, 1, 1)).days * 7 + self._rng.randrange(7))
        is_whole = self._rng.random() < 0.5
        what = "专利权全部无效" if is_whole else "专利权部分无效"
        event_type = "专利权的无效宣告" if is_whole else "专利权的无效、部分无效宣告"
        if is_whole:
            self._ended[patent.number] = gazette
        if gazette.year < WORDING_B_FROM:
            text: str | _Text = (
                f"{event_type}({what})无效宣告决定号:{number}无效宣告决定日:{loose(decided)}"
            )
        else:
            text = _Text(what, patent, gazette.year)
            text.add("申请日", patent.filed)
            text.add("授权公告日", patent.granted)
            text.add("无效宣告决定号", number)
            text.add("无效宣告决定日", decided)
        self._note(
            "other", "invalidity", patent, gazette, text, event_type=event_type,
            effective=decided, reference_no=number, bare=what,
        )  # fmt: skip

    def _deemed_abandoned(self) -> None:
        days = self._days()
        patent = days and self._take(self._granted, _granted_on, days[1], "end", age=30)
        if not days or not patent:
            return
        self._ended[patent.number] = days[1]
        self._plain("deemed_abandoned", patent, days[1], ("放弃生效日", days[0]))

    def _restoration(self) -> None:
        days = self._days()
        patent = days and self._take(self._granted, _granted_on, days[1], "restoration")
        if not days or not patent:
            return
        if days[1].year < WORDING_B_FROM:
            text = f"{_TYPES['restoration'][0]}(专利权的恢复)"
            self._note("other", "restoration", patent, days[1], text)
        else:
            self._note("other", "restoration", patent, days[1], "专利权的恢复")

    def _end_of_application(self, kind: str) -> None:
        days = self._days()
        patent = days and self._take(self._pending, _published_on, days[1], "fate", age=200)
        if days and patent:
            assert patent.published is not None
            self._ended[patent.number] = days[1]
            self._plain(kind, patent, days[1], ("申请公布日", patent.published))

    def _plain(
        self, kind: str, patent: Patent, gazette: dt.date, item: tuple[str, dt.date]
    ) -> None:
        """Note an event whose text is its name, from 2010 on with a day behind it."""
        head = _TYPES[kind][0]
        if gazette.year < WORDING_B_FROM:
            self._note("other", kind, patent, gazette, head)
            return
        text = _Text(head, patent, gazette.year)
        text.add(*item)
        effective = item[1] if item[0] == "放弃生效日" else None
        self._note("other", kind, patent, gazette, text, effective=effective, bare=head)

    # ------------------------------------------------------------ what changes no right

    def _bibliographic_change(self) -> None:
        days = self._days()
        patent = days and self._take(self._granted, _granted_on, days[1], "inventors", age=30)
        if not days or not patent or not patent.inventors:
            return
        old = list(patent.inventors)
        new = [*old[:-1], self._namer.person()] if self._rng.random() < 0.7 else old[::-1]
        if new == old:
            return
        gazette, separator = days[1], "  "
        names = separator.join(old), separator.join(new)
        if gazette.year < WORDING_B_FROM:
            text: str | _Text = f"著录事项变更变更事项:发明人变更前:{names[0]}变更后:{names[1]}"
        else:
            text = _Text("著录事项变更", patent, gazette.year)
            text.add("变更事项", "设计人" if patent.kind == "design" else "发明人")
            text.add("变更前", names[0])
            text.add("变更后", names[1])
        self._note(
            "other", "bibliographic_change", patent, gazette, text,
            item="设计人" if patent.kind == "design" and gazette.year >= 2010 else "发明人",
            bare="著录事项变更",
        )  # fmt: skip

    def _service(self) -> None:
        days = self._days()
        patent = days and self._take(self._calm, _granted_on, days[1], "service", age=30)
        if not days or not patent:
            return
        recipient, gazette = patent.applicants[0].name_on(days[1]), days[1]
        document = self._rng.choice(_NOTICES)
        head = _TYPES["service"][gazette.year >= WORDING_B_FROM]
        if gazette.year < WORDING_B_FROM:
            text: str | _Text = f"{head}收件人:{recipient}文件名称:{document}"
        else:
            text = _Text(head, patent, gazette.year)
            text.add("收件人", recipient)
            text.add("文件名称", document)
        self._note("other", "service", patent, gazette, text, item="收件人", bare=head)

    def _correction(self) -> None:
        days = self._days()
        patent = days and self._take(self._calm, _granted_on, days[1], "correction", age=10)
        if not days or not patent:
            return
        gazette = days[1]
        names = self._names(patent, gazette)
        wrong, right, item = self._misprint(names)
        volume = gazette.year - 1984
        issue = min(53, gazette.isocalendar().week)
        where = self._rng.choice(("公报", "说明书"))
        page = str(self._rng.randrange(300, 2000)) if where == "公报" else "扉页"
        number = f"{issue:02d}"
        if gazette.year < WORDING_B_FROM:
            event_type = f"{_GAZETTES[patent.kind]}{where}更正"
            text = (
                f"{event_type}号={number}卷={volume}页码={page}更正项目={item}误={wrong}正={right}"
            )
        else:
            event_type = f"{_GAZETTES[patent.kind]}{'公报' if where == '公报' else ''}更正"
            lines = [
                event_type, f"更正项目:{item}", f"误:{wrong}", f"正:{right}", f"号:{number}",
                f"页码:{page}", f"卷:{volume}",
            ]  # fmt: skip
            text = "\n".join(lines)
        self._note(
            "correction", "correction", patent, gazette, text, event_type=event_type,
            reference_no=number, item=item, before=_listed(wrong), after=_listed(right),
            bare=event_type,
        )  # fmt: skip

    def _misprint(self, names: list[str]) -> tuple[str, str, str]:
        """Return what was printed wrong, what is right, and the item; records print it right."""
        draw = self._rng.random()
        if len(names) > 1 and draw < 0.5:
            return names[0], "^".join(names), "专利权人^共同专利权人"
        if draw < 0.25:
            stray = self._namer.person()
            return stray, "无共同专利权人", "共同专利权人"
        if draw < 0.5 and len(names) == 1:
            return f"{names[0]}；{self._namer.person()}", names[0], "专利权人"
        k = self._rng.randrange(len(names[0]) - 1)
        return names[0][:k] + names[0][k + 1 :], names[0], "专利权人"

    def _notices(self) -> None:
        """Note a share of what the gazette lists anyway: publications, examinations, grants."""
        rng = self._rng
        for patent in self._printed:
            if patent.is_invention and patent.published is not None:
                if rng.random() < NOTICE_SHARE:
                    self._note("other", "publication", patent, patent.published, "公开")
                if rng.random() < NOTICE_SHARE:
                    gazette = next_gazette_day(
                        patent.published + dt.timedelta(days=rng.randrange(20, 200))
                    )
                    end = patent.granted or self._ended.get(patent.number)
                    if end is None or gazette < end:
                        self._examination(patent, gazette)
            if patent.granted is not None and rng.random() < NOTICE_SHARE:
                self._note("other", "grant", patent, patent.granted, "授权")

    def _examination(self, patent: Patent, gazette: dt.date) -> None:
        head = "实质审查的生效"
        if gazette.year < WORDING_B_FROM:
            self._note("other", "examination", patent, gazette, head)
            return
        text = _Text(head, patent, gazette.year)
        text.add("申请日", patent.filed)
        self._note("other", "examination", patent, gazette, text, bare=head)


def _granted_on(patent: Patent) -> dt.date:
    assert patent.granted is not None
    return patent.granted


def _published_on(patent: Patent) -> dt.date:
    assert patent.published is not None
    return patent.published


def _title_label(patent: Patent) -> str:
    return {"utility_model": "实用新型名称", "design": "外观设计名称"}.get(patent.kind, "发明名称")


def _old_pledge(what: str, step: str, day: dt.date) -> str:
    """Return the text of 2008, which names neither parties nor contract."""
    is_end = step != "生效"
    head = "专利权质押(保全)的解除" if is_end else "专利权的质押(保全)"
    label = f"{what}登记{'解除' if is_end else '生效'}日"
    return f"{_TYPES['pledge'][0]}({head})质押(保全): {label}: {loose(day)}"


def _listed(printed: str) -> list[str]:
    if printed == "无共同专利权人":
        return []
    return [name for part in printed.split("^") for name in part.split("；")]
