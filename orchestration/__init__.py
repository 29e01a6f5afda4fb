"""Dagster wiring, settings and the command line: the only place where the pieces meet."""
