"""Membership in SQL against plain dictionaries: filters, documents, provenance, sources."""

from __future__ import annotations

from collections import Counter

import pytest

from kgsync.store.database import Store
from tests.laws.versions import ENTITY_CLAUSES, LINK_CLAUSES, History, Members, net_effect, row_of, told

_WORDS = tuple(
    f"{operation} {kind}"
    for operation, kinds in {
        "delete": ("record", "relationship", "entity"),
        "add": ("entity", "relationship", "record"),
        "update": ("record", "entity", "relationship"),
    }.items()
    for kind in kinds
)


def _check(history: History, *, filtered: bool, counts: Counter[str]) -> None:
    """Choose a definition and a Span; compare the delta, and the present members, with the dictionaries."""
    texts = history.filters() if filtered else {}
    clauses = {t: (ENTITY_CLAUSES | LINK_CLAUSES)[text] for t, text in texts.items()}
    membership, span = history.membership(texts), history.span()
    before, after = history.at[span.after.ms], history.at[span.upto.ms]
    m0, m1 = (Members(membership, clauses, state).all for state in (before, after))
    with history.store.reading(history.service.id) as reading:
        changes = list(reading.delta(membership, span, 0))
        assert [c.section for c in changes] == sorted(c.section for c in changes)
        assert told(changes) == net_effect(before, after, m0, m1), (span, texts, membership)
        present = Members(membership, clauses, history.state).all
        for type_id in sorted(membership.types()):
            rows = b"".join(reading.members(membership, type_id, 0))
            expected = b"".join(row_of(t) for i, t in history.state.items() if i in present and t.type == type_id)
            assert sorted(rows) == sorted(expected), (type_id, texts, membership)
    for change in changes:
        counts[
            f"{_WORDS[change.section]} {'edited' if before.get(change.id) != after.get(change.id) else 'pulled'}"
        ] += 1


def _campaign(store: Store, seeds: range, steps: int, *, filtered: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in seeds:
        history = History(store, seed)
        for _ in range(20):
            history.step()
        for _ in range(steps):
            history.step()
            try:
                _check(history, filtered=filtered, counts=counts)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}") from error
    return counts


# What no one edited and still came or went: updates are edits by nature.
_PULLED = [w for w in _WORDS if "update" not in w]


@pytest.mark.parametrize("filtered", [False, True], ids=["by type", "filtered"])
def test_members_come_and_go_with_what_decides_about_them(store: Store, filtered: bool) -> None:
    counts = _campaign(store, range(6), 10, filtered=filtered)
    assert [w for w in _WORDS if not counts[f"{w} edited"]] == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("filtered", [False, True], ids=["by type", "filtered"])
def test_members_come_and_go_over_a_campaign(store: Store, filtered: bool) -> None:
    counts = _campaign(store, range(1_000, 1_060), 25, filtered=filtered)
    assert [w for w in _WORDS if not counts[f"{w} edited"]] == []
    if filtered:
        assert [w for w in _PULLED if not counts[f"{w} pulled"]] == []
