"""Random definitions and their oracle: clauses evaluated on plain values, options followed in dictionaries."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from esriPBuffer.graph import EsriGraphTypes_pb2 as pb

from kgsync.errors import MalformedInput
from kgsync.filters.check import Filter, check, refuse_faults
from kgsync.filters.evaluate import Element, compiled
from kgsync.model.catalog import Feature
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, default_grid
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, TypeDefinition, Warnings
from kgsync.model.schema import OBJECTID, Category, DataModel, FieldType, NamedType
from kgsync.model.values import DateOnly, DateTime, TimeOnly, TimestampOffset, Value
from kgsync.store.base import Membership
from kgsync.sync.membership import bind
from kgsync.wire.pbf.values import primitive_encoder
from tests.filters import generator
from tests.graphs import CODEC
from tests.laws.history import ENTITIES, LINKS
from tests.laws.life import BASIC, DOCUMENT, HAS_DOCUMENT, PROVENANCE, Life
from tests.laws.reference import Content, plain
from tests.laws.versions import Members, State, Thing

_NUMBERS = {n: k for k, n in enumerate((*ENTITIES, *LINKS, DOCUMENT, HAS_DOCUMENT, PROVENANCE), 1)}
_GRID = default_grid(WGS84)
_FIELDS = {
    int: FieldType.BIG_INTEGER,
    float: FieldType.DOUBLE,
    str: FieldType.STRING,
    UUID: FieldType.GUID,
    DateTime: FieldType.DATE,
    DateOnly: FieldType.DATE_ONLY,
    TimeOnly: FieldType.TIME_ONLY,
    TimestampOffset: FieldType.TIMESTAMP_OFFSET,
    Geometry: FieldType.GEOMETRY,
}
_OWN = re.compile(r"\bn(?:\.|\[')(\w+)")
_OF_ENDS = re.compile(r"(?:start|end)Node\(n\)\.(\w+)", re.IGNORECASE)


def original_of(type_name: str) -> str:
    """Give a type's first name: renames append to it."""
    return type_name.split("_")[0]


