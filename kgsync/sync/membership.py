"""What belongs to a replica: binding a definition to a data model, at creation and at every call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import thread_time

from kgsync.errors import Conflict, MalformedInput, TooLarge, UnknownType
from kgsync.filters.check import Filter, check, refuse_faults
from kgsync.filters.evaluate import Element, compiled
from kgsync.filters.projection import project
from kgsync.model.geometry import IDENTITY, Geometry
from kgsync.model.replica import BoundProperty, Definition, NamedLabel, TypeDefinition, Warnings
from kgsync.model.schema import Category, DataModel, NamedType, TypeRole
from kgsync.model.values import ParameterValue
from kgsync.store.base import BoundFilter, Membership, Reading, Subject
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.visibility import narrowed, seen_by

_SHOWN = 200  # characters of a condition in a warning
_WORDS = {Category.ENTITY: "entity", Category.RELATIONSHIP: "relationship"}


def place_of(wanted: TypeDefinition) -> str:
    return f"{_WORDS[wanted.category]}_types[{wanted.name}]"


def clause_of(wanted: TypeDefinition) -> str:
    return f"{place_of(wanted)}.open_cypher_where_clause"


# ---- binding, at creation


def bind(definition: Definition, model: DataModel, codec: Codec, warnings: Warnings) -> Definition:
    """Check a definition against the data model and note each type's id and what its clause reads.

    Raises UnknownType, MalformedInput (empty, repeated, wrong kind, a clause or parameter that cannot be).
    """
    if not definition.types:
        raise MalformedInput("a definition needs at least one type", place="static_definition")
    bound: list[TypeDefinition] = []
    for wanted in definition.types:
        named_type = _listed(wanted, model)
        if any(b.type_id == named_type.id for b in bound):
            raise MalformedInput("the type is listed twice", place=place_of(wanted))
        bound.append(replace(_optional(wanted, model, warnings), type_id=named_type.id))
    whole = replace(definition, types=tuple(bound))
    types = {t.type_id: _of(model, t.type_id) for t in bound}
    return replace(whole, types=tuple(_noted(t, whole, types, model, codec) for t in bound))


def _listed(wanted: TypeDefinition, model: DataModel) -> NamedType:
    place = place_of(wanted)
    named_type = model.find(wanted.category, wanted.name)
    if named_type is None:
        other = model.named(wanted.name)
        if other is None:
            raise UnknownType(f"{place}: the type definition {wanted.name!r} was not found in the data model")
        if other.role is TypeRole.PROVENANCE:
            raise MalformedInput("a provenance type cannot be listed; ask for provenance instead", place=place)
        raise MalformedInput(f"{wanted.name!r} is no {_WORDS[wanted.category]} type", place=place)
    if named_type.role is TypeRole.DOCUMENT and wanted.category is Category.RELATIONSHIP:
        told = f"{wanted.name!r} follows the document_options of entity types; it cannot be listed"
        raise MalformedInput(told, place=place)
    return named_type


def _optional(wanted: TypeDefinition, model: DataModel, warnings: Warnings) -> TypeDefinition:
    """Leave out options the service has no feature for, with a warning."""
    place = place_of(wanted)
    asks_provenance = wanted.provenance is not None or wanted.documents_provenance is not None
    if asks_provenance and not _roles(model, Category.PROVENANCE, TypeRole.PROVENANCE):
        warnings.add(f"{place}: the service keeps no provenance; the option has no effect")
        wanted = replace(wanted, provenance=None, documents_provenance=None)
    if wanted.documents and not _roles(model, Category.ENTITY, TypeRole.DOCUMENT):
        warnings.add(f"{place}: the service keeps no documents; the option has no effect")
        wanted = replace(wanted, documents=False, documents_provenance=None)
    return wanted


def _of(model: DataModel, type_id: int) -> NamedType:
    found = model.type(type_id)
    assert found is not None, "listed types were found in the model"
    return found


def _noted(
    wanted: TypeDefinition, definition: Definition, types: dict[int, NamedType], model: DataModel, codec: Codec
) -> TypeDefinition:
    """Note the ids of the properties a clause reads and types it names: under them alone it keeps its meaning."""
    found = _filter(wanted, definition, _of(model, wanted.type_id), model, codec)
    if found is None:
        return wanted
    try:
        refuse_faults(found)
    except MalformedInput as error:
        raise MalformedInput(error.message, place=clause_of(wanted)) from None
    own = [BoundProperty(wanted.type_id, p.name, p.id) for p in found.properties.values()]
    ends = [t for t in types.values() if t.category is Category.ENTITY] if found.uses_ends else []
    labels = tuple(NamedLabel(name, model.require(name).id) for name in sorted(found.labels))
    return replace(wanted, reads=(*own, *_read_of_ends(found, ends)), labels=labels)


def _read_of_ends(found: Filter, ends: Iterable[NamedType]) -> list[BoundProperty]:
    read = []
    for end in ends:
        for name in sorted(found.end_properties):
            known = end.property(name)
            read.append(BoundProperty(end.id, name, 0 if known is None else known.id))
    return read


def _filter(
    wanted: TypeDefinition, definition: Definition, named_type: NamedType, model: DataModel, codec: Codec
) -> Filter | None:
    """Check a type's clause, parameters decoded; None without one. Raises MalformedInput with its place."""
    place = place_of(wanted)
    decoded = codec.read_parameters(wanted.parameters, definition.input_grid or IDENTITY)
    if not wanted.where.strip():
        if decoded:
            unused = ", ".join(sorted(decoded))
            raise MalformedInput(f"the where-clause does not use {unused}", place=f"{place}.parameters")
        return None
    in_sr = definition.in_sr if definition.in_sr is not None and definition.in_sr.is_set else None
    if in_sr is not None:
        decoded = {name: _projected(value, definition, model) for name, value in decoded.items()}
    try:
        return check(wanted.where, model, named_type, decoded, in_sr=in_sr)
    except MalformedInput as error:
        raise MalformedInput(error.message, place=clause_of(wanted)) from None


