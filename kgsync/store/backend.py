"""What differs between databases, in one small object; everything else is written once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Executable, FromClause, Select, Table
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlalchemy.sql.dml import Insert, Update

from kgsync.errors import MalformedInput, StorageFull, TakenInStore, Unavailable
from kgsync.model.digest import Tally
from kgsync.store.recent import Recent

# Prepared deltas: one holds 3 to 7 MB of statements where the definition has every option.
_SCRIPTS = 24


class Backend(ABC):
    """One database: connections for read views and for commits, and the few statements that differ."""

    def __init__(self) -> None:
        self.scripts = Recent(_SCRIPTS)

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """Open a read view: one consistent snapshot, no locks taken."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction: committed on return, rolled back on raise."""

    def version(self) -> int | None:
        """Give a number that is another one after every commit, of other processes too; None where there is none."""
        return None

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
    def staged(self, table: Table, rows: Select[Any]) -> tuple[FromClause, list[Executable]]:
        """Give where later steps of the same read view find a step's rows, and what is executed before.

        The last statement is what brings the rows; there may be none.
        """

    @abstractmethod
    def scratch(self, connection: Connection, table: Table) -> None:
        """Give this read view the temporary table, empty."""

    @abstractmethod
    def refuse(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        """Insert rows into a temporary table; those already there stay."""

    @abstractmethod
    def concatenated(
        self, connection: Connection, rows: Select[Any], largest: int, tally: Tally | None
    ) -> Iterator[bytes]:
        """Give the column `row` of `rows`, a selection of row and hash from `object`, concatenated in chunks
        within the limits of model.contents; `tally` adds them up. No row is longer than `largest` bytes."""

    @abstractmethod
    def index_names(self, connection: Connection, table: str) -> set[str]:
        """Name the indexes a table has."""

    @abstractmethod
    def change_indexes(self, connection: Connection, made: Sequence[CreateIndex], dropped: Sequence[DropIndex]) -> None:
        """Make and drop indexes of `object` in a transaction of their own, then refresh its statistics.

        One that cannot get its lock soon is left as it is; asking again later is harmless.
        """

    @abstractmethod
    def interrupter(self, connection: Connection) -> Callable[[], None]:
        """Give what ends the statement that runs on a connection, if one does; callable from any thread."""

    @abstractmethod
    def close(self) -> None: ...

    def stage(self, connection: Connection, table: Table, rows: Select[Any]) -> FromClause:
        """Make a step's rows available to later steps of the same read view."""
        source, statements = self.staged(table, rows)
        for statement in statements:
            connection.execute(statement)
        return source

    # Whether one index of a property may hold the objects of several types and services.
    shares_indexes = False
    # How many ids one statement names: SQLite allows 32,766 parameters.
    ids_at_once = 5_000


@contextmanager
def translated() -> Iterator[None]:
    """Turn driver errors into ours, cause kept; the only place that looks at their text."""
    try:
        yield
    except IntegrityError as error:
        if "unique" in str(error.orig).lower():
            raise TakenInStore("The name or id is taken") from error
        raise
    except DataError as error:
        raise MalformedInput("A text is too long or holds a character that cannot be stored") from error
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        text = str(error).lower()
        if any(words in text for words in ("disk is full", "no space left", "disk i/o error")):
            raise StorageFull("The disk is full; nothing was written") from error
        if "no such table" in text or "readonly" in text:
            raise  # a fault of ours, not of the moment
        raise Unavailable("The database did not answer in time; try again") from error


def chunked(ids: Collection[UUID], size: int) -> Iterator[list[UUID]]:
    """Split ids into sorted lists of at most `size`."""
    source = iter(sorted(ids, key=lambda id: id.int))
    while part := list(islice(source, size)):
        yield part
