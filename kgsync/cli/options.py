"""Options several commands share, and settings made from them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from kgsync.errors import MalformedInput, NotFound
from kgsync.server.opening import store_of
from kgsync.server.settings import Settings
from kgsync.store.database import DATABASE_FILE, Store

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Directory of the database and files [KGSYNC_DATA_DIR].")
]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="PostgreSQL instead of SQLite [KGSYNC_DATABASE_URL].")
]


def settings_from(**given: Any) -> Settings:
    """Take what the command line gave over what the environment says. Raises MalformedInput."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ")
        option = f"--{name.replace('_', '-')}, " if given.get(name) is not None else ""
        raise MalformedInput(f"{told} ({option}KGSYNC_{name.upper()})") from None


def existing_store(settings: Settings) -> Store:
    """Open the database the settings name; one that is not there is a slip of the hand, and is not made.

    Raises NotFound, and what opening raises.
    """
    file = settings.data_dir / DATABASE_FILE
    if settings.database_url is None and not file.exists():
        raise NotFound(f"There is no database at {file}; name its --data-dir, or begin one with kgsync serve")
    return store_of(settings)


def opened(data_dir: Path | None, database_url: str | None) -> closing[Store]:
    """Open the database the options name for the length of a `with`. Raises what `existing_store` raises."""
    return closing(existing_store(settings_from(data_dir=data_dir, database_url=database_url)))
