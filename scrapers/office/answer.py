"""What the office answers with, before anything is sent: an answer, a listing, a way of sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a body is sent: whole, cut by a closed or reset connection, in drops, with padding.

    ``sent`` bytes go out before the connection is closed or reset; ``piece`` bytes every ``pause``
    seconds when it drips; ``padding`` bytes stand in the middle of a stream.
    """

    how: Literal["whole", "close", "reset", "drip", "stream"] = "whole"
    headers: tuple[tuple[str, str], ...] = ()
    sent: int = 0
    piece: int = 1
    pause: float = 0.0
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing before it is HTML.

    ``values`` are the fields of the form that the page echoes, ``total_field`` the one that states
    ``total``; ``fetch(other, limit, offset)`` returns rows of the same window, ``other`` being
    another source or type; ``others`` are those there are.
    """

    form: Literal["outline", "tran", "policy"]
    rows: Sequence[Any]
    values: Mapping[str, str]
    total_field: str
    total: int
    page: int
    size: int
    fetch: Callable[[str, int, int], Sequence[Any]]
    others: Sequence[str] = ()

    @property
    def pages(self) -> int:
        """Return the number of pages that the total makes."""
        return -(-self.total // self.size)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request gets: status 200 unless a fault is on or the office itself is broken."""

    state: str  # records, past_the_end, no_result, robot_check, form, table, robots, static, ...
    body: bytes
    content_type: str = HTML
    status: int = 200
    delivery: Delivery | None = None
    fault: str = ""  # for the log only
    listing: Listing | None = field(default=None, compare=False, repr=False)
