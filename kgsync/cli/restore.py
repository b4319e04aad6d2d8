"""kgsync restore: put a backup in place, so that no client ever takes lost history for current."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kgsync.cli.backup import progress_bars
from kgsync.cli.options import DatabaseUrl, DataDir, settings_from
from kgsync.model.history import ORIGIN, Moment
from kgsync.server.backup import restore as put_in_place
from kgsync.server.clock import wall_clock


def register(app: typer.Typer) -> None:
    app.command("restore", help="Put a backup in place of a lost server's data.")(restore)


def restore(
    directory: Annotated[Path, typer.Argument(help="A directory kgsync backup wrote.")],
    clock: Annotated[
        str | None,
        typer.Option(help="The newest date the lost server may have given, if its clock ran ahead (ISO 8601 or ms)."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what the target holds.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    at_least = ORIGIN if clock is None else Moment.parse(clock)
    console = Console()
    with progress_bars(console) as told:
        restored = put_in_place(
            directory, settings.data_dir, url, wall_clock(), told, at_least=at_least, overwrite=overwrite
        )
    table = Table("Service", "As of", "Dates refused up to")
    for service in restored:
        table.add_row(service.path, str(service.lost.after), str(service.lost.upto))
    console.print(table)
    console.print(
        "Replicas that synchronized after the backup are told to take a snapshot; the others go on with deltas.",
        highlight=False,
        soft_wrap=True,
    )
