"""A build as of a day is the build of a landing that ends on that day, table by table."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from orchestration.fingerprints import Fingerprint, table_fingerprint
from orchestration.method import MethodSettings
from tests.integration.test_dbt_networks import (
    JIN,
    NORTH,
    SHEN,
    YAN,
    application_no,
    event,
    publication,
)
from tests.warehouse import dbt_build, make_landing

# Every table of records, events, ownership and edges, and what they read.
TABLES = (
    "fct_publications", "fct_applications", "fct_application_applicants", "fct_landed_months",
    "fct_legal_events", "fct_assignments", "fct_patent_owners", "fct_ownership_moves",
    "fct_ownership_findings", "fct_joint_edge_patents", "fct_transfer_edge_events",
)  # fmt: skip


def land(root: Path, *, until: str) -> None:
    """Three months; the last one tells a sale, a grant and the correction of an older event."""
    sold = application_no(2010, 1)
    months = {
        "2013-05-01": {
            "sipo_patents": [
                publication(1, NORTH, SHEN),
                publication(2, SHEN, JIN),
                publication(3, NORTH, YAN),
            ],
        },
        "2014-02-01": {"sipo_assignments": [event(sold, [NORTH, SHEN], [JIN, SHEN])]},
        "2015-03-01": {
            "sipo_patents": [publication(4, JIN, SHEN, granted="2015.03.04")],
            "sipo_assignments": [
                event(sold, [JIN, SHEN], [YAN], gazette="2015.03.11", registered="2015-02-20"),
                event(
                    application_no(2010, 2), [SHEN, JIN], [SHEN],
                    gazette="2015.03.11", registered="2013-09-01",
                ),
            ],
        },
    }  # fmt: skip
    for month, tables in months.items():
        if month <= until:
            for table, rows in tables.items():
                make_landing(root, table, month, rows)


def fingerprints(path: Path) -> dict[str, Fingerprint]:
    with duckdb.connect(str(path), read_only=True) as connection:
        # the day is a setting, so that the hash of the settings differs as it must
        return {
            table: table_fingerprint(
                connection,
                f"marts.{table}",
                exclude=["settings_hash"] if table == "fct_applications" else [],
            )
            for table in TABLES
        }


def test_as_of_a_day_is_a_landing_that_ends_there(tmp_path: Path) -> None:
    whole, short = tmp_path / "whole", tmp_path / "short"
    land(whole, until="2015-12-01")
    land(short, until="2014-12-01")
    select = " ".join(f"+{table}" for table in TABLES)
    quiet = "test_type:unit test_type:data"
    ended = dbt_build(short, select, exclude=quiet)
    # seeds are loaded, everything else is built again
    shutil.copy(ended.path, whole / "warehouse.duckdb")
    method = MethodSettings(as_of=date(2014, 12, 31))
    known = dbt_build(whole, select, exclude=f"{quiet} resource_type:seed", method=method)
    assert fingerprints(known.path) == fingerprints(ended.path)
    # an event of 2013 that the gazette of 2015 tells was not known; nor was the second sale
    assert known.rows("select count(*) from marts.fct_assignments") == [(1,)]
    assert known.rows(
        "select count(*) from marts.fct_patent_owners where step = 1 and valid_to is null"
    ) == [(2,)]
