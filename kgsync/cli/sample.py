"""kgsync sample: fill a service with real data."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kgsync.cli.options import DatabaseUrl, DataDir, settings_from
from kgsync.server.opening import first_start, store_of
from kgsync.server.samples.load import ensure_service, load
from kgsync.server.samples.world import TYPES, World
from kgsync.server.wiring import protobuf_wire

commands = typer.Typer(no_args_is_help=True, help="Fill a service with real data.")


class Size(StrEnum):
    SMALL = "small"
    FULL = "full"


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="sample")


@commands.command("world", help="Continents, countries, cities and airports (GeoNames, airportsdata).")
def world(
    size: Annotated[Size, typer.Option(help="small: cities of 15,000 people; full: of 500.")] = Size.SMALL,
    name: Annotated[str, typer.Option(help="Name of the service.")] = "world",
    folder: Annotated[str, typer.Option(help="Folder of the service.")] = "Hosted",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    console = Console()
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    store = store_of(settings)
    try:
        generated = first_start(settings, store)
        if generated is not None:
            console.print(
                f"Administrator {settings.admin_user} was made with the password {generated}; it is not shown again.",
                highlight=False,
                soft_wrap=True,
            )
        with console.status("Reading GeoNames and airports ..."):
            source = World(size.value)
        service = ensure_service(store, name, folder, settings.admin_user)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(f"Loading {service.path}", total=source.expected)
            total = load(
                store, service, TYPES, source.batches(), protobuf_wire().codec, lambda n: progress.advance(task, n)
            )
            progress.update(task, total=total, completed=total)
    finally:
        store.close()
    console.print(f"{total:,} objects in {service.path}.", highlight=False)
