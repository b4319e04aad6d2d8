"""Recognising an upload sent again, and only that."""

from __future__ import annotations

import uuid

from kgsync.model.edits import Add, Batch, EditsHeader, Frame, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.schema import Category
from kgsync.sync import once
from tests.graphs import Graph, add, entity, uid

REPLICA, HEADER, MINUTES = uuid.UUID(int=5), EditsHeader(), 60_000


def _store(graph: Graph, key: once.UploadKey, now: int) -> Outcome:
    with graph.store.writing(graph.service.id, 1) as writing:
        outcome = Outcome("ann", writing.moment)
        once.store_outcome(writing, REPLICA, key, outcome, now)
    return outcome


def _seen(graph: Graph, key: once.UploadKey, now: int) -> Outcome | None:
    with graph.store.reading(graph.service.id) as reading:
        return once.stored_outcome(reading, REPLICA, key, now)


def _frame(*names: str) -> Frame:
    return [entity(Op.ADD, "Person", *(add(k, name=n) for k, n in enumerate(names)))]


def test_a_digest_depends_on_content_and_order_only() -> None:
    one = once.digest_edits(HEADER, [_frame("a", "b")])
    assert once.digest_edits(HEADER, iter([_frame("a", "b")])) == one
    assert once.digest_edits(HEADER, [_frame("b", "a")]) != one
    assert once.digest_edits(EditsHeader(cascade=True), [_frame("a", "b")]) != one


def test_a_digest_ignores_the_order_properties_were_written_in() -> None:
    def frame(values: dict[str, int]) -> Frame:
        return [Batch(Op.ADD, Category.ENTITY, "P", [Add(uid(1), dict(values))])]

    assert once.digest_edits(HEADER, [frame({"a": 1, "b": 2})]) == once.digest_edits(HEADER, [frame({"b": 2, "a": 1})])


def test_with_a_base_a_resend_is_known_for_good(graph: Graph) -> None:
    key = once.key_with_base(Moment(7), "digest", "body", None)
    outcome = _store(graph, key, 0)
    assert _seen(graph, key, 400 * 24 * 60 * MINUTES) == outcome
    assert _seen(graph, once.key_with_base(Moment(8), "digest", "body", None), 0) is None


def test_without_a_base_a_resend_is_known_for_a_while(graph: Graph) -> None:
    key = once.key_without_base("body", 10 * MINUTES, None)
    outcome = _store(graph, key, 0)
    assert _seen(graph, key, 10 * MINUTES) == outcome
    assert _seen(graph, key, 10 * MINUTES + 1) is None


def test_without_a_base_only_the_latest_upload_counts(graph: Graph) -> None:
    first = once.key_without_base("first", 10 * MINUTES, None)
    _store(graph, first, 0)
    _store(graph, once.key_with_base(Moment(7), "d", "second", None), 1)
    assert _seen(graph, first, 2) is None


def test_a_clients_own_key_replaces_the_others(graph: Graph) -> None:
    outcome = _store(graph, once.key_of_client("k-1", "body", None), 0)
    assert _seen(graph, once.key_of_client("k-1", "other body", None), 10**9) == outcome
    assert _seen(graph, once.key_of_client("k-2", "body", None), 0) is None


def test_a_job_finds_what_its_dead_process_committed(graph: Graph) -> None:
    key = once.key_without_base("body", 10 * MINUTES, "j1")
    outcome = _store(graph, key, 0)
    assert _seen(graph, key, 10**9) == outcome
    assert _seen(graph, once.key_without_base("body", 10 * MINUTES, "j2"), 10**9) is None
