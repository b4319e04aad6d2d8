"""kgsync pull, push and sync: a local replica and its server."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kgsync.cli.remote import Certificate, KgrPath, progress_bar, replica_at, synced_facts, tell_synced
from kgsync.cli.showing import Json

Anew = Annotated[bool, typer.Option("--snapshot", help="Fetch everything anew.")]


def register(app: typer.Typer) -> None:
    app.command("pull", help="Fetch what is new; edits go on waiting. Example: kgsync pull field.kgr")(pull)
    app.command("push", help="Send what waits, if anything does. Example: kgsync push field.kgr")(push)
    app.command("sync", help="Send what waits and fetch what is new. Example: kgsync sync field.kgr")(sync)


def pull(
    file: KgrPath, snapshot: Anew = False, as_json: Annotated[bool, Json] = False, certificate: Certificate = None
) -> None:
    with replica_at(file, certificate) as replica, progress_bar() as report:
        done = replica.pull(snapshot=snapshot, report=report)
    typer.echo(json.dumps(synced_facts(done))) if as_json else tell_synced(done)


def push(file: KgrPath, as_json: Annotated[bool, Json] = False, certificate: Certificate = None) -> None:
    with replica_at(file, certificate) as replica, progress_bar() as report:
        done = replica.push(report=report)
        done.sync_date = replica.sync_date
    typer.echo(json.dumps(synced_facts(done))) if as_json else tell_synced(done)
    if done.rejected:
        raise typer.Exit(1)


def sync(
    file: KgrPath, snapshot: Anew = False, as_json: Annotated[bool, Json] = False, certificate: Certificate = None
) -> None:
    with replica_at(file, certificate) as replica, progress_bar() as report:
        done = replica.sync(snapshot=snapshot, report=report)
        done.sync_date = replica.sync_date
    typer.echo(json.dumps(synced_facts(done))) if as_json else tell_synced(done)
    if done.rejected:
        raise typer.Exit(1)
