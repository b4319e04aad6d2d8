"""kgsync backup: copy everything to a directory, beside a running server or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kgsync.cli.options import DatabaseUrl, DataDir, settings_from
from kgsync.server.backup import backup as write_backup
from kgsync.server.clock import wall_clock


def register(app: typer.Typer) -> None:
    app.command("backup", help="Copy everything to a new directory; a running server goes on.")(backup)


@contextmanager
def progress_bars(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar for each thing that is being done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    tasks = {}
    with Progress(*columns, console=console) as progress:

        def told(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=whole)
            progress.update(tasks[what], completed=done, total=whole)

        yield told


def backup(
    directory: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    console = Console()
    with progress_bars(console) as told:
        manifest = write_backup(settings.data_dir, url, directory, wall_clock(), told)
    table = Table("Service", "Clock", "History since")
    for service in manifest.database.services:
        table.add_row(service.path, str(service.clock), str(service.floor))
    console.print(table)
    size = sum(file.size for file in manifest.files)
    console.print(f"{len(manifest.files)} files, {size:,} bytes in {directory}.", highlight=False, soft_wrap=True)
