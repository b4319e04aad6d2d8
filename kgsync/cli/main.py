"""The `kgsync` command: gathers the subcommands; those of the server need the extra [server]."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from kgsync import __version__
from kgsync.cli.showing import fail
from kgsync.errors import KgsyncError

app = typer.Typer(
    name="kgsync",
    help="A replica-sync server for knowledge graphs.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
# Each module offers `register(app)`; beside it, the extra it needs. The base install has the others.
_COMMANDS = {
    "serve": "server",
    "service": "server",
    "token": "server",
    "user": "server",
    "conflicts": "server",
    "explain": "server",
    "verify": "server",
    "inspect": "",
    "diff": "",
    "trim": "server",
    "audit": "server",
    "routes": "server",
    "backup": "server",
    "restore": "server",
    "sample": "sample",
    "demo": "sample",
}


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kgsync {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def _asked() -> dict[str, str]:
    """Give the commands to gather: the one that is called, for importing them all takes seconds; else all."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    completing = any(variable.endswith("KGSYNC_COMPLETE") for variable in os.environ)
    return {name: _COMMANDS[name]} if name in _COMMANDS and not completing else _COMMANDS


def main() -> None:
    """Run the command line; errors are one line that says what to do."""
    for name, extra in _asked().items():
        try:
            import_module(f"kgsync.cli.{name}").register(app)
        except ModuleNotFoundError as error:
            if not extra:
                raise
            if sys.argv[1:2] == [name]:
                needed = f"kgsync {name} needs an extra: pip install 'kgsync[{extra}]' ({error.name} is missing)"
                Console(stderr=True).print(needed, markup=False, soft_wrap=True)
                sys.exit(1)
    try:
        app()
    except KgsyncError as error:
        fail(error.message)
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}")
