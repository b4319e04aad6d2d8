"""kgsync login and logout: a token for a server, kept for the commands that follow."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from kgsync.cli.remote import Certificate
from kgsync.cli.showing import tell
from kgsync.client.blocking import Loop
from kgsync.client.http import HttpTransport, trusting
from kgsync.client.keeping import Keeping
from kgsync.client.tokens import Tokens
from kgsync.errors import MalformedInput, NotFound

Url = Annotated[str, typer.Argument(metavar="URL", help="A server, such as http://127.0.0.1:8080.")]


def register(app: typer.Typer) -> None:
    app.command("login", help="Log in to a server; example: kgsync login http://127.0.0.1:8080 --user ann")(login)
    app.command("logout", help="Forget the token of a server; example: kgsync logout http://127.0.0.1:8080")(logout)


def login(
    url: Url,
    user: Annotated[str | None, typer.Option(help="Name of the user; the password is asked for.")] = None,
    token: Annotated[bool, typer.Option("--token", help="Read a token from standard input in place of it.")] = False,
    minutes: Annotated[int, typer.Option(min=1, help="How long the token is to be good for.")] = 20160,
    portal: Annotated[str | None, typer.Option(help="Where to log in, for a gRPC address.")] = None,
    certificate: Certificate = None,
) -> None:
    base = _server(url)
    if token:
        made = sys.stdin.readline().strip()
        if not made:
            raise MalformedInput("no token came on standard input")
    else:
        if user is None:
            raise MalformedInput("say who you are with --user, or give a token with --token")
        made = _fetched(portal or base, user, _password(), minutes, certificate, bound=base.startswith("http"))
    tell(f"The token for {base} is kept in {Keeping().put(base, made)}.")


def _password() -> str:
    """Ask for a password where somebody can answer; else it comes from KGSYNC_PASSWORD or standard input."""
    given = os.environ.get("KGSYNC_PASSWORD")
    if given:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True))
    return sys.stdin.readline().rstrip("\n")


def _fetched(url: str, user: str, password: str, minutes: int, certificate: Path | None, *, bound: bool) -> str:
    loop = Loop()
    door = HttpTransport(url, Tokens(), secure=trusting(certificate))
    try:
        return loop.run(door.fetch_token(user, password, minutes, bound=bound))
    finally:
        loop.run(door.close())
        loop.close()


def logout(url: Url) -> None:
    base = _server(url)
    if not Keeping().forget(base):
        raise NotFound(f"No token for {base} is kept")
    tell(f"The token for {base} is forgotten.")


def _server(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "grpc", "grpcs") or not parts.netloc:
        raise MalformedInput(f"{url[:100]!r} is no server; write http://host:8080")
    return f"{parts.scheme}://{parts.netloc}"
