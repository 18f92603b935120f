"""Tasks: one file each, saying what to make of what was read. Pure: no files, no network, no clock."""
