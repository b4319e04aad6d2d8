"""Ownership-based access: objects are their creators' to change; editor tracking says who that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.schema import Category, DataModel
from kgsync.model.values import Value
from kgsync.store.base import Link, Reading, Stored
from kgsync.sync.codec import Restater
from kgsync.sync.fitting import EditFault


class Owners:
    """Refuse edits of what somebody else created, or nobody is known to have.

    With `hides`, what others created is not spoken of either: it is as if it did not exist.
    """

    def __init__(self, model: DataModel, restater: Restater, user: str, hides: bool) -> None:
        self._creator = None if model.tracking is None else model.tracking.creator.name
        self._model, self._restater, self._user, self._hides = model, restater, user, hides

    def seen(self, reading: Reading, present: dict[UUID, Stored]) -> dict[UUID, Stored]:
        """Leave out what the caller cannot see: what others created, and what is about or leads to such."""
        if not self._hides:
            return present
        held = dict(present)
        for _ in range(2):  # a record may be about a relationship, which has ends
            around = {end for s in held.values() for end in (s.origin, self._end(s)) if end is not None}
            held |= reading.find(around - held.keys())
        return {id: stored for id, stored in present.items() if self._sees(stored, held)}

    def seen_types(self, reading: Reading, types: dict[UUID, int]) -> dict[UUID, int]:
        """Leave out of objects' types those the caller cannot see."""
        if not self._hides:
            return types
        return {id: stored.type for id, stored in self.seen(reading, reading.find(types)).items()}

    def told_of(self, reading: Reading, links: Sequence[Link]) -> Sequence[Link]:
        """Pick the relationships the caller may be told of."""
        if not self._hides:
            return links
        seen = self.seen(reading, reading.find([link.id for link in links]))
        return [link for link in links if link.id in seen]

    def _end(self, stored: Stored) -> UUID | None:
        """Give the end that has to be seen besides the origin: a record's source says nothing of whom it is for."""
        return None if self._is_record(stored) else stored.dest

    def _is_record(self, stored: Stored) -> bool:
        named_type = self._model.type(stored.type)
        return named_type is not None and named_type.category is Category.PROVENANCE

    def _sees(self, stored: Stored, held: dict[UUID, Stored]) -> bool:
        mine = self._is_record(stored) or self._is_mine(self._restater.values(stored.type, stored.schema, stored.row))
        ends = [end for end in (stored.origin, self._end(stored)) if end is not None]
        return mine and all(end in held and self._sees(held[end], held) for end in ends)

    def _is_mine(self, values: Mapping[str, Value]) -> bool:
        return self._creator is not None and values.get(self._creator) == self._user

    def check_values(self, values: Mapping[str, Value]) -> None:
        """Refuse values whose creator is not the caller. Raises EditFault."""
        if not self._is_mine(values):
            raise EditFault(Code.EDIT_OWNER, "only who created the object, or an administrator, may change it")

    def check(self, stored: Stored, along: Iterable[Stored]) -> None:
        """Refuse to delete an object, and what goes along with it, that are not all the caller's.

        Raises EditFault.
        """
        self.check_values(self._restater.values(stored.type, stored.schema, stored.row))
        self.check_along(along)

    def check_along(self, along: Iterable[Stored]) -> None:
        """Refuse to take along what is not the caller's; of provenance records nobody is known to be the creator.

        Raises EditFault.
        """
        for other in along:
            try:
                self.check_values(self._restater.values(other.type, other.schema, other.row))
            except EditFault:
                what = "something" if self._hides else str(other.id)
                told = f"{what} would be deleted with it, and the caller is not known to have created that"
                raise EditFault(Code.EDIT_OWNER, told) from None
