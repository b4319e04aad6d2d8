"""Random where-clauses for a named type, as text, and random values for its properties.

Clauses are well-typed for most operands and draw their constants from the values at hand, so that
they select some objects and not others. Texts are read by the real parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple
from uuid import UUID

from kgsync.filters.check import ParameterValue
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import GLOBALID, OBJECTID, Category, FieldType, NamedType, Property
from kgsync.model.values import (
    DAY_MS,
    DateOnly,
    DateTime,
    Scalar,
    TimeOnly,
    TimestampOffset,
    Value,
    format_date_only,
    format_time_only,
    format_timestamp_offset,
)


class Clause(NamedTuple):
    text: str
    parameters: dict[str, ParameterValue]


Values = Mapping[str, Value]

_INTEGERS = (
    *(0, 1, 2, 3, 4, 5, 7, 10, -1, -3, 100, 2**31 - 1, -(2**31)),
    *(2**53, 2**53 + 1, -(2**53) - 1, 2**62 + 1, 2**63 - 1, -(2**63)),
)
_FLOATS = (
    *(0.0, -0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, -1.0, -2.5, 10.0, 0.1, 0.30000000000000004, 1e16, 1e23),
    *(9007199254740992.0, 9007199254740994.0, 9.223372036854775e18, 9.223372036854776e18, -9.223372036854776e18),
    *(1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 1e-300, 1e300),
)
# The order of code points differs from that of UTF-16, of any locale, and of composed characters.
_TEXTS = (
    *("", " ", "a", "A", "ab", "abc", "b", "B", "ba", "z", "Z", "é", "e\u0301", "É", "ß", "SS", "İ", "i", "ı"),
    *("\uffff", "\U00010000", "\U0001f600", "\U0010ffff", "ｚ", "\ue000", "\ud7ff", "it's", 'say "x"', "a\\b", "100%"),
    *("a_b", "line\nbreak", "x" * 127, "x" * 128, "x" * 129, "x" * 128 + "y", "x" * 300, "0", "10", "9"),
    "{00000000-0000-0000-0000-000000000003}",
)
_OFFSETS = (None, 0, 3600, -3600, 19800, -34200, 64800)
_BASE_DAY = 19_000


def scalar(random: Random, wanted: Property) -> Scalar:
    """Make a value a property of this field type can store."""
    if wanted.field_type is FieldType.SINGLE:
        return random.choice((0.0, 0.5, 1.5, -2.25, 3.0, 16777216.0, 3.4028234663852886e38, 1.401298464324817e-45))
    if wanted.field_type is FieldType.SMALL_INTEGER:
        return random.choice((-(2**15), -2, 0, 1, 2, 3, 5, 2**15 - 1))
    if wanted.field_type is FieldType.INTEGER:
        return random.choice([i for i in _INTEGERS if abs(i) <= 2**31 - 1])
    if wanted.field_type is FieldType.GEOMETRY:
        return _geometry(random, wanted)
    match wanted.field_type:
        case FieldType.BIG_INTEGER | FieldType.OID:
            return random.choice(_INTEGERS)
        case FieldType.DOUBLE:
            return random.choice(_FLOATS)
        case FieldType.STRING | FieldType.XML:
            return random.choice(_TEXTS)
        case FieldType.GUID | FieldType.GLOBAL_ID:
            return UUID(int=random.choice((0, 3, 3, 0xABCDEF << 96, 2**128 - 1)))
        case FieldType.DATE:
            return DateTime((_BASE_DAY + random.randrange(-3, 4)) * DAY_MS + random.choice((0, 1, 999, 3_600_000)))
        case FieldType.DATE_ONLY:
            return DateOnly(random.choice((-719_528, 0, -1, *range(_BASE_DAY, _BASE_DAY + 5))))
        case FieldType.TIME_ONLY:
            return TimeOnly(random.choice((0, 1, 59_999, 3_600_000, 43_200_000, DAY_MS - 1)))
        case FieldType.TIMESTAMP_OFFSET:
            # One instant in several zones.
            offset = random.choice(_OFFSETS)
            instant = _BASE_DAY * DAY_MS + random.choice((0, 0, 1, 1000, 3_600_000, -DAY_MS))
            return TimestampOffset(instant + 1000 * (offset or 0), offset)
        case _:
            return random.randbytes(random.randrange(4))


def _geometry(random: Random, wanted: Property) -> Geometry:
    x, y = random.choice((-170.0, 0.0, 1.0, 10.0, 179.0)), random.choice((-80.0, 0.0, 1.0, 5.0, 89.0))
    if wanted.geometry_kind is GeometryKind.POINT:
        return Geometry(GeometryKind.POINT, False, False, ((x, y),))
    w = random.choice((0.5, 1.0, 10.0))
    ring = (x, y, x, y + w, x + w, y + w, x + w, y, x, y)
    if wanted.geometry_kind is GeometryKind.POLYGON:
        return Geometry(GeometryKind.POLYGON, False, False, (ring,))
    return Geometry(wanted.geometry_kind, False, False, (ring[:4],))


def values(random: Random, named_type: NamedType, id: UUID, number: int) -> dict[str, Value]:
    """Make an object's values: nulls, and now and then an array in any property; system properties set."""
    made: dict[str, Value] = {}
    for p in named_type.properties:
        roll = random.random()
        if p.system or roll >= 0.25:
            made[p.name] = scalar(random, p)
        elif roll >= 0.1:
            made[p.name] = None
        else:
            made[p.name] = tuple(
                None if random.random() < 0.15 else scalar(random, p) for _ in range(random.choice((0, 1, 1, 2, 3)))
            )
    return made | {OBJECTID: number, GLOBALID: id}


