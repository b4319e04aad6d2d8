"""Every example of docs/filters.md is a clause that passes, every refusal is refused for the reason it says."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from kgsync.errors import MalformedInput
from kgsync.filters.check import Filter, check, check_expression, refuse_faults
from kgsync.filters.cypher import MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, parse
from kgsync.filters.evaluate import Element, compiled, compiled_expr
from kgsync.filters.kinds import MAX_LIST, MAX_STEPS, MAX_TEXT
from kgsync.filters.signatures import FUNCTIONS, SPELLINGS
from kgsync.filters.static import Kind, Scope, of_properties, of_value
from kgsync.filters.text import unparse
from kgsync.filters.tree import Call, Expr, MapOf, Node, Parameter, children
from kgsync.model.schema import NamedType
from kgsync.server.settings import Settings
from kgsync.sync.codec import CLAUSE_SECONDS
from kgsync.wire.pbf.parameters import MAX_PARAMETER_BYTES, MAX_PARAMETER_DEPTH
from tests.docs.filters import Example, examples, model, objects, parameters, refused, rows

MODEL = model()
OBJECTS = objects()
PARAMETERS = parameters()
EXAMPLES = examples()


def _nodes(expr: Expr) -> list[Expr]:
    return [expr, *(node for child in children(expr) for node in _nodes(child))]


def _type_of(name: str) -> NamedType:
    return MODEL.require(OBJECTS[name].type)


def _filter(example: Example) -> Filter:
    """Check an example with the parameters it uses."""
    used = {node.name for node in _nodes(parse(example.text)) if isinstance(node, Parameter)}
    return check(example.text, MODEL, _type_of(example.on), {name: PARAMETERS[name] for name in used})


_GIVES = {"true": True, "false": False, "null": None}


def _element(name: str) -> Element:
    one = OBJECTS[name]
    properties = compiled_expr(one.properties, {})({})
    assert isinstance(properties, dict)
    id = UUID(one.id)
    ends = [_element(end) if end else None for end in (one.start, one.end)]
    return Element(id, one.type, {**properties, "globalid": id}, *ends)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.text)
def test_an_example_gives_what_it_says(example: Example) -> None:
    found = _filter(example)

    refuse_faults(found)
    assert repr(parse(unparse(found.expr))) == repr(found.expr)
    assert compiled(found)(_element(example.on)) is _GIVES[example.gives]


@pytest.mark.parametrize(("text", "because"), refused())
def test_what_is_refused_is_refused_for_the_reason_it_says(text: str, because: str) -> None:
    with pytest.raises(MalformedInput, match=re.escape(because)) as caught:
        refuse_faults(check(text, MODEL, MODEL.require("Person"), {"name": "Ada"} if "$name" in text else {}))
    assert caught.value.place is not None
    assert caught.value.place.startswith("line 1, column ")


@pytest.mark.parametrize("name", OBJECTS)
def test_the_objects_have_properties_of_their_types(name: str) -> None:
    properties = OBJECTS[name].properties
    assert isinstance(properties, MapOf)
    for key, value in properties.items:
        known = _type_of(name).property(key)
        assert known is not None
        found, _ = check_expression(unparse(value), value, Scope(model=MODEL, subjects={}))
        assert found.kinds & of_properties([known]).kinds


def test_every_parameter_is_used() -> None:
    used = {n.name for e in EXAMPLES for n in _nodes(parse(e.text)) if isinstance(n, Parameter)}

    assert used == set(PARAMETERS)
    assert all(of_value(value).kinds is not Kind.NULL for value in PARAMETERS.values())


def test_every_function_has_an_example() -> None:
    called = {n.name for e in EXAMPLES for n in _nodes(parse(e.text)) if isinstance(n, Call)}

    assert sorted(SPELLINGS.get(name, name) for name in set(FUNCTIONS) - called) == []


def test_every_form_of_the_tree_has_an_example() -> None:
    shown = {type(n) for e in EXAMPLES for n in _nodes(parse(e.text))}

    assert {kind.__name__ for kind in Node.__subclasses__()} == {kind.__name__ for kind in shown}


def test_the_limits_are_the_ones_in_force() -> None:
    limits = dict(rows("limit | value"))

    assert limits["text of a clause"] == f"{MAX_TEXT_BYTES // 1024} KiB"
    assert limits["nesting"].startswith(f"{MAX_DEPTH} levels")
    assert limits["parts (values, names, operators)"] == f"{MAX_NODES:,}"
    assert limits["elements of a list the clause makes"] == f"{MAX_LIST:,}"
    assert limits["characters of a text the clause makes"] == f"{MAX_TEXT:,}"
    assert limits["steps of evaluating the clause on one object"] == f"{MAX_STEPS:,}"
    seconds = limits["evaluating the clauses of one create or synchronize on all objects"]
    assert seconds.startswith(f"{CLAUSE_SECONDS:g} seconds")
    assert Settings.model_fields["clause_seconds"].default == CLAUSE_SECONDS
    assert limits["parameters of a type"] == f"{MAX_PARAMETER_BYTES // 2**20} MiB, {MAX_PARAMETER_DEPTH} levels"
