"""Policy documents of the country: what they say agrees with the yearbook and with the truth."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict

import pytest

from scrapers.office.country import draw_country
from scrapers.office.ledger import Ledger
from scrapers.office.policy import (
    INSTRUMENTS,
    ISSUERS_TOLERANCE,
    PolicyDocument,
    draw_policy_documents,
    numbers_of,
)
from scrapers.office.store import policy_rows
from scrapers.office.truth import truth_files


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return draw_country(seed=5, records=500)


def counted(ledger: Ledger) -> dict[tuple[str, str], list[PolicyDocument]]:
    """Return the last document of each number by province and year, as a reader of the site."""
    last: dict[tuple[str, str], PolicyDocument] = {}
    for document in sorted(ledger.policy, key=lambda d: (d.published, d.document_id)):
        last[document.province_code, document.document_no or document.document_id] = document
    found: dict[tuple[str, str], list[PolicyDocument]] = defaultdict(list)
    for document in last.values():
        found[document.province_code, document.published[:4]].append(document)
    return found


def kinds_in(document: PolicyDocument) -> set[str]:
    text = "".join(document.paragraphs)
    return {kind for kind, named in INSTRUMENTS.items() if any(word in text for word in named)}


def test_means_of_the_documents_are_those_of_the_yearbook(ledger: Ledger) -> None:
    found = counted(ledger)
    seen = 0
    for row in ledger.provinces:
        documents = found.get((row["province_code"], row["year"]), [])
        if not row["policy_actors"]:
            assert documents == []
            continue
        n = len(documents)
        issuers = sum(len(d.issuers) for d in documents) / n
        assert abs(issuers - float(row["policy_actors"])) < ISSUERS_TOLERANCE + 1e-9
        assert f"{sum(len(kinds_in(d)) for d in documents) / n:.3f}" == row["policy_tools"]
        seen += 1
    assert seen > 400
    assert seen < len(ledger.provinces)


def test_the_truth_says_what_a_reader_finds(ledger: Ledger) -> None:
    files = truth_files(ledger)
    years = list(csv.DictReader(io.StringIO(files["policy_years.csv"])))
    found = counted(ledger)
    assert len(years) == len(found)
    for row in years:
        documents = found[row["province_code"], row["year"]]
        assert int(row["documents"]) == len(documents)
        zts = sum(len(d.issuers) for d in documents) / len(documents)
        assert float(row["zts"]) == pytest.approx(zts, abs=1e-6)
    documents = list(csv.DictReader(io.StringIO(files["policy_documents.csv"])))
    assert len(documents) == len(ledger.policy)
    for row, document in zip(documents, ledger.policy, strict=True):
        kinds = {k for k in INSTRUMENTS if row[k] == "1"}
        assert kinds == kinds_in(document)
        assert row["tool_score"] == str(len(kinds))
    sentences = list(csv.DictReader(io.StringIO(files["policy_instruments.csv"])))
    by_id = {d.document_id: d for d in ledger.policy}
    for row in sentences:
        assert row["sentence"] in by_id[row["document_id"]].paragraphs[int(row["paragraph"]) - 1]


def test_sentences_without_instrument_name_none(ledger: Ledger) -> None:
    words = {word: kind for kind, named in INSTRUMENTS.items() for word in named}
    for document in ledger.policy:
        text = "".join(document.paragraphs) + document.title + "".join(document.issuers)
        for _, _, _, sentence in document.instruments:
            text = text.replace(sentence, "")
        assert not [word for word in words if word in text]


def test_repeats_and_corrections_are_later_and_of_the_same_year(ledger: Ledger) -> None:
    by_id = {d.document_id: d for d in ledger.policy}
    repeats = [d for d in ledger.policy if d.repeats]
    assert 40 < len(repeats) < 300
    assert {d.is_correction for d in repeats} == {True, False}
    for again in repeats:
        first = by_id[again.repeats]
        assert first.is_superseded
        assert not again.is_superseded
        assert first.published < again.published
        assert first.year == again.year
        assert first.document_no == again.document_no
        assert (first.issuers != again.issuers) is again.is_correction
        assert again.title.endswith("（更正）") is again.is_correction


def test_days_are_in_order_and_in_one_year(ledger: Ledger) -> None:
    for document in ledger.policy:
        assert document.published[:4] == str(document.year)
        assert document.issued is None or document.issued <= document.published
        assert document.document_id.startswith(f"{document.province_code}-{document.year}-")


def test_numbers_are_unique_but_for_repeats(ledger: Ledger) -> None:
    seen = set()
    for document in ledger.policy:
        if document.document_no is None or document.is_superseded:
            continue
        key = (document.province_code, document.document_no)
        assert key not in seen
        seen.add(key)


def test_the_same_stream_gives_the_same_documents(ledger: Ledger) -> None:
    drawn = [draw_policy_documents(random.Random("x"), ledger.provinces) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert draw_policy_documents(random.Random("y"), ledger.provinces) != drawn[0]


def test_the_store_holds_them_all(ledger: Ledger) -> None:
    rows = list(policy_rows(ledger))
    assert [row[0] for row in rows] == [d.document_id for d in ledger.policy]


@pytest.mark.parametrize(
    ("actors", "tools"), [("1.341", "2.333"), ("5.999", "2.778"), ("1.000", "3.000")]
)
def test_numbers_come_near_enough(actors: str, tools: str) -> None:
    n, issuers, points = numbers_of(actors, tools)
    assert f"{points / n:.3f}" == tools
    assert abs(issuers / n - float(actors)) < ISSUERS_TOLERANCE + 1e-9


def test_means_that_no_few_documents_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2\.999"):
        numbers_of("1.500", "2.999")
