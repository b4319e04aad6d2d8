"""What is told of clauses beforehand agrees with what they mean: tables, static kinds, refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from uuid import UUID

import pytest

from kgsync.errors import MalformedInput
from kgsync.filters import components, functions
from kgsync.filters.check import kind_of
from kgsync.filters.checker import Checker
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import Element, compiled_expr
from kgsync.filters.refusals import Refused
from kgsync.filters.signatures import COMPONENTS, FUNCTIONS, SPELLINGS, TEXT_COMPONENTS
from kgsync.filters.static import Kind, Scope, Subject, of_value
from kgsync.filters.tree import Comprehension, Expr, Quantified, children
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, system_properties
from tests.filters.generator import clause, values

_FIELDS = [f for f in FieldType if f not in (FieldType.OID, FieldType.GLOBAL_ID)]
_PROPERTIES = [Property(id=10 + k, name=f"{f.name.lower()}_{k % 2}", field_type=f) for k, f in enumerate(_FIELDS * 2)]
THING = NamedType(
    id=1, name="Thing", category=Category.ENTITY, shape=1, properties=(*system_properties(1), *_PROPERTIES)
)
MODEL = DataModel(types=(THING, NamedType(id=2, name="Document", category=Category.ENTITY, shape=1, properties=())))
_KINDS = {
    "date": Kind.DATE,
    "localtime": Kind.LOCAL_TIME,
    "localdatetime": Kind.LOCAL_DATE_TIME,
    "datetime": Kind.DATE_TIME,
    "duration": Kind.DURATION,
}


def test_the_checker_and_the_meaning_know_the_same_functions() -> None:
    assert set(FUNCTIONS) == set(functions.FUNCTIONS)
    for name, signature in FUNCTIONS.items():
        meant = functions.FUNCTIONS[name]
        assert SPELLINGS.get(name, name) == meant.name
        assert [signature.fits(k) for k in range(6)] == [meant.takes(k) for k in range(6)]


def test_the_checker_and_the_meaning_know_the_same_components() -> None:
    assert {_KINDS[name]: names for name, names in components.COMPONENTS.items()} == COMPONENTS
    assert components.TEXT_COMPONENTS == TEXT_COMPONENTS


def _nodes(expr: Expr) -> Iterator[Expr]:
    """List an expression and those inside it that stand outside of any binding."""
    yield expr
    inside = (expr.source,) if isinstance(expr, Quantified | Comprehension) else children(expr)
    for child in inside:
        yield from _nodes(child)


def _kind(value: object) -> Kind:
    return Kind.ENTITY if isinstance(value, Element) else of_value(value).kinds  # type: ignore[arg-type]  # a value


def _elements(random: Random) -> list[Element]:
    rows = [values(random, THING, UUID(int=random.getrandbits(128)), k) for k in range(5)]
    return [Element(row["globalid"], "Thing", row) for row in rows if isinstance(row["globalid"], UUID)]


@pytest.mark.parametrize("seed", range(8))
def test_a_value_is_of_a_kind_that_was_told_beforehand(seed: int) -> None:
    random = Random(seed)
    for _ in range(50):
        elements = _elements(random)
        text, parameters = clause(random, THING, [e.values for e in elements])
        scope = Scope(model=MODEL, subjects={"n": _SUBJECT}, parameters=parameters)
        for node in _nodes(parse(text)):
            told, run = kind_of(node, scope), compiled_expr(node, parameters)
            found = [run({"n": element}) for element in elements]
            assert all(value is None or _kind(value) & told for value in found), (text, node)


_SUBJECT = Subject(category=Category.ENTITY, types=(THING,))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_refused_for_its_kinds_is_null_for_every_object(seed: int) -> None:
    random = Random(seed)
    names = [p.name for p in THING.properties]
    refused = 0
    for _ in range(120):
        elements = _elements(random)
        text, parameters = clause(random, THING, [e.values for e in elements])
        for name in names:  # other properties, so that kinds no longer fit
            text = text.replace(f"n.{name} ", f"n.{random.choice(names)} ")
        expr = parse(text)
        try:
            Checker().static(expr, Scope(model=MODEL, subjects={"n": _SUBJECT}, parameters=parameters))
        except Refused as error:
            refused += 1
            near = [n for n in _nodes(expr) if error.place in (n.place, *(child.place for child in children(n)))]
            assert any(_always_null(n, parameters, elements) for n in near), (text, error.reason)
    assert refused


def _always_null(expr: Expr, parameters: Mapping[str, object], elements: list[Element]) -> bool:
    try:
        run = compiled_expr(expr, parameters)
    except MalformedInput:
        return True
    return all(run({"n": element}) is None for element in elements)
