"""Editing a local replica, offline: each edit is held against the data model before it is noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from kgsync.client import pending
from kgsync.client.kgr import KgrFile, fact
from kgsync.client.objects import from_python
from kgsync.client.pending import Pending
from kgsync.client.view import Seen, View
from kgsync.errors import Conflict, Forbidden, MalformedInput, NotFound
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.edits import Op
from kgsync.model.replica import Direction
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import Value


class Edits:
    """What may be done to the objects of a replica; each call is one transaction of its file."""

    def __init__(self, file: KgrFile) -> None:
        self._file = file

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the edits of a block in one transaction: all of them, or none when one is refused."""
        with self._file.changing():
            yield

    def add(self, type_name: str, properties: Mapping[str, Any] | None = None, *, id: UUID | None = None) -> UUID:
        """Add an entity and give its id. Raises UnknownType, MalformedInput, Conflict, Forbidden."""
        return self._add(type_name, properties or {}, id, None, None)

    def relate(
        self,
        type_name: str,
        origin: UUID,
        destination: UUID,
        properties: Mapping[str, Any] | None = None,
        *,
        id: UUID | None = None,
    ) -> UUID:
        """Add a relationship and give its id. Raises UnknownType, NotFound for an end, MalformedInput, Forbidden."""
        return self._add(type_name, properties or {}, id, origin, destination)

    def _add(
        self, type_name: str, properties: Mapping[str, Any], id: UUID | None, origin: UUID | None, dest: UUID | None
    ) -> UUID:
        chosen = id or uuid4()
        with self._file.changing() as connection:
            view = self._editable(connection)
            named_type = view.require(type_name)
            _check_category(named_type, link=origin is not None)
            for end in filter(None, (origin, dest)):
                found = view.seen(end)
                if found is None or found.category is not Category.ENTITY:
                    raise NotFound(f"The entity {end} is not in this replica")
            if view.seen(chosen) is not None or pending.pending_of(connection, chosen):
                raise Conflict(f"The object {chosen} is in this replica already")
            values = _fitted(named_type, properties)
            _check_required(named_type, values)
            edit = Pending(0, Op.ADD, named_type.category, named_type.name, chosen, values, origin, dest)
            pending.put(connection, edit, view.base.grid)
        return chosen

    def update(self, id: UUID, properties: Mapping[str, Any]) -> None:
        """Change properties of an object; None clears one. Raises NotFound, MalformedInput, Forbidden."""
        with self._file.changing() as connection:
            view = self._editable(connection)
            found = _present(view, id)
            named_type = view.require(found.type_name)
            values = _fitted(named_type, properties)
            if values:
                edit = Pending(0, Op.UPDATE, named_type.category, named_type.name, id, values)
                pending.put(connection, edit, view.base.grid)

    def delete(self, id: UUID, *, cascade: bool = False) -> None:
        """Delete an object; with `cascade`, an entity's relationships too. Raises NotFound, Conflict, Forbidden."""
        with self._file.changing() as connection:
            view = self._editable(connection)
            found = _present(view, id)
            links = list(view.links(id)) if found.category is Category.ENTITY else []
            if links and not cascade:
                raise Conflict(f"{id} has {len(links)} relationships; delete them first, or delete with cascade")
            for gone in (*links, found):
                edit = Pending(0, Op.DELETE, gone.category, gone.type_name, gone.id, {}, cascade=cascade)
                pending.put(connection, edit, view.base.grid)

    def discard(self, id: UUID) -> None:
        """Take back what was edited of an object and not sent yet. Raises NotFound."""
        with self._file.changing() as connection:
            pending.discard(connection, id)

    def retry(self, *seqs: int) -> int:
        """Have rejected edits, by number or all of them, wait to be sent again; give how many.

        One whose object was edited since stays rejected. Raises NotFound for numbers there are none of.
        """
        with self._file.changing() as connection:
            grid = self._editable(connection).base.grid
            every = {rejected.edit.seq: rejected.edit for rejected in pending.all_rejected(connection)}
            _check_known(every, seqs)
            done = 0
            for seq in seqs or every:
                edit = every[seq]
                if not pending.pending_of(connection, edit.id):
                    pending.put(connection, edit._replace(seq=0), grid)
                    done += pending.drop_rejected(connection, [seq])
        return done

    def drop(self, *seqs: int) -> int:
        """Forget rejected edits, by number or all of them; give how many. Raises NotFound."""
        with self._file.changing() as connection:
            every = {rejected.edit.seq: rejected.edit for rejected in pending.all_rejected(connection)}
            _check_known(every, seqs)
            return pending.drop_rejected(connection, seqs or every)

    def _editable(self, connection: Any) -> View:
        if fact(connection, "direction") == Direction.DOWNLOAD:
            raise Forbidden("This replica only downloads; its direction does not allow edits")
        return View(connection)


def _check_known(every: Mapping[int, object], seqs: tuple[int, ...]) -> None:
    for seq in seqs:
        if seq not in every:
            raise NotFound(f"There is no rejected edit {seq}")


def _present(view: View, id: UUID) -> Seen:
    found = view.seen(id)
    if found is None:
        raise NotFound(f"The object {id} is not in this replica")
    return found


def _check_category(named_type: NamedType, *, link: bool) -> None:
    if link != (named_type.category is Category.RELATIONSHIP):
        told = "a relationship type: say what it relates" if not link else "no relationship type: it has no ends"
        raise MalformedInput(f"{named_type.name} is {told}")


def _fitted(named_type: NamedType, properties: Mapping[str, Any]) -> dict[str, Value]:
    """Fit values to their properties. Raises MalformedInput naming the property."""
    values: dict[str, Value] = {}
    for name, given in properties.items():
        wanted = named_type.property(name)
        place = f"{named_type.name}.{name[:64]}"
        if wanted is None:
            known = ", ".join(p.name for p in named_type.properties if p.editable and not p.system)
            raise MalformedInput(f"there is no such property; there are: {known}", place=place)
        if wanted.system or not wanted.editable or wanted.tracking:
            raise MalformedInput("the server keeps this property; it cannot be edited", place=place)
        if given is None and not (wanted.nullable and not wanted.required):
            raise MalformedInput("this property must have a value", place=place)
        try:
            values[name] = coercer(wanted)(from_python(given))
        except CoercionError as error:
            raise MalformedInput(str(error), place=place) from None
    return values


def _check_required(named_type: NamedType, values: Mapping[str, Value]) -> None:
    for wanted in named_type.properties:
        needed = (wanted.required or not wanted.nullable) and not wanted.system and wanted.editable
        if needed and not wanted.tracking and not wanted.default and values.get(wanted.name) is None:
            raise MalformedInput("this property must have a value", place=f"{named_type.name}.{wanted.name}")
