"""kgsync replica: the replicas registered at a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgsync.cli.clone import Types, Way, Where, clauses_of, direction_of
from kgsync.cli.remote import Certificate, KgrPath, ServiceUrl, id_of, progress_bar, service_at
from kgsync.cli.showing import Json, cells, show, table_of, tell
from kgsync.client.local import LocalReplica
from kgsync.errors import MalformedInput
from kgsync.model.history import Moment
from kgsync.model.replica import Download, Replica

ReplicaId = Annotated[str, typer.Argument(metavar="ID", help="Id of a replica; kgsync replica list names them.")]
Archive = Annotated[Path, typer.Option("--archive", help="Where to put the archive (.zip).")]

_app = typer.Typer(help="Make, list and synchronize the replicas registered at a server.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(_app, name="replica")


@_app.command("create", help="Register a replica and fetch it; example: kgsync replica create URL --archive a.zip")
def create(
    url: ServiceUrl,
    archive: Archive,
    types: Types = None,
    where: Where = None,
    name: Annotated[str | None, typer.Option(help="A name for it.")] = None,
    direction: Annotated[Way, typer.Option(help="Which way it synchronizes.")] = Way.BOTH,
    as_json: Annotated[bool, Json] = False,
    certificate: Certificate = None,
) -> None:
    with service_at(url, certificate) as service, progress_bar() as report:
        made = service.create_replica(clauses_of(types, where), name=name, direction=direction_of(direction))
        service.download(made.archive, archive, lambda done, whole: report("download", done, whole))
    if as_json:
        facts = {"id": str(made.replica_id), "name": made.name, "syncDate": made.sync_date.ms, "archive": str(archive)}
        typer.echo(json.dumps({**facts, "warnings": list(made.warnings)}))
        return
    tell(f"Replica {made.name} ({made.replica_id}), as of {made.sync_date} ({made.sync_date.ms}): {archive}")
    for warning in made.warnings:
        tell(f"Warning: {warning}")


@_app.command("list", help="List your replicas; example: kgsync replica list http://127.0.0.1:8080/Hosted/Field")
def listing(url: ServiceUrl, as_json: Annotated[bool, Json] = False, certificate: Certificate = None) -> None:
    with service_at(url, certificate) as service:
        found = service.replicas()
    if as_json:
        every = [{"id": str(r.id), "name": r.name, "lastSyncDate": r.last_sync_date.ms} for r in found]
        typer.echo(json.dumps(every))
        return
    table = table_of("Name", "Id", "Last synchronized to")
    for replica in found:
        table.add_row(*cells(replica.name, str(replica.id), str(replica.last_sync_date)))
    if found:
        show(table)
    else:
        tell("There are no replicas of yours.")


@_app.command("info", help="Describe a replica; example: kgsync replica info URL ID")
def info(
    url: ServiceUrl, replica: ReplicaId, as_json: Annotated[bool, Json] = False, certificate: Certificate = None
) -> None:
    with service_at(url, certificate) as service:
        found = service.replica(id_of(replica))
    if as_json:
        typer.echo(json.dumps(_facts(found)))
        return
    tell(f"{found.name} ({found.id}) of {found.owner}, {found.direction.name.lower()}, as of {found.served}")
    table = table_of("Type", "Kind", "Where")
    for wanted in found.definition.types:
        table.add_row(*cells(wanted.name, wanted.category.name.lower(), wanted.where))
    show(table)


def _facts(found: Replica) -> dict[str, object]:
    types = [{"type": t.name, "kind": t.category.name.lower(), "where": t.where} for t in found.definition.types]
    return {
        "id": str(found.id),
        "name": found.name,
        "owner": found.owner,
        "direction": found.direction.name.lower(),
        "created": found.created,
        "lastSyncDate": found.served.ms,
        "types": types,
    }


@_app.command("sync", help="Fetch what is new; example: kgsync replica sync URL ID --after DATE --archive d.zip")
def sync(
    url: ServiceUrl,
    replica: ReplicaId,
    archive: Archive,
    after: Annotated[str | None, typer.Option(help="The date of what you hold; without it, a snapshot.")] = None,
    upload: Annotated[Path | None, typer.Option(help="A file of edits to send before.", exists=True)] = None,
    as_json: Annotated[bool, Json] = False,
    certificate: Certificate = None,
) -> None:
    download = Download(after=None if after is None else Moment.parse(after))
    with service_at(url, certificate) as service, progress_bar() as report:
        item = None if upload is None else service.upload(upload)
        done = service.synchronize(id_of(replica), download, item=item)
        if done.archive is not None:
            service.download(done.archive, archive, lambda n, whole: report("download", n, whole))
    date = None if done.sync_date is None else done.sync_date.ms
    failed = [e.message for r in (done.outcome.results if done.outcome else ()) for e in r.errors.values()]
    if as_json:
        told = str(archive) if done.archive is not None else None
        typer.echo(json.dumps({"syncDate": date, "archive": told, "rejected": failed, "warnings": list(done.warnings)}))
    else:
        tell(f"As of {done.sync_date} ({date}): {archive if done.archive is not None else 'nothing was fetched'}")
        for text in (*failed, *done.warnings):
            tell(f"Warning: {text}")
    if failed:
        raise typer.Exit(1)


@_app.command("register", help="Register a forgotten one again; example: kgsync replica register field.kgr")
def register_again(file: KgrPath) -> None:
    with LocalReplica.open(file) as replica:
        replica.register_again()
    tell(f"The next synchronization registers it: kgsync sync {file}")


@_app.command("unregister", help="Have the server forget replicas; example: kgsync replica unregister URL ID")
def unregister(
    url: ServiceUrl,
    replicas: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of replicas.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of yours.")] = False,
    certificate: Certificate = None,
) -> None:
    if bool(replicas) == everything:
        raise MalformedInput("name the replicas, or say --all")
    ids = [id_of(text) for text in replicas or ()]
    with service_at(url, certificate) as service:
        service.unregister(*ids, everything=everything)
    tell("All of yours are unregistered." if everything else f"{len(ids)} unregistered.")
