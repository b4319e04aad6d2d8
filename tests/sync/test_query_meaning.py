"""Random queries against plain loops over a small graph, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cmp_to_key
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from kgsync.errors import MalformedQuery
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import Element, compiled_expr
from kgsync.model.edits import Op
from kgsync.model.values import DateOnly
from kgsync.store.database import Store
from tests.backends import BACKENDS, opened_store
from tests.graphs import KNOWS, LIVES, PERSON, PLACE, Graph, add, connect, entity, link, uid
from tests.sync.queries import ask, brief

NAMES = ("Ann", "Bob", "ann", "", "é", "Cy", None)
AGES = (None, 5, 20, 31, 44)
ENTITIES, LINKS = ("Person", "Place"), ("Knows", "LivesIn")
Labels = tuple[str, ...]


class Plain(NamedTuple):
    """An object as the test made it."""

    id: int
    type: str
    values: dict[str, Any]
    ends: tuple[int, int] | None = None


def small_graph(random: Random) -> list[Plain]:
    people = [Plain(k, "Person", {"name": random.choice(NAMES), "age": random.choice(AGES)}) for k in range(1, 12)]
    places = [Plain(k, "Place", {"name": random.choice(NAMES)}) for k in range(20, 26)]
    links = [Plain(130, "Knows", {"since": None}, (1, 1))]
    for k in range(100, 125):
        origin = random.choice(people).id
        kind, ends = random.choice((("Knows", people), ("LivesIn", places)))
        since = {"since": random.choice((None, DateOnly(1), DateOnly(20_000)))} if kind == "Knows" else {}
        links.append(Plain(k, kind, since, (origin, random.choice(ends).id)))
    return [*people, *places, *links]


def stored(store: Store, objects: list[Plain]) -> Graph:
    graph = Graph.make(store, PERSON, PLACE, KNOWS, LIVES)
    batches = []
    for one in objects:
        if one.ends is None:
            batches.append(entity(Op.ADD, one.type, add(one.id, **one.values)))
        else:
            batches.append(link(Op.ADD, one.type, connect(one.id, *one.ends, **one.values)))
    graph.apply(*batches)
    return graph


@pytest.fixture(scope="module", params=BACKENDS)
def stocked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Graph, list[Plain]]]:
    objects = small_graph(Random(11))
    directory: Path = tmp_path_factory.mktemp("query")
    with opened_store(request.param, directory) as store:
        yield stored(store, objects), objects


# ---- random queries


class Drawn(NamedTuple):
    """A random query as the parts that plain loops go by; `text` writes it."""

    nodes: tuple[tuple[str, Labels], ...]
    link: tuple[str, Labels] | None
    arrow: str
    where: str
    distinct: bool
    items: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    skip: int
    limit: int | None

    @property
    def text(self) -> str:
        pattern = f"({_shown(*self.nodes[0])})"
        if self.link is not None:
            left, right = {"->": ("-", "->"), "<-": ("<-", "-"), "--": ("-", "-")}[self.arrow]
            pattern += f"{left}[{_shown(*self.link)}]{right}({_shown(*self.nodes[1])})"
        text = f"MATCH {pattern}" + (f" WHERE {self.where}" if self.where else "") + " RETURN "
        text += "DISTINCT " if self.distinct else ""
        text += ", ".join(f"{item} AS c{k}" for k, item in enumerate(self.items))
        if self.order:
            text += " ORDER BY " + ", ".join(f"{name} DESC" if down else name for name, down in self.order)
        return (
            text + (f" SKIP {self.skip}" if self.skip else "") + ("" if self.limit is None else f" LIMIT {self.limit}")
        )


def _shown(name: str, labels: Labels) -> str:
    return name + (":" + "|".join(labels) if labels else "")


def draw(random: Random) -> Drawn:
    def labels(of: Labels) -> Labels:
        return tuple(random.sample(of, random.randint(0, 2)))

    single = random.random() < 0.35
    if single:
        nodes: tuple[tuple[str, Labels], ...] = (("n", labels(ENTITIES)),)
    else:
        nodes = (("a", labels(ENTITIES)), ("a" if random.random() < 0.08 else "b", labels(ENTITIES)))
    names = sorted({name for name, _ in nodes})
    conditions = [_condition(random, names, not single) for _ in range(random.randint(0, 3))]
    items = _items(random, names, not single)
    return Drawn(
        nodes=nodes,
        link=None if single else ("r", labels(LINKS)),
        arrow=random.choice(("->", "<-", "--")),
        where=random.choice((" AND ", " AND ", " OR ")).join(conditions),
        distinct=random.random() < 0.3,
        items=tuple(items),
        order=tuple((f"c{k}", random.random() < 0.5) for k in range(len(items))) if random.random() < 0.5 else (),
        skip=random.choice((0, 0, 1, 3)),
        limit=random.choice((None, None, 0, 1, 4, 50)),
    )


def _items(random: Random, names: list[str], linked: bool) -> list[str]:
    pool = [f"{v}.name" for v in names] + [f"id({v})" for v in names] + names
    pool += [f"type({names[0]})", f"{names[0]}.name + 'x'"]
    pool += ["r", "type(r)", "startNode(r).name"] if linked else []
    items = random.sample(pool, random.randint(1, 2))
    if random.random() < 0.35:
        about = random.choice([f"{v}.name" for v in names] + names)
        made = ["count(*)", "sum(1) + 1", *(f"{name}({about})" for name in ("count", "min", "max"))]
        made.append(f"count(DISTINCT {about})")
        items = random.sample(items, random.randint(0, len(items))) + random.sample(made, random.randint(1, 2))
    return items


def _condition(random: Random, names: list[str], linked: bool) -> str:
    v, w = random.choice(names), random.choice(names)
    pool = [
        f"{v}.name = 'Ann'",
        f"{v}.name < 'b'",
        f"{v}.name IS NULL",
        f"NOT {v}.name STARTS WITH 'A'",
        f"toUpper({v}.name) = 'ANN'",
        f"size({v}.name) >= 2",
        f"{v}.name <= {w}.name",
        f"id({v}) <> id({w})",
        f"{v}:Person",
        f"{v}.age > 10",
        f"any(x IN [20, 31] WHERE x = {v}.age)",
        "1 = 1",
    ]
    if linked:
        pool += ["type(r) = 'Knows'", "startNode(r).name = 'Bob'", "endNode(r) = a", "r.since IS NULL"]
        pool.append("r.since > date('1980-01-01')")
    return random.choice(pool)


# ---- the naive meaning


def naive(drawn: Drawn, objects: list[Plain]) -> list[tuple[Any, ...]]:
    """Answer by loops over everything, one step of openCypher after the other; no order but ORDER BY's."""
    by_id = {one.id: Element(uid(one.id), one.type, one.values) for one in objects if one.ends is None}
    environments: list[dict[str, object]] = []
    if drawn.link is None:
        name, labels = drawn.nodes[0]
        environments = [{name: e} for e in by_id.values() if not labels or e.label in labels]
    else:
        for one in objects:
            if one.ends is not None:
                environments += _placed(drawn, one, by_id)
    if drawn.where:
        test = _value(drawn.where)
        environments = [e for e in environments if test(e) is True]
    rows = (
        _grouped(drawn, environments)
        if any(_is_aggregate(i) for i in drawn.items)
        else [tuple(brief(_value(i)(e)) for i in drawn.items) for e in environments]
    )
    if drawn.distinct:
        rows = list({repr(row): row for row in rows}.values())
    for k, (_, down) in reversed(list(enumerate(drawn.order))):
        rows.sort(key=cmp_to_key(lambda x, y, k=k: _compare(x[k], y[k])), reverse=down)  # type: ignore[misc]
    return rows


