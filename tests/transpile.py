"""Every model and data test as Spark SQL: ``python -m tests.transpile [--output FOLDER]``.

dbt compiles the project offline (no warehouse is asked), sqlglot turns each statement from DuckDB
into Spark, and what Spark lacks or reads otherwise is named. Where Spark has another spelling for
the same thing, it is written here; everything else must be written so that both engines mean the
same, or stand in ``tests/transpile_exceptions.toml`` with a reason. That list may only shrink:
an exception that nothing needs any more fails the check like a finding without one.

The target is Spark 4.1 (recursive queries, ``LISTAGG``). ``x // y`` of whole numbers cuts off
towards zero in both engines (measured), as ``DIV``; differences that types decide (rounding of a
float that is cast to an integer) are beyond what a text shows.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import TokenType

ROOT = Path(__file__).resolve().parents[1]
EXCEPTIONS = ROOT / "tests" / "transpile_exceptions.toml"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Functions of Spark 4.1 that the project's SQL becomes; another name is a finding until somebody
# has looked it up in the reference of Spark SQL functions.
SPARK_FUNCTIONS = _words(
    """
    abs aggregate any_value approx_count_distinct array array_append array_compact
    array_contains array_distinct array_except array_intersect array_join array_max array_min
    array_position array_prepend array_remove array_repeat array_sort array_union arrays_overlap
    arrays_zip ascii avg bit_and bit_or bool_and bool_or cast ceil chr coalesce collect_list
    collect_set concat concat_ws contains conv corr count count_if cume_dist date_add date_diff
    date_format date_sub date_trunc datediff dayofmonth dense_rank element_at endswith every
    exists exp explode filter first_value flatten floor forall format_string greatest hex if
    ifnull inline instr isnan lag last_value lead least left length listagg ln locate log lower
    lpad ltrim make_date map max max_by md5 median min min_by month named_struct nth_value ntile
    nullif percent_rank percentile_cont percentile_disc posexplode pow power printf quarter rank
    regexp_count regexp_extract regexp_extract_all regexp_instr regexp_replace repeat replace
    reverse right round row_number rpad rtrim sequence sha2 shiftleft shiftright sign size slice
    some sort_array split split_part sqrt startswith stddev_pop stddev_samp struct substr
    substring sum to_date transform translate trim trunc try_cast try_divide try_element_at
    upper var_pop var_samp year zip_with
    """
)
# Words that a bracket may follow and that call nothing.
_NO_CALLS = _words(
    """
    all and any as between by case current distinct else end exists filter from full group having
    in inner interval is join lateral left like limit not null offset on or order outer over
    partition qualify rlike rows select then union using values view when where with within
    decimal char varchar array struct map
    """
)


class CompileError(RuntimeError):
    """dbt could not compile the project."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One compiled model or data test."""

    name: str
    path: str  # below the dbt project
    sql: str  # DuckDB


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What Spark lacks or reads otherwise in a statement."""

    name: str
    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A finding that is allowed, and why."""

    name: str
    rule: str
    reason: str


# ------------------------------------------------------------------- from one dialect to the other
def _replacement(text: str) -> str:
    r"""References of RE2 (``\1``) as those of Java (``$1``)."""
    return re.sub(r"\\([0-9])", r"$\1", text.replace("$", r"\$"))


def _java_pattern(text: str) -> str:
    """Classes of RE2 as those of Java."""
    return text.replace(r"\p{Han}", r"\p{IsHan}").replace(r"\P{Han}", r"\P{IsHan}")


def _change_literal(node: exp.Expression, key: str, change: Callable[[str], str]) -> None:
    argument = node.args.get(key)
    if isinstance(argument, exp.Literal) and argument.is_string:
        node.set(key, exp.Literal.string(change(argument.this)))


