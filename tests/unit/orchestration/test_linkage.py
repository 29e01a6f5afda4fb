"""Linkage: no order of rows matters, decisions hold and can be undone, unlike names stay apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.linkage import LinkageError, entities, weigh
from orchestration.settings import REPO_ROOT

NAMES = [f"n{number}" for number in range(7)]
Link = tuple[str, str, str, float]


def frame(links: Iterable[Link]) -> pl.DataFrame:
    return pl.DataFrame(
        list(links),
        schema={"a": pl.String, "b": pl.String, "rule": pl.String, "confidence": pl.Float64},
        orient="row",
    )


def days(names: Mapping[str, date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        sorted(names.items(), key=lambda item: item[0]),
        schema={"applicant_id": pl.String, "first_printed": pl.Date},
        orient="row",
    )


def groups(found: pl.DataFrame) -> dict[str, str]:
    return dict(found.select("applicant_id", "entity_id").iter_rows())


UNDATED = days(dict.fromkeys(NAMES))
links = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from(["spelling", "rename_event", "linked"]),
        st.sampled_from([0.95, 0.98, 0.99]),
    ),
    max_size=10,
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=3).map(
    lambda found: [(a, b) for a, b in found if a != b]
)
first_days = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.dates(date(2006, 1, 1), date(2006, 1, 5))) for name in NAMES}
)


@given(links, pairs, first_days, st.randoms(use_true_random=False))
def test_the_order_of_links_changes_nothing(
    found: list[Link], apart: list[tuple[str, str]], first: dict[str, date | None], rng: Any
) -> None:
    once = entities(frame(found), apart, days(first))
    rng.shuffle(found)
    turned = [(b, a, rule, confidence) for a, b, rule, confidence in found]
    apart_turned = [(b, a) for a, b in reversed(apart)]
    assert entities(frame(turned), apart_turned, days(first)).equals(once)


@given(links, pairs)
def test_what_a_decision_keeps_apart_is_never_joined(
    found: list[Link], apart: list[tuple[str, str]]
) -> None:
    group = groups(entities(frame(found), apart, UNDATED))
    for a, b in apart:
        assert group.get(a, a) != group.get(b, b)


@given(st.lists(links, min_size=1, max_size=4), first_days)
def test_more_records_never_change_what_an_id_stands_for(
    loads: list[list[Link]], first: dict[str, date | None]
) -> None:
    """An id leads to the entity that its name belongs to, in whatever order records come."""
    given_ids: dict[str, frozenset[str]] = {}
    seen: list[Link] = []
    for load in loads:
        seen += load
        group = groups(entities(frame(seen), [], days(first)))
        members: dict[str, set[str]] = {}
        for name in NAMES:
            members.setdefault(group.get(name, name), set()).add(name)
        for entity, company in members.items():
            assert entity in company, "an entity bears the id of one of its names"
        for name, before in given_ids.items():
            now = members[group.get(name, name)]
            assert name in now
            assert before <= now, "without decisions, records only join"
        given_ids |= {name: frozenset(members[group.get(name, name)]) for name in NAMES}
    whole = entities(frame(seen), [], days(first))
    assert entities(frame(reversed(seen)), [], days(first)).equals(whole)


def test_a_decision_taken_back_leaves_no_trace() -> None:
    rules: list[Link] = [("n0", "n1", "spelling", 0.99), ("n1", "n2", "rename_event", 0.99)]
    before = entities(frame(rules), [], UNDATED)
    split = entities(frame(rules), [("n0", "n2")], UNDATED)
    merged = entities(frame([*rules, ("n2", "n3", "manual", 1.0)]), [], UNDATED)
    assert groups(split) == {"n0": "n0", "n1": "n0"}
    assert groups(merged) == dict.fromkeys(["n0", "n1", "n2", "n3"], "n0")
    after = entities(frame(rules), [], UNDATED)
    assert written(after) == written(before)
    assert written(after) != written(split)


def written(found: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    found.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def test_an_entity_bears_the_id_of_its_first_name_and_each_name_its_weakest_link() -> None:
    found = entities(
        frame([("n2", "n1", "rename_event", 0.99), ("n1", "n0", "linked", 0.98)]),
        [],
        days({"n0": None, "n1": date(2010, 1, 1), "n2": date(2008, 1, 1)}),
    )
    assert found.rows() == [
        ("n0", "n2", "linked", 0.98),
        ("n1", "n2", "rename_event", 0.99),
        ("n2", "n2", "own_name", 1.0),
    ]


def test_the_model_joins_nothing_through_a_third_name_that_it_finds_unlikely() -> None:
    weighed: list[Link] = [("n0", "n1", "linked", 0.99), ("n1", "n2", "linked", 0.98)]
    assert len(set(groups(entities(frame(weighed), [], UNDATED)).values())) == 1
    kept = entities(frame(weighed), [], UNDATED, unlikely=[("n0", "n2")])
    assert groups(kept) == {"n0": "n0", "n1": "n0"}
    told: list[Link] = [*weighed, ("n0", "n2", "rename_event", 0.95)]
    assert (
        len(set(groups(entities(frame(told), [], UNDATED, unlikely=[("n0", "n2")])).values())) == 1
    )


def test_unknown_rules_and_names_are_refused() -> None:
    with pytest.raises(LinkageError, match="'hearsay'"):
        entities(frame([("n0", "n1", "hearsay", 0.9)]), [], UNDATED)
    with pytest.raises(LinkageError, match="stranger"):
        entities(frame([("n0", "stranger", "spelling", 0.9)]), [], UNDATED)


PARAMETERS = {
    (row["comparison"], row["level"]): (float(row["m"]), float(row["u"] or 0))
    for row in csv.DictReader(
        (REPO_ROOT / "dbt_project/seeds/linkage_parameters.csv").open(encoding="utf-8")
    )
}
START = date(2010, 1, 1)


def record(name: str, **changes: Any) -> dict[str, Any]:
    """A record of the residue: a company printed ten times in 2010."""
    return {
        "applicant_id": name,
        "applicant_type": "enterprise",
        "name_key": name,
        "core_key": None,
        "form_kind": "limited",
        "form_ladder": "company",
        "group_rank": 0,
        "marks": "",
        "part_kind": None,
        "first_printed": START,
        "last_printed": START + timedelta(days=300),
        "n_printed": 10,
        "place_key": "110000",
        "application_keys": [],
        "lookalike_keys": [],
    } | changes


SCHEMA = {
    "group_rank": pl.Int32,
    "n_printed": pl.Int64,
    "core_key": pl.String,
    "part_kind": pl.String,
    "place_key": pl.String,
    "first_printed": pl.Date,
    "last_printed": pl.Date,
    "application_keys": pl.List(pl.String),
    "lookalike_keys": pl.List(pl.String),
}


def probability(*records: dict[str, Any]) -> float | None:
    found = weigh(pl.DataFrame(list(records), schema_overrides=SCHEMA), PARAMETERS)
    return None if not found.height else float(found["probability"][0])


LATER = {"first_printed": START + timedelta(days=400), "last_printed": START + timedelta(days=900)}
CORE = {"core_key": "青石科技|enterprise"}
STOCK = {"form_kind": "stock"}


@pytest.mark.parametrize(
    ("first", "second", "is_linked"),
    [
        # a limited company that becomes a stock company in its city, and is heard of no more
        (CORE, CORE | STOCK | LATER, True),
        # the same while the old one goes on for years
        (CORE | {"last_printed": date(2016, 1, 1)}, CORE | STOCK | LATER, False),
        # the same in another city
        (CORE, CORE | STOCK | LATER | {"place_key": "310000"}, False),
        # ... or known of no city at all
        (CORE | {"place_key": None}, CORE | STOCK | LATER, False),
        # a country is no city: firms abroad of one transliteration are many
        (
            CORE | {"place_key": "country:DE"},
            CORE | STOCK | LATER | {"place_key": "country:DE"},
            False,
        ),
        # 集团 and 股份 are two companies, one after the other or not
        (CORE | {"group_rank": 1}, CORE | STOCK | LATER, False),
        (CORE | {"group_rank": 1}, CORE | STOCK, False),
        # a school and a university of one name stand in one city more often than not
        (
            CORE | {"form_kind": "college", "form_ladder": "school"},
            CORE | {"form_kind": "university", "form_ladder": "school"} | LATER,
            False,
        ),
        # ... but an application that names both decides
        (
            CORE | {"form_kind": "college", "form_ladder": "school", "application_keys": ["k"]},
            CORE
            | {"form_kind": "university", "form_ladder": "school", "application_keys": ["k"]}
            | LATER,
            True,
        ),
        # a rare misprint beside a frequent name of its city
        ({"lookalike_keys": ["k"], "n_printed": 1}, {"lookalike_keys": ["k"]}, True),
        # a misprint nobody knows the city of
        (
            {"lookalike_keys": ["k"], "n_printed": 1, "place_key": None},
            {"lookalike_keys": ["k"]},
            False,
        ),
        # a transfer before the grant: one application, two names without likeness
        ({"application_keys": ["k"]}, {"application_keys": ["k"]}, False),
    ],
)
def test_the_model_joins_few_and_surely(
    first: dict[str, Any], second: dict[str, Any], is_linked: bool
) -> None:
    found = probability(record("青石科技甲乙丙", **first), record("白塔机械丁戊己", **second))
    assert found is not None
    assert (found >= 0.99) is is_linked, found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中铁一局第一工程公司", "中铁一局第二工程公司"),
        ("白塔大学东校区研究所", "白塔大学西校区研究所"),
        ("青石华北销售公司", "青石华东销售公司"),
    ],
)
def test_names_that_differ_in_a_mark_are_no_misprints(one: str, other: str) -> None:
    """Even an application that names both does not make them one."""
    import re

    marks = r"[0-9A-Z]+|[一二三四五六七八九十百〇零甲乙丙丁东西南北中上下前后新老大小]"
    first, second = (
        record(name, marks=" ".join(re.findall(marks, name)), application_keys=["k"], n_printed=n)
        for name, n in ((one, 1), (other, 9))
    )
    found = probability(first, second)
    assert found is not None
    assert found < 0.99


def test_only_blocks_are_compared() -> None:
    assert probability(record("青石科技甲"), record("青石科技乙")) is None
    assert probability(record("青石科技甲")) is None


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(6)))
def test_rows_may_come_in_any_order(order: list[int]) -> None:
    records = [
        record(f"名{number}", **CORE, **(STOCK if number % 2 else {}), n_printed=number + 1)
        for number in range(6)
    ]
    once = weigh(pl.DataFrame(records, schema_overrides=SCHEMA), PARAMETERS)
    again = weigh(pl.DataFrame([records[k] for k in order], schema_overrides=SCHEMA), PARAMETERS)
    assert once.height == 15
    assert again.equals(once)


def test_parameters_that_fit_no_level_are_refused() -> None:
    residue = pl.DataFrame([record("甲"), record("乙")], schema_overrides=SCHEMA)
    with pytest.raises(LinkageError, match="name, hearsay is no level"):
        weigh(residue, PARAMETERS | {("name", "hearsay"): (0.1, 0.1)})
    with pytest.raises(LinkageError, match="place, same has no parameters"):
        weigh(residue, {k: v for k, v in PARAMETERS.items() if k != ("place", "same")})
    with pytest.raises(LinkageError, match=r"1\.5"):
        weigh(residue, PARAMETERS | {("place", "same"): (1.5, 0.1)})
