"""``greenties sources`` and ``greenties versions``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from scrapers.landing import append_ledger
from scrapers.sources import sources


@pytest.fixture
def greenties(tmp_path, monkeypatch):
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_the_registry_is_shown_as_text_and_as_json(greenties):
    shown = greenties("sources")
    assert shown.exit_code == 0
    assert all(source.name in shown.output for source in sources())
    listed = json.loads(greenties("sources", "--json").output)
    assert [entry["key"] for entry in listed] == [source.key for source in sources()]


def test_versions_of_a_month_are_listed(greenties, tmp_path):
    missing = greenties("versions", "sipo_patents", "2019-07")
    assert missing.exit_code == 1
    assert "never landed" in missing.output
    for content_id, rows in (("aaaa", 1_200), ("bbbb", 1_201)):
        append_ledger(
            tmp_path / "landing",
            event="landed",
            table="sipo_patents",
            landing_month="2019-07-01",
            content_id=content_id,
            rows=rows,
            archive=f"raw/sipo_patents/2019-07/{content_id}.warc.gz",
        )
    shown = greenties("versions", "sipo_patents", "2019-07")
    assert shown.exit_code == 0
    assert shown.output.index("1,200") < shown.output.index("1,201")
    listed = json.loads(greenties("versions", "sipo_patents", "2019-07", "--json").output)
    assert [version["content_id"] for version in listed] == ["aaaa", "bbbb"]


def test_an_unknown_table_is_named(greenties):
    done = greenties("versions", "sipo_trademarks", "2019-07")
    assert done.exit_code == 61
    assert "sipo_trademarks" in done.output
