"""What the package offers: functions from frames to frames or frozen results."""

from analysis.describe import describe
from analysis.errors import (
    AbsorbedRegressorError,
    AnalysisError,
    NoVariationError,
    PanelKeyError,
    PanelTooSmallError,
    SpatialWeightsError,
    UnknownNodeError,
)
from analysis.indices import (
    DIGITAL_INDICATORS,
    ENVIRONMENT_INDICATORS,
    CityIndices,
    EntropyIndex,
    PcaIndex,
    city_indices,
    entropy_index,
    fill_gaps,
    pca_index,
)
from analysis.network import centralities, city_centralities, partner_dynamics
from analysis.panel import (
    PanelFit,
    Stepwise,
    baseline_table,
    fit_panel,
    lag,
    significance_stars,
    stepwise,
)
from analysis.spatial import MoranResult, haversine_km, moran, weights

__all__ = [
    "DIGITAL_INDICATORS",
    "ENVIRONMENT_INDICATORS",
    "AbsorbedRegressorError",
    "AnalysisError",
    "CityIndices",
    "EntropyIndex",
    "MoranResult",
    "NoVariationError",
    "PanelFit",
    "PanelKeyError",
    "PanelTooSmallError",
    "PcaIndex",
    "SpatialWeightsError",
    "Stepwise",
    "UnknownNodeError",
    "baseline_table",
    "centralities",
    "city_centralities",
    "city_indices",
    "describe",
    "entropy_index",
    "fill_gaps",
    "fit_panel",
    "haversine_km",
    "lag",
    "moran",
    "partner_dynamics",
    "pca_index",
    "significance_stars",
    "stepwise",
    "weights",
]
