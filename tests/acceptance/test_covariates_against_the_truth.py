"""Policy instruments and synergy of a synthetic country against its ledger; the court on it."""

from __future__ import annotations

import pytest

from tests.acceptance import measures
from tests.acceptance.test_against_the_truth import SEEDS

pytestmark = pytest.mark.acceptance


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed-{seed}")
def built(request, country):
    """Return a connection: the published tables, and the truth as schema ``t.truth``."""
    connection = measures.open_country(country(request.param))
    yield connection
    connection.close()


def test_every_instrument_is_found_in_its_sentence_and_no_other(built):
    wrong = built.sql(
        """
        with counted as (
            select document_id from t.truth.policy_documents
            where is_counted::integer = 1 and year::integer >= 2006
        ), theirs as (
            select i.document_id, i.paragraph::integer as paragraph, i.kind, i.instrument,
                i.sentence
            from t.truth.policy_instruments as i semi join counted using (document_id)
        ), ours as (
            select distinct document_id, paragraph_no as paragraph, kind, instrument, sentence
            from marts.fct_policy_instruments where not is_negated
        )
        (select 'unknown' as what, * from (from ours except from theirs))
        union all
        (select 'missed' as what, * from (from theirs except from ours))
        """
    ).fetchall()
    assert wrong == []


def test_synergy_of_every_province_and_year_is_exact(built):
    compared = built.sql(
        """
        select
            count(*), count(*) filter (where abs(s.zts - t.zts::double) < 0.0006
                and abs(s.gjs - t.gjs::double) < 0.0006),
            count(*) filter (where s.policy_source = 'documents')
        from marts.fct_policy_synergy as s
        inner join t.truth.policy_years as t
            on s.province_code = t.province_code and s.year = t.year::integer
        """
    ).fetchall()
    ((n, n_exact, n_documents),) = compared
    assert n > 350
    assert n_exact == n
    assert n_documents == n


def test_the_court_has_nothing_to_say_against_a_clean_yearbook(built):
    rows = built.sql(
        "select subject, variable, check_name, n_found, evidence "
        "from reports.rpt_plausibility_court "
        "where subject <> 'paper' and verdict <> 'accepted'"
    ).fetchall()
    (refused,) = built.sql(
        "select coalesce(sum(n_refused), 0) from reports.rpt_plausibility_court "
        "where subject <> 'paper'"
    ).fetchone()
    # A draw of 80,000 cells now and then holds one that no yearbook would print: a city with a
    # fourth of a telephone for a hundred people between years of seventy.
    assert refused <= 2, rows
    assert sum(row[3] or 0 for row in rows) <= 5, rows  # cells that are odd, of some 80,000
