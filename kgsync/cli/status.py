"""kgsync status: what a local replica holds, what waits, and what was told."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kgsync.cli.remote import KgrPath
from kgsync.cli.showing import Json, cells, show, table_of, tell, text_of
from kgsync.client.local import LocalReplica
from kgsync.client.pending import Pending
from kgsync.model.plain import plain

_MOST = 50  # of each list: --json has all


def register(app: typer.Typer) -> None:
    app.command("status", help="Show what a replica holds and what waits. Example: kgsync status field.kgr")(status)


def status(file: KgrPath, as_json: Annotated[bool, Json] = False) -> None:
    with LocalReplica.open(file) as replica:
        if as_json:
            typer.echo(json.dumps(_facts(replica), ensure_ascii=False))
        else:
            _show(replica)


def _facts(replica: LocalReplica) -> dict[str, object]:
    rejected = [
        {**_edit(r.edit), "number": r.edit.seq, "code": int(r.error.code), "message": r.error.message}
        for r in replica.rejected
    ]
    date = replica.sync_date
    return {
        "url": replica.url,
        "service": replica.service_path,
        "replica": str(replica.id),
        "name": replica.name,
        "direction": replica.direction.name.lower(),
        "ready": replica.ready,
        "syncDate": None if date is None else date.ms,
        "counts": replica.counts() if date is not None else {},
        "pending": [_edit(edit) for edit in replica.pending],
        "rejected": rejected,
        "conflicts": replica.conflicts,
        "outside": replica.told("outside"),
        "warnings": replica.told("warning"),
    }


def _edit(edit: Pending) -> dict[str, object]:
    values = {name: plain(value) for name, value in edit.values.items()}
    return {"operation": edit.op.name.lower(), "type": edit.type_name, "id": str(edit.id), "properties": values}


def _show(replica: LocalReplica) -> None:
    tell(f"{replica.name or 'A replica not registered yet'} of {replica.service_path} at {replica.url}")
    if not replica.ready:
        tell(f"It holds nothing yet: kgsync sync {replica.path}")
        return
    tell(f"As of {replica.sync_date}, {replica.direction.name.lower()}")
    table = table_of("Type", "Objects")
    for name, count in replica.counts().items():
        table.add_row(*cells(name, f"{count:,}"))
    show(table)
    _show_edits(replica)
    for kind, title in (("conflict", "Overwritten"), ("outside", "Outside this replica"), ("warning", "Warnings")):
        texts = replica.told(kind)
        if texts:
            tell(f"\n{title}:")
            for text in texts[-_MOST:]:
                tell(f"  {text}")


def _show_edits(replica: LocalReplica) -> None:
    waiting, rejected = replica.pending, replica.rejected
    tell(f"\n{len(waiting):,} edits wait to be sent." if waiting else "\nNothing waits to be sent.")
    if waiting:
        table = table_of("Edit", "Type", "Object", "Properties")
        for edit in waiting[:_MOST]:
            table.add_row(*cells(edit.op.name.lower(), edit.type_name, str(edit.id), _values(edit)))
        show(table)
    if rejected:
        tell(f"\n{len(rejected):,} edits were rejected; kgsync edit retry or drop deals with them.")
        table = table_of("Number", "Edit", "Type", "Object", "Why")
        for each in rejected[:_MOST]:
            edit = each.edit
            table.add_row(*cells(str(edit.seq), edit.op.name.lower(), edit.type_name, str(edit.id), each.error.message))
        show(table)


def _values(edit: Pending) -> str:
    return ", ".join(f"{name}={text_of(value)}" for name, value in edit.values.items())
