"""What is hidden from somebody is, to their edits, as if it were not there; as far as that can be."""

from __future__ import annotations

from typing import Any

import pytest

from kgsync.errors import Code
from kgsync.model.catalog import Feature
from kgsync.model.edits import Add, Batch, Delete, Op, Update
from kgsync.store.database import Store
from tests.graphs import KNOWS, PERSON, Graph, connect, entity, link, uid

_BOB: dict[str, Any] = {"user": "bob", "owned_only": True, "hides_others": True, "fails": True}
NOBODY = 99


@pytest.fixture
def graph(store: Store) -> Graph:
    """Ann's person, paper and record, Bob's person, and Ann's link between the two."""
    made = Graph.make(store, PERSON, KNOWS)
    made.switch(Feature.PROVENANCE)
    made.switch(Feature.EDITOR_TRACKING)
    made.apply(entity(Op.ADD, "Person", Add(uid(1), {"name": "Ann"})), user="ann")
    made.apply(entity(Op.ADD, "Document", Add(uid(21), {"name": "paper"})), user="ann")
    made.apply(entity(Op.ADD, "Person", Add(uid(2), {"name": "Bob"})), user="bob")
    made.apply(link(Op.ADD, "Knows", connect(11, 1, 2)), user="ann")
    made.apply(entity(Op.ADD, "Provenance", Add(uid(31), _about(1, "a book"))), user="ann")
    return made


def _about(subject: int, source: str, source_type: str = "String") -> dict[str, Any]:
    return {
        "instanceID": uid(subject),
        "typeName": "Person",
        "propertyName": "name",
        "sourceType": source_type,
        "source": source,
    }


def _told(graph: Graph, batch: Batch, **more: Any) -> tuple[Code, str] | None:
    outcome = graph.apply(batch, **{**_BOB, **more})
    errors = [error for results in outcome.results for error in results.errors.values()]
    return (errors[0].code, errors[0].message) if errors else None


def test_an_id_that_is_taken_is_told_alike_whatever_is_there(graph: Graph) -> None:
    told = [_told(graph, entity(Op.ADD, "Person", Add(uid(1), {"name": name}))) for name in ("Ann", "Bob")]
    assert told[0] == told[1]
    assert told[0] is not None
    assert told[0][0] is Code.EDIT_EXISTS
    assert _told(graph, entity(Op.ADD, "Person", Add(uid(2), {"name": "Bob"}))) is None, "one's own is a resend"


def test_what_is_hidden_is_answered_like_what_is_not_there(graph: Graph) -> None:
    def both(make: Any) -> None:
        hidden, nothing = (_told(graph, make(number)) for number in (make.hidden, NOBODY))
        assert hidden is not None
        assert nothing is not None
        assert hidden[0] is nothing[0]
        assert hidden[1].replace(str(uid(make.hidden)), "") == nothing[1].replace(str(uid(NOBODY)), "")

    cases: list[tuple[int, Any]] = [
        (1, lambda n: entity(Op.UPDATE, "Person", Update(uid(n), {"name": "x"}))),
        (1, lambda n: entity(Op.DELETE, "Person", Delete(uid(n)))),
        (11, lambda n: link(Op.DELETE, "Knows", Delete(uid(n)))),
        (1, lambda n: link(Op.ADD, "Knows", connect(12, 2, n))),
        (31, lambda n: entity(Op.UPDATE, "Provenance", Update(uid(n), {"comment": "x"}))),
        (31, lambda n: entity(Op.DELETE, "Provenance", Delete(uid(n)))),
        (1, lambda n: entity(Op.ADD, "Provenance", Add(uid(32), _about(n, "a book")))),
        (21, lambda n: entity(Op.ADD, "Provenance", Add(uid(32), _about(2, str(uid(n)), "Document")))),
    ]
    for hidden, make in cases:
        make.hidden = hidden
        both(make)


def test_records_about_ones_own_may_be_written(graph: Graph) -> None:
    assert _told(graph, entity(Op.ADD, "Provenance", Add(uid(32), _about(2, "a book")))) is None


@pytest.mark.parametrize("cascade", [True, False])
def test_a_delete_says_nothing_of_what_hidden_things_lead_to_it(graph: Graph, cascade: bool) -> None:
    told = _told(graph, entity(Op.DELETE, "Person", Delete(uid(2))), cascade=cascade)
    assert told is not None
    assert told[0] is Code.EDIT_OWNER
    assert str(uid(11)) not in told[1]
    assert "1" not in told[1], "nor how many there are"