def _respelt(tree: exp.Expression) -> exp.Expression:
    """Write differently, in place, what sqlglot would keep in words and change in meaning."""
    for node in list(tree.walk(bfs=False))[::-1]:  # what stands inside first
        if isinstance(node, exp.RegexpReplace):
            _respell_replace(node)
        elif isinstance(node, exp.RegexpLike | exp.RegexpExtract | exp.RegexpExtractAll):
            _change_literal(node, "expression", _java_pattern)
        elif isinstance(node, exp.Chr):
            # Spark takes the number modulo 256.
            code = node.expressions[0]
            if isinstance(code, exp.Literal) and not code.is_string:
                node.replace(exp.Literal.string(chr(int(code.this))))
        elif isinstance(node, exp.ArgMax | exp.ArgMin):
            _pass_over_nulls(node)
        elif isinstance(node, exp.ArrayAgg):
            _respell_list(node)
        elif isinstance(node, exp.Bracket):
            _respell_position(node)
        elif isinstance(node, exp.Anonymous) and node.name.lower() in _LIST_FUNCTIONS:
            node.replace(_LIST_FUNCTIONS[node.name.lower()](*(e.copy() for e in node.expressions)))
        elif isinstance(node, exp.Anonymous) and node.name.lower() == "md5_number_upper":
            node.replace(_first_half_of_md5(node.expressions[0]))
        elif isinstance(node, exp.PercentileDisc) and node.args.get("expression") is not None:
            _respell_quantile(node)
        elif isinstance(node, exp.Select):
            _respell_generators(node)
    return tree


def _respell_replace(node: exp.RegexpReplace) -> None:
    """Spark replaces every match: the first one is that behind the shortest beginning."""
    pattern, replacement = node.expression, node.args.get("replacement")
    if _replaces_first(node) and isinstance(pattern, exp.Literal):
        shifted = re.sub(r"\\([0-9])", lambda m: f"\\{int(m[1]) + 1}", replacement.this)
        node.set("expression", exp.Literal.string(f"^((?s:.*?))(?:{pattern.this})"))
        node.set("replacement", exp.Literal.string("\\1" + shifted))
    _change_literal(node, "replacement", _replacement)
    _change_literal(node, "expression", _java_pattern)


def _pass_over_nulls(node: exp.ArgMax | exp.ArgMin) -> None:
    """DuckDB passes over rows whose value is null, Spark would return the null."""
    present = exp.Not(this=exp.Is(this=exp.Paren(this=node.this.copy()), expression=exp.Null()))
    if isinstance(node.parent, exp.Filter):
        where = node.parent.expression
        where.set("this", exp.And(this=exp.Paren(this=where.this), expression=present))
    else:
        node.replace(exp.Filter(this=node.copy(), expression=exp.Where(this=present)))


def _field(name: str, value: exp.Expression) -> exp.Expression:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def _respell_list(node: exp.ArrayAgg) -> None:
    """A list keeps nulls and its order here, and is null where nothing is in it."""
    if not _can_list(node):
        return
    value, keys = node.this, []
    if isinstance(value, exp.Order):
        keys = [ordered.this for ordered in value.expressions]
        value = value.this
    is_distinct = isinstance(value, exp.Distinct)
    if is_distinct:  # sorted by itself, if at all
        value = value.expressions[0]
    fields = [_field(f"k{number}", key.copy()) for number, key in enumerate(keys)]
    fields = [] if is_distinct else fields
    whole = node.parent if isinstance(node.parent, exp.Filter) else node
    collected = whole.copy()
    inner = collected.this if isinstance(collected, exp.Filter) else collected
    element: exp.Expression = exp.Struct(expressions=[*fields, _field("v", value.copy())])
    inner.set("this", exp.Distinct(expressions=[element]) if is_distinct else element)
    if keys:
        collected = exp.Anonymous(this="ARRAY_SORT", expressions=[collected])
    field = exp.Dot(this=exp.to_identifier("e"), expression=exp.to_identifier("v"))
    listed = exp.Transform(
        this=collected, expression=exp.Lambda(this=field, expressions=[exp.to_identifier("e")])
    )
    is_empty = exp.EQ(
        this=exp.Anonymous(this="SIZE", expressions=[listed]), expression=exp.Literal.number(0)
    )
    whole.replace(exp.If(this=is_empty, true=exp.Null(), false=listed.copy()))


