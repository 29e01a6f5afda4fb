"""The registry of sources: complete entries, and what may be crawled."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from scrapers.errors import SourceNotPermittedError
from scrapers.sources import (
    SourceRegistryError,
    as_json,
    as_text,
    read_sources,
    require_permission,
    source_of,
    sources,
)

ENTRY = """
[one]
name = "One"
publisher = "somebody"
hosts = ["one.example.org"]
use = "files"
holds = "rows"
terms = "free"
looked_at = "2019-07-09"
evidence = "a page"
instead = "download"
"""


def test_every_entry_says_who_what_when_and_where():
    for source in sources():
        assert all((source.name, source.publisher, source.holds, source.terms, source.evidence))
        if source.looked_at != "not checked":
            dt.date.fromisoformat(source.looked_at)
            assert source.evidence != "none read"
    assert {"gazette", "pss", "office_bulk", "bigquery", "patstat", "yearbooks"} <= {
        source.key for source in sources()
    }


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("epub.cnipa.gov.cn", "gazette"),
        ("EPUB.SIPO.GOV.CN.", "gazette"),
        ("www.pss-system.gov.cn", "pss"),
        ("data.stats.gov.cn", "yearbooks"),
        ("notstats.gov.cn", None),
        ("example.org", None),
    ],
)
def test_a_name_covers_its_subdomains_and_nothing_else(host, key):
    found = source_of(host)
    assert (found.key if found else None) == key


def test_a_forbidden_host_is_refused_with_the_way_to_its_data():
    with pytest.raises(SourceNotPermittedError, match="greenties import bulk-biblio") as refused:
        require_permission("http://epub.cnipa.gov.cn", is_loopback=False, accept_terms=True)
    assert refused.value.exit_code == 11


def test_an_unknown_host_is_crawled_by_who_has_read_its_terms():
    with pytest.raises(SourceNotPermittedError, match="--accept-terms"):
        require_permission("https://gazette.example.org/x", is_loopback=False)
    require_permission("https://gazette.example.org/x", is_loopback=False, accept_terms=True)
    require_permission("http://127.0.0.1:8000", is_loopback=True)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('terms = "free"\n', "", r"missing \['terms'\]"),
        ('terms = "free"', 'terms = "free"\nlicence = "x"', r"unknown \['licence'\]"),
        ('"files"', '"steal"', "use 'steal'"),
        ('instead = "download"\n', "", "no way to the data"),
        ("[one]", ENTRY.replace("[one]", "[two]") + "[one]", r"in \[two\] and \[one\]"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_named(tmp_path, old, new, problem):
    path = tmp_path / "sources.toml"
    path.write_text(ENTRY, encoding="utf-8")
    assert [source.key for source in read_sources(path)] == ["one"]
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceRegistryError, match=problem):
        read_sources(path)


def test_the_registry_can_be_read_by_people_and_programs():
    text = as_text()
    assert all(source.name in text and source.terms in text for source in sources())
    assert [entry["key"] for entry in json.loads(as_json())] == [s.key for s in sources()]
