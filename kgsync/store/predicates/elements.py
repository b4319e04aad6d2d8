"""The few expressions that SQLite and PostgreSQL spell differently, each compiled for both.

Every access to a property asks for its JSON type first: any property may hold an array, and a cast
must never meet a value of another kind. Property ids are literals, for an expression index is found
only by the very same expression.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Double, Text, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# A B-tree entry of PostgreSQL holds at most 2,704 bytes and a longer one refuses the row: text is indexed
# by its first characters, at most 4 bytes each, in at most four columns of one index.
KEY_CHARACTERS = 128

Compiler = Any  # SQLCompiler of either dialect


def _path(compiler: Compiler, element: FunctionElement[Any], **kw: Any) -> tuple[str, str]:
    """Give the compiled JSON column and the property id."""
    props, property_id = tuple(element.clauses)
    return compiler.process(props, **kw), compiler.process(property_id, **kw)


class _OfProperty(FunctionElement[Any]):
    """Something said of one property in a JSON column; the id is a clause, so it is part of the cache key."""

    inherit_cache = True

    def __init__(self, props: ColumnElement[Any], property_id: int) -> None:
        super().__init__(props, literal_column(f"{property_id:d}"))


class JsonType(_OfProperty):
    """The JSON type of a property as the database names it; NULL when the property is null."""

    inherit_cache = True
    type = Text()


@compiles(JsonType, "sqlite")
def _json_type_sqlite(element: JsonType, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    return f"json_type({props}, '$.\"{key}\"')"


@compiles(JsonType, "postgresql")
def _json_type_postgresql(element: JsonType, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    return f"jsonb_typeof({props} -> '{key}')"


class IntegerValue(_OfProperty):
    """A property's integer; NULL when it is null or an array."""

    inherit_cache = True
    type = BigInteger()


class FloatValue(_OfProperty):
    """A property's double; NULL when it is null or an array."""

    inherit_cache = True
    type = Double()


class TextValue(_OfProperty):
    """A property's text, compared by code points; NULL when it is null or an array."""

    inherit_cache = True
    type = Text()


