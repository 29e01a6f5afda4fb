"""Variants of the regressions: other errors, counts, regressors, samples, dynamics; policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.counts import fit_poisson
from analysis.dynamics import DynamicFit, anderson_hsiao, half_panel_jackknife
from analysis.errors import AnalysisError
from analysis.frames import Frame, as_polars, require_columns
from analysis.inference import (
    RobustErrors,
    driscoll_kraay,
    two_way_clustered,
    wild_cluster_bootstraps,
)
from analysis.panel import complete_rows, lag, without_singletons
from analysis.significance import significance_stars
from analysis.specifications import (
    BASELINE_TERMS,
    LAG,
    POLICIES,
    PROVINCIAL_TERMS,
    Timed,
    leaving_out,
    timed_panel,
)
from analysis.staggered import event_study, goodman_bacon

OUTCOME = "ln_rsi"

ROBUSTNESS_SCHEMA = pl.Schema(
    {
        "position": pl.Int64,
        "family": pl.String,
        "specification": pl.String,
        "label_zh": pl.String,
        "label_en": pl.String,
        "outcome": pl.String,
        "term": pl.String,
        "coef": pl.Float64,
        "std_error": pl.Float64,
        "statistic": pl.Float64,
        "p_value": pl.Float64,
        "stars": pl.String,
        "n_obs": pl.Int64,
        "n_entities": pl.Int64,
        "n_clusters": pl.Int64,
        "se_kind": pl.String,
        "cluster_by": pl.String,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)

EVENT_STUDIES_SCHEMA = pl.Schema(
    {
        "policy": pl.String,
        "outcome": pl.String,
        "event_time": pl.Int64,
        "coef": pl.Float64,
        "std_error": pl.Float64,
        "p_value": pl.Float64,
        "n_cells": pl.Int64,
        "is_base": pl.Boolean,
        "pretrend_p": pl.Float64,
        "overall": pl.Float64,
        "overall_se": pl.Float64,
        "twoways_coef": pl.Float64,
        "twoways_se": pl.Float64,
        "n_obs": pl.Int64,
        "n_treated": pl.Int64,
        "n_never": pl.Int64,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)

BACON_SCHEMA = pl.Schema(
    {
        "policy": pl.String,
        "outcome": pl.String,
        "kind": pl.String,
        "weight": pl.Float64,
        "estimate": pl.Float64,
        "n_pairs": pl.Int64,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)


@dataclass(frozen=True, slots=True)
class VariantChoices:
    """Settings of the variants.

    Attributes
    ----------
    lag_dummies : bool
        Of the tables; the variant ``dummies_the_other_way`` takes the opposite.
    replications, seed : int
        Of the wild cluster bootstrap.
    """

    lag_dummies: bool = False
    replications: int = 999
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    """One coefficient of one variant."""

    term: str
    coef: float
    std_error: float | None
    statistic: float | None
    p_value: float
    n_clusters: int


@dataclass(frozen=True, slots=True)
class _Estimated:
    """What a variant gives: lines, counts, and regressors left out with the reason."""

    lines: Sequence[_Line]
    n_obs: int
    n_entities: int
    left_out: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Variant:
    family: str
    name: str
    label_zh: str
    label_en: str
    outcome: str
    se_kind: str
    cluster_by: str
    run: Callable[[], _Estimated]
    note: str = ""


class _Variants:
    """Every variant of the table on one panel; nothing is estimated before it is asked for."""

    def __init__(self, panel: pl.DataFrame, choices: VariantChoices) -> None:
        self.panel = panel
        self.choices = choices

    def every(self) -> Iterator[_Variant]:
        """All variants, in print order."""
        yield from self._errors()
        yield from self._provinces()
        yield from self._outcomes()
        yield from self._regressors()
        yield from self._samples()
        yield from self._dynamics()

    def timed(
        self,
        outcome: str = OUTCOME,
        *,
        terms: Sequence[str] = BASELINE_TERMS,
        panel: pl.DataFrame | None = None,
        lag_dummies: bool | None = None,
        sample: str | None = "in_sample",
    ) -> Timed:
        return timed_panel(
            self.panel if panel is None else panel,
            [outcome],
            terms,
            lag_dummies=self.choices.lag_dummies if lag_dummies is None else lag_dummies,
            sample=sample,
            further=["province_code"],
        )

    def clustered(
        self, timed: Timed, outcome: str = OUTCOME, clusters: tuple[str, str] = ("adcode", "adcode")
    ) -> _Estimated:
        """Two-way effects, errors clustered one way (the same name twice) or two ways."""

        def run(columns: list[str]) -> RobustErrors:
            return two_way_clustered(timed.frame, outcome, columns, clusters=clusters)

        return self._robust(timed, outcome, run)

    def _by_clusters(self, clusters: tuple[str, str]) -> _Estimated:
        return self.clustered(self.timed(), clusters=clusters)

    def _of_sample(self, flag: str) -> _Estimated:
        return self.clustered(self.timed(sample=flag))

    def _robust(
        self, timed: Timed, outcome: str, run: Callable[[list[str]], RobustErrors]
    ) -> _Estimated:
        fit, left_out = leaving_out(run, timed.columns)
        used = without_singletons(
            complete_rows(timed.frame, [outcome, *fit.terms], "adcode", "year", None),
            ["adcode", "year"],
        )
        lines = [
            _Line(timed.name(term), coef, error, t_stat, p_value, fit.df_t + 1)
            for term, coef, error, t_stat, p_value in zip(
                fit.terms, fit.coef, fit.std_error, fit.t_stat, fit.p_value, strict=True
            )
        ]
        return _Estimated(
            lines, used.height, used["adcode"].n_unique(),
            {timed.name(name): timed.plain(why) for name, why in left_out.items()},
            fit.note.partition("; ")[2],  # what was repaired
        )  # fmt: skip

    def _errors(self) -> Iterator[_Variant]:
        for name, zh, en, clusters, by in (
            ("city_clusters", "城市聚类", "clustered by city", ("adcode", "adcode"), "city"),
            (
                "province_clusters", "省份聚类", "clustered by province",
                ("province_code", "province_code"), "province",
            ),
            (
                "city_and_year_clusters", "城市与年份双向聚类", "clustered by city and year",
                ("adcode", "year"), "city, year",
            ),
            (
                "province_and_year_clusters", "省份与年份双向聚类",
                "clustered by province and year", ("province_code", "year"), "province, year",
            ),
        ):  # fmt: skip
            kind = "clustered" if clusters[0] == clusters[1] else "two_way_clustered"
            few = "few clusters: errors are too small on average" if "year" in by else ""
            yield _Variant(
                "errors", name, zh, en, OUTCOME, kind, by,
                partial(self._by_clusters, clusters), few,
            )  # fmt: skip

        def dependent() -> _Estimated:
            timed = self.timed()
            return self._robust(
                timed, OUTCOME, lambda columns: driscoll_kraay(timed.frame, OUTCOME, columns)
            )

        yield _Variant(
            "errors", "driscoll_kraay", "Driscoll–Kraay 标准误", "Driscoll-Kraay errors", OUTCOME,
            "driscoll_kraay", "year", dependent, "few years: unreliable",
        )  # fmt: skip

    def _provinces(self) -> Iterator[_Variant]:
        """Regressors that are equal within provinces (D-28), of all three outcomes."""
        for outcome in (OUTCOME, "ln_extensive", "ln_intensive"):
            yield _Variant(
                "province_regressors", "wild_bootstrap", "省级变量：野聚类自助法",
                "provincial regressors, wild cluster bootstrap", outcome, "wild_bootstrap",
                "province", partial(self._bootstrap, outcome),
                f"p of {self.choices.replications} redrawn samples, Rademacher weights, seed "
                f"{self.choices.seed}; error clustered by province",
            )  # fmt: skip

    def _bootstrap(self, outcome: str) -> _Estimated:
        timed = self.timed(outcome)
        first = self.clustered(timed, outcome, ("province_code", "province_code"))
        columns = [timed.used[line.term] for line in first.lines]
        provincial = [line for line in first.lines if line.term in PROVINCIAL_TERMS]
        drawn = wild_cluster_bootstraps(
            timed.frame, outcome, columns, terms=[timed.used[line.term] for line in provincial],
            cluster="province_code", replications=self.choices.replications,
            seed=self.choices.seed,
        ) if provincial else {}  # fmt: skip
        lines = []
        for line in provincial:
            test = drawn[timed.used[line.term]]
            lines.append(
                _Line(line.term, line.coef, line.std_error, line.statistic, test.p_value,
                      test.n_clusters)
            )  # fmt: skip
        left_out = {k: v for k, v in first.left_out.items() if k in PROVINCIAL_TERMS}
        patterns = {test.replications for test in drawn.values() if test.is_enumerated}
        note = "".join(f"few provinces: all {count} sign patterns instead" for count in patterns)
        return _Estimated(lines, first.n_obs, first.n_entities, left_out, note)

    def _outcomes(self) -> Iterator[_Variant]:
        def ppml() -> _Estimated:
            timed = self.timed("rsi")
            fit, left_out = leaving_out(
                lambda columns: fit_poisson(timed.frame, "rsi", columns), timed.columns
            )
            lines = [
                _Line(timed.name(term), coef, error, z, p, fit.n_clusters)
                for term, coef, error, z, p in zip(
                    fit.terms, fit.coef, fit.std_error, fit.z_stat, fit.p_value, strict=True
                )
            ]
            return _Estimated(
                lines, fit.n_obs, fit.n_entities,
                {timed.name(name): timed.plain(why) for name, why in left_out.items()},
                f"{fit.n_separated} rows say nothing: no joint patent in their city or year",
            )  # fmt: skip

        def inverse_sine() -> _Estimated:
            panel = self.panel.with_columns(
                pl.col("rsi").cast(pl.Float64).arcsinh().alias("ihs_rsi")
            )
            return self.clustered(self.timed("ihs_rsi", panel=panel), "ihs_rsi")

        yield _Variant(
            "outcome", "ppml", "泊松伪极大似然（PPML）", "Poisson pseudo maximum likelihood", "rsi",
            "clustered", "city", ppml, "counts with their zeros; semi-elasticities",
        )  # fmt: skip
        yield _Variant(
            "outcome", "inverse_hyperbolic_sine", "反双曲正弦变换（IHS）",
            "inverse hyperbolic sine", "ihs_rsi", "clustered", "city", inverse_sine,
            "neither this nor ln(1+x) gives elasticities where there are zeros",
        )  # fmt: skip

    def _regressors(self) -> Iterator[_Variant]:
        def solo() -> _Estimated:
            panel = self.panel.with_columns(
                pl.col("gpatent_solo").cast(pl.Float64).log1p().alias("ln_gpatent")
            )
            return self.clustered(self.timed(panel=panel))

        def without(names: Sequence[str]) -> _Estimated:
            terms = [name for name in BASELINE_TERMS if name not in names]
            return self.clustered(self.timed(terms=terms))

        def centred() -> _Estimated:
            sample = self.panel.filter(pl.col("in_sample").cast(pl.Boolean).fill_null(value=False))
            panel = sample.with_columns(
                ((pl.col("zts") - pl.col("zts").mean()) * (pl.col("gjs") - pl.col("gjs").mean()))
                .alias("rps")
            )  # fmt: skip
            return self.clustered(self.timed(panel=panel))

        def other_timing() -> _Estimated:
            return self.clustered(self.timed(lag_dummies=not self.choices.lag_dummies))

        yield _Variant(
            "regressors", "without_joint_patents", "绿色创新能力剔除联合专利",
            "ln gpatent without joint patents", OUTCOME, "clustered", "city", solo,
            "joint patents of the outcome stand in ln gpatent of the tables",
        )  # fmt: skip
        yield _Variant(
            "regressors", "without_DC_and_BC", "剔除合作网络中心性", "without DC and BC", OUTCOME,
            "clustered", "city",
            lambda: without(("copatent_degree", "copatent_betweenness")),
            "DC is the lagged number of partners over N-1: persistence and its effect cannot be "
            "told apart",
        )  # fmt: skip
        yield _Variant(
            "regressors", "centred_rps", "政策协同去中心化", "centred policy interaction", OUTCOME,
            "clustered", "city", centred,
            "rps from deviations of zts and gjs from their means: main effects at the mean (D-29)",
        )  # fmt: skip
        yield _Variant(
            "regressors", "dummies_the_other_way", "虚拟变量改变时点", "dummies at the other time",
            OUTCOME, "clustered", "city", other_timing,
            "0/1 regressors " + ("of the same year" if self.choices.lag_dummies else "lagged too")
            + " (Q-20)",
        )  # fmt: skip

    def _samples(self) -> Iterator[_Variant]:
        for flag, zh, en in (
            ("in_base_285", "285 个城市样本", "285 cities"),
            ("in_universe", "全部节点样本", "all nodes of the registry"),
        ):
            yield _Variant(
                "sample", flag.removeprefix("in_"), zh, en, OUTCOME, "clustered", "city",
                partial(self._of_sample, flag),
                "cities with missing values drop out year by year (Q-35)",
            )  # fmt: skip

    def _dynamics(self) -> Iterator[_Variant]:
        """DC of the year before is the outcome of the year before over N-1 (D-30)."""
        outcome = "ln_extensive"
        before = f"{LAG}{outcome}"

        def with_lagged(terms: Sequence[str]) -> Timed:
            timed = self.timed(outcome, terms=terms)
            frame = lag(timed.frame, [outcome], prefix=LAG)
            return Timed(frame, {**timed.used, f"{outcome}_lag1": before})

        others = [name for name in BASELINE_TERMS if name != "copatent_degree"]

        def dynamic(fit: DynamicFit, timed: Timed, left_out: Mapping[str, str]) -> _Estimated:
            lines = [
                _Line(timed.name(term), coef, error, t_stat, p_value, fit.df_t + 1)
                for term, coef, error, t_stat, p_value in zip(
                    fit.terms, fit.coef, fit.std_error, fit.t_stat, fit.p_value, strict=True
                )
            ]
            reasons = {timed.name(name): timed.plain(why) for name, why in left_out.items()}
            return _Estimated(lines, fit.n_obs, fit.n_entities, reasons, fit.note)

        def jackknife() -> _Estimated:
            timed = self.timed(outcome)
            fit, left_out = leaving_out(
                lambda columns: half_panel_jackknife(timed.frame, outcome, columns), timed.columns
            )
            return dynamic(fit, timed, left_out)

        def instrumented() -> _Estimated:
            timed = with_lagged(others)
            fit, left_out = leaving_out(
                lambda columns: anderson_hsiao(timed.frame, outcome, columns, lagged=before),
                timed.columns,
            )
            return dynamic(fit, timed, left_out)

        def lagged(terms: Sequence[str]) -> _Estimated:
            return self.clustered(with_lagged(terms), outcome)

        for name, zh, en, run, note in (
            ("as_printed", "表4列（3）", "column (3) of Table 4",
             lambda: self.clustered(self.timed(outcome), outcome),
             "DC of the year before is the number of partners of the year before over N-1"),
            ("lagged_outcome_instead", "以滞后被解释变量替换中心度", "lagged outcome instead of DC",
             lambda: lagged(others), "biased towards zero by the unit effects (Nickell 1981)"),
            ("lagged_outcome_beside", "同时加入滞后被解释变量", "lagged outcome beside DC",
             lambda: lagged(BASELINE_TERMS), "what is left of DC once the lag stands beside it"),
            ("half_panel_jackknife", "半面板刀切纠偏", "half-panel jackknife", jackknife, ""),
            ("anderson_hsiao", "Anderson–Hsiao 一阶差分工具变量",
             "Anderson-Hsiao, first differences", instrumented, ""),
        ):  # fmt: skip
            yield _Variant("dynamics", name, zh, en, outcome, "clustered", "city", run, note)


def robustness_table(panel: Frame, choices: VariantChoices) -> pl.DataFrame:
    """Variants of column (3) of Tables 3 and 4, in long form (稳健性检验).

    Parameters
    ----------
    panel : frame, one row per node and year
        Columns of ``fct_node_years`` with ``in_sample``, ``in_base_285``, ``in_universe``,
        ``province_code``, and ``gpatent_solo``, green grants without those shared with another
        city.
    choices : VariantChoices

    Returns
    -------
    pl.DataFrame
        ``ROBUSTNESS_SCHEMA``, one row per variant and term. A regressor left out has null numbers
        and a reason; a variant that cannot be carried out is one row with term ``(none)``, status
        ``unavailable`` and the reason.
    """
    data = as_polars(panel)
    require_columns(
        data,
        ["adcode", "year", "province_code", "in_sample", "in_base_285", "in_universe", "rsi",
         "gpatent_solo"],
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for position, variant in enumerate(_Variants(data, choices).every(), start=1):
        about: dict[str, Any] = {
            "position": position,
            "family": variant.family,
            "specification": variant.name,
            "label_zh": variant.label_zh,
            "label_en": variant.label_en,
            "outcome": variant.outcome,
            "se_kind": variant.se_kind,
            "cluster_by": variant.cluster_by,
            "note": variant.note or None,
            "status": "ok",
        }
        try:
            found = variant.run()
        except (AnalysisError, np.linalg.LinAlgError) as error:
            why = str(error).replace(LAG, "")
            rows.append({**about, "term": "(none)", "status": "unavailable", "reason": why})
            continue
        about |= {
            "n_obs": found.n_obs,
            "n_entities": found.n_entities,
            "note": "; ".join(filter(None, [variant.note, found.note])) or None,
        }
        for line in found.lines:
            rows.append(
                {
                    **about,
                    "term": line.term,
                    "coef": line.coef,
                    "std_error": line.std_error,
                    "statistic": line.statistic,
                    "p_value": line.p_value,
                    "stars": significance_stars(line.p_value),
                    "n_clusters": line.n_clusters,
                }
            )
        rows += [{**about, "term": name, "reason": why} for name, why in found.left_out.items()]
        if not found.lines and not found.left_out:
            rows.append(
                {**about, "term": "(none)", "status": "unavailable", "reason": "no such regressor"}
            )
    return pl.DataFrame(rows, schema=ROBUSTNESS_SCHEMA)


def policy_tables(
    panel: Frame,
    *,
    outcome: str = OUTCOME,
    policies: Sequence[str] = POLICIES,
    window: int = 5,
    sample: str = "in_sample",
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Event studies of policies that begin in different years, and what two-way effects compare.

    Parameters
    ----------
    panel : frame, one row per city and year
    outcome : str
    policies : sequence of str
        0/1 columns that stay 1.
    window : int
        Years before and after the start; what lies beyond is pooled into the ends.
    sample : str
        Boolean column of the cities that enter.

    Returns
    -------
    studies : pl.DataFrame
        ``EVENT_STUDIES_SCHEMA``: one row per policy and distance from the first treated year, the
        base -1 among them; a policy that cannot be studied is one row without a distance.
    weights : pl.DataFrame
        ``BACON_SCHEMA``: weight and mean estimate of each kind of comparison inside the two-way
        coefficient, ``later_vs_earlier`` being the forbidden one.
    """
    data = as_polars(panel)
    require_columns(data, ["adcode", "year", outcome, sample, *policies])
    data = data.filter(pl.col(sample).cast(pl.Boolean).fill_null(value=False))
    data = data.select("adcode", "year", outcome, *policies)
    studies: list[dict[str, Any]] = []
    comparisons: list[dict[str, Any]] = []
    for policy in policies:
        about: dict[str, Any] = {"policy": policy, "outcome": outcome, "status": "ok"}
        try:
            studies += [{**about, **row} for row in _study(data, outcome, policy, window)]
        except (AnalysisError, np.linalg.LinAlgError) as error:
            studies.append({**about, "status": "unavailable", "reason": str(error)})
        try:
            found = goodman_bacon(data, outcome, policy)
        except AnalysisError as error:
            comparisons.append(
                {**about, "kind": "(none)", "status": "unavailable", "reason": str(error)}
            )
            continue
        counts: dict[str, int] = {}
        for part in found.parts:
            counts[part.kind] = counts.get(part.kind, 0) + 1
        comparisons += [
            {**about, **row, "n_pairs": counts[row["kind"]], "note": _KINDS[row["kind"]]}
            for row in found.by_kind().to_dicts()
        ]
    return (
        pl.DataFrame(studies, schema=EVENT_STUDIES_SCHEMA),
        pl.DataFrame(comparisons, schema=BACON_SCHEMA),
    )


