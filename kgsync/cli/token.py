"""kgsync token: make a token for a user of this server."""

from __future__ import annotations

from typing import Annotated

import typer

from kgsync.cli.options import DatabaseUrl, DataDir, settings_from
from kgsync.errors import NotFound
from kgsync.server.clock import wall_clock
from kgsync.server.compose import store_of
from kgsync.server.security.accounts import issue_token


def register(app: typer.Typer) -> None:
    app.command("token", help="Print a token for a user.")(token)


def token(
    user: Annotated[str, typer.Argument(help="Name of the user.")],
    minutes: Annotated[int | None, typer.Option(min=1, help="Lifetime in minutes.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    store = store_of(settings)
    try:
        with store.catalog() as catalog:
            account = catalog.account(user)
        if account is None:
            raise NotFound(f"There is no user {user!r}")
        lifetime = min(minutes or settings.token_minutes, settings.max_token_minutes)
        made, _ = issue_token(store, account, lifetime, wall_clock())
    finally:
        store.close()
    typer.echo(made)
