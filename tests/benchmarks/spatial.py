"""Time and memory of a spatial Durbin model at the size of the paper, beside those of spreg.

``python -m tests.benchmarks.spatial --baseline-python PATH`` draws a panel of 278 cities, 14 years
and 20 regressors with row-standardised inverse distances, and lets a child process of its own
estimate it: coefficients, direct, indirect and total effects by the delta method and by 1,000
draws, and errors from the expected and the observed information (and by unit clusters), under one
kind of fixed effects and under all four. The baseline is the bare estimation of spreg's
``ML_LagFE`` with lagged regressors under unit effects, in the interpreter of ``PATH``, which has to
hold spreg; without it only our figures are printed. Both use one thread, import their libraries and
estimate a tiny panel first; time is CPU seconds, the median of the runs, and memory is what the
resident set grows by in the first.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analysis.api import weights
from orchestration.reference_tables import SEEDS

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
YEARS, REGRESSORS, RHO = 14, 20, 0.4
BAR_TIME, BAR_MEMORY = 0.5, 0.2

_METER = """
import json, os, resource, sys, time
import numpy as np

def status(key):
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1]) * 1024

def measured(work, repeats):
    open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
    before = status("VmRSS")
    seconds = []
    for number in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
        if not number:  # later runs reuse what the first one asked for
            peak = status("VmHWM")
    return {"seconds": sorted(seconds)[len(seconds) // 2], "first": seconds[0],
            "bytes": max(peak - before, 1), "resident": peak, "result": result}

data = np.load(sys.argv[1])
repeats = int(sys.argv[2])
y, x, w = data["y"], data["x"], data["w"]  # (T, N), (T, N, K), (N, N)
"""

_OURS = (
    _METER
    + """
import polars as pl
from analysis.api import SpatialPanel, fit_prepared

def frame(y, x):
    t, n, k = x.shape
    columns = {"city": np.tile(np.arange(n), t), "year": np.repeat(np.arange(t), n), "y": y.ravel()}
    return pl.DataFrame(columns | {f"x{i}": x[:, :, i].ravel() for i in range(k)})

def fits(table, w, kinds, k):
    names = [f"x{i}" for i in range(k)]
    panel = SpatialPanel(table, "y", names, entity="city", time="year", W=w)
    for kind in kinds:
        fit = fit_prepared(panel, effects=kind, information="oim", draws=1000, seed=1)
        assert set(fit.covariances) == {"expected", "oim", "cluster"}
    return [fit.coef[-1], fit.direct["x0"].estimate, fit.direct["x0"].mc_sd]

tiny = np.roll(np.eye(8), 1, axis=1)
random = np.random.default_rng(1)
fits(frame(random.normal(size=(4, 8)), random.normal(size=(4, 8, 2))), tiny, ["individual"], 2)
table = frame(y, x)
kinds = sys.argv[3].split(",")
print(json.dumps(measured(lambda: fits(table, w, kinds, x.shape[2]), repeats)))
"""
)

_SPREG = (
    _METER
    + """
import warnings
warnings.simplefilter("ignore")
import spreg
from libpysal.weights import W

def weights_of(w):
    near = {i: np.flatnonzero(row).tolist() for i, row in enumerate(w)}
    return W(near, {i: w[i, cells].tolist() for i, cells in near.items()}, silence_warnings=True)

def fit(y, x, w):
    return spreg.ML_LagFE(y, x, w, slx_lags=1, spat_impacts=None)

random = np.random.default_rng(1)
tiny = weights_of(np.roll(np.eye(8), 1, axis=1))
fit(random.normal(size=(32, 1)), random.normal(size=(32, 2)), tiny)
long_y, long_x, links = y.reshape(-1, 1), x.reshape(-1, x.shape[2]), weights_of(w)
links.sparse
result = measured(lambda: float(fit(long_y, long_x, links).rho), repeats)
print(json.dumps(result | {"version": spreg.__version__}))
"""
)


def draw(path: Path) -> None:
    """Write one panel with a known rho."""
    table = pl.read_csv(SEEDS / "prefectures.csv", infer_schema_length=None)
    w = weights(table.filter(in_sample_278=1).select("latitude", "longitude").to_numpy()).toarray()
    n = len(w)
    random = np.random.default_rng(20)
    x = random.normal(size=(YEARS, n, REGRESSORS))
    mean = x @ random.normal(size=REGRESSORS)
    mean += np.einsum("ij,tjk->tik", w, x) @ random.normal(size=REGRESSORS)
    mean += random.normal(size=n)
    y = (mean + random.normal(size=(YEARS, n))) @ np.linalg.inv(np.eye(n) - RHO * w).T
    np.savez(path, y=y, x=x, w=w)


def child(python: str, code: str, path: Path, repeats: int, kinds: str = "") -> dict[str, Any]:
    """Run one side in a process of its own."""
    done = subprocess.run(
        [python, "-c", code, str(path), str(repeats), kinds],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | dict.fromkeys(ONE_THREAD, "1"),
    )
    if done.returncode:
        raise SystemExit(f"{python}: {done.stderr.strip().splitlines()[-1]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def holds_spreg(python: str) -> bool:
    """Whether the interpreter can import spreg."""
    done = subprocess.run([python, "-c", "import spreg"], capture_output=True, check=False)
    return done.returncode == 0


def main() -> None:
    """Print both sides and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baseline-python", help="interpreter of an environment with spreg")
    parser.add_argument("--repeats", type=int, default=5, help="the median counts")
    options = parser.parse_args()

    def line(name: str, cost: dict[str, Any]) -> None:
        print(
            f"{name:<58} {cost['seconds']:>7.3f} CPU s (first {cost['first']:.3f}) "
            f"{cost['bytes'] / 1e6:>7.1f} MB above {(cost['resident'] - cost['bytes']) / 1e6:.0f}"
        )

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.npz"
        draw(path)
        ours = {
            name: child(sys.executable, _OURS, path, options.repeats, kinds)
            for name, kinds in (("one", "individual"), ("four", "pooling,time,twoways,individual"))
        }
        line("ours: unit effects, all effects, draws, three errors", ours["one"])
        line("ours: the same under all four kinds of fixed effects", ours["four"])
        if not options.baseline_python or not holds_spreg(options.baseline_python):
            print("no baseline: give --baseline-python with an interpreter that holds spreg")
            return
        theirs = child(options.baseline_python, _SPREG, path, options.repeats)
        line(f"spreg {theirs['version']}: unit effects, bare estimation", theirs)
        print(f"rho: ours {ours['one']['result'][0]:.9f}, spreg {theirs['result']:.9f}")
        for name, cost in ours.items():
            time = cost["seconds"] / theirs["seconds"]
            memory = cost["bytes"] / theirs["bytes"]
            print(
                f"{name}: {time:.2f} of the time (bar {BAR_TIME}), "
                f"{memory:.2f} of the memory (bar {BAR_MEMORY})"
            )


if __name__ == "__main__":
    main()
