"""A replica whose upload overwrote two changes, with the archives around that: what answers are about."""

from __future__ import annotations

import uuid
from pathlib import Path

from kgsync.model.catalog import ServiceSettings
from kgsync.model.edits import Op
from kgsync.server.finding import service_named
from kgsync.server.publishing import publish
from kgsync.store.database import open_store
from kgsync.sync.datamodel import add_types
from tests.archives import save_delta, save_snapshot
from tests.graphs import KNOWS, PERSON, Graph, add, change, connect, entity, gone, link, tablet, uid

REPLICA = uid(0xBEEF)


class Scene:
    """A data directory whose replica overwrote two changes, and the archives around that."""

    def __init__(self, directory: Path) -> None:
        self.data_dir = directory / "data"
        store = open_store(self.data_dir, None)
        service = publish(store, "Field", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
        graph = Graph(store, service)
        with store.writing(service.id, graph.wall) as writing:
            add_types(writing, (PERSON, KNOWS))
        people = entity(Op.ADD, "Person", *(add(k, name=f"n{k}") for k in range(1, 6)))
        base = graph.apply(people, link(Op.ADD, "Knows", connect(10, 3, 4))).moment
        definition = graph.bound()
        self.service = service.path
        self.before = save_snapshot(graph, definition, directory / "before.zip")
        with store.registering(graph.service.id) as registering:
            registering.add_replica(tablet(definition, served=base))
        graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs [bold]"), change(2, name="\x1b[31mred")))
        mine = (entity(Op.UPDATE, "Person", change(1, name="mine")), entity(Op.DELETE, "Person", gone(2)))
        graph.apply(*mine, replica=REPLICA, base=base, user="bob")
        self.delta = save_delta(graph, definition, base, directory / "delta.zip")
        self.after = save_snapshot(graph, definition, directory / "after.zip")
        store.close()

    def delete_connected(self) -> None:
        """Let the replica delete persons 3 and 5, the first of which others changed and connected since."""
        store = open_store(self.data_dir, None)
        graph = Graph(store, service_named(store, self.service))
        base = graph.clock()
        graph.apply(entity(Op.UPDATE, "Person", change(3, name="theirs")), link(Op.ADD, "Knows", connect(11, 3, 5)))
        graph.apply(entity(Op.DELETE, "Person", gone(3), gone(5)), replica=REPLICA, base=base, user="bob")
        store.close()
