"""kgsync edit: edits of a local replica, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kgsync.cli.remote import KgrPath, id_of
from kgsync.cli.showing import tell
from kgsync.client.local import LocalReplica
from kgsync.client.pending import as_json
from kgsync.errors import MalformedInput
from kgsync.model.schema import FieldType
from kgsync.wire.geojson import from_geojson

Values = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="Properties; NAME= clears one."),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of an object.")]
Numbers = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...", help="Of rejected edits; all if none.")]

_app = typer.Typer(help="Edit a local replica offline: kgsync edit add FILE Person name=Ann", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(_app, name="edit")


def _values(replica: LocalReplica, type_name: str, given: list[str] | None) -> dict[str, Any]:
    """Read NAME=VALUE by the kinds of the properties. Raises MalformedInput."""
    named_type = next((t for t in replica.data_model.types if t.name == type_name), None)
    values: dict[str, Any] = {}
    for text in given or ():
        name, between, value = text.partition("=")
        if not between:
            raise MalformedInput(f"{text[:80]!r} is no value; write name=value")
        wanted = None if named_type is None else named_type.property(name)
        if not value:
            values[name] = None
        elif wanted is not None and wanted.field_type is FieldType.GEOMETRY:
            try:
                values[name] = from_geojson(json.loads(value), name)
            except ValueError:
                raise MalformedInput("a geometry is GeoJSON", place=name) from None
        else:
            values[name] = value
    return values


@_app.command("add", help="Add an entity; example: kgsync edit add field.kgr Person name=Ann age=30")
def add(file: KgrPath, type_name: Annotated[str, typer.Argument(metavar="TYPE")], values: Values = None) -> None:
    with LocalReplica.open(file) as replica:
        typer.echo(replica.edits.add(type_name, _values(replica, type_name, values)))


@_app.command("relate", help="Add a relationship; example: kgsync edit relate field.kgr Knows ID ID since=2020")
def relate(
    file: KgrPath,
    type_name: Annotated[str, typer.Argument(metavar="TYPE")],
    origin: Annotated[str, typer.Argument(metavar="ORIGIN", help="Id of an entity.")],
    destination: Annotated[str, typer.Argument(metavar="DESTINATION", help="Id of an entity.")],
    values: Values = None,
) -> None:
    with LocalReplica.open(file) as replica:
        given = _values(replica, type_name, values)
        typer.echo(replica.edits.relate(type_name, id_of(origin), id_of(destination), given))


@_app.command("set", help="Change properties of an object; example: kgsync edit set field.kgr ID name=Anna")
def change(file: KgrPath, object_id: Id, values: Values = None) -> None:
    with LocalReplica.open(file) as replica:
        found = replica.get(id_of(object_id))
        replica.edits.update(id_of(object_id), _values(replica, "" if found is None else found.type, values))


@_app.command("delete", help="Delete an object; example: kgsync edit delete field.kgr ID --cascade")
def delete(
    file: KgrPath,
    object_id: Id,
    cascade: Annotated[bool, typer.Option("--cascade", help="An entity's relationships go with it.")] = False,
) -> None:
    with LocalReplica.open(file) as replica:
        replica.edits.delete(id_of(object_id), cascade=cascade)


@_app.command("undo", help="Take back what was edited and not sent; example: kgsync edit undo field.kgr ID")
def undo(file: KgrPath, object_id: Id) -> None:
    with LocalReplica.open(file) as replica:
        replica.edits.discard(id_of(object_id))


@_app.command("retry", help="Have rejected edits wait to be sent again; example: kgsync edit retry field.kgr")
def retry(file: KgrPath, numbers: Numbers = None) -> None:
    with LocalReplica.open(file) as replica:
        tell(f"{replica.edits.retry(*(numbers or ()))} edits wait to be sent again.")


@_app.command(
    "export", help="Write down what waits and was rejected; example: kgsync edit export field.kgr edits.jsonl"
)
def export(file: KgrPath, target: Annotated[Path, typer.Argument(help="A line of JSON for each edit.")]) -> None:
    with LocalReplica.open(file) as replica:
        tell(f"{replica.export_edits(target)} edits: {target}")


@_app.command("drop", help="Forget rejected edits; example: kgsync edit drop field.kgr 3")
def drop(
    file: KgrPath,
    numbers: Numbers = None,
    export: Annotated[Path | None, typer.Option(help="Write them to a file first, a line of JSON each.")] = None,
) -> None:
    with LocalReplica.open(file) as replica:
        chosen = [r for r in replica.rejected if not numbers or r.edit.seq in numbers]
        if export is not None:
            export.write_text("".join(f"{as_json(rejected)}\n" for rejected in chosen), encoding="utf-8")
        tell(f"{replica.edits.drop(*(numbers or ()))} edits are forgotten.")
