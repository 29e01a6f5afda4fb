"""The method settings: every open question of the paper as one named, typed choice.

A field admits only what the software can do today, so that an unsupported choice is refused by
name. The object is handed to dbt as the one-row relation ``raw.method_settings`` and to the
analysis package as plain arguments; its hash stands on every build.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.importing.nearest import nearest_name

TransferType = Literal[
    "sale",
    "name_change",
    "address_change",
    "merger",
    "inheritance",
    "inventor_to_employer",
    "intra_group",
    "same_day_chain",
    "joint_to_single",
    "added_holder",
    "other",
]

INVENTORY_EDITIONS = ("wipo-2022-frozen", "legacy", "successors")
"""Lists of the inventory that ship with the project; a test compares them with the seeds."""


class MethodSettingsError(ValueError):
    """A method setting that this software, or this inventory, does not know."""


class MethodSettings(BaseSettings):
    """Choices that change published numbers; read from ``GREENTIES_METHOD_*``.

    Question numbers (Q-..) are those of the paper's requirements, docs/method.md repeats them.
    """

    model_config = SettingsConfigDict(env_prefix="GREENTIES_METHOD_", frozen=True, extra="forbid")

    # Time
    as_of: date | None = Field(
        default=None, description="The panel as it was known on this day; everything without one."
    )
    as_of_basis: Literal["gazette", "load"] = Field(
        default="gazette",
        description="Known is what the gazette had printed by then, or what was landed by then.",
    )
    first_year: int = Field(default=2006, description="First year of the panel.")
    last_year: int = Field(default=2020, description="Last year of the panel, included.")
    grant_year_basis: Literal["announcement", "filing"] = Field(
        default="announcement",
        description="Q-01: year of a grant is that of its announcement, or of the filing of what "
        "was granted; the latter misses grants to come and is flagged.",
    )
    application_year_basis: Literal["filing", "publication"] = Field(
        default="filing",
        description="Q-02: year of an application is that of its filing, or of its first "
        "publication.",
    )

    # Green tags
    green_scope: Literal["any", "main"] = Field(
        default="any", description="Q-03: any IPC symbol of the patent, or the first one only."
    )
    green_mode: Literal["prefix", "exact", "hierarchical"] = Field(
        default="prefix", description="Q-03: how an inventory entry takes in symbols."
    )
    inventory_edition: str = Field(
        default="wipo-2022-frozen",
        description="Q-04: dated edition of the inventory, never latest.",
    )
    green_set: Literal["paper7", "paper7_wide", "wipo_full"] = Field(
        default="paper7",
        description="Q-05: the paper's seven classes, these with all of waste management but "
        "carbon capture as waste reuse, or all seven WIPO topics.",
    )

    # Places and applicants
    min_city_confidence: Decimal = Field(
        default=Decimal("0.00"),
        ge=0,
        le=1,
        decimal_places=2,
        description="Q-06: lowest confidence of a city that still counts, in edges and grants.",
    )
    min_link_probability: Decimal = Field(
        default=Decimal("0.99"),
        ge=Decimal("0.5"),
        le=1,
        decimal_places=2,
        description="Probability from which on the linkage model joins two names that rules "
        "leave open.",
    )
    individuals_in_network: bool = Field(
        default=True, description="Q-09: natural persons locate a patent like any applicant."
    )
    outside_partners_in_network: Literal[False] = Field(
        default=False, description="Q-10: foreign, Hong Kong, Macau and Taiwan partners stay out."
    )
    node_universe: Literal["341", "337", "278"] = Field(
        default="341",
        description="Q-11, Q-12: prefecture-level units, with or without the marked "
        "province-administered ones, or the 278 cities alone; a municipality is one node.",
    )
    boundaries: Literal["constant"] = Field(
        default="constant", description="Q-13: panel on constant boundaries; year-true codes kept."
    )

    # Networks
    edge_counting: Literal["pair", "whole", "fractional"] = Field(
        default="pair", description="Q-07: counting behind rsi and the margins of the panel."
    )
    edge_basis: Literal["grant", "application"] = Field(
        default="grant", description="D-21: joint grants (Table 2) or applications (Table 1)."
    )
    within_city: Literal["excluded"] = Field(
        default="excluded", description="Q-08: joint patents inside one city are no edges."
    )
    transfer_year_basis: Literal["registration", "gazette"] = Field(
        default="registration",
        description="Q-14: registration date, gazette date where absent; or the gazette date.",
    )
    transfer_types: tuple[TransferType, ...] = Field(
        default=("sale",),
        min_length=1,
        description="Q-15: event types that count in the transfer network.",
    )
    gtr_granted_only: bool = Field(
        default=True, description="Q-16: gtr counts granted patents; the network takes all."
    )
    gtr_direction: Literal["out", "in", "both"] = Field(
        default="out", description="Q-17: patents that left the city, that reached it, or the sum."
    )
    gtr_within_city: bool = Field(
        default=False, description="Q-32: transfers inside one city count in gtr."
    )
    gpatent_credit: Literal["every_city", "first_applicant", "solo"] = Field(
        default="every_city", description="Q-33: which cities a joint patent is credited to."
    )
    network_window: Literal["annual", "rolling", "cumulative"] = Field(
        default="annual",
        description="Q-29: edges of one calendar year, of the last years, or of all years so far.",
    )
    network_window_years: int = Field(
        default=3, ge=2, le=50, description="Q-29: years of a rolling window, the own included."
    )
    centrality_nodes: Literal["registry", "active", "reproduce"] = Field(
        default="registry",
        description="Q-27: N is the node registry or the active nodes; reproduce takes the "
        "registry for degrees and the active nodes for betweenness.",
    )
    partner_return_share: Decimal = Field(
        default=Decimal("0.40"),
        ge=0,
        le=1,
        decimal_places=2,
        description="T-12: a partner that came back after an absence at least twice, and in more "
        "than this share of the years of the panel, is reported.",
    )
    betweenness_weights: Literal["unweighted"] = Field(
        default="unweighted", description="Q-28: shortest means fewest steps."
    )

    # Panel
    sample: Literal["278", "285", "all"] = Field(
        default="278", description="Q-18, Q-35: cities of the regressions, marks of the city table."
    )
    zero_rule: Literal["log1p"] = Field(default="log1p", description="Q-19: ln(1+x).")
    lag_dummies: bool = Field(
        default=False, description="Q-20: lag 0/1 dummies as well; continuous ones always are."
    )
    # Covariates
    court: Literal["report", "enforce"] = Field(
        default="report",
        description="D-06 to D-13: what the plausibility court refuses is reported only, or counts "
        "as missing.",
    )
    gdp_measure: Literal["total", "per_head"] = Field(
        default="total", description="D-06: ln_pgdp is the log of total GDP, or of GDP per head."
    )
    deflation: Literal["none", "price_index"] = Field(
        default="none",
        description="Q-26: money is nominal, or in prices of the first year by an imported "
        "price_index.",
    )
    fdi_log: Literal["base10", "natural"] = Field(
        default="base10", description="D-07: base of the logarithm in ln_fdi."
    )
    tech_measure: Literal["ratio", "log_turnover"] = Field(
        default="ratio", description="D-08: ln_tech is turnover over GDP, or the log of turnover."
    )
    qrate_measure: Literal["ratio", "complement"] = Field(
        default="ratio", description="D-09: qrate is disputes over grants, or 1 minus that."
    )
    hsr_lines: Literal["new_200", "new_250", "broad"] = Field(
        default="new_200",
        description="D-10: new lines of 200 km/h and more, of 250 and more, or upgraded ones too.",
    )
    hsr_timing: Literal["opening_year", "half_year", "december", "year_after", "new_line"] = Field(
        default="opening_year",
        description="D-10: cumulative from the opening year (of openings after June, or in "
        "December, the year after), from the year after, or only in years with a new line.",
    )
    low_carbon_units: Literal["provinces_expanded", "cities_only", "cities_and_parts"] = Field(
        default="provinces_expanded",
        description="Pilot provinces treat all their cities, none, or none but counties do theirs.",
    )
    low_carbon_batches: Literal["all", "first_two"] = Field(
        default="all", description="Batches of low-carbon pilots that count."
    )
    low_carbon_timing: Literal["treated_year", "announced", "year_after"] = Field(
        default="treated_year",
        description="First year that studies count as treated, year of the notice, or the one "
        "after the notice.",
    )
    ets_markets: Literal["all", "without_fujian"] = Field(
        default="all", description="Q-21: with or without the market of 2016."
    )
    ets_date_basis: Literal["announced", "trading_start"] = Field(
        default="announced", description="Q-21: carbon market counts from this date."
    )
    ets_timing: Literal["same_year", "year_after"] = Field(
        default="same_year", description="Q-21: from the year of that date on, or the one after."
    )
    innovative_units: Literal["with_districts", "prefectures", "with_counties"] = Field(
        default="with_districts",
        description="Districts of a municipality make it an innovative city, no, counties too.",
    )
    innovative_timing: Literal["same_year", "year_after"] = Field(
        default="same_year", description="From the year of approval on, or the one after."
    )
    policy_source: Literal["auto", "documents", "yearbook"] = Field(
        default="auto",
        description="zts and gjs from policy documents, from the yearbook's columns, or from "
        "documents in years of which all were landed.",
    )
    policy_tool_score: Literal["one_two_three", "one_or_three"] = Field(
        default="one_two_three",
        description="A document with two kinds of tools scores 2, or 1 (the text says 1 for one, "
        "3 for all).",
    )
    policy_window: Literal["year", "cumulative"] = Field(
        default="year", description="Q-23: documents of the year, or of all years up to it."
    )
    policy_gap: Literal["zero", "missing"] = Field(
        default="zero", description="Q-22: province-years without any policy document."
    )
    dige_standardisation: Literal["pooled", "yearly"] = Field(
        default="pooled", description="Q-24: z-scores over all city-years, or within each year."
    )
    dige_score: Literal["first", "first_unit_variance", "composite_all", "composite_above_one"] = (
        Field(
            default="first",
            description="Q-24: first component, the same with variance 1, or all (those above 1) "
            "weighted by their shares of variance.",
        )
    )
    dige_sign: Literal["first_column", "loading_sum"] = Field(
        default="first_column",
        description="Q-24: internet penetration, or the sum of loadings, is positive.",
    )
    er_scaling: Literal["pooled", "yearly"] = Field(
        default="pooled", description="Q-25: range of the rates over all city-years, or each year."
    )
    er_gap_stage: Literal["raw", "index", "none"] = Field(
        default="raw",
        description="Q-25: gaps are filled in the rates, in the finished index, or not.",
    )
    er_clip: bool = Field(
        default=True,
        description="Q-25: extrapolated rates of er clipped to 0..100 percent, cells reported.",
    )
    cluster_convention: Literal["reghdfe", "linearmodels"] = Field(
        default="reghdfe", description="Small-sample factor of the city-clustered covariance."
    )

    # Spatial weights, Moran, spatial models
    weights_power: Decimal = Field(
        default=Decimal("1.00"),
        gt=0,
        le=10,
        decimal_places=2,
        description="Q-31: power of the distance in inverse-distance weights.",
    )
    weights_cutoff_km: int = Field(
        default=0, ge=0, description="Q-31: pairs farther apart get no weight; 0 for no cut-off."
    )
    weights_neighbours: int = Field(
        default=5, ge=1, le=100, description="Neighbours of a city in nearest-neighbour weights."
    )
    weights_economic_base: Literal["first_year", "mean"] = Field(
        default="first_year",
        description="Q-31: economic weights from GDP per head of the first year, so that they are "
        "predetermined, or of the mean of all years.",
    )
    moran_variable: Literal["ln_rsi", "rsi"] = Field(
        default="ln_rsi", description="Q-30: variable of the Moran figures; both are published."
    )
    moran_permutations: int = Field(
        default=999, ge=99, le=99_999, description="Permutations behind pseudo p-values of Moran."
    )
    spatial_information: Literal["oim", "expected", "cluster"] = Field(
        default="oim",
        description="Q-34, D-26: printed errors of Table 5: minus the Hessian, the expected "
        "information, or clustered by city; clustered ones stand beside them.",
    )
    spatial_draws: int = Field(
        default=1000, ge=2, le=100_000, description="Simulated draws behind the effects of Table 5."
    )
    spatial_gaps: Literal["drop_cities", "interpolate"] = Field(
        default="drop_cities",
        description="A spatial panel has no gap: cities with a missing value are left out, or the "
        "value is interpolated between the years of the city.",
    )

    # Other errors, other variants
    bootstrap_replications: int = Field(
        default=999, ge=99, le=99_999, description="Draws of the wild cluster bootstrap."
    )
    event_window: int = Field(
        default=5,
        ge=2,
        le=30,
        description="Years before and after the start of a policy; what lies beyond is pooled.",
    )
    random_seed: int = Field(
        default=20201231, ge=0, lt=2**31, description="Seed of all draws and permutations."
    )

    @model_validator(mode="after")
    def _years_run_forward(self) -> Self:
        if self.first_year > self.last_year:
            raise ValueError(f"first_year {self.first_year} lies after last_year {self.last_year}")
        return self

    @property
    def settings_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON of all fields."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def checked_method_settings(
    *, has_own_inventory: bool, environment: Mapping[str, str] | None = None
) -> MethodSettings:
    """Read the method settings and refuse what would change nothing, or everything, silently.

    Parameters
    ----------
    has_own_inventory : bool
        Whether ``GREENTIES_INVENTORY_TABLE`` replaces the main list; it then bears the first name
        in ``inventory_edition``, whatever that is.
    environment : mapping of str to str, optional
        Where names of settings are looked for; that of the process by default.

    Raises
    ------
    pydantic.ValidationError
        If a value is not among the choices of its setting.
    MethodSettingsError
        If a variable names no setting, or an edition of the inventory is not at hand.
    """
    prefix = str(MethodSettings.model_config["env_prefix"])
    given = {
        name.upper().removeprefix(prefix).lower()
        for name in (os.environ if environment is None else environment)
        if name.upper().startswith(prefix)
    }
    if unknown := sorted(given - set(MethodSettings.model_fields)):
        near = nearest_name(unknown[0], set(MethodSettings.model_fields)).upper()
        raise MethodSettingsError(
            f"{prefix}{unknown[0].upper()} names no method setting; the nearest is {prefix}{near} "
            "(docs/method.md lists them)"
        )
    method = MethodSettings()
    names = method.inventory_edition.split("+")
    for name in names[1:] if has_own_inventory else names:
        if name not in INVENTORY_EDITIONS:
            raise MethodSettingsError(
                f"{prefix}INVENTORY_EDITION: no edition {name!r} (got "
                f"{method.inventory_edition!r}); one or more of {', '.join(INVENTORY_EDITIONS)}, "
                "joined by +"
            )
    return method
