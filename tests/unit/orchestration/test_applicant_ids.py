"""Ids of applicants from release to release: what leads elsewhere is logged, all resolve."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.applicant_ids import COLUMNS, id_changes, resolve, write_id_changes


def test_merges_splits_and_withdrawals_are_told_apart() -> None:
    before = {
        "a": "a",
        "b": "b",
        "c": "c",
        "d": "c",
        "e": "e",
        "f": "e",
        "g": "g",
        "x": "x",
        "y": "x",
    }
    after = {
        "a": "a",
        "b": "a",
        "c": "c",
        "d": "d",
        "e": "f",
        "f": "f",
        "n": "n",
        "y": "y",
        "x": "y",
    }
    assert id_changes(before, after, {"n": None, "o": None}) == [
        ("b", "merged", "b", "a"),
        ("d", "split", "c", "d"),
        ("e", "renumbered", "e", "f"),
        ("f", "renumbered", "e", "f"),
        ("g", "withdrawn", "g", None),
        ("n", "returned", None, "n"),
        ("x", "renumbered", "x", "y"),
        ("y", "renumbered", "x", "y"),
    ]


def test_a_withdrawn_name_leads_to_what_is_left_of_its_entity() -> None:
    before = {"a": "a", "b": "a", "c": "a"}
    assert id_changes(before, {"b": "b", "c": "b"}, {}) == [
        ("a", "withdrawn", "a", "b"),
        ("b", "renumbered", "a", "b"),
        ("c", "renumbered", "a", "b"),
    ]
    undecided = id_changes(before, {"b": "b", "c": "c"}, {})
    assert undecided[0] == ("a", "withdrawn", "a", None)


def test_a_chain_of_withdrawals_is_followed_and_never_goes_in_circles() -> None:
    assert resolve("a", {"c": "d"}, {"a": "b", "b": "c"}) == "d"
    assert resolve("a", {"c": "d"}, {"a": "b", "b": "a"}) is None
    assert resolve("a", {}, {"a": None}) is None


def release(connection: duckdb.DuckDBPyConnection, name: str, entities: dict[str, str]) -> None:
    connection.execute(f"attach ':memory:' as {name}")
    connection.execute(f"create schema {name}.marts")
    connection.execute(f"create schema {name}.meta")
    connection.execute(
        f"create table {name}.marts.dim_applicants (applicant_id varchar, entity_id varchar)"
    )
    for applicant, entity in entities.items():
        connection.execute(
            f"insert into {name}.marts.dim_applicants values (?, ?)", [applicant, entity]
        )


names = st.sampled_from("abcdef")
partitions = st.dictionaries(names, st.integers(0, 3), min_size=1).map(
    lambda groups: {
        name: min(other for other, group in groups.items() if group == number)
        for name, number in groups.items()
    }
)


@given(st.lists(partitions, min_size=2, max_size=4))
def test_every_id_ever_given_resolves_and_every_change_is_logged(
    releases: list[dict[str, str]],
) -> None:
    with duckdb.connect() as connection:
        for number, entities in enumerate(releases):
            release(connection, f"r{number}", entities)
            old = f"r{number - 1}" if number else None
            write_id_changes(connection, f"build {number}", new=f"r{number}", old=old)
        last = f"r{len(releases) - 1}"
        names = ", ".join(name for name, _, _ in COLUMNS)
        log = connection.execute(
            f"select {names} from {last}.meta.applicant_id_changes order by change_no"
        ).fetchall()
    assert [row[0] for row in log] == list(range(1, len(log) + 1))
    for number in range(1, len(releases)):
        before, after = releases[number - 1], releases[number]
        logged = {row[2] for row in log if row[1] == f"build {number}"}
        moved = {name for name in before if after.get(name) != before[name]}
        assert {name for name in logged if name in before} == moved
        # comparing the groups alone that changed says the same as comparing everything
        earlier = {row[2]: row for row in log if int(row[1].split()[1]) < number}
        gone = {name: row[5] for name, row in earlier.items() if row[3] == "withdrawn"}
        assert [row[2:] for row in log if row[1] == f"build {number}"] == id_changes(
            before, after, gone
        )
    leads_to = {row[2]: row[5] for row in log}
    current = releases[-1]
    for entities in releases:
        for name in entities:
            found = resolve(name, current, leads_to)
            assert found is None or found in current.values()
            if name in current:
                assert found == current[name]
            elif found is None:  # nobody of its last company is left, or they parted
                assert leads_to[name] is None or leads_to[name] not in current
