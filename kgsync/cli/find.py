"""kgsync find: objects of a local replica, without a server."""

from __future__ import annotations

import json
from itertools import islice
from typing import Annotated, Any

import typer

from kgsync.cli.remote import KgrPath, id_of
from kgsync.cli.showing import Json, cells, show, table_of, tell, text_of
from kgsync.client.local import LocalReplica
from kgsync.client.objects import Object, from_python
from kgsync.errors import MalformedInput, NotFound
from kgsync.model.plain import plain


def register(app: typer.Typer) -> None:
    app.command("find", help="List objects of a local replica. Example: kgsync find field.kgr Person name=Ann")(find)
    app.command("show", help="Show an object and its neighbours. Example: kgsync show field.kgr ID")(show_object)


def find(
    file: KgrPath,
    type_name: Annotated[str, typer.Argument(metavar="TYPE")],
    values: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Properties to have.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 50,
    as_json: Annotated[bool, Json] = False,
) -> None:
    wanted = {}
    for text in values or ():
        name, between, value = text.partition("=")
        if not between:
            raise MalformedInput(f"{text[:80]!r} is no value; write name=value")
        wanted[name] = value or None
    with LocalReplica.open(file) as replica:
        found = list(islice(replica.find(type_name, **wanted), limit + 1))
    if as_json:
        typer.echo(json.dumps([_facts(each) for each in found[:limit]], ensure_ascii=False))
        return
    if not found:
        tell("There are none.")
        return
    table = table_of("Id", "Properties", "")
    for each in found[:limit]:
        table.add_row(*cells(str(each.id), _values(each), "edited here" if each.pending else ""))
    show(table)
    if len(found) > limit:
        tell(f"There are more than {limit:,}: --limit lists them.")


def show_object(
    file: KgrPath,
    object_id: Annotated[str, typer.Argument(metavar="ID", help="Id of an object.")],
    as_json: Annotated[bool, Json] = False,
) -> None:
    with LocalReplica.open(file) as replica:
        id = id_of(object_id)
        found = replica.get(id)
        if found is None:
            raise NotFound(f"The object {id} is not in this replica")
        beside = replica.neighbours(id)
    if as_json:
        around = [{"relationship": _facts(n.relationship), "entity": _facts(n.entity)} for n in beside]
        typer.echo(json.dumps({**_facts(found), "neighbours": around}, ensure_ascii=False))
        return
    tell(f"{found.type} {found.id}{' (edited here)' if found.pending else ''}")
    for name, value in found.properties.items():
        if value is not None:
            tell(f"  {name}: {text_of(from_python(value))}")
    if beside:
        table = table_of("Relationship", "", "Entity", "Id")
        for each in beside:
            way = "to" if each.relationship.origin == id else "from"
            table.add_row(*cells(each.relationship.type, way, each.entity.type, str(each.entity.id)))
        show(table)


def _values(found: Object) -> str:
    given = ((name, from_python(value)) for name, value in found.properties.items() if value is not None)
    return ", ".join(f"{name}={text_of(value)}" for name, value in given)


def _facts(found: Object) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": str(found.id), "type": found.type, "pending": found.pending}
    if found.origin is not None:
        facts |= {"origin": str(found.origin), "destination": str(found.destination)}
    return facts | {"properties": {name: plain(from_python(value)) for name, value in found.properties.items()}}
