"""Two arrays of one object compared by `=` and by `<`, as openCypher does: element by element, null unknown."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from kgsync.store.predicates.elements import Compiler


class Elements(Enum):
    """What the elements of both arrays are."""

    NUMBERS = "numbers"
    TEXTS = "texts"
    UNLIKE = "unlike"  # of two kinds: never equal, never in order


class _OfArrays(FunctionElement[int]):
    """Something said of two properties; NULL unless both are arrays."""

    inherit_cache = True
    type = Integer()

    def __init__(self, props: ColumnElement[Any], left: int, right: int, elements: Elements) -> None:
        super().__init__(
            props, literal_column(f"{left:d}"), literal_column(f"{right:d}"), literal_column(elements.value)
        )


class ArraysEqual(_OfArrays):
    """1 when equal, 0 when not, NULL when a null leaves it open."""

    inherit_cache = True


class ArraysOrder(_OfArrays):
    """-1, 0 or 1; NULL when elements without an order come before the first difference."""

    inherit_cache = True


class _Pairs(NamedTuple):
    """SQL of two arrays: both are arrays, FROM the pairs at the same place, the elements, the lengths."""

    guard: str
    source: str
    x: str
    y: str
    left_length: str
    right_length: str


def _sqlite(props: str, left: str, right: str) -> _Pairs:
    one, other = f"{props}, '$.\"{left}\"'", f"{props}, '$.\"{right}\"'"
    return _Pairs(
        f"json_type({one}) = 'array' AND json_type({other}) = 'array'",
        f"json_each({one}) AS x JOIN json_each({other}) AS y ON x.key = y.key",
        "x.value",
        "y.value",
        f"json_array_length({one})",
        f"json_array_length({other})",
    )


def _postgresql(props: str, left: str, right: str, elements: str) -> _Pairs:
    one, other = f"{props} -> '{left}'", f"{props} -> '{right}'"
    shape = "CAST({} AS NUMERIC)" if elements == Elements.NUMBERS.value else '({} COLLATE "C")'
    unrolled = "jsonb_array_elements_text({}) WITH ORDINALITY AS {}(value, key)"
    return _Pairs(
        f"jsonb_typeof({one}) = 'array' AND jsonb_typeof({other}) = 'array'",
        f"{unrolled.format(one, 'x')} JOIN {unrolled.format(other, 'y')} ON x.key = y.key",
        shape.format("x.value"),
        shape.format("y.value"),
        f"jsonb_array_length({one})",
        f"jsonb_array_length({other})",
    )


def _pairs(element: _OfArrays, compiler: Compiler, **kw: Any) -> tuple[_Pairs, bool]:
    props, left, right, elements = (compiler.process(c, **kw) for c in element.clauses)
    alike = elements != Elements.UNLIKE.value
    if compiler.dialect.name == "sqlite":
        return _sqlite(props, left, right), alike
    return _postgresql(props, left, right, elements), alike


@compiles(ArraysEqual)
def _equal(element: ArraysEqual, compiler: Compiler, **kw: Any) -> str:
    pairs, alike = _pairs(element, compiler, **kw)
    x, y = pairs.x, pairs.y
    same = f"{x} = {y}" if alike else "1 = 0"
    apart = f"{x} <> {y}" if alike else f"{x} IS NOT NULL AND {y} IS NOT NULL"
    verdict = (
        f"SELECT CASE WHEN count(CASE WHEN {apart} THEN 1 END) > 0 THEN 0 "
        f"WHEN count(*) = count(CASE WHEN {same} THEN 1 END) THEN 1 END FROM {pairs.source}"
    )
    return (
        f"(CASE WHEN {pairs.guard} THEN "
        f"CASE WHEN {pairs.left_length} <> {pairs.right_length} THEN 0 ELSE ({verdict}) END END)"
    )


@compiles(ArraysOrder)
def _order(element: ArraysOrder, compiler: Compiler, **kw: Any) -> str:
    pairs, alike = _pairs(element, compiler, **kw)
    x, y = pairs.x, pairs.y
    less, more = (f"{x} < {y}", f"{x} > {y}") if alike else ("1 = 0", "1 = 0")
    same = f"({x} = {y}) IS NOT TRUE" if alike else "1 = 1"
    first = (
        f"SELECT CASE WHEN {less} THEN -1 WHEN {more} THEN 1 ELSE 2 END FROM {pairs.source} "
        f"WHERE {same} ORDER BY x.key LIMIT 1"
    )
    left, right = pairs.left_length, pairs.right_length
    longer = f"CASE WHEN {left} > {right} THEN 1 WHEN {left} < {right} THEN -1 ELSE 0 END"
    return f"(CASE WHEN {pairs.guard} THEN nullif(coalesce(({first}), {longer}), 2) END)"