def _can_list(node: exp.ArrayAgg) -> bool:
    if isinstance(node.find_ancestor(exp.Window, exp.Select), exp.Window):
        return False
    if not isinstance(node.this, exp.Order):
        return True
    if isinstance(node.this.this, exp.Distinct):
        own = node.this.this.expressions[0].sql()
        if [ordered.this.sql() for ordered in node.this.expressions] != [own]:
            return False
    return not any(ordered.args.get("desc") for ordered in node.this.expressions)


def _respell_position(node: exp.Bracket) -> None:
    """Positions count from 1 here, and from the end when negative, as in ``try_element_at``."""
    index = node.expressions[0]
    if isinstance(index, exp.Literal):
        return  # sqlglot moved it
    if isinstance(index, exp.Neg):  # moved as well, and wrongly
        index = exp.Neg(this=exp.Literal.number(int(index.this.this) - 1))
    node.replace(_element_at(node.this.copy(), index.copy()))


def _element_at(values: exp.Expression, position: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="TRY_ELEMENT_AT", expressions=[values, position])


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value)


def _reduced(
    values: exp.Expression, function: exp.Expression, start: exp.Expression | None = None
) -> exp.Expression:
    """``list_reduce(values, f)`` begins with the first element, ``aggregate`` with a value."""
    if start is None and isinstance(values, exp.ArrayPrepend):
        values, start = values.this.copy(), values.expression.copy()
    elif start is None:
        start = _element_at(values.copy(), _number(1))
        values = _call("SLICE", values, _number(2), _call("SIZE", values.copy()))
    return _call("AGGREGATE", values, start, function)


def _sliced(values: exp.Expression, first: exp.Expression, last: exp.Expression) -> exp.Expression:
    """From a first to a last position here, from a first one and so many there."""
    length = exp.Add(
        this=exp.Sub(this=exp.paren(last), expression=exp.paren(first.copy())),
        expression=_number(1),
    )
    return _call("SLICE", values, first, _call("GREATEST", _number(0), length))


def _summed(values: exp.Expression) -> exp.Expression:
    """Nulls do not count, and of nothing there is no sum; whole numbers only."""
    zero = exp.cast(_number(0), "bigint")
    names = [exp.to_identifier("a"), exp.to_identifier("e")]
    each = exp.Coalesce(this=exp.column("e"), expressions=[_number(0)])
    function = exp.Lambda(this=exp.Add(this=exp.column("a"), expression=each), expressions=names)
    is_empty = exp.EQ(this=_call("SIZE", values.copy()), expression=_number(0))
    total = _call("AGGREGATE", values, zero, function)
    return exp.If(this=is_empty, true=exp.Null(), false=total)


_LIST_FUNCTIONS: dict[str, Callable[..., exp.Expression]] = {
    "list_reduce": _reduced,
    "list_slice": _sliced,
    "list_extract": _element_at,
    "list_sum": _summed,
    "list_position": lambda values, value: exp.Nullif(
        this=_call("ARRAY_POSITION", values, value), expression=_number(0)
    ),
}


def _first_half_of_md5(text: exp.Expression) -> exp.Expression:
    """First eight bytes of a digest as a number, the lowest byte first; Spark knows it in words."""
    digest = exp.MD5(this=text.copy())
    pairs = [
        exp.Substring(this=digest.copy(), start=_number(start), length=_number(2))
        for start in range(15, 0, -2)
    ]
    number = _call("CONV", _call("CONCAT", *pairs), _number(16), _number(10))
    return exp.cast(number, exp.DataType.build("decimal(20, 0)"))


