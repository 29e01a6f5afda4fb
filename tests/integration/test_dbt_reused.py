"""Tables that are kept from build to build, in a project of three models.

Whatever was landed, corrected, emptied or taken away in between: the same rows as from nothing. A
change of code, macro, seed or setting rebuilds, and says why.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import REPO_ROOT

MONTHS = [dt.date(2019, month, 1) for month in range(1, 7)]
FILES = {
    "dbt_project.yml": """
name: small
version: "1.0"
profile: small
flags: { send_anonymous_usage_stats: false }
""",
    "profiles.yml": """
small:
  target: dev
  outputs:
    dev: { type: duckdb, path: "{{ env_var('SMALL_WAREHOUSE') }}", threads: 1 }
""",
    "seeds/words.csv": "word,meaning\na,1\nb,2\n",
    "macros/read.sql": "{% macro read(x) %}upper({{ x }}){% endmacro %}\n",
    "models/sources.yml": """
sources:
  - name: raw
    tables: [{ name: rows }, { name: landed_months }, { name: settings }]
""",
    "models/landed.sql": """
{{ config(materialized='view') }}
select r.source_table, r.landing_month, r.row_no, r.text, {{ read('r.text') }} as read_text
from {{ source('raw', 'rows') }} as r
""",
    "models/parsed.sql": """
-- by month
{{ config(materialized='reused', driver='landed', by='landed_month', tables=['t']) }}
select l.source_table, l.landing_month, l.row_no, l.read_text from {{ ref('landed') }} as l
""",
    "models/numbered.sql": """
-- by month, rows told by a number
{{ config(
    materialized='reused', driver='landed', by='landed_month', tables=['t'], slice='row.key // 1000'
) }}
select
    (100000 + year(l.landing_month) * 12 + month(l.landing_month)) * 1000 + l.row_no as key,
    l.read_text
from {{ ref('landed') }} as l
""",
    "models/kinds.sql": """
