"""House rules about dbt models, read from the manifest."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orchestration.dbt_project import dbt_project

MANIFEST = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
NODES: dict[str, dict[str, Any]] = MANIFEST["nodes"]
MODELS = {n["name"]: n for n in NODES.values() if n["resource_type"] == "model"}
SEEDS = {n["name"]: n for n in NODES.values() if n["resource_type"] == "seed"}
TESTS = {k: n for k, n in NODES.items() if n["resource_type"] == "test"}
LAYER_OF_PREFIX = {
    "stg": "staging",
    "int": "intermediate",
    "dim": "marts",
    "fct": "marts",
    "rpt": "reports",
}
# Names that others build on win over the prefix rule.
PINNED_NAMES = {"rejections": "marts"}
# What a layer may read; sources are checked apart.
MAY_READ = {
    "staging": {"staging", "seed"},
    "intermediate": {"staging", "intermediate", "seed"},
    "marts": {"staging", "intermediate", "marts", "seed"},
    "reports": {"staging", "marts"},
}
QUERIED = sorted(n for n, m in MODELS.items() if m["fqn"][1] in {"marts", "reports"})
STAGES = {"panel", "report"}
# What linkage writes between the first two passes, and what reads it below the marts.
LINKAGE = {"applicant_entities", "applicant_pairs"}
READS_LINKS = {"int_applicant_entities", "int_applicant_name_years"}


def layer(node: dict[str, Any]) -> str:
    """Return staging, intermediate, marts, reports or seed."""
    return "seed" if node["resource_type"] == "seed" else str(node["fqn"][1])


def parents(node: dict[str, Any]) -> list[str]:
    """Return the unique ids a node reads."""
    return list(node["depends_on"]["nodes"])


def stage(node: dict[str, Any]) -> str:
    """Return the selection that builds the node: default, panel or report."""
    tags = STAGES & set(node["tags"])
    assert len(tags) <= 1, node["name"]
    return tags.pop() if tags else "default"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_prefix_and_folder_agree(name):
    expected = PINNED_NAMES.get(name) or LAYER_OF_PREFIX[name.split("_")[0]]
    assert layer(MODELS[name]) == expected


@pytest.mark.parametrize("name", sorted(MODELS) + sorted(SEEDS))
def test_model_and_seed_are_described_with_their_grain(name):
    node = MODELS.get(name) or SEEDS[name]
    assert "**Grain:**" in node["description"]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_described_column_says_something(name):
    silent = [c for c, column in MODELS[name]["columns"].items() if not column["description"]]
    assert silent == []


@pytest.mark.parametrize("name", QUERIED)
def test_what_people_query_has_a_contract_and_a_key(name):
    model = MODELS[name]
    assert model["config"]["contract"]["enforced"]
    keys = [c for c in model["constraints"] if c["type"] == "primary_key"]
    keys += [
        c
        for column in model["columns"].values()
        for c in column["constraints"]
        if c["type"] == "primary_key"
    ]
    assert len(keys) == 1
    assert all(column["data_type"] for column in model["columns"].values())


@pytest.mark.parametrize("name", [n for n in QUERIED if layer(MODELS[n]) == "reports"])
def test_every_report_says_whether_it_is_synthetic(name):
    assert MODELS[name]["columns"]["is_synthetic"]["data_type"] == "boolean"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_sources_are_read_where_they_belong(name):
    sources = {
        MANIFEST["sources"][p]["source_name"] for p in parents(MODELS[name]) if p[:7] == "source."
    }
    allowed = {
        "staging": {"raw"},
        "intermediate": {"analysis"} if name in READS_LINKS else set(),
        "marts": {"analysis"},
        "reports": {"analysis"},
    }
    assert sources <= allowed.get(layer(MODELS[name]), set())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_layers_read_downwards_only(name):
    model = MODELS[name]
    read = {layer(NODES[p]) for p in parents(model) if not p.startswith("source.")}
    assert read <= MAY_READ[layer(model)]


def test_reports_read_of_staging_only_what_the_paper_printed():
    read = {
        NODES[p]["name"]
        for name in QUERIED
        if layer(MODELS[name]) == "reports"
        for p in parents(MODELS[name])
        if not p.startswith("source.") and layer(NODES[p]) == "staging"
    }
    assert read <= {
        "stg_reference__paper_text_facts",
        "stg_reference__paper_values",
        "stg_reference__paper_variables",
    }


@pytest.mark.parametrize("name", QUERIED)
def test_the_final_select_names_its_columns(name):
    code = re.sub(r"--.*", "", MODELS[name]["raw_code"])
    final = code[code.rfind("\n)\n") + 3 :] if "\n)\n" in code else code
    assert not re.search(r"select\s+(distinct\s+)?(\w+\.)?\*", final)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_built_after_what_it_reads(name):
    order = ["default", "panel", "report"]
    own = order.index(stage(MODELS[name]))
    for parent in parents(MODELS[name]):
        if parent.startswith("source."):
            source = MANIFEST["sources"][parent]
            is_late = source["source_name"] == "analysis" and source["name"] not in LINKAGE
            assert not is_late or own >= order.index("panel")
        else:
            assert order.index(stage(NODES[parent])) <= own


def test_what_is_linked_does_not_hang_on_the_links():
    """Names are linked between two passes of dbt: the first must not need the second.

    What linkage reads has the tag, or is upstream of what has it; were it built in the second pass,
    Dagster would cut both passes into many.
    """
    assert "links" in SEEDS["linkage_parameters"]["tags"]
    waiting = [n for n in MODELS.values() if "links" in n["tags"]]
    seen: set[str] = set()
    assert waiting
    while waiting:
        for parent in parents(waiting.pop()):
            assert not parent.startswith("source.greenties.analysis"), parent
            if parent not in seen and parent.startswith("model."):
                seen.add(parent)
                waiting.append(NODES[parent])


@pytest.mark.parametrize("key", sorted(TESTS))
def test_a_test_runs_in_the_last_stage_of_what_it_reads(key):
    """A test without its tag would run before the panel exists."""
    node = TESTS[key]
    read = {stage(NODES[p]) for p in parents(node) if p in NODES}
    later = read & STAGES
    if not later:
        return
    needed = "report" if "report" in later else "panel"
    if set(node["tags"]) & STAGES:
        assert stage(node) == needed
    else:  # generic tests of one model are selected with that model alone
        assert read == {needed}
