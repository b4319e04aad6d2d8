"""Verifying archives against the server: alike, not alike, or nothing to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgsync.client.holdings import NOT_HELD, NOT_SERVED, OTHER, Difference, held
from kgsync.model.edits import Op
from kgsync.model.replica import Direction
from kgsync.model.schema import FieldType, Property
from kgsync.store.database import Store
from kgsync.sync import datamodel
from kgsync.sync.digest import served_digest
from kgsync.sync.verify import Verdict, verify
from tests.archives import save_delta, save_snapshot
from tests.backends import BACKENDS, opened_store
from tests.graphs import CODEC, KNOWS, PERSON, PLACE, Graph, add, change, connect, entity, gone, link, tablet, uid


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened_store(request.param, tmp_path / "store") as opened:
        yield opened


class Served:
    """A replica of everything whose snapshot was just served, its digest kept."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.graph, self.directory = Graph.make(store, PERSON, PLACE, KNOWS), directory
        people = [add(k, name=f"n{k}") for k in range(1, 6)]
        self.graph.apply(entity(Op.ADD, "Person", *people), link(Op.ADD, "Knows", connect(10, 1, 2)))
        self.definition = self.graph.bound("Person", "Knows")
        self.date = self.graph.clock()
        self.archives = [save_snapshot(self.graph, self.definition, directory / "0.zip")]
        self.replica = tablet(self.definition, served=self.date, direction=Direction.DOWNLOAD)
        with store.reading(self.graph.service.id) as reading:
            kept = served_digest(reading, self.definition, CODEC)
        with store.registering(self.graph.service.id) as registering:
            registering.add_replica(self.replica)
            registering.put_digest(self.replica.id, kept)

    def synchronize(self) -> None:
        path = self.directory / f"{len(self.archives)}.zip"
        self.archives.append(save_delta(self.graph, self.definition, self.date, path))
        self.date = self.graph.clock()

    def verify(self, *archives: Path) -> Verdict[Difference]:
        with held(archives or self.archives) as holdings, self.graph.store.reading(self.graph.service.id) as reading:
            return verify(reading, self.replica, holdings, CODEC, 10)


@pytest.fixture
def served(store: Store, tmp_path: Path) -> Served:
    return Served(store, tmp_path)


def test_archives_agree_with_what_was_kept_when_they_were_served(served: Served) -> None:
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="later")))
    verdict = served.verify()
    assert (verdict.agrees, verdict.differences) == (True, ())
    assert "kept" in verdict.told


def test_the_present_speaks_for_a_date_nothing_followed(served: Served) -> None:
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")), entity(Op.DELETE, "Person", gone(2)))
    served.synchronize()
    served.graph.apply(entity(Op.ADD, "Place", add(99)))  # no member, so nothing of the replica's
    verdict = served.verify()
    assert (verdict.agrees, "nothing changed" in verdict.told) == (True, True)


def test_without_a_digest_of_the_date_it_says_what_to_do(served: Served) -> None:
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    served.synchronize()
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="y")))
    verdict = served.verify()
    assert (verdict.agrees, verdict.expected) == (None, None)
    assert "Synchronize the replica" in verdict.told
    served.synchronize()
    assert served.verify().agrees


def test_a_changed_type_leaves_nothing_to_compare_with(served: Served) -> None:
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    served.synchronize()
    with served.graph.store.writing(served.graph.service.id, 1) as writing:
        wanted = [Property(id=0, name="extra", field_type=FieldType.STRING)]
        datamodel.add_properties(writing, "Person", wanted, CODEC)
    verdict = served.verify()
    assert (verdict.agrees, "Person changed" in verdict.told) == (None, True)
    served.synchronize()
    assert served.verify().agrees


def test_a_date_the_server_never_had_cannot_be_compared(served: Served, tmp_path: Path) -> None:
    other = Graph.make(served.graph.store, PERSON, PLACE, KNOWS)
    other.wall = 9_000_000
    other.apply(entity(Op.ADD, "Person", add(1)))
    verdict = served.verify(save_snapshot(other, other.bound("Person", "Knows"), tmp_path / "other.zip"))
    assert (verdict.agrees, "cannot be said" in verdict.told) == (None, True)


def test_a_lost_delta_shows_in_the_objects_that_differ(served: Served) -> None:
    served.graph.apply(entity(Op.UPDATE, "Person", change(1, name="x")), entity(Op.ADD, "Person", add(7)))
    served.graph.apply(entity(Op.DELETE, "Person", gone(3)))
    served.synchronize()
    served.graph.apply(entity(Op.UPDATE, "Person", change(4, name="last")))
    served.synchronize()
    verdict = served.verify(served.archives[0], served.archives[2])
    assert verdict.agrees is False
    assert verdict.differences == (
        Difference("Person", uid(1), OTHER),
        Difference("Person", uid(3), NOT_SERVED),
        Difference("Person", uid(7), NOT_HELD),
    )