def clause(random: Random, named_type: NamedType, samples: Sequence[Values], ends: Sequence[NamedType] = ()) -> Clause:
    """Make a clause about `n` of a type, with constants drawn from `samples`.

    A relationship's clause may also ask for what all of `ends` have, the types its ends can be of.
    """
    return _Generator(random, named_type, samples, ends).clause()


_KIND_OF = {
    FieldType.SMALL_INTEGER: "integer",
    FieldType.INTEGER: "integer",
    FieldType.BIG_INTEGER: "integer",
    FieldType.OID: "integer",
    FieldType.SINGLE: "float",
    FieldType.DOUBLE: "float",
    FieldType.STRING: "text",
    FieldType.XML: "text",
    FieldType.GUID: "uuid",
    FieldType.GLOBAL_ID: "uuid",
    FieldType.DATE: "datetime",
    FieldType.DATE_ONLY: "date",
    FieldType.TIME_ONLY: "time",
    FieldType.TIMESTAMP_OFFSET: "timestamp",
    FieldType.GEOMETRY: "geometry",
    FieldType.BLOB: "blob",
    FieldType.RASTER: "blob",
}
_ORDERED = ("integer", "float", "text", "uuid", "datetime", "date", "time", "timestamp")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n"}


def quoted(text: str) -> str:
    return "'" + "".join(_ESCAPES.get(c, c) for c in text) + "'"


def _shared(types: Sequence[NamedType]) -> list[Property]:
    """List the properties with ordered values that all types have under one name and field type."""
    if not types:
        return []
    named = [{(p.name, p.field_type) for p in t.properties} for t in types]
    common = set.intersection(*named)
    return [p for p in types[0].properties if (p.name, p.field_type) in common and _KIND_OF[p.field_type] in _ORDERED]


