"""A layer's query as parameters have it, made into a query of one pattern: `MATCH (n:Type) WHERE … RETURN …`.

The condition is read as SQL-92 and written as openCypher; the geometry and ids are parameters. So nothing of a
request is ever part of a statement of the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.filters.check import check
from kgsync.filters.literals import write_name
from kgsync.filters.sql92 import Names, parse_sql92
from kgsync.filters.text import unparse
from kgsync.model.geometry import WGS84
from kgsync.model.layers import Published
from kgsync.model.query import QueryCall
from kgsync.model.schema import GLOBALID, OBJECTID, DataModel, Fields, Property
from kgsync.model.values import ParameterValue
from kgsync.server.http.features.parameters import Asked
from kgsync.wire.esrijson.edits import read_targets
from kgsync.wire.esrijson.fields import attribute_properties, field_name, geometry_property
from kgsync.wire.esrijson.geometry import read_geometry_text, read_reference

MAX_RECORDS = 2_000
_MOST_IDS = 10_000  # of one request
# How an object's geometry and that of a request are asked about each other.
_RELATIONS = {
    "esrispatialrelintersects": "esri.graph.ST_Intersects(n.{shape}, $area)",
    "esrispatialrelenvelopeintersects": "esri.graph.ST_Intersects(n.{shape}, $area)",
    "esrispatialrelcontains": "esri.graph.ST_Contains($area, n.{shape})",
    "esrispatialrelwithin": "esri.graph.ST_Contains(n.{shape}, $area)",
}
_STATISTICS = {"count": "count", "sum": "sum", "min": "min", "max": "max", "avg": "avg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a layer: `columns` name what comes out, `kind` what is made of it.

    `shape` is whether geometry comes last, `most` how many rows are given at most; one more may be found.
    """

    call: QueryCall
    kind: str
    columns: tuple[str, ...] = ()
    fields: tuple[Property, ...] = ()
    shape: bool = False
    most: int = MAX_RECORDS


@dataclass(slots=True)
class _Conditions:
    texts: list[str] = field(default_factory=list)
    parameters: dict[str, ParameterValue] = field(default_factory=dict)
    in_sr: Any = None


def question(asked: Asked, layer: Published, model: DataModel, now: int) -> Question:
    """Make the query a request asks. Raises MalformedInput naming the parameter, NotSupported."""
    conditions = _conditions(asked, layer, model, now)
    matched = _matched(layer, conditions)
    out_sr = read_reference(number_or_text(asked.text("outSR")), "outSR")
    if out_sr is None and (asked.text("f") or "").lower() == "geojson":
        out_sr = WGS84  # RFC 7946 knows no other

    def call(rest: str) -> QueryCall:
        text = f"{matched} RETURN {rest}"
        return QueryCall(text=text, parameters=conditions.parameters, in_sr=conditions.in_sr, out_sr=out_sr)

    if asked.truth("returnCountOnly", False):
        if asked.truth("returnDistinctValues", False):
            raise NotSupported("returnCountOnly of distinct values is not supported; ask for the values")
        return Question(call=call("count(n)"), kind="count", columns=("count",))
    if asked.truth("returnIdsOnly", False):
        object_id = _field("n", OBJECTID)
        return Question(call=call(f"{object_id} ORDER BY {object_id}"), kind="ids", columns=(OBJECTID,), most=2**31)
    if asked.truth("returnExtentOnly", False):
        raise NotSupported("returnExtentOnly is not supported; ask for the features, or for their count")
    if asked.text("outStatistics") is not None:
        return _statistics(asked, layer, call)
    return _features(asked, layer, call)


def finding(asked: Asked, layer: Published, model: DataModel, now: int, most: int) -> QueryCall:
    """Make the query for object ids and global ids of what conditions find, at most so many. Raises as `question`."""
    conditions = _conditions(asked, layer, model, now)
    text = f"{_matched(layer, conditions)} RETURN {_field('n', OBJECTID)}, {_field('n', GLOBALID)} LIMIT {most}"
    return QueryCall(text=text, parameters=conditions.parameters, in_sr=conditions.in_sr)


def _matched(layer: Published, conditions: _Conditions) -> str:
    matched = f"MATCH (n:{write_name(layer.type.name)})"
    return f"{matched} WHERE {' AND '.join(f'({text})' for text in conditions.texts)}" if conditions.texts else matched


def number_or_text(text: str | None) -> Any:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 12 else text


def _field(of: str, name: str) -> str:
    return f"{of}.{write_name(name)}"


# ---- conditions


def _conditions(asked: Asked, layer: Published, model: DataModel, now: int) -> _Conditions:
    found = _Conditions()
    where = asked.text("where")
    if where is not None:
        try:
            found.texts.append(unparse(parse_sql92(where, Names.of(layer.type, now))))
            check(found.texts[0], model, layer.type, {})
        except MalformedInput as error:
            raise MalformedInput(error.message, place="where") from None
    for name in ("objectIds", "globalIds"):
        listed = asked.listed(name)
        if listed is not None:
            ids = read_targets(listed, name, by_global=name == "globalIds")
            if len(ids) > _MOST_IDS:
                raise MalformedInput(f"at most {_MOST_IDS:,} ids are taken in one request", place=name)
            found.texts.append(f"{_field('n', OBJECTID if name == 'objectIds' else GLOBALID)} IN ${name}")
            found.parameters[name] = tuple(ids)
    _area(asked, layer, found)
    for name in ("time", "distance", "having", "fullText", "gdbVersion", "historicMoment"):
        if asked.text(name) is not None:
            raise NotSupported(f"{name} is not supported")
    return found


