"""Edits of a local replica that are not answered yet, in the order they were made; one an object and upload.

An edit of an object that has one already is joined with it. Edits under way to the server stay as they were sent,
so that sending them again is the same upload; what is edited meanwhile waits for the next.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.client.base import grid_of, grid_text
from kgsync.client.kgr import fact, note
from kgsync.errors import Code, Conflict, NotFound
from kgsync.model.edits import Add, Batch, Delete, Edit, EditError, Op, Update
from kgsync.model.geometry import Grid
from kgsync.model.plain import plain
from kgsync.model.schema import Category
from kgsync.model.values import Value
from kgsync.wire.pbf.edits import decode_frame
from kgsync.wire.pbf.requests import encode_frame

UPLOAD_EDITS = 20_000  # of one upload: some MB in memory, and what a server takes in a second or so
UPLOAD_BYTES = 16 * 1024 * 1024  # of one upload: a quarter of what a message may have
_COLUMNS = "seq, op, category, type, id, content, grid, origin, dest, cascade"


class Pending(NamedTuple):
    """One edit: `values` are those given, by property; ends only where a relationship is added.

    With `cascade`, an entity's relationships are deleted with it, those the replica does not hold too.
    """

    seq: int
    op: Op
    category: Category
    type_name: str
    id: UUID
    values: dict[str, Value]
    origin: UUID | None = None
    dest: UUID | None = None
    cascade: bool = False

    def edit(self) -> Edit:
        if self.op is Op.ADD:
            return Add(self.id, self.values, self.origin, self.dest)
        return Update(self.id, self.values) if self.op is Op.UPDATE else Delete(self.id)


class Rejected(NamedTuple):
    """An edit the server did not take, and why; `at` in ms UTC of this machine's clock."""

    edit: Pending
    error: EditError
    at: int


def _content(edit: Pending, grid: Grid) -> bytes:
    return encode_frame([Batch(edit.op, edit.category, edit.type_name, [edit.edit()])], grid)


def _read(row: Sequence[Any]) -> Pending:
    seq, op, category, type_name, id, content, grid, origin, dest, cascade = row
    values: dict[str, Value] = {}
    for batch in decode_frame(content, grid_of(grid), "pending edit"):
        for edit in batch.edits:
            values = getattr(edit, "values", {})
    begins, ends = (None if end is None else UUID(bytes=end) for end in (origin, dest))
    return Pending(seq, Op(op), Category(category), type_name, UUID(bytes=id), values, begins, ends, bool(cascade))


# ---- what is pending


def pending_of(connection: sqlite3.Connection, id: UUID) -> list[Pending]:
    """Give the edits of one object, the older first."""
    found = f"SELECT {_COLUMNS} FROM pending WHERE id = ? ORDER BY batch = 0, batch"
    return [_read(row) for row in connection.execute(found, (id.bytes,))]


def all_pending(connection: sqlite3.Connection) -> Iterator[Pending]:
    for row in connection.execute(f"SELECT {_COLUMNS} FROM pending ORDER BY batch = 0, seq"):
        yield _read(row)


def added(connection: sqlite3.Connection, type_name: str | None, after: int, most: int) -> list[Pending]:
    """Give at most so many of what was added after an edit's number, of one type or of all."""
    which = "" if type_name is None else "AND type = ?"
    named = () if type_name is None else (type_name,)
    found = f"SELECT {_COLUMNS} FROM pending WHERE op = {int(Op.ADD)} AND seq > ? {which} ORDER BY seq LIMIT ?"
    return [_read(row) for row in connection.execute(found, (after, *named, most))]


def added_links(connection: sqlite3.Connection, id: UUID, *, outgoing: bool, incoming: bool) -> Iterator[Pending]:
    """Give the relationships added at an entity."""
    for column, wanted, but in (("origin", outgoing, ""), ("dest", incoming, "AND origin <> dest")):
        if wanted:
            both = but if outgoing else ""
            found = f"SELECT {_COLUMNS} FROM pending WHERE {column} = ? {both} AND op = {int(Op.ADD)}"
            for row in connection.execute(found, (id.bytes,)):
                yield _read(row)


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pending").fetchone()[0])


