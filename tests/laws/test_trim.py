"""Law 8 on random histories: a trim changes no answer at or above the floor, and no live object."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kgsync.errors import SnapshotRequired
from kgsync.model.history import Moment
from kgsync.model.replica import Definition
from kgsync.model.trim import TrimBefore, TrimStatistics
from kgsync.server.upkeep import trim_service
from kgsync.store.database import Store
from kgsync.store.tables import object_
from kgsync.sync import trim
from tests.backends import BACKENDS, opened_store
from tests.graphs import Archive
from tests.laws.history import History

DEFINITIONS = (("A", "B", "C", "R", "S"), ("A", "R", "S"))


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened_store(request.param, tmp_path) as opened:
        yield opened


def _live(history: History) -> list[Any]:
    """Read every live object, byte for byte."""
    graph = history.graph
    with graph.store._backend.reading() as connection:
        rows = connection.execute(select(object_).where(object_.c.svc == graph.service.id).order_by(object_.c.id))
        return [tuple(row) for row in rows]


def _answers(history: History, definitions: list[Definition], moments: list[Moment]) -> list[Archive]:
    graph = history.graph
    found = [graph.snapshot(d) for d in definitions]
    return found + [graph.delta(d, m) for d in definitions for m in moments]


def _run(store: Store, seed: int, counts: Counter[str]) -> None:
    history = History(store, seed)
    dice = random.Random(seed)
    for _ in range(12):
        history.step()
    definitions = [history.graph.bound(*(history.names[o] for o in d if o in history.names)) for d in DEFINITIONS]
    for _ in range(3):
        svc, wall = history.graph.service.id, history.graph.wall + 10_000_000
        date = dice.choice((*history.moments, Moment(dice.choice(history.moments).ms + dice.choice((-1, 1)))))
        kept = [m for m in history.moments if m >= date]
        with store.reading(svc) as reading:
            kept = [m for m in kept if m >= reading.floor()]
        # The oldest ones are where a trim that goes too far shows.
        kept = kept[:3] + dice.sample(kept[3:], min(3, len(kept[3:])))
        before, live = _answers(history, definitions, kept), _live(history)
        told = trim_service(store, svc, TrimStatistics(candidate=date), wall)
        done = trim_service(store, svc, TrimBefore(date=date, force=True), wall)
        assert _live(history) == live, "a trim touched a live object"
        assert _answers(history, definitions, kept) == before, f"a trim before {date} changed an answer"
        assert (told.rows, told.total) == (done.rows, done.total), "the prediction was wrong"
        with store.reading(svc) as reading:
            floor = reading.floor()
            assert not reading.has_history(floor)
        below = [m for m in history.moments if m < floor]
        for moment in below[-2:]:
            with pytest.raises(SnapshotRequired):
                history.graph.delta(definitions[0], moment)
            counts["refused"] += 1
        counts["trims"] += done.rows > 0
        counts["deltas"] += sum(bool(a.steps) for a in before[len(definitions) :])
        for _ in range(4):
            history.step()


def test_a_trim_changes_no_answer_at_or_above_the_floor(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trim, "BATCH", 3)  # several batches in every trim
    counts: Counter[str] = Counter()
    for seed in range(3):
        try:
            _run(store, seed, counts)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
    assert min(counts[name] for name in ("trims", "deltas", "refused")) >= 5, counts


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_trim_changes_no_answer_over_a_campaign(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trim, "BATCH", 3)
    for seed in range(1_000, 1_300):
        try:
            _run(store, seed, Counter())
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