def _placed(drawn: Drawn, one: Plain, by_id: dict[int, Element]) -> list[dict[str, object]]:
    assert one.ends is not None
    assert drawn.link is not None
    origin, dest = by_id[one.ends[0]], by_id[one.ends[1]]
    element = Element(uid(one.id), one.type, one.values, origin, dest)
    ways = {"->": [(origin, dest)], "<-": [(dest, origin)], "--": [(origin, dest), (dest, origin)]}[drawn.arrow]
    if one.ends[0] == one.ends[1]:
        ways = ways[:1]
    found: list[dict[str, object]] = []
    for left, right in ways:
        (a, a_labels), (b, b_labels) = drawn.nodes
        fits = all(
            not labels or e.label in labels
            for e, labels in ((left, a_labels), (right, b_labels), (element, drawn.link[1]))
        )
        if fits and (a != b or left.id == right.id):
            found.append({a: left, drawn.link[0]: element, b: right})
    return found


_PARSED: dict[str, Callable[..., Any]] = {}


def _value(text: str) -> Callable[..., Any]:
    """Give the meaning of one expression; it is the business of other tests."""
    if text not in _PARSED:
        _PARSED[text] = compiled_expr(parse(text), {}, variables=("n", "a", "b", "r"))
    return _PARSED[text]


