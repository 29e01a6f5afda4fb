"""The command line: what is refused as usage, what is a data error, what reaches the office."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration import cli
from orchestration.build_identity import BuildIdentity, columns
from orchestration.collect import CollectionReport, TableReport
from orchestration.commands import common
from orchestration.commands.load import months_since
from orchestration.line import LineError
from orchestration.method import MethodSettings
from orchestration.publish import publish
from orchestration.settings import Settings, settings


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data folder of its own; what the commands export is forgotten afterwards."""
    for name in ("GREENTIES_SITE_URL", "GREENTIES_FROM_MONTH", "GREENTIES_UNTIL_MONTH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path / "data folder"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def greenties(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def write_release(data_dir: Path) -> Settings:
    current = Settings(data_dir=data_dir)
    data_dir.mkdir(parents=True)
    with duckdb.connect(str(current.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.dim_cities (adcode varchar primary key, name varchar)"
        )
        connection.execute("insert into marts.dim_cities values ('110000', '北京市'), ('x', null)")
    values: dict[str, Any] = dict.fromkeys(columns(), "x")
    values |= {"settings_hash": MethodSettings().settings_hash, "is_synthetic": False}
    values |= {"landed_months": 1, "landed_rows": 1}
    publish(
        current,
        BuildIdentity(**values),
        render=lambda published, out: out.write_text("<html></html>") and None,
    )
    return current


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--months", "2019"], "expected YYYY-MM:YYYY-MM"),
        (["run", "--months", "2019-07:2019-13"], "expected YYYY-MM:YYYY-MM"),
        (["run", "--months", "2019-07:2019-07"], "no month"),
        (["run", "--months", "1999-07"], "1999-07 lies"),
        (["run", "--from-landing", "--months", "2019-07"], "leave out --months"),
        (["run", "--from-landing", "--dirt", "0"], "leave out --months"),
        (["run", "--site-url", "http://127.0.0.1:1", "--dirt", "0"], "--site-url does not"),
        (["run", "--dirt", "filthy"], "filthy"),
        (["run", "--from-landing", "--site-url", "http://127.0.0.1:1"], "leave out --months"),
        (["load", "--since", "July"], "expected YYYY-MM-DD"),
        (["load", "--since", "2019-02-30"], "--since 2019-02-30"),
        (["load", "--since", "2031-01"], "no month of the window"),
        (["load", "--since", "2019-07", "--months", "2019-07"], "exclude each other"),
        (["load", "--recheck", "-1"], "not in the range"),
        (["load", "--table", "sipo_patent"], "the nearest is sipo_patents"),
        (["replay", "--months", "2019"], "expected YYYY-MM:YYYY-MM"),
        (["replay", "--table", "gazette_csv"], "no spider fills such a table"),
        (["import", "gazette-csv"], "Missing argument"),
        (["office", "--amend", "2019-07", "--scale", "paper"], "exclude each other"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_use_ends_with_two(arguments: list[str], said: str) -> None:
    result = greenties(*arguments)
    assert (result.exit_code, said in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GREENTIES_METHOD_GREEN_MODE", "semantic", "GREENTIES_METHOD_GREEN_MODE: Input should be"),
        ("GREENTIES_METHOD_INVENTORY_EDITION", "latest", "no edition 'latest'"),
        ("GREENTIES_METHOD_EDGE_COUNT", "whole", "names no method setting"),
    ],
)
def test_a_method_setting_that_cannot_be_used_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    result = greenties("run")
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (settings().data_dir / "landing").exists()


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENTIES_FROM_MONTH", "July")
    result = greenties("run", "--from-landing")
    assert result.exit_code == 2
    assert "GREENTIES_FROM_MONTH" in result.output
    assert "'July'" in result.output


@pytest.mark.parametrize("command", [["sql", "select 1"], ["verify"]])
def test_without_a_release_the_message_says_what_to_do(command: list[str]) -> None:
    result = greenties(*command)
    assert result.exit_code == 1
    assert "greenties run" in result.output
    assert "Traceback" not in result.output


def test_a_missing_file_is_a_data_error_that_names_it() -> None:
    result = greenties("import", "gazette-csv", "/nowhere/a.csv")
    assert (result.exit_code, "/nowhere/a.csv" in result.output) == (1, True)


def test_since_takes_the_month_of_a_gazette_date_to_the_end_of_the_window() -> None:
    current = Settings(from_month="2018-01", until_month="2020-01")
    assert months_since("2019-07-09", current) == ("2019-07", "2020-01")
    assert months_since("2019-07", current) == ("2019-07", "2020-01")
    assert months_since("2001-01-01", current) == ("2018-01", "2020-01")


def test_load_prints_what_happened_and_ends_with_the_code_of_the_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def load(current: Settings, instance: object, **options: Any) -> tuple[Any, Any]:
        asked.update(options)
        counts = TableReport(
            asked=3, landed=1, failed=1, pages=1234, stated=20_000,
            first_at="2026-01-01T00:00:00+00:00", last_at="2026-01-01T00:01:00+00:00",
        )  # fmt: skip
        report = CollectionReport(
            failed=[("sipo_patents", "2019-08", "LayoutChangedError: no box")],
            tables={"sipo_patents": counts},
        )
        return report, LineError("sipo_patents: 1 month did not complete", exit_code=24)

    monkeypatch.setattr("orchestration.line.load", load)
    monkeypatch.setattr("orchestration.instance.open_instance", contextlib.nullcontext)
    monkeypatch.setenv("GREENTIES_RECHECK_MONTHS", "5")
    result = greenties("load", "--months", "2019-07:2019-09", "--table", "sipo_patents")
    assert result.exit_code == 24
    assert asked == {
        "months": ("2019-07", "2019-09"),
        "tables": ("sipo_patents",),
        "recheck": 5,
        "ignore_pause": False,
    }
    header, figures = result.stdout.splitlines()[:2]
    assert header.split()[:4] == ["table", "asked", "received", "landed"]
    assert figures.split() == [
        "sipo_patents", "3", "0", "1", "0", "1", "1,234", "0", "0", "20,000", "60",
    ]  # fmt: skip
    assert "failed: sipo_patents 2019-08: LayoutChangedError: no box" in result.stdout
    assert "did not complete" in result.stderr


def test_status_tells_failed_months_and_when_a_site_may_be_asked_again(tmp_path: Path) -> None:
    landing = tmp_path / "data folder/landing"
    (landing / "hosts").mkdir(parents=True)
    month = {"at": "2026-11-24T10:00:00+00:00", "table": "sipo_patents"}
    lines = [
        {**month, "event": "failed", "landing_month": "2019-06-01", "reason": "once"},
        {**month, "event": "landed", "landing_month": "2019-06-01", "rows": 1234},
        {**month, "event": "failed", "landing_month": "2019-07-01", "reason": "BlockedError: x"},
        {**month, "event": "unchanged", "landing_month": "2019-05-01"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (landing / "ledger.jsonl").write_text(text, encoding="utf-8")
    state = {"paused_until": "2999-01-01T00:00:00+00:00", "because": "BlockedError"}
    (landing / "hosts/epub.example.json").write_text(json.dumps(state), encoding="utf-8")
    shown = greenties("status").stdout
    assert "failed      sipo_patents 2019-07: BlockedError: x" in shown
    assert "failed      sipo_patents 2019-06:" not in shown
    assert "landed      sipo_patents 2019-06  1,234 rows" in shown
    assert "unchanged" not in shown
    assert "epub.example ended the last crawl with BlockedError: come back at 2999" in shown


def test_a_misspelt_setting_stops_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENTIES_SITE_ULR", "http://127.0.0.1:9")
    result = greenties("status")
    assert result.exit_code == 2
    assert "the nearest is GREENTIES_SITE_URL" in " ".join(result.output.split())


def test_months_are_half_open_and_one_month_is_itself() -> None:
    current = Settings()
    assert common.chosen_months("2019-11:2020-02", current) == ("2019-11", "2020-02")
    assert common.chosen_months("2019-12", current) == ("2019-12", "2020-01")
    assert common.chosen_months(None, current) is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["serve", "--directory", "{data}/office", "--truth", "{data}/truth"]),
        (["--port", "8080"], ["serve", "--directory", "{data}/office"]),
        (["--amend", "2019-07"], ["amend", "--directory", "{data}/office", "2019-07"]),
        (["--scale", "paper"], ["scale", "--landing", "{data}/landing", "--records", "8600000"]),
        (["serve", "--port", "8080"], ["serve", "--directory", "{data}/office"]),
        (["build", "--force"], ["build", "--directory", "{data}/office"]),
        (["--amend", "2019-07", "--table", "x"], ["amend", "--directory", "{data}/office"]),
    ],
)
def test_the_office_gets_the_folders_of_this_data_folder(
    arguments: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def child(command: list[str], environment: dict[str, str] | None = None) -> int:
        started.append(command)
        return 0

    monkeypatch.setattr(cli, "_child", child)
    assert greenties("office", *arguments).exit_code == 0
    (command,) = started
    assert command[1:3] == ["-m", "scrapers.office"]
    wanted = [part.format(data=tmp_path / "data folder") for part in expected]
    assert command[3 : 3 + len(wanted)] == wanted
    assert command[-1:] == arguments[-1:] or arguments[:1] in ([], ["--scale"])


def test_the_country_of_the_settings_reaches_the_office(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GREENTIES_OFFICE_SHARES", "natural")
    monkeypatch.setenv("GREENTIES_OFFICE_PRESET", "recovery")
    started: list[list[str]] = []

    def child(command: list[str]) -> int:
        started.append(command)
        return 0

    monkeypatch.setattr(cli, "_child", child)
    assert greenties("office", "build").exit_code == 0
    (command,) = started
    assert command[command.index("--shares") + 1] == "natural"
    assert command[command.index("--preset") + 1] == "recovery"


def test_help_of_the_office_names_its_switches() -> None:
    said = greenties("office", "--help").output
    assert "--amend" in said
    assert "--scale" in said


def test_the_exit_code_of_the_office_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_child", lambda command, environment=None: 2)
    assert greenties("office", "--amend", "never").exit_code == 2


def test_sql_prints_tables_csv_and_json_and_cannot_write(tmp_path: Path) -> None:
    write_release(tmp_path / "data folder")
    query = "select adcode, name from marts.dim_cities order by adcode"
    table = greenties("sql", query)
    assert table.exit_code == 0
    assert "北京市" in table.output
    assert "2 rows" in table.output
    assert greenties("sql", query, "--format", "csv").output == "adcode,name\n110000,北京市\nx,\n"
    lines = greenties("sql", query, "--format", "json").output.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"adcode": "110000", "name": "北京市"},
        {"adcode": "x", "name": None},
    ]
    written = greenties("sql", "insert into marts.dim_cities values ('y', null)")
    assert written.exit_code == 1
    assert "read-only" in written.output
    wrong = greenties("sql", "select nothing from nowhere")
    assert (wrong.exit_code, "nowhere" in wrong.output) == (1, True)


def test_verify_accepts_a_release_and_names_a_table_that_was_changed(tmp_path: Path) -> None:
    current = write_release(tmp_path / "data folder")
    assert greenties("verify", "--stored").exit_code == 0
    with duckdb.connect(str(current.published_path.resolve())) as connection:
        connection.execute("update marts.dim_cities set name = '上海市' where adcode = 'x'")
    result = greenties("verify", "--stored")
    assert result.exit_code == 1
    assert "DIFFERS marts.dim_cities" in result.output


def test_status_tells_an_empty_folder_and_a_broken_one(tmp_path: Path) -> None:
    empty = greenties("status")
    assert (empty.exit_code, "nothing is landed" in empty.output) == (0, True)
    folder = tmp_path / "data folder/landing/sipo_patents/landing_month=2019-07-01"
    folder.mkdir(parents=True)
    (folder / "current.json").write_text(
        json.dumps({"file": "gone.parquet", "rows": 3, "content_id": "c", "sha256": "s"})
    )
    broken = greenties("status")
    assert broken.exit_code == 1
    assert "gone.parquet" in broken.output


def test_an_error_shows_its_traceback_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the reason")

    monkeypatch.setattr(cli, "_run_line", fail)
    quiet = greenties("run")
    assert (quiet.exit_code, quiet.output.strip()) == (1, "Error: the reason")
    assert isinstance(greenties("--debug", "run").exception, RuntimeError)


def test_two_runs_on_one_data_folder_do_not_mix(tmp_path: Path) -> None:
    from orchestration.line import BusyError, exclusive_folder

    current = Settings(data_dir=tmp_path / "busy")
    with (
        exclusive_folder(current),
        pytest.raises(BusyError, match="another greenties process") as refused,
        exclusive_folder(current),
    ):
        pass
    assert refused.value.exit_code == 15
    with exclusive_folder(current):
        pass


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word() -> None:
    code = (
        "import click\n"
        "from orchestration.commands.common import named_errors\n"
        "@click.command()\n"
        "@named_errors\n"
        "def endless():\n"
        "    while True:\n"
        "        click.echo('row')\n"
        "endless()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline() == b"row\n"
        command.stdout.close()
        assert command.stderr.read() == b""
        assert command.wait(timeout=60) == 1
