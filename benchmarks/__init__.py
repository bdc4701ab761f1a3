"""Measurements: python -m benchmarks NAME prints what it does and ends with one JSON line of plain figures."""