def _is_aggregate(item: str) -> bool:
    return item.startswith(("count", "min", "max", "sum"))


def _grouped(drawn: Drawn, environments: list[dict[str, object]]) -> list[tuple[Any, ...]]:
    keys = [i for i in drawn.items if not _is_aggregate(i)]
    groups: dict[str, tuple[dict[str, Any], list[dict[str, object]]]] = {} if keys else {"[]": ({}, [])}
    for environment in environments:
        held = {key: brief(_value(key)(environment)) for key in keys}
        groups.setdefault(repr(list(held.values())), (held, []))[1].append(environment)
    return [
        tuple(held[i] if i in held else _aggregate(i, inside) for i in drawn.items) for held, inside in groups.values()
    ]


def _aggregate(item: str, environments: list[dict[str, object]]) -> Any:
    if item == "count(*)":
        return len(environments)
    if item == "sum(1) + 1":
        return len(environments) + 1
    name, _, about = item[:-1].partition("(")
    values = [brief(_value(about.removeprefix("DISTINCT "))(e)) for e in environments]
    values = [v for v in values if v is not None]
    if name == "count":
        return len({repr(v) for v in values}) if about.startswith("DISTINCT") else len(values)
    ordered = sorted(values, key=cmp_to_key(_compare))
    return None if not ordered else ordered[0 if name == "min" else -1]


def _compare(x: Any, y: Any) -> int:
    """Order values of one kind, nulls last; objects by id."""
    if x is None or y is None:
        return (x is None) - (y is None)
    if isinstance(x, tuple):
        x, y = x[1], y[1]
    if isinstance(x, UUID):
        x, y = x.int, y.int
    return int(x > y) - int(x < y)


def test_random_queries_give_what_plain_loops_give(stocked: tuple[Graph, list[Plain]]) -> None:
    graph, objects = stocked
    random = Random(5)
    told = dict.fromkeys(("refused", "some", "none", "cut"), 0)
    for _ in range(200):
        drawn = draw(random)
        try:
            found = ask(graph, drawn.text)
        except MalformedQuery as error:
            assert "has no property" in error.message or "has a property" in error.message, drawn.text
            told["refused"] += 1
            continue
        expected = naive(drawn, objects)
        told["some" if expected else "none"] += 1
        told["cut"] += len(found) < len(expected)
        _compare_rows(drawn, found, expected)
    assert told["refused"] < 50
    assert min(told["some"], told["none"], told["cut"]) >= 25, told


def _compare_rows(drawn: Drawn, found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    stop = None if drawn.limit is None else drawn.skip + drawn.limit
    assert len(found) == len(expected[drawn.skip : stop]), drawn.text
    if drawn.order:  # by every column, so that only rows that are the same have no order
        assert found == expected[drawn.skip : stop], drawn.text
        return
    left = [repr(row) for row in expected]
    for row in found:
        assert repr(row) in left, (drawn.text, row)
        left.remove(repr(row))
