"""Arithmetic checks of printed tables: what a reader can prove from the numbers alone.

Every number is read as the interval that its printed digits stand for, so that a finding never
rests on rounding. The checks are those of the paper's requirements (T-01 to T-11 and the defects
D-..), and run on any tables of the same layout, printed or ours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl

from analysis.errors import AnalysisError
from analysis.frames import Frame, as_polars, require_columns

Verdict = Literal["fail", "undecidable", "note"]

COLUMNS = ("table", "column", "variable", "statistic", "value")

_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_DEGREES = {"DC": "extensive", "dc_out": None, "dc_in": None}
_CENTRALITIES = ("DC", "BC", "dc_out", "dc_in", "bc")
_DUMMIES = ("HSR", "low_carbon", "carbon_trade", "innovative")
_POSITIVE = ("ins", "fin")
_PROVINCIAL = ("ln_tech", "zts", "gjs", "rps", "qrate")
# What exp(maximum) of a natural logarithm can be, in the unit that the name promises.
_PLAUSIBLE_MAXIMUM = {
    "ln_pgdp": (2e4, 2e6, "GDP per head in yuan", "total_for_per_head", "D-06"),
    "ln_fdi": (1e5, 1e8, "foreign direct investment in 10,000 US dollars", "log_base", "D-07"),
    "ln_tech": (1e4, 1e9, "technology market turnover in 10,000 yuan", "ratio_for_log", "D-08"),
}
_LABELS = {"extensive": ("拓展", "扩展", "广延"), "intensive": ("集约",)}


@dataclass(frozen=True, slots=True)
class Interval:
    """What a printed number stands for: half a unit of its last digit to either side."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2

    def holds(self, value: float) -> bool:
        """Whether a value can have been rounded to this number."""
        slack = 1e-9 * max(1.0, abs(value))
        return self.low - slack <= value <= self.high + slack

    def holds_integer(self) -> bool:
        """Whether an integer lies in the interval."""
        return math.floor(self.high + 1e-9) >= math.ceil(self.low - 1e-9)

    def times(self, factor: float) -> Interval:
        """The interval of a multiple."""
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(ends[0], ends[1])


