"""What a row says under the newest data model, whatever type and data model it was written under."""

from __future__ import annotations

from kgsync.model.schema import DataModel, NamedType
from kgsync.model.values import Value
from kgsync.store.base import Reading
from kgsync.sync.codec import Restater

Values = dict[str, Value]


class RowReader:
    """Read rows of any age by the names of the newest data model; renamed types are followed."""

    def __init__(self, reading: Reading, model: DataModel, restater: Restater) -> None:
        self.model = model
        self._reading, self._restater = reading, restater

    def living(self, type_id: int) -> NamedType | None:
        """Give the type that goes by this id today: itself, or what it was renamed to."""
        while True:
            found = self.model.type(type_id)
            retired = next((r for r in self.model.retired if r.id == type_id), None)
            if found is not None or retired is None:
                return found
            type_id = retired.successor

    def values(self, type_id: int, schema: int, row: bytes) -> Values:
        """Read a row's values by the names they have today."""
        values, named_type = self._restater.values(type_id, schema, row), self.living(type_id)
        if named_type is None or named_type.id == type_id:
            return values
        # The row was written under the type's former name; its properties kept their ids.
        then = self._reading.data_model(schema).type(type_id)
        ids = {} if then is None else {p.name: p.id for p in then.properties}
        names = {p.id: p.name for p in named_type.properties}
        return {names[ids[n]]: value for n, value in values.items() if ids.get(n) in names}