_KINDS: Mapping[str, str] = {
    "treated_vs_never": "cities with the policy against those that never have it",
    "earlier_vs_later": "early cities against those that do not have it yet",
    "later_vs_earlier": "late cities against those that have it already: the forbidden comparison",
    "later_vs_always": "cities against those that have it from the first year on",
}


def _study(data: pl.DataFrame, outcome: str, policy: str, window: int) -> list[dict[str, Any]]:
    study = event_study(data, outcome, policy, before=window, after=window)
    whole: dict[str, Any] = {
        "pretrend_p": study.pretrend_p,
        "overall": study.overall.estimate,
        "overall_se": study.overall.std_error,
        "twoways_coef": study.twoways_coef,
        "twoways_se": study.twoways_std_error,
        "n_obs": study.n_obs,
        "n_treated": study.n_treated,
        "n_never": study.n_never,
        "note": "; ".join(
            [f"distances beyond {window} years pooled into the ends", *study.left_out]
        ),
    }
    rows = [
        {
            **whole,
            "event_time": time.relative_year,
            "coef": time.estimate,
            "std_error": time.std_error,
            "p_value": time.p_value,
            "n_cells": time.n_units,
            "is_base": False,
        }
        for time in study.times
    ]
    base = {**whole, "event_time": -1, "coef": 0.0, "is_base": True}
    return sorted([*rows, base], key=lambda row: int(row["event_time"]))
