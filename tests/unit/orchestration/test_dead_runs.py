"""A run whose process was killed must not keep the next one waiting."""

from __future__ import annotations

import uuid
from pathlib import Path

import dagster as dg
import pytest

from orchestration.instance import open_instance
from orchestration.line import OF_THE_LINE, end_dead_runs
from orchestration.settings import Settings

POOL = "duckdb_writer"


@pytest.mark.parametrize(
    ("tags", "status", "is_freed"),
    [
        ({OF_THE_LINE: "true"}, dg.DagsterRunStatus.STARTED, True),
        ({}, dg.DagsterRunStatus.FAILURE, True),
        ({}, dg.DagsterRunStatus.STARTED, False),  # one of the UI, perhaps alive
    ],
)
def test_a_killed_run_of_the_line_gives_its_place_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tags: dict[str, str],
    status: dg.DagsterRunStatus,
    is_freed: bool,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "restored afterwards")
    monkeypatch.setenv("GREENTIES_DATA_DIR", "restored afterwards")
    with open_instance(Settings(data_dir=tmp_path)) as instance:
        killed, following = str(uuid.uuid4()), str(uuid.uuid4())
        instance.add_run(dg.DagsterRun(job_name="build", run_id=killed, status=status, tags=tags))
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default(POOL)
        assert storage.claim_concurrency_slot(POOL, killed, "publish").is_claimed
        end_dead_runs(instance)
        assert storage.claim_concurrency_slot(POOL, following, "publish").is_claimed == is_freed
        ended = instance.get_run_by_id(killed)
        assert ended is not None
        assert ended.is_finished == is_freed
