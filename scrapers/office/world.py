"""World A: the joint patents of every city and year, from a panel equation whose truth is known.

Sequential in time, so that lagged regressors are predetermined; counts come from mean-preserving
stochastic rounding, so that a linear equation in ln(1 + n) holds for integers; the counts become
stubs, and stubs are matched to pairs (and now and then to groups of three) with gravity weights.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from scrapers.office.geography import Node, distance_km, nodes
from scrapers.office.ledger import Preset

# Planted coefficients. Degree centrality is never planted in `recovery`: it cannot be told apart
# from persistence there.
COEFFICIENTS: dict[Preset, dict[str, float]] = {
    "recovery": {
        "hsr": 0.15,
        "innovative": 0.10,
        "dige_lag": 0.061,
        "ln_solo_lag": 0.126,
        "ln_gtr_lag": 0.129,
        "copatent_degree_lag": 0.0,
        "copatent_betweenness_lag": 0.0,
    },
    "realistic": {
        "hsr": 0.15,
        "innovative": 0.10,
        "dige_lag": 0.061,
        "ln_solo_lag": 0.126,
        "ln_gtr_lag": 0.129,
        "copatent_degree_lag": 1.0,
        "copatent_betweenness_lag": 0.0,
    },
}
SHOCK_SD: dict[Preset, float] = {"recovery": 0.30, "realistic": 0.20}


def poisson(rng: random.Random, mean: float) -> int:
    """Return a Poisson draw; large means are split, so that no term underflows."""
    total = 0
    while mean > 20.0:
        # A sum of independent Poisson draws is one.
        total += poisson(rng, 20.0)
        mean -= 20.0
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return total + count


def round_preserving(rng: random.Random, m: float) -> int:
    """Return an integer ``n`` with ``E[ln(1 + n)] = m`` exactly, for ``m`` above zero.

    ``n`` is the floor or the ceiling of ``exp(m) - 1``; below zero the count is zero and the
    equation is censored.
    """
    if m <= 0.0:
        return 0
    low = math.floor(math.exp(m) - 1.0)
    a, b = math.log1p(low), math.log1p(low + 1)
    if not a <= m <= b:  # exp and log may disagree in the last digit at an integer
        return round(math.exp(m) - 1.0)
    return low + 1 if rng.random() < (m - a) / (b - a) else low


def fixed_effects(rng: random.Random, size: list[float], preset: Preset) -> list[float]:
    """Return the effect of every city on the log scale."""
    slope, spread = (0.10, 0.20) if preset == "recovery" else (0.62, 0.40)
    effects = [slope * math.log(s) + rng.gauss(0.0, spread) for s in size]
    if preset == "realistic":
        hub = max(range(len(size)), key=lambda n: size[n])
        effects[hub] = slope * math.log(size[hub]) + 0.68
    return effects


def expected_count(m: float) -> float:
    """Return the mean of the rounded count, up to the curvature between two integers."""
    return max(0.0, math.exp(m) - 1.0)


def calibrate_year(base: list[float], stubs: float) -> float:
    """Return the year effect that makes the expected number of stubs of a year what is asked."""
    low, high = -12.0, 12.0
    for _ in range(80):
        middle = (low + high) / 2.0
        if sum(expected_count(b + middle) for b in base) > stubs:
            high = middle
        else:
            low = middle
    return (low + high) / 2.0


@dataclass(frozen=True, slots=True)
class Gravity:
    """Attraction of every pair of nodes by distance and province."""

    rows: list[list[float]]

    @staticmethod
    def of(cities: tuple[Node, ...]) -> Gravity:
        """Return the attraction matrix of the given cities, diagonal zero."""
        n = len(cities)
        rows = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i):
                near = (distance_km(cities[i], cities[j]) + 120.0) ** -0.5
                if cities[i].province_code == cities[j].province_code:
                    near *= 1.5
                rows[i][j] = rows[j][i] = near
        return Gravity(rows)


def country_gravity() -> Gravity:
    """Return the attraction matrix of the country."""
    return Gravity.of(nodes())


class Matcher:
    """Turns the stubs of a year into groups of two or three cities.

    Parameters
    ----------
    rng
        The stream of the matching.
    gravity
        Attraction of pairs.
    hub
        Node whose partners follow an explicit turnover, or None.
    """

    _KEPT = (0.29, 0.36)  # share of the hub's partners that come from last year
    _TRIPLES = 0.03

    def __init__(self, rng: random.Random, gravity: Gravity, hub: int | None) -> None:
        self._rng = rng
        self._gravity = gravity.rows
        self._hub = hub
        self._hub_partners: set[int] = set()
        self._dyads: set[tuple[int, int]] = set()

    def match(self, counts: list[int]) -> list[tuple[int, ...]]:
        """Return groups such that every city stands in as many pairs as it has stubs.

        ``counts`` is changed where it must be: by one stub when the sum is odd, and where one city
        has more stubs than all others together.
        """
        self._make_feasible(counts)
        left = list(counts)
        groups: list[tuple[int, ...]] = []
        if self._hub is not None and left[self._hub] > 0:
            groups += self._match_hub(left, self._hub)
        groups += self._match_rest(left)
        self._resolve_leftovers(left, groups, counts)
        self._dyads = {(a, b) for group in groups for a in group for b in group if a < b}
        return groups

    def _make_feasible(self, counts: list[int]) -> None:
        top = max(range(len(counts)), key=lambda n: counts[n])
        others = sum(counts) - counts[top]
        counts[top] = min(counts[top], others)
        if sum(counts) % 2:
            counts[top] += 1 if counts[top] < others else -1

    def _match_hub(self, left: list[int], hub: int) -> list[tuple[int, ...]]:
        rng, near = self._rng, self._gravity[hub]
        stubs, left[hub] = left[hub], 0
        open_nodes = [n for n, count in enumerate(left) if count > 0]
        wanted = min(len(open_nodes), max(1, round(1.85 * stubs**0.70)), stubs)
        old = [n for n in open_nodes if n in self._hub_partners]
        new = [n for n in open_nodes if n not in self._hub_partners]
        share = rng.uniform(*self._KEPT)
        kept = min(len(old), round(wanted * share), round(len(self._hub_partners) * (share + 0.08)))
        chosen = self._sample(old, kept, left, near)
        chosen += self._sample(new, wanted - kept, left, near)
        allotted = dict.fromkeys(sorted(chosen), 1)
        for n in allotted:
            left[n] -= 1
        rest = stubs - len(allotted)
        while rest > 0:
            able = [n for n in allotted if left[n] > 0]
            if not able:
                # The partners have no stubs left; others must join, old ones last.
                spare = [n for n in new if n not in allotted and left[n] > 0]
                spare = spare or [n for n in old if n not in allotted and left[n] > 0]
                if not spare:
                    break
                extra = self._sample(spare, 1, left, near)[0]
                allotted[extra] = 1
                left[extra] -= 1
                rest -= 1
                continue
            batch = min(rest, len(able))
            for n in rng.choices(able, weights=[left[n] * near[n] for n in able], k=batch):
                if left[n] > 0 and rest > 0:
                    left[n] -= 1
                    allotted[n] += 1
                    rest -= 1
        left[hub] += rest
        self._hub_partners = set(allotted)
        groups: list[tuple[int, ...]] = []
        queue = [n for n in sorted(allotted) for _ in range(allotted[n])]
        rng.shuffle(queue)
        while queue:
            a = queue.pop()
            if len(queue) > 1 and rng.random() < self._TRIPLES:
                b = queue[-1]
                if b != a and left[a] > 0 and left[b] > 0:
                    queue.pop()
                    left[a] -= 1
                    left[b] -= 1
                    groups.append((hub, a, b))
                    continue
            groups.append((hub, a))
        return groups

    def _sample(
        self, population: list[int], k: int, left: list[int], near: list[float]
    ) -> list[int]:
        # Weighted sampling without replacement by exponential keys; weights are kept flat, so that
        # partners change from year to year as they do in the published tables.
        keyed = sorted(
            (self._rng.expovariate(1.0) / (left[n] ** 0.5 * near[n]), n) for n in population
        )
        return [n for _, n in keyed[:k]]

    def _match_rest(self, left: list[int]) -> list[tuple[int, ...]]:
        rng = self._rng
        groups: list[tuple[int, ...]] = []
        while True:
            active = [n for n, count in enumerate(left) if count > 0]
            if len(active) < 2:
                return groups
            a = max(active, key=lambda n: left[n])
            b = self._partner(a, active, left, 1)
            if b is None:
                return groups
            if rng.random() < self._TRIPLES and left[a] > 1 and left[b] > 1:
                c = self._partner(a, [n for n in active if n != b], left, 2)
                if c is not None:
                    for n in (a, b, c):
                        left[n] -= 2
                    groups.append((a, b, c))
                    continue
            left[a] -= 1
            left[b] -= 1
            groups.append((a, b))

    def _partner(self, a: int, active: list[int], left: list[int], least: int) -> int | None:
        near, dyads = self._gravity[a], self._dyads
        open_nodes, weights = [], []
        for n in active:
            if n == a or left[n] < least or n == self._hub:
                continue
            known = 3.0 if ((a, n) if a < n else (n, a)) in dyads else 1.0
            open_nodes.append(n)
            weights.append(left[n] * near[n] * known)
        if not open_nodes:
            return None
        return self._rng.choices(open_nodes, weights=weights)[0]

    def _resolve_leftovers(
        self, left: list[int], groups: list[tuple[int, ...]], counts: list[int]
    ) -> None:
        for a in range(len(left)):
            while left[a] > 1:
                # Open a pair of two others: both take one stub of this city instead.
                position = next(
                    (k for k, g in enumerate(groups) if len(g) == 2 and a not in g), None
                )
                if position is None:
                    break
                b, c = groups.pop(position)
                groups += [(a, b), (a, c)]
                left[a] -= 2
            if left[a]:
                counts[a] -= left[a]
                left[a] = 0
