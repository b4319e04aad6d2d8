"""kgsync doctor: what is wrong here, and what to do about it."""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from kgsync import __version__
from kgsync.cli.remote import Certificate, address_of, connected
from kgsync.cli.showing import Json, cells, show, table_of
from kgsync.client.blocking import Replica
from kgsync.errors import KgsyncError
from kgsync.wire.pbf.implementation import require_native

_EXTRAS = {"networkx": "networkx", "pyarrow": "arrow", "pandas": "pandas", "geopandas": "geo", "sqlalchemy": "server"}


class Finding(NamedTuple):
    """One thing looked at; `good` None when it is only worth knowing."""

    what: str
    good: bool | None
    told: str


def register(app: typer.Typer) -> None:
    told = "Look for what is wrong: here, in a local replica, at a server. Example: kgsync doctor field.kgr"
    app.command("doctor", help=told)(doctor)


def doctor(
    where: Annotated[str | None, typer.Argument(metavar="[FILE|URL]", help="A local replica, or a service.")] = None,
    as_json: Annotated[bool, Json] = False,
    certificate: Certificate = None,
) -> None:
    found = [*_here()]
    if where is not None:
        found += _service(where, certificate) if "://" in where else _file(Path(where), certificate)
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in found]))
    else:
        table = table_of("What", "", "Found")
        for finding in found:
            mark = {True: "good", False: "BAD", None: ""}[finding.good]
            table.add_row(*cells(finding.what, mark, finding.told))
        show(table)
    if any(finding.good is False for finding in found):
        raise typer.Exit(1)


def _here() -> Iterator[Finding]:
    yield Finding("kgsync", None, f"{__version__}, Python {platform.python_version()}, {platform.system()}")
    yield _tried("protobuf", _native)
    yield Finding(
        "SQLite", sqlite3.sqlite_version_info >= (3, 35), f"{sqlite3.sqlite_version} (3.35 or newer is needed)"
    )
    for module, extra in _EXTRAS.items():
        there = _is_there(module)
        yield Finding(
            f"extra [{extra}]", None, "installed" if there else f"not installed: pip install 'kgsync[{extra}]'"
        )
    yield Finding("encoding", sys.getfilesystemencoding().lower() in ("utf-8", "utf8"), sys.getfilesystemencoding())


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _native() -> str:
    require_native()
    return "the compiled implementation"


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except KgsyncError as error:
        return Finding(what, False, error.message)


def _service(url: str, certificate: Path | None) -> Iterator[Finding]:
    def look() -> str:
        address = address_of(url)
        with connected(address.server, certificate) as server:
            model = server.service(address.service).data_model()
        return f"{len(model.types)} types"

    yield _tried("service", look)


def _file(path: Path, certificate: Path | None) -> Iterator[Finding]:
    try:
        replica = Replica.open(path)
    except KgsyncError as error:
        yield Finding("file", False, error.message)
        return
    with replica:
        yield _tried("file", replica.check)
        waiting, rejected = len(replica.pending), len(replica.rejected)
        yield Finding("edits that wait", None, f"{waiting:,}")
        yield Finding("rejected edits", None if not rejected else False, f"{rejected:,}")
        yield _tried("server", lambda: _reached(replica, certificate))


def _reached(replica: Replica, certificate: Path | None) -> str:
    """Compare with the server, where it can be reached."""
    with connected(replica.url, certificate, named=False) as server:
        if not replica.ready:
            return "reached; the replica holds nothing yet"
        verified = replica.at(server).verify()
    if verified.agrees is False:
        raise KgsyncError("base and server differ: kgsync pull --snapshot fetches everything anew")
    return "they agree" if verified.agrees else verified.told
