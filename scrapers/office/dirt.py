"""How damaged the records of a country are: rates of every kind of damage, by level.

A level changes what is printed and nothing else: parties, patents, events, places and days of a
country are the same at every level. Streams therefore never draw more or less because of a rate.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

DirtLevel = Literal["0", "default", "heavy"]
LEVELS: tuple[DirtLevel, ...] = ("0", "default", "heavy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """Share of the values that suffer each kind of damage.

    The first group is what every country has had from the beginning; the others are damage of real
    files that only the level ``heavy`` shows.
    """

    level: DirtLevel
    # addresses, of those it can happen to
    bare_district: float = 0.0  # a district that several cities have, without postcode
    no_postcode: float = 0.0
    no_province: float = 0.0
    no_city: float = 0.0  # of county-level units whose name is the only one of its kind
    no_county: float = 0.0
    country_prefix: float = 0.0
    # lists of applicants of a grant, of those with three or more
    reordered: float = 0.0
    coapplicant_left_out: float = 0.0
    # legal events
    transfer_without_text: float = 0.0  # of transfers outside the green network
    transfer_cut: float = 0.0  # inside the last address, of texts to 2009
    transfer_repeated: float = 0.0  # on its day, from 2010 on
    event_without_text: float = 0.0  # from 2010 on
    event_repeated: float = 0.0
    event_renamed: float = 0.0  # of 2010: again under the old name of its type
    has_corrections: bool = True  # notices that a name was misprinted
    # policy documents
    has_policy_damage: bool = True  # published twice, without number, without day of issue
    # addresses of a document
    old_district: float = 0.0  # the name before county-level city or county became a district
    former_prefecture: float = 0.0
    traditional: float = 0.0
    full_width: float = 0.0
    blanks: float = 0.0
    short_place: float = 0.0  # 江苏苏州 for 江苏省苏州市
    place_slip: float = 0.0  # one character of the city misread, county and postcode stay
    street_slip: float = 0.0
    province_only: float = 0.0
    # names of organisations in a document or event
    name_bracket_width: float = 0.0
    name_bracket_lost: float = 0.0
    name_traditional: float = 0.0
    name_blank: float = 0.0
    name_legal_form: float = 0.0  # 有限责任公司 for 有限公司 and back
    name_department: float = 0.0  # a department behind the name of a university
    name_slip: float = 0.0  # one character misread
    glued: float = 0.0  # of lists of applicants: two printed as one
    first_swapped: float = 0.0  # of lists of applicants of a grant: another one stands first
    # numbers and days
    check_digit_lost: float = 0.0
    number_slip: float = 0.0
    zero_lost: float = 0.0  # at the front of numbers from before October 2003
    filing_year_slip: float = 0.0  # a filing day after the publication
    event_number_slip: float = 0.0
    registered_late: float = 0.0  # a day of registration after the gazette day
    # events
    any_text_lost: float = 0.0
    rename_unlisted: float = 0.0
    type_name_drift: float = 0.0

    def rates(self) -> dict[str, float]:
        """Return every rate by name."""
        return {
            f.name: float(getattr(self, f.name)) for f in fields(self) if f.name != "level"
        }  # fmt: skip


_DEFAULT = Dirt(
    level="default",
    bare_district=0.003, no_postcode=0.01, no_province=0.08, no_city=0.55, no_county=0.12,
    country_prefix=0.01,
    reordered=0.08, coapplicant_left_out=0.04,
    transfer_without_text=0.12, transfer_cut=0.02, transfer_repeated=0.01,
    event_without_text=0.15, event_repeated=0.007, event_renamed=0.15,
)  # fmt: skip

DIRT: dict[DirtLevel, Dirt] = {
    "0": Dirt(level="0", has_corrections=False, has_policy_damage=False),
    "default": _DEFAULT,
    "heavy": Dirt(
        level="heavy",
        bare_district=0.015, no_postcode=0.05, no_province=0.25, no_city=0.75, no_county=0.30,
        country_prefix=0.04,
        reordered=0.20, coapplicant_left_out=0.12,
        transfer_without_text=0.30, transfer_cut=0.06, transfer_repeated=0.04,
        event_without_text=0.35, event_repeated=0.03, event_renamed=0.40,
        old_district=0.05, former_prefecture=0.05, traditional=0.03, full_width=0.03,
        blanks=0.02, short_place=0.06, place_slip=0.02, street_slip=0.02, province_only=0.005,
        name_bracket_width=0.04, name_bracket_lost=0.02, name_traditional=0.02,
        name_blank=0.01, name_legal_form=0.02, name_department=0.03,
        name_slip=0.015, glued=0.01, first_swapped=0.03,
        check_digit_lost=0.006, number_slip=0.004, zero_lost=0.03, filing_year_slip=0.004,
        event_number_slip=0.006, registered_late=0.01,
        any_text_lost=0.04, rename_unlisted=0.40, type_name_drift=0.05,
    ),
}  # fmt: skip
DEFAULT = DIRT["default"]
