"""From matches to rows: conditions, items, groups, DISTINCT, ORDER BY, SKIP and LIMIT, in bounded memory.

A query that has to hold rows (to sort, to group, to tell what it has given before) may hold so many and no
more; LIMIT lets a sort hold fewer, and a query that holds nothing has no limit. Steps give None for every match
that becomes no row, or none yet, so that whoever asks for rows can stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kgsync.errors import TooLarge
from kgsync.filters import aggregates
from kgsync.filters.aggregates import Aggregate
from kgsync.filters.evaluate import compiled_expr
from kgsync.filters.kinds import Element
from kgsync.filters.ordering import Descending, order_key, same_key
from kgsync.filters.query_check import AGGREGATE, COLUMN, KEY, BoundQuery
from kgsync.filters.tree import Call, Expr, Variable
from kgsync.model.geometry import Geometry
from kgsync.model.query import QueryRow, RowValues
from kgsync.model.values import Value
from kgsync.store.base import Match, Reading, Subject
from kgsync.sync.codec import Restater

# What one query may hold: a graph of a million objects can be sorted by name, not copied into memory.
MAX_HELD_ROWS = 1_000_000
MAX_HELD_BYTES = 256 * 1024 * 1024
# Rows a sort with a LIMIT may keep beyond twice that many before it lets go of them.
_SLACK = 200
# A LIMIT past this is none.
_ENDLESS = 2**31
# What a value of any kind takes beside its contents, and what a number in a list does, roughly.
_OVERHEAD, _NUMBER = 64, 32

Environment = dict[str, object]
Run = Callable[[Mapping[str, object]], object]


def rows_of(reading: Reading, bound: BoundQuery, restater: Restater) -> Iterator[QueryRow | None]:
    """Give the rows of a query in order, and None between them.

    Raises TooLarge past what may be held, and past the steps an expression may take on one match.
    """
    counted = _counted(reading, bound)
    found = _Matched(reading, bound, restater)
    rows: Iterable[tuple[QueryRow, tuple[Any, ...]] | None]
    if counted is not None:
        rows = _grouped_rows(bound, iter(()), counted)
    elif bound.grouped:
        rows = _grouped_rows(bound, found.environments(None), None)
    else:
        stops = not (bound.query.distinct or bound.order) and bound.limit is not None
        most = bound.skip + bound.limit if stops and bound.limit is not None else None
        most = most if most is None or most < _ENDLESS else None
        rows = _plain_rows(bound, found.environments(most))
    if bound.query.distinct:
        rows = _distinct(rows)
    if bound.order:
        rows = _sorted(rows, None if bound.limit is None else bound.skip + bound.limit)
    yield from _cut(rows, bound.skip, bound.limit)


# ---- matches


class _Matched:
    """The matches of the pattern that its condition is TRUE of, as environments of expressions."""

    def __init__(self, reading: Reading, bound: BoundQuery, restater: Restater) -> None:
        self._reading, self._bound, self._restater = reading, bound, restater
        pattern = bound.pattern
        self._whole = None if pattern.condition is None else _compiled(bound, pattern.condition)
        self._crossing = None if pattern.crossing is None else _compiled(bound, pattern.crossing)
        returned = [*bound.keys, *bound.aggregates, *bound.items, *(expr for expr, _ in bound.order)]
        if pattern.crossing is not None:
            returned.append(pattern.crossing)
        self._reads = pattern.read_by(*returned)
        self._names = [part.variable for part in pattern.parts]

    def environments(self, most: int | None) -> Iterator[Environment | None]:
        for match in self._reading.matches(self._bound.pattern, self._reads, most):
            environment = self._environment(match)
            test = self._crossing if match.exact else self._whole
            if test is None or test(environment) is True:
                yield environment
            else:
                yield None

    def _environment(self, match: Match) -> Environment:
        objects = match.objects
        if len(objects) == 1:
            return {self._names[0]: self._element(objects[0], None, None)}
        first, link, last = objects
        ends = [self._element(first, None, None), self._element(last, None, None)]
        start, end = reversed(ends) if match.turned else ends
        return {
            self._names[0]: ends[0],
            self._names[1]: self._element(link, start, end),
            self._names[2]: ends[1],
        }

    def _element(self, found: Subject, start: Element | None, end: Element | None) -> Element:
        label = self._restater.label(found.type)
        if not found.row:
            return Element(found.id, label, _NOTHING, start, end)
        origin, dest = (start.id, end.id) if start is not None and end is not None else (None, None)
        row = self._restater.restate(found.type, found.schema, found.id, found.row, origin, dest)
        return Element(found.id, label, RowValues(row, self._restater.read), start, end)


_NOTHING: Mapping[str, Value] = {}


def _compiled(bound: BoundQuery, expr: Expr, more: Iterable[str] = ()) -> Run:
    """Compile an expression over the pattern's variables and some more; a bare variable is looked up."""
    if isinstance(expr, Variable):
        name = expr.name
        return lambda environment: environment.get(name)
    names = (*sorted(bound.pattern.names()), *more)
    return compiled_expr(expr, bound.parameters, variables=names, space=bound.space)


