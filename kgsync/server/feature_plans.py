"""What a synchronizeReplica call does for which layer: by the replica's model and direction, or not at all."""

from __future__ import annotations

from kgsync.errors import Forbidden, MalformedInput
from kgsync.model.feature_calls import LayerSync, SyncFeatures, Way
from kgsync.model.feature_replica import SyncModel
from kgsync.model.replica import Direction, Replica


def plan_of(replica: Replica, call: SyncFeatures) -> tuple[LayerSync, ...]:
    """Say what a call does for which layer. Raises MalformedInput naming the parameter, Forbidden."""
    face = replica.face
    assert face is not None, "a replica of a feature service"
    numbers = [each.layer for each in face.layers]
    usual = _usual(replica.direction)
    if face.model is not SyncModel.PER_LAYER:
        way = call.way or usual
        _check_way(replica, way)
        if way in (Way.DOWNLOAD, Way.BIDIRECTIONAL) and call.gen is None:
            raise MalformedInput("it is needed to download what changed", place="replicaServerGen")
        return tuple(LayerSync(layer=number, way=way, gen=call.gen, sibling=call.sibling) for number in numbers)
    asked = call.layers
    if asked is None:
        asked = tuple(LayerSync(layer=number, way=call.way or usual, gen=call.gen) for number in numbers)
    for each in asked:
        if each.layer not in numbers:
            raise MalformedInput(f"layer {each.layer} is none of the replica's", place="syncLayers")
        _check_way(replica, each.way)
        if each.way in (Way.DOWNLOAD, Way.BIDIRECTIONAL) and each.gen is None:
            raise MalformedInput(f"layer {each.layer} needs its serverGen to download", place="syncLayers")
    if len({each.layer for each in asked}) < len(asked):
        raise MalformedInput("a layer is listed twice", place="syncLayers")
    return asked


def _usual(direction: Direction) -> Way:
    return {Direction.UPLOAD: Way.UPLOAD, Direction.DOWNLOAD: Way.DOWNLOAD}.get(direction, Way.BIDIRECTIONAL)


def _check_way(replica: Replica, way: Way) -> None:
    if way.uploads and not replica.direction.uploads:
        raise Forbidden("This replica only downloads; syncDirection must be download or snapshot")
    if way.downloads and not replica.direction.downloads:
        raise Forbidden("This replica only uploads; syncDirection must be upload")