-- by month, each text once
{{ config(
    materialized='reused', driver='landed', by='landed_month', tables=['t'],
    distinct_by='read_text'
) }}
select distinct l.read_text from {{ ref('landed') }} as l where l.read_text is not null
""",
    "models/texts.sql": "select distinct p.read_text from {{ ref('parsed') }} as p\n",
    "models/settings.sql": """
{{ config(materialized='view') }}
select s.factor from {{ source('raw', 'settings') }} as s
""",
    "models/meant.sql": """
{{ config(materialized='reused', driver='texts', key=['read_text']) }}
select t.read_text, w.meaning * s.factor as meaning
from {{ ref('texts') }} as t
left join {{ ref('words') }} as w on t.read_text is not distinct from upper(w.word)
cross join {{ ref('settings') }} as s
""",
    "models/told.sql": """
{{ config(materialized='reused', driver='texts', key=['read_text'], companions=['meant']) }}
select t.read_text, m.meaning || '!' as told
from {{ ref('texts') }} as t
left join {{ ref('meant') }} as m on t.read_text is not distinct from m.read_text
""",
}
REUSED = ("parsed", "numbered", "kinds", "meant", "told")


class Small:
    """The small project, what is landed in it, and its warehouse."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        for name, text in FILES.items():
            self.write(name, text)
        shutil.copy(REPO_ROOT / "dbt_project/macros/reused.sql", self.project / "macros")
        self.landed: dict[dt.date, list[str | None]] = {}
        self.factor = 1
        self.manifest: Any = None

    def write(self, name: str, text: str) -> None:
        """Write a file of the project; it is parsed again at the next build."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.manifest = None

    def build(self, warehouse: str = "kept") -> dict[str, tuple[str, str, int, int]]:
        """Build; action, reason, rows added and dropped of every reused table."""
        path = self.root / warehouse / "warehouse.duckdb"  # a parsed project knows its name
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(
                "create or replace table raw.rows (source_table varchar, landing_month date, "
                "row_no bigint, text varchar)"
            )
            connection.execute(
                "create or replace table raw.landed_months (table_name varchar, "
                "landing_month date, sha256 varchar, content_id varchar)"
            )
            connection.execute(
                f"create or replace table raw.settings as select {self.factor} as factor"
            )
            for month, texts in self.landed.items():
                content = f"{hash(tuple(texts)) & 0xFFFFFFFFFFFFFFFF:016x}"
                connection.execute(
                    "insert into raw.landed_months values ('t', ?, ?, ?)",
                    [month, content * 4, content],
                )
                for number, text in enumerate(texts):
                    connection.execute(
                        "insert into raw.rows values ('t', ?, ?, ?)", [month, number, text]
                    )
        self._dbt(path)
        with duckdb.connect(str(path)) as connection:
            return {
                str(model): (str(action), str(reason), int(added), int(dropped))
                for model, action, reason, added, dropped in connection.execute(
                    "select model, action, reason, n_added, n_dropped "
                    "from bookkeeping.reused_models"
                ).fetchall()
            }

    def _dbt(self, path: Path) -> None:
        from dbt.cli.main import dbtRunner

        arguments = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        arguments += ["--target-path", str(self.root / "target"), "--log-path", str(self.root)]
        arguments += ["--log-level", "none", "--log-level-file", "none"]
        os.environ["SMALL_WAREHOUSE"] = str(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self.manifest is None:
                self.manifest = (
                    dbtRunner().invoke(["parse", *arguments, "--no-partial-parse"]).result
                )
            outcome = dbtRunner(manifest=self.manifest).invoke(["build", *arguments])
        if not outcome.success:
            found = getattr(outcome.result, "results", [])
            raise AssertionError([r.message for r in found if r.message] or outcome.exception)

    def rows(self, warehouse: str = "kept") -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of every reused table, sorted."""
        with duckdb.connect(str(self.root / warehouse / "warehouse.duckdb")) as connection:
            return {
                name: connection.execute(f"select * from main.{name} order by all").fetchall()
                for name in REUSED
            }

    def rows_from_nothing(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of a build into an empty warehouse."""
        shutil.rmtree(self.root / "fresh", ignore_errors=True)
        self.build("fresh")
        return self.rows("fresh")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """One project for all tests of this file: parsing costs more than building."""
    yield Small(tmp_path_factory.mktemp("small"))
    os.environ.pop("SMALL_WAREHOUSE", None)


def actions(built: dict[str, tuple[str, str, int, int]]) -> dict[str, str]:
    return {name: found[0] for name, found in built.items()}


def test_months_are_added_emptied_and_taken_away_and_records_move(small: Small) -> None:
    small.landed = {MONTHS[0]: ["a", "b"], MONTHS[1]: ["c", None]}
    first = small.build()
    assert set(actions(first).values()) == {"rebuilt"}
    assert first["parsed"][1] == "there was no table"

    again = small.build()
    assert set(actions(again).values()) == {"unchanged"}

    # one month more, and "b" moves into it
    small.landed[MONTHS[0]] = ["a"]
    small.landed[MONTHS[2]] = ["b", "d"]
    moved = small.build()
    assert moved["parsed"] == ("added", "", 3, 2)
    assert moved["numbered"] == ("added", "", 3, 2)
    assert moved["meant"] == ("added", "", 1, 0)
    # who knows each text once cannot tell which month brought it
    assert moved["kinds"][:2] == ("rebuilt", "a month was taken away or landed again")

    small.landed[MONTHS[3]] = ["e", "a"]
    assert small.build()["kinds"] == ("added", "", 1, 0)
    del small.landed[MONTHS[3]]

    small.landed[MONTHS[1]] = []
    emptied = small.build()
    assert emptied["parsed"] == ("added", "", 0, 4)
    assert emptied["told"] == ("added", "", 0, 3)

    del small.landed[MONTHS[2]]
    assert small.build()["parsed"] == ("added", "", 0, 2)
    assert small.rows() == small.rows_from_nothing()
    assert [row[2:4] for row in small.rows()["parsed"]] == [(0, "A")]


def test_a_seed_a_setting_and_a_macro_rebuild_what_they_decide(small: Small) -> None:
    small.landed = {MONTHS[0]: ["a", "b"]}
    small.build()

    small.factor = 10
    changed = small.build()
    reason = "a seed, a setting or another input changed"
    assert changed["meant"] == ("rebuilt", reason, 2, 0)
    assert changed["told"][:2] == ("rebuilt", reason)  # a companion follows
    assert actions(changed)["parsed"] == "unchanged"

    small.write("seeds/words.csv", "word,meaning\na,3\nb,2\n")
    assert small.build()["meant"][:2] == ("rebuilt", reason)
    assert small.rows()["meant"] == [("A", 30), ("B", 20)]

    # a macro in the view below the driver, and one in the model itself
    small.write("macros/read.sql", "{% macro read(x) %}upper({{ x }}) || '.'{% endmacro %}\n")
    assert small.build()["parsed"][:2] == ("rebuilt", reason)
    small.write("models/told.sql", FILES["models/told.sql"].replace("'!'", "'?'"))
    assert small.build()["told"][:2] == ("rebuilt", "its code changed")
    assert small.rows() == small.rows_from_nothing()


def test_any_order_of_months_with_corrections_and_withdrawals_equals_one_build(
    small: Small,
) -> None:
    rng = random.Random(20191109)
    final = {month: [rng.choice("abcdefg") for _ in range(4)] for month in MONTHS}
    for _ in range(3):
        small.landed = {}
        left = dict(final)
        while left:
            for month in rng.sample(sorted(left), k=min(2, len(left))):
                small.landed[month] = left.pop(month)
            wrong = rng.choice(MONTHS)  # landed too early, wrong, or withdrawn
            if wrong in left:
                small.landed[wrong] = [rng.choice("xyz")] * rng.randrange(3)
            elif left:
                left[wrong] = final[wrong]
                del small.landed[wrong]
            small.build()
        assert small.landed == final
        assert small.rows() == small.rows_from_nothing()
