"""Measurements, never assertions: ``make benchmarks``; figures stand in docs/performance.md."""
