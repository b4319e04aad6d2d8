"""kgsync clone: a replica of one's own, in a file to work on offline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgsync.cli.remote import Certificate, KgrPath, ServiceUrl, progress_bar, service_at
from kgsync.cli.showing import tell
from kgsync.client.blocking import Replica
from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.replica import Direction

Types = Annotated[list[str] | None, typer.Option("--type", help="A type to take; all when none is named.")]
Where = Annotated[list[str] | None, typer.Option(help="A clause for a type: Person=n.age > 30")]


class Way(StrEnum):
    """Which way a replica synchronizes, as a word."""

    BOTH = "both"
    UPLOAD = "upload"
    DOWNLOAD = "download"


def direction_of(way: Way) -> Direction:
    return {Way.BOTH: Direction.BIDIRECTIONAL, Way.UPLOAD: Direction.UPLOAD, Way.DOWNLOAD: Direction.DOWNLOAD}[way]


def clauses_of(types: list[str] | None, where: list[str] | None) -> dict[str, str] | None:
    """Read which types and clauses are wanted; None for all. Raises MalformedInput."""
    clauses = dict.fromkeys(types or (), "")
    for text in where or ():
        name, between, clause = text.partition("=")
        if not between or not name.strip():
            raise MalformedInput(f"{text[:80]!r} is no clause; write Type=clause, such as Person=n.age > 30")
        clauses[name.strip()] = clause.strip()
    return clauses or None


def register(app: typer.Typer) -> None:
    told = "Make a local replica; example: kgsync clone http://127.0.0.1:8080/Hosted/Field field.kgr"
    app.command("clone", help=told)(clone)


def clone(
    url: ServiceUrl,
    file: KgrPath,
    types: Types = None,
    where: Where = None,
    name: Annotated[str | None, typer.Option(help="A name for it at the server.")] = None,
    direction: Annotated[Way, typer.Option(help="Which way it synchronizes.")] = Way.BOTH,
    certificate: Certificate = None,
) -> None:
    with service_at(url, certificate) as service, progress_bar() as report:
        wanted = clauses_of(types, where)
        try:
            made = Replica.create(service, wanted, file, name=name, direction=direction_of(direction), report=report)
        except KgsyncError as error:
            if _unfinished(file):
                tell(f"{file} is begun: kgsync sync {file} goes on with it.")
            raise error
        with made as replica:
            counts, date = replica.counts(), replica.sync_date
    tell(f"{file}: {sum(counts.values()):,} objects of {len(counts)} types, as of {date}.")


def _unfinished(file: Path) -> bool:
    """Say whether a file is there that was begun by this command, and not by an earlier one."""
    try:
        with Replica.open(file) as left:
            return not left.ready
    except KgsyncError:
        return False
