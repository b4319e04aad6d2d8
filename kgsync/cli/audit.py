"""kgsync audit: check that nobody changed the audit log, and hand it out."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.table import Table

from kgsync.cli.options import DatabaseUrl, DataDir, opened
from kgsync.store.audit import SERVER
from kgsync.store.database import Store

commands = typer.Typer(no_args_is_help=True, help="Check the audit log, and hand it out.")


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="audit")


def _names(store: Store) -> dict[int, str]:
    with store.catalog() as catalog:
        return {SERVER: "(server)", **{service.id: service.path for service in catalog.services()}}


_WIDE = 140  # columns


@commands.command("verify", help="Compute every chain anew; ends with 1 when a row was changed, removed or added.")
def verify(
    head: Annotated[
        list[str] | None, typer.Option(help="A last hash noted elsewhere that must still be in the log; repeatable.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with opened(data_dir, database_url) as store, store.audit_log() as log:
        names = _names(store)
        found = [log.verify(svc) for svc in log.chains()]
        wanted = set(head or ())
        for svc in log.chains() if wanted else ():
            wanted -= {entry.hash for entry in log.entries(svc)}
    table = Table("Chain", "Entries", "State")
    table.add_column("Last hash", no_wrap=True, min_width=64, overflow="ignore")
    for one in found:
        table.add_row(names.get(one.service, str(one.service)), f"{one.entries:,}", one.wrong or "whole", one.head)
    console = Console(soft_wrap=True)
    if console.width < _WIDE:  # a hash that is cut off is no use to --head
        console.width = _WIDE
    console.print(table if found else "Nothing has been written down yet.", soft_wrap=True)
    for missing in sorted(wanted):
        console.print(f"The hash {missing} is not in the log.", highlight=False, soft_wrap=True)
    if wanted or any(one.wrong for one in found):
        raise typer.Exit(1)


def _private(path: Path) -> TextIO:
    """Open a new file that its owner alone reads."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8")


@commands.command("export", help="Write the audit log as JSON lines, oldest first, chain by chain.")
def export(
    output: Annotated[Path | None, typer.Option(help="File to write; without it, standard output.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with ExitStack() as stack:
        store = stack.enter_context(opened(data_dir, database_url))
        target = sys.stdout if output is None else stack.enter_context(_private(output))
        log, names = stack.enter_context(store.audit_log()), _names(store)
        for svc in log.chains():
            for entry in log.entries(svc):
                facts = {**entry.facts(), "name": names.get(svc)}
                target.write(json.dumps(facts, sort_keys=True) + "\n")
