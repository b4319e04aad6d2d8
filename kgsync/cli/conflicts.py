"""kgsync conflicts: what uploads overwrote that their senders had not seen; show it, write it again."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import uuid4

import typer

from kgsync.cli.options import DatabaseUrl, DataDir, existing_store, settings_from
from kgsync.cli.showing import Json, cells, show, table_of, tell, text_of
from kgsync.errors import MalformedInput
from kgsync.model.audit import Action, Fact, event
from kgsync.model.catalog import Service
from kgsync.model.people import OPERATOR
from kgsync.model.plain import plain
from kgsync.server.clock import wall_clock
from kgsync.server.finding import service_named
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import Store
from kgsync.sync import conflicts as engine
from kgsync.sync import undoing

_MOST = 10_000  # entries of one list; --before goes on


def register(app: typer.Typer) -> None:
    app.command("conflicts", help="List what uploads overwrote unseen; show one from both sides; restore it.")(
        conflicts
    )


def conflicts(
    service: Annotated[str, typer.Argument(help="Path or name of the service.")],
    number: Annotated[int | None, typer.Argument(help="A conflict to show from both sides.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Write the overwritten content again.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many to list, the newest first.")] = 50,
    before: Annotated[int | None, typer.Option(help="List only conflicts with numbers below this one.")] = None,
    as_json: Annotated[bool, Json] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    if restore and number is None:
        raise MalformedInput("--restore needs the number of a conflict")
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    store = existing_store(settings)
    try:
        found = service_named(store, service)
        if number is None:
            _list(store, found, before, limit, as_json=as_json)
        elif restore:
            _restore(store, found, number, settings.admin_user, as_json=as_json)
        else:
            _show(store, found, number, as_json=as_json)
    finally:
        store.close()


def _list(store: Store, service: Service, before: int | None, limit: int, *, as_json: bool) -> None:
    with store.reading(service.id) as reading:
        found, total = engine.listed(reading, before, limit), reading.conflict_count()
    if as_json:
        typer.echo(json.dumps({"count": total, "conflicts": [_entry_json(each) for each in found]}))
        return
    table = table_of("Number", "When", "Type", "Object", "Operation", "Who", "Replica", "Restored")
    for each in found:
        e = each.entry
        replica = each.replica_name or str(e.replica)
        restored = "" if e.restored is None else str(e.restored)
        table.add_row(
            *cells(
                str(e.number), str(e.moment), each.type_name, str(e.object), e.operation, e.account, replica, restored
            )
        )
    if found:
        show(table)
    else:
        tell(f"No conflicts in {service.path}.")
    if found and total > len(found):
        tell(f"{total:,} in all; older ones: --before {found[-1].entry.number}")


def _show(store: Store, service: Service, number: int, *, as_json: bool) -> None:
    with store.reading(service.id) as reading:
        sides = engine.sides(reading, number, protobuf_wire().codec)
    if as_json:
        names = ("overwritten", "written", "now")
        shown = {name: _side_json(getattr(sides, name)) for name in names}
        typer.echo(json.dumps({**_entry_json(sides.listed), **shown}))
        return
    e, replica = sides.listed.entry, sides.listed.replica_name or sides.listed.entry.replica
    who = f"{e.account} with the replica {replica}, which had the data of {e.base},"
    if e.operation == engine.RESTORE:
        who = f"{e.account}, who restored what had been overwritten at {e.base},"
    tell(
        f"Conflict {e.number}: {sides.listed.type_name} {e.object} was changed at {e.since}; {who} overwrote it at "
        f"{e.moment} ({e.operation})"
    )
    if e.restored is not None:
        tell(f"The overwritten content was restored at {e.restored}")
    columns = (("Overwritten", sides.overwritten), ("Upload", sides.written), ("Now", sides.now))
    table = table_of("Property", *(f"{name}: {side.told}" if side.told else name for name, side in columns))
    for name in sides.properties():
        table.add_row(*cells(name, *(_cell(side, name) for _, side in columns)))
    show(table)


def _cell(side: engine.Side, name: str) -> str:
    return "" if side.values is None else text_of(side.values.get(name))


def _restore(store: Store, service: Service, number: int, user: str, *, as_json: bool) -> None:
    with store.writing(service.id, wall_clock()) as writing:
        done = undoing.restore(writing, number, protobuf_wire().codec, user, uuid4)
        facts: dict[str, Fact] = {"conflict": number, "moment": done.moment.ms}
        writing.audit(event(OPERATOR, Action.RESTORE, wall_clock(), facts))
    if as_json:
        typer.echo(json.dumps(_restored_json(number, done)))
        return
    tell(f"Restored at {done.moment}; replicas get it with their next delta.")
    if done.kept is not None:
        tell(f"What stood there is kept as conflict {done.kept}.")
    if done.back or done.left:
        table = table_of("Went with it", "Id", "Conflict", "Now")
        for each in (*done.back, *done.left):
            state = f"not back: {each.reason}" if each.reason else "back"
            table.add_row(*cells(each.type_name, str(each.id), str(each.conflict or ""), state))
        show(table)
    if done.forgotten:
        tell("History of then was trimmed: what else went with it, unless it was a conflict, is not known any more.")


def _restored_json(number: int, done: undoing.Restored) -> dict[str, Any]:
    def companion(each: undoing.Companion) -> dict[str, Any]:
        told = {"type": each.type_name, "id": str(each.id), "conflict": each.conflict}
        return {**told, "reason": each.reason} if each.reason else told

    return {
        "number": number,
        "restored": done.moment.ms,
        "kept": done.kept,
        "back": [companion(each) for each in done.back],
        "left": [companion(each) for each in done.left],
        "forgotten": done.forgotten,
    }


def _entry_json(each: engine.Listed) -> dict[str, Any]:
    e = each.entry
    return {
        "number": e.number,
        "moment": e.moment.ms,
        "type": each.type_name,
        "object": str(e.object),
        "operation": e.operation,
        "account": e.account,
        "replica": str(e.replica),
        "replicaName": each.replica_name,
        "base": e.base.ms,
        "since": e.since.ms,
        "restored": None if e.restored is None else e.restored.ms,
    }


def _side_json(side: engine.Side) -> Any:
    if side.values is None:
        return {"told": side.told}
    return {"properties": {name: plain(value) for name, value in side.values.items()}}
