"""Benchmarks: run one with `python -m benchmarks.<name>`. Each says what it compares and on how much data."""
