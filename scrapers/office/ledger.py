"""What the office knows and nobody else is told: who is where, which patent is green, who sold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from scrapers.office.dirt import DEFAULT, Dirt
from scrapers.office.geography import Site
from scrapers.office.policy import PolicyDocument

if TYPE_CHECKING:
    from scrapers.office.texts import SmallPrint

PartyKind = Literal["firm", "university", "institute", "government", "person"]
PatentKind = Literal["invention", "pct_invention", "utility_model", "design"]
Preset = Literal["realistic", "recovery"]
Shares = Literal["enriched", "natural"]

OUTSIDE = -1  # node of whoever sits outside the country's 341 cities


@dataclass(slots=True, eq=False)
class Party:
    """An applicant: an organisation or a natural person, with its true place in time.

    ``homes`` holds ``(first day, node, site)`` in order; ``names`` holds ``(first day, name)``.
    ``outside`` is the printed country and region of a party without a node.
    """

    number: int
    kind: PartyKind
    names: list[tuple[dt.date, str]]
    homes: list[tuple[dt.date, int, Site | None]]
    place_in_name: int | None = None  # node whose name stands in the party's name
    outside: str = ""
    parent: Party | None = None
    is_misleading: bool = False  # the name tells of another place than where it sits
    misleads_to: tuple[int, ...] = ()  # nodes that a reader may take from such a name

    def node_on(self, day: dt.date) -> int:
        """Return the node of a day, ``OUTSIDE`` when it has none."""
        return self._home(day)[1]

    def site_on(self, day: dt.date) -> Site | None:
        """Return the site of a day."""
        return self._home(day)[2]

    def name_on(self, day: dt.date) -> str:
        """Return the name of a day."""
        found = self.names[0][1]
        for first, name in self.names:
            if first <= day:
                found = name
        return found

    def _home(self, day: dt.date) -> tuple[dt.date, int, Site | None]:
        found = self.homes[0]
        for home in self.homes:
            if home[0] <= day:
                found = home
        return found


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the classification with the truth about it."""

    symbol: str  # 'H02J 3/38'
    version: str
    first_year: int
    weight: int
    subject: str
    topics: tuple[tuple[str, str], ...]  # (topic, category of the paper), none when not green

    @property
    def is_paper7(self) -> bool:
        """Whether the symbol belongs to one of the paper's seven classes."""
        return any(category for _, category in self.topics)

    @property
    def printed(self) -> str:
        """The symbol as the gazette prints it, without the I or N behind it."""
        return f"{self.symbol.replace(' ', '')}({self.version})"


@dataclass(slots=True, eq=False)
class Publication:
    """One record of the gazette."""

    source: str
    day: dt.date
    applicants: list[Party]
    names: list[str]
    publication_no: str = ""
    seq: int = 0
    address: str = ""
    is_address_ambiguous: bool = False
    application_no: str = ""  # as printed
    filed: str = ""  # as printed, ISO
    read_names: list[str] = field(default_factory=list)  # what a reader can make of the names
    positions: list[int] = field(default_factory=list)  # where each applicant is printed, from 1
    forms: dict[int, str] = field(default_factory=dict)  # kind of damage of a name, by index


@dataclass(slots=True, eq=False)
class Damage:
    """One value that is printed otherwise than it should be; ``decidable``: can it be made good."""

    record: str  # publication, event, policy_document
    key: str
    application_no: str
    field: str
    position: int
    kind: str
    true_value: str
    printed_value: str
    decidable: bool


@dataclass(slots=True, eq=False)
class Patent:
    """One application and what became of it."""

    number: int
    kind: PatentKind
    filed: dt.date
    published: dt.date | None
    granted: dt.date | None
    applicants: list[Party]
    nodes: list[int]  # node of every applicant on the filing day
    symbols: list[Symbol]
    design_class: str = ""
    inventors: list[str] = field(default_factory=list)
    application_no: str = ""
    address: str = ""
    address_damage: tuple[str, ...] = ()
    is_address_ambiguous: bool = False
    publications: list[Publication] = field(default_factory=list)
    is_joint_planned: bool = False  # comes from the matching of the panel equation
    events: int = 0  # transfers so far

    @property
    def is_invention(self) -> bool:
        """Whether it is an invention (发明), by whatever route."""
        return self.kind in ("invention", "pct_invention")

    @property
    def is_paper7(self) -> bool:
        """Whether any symbol belongs to the paper's seven classes."""
        return any(s.is_paper7 for s in self.symbols)

    @property
    def cities(self) -> list[int]:
        """The distinct nodes of its applicants, in order, without places outside."""
        return sorted({n for n in self.nodes if n != OUTSIDE})


