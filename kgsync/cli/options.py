"""Options several commands share, and settings made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from kgsync.errors import MalformedInput
from kgsync.server.settings import Settings

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
        raise MalformedInput(f"{first['msg']} (--{name.replace('_', '-')}, KGSYNC_{name.upper()})") from None
