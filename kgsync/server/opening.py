"""Open the database the settings name, and see that somebody may come in; all that most commands need."""

from __future__ import annotations

from kgsync.server.clock import wall_clock
from kgsync.server.security.accounts import ensure_administrator
from kgsync.server.settings import Settings
from kgsync.store.database import Store, open_store


def store_of(settings: Settings) -> Store:
    """Open the database the settings name. Raises Unavailable, Conflict."""
    url = settings.database_url.get_secret_value() if settings.database_url else None
    return open_store(settings.data_dir, url)


def first_start(settings: Settings, store: Store) -> str | None:
    """Make the administrator if there is none; give the password when it was generated."""
    password = settings.admin_password.get_secret_value() if settings.admin_password else None
    return ensure_administrator(store, settings.admin_user, password, wall_clock())
