"""What is remembered about a host: requests of the day, pauses that double."""

from __future__ import annotations

import datetime as dt
import multiprocessing

import pytest

from scrapers.errors import BlockedError, LandingBusyError, RobotCheckError, SitePausedError
from scrapers.hosts import LONGEST_PAUSE, HostState, host_states, next_day

NOW = dt.datetime(2019, 7, 9, 23, 30, tzinfo=dt.UTC)


def test_requests_are_counted_by_utc_day_and_forgotten_after_a_week(tmp_path):
    state = HostState(tmp_path, "gazette.example.org")
    assert state.requests_of(NOW.date()) == 0
    assert [state.count(NOW), state.count(NOW, 4)] == [1, 5]
    later = NOW + dt.timedelta(hours=1)
    assert state.count(later) == 1
    assert state.requests_of(NOW.date()) == 5
    for day in range(10):
        state.count(NOW + dt.timedelta(days=day))
    assert len(state.read()["requests"]) == 7
    assert next_day(NOW) == dt.datetime(2019, 7, 10, tzinfo=dt.UTC)


def test_pauses_double_up_to_a_day_and_are_forgiven(tmp_path):
    state = HostState(tmp_path, "gazette.example.org")
    state.require_no_pause(NOW)
    now, lengths = NOW, []
    for _ in range(7):
        until = state.pause(BlockedError("frequent"), now)
        lengths.append(round((until - now).total_seconds() / 3600))
        now = until + dt.timedelta(seconds=1)
    assert lengths == [1, 2, 4, 8, 16, 24, 24]
    assert LONGEST_PAUSE == 24 * 3600
    state.forgive()
    assert state.paused_until(NOW) is None
    assert state.pause(BlockedError("again"), now) - now <= dt.timedelta(hours=1)


def test_a_refusal_during_a_pause_does_not_double_it(tmp_path):
    state = HostState(tmp_path, "h")
    first = state.pause(RobotCheckError("one"), NOW)
    assert state.pause(RobotCheckError("another crawl"), NOW) == first
    assert state.read()["pause_seconds"] == 3_600


def test_a_start_during_a_pause_is_refused_with_the_code_of_its_cause(tmp_path):
    state = HostState(tmp_path, "h")
    until = state.pause(RobotCheckError("check"), NOW)
    with pytest.raises(SitePausedError, match=until.isoformat().replace("+", r"\+")) as refused:
        state.require_no_pause(NOW + dt.timedelta(minutes=59))
    assert refused.value.exit_code == RobotCheckError.exit_code
    state.require_no_pause(until)
    assert list(host_states(tmp_path)) == ["h"]


def test_a_damaged_file_is_as_none(tmp_path):
    state = HostState(tmp_path, "a/../b")
    state.count(NOW)
    (path,) = (tmp_path / "hosts").glob("*.json")
    path.write_text("{", encoding="utf-8")
    assert state.read() == {}
    assert state.count(NOW) == 1


def test_one_crawl_at_a_time_asks_a_host(tmp_path):
    state = HostState(tmp_path, "h")
    held = state.lock()
    with pytest.raises(LandingBusyError):
        state.lock()
    held.close()
    state.lock().close()


def _count(folder, n):
    state = HostState(folder, "h")
    for _ in range(n):
        state.count(NOW)


def test_processes_that_count_together_lose_no_request(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(tmp_path, 50)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert HostState(tmp_path, "h").requests_of(NOW.date()) == 100
