"""Laws 1 to 4 on random histories: exact, composable, closed, private; and the worth of the generator."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.replica import Definition
from kgsync.model.values import Value
from kgsync.store.database import Store
from tests.graphs import Archive, LocalReplica, Row
from tests.laws.history import ENTITIES, LINKS, History
from tests.laws.reference import Content, plain

DEFINITIONS = (("A", "B", "C", "R", "S"), ("A", "B", "R"), ("A", "R", "S"), ("B", "C"), ("C", "S"))


def _content(replica: LocalReplica, history: History) -> Content:
    """Read a local replica under the newest data model, which every archive carries."""
    columns = {history.names[o]: set(columns) for o, columns in history.columns.items() if o in history.names}
    return {
        i: (name, plain({k: v for k, v in values.items() if k in columns.get(name, ())}), origin, dest)
        for i, (name, values, origin, dest) in replica.rows.items()
    }


def _visible(history: History, row: Row) -> dict[str, Value]:
    """Give a row's values under the newest data model, its object id included."""
    columns = next((c for o, c in history.columns.items() if history.names.get(o) == row[0]), [])
    return {name: row[1].get(name) for name in (*columns, "objectid")}


def _expected(history: History, moment: Moment, originals: tuple[str, ...]) -> Content:
    return history.reference.members(moment, {history.names[o] for o in originals if o in history.names})


class Client:
    """A replica that syncs now and then, and every id it was ever entitled to."""

    def __init__(self, history: History, originals: tuple[str, ...]) -> None:
        self.originals = originals
        self.definition: Definition = history.graph.bound(*(history.names[o] for o in originals))
        first = history.graph.snapshot(self.definition)
        self.copy, self.entitled = LocalReplica(first), first.all_ids()

    def sync(self, history: History) -> Archive:
        now = history.graph.clock()
        for moment in history.reference.at:
            if self.copy.sync_date <= moment <= now:
                self.entitled |= _at(history, moment, self.originals)
        archive = history.graph.delta(self.definition, self.copy.sync_date)
        assert archive.all_ids() <= self.entitled, "an id that was never a member was sent (law 4)"
        before = {i: _visible(history, row) for i, row in self.copy.rows.items()}
        self.copy.apply(archive)
        for op, _, _, edits in archive.steps:
            for edit in edits if op is Op.UPDATE else ():
                assert isinstance(edit.id, UUID)
                assert before[edit.id] != _visible(history, self.copy.rows[edit.id]), "an update changes nothing"
        assert self.copy.closed(), "a relationship lost an end (law 3)"
        assert _content(self.copy, history) == _expected(history, now, self.originals), "law 1"
        return archive


def _at(history: History, moment: Moment, originals: tuple[str, ...]) -> set[UUID]:
    """Name the members at a Moment; past names of a renamed type count, its prefix is its original."""
    names = {d["type"] for _, d in history.reference.at[moment].nodes(data=True)}
    names |= {d["type"] for *_, d in history.reference.at[moment].edges(data=True)}
    return set(history.reference.members(moment, {n for n in names if n.split("_")[0] in originals}))


def _run(store: Store, seed: int, steps: int) -> Counter[str]:
    history = History(store, seed)
    for _ in range(10):
        history.step()
    clients = [Client(history, d) for d in DEFINITIONS if all(o in history.names for o in d)]
    for _ in range(steps):
        history.step()
        for client in clients:
            if history.random.random() < 0.4:
                for _, _, name, edits in client.sync(history).steps:
                    history.counts[f"synced {name[0]}"] += len(edits)
    for client in clients:
        client.sync(history)
        assert client.sync(history).steps == [], "a second sync without commits is empty (law 2)"
    return history.counts


# Each of these must have happened, or a zero would mean little.
NEEDED = (
    "moved ends",
    "self loops",
    "cascades",
    "retyped",
    "re-created",
    "retyped ends",
    "renamed ends",
    "re-added columns",
    "there and back",
    "_add_column",
    "_drop_column",
    "_rename_column",
    "_retype_column",
    "_describe_column",
    "_rename_type",
    "_drop_type",
    *(f"synced {name}" for name in (*ENTITIES, *LINKS)),
)


def test_deltas_are_exact_whatever_happened(store: Store) -> None:
    counts: Counter[str] = Counter()
    seeds = 25 if type(store._backend).__name__ == "SqliteBackend" else 12
    for seed in range(seeds):
        try:
            counts += _run(store, seed, 14)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
    assert [name for name in NEEDED if not counts[name]] == []


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_deltas_are_exact_over_a_campaign(store: Store) -> None:
    for seed in range(1_000, 1_300):
        try:
            _run(store, seed, 20)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
