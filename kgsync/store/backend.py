"""What differs between databases, in one small object; everything else is written once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, FromClause, Select, Table
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql.dml import Insert, Update

from kgsync.errors import Conflict, StorageFull, Unavailable


class Backend(ABC):
    """One database: connections for read views and for commits, and the few statements that differ."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """Open a read view: one consistent snapshot, no locks taken."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction: committed on return, rolled back on raise."""

    @abstractmethod
    def upgrade(self) -> None:
        """Bring the schema to this version of the program. Raises Conflict on a newer one."""

    @abstractmethod
    def bulk(
        self, connection: Connection, statement: Insert | Update, keys: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> None:
        """Execute a statement once per row by the driver's own means; values in the order of `keys`."""

    @abstractmethod
    def bind_id(self, id: UUID | None) -> Any:
        """Give an id as `bulk` wants it."""

    @abstractmethod
    def stage(
        self, connection: Connection, table: Table, rows: Select[Any], parameters: Mapping[str, Any]
    ) -> FromClause:
        """Make a step's rows available to later steps of the same read view."""

    @abstractmethod
    def concatenated(self, connection: Connection, rows: Select[Any], largest: int) -> Iterator[bytes]:
        """Give the column `row` of `rows`, a selection from `object`, concatenated in chunks within the
        limits of model.contents. No row is longer than `largest` bytes."""

    @abstractmethod
    def close(self) -> None: ...

    # How many ids one statement names: SQLite allows 32,766 parameters.
    ids_at_once = 5_000


@contextmanager
def translated() -> Iterator[None]:
    """Turn driver errors into ours, cause kept; the only place that looks at their text."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig).lower()
        if "disk is full" in text or "no space left" in text or "disk i/o error" in text:
            raise StorageFull("The disk is full; nothing was written") from error
        if "locked" in text or "timeout" in text or "connection" in text:
            raise Unavailable("The database did not answer in time; try again") from error
        raise
    except DBAPIError as error:
        if "unique" in str(error.orig).lower():
            raise Conflict("The name or id is taken") from error
        raise
