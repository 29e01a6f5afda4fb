"""Which names are one organisation: links that rules found, the residue that a model weighs.

Rules stand in dbt (``int_applicant_links``); what they leave open (``int_applicant_residue``) is
weighed by splink, whose parameters are fixed (seed ``linkage_parameters``). Here the links are put
together, strongest first, and two names that a decision keeps apart are never joined, however long
the chain between them. Same links, same entities: nothing depends on the order of rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RULES = (
    "manual",
    "spelling",
    "same_legal_form",
    "rename_event",
    "two_publications",
    "department",
    "linked",
)
"""Rules that join names, in the order in which equally sure ones are heard."""

UNLIKELY = 0.05
"""Two names that the model weighs below this are never joined through a third one by the model."""

Parameters = Mapping[tuple[str, str], tuple[float, float]]
"""(comparison, level) -> shares among pairs of one organisation and of two."""

_SAME_FORM = (
    "form_kind_l is not distinct from form_kind_r "
    "and group_rank_l is not distinct from group_rank_r"
)
_COMPANY_AND_LIMITED = (
    "least(form_kind_l, form_kind_r) = 'company' and greatest(form_kind_l, form_kind_r) = 'limited'"
)
_SAME_LADDER = "form_ladder_l = form_ladder_r"
_OVERLAP_DAYS = (
    "date_diff('day', greatest(first_printed_l, first_printed_r), "
    "least(last_printed_l, last_printed_r))"
)
# Comparison -> (condition of the null level or "", conditions of the levels, best first). Years say
# something about a change of name only: a misprint stands in the middle of its name's years. A
# country is no city: transliterated names of firms abroad are alike too often.
_COMPARISONS: dict[str, tuple[str, dict[str, str]]] = {
    "name": (
        "",
        {
            "same_core_same_form": f"core_key_l = core_key_r and {_SAME_FORM}",
            "same_core_school": "core_key_l = core_key_r and form_ladder_l = 'school' "
            "and form_ladder_r = 'school'",
            "same_core_unspecified": "core_key_l = core_key_r and group_rank_l = group_rank_r "
            f"and {_COMPANY_AND_LIMITED} and not starts_with(place_key_l, 'country:') "
            "and not starts_with(place_key_r, 'country:')",
            "same_core_conversion": "core_key_l = core_key_r and "
            f"{_SAME_LADDER} and group_rank_l = group_rank_r",
            "same_core_group_added": "core_key_l = core_key_r and form_kind_l = form_kind_r "
            "and abs(group_rank_l - group_rank_r) = 1",
            "lookalike": "list_has_any(lookalike_keys_l, lookalike_keys_r)",
            "one_character": "length(name_key_l) >= 6 and marks_l = marks_r "
            "and levenshtein(name_key_l, name_key_r) = 1",
            "other": "",
        },
    ),
    "time": (
        "first_printed_l is null or first_printed_r is null "
        "or core_key_l is distinct from core_key_r",
        {
            "succession": "last_printed_l < first_printed_r or last_printed_r < first_printed_l",
            "short_overlap": f"{_OVERLAP_DAYS} <= 400",
            "overlap": "",
        },
    ),
    "place": (
        "place_key_l is null or place_key_r is null "
        "or (place_key_l = place_key_r and starts_with(place_key_l, 'country:'))",
        {"same": "place_key_l = place_key_r", "different": ""},
    ),
    "application": (
        "",
        {"shared": "list_has_any(application_keys_l, application_keys_r)", "none": ""},
    ),
    "print": (
        "core_key_l is not distinct from core_key_r and core_key_l is not null",
        {
            "rare_beside_frequent": "least(n_printed_l, n_printed_r) <= 2 and "
            "greatest(n_printed_l, n_printed_r) >= 3 * least(n_printed_l, n_printed_r)",
            "alike": "",
        },
    ),
}


class LinkageError(ValueError):
    """Links that name nobody, or parameters that fit no model."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """Names put together, and what was weighed for it.

    ``entities`` is what `entities` returns; ``pairs`` has one row per pair that the model weighed:
    ``applicant_a, applicant_b`` (ids of names, a < b), ``probability``, ``evidence`` (level of
    every comparison), ``decision`` (linked, below_threshold, kept_apart, joined_otherwise).
    """

    entities: pl.DataFrame
    pairs: pl.DataFrame


_LINKS = """
select a.applicant_id as a, b.applicant_id as b, l.rule, cast(l.confidence as double) as confidence
from intermediate.int_applicant_links as l
inner join intermediate.int_applicant_names_parsed as a on l.name_a = a.applicant_name
inner join intermediate.int_applicant_names_parsed as b on l.name_b = b.applicant_name
order by all
"""
_DECISIONS = """
select a.applicant_id as a, b.applicant_id as b, d.decision
from intermediate.int_applicant_decisions as d
inner join intermediate.int_applicant_names_parsed as a on d.name_a = a.applicant_name
inner join intermediate.int_applicant_names_parsed as b on d.name_b = b.applicant_name
where d.problem is null
order by all
"""
_NAMES = """
select n.applicant_id, u.first_printed
from intermediate.int_applicant_names_parsed as n
inner join intermediate.int_applicant_uses as u on n.applicant_name = u.applicant_name
where n.applicant_name in (
    select l.name_a from intermediate.int_applicant_links as l
    union select l.name_b from intermediate.int_applicant_links as l
    union select d.name_a from intermediate.int_applicant_decisions as d
    union select d.name_b from intermediate.int_applicant_decisions as d
) or n.applicant_id in (select r.applicant_id from intermediate.int_applicant_residue as r)
order by all
"""
_RESIDUE = "select r.* from intermediate.int_applicant_residue as r order by r.applicant_id"
_PARAMETERS = "select p.comparison, p.level, p.m, p.u from seeds.linkage_parameters as p"


def link_applicants(connection: DuckDBPyConnection, threshold: float) -> Linkage:
    """Read links, residue and decisions from the warehouse and put the names together.

    Parameters
    ----------
    threshold : float
        Probability from which on the model joins two names (0 to 1).

    Raises
    ------
    LinkageError
        If the parameters are not those of the model.
    """
    parameters = {
        (str(comparison), str(level)): (float(m), float(u) if u is not None else 0.0)
        for comparison, level, m, u in connection.execute(_PARAMETERS).fetchall()
    }
    weighed = weigh(connection.execute(_RESIDUE).pl(), parameters)
    decisions = connection.execute(_DECISIONS).pl()
    merges = decisions.filter(pl.col("decision") == "merge").select(
        "a", "b", pl.lit("manual").alias("rule"), pl.lit(1.0).alias("confidence")
    )
    model = weighed.filter(pl.col("probability") >= threshold).select(
        "a",
        "b",
        pl.lit("linked").alias("rule"),
        pl.min_horizontal("probability", pl.lit(0.99)).alias("confidence"),
    )
    splits = decisions.filter(pl.col("decision") == "split").select("a", "b")
    found = entities(
        pl.concat([connection.execute(_LINKS).pl(), merges, model]),
        list(splits.iter_rows()),
        connection.execute(_NAMES).pl(),
        unlikely=list(
            weighed.filter(pl.col("probability") < UNLIKELY).select("a", "b").iter_rows()
        ),
    )
    pairs = _decided(weighed, found, threshold).rename({"a": "applicant_a", "b": "applicant_b"})
    return Linkage(found, pairs)


def _decided(weighed: pl.DataFrame, found: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Say of every weighed pair what became of it."""
    ids = dict(found.select("applicant_id", "entity_id").iter_rows())
    decisions = []
    for a, b, probability in weighed.select("a", "b", "probability").iter_rows():
        is_one = ids.get(a, a) == ids.get(b, b)
        if probability >= threshold:
            decisions.append("linked" if is_one else "kept_apart")
        else:
            decisions.append("joined_otherwise" if is_one else "below_threshold")
    return weighed.with_columns(pl.Series("decision", decisions, dtype=pl.String))


