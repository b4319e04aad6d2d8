"""kgsync user: add people, list them, change what they may do; a running server heeds it with the next request."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kgsync.cli.options import DatabaseUrl, DataDir, opened
from kgsync.model.people import Account, Role
from kgsync.server.clock import wall_clock
from kgsync.server.security import accounts

commands = typer.Typer(no_args_is_help=True, help="Add people, list them, change what they may do.")
Name = Annotated[str, typer.Argument(help="Name of the user.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="user")


def _password(from_stdin: bool) -> str:
    """Ask for a password twice, or read one line: it is never an argument, which others could see."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _say(text: str) -> None:
    Console().print(text, highlight=False, markup=False, soft_wrap=True)


@commands.command("add", help="Add a user.")
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do at most.")] = Role.CONTRIBUTOR,
    password_stdin: PasswordStdin = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    accounts.check_name(name)
    password = _password(password_stdin)
    with opened(data_dir, database_url) as store:
        made = accounts.add_account(store, name, password, role=role, now=wall_clock())
    _say(f"{made.name} was added as {made.role.value}.")


@commands.command("list", help="List users.")
def listing(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    with opened(data_dir, database_url) as store, store.people() as people:
        found = people.accounts()
    table = Table("User", "Role", "State", "Since")
    for account in found:
        since = datetime.fromtimestamp(account.created / 1000, UTC).strftime("%Y-%m-%d")
        table.add_row(account.name, account.role.value, _state(account), since)
    Console().print(table if found else "No users yet; the first start of kgsync serve makes an administrator")


def _state(account: Account) -> str:
    words = ["disabled" if account.disabled else "enabled", *(["logs in elsewhere"] if account.outside else [])]
    return ", ".join(words)


@commands.command("disable", help="Keep a user out; their tokens end at once.")
def disable(name: Name, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    with opened(data_dir, database_url) as store:
        changed = accounts.set_disabled(store, name, True, now=wall_clock())
    _say(f"{changed.name} is disabled; their tokens have ended.")


@commands.command("enable", help="Let a disabled user in again.")
def enable(
    name: Name,
    anew: Annotated[
        bool, typer.Option("--anew", help="Let in whoever an outside issuer gives this name to now.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with opened(data_dir, database_url) as store:
        changed = accounts.set_disabled(store, name, False, now=wall_clock(), anew=anew)
    _say(f"{changed.name} is enabled.")


@commands.command("passwd", help="Give a user another password; their tokens end at once.")
def passwd(
    name: Name, password_stdin: PasswordStdin = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    password = _password(password_stdin)
    with opened(data_dir, database_url) as store:
        changed = accounts.set_password(store, name, password, now=wall_clock())
    _say(f"{changed.name} has another password; their tokens have ended.")


@commands.command("role", help="Give a user another role.")
def role(
    name: Name,
    new: Annotated[Role, typer.Argument(metavar="ROLE", help="viewer, contributor or administrator.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with opened(data_dir, database_url) as store:
        changed = accounts.set_role(store, name, new, now=wall_clock())
    _say(f"{changed.name} is now {changed.role.value}.")