# ---- without groups


def _plain_rows(
    bound: BoundQuery, environments: Iterator[Environment | None]
) -> Iterator[tuple[QueryRow, tuple[Any, ...]] | None]:
    items = [_compiled(bound, item) for item in bound.items]
    order = _Order(bound)
    for environment in environments:
        if environment is None:
            yield None
            continue
        row = tuple([item(environment) for item in items])
        yield row, order.key(environment, row)


class _Order:
    """The key ORDER BY sorts a row by."""

    def __init__(self, bound: BoundQuery) -> None:
        columns = [f"{COLUMN}{k}" for k in range(len(bound.items))]
        hidden = [*_hidden(KEY, bound.keys), *_hidden(AGGREGATE, bound.aggregates)]
        self._columns = columns
        self._runs = [(_compiled(bound, expr, (*columns, *hidden)), down) for expr, down in bound.order]

    def key(self, environment: Mapping[str, object], row: QueryRow) -> tuple[Any, ...]:
        if not self._runs:
            return ()
        known = {**environment, **dict(zip(self._columns, row, strict=True))}
        keys = [(order_key(run(known)), down) for run, down in self._runs]
        return tuple([Descending(key) if down else key for key, down in keys])


def _hidden(prefix: str, of: Iterable[object]) -> list[str]:
    return [f"{prefix}{k}" for k, _ in enumerate(of)]


# ---- with groups


class _Group:
    def __init__(self, keys: tuple[object, ...], calls: Iterable[Call]) -> None:
        self.keys = keys
        self.states: list[Aggregate] = [aggregates.start(call.name, call.distinct) for call in calls]


def _grouped_rows(
    bound: BoundQuery, environments: Iterator[Environment | None], counted: int | None
) -> Iterator[tuple[QueryRow, tuple[Any, ...]] | None]:
    keys = [_compiled(bound, key) for key in bound.keys]
    arguments = [_compiled(bound, call.arguments[0]) if call.arguments else None for call in bound.aggregates]
    held = _Held("group")
    groups: dict[object, _Group] = {}
    if not keys:
        groups[()] = _Group((), bound.aggregates)
    for environment in environments:
        yield None
        if environment is None:
            continue
        values = tuple([key(environment) for key in keys])
        group_key = tuple(map(same_key, values))
        group = groups.get(group_key)
        if group is None:
            group = groups[group_key] = _Group(values, bound.aggregates)
            held.take(values, group_key)
        _add(group, arguments, environment, held)
    names = (*_hidden(KEY, bound.keys), *_hidden(AGGREGATE, bound.aggregates))
    items = [_compiled(bound, item, names) for item in bound.items]
    order = _Order(bound)
    for group in groups.values():
        results = [counted] * len(group.states) if counted is not None else [s.result() for s in group.states]
        known = dict(zip(names, (*group.keys, *results), strict=True))
        row = tuple([item(known) for item in items])
        yield row, order.key(known, row)


def _add(group: _Group, arguments: list[Run | None], environment: Environment, held: _Held) -> None:
    for state, argument in zip(group.states, arguments, strict=True):
        value = True if argument is None else argument(environment)
        if value is not None and state.add(value):
            held.take((value,))


def _counted(reading: Reading, bound: BoundQuery) -> int | None:
    """Let the database count where nothing but the number of matches is asked for."""
    if not bound.grouped or bound.keys or not bound.aggregates:
        return None
    names = bound.pattern.names()
    for call in bound.aggregates:
        counts_all = not call.arguments or (isinstance(call.arguments[0], Variable) and call.arguments[0].name in names)
        if call.name != "count" or call.distinct or not counts_all:
            return None
    return reading.count_matches(bound.pattern)


