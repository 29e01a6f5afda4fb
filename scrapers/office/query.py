"""What a form may ask: the small condition language of the site, read into SQL conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_DAY = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})")
_BETWEEN = re.compile(r"BETWEEN\['([^']*)','([^']*)'\]")
# OPD=BETWEEN['a','b'] | PA='%x%' | GBINDEX=1, one after another, joined by " and "
_CONDITION = re.compile(
    r"\s*(?P<field>[A-Za-z]+|申请号)\s*=\s*"
    r"(?:(?P<between>BETWEEN\['[^']*','[^']*'\])|'(?P<text>[^']*)'|(?P<number>\d+))"
    r"\s*(?P<join>\band\b|$)",
    re.IGNORECASE,
)
_LIST_COLUMNS = {"PA": "applicants", "IN": "inventors"}
_TEXT_COLUMNS = {
    "TI": "title",
    "AN": "application_no",
    "申请号": "application_no",
    "PNM": "publication_no",
    "AR": "address",
}


class QueryError(ValueError):
    """A condition that the site cannot read; it answers with the error page."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from ``first`` to ``last`` as ISO dates, both included."""

    first: str
    last: str

    def months(self) -> tuple[str, str]:
        """Return the first and the last month (``YYYY-MM``) that the window touches."""
        return self.first[:7], self.last[:7]


@dataclass(frozen=True, slots=True)
class Where:
    """A readable ``strWhere``: the window, if it has one, and further SQL conditions."""

    window: Window | None
    clauses: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def is_window_only(self) -> bool:
        """Return whether nothing but gazette days is asked for, so that counters make sense."""
        return self.window is not None and not self.clauses


def parse_window(text: str) -> Window:
    """Read ``BETWEEN['2019.07.01','2019.07.31']``.

    Parameters
    ----------
    text : str
        Value of ``strDate``, or of ``OPD`` in ``strWhere``.

    Returns
    -------
    Window

    Raises
    ------
    QueryError
        If the text has another form, a day does not exist or the last day precedes the first.
    """
    match = _BETWEEN.fullmatch(text.strip())
    if match is None:
        raise QueryError(f"not a window: {text!r}")
    first, last = (_iso(day) for day in match.groups())
    if last < first:
        raise QueryError(f"window ends before it begins: {text!r}")
    return Window(first, last)


def parse_days(first: str, last: str) -> Window:
    """Read two ISO days of a query, ``from`` and ``until``.

    Raises
    ------
    QueryError
        If one is no day, or the last precedes the first.
    """
    for day in (first, last):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII) is None:
            raise QueryError(f"not a day (YYYY-MM-DD): {day!r}")
        _iso(day.replace("-", "."))
    if last < first:
        raise QueryError(f"window ends before it begins: {first}, {last}")
    return Window(first, last)


def parse_where(text: str) -> Where:
    """Read a ``strWhere`` of conditions joined by ``and``.

    Parameters
    ----------
    text : str
        ``OPD=BETWEEN['a','b']`` or ``OPD='a'`` (公布公告日), ``PA`` (申请人), ``IN`` (发明人),
        ``TI`` (名称), ``AN`` or ``申请号``, ``PNM`` (公布公告号), ``AR`` (地址); ``%`` stands for
        any text. ``GBINDEX=1`` is accepted and means nothing here.

    Returns
    -------
    Where

    Raises
    ------
    QueryError
        If anything in the text is not one of these, or a field is asked twice.
    """
    window: Window | None = None
    clauses: list[str] = []
    arguments: list[str] = []
    seen: set[str] = set()
    position = 0
    while True:
        match = _CONDITION.match(text, position)
        if match is None:
            raise QueryError(f"cannot read strWhere at {text[position : position + 40]!r}")
        field = match["field"].upper()
        if field in seen:
            raise QueryError(f"{field} asked twice")
        seen.add(field)
        value = match["text"]
        if field == "OPD" and match["between"]:
            window = parse_window(match["between"])
        elif field == "OPD" and value:
            window = Window(_iso(value), _iso(value))
        elif field == "GBINDEX" and match["number"]:
            pass
        elif field in _LIST_COLUMNS and value:
            clauses.append(
                f"EXISTS (SELECT 1 FROM json_each({_LIST_COLUMNS[field]}) AS item "
                "WHERE item.value LIKE ? ESCAPE '\\')"
            )
            arguments.append(_pattern(value))
        elif field in _TEXT_COLUMNS and value:
            column = _TEXT_COLUMNS[field]
            if "%" in value:
                clauses.append(f"{column} LIKE ? ESCAPE '\\'")
                arguments.append(_pattern(value))
            else:
                clauses.append(f"{column} = ?")
                arguments.append(value)
        else:
            raise QueryError(f"cannot read condition {match[0]!r}")
        position = match.end()
        if not match["join"]:
            break
    if position != len(text):
        raise QueryError(f"cannot read strWhere at {text[position:]!r}")
    return Where(window, tuple(clauses), tuple(arguments))


def _pattern(value: str) -> str:
    # only "%" is a wildcard of the site; SQLite also knows "_"
    return value.replace("\\", "\\\\").replace("_", "\\_")


def _iso(day: str) -> str:
    match = _DAY.fullmatch(day.strip())
    if match is None:
        raise QueryError(f"not a day (YYYY.MM.DD): {day!r}")
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError as error:
        raise QueryError(f"no such day: {day!r}") from error
