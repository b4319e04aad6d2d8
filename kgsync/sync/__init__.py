"""The sync engine: blocking functions over Reading and Writing, one file per verb."""