# ---- DISTINCT, ORDER BY, SKIP, LIMIT


class _Held:
    """What a query holds in memory, within limits."""

    def __init__(self, doing: str) -> None:
        self._doing, self._rows, self._bytes = doing, 0, 0

    def take(self, values: tuple[object, ...], key: object = ()) -> None:
        """Account for values, and for a key made of them, which shares their texts and coordinates."""
        self._rows += 1
        self._bytes += _held_weight(values, key)
        if self._rows > MAX_HELD_ROWS or self._bytes > MAX_HELD_BYTES:
            told = f"{MAX_HELD_ROWS} values or {MAX_HELD_BYTES // 1024**2} MiB"
            raise TooLarge(f"the query has to {self._doing} more than {told}; narrow WHERE, or add a LIMIT to a sort")

    def let_go(self, rows: Iterable[Keyed]) -> None:
        for row, key in rows:
            self._rows -= 1
            self._bytes -= _held_weight(row, key)


def _held_weight(values: tuple[object, ...], key: object) -> int:
    shared = set(_contents(values)) if key else set()
    return sum(map(_weight, values)) + _OVERHEAD + (_key_weight(key, shared) if key else 0)


def _contents(value: object) -> Iterator[int]:
    """Give the identities of what a key takes over from a value as it is."""
    if isinstance(value, str | bytes):
        yield id(value)
    elif isinstance(value, Geometry):
        yield id(value.parts)
    elif isinstance(value, tuple) and not isinstance(value, Element):
        for item in value:
            yield from _contents(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _contents(item)


def _key_weight(part: object, shared: set[int]) -> int:
    if id(part) in shared:
        return 0
    if isinstance(part, Descending):
        return _OVERHEAD + _key_weight(part.key, shared)
    if isinstance(part, tuple):
        return _OVERHEAD + sum(_key_weight(one, shared) for one in part)
    return _OVERHEAD + len(part) if isinstance(part, str | bytes) else _NUMBER


def _weight(value: object) -> int:
    if isinstance(value, Element):
        inner = len(value.values.row) if isinstance(value.values, RowValues) else 0
        return _OVERHEAD + inner
    if isinstance(value, str | bytes):
        return _OVERHEAD + len(value)
    if isinstance(value, tuple):
        return _OVERHEAD + sum(map(_weight, value))
    if isinstance(value, dict):
        return _OVERHEAD + sum(_OVERHEAD + _weight(one) for one in value.values())
    if isinstance(value, Geometry):
        return _OVERHEAD + sum(_OVERHEAD + _NUMBER * len(part) for part in value.parts)
    return _OVERHEAD


Keyed = tuple[QueryRow, tuple[Any, ...]]


def _distinct(rows: Iterable[Keyed | None]) -> Iterator[Keyed | None]:
    held = _Held("tell apart")
    seen: set[object] = set()
    for keyed in rows:
        key = None if keyed is None else tuple(map(same_key, keyed[0]))
        if keyed is None or key in seen:
            yield None
            continue
        held.take((), key)
        seen.add(key)
        yield keyed


def _sorted(rows: Iterable[Keyed | None], most: int | None) -> Iterator[Keyed | None]:
    """Sort by the keys; rows with the same keep the order they came in. Of a sort with a LIMIT the first stay."""
    held = _Held("sort")
    kept: list[Keyed] = []
    for keyed in rows:
        yield None
        if keyed is None:
            continue
        kept.append(keyed)
        held.take(*keyed)
        if most is not None and len(kept) > 2 * most + _SLACK:
            kept.sort(key=_key)
            held.let_go(kept[most:])
            del kept[most:]
    kept.sort(key=_key)
    yield from kept


def _key(keyed: Keyed) -> tuple[Any, ...]:
    return keyed[1]


def _cut(rows: Iterable[Keyed | None], skip: int, limit: int | None) -> Iterator[QueryRow | None]:
    if limit == 0:
        return
    given = passed = 0
    for keyed in rows:
        if keyed is None:
            yield None
        elif passed < skip:
            passed += 1
            yield None
        else:
            yield keyed[0]
            given += 1
            if given == limit:
                return
