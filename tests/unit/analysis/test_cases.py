"""Every leaf of every reference case is offered by a result under its name, with its value.

The walk is the same for all cases: a block of ``expected`` is paired with the mapping that one call
gives, and each leaf below it has to stand there at the same place. What no result can offer is
listed in ``INPUTS`` with the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from analysis import api

INPUTS = {
    "econ_variable_definition": "prose about the values that are given",
    "dist_AL_AZ": "a pair of points of this case: haversine_km(coords)[i, j], compared below",
    "dist_CA_NY": "a pair of points of this case: haversine_km(coords)[i, j], compared below",
    "dist_CA_NY_wgs84": "a pair of points of this case: ellipsoid_km(coords)[i, j], compared below",
    "states": "names of the points in another spelling than the file of coordinates",
    "mc.seed": "of the generator behind the reference",
    "mc.nsim": "of the draws behind the reference",
    "mc.generator": "of the draws behind the reference",
    "impacts_mc.seed": "of the generator behind the reference",
    "impacts_mc.R": "of the draws behind the reference",
    "permutation.seed": "of the generator behind the reference",
    "permutation.nsim": "of the draws behind the reference",
}
"""Leaves whose value is given to a call; they are offered (or not) but never compared."""

DRAWN = ("effects_mc_", "impacts_mc.", "permutation.")
"""Values of random draws: compared within their error by the tests of their module."""

Block = tuple[str, Any, Any]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def at(result: Any, path: str, names: list[str]) -> Any:
    """Value at a path; names of variables may hold points."""
    if not names:
        return result
    if not isinstance(result, Mapping):
        raise KeyError(path)
    for length in range(1, len(names) + 1):
        key = ".".join(names[:length])
        if key in result:
            return at(result[key], path, names[length:])
    raise KeyError(path)


def panel_blocks(case) -> Iterator[Block]:
    frame, x = case.read(), case.spec["x"]
    entity, time = frame.columns[:2]
    if any(name.startswith("L_") for name in x):
        names = [name.removeprefix("L_") for name in x if name.startswith("L_")]
        # The reference counts the rows that have a year before.
        frame = api.lag(frame, names, entity=entity, time=time).drop_nulls()
    for effects, block in case.expected.items():
        if isinstance(block, dict):
            fit = api.fit_panel(
                frame, case.spec["y"], x, entity=entity, time=time, effects=effects
            ).to_dict()
            yield effects, block, fit
    top = {key: value for key, value in case.expected.items() if not isinstance(value, dict)}
    yield "", top, fit


def stata_blocks(case) -> Iterator[Block]:
    frame = case.read()
    y, x = frame.columns[2], frame.columns[3:]
    for convention in ("reghdfe", "xtreg"):
        yield convention, case.expected, api.fit_panel(
            frame, y, x, entity="firm", time="year", effects="individual", se=convention
        ).to_dict()  # fmt: skip


def spatial_blocks(case) -> Iterator[Block]:
    files = {"sdm_cigar": "W_binary.csv"}
    frame = case.read()
    names = [name.split(" ")[0] for name in (case.spec["y"], *case.spec["x"])]
    w = api.normalised(case.read(files.get(case.folder.name, "W_rowstd.csv")))
    options = {"entity": "state", "time": "year", "W": w}
    tests = api.spatial_tests(frame, names[0], names[1:], **options).to_dict()
    panel = api.SpatialPanel(frame, names[0], names[1:], **options)
    for key, block in case.expected.items():
        if key in ("gold", "leeyu_transformation"):
            for effects, models in block.items():
                for model, leaf in models.items():
                    if model.startswith("LR_"):
                        yield f"{key}.{effects}.{model}", leaf, tests[key][effects][model]
                        continue
                    fit = api.fit_prepared(
                        panel, model=model, effects=effects, information="expected", draws=20,
                        leeyu=key == "leeyu_transformation",
                    )  # fmt: skip
                    yield f"{key}.{effects}.{model}", leaf, fit.to_dict()
        elif key == "sdm_se_cluster_unit":
            for effects, leaf in block.items():
                fit = api.fit_prepared(panel, effects=effects, draws=0)
                yield f"{key}.{effects}", leaf, fit.to_dict()[key]
        else:
            yield "", {key: block}, tests


def cross_section_blocks(case) -> Iterator[Block]:
    for name, block in case.expected.items():
        frame = case.read(f"{name}.csv").with_row_index("area")
        w = case.read(f"{name}_W_rowstd.csv")
        yield f"{name}.moran_CRIME", block["moran_CRIME"], api.moran(frame["CRIME"], w).to_dict()
        tests = api.spatial_tests(
            frame, "CRIME", ["INC", "HOVAL"], entity="area", time=None, W=w, draws=20
        )
        yield f"{name}.models", block["models"], tests.to_dict()


def weights_blocks(case) -> Iterator[Block]:
    coords, expected = case.read("coords.csv"), case.expected
    g = expected["econ_variable"]
    kinds = {
        "inv_": api.weights(coords),
        "inv2_": api.weights(coords, "inverse_squared"),
        "econ_": api.weights(coords, "economic", values=g),
        "econgeo_": api.weights(coords, "economic_geographic", values=g),
        "nested_": api.weights(coords, "nested", values=g),
    }
    checks: dict[str, Any] = {}
    for of in kinds.values():
        checks |= of.to_dict()["checks"]
    about = kinds["nested_"].to_dict()
    assert about["states"] == about["ids"] == [name.upper() for name in coords["state"]]
    yield "", {k: v for k, v in expected.items() if not k.startswith(("moran", "checks"))}, about
    yield "checks", expected["checks"], checks
    points = coords.select("lat", "lon").to_numpy()
    place = {name: at for at, name in enumerate(coords["state"].to_list())}
    pairs = {"AL": "ALABAMA", "AZ": "ARIZONA", "CA": "CALIFORNIA", "NY": "NEW_YORK"}
    for key, value in expected["checks"].items():
        if key.startswith("dist_"):
            a, b, *ellipsoid = key.removeprefix("dist_").split("_")
            distance = (api.ellipsoid_km if ellipsoid else api.haversine_km)(points)
            assert distance[place[pairs[a]], place[pairs[b]]] == pytest.approx(value, rel=1e-10)
    gsp = case.read("gsp.csv")
    for key, block in expected.items():
        if key.startswith("moran_lgsp_"):
            year = gsp.filter(year=int(key.removeprefix("moran_lgsp_")))
            values = dict(zip(year["state"], np.log(year["gsp"]), strict=True))
            yield key, block, api.moran(values, kinds["inv_"]).to_dict()
        elif key == "moran_gsppc_1986_econ":
            z = block["local"]["z"]
            yield key, block, api.moran(z, kinds["econ_"]).to_dict()


def network_blocks(case) -> Iterator[Block]:
    for name, block in case.expected.items():
        edges, nodes = case.read(f"{name}_edges.csv"), case.read(f"{name}_nodes.csv")
        yield name, block, api.centralities(edges, nodes, directed=block["directed"]).to_dict()


def entropy_blocks(case) -> Iterator[Block]:
    frame, expected = case.read(), case.expected["entropy"]
    columns = expected["columns"]
    options: dict[str, dict[str, Any]] = {
        "all_positive": {},
        "solid_negative": {"signs": {"solid": -1}},
        "shift_1e4": {"shift": 1e-4},
    }
    for key, option in options.items():
        index = api.entropy_index(frame, columns, **option).to_dict()
        yield f"entropy.{key}", expected[key], index
    yield "entropy", {key: expected[key] for key in ("columns", "n")}, index
    for year, block in expected["per_year_not_used"].items():
        alone = api.entropy_index(frame.filter(year=int(year)), columns).to_dict()
        yield f"entropy.per_year_not_used.{year}", block, alone
    gaps = case.expected["interpolation"]
    series = pl.DataFrame({"year": gaps["year"], "v": gaps["observed"]}, strict=False)
    yield "interpolation", gaps, api.fill_gaps(series, "v", entity=None).to_dict()


def simple_blocks(case) -> Iterator[Block]:
    name = case.folder.name
    if name == "pca_usarrests":
        result = api.pca_index(case.read(), case.expected["variables"]).to_dict()
    elif name == "describe_produc":
        result = api.describe(case.read(), list(case.expected)).to_dict()
    else:
        result = api.partner_dynamics(case.read("partners.csv")).to_dict()
        rows = zip(case.expected["rows"], result["rows"], strict=True)
        for number, (row, ours) in enumerate(rows):
            rounded = {
                key: round(value, 1) if isinstance(value, float) else value
                for key, value in ours.items()
            }
            yield f"rows.{number}", row, rounded
        return
    yield "", case.expected, result


KINDS = {
    "fe_stata": stata_blocks,
    "fe_": panel_blocks,
    "sdm_": spatial_blocks,
    "cross_": cross_section_blocks,
    "weights_": weights_blocks,
    "networks_": network_blocks,
    "entropy_": entropy_blocks,
    "": simple_blocks,
}


def blocks_of(case) -> Iterator[Block]:
    kind = next(start for start in KINDS if case.folder.name.startswith(start))
    return KINDS[kind](case)


def is_input(path: str) -> bool:
    return any(path == name or path.endswith(f".{name}") for name in INPUTS)


def agrees(value: Any, ours: Any) -> bool:
    if value is None or isinstance(value, str | bool):
        return bool(ours == value)
    if isinstance(value, list):
        if len(value) != len(ours):
            return False
        return all(agrees(one, other) for one, other in zip(value, ours, strict=True))
    if isinstance(value, float | int):
        # The widest tolerance of the cases; the tests of each module hold the narrow ones.
        return math.isclose(value, ours, rel_tol=1e-3, abs_tol=5e-4)
    raise TypeError(type(value))


def test_every_leaf_of_every_case_is_offered_with_its_value(econ, shared):
    """One test for all, so that a case that nobody looks at cannot hide."""
    folders = sorted(p.parent.name for p in (shared / "cases" / "econ").glob("*/case.json"))
    assert len(folders) >= 15
    missing, different, used = [], [], set()
    n_leaves = 0
    for name in folders:
        case = econ(name)
        expected = {path for path, _ in leaves(case.expected)}
        seen: set[str] = set()
        for where, block, result in blocks_of(case):
            json.dumps(result)  # a mapping that cannot be written is no export
            for path, value in leaves(block):
                full = f"{where}.{path}".strip(".")
                seen.add(full)
                n_leaves += 1
                if is_input(full):
                    used |= {n for n in INPUTS if full == n or full.endswith(f".{n}")}
                    continue
                try:
                    ours = at(result, path, path.split("."))
                except KeyError:
                    missing.append(f"{name}: {full}")
                    continue
                drawn = any(part in full for part in DRAWN)
                if not drawn and not agrees(value, ours):
                    different.append(f"{name}: {full}: {value} is {ours}")
        if name.startswith(("fe_stata", "dynamics")):
            continue  # walked once per convention, or row by row
        assert expected <= seen, (name, sorted(expected - seen)[:5])
    assert missing == []
    assert different == []
    assert n_leaves > 2500
    assert used == set(INPUTS)
