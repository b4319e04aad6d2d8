"""kgsync watch: what happens to a local replica's objects at the server, as it happens."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from kgsync.cli.remote import Certificate, KgrPath, replica_at
from kgsync.cli.showing import Json, tell
from kgsync.errors import MalformedInput


def register(app: typer.Typer) -> None:
    app.command("watch", help="Show changes as they happen. Example: kgsync watch field.kgr --for 60")(watch)


def watch(
    file: KgrPath,
    follow: Annotated[bool, typer.Option("--sync", help="Synchronize whenever something happens.")] = False,
    seconds: Annotated[float | None, typer.Option("--for", min=0, help="End after so many seconds.")] = None,
    as_json: Annotated[bool, Json] = False,
    certificate: Certificate = None,
) -> None:
    with replica_at(file, certificate) as replica:
        after = replica.sync_date
        if after is None:
            raise MalformedInput(f"{file} holds nothing yet: kgsync sync {file}")
        for changes in replica.watch(seconds=seconds):
            if as_json and (changes.changes or changes.catch_up):
                facts = {"after": changes.after.ms, "upto": changes.upto.ms, "catchUp": changes.catch_up}
                typer.echo(json.dumps({**facts, "changes": list(changes.changes)}, ensure_ascii=False))
            elif not as_json:
                for change in changes.changes:
                    _show(change)
            if changes.catch_up and not follow:
                tell(f"More happened than can be shown here: kgsync sync {file}")
            if follow and (changes.changes or changes.catch_up):
                replica.sync()


def _show(change: Any) -> None:
    for found in change["objects"]:
        values = ", ".join(
            f"{name}={value!r}" for name, value in found.get("properties", {}).items() if value is not None
        )
        tell(f"{change['operation']} {change['type']} {found['id']} {values[:200]}".rstrip())
