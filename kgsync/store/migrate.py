"""Bring a database to the schema of this program, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kgsync.errors import Conflict


def _config() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    return settings


def check_known(revision: str) -> None:
    """Refuse a schema of a newer program. Raises Conflict."""
    if revision not in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise Conflict("The database was written by a newer kgsync; upgrade the program to open it")


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations missing up to `revision` in the caller's transaction. Raises Conflict on a newer schema."""
    for present in MigrationContext.configure(connection).get_current_heads():
        check_known(present)
    settings = _config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)
