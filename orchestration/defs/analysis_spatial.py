"""Spatial weights, Moran's I, Table 5 and the tests behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl

from orchestration.analysis_assets import POOL, analysis_spec, stored
from orchestration.method import MethodSettings
from orchestration.progress import progress
from orchestration.resources import Warehouse

if TYPE_CHECKING:
    from analysis.spatial_tables import SpatialChoices
    from analysis.weight_sets import WeightRules

_CODE = "orchestration/defs/analysis_spatial.py"
_PLACES = [["marts", "fct_city_years"], ["marts", "dim_cities"], ["marts", "fct_city_covariates"]]


def weight_choices(method: MethodSettings) -> dict[str, Any]:
    """Settings of the weights, as plain values."""
    return {
        "power": float(method.weights_power),
        "cutoff_km": float(method.weights_cutoff_km) or None,
        "neighbours": method.weights_neighbours,
        "economic_base": method.weights_economic_base,
    }


def spatial_choices(method: MethodSettings) -> dict[str, Any]:
    """Settings of the spatial models, as plain values."""
    return {
        "lag_dummies": method.lag_dummies,
        "information": method.spatial_information,
        "draws": method.spatial_draws,
        "seed": method.random_seed,
        "gaps": method.spatial_gaps,
        "weights": weight_choices(method),
    }


def _rules(method: MethodSettings) -> WeightRules:
    from analysis.weight_sets import WeightRules

    return WeightRules(**weight_choices(method))


def _choices(method: MethodSettings) -> SpatialChoices:
    from analysis.spatial_tables import SpatialChoices

    return SpatialChoices(**{**spatial_choices(method), "weights": _rules(method)})


def sample_cities(warehouse: Warehouse, method: MethodSettings) -> pl.DataFrame:
    """Cities of the sample: where they are, and GDP per head (yuan) for the economic weights."""
    per_head = "cast(v.gdp_10k_yuan / nullif(v.population_10k, 0) as decimal(28, 10))"
    first = "where v.year = (select min(y.year) from marts.fct_city_years as y)"
    return warehouse.frame(
        f"with wealth as (select v.adcode, avg({per_head}) as economic_value "
        "from marts.fct_city_covariates as v "
        f"{first if method.weights_economic_base == 'first_year' else ''} group by v.adcode), "
        "sample as (select distinct p.adcode from marts.fct_city_years as p) "
        "select s.adcode, c.latitude, c.longitude, w.economic_value from sample as s "
        "inner join marts.dim_cities as c on s.adcode = c.adcode "
        "left join wealth as w on s.adcode = w.adcode order by s.adcode"
    )


def _panel(warehouse: Warehouse, columns: list[str]) -> pl.DataFrame:
    wanted = ", ".join(f"p.{column}" for column in dict.fromkeys(columns))
    return warehouse.frame(
        f"select p.adcode, p.year, p.in_sample, {wanted} from marts.fct_city_years as p "
        "order by p.adcode, p.year"
    )


@dg.multi_asset(
    name="analysis_weights",
    specs=[
        analysis_spec(
            "spatial_weights",
            _PLACES,
            "Row-standardised spatial weights (空间权重矩阵) between the cities of the sample, "
            "every kind as a sparse table.",
            "numpy",
        ),
        analysis_spec(
            "spatial_weight_kinds",
            _PLACES,
            "What each kind of weights is (权重说明): links, fingerprint, parts, smallest "
            "eigenvalue and feedback at the printed rho.",
            "numpy",
        ),
    ],
    pool=POOL,
)
def analysis_weights(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Weights by distance, neighbours and economic likeness."""
    from analysis.weight_sets import weight_tables

    progress().step("spatial weights")
    method = MethodSettings()
    cities = sample_cities(warehouse, method)

    def compute() -> dict[str, pl.DataFrame]:
        sparse, about = weight_tables(cities, _rules(method))
        return {"spatial_weights": sparse, "spatial_weight_kinds": about}

    yield from stored(
        warehouse,
        ["spatial_weights", "spatial_weight_kinds"],
        inputs={"cities": cities},
        choices=weight_choices(method),
        code=["analysis.weight_sets", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_moran",
    specs=[
        analysis_spec(
            "moran_years",
            _PLACES,
            "Global Moran's I (全局莫兰指数) of ln(1+rsi) and rsi in every year, inverse-distance "
            "weights.",
            "numpy",
        ),
        analysis_spec(
            "moran_cities",
            _PLACES,
            "Local Moran's I (局部莫兰指数) and quadrant (象限) of every city and year.",
            "numpy",
        ),
    ],
    pool=POOL,
)
def analysis_moran(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Moran's I, global with analytic and permutation inference, and local."""
    from analysis.spatial_tables import moran_tables
    from analysis.weight_sets import named_weights

    progress().step("Moran's I")
    method = MethodSettings()
    cities = sample_cities(warehouse, method)
    panel = _panel(warehouse, ["ln_rsi", "rsi"])

    def compute() -> dict[str, pl.DataFrame]:
        years, places = moran_tables(
            panel,
            named_weights(cities, "inverse_distance", _rules(method)),
            chosen=method.moran_variable,
            permutations=method.moran_permutations,
            seed=method.random_seed,
        )
        return {"moran_years": years, "moran_cities": places}

    yield from stored(
        warehouse,
        ["moran_years", "moran_cities"],
        inputs={"cities": cities, "panel": panel},
        choices={
            "chosen": method.moran_variable,
            "permutations": method.moran_permutations,
            "seed": method.random_seed,
            **weight_choices(method),
        },
        code=["analysis.spatial_tables", _CODE],
        compute=compute,
    )


@dg.multi_asset(
    name="analysis_spatial",
    specs=[
        analysis_spec(
            "spatial_estimates",
            _PLACES,
            "Spatial Durbin models (空间杜宾模型) of Table 5: city effects as in the paper, "
            "two-way with Lee-Yu beside it, and other weights.",
            "numpy",
        ),
        analysis_spec(
            "spatial_tests",
            _PLACES,
            "Tests behind Table 5 (空间设定检验): LM, LR, Wald, Mundlak, Hausman, choice of "
            "effects.",
            "numpy",
        ),
    ],
    pool=POOL,
)
def analysis_spatial(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
    """Table 5, its variants and its tests under the method settings."""
    from analysis.spatial_tables import OUTCOME, spatial_table, spatial_tests_table
    from analysis.specifications import DURBIN_TERMS

    progress().step("spatial models")
    method = MethodSettings()
    cities = sample_cities(warehouse, method)
    panel = _panel(warehouse, [OUTCOME, *DURBIN_TERMS])

    def compute() -> dict[str, pl.DataFrame]:
        choices = _choices(method)
        return {
            "spatial_estimates": spatial_table(panel, cities, choices),
            "spatial_tests": spatial_tests_table(panel, cities, choices),
        }

    yield from stored(
        warehouse,
        ["spatial_estimates", "spatial_tests"],
        inputs={"cities": cities, "panel": panel},
        choices=spatial_choices(method),
        code=["analysis.spatial_tables", _CODE],
        compute=compute,
    )
