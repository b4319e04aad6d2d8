"""Membership in SQL against plain dictionaries: documents, provenance, sources, filters that must be judged."""

from __future__ import annotations

from collections import Counter

from kgsync.store.base import Membership
from kgsync.store.database import Store
from tests.laws.versions import Clause, History, Members, net_effect, row_of, told


def _check(history: History, membership: Membership, clauses: dict[int, Clause], counts: Counter[str]) -> None:
    span = history.span()
    before, after = history.at[span.after.ms], history.at[span.upto.ms]
    m0, m1 = (Members(membership, clauses, state).all for state in (before, after))
    with history.store.reading(history.service.id) as reading:
        changes = list(reading.delta(membership, span, 0))
        sections = [c.section for c in changes]
        assert sections == sorted(sections)
        assert told(changes) == net_effect(before, after, m0, m1), (span, membership)
        present = Members(membership, clauses, history.state).all
        for type_id in sorted(membership.types()):
            rows = b"".join(reading.members(membership, type_id, 0))
            expected = b"".join(row_of(t) for i, t in history.state.items() if i in present and t.type == type_id)
            assert sorted(rows) == sorted(expected), (type_id, membership)
    for change in changes:
        edited = before.get(change.id) != after.get(change.id)
        counts[f"{change.section} {'edited' if edited else 'pulled'}"] += 1


def test_documents_and_provenance_follow_their_owners(store: Store) -> None:
    counts: Counter[str] = Counter()
    for seed in range(30 if type(store._backend).__name__ == "SqliteBackend" else 12):
        history = History(store, seed)
        for _ in range(20):
            history.step()
        for _ in range(25):
            history.step()
            try:
                _check(history, history.membership(), {}, counts)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}") from error
    assert all(counts[f"{s} edited"] for s in range(9)), counts
