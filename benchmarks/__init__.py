"""Measurements against the programs planners would use otherwise; see README.md."""
