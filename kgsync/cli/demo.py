"""kgsync demo: a server with real data, a replica, someone else's edits, and what a delta brings."""

import typer


def register(app: typer.Typer) -> None:
    pass
