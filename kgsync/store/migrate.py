"""Bring a database to the schema of this program, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kgsync.errors import Conflict


def config(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction. Raises Conflict on a newer schema."""
    settings = config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_heads()
    if set(present) - known:
        raise Conflict("The database was written by a newer kgsync; upgrade the program to open it")
    command.upgrade(settings, "head")
