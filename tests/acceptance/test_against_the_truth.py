"""The published tables of a synthetic country against the ledger of the office."""

from __future__ import annotations

import duckdb
import pytest

pytestmark = pytest.mark.acceptance

DEFAULT_SEED = 20061231
SEEDS = (DEFAULT_SEED, 11, 2024)


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed-{seed}")
def built(request, country):
    """Return a connection: the published tables, and the truth as schema ``t.truth``."""
    folder = country(request.param)
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as t")
    connection.execute("create schema t.truth")
    connection.execute(f"attach '{folder / 'published.duckdb'}' as p (read_only)")
    connection.execute("use p")
    for name in (
        "applicants", "green", "joint_edges", "transfer_edges", "panel", "applications", "events",
        "policy_years",
    ):  # fmt: skip
        connection.execute(
            f"create table t.truth.{name} as from "
            f"read_csv('{folder / 'truth' / name}.csv', header = true, all_varchar = true)"
        )
    yield connection
    connection.close()


def one(connection, query):
    """Return the only row of a query."""
    rows = connection.sql(query).fetchall()
    assert len(rows) == 1
    return rows[0]


def test_green_tags_are_exact(built):
    wrong = built.sql(
        """
        with ours as (
            select application_no, is_green from marts.fct_applications
            where patent_kind = 'invention'
        ), theirs as (
            select application_no, is_green_paper7_any_prefix = '1' as is_green
            from t.truth.applications where kind in ('invention', 'pct_invention')
        )
        select ours.application_no, ours.is_green, theirs.is_green
        from ours full join theirs
            on replace(ours.application_no, '.', '') = theirs.application_no
        where ours.is_green is distinct from theirs.is_green
        """
    ).fetchall()
    assert wrong == []


def test_first_applicants_sit_where_they_truly_do(built):
    wrong, open_, total = one(
        built,
        """
        with ours as (
            select p.publication_no, a.adcode, a.country_or_area
            from marts.fct_application_applicants as a
            inner join marts.fct_publications as p using (publication_id)
            where a.applicant_seq = 1
        ), theirs as (
            select publication_no, node_code from t.truth.applicants where applicant_seq = '1'
        )
        select
            count(*) filter (ours.adcode <> theirs.node_code),
            count(*) filter (ours.adcode is null),
            count(*)
        from theirs left join ours using (publication_no)
        where theirs.node_code is not null
            and theirs.publication_no in (select publication_no from ours)
        """,
    )
    print(f"first applicants in a city {total}: wrong {wrong}, not located {open_}")
    assert total > 30_000
    assert (total - wrong - open_) / total >= 0.99


# An event may be listed twice on one day, under its old and its new type name (2010): it is one, so
# that the name is no part of the comparison, but has to be one of those that were listed.
EVENTS = """
with ours as (
    select
        replace(application_no, '.', '') as application_no, cast(gazette_date as varchar) as day,
        parsed_type as kind, count(*) as n, sum(n_listings) as n_listings,
        list(event_type) as names
    from marts.fct_legal_events group by all
), theirs as (
    select
        application_no, gazette_date as day, kind,
        count(*) filter (where is_repeat = '0') as n, count(*) as n_listings,
        list(event_type) as names
    from t.truth.events where gazette_date >= '2006-01' group by all
)
select
    coalesce(ours.application_no, theirs.application_no), coalesce(ours.day, theirs.day),
    coalesce(ours.kind, 'none'), coalesce(theirs.kind, 'none'), ours.n, theirs.n
from ours full join theirs using (application_no, day, kind)
where ours.n is distinct from theirs.n or ours.n_listings is distinct from theirs.n_listings
    or not list_has_all(theirs.names, ours.names)
order by all
"""


def test_every_legal_event_is_there_once_and_of_its_kind(built):
    wrong = built.sql(EVENTS).fetchall()
    total, kinds = one(
        built,
        "select count(*) filter (where is_repeat = '0'), count(distinct kind) from t.truth.events",
    )
    print(f"legal events: true {total}, of {kinds} kinds, wrong {len(wrong)}: {wrong[:10]}")
    assert kinds == 11
    # An event of no kind of its own says nothing but its name: under two names it stays two events.
    of_two_names = [row for row in wrong if row[2:4] == ("other", "other") and row[4] == row[5] + 1]
    assert wrong == of_two_names
    assert len(of_two_names) <= 0.001 * total


def test_policy_documents_count_as_in_truth(built):
    wrong = built.sql(
        """
        with ours as (
            select
                province_code, year, count(*) as documents,
                round(avg(n_issuers), 3) as zts
            from marts.fct_policy_documents group by all
        ), theirs as (
            select
                province_code, year::integer as year, documents::bigint as documents,
                round(zts::double, 3) as zts
            from t.truth.policy_years where year >= '2006'
        )
        select * from ours full join theirs using (province_code, year)
        where ours.documents is distinct from theirs.documents
            or abs(ours.zts - theirs.zts) > 0.0011
        """
    ).fetchall()
    assert wrong == []


EDGES = """
with ours as (
    select year, city_a, city_b, n from marts.fct_joint_edges
    where basis = 'grant' and counting = 'pair'
), theirs as (
    select year::integer as year, city_a, city_b, n::decimal(18, 6) as n,
        n_decidable::decimal(18, 6) as n_decidable
    from t.truth.joint_edges where basis = 'grant' and counting = 'pair'
), both_sides as (
    select coalesce(ours.n, 0) as found, coalesce(theirs.n, 0) as true_n,
        coalesce(theirs.n_decidable, 0) as decidable
    from ours full join theirs using (year, city_a, city_b)
)
select
    sum(least(found, true_n)) / sum(found) as precision,
    sum(least(found, decidable)) / sum(decidable) as recall_decidable,
    sum(least(found, true_n)) / sum(true_n) as recall_all,
    sum(decidable) / sum(true_n) as share_decidable,
    sum(true_n) as n_true
from both_sides
"""


def test_joint_edges_meet_the_bar(built):
    precision, recall, recall_all, decidable, n_true = one(built, EDGES)
    print(
        f"edges: true {n_true}, decidable {decidable:.3f}, precision {precision:.4f}, "
        f"recall among decidable {recall:.4f}, recall over all {recall_all:.4f}"
    )
    assert n_true >= 6000
    assert decidable >= 0.60
    assert precision >= 0.98
    assert recall >= 0.90


def test_the_country_is_enriched_as_promised(built):
    (partners,) = one(
        built,
        """
        select max(k) from (
            select count(distinct other) as k from (
                select city_a as city, city_b as other from t.truth.joint_edges
                where year = '2020' and basis = 'grant' and counting = 'pair'
                union all
                select city_b, city_a from t.truth.joint_edges
                where year = '2020' and basis = 'grant' and counting = 'pair')
            group by city)
    """,
    )
    (zero_share,) = one(
        built,
        """
        select avg((rsi::double = 0)::integer) from t.truth.panel where year < '2010'
    """,
    )
    assert partners > 100
    assert zero_share > 0.5
