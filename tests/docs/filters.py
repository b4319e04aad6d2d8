"""What docs/filters.md says, as data: its types, objects, parameters and examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from kgsync.filters.cypher import parse
from kgsync.filters.tree import Expr, ListOf, Literal, MapOf
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, system_properties
from kgsync.model.values import ParameterValue

PAGE = Path(__file__).parent.parent.parent / "docs" / "filters.md"


class Example(NamedTuple):
    construct: str
    text: str
    on: str
    gives: str


class Object(NamedTuple):
    """An object of the page; relationships name their ends, `properties` is a map."""

    type: str
    id: str
    properties: Expr
    start: str = ""
    end: str = ""


def _cell(text: str) -> str:
    """Take off code marks, and the backslash before a bar inside a table."""
    return re.sub(r"^(`+) ?(.*?) ?\1$", r"\2", text.strip().replace("\\|", "|"))


def rows(header: str) -> list[list[str]]:
    """List the rows of every table with this header."""
    found: list[list[str]] = []
    lines = PAGE.read_text().splitlines()
    for k, line in enumerate(lines):
        if line == f"| {header} |":
            for row in lines[k + 2 :]:
                if not row.startswith("|"):
                    break
                found.append([_cell(cell) for cell in re.split(r"(?<!\\)\|", row)[1:-1]])
    return found


def examples() -> list[Example]:
    return [Example(*row) for row in rows("construct | example | on | gives")]


def refused() -> list[tuple[str, str]]:
    return [(text, because) for text, because in rows("refused | because")]


def objects() -> dict[str, Object]:
    found = {}
    for name, kind, id, properties in rows("object | type | id | properties"):
        ends = re.fullmatch(r"`?(\w+)`? from `(\w+)` to `(\w+)`?", kind)
        named, start, end = ends.groups() if ends else (kind, "", "")
        found[name] = Object(named, id, parse(properties), start, end)
    return found


def model() -> DataModel:
    """Build the data model of the page; what ends have is an entity type, what has ends a relationship type."""
    links = {one.type for one in objects().values() if one.start}
    types: dict[str, list[Property]] = {}
    for k, (name, property_name, field_type) in enumerate(rows("type | property | field type")):
        made = Property(id=100 + k, name=property_name, field_type=FieldType[field_type])
        types.setdefault(name, list(system_properties(10 * len(types) + 1))).append(made)
    return DataModel(
        types=tuple(
            NamedType(
                id=k,
                name=name,
                category=Category.RELATIONSHIP if name in links else Category.ENTITY,
                properties=tuple(properties),
                shape=1,
            )
            for k, (name, properties) in enumerate(types.items(), 1)
        )
    )


def parameters() -> dict[str, ParameterValue]:
    (block,) = re.findall(r"```cypher\n(.*?)```", PAGE.read_text(), re.DOTALL)
    found = _value(parse(block))
    assert isinstance(found, dict)
    return found


def _value(expr: Expr) -> ParameterValue:
    match expr:
        case Literal(value):
            return value
        case ListOf(items):
            return tuple(_value(item) for item in items)
        case MapOf(entries):
            return {key: _value(value) for key, value in entries}
    raise AssertionError(f"no plain value: {expr}")
