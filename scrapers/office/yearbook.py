"""The exogenous layer of a country: yearbook tables, drawn once and independent of all shocks."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from scrapers.office.geography import nodes
from scrapers.office.numbers import FIRST_YEAR, LAST_YEAR

YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
DIGITAL = ("internet_users", "ict_employees", "telecom_output", "mobile_phones")
CITY_COLUMNS = (
    "year", "adcode", "city_name", "gdp", "population", "tertiary_share", "deposits", "loans",
    "fdi", "internet_users", "ict_employees", "telecom_output", "mobile_phones", "so2_removal",
    "cod_removal", "solid_waste_use", "sewage_treatment", "household_waste_treatment",
)  # fmt: skip
PROVINCE_COLUMNS = (
    "year", "province_code", "province_name", "gdp", "tech_market_turnover", "policy_actors",
    "policy_tools", "ip_disputes", "patents_granted",
)  # fmt: skip

# Shares of all patents, in percent, of the largest cities in order; the rest falls off evenly.
_LARGEST = (12.0, 6.1, 4.8, 3.8, 3.5, 3.2, 3.0, 2.6, 2.6, 2.4, 2.2)


@dataclass(frozen=True, slots=True)
class Exogenous:
    """What a country is given before anything happens in it.

    ``size`` has one weight per node; ``dige`` the digital index per node and year of `YEARS`.
    """

    size: list[float]
    dige: list[list[float]]
    city_rows: list[dict[str, str]]
    province_rows: list[dict[str, str]]


def city_sizes(rng: random.Random) -> list[float]:
    """Return the innovation size of every node, in percent of the country's patents."""
    sizes = []
    for node in nodes():
        rank = node.size_rank
        if rank is None:
            sizes.append(0.055 * math.exp(rng.gauss(0.0, 0.7)))
        elif rank <= len(_LARGEST):
            sizes.append(_LARGEST[rank - 1])
        else:
            base = 2.1 * math.exp(-0.035 * (rank - len(_LARGEST)))
            sizes.append(base * math.exp(rng.gauss(0.0, 0.08)))
    return sizes


def draw_exogenous(rng: random.Random, *, fdi_gaps: float = 0.008) -> Exogenous:
    """Draw sizes and yearbooks of a country.

    ``fdi_gaps`` is the share of empty cells of foreign investment; nothing else depends on it.
    """
    size = city_sizes(rng)
    logs = [math.log(s) for s in size]
    mean = sum(logs) / len(logs)
    spread = math.sqrt(sum((x - mean) ** 2 for x in logs) / len(logs))
    city_rows: list[dict[str, str]] = []
    gdp_by_province: dict[tuple[str, int], float] = {}
    for n, node in enumerate(nodes()):
        z = (logs[n] - mean) / spread
        own = [rng.gauss(0.0, 1.0) for _ in range(10)]
        for year in YEARS:
            t = year - 2013
            gdp = math.exp(16.28 + 0.80 * z + 0.35 * own[0] + 0.10 * t + rng.gauss(0.0, 0.03))
            key = (node.province_code, year)
            gdp_by_province[key] = gdp_by_province.get(key, 0.0) + gdp
            factor = 0.65 * z + 0.35 * own[1] + 0.17 * t + rng.gauss(0.0, 0.12)
            # Each moves on its own within the city, else two-way effects would absorb it whole.
            tertiary = 36.9 + 4.5 * z + 5 * own[3] + 0.7 * t + rng.gauss(0.0, 2.5)
            deposits = 0.30 + 0.12 * z + 0.2 * own[4] + 0.02 * t + rng.gauss(0.0, 0.08)
            loans = -0.15 + 0.18 * z + 0.2 * own[5] + 0.03 * t + rng.gauss(0.0, 0.10)
            fdi = 4.25 + 0.6 * z + 0.35 * own[6] + 0.03 * t + rng.gauss(0.0, 0.18)
            row = {
                "year": str(year),
                "adcode": node.code,
                "city_name": node.name,
                "gdp": f"{gdp:.0f}",
                "population": f"{math.exp(5.75 + 0.45 * z + 0.4 * own[2] + 0.004 * t):.2f}",
                "tertiary_share": f"{_clip(tertiary, 8, 83):.2f}",
                "deposits": f"{gdp * math.exp(deposits):.0f}",
                "loans": f"{gdp * math.exp(loans):.0f}",
                "fdi": f"{10 ** _clip(fdi, 0.5, 6.5):.0f}",
                "internet_users": f"{_softplus(17 + 8 * factor + rng.gauss(0, 1.5)):.2f}",
                "ict_employees": f"{_softplus(1.4 + 0.5 * factor + rng.gauss(0, 0.15), 4):.3f}",
                "telecom_output": f"{850 * math.exp(0.35 * factor + rng.gauss(0, 0.1)):.1f}",
                "mobile_phones": f"{_softplus(78 + 24 * factor + rng.gauss(0, 4)):.2f}",
            }
            rates = (
                ("so2_removal", 58, 5.5, 9, 7), ("cod_removal", 68, 2.5, 8, 8),
                ("solid_waste_use", 80, 0.8, 12, 9), ("sewage_treatment", 76, 2.6, 8, 5),
                ("household_waste_treatment", 82, 2.4, 10, 6),
            )  # fmt: skip
            for (name, level, slope, fixed, noise), mine in zip(
                rates, (own[7], own[8], own[9], own[3], own[5]), strict=True
            ):
                value = level + slope * t + fixed * mine + rng.gauss(0.0, noise)
                row[name] = f"{_clip(value, 2.0, 100.0):.2f}"
                if rng.random() < 0.025:
                    row[name] = ""
            if rng.random() < fdi_gaps:
                row["fdi"] = ""
            city_rows.append(row)
    city_rows.sort(key=lambda r: (r["year"], r["adcode"]))
    return Exogenous(
        size=size,
        dige=digital_index(city_rows),
        city_rows=city_rows,
        province_rows=_province_rows(rng, gdp_by_province),
    )


