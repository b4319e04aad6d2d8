"""Edits in another spatial reference than the data model's: geometries are carried over before anything else."""

from __future__ import annotations

from kgsync.errors import MalformedInput
from kgsync.filters.projection import project
from kgsync.filters.references import same
from kgsync.model.edits import Add, Batch, Edit, Frame, Update
from kgsync.model.geometry import Geometry, SpatialReference
from kgsync.model.values import Invalid, Value


class Reprojection:
    """Carry the geometries of frames from one reference to another; does nothing when both are one."""

    def __init__(self, theirs: SpatialReference, ours: SpatialReference) -> None:
        self._theirs, self._ours = theirs, ours
        self._needed = theirs.is_set and not same(theirs, ours)

    def frame(self, frame: Frame) -> Frame:
        """Give the frame with its geometries in the data model's reference; one that cannot be is Invalid."""
        return [self._batch(batch) for batch in frame] if self._needed else frame

    def _batch(self, batch: Batch) -> Batch:
        return batch._replace(edits=[self._edit(edit) for edit in batch.edits])

    def _edit(self, edit: Edit) -> Edit:
        if not isinstance(edit, (Add, Update)) or not any(isinstance(v, Geometry) for v in edit.values.values()):
            return edit
        return edit._replace(values={name: self._value(value) for name, value in edit.values.items()})

    def _value(self, value: Value) -> Value:
        if not isinstance(value, Geometry):
            return value
        try:
            return project(value, self._theirs, self._ours)
        except MalformedInput as error:
            return Invalid(error.message)
