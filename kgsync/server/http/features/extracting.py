"""extractChanges: what changed in layers since a generation, for whoever keeps no replica."""

from __future__ import annotations

from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.edits import Op
from kgsync.model.feature_calls import DataFormat
from kgsync.model.feature_replica import SyncModel, TargetType
from kgsync.model.history import Moment
from kgsync.server.feature_definitions import definition_of
from kgsync.server.feature_extracts import Extract
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_asking import delivery, generation, layer_gens, read_face
from kgsync.server.layers import FeatureService
from kgsync.server.parts import Wire

TAKES = (
    "layers", "layerServerGens", "serverGens", "layerQueries", "geometry", "geometryType", "inSR", "outSR",
    "returnInserts", "returnUpdates", "returnDeletes", "transportType", "dataFormat",
)  # fmt: skip
_OPS = {"returnInserts": Op.ADD, "returnUpdates": Op.UPDATE, "returnDeletes": Op.DELETE}
_OTHERS = ("returnIdsOnly", "returnExtentOnly", "returnAttachments", "returnHasGeometryUpdates")


def extract_call(asked: Asked, found: FeatureService, wire: Wire, now: int) -> Extract:
    """Read an extractChanges request. Raises MalformedInput naming the parameter, NotSupported."""
    for name in _OTHERS:
        if asked.truth(name, False):
            raise NotSupported(f"{name} is not supported")
    if asked.text("fieldsToCompare") not in (None, "[]", "{}"):
        raise NotSupported("fieldsToCompare is not supported")
    # A layer without a query of its own gives all of its changes.
    area, face = read_face(asked, found, SyncModel.NONE, TargetType.CLIENT, out_sr="outSR", everything=True)
    wanted = frozenset(op for name, op in _OPS.items() if asked.truth(name, False))
    if not wanted:
        raise MalformedInput("one of returnInserts, returnUpdates and returnDeletes is true", place="returnInserts")
    sent = delivery(asked)
    if sent.form is not DataFormat.JSON:
        raise NotSupported("dataFormat: changes are told as json")
    if sent.asynchronous:
        raise NotSupported("async is not supported; changes since a generation are few")
    return Extract(
        face=face,
        definition=definition_of(found, face, area, wire, now),
        gens=_gens(asked, [each.layer for each in face.layers]),
        wanted=wanted,
        delivery=sent,
    )


def _gens(asked: Asked, numbers: list[int]) -> dict[int, Moment]:
    listed = asked.json("layerServerGens", list)
    if listed:
        gens = dict(layer_gens(listed, "layerServerGens"))
        missing = [number for number in numbers if number not in gens]
        if missing:
            raise MalformedInput(f"the generation of layer {missing[0]} is missing", place="layerServerGens")
        return {number: gens[number] for number in numbers}
    whole: Any = asked.listed("serverGens")
    if isinstance(whole, list):
        if len(whole) > 1:
            raise NotSupported("serverGens: changes are told up to now; give the first generation alone")
        whole = whole[0] if whole else None
    gen = generation(whole, "serverGens")
    if gen is None:
        raise MalformedInput("say since which generation: layerServerGens or serverGens", place="serverGens")
    return dict.fromkeys(numbers, gen)
