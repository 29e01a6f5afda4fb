"""Dagster wiring, settings and the command line: the only place where the pieces meet."""

import os

# Before numpy is loaded: its small matrices are several times slower on two threads than on one,
# and sums on several threads differ in their last digits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
