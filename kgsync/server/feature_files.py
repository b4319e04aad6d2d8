"""The files of feature replicas, written while a read view is open: whole layers, changes, or both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from kgsync.model.edits import Op
from kgsync.model.feature_calls import DataFormat, Delivery, LayerSync, Way
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.geometry import SpatialReference
from kgsync.model.history import Moment
from kgsync.model.layers import LayerRow, Published
from kgsync.model.replica import Definition, Replica, Warnings
from kgsync.server.attachment_rows import Attachments
from kgsync.server.feature_exports import exported
from kgsync.server.layers import FeatureService
from kgsync.store.base import Reading
from kgsync.sync import synchronize as rules
from kgsync.sync.codec import Codec
from kgsync.sync.layer_rows import delta_rows, snapshot_rows
from kgsync.wire.esrijson.replicas import AttachmentLists, EditLists, FeatureForm, text_of, write_layers
from kgsync.wire.geopackage import GeoPackage

_COPIED = 1024 * 1024
_BATCH = 1_000  # rows told apart together
Write = Callable[[BinaryIO, Callable[[], None]], None]


def forms_of(found: FeatureService, numbers: Sequence[int], out_sr: SpatialReference | None) -> list[FeatureForm]:
    """Say how each of these layers is written; those that are gone are left out."""
    by_number: dict[int, Published] = {each.id: each for each in found.layers}
    present = [by_number[number] for number in numbers if number in by_number]
    return [FeatureForm(each, found.model.spatial_reference, out_sr) for each in present]


def rows_of(
    reading: Reading, definition: Definition, codec: Codec, warnings: Warnings, forms: Sequence[FeatureForm]
) -> Iterator[LayerRow]:
    """Give every member of some layers."""
    wanted = {form.layer.type.id for form in forms}
    return snapshot_rows(reading, definition, codec, warnings, wanted)


@dataclass(slots=True, kw_only=True)
class Whole:
    """The answer of a creation: layers with all their features, and with what is attached to them."""

    reading: Reading
    found: FeatureService
    definition: Definition
    face: FeatureFace
    delivery: Delivery
    codec: Codec
    warnings: Warnings

    def writer(self, head: dict[str, Any]) -> Write:
        """Write the answer, from its `head` on."""
        numbers = [each.layer for each in self.face.layers]
        forms = forms_of(self.found, numbers, self.face.out_sr)
        if self.delivery.form is DataFormat.SQLITE:
            return packaged(lambda package, step: self._packed(package, step, head, forms), forms)
        if self.delivery.form.only_exports:
            return exported(self.delivery.form, forms, self._rows_of)

        def write(target: BinaryIO, step: Callable[[], None]) -> None:
            with AttachmentLists() as lists:
                if self.face.returns_attachments:
                    told = Attachments(self.reading, self.found, self.codec, url_of(self.delivery))
                    told.gather_all(self.definition, set(numbers), lists, self.warnings)
                rows = rows_of(self.reading, self.definition, self.codec, self.warnings, forms)
                write_layers(target, head, forms, rows, step, lists if self.face.returns_attachments else None)

        return write

    def _rows_of(self, form: FeatureForm) -> Iterator[LayerRow]:
        return rows_of(self.reading, self.definition, self.codec, self.warnings, [form])

    def _packed(
        self, package: GeoPackage, step: Callable[[], None], head: dict[str, Any], forms: Sequence[FeatureForm]
    ) -> None:
        numbers = {form.layer.id for form in forms}
        package.fill(rows_of(self.reading, self.definition, self.codec, self.warnings, forms), step)
        if self.face.returns_attachments:
            told = Attachments(self.reading, self.found, self.codec, None)
            for each in told.told_all(self.definition, numbers, self.warnings):
                package.attach(each.layer, each.op, each.facts, told.data(each), changes=False)
        package.end(head, gens_of(head))


def packaged(fill: Callable[[GeoPackage, Callable[[], None]], None], forms: Sequence[FeatureForm]) -> Write:
    """Write a GeoPackage: made as a file of its own, for it is not written from front to back, then copied."""

    def write(target: BinaryIO, step: Callable[[], None]) -> None:
        with TemporaryDirectory(prefix="kgsync") as directory:
            path = Path(directory) / "replica.gpkg"
            with GeoPackage(path, forms) as package:
                fill(package, step)
            with path.open("rb") as made:
                shutil.copyfileobj(made, target, _COPIED)

    return write


def gens_of(head: dict[str, Any]) -> dict[int, int]:
    """Read the generations of an answer, by layer or by -1."""
    gens = {each["id"]: each["serverGen"] for each in head.get("layerServerGens", ())}
    whole = head.get("replicaServerGen")
    return gens if whole is None else {-1: whole}


def url_of(delivery: Delivery) -> str | None:
    """Say where attachments are found, None where they come along in the answer."""
    return delivery.url if delivery.attachments_by_url else None


@dataclass(slots=True, kw_only=True)
class Changed:
    """The answer of a synchronization: what changed of some layers, others whole, and what came of the caller's own."""

    reading: Reading
    found: FeatureService
    replica: Replica
    plan: tuple[LayerSync, ...]
    results: dict[int, dict[str, Any]]
    delivery: Delivery
    codec: Codec
    warnings: Warnings

    def _numbers(self, chosen: Callable[[LayerSync], bool]) -> list[int]:
        return [each.layer for each in self.plan if chosen(each)]

    def _forms(self, numbers: Sequence[int]) -> list[FeatureForm]:
        assert self.replica.face is not None, "a replica of a feature service"
        return forms_of(self.found, numbers, self.replica.face.out_sr)

    def gather(self, lists: EditLists, attached: AttachmentLists, step: Callable[[], None]) -> None:
        """Collect the changes of the layers that are asked for by their generation, each from its own."""
        attachments = self._attachments()
        for after, numbers in self._gens().items():
            types = {layer.type.id for layer in self.found.layers if layer.id in numbers}
            rows = self._rows(after)
            while batch := list(islice(rows, _BATCH)):
                lists.gather((row for row in batch if row.type_id in types), step)
                if attachments is not None:
                    attachments.gather(batch, numbers, attached)
        if attachments is not None and self.whole:
            attachments.gather_all(self.replica.seen, set(self.whole), attached, self.warnings)

    def _gens(self) -> dict[Moment, set[int]]:
        """Say which layers are asked for from which generation on."""
        gens: dict[Moment, set[int]] = {}
        for each in self.plan:
            if each.way in (Way.DOWNLOAD, Way.BIDIRECTIONAL):
                assert each.gen is not None, "checked when the call was admitted"
                gens.setdefault(each.gen, set()).add(each.layer)
        return gens

    def _rows(self, after: Moment) -> Iterator[LayerRow]:
        before = rules.held_by(self.replica, after)
        seen, codec = self.replica.seen, self.codec
        return delta_rows(self.reading, seen, after, codec, self.warnings, before, self.replica.id)

    def _attachments(self) -> Attachments | None:
        face = self.replica.face
        assert face is not None, "a replica of a feature service"
        if not face.returns_attachments or face.attachments != "bidirectional":
            return None
        return Attachments(self.reading, self.found, self.codec, url_of(self.delivery))

    def lists(self, attached: AttachmentLists) -> EditLists:
        """Make empty lists for the layers that are not given whole."""
        return EditLists(self._forms(self.told), attached)

    @property
    def told(self) -> list[int]:
        """Give the layers an answer speaks of beside those that are whole."""
        return self._numbers(lambda each: each.way is not Way.SNAPSHOT)

    @property
    def whole(self) -> list[int]:
        return self._numbers(lambda each: each.way is Way.SNAPSHOT)

    def writer(self, head: dict[str, Any], lists: EditLists, attached: AttachmentLists) -> Write:
        """Write the answer from gathered lists, and whole layers as they are read."""
        if self.delivery.form is DataFormat.SQLITE:
            numbers = [*self.told, *self.whole]
            return packaged(lambda package, step: self._packed(package, step, head), self._forms(numbers))

        def write(target: BinaryIO, step: Callable[[], None]) -> None:
            opened = dict(head)
            target.write(text_of(opened)[:-1])
            if self.told:
                target.write(b',"edits":[')
                lists.write(target, self.results, self.told)
                target.write(b"]")
            if not self.whole:
                target.write(b"}")
                return
            forms = self._forms(self.whole)
            rows = rows_of(self.reading, self.replica.seen, self.codec, self.warnings, forms)
            face = self.replica.face
            with_them = face is not None and face.returns_attachments
            write_layers(target, None, forms, rows, step, attached if with_them else None)

        return write

    def _packed(self, package: GeoPackage, step: Callable[[], None], head: dict[str, Any]) -> None:
        """Write changes and whole layers; the changes are asked for again, for they are not kept as rows."""
        attachments = self._attachments()
        for after, numbers in self._gens().items():
            types = {layer.type.id for layer in self.found.layers if layer.id in numbers}
            rows = self._rows(after)
            while batch := list(islice(rows, _BATCH)):
                package.fill((row for row in batch if row.type_id in types), step, changes=True)
                if attachments is not None:
                    _pack_attachments(package, attachments, batch, numbers, changes=True)
        if self.whole:
            forms = self._forms(self.whole)
            package.fill(rows_of(self.reading, self.replica.seen, self.codec, self.warnings, forms), step)
            if attachments is not None:
                for each in attachments.told_all(self.replica.seen, set(self.whole), self.warnings):
                    package.attach(each.layer, each.op, each.facts, attachments.data(each), changes=False)
        package.end({**head, "results": self.results}, gens_of(head))


def _pack_attachments(
    package: GeoPackage, attachments: Attachments, batch: list[LayerRow], numbers: set[int], *, changes: bool
) -> None:
    for each in attachments.told(batch, numbers):
        if each.op is Op.DELETE:
            package.detach(each.layer, each.facts.id)
        else:
            package.attach(each.layer, each.op, each.facts, attachments.data(each), changes=changes)
