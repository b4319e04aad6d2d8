"""What a backup says of itself, and what a restore did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgsync.model.history import Moment, Span

FORMAT = 1


class DatabaseKind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedService:
    """A service and its clock as they were copied."""

    id: int
    path: str
    clock: Moment
    floor: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCopy:
    """One table in the file `tables/<name>.copy.gz`: PostgreSQL's text format, deflated."""

    name: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCopy:
    """A database as one read view showed it; `items` are the uploaded files it refers to."""

    kind: DatabaseKind
    revision: str
    services: tuple[BackedService, ...]
    tables: tuple[TableCopy, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """A file of a backup, by its path inside it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of `manifest.json`; `created` is wall clock ms."""

    format: int
    version: str
    created: int
    database: DatabaseCopy
    files: tuple[BackupFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restored service: dates in `lost` are refused, for the server that gave them is gone."""

    path: str
    lost: Span
