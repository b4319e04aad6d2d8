"""What commands that speak to a server share: its address, the token, progress bars."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from kgsync.cli.showing import tell
from kgsync.client.blocking import Replica, Server, Service, connect
from kgsync.client.keeping import Keeping
from kgsync.client.syncing import Report, Synced
from kgsync.errors import AuthenticationError, MalformedInput
from kgsync.model.values import parse_uuid

_BEFORE, _AFTER = "/server/rest/services/", "/KnowledgeGraphServer"

ServiceUrl = Annotated[
    str,
    typer.Argument(metavar="URL", help="A service: http://host:8080/Hosted/Field, or grpc://…"),
]
KgrPath = Annotated[Path, typer.Argument(metavar="FILE", help="A local replica, such as field.kgr.")]
Certificate = Annotated[
    Path | None,
    typer.Option(
        envvar="KGSYNC_CERTIFICATE", help="A certificate to believe (PEM), for a server with its own.", exists=True
    ),
]


class Address(NamedTuple):
    """A server and a service on it."""

    server: str
    service: str


def address_of(text: str) -> Address:
    """Read the address of a service, as people write it or as the server does. Raises MalformedInput."""
    parts = urlsplit(text)
    path = unquote(parts.path)
    if _BEFORE in path:
        path = path.split(_BEFORE, 1)[1].split(_AFTER, 1)[0]
    service = path.strip("/")
    if parts.scheme not in ("http", "https", "grpc", "grpcs") or not parts.netloc or not service:
        raise MalformedInput(f"{text[:100]!r} names no service; write http://host:8080/Hosted/Field")
    return Address(f"{parts.scheme}://{parts.netloc}", service)


def id_of(text: str) -> UUID:
    """Read an id of an object or a replica. Raises MalformedInput."""
    found = parse_uuid(text)
    if found is None:
        raise MalformedInput(f"{text[:64]!r} is no id")
    return found


@contextmanager
def connected(url: str, certificate: Path | None = None, *, named: bool = True) -> Iterator[Server]:
    """Connect with the token of KGSYNC_TOKEN, or the one kept by kgsync login; without any, as nobody.

    A server that a file names and not the caller is shown the token of KGSYNC_TOKEN only if KGSYNC_URL is its address:
    files come from anywhere.
    """
    believed = named or os.environ.get("KGSYNC_URL", "").rstrip("/") == url
    token = (os.environ.get("KGSYNC_TOKEN") if believed else None) or Keeping().get(url)
    try:
        with connect(url, token=token, certificate=certificate) as server:
            yield server
    except AuthenticationError as error:
        raise AuthenticationError(f"{error.message}: kgsync login {url} --user NAME", code=error.code) from error


@contextmanager
def service_at(url: str, certificate: Path | None) -> Iterator[Service]:
    address = address_of(url)
    with connected(address.server, certificate) as server:
        yield server.service(address.service)


@contextmanager
def replica_at(path: Path, certificate: Path | None) -> Iterator[Replica]:
    """Open a local replica with a connection to its server."""
    with Replica.open(path) as replica, connected(replica.url, certificate, named=False) as server:
        yield replica.at(server)


# ---- progress


_WORDS = {
    "registering": "Registering",
    "registered": "Registered",
    "prepared": "Preparing",
    "asking": "Sending",
    "heard": "Answered",
    "answered": "Answered",
    "download": "Downloading",
    "downloaded": "Downloaded",
    "apply": "Applying",
    "applied": "Applied",
}


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Show how far a synchronization is, with bytes and rate; nothing where no one watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task: TaskID = progress.add_task("Connecting", total=None)

        def report(step: str, done: int, whole: int) -> None:
            word = _WORDS.get(step, step)
            if step == "download":
                progress.update(task, description=word, completed=done, total=whole)
            elif step == "apply":
                progress.update(task, description=f"{word} {done:,} objects", total=None)
            else:
                progress.update(task, description=word)

        yield report


def tell_synced(done: Synced) -> None:
    """Say in a line or two what a synchronization did, and what needs a look."""
    what = "a snapshot" if done.snapshot else "what changed"
    tell(f"As of {done.sync_date}: {done.uploaded:,} edits answered, {done.rows:,} objects came as {what}.")
    if done.rejected:
        tell(f"{done.rejected:,} edits were rejected: kgsync status lists them, kgsync edit has retry and drop.")
    if done.conflicts:
        tell(f"{done.conflicts:,} edits overwrote changes of others: kgsync status lists them.")
    for warning in done.warnings:
        tell(f"Warning: {warning}")


def synced_facts(done: Synced) -> dict[str, object]:
    """Give the same for --json."""
    return {
        "syncDate": None if done.sync_date is None else done.sync_date.ms,
        "snapshot": done.snapshot,
        "uploaded": done.uploaded,
        "rejected": done.rejected,
        "rows": done.rows,
        "conflicts": done.conflicts,
        "warnings": done.warnings,
    }
