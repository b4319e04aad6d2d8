"""Bring a database to the schema of this program, by Alembic.

Alembic is loaded only where something is missing: most programs open a database that is up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from kgsync.errors import Conflict

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"


def revisions() -> list[str]:
    """List the schemas this program knows, oldest first: the scripts begin with their names."""
    return sorted(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def check_known(revision: str) -> None:
    """Refuse a schema of a newer program. Raises Conflict."""
    if revision not in revisions():
        raise Conflict("The database was written by a newer kgsync; upgrade the program to open it")


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations missing up to `revision` in the caller's transaction. Raises Conflict on a newer schema."""
    present = _present(connection)
    for each in present:
        check_known(each)
    if present == [revisions()[-1] if revision == "head" else revision]:
        return
    from alembic import command

    settings = _config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def _present(connection: Connection) -> list[str]:
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _config() -> Config:
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    settings.set_main_option("path_separator", "os")
    return settings