def _projected(value: ParameterValue, definition: Definition, model: DataModel) -> ParameterValue:
    assert definition.in_sr is not None
    if isinstance(value, Geometry):
        return project(value, definition.in_sr, model.spatial_reference)
    if isinstance(value, tuple):
        return tuple(_projected(v, definition, model) for v in value)
    if isinstance(value, dict):
        return {k: _projected(v, definition, model) for k, v in value.items()}
    return value


def warn_of_empty(reading: Reading, definition: Definition, codec: Codec, warnings: Warnings) -> None:
    """Warn of conditions no object can fulfil: without, a replica that stays empty for them tells nobody why.

    Raises Conflict as resolving does.
    """
    never = reading.never_true(resolve(reading, definition, codec, Warnings()).membership)
    for wanted in definition.types:
        for text in never.get(wanted.type_id, ()):
            shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
            warnings.add(f"{clause_of(wanted)}: {shown!r} is never true: no object can be a member")


# ---- resolving, at every call


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A bound definition in the newest data model; `types` are those objects of the replica can have."""

    model: DataModel
    membership: Membership
    types: tuple[NamedType, ...]
    restater: Restater
    told: tuple[str, ...]

    @property
    def shape(self) -> int:
        """Give the newest shape of the types: rows of an older schema must be read by value."""
        return max((t.shape for t in self.types), default=0)


def resolve(reading: Reading, definition: Definition, codec: Codec, warnings: Warnings) -> Resolved:
    """Give a bound definition's membership, following renamed types.

    A renamed type is followed, a deleted one is left out; both are said in `warnings`. Raises Conflict when
    a clause names a type that was renamed or deleted since, or reads a property that was dropped, renamed or
    given another type.
    """
    found = reading.remember(definition, lambda: _resolved(reading, definition, codec))
    for text in found.told:
        warnings.add(text)
    return found


def _resolved(reading: Reading, definition: Definition, codec: Codec) -> Resolved:
    model = reading.data_model()
    restater = Restater(reading, model, codec)
    members: dict[Category, set[int]] = {Category.ENTITY: set(), Category.RELATIONSHIP: set()}
    options: dict[str, set[int]] = {name: set() for name in _OPTIONS}
    filters: dict[int, BoundFilter] = {}
    judges: dict[int, _Judge] = {}
    allowance = _Allowance(codec.clause_seconds)
    listed = [_Listed(reading, wanted, model, definition.creator is not None) for wanted in definition.types]
    for one in listed:
        if one.is_forgotten:
            continue
        members[one.wanted.category] |= set(one.ids)
        for name, chosen in _OPTIONS.items():
            if chosen(one.wanted):
                options[name] |= set(one.ids)
        bound = one.bind(definition, codec)
        filters |= bound
        reader = restater if one.model is model else Restater(reading, one.model, codec)
        judges |= dict.fromkeys(bound, _Judge(bound, reader, one.model, clause_of(one.wanted), allowance))
    membership = Membership(
        entities=frozenset(members[Category.ENTITY]),
        relationships=frozenset(members[Category.RELATIONSHIP]),
        filters=filters,
        seen={} if definition.creator is None else _seen(reading, definition.creator, model),
        judge=lambda subject: judges[subject.type](subject),
        key=(definition, model.version, *(0 if one.is_forgotten else one.model.version for one in listed)),
        **{name: frozenset(ids) for name, ids in options.items()},
        **{name: _ever(model, *kind) for name, kind in _IMPLIED.items()},
    )
    alive = [one.named_type for one in listed if one.named_type is not None and one.model is model]
    wanted_ids = membership.types() - {t.id for t in alive}
    pulled = [t for kind in _IMPLIED.values() for t in _roles(model, *kind) if t.id in wanted_ids]
    told = tuple(text for one in listed for text in one.told)
    return Resolved(model=model, membership=membership, types=(*alive, *pulled), restater=restater, told=told)


class _Listed:
    """A listed type as the data model has it now, or had it last: with a clause, its rows are to be judged."""

    def __init__(self, reading: Reading, wanted: TypeDefinition, newest: DataModel, is_narrowed: bool) -> None:
        self.wanted, self.ids = wanted, _successors(newest, wanted.type_id)
        self.told: list[str] = []
        self._newest = self.model = newest
        self.named_type = newest.type(self.ids[-1])
        self.is_forgotten = False
        if self.named_type is None:
            self.told.append(
                f"The type {wanted.name!r} was deleted from the data model; the replica has no objects of it"
            )
            if wanted.where.strip() or is_narrowed:
                self._look_back(reading)
        elif self.named_type.name != wanted.name:
            self.told.append(
                f"The type {wanted.name!r} was renamed to {self.named_type.name!r}; the replica follows it"
            )

    def _look_back(self, reading: Reading) -> None:
        self.model = _last_model(reading, self._newest, self.ids[-1])
        self.named_type = self.model.type(self.ids[-1])
        self.is_forgotten = self.named_type is None

    def bind(self, definition: Definition, codec: Codec) -> dict[int, BoundFilter]:
        """Bind the clause, if there is one, to each of the ids. Raises Conflict when it lost what it reads."""
        if self.named_type is None:
            return {}
        _check_unbroken(self.wanted, self.model)
        try:
            found = _filter(self.wanted, definition, self.named_type, self.model, codec)
        except MalformedInput as error:
            # It was taken once: a definition from before labels were noted names a type that is gone.
            raise Conflict(
                f"{error.message}; the clause was good when the replica was made; make the replica again"
            ) from None
        if definition.creator is not None:
            found = narrowed(found, definition.creator, self.named_type, self.model)
        if found is None:
            return {}
        return {i: BoundFilter(replace(found, type_name=self._newest.label(i)), self.named_type) for i in self.ids}


_IMPLIED = {
    "document": (Category.ENTITY, TypeRole.DOCUMENT),
    "has_document": (Category.RELATIONSHIP, TypeRole.DOCUMENT),
    "records": (Category.PROVENANCE, TypeRole.PROVENANCE),
}
_OPTIONS: dict[str, Callable[[TypeDefinition], bool]] = {
    "documents": lambda t: t.documents,
    "provenance": lambda t: t.provenance is not None,
    "sources": lambda t: bool(t.provenance),
    "documents_provenance": lambda t: t.documents and t.documents_provenance is not None,
    "documents_sources": lambda t: t.documents and bool(t.documents_provenance),
}


def _roles(model: DataModel, category: Category, role: TypeRole) -> list[NamedType]:
    return [t for t in model.types if t.category is category and t.role is role]


def _ever(model: DataModel, category: Category, role: TypeRole) -> frozenset[int]:
    """Give the ids of a feature's type, those from before it was switched off too."""
    gone = {r.id for r in model.retired if r.category is category and r.role is role}
    return frozenset(gone | {t.id for t in _roles(model, category, role)})


