"""Outputs that are datasets."""