def _respell_quantile(node: exp.PercentileDisc) -> None:
    order = exp.Order(expressions=[exp.Ordered(this=node.this.copy())])
    share = _call("PERCENTILE_DISC", node.args["expression"].copy())
    node.replace(exp.WithinGroup(this=share, expression=order))


def _generators(select: exp.Select) -> list[exp.Expression]:
    """Return unnest() and generate_subscripts() among the columns of a select."""
    return [
        found
        for column in select.expressions
        for found in column.find_all(exp.Explode, exp.Anonymous)
        if isinstance(found, exp.Explode) or found.name.lower() == "generate_subscripts"
        if found.find_ancestor(exp.Select) is select
    ]


def _respell_generators(select: exp.Select) -> None:
    """Spark unnests one list a select, and only as a whole column; a lateral view has no limits."""
    found = _generators(select)
    if not found or (
        len(found) == 1
        and isinstance(found[0], exp.Explode)
        and (found[0].parent is select or found[0].parent.parent is select)
    ):
        return
    lists: dict[str, exp.Expression] = {}
    for node in found:
        values = node.this if isinstance(node, exp.Explode) else node.expressions[0]
        lists.setdefault(values.sql(), values.copy())
    source = next(iter(lists.values()))
    if len(lists) > 1:  # a list that is null or shorter is filled up with nulls
        filled = [exp.Coalesce(this=v, expressions=[exp.Array()]) for v in lists.values()]
        source = exp.Anonymous(this="ARRAYS_ZIP", expressions=filled)
    place = exp.Add(this=exp.column("place", "unnested"), expression=exp.Literal.number(1))
    for node in found:
        if not isinstance(node, exp.Explode):
            node.replace(exp.Paren(this=place.copy()))
        elif len(lists) == 1:
            node.replace(exp.column("element", "unnested"))
        else:
            node.replace(_element_at(node.this.copy(), place.copy()))
    columns = [exp.to_identifier("place"), exp.to_identifier("element")]
    alias = exp.TableAlias(this=exp.to_identifier("unnested"), columns=columns)
    view = exp.Lateral(this=exp.Posexplode(this=source.copy()), view=True, alias=alias)
    select.append("laterals", view)


def transpiled(sql: str) -> str:
    """Return a statement of DuckDB as one of Spark.

    Raises
    ------
    sqlglot.errors.SqlglotError
        If it cannot be read, or holds what Spark has no word for.
    """
    tree = _respelt(parse_one(_lengths_of_lists(sql), read="duckdb"))
    text = tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, pretty=True)
    parse_one(text, read="spark")
    return text


def _lengths_of_lists(sql: str) -> str:
    """``len()`` is the length of a list by convention; ``length()`` is that of a text."""
    tokens = DuckDB().tokenize(sql)
    for token, after in reversed(list(pairwise(tokens))):
        if token.text.lower() == "len" and after.token_type == TokenType.L_PAREN:
            sql = sql[: token.start] + "array_length" + sql[token.end + 1 :]
    return sql


# --------------------------------------------------------------------------------------- the rules
def findings(statement: Statement) -> Iterator[Finding]:
    """Yield what Spark lacks or reads otherwise, each thing once a statement."""
    seen: set[tuple[str, str]] = set()
    for rule, detail in _judged(statement.sql):
        if (rule, detail) not in seen:
            seen.add((rule, detail))
            yield Finding(statement.name, rule, detail)


def _judged(sql: str) -> Iterator[tuple[str, str]]:
    try:
        tree = parse_one(sql, read="duckdb")
    except SqlglotError as error:
        yield "unreadable", str(error).splitlines()[0]
        return
    for node in tree.walk():
        for rule in _RULES:
            if (detail := rule(node)) is not None:
                yield rule.__name__.removeprefix("_"), detail
    try:
        text = transpiled(sql)
    except SqlglotError as error:
        yield "untranslatable", str(error).splitlines()[0]
        return
    for word in _called(text):
        if word not in SPARK_FUNCTIONS:
            yield "unknown_function", word


