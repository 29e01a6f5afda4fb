"""Figures of the paper as frozen objects: frames in, one `Figure` out, every file from it.

The builders read the columns of the published reports; what the data cannot carry raises
`FigureUnavailableError`, whose message is the reason.
"""

from analysis.figures_charts import (
    coefficient_figure,
    event_study_figure,
    moran_figure,
    moran_trend_figure,
    trend_figure,
)
from analysis.figures_maps import cluster_map, link_map, value_map
from analysis.figures_marks import Drawing, both
from analysis.figures_object import Figure, FigureUnavailableError
from analysis.figures_theory import theory_figure

__all__ = [
    "Drawing",
    "Figure",
    "FigureUnavailableError",
    "both",
    "cluster_map",
    "coefficient_figure",
    "event_study_figure",
    "link_map",
    "moran_figure",
    "moran_trend_figure",
    "theory_figure",
    "trend_figure",
    "value_map",
]
