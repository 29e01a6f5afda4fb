"""The same country gives the same fingerprints on every machine: those of the pinned file."""

from __future__ import annotations

import copy

import pytest

from tests.fingerprints import Tables, build, differences, pinned


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Fingerprints of the small country, built here and now."""
    return build(tmp_path_factory.mktemp("fingerprints") / "data folder")


def test_the_small_country_has_the_pinned_fingerprints(found: Tables) -> None:
    moved = differences(pinned(), found)
    assert not moved, (
        "published tables of the small country changed; if that is meant, say so in CHANGELOG.md "
        "and run make fingerprints:\n" + "\n".join(moved)
    )


def test_the_pinned_country_is_no_empty_shell() -> None:
    tables = pinned()
    needed = [
        "marts.fct_publications",
        "marts.fct_applications",
        "marts.fct_assignments",
        "marts.fct_joint_edges",
        "marts.fct_transfer_edges",
        "marts.fct_city_years",
        "marts.rejections",
        "reports.rpt_table3_baseline",
    ]
    assert [name for name in needed if tables.get(name, {"row_count": 0})["row_count"] == 0] == []


def test_a_table_that_is_gone_new_or_different_is_named() -> None:
    expected = pinned()
    found = copy.deepcopy(expected)
    gone, other = sorted(expected)[:2]
    found["marts.unheard_of"] = found.pop(gone)
    found[other]["fingerprint"] = "0" * 32
    named = [line.split(":")[0] for line in differences(expected, found)]
    assert named == sorted([gone, other, "marts.unheard_of"])
    assert differences(expected, expected) == []
