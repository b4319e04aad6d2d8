"""The error tree and its codes; knows no HTTP, SQL or protobuf.

    KgsyncError
    ├── MalformedInput      bytes, text or a combination of fields that cannot mean anything
    │   ├── TooLarge        past a limit; names the limit
    │   └── MalformedQuery  a query that cannot be read, or asks for more than queries can
    ├── NotSupported        a known part of the contract that this server does not offer
    ├── AuthenticationError no token, or one that is not good (any more)
    ├── Forbidden           known caller, not allowed
    ├── NotFound            no such thing, or not the caller's to see
    │   └── UnknownType     no such named type in the data model
    ├── Conflict            the name or id is taken by something else
    │   └── TakenInStore    as the database found out, in a race; trying again finds another name
    ├── SnapshotRequired    a delta from this date cannot be exact
    ├── SyncDisabled        the service was published without sync
    ├── TooMany             more of something at once than one user may have; later it may
    ├── Cancelled           the caller asked to stop
    ├── StorageFull         the disk refused bytes
    └── Unavailable         the store did not answer in time; try again

Each class carries one `Code`; the doc of a code (docs/errors.md) says what a user should do.
"""

import math
from enum import IntEnum


class Code(IntEnum):
    """Number the codes callers see; 111098 and 112020 are the contract's, the others are this project's."""

    MALFORMED = 400
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    SNAPSHOT_REQUIRED = 410
    SYNC_DISABLED = 412
    TOO_LARGE = 413
    TOO_MANY = 429
    CANCELLED = 460
    INVALID_TOKEN = 498
    TOKEN_MISSING = 499
    INTERNAL = 500
    NOT_SUPPORTED = 501
    UNAVAILABLE = 503
    STORAGE_FULL = 507
    QUERY = 111098
    UNKNOWN_TYPE = 112020
    EDIT_MALFORMED = 112900
    EDIT_UNKNOWN_PROPERTY = 112901
    EDIT_VALUE = 112902
    EDIT_EXISTS = 112903
    EDIT_MISSING = 112904
    EDIT_WRONG_TYPE = 112905
    EDIT_REPEATED = 112906
    EDIT_END_POINT = 112907
    EDIT_CONNECTED = 112908
    EDIT_READ_ONLY = 112909
    EDIT_ROLLED_BACK = 112910
    EDIT_CAPABILITY = 112911
    EDIT_RULE = 112912
    EDIT_PROVENANCE = 112913
    EDIT_RECORD = 112914
    EDIT_OWNER = 112915


MAX_MESSAGE = 1_000


class KgsyncError(Exception):
    """Carry a code and a message fit for the caller: no paths, no SQL, no traces."""

    code: Code = Code.INTERNAL

    def __init__(self, message: str, *, code: Code | None = None) -> None:
        # Whatever a caller sent may be quoted here: bounded, and fit for every encoding.
        message = message[:MAX_MESSAGE].encode("utf-8", "replace").decode()
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class MalformedInput(KgsyncError):
    """Say what is wrong with the input and where (`place` is a field path or byte offset)."""

    code = Code.MALFORMED

    def __init__(self, message: str, *, place: str | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


class TooLarge(MalformedInput):
    """Name the limit that was passed."""

    code = Code.TOO_LARGE


class MalformedQuery(MalformedInput):
    """Say what is wrong with a query and where; deployed clients tell this code from others."""

    code = Code.QUERY


class NotSupported(KgsyncError):
    code = Code.NOT_SUPPORTED


class AuthenticationError(KgsyncError):
    code = Code.TOKEN_MISSING


class Forbidden(KgsyncError):
    code = Code.FORBIDDEN


class NotFound(KgsyncError):
    code = Code.NOT_FOUND


class UnknownType(NotFound):
    code = Code.UNKNOWN_TYPE


class Conflict(KgsyncError):
    code = Code.CONFLICT


class TakenInStore(Conflict):
    """The database itself refused a second one: another process was a moment faster; try again."""


class SnapshotRequired(KgsyncError):
    code = Code.SNAPSHOT_REQUIRED


class SyncDisabled(KgsyncError):
    code = Code.SYNC_DISABLED


class TooMany(KgsyncError):
    """Say how long to wait, in seconds, where that is known."""

    code = Code.TOO_MANY

    def __init__(self, message: str, *, retry_seconds: float | None = None) -> None:
        wait = None if retry_seconds is None else max(1, math.ceil(retry_seconds))
        super().__init__(message if wait is None else f"{message}; try again in {wait} seconds")
        self.retry_seconds = wait


class Cancelled(KgsyncError):
    code = Code.CANCELLED


class StorageFull(KgsyncError):
    code = Code.STORAGE_FULL


class Unavailable(KgsyncError):
    code = Code.UNAVAILABLE


_BY_CODE: dict[Code, type[KgsyncError]] = {
    kind.code: kind
    for kind in (
        MalformedInput,
        TooLarge,
        MalformedQuery,
        NotSupported,
        Forbidden,
        NotFound,
        UnknownType,
        Conflict,
        SnapshotRequired,
        SyncDisabled,
        TooMany,
        Cancelled,
        StorageFull,
        Unavailable,
    )
} | {Code.INVALID_TOKEN: AuthenticationError, Code.TOKEN_MISSING: AuthenticationError}


def told_as(code: int, message: str) -> KgsyncError:
    """Make the error a server tells by its code; one of an unknown code is INTERNAL and keeps its number."""
    try:
        known = Code(code)
    except ValueError:
        return KgsyncError(f"{message} ({code})")
    error = _BY_CODE.get(known, KgsyncError)(message)
    error.code = known
    return error
