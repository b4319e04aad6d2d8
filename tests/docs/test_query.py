"""docs/query.md is true: every example gives its rows, every refusal its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgsync.errors import Code, MalformedQuery
from kgsync.filters.evaluate import Element
from kgsync.model.edits import Op
from kgsync.model.schema import Category, FieldType
from kgsync.model.values import ParameterValue
from kgsync.store.database import open_store
from tests.graphs import Graph, add, connect, entity, link, named_type
from tests.sync.queries import opened

PAGE = (Path(__file__).parent.parent.parent / "docs" / "query.md").read_text()
PARAMETERS: dict[str, ParameterValue] = {"ages": (31, 5), "who": {"name": "Bob"}, "most": 2}


def rows(header: str) -> list[list[str]]:
    """List the rows of every table with this header, code marks taken off."""
    found = []
    for table in re.findall(rf"^\| {re.escape(header)} \|\n\|[-|]+\|\n((?:\|.*\|\n?)+)", PAGE, re.MULTILINE):
        for line in table.splitlines():
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            found.append([cell.strip().strip("`").replace("\\|", "|") for cell in cells])
    return found


EXAMPLES, REFUSED = rows("construct | query | rows"), rows("refused | because")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    store = open_store(tmp_path_factory.mktemp("docs"), None)
    made = Graph.make(
        store,
        named_type("Person", Category.ENTITY, {"name": FieldType.STRING, "age": FieldType.INTEGER}),
        named_type("Place", Category.ENTITY, {"name": FieldType.STRING}),
        named_type("Knows", Category.RELATIONSHIP, {"since": FieldType.INTEGER}),
        named_type("LivesIn", Category.RELATIONSHIP, {}),
    )
    people = (("Ann", 31), ("Bob", 44), ("Cy", 31), ("Dee", None))
    made.apply(
        entity(Op.ADD, "Person", *(add(k, name=name, age=age) for k, (name, age) in enumerate(people, 1))),
        entity(Op.ADD, "Place", add(10, name="Oslo")),
        link(Op.ADD, "Knows", connect(20, 1, 2, since=2001), connect(21, 2, 3), connect(22, 3, 3)),
        link(Op.ADD, "LivesIn", connect(30, 1, 10), connect(31, 2, 10)),
    )
    yield made
    store.close()


def shown(value: Any) -> Any:
    if isinstance(value, Element):
        return f"{value.label} {value.values['name']!s}"
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    return value


@pytest.mark.parametrize("example", EXAMPLES, ids=[construct for construct, _, _ in EXAMPLES])
def test_an_example_gives_its_rows(graph: Graph, example: list[str]) -> None:
    _, text, expected = example
    _, found = opened(graph, text, parameters=PARAMETERS)
    assert [[shown(value) for value in row] for row in found] == json.loads(expected)


@pytest.mark.parametrize(("text", "because"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_refusal_says_why(graph: Graph, text: str, because: str) -> None:
    with pytest.raises(MalformedQuery) as told:
        opened(graph, text)
    assert told.value.code is Code.QUERY
    assert because in told.value.message
    assert told.value.message.startswith("line 1, column ")


def test_the_page_has_its_tables() -> None:
    assert len(EXAMPLES) >= 25
    assert len(REFUSED) >= 15
