"""One table for every threshold and universe, against counting each specification anew."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from itertools import combinations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.dbt_project import PROJECT_DIR

MODEL = PROJECT_DIR / "models" / "intermediate" / "networks" / "int_joint_pairs.sql"
SQL = re.sub(r"\{\{ ref\('int_network_members'\) \}\}", "members", MODEL.read_text("utf-8"))
CONFIDENCES = [Decimal(text) for text in ("0.45", "0.80", "0.97", "0.98", "0.99")]
UNIVERSES = (278, 337, 341)
THRESHOLDS = [Decimal(cents) / 100 for cents in (0, 45, 46, 80, 90, 97, 98, 99, 100)]
MEMBER = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(["n1", "n2", "n3", "n4", "n5"]),
    st.sampled_from(UNIVERSES),
    st.sampled_from(CONFIDENCES),
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute(
            "create table members (level varchar, application_id varchar, node varchar, "
            "universe_from integer, confidence decimal(4, 2))"
        )
        yield opened


# The grain of the members: one confidence for each node and universe.
@given(members=st.lists(MEMBER, max_size=12, unique_by=lambda member: member[:3]))
def test_a_row_holds_for_its_stretch_of_thresholds_and_universes(connection, members):
    connection.execute("delete from members")
    if members:
        connection.executemany("insert into members values ('city', ?, ?, ?, ?)", members)
    pairs = connection.execute(
        "select application_id, node_a, node_b, n_nodes, fractional_weight, confidence, "
        f"confidence_from, confidence_to, universe_from, universe_to from ({SQL})"
    ).fetchall()
    for threshold in THRESHOLDS:
        for universe in UNIVERSES:
            believed: dict[str, dict[str, Decimal]] = defaultdict(dict)
            for application, node, smallest, confidence in members:
                if confidence >= threshold and smallest <= universe:
                    best = believed[application].get(node, confidence)
                    believed[application][node] = max(best, confidence)
            expected = sorted(
                (application, a, b, len(nodes), min(nodes[a], nodes[b]))
                for application, nodes in believed.items()
                for a, b in combinations(sorted(nodes), 2)
            )
            chosen = [
                row
                for row in pairs
                if row[6] <= threshold <= row[7] and row[8] <= universe <= row[9]
            ]
            assert sorted((*row[:4], row[5]) for row in chosen) == expected
            weights: dict[str, Decimal] = defaultdict(Decimal)
            for row in chosen:
                weights[row[0]] += row[4]
            assert all(abs(weight - 1) < Decimal("1e-10") for weight in weights.values())
