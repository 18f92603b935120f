"""Engines: where a run executes."""