def printed(text: Any) -> Interval | None:
    """Read a printed number; None for what is none.

    A float that was never printed stands for itself, give or take nine significant digits.
    """
    if text is None:
        return None
    if isinstance(text, int) and not isinstance(text, bool):
        return Interval(float(text), float(text))
    if isinstance(text, float):
        slack = abs(text) * 1e-9
        return Interval(text - slack, text + slack) if math.isfinite(text) else None
    word = str(text).strip().replace("−", "-").replace(",", "").rstrip("%")
    if not _NUMBER.match(word):
        return None
    value = float(word)
    mantissa, _, exponent = word.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    if digits == 0 and not exponent:
        return Interval(value, value)
    half = 0.5 * 10.0 ** (int(exponent or 0) - digits)
    return Interval(value - half, value + half)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the audit.

    Attributes
    ----------
    check : str
        ``T-..`` of the requirements, or the name of the check.
    defect : str or None
        ``D-..`` when it is a known defect of the paper's printed tables.
    table, row, column : str
    year : int or None
    printed, computed : str
    verdict : {"fail", "undecidable", "note"}
        ``note`` marks what a reader has to know although no arithmetic contradicts it.
    """

    check: str
    defect: str | None
    table: str
    row: str
    column: str
    year: int | None
    printed: str
    computed: str
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Mapping with exactly these nine keys."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AuditRules:
    """What the text of a paper states, and the checks need.

    Attributes
    ----------
    universe : int
        Cities that the paper says it has; a city has at most one less partners.
    active_nodes : int or None
        Most nodes that can be active in one year, for the bound of betweenness; None skips it.
    stars : tuple of float
        Levels of ``*``, ``**`` and ``***``.
    """

    universe: int = 278
    active_nodes: int | None = None
    stars: tuple[float, float, float] = (0.10, 0.05, 0.01)


class _Tables:
    """Values by table, column, variable and statistic, as printed and as intervals."""

    def __init__(self, frame: Frame) -> None:
        table = as_polars(frame)
        require_columns(table, COLUMNS)
        self.texts: dict[tuple[str, str, str, str], Any] = {}
        for row in table.select(COLUMNS).iter_rows():
            name, column, variable, statistic = (str(part) for part in row[:4])
            key = (_table_name(name), column, variable, statistic)
            if key in self.texts:
                raise AnalysisError(f"value given twice: {', '.join(key)}")
            self.texts[key] = row[4]
        self.values = {
            key: value for key, text in self.texts.items() if (value := printed(text)) is not None
        }
        for key, text in self.texts.items():
            numeric = key[3] in {"count", "percent", "N", "mean", "sd", "min", "max", "coef", "se"}
            if numeric and key not in self.values and text not in (None, "", "——", "-", "—"):
                raise AnalysisError(f"no number: {text!r} at {', '.join(key)}")

    def columns(self, table: str) -> list[str]:
        return list(dict.fromkeys(key[1] for key in self.texts if key[0] == table))

    def variables(self, table: str, column: str | None = None) -> list[str]:
        return list(
            dict.fromkeys(
                key[2]
                for key in self.texts
                if key[0] == table and (column is None or key[1] == column)
            )
        )

    def get(self, table: str, column: str, variable: str, statistic: str) -> Interval | None:
        return self.values.get((table, column, variable, statistic))

    def text(self, table: str, column: str, variable: str, statistic: str) -> str:
        value = self.texts.get((table, column, variable, statistic))
        return "" if value is None else str(value)


def audit_tables(values: Frame, rules: AuditRules | None = None) -> tuple[Finding, ...]:
    """Check tables 1 to 5 in long format against arithmetic (表格核验).

    Parameters
    ----------
    values : polars or pandas DataFrame
        Columns ``table`` (``table1`` ... ``table5``, any prefix), ``column``, ``variable``,
        ``statistic``, ``value``; values as printed text, so that their digits are known, or
        numbers. The layout is that of the paper's tables; tables may be absent.
    rules : AuditRules, optional

    Returns
    -------
    tuple of Finding
        Contradictions (``fail``), what rounding leaves open (``undecidable``) and what a reader has
        to know (``note``), in the order of the tables; what holds is not listed.

    Raises
    ------
    AnalysisError
        If a column is missing, a value stands twice, or a number cannot be read.
    """
    tables = _Tables(values)
    stated = rules or AuditRules()
    found: list[Finding] = []
    found += _table1(tables, stated)
    found += _table2(tables, stated)
    for name in ("table3", "table4"):
        found += _regressions(tables, stated, name)
    found += _table5(tables, stated)
    found += _samples(tables)
    return tuple(found)


def _table_name(name: str) -> str:
    match = re.search(r"table_?(\d)", name)
    return f"table{match.group(1)}" if match else name


def _show(value: float) -> str:
    return f"{value:.6g}"


# Table 1: partners of one city -----------------------------------------------------------------


def _table1(tables: _Tables, rules: AuditRules) -> Iterator[Finding]:
    years = sorted(
        {key[1] for key in tables.texts if key[0] == "table1" and key[1].isdigit()}, key=int
    )

    def count(year: str, variable: str) -> float | None:
        value = tables.get("table1", year, variable, "count")
        return None if value is None else value.middle

    def finding(check: str, defect: str | None, year: str, **texts: str) -> Finding:
        return Finding(
            check=check, defect=defect, table="table1", row=texts["row"], column=year,
            year=int(year), printed=texts["printed"], computed=texts["computed"], verdict="fail",
        )  # fmt: skip

    for year in years:
        before = str(int(year) - 1)
        c, x, z, t = (count(year, name) for name in ("C_n", "X_n", "Z_n", "T_n"))
        last = count(before, "C_n")
        if None not in (c, x, z) and c != x + z:  # type: ignore[operator]
            yield finding(
                "T-01", "D-01", year, row="C_n = X_n + Z_n", printed=f"{c:.0f}",
                computed=f"{x:.0f} + {z:.0f} = {x + z:.0f}",  # type: ignore[operator]
            )  # fmt: skip
        if None not in (last, x, t) and last != x + t:  # type: ignore[operator]
            yield finding(
                "T-01", "D-01", year, row="C_{n-1} = X_n + T_n", printed=f"{last:.0f}",
                computed=f"{x:.0f} + {t:.0f} = {x + t:.0f}",  # type: ignore[operator]
            )  # fmt: skip
        if c is not None and last is not None and x is not None:
            union = last + c - x
            if union > rules.universe - 1:
                yield finding(
                    "T-02", "D-24", year, row="C_{n-1} + C_n - X_n",
                    printed=f"{last:.0f} + {c:.0f} - {x:.0f}",
                    computed=f"{union:.0f} partners of at most {rules.universe - 1}",
                )  # fmt: skip
        for name, size in (("C_n", c), ("X_n", x), ("Z_n", z), ("T_n", t)):
            if size is not None and (size < 0 or size > rules.universe - 1 or size % 1):
                yield finding(
                    "count_in_range", None, year, row=name, printed=f"{size:g}",
                    computed=f"an integer between 0 and {rules.universe - 1}",
                )  # fmt: skip
        shares = (
            ("X_n/C_n", x, c, {"C_{n-1}": last}),
            ("Z_n/C_n", z, c, {"C_{n-1}": last}),
            ("T_n/C_{n-1}", t, last, {"C_n": c}),
        )
        for name, part, whole, others in shares:
            share = tables.get("table1", year, name, "percent")
            if share is None or part is None or not whole:
                continue
            true = 100 * part / whole
            if share.holds(true):
                continue
            wrong = [
                label for label, other in others.items()
                if other and share.holds(100 * part / other)
            ]  # fmt: skip
            hint = f"; it is {part:.0f} over {wrong[0]}" if wrong else ""
            yield finding(
                "wrong_denominator" if wrong else "percentage", "D-02", year, row=name,
                printed=tables.text("table1", year, name, "percent"),
                computed=f"{true:.2f}{hint}",
            )  # fmt: skip


# Table 2: descriptive statistics ---------------------------------------------------------------


def _table2(tables: _Tables, rules: AuditRules) -> Iterator[Finding]:
    for column in tables.columns("table2"):
        yield from _moments(tables, column)
        yield from _labels(tables, column)
        nodes = None
        for finding, n in _degrees(tables, column, rules):
            nodes = n if n is not None else nodes
            if finding is not None:
                yield finding
        yield from _networks(tables, column, rules, nodes or rules.universe)
        yield from _meanings(tables, column, rules)
        yield from _products(tables, column)


def _finding2(
    check: str, defect: str | None, column: str, row: str, texts: tuple[str, str]
) -> Finding:
    return Finding(check, defect, "table2", row, column, None, *texts, "fail")


def _statistics(tables: _Tables, column: str, variable: str) -> dict[str, Interval]:
    names = ("N", "mean", "sd", "min", "max")
    return {
        name: value
        for name in names
        if (value := tables.get("table2", column, variable, name)) is not None
    }


def _moments(tables: _Tables, column: str) -> Iterator[Finding]:
    for variable in tables.variables("table2", column):
        s = _statistics(tables, column, variable)
        if not {"mean", "min", "max"} <= set(s):
            continue
        if s["mean"].high < s["min"].low or s["mean"].low > s["max"].high:
            yield _finding2(
                "mean_between_ends", None, column, variable,
                (_show(s["mean"].middle), f"{s['min'].middle:g} to {s['max'].middle:g}"),
            )  # fmt: skip
        if "sd" not in s or "N" not in s:
            continue
        n = s["N"].middle
        # Bhatia and Davis: the variance is at most (max - mean)(mean - min).
        room = max(0.0, s["max"].high - s["mean"].low) * max(0.0, s["mean"].high - s["min"].low)
        bound = math.sqrt(room * n / (n - 1))
        if s["sd"].low > bound * (1 + 1e-9):
            yield _finding2(
                "sd_within_bound", None, column, variable,
                (_show(s["sd"].middle), f"at most {bound:.6g}"),
            )  # fmt: skip
        if variable in _DUMMIES and s["min"].holds(0) and s["max"].holds(1):
            low, high = s["mean"].low * n, s["mean"].high * n
            if math.ceil(low - 1e-6) > math.floor(high + 1e-6):
                yield _finding2(
                    "dummy_counts_cells", None, column, variable,
                    (_show(s["mean"].middle), f"no integer between {low:.3f} and {high:.3f}"),
                )  # fmt: skip
            spreads = [
                math.sqrt(max(0.0, p * (1 - p)) * n / (n - 1))
                for p in (s["mean"].low, s["mean"].high)
            ]
            off = s["sd"].high < min(spreads) - 1e-9 or s["sd"].low > max(spreads) + 1e-9
            if off and not s["mean"].low < 0.5 < s["mean"].high:
                yield _finding2(
                    "dummy_sd", None, column, variable,
                    (_show(s["sd"].middle), f"{min(spreads):.6g} to {max(spreads):.6g}"),
                )  # fmt: skip


def _labels(tables: _Tables, column: str) -> Iterator[Finding]:
    for variable, words in _LABELS.items():
        label = tables.text("table2", column, variable, "printed_label_zh")
        strangers = [w for other, ws in _LABELS.items() if other != variable for w in ws]
        # A corrected label says both: the right word first, the printed one behind it.
        head = re.split(r"[（(]", label)[0]
        if any(word in head for word in strangers) and not any(word in head for word in words):
            yield _finding2("swapped_labels", "D-03", column, variable, (label, words[0] + "边际"))


def _degrees(
    tables: _Tables, column: str, rules: AuditRules
) -> Iterator[tuple[Finding | None, int | None]]:
    """Degree centralities times (N - 1) are integers and, for joint patents, the partners."""
    maxima = {
        name: value
        for name in _DEGREES
        if (value := tables.get("table2", column, name, "max")) is not None
    }
    if not maxima:
        return
    partners = tables.get("table2", column, "extensive", "max")
    means = (
        tables.get("table2", column, "extensive", "mean"),
        tables.get("table2", column, "DC", "mean"),
    )

    def fits(n: int) -> bool:
        if not all(value.times(n - 1).holds_integer() for value in maxima.values()):
            return False
        if partners is not None and "DC" in maxima:
            product = maxima["DC"].times(n - 1)
            if product.high < partners.low - 1e-9 or product.low > partners.high + 1e-9:
                return False
        if means[0] is not None and means[1] is not None:
            product = means[1].times(n - 1)
            return product.high >= means[0].low and product.low <= means[0].high
        return True

    if fits(rules.universe):
        yield None, rules.universe
        return
    others = [n for n in range(2, max(2000, 3 * rules.universe)) if fits(n)]
    shown = (
        f"N = {others[0]}" if len(others) == 1 else
        f"N from {others[0]} to {others[-1]}" if others else "no N"
    )  # fmt: skip
    texts = ", ".join(f"{name} {value.middle:g}" for name, value in maxima.items())
    if partners is not None:
        texts += f", extensive {partners.middle:g}"
    yield (
        _finding2(
            "T-03", "D-23", column, "degrees",
            (texts, f"impossible with N = {rules.universe}; fits {shown}"),
        ),
        others[0] if len(others) == 1 else None,
    )  # fmt: skip


def _networks(tables: _Tables, column: str, rules: AuditRules, nodes: int) -> Iterator[Finding]:
    for name in _CENTRALITIES:
        for end in ("min", "max"):
            value = tables.get("table2", column, name, end)
            if value is not None and (value.high < 0 or value.low > 1):
                yield _finding2(
                    "share_in_range", None, column, name, (f"{value.middle:g}", "between 0 and 1")
                )
    bridge = tables.get("table2", column, "BC", "max")
    if bridge is not None and rules.active_nodes is not None:
        active = rules.active_nodes
        bound = (active - 1) * (active - 2) / ((nodes - 1) * (nodes - 2))
        if bridge.low > bound + 1e-9:
            yield _finding2(
                "T-04", "D-04", column, "BC",
                (
                    f"{bridge.middle:g}",
                    f"at most {bound:.4f} with {active} active of {nodes} nodes",
                ),
            )  # fmt: skip
    gtr, out = _statistics(tables, column, "gtr"), _statistics(tables, column, "dc_out")
    if {"N", "mean", "sd", "max"} <= set(gtr) and {"mean", "sd", "max"} <= set(out):
        # With gtr >= degree everywhere, gtr^2 - degree^2 <= (gtr - degree) max(gtr + degree).
        n, m = gtr["N"].middle, nodes - 1
        squares = n * gtr["mean"].low ** 2 + (n - 1) * gtr["sd"].low ** 2
        degrees = n * (out["mean"].high * m) ** 2 + (n - 1) * (out["sd"].high * m) ** 2
        excess = n * (gtr["mean"].high - out["mean"].low * m)
        top = gtr["max"].high + out["max"].high * m
        if squares - degrees > max(excess, 0.0) * top * (1 + 1e-9) or excess < 0:
            yield _finding2(
                "T-05", "D-05", column, "gtr",
                (
                    f"mean {gtr['mean'].middle:g}, s.d. {gtr['sd'].middle:g}",
                    f"squares exceed those of the degree by {squares - degrees:.4g}, at most "
                    f"{max(excess, 0.0) * top:.4g} if every partner took a counted patent",
                ),
            )  # fmt: skip


def _meanings(tables: _Tables, column: str, rules: AuditRules) -> Iterator[Finding]:
    index = _statistics(tables, column, "er")
    for end, bad in (("min", lambda v: v.high < 0), ("max", lambda v: v.low > 1)):
        if end in index and bad(index[end]):
            yield _finding2(
                "T-06", "D-13", column, "er",
                (f"{end} {index[end].middle:g}", "a weighted mean of scores in [0, 1]"),
            )  # fmt: skip
    for name in _POSITIVE:
        low = tables.get("table2", column, name, "min")
        if low is not None and low.holds(0.0):
            yield _finding2(
                "zero_for_missing", "D-12", column, name,
                (f"min {low.middle:g}", "strictly positive where it is observed"),
            )  # fmt: skip
    for name, (lowest, highest, what, usual, defect) in _PLAUSIBLE_MAXIMUM.items():
        s = _statistics(tables, column, name)
        if "max" not in s:
            continue
        natural = math.exp(min(s["max"].middle, 700.0))
        if lowest <= natural <= highest:
            continue
        hint = f"exp(max) = {natural:.4g} is no {what}"
        check = usual
        if s["max"].high <= 1.0 and s.get("min", s["max"]).low >= -1e-9:
            check = "ratio_for_log"
            hint += ": a ratio"
        elif s["max"].middle < 300 and lowest <= 10 ** s["max"].middle <= highest:
            check = "log_base"
            hint += f"; base 10 gives {10 ** s['max'].middle:.4g}"
        for name_of_check in (check, "T-07"):
            yield _finding2(name_of_check, defect, column, name, (f"max {s['max'].middle:g}", hint))
    protection = tables.get("table2", column, "qrate", "mean")
    if protection is not None and protection.high < 0.5:
        yield _finding2(
            "sign_of_ratio", "D-09", column, "qrate",
            (f"mean {protection.middle:g}", "near 1, were it one less disputes over grants"),
        )  # fmt: skip
    rail = _statistics(tables, column, "HSR")
    if {"mean", "N"} <= set(rail):
        openings = rail["mean"].low * rail["N"].middle
        if openings > rules.universe:
            yield _finding2(
                "opening_only_once", "D-10", column, "HSR",
                (
                    f"mean {rail['mean'].middle:g}",
                    f"{openings:.0f} first openings in {rules.universe} cities: cumulative",
                ),
            )  # fmt: skip
    component = tables.get("table2", column, "dige", "mean")
    if component is not None and not component.holds(0.0):
        yield _finding2(
            "T-08", "D-11", column, "dige",
            (f"mean {component.middle:g}", "0 on the sample of the component"),
        )  # fmt: skip


def _products(tables: _Tables, column: str) -> Iterator[Finding]:
    """A product of two variables: its mean implies their correlation, its maximum a bound."""
    for check, product, left, right, defect in (
        ("T-09", "rsi", "extensive", "intensive", None),
        ("T-11", "rps", "zts", "gjs", None),
    ):
        p, a, b = (_statistics(tables, column, name) for name in (product, left, right))
        if not all({"mean", "sd", "max"} <= set(s) for s in (p, a, b)):
            continue
        spread = a["sd"].high * b["sd"].high
        low = p["mean"].low - a["mean"].high * b["mean"].high
        high = p["mean"].high - a["mean"].low * b["mean"].low
        if low > spread * 1.001 or high < -spread * 1.001:
            yield _finding2(
                check, defect, column, product,
                (
                    f"mean {p['mean'].middle:g}",
                    f"correlation {(low + high) / 2 / spread:.3f} of {left} and {right}",
                ),
            )  # fmt: skip
        if p["max"].low > a["max"].high * b["max"].high * (1 + 1e-9):
            yield _finding2(
                check, defect, column, product,
                (
                    f"max {p['max'].middle:g}",
                    f"at most {a['max'].middle:g} x {b['max'].middle:g}",
                ),
            )  # fmt: skip


# Tables 3 to 5: regressions --------------------------------------------------------------------


def _star_findings(
    tables: _Tables, rules: AuditRules, table: str, clusters: int | None
) -> Iterator[Finding]:
    """Stars against the printed coefficient over its printed error, rounding allowed for."""
    from scipy.stats import norm, t  # type: ignore[import-untyped]

    halves = [level / 2 for level in rules.stars]
    normal = [float(norm.isf(half)) for half in halves]
    student = [float(t.isf(half, clusters - 1)) for half in halves] if clusters else normal

    def stars(statistic: float, limits: Sequence[float]) -> int:
        return sum(statistic > limit for limit in limits)

    for column in tables.columns(table):
        for variable in tables.variables(table, column):
            coef = tables.get(table, column, variable, "coef")
            error = tables.get(table, column, variable, "se")
            if coef is None or error is None or error.low <= 0:
                continue
            least = 0.0 if coef.low <= 0 <= coef.high else min(abs(coef.low), abs(coef.high))
            most = max(abs(coef.low), abs(coef.high))
            given = tables.text(table, column, variable, "stars").count("*")
            ends = (least / error.high, most / error.low)
            sure = {stars(end, limits) for end in ends for limits in (normal, student)}
            possible = range(min(sure), max(sure) + 1)
            if given not in possible:
                yield Finding(
                    "stars", None, table, variable, column, None,
                    f"{coef.middle:g} ({error.middle:g}){'*' * given}",
                    f"t between {ends[0]:.3f} and {ends[1]:.3f}", "fail",
                )  # fmt: skip
            elif len(sure) > 1:
                yield Finding(
                    "stars", None, table, variable, column, None,
                    f"{coef.middle:g} ({error.middle:g}){'*' * given}",
                    f"t between {ends[0]:.3f} and {ends[1]:.3f}",
                    "undecidable",
                )  # fmt: skip


def _regressions(tables: _Tables, rules: AuditRules, table: str) -> Iterator[Finding]:
    if not tables.columns(table):
        return
    yield from _star_findings(tables, rules, table, rules.universe)
    regressors = [name for name in tables.variables(table) if name != "_model"]
    noted = [name for name in _PROVINCIAL if name in regressors]
    if noted:
        yield Finding(
            "clusters_of_regressors", "D-28", table, ", ".join(noted), "", None,
            "errors clustered by city", "the same for all cities of a province: errors too small",
            "note",
        )  # fmt: skip
    if {"zts", "gjs", "rps"} <= set(regressors):
        yield Finding(
            "interaction_with_main_effects", "D-29", table, "zts, gjs, rps", "", None,
            "main effects beside their product", "each main effect is at a value of 0 of the other",
            "note",
        )  # fmt: skip
    lagged = [column for column in tables.columns(table) if "extensive" in column]
    if lagged and "DC" in regressors:
        yield Finding(
            "lagged_outcome", "D-30", table, "DC", ", ".join(lagged), None,
            "DC of the year before as a regressor",
            "it is the lagged outcome over N - 1: a dynamic panel with unit effects", "note",
        )  # fmt: skip


def _role(columns: Sequence[str]) -> Mapping[str, str]:
    """Columns of Table 5 by what they hold; by position when their names do not tell."""
    words = {
        "main": ("杜宾", "main", "(1)"),
        "lag": ("溢出", "wx", "lag", "(2)"),
        "direct": ("直接", "direct", "(3)"),
        "indirect": ("间接", "indirect", "(4)"),
        "total": ("总效应", "total", "(5)"),
    }
    roles: dict[str, str] = {}
    for role, marks in words.items():
        for mark in marks:
            held = [
                column for column in columns
                if mark in column.lower()
                and not (mark == "direct" and "indirect" in column.lower())
                and column not in roles.values()
            ]  # fmt: skip
            if held:
                roles[role] = held[0]
                break
    return roles


def _table5(tables: _Tables, rules: AuditRules) -> Iterator[Finding]:
    columns = tables.columns("table5")
    if not columns:
        return
    yield from _star_findings(tables, rules, "table5", None)
    role = _role(columns)
    rows = [name for name in tables.variables("table5") if name not in ("rho", "_model")]

    def coef(part: str, row: str, statistic: str = "coef") -> Interval | None:
        return tables.get("table5", role[part], row, statistic) if part in role else None

    for row in rows:
        direct, indirect, total = (coef(p, row) for p in ("direct", "indirect", "total"))
        if direct is None or indirect is None or total is None:
            continue
        gap = direct.middle + indirect.middle - total.middle
        if abs(gap) > direct.half + indirect.half + total.half + 1e-9 * abs(total.middle) + 1e-12:
            yield Finding(
                "T-10", None, "table5", row, role["total"], None, f"{total.middle:g}",
                f"{direct.middle:g} + {indirect.middle:g} = {direct.middle + indirect.middle:g}",
                "fail",
            )  # fmt: skip
    rho = next((value for part in role if (value := coef(part, "rho")) is not None), None)
    if rho is None:
        return
    if abs(rho.middle) >= 1:
        yield Finding(
            "rho_in_range", None, "table5", "rho", role.get("main", ""), None, f"{rho.middle:g}",
            "between -1 and 1 with row-standardised weights", "fail",
        )  # fmt: skip
        return
    yield from _multiplier(rows, coef, rho, role)
    missing = [
        name for name in tables.variables("table3")
        if name not in (*rows, "_model", "rho")
    ]  # fmt: skip
    if missing and tables.columns("table3"):
        yield Finding(
            "left_out", "D-17", "table5", ", ".join(missing), "", None, "absent",
            "a regressor of Table 3", "fail",
        )  # fmt: skip


def _multiplier(
    rows: Iterable[str], coef: Any, rho: Interval, role: Mapping[str, str]
) -> Iterator[Finding]:
    """Totals over (delta + theta)/(1 - rho), and the one feedback that all rows share."""
    ratios: list[tuple[float, float]] = []
    feedback: list[tuple[float, float, float]] = []
    for row in rows:
        main, lag, total, direct = (coef(p, row) for p in ("main", "lag", "total", "direct"))
        if main is None or lag is None or total is None:
            continue
        error = coef("total", row, "se")
        base = main.middle + lag.middle
        if abs(base) > 20 * (main.half + lag.half):
            weight = (
                abs(total.middle) / error.middle if error is not None and error.low > 0 else 1.0
            )
            ratios.append((weight, total.middle * (1 - rho.middle) / base))
        if direct is not None and abs(rho.middle) > 0.02:
            own = coef("direct", row, "se")
            spread = own.middle if own is not None and own.low > 0 else 1.0
            feedback.append(
                (main.middle + lag.middle / rho.middle, direct.middle - main.middle, spread)
            )
    ratios.sort(reverse=True)
    best = sorted(ratio for weight, ratio in ratios[:5] if weight > 1.0)
    if len(best) >= 2:
        middle = (
            best[len(best) // 2]
            if len(best) % 2
            else (best[len(best) // 2 - 1] + best[len(best) // 2]) / 2
        )
        if not 0.85 <= middle <= 1.25:
            yield Finding(
                "row_standardised", None, "table5", "all", role["total"], None,
                f"total over (delta + theta)/(1 - rho) is {middle:.3f}",
                "1, up to the inflation of simulated means, with row-standardised weights", "fail",
            )  # fmt: skip
    weight = sum((x / s) ** 2 for x, _, s in feedback)
    if feedback and weight > 0:
        epsilon = sum(x * y / s**2 for x, y, s in feedback) / weight
        yield Finding(
            "feedback_of_weights", None, "table5", "all", role.get("direct", ""), None,
            "", f"mean diagonal of (I - rho W)^-1 less one: {epsilon:.4f}", "note",
        )  # fmt: skip


def _samples(tables: _Tables) -> Iterator[Finding]:
    """One lag costs one year of every city."""
    sizes = [
        value.middle for key, value in tables.values.items() if key[0] == "table2" and key[3] == "N"
    ]
    years = len({key[1] for key in tables.texts if key[0] == "table1" and key[1].isdigit()})
    if len(set(sizes)) > 1:
        yield Finding(
            "same_sample", None, "table2", "N", "", None,
            f"{min(sizes):.0f} to {max(sizes):.0f}", "one number of cells", "fail",
        )  # fmt: skip
    if not sizes or years < 2:
        return
    cells = sizes[0]
    if cells % years:
        yield Finding(
            "cells_are_cities_by_years", None, "table2", "N", "", None, f"{cells:.0f}",
            f"no multiple of {years} years", "fail",
        )  # fmt: skip
        return
    expected = cells / years * (years - 1)
    for table in ("table3", "table4", "table5"):
        for column in tables.columns(table):
            value = tables.get(table, column, "_model", "N")
            if value is not None and not value.holds(expected):
                yield Finding(
                    "observations_after_one_lag", None, table, "N", column, None,
                    f"{value.middle:.0f}", f"{cells / years:.0f} x {years - 1} = {expected:.0f}",
                    "fail",
                )  # fmt: skip


def read_paper(frame: Frame) -> pl.DataFrame:
    """Bring a table of values to the names that `audit_tables` reads.

    ``table_name`` and ``column_label`` (the seed) are accepted for ``table`` and ``column``.
    """
    table = as_polars(frame)
    renamed = {"table_name": "table", "column_label": "column"}
    return table.rename({old: new for old, new in renamed.items() if old in table.columns})