def _clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _softplus(value: float, sharpness: float = 0.5) -> float:
    # Keeps small values positive without a heap of equal cells at a bound.
    return math.log1p(math.exp(min(60.0, sharpness * value))) / sharpness


def _province_rows(rng: random.Random, gdp: dict[tuple[str, int], float]) -> list[dict[str, str]]:
    names = {node.province_code: node.province for node in nodes()}
    rows = []
    for code in sorted(names):
        own = [rng.gauss(0.0, 1.0) for _ in range(4)]
        for year in YEARS:
            t = year - 2013
            output = gdp[code, year]
            granted = output / 2600.0 * math.exp(0.3 * own[0] + 0.04 * t)
            documents = rng.random() >= 0.06 + 0.01 * max(0, -t)
            n_documents = rng.randint(1, 9)
            actors = sum(_clip(rng.gauss(2.0 + 0.4 * own[1] + 0.08 * t, 1.0), 1, 6)
                         for _ in range(n_documents)) / n_documents  # fmt: skip
            tools = sum(rng.choice((1, 1, 3, 3, 3)) for _ in range(n_documents)) / n_documents
            turnover = output * math.exp(-5.2 + 0.7 * own[2] + 0.06 * t + rng.gauss(0, 0.1))
            rows.append(
                {
                    "year": str(year),
                    "province_code": code,
                    "province_name": names[code],
                    "gdp": f"{output:.0f}",
                    "tech_market_turnover": f"{turnover:.0f}",
                    # No document in a year leaves the cell empty: zero would be a score.
                    "policy_actors": f"{actors:.3f}" if documents else "",
                    "policy_tools": f"{tools:.3f}" if documents else "",
                    "ip_disputes": f"{granted * 0.004 * math.exp(rng.gauss(0, 0.6)):.0f}",
                    "patents_granted": f"{granted:.0f}",
                }
            )
    rows.sort(key=lambda r: (r["year"], r["province_code"]))
    return rows


def digital_index(city_rows: list[dict[str, str]]) -> list[list[float]]:
    """Return the digital index: first principal component of four pooled, standardised columns.

    Returns
    -------
    list of list of float
        One row per node, one value per year of `YEARS`; the eigenvector has length one and loads
        positively on internet users.
    """
    order = {node.code: n for n, node in enumerate(nodes())}
    columns = [[float(r[name]) for r in city_rows] for name in DIGITAL]
    scaled = []
    for column in columns:
        mean = sum(column) / len(column)
        sd = math.sqrt(sum((x - mean) ** 2 for x in column) / (len(column) - 1))
        scaled.append([(x - mean) / sd for x in column])
    k = len(scaled)
    cov = [
        [sum(a * b for a, b in zip(scaled[i], scaled[j], strict=True)) for j in range(k)]
        for i in range(k)
    ]
    vector = [1.0] * k
    for _ in range(200):
        image = [sum(cov[i][j] * vector[j] for j in range(k)) for i in range(k)]
        length = math.sqrt(sum(x * x for x in image))
        vector = [x / length for x in image]
    if vector[0] < 0:
        vector = [-x for x in vector]
    index = [[0.0] * len(YEARS) for _ in nodes()]
    for position, row in enumerate(city_rows):
        score = sum(vector[i] * scaled[i][position] for i in range(k))
        index[order[row["adcode"]]][int(row["year"]) - FIRST_YEAR] = score
    return index
