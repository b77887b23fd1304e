"""Rows that a test puts in a list."""
