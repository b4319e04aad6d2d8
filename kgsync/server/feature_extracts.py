"""What changed in layers since a generation, without a replica: extractChanges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

from kgsync.errors import SnapshotRequired
from kgsync.model.catalog import NO_REPLICA, ArchiveFile
from kgsync.model.edits import Op
from kgsync.model.feature_calls import Delivery, FeatureAnswer
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.history import Moment
from kgsync.model.layers import LayerRow
from kgsync.model.people import Principal
from kgsync.model.replica import Definition, Warnings
from kgsync.server.feature_files import forms_of
from kgsync.server.feature_heads import transport
from kgsync.server.layers import FeatureService
from kgsync.server.parts import no_progress
from kgsync.server.quotas import archive_room
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.reading import StoreReading
from kgsync.sync.delta import check_answerable
from kgsync.sync.layer_rows import delta_rows
from kgsync.sync.membership import bind
from kgsync.wire.esrijson.replicas import EditLists, text_of

_KIND = "esriDataChangesResponseTypeEdits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What is asked: layers by `face`, each from its generation on, and which operations are told."""

    face: FeatureFace
    definition: Definition
    gens: dict[int, Moment]
    wanted: frozenset[Op]
    delivery: Delivery


async def extract_changes(verbs: Verbs, found: FeatureService, who: Principal, call: Extract) -> FeatureAnswer:
    """Write what changed up to now. Raises SnapshotRequired, Forbidden, and what making archives raises."""
    service = found.service
    verbs.require_sync(service)
    registrar = rights.registrar(service, who)

    def work() -> tuple[dict[str, Any], ArchiveFile]:
        with verbs.store.reading(service.id) as reading:
            codec, warnings = verbs.wire.codec, Warnings()
            definition = bind(call.definition, reading.data_model(), codec, warnings)
            if registrar.creator is not None:
                raise SnapshotRequired("Where others' objects are hidden, changes are told to replicas alone")
            for gen in call.gens.values():
                _require_answerable(reading, gen)
            clock = reading.clock()
            head = {
                "layerServerGens": [{"id": number, "serverGen": clock.ms} for number in call.gens],
                "transportType": transport(call.delivery),
                "responseType": _KIND,
            }
            inside = {**head, "transportType": "esriTransportTypeEmbedded"}
            write = _writer(reading, found, call, definition, inside, verbs)
            return head, verbs.archiving.file(service, NO_REPLICA, who, write, clock, 0, no_progress, suffix=".json")

    head, file = await verbs.archiving.run(who, "extract changes", work)

    def register() -> None:
        with verbs.store.registering(service.id) as registering:
            archive_room(verbs.store, who, verbs.quotas, verbs.clock(), file.size)
            registering.put_archive(file)

    if not call.delivery.embedded:
        await verbs.archiving.keeping(file, lambda: verbs.runner.write("register file", register))
    return FeatureAnswer(facts=text_of(head).decode(), bound=NO_REPLICA, archive=file.name)


def _require_answerable(reading: StoreReading, gen: Moment) -> None:
    try:
        check_answerable(reading, gen)
    except SnapshotRequired as error:
        told = error.message.replace("last_sync_date", "the server generation")
        raise SnapshotRequired(told.replace("take a snapshot", "query the layer")) from None


def _writer(
    reading: StoreReading,
    found: FeatureService,
    call: Extract,
    definition: Definition,
    head: dict[str, Any],
    verbs: Verbs,
) -> Callable[[BinaryIO, Callable[[], None]], None]:
    def rows() -> Iterator[LayerRow]:
        by_gen: dict[Moment, set[int]] = {}
        for number, gen in call.gens.items():
            by_gen.setdefault(gen, set()).add(number)
        for gen, numbers in by_gen.items():
            types = {layer.type.id for layer in found.layers if layer.id in numbers}
            for row in delta_rows(reading, definition, gen, verbs.wire.codec, Warnings()):
                if row.type_id in types and row.op in call.wanted:
                    yield row

    def write(target: BinaryIO, step: Callable[[], None]) -> None:
        forms = forms_of(found, list(call.gens), call.face.out_sr)
        with ExitStack() as stack:
            lists = stack.enter_context(EditLists(forms))
            lists.gather(rows(), step)
            target.write(text_of(head)[:-1] + b',"edits":[')
            lists.write(target, {}, list(call.gens))
            target.write(b"]}")

    return write
