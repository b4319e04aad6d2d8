"""The migrated schema is the schema the program asks for; a newer one is refused."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from kgsync.errors import Conflict
from kgsync.store.database import Store
from kgsync.store.tables import metadata


def test_migrations_add_up_to_the_schema(store: Store) -> None:
    with store._backend.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_program_is_refused(store: Store) -> None:
    with store._backend.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="newer"):
        Store(store._backend)
