"""kgsync routes: what the server answers to, and who may come in."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kgsync.server.compose import running
from kgsync.server.http.app import route_table
from kgsync.server.http.routing import Route
from kgsync.server.security.rights import CALLERS, PERMISSIONS
from kgsync.server.settings import Settings


def register(app: typer.Typer) -> None:
    app.command("routes", help="List what the server answers to, and what a caller needs for it.")(routes)


def routes(
    permissions: Annotated[
        bool, typer.Option("--permissions", help="Show who may: on everything (yes), or on what is theirs (own).")
    ] = False,
) -> None:
    table = Table("Methods", "Path", *(CALLERS if permissions else ("Needs",)))
    for route in asyncio.run(inventory()):
        last = PERMISSIONS[route.need] if permissions else (route.need.value,)
        table.add_row(" ".join(route.methods), f"/{route.path}", *last)
    console = Console()
    # A path cut short could not be copied: where the terminal is narrow, lines wrap instead.
    width = max(console.width, Console(width=1000).measure(table).maximum)
    Console(width=width, soft_wrap=True).print(table)


async def inventory() -> list[Route]:
    """List the routes of a server in the order they are tried, from one that is made and ends at once."""
    with tempfile.TemporaryDirectory(prefix="kgsync-routes-") as directory:
        async with running(Settings.model_validate({"data_dir": Path(directory), "database_url": None})) as ctx:
            return list(route_table(ctx).routes)
