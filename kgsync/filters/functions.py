"""The functions of where-clauses: name, how many arguments, what kind comes out, and what it means.

A function is total: wrong kinds, values outside its domain and results past a limit are null. Null in
means null out unless `nulls` is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kgsync.filters import durations, lists, numbers, spatial, temporal, texts
from kgsync.filters.kinds import Meaning, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`least` to `most` arguments (None: any number); `result` is a kind of kinds.py, "number" or "any".

    A result may always be null as well.
    """

    name: str
    least: int
    most: int | None
    result: str
    meaning: Meaning
    nulls: bool = False

    def takes(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)

    def apply(self, work: Work, arguments: tuple[object, ...]) -> object:
        if not self.nulls and None in arguments:
            return None
        return self.meaning(work, *arguments)


def _function(
    name: str, result: str, meaning: Meaning, least: int = 1, most: int | None = 1, nulls: bool = False
) -> Function:
    return Function(name=name, least=least, most=most, result=result, meaning=meaning, nulls=nulls)


_TABLE = (
    _function("id", "uuid", lists.identity),
    _function("type", "string", lists.type_name),
    _function("labels", "list", lists.labels),
    _function("properties", "map", lists.properties),
    _function("keys", "list", lists.keys),
    _function("startNode", "element", lists.start_node),
    _function("endNode", "element", lists.end_node),
    _function("exists", "boolean", lists.exists, nulls=True),
    _function("coalesce", "any", lists.coalesce, most=None, nulls=True),
    _function("size", "integer", lists.size),
    _function("length", "integer", lists.size),
    _function("head", "any", lists.head),
    _function("last", "any", lists.last),
    _function("tail", "list", lists.tail),
    _function("range", "list", lists.between, 2, 3),
    _function("reverse", "any", lists.reverse),
    _function("toLower", "string", texts.to_lower),
    _function("toUpper", "string", texts.to_upper),
    _function("trim", "string", texts.trim),
    _function("lTrim", "string", texts.trim_left),
    _function("rTrim", "string", texts.trim_right),
    _function("left", "string", texts.left, 2, 2),
    _function("right", "string", texts.right, 2, 2),
    _function("substring", "string", texts.substring, 2, 3),
    _function("replace", "string", texts.replace, 3, 3),
    _function("split", "list", texts.split, 2, 2),
    _function("kgsync.like", "boolean", texts.like, 2, 2),
    _function("toString", "string", texts.to_string),
    _function("toInteger", "integer", texts.to_integer),
    _function("toFloat", "float", texts.to_float),
    _function("toBoolean", "boolean", texts.to_boolean),
    _function("abs", "number", numbers.absolute),
    _function("sign", "integer", numbers.sign),
    _function("ceil", "float", numbers.ceil),
    _function("floor", "float", numbers.floor),
    _function("round", "float", numbers.round_half_up),
    _function("sqrt", "float", numbers.sqrt),
    _function("exp", "float", numbers.exp),
    _function("log", "float", numbers.log),
    _function("log10", "float", numbers.log10),
    _function("e", "float", numbers.euler, 0, 0),
    _function("pi", "float", numbers.pi, 0, 0),
    _function("sin", "float", numbers.sin),
    _function("cos", "float", numbers.cos),
    _function("tan", "float", numbers.tan),
    _function("cot", "float", numbers.cot),
    _function("asin", "float", numbers.asin),
    _function("acos", "float", numbers.acos),
    _function("atan", "float", numbers.atan),
    _function("atan2", "float", numbers.atan2, 2, 2),
    _function("degrees", "float", numbers.degrees),
    _function("radians", "float", numbers.radians),
    _function("date", "date", temporal.date),
    _function("localtime", "localtime", temporal.localtime),
    _function("localdatetime", "localdatetime", temporal.localdatetime),
    _function("datetime", "datetime", temporal.datetime),
    _function("duration", "duration", durations.construct),
    _function("duration.between", "duration", durations.between, 2, 2),
    _function("duration.inMonths", "duration", durations.in_months, 2, 2),
    _function("duration.inDays", "duration", durations.in_days, 2, 2),
    _function("duration.inSeconds", "duration", durations.in_seconds, 2, 2),
    _function("esri.graph.ST_Equals", "boolean", spatial.st_equals, 2, 2),
    _function("esri.graph.ST_Intersects", "boolean", spatial.st_intersects, 2, 2),
    _function("esri.graph.ST_Contains", "boolean", spatial.st_contains, 2, 2),
    _function("esri.graph.ST_GeoDistance", "float", spatial.st_geodistance, 2, 2),
    _function("esri.graph.ST_WKTToGeometry", "geometry", spatial.st_wkttogeometry),
)

# By lower-case name, as trees spell them.
FUNCTIONS: Final[Mapping[str, Function]] = {function.name.lower(): function for function in _TABLE}
