"""kgsync token: make a token for a user of this server."""

from __future__ import annotations

from typing import Annotated

import typer

from kgsync.cli.options import DatabaseUrl, DataDir, existing_store, settings_from
from kgsync.errors import Forbidden, MalformedInput, NotFound
from kgsync.model.people import OPERATOR
from kgsync.server.clock import wall_clock
from kgsync.server.security.keys import Signers
from kgsync.server.security.tokens import Tokens


def register(app: typer.Typer) -> None:
    app.command("token", help="Print a token for a user.")(token)


def token(
    user: Annotated[str, typer.Argument(help="Name of the user.")],
    minutes: Annotated[int | None, typer.Option(min=1, help="Lifetime in minutes.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    store = existing_store(settings)
    try:
        with store.people() as people:
            account = people.account(user)
        if account is None:
            raise NotFound(f"There is no user {user!r}")
        if minutes is not None and minutes > settings.max_token_minutes:
            raise MalformedInput(
                f"A token lives at most {settings.max_token_minutes} minutes (KGSYNC_MAX_TOKEN_MINUTES); give fewer"
            )
        lifetime = minutes or settings.token_minutes
        if account.disabled:
            raise Forbidden(f"{account.name} is disabled; kgsync user enable {account.name} lets them in again")
        now = wall_clock()
        made, _ = Tokens(store, Signers(store, now).tokens).issue(account, lifetime, now, by=OPERATOR)
    finally:
        store.close()
    typer.echo(made)
