"""kgsync import and export: a local replica and files of other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from kgsync.cli.remote import KgrPath
from kgsync.cli.showing import Json, tell
from kgsync.client.exports.files import write_file
from kgsync.client.imports import import_file
from kgsync.client.local import LocalReplica


def register(app: typer.Typer) -> None:
    told = "Add what a file holds. Example: kgsync import field.kgr people.geojson --type Person"
    app.command("import", help=told)(import_)
    app.command("export", help="Write a file of another kind. Example: kgsync export field.kgr map.geojson")(export)


def import_(
    file: KgrPath,
    source: Annotated[
        Path, typer.Argument(help="GraphML, node-link JSON, CSV pairs, GeoJSON or GeoParquet.", exists=True)
    ],
    type_name: Annotated[str | None, typer.Option("--type", help="Type of objects that do not say theirs.")] = None,
    match: Annotated[str | None, typer.Option(help="Property by which pairs name entities, in place of ids.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with (
        LocalReplica.open(file) as replica,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task("Reading")
        done = import_file(
            replica,
            source,
            type_name=type_name,
            match=match,
            count=lambda n: progress.update(task, description=f"{n:,} objects"),
        )
    left_out = sorted(done.left_out)
    if as_json:
        facts = {"entities": done.entities, "relationships": done.relationships, "leftOut": left_out}
        typer.echo(json.dumps(facts))
        return
    tell(f"{done.entities:,} entities and {done.relationships:,} relationships wait to be sent.")
    if left_out:
        tell(f"Left out, for the types have no such properties: {', '.join(left_out)}")


def export(
    file: KgrPath,
    target: Annotated[Path, typer.Argument(help="A name ending with .geojson, .json, .graphml, .parquet or .gpkg.")],
    type_name: Annotated[str | None, typer.Option("--type", help="One type; all when none is named.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    with LocalReplica.open(file) as replica:
        count = write_file(replica, target, type_name)
    if as_json:
        typer.echo(json.dumps({"file": str(target), "objects": count}))
    else:
        tell(f"{count:,} objects: {target}")
