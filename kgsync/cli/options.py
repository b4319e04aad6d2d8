"""Options several commands share, and settings made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from kgsync.errors import MalformedInput, NotFound
from kgsync.model.catalog import Service
from kgsync.server.settings import Settings
from kgsync.store.database import Store

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


def service_named(store: Store, text: str) -> Service:
    """Find a service by FOLDER/NAME, or by its name in Hosted or at the root. Raises NotFound."""
    folder, _, name = text.rpartition("/")
    with store.catalog() as catalog:
        for place in (folder,) if folder else ("Hosted", ""):
            found = catalog.service(place, name)
            if found is not None:
                return found
    raise NotFound(f"There is no service {text!r}; kgsync service list names them")
