"""Errors a caller may want to catch by name; every message holds the offending value."""

from __future__ import annotations

from collections.abc import Mapping


class AnalysisError(ValueError):
    """Base class: the input cannot support the requested result."""


class PanelKeyError(AnalysisError):
    """The frame has missing or repeated keys."""


class UnknownNodeError(AnalysisError):
    """An edge ends at a node that the registry does not hold."""


class PanelTooSmallError(AnalysisError):
    """There are too few complete observations, entities or periods for the estimate."""


class NoVariationError(AnalysisError):
    """A variable that has to vary is constant, of itself or once effects are removed."""


class AbsorbedRegressorError(AnalysisError):
    """A regressor is absorbed by the fixed effects or a linear combination of others.

    Attributes
    ----------
    reasons : dict of str to str
        Column name to reason, in the order of the regressors.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__("; ".join(f"{name}: {why}" for name, why in self.reasons.items()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the refused regressors."""
        return tuple(self.reasons)


class SpatialWeightsError(AnalysisError):
    """Weights cannot be formed: coincident points, islands, wrong shape."""
