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
    help="Replica sync for knowledge graphs: a server, and replicas to work on offline.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
# The module of each command, which offers `register(app)`, and the extra it needs; the base install has the others.
_COMMANDS = {
    "login": ("login", ""),
    "logout": ("login", ""),
    "clone": ("clone", ""),
    "pull": ("synchronizing", ""),
    "push": ("synchronizing", ""),
    "sync": ("synchronizing", ""),
    "edit": ("edit", ""),
    "status": ("status", ""),
    "find": ("find", ""),
    "show": ("find", ""),
    "watch": ("watch", ""),
    "import": ("moving", ""),
    "export": ("moving", ""),
    "replica": ("replica", ""),
    "doctor": ("doctor", ""),
    "serve": ("serve", "server"),
    "service": ("service", "server"),
    "token": ("token", "server"),
    "user": ("user", "server"),
    "conflicts": ("conflicts", "server"),
    "explain": ("explain", "server"),
    "verify": ("verify", "server"),
    "inspect": ("inspect", ""),
    "diff": ("diff", ""),
    "trim": ("trim", "server"),
    "audit": ("audit", "server"),
    "routes": ("routes", "server"),
    "backup": ("backup", "server"),
    "restore": ("restore", "server"),
    "sample": ("sample", "sample"),
    "demo": ("demo", "sample"),
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
    """Give the modules to gather, by name, with their extras: of the command that is called, or else all."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""  # importing them all takes seconds
    completing = any(variable.endswith("KGSYNC_COMPLETE") for variable in os.environ)
    return dict([_COMMANDS[name]] if name in _COMMANDS and not completing else _COMMANDS.values())


def main() -> None:
    """Run the command line; errors are one line that says what to do."""
    called = sys.argv[1] if len(sys.argv) > 1 else ""
    for module, extra in _asked().items():
        try:
            import_module(f"kgsync.cli.{module}").register(app)
        except ModuleNotFoundError as error:
            if not extra:
                raise
            if _COMMANDS.get(called, ("", ""))[0] == module:
                needed = f"kgsync {called} needs an extra: pip install 'kgsync[{extra}]' ({error.name} is missing)"
                Console(stderr=True).print(needed, markup=False, soft_wrap=True)
                sys.exit(1)
    try:
        app()
    except KgsyncError as error:
        fail(error.message)
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}")
