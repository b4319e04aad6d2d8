"""What is told of a replica beside its features: the members of answers, as clients of feature services read them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from kgsync.model.catalog import ArchiveFile
from kgsync.model.feature_calls import Delivery, FeatureAnswer, LayerSync, SyncFeatures
from kgsync.model.feature_replica import FeatureFace, SyncModel
from kgsync.model.history import Moment
from kgsync.model.replica import Replica
from kgsync.server.feature_files import Changed
from kgsync.wire.esrijson.replicas import replica_id_text

_RESPONSE = "esriReplicaResponseType"


def answer_of(head: dict[str, Any], file: ArchiveFile | None, *, errors: bool = False) -> FeatureAnswer:
    if file is None:
        return FeatureAnswer(facts=json.dumps(head), errors=errors)
    return FeatureAnswer(facts=json.dumps(head), bound=file.replica, archive=file.name, errors=errors)


def in_itself(head: dict[str, Any]) -> dict[str, Any]:
    """Give the members of a file: they say, as the same answer does when it is embedded, that all is in there."""
    return {**head, "transportType": "esriTransportTypeEmbedded"}


def kind_of(answer: Changed, has_edits: bool) -> str:
    """Say of which type an answer is (the operation's table of response types)."""
    if answer.whole and answer.told:
        return "EditsAndData"
    if answer.whole:
        return "ReplacementData"
    return "Edits" if has_edits else "NoEdits"


def generation_of(gens: dict[int, Moment], layer: int) -> Moment:
    return gens[layer] if layer in gens else gens[-1]


def transport(delivery: Delivery) -> str:
    return "esriTransportTypeEmbedded" if delivery.embedded else "esriTransportTypeUrl"


def head_of(
    replica: Replica, face: FeatureFace, delivery: Delivery, served: dict[int, Moment], *, data: bool
) -> dict[str, Any]:
    """Tell of a created replica all but its layers."""
    told: dict[str, Any] = {
        "replicaName": replica.name,
        "replicaID": replica_id_text(replica.id),
        "transportType": transport(delivery),
        "responseType": f"{_RESPONSE}{'Data' if data else 'Info'}",
        "syncModel": face.model.value,
        "targetType": face.target.value,
    }
    if face.model is SyncModel.NONE:
        del told["replicaID"]
        return told
    if face.model is SyncModel.PER_REPLICA:
        return {**told, "replicaServerGen": generation_of(served, -1).ms}
    gens = [{"id": each.layer, "serverGen": generation_of(served, each.layer).ms} for each in face.layers]
    return {**told, "layerServerGens": gens}


def sync_head_of(
    replica: Replica, plan: tuple[LayerSync, ...], call: SyncFeatures, clock: Moment, kind: str
) -> dict[str, Any]:
    face = replica.face
    assert face is not None, "a replica of a feature service"
    told: dict[str, Any] = {
        "transportType": transport(call.delivery),
        "replicaName": replica.name,
        "replicaID": replica_id_text(replica.id),
        "responseType": f"{_RESPONSE}{kind}",
    }
    if face.model is not SyncModel.PER_LAYER:
        gen = clock if any(each.way.downloads for each in plan) else call.gen
        return told if gen is None else {**told, "replicaServerGen": gen.ms}
    gens = []
    for each in plan:
        gen = clock if each.way.downloads else each.gen
        if gen is not None:
            gens.append({"id": each.layer, "serverGen": gen.ms})
    return {**told, "layerServerGens": gens}


def as_reference(known: FeatureFace, asked: FeatureFace) -> FeatureFace:
    """Take what a reference replica was made with; how it syncs is the caller's to say."""
    return replace(
        known,
        target=asked.target,
        sibling=-1,
        gens=(),
    )
