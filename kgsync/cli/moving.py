"""kgsync import and export: a local replica and files of other programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from kgsync.cli.remote import KgrPath
from kgsync.cli.showing import Json, tell
from kgsync.client.exports.files import write_file
from kgsync.client.imports import import_file
from kgsync.client.local import LocalReplica
from kgsync.client.view import Seen

_EACH = 1_000  # objects between two looks at the clock


def register(app: typer.Typer) -> None:
    told = "Add what a file holds. Example: kgsync import field.kgr people.geojson --type Person"
    app.command("import", help=told)(import_)
    app.command("export", help="Write a file of another kind. Example: kgsync export field.kgr map.geojson")(export)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many objects were read or written, at what rate, where somebody can see it."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} objects"))
    shown = Progress(*columns, TextColumn("{task.fields[rate]}"), console=console, transient=True)
    shown.disable = not console.is_terminal
    begun = time.monotonic()
    with shown:
        task = shown.add_task(what, total=None, rate="")

        def count(done: int) -> None:
            rate = done / max(time.monotonic() - begun, 0.001)
            shown.update(task, completed=done, rate=f"{rate:,.0f}/s")

        yield count


class _Counted(LocalReplica):
    """A replica that tells how many of its objects were read."""

    count: Callable[[int], None]
    _told = 0

    def _seen(self, type_name: str | None, properties: Mapping[str, Any]) -> Iterator[Seen]:
        for found in super()._seen(type_name, properties):
            self._told += 1
            if self._told % _EACH == 0:
                self.count(self._told)
            yield found


def import_(
    file: KgrPath,
    source: Annotated[
        Path, typer.Argument(help="GraphML, node-link JSON, CSV pairs, GeoJSON or GeoParquet.", exists=True)
    ],
    type_name: Annotated[str | None, typer.Option("--type", help="Type of objects that do not say theirs.")] = None,
    match: Annotated[str | None, typer.Option(help="Property by which pairs name entities, in place of ids.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    with LocalReplica.open(file) as replica, _counting("Reading") as count:
        done = import_file(replica, source, type_name=type_name, match=match, count=count)
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
    with _Counted.open(file) as replica, _counting("Writing") as replica.count:
        count = write_file(replica, target, type_name)
    if as_json:
        typer.echo(json.dumps({"file": str(target), "objects": count}))
    else:
        tell(f"{count:,} objects: {target}")
