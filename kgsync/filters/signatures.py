"""What functions take and give, told without evaluating: the table that clauses are checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kgsync.filters.static import ANYTHING, ELEMENT, INSTANT, NUMBER, TEMPORAL, Kind, Static

Gives = Callable[[Sequence[Static]], Static]


class Signature(NamedTuple):
    """Kinds of the arguments in order; the last `optional` may be missing, the last of `many` repeats."""

    takes: tuple[Kind, ...]
    gives: Gives
    optional: int = 0
    many: bool = False

    def arity(self) -> str:
        """Say how many arguments a call has: `1 argument`, `2 or 3 arguments`."""
        most, least = len(self.takes), len(self.takes) - self.optional
        if self.many:
            return f"at least {most} argument{'s' * (most != 1)}"
        count = str(most) if most == least else f"{least} or {most}"
        return f"{count} argument{'s' * (most != 1)}"

    def fits(self, count: int) -> bool:
        return len(self.takes) - self.optional <= count and (self.many or count <= len(self.takes))


def _always(kinds: Kind, items: Kind = ANYTHING) -> Gives:
    return lambda _: Static(kinds, items)


def _same(arguments: Sequence[Static]) -> Static:
    return Static(arguments[0].kinds, arguments[0].items)


def _numeric(arguments: Sequence[Static]) -> Static:
    return Static(arguments[0].kinds & NUMBER)


def _item(arguments: Sequence[Static]) -> Static:
    return Static(arguments[0].items)


def _all(arguments: Sequence[Static]) -> Static:
    kinds = items = Kind.NULL
    for one in arguments:
        kinds, items = kinds | one.kinds, items | one.items
    return Static(kinds, items)


_STRING, _LIST, _INTEGER, _FLOAT = Kind.STRING, Kind.LIST, Kind.INTEGER, Kind.FLOAT
_TO_STRING = _always(_STRING)
_TO_INTEGER = _always(_INTEGER)
_TO_FLOAT = _always(_FLOAT)
_TO_BOOLEAN = _always(Kind.BOOLEAN)
_TEXTUAL = Kind.BOOLEAN | NUMBER | _STRING | Kind.UUID | TEMPORAL
_INSTANT_FROM = _STRING | Kind.MAP | INSTANT

FUNCTIONS: Mapping[str, Signature] = {
    # elements
    "id": Signature((ELEMENT,), _always(Kind.UUID)),
    "type": Signature((ELEMENT,), _TO_STRING),
    "labels": Signature((ELEMENT,), _always(_LIST, _STRING)),
    "properties": Signature((ELEMENT | Kind.MAP,), _always(Kind.MAP)),
    "keys": Signature((ELEMENT | Kind.MAP,), _always(_LIST, _STRING)),
    "startnode": Signature((Kind.RELATIONSHIP,), lambda _: Static(Kind.ENTITY, element="")),
    "endnode": Signature((Kind.RELATIONSHIP,), lambda _: Static(Kind.ENTITY, element="")),
    "exists": Signature((ANYTHING,), _TO_BOOLEAN),
    "coalesce": Signature((ANYTHING,), _all, many=True),
    # lists
    **dict.fromkeys(("size", "length"), Signature((_LIST | _STRING,), _TO_INTEGER)),
    "head": Signature((_LIST,), _item),
    "last": Signature((_LIST,), _item),
    "tail": Signature((_LIST,), _same),
    "reverse": Signature((_LIST | _STRING,), _same),
    "range": Signature((_INTEGER, _INTEGER, _INTEGER), _always(_LIST, _INTEGER), optional=1),
    # text
    **dict.fromkeys(("tolower", "toupper", "trim", "ltrim", "rtrim"), Signature((_STRING,), _TO_STRING)),
    **dict.fromkeys(("left", "right"), Signature((_STRING, _INTEGER), _TO_STRING)),
    "substring": Signature((_STRING, _INTEGER, _INTEGER), _TO_STRING, optional=1),
    "replace": Signature((_STRING, _STRING, _STRING), _TO_STRING),
    "split": Signature((_STRING, _STRING), _always(_LIST, _STRING)),
    "kgsync.like": Signature((_STRING, _STRING), _TO_BOOLEAN),
    "tostring": Signature((_TEXTUAL,), _TO_STRING),
    # conversions
    "tointeger": Signature((Kind.BOOLEAN | NUMBER | _STRING,), _TO_INTEGER),
    "tofloat": Signature((NUMBER | _STRING,), _TO_FLOAT),
    "toboolean": Signature((Kind.BOOLEAN | _INTEGER | _STRING,), _TO_BOOLEAN),
    # numbers
    "abs": Signature((NUMBER,), _numeric),
    "sign": Signature((NUMBER,), _TO_INTEGER),
    **dict.fromkeys(("ceil", "floor", "round"), Signature((NUMBER,), _TO_FLOAT)),
    **dict.fromkeys(("sqrt", "exp", "log", "log10"), Signature((NUMBER,), _TO_FLOAT)),
    **dict.fromkeys(("sin", "cos", "tan", "cot", "asin", "acos", "atan"), Signature((NUMBER,), _TO_FLOAT)),
    **dict.fromkeys(("degrees", "radians"), Signature((NUMBER,), _TO_FLOAT)),
    "atan2": Signature((NUMBER, NUMBER), _TO_FLOAT),
    **dict.fromkeys(("e", "pi"), Signature((), _TO_FLOAT)),
    # time
    "date": Signature((_INSTANT_FROM,), _always(Kind.DATE)),
    "localtime": Signature((_INSTANT_FROM,), _always(Kind.LOCAL_TIME)),
    "localdatetime": Signature((_INSTANT_FROM,), _always(Kind.LOCAL_DATE_TIME)),
    "datetime": Signature((_INSTANT_FROM,), _always(Kind.DATE_TIME)),
    "duration": Signature((_STRING | Kind.MAP | Kind.DURATION,), _always(Kind.DURATION)),
    **dict.fromkeys(
        ("duration.between", "duration.inmonths", "duration.indays", "duration.inseconds"),
        Signature((INSTANT, INSTANT), _always(Kind.DURATION)),
    ),
    # space
    **dict.fromkeys(
        ("esri.graph.st_equals", "esri.graph.st_intersects", "esri.graph.st_contains"),
        Signature((Kind.GEOMETRY, Kind.GEOMETRY), _TO_BOOLEAN),
    ),
    "esri.graph.st_geodistance": Signature((Kind.GEOMETRY, Kind.GEOMETRY), _TO_FLOAT),
    "esri.graph.st_wkttogeometry": Signature((_STRING,), _always(Kind.GEOMETRY)),
}

AGGREGATES: Mapping[str, Signature] = {
    "count": Signature((ANYTHING,), _TO_INTEGER, optional=1),
    "min": Signature((ANYTHING,), _same),
    "max": Signature((ANYTHING,), _same),
    "sum": Signature((NUMBER | Kind.DURATION,), _same),
    "avg": Signature((NUMBER | Kind.DURATION,), lambda a: Static(a[0].kinds & Kind.DURATION | Kind.FLOAT)),
    "collect": Signature((ANYTHING,), lambda a: Static(Kind.LIST, a[0].kinds)),
}

# Names as they are written in documents, for messages and for text made of trees.
_SPELLED = """
startNode endNode toLower toUpper lTrim rTrim toString toInteger toFloat toBoolean duration.inMonths duration.inDays
duration.inSeconds esri.graph.ST_Equals esri.graph.ST_Intersects esri.graph.ST_Contains esri.graph.ST_GeoDistance
esri.graph.ST_WKTToGeometry
"""
SPELLINGS: Mapping[str, str] = {name.lower(): name for name in _SPELLED.split()}

# Known to openCypher, and refused: their answer would change while no one edits anything.
MOVING = frozenset(("rand", "timestamp"))
CLOCKS = frozenset(("date", "localtime", "localdatetime", "datetime"))
ALL_AGGREGATES = frozenset((*AGGREGATES, "percentilecont", "percentiledisc", "stdev", "stdevp"))

_OF_DAY = "year quarter month week weekYear day dayOfQuarter dayOfWeek dayOfYear ordinalDay weekDay weekday"
_OF_CLOCK = "hour minute second millisecond microsecond nanosecond"
_OF_EPOCH = "epochMillis epochSeconds"
_OF_OFFSET = "offset timezone offsetMinutes offsetSeconds"
_OF_DURATION = (
    "years quarters months quartersOfYear monthsOfYear monthsOfQuarter weeks days daysOfWeek hours minutes seconds "
    "milliseconds microseconds nanoseconds minutesOfHour secondsOfMinute millisecondsOfSecond microsecondsOfSecond "
    "nanosecondsOfSecond"
)
COMPONENTS: Mapping[Kind, frozenset[str]] = {
    Kind.DATE: frozenset(_OF_DAY.split(" ")),
    Kind.LOCAL_TIME: frozenset(_OF_CLOCK.split(" ")),
    Kind.LOCAL_DATE_TIME: frozenset(f"{_OF_DAY} {_OF_CLOCK} {_OF_EPOCH}".split(" ")),
    Kind.DATE_TIME: frozenset(f"{_OF_DAY} {_OF_CLOCK} {_OF_EPOCH} {_OF_OFFSET}".split(" ")),
    Kind.DURATION: frozenset(_OF_DURATION.split(" ")),
}
TEXT_COMPONENTS = frozenset(("offset", "timezone"))