def _packed(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Encode parameters as a request carries them."""
    found = []
    for name, value in sorted(parameters.items()):
        message = pb.AnyValue()
        message.primitive_value.MergeFromString(primitive_encoder(_FIELDS[type(value)], _GRID)(value))
        found.append((name, base64.b64encode(message.SerializeToString()).decode()))
    return tuple(found)


class Clauses:
    """Make a random definition for the present data model of a service."""

    def __init__(self, life: Life) -> None:
        self._life, self._random = life, life.random
        self._model = life.graph.model()

    def definition(self) -> Definition:
        dice, life = self._random, self._life
        entities = [o for o in life._alive(ENTITIES) if dice.random() < 0.8] or life._alive(ENTITIES)[:1]
        links = [o for o in life._alive(LINKS) if dice.random() < 0.85]
        tame = dice.random() < 0.2  # by type alone
        made = [self._type(o, 0.0 if tame else 0.55) for o in (*entities, *links)]
        if life.features is not None and dice.random() < 0.3:
            made.append(self._document())
        return bind(Definition(types=tuple(made), input_grid=_GRID), self._model, CODEC, Warnings())

    def _options(self, category: Category) -> dict[str, Any]:
        dice, features = self._random, self._life.features
        found: dict[str, Any] = {}
        if features is not None and category is Category.ENTITY and dice.random() < 0.6:
            found["documents"] = True
        if features is Feature.PROVENANCE:
            found["provenance"] = dice.choice((None, False, True, True))
            if "documents" in found:
                found["documents_provenance"] = dice.choice((None, False, True))
        return found

    def _document(self) -> TypeDefinition:
        where = self._random.choice(("", "n.title = 'a'", "n.title IS NULL OR toUpper(n.name) = 'X'"))
        return TypeDefinition(name=DOCUMENT, category=Category.ENTITY, where=where, **self._options(Category.ENTITY))

    def _type(self, original: str, likely: float) -> TypeDefinition:
        life, dice = self._life, self._random
        named_type = self._model.require(life.names[original])
        plain_one = TypeDefinition(
            name=named_type.name, category=named_type.category, **self._options(named_type.category)
        )
        if dice.random() >= likely:
            return plain_one
        for _ in range(4):  # a clause may speak of what this type has lost
            text, parameters = self._clause(original, named_type)
            try:
                refuse_faults(check(text, self._model, named_type, parameters))
            except MalformedInput:
                continue
            return TypeDefinition(
                name=named_type.name,
                category=named_type.category,
                where=text,
                parameters=_packed(parameters),
                **self._options(named_type.category),
            )
        return plain_one

    def _clause(self, original: str, named_type: NamedType) -> tuple[str, dict[str, Any]]:
        life, dice = self._life, self._random
        columns = life.columns[original]
        shapes = [c for c in columns if c[0] == "g"]
        roll = dice.random()
        if shapes and roll < 0.5:
            x, y, w = dice.randrange(-4, 4) - 0.5, dice.randrange(4) - 0.5, dice.choice((1.0, 2.0, 4.0, 8.0))
            ring = (x, y, x, y + w, x + w, y + w, x + w, y, x, y)
            box = Geometry(GeometryKind.POLYGON, False, False, (ring,))
            near = f"esri.graph.ST_Intersects(n.{shapes[0]}, $box)"
            return dice.choice((near, near, f"{near} OR n.{columns[0]} = 'a'", f"NOT {near}")), {"box": box}
        if named_type.category is Category.RELATIONSHIP and roll < 0.4:
            return dice.choice(_OF_LINKS), {}
        if {c[0] for c in columns} >= set(BASIC) and roll < 0.85:
            usable = tuple(p for p in named_type.properties if not p.system and p.name in columns)
            samples = [life.reference.data(i)["values"] | {"globalid": i} for i in life._all_of(named_type.name)]
            found = generator.clause(dice, _with(named_type, usable), samples or [{"globalid": UUID(int=1)}])
            return found.text, found.parameters
        name = dice.choice(columns)
        return dice.choice((f"n.{name} IS NOT NULL", *_SIMPLE.get(name[0], ()))).replace("$$", name), {}


_SIMPLE = {
    "a": ("n.$$ = 'a'", "n.$$ <> 'a'", "toUpper(n.$$) = 'A'", "n.$$ IN ['a', 'b']", "NOT n.$$ STARTS WITH 'b'"),
    "b": ("n.$$ > 1", "n.$$ <= 1", "n.$$ = 1", "toString(n.$$) = '1'", "NOT n.$$ = 2"),
}
_OF_LINKS = (
    "startNode(n).b > 1",
    "endNode(n).b <= 1",
    "startNode(n).b = endNode(n).b",
    "startNode(n).a = 'a' OR n.b > 1",
    "endNode(n).a IS NULL AND n.a <> 'a'",
)


def _with(named_type: NamedType, properties: tuple[Any, ...]) -> NamedType:
    return NamedType(
        id=named_type.id, name=named_type.name, category=named_type.category, properties=properties, shape=1
    )


class Oracle:
    """What one definition holds at each Moment, and whether its clauses still mean what they meant."""

    def __init__(self, life: Life, definition: Definition) -> None:
        self._life, self.definition = life, definition
        self.wanted = {original_of(t.name): t for t in definition.types}
        self._ids: dict[Moment, set[UUID]] = {}
        self._graph: Any = None
        self.clauses: dict[int, Any] = {}
        self._bound_to = {o: self._identities(o) for o in self.wanted}
        self._compile(life.graph.model())

    @property
    def geometric(self) -> set[str]:
        return {o for o, t in self.wanted.items() if "ST_" in t.where}

    # ---- clauses

    def _reads(self, original: str) -> list[tuple[str, str]]:
        text = self.wanted[original].where
        ends = _OF_ENDS.findall(text)
        own = [(original, name) for name in _OWN.findall(_OF_ENDS.sub("", text)) if name != "globalid"]
        entities = [o for o in self.wanted if o in ENTITIES]
        return own + [(o, name) for o in entities for name in ends]

    def _identities(self, original: str) -> dict[tuple[str, str], int | None]:
        return {key: self._life.identity.get(key) for key in self._reads(original)}

    def broken(self) -> bool:
        """Say whether a clause reads a property that was dropped, renamed or made again."""
        life = self._life
        for original, then in self._bound_to.items():
            known = life.last[original] if original in life.last else life.known()
            for key, identity in then.items():
                now = known.identity.get(key)
                if key[0] not in known.names or key[0] == DOCUMENT or now == identity:
                    continue
                if identity is None and key not in known.left:
                    continue  # an end that never had the property may get it
                return True
        return False

    def _compile(self, model: DataModel) -> None:
        for original, wanted in self.wanted.items():
            named_type = model.find(wanted.category, self._life.names.get(original, original))
            if wanted.where and named_type is not None:
                parameters = CODEC.read_parameters(wanted.parameters, _GRID)
                found: Filter = check(wanted.where, model, named_type, parameters)
                self.clauses[_NUMBERS[original]] = partial(self._true, compiled(found))

    def _true(self, clause: Any, state: State, id: UUID) -> bool:
        return clause(self._element(id)) is True

    def _element(self, id: UUID) -> Element:
        graph = self._graph
        if id in graph:
            data = graph.nodes[id]
            return Element(id, data["type"], {**data["values"], "globalid": id})
        origin, dest, data = self._edges[id]
        ends = (self._element(origin), self._element(dest))
        return Element(id, data["type"], {**data["values"], "globalid": id}, *ends)

    # ---- membership

    def membership(self) -> Membership:
        def numbers(chosen: Any) -> frozenset[int]:
            return frozenset(_NUMBERS[o] for o, t in self.wanted.items() if chosen(t))

        return Membership(
            entities=numbers(lambda t: t.category is Category.ENTITY),
            relationships=numbers(lambda t: t.category is Category.RELATIONSHIP),
            document=frozenset({_NUMBERS[DOCUMENT]}),
            has_document=frozenset({_NUMBERS[HAS_DOCUMENT]}),
            records=frozenset({_NUMBERS[PROVENANCE]}),
            documents=numbers(lambda t: t.documents),
            provenance=numbers(lambda t: t.provenance is not None),
            sources=numbers(lambda t: t.provenance),
            documents_provenance=numbers(lambda t: t.documents and t.documents_provenance is not None),
            documents_sources=numbers(lambda t: t.documents and t.documents_provenance),
        )

    def _state(self, graph: Any) -> State:
        self._graph = graph
        self._edges = {k: (o, d, data) for o, d, k, data in graph.edges(keys=True, data=True)}
        found: State = {i: Thing(_NUMBERS[original_of(d["type"])], 0) for i, d in graph.nodes(data=True)}
        for k, (o, d, data) in self._edges.items():
            found[k] = Thing(_NUMBERS[original_of(data["type"])], 0, o, d)
        for id, record in graph.graph["records"].items():
            found[id] = Thing(_NUMBERS[PROVENANCE], 0, record["owner"], record["cited"])
        return found

    def ids(self, moment: Moment) -> set[UUID]:
        """Give the members at a Moment."""
        if moment not in self._ids:
            state = self._state(self._life.reference.at[moment])
            self._ids[moment] = Members(self.membership(), self.clauses, state).all
        return self._ids[moment]

    def forget_after(self, moment: Moment) -> None:
        self._ids = {m: ids for m, ids in self._ids.items() if m <= moment}

    def true_at(self, moment: Moment, id: UUID) -> bool:
        """Say whether an object's own type and clause let it in at a Moment."""
        state = self._state(self._life.reference.at[moment])
        kind = state[id].type
        return kind not in self.clauses or self.clauses[kind](state, id)

    def content(self, moment: Moment) -> Content:
        graph = self._life.reference.at[moment]
        found: Content = {}
        members = self.ids(moment)
        edges = {k: (o, d, data) for o, d, k, data in graph.edges(keys=True, data=True)}
        for id in members:
            origin, dest, data = edges.get(id, (None, None, None))
            if id in graph:
                data = graph.nodes[id]
            elif data is None:
                data = {"type": PROVENANCE, "values": graph.graph["records"][id]["values"]}
            found[id] = (data["type"], plain(data["values"]), origin, dest)
        return found


def visible(life: Life, type_name: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Give a row's values under the newest data model."""
    columns = life.columns.get(original_of(type_name))
    return dict(values) if columns is None else {k: v for k, v in values.items() if k in columns or k == OBJECTID}