def some(connection: sqlite3.Connection) -> bool:
    """Say whether anything waits."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM pending)").fetchone()[0])


# ---- editing


def put(connection: sqlite3.Connection, edit: Pending, grid: Grid) -> None:
    """Note an edit, joined with the one that waits for the same object. Raises Conflict for one that cannot follow."""
    found = f"SELECT {_COLUMNS} FROM pending WHERE id = ? AND batch = 0"
    row = connection.execute(found, (edit.id.bytes,)).fetchone()
    if row is None:
        _insert(connection, edit, grid)
        return
    before = _read(row)
    connection.execute("DELETE FROM pending WHERE seq = ?", (before.seq,))
    joined = joined_edit(before, edit)
    if joined is not None:
        # A deletion comes after those of its relationships, however early the object was first edited.
        _insert(connection, joined._replace(seq=0 if joined.op is Op.DELETE else before.seq), grid)


def joined_edit(before: Pending, after: Pending) -> Pending | None:
    """Make one edit of two of the same object; None when they undo each other. Raises Conflict."""
    if after.op is Op.ADD or before.op is Op.DELETE:
        raise Conflict(f"{after.id} was {'deleted' if before.op is Op.DELETE else 'added'} here already")
    if after.op is Op.UPDATE:
        return before._replace(values={**before.values, **after.values})
    return None if before.op is Op.ADD else after


def _insert(connection: sqlite3.Connection, edit: Pending, grid: Grid, batch: int = 0) -> None:
    ends = [None if end is None else end.bytes for end in (edit.origin, edit.dest)]
    connection.execute(
        f"INSERT INTO pending ({_COLUMNS}, batch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            edit.seq or None,
            int(edit.op),
            int(edit.category),
            edit.type_name,
            edit.id.bytes,
            _content(edit, grid),
            grid_text(grid),
            *ends,
            int(edit.cascade),
            batch,
        ),
    )


def discard(connection: sqlite3.Connection, id: UUID) -> None:
    """Take back what was edited of an object and not sent. Raises NotFound."""
    if not connection.execute("DELETE FROM pending WHERE id = ? AND batch = 0", (id.bytes,)).rowcount:
        raise NotFound(f"No edit of {id} waits to be sent")


# ---- an upload under way


def begin_upload(connection: sqlite3.Connection, key: str) -> int | None:
    """Set the oldest edits apart as one upload, under a key of its own; None when there are none."""
    batch = int(fact(connection, "uploads") or 0) + 1
    last = _last_of_upload(connection)
    if last is None:
        return None
    connection.execute("UPDATE pending SET batch = ? WHERE batch = 0 AND seq <= ?", (batch, last))
    connection.execute("INSERT INTO upload (batch, key) VALUES (?, ?)", (batch, key))
    note(connection, uploads=batch)
    return batch


def _last_of_upload(connection: sqlite3.Connection) -> int | None:
    """Find where the next upload ends: at so many edits or bytes, and where cascading begins or ends."""
    size, last, cascading = 0, None, None
    rows = connection.execute(
        "SELECT seq, op, category, cascade, length(content) FROM pending WHERE batch = 0 ORDER BY seq LIMIT ?",
        (fact(connection, "upload_edits") or UPLOAD_EDITS,),
    )
    for seq, op, category, cascade, length in rows:
        size += length
        if op == Op.DELETE and category == Category.ENTITY:
            if cascading not in (None, cascade):
                break
            cascading = cascade
        if size > UPLOAD_BYTES and last is not None:
            break
        last = int(seq)
    return last


def upload_under_way(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """Give the upload that is not finished: its batch and key."""
    found = connection.execute("SELECT batch, key FROM upload ORDER BY batch LIMIT 1").fetchone()
    return None if found is None else (int(found[0]), str(found[1]))


def edits_of(connection: sqlite3.Connection, batch: int) -> list[Pending]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM pending WHERE batch = ? ORDER BY seq", (batch,))
    return [_read(row) for row in rows]


def finish_upload(connection: sqlite3.Connection, batch: int, errors: dict[int, EditError]) -> None:
    """Take what was answered out of the pending edits: good ones leave, bad ones are rejected with their reason.

    What was undone because others were bad waits to be sent again, joined with what was edited since.
    """
    undone = [seq for seq, error in errors.items() if error.code is Code.EDIT_ROLLED_BACK]
    now = int(time.time() * 1000)
    for seq, error in errors.items():
        if error.code is not Code.EDIT_ROLLED_BACK:
            connection.execute(
                f"INSERT INTO rejected SELECT {_COLUMNS}, ?, ?, ? FROM pending WHERE seq = ?",
                (int(error.code), error.message, now, seq),
            )
    for seq in undone:
        _put_back(connection, seq)
    connection.execute("DELETE FROM pending WHERE batch = ?", (batch,))
    connection.execute("DELETE FROM upload WHERE batch = ?", (batch,))


def _put_back(connection: sqlite3.Connection, seq: int) -> None:
    """Have an edit wait again, as the older part of what was edited since."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM pending WHERE seq = ?", (seq,)).fetchone()
    edit, grid = _read(row), grid_of(row[6])
    found = f"SELECT {_COLUMNS} FROM pending WHERE id = ? AND batch = 0"
    newer = connection.execute(found, (edit.id.bytes,)).fetchone()
    connection.execute("DELETE FROM pending WHERE seq = ?", (seq,))
    if newer is None:
        _insert(connection, edit, grid)
        return
    after = _read(newer)
    connection.execute("DELETE FROM pending WHERE seq = ?", (after.seq,))
    joined = joined_edit(edit, after)
    if joined is not None:
        _insert(connection, joined._replace(seq=seq), grid)