def _guarded_sqlite(element: _OfProperty, compiler: Compiler, test: str, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    path = f"'$.\"{key}\"'"
    return f"CASE WHEN json_type({props}, {path}) {test} THEN json_extract({props}, {path}) END"


@compiles(IntegerValue, "sqlite")
def _integer_sqlite(element: IntegerValue, compiler: Compiler, **kw: Any) -> str:
    return _guarded_sqlite(element, compiler, "= 'integer'", **kw)


@compiles(FloatValue, "sqlite")
def _float_sqlite(element: FloatValue, compiler: Compiler, **kw: Any) -> str:
    return _guarded_sqlite(element, compiler, "IN ('real', 'integer')", **kw)


@compiles(TextValue, "sqlite")
def _text_sqlite(element: TextValue, compiler: Compiler, **kw: Any) -> str:
    return _guarded_sqlite(element, compiler, "= 'text'", **kw)


@compiles(IntegerValue, "postgresql")
def _integer_postgresql(element: IntegerValue, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    return f"(CASE WHEN jsonb_typeof({props} -> '{key}') = 'number' THEN CAST({props} -> '{key}' AS BIGINT) END)"


@compiles(FloatValue, "postgresql")
def _float_postgresql(element: FloatValue, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    given = f"CAST({props} -> '{key}' AS DOUBLE PRECISION)"
    return f"(CASE WHEN jsonb_typeof({props} -> '{key}') = 'number' THEN {given} END)"


@compiles(TextValue, "postgresql")
def _text_postgresql(element: TextValue, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    return f"(CASE WHEN jsonb_typeof({props} -> '{key}') = 'string' THEN {props} ->> '{key}' END COLLATE \"C\")"


class TextKey(FunctionElement[str]):
    """The part of a text that is indexed.

    Comparing it instead of the whole with a constant of fewer than KEY_CHARACTERS characters gives the
    same answer: the first difference lies within them.
    """

    inherit_cache = True
    type = Text()

    def __init__(self, text: ColumnElement[str]) -> None:
        super().__init__(text)


@compiles(TextKey, "sqlite")
def _key_sqlite(element: TextKey, compiler: Compiler, **kw: Any) -> str:
    return str(compiler.process(*element.clauses, **kw))  # an entry of SQLite's may have any length


@compiles(TextKey, "postgresql")
def _key_postgresql(element: TextKey, compiler: Compiler, **kw: Any) -> str:
    return f"left({compiler.process(*element.clauses, **kw)}, {KEY_CHARACTERS})"


class ArrayLength(_OfProperty):
    """How many elements a property's array has; NULL when it is none."""

    inherit_cache = True
    type = BigInteger()


@compiles(ArrayLength, "sqlite")
def _length_sqlite(element: ArrayLength, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    path = f"'$.\"{key}\"'"
    return f"CASE WHEN json_type({props}, {path}) = 'array' THEN json_array_length({props}, {path}) END"


@compiles(ArrayLength, "postgresql")
def _length_postgresql(element: ArrayLength, compiler: Compiler, **kw: Any) -> str:
    props, key = _path(compiler, element, **kw)
    return f"(CASE WHEN jsonb_typeof({props} -> '{key}') = 'array' THEN jsonb_array_length({props} -> '{key}') END)"


class Contains(FunctionElement[bool]):
    """Whether the first text holds the second; an empty one is in every text."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, text: ColumnElement[str], part: ColumnElement[str]) -> None:
        super().__init__(text, part)


@compiles(Contains, "sqlite")
def _contains_sqlite(element: Contains, compiler: Compiler, **kw: Any) -> str:
    text, part = (compiler.process(c, **kw) for c in element.clauses)
    return f"(instr({text}, {part}) > 0)"


@compiles(Contains, "postgresql")
def _contains_postgresql(element: Contains, compiler: Compiler, **kw: Any) -> str:
    text, part = (compiler.process(c, **kw) for c in element.clauses)
    return f"(strpos({text}, {part}) > 0)"


class CheckedInteger(FunctionElement[int]):
    """Integer arithmetic that gives NULL outside 64 bits: `operator` is +, - or *."""

    inherit_cache = True
    type = BigInteger()

    def __init__(self, operator: str, left: ColumnElement[int], right: ColumnElement[int]) -> None:
        assert operator in {"+", "-", "*"}
        super().__init__(left, literal_column(operator), right)


@compiles(CheckedInteger, "sqlite")
def _checked_sqlite(element: CheckedInteger, compiler: Compiler, **kw: Any) -> str:
    left, operator, right = (compiler.process(c, **kw) for c in element.clauses)
    # SQLite goes on in doubles where 64 bits end.
    value = f"(({left}) {operator} ({right}))"
    return f"(CASE typeof({value}) WHEN 'integer' THEN {value} END)"


@compiles(CheckedInteger, "postgresql")
def _checked_postgresql(element: CheckedInteger, compiler: Compiler, **kw: Any) -> str:
    left, operator, right = (compiler.process(c, **kw) for c in element.clauses)
    low, high = -(2**63) - 1, 2**63
    value = f"CAST(({left}) AS NUMERIC) {operator} CAST(({right}) AS NUMERIC)"
    # greatest and least skip NULL and would make a number of it: nullif keeps it, since both operands see it.
    bounded = f"nullif(nullif(least(greatest({value}, {low}), {high}), {low}), {high})"
    return f"CAST((CASE WHEN ({left}) IS NOT NULL AND ({right}) IS NOT NULL THEN {bounded} END) AS BIGINT)"


class MixedComparison(FunctionElement[bool]):
    """Compare a double with an integer by their exact numbers; `operator` is =, <>, <, <=, > or >=."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, real: ColumnElement[float], operator: str, whole: ColumnElement[int]) -> None:
        assert operator in {"=", "<>", "<", "<=", ">", ">="}
        super().__init__(real, literal_column(operator), whole)


@compiles(MixedComparison, "sqlite")
def _mixed_sqlite(element: MixedComparison, compiler: Compiler, **kw: Any) -> str:
    real, operator, whole = (compiler.process(c, **kw) for c in element.clauses)
    return f"(({real}) {operator} ({whole}))"  # SQLite compares the two exactly


@compiles(MixedComparison, "postgresql")
def _mixed_postgresql(element: MixedComparison, compiler: Compiler, **kw: Any) -> str:
    real, operator, whole = (compiler.process(c, **kw) for c in element.clauses)
    # PostgreSQL would round the integer to a double. Whole parts are exact below 2**63:
    # f < i where floor(f) < i, f <= i where ceil(f) <= i, f = i where both are i.
    down, up = f"CAST(floor({real}) AS BIGINT)", f"CAST(ceil({real}) AS BIGINT)"
    inside = {
        "=": f"{down} = {whole} AND {up} = {whole}",
        "<>": f"{down} <> {whole} OR {up} <> {whole}",
        "<": f"{down} < {whole}",
        "<=": f"{up} <= {whole}",
        ">": f"{up} > {whole}",
        ">=": f"{down} >= {whole}",
    }[operator]
    below = "true" if operator in {"<", "<=", "<>"} else "false"
    above = "true" if operator in {">", ">=", "<>"} else "false"
    return (
        f"(CASE WHEN ({whole}) IS NULL THEN NULL "
        f"WHEN ({real}) < -9223372036854775808 THEN {below} WHEN ({real}) >= 9223372036854775808 THEN {above} "
        f"WHEN ({real}) IS NOT NULL THEN {inside} END)"
    )


class InJson(FunctionElement[bool]):
    """Whether a value is among those of a JSON array bound as one parameter, however many they are."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, value: ColumnElement[Any], items: str) -> None:
        super().__init__(value, bindparam(None, items, type_=Text(), unique=True))


class IntegerInJson(InJson):
    inherit_cache = True


class TextInJson(InJson):
    inherit_cache = True


@compiles(InJson, "sqlite")
@compiles(IntegerInJson, "sqlite")
@compiles(TextInJson, "sqlite")
def _in_json_sqlite(element: InJson, compiler: Compiler, **kw: Any) -> str:
    value, items = (compiler.process(c, **kw) for c in element.clauses)
    return f"(({value}) IN (SELECT value FROM json_each({items})))"


@compiles(IntegerInJson, "postgresql")
def _integer_in_json_postgresql(element: InJson, compiler: Compiler, **kw: Any) -> str:
    value, items = (compiler.process(c, **kw) for c in element.clauses)
    unrolled = f"jsonb_array_elements_text(CAST({items} AS JSONB)) AS e(item)"
    return f"(({value}) IN (SELECT CAST(e.item AS BIGINT) FROM {unrolled}))"


@compiles(TextInJson, "postgresql")
def _text_in_json_postgresql(element: InJson, compiler: Compiler, **kw: Any) -> str:
    value, items = (compiler.process(c, **kw) for c in element.clauses)
    return f"(({value}) IN (SELECT e.item FROM jsonb_array_elements_text(CAST({items} AS JSONB)) AS e(item)))"


class ByCodePoint(FunctionElement[str]):
    """Text that compares by code points whatever the database's collation is."""

    inherit_cache = True
    type = Text()

    def __init__(self, text: ColumnElement[Any]) -> None:
        super().__init__(text)


@compiles(ByCodePoint, "sqlite")
def _by_code_point_sqlite(element: ByCodePoint, compiler: Compiler, **kw: Any) -> str:
    return f"({compiler.process(*element.clauses, **kw)})"


@compiles(ByCodePoint, "postgresql")
def _by_code_point_postgresql(element: ByCodePoint, compiler: Compiler, **kw: Any) -> str:
    return f'(({compiler.process(*element.clauses, **kw)}) COLLATE "C")'
