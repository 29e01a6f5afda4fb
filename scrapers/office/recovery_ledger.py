"""The ledger of World A: what every variable of the panel truly is, and which records are decoys.

Computed from the world and its records by the definitions of the panel, with nothing of the
pipeline: shortest paths, principal component and entropy weights are the office's own.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrapers.office.geography import node_index, nodes
from scrapers.office.numbers import FIRST_YEAR
from scrapers.office.recovery import COEFFICIENTS, SHOCK_SD, World, environment_index
from scrapers.office.recovery_records import (
    DECOYS,
    EVENT_DECOYS,
    EVENT_ROLES,
    ROLES,
    Filing,
    Records,
)
from scrapers.office.yearbook import YEARS

POLICIES = ("hsr", "low_carbon", "carbon_trade", "innovative")
COUNTS = (
    "rsi", "extensive", "gpatent", "gpatent_solo", "gtr", "n_joint_applications", "n_partners_out",
    "n_partners_in",
)  # fmt: skip
CENTRALITIES = (
    "copatent_degree", "copatent_betweenness", "transfer_out_degree", "transfer_in_degree",
    "transfer_betweenness",
)  # fmt: skip
COVARIATES = (
    "ln_tech", "ln_pgdp", "ins", "fin", "ln_fdi", "zts", "gjs", "rps", "qrate",
)  # fmt: skip
_COUNTS_IN = {
    "joint": "rsi|extensive|gpatent|n_joint_applications",
    "solo": "gpatent|gpatent_solo",
    "within_city": "gpatent",
    "joint_pending": "n_joint_applications",
    "sale": "gtr|transfer_network",
    "sale_pending": "transfer_network",
}
_Key = tuple[int, int]


def betweenness(edges: set[tuple[int, int]], n: int, *, directed: bool) -> NDArray[np.float64]:
    """Return the betweenness centrality of every node, in shares of all pairs of other nodes.

    Parameters
    ----------
    edges
        Pairs of nodes, from 0 to ``n`` - 1.
    n
        Number of nodes, isolates included.
    directed
        Whether an edge leads from the first to the second.

    Returns
    -------
    ndarray, shape (n,)
    """
    graph = np.zeros((n, n))
    for a, b in edges:
        graph[a, b] = 1.0
        if not directed:
            graph[b, a] = 1.0
    # Row s: from source s. Number of shortest paths, level by level, then back.
    paths = np.eye(n)
    levels = [np.eye(n, dtype=bool)]
    seen = levels[0].copy()
    while levels[-1].any():
        ahead = np.where(levels[-1], paths, 0.0) @ graph
        found = (ahead > 0.0) & ~seen
        paths[found] = ahead[found]
        seen |= found
        levels.append(found)
    dependency = np.zeros((n, n))
    for level, closer in zip(levels[:0:-1], levels[-2::-1], strict=True):
        share = np.divide(1.0 + dependency, paths, out=np.zeros((n, n)), where=level)
        dependency += np.where(closer, paths * (share @ graph.T), 0.0)
    np.fill_diagonal(dependency, 0.0)
    return dependency.sum(axis=0) / ((n - 1) * (n - 2))


def ledger_rows(world: World, records: Records) -> list[dict[str, object]]:
    """Return one row per node and year with every variable of the panel.

    Raises
    ------
    RuntimeError
        If the records do not add up to the counts of the world: a defect of the office.
    """
    country, n_nodes = nodes(), len(nodes())
    counts: dict[str, dict[_Key, int]] = {name: defaultdict(int) for name in COUNTS}
    joint: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for filing in records.filings:
        _count_filing(filing, counts, joint)
    sold: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for move in records.moves:
        if move.role in ("sale", "sale_pending"):
            year, seller = move.registered.year, move.filing.holders[0].node
            sold[year].add((seller, move.buyer.node))
            counts["gtr"][seller, year] += move.role == "sale"
    for n in range(n_nodes):
        for t, year in enumerate(YEARS):
            found = counts["rsi"][n, year], counts["gpatent_solo"][n, year]
            if found != (world.counts[n][t], world.solo[n][t]):
                raise RuntimeError(f"records of {country[n].name} {year} are not those drawn")
    er = environment_index(world.exogenous.city_rows)
    covariates = covariate_rows(world)
    rows = []
    for t, year in enumerate(YEARS):
        between = betweenness(joint[year], n_nodes, directed=False)
        between_sold = betweenness(sold[year], n_nodes, directed=True)
        for pairs, name in (
            (joint[year] | {(b, a) for a, b in joint[year]}, "extensive"),
            (sold[year], "n_partners_out"),
            ({(b, a) for a, b in sold[year]}, "n_partners_in"),
        ):
            for a, _ in pairs:
                counts[name][a, year] += 1
        active = len({n for pair in joint[year] for n in pair})
        active_sold = len({n for pair in sold[year] for n in pair})
        for n, node in enumerate(country):
            own = {name: counts[name][n, year] for name in COUNTS}
            k = own["extensive"]
            row: dict[str, object] = {"adcode": node.code, "year": year, **own}
            row |= {
                "intensive": own["rsi"] / k if k else 0.0,
                "n_active_copatent": active,
                "n_active_transfer": active_sold,
                "copatent_degree": k / (n_nodes - 1),
                "copatent_betweenness": float(between[n]),
                "transfer_out_degree": own["n_partners_out"] / (n_nodes - 1),
                "transfer_in_degree": own["n_partners_in"] / (n_nodes - 1),
                "transfer_betweenness": float(between_sold[n]),
                "dige": world.exogenous.dige[n][t],
                "er": er[n][t],
            }
            row |= {name: int(world.terms[name][n][t]) for name in POLICIES}
            row |= covariates[n, year]
            rows.append(row)
    return rows


def _count_filing(
    filing: Filing, counts: dict[str, dict[_Key, int]], joint: dict[int, set[tuple[int, int]]]
) -> None:
    if filing.role in DECOYS:
        return
    cities = filing.cities
    for city in cities:
        if filing.granted is not None:
            year = filing.granted.year
            counts["gpatent"][city, year] += 1
            counts["gpatent_solo"][city, year] += len(filing.holders) == 1
            counts["rsi"][city, year] += len(cities) - 1
        if len(cities) > 1 and filing.filed.year >= FIRST_YEAR:
            counts["n_joint_applications"][city, filing.filed.year] += 1
    if filing.granted is not None:
        joint[filing.granted.year].update((a, b) for a in cities for b in cities if a < b)


def covariate_rows(world: World) -> dict[_Key, dict[str, float]]:
    """Return what the yearbooks make of every node and year, by `COVARIATES`."""
    index = node_index()
    provinces = {
        (r["province_code"], int(r["year"])): r for r in world.exogenous.province_rows
    }  # fmt: skip
    found = {}
    for row in world.exogenous.city_rows:
        n, year = index[row["adcode"]], int(row["year"])
        own = provinces[nodes()[n].province_code, year]
        gdp = float(row["gdp"])
        # A year without a document scores 0, as the settings have it.
        zts, gjs = (float(own[name] or 0.0) for name in ("policy_actors", "policy_tools"))
        values = (
            float(own["tech_market_turnover"]) / float(own["gdp"]),
            math.log(gdp),
            float(row["tertiary_share"]),
            (float(row["deposits"]) + float(row["loans"])) / gdp,
            math.log10(float(row["fdi"])),
            zts,
            gjs,
            zts * gjs,
            float(own["ip_disputes"]) / float(own["patents_granted"]),
        )
        found[n, year] = dict(zip(COVARIATES, values, strict=True))
    return found


def write_ledger(folder: Path, world: World, records: Records) -> None:
    """Write the truth of a world; nothing of the pipeline reads it.

    ``ledger.csv`` (one row per node and year), ``records.csv`` and ``events.csv`` (role of every
    application and transfer, what it counts in, whether it is a decoy), ``equation.csv`` (every
    term of the equation), ``coefficients.json`` and ``manifest.json``. Reals are printed so that
    they are read back to the last bit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = ledger_rows(world, records)
    _write(folder / "ledger.csv", list(rows[0]), [list(row.values()) for row in rows])
    _write(
        folder / "records.csv",
        ["application_no", "role", "counts_in", "is_decoy"],
        sorted(
            [f.number, f.role, _COUNTS_IN.get(f.role, ""), int(f.role in DECOYS)]
            for f in records.filings
        ),
    )
    _write(
        folder / "events.csv",
        ["gazette_date", "application_no", "registered", "role", "counts_in", "is_decoy"],
        sorted(
            [
                m.gazette.isoformat(), m.filing.number, m.registered.isoformat(), m.role,
                _COUNTS_IN.get(m.role, ""), int(m.role in EVENT_DECOYS),
            ]
            for m in records.moves
        ),
    )  # fmt: skip
    names = sorted(world.terms)
    _write(
        folder / "equation.csv",
        ["adcode", "year", "n", "n_drawn", "m", *names],
        [
            [node.code, year, world.counts[n][t], world.drawn[n][t], world.m[n][t],
             *(world.terms[name][n][t] for name in names)]
            for n, node in enumerate(nodes()) for t, year in enumerate(YEARS)
        ],
    )  # fmt: skip
    (folder / "coefficients.json").write_text(
        _json(
            {
                "equation": "ln(1 + rsi) = city + year + sum of coefficient x regressor + shock",
                "coefficients": {**COEFFICIENTS, "copatent_degree_lag": world.alpha_degree},
                "shock_sd": SHOCK_SD,
                "autocorrelation": world.autocorrelation,
                "never_claimed": ["copatent_degree", "copatent_betweenness", "rho",
                                  "gpatent with joint patents"],
            }
        ),
        "utf-8",
    )  # fmt: skip
    by_role: dict[str, int] = defaultdict(int)
    for role in [f.role for f in records.filings] + [m.role for m in records.moves]:
        by_role[role] += 1
    (folder / "manifest.json").write_text(
        _json(
            {
                "synthetic": True,
                "notice": "Synthetic country with a known panel equation; its numbers are not "
                "those of China.",
                "preset": "recovery",
                "seed": world.seed,
                "alpha_degree": world.alpha_degree,
                "counts": dict(by_role),
                "roles": {**ROLES, **EVENT_ROLES},
                "share_censored": world.share_censored(list(range(len(nodes())))),
            }
        ),
        "utf-8",
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[repr(v) if isinstance(v, float) else v for v in row] for row in rows])
    path.write_text(buffer.getvalue(), "utf-8")
