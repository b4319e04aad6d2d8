"""Edits that wait: joined while they wait, apart while they are under way, and shown in the order they were made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from kgsync.client import pending
from kgsync.client.aio import Replica
from kgsync.client.pending import UPLOAD_EDITS, Pending
from kgsync.errors import Code, Conflict, NotFound
from kgsync.model.edits import EditError, Op
from kgsync.model.schema import Category
from tests.client.house import House
from tests.graphs import add, entity, uid


@pytest.fixture
async def replica(home: House, tmp_path: Path) -> AsyncIterator[Replica]:
    graph = home.graph()
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=1), add(2, name="Bob", age=2)))
    async with await home.connect() as server:
        made = await Replica.create(server.service(graph.service.path), None, tmp_path / "field.kgr")
        yield made
        made.close()


def _begin(replica: Replica) -> int:
    with replica._file.changing() as connection:
        batch = pending.begin_upload(connection, uuid4().hex)
    assert batch is not None
    return batch


async def test_what_is_edited_while_an_upload_is_under_way_waits_for_the_next(replica: Replica) -> None:
    replica.edits.update(uid(1), {"age": 10})
    batch = _begin(replica)
    replica.edits.update(uid(1), {"age": 11})
    found = replica.get(uid(1))
    assert found is not None
    assert found["age"] == 11, "the newer edit is shown"
    assert [p.values for p in replica.pending] == [{"age": 10}, {"age": 11}], "and the older one stays as it was sent"
    with replica._file.changing() as connection:
        pending.finish_upload(connection, batch, {})
    assert [p.values for p in replica.pending] == [{"age": 11}]


async def test_what_was_undone_waits_again_under_what_was_edited_since(replica: Replica) -> None:
    replica.edits.update(uid(1), {"age": 10, "name": "A"})
    replica.edits.update(uid(2), {"age": 20})
    batch = _begin(replica)
    replica.edits.update(uid(1), {"age": 11})
    undone = EditError(Code.EDIT_ROLLED_BACK, "undone")
    bad = EditError(Code.EDIT_MISSING, "gone")
    first, second, _ = replica.pending
    with replica._file.changing() as connection:
        pending.finish_upload(connection, batch, {first.seq: undone, second.seq: bad})
    assert [(p.id, p.values) for p in replica.pending] == [(uid(1), {"age": 11, "name": "A"})]
    assert [(r.edit.id, r.error.code) for r in replica.rejected] == [(uid(2), Code.EDIT_MISSING)]


async def test_an_object_added_and_deleted_while_it_was_sent_is_deleted_next(replica: Replica) -> None:
    eve = replica.edits.add("Person", {"name": "Eve"})
    _begin(replica)
    replica.edits.delete(eve)
    assert replica.get(eve) is None
    assert [p.op for p in replica.pending] == [Op.ADD, Op.DELETE]


async def test_edits_are_taken_back_before_they_are_sent(replica: Replica) -> None:
    replica.edits.update(uid(1), {"age": 10})
    replica.edits.discard(uid(1))
    assert replica.pending == []
    with pytest.raises(NotFound):
        replica.edits.discard(uid(1))


async def test_all_edits_of_a_block_or_none(replica: Replica) -> None:
    with pytest.raises(NotFound), replica.edits.together():
        replica.edits.update(uid(1), {"age": 10})
        replica.edits.update(uuid4(), {"age": 10})
    assert replica.pending == []
    with replica.edits.together():
        replica.edits.update(uid(1), {"age": 10})
        with pytest.raises(NotFound):
            replica.edits.update(uuid4(), {"age": 10})
    assert len(replica.pending) == 1, "a refused edit that was caught costs the others nothing"


async def test_an_upload_has_so_many_edits_at_most(replica: Replica) -> None:
    with replica.edits.together():
        for _ in range(UPLOAD_EDITS + 5):
            replica.edits.add("Person", {"name": "many"})
    _begin(replica)
    with replica._file.reading() as connection:
        assert len(pending.edits_of(connection, 1)) == UPLOAD_EDITS
    done = await replica.sync()
    assert (done.uploaded, replica.pending, replica.counts()) == (UPLOAD_EDITS + 5, [], {"Person": UPLOAD_EDITS + 7})


async def test_deleting_with_and_without_cascade_go_apart(replica: Replica) -> None:
    replica.edits.delete(uid(1))
    replica.edits.delete(uid(2), cascade=True)
    first = _begin(replica)
    with replica._file.reading() as connection:
        assert [(e.id, e.cascade) for e in pending.edits_of(connection, first)] == [(uid(1), False)]
    assert (await replica.sync()).uploaded == 2


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        (Op.ADD, Op.UPDATE, Op.ADD),
        (Op.ADD, Op.DELETE, None),
        (Op.UPDATE, Op.UPDATE, Op.UPDATE),
        (Op.UPDATE, Op.DELETE, Op.DELETE),
        (Op.UPDATE, Op.ADD, Conflict),
        (Op.DELETE, Op.ADD, Conflict),
        (Op.DELETE, Op.UPDATE, Conflict),
        (Op.ADD, Op.ADD, Conflict),
    ],
)
def test_two_edits_of_one_object_are_one(before: Op, after: Op, joined: object) -> None:
    one, other = (Pending(0, op, Category.ENTITY, "Person", uid(1), {}) for op in (before, after))
    if joined is Conflict:
        with pytest.raises(Conflict):
            pending.joined_edit(one, other)
        return
    found = pending.joined_edit(one, other)
    assert (None if found is None else found.op) == joined
