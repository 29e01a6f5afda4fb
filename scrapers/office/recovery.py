"""World A: a country whose panel equation is known and can be found again in its records.

Sequential in time, so that lagged regressors are predetermined. Solo patents, sales and everything
exogenous are drawn without looking at the outcome; counts of joint patents come from
mean-preserving stochastic rounding, so that an equation linear in ``ln(1 + n)`` holds for integers;
the counts become stubs, and stubs are paired. Degree and betweenness have no effect unless asked
for: with one they could not be told apart from persistence.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from scrapers.office.geography import nodes
from scrapers.office.numbers import FIRST_YEAR
from scrapers.office.world import country_gravity, poisson, round_preserving
from scrapers.office.yearbook import YEARS, Exogenous, draw_exogenous

COEFFICIENTS: dict[str, float] = {
    "hsr": 0.15,
    "low_carbon": 0.08,
    "carbon_trade": 0.10,
    "innovative": 0.10,
    "dige_lag": 0.061,
    "er_lag": 0.0,
    "ln_solo_lag": 0.126,
    "ln_gtr_lag": 0.129,
}
"""Planted effects; ``_lag`` is the value of the year before."""

SHOCK_SD = 0.30
_LEVEL = 1.40  # of the mean equation, high enough that hardly a cell is censored
_TREND, _YEAR_SD = 0.02, 0.05
_CITY_SLOPE, _CITY_SD = 0.10, 0.20
_SOLO, _SOLO_GROWTH = 3.2, 1.03  # granted solo patents of a city and year
_SALES = 0.55  # sales per solo patent of the year
_PENDING, _PENDING_SALES = 0.6, 0.15
_TRIPLES = 0.02  # of pairs
_SPREAD = 45.0  # how far apart in the order of codes partners sit, in cities


@dataclass(frozen=True, slots=True)
class Sale:
    """A green invention that moves from one city to another; ``is_granted`` at that time."""

    year: int
    seller: int
    buyer: int
    is_granted: bool


@dataclass(frozen=True, slots=True)
class World:
    """One draw of World A; tables have one row per node and one value per year of `YEARS`.

    Attributes
    ----------
    seed
    alpha_degree
        Planted effect of degree centrality of the year before.
    autocorrelation
        Of the shocks.
    exogenous
    terms
        Every regressor of the equation and ``city_effect``, ``year_effect``, ``shock``.
    m
        Mean of ``ln(1 + n)``; below zero the count is censored.
    drawn
        Counts of joint-patent stubs as they were rounded.
    counts
        The same after the parity of the year was made even: the true rsi.
    groups
        By year: the cities of every joint patent, two or three.
    solo
        Granted patents with one applicant.
    pending
        Green applications with one applicant that are never granted.
    sales
    """

    seed: int
    alpha_degree: float
    autocorrelation: float
    exogenous: Exogenous
    terms: dict[str, list[list[float]]]
    m: list[list[float]]
    drawn: list[list[int]]
    counts: list[list[int]]
    groups: list[list[tuple[int, ...]]]
    solo: list[list[int]]
    pending: list[list[int]]
    sales: list[Sale]

    def share_censored(self, sample: list[int]) -> float:
        """Return the share of city-years of a sample whose mean is below zero."""
        cells = [self.m[n][t] < 0.0 for n in sample for t in range(1, len(YEARS))]
        return sum(cells) / len(cells)


def draw_world(seed: int, *, alpha_degree: float = 0.0, autocorrelation: float = 0.0) -> World:
    """Draw World A.

    Parameters
    ----------
    seed
        Seed of every stream.
    alpha_degree
        Effect of degree centrality of the year before; 0 in the preset, and nothing is claimed
        about it otherwise. From about 3 on the loop would explode.
    autocorrelation
        First-order autocorrelation of the shocks, 0 in the preset.

    Returns
    -------
    World

    Raises
    ------
    ValueError
        If the effect of degree or the autocorrelation is outside what a stable loop allows.
    """
    if not 0.0 <= alpha_degree <= 3.0:
        raise ValueError(f"the effect of degree lies between 0 and 3, not {alpha_degree}")
    if not -1.0 < autocorrelation < 1.0:
        raise ValueError(f"an autocorrelation lies between -1 and 1, not {autocorrelation}")

    def stream(name: str) -> random.Random:
        return random.Random(f"greenties:{seed}:recovery {name}")

    exogenous = draw_exogenous(stream("exogenous"), fdi_gaps=0.0)
    size, country = exogenous.size, nodes()
    years = range(len(YEARS))
    root = [math.sqrt(s) for s in size]
    share = [r * len(root) / sum(root) for r in root]
    solo_rng = stream("solo")
    solo = [[poisson(solo_rng, _SOLO * s * _SOLO_GROWTH**t) for t in years] for s in share]
    pending = [[poisson(solo_rng, _PENDING * s) for _ in years] for s in share]
    sales = _draw_sales(stream("sales"), solo, pending, share)
    gtr = [[0] * len(YEARS) for _ in country]
    for sale in sales:
        if sale.is_granted:
            gtr[sale.seller][sale.year - FIRST_YEAR] += 1
    er = environment_index(exogenous.city_rows)

    effects = stream("effects")
    log_size = [math.log(s) for s in size]
    centre = sum(log_size) / len(log_size)
    city = [_CITY_SLOPE * (x - centre) + effects.gauss(0.0, _CITY_SD) for x in log_size]
    year_effect = [_LEVEL + _TREND * t + effects.gauss(0.0, _YEAR_SD) for t in years]
    shock = _shocks(stream("shocks"), len(country), autocorrelation)

    def since(first: int | None) -> list[float]:
        return [float(first is not None and first <= year) for year in YEARS]

    def before(rows: list[list[float]]) -> list[list[float]]:
        # The first year has no year before it; it is not in any regression with lags.
        return [[row[max(0, t - 1)] for t in years] for row in rows]

    terms: dict[str, list[list[float]]] = {
        "hsr": [since(n.hsr_year) for n in country],
        "low_carbon": [since(n.low_carbon_year) for n in country],
        "carbon_trade": [since(n.carbon_trade_year) for n in country],
        "innovative": [since(n.innovative_year) for n in country],
        "dige_lag": before(exogenous.dige),
        "er_lag": before(er),
        "ln_solo_lag": before([[math.log1p(k) for k in row] for row in solo]),
        "ln_gtr_lag": before([[math.log1p(k) for k in row] for row in gtr]),
        "city_effect": [[c] * len(YEARS) for c in city],
        "year_effect": [list(year_effect) for _ in country],
        "shock": shock,
    }
    rounding, pairing = stream("rounding"), stream("pairing")
    degree = [0.0] * len(country)
    m: list[list[float]] = [[] for _ in country]
    drawn: list[list[int]] = [[] for _ in country]
    counts: list[list[int]] = [[] for _ in country]
    terms["copatent_degree_lag"] = [[] for _ in country]
    groups = []
    for t in years:
        for n in range(len(country)):
            value = sum(b * terms[name][n][t] for name, b in COEFFICIENTS.items())
            value += city[n] + year_effect[t] + shock[n][t] + alpha_degree * degree[n]
            m[n].append(value)
            drawn[n].append(round_preserving(rounding, value))
            terms["copatent_degree_lag"][n].append(degree[n])
        stubs = [drawn[n][t] for n in range(len(country))]
        made = pair_stubs(pairing, stubs)
        groups.append(made)
        partners: list[set[int]] = [set() for _ in country]
        for group in made:
            for a in group:
                partners[a].update(b for b in group if b != a)
        for n, count in enumerate(stubs):
            counts[n].append(count)
            degree[n] = len(partners[n]) / (len(country) - 1)
    return World(
        seed, alpha_degree, autocorrelation, exogenous, terms, m, drawn, counts, groups, solo,
        pending, sales,
    )  # fmt: skip


def _shocks(rng: random.Random, n: int, autocorrelation: float) -> list[list[float]]:
    rows = []
    for _ in range(n):
        value = rng.gauss(0.0, SHOCK_SD)
        row = [value]
        for _ in YEARS[1:]:
            fresh = rng.gauss(0.0, SHOCK_SD * math.sqrt(1.0 - autocorrelation**2))
            value = autocorrelation * value + fresh
            row.append(value)
        rows.append(row)
    return rows


def _draw_sales(
    rng: random.Random, solo: list[list[int]], pending: list[list[int]], share: list[float]
) -> list[Sale]:
    """Draw who sells to whom: a directed gravity process that knows nothing of joint patents.

    What is sold in a year was granted, or published, before it, and is sold once.
    """
    near = country_gravity().rows
    into = [list(accumulate(s * g for s, g in zip(share, row, strict=True))) for row in near]
    stock = [0] * len(solo)
    waiting = [0] * len(solo)
    sales = []
    for t, year in enumerate(YEARS):
        for seller in range(len(solo)):
            for is_granted, held, mean in (
                (True, stock, _SALES * _SOLO * share[seller]),
                (False, waiting, _PENDING_SALES * share[seller]),
            ):
                for _ in range(min(poisson(rng, mean), held[seller])):
                    held[seller] -= 1
                    cumulated = into[seller]
                    buyer = bisect_left(cumulated, rng.random() * cumulated[-1])
                    if buyer != seller:
                        sales.append(Sale(year, seller, buyer, is_granted))
                    else:  # a bound of the sum: back into stock
                        held[seller] += 1
        for n in range(len(solo)):
            stock[n] += solo[n][t]
            waiting[n] += pending[n][t]
    return sales


def pair_stubs(rng: random.Random, stubs: list[int]) -> list[tuple[int, ...]]:
    """Return groups of two or three cities such that each stands in as many pairs as it has stubs.

    Partners are found near each other in the order of codes, that is, often in one province.

    Parameters
    ----------
    rng
    stubs
        Stubs by city; one more is given to a city when their number is odd.

    Raises
    ------
    ValueError
        If a city has more stubs than all others together.
    """
    if sum(stubs) % 2:
        stubs[rng.randrange(len(stubs))] += 1
    if 2 * max(stubs) > sum(stubs):
        raise ValueError("a city has more stubs than all others together: nothing to pair with")
    left = list(stubs)
    groups: list[tuple[int, ...]] = []
    for _ in range(round(_TRIPLES * sum(stubs) / 2)):
        start = rng.randrange(len(left))
        chosen = [n for n in (start, *_around(rng, start, len(left))) if left[n] > 1]
        trio = tuple(dict.fromkeys(chosen))
        if len(trio) == 3:
            groups.append(tuple(sorted(trio)))
            for n in trio:
                left[n] -= 2
    keyed = sorted(
        (n + rng.gauss(0.0, _SPREAD), n) for n, count in enumerate(left) for _ in range(count)
    )
    ends = [n for _, n in keyed]
    pairs = [(ends[k], ends[k + 1]) for k in range(0, len(ends), 2)]
    for k, (a, b) in enumerate(pairs):
        if a != b:
            continue
        # A city cannot be its own partner: both take an end of another pair.
        while True:
            other = rng.randrange(len(pairs))
            c, d = pairs[other]
            if a not in (c, d):
                break
        pairs[k], pairs[other] = (a, c), (a, d)
    return groups + [(min(p), max(p)) for p in pairs]


def _around(rng: random.Random, start: int, n: int) -> tuple[int, int]:
    return (
        (start + rng.randrange(1, 40)) % n,
        (start + rng.randrange(1, 40)) % n,
    )


ENVIRONMENT = (
    "so2_removal", "cod_removal", "solid_waste_use", "sewage_treatment",
    "household_waste_treatment",
)  # fmt: skip


def environment_index(city_rows: list[dict[str, str]]) -> list[list[float]]:
    """Return the index of environmental regulation (环境规制), one row per node.

    Entropy weights on five rates scaled by their range over all cities and years. Gaps of a rate
    are interpolated between years of the city, ends follow its least-squares line and stay between
    0 and 100.
    """
    order = {node.code: n for n, node in enumerate(nodes())}
    index = [[0.0] * len(YEARS) for _ in nodes()]
    weights = 0.0
    for name in ENVIRONMENT:
        table: list[list[float | None]] = [[None] * len(YEARS) for _ in nodes()]
        for row in city_rows:
            if row[name]:
                table[order[row["adcode"]]][int(row["year"]) - FIRST_YEAR] = float(row[name])
        full = [_filled(row) for row in table]
        low, high = min(map(min, full)), max(map(max, full))
        scaled = [[(x - low) / (high - low) for x in row] for row in full]
        mass = math.fsum(x for row in scaled for x in row)
        shares = [x / mass for row in scaled for x in row]
        entropy = -math.fsum(p * math.log(p) for p in shares if p > 0.0) / math.log(len(shares))
        weights += 1.0 - entropy
        for n, own in enumerate(scaled):
            for t, x in enumerate(own):
                index[n][t] += (1.0 - entropy) * x
    return [[x / weights for x in row] for row in index]


def _filled(row: list[float | None]) -> list[float]:
    known = [(t, x) for t, x in enumerate(row) if x is not None]
    if len(known) < 2:
        raise ValueError("a city with fewer than two values of a rate has no line to follow")
    middle = sum(t for t, _ in known) / len(known)
    level = math.fsum(x for _, x in known) / len(known)
    slope = math.fsum((t - middle) * x for t, x in known)
    slope /= math.fsum((t - middle) ** 2 for t, _ in known)
    filled = []
    for t, own in enumerate(row):
        if own is not None:
            filled.append(own)
            continue
        earlier = [pair for pair in known if pair[0] < t]
        later = [pair for pair in known if pair[0] > t]
        if earlier and later:
            (t0, x0), (t1, x1) = earlier[-1], later[0]
            filled.append(x0 + (x1 - x0) * (t - t0) / (t1 - t0))
        else:
            filled.append(min(100.0, max(0.0, level + slope * (t - middle))))
    return filled
