"""The `kgsync` command: gathers the subcommands; those of the server need the extra [server]."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from kgsync import __version__
from kgsync.errors import KgsyncError

app = typer.Typer(
    name="kgsync",
    help="A replica-sync server for knowledge graphs.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
# Each module offers `register(app)`.
_COMMANDS = ("serve", "service", "sample", "token", "demo")


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


def main() -> None:
    """Run the command line; errors are one line that says what to do."""
    try:
        for name in _COMMANDS:
            import_module(f"kgsync.cli.{name}").register(app)
    except ModuleNotFoundError as error:
        if len(sys.argv) > 1 and sys.argv[1] in _COMMANDS:
            Console(stderr=True).print(f"This command needs the server: pip install 'kgsync[server]' ({error.name})")
            sys.exit(1)
    try:
        app()
    except KgsyncError as error:
        Console(stderr=True).print(f"[red]Error:[/red] {error.message}", highlight=False)
        sys.exit(1)
