"""Ownership-based access: objects are their creators' to change; editor tracking says who that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kgsync.errors import Code
from kgsync.model.schema import DataModel
from kgsync.model.values import Value
from kgsync.store.base import Stored
from kgsync.sync.codec import Restater
from kgsync.sync.fitting import EditFault


class Owners:
    """Refuse edits of what somebody else created, or nobody is known to have."""

    def __init__(self, model: DataModel, restater: Restater, user: str) -> None:
        self._creator = None if model.tracking is None else model.tracking.creator.name
        self._restater, self._user = restater, user

    def check_values(self, values: Mapping[str, Value]) -> None:
        """Refuse values whose creator is not the caller. Raises EditFault."""
        creator = None if self._creator is None else values.get(self._creator)
        if creator != self._user:
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
                told = f"{other.id} would be deleted with it, and the caller is not known to have created that"
                raise EditFault(Code.EDIT_OWNER, told) from None
