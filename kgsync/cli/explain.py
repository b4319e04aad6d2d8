"""kgsync explain: why an object is, or is not, with a replica."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from kgsync.cli.options import DatabaseUrl, DataDir, existing_store, settings_from
from kgsync.cli.showing import Json, cells, show, table_of, tell
from kgsync.errors import MalformedInput
from kgsync.model.history import Moment
from kgsync.model.replica import Replica
from kgsync.model.values import parse_uuid
from kgsync.server.finding import replica_named
from kgsync.server.wiring import protobuf_wire
from kgsync.sync.carried import Carriage, Said
from kgsync.sync.plan import TypePlan, plan_of
from kgsync.sync.why import Explanation, VersionNote, why


def register(app: typer.Typer) -> None:
    told = "Say how a replica selects; with an object, whether it is a member, why, and what deltas said of it."
    app.command("explain", help=told)(explain)


def explain(
    replica: Annotated[str, typer.Argument(help="Name or id of the replica.")],
    object_id: Annotated[str | None, typer.Argument(help="Id of the object; without one, the plan is shown.")] = None,
    service: Annotated[str | None, typer.Option(help="Service of the replica, when several have the name.")] = None,
    as_json: Annotated[bool, Json] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    id = None if object_id is None else parse_uuid(object_id)
    if object_id is not None and id is None:
        raise MalformedInput(f"{object_id[:64]!r} is not an id")
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    store = existing_store(settings)
    try:
        found_in, found = replica_named(store, replica, service)
        with store.reading(found_in.id) as reading:
            codec = protobuf_wire(settings.clause_seconds).codec
            plan = plan_of(reading, found, codec) if id is None else ()
            told = None if id is None else why(reading, found, id, codec)
            names = {r.id: r.name for r in reading.replicas()}
    finally:
        store.close()
    if told is None:
        _show_plan(plan, found, as_json=as_json)
    elif as_json:
        typer.echo(json.dumps(_json(told)))
    else:
        _show(told, found, names)


def _show_plan(plan: tuple[TypePlan, ...], replica: Replica, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(p) for p in plan]))
        return
    tell(f"The replica {replica.name} selects:")
    table = table_of("Type", "Clause", "How it is decided", "Brings along")
    for p in plan:
        table.add_row(*cells(p.type_name, p.clause, "\n".join(p.steps), ", ".join(p.brings)))
    show(table)


def _show(told: Explanation, replica: Replica, names: dict[UUID, str]) -> None:
    kind = told.type_name or "object"
    verdict = "is in" if told.member else "is not in"
    tell(f"{kind} {told.id} {verdict} the replica {replica.name}:")
    for reason in told.reasons:
        tell(f"  {reason}")
    for end in told.ends:
        state = "does not exist" if end.type_name is None else f"is a {end.type_name}"
        tell(f"  {end.word} {end.id} {state}")
    if told.versions:
        table = table_of("From", "Until", "Type", "Brought by")
        for version in told.versions:
            brought = "" if version.brought_by is None else names.get(version.brought_by, str(version.brought_by))
            table.add_row(*cells(str(version.since), _until(version), version.type_name, brought))
        show(table)
    _show_carriage(told.carriage)
    tell(f"Served up to {told.served}" + (f"; the client has shown {told.presented}" if told.presented.ms else ""))


def _until(version: VersionNote) -> str:
    if version.closed is None:
        return "now"
    return f"{version.closed} (deleted)" if version.ended else str(version.closed)


def _show_carriage(found: Carriage) -> None:
    if found.known_from is None:
        tell("No date served to it is known any more, so what carried the object is unknown.")
    else:
        there = "came with what was served at or before" if found.held_then else "was not with the replica at"
        tell(f"It {there} {found.known_from}; nothing is known of what was served earlier.")
    said = [each for each in found.said if each.operations]
    if said:
        table = table_of("Delta after", "Up to", "Says of it")
        for each in said:
            table.add_row(*cells(str(each.span.after), str(each.span.upto), _words(each)))
        show(table)
    elif found.said:
        tell(f"No delta from there up to {found.said[-1].span.upto} says anything of it.")
    if found.coming is None:
        tell("No delta can follow; the next call needs a snapshot.")
    else:
        coming = f"will {_words(found.coming)} it" if found.coming.operations else "says nothing of it"
        tell(f"The next delta, from {found.coming.span.after} on, {coming}.")


def _words(said: Said) -> str:
    return ", then ".join(operation.name.lower() for operation in said.operations)


def _json(told: Explanation) -> dict[str, Any]:
    return {
        "id": str(told.id),
        "exists": told.exists,
        "type": told.type_name,
        "inDefinition": told.in_definition,
        "member": told.member,
        "reasons": list(told.reasons),
        "ends": [
            {"end": e.word, "id": str(e.id), "type": e.type_name, "inDefinition": e.in_definition} for e in told.ends
        ],
        "versions": [
            {
                "type": v.type_name,
                "since": v.since.ms,
                "closed": _ms(v.closed),
                "ended": v.ended,
                "broughtBy": None if v.brought_by is None else str(v.brought_by),
            }
            for v in told.versions
        ],
        "knownFrom": _ms(told.carriage.known_from),
        "heldThen": told.carriage.held_then,
        "deltas": [_said_json(said) for said in told.carriage.said],
        "next": None if told.carriage.coming is None else _said_json(told.carriage.coming),
        "served": told.served.ms,
        "presented": told.presented.ms,
    }


def _said_json(said: Said) -> dict[str, Any]:
    operations = [operation.name.lower() for operation in said.operations]
    return {"after": said.span.after.ms, "upto": said.span.upto.ms, "says": operations}


def _ms(moment: Moment | None) -> int | None:
    return None if moment is None else moment.ms
