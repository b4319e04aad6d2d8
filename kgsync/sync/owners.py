"""Ownership-based access: objects are their creators' to change; editor tracking says who that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.schema import Category, DataModel
from kgsync.model.values import Value
from kgsync.store.base import Reading, Stored
from kgsync.sync.codec import Restater
from kgsync.sync.fitting import EditFault


class Owners:
    """Refuse edits of what somebody else created, or nobody is known to have.

    With `hides`, what others created is not spoken of either: it is as if it did not exist.
    """

    def __init__(self, model: DataModel, restater: Restater, user: str, hides: bool) -> None:
        self._creator = None if model.tracking is None else model.tracking.creator.name
        self._model, self._restater, self._user, self._hides = model, restater, user, hides

    def seen(self, present: dict[UUID, Stored]) -> dict[UUID, Stored]:
        """Leave out what the caller cannot see. Records are seen: what they are about decides about them."""
        return {id: stored for id, stored in present.items() if self._sees(stored)} if self._hides else present

    def seen_types(self, reading: Reading, types: dict[UUID, int]) -> dict[UUID, int]:
        """Leave out of objects' types those the caller cannot see."""
        if not self._hides:
            return types
        return {id: stored.type for id, stored in self.seen(reading.find(types)).items()}

    def _sees(self, stored: Stored) -> bool:
        named_type = self._model.type(stored.type)
        return (named_type is not None and named_type.category is Category.PROVENANCE) or self._is_mine(
            self._restater.values(stored.type, stored.schema, stored.row)
        )

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
