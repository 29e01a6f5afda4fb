"""The examples of docs/analysis.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import analysis.api

DOCS = Path(__file__).parents[3] / "docs" / "analysis.md"


@pytest.fixture(scope="module")
def blocks():
    return re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_every_block_runs_in_the_order_of_the_page(blocks):
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(DOCS), "exec"), names)
    assert [item.check for item in names["audit_tables"](names["printed_values"])] == ["T-01"]
    assert names["sdm"].terms == ("x", "z", "W_x", "W_z", "rho")


def test_every_function_of_the_door_stands_on_the_page():
    text = DOCS.read_text(encoding="utf-8")
    functions = {
        "fit_panel", "fit_spatial", "spatial_tests", "moran", "centralities", "weights",
        "pca_index", "entropy_index", "describe", "partner_dynamics", "audit_tables", "stepwise",
        "lag", "event_study", "goodman_bacon", "fit_poisson", "two_way_clustered",
        "driscoll_kraay", "wild_cluster_bootstrap", "weights_table", "feedback",
        "wild_cluster_bootstraps", "network_measures", "yearly_network_measures", "fill_gaps",
    }  # fmt: skip
    assert functions <= set(analysis.api.__all__)
    assert {name for name in functions if f"{name}(" not in text} == set()