class _Generator:
    def __init__(
        self, random: Random, named_type: NamedType, samples: Sequence[Values], ends: Sequence[NamedType]
    ) -> None:
        self._ends = _shared(ends) if named_type.category is Category.RELATIONSHIP else []
        self._random, self._type, self._samples = random, named_type, samples
        self._parameters: dict[str, ParameterValue] = {}
        self._by_kind: dict[str, list[Property]] = {}
        for p in named_type.properties:
            self._by_kind.setdefault(_KIND_OF[p.field_type], []).append(p)

    def clause(self) -> Clause:
        text = self._condition(self._random.choice((0, 0, 1, 1, 2, 3)))
        used = set(re.findall(r"\$(p\d+)", text))  # forms that were not chosen drew parameters too
        return Clause(text, {name: self._parameters[name] for name in sorted(used)})

    # ---- conditions

    def _condition(self, depth: int) -> str:
        random = self._random
        if depth > 0:
            roll = random.random()
            one = self._condition(depth - 1)
            if roll < 0.2:
                return f"NOT ({one})"
            if roll < 0.27:
                return f"({one}) IS {random.choice(('', 'NOT '))}NULL"
            if roll < 0.34:
                otherwise = random.choice(("TRUE", "FALSE", "NULL", f"({self._condition(0)})"))
                return f"CASE WHEN {one} THEN ({self._condition(0)}) ELSE {otherwise} END"
            if roll < 0.38:
                return f"coalesce({one}, {self._condition(0)})"
            word = random.choice(("AND", "AND", "OR", "OR", "XOR"))
            return f"({one}) {word} ({self._condition(depth - 1)})"
        forms: tuple[Callable[[], str], ...] = (
            *(self._comparison,) * 8,
            *(self._null_test, self._among, self._among, self._text_test, self._text_test),
            *(self._two_properties, self._mixed, self._arithmetic, self._arithmetic, self._function),
            *((self._spatial,) if "geometry" in self._by_kind else ()),
            *((self._end,) * 3 if self._ends else ()),
            *(self._chosen, self._label, self._identity, self._quantified, self._list_test),
        )
        return random.choice(forms)()

    def _kind(self) -> str:
        return self._random.choice([k for k in _ORDERED if k in self._by_kind])

    def _property(self, kind: str) -> str:
        name = self._random.choice(self._by_kind[kind]).name
        return f"n['{name}']" if self._random.random() < 0.05 else f"n.{name}"

    def _comparator(self) -> str:
        return self._random.choice(("=", "<>", "<", "<=", ">", ">="))

    def _comparison(self) -> str:
        kind = self._kind()
        left, right = self._property(kind), self._constant(kind)
        if self._random.random() < 0.15:
            left, right = right, left
        if self._random.random() < 0.1:
            return f"{self._constant(kind)} <= {left} < {right}"
        return f"{left} {self._comparator()} {right}"

    def _two_properties(self) -> str:
        kind = self._kind()
        other = self._random.choice((kind, kind, "integer" if kind == "float" else kind))
        return f"{self._property(kind)} {self._comparator()} {self._property(other)}"

    def _mixed(self) -> str:
        """Compare across kinds: numbers with numbers, anything with anything."""
        left, right = self._random.choice((("integer", "float"), ("float", "integer"), (self._kind(), self._kind())))
        return f"{self._property(left)} {self._comparator()} {self._constant(right)}"

    def _null_test(self) -> str:
        kind = self._random.choice(list(self._by_kind))
        if self._random.random() < 0.2:
            return f"exists({self._property(kind)})"
        return f"{self._property(kind)} IS {self._random.choice(('', 'NOT '))}NULL"

    def _among(self) -> str:
        kind = self._kind()
        items = [self._constant(kind) for _ in range(self._random.choice((0, 1, 2, 4, 6)))]
        items += ["NULL"] * (self._random.random() < 0.15) + [self._constant(self._kind())] * (
            self._random.random() < 0.15
        )
        return f"{self._property(kind)} IN [{', '.join(items)}]"

    def _text_test(self) -> str:
        word = self._random.choice(("STARTS WITH", "ENDS WITH", "CONTAINS"))
        part = self._random.choice(
            (quoted(self._random.choice(("", "a", "b", "x" * 128, "é", "x"))), self._property("text"))
        )
        return f"{self._property('text')} {word} {part}"

    def _arithmetic(self) -> str:
        kind = self._random.choice(("integer", "integer", "float", "mixed"))
        left = self._property("integer" if kind == "mixed" else kind)
        right = self._random.choice((self._number(kind), self._property("float" if kind == "mixed" else kind)))
        formula = f"{left} {self._random.choice('+-*/%^')} {right}"
        if self._random.random() < 0.3:
            formula = f"-({formula}) {self._random.choice('+-*')} {self._number(kind)}"
        return f"{formula} {self._comparator()} {self._number(kind)}"

    def _function(self) -> str:
        random, text = self._random, self._property("text")
        number = self._property(random.choice(("integer", "float")))
        forms = (
            f"toUpper({text}) = {quoted(random.choice(_TEXTS).upper())}",
            f"toLower({text}) STARTS WITH {quoted('a')}",
            f"size({text}) {self._comparator()} {random.randrange(5)}",
            f"substring({text}, 1, 2) = 'b'",
            f"abs({number}) {self._comparator()} {random.randrange(5)}",
            f"toInteger({text}) > 5",
            f"{self._property('date')}.day {self._comparator()} {random.randrange(1, 28)}",
            f"toString({number}) CONTAINS '1'",
            f"{self._property('datetime')} + duration('P1D') > {self._constant('datetime')}",
        )
        return random.choice(forms)

    def _chosen(self) -> str:
        kind = self._kind()
        one, other, constant = self._property(kind), self._property(kind), self._constant(kind)
        value = self._random.choice(
            (
                f"coalesce({one}, {constant})",
                f"coalesce({one}, {other}, {constant})",
                f"CASE WHEN {self._comparison()} THEN {one} ELSE {constant} END",
                f"CASE {one} WHEN {constant} THEN {other} WHEN {other} THEN {constant} END",
            )
        )
        return f"{value} {self._comparator()} {self._constant(kind)}"

    def _label(self) -> str:
        label = self._random.choice((self._type.name, self._type.name, "Document"))
        relation = self._type.category is Category.RELATIONSHIP
        return f"type(n) = '{label}'" if relation else f"'{label}' IN labels(n)"

    def _identity(self) -> str:
        ids = [row[GLOBALID] for row in self._random.sample(list(self._samples), min(5, len(self._samples)))]
        shown = [self._id_text(i) for i in ids if isinstance(i, UUID)]
        subject = self._random.choice(("id(n)", f"n.{GLOBALID}"))
        return self._random.choice(
            (f"{subject} IN [{', '.join(shown)}]", f"{subject} = {shown[0]}", f"{subject} <> {shown[0]}")
        )

    def _quantified(self) -> str:
        kind = self._kind()
        word = self._random.choice(("any", "all", "none", "single"))
        source = f"[{self._property(kind)}, {self._constant(kind)}]"
        return f"{word}(x IN {source} WHERE x {self._comparator()} {self._constant(kind)})"

    def _list_test(self) -> str:
        kind = self._kind()
        name = f"n.{self._random.choice([p.name for p in self._by_kind[kind] if not p.system])}"
        return self._random.choice(
            (
                f"{self._constant(kind)} IN {name}",
                f"size({name}) > 1",
                f"head({name}) = {self._constant(kind)}",
                f"{name} {self._random.choice(('=', '<>', '<'))} [{self._constant(kind)}]",
            )
        )

    def _spatial(self) -> str:
        random = self._random
        if random.random() < 0.5:
            x, y = random.choice((-170, 0, 1, 10, 179)), random.choice((-80, 0, 1, 5))
            w, h = random.choice((0, 1, 30, 170)), random.choice((1, 5, 60))
            wkt = f"POLYGON (({x} {y}, {x + w + 1} {y}, {x + w + 1} {y + h}, {x} {y + h}, {x} {y}))"
            shape = f"esri.graph.ST_WKTToGeometry('{random.choice((wkt, wkt, wkt, f'POINT ({x} {y})', 'nowhere'))}')"
        else:
            shape = self._parameter(_geometry(random, random.choice(self._by_kind["geometry"])))
        operands = [self._property("geometry"), shape]
        random.shuffle(operands)
        if random.random() < 0.3:
            metres = random.choice((0, 1000, 150_000, 1_200_000.5, 9e6, 3e7, -1))
            return f"esri.graph.ST_GeoDistance({', '.join(operands)}) {self._comparator()} {metres}"
        word = random.choice(("Intersects", "Intersects", "Contains", "Equals"))
        return f"esri.graph.ST_{word}({', '.join(operands)})"

    def _end(self) -> str:
        wanted = self._random.choice(self._ends)
        constant = self._written(scalar(self._random, wanted))
        return f"{self._random.choice(('startNode', 'endNode'))}(n).{wanted.name} {self._comparator()} {constant}"

    # ---- constants

    def _parameter(self, value: ParameterValue) -> str:
        name = f"p{len(self._parameters)}"
        self._parameters[name] = value
        return f"${name}"

    def _number(self, kind: str) -> str:
        if kind == "mixed":
            kind = self._random.choice(("integer", "float"))
        return str(self._random.choice((1, 2, 3, -1))) if self._random.random() < 0.6 else self._constant(kind)

    def _constant(self, kind: str) -> str:
        """Write a constant, most often a value some object has; now and then as a parameter."""
        wanted = self._random.choice(self._by_kind[kind])
        held = self._random.choice(self._samples).get(wanted.name) if self._random.random() < 0.7 else None
        value = held if held is not None and not isinstance(held, tuple) else scalar(self._random, wanted)
        if self._random.random() < 0.12:
            return self._parameter(value)
        return self._written(value)

    def _written(self, value: Value) -> str:
        match value:
            case str():
                return quoted(value)
            case UUID():
                return self._id_text(value)
            case DateTime(ms=ms):
                return f"localdatetime('{format_timestamp_offset(TimestampOffset(ms)).rstrip('Z')}')"
            case DateOnly():
                return f"date('{format_date_only(value)}')"
            case TimeOnly():
                return f"localtime('{format_time_only(value)}')"
            case TimestampOffset():
                return f"datetime('{format_timestamp_offset(value)}')"
            case _:
                return repr(value)

    def _id_text(self, id: UUID) -> str:
        return quoted(
            self._random.choice((str(id), str(id).upper(), "{" + str(id).upper() + "}", id.hex, "{" + str(id) + "}"))
        )
