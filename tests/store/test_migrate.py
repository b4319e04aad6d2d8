from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from kgsync.store import migrate


def test_scripts_are_named_by_their_revisions_and_follow_each_other() -> None:
    scripts = ScriptDirectory.from_config(migrate._config())
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == migrate.revisions()


def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'kgsync.db'}")
    with engine.begin() as connection:
        migrate.upgrade(connection)
        before = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
        migrate.upgrade(connection)
        assert connection.connection.driver_connection.total_changes == before  # type: ignore[union-attr]
    engine.dispose()
