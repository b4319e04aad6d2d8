"""Provenance records: what they must say, what keeps an object from being deleted, what becomes of them.

A record is about one property of one object and names its source. It is stored as an object whose
origin is what it is about and whose dest is the document it cites. When that document goes, the record
keeps its text and loses its dest; a later update that names the source must name one that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.edits import Batch, Frame, Op, Update
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, PropertyRole, SourceBehavior
from kgsync.model.values import Value, parse_uuid
from kgsync.store.base import Reading, Stored, Version, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.fitting import EditFault, make_version

_PAGE = 2_000
_as_guid = coercer(Property(id=0, name="", field_type=FieldType.GUID))


def _id_of(value: Value) -> UUID | None:
    try:
        fitted = _as_guid(value)
    except CoercionError:
        return None
    return fitted if isinstance(fitted, UUID) else None


class Records:
    """What an upload needs to know of provenance; asks nothing of the store when there is none."""

    def __init__(
        self,
        writing: Writing,
        model: DataModel,
        restater: Restater,
        seen: Callable[[dict[UUID, int]], dict[UUID, int]] = lambda types: types,
    ) -> None:
        self._seen = seen  # leaves out of objects' types those the caller may not know of
        self._writing, self._model, self._restater = writing, model, restater
        self.type = model.provenance
        if self.type is not None:
            playing = self.type.playing
            self._instance = playing(PropertyRole.PROVENANCE_INSTANCE_ID)
            self._type_name = playing(PropertyRole.PROVENANCE_TYPE_NAME)
            self._property = playing(PropertyRole.PROVENANCE_PROPERTY_NAME)
            self._source_type = playing(PropertyRole.PROVENANCE_SOURCE_TYPE)
            self._source = playing(PropertyRole.PROVENANCE_SOURCE)
            self._behaviors = {s.value: s.behavior for s in model.source_types}

    def resolve(self, batch: Batch) -> NamedType | None:
        """Find a batch's type; on the wire records come as entities of their type."""
        found = self._model.find(batch.category, batch.type_name)
        if found is None and batch.category is Category.ENTITY:
            found = self._model.find(Category.PROVENANCE, batch.type_name)
        return found

    def ordered(self, frame: Frame) -> Frame:
        """Put records where they can apply: deletes before all else, adds and updates once their objects are there."""
        if self.type is None or not any(self._holds(batch) for batch in frame):
            return frame
        mine = [batch for batch in frame if self._holds(batch)]
        others = [batch for batch in frame if not self._holds(batch)]
        adds = [batch for batch in others if batch.op is Op.ADD]
        return [
            *(batch for batch in mine if batch.op is Op.DELETE),
            *adds,
            *(batch for batch in mine if batch.op is Op.ADD),
            *(batch for batch in mine if batch.op is Op.UPDATE),
            *(batch for batch in others if batch.op is not Op.ADD),
        ]

    def _holds(self, batch: Batch) -> bool:
        return self.resolve(batch) is self.type

    # ---- what a record must say

    def known(self, values: Iterable[Mapping[str, Value]]) -> dict[UUID, int]:
        """Look up the types of everything these values may be about or cite, at once."""
        ids: set[UUID] = set()
        for given in values:
            for name in (self._instance, self._source):
                id = _id_of(given.get(name))
                if id is not None:
                    ids.add(id)
        return self._writing.types_of(ids)

    def ends(
        self, values: Mapping[str, Value], given: Collection[str], stored: Stored | None, known: Mapping[UUID, int]
    ) -> tuple[UUID, UUID | None]:
        """Give what a record is about and the document it cites. Raises EditFault.

        `given` names the properties the edit sets: what an update leaves alone is not judged again.
        """
        if stored is None or not {self._instance, self._type_name, self._property}.isdisjoint(given):
            self._check_subject(values, known, stored)
        dest = None if stored is None else stored.dest
        if stored is None or not {self._source_type, self._source}.isdisjoint(given):
            dest = self._cited(values, known)
        instance = values[self._instance]
        assert isinstance(instance, UUID), "the property is not nullable"
        return instance, dest

    def _check_subject(self, values: Mapping[str, Value], known: Mapping[UUID, int], stored: Stored | None) -> None:
        instance, said = values.get(self._instance), values.get(self._type_name)
        type_id = None
        if isinstance(instance, UUID):
            type_id = known.get(instance)
            if type_id is None and stored is not None and instance == stored.origin:
                type_id = self._writing.types_of([instance]).get(instance)
        subject = None if type_id is None else self._model.type(type_id)
        if subject is None or subject.category is Category.PROVENANCE:
            raise EditFault(Code.EDIT_RECORD, f"there is no entity or relationship {instance!r} it could be about")
        if said != subject.name:
            raise EditFault(Code.EDIT_RECORD, f"{instance!r} is a {subject.name!r}, not a {said!r}")
        named = values.get(self._property)
        if not isinstance(named, str) or subject.property(named) is None:
            raise EditFault(Code.EDIT_RECORD, f"the type {subject.name!r} has no property {named!r}")

    def _cited(self, values: Mapping[str, Value], known: Mapping[UUID, int]) -> UUID | None:
        source_type, source = values.get(self._source_type), values.get(self._source)
        behavior = self._behaviors.get(source_type) if isinstance(source_type, str) else None
        if behavior is None:
            raise EditFault(Code.EDIT_RECORD, f"{source_type!r} is not one of {', '.join(self._behaviors)}")
        if not isinstance(source, str):
            raise EditFault(Code.EDIT_RECORD, f"property {self._source!r} must be one text")
        if behavior is not SourceBehavior.DOCUMENT:
            return None
        document, documents = parse_uuid(source), self._model.documents
        if document is not None and document not in known:
            known = self._seen(self._writing.types_of([document]))
        if document is None or documents is None or known.get(document) != documents.id:
            raise EditFault(Code.EDIT_RECORD, f"the source {source[:64]!r} is not the global id of a document")
        return document

    # ---- what records forbid

    def about(self, ids: Collection[UUID]) -> dict[UUID, list[Stored]]:
        """Group the records about these objects by object."""
        found: dict[UUID, list[Stored]] = {}
        if self.type is None or not ids:
            return found
        for record in self._writing.records_about(ids):
            assert record.origin is not None, "records have an origin"
            found.setdefault(record.origin, []).append(record)
        return found

    def about_cleared(self, updates: Iterable[Update]) -> dict[UUID, list[Stored]]:
        """Group the records about the objects these updates clear a property of."""
        if self.type is None:
            return {}
        return self.about({u.id for u in updates if isinstance(u.id, UUID) and None in u.values.values()})

    def of_properties(self, records: Iterable[Stored], names: Collection[str]) -> list[Stored]:
        """Pick the records about these properties of their object."""
        if not names:
            return []
        return [r for r in records if self._restater.values(r.type, r.schema, r.row).get(self._property) in names]

    def bereave(self, gone: Collection[UUID], brought_by: UUID | None) -> None:
        """Take deleted documents from the records that cite them; those keep their text."""
        if self.type is None:
            return
        versions = [self._without_dest(r) for r in self._writing.records_citing(gone) if r.id not in gone]
        self._writing.replace(versions, brought_by)

    def _without_dest(self, record: Stored) -> Version:
        assert self.type is not None, "called when there are records"
        values = self._restater.values(record.type, record.schema, record.row)
        row = self._restater.restate(record.type, record.schema, record.id, record.row, record.origin, record.dest)
        ends = (record.origin, None)
        return make_version(self.type, self._model.version, record.id, values, row, ends, (None, None))