def _seen(reading: Reading, creator: str, model: DataModel) -> dict[int, BoundFilter]:
    """Say of what comes along by documents when its creator sees it; objects of listed types have their filters."""
    found = {}
    for kind in (_IMPLIED["document"], _IMPLIED["has_document"]):
        for type_id in _ever(model, *kind):
            known = _last_model(reading, model, type_id)
            named_type = known.type(type_id)
            if named_type is not None:
                found[type_id] = BoundFilter(seen_by(creator, named_type, known), named_type)
    return found


def _last_model(reading: Reading, newest: DataModel, type_id: int) -> DataModel:
    """Give the newest data model, or the last that is kept from before a type left it.

    As long as a row of the type is kept, the data model it was encoded under is kept as well.
    """
    left = next((r.left for r in newest.retired if r.id == type_id), None)
    kept = [] if left is None else reading.data_model_versions(left)
    return reading.data_model(max(kept)) if kept else newest


def _successors(model: DataModel, type_id: int) -> list[int]:
    """Follow a type through its renames: its id and those it had after."""
    ids = [type_id]
    retired = {r.id: r.successor for r in model.retired}
    while retired.get(ids[-1]):
        ids.append(retired[ids[-1]])
    return ids


def _check_unbroken(wanted: TypeDefinition, model: DataModel) -> None:
    """Check that a clause's types and properties are those it was bound to. Raises Conflict naming one that is not."""
    place = clause_of(wanted)
    for label in wanted.labels:
        now = model.type(_successors(model, label.type_id)[-1])
        if now is None or now.name != label.name:
            became = "deleted" if now is None else f"renamed to {now.name!r}"
            raise Conflict(
                f"{place}: the clause names the type {label.name!r}, which was {became} since the replica was made; "
                "make the replica again"
            )
    for read in wanted.reads:
        named_type = model.type(_successors(model, read.type_id)[-1])
        if named_type is None:
            continue
        known = named_type.property(read.name)
        came_later = read.property_id == 0 and read.name not in named_type.left_names
        if not came_later and (0 if known is None else known.id) != read.property_id:
            raise Conflict(
                f"{place}: the clause reads {named_type.name}.{read.name}, which "
                "was dropped, renamed or given another type since the replica was made; make the replica again"
            )


