"""The asset graph: nothing dangling, one unbroken lineage, everything described and grouped."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from orchestration.settings import settings

IMPORTED = {  # landing assets that no spider fills
    "landing/gazette_csv_files",
    "landing/imported_events_files",
    "landing/imported_publications_files",
    "landing/imported_yearbook_values_files",
    "landing/imported_policy_documents_files",
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.Definitions]:
    """The definitions as they load where no data folder exists yet."""
    before = os.environ.get("GREENTIES_DATA_DIR")
    folder = tmp_path_factory.mktemp("graph") / "no data yet"
    os.environ["GREENTIES_DATA_DIR"] = str(folder)
    settings.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of Dagster and dbt
        from orchestration.definitions import defs

        loaded = defs()
        loaded.resolve_asset_graph()
    assert not folder.exists(), "loading the definitions wrote into the data folder"
    yield loaded
    settings.cache_clear()
    if before is None:
        del os.environ["GREENTIES_DATA_DIR"]
    else:
        os.environ["GREENTIES_DATA_DIR"] = before


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


def names(keys: Any) -> set[str]:
    return {key.to_user_string() for key in keys}


def upstream(graph: Any, key: str) -> set[str]:
    """Everything that an asset is made from."""
    found: set[str] = set()
    waiting = [dg.AssetKey.from_user_string(key)]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys:
            if parent.to_user_string() not in found:
                found.add(parent.to_user_string())
                waiting.append(parent)
    return found


def test_no_key_dangles(graph: Any) -> None:
    """A misspelt key gives no error, only an asset that nobody makes."""
    external = {k for k in graph.get_all_asset_keys() if not graph.get(k).is_materializable}
    assert names(external) == IMPORTED


def test_the_lineage_from_the_spiders_to_table_3_is_unbroken(graph: Any) -> None:
    found = upstream(graph, "reports/rpt_table3_baseline")
    assert {
        "landing/sipo_patents_files",
        "landing/sipo_assignments_files",
        "landing/citystat_city_years_files",
        "landing/citystat_province_years_files",
        "landing/gazette_csv_files",
        "raw/sipo_patents",
        "raw/sipo_assignments",
        "raw/method_settings",
        "marts/fct_joint_edges",
        "marts/fct_transfer_edges",
        "analysis/city_centralities",
        "analysis/city_indices",
        "marts/fct_city_years",
        "analysis/baseline_estimates",
    } <= found


def test_dbt_is_built_in_four_steps_with_linkage_and_analysis_between(
    definitions: dg.Definitions,
) -> None:
    """A circle between two selections would make Dagster cut both into many dbt runs."""
    steps = {node.name for node in definitions.resolve_job_def("build").nodes}
    assert {name for name in steps if name.startswith("dbt_")} == {
        "dbt_records_to_names",
        "dbt_names_to_edges",
        "dbt_panel",
        "dbt_reports",
    }


def test_the_release_hangs_on_every_mart_and_report(graph: Any) -> None:
    public = {k for k in graph.get_all_asset_keys() if k.path[0] in {"marts", "reports"}}
    release = graph.get(dg.AssetKey(["published", "warehouse"])).parent_keys
    assert public
    assert names(public) == names(release)
    for made in ("report", "tables", "figures"):
        assert names(graph.get(dg.AssetKey(["published", made])).parent_keys) == {
            "published/warehouse"
        }


def test_every_source_of_dbt_is_made_by_an_asset(graph: Any) -> None:
    import json

    from orchestration.dbt_project import dbt_project
    from orchestration.raw import landing_columns
    from scrapers.items import LANDING_TABLES

    manifest = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
    sources = {f"{s['source_name']}/{s['name']}" for s in manifest["sources"].values()}
    made = {name for name in names(graph.get_all_asset_keys()) if name[:4] in {"raw/", "anal"}}
    assert sources <= made
    assert {f"raw/{table}" for table in LANDING_TABLES} <= made
    assert all(landing_columns(table) for table in LANDING_TABLES)


def test_every_asset_has_a_group_and_a_description(graph: Any) -> None:
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assert [n.key.to_user_string() for n in nodes if n.group_name in {None, "default"}] == []
    assert [n.key.to_user_string() for n in nodes if not (n.description or "").strip()] == []


def test_group_and_first_part_of_the_key_agree(graph: Any) -> None:
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assert {
        n.key.to_user_string(): n.group_name for n in nodes if n.group_name != n.key.path[0]
    } == {}


def test_last_parts_of_keys_tell_the_nodes_of_the_graph_apart(graph: Any) -> None:
    """The graph of the UI shows only the last part of a key."""
    seen: dict[str, list[str]] = {}
    for key in graph.get_all_asset_keys():
        seen.setdefault(key.path[-1], []).append(key.to_user_string())
    assert {last: keys for last, keys in seen.items() if len(keys) > 1} == {}


def test_crawled_tables_have_months_and_everything_that_writes_waits_for_the_one_slot(
    definitions: dg.Definitions, graph: Any
) -> None:
    months = {
        "landing/sipo_patents_files",
        "landing/sipo_assignments_files",
        "raw/sipo_patents",
        "raw/sipo_assignments",
    }
    for name in sorted(months):
        node = graph.get(dg.AssetKey.from_user_string(name))
        keys = node.partitions_def.get_partition_keys()
        assert (keys[0], keys[-1]) == (settings().from_month, "2020-12")
        assert node.backfill_policy == dg.BackfillPolicy.single_run()
    writers = {
        "raw",
        "seeds",
        "staging",
        "intermediate",
        "marts",
        "analysis",
        "reports",
        "published",
    }
    for key in graph.get_all_asset_keys():
        pools = graph.get(key).pools
        if key.path[0] in writers:
            assert pools == {"duckdb_writer"}, key
        elif key.to_user_string() not in IMPORTED:
            assert pools == {"site"}, key


def test_tests_of_dbt_are_asset_checks(graph: Any) -> None:
    checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys}
    assert {"marts/fct_applications", "marts/fct_joint_edges", "marts/fct_city_years"} <= checked


def test_jobs_and_schedule_are_there(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert jobs == {"collect", "collect_yearbooks", "build", "everything"}
    assert [schedule.name for schedule in repository.schedule_defs] == ["monthly"]
