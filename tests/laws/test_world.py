"""Laws 1, 3 and 11 on the `world` graph: what clauses select of it, and what follows when it changes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from kgsync.filters.check import check
from kgsync.filters.evaluate import Element, compiled
from kgsync.model.catalog import ServiceSettings
from kgsync.model.edits import Batch, Delete, Op, Update
from kgsync.model.replica import Definition
from kgsync.model.schema import Category
from kgsync.model.values import Value
from kgsync.server.publishing import publish
from kgsync.server.samples.world import TYPES, World
from kgsync.store.database import Store, open_store
from kgsync.sync.datamodel import add_types
from tests.graphs import Graph, LocalReplica
from tests.laws.reference import plain

_EUROPE = "esri.graph.ST_WKTToGeometry('POLYGON ((-12 35, -12 72, 40 72, 40 35, -12 35))')"
CLAUSES: tuple[dict[str, str], ...] = (
    {"Country": "", "City": "n.population > 1000000 AND n.name <> 'Lagos'", "InCountry": "", "CapitalOf": ""},
    {"Country": "n.languages CONTAINS 'fr' OR n.population < 100000", "Neighbours": "", "InContinent": ""},
    {"Airport": f"esri.graph.ST_Intersects(n.shape, {_EUROPE}) AND n.iata <> ''", "Country": "", "InCountry": ""},
    {"City": "size(n.alternate_names) > 30", "Airport": "n.elevation_ft / 2 >= 2000.5", "Serves": ""},
)
Everything = dict[UUID, tuple[str, dict[str, Value], UUID | None, UUID | None]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Graph, Everything]]:
    store: Store = open_store(tmp_path_factory.mktemp("world"), None)
    service = publish(store, "world", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
    graph = Graph(store, service)
    everything: Everything = {}
    graph.edit(add_types, TYPES)
    for batch in World("small").batches():
        graph.apply(batch)
        for edit in batch.edits:
            everything[edit.id] = (batch.type_name, dict(edit.values), edit.origin, edit.dest)  # type: ignore[assignment,index,union-attr]
    yield graph, everything
    store.close()


def _plain(values: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Compare without shapes: stored ones lie on a grid."""
    return plain({name: value for name, value in values.items() if name != "shape"})


def _expected(graph: Graph, clauses: dict[str, str], everything: Everything) -> dict[UUID, Any]:
    model = graph.model()
    tests = {name: compiled(check(text, model, model.require(name), {})) for name, text in clauses.items() if text}
    found: dict[UUID, Any] = {}
    links = []
    for id, (name, values, origin, _) in everything.items():
        if name not in clauses:
            continue
        if origin is not None:
            links.append(id)
        elif name not in tests or tests[name](Element(id, name, {**values, "globalid": id})) is True:
            found[id] = (name, _plain(values), None, None)
    for id in links:
        name, values, origin, dest = everything[id]
        if origin in found and dest in found:
            found[id] = (name, _plain(values), origin, dest)
    return found


def _held(replica: LocalReplica) -> dict[UUID, Any]:
    return {id: (name, _plain(values), o, d) for id, (name, values, o, d) in replica.rows.items()}


def _change(graph: Graph, everything: Everything, dice: random.Random) -> None:
    """Move cities and airports about, in and out of clauses, and delete some with all that hangs on them."""
    for name, column in (("City", "population"), ("Airport", "elevation_ft"), ("Country", "population")):
        ids = sorted((i for i, row in everything.items() if row[0] == name), key=lambda i: i.int)
        chosen, gone = dice.sample(ids, len(ids) // 10), set(dice.sample(ids, len(ids) // 50))
        values: dict[UUID, dict[str, Value]] = {
            i: {column: dice.choice((None, dice.randrange(4_000_000)))} for i in chosen if i not in gone
        }
        graph.apply(Batch(Op.UPDATE, Category.ENTITY, name, [Update(i, v) for i, v in values.items()]))
        for id, changed in values.items():
            kind, held, origin, dest = everything[id]
            everything[id] = (kind, {**held, **changed}, origin, dest)
        graph.apply(Batch(Op.DELETE, Category.ENTITY, name, [Delete(i) for i in sorted(gone, key=lambda i: i.int)]))
        for id in [i for i, row in everything.items() if i in gone or row[2] in gone or row[3] in gone]:
            del everything[id]


def test_replicas_of_the_world_hold_what_their_clauses_say_whatever_changes(
    world: tuple[Graph, Everything],
) -> None:
    graph, everything = world
    definitions: list[Definition] = [graph.bound(*clauses, where=clauses) for clauses in CLAUSES]
    replicas = [LocalReplica(graph.snapshot(definition)) for definition in definitions]
    for clauses, replica in zip(CLAUSES, replicas, strict=True):
        assert 50 < len(replica.rows) < 0.5 * len(everything), f"{clauses} selects {len(replica.rows)}"
        assert _held(replica) == _expected(graph, clauses, everything), clauses
    _change(graph, everything, random.Random(1))
    for clauses, definition, replica in zip(CLAUSES, definitions, replicas, strict=True):
        replica.apply(graph.delta(definition, replica.sync_date))
        assert replica.closed(), clauses
        assert _held(replica) == _expected(graph, clauses, everything), clauses