class _Allowance:
    """The time one call may spend judging rows, by all its clauses together.

    Processor time of the judging thread: what other threads do counts for nobody.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._left = seconds, seconds
        self._spent: dict[str, float] = {}

    def spend(self, seconds: float, clause: str) -> None:
        """Account for a row. Raises TooLarge naming the clause that took most."""
        self._spent[clause] = self._spent.get(clause, 0.0) + seconds
        self._left -= seconds
        if self._left < 0:
            raise TooLarge(
                f"deciding row by row which objects belong took more than {self._seconds:g} seconds; make the clause "
                "simpler, or let a condition on an indexed property select fewer objects",
                place=max(self._spent, key=self._spent.__getitem__),
            )


class _Judge:
    """Evaluate filters on stored rows, as a data model reads them: the newest that has the type.

    Raises TooLarge for a row that takes too many steps, and when the rows together take too long.
    """

    def __init__(
        self,
        filters: dict[int, BoundFilter],
        restater: Restater,
        model: DataModel,
        clause: str,
        allowance: _Allowance,
    ) -> None:
        self._compiled = {type_id: compiled(bound.filter) for type_id, bound in filters.items()}
        self._restater, self._model = restater, model
        self._clause, self._allowance = clause, allowance

    def __call__(self, subject: Subject) -> bool:
        started = thread_time()
        try:
            verdict = self._compiled[subject.type](self._element(subject)) is True
        except TooLarge as error:
            raise TooLarge(error.message, place=self._clause) from None
        self._allowance.spend(thread_time() - started, self._clause)
        return verdict

    def _element(self, subject: Subject) -> Element:
        values = self._restater.values(subject.type, subject.schema, subject.row)
        start, end = (None if e is None else self._element(e) for e in (subject.start, subject.end))
        return Element(subject.id, self._model.label(subject.type), values, start, end)
