"""Places at which a test can end this process, to prove that nothing is lost.

``GREENTIES_KILL_AT=stage:n`` (or ``stage:n:KILL``, ``:TERM``, ``:GROUP``) ends the process at the
n-th passage of a stage: ``fetch`` (an answer arrived), ``archive`` (a page is about to be
archived), ``landing`` (the rows of a month are about to be written), ``rename`` (a file is about
to get its final name). ``KILL`` and ``TERM`` are signals to this process, ``GROUP`` kills the whole
process group as a power cut would. Unset, as always outside tests, a passage costs one comparison.
"""

from __future__ import annotations

import os
import signal

STAGES = ("fetch", "archive", "landing", "rename")


def _plan(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    stage, _, rest = text.partition(":")
    count, colon, how = rest.partition(":")
    how = how if colon else "KILL"
    if stage not in STAGES or not count.isdecimal() or how not in ("KILL", "TERM", "GROUP"):
        raise ValueError(f"GREENTIES_KILL_AT={text!r} is not stage:n[:KILL|TERM|GROUP]")
    _left[0] = int(count)
    return stage, how


_left = [0]
_PLAN = _plan(os.environ.get("GREENTIES_KILL_AT", ""))


def reached(stage: str) -> None:
    """Pass a stage; ends the process here when it was told so."""
    if _PLAN is None or _PLAN[0] != stage:
        return
    _left[0] -= 1
    if _left[0] != 0:
        return
    if _PLAN[1] == "GROUP":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGTERM if _PLAN[1] == "TERM" else signal.SIGKILL)