def _area(asked: Asked, layer: Published, found: _Conditions) -> None:
    text = asked.text("geometry")
    if text is None:
        return
    shape = geometry_property(layer.type)
    if shape is None:
        raise MalformedInput(f"{layer.type.name} is a table: its rows have no geometry", place="geometry")
    area, own = read_geometry_text(text, "geometry")
    if area is None:
        raise MalformedInput("the geometry is empty", place="geometry")
    relation = asked.text("spatialRel") or "esriSpatialRelIntersects"
    template = _RELATIONS.get(relation.lower())
    if template is None:
        known = "esriSpatialRelIntersects, -EnvelopeIntersects, -Contains and -Within"
        raise MalformedInput(f"{relation[:40]!r} is not supported; {known} are", place="spatialRel")
    found.texts.append(template.format(shape=write_name(shape.name)))
    found.parameters["area"] = area
    found.in_sr = own or read_reference(number_or_text(asked.text("inSR")), "inSR")


# ---- what comes out


def _features(asked: Asked, layer: Published, call: Any) -> Question:
    fields = _out_fields(asked, layer)
    distinct = asked.truth("returnDistinctValues", False)
    shape = geometry_property(layer.type)
    with_shape = shape is not None and asked.truth("returnGeometry", True) and not distinct
    columns = [_field("n", each.name) for each in fields]
    if with_shape and shape is not None:
        columns.append(_field("n", shape.name))
    most = min(asked.number("resultRecordCount") or MAX_RECORDS, MAX_RECORDS)
    order = _order(asked, layer) or ([] if distinct else [_field("n", OBJECTID)])
    rest = f"{'DISTINCT ' if distinct else ''}{', '.join(columns)}"
    rest += f" ORDER BY {', '.join(order)}" if order else ""
    offset = asked.number("resultOffset")
    rest += f" SKIP {offset}" if offset else ""
    return Question(
        call=call(f"{rest} LIMIT {most + 1}"),
        kind="features",
        columns=tuple(field_name(each) for each in fields),
        fields=tuple(fields),
        shape=with_shape,
        most=most,
    )


def _out_fields(asked: Asked, layer: Published) -> list[Property]:
    every = attribute_properties(layer.type)
    names = asked.names("outFields")
    if names is None:
        return [each for each in every if each.name == OBJECTID]
    if "*" in names:
        return every
    known, chosen = Fields(every), dict[str, Property]()
    for name in names:
        found = known.get(name)
        if found is None:
            raise MalformedInput(f"there is no field {name[:64]!r}", place="outFields")
        chosen[found.name] = found
    return list(chosen.values())


def _order(asked: Asked, layer: Published) -> list[str]:
    known = Fields(attribute_properties(layer.type))
    order = []
    for text in asked.names("orderByFields") or ():
        name, _, way = text.partition(" ")
        found = known.get(name)
        if found is None or way.strip().upper() not in ("", "ASC", "DESC"):
            raise MalformedInput(f"{text[:64]!r} is no field with ASC or DESC", place="orderByFields")
        order.append(f"{_field('n', found.name)} {way.strip().upper()}".strip())
    return order


def _statistics(asked: Asked, layer: Published, call: Any) -> Question:
    known, columns = Fields(attribute_properties(layer.type)), dict[str, str]()
    fields: dict[str, Property] = {}
    for name in asked.names("groupByFieldsForStatistics") or ():
        found = known.get(name)
        if found is None:
            raise MalformedInput(f"there is no field {name[:64]!r}", place="groupByFieldsForStatistics")
        columns[field_name(found)], fields[field_name(found)] = _field("n", found.name), found
    for wanted in asked.json("outStatistics", list):
        kind = str(wanted.get("statisticType", "")).lower() if isinstance(wanted, dict) else ""
        found = known.get(str(wanted.get("onStatisticField", ""))) if isinstance(wanted, dict) else None
        if kind not in _STATISTICS or found is None:
            told = f"a statistic is a statisticType of {', '.join(_STATISTICS)} and an onStatisticField of the layer"
            raise MalformedInput(told, place="outStatistics")
        name = str(wanted.get("outStatisticFieldName") or f"{kind.upper()}_{field_name(found)}")
        if not name.isprintable() or len(name) > 128 or name in columns:
            raise MalformedInput("an outStatisticFieldName is a short text, each another", place="outStatistics")
        columns[name] = f"{_STATISTICS[kind]}({_field('n', found.name)})"
    if not columns:
        raise MalformedInput("no statistic is asked for", place="outStatistics")
    aliases = {name: f"c{k}" for k, name in enumerate(columns)}
    order = _statistics_order(asked, aliases) or [aliases[name] for name in fields]
    most = min(asked.number("resultRecordCount") or MAX_RECORDS, MAX_RECORDS)
    rest = ", ".join(f"{text} AS {aliases[name]}" for name, text in columns.items())
    rest += f" ORDER BY {', '.join(order)}" if order else ""
    offset = asked.number("resultOffset")
    rest += f" SKIP {offset}" if offset else ""
    names, grouped = tuple(columns), tuple(fields.values())
    return Question(call=call(f"{rest} LIMIT {most + 1}"), kind="statistics", columns=names, fields=grouped, most=most)


def _statistics_order(asked: Asked, aliases: dict[str, str]) -> list[str]:
    folded = {name.lower(): alias for name, alias in aliases.items()}
    found = []
    for text in asked.names("orderByFields") or ():
        name, _, way = text.partition(" ")
        if name.lower() not in folded or way.strip().upper() not in ("", "ASC", "DESC"):
            raise MalformedInput(f"{text[:64]!r} is no field of the answer with ASC or DESC", place="orderByFields")
        found.append(f"{folded[name.lower()]} {way.strip().upper()}".strip())
    return found