def _called(text: str) -> Iterator[str]:
    """Yield the functions that a statement of Spark calls, in lower case."""
    tokens = Spark().tokenize(text)
    for before, token, after in zip([None, *tokens], tokens, tokens[1:], strict=False):
        if after.token_type != TokenType.L_PAREN or token.token_type == TokenType.STRING:
            continue
        word = token.text.lower()
        if not re.fullmatch(r"[a-z_]\w*", word) or word in _NO_CALLS:
            continue
        # a name that an alias gives: `values (...) as v (a, b)`, `lateral view explode(x) u as v`
        if before is not None and before.text.lower() == "as":
            continue
        yield word


def _brief(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb")[:120]


def _asof_join(node: exp.Expression) -> str | None:
    if isinstance(node, exp.Join) and (node.method or node.kind).upper() in {"ASOF", "POSITIONAL"}:
        return _brief(node)
    return None


def _replaces_first(node: exp.Expression) -> bool:
    """Without ``g`` DuckDB replaces the first match, Spark all of them."""
    if not isinstance(node, exp.RegexpReplace):
        return False
    modifiers = node.args.get("modifiers")
    if modifiers is not None and "g" in modifiers.name:
        return False
    pattern = node.expression.unnest()
    branches = [pattern]
    if isinstance(pattern, exp.Case):
        branches = [case.args["true"] for case in pattern.args["ifs"]]
        branches += [pattern.args["default"]] if pattern.args.get("default") else []
    elif isinstance(pattern, exp.If):
        branches = [pattern.args["true"], pattern.args.get("false")]
    return not all(
        isinstance(branch, exp.Literal) and _matches_once(branch.this) for branch in branches
    )


def _regexp_replace_first(node: exp.Expression) -> str | None:
    """Only a pattern that is no literal cannot be written for the first match alone."""
    if _replaces_first(node) and not isinstance(node.expression, exp.Literal):
        return _brief(node.expression)
    return None


def _matches_once(pattern: str) -> bool:
    """Whether an anchor lets the pattern match in one place only."""
    depth, in_class, escaped = 0, False, False
    for sign in pattern:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and depth == 0:
            return False
    body = re.sub(r"^\(\?[a-z]+\)", "", pattern)
    return body.startswith("^") or (body.endswith("$") and not body.endswith("\\$"))


def _regexp_modifiers(node: exp.Expression) -> str | None:
    """Flags but ``g`` are lost: write ``(?i)`` into the pattern."""
    if isinstance(node, exp.RegexpReplace) and (flags := node.args.get("modifiers")) is not None:
        return None if flags.name in {"", "g"} else _brief(node)
    if isinstance(node, exp.RegexpLike) and node.args.get("flag") is not None:
        return _brief(node)
    return None


def _regex_of_re2(node: exp.Expression) -> str | None:
    """Classes that Java has under another name, beyond those that are rewritten."""
    if not isinstance(node, exp.RegexpReplace | exp.RegexpLike | exp.RegexpExtract):
        return None
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and re.search(r"\[\[:|\\pN|\\pL|\\C", pattern.this):
        return pattern.this
    return None


def _order_of_list(node: exp.Expression) -> str | None:
    """A falling order of a list, or one of a window, is lost."""
    return _brief(node) if isinstance(node, exp.ArrayAgg) and not _can_list(node) else None


def _part_of_list(node: exp.Expression) -> str | None:
    """``x[2:3]`` keeps its numbers although they count from another start."""
    if isinstance(node, exp.Bracket) and any(isinstance(i, exp.Slice) for i in node.expressions):
        return _brief(node)
    return None


def _negative_left(node: exp.Expression) -> str | None:
    """``left(x, -1)`` leaves the last character out here, everything there."""
    if isinstance(node, exp.Left | exp.Right) and isinstance(node.expression, exp.Neg):
        return _brief(node)
    return None


def _decimal_logarithm(node: exp.Expression) -> str | None:
    """``log(x)`` is the decimal logarithm here, the natural one there: ``log10``, ``ln``."""
    return _brief(node) if isinstance(node, exp.Log) and node.expression is None else None


def _function_as_table(node: exp.Expression) -> str | None:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        return _brief(node)
    return None


def _file_is_read(node: exp.Expression) -> str | None:
    if isinstance(node, exp.ReadCSV | exp.ReadParquet):
        return _brief(node)
    return None


_RULES = (
    _asof_join,
    _regexp_replace_first,
    _regexp_modifiers,
    _regex_of_re2,
    _order_of_list,
    _part_of_list,
    _negative_left,
    _decimal_logarithm,
    _function_as_table,
    _file_is_read,
)


# ---------------------------------------------------------------------------------- the dbt project
def compiled_project() -> list[Statement]:
    """Compile every model and data test against an empty database.

    Raises
    ------
    CompileError
        If dbt cannot parse or compile the project.
    """
    from dbt.cli.main import dbtRunner

    from tests.warehouse import environment

    project = str(ROOT / "dbt_project")
    with tempfile.TemporaryDirectory(prefix="greenties-") as name:
        folder = Path(name)
        arguments = ["compile", "--no-introspect", "--no-populate-cache"]
        arguments += ["--project-dir", project, "--profiles-dir", project]
        arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
        arguments += ["--log-level", "none", "--log-level-file", "none"]
        with environment(folder, folder / "empty.duckdb", {}), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of dbt are not ours
            outcome = dbtRunner().invoke(arguments)
        if outcome.exception is not None or not outcome.success:
            raise CompileError(f"dbt cannot compile the project: {outcome.exception}")
    statements = [
        Statement(node.name, node.original_file_path, node.compiled_code)
        for node in (result.node for result in outcome.result.results)
        if str(node.resource_type) in {"model", "test"} and node.compiled_code
    ]
    return sorted(statements, key=lambda s: (s.name, s.path))


def read_exemptions(path: Path = EXCEPTIONS) -> list[Exemption]:
    """Read the allowed findings; every one names a model or test, a rule and a reason.

    A function that a session has to register is allowed wherever it is called; it stands as the
    name of the exemption, with the rule ``unknown_function``.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    functions = [
        Exemption(entry["name"], "unknown_function", entry["reason"])
        for entry in content.get("function", [])
    ]
    return functions + [Exemption(**entry) for entry in content.get("exception", [])]


def judged(
    statements: Sequence[Statement], exemptions: Sequence[Exemption]
) -> tuple[list[Finding], list[Exemption]]:
    """Return findings without an exemption, and exemptions without a finding."""
    found = [finding for statement in statements for finding in findings(statement)]
    allowed = {(e.name, e.rule) for e in exemptions}
    needed = {(key, f.rule) for f in found for key in (f.name, f.detail)}
    return (
        sorted(f for f in found if not {(f.name, f.rule), (f.detail, f.rule)} & allowed),
        [e for e in exemptions if (e.name, e.rule) not in needed],
    )


def main() -> int:
    """Check the project; exit 1 with the findings where there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="folder for the statements as Spark SQL")
    arguments = parser.parse_args()
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    statements = compiled_project()
    exemptions = read_exemptions()
    open_findings, stale = judged(statements, exemptions)
    for finding in open_findings:
        print(f"{finding.name}: {finding.rule}: {finding.detail}")
    for exemption in stale:
        print(f"{exemption.name}: {exemption.rule}: nothing needs this exception, take it out")
    if arguments.output is not None:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for statement in statements:
            path = arguments.output / f"{statement.name}.sql"
            path.write_text(transpiled(statement.sql) + "\n", encoding="utf-8")
    print(
        f"{len(statements)} statements as Spark SQL: {len(open_findings)} findings, "
        f"{len(exemptions)} exceptions"
    )
    return 1 if open_findings or stale else 0


if __name__ == "__main__":
    sys.exit(main())
