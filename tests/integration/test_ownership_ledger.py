"""The ownership ledger on random histories, against an independent ledger in fractions.

The SQL of the models runs as it stands, without dbt: `ref` names a table of the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from orchestration.settings import REPO_ROOT

PROJECT = REPO_ROOT / "dbt_project"
MODELS = (
    "int_ownership_steps_plain",
    "int_ownership_steps_folded",
    "int_ownership_steps",
    "int_ownership_moves",
    "int_patent_owners",
)
OWNERS = "ABCDEF"
UNCERTAIN = ("no_party_named", "new_holders_not_named")


def model_sql(path: str) -> str:
    """A model or data test with plain names instead of refs."""
    environment = Environment()
    environment.globals.update(
        ref=lambda name: name, keyed=lambda text: f"md5({text})", config=lambda **_: ""
    )
    macros = (PROJECT / "macros/networks_ownership.sql").read_text(encoding="utf-8")
    text = (PROJECT / path).read_text(encoding="utf-8")
    return environment.from_string(macros + text).render()


SQL = {name: model_sql(f"models/intermediate/ownership/{name}.sql") for name in MODELS}


@dataclass
class Patent:
    """A patent with its applicants and what events say, each of a later day."""

    applicants: list[str]
    events: list[tuple[str, list[str], list[str]]] = field(default_factory=list)


def build(connection: duckdb.DuckDBPyConnection, patents: list[Patent]) -> None:
    """Run the models on these patents."""
    connection.execute(
        """
        create or replace table int_ownership_starts (application_id varchar, start_date date,
            owners struct(owner_key varchar, owner_name varchar, units bigint)[],
            denominator bigint, rule varchar, confidence decimal(4,2));
        create or replace table int_ownership_events (application_id varchar, step integer,
            assignment_id varchar, event_class varchar, transfer_type varchar, event_date date,
            confidence decimal(4,2),
            before_owners struct(owner_key varchar, owner_name varchar)[],
            after_owners struct(owner_key varchar, owner_name varchar)[]);
        create or replace table int_assignments_typed (assignment_id varchar,
            application_id varchar, transfer_type varchar, deal_id varchar,
            chain_position integer, confidence decimal(4,2));
        create or replace table int_holders_compared (assignment_id varchar, side varchar,
            party_seq integer, owner_key varchar);
        create table if not exists ownership_rules as
            select rule, cast(confidence as decimal(4,2)) as confidence
            from read_csv($seed, header = true)
        """,
        {"seed": str(PROJECT / "seeds/ownership_rules.csv")},
    )
    starts, events, typed, holders = [], [], [], []
    for number, patent in enumerate(patents):
        name = f"p{number}"
        owners = [{"owner_key": k, "owner_name": k.lower(), "units": 1} for k in patent.applicants]
        starts.append((name, owners, len(owners)))
        for step, (kind, before, after) in enumerate(patent.events, start=1):
            event = f"{name}-{step}"
            sides = [
                [{"owner_key": k, "owner_name": k.lower()} for k in s] for s in (before, after)
            ]
            events.append((name, step, event, kind, step, *sides))
            typed.append((event, name, "sale" if kind == "transfer" else "name_change"))
            holders += [(event, "before", i, k) for i, k in enumerate(before, start=1)]
            holders += [(event, "after", i, k) for i, k in enumerate(after, start=1)]
    connection.executemany(
        "insert into int_ownership_starts values "
        "(?, '2010-01-01', ?, ?, 'applicants_in_equal_parts', 0.95)",
        starts,
    )
    for table, rows, marks in (
        ("int_ownership_events", events, "?, ?, ?, ?, 'x', date '2015-01-01' + ?, 0.9, ?, ?"),
        ("int_assignments_typed", typed, "?, ?, ?, null, null, 0.9"),
        ("int_holders_compared", holders, "?, ?, ?, ?"),
    ):
        if rows:
            connection.executemany(f"insert into {table} values ({marks})", rows)
    for name in MODELS:
        connection.execute(f"create or replace table {name} as {SQL[name]}")


def expected(patent: Patent) -> list[tuple[str, dict[str, Fraction]]]:
    """Rule and shares after each event, in fractions: written from docs/truth.md, not the SQL."""
    shares = {k: Fraction(1, len(patent.applicants)) for k in patent.applicants}
    found = []
    for kind, before, after in patent.events:
        rule = "as_told"
        old, new, known = set(before), set(after), set(shares)
        if not after or (not before and kind == "change"):
            rule = "new_holders_not_named" if before and not after else "no_party_named"
            found.append((rule, dict(shares)))
            continue
        if not before:
            rule, old = "old_holders_not_named", known
        elif old - known and new == known:
            found.append(("already_in_force", dict(shares)))
            continue
        elif old - known and known - old:
            rule = "unseen_move"
            shares = moved(shares, known - old, [k for k in before if k not in known])
        elif old - known:
            rule = "unseen_added_holder"
            shares = moved(shares, set(), [k for k in before if k not in known])
        elif known - old:
            rule = "unmentioned_owners_keep"
        leaving = [k for k in before or list(shares) if k not in new]
        arriving = [k for k in after if k not in shares]
        if kind == "change" and arriving and len(leaving) == len(arriving):
            names = dict(zip(leaving, arriving, strict=True))
            shares = {names.get(k, k): v for k, v in shares.items()}
        else:
            shares = moved(shares, set(leaving), arriving)
        found.append((rule, dict(shares)))
    return found


def moved(
    shares: dict[str, Fraction], leaving: set[str], arriving: list[str]
) -> dict[str, Fraction]:
    pool = sum((v for k, v in shares.items() if k in leaving), Fraction(0))
    staying = {k: v for k, v in shares.items() if k not in leaving}
    if arriving and pool:
        return staying | {k: pool / len(arriving) for k in arriving}
    if arriving:
        total = len(staying) + len(arriving)
        kept = {k: v * len(staying) / total for k, v in staying.items()}
        return kept | {k: Fraction(1, total) for k in arriving}
    if pool and staying:
        return {k: v / (1 - pool) for k, v in staying.items()}
    return shares


names = st.lists(st.sampled_from(OWNERS), unique=True, max_size=4)
some_names = st.lists(st.sampled_from(OWNERS), unique=True, min_size=1, max_size=4)


@st.composite
def histories(draw: st.DrawFn) -> Patent:
    """Most events know the owners, some do not, some name nobody."""
    patent = Patent(draw(some_names))
    known = list(patent.applicants)
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["transfer", "transfer", "transfer", "change"]))
        before = draw(st.one_of(st.permutations(known), names))
        after = draw(names)
        patent.events.append((kind, list(before), after))
        known = list(expected(patent)[-1][1])
    return patent


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(patents=st.lists(histories(), min_size=25, max_size=25))
def test_random_histories_give_the_shares_of_fractions(connection, patents):
    build(connection, patents)
    found: dict[tuple[str, int], tuple[str, dict[str, Fraction]]] = {}
    for application, step, rule, owners, denominator in connection.execute(
        "select application_id, step, rule, owners, denominator from int_ownership_steps"
    ).fetchall():
        shares = {o["owner_key"]: Fraction(o["units"], denominator) for o in owners}
        found[application, step] = (rule, shares)
    for number, patent in enumerate(patents):
        for step, wanted in enumerate(expected(patent), start=1):
            assert found[f"p{number}", step] == wanted, (patent, step)
    for failing, query in INVARIANTS.items():
        assert connection.execute(query).fetchall() == [], failing


# The data tests themselves, on the tables of this harness.
INVARIANTS = {
    name: "with fct_patent_owners as (select application_id, step, valid_from, valid_to, "
    f"owner_seq, numerator, denominator from int_patent_owners) select * from ({model_sql(path)})"
    for name, path in {
        name: f"data-tests/ownership/assert_{name}.sql"
        for name in ("shares_sum_to_one", "spells_leave_no_holes", "moves_explain_shares")
    }.items()
}


@pytest.mark.parametrize(
    ("test", "fault"),
    [
        ("shares_sum_to_one", "update int_patent_owners set numerator = numerator + 1 "
         "where step = 1"),
        ("shares_sum_to_one", "delete from int_patent_owners where step = 1 and owner_seq = 2"),
        ("shares_sum_to_one", "update int_patent_owners set numerator = -numerator"),
        ("spells_leave_no_holes", "delete from int_patent_owners where step = 1"),
        ("spells_leave_no_holes", "update int_patent_owners set valid_to = valid_to + 1"),
        ("spells_leave_no_holes", "update int_patent_owners set valid_to = null"),
        ("moves_explain_shares", "delete from int_ownership_moves where step = 2"),
        ("moves_explain_shares", "update int_ownership_moves set numerator = numerator + 1"),
        ("moves_explain_shares", "update int_ownership_moves set to_key = 'Z'"),
    ],
)  # fmt: skip
def test_an_invariant_sees_its_fault(connection, test, fault):
    build(
        connection,
        [
            Patent(
                list("AB"), [("transfer", list("AB"), list("AC")), ("transfer", list("AC"), ["D"])]
            )
        ],
    )
    assert connection.execute(INVARIANTS[test]).fetchall() == []
    connection.execute(fault)
    assert connection.execute(INVARIANTS[test]).fetchall() != []


def test_shares_of_too_many_parts_are_rounded_and_still_add_up(connection):
    """The last of three gives to three others, again and again: a part in 3 to the power of 14."""
    known = ["a0"]
    events: list[tuple[str, list[str], list[str]]] = []
    for number in range(1, 15):
        after = [*known[:-1], *(f"{letter}{number}" for letter in "abc")]
        events.append(("transfer", list(known), after))
        known = after
    build(connection, [Patent(["a0"], events)])
    rows = connection.execute(
        "select max(denominator), min(list_sum(list_transform(owners, lambda o: o.units)) "
        "= denominator), min(list_min(list_transform(owners, lambda o: o.units))) "
        "from int_ownership_steps"
    ).fetchall()
    assert rows == [(1_000_000, True, rows[0][2])]
    assert rows[0][2] > 0
    assert connection.execute(INVARIANTS["moves_explain_shares"]).fetchall() == []