# ---- what was rejected


def all_rejected(connection: sqlite3.Connection) -> list[Rejected]:
    found = connection.execute(f"SELECT {_COLUMNS}, code, message, at FROM rejected ORDER BY seq")
    return [Rejected(_read(row[:10]), _error(row[10], row[11]), row[12]) for row in found]


def _error(code: int, message: str) -> EditError:
    return EditError(Code(code), message)


def drop_rejected(connection: sqlite3.Connection, seqs: Iterable[int]) -> int:
    """Forget rejected edits; give how many there were."""
    return sum(connection.execute("DELETE FROM rejected WHERE seq = ?", (seq,)).rowcount for seq in seqs)


# ---- what else the server told


def tell(connection: sqlite3.Connection, kind: str, texts: Iterable[str]) -> None:
    """Keep what was told, of a kind: conflict, warning, outside."""
    now = int(time.time() * 1000)
    rows = ((kind, text, now) for text in texts)
    connection.executemany("INSERT INTO told (kind, text, at) VALUES (?, ?, ?)", rows)
    connection.execute("DELETE FROM told WHERE seq <= (SELECT max(seq) FROM told) - 10000")


def told(connection: sqlite3.Connection, kind: str) -> list[tuple[int, str]]:
    """Give what was told of a kind, with its ms UTC."""
    return list(connection.execute("SELECT at, text FROM told WHERE kind = ? ORDER BY seq", (kind,)))


def edit_json(edit: Pending, **more: object) -> str:
    """Write an edit as one line of JSON."""
    facts: dict[str, object] = {
        "operation": edit.op.name.lower(),
        "type": edit.type_name,
        "id": str(edit.id),
        "properties": {name: plain(value) for name, value in edit.values.items()},
    }
    if edit.origin is not None:
        facts |= {"origin": str(edit.origin), "destination": str(edit.dest)}
    return json.dumps(facts | more, ensure_ascii=False)


def as_json(rejected: Rejected) -> str:
    """Write a rejected edit and why it was rejected as one line of JSON."""
    error = rejected.error
    return edit_json(rejected.edit, code=int(error.code), message=error.message, at=rejected.at)