def weigh(residue: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Weigh the pairs of names that the residue holds.

    Pairs are formed among names with one core, among those that shared a position of an
    application, and among those that look alike; nothing else is compared.

    Parameters
    ----------
    residue : pl.DataFrame
        Columns of ``int_applicant_residue``, one row per name.
    parameters : mapping
        ``(comparison, level) -> (m, u)`` and ``("prior", "pair") -> (share of matches, 0)``.

    Returns
    -------
    pl.DataFrame
        ``a, b`` (a < b), ``probability`` (six digits), ``evidence``; sorted.

    Raises
    ------
    LinkageError
        If a level has no parameters, or a parameter no level.
    """
    _check(parameters)
    empty = pl.DataFrame(
        schema={"a": pl.String, "b": pl.String, "probability": pl.Float64, "evidence": pl.String}
    )
    if residue.height < 2:
        return empty
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="applicant_id",
        probability_two_random_records_match=parameters["prior", "pair"][0],
        blocking_rules_to_generate_predictions=[
            block_on("core_key"),
            block_on("application_keys", arrays_to_explode=["application_keys"]),
            block_on("lookalike_keys", arrays_to_explode=["lookalike_keys"]),
        ],
        comparisons=[_comparison(name, parameters) for name in _COMPARISONS],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute("set threads = 1")
        connection.register("residue_frame", residue.to_arrow())
        connection.execute("create table residue as select * from residue_frame")
        linker = Linker(
            "residue",
            settings,
            db_api=DuckDBAPI(connection=connection),
            set_up_basic_logging=False,
        )
        found = linker.inference.predict().as_duckdbpyrelation().pl()
    if not found.height:
        return empty
    return (
        found.select(
            pl.min_horizontal("applicant_id_l", "applicant_id_r").alias("a"),
            pl.max_horizontal("applicant_id_l", "applicant_id_r").alias("b"),
            pl.col("match_probability").round(6).alias("probability"),
            pl.concat_str([_level(name) for name in _COMPARISONS], separator="; ").alias(
                "evidence"
            ),
        )
        .unique()
        .sort("a", "b")
    )


def _check(parameters: Parameters) -> None:
    wanted = {(name, level) for name, (_, levels) in _COMPARISONS.items() for level in levels}
    wanted.add(("prior", "pair"))
    if odd := sorted(wanted ^ set(parameters)):
        state = "has no parameters" if odd[0] in wanted else "is no level of the model"
        raise LinkageError(f"linkage_parameters: {odd[0][0]}, {odd[0][1]} {state}")
    for key, (m, u) in sorted(parameters.items()):
        if not 0 < m < 1 or (key[0] != "prior" and not 0 < u < 1):
            raise LinkageError(f"linkage_parameters: {key[0]}, {key[1]}: {m}, {u} are no shares")


def _comparison(name: str, parameters: Parameters) -> Any:
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    null, conditions = _COMPARISONS[name]
    made: list[Any] = []
    if null:
        made.append(levels.CustomLevel(null, "unknown").configure(is_null_level=True))
    for level, condition in conditions.items():
        m, u = parameters[name, level]
        base = levels.CustomLevel(condition, level) if condition else levels.ElseLevel()
        made.append(base.configure(m_probability=m, u_probability=u, label_for_charts=level))
    return CustomComparison(made, output_column_name=name)


def _level(name: str) -> pl.Expr:
    """Level of a comparison in words; splink counts levels from the bottom, -1 is unknown."""
    levels = list(_COMPARISONS[name][1])
    labels = {len(levels) - 1 - k: level for k, level in enumerate(levels)} | {-1: "unknown"}
    return pl.lit(f"{name}=") + pl.col(f"gamma_{name}").replace_strict(
        labels, return_dtype=pl.String
    )


class _Groups:
    """Union-find whose unions can be refused.

    A group knows the groups that it must never become one with.
    """

    def __init__(self, apart: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        self._apart: dict[str, set[str]] = {}
        self.keep_apart(apart)

    def keep_apart(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Forbid further unions; names that are one already stay so."""
        for a, b in pairs:
            first, second = self.find(a), self.find(b)
            if first != second:
                self._apart.setdefault(first, set()).add(second)
                self._apart.setdefault(second, set()).add(first)

    def find(self, name: str) -> str:
        """Return the name that stands for the group."""
        root = name
        while (above := self._parent.get(root, root)) != root:
            root = above
        while (above := self._parent.get(name, name)) != root:
            self._parent[name] = root
            name = above
        return root

    def join(self, a: str, b: str) -> bool | None:
        """Join two groups; None when they are one already, False when they must stay apart."""
        a, b = sorted((self.find(a), self.find(b)))
        if a == b:
            return None
        if b in self._apart.get(a, ()):
            return False
        self._parent[b] = a
        others = self._apart.pop(b, set())
        for other in others:
            self._apart[other].discard(b)
            self._apart[other].add(a)
        if others:
            self._apart.setdefault(a, set()).update(others)
        return True


def entities(
    links: pl.DataFrame,
    apart: Iterable[tuple[str, str]],
    names: pl.DataFrame,
    *,
    unlikely: Iterable[tuple[str, str]] = (),
) -> pl.DataFrame:
    """Put links together to entities.

    Parameters
    ----------
    links : pl.DataFrame
        Columns ``a, b`` (ids of names), ``rule`` (one of `RULES`), ``confidence`` (0 to 1).
    apart : iterable of pairs of str
        Ids of names that are never one entity.
    names : pl.DataFrame
        Columns ``applicant_id, first_printed`` (date, may be null) of every name in a link.
    unlikely : iterable of pairs of str
        Ids of names that the model does not join, not even through a third one; rules may.

    Returns
    -------
    pl.DataFrame
        One row per name that shares its entity with another: ``applicant_id, entity_id,
        entity_rule, confidence``, sorted. An entity bears the id of its first printed name, on
        ties the smaller one, whose rule is ``own_name``. The rule and confidence of any other name
        are those of the weakest link on the strongest way to it.

    Raises
    ------
    LinkageError
        If a link bears an unknown rule or the id of an unknown name.
    """
    unknown = set(links["rule"]) - set(RULES)
    if unknown:
        raise LinkageError(f"no rule of linkage is called {sorted(unknown)[0]!r}")
    printed = {
        str(name): ("9999" if day is None else str(day))
        for name, day in names.select("applicant_id", "first_printed").iter_rows()
    }
    order = {rule: rank for rank, rule in enumerate(RULES)}
    sure = sorted(
        {
            (-float(confidence), order[rule], *sorted((a, b)))
            for a, b, rule, confidence in links.select("a", "b", "rule", "confidence").iter_rows()
            if a != b
        }
    )
    strangers = {name for *_, a, b in sure for name in (a, b)} - printed.keys()
    if strangers:
        raise LinkageError(f"a link bears the id of no known name: {sorted(strangers)[0]}")
    groups = _Groups(apart)
    tree: dict[str, list[tuple[str, str, float]]] = {}
    model = order["linked"]
    # rules first, whatever their confidence: what the model adds must fit to them
    for strength, rank, a, b in sorted(sure, key=lambda link: link[1] == model):
        if rank == model and unlikely:
            groups.keep_apart(unlikely)
            unlikely = ()
        if groups.join(a, b):
            tree.setdefault(a, []).append((b, RULES[rank], -strength))
            tree.setdefault(b, []).append((a, RULES[rank], -strength))
    members: dict[str, list[str]] = {}
    for name in tree:
        members.setdefault(groups.find(name), []).append(name)
    rows = [
        row
        for group in members.values()
        for row in _described(min(group, key=lambda name: (printed[name], name)), tree)
    ]
    return pl.DataFrame(
        sorted(rows),
        schema={
            "applicant_id": pl.String,
            "entity_id": pl.String,
            "entity_rule": pl.String,
            "confidence": pl.Float64,
        },
        orient="row",
    )


def _described(
    first: str, tree: dict[str, list[tuple[str, str, float]]]
) -> list[tuple[str, str, str, float]]:
    """Rule and confidence of every name, walking from the first one along the links."""
    rows = [(first, first, "own_name", 1.0)]
    waiting = [(first, "own_name", 1.0)]
    seen = {first}
    while waiting:
        name, rule, confidence = waiting.pop()
        for other, link_rule, link_confidence in tree[name]:
            if other in seen:
                continue
            seen.add(other)
            weakest = (
                (link_rule, link_confidence)
                if link_confidence <= confidence
                else (rule, confidence)
            )
            rows.append((other, first, *weakest))
            waiting.append((other, *weakest))
    return rows
