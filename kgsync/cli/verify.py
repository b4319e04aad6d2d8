"""kgsync verify: whether archives add up to what the server says a replica holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgsync.cli.options import DatabaseUrl, DataDir, existing_store, settings_from
from kgsync.cli.showing import Json, cells, fail, show, table_of, tell
from kgsync.client.holdings import Difference, Holdings, held
from kgsync.errors import KgsyncError
from kgsync.server.finding import replica_named
from kgsync.server.wiring import protobuf_wire
from kgsync.sync.verify import Verdict
from kgsync.sync.verify import verify as engine

AGREES, DIFFERS, UNKNOWN = 0, 1, 2
_MOST = 10_000  # differing objects listed: beyond, a new snapshot is the answer


def register(app: typer.Typer) -> None:
    app.command("verify", help="Compare archives with a replica's digest; exit 0: alike, 1: not, 2: cannot say.")(
        verify
    )


def verify(
    replica: Annotated[str, typer.Argument(help="Name or id of the replica.")],
    archive: Annotated[list[Path], typer.Option(help="A snapshot, then each delta that followed it, in order.")],
    service: Annotated[str | None, typer.Option(help="Service of the replica, when several have the name.")] = None,
    rows: Annotated[int, typer.Option(min=0, max=_MOST, help="How many differing objects to list.")] = 20,
    as_json: Annotated[bool, Json] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    try:
        settings = settings_from(data_dir=data_dir, database_url=database_url)
        store = existing_store(settings)
        try:
            found_in, found = replica_named(store, replica, service)
            with held(archive) as holdings:
                codec = protobuf_wire(settings.clause_seconds).codec
                with store.reading(found_in.id) as reading:
                    verdict = engine(reading, found, holdings, codec, rows)
                (_write_json if as_json else _show)(holdings, verdict)
        finally:
            store.close()
    except KgsyncError as error:
        fail(error.message, UNKNOWN)
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}", UNKNOWN)
    raise typer.Exit(UNKNOWN if verdict.agrees is None else AGREES if verdict.agrees else DIFFERS)


def _show(holdings: Holdings, verdict: Verdict[Difference]) -> None:
    tell(f"The archives add up to {verdict.held.members:,} objects as of {holdings.sync_date}: {verdict.held}")
    if verdict.expected is None:
        tell(verdict.told)
        return
    tell(f"The server has {verdict.expected.members:,} objects: {verdict.expected} ({verdict.told})")
    tell("They agree." if verdict.agrees else "They differ.")
    if not verdict.agrees:
        for type_name, count in holdings.counts().items():
            tell(f"  {type_name}: {count:,} in the archives")
    if verdict.differences:
        table = table_of("Type", "Object", "Difference")
        for difference in verdict.differences:
            table.add_row(*cells(difference.type_name, str(difference.id), difference.what))
        show(table)


def _write_json(holdings: Holdings, verdict: Verdict[Difference]) -> None:
    told = {
        "agrees": verdict.agrees,
        "syncDate": holdings.sync_date.ms,
        "archives": str(verdict.held),
        "server": None if verdict.expected is None else str(verdict.expected),
        "told": verdict.told,
        "counts": holdings.counts(),
        "differences": [{"type": d.type_name, "id": str(d.id), "what": d.what} for d in verdict.differences],
    }
    typer.echo(json.dumps(told))