TransferType = Literal[
    "sale",
    "added_holder",
    "joint_to_single",
    "inventor_to_employer",
    "intra_group",
    "name_change",
    "address_change",
    "merger",
    "inheritance",
    "same_day_chain",
]


@dataclass(slots=True, eq=False)
class Event:
    """One legal event as the office recorded it."""

    gazette_day: dt.date
    registered: dt.date | None
    patent: Patent
    type: TransferType
    before: list[Party]
    after: list[Party]
    before_nodes: list[int]
    after_nodes: list[int]
    has_text: bool = True
    repeats: int = 1
    text: str = ""
    printed: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))  # names
    own_address: set[int] = field(default_factory=set)  # numbers of parties printed with address
    decidable: bool = True
    seq: int = 0
    text_draw: float = 1.0  # below the rate of the level the event is printed without its text
    repeat_draw: float = 1.0
    bare_text: str = ""  # the name of the event alone
    reason: str = ""  # printed behind the name of the event
    chain_id: str = ""  # the same for the events of one merger, of one chain
    application_no: str = ""  # as printed, when not the patent's
    listed_type: str = ""  # as printed, when not the usual one
    # field, kind, true value, printed value, whether it can be made good
    damage: list[tuple[str, str, str, str, bool]] = field(default_factory=list)
    # printed name: kind of damage, whether it can be read; and the true name
    forms: dict[str, tuple[str, bool]] = field(default_factory=dict)
    true_names: dict[str, str] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)  # parties whose names cannot be read


@dataclass(slots=True, eq=False)
class Proceeding:
    """A legal event that is neither transfer nor change of name or address, or a co-holder's.

    ``kind`` is what a reader should make of it (licence, pledge, preservation, termination,
    correction, holder_added, holder_dropped, other), ``subtype`` the event as the office sees it.
    ``effective``, ``reference_no``, ``item``, ``before`` and ``after`` are what the text says, and
    empty when it says nothing. ``repeats`` holds the type of every further entry of the same day.
    """

    gazette_day: dt.date
    patent: Patent
    kind: str
    subtype: str
    event_type: str
    text: str
    effective: dt.date | None = None
    reference_no: str = ""
    item: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    has_text: bool = False
    repeats: list[str] = field(default_factory=list)
    seq: int = 0
    event: Event | None = None  # the change of holders behind it
    application_no: str = ""  # as printed, when not the patent's
    bare_text_of: str = ""  # the text that was left out


@dataclass(frozen=True, slots=True)
class Texts:
    """Title, abstract, classification and small print of a patent, as its records print them."""

    title: str
    abstract: str
    ipc: list[str]
    small: SmallPrint


@dataclass(slots=True)
class CityYearTruth:
    """What the panel equation made of one city and year."""

    node: int
    year: int
    terms: dict[str, float]
    m: float
    n: int


@dataclass(slots=True)
class Ledger:
    """Everything that is true in a country."""

    seed: int
    records: int
    preset: Preset
    shares: Shares
    parties: list[Party]
    patents: list[Patent]
    events: list[Event]
    equation: list[CityYearTruth]
    coefficients: dict[str, object]
    cities: list[dict[str, str]]  # rows of the yearbook, text as printed
    provinces: list[dict[str, str]]
    texts: dict[int, Texts] = field(default_factory=dict)  # by number of the patent
    proceedings: list[Proceeding] = field(default_factory=list)
    policy: list[PolicyDocument] = field(default_factory=list)
    later_events: list[Event] = field(default_factory=list)  # drawn after everything else
    dirt: Dirt = DEFAULT
    damage: list[Damage] = field(default_factory=list)

    @property
    def holder_events(self) -> list[Event]:
        """Every event that concerns holders, names or addresses, whatever drew it."""
        own = [p.event for p in self.proceedings if p.event is not None]
        return [*self.events, *own, *self.later_events]
