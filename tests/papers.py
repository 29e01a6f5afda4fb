"""Synthetic papers: Tables 1 to 5 of an invented panel, printed as a paper prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

CORE = ("ln_gpatent", "ln_gtr", "DC", "BC", "dc_out", "dc_in", "bc", "ln_tech", "HSR", "dige")
CITY = ("ln_pgdp", "ins", "fin", "ln_fdi")
POLICY = ("er", "low_carbon", "carbon_trade", "zts", "gjs", "rps", "qrate", "innovative")
STEPS = (CORE, CORE + CITY, CORE + CITY + POLICY)

Cell = tuple[str, str, str, str]


@dataclass
class Paper:
    """Printed cells by table, column, variable and statistic, and what made them."""

    cells: dict[Cell, str]
    n_cities: int
    years: list[int]
    random: np.random.Generator

    def frame(self) -> pl.DataFrame:
        """Long table as ``audit_tables`` reads it."""
        rows = [(*key, value) for key, value in self.cells.items()]
        columns = ["table", "column", "variable", "statistic", "value"]
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def significant(value: float, digits: int = 4) -> str:
    """Print with four significant digits, integers of more as they are."""
    if value == 0:
        return "0"
    places = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:.{places}f}"


@cache
def limits(clusters: int | None) -> tuple[float, ...]:
    """Critical values at 10, 5 and 1 percent, two-sided: t, or normal without clusters."""
    from scipy.stats import norm, t

    of = norm if clusters is None else t(clusters - 1)
    return tuple(float(of.isf(level / 2)) for level in (0.10, 0.05, 0.01))


def stars(statistic: float, clusters: int | None) -> str:
    """Stars of a coefficient over its error."""
    return "*" * sum(abs(statistic) > limit for limit in limits(clusters))


def clean_paper(seed: int) -> Paper:
    """Draw a paper in which everything fits."""
    random = np.random.default_rng(seed)
    n = int(random.integers(60, 320))
    years = list(range(2006, 2006 + int(random.integers(6, 16))))
    paper = Paper({}, n, years, random)
    _partners(paper)
    _descriptives(paper)
    for table, outcomes in (
        ("paper_table3", ["ln rsi"]),
        ("paper_table4", ["ln extensive", "ln intensive"]),
    ):
        _regressions(paper, table, outcomes)
    spatial(paper, row_sums=1.0)
    return paper


def _partners(paper: Paper) -> None:
    random, others = paper.random, paper.n_cities - 1
    past: set[int] = set()
    size = max(4, others // 20)
    for year in paper.years:
        kept = {city for city in sorted(past) if random.random() < random.uniform(0.2, 0.5)}
        pool = [city for city in range(others) if city not in past]
        new = random.choice(pool, size=min(len(pool), int(size)), replace=False).tolist()
        now = kept | set(new)
        size = min(others // 3, size * random.uniform(1.0, 1.25))
        write_partners(
            paper, year, c=len(now), x=len(now & past), t=len(past - now), before=len(past)
        )
        past = now


def write_partners(paper: Paper, year: int, *, c: int, x: int, t: int, before: int) -> None:
    """Print one year of Table 1 with its shares."""
    first = year == paper.years[0]
    counts = {"C_n": c} if first else {"C_n": c, "X_n": x, "Z_n": c - x, "T_n": t}
    for variable, value in counts.items():
        paper.cells["paper_table1", str(year), variable, "count"] = str(value)
    if not first:
        shares = {"X_n/C_n": (x, c), "Z_n/C_n": (c - x, c), "T_n/C_{n-1}": (t, before)}
        for variable, (part, whole) in shares.items():
            if whole:
                paper.cells["paper_table1", str(year), variable, "percent"] = (
                    f"{100 * part / whole:.1f}"
                )


def _descriptives(paper: Paper) -> None:
    random, n, t = paper.random, paper.n_cities, len(paper.years)
    m = n * t
    scale = np.exp(random.normal(0.5, 1.2, size=m))
    extensive = np.minimum(random.poisson(scale), n - 1)
    rsi = extensive + random.poisson(scale * 2) * (extensive > 0)
    out = np.minimum(random.poisson(np.exp(random.normal(0.8, 1.0, size=m))), n - 1)
    inward = np.minimum(random.poisson(np.exp(random.normal(0.8, 1.0, size=m))), n - 1)
    openings = np.zeros((n, t))
    openings[np.arange(n), random.integers(0, t, size=n)] = random.random(n) < 0.7
    zts, gjs = random.uniform(1, 4, size=m), random.uniform(0.5, 3, size=m)

    def pilot() -> np.ndarray:
        start = random.integers(1, 2 * t, size=n)
        return (np.arange(t)[None, :] >= start[:, None]).astype(float).ravel()

    dige = random.normal(size=m)
    columns = {
        "rsi": rsi,
        "extensive": extensive,
        "intensive": np.divide(rsi, extensive, out=np.zeros(m), where=extensive > 0),
        "ln_gpatent": np.log1p(random.poisson(np.exp(random.normal(3, 1.5, size=m)))),
        "gtr": out + random.poisson(out * 0.5),
        "DC": extensive / (n - 1),
        "BC": random.beta(0.2, 30, size=m) * 0.5,
        "dc_out": out / (n - 1),
        "dc_in": inward / (n - 1),
        "bc": random.beta(0.2, 30, size=m) * 0.3,
        "ln_tech": random.normal(13, 1.5, size=m).clip(6, 18),
        "HSR": openings.ravel(),
        "dige": (dige - dige.mean()) / dige.std() * 1.3,
        "ln_pgdp": random.normal(10.6, 0.5, size=m).clip(8.5, 12.8),
        "ins": random.normal(40, 9, size=m).clip(12, 85),
        "fin": random.normal(2.4, 0.9, size=m).clip(0.5, 9),
        "ln_fdi": random.normal(10, 1.6, size=m).clip(2, 14.9),
        "er": random.beta(6, 3, size=m).clip(0.02, 0.99),
        "low_carbon": pilot(),
        "carbon_trade": pilot(),
        "zts": zts,
        "gjs": gjs,
        "rps": zts * gjs,
        "qrate": 1 - random.beta(1, 250, size=m),
        "innovative": pilot(),
    }
    labels = {"extensive": "拓展边际", "intensive": "集约边际", "rsi": "协同创新"}
    for name, values in columns.items():
        key = ("paper_table2", "descriptive", name)
        paper.cells[*key, "printed_label_zh"] = labels.get(name, name)
        paper.cells[*key, "N"] = str(m)
        mean = 0.0 if name == "dige" else float(values.mean())
        for statistic, value in (
            ("mean", mean),
            ("sd", float(values.std(ddof=1))),
            ("min", float(values.min())),
            ("max", float(values.max())),
        ):
            paper.cells[*key, statistic] = significant(value)


def _regressions(paper: Paper, table: str, outcomes: list[str]) -> None:
    random = paper.random
    number = 0
    for outcome in outcomes:
        for step in STEPS:
            number += 1
            column = f"({number}) {outcome}"
            for variable in step:
                coef = random.normal(scale=0.3)
                error = abs(random.normal(0.1, 0.05)) + 0.01
                key = (table, column, variable)
                paper.cells[*key, "coef"] = f"{coef:.3f}"
                paper.cells[*key, "se"] = f"{error:.3f}"
                paper.cells[*key, "stars"] = stars(coef / error, paper.n_cities)
            paper.cells[table, column, "_model", "N"] = str(paper.n_cities * (len(paper.years) - 1))


def spatial(paper: Paper, *, row_sums: float) -> None:
    """Print Table 5; effects are means of draws, as software prints them.

    ``row_sums`` other than one are those of weights that were never standardised.
    """
    random, n = paper.random, paper.n_cities
    # Fifty points have a spectrum like that of all cities, and no test waits for it.
    points = random.uniform(0, 20, size=(50, 2))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    root = 1 / np.sqrt((1 / distance).sum(axis=1))
    # Similar to the row-standardised matrix, and symmetric.
    eigenvalues = np.linalg.eigvalsh(root[:, None] / distance * root[None, :]) * row_sums
    rho, rho_error = random.uniform(0.3, 0.75), random.uniform(0.02, 0.055)
    rhos = np.clip(random.normal(rho, rho_error, size=500), -0.9, 0.95)
    inverse = 1 / (1 - np.multiply.outer(rhos, eigenvalues))
    s, sw = inverse.mean(axis=1), (inverse * eigenvalues).mean(axis=1)
    total_s = 1 / (1 - rhos * row_sums)
    columns = ("(1) 空间杜宾模型", "(2) 空间溢出效应", "(3) 直接效应", "(4) 间接效应", "(5) 总效应")

    def write(column: str, variable: str, value: float, error: float) -> None:
        key = ("paper_table5", column, variable)
        paper.cells[*key, "coef"] = f"{value:.3f}"
        paper.cells[*key, "se"] = f"{error:.3f}"
        paper.cells[*key, "stars"] = stars(value / error, None)

    for variable in STEPS[2]:
        strength = random.choice([0.05, 0.2, 1.0])
        delta, theta = random.normal(scale=strength), random.normal(scale=strength * 2)
        d_error, t_error = strength * random.uniform(0.1, 0.6), strength * random.uniform(0.2, 1.0)
        deltas = random.normal(delta, d_error, size=500)
        thetas = random.normal(theta, t_error, size=500)
        direct = deltas * s + thetas * sw
        total = deltas * total_s + thetas * total_s * row_sums
        write(columns[0], variable, delta, d_error + 6e-4)
        write(columns[1], variable, theta, t_error + 6e-4)
        write(columns[2], variable, direct.mean(), direct.std() + 6e-4)
        write(columns[3], variable, (total - direct).mean(), (total - direct).std() + 6e-4)
        write(columns[4], variable, total.mean(), total.std() + 6e-4)
    for column in columns:
        write(column, "rho", rho, rho_error)
        paper.cells["paper_table5", column, "_model", "N"] = str(n * (len(paper.years) - 1))


# Defects ---------------------------------------------------------------------------------------


def _broken_identity(paper: Paper) -> None:
    year = str(paper.random.choice(paper.years[1:]))
    variable = str(paper.random.choice(["C_n", "X_n", "Z_n", "T_n"]))
    key = ("paper_table1", year, variable, "count")
    paper.cells[key] = str(int(paper.cells[key]) + int(paper.random.integers(1, 5)))


def _overflowing_universe(paper: Paper) -> None:
    others = paper.n_cities - 1
    first, second = paper.years[-2:]
    before = int(paper.cells["paper_table1", str(first), "C_n", "count"])
    x = before // 4
    c = others - before + x + 1 + int(paper.random.integers(0, max(1, before // 2)))
    write_partners(paper, second, c=min(c, others), x=x, t=before - x, before=before)


def _fractional_degree(paper: Paper) -> None:
    n = paper.n_cities
    while True:
        other = n + int(paper.random.integers(3, 90)) * int(paper.random.choice([-1, 1]))
        if other < 20:
            continue
        for statistic in ("mean", "max"):
            held = float(paper.cells["paper_table2", "descriptive", "extensive", statistic])
            paper.cells["paper_table2", "descriptive", "DC", statistic] = significant(
                held / (other - 1)
            )
        return


def _swapped_labels(paper: Paper) -> None:
    one, two = (
        ("paper_table2", "descriptive", name, "printed_label_zh")
        for name in ("extensive", "intensive")
    )
    paper.cells[one], paper.cells[two] = paper.cells[two], paper.cells[one]


def _scaled(paper: Paper, variable: str, change: Callable[[float], float]) -> None:
    for statistic in ("mean", "sd", "min", "max"):
        key = ("paper_table2", "descriptive", variable, statistic)
        paper.cells[key] = significant(change(float(paper.cells[key])))


def _decimal_logarithm(paper: Paper) -> None:
    _scaled(paper, "ln_fdi", lambda value: value / np.log(10))


def _ratio_for_logarithm(paper: Paper) -> None:
    top = paper.random.uniform(0.05, 0.9)
    for statistic, value in (("mean", 0.1), ("sd", 0.1), ("min", 0.0), ("max", 1.0)):
        paper.cells["paper_table2", "descriptive", "ln_tech", statistic] = significant(value * top)


def _zero_for_missing(paper: Paper) -> None:
    variable = str(paper.random.choice(["ins", "fin"]))
    paper.cells["paper_table2", "descriptive", variable, "min"] = "0"


def _wrong_denominator(paper: Paper) -> None:
    for year in paper.random.permutation(paper.years[1:]).tolist():
        c = int(paper.cells["paper_table1", str(year), "C_n", "count"])
        last = int(paper.cells["paper_table1", str(year - 1), "C_n", "count"])
        for name, part, wrong in (
            ("X_n/C_n", "X_n", last),
            ("Z_n/C_n", "Z_n", last),
            ("T_n/C_{n-1}", "T_n", c),
        ):
            key = ("paper_table1", str(year), name, "percent")
            count = int(paper.cells["paper_table1", str(year), part, "count"])
            share = f"{100 * count / wrong:.1f}"
            if share != paper.cells[key]:
                paper.cells[key] = share
                return
    raise AssertionError("no share depends on its denominator")


def _weights_not_standardised(paper: Paper) -> None:
    for key in [key for key in paper.cells if key[0] == "paper_table5"]:
        del paper.cells[key]
    spatial(paper, row_sums=float(paper.random.uniform(0.25, 0.6)))


def _effects_that_do_not_add_up(paper: Paper) -> None:
    variable = str(paper.random.choice(STEPS[2]))
    key = ("paper_table5", "(5) 总效应", variable, "coef")
    paper.cells[key] = f"{float(paper.cells[key]) + paper.random.choice([-1, 1]) * 0.004:.3f}"


DEFECTS: dict[str, tuple[str, Callable[[Paper], None]]] = {
    "identities": ("T-01", _broken_identity),
    "universe overflow": ("T-02", _overflowing_universe),
    "integer degree": ("T-03", _fractional_degree),
    "swapped labels": ("swapped_labels", _swapped_labels),
    "log base": ("log_base", _decimal_logarithm),
    "ratio for log": ("ratio_for_log", _ratio_for_logarithm),
    "zero for missing": ("zero_for_missing", _zero_for_missing),
    "wrong denominator": ("wrong_denominator", _wrong_denominator),
    "W not row-standardised": ("row_standardised", _weights_not_standardised),
    "direct + indirect = total": ("T-10", _effects_that_do_not_add_up),
}