# ---- the data model changes ----------------------------------------------------------------------------


def _naming(model: DataModel, type_name: str, property_name: str | None) -> tuple[NamedType, dict[int, str]] | None:
    found = model.provenance
    if found is None:
        return None
    wanted: dict[int, str] = {PropertyRole.PROVENANCE_TYPE_NAME: type_name}
    if property_name is not None:
        wanted[PropertyRole.PROVENANCE_PROPERTY_NAME] = property_name
    return found, {p.id: wanted[p.role] for p in found.properties if p.role in wanted}


def _pages(reading: Reading, type_id: int, texts: Mapping[int, str]) -> Iterator[list[Stored]]:
    """Give the records naming a type or property page by page; each page must be changed or removed."""
    while page := reading.records_naming(type_id, texts, _PAGE):
        yield page


def forget_property(writing: Writing, model: DataModel, type_name: str, property_name: str) -> None:
    """Remove the records about a property that leaves the model."""
    naming = _naming(model, type_name, property_name)
    if naming is not None:
        for page in _pages(writing, naming[0].id, naming[1]):
            writing.remove({record.id for record in page})


def follow(
    writing: Writing, model: DataModel, old: tuple[str, str | None], new: tuple[str, str | None], codec: Codec
) -> None:
    """Write new names into the records of a renamed type, or property of a type; `model` is the newest."""
    naming = _naming(model, *old)
    if naming is None:
        return
    named_type, texts = naming
    restater = Restater(writing, model, codec)
    roles = (PropertyRole.PROVENANCE_TYPE_NAME, PropertyRole.PROVENANCE_PROPERTY_NAME)
    names = {named_type.playing(role): name for role, name in zip(roles, new, strict=True) if name is not None}
    for page in _pages(writing, named_type.id, texts):
        versions: list[Version] = []
        for record in page:
            values = restater.values(record.type, record.schema, record.row)
            values.update(names)
            row = restater.encoder(named_type).encode(record.id, values, record.origin, record.dest)
            ends = (record.origin, record.dest)
            versions.append(make_version(named_type, model.version, record.id, values, row, ends, (None, None)))
        writing.replace(versions, None)
