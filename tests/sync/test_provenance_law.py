"""Whatever is edited in whatever order: a record's object lives, its names fit, what it cites is a live document."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, Delete, Edit, Op, Outcome, Update
from kgsync.model.schema import Category
from kgsync.model.values import Value, parse_uuid
from kgsync.store.base import Stored
from kgsync.store.database import Store, open_store
from tests.graphs import KNOWS, PERSON, PLACE, Graph, entity, link, uid

ENTITIES, LINKS, DOCUMENTS, RECORDS = range(1, 4), range(11, 14), range(21, 23), range(31, 37)
TYPES = {"Person": ENTITIES, "Document": DOCUMENTS, "Provenance": RECORDS, "Knows": LINKS}
PROPERTIES = {"Person": ("name", "age"), "Document": ("name", "title"), "Knows": ("since",)}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as directory:
        opened = open_store(Path(directory), None)
        yield opened
        opened.close()


def _said(choose: random.Random) -> dict[str, Value]:
    name = choose.choice(["Person", "Person", "Document", "Knows", "Provenance"])
    source_type = choose.choice(["Document", "Document", "URL", "String"])
    source = str(uid(choose.choice([*DOCUMENTS, 1]))) if source_type == "Document" else "a book"
    return {
        "instanceID": uid(choose.choice(TYPES[name])),
        "typeName": name,
        "propertyName": choose.choice(PROPERTIES.get(name, ("comment",))),
        "sourceType": source_type,
        "source": source,
    }


def _values(choose: random.Random, name: str) -> dict[str, Value]:
    if name == "Provenance":
        said = _said(choose)
        return said if choose.random() < 0.7 else {k: said[k] for k in choose.sample(sorted(said), 2)}
    if name == "Knows":
        return {}
    return {p: choose.choice([None, "7", "8"]) for p in PROPERTIES[name] if choose.random() < 0.7}


def _edit(choose: random.Random, op: Op, name: str) -> Edit:
    id = uid(choose.choice(TYPES[name]))
    if op is Op.DELETE:
        return Delete(id)
    values = _values(choose, name)
    if op is Op.UPDATE:
        return Update(id, values)
    ends = (uid(choose.choice(ENTITIES)), uid(choose.choice(ENTITIES))) if name == "Knows" else (None, None)
    return Add(id, values, *ends)


def _frame(choose: random.Random) -> list[Batch]:
    batches = []
    for name in choose.sample(sorted(TYPES), choose.randint(1, 3)):
        for op in choose.sample(list(Op), choose.choice([1, 1, 2])):
            make = link if name == "Knows" else entity
            batches.append(make(op, name, *(_edit(choose, op, name) for _ in range(choose.randint(1, 3)))))
    return sorted(batches, key=lambda b: (b.op, b.category if b.op is not Op.DELETE else -b.category))


def _begin(choose: random.Random, graph: Graph) -> None:
    """Put everything there, so that what follows has something to take away."""
    graph.apply(
        entity(Op.ADD, "Person", *(Add(uid(k), {"name": "7", "age": "7"}) for k in ENTITIES)),
        entity(Op.ADD, "Document", *(Add(uid(k), {"name": "7"}) for k in DOCUMENTS)),
        link(Op.ADD, "Knows", *(_edit(choose, Op.ADD, "Knows")._replace(id=uid(k)) for k in LINKS)),
    )
    graph.apply(entity(Op.ADD, "Provenance", *(Add(uid(k), _said(choose)) for k in RECORDS)), fails=True)


def _check(graph: Graph) -> None:
    """Hold every live record to the law."""
    model = graph.model()
    with graph.store.reading(graph.service.id) as reading:
        live = reading.find([uid(k) for k in range(1, 40)])
    for number in RECORDS:
        record = live.get(uid(number))
        if record is None:
            continue
        values = graph.values(number)
        assert record.origin is not None
        assert record.origin == values["instanceID"]
        subject = model.type(live[record.origin].type)
        assert subject is not None
        assert subject.category is not Category.PROVENANCE
        assert subject.name == values["typeName"]
        assert subject.property(str(values["propertyName"])) is not None
        if record.dest is not None:
            assert values["sourceType"] == "Document"
            assert record.dest == parse_uuid(str(values["source"]))
            assert live[record.dest].type == model.require("Document").id


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_records_fit_after_every_upload(store: Store, seed: int) -> None:
    choose = random.Random(seed)
    graph = Graph.make(store, PERSON, PLACE, KNOWS)
    graph.switch(Feature.PROVENANCE)
    _begin(choose, graph)
    for _ in range(8):
        options: dict[str, Any] = {
            "cascade": choose.random() < 0.7,
            "cascade_provenance": choose.random() < 0.4,
            "replica": UUID(int=7) if choose.random() < 0.3 else None,
        }
        before = {n: graph.stored(n) for n in RECORDS}
        outcome = graph.apply(*_frame(choose), fails=True, **options)
        _check(graph)
        _check_reported(graph, before, outcome, options["cascade_provenance"])


def _check_reported(graph: Graph, before: dict[int, Stored | None], outcome: Outcome, cascading: bool) -> None:
    """No record goes without having been deleted or reported, none comes without the document it cites."""
    deleted = {
        id
        for results in outcome.results
        if (results.op, results.type_name) == (Op.DELETE, "Provenance")
        for id in results.ids
        if id is not None
    }
    for number in RECORDS:
        made = graph.stored(number)
        if before[number] is None and made is not None and graph.values(number)["sourceType"] == "Document":
            document = graph.values(number)["source"]
            taken = {id for r in outcome.results if r.op is Op.DELETE and r.type_name == "Document" for id in r.ids}
            assert (made.dest is None) == (parse_uuid(str(document)) in taken)
    gone = {uid(n) for n, stored in before.items() if stored is not None and graph.stored(n) is None}
    assert gone <= deleted | set(outcome.records)
    assert cascading or not outcome.records
