"""What is remembered about a host between crawls: requests of the day, and when to come back.

One small file per host, ``<landing>/hosts/<host>.json``: ``requests`` (UTC day to number, the
newest seven days), and after a refusal ``paused_until`` (UTC time), ``pause_seconds`` (length of
the newest pause), ``because`` and ``exit_code`` (error that began it).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scrapers.errors import LandingBusyError, ScrapeError, SitePausedError

FIRST_PAUSE = 3_600  # seconds
LONGEST_PAUSE = 86_400
_DAYS_KEPT = 7


class HostState:
    """Requests and pauses of one host, kept in a file.

    Parameters
    ----------
    landing_dir : Path
        The file stands below ``hosts/`` there.
    host : str
        Name or address, without port.
    """

    def __init__(self, landing_dir: Path, host: str) -> None:
        self.host = host
        self._path = landing_dir / "hosts" / f"{re.sub(r'[^0-9A-Za-z.-]', '_', host)}.json"

    def read(self) -> dict[str, Any]:
        """Return what is remembered; nothing where there is no file or it is unreadable."""
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def requests_of(self, day: dt.date) -> int:
        """Return the number of requests counted on a UTC day."""
        return int(self.read().get("requests", {}).get(day.isoformat(), 0))

    def count(self, now: dt.datetime, n: int = 1) -> int:
        """Count requests; returns how many there are on that day."""
        with self._changed() as state:
            day = now.date().isoformat()
            requests = {str(k): int(v) for k, v in state.get("requests", {}).items()}
            requests[day] = requests.get(day, 0) + n
            state["requests"] = dict(sorted(requests.items())[-_DAYS_KEPT:])
        return requests[day]

    def pause(self, error: ScrapeError, now: dt.datetime) -> dt.datetime:
        """Begin a pause, twice as long as the one before; returns when to come back.

        A refusal while a pause is on (another crawl noticed the same) does not double it again.
        """
        with self._changed() as state:
            until = _time(state.get("paused_until"))
            if until is not None and until > now:
                return until
            before = int(state.get("pause_seconds") or 0)
            seconds = min(LONGEST_PAUSE, 2 * before) if before else FIRST_PAUSE
            until = (now + dt.timedelta(seconds=seconds)).replace(microsecond=0)
            state.update(
                paused_until=until.isoformat(),
                pause_seconds=seconds,
                because=type(error).__name__,
                exit_code=error.exit_code,
            )
        return until

    def forgive(self) -> None:
        """Forget pauses: the site has answered a whole crawl without a refusal."""
        if self.read().get("pause_seconds"):
            with self._changed() as state:
                for name in ("paused_until", "pause_seconds", "because", "exit_code"):
                    state.pop(name, None)

    def paused_until(self, now: dt.datetime) -> dt.datetime | None:
        """Return when to come back, or ``None`` when no pause is on."""
        until = _time(self.read().get("paused_until"))
        return until if until is not None and until > now else None

    def require_no_pause(self, now: dt.datetime) -> None:
        """Refuse to start while a pause is on.

        Raises
        ------
        SitePausedError
        """
        until = self.paused_until(now)
        if until is None:
            return
        state = self.read()
        raise SitePausedError(
            f"{self.host} ended the last crawl with {state.get('because')}: "
            f"come back at {until.isoformat()}",
            exit_code=int(state.get("exit_code") or 1),
        )

    def lock(self) -> Any:
        """Hold the right to ask this host; closing the returned file releases it.

        Raises
        ------
        LandingBusyError
            If another crawl is asking it: one request at a time also means one crawl at a time.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.with_suffix(".lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise LandingBusyError(f"another crawl is asking {self.host}") from error
        return file

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        """Read, change and write the file while nobody else does."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".guard").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            state = self.read()
            yield state
            temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
            temporary.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
            temporary.replace(self._path)


def host_states(landing_dir: Path) -> dict[str, dict[str, Any]]:
    """Return what is remembered about every host, by the name of its file."""
    states = {}
    for path in sorted((landing_dir / "hosts").glob("*.json")):
        states[path.stem] = HostState(landing_dir, path.stem).read()
    return states


def next_day(now: dt.datetime) -> dt.datetime:
    """Return the beginning of the next UTC day."""
    return dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), dt.UTC)


def _time(text: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
