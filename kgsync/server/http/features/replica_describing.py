"""A replica of a feature service, described as clients look for it."""

from __future__ import annotations

import json
from typing import Any

from kgsync.model.feature_replica import FeatureFace, SyncModel, TargetType
from kgsync.model.replica import Replica
from kgsync.model.schema import DataModel
from kgsync.wire.esrijson.geometry import write_reference


def replica_json(replica: Replica, model: DataModel) -> dict[str, Any]:
    """Describe a replica; dates are ms since 1970."""
    face = replica.face
    assert face is not None, "a replica of a feature service"
    reference = face.out_sr or model.spatial_reference
    told: dict[str, Any] = {
        "replicaName": replica.name,
        "replicaID": str(replica.id).upper(),
        "replicaOwner": replica.owner,
        "spatialReference": write_reference(reference),
        **_gens(replica, face),
        "creationDate": replica.created,
        "lastSyncDate": replica.last_contact,
        "syncModel": face.model.value,
        "targetType": face.target.value,
        "syncDirection": replica.direction.name.lower(),
        "syncDataOptions": face.sync_data,
        "returnsAttachments": face.returns_attachments,
        "returnAttachments": face.returns_attachments,
        "attachmentsSyncDirection": face.attachments,
        "spatialRel": "esriSpatialRelIntersects",
        "geometryType": face.area_kind,
        "geometry": _area(face, model),
        "layers": [
            {
                "id": each.layer,
                "queryOption": each.option.value,
                "useGeometry": each.use_geometry,
                "includeRelated": each.include_related,
                "where": each.where,
            }
            for each in face.layers
        ],
        "supportsReplicaTracking": False,
    }
    return told


def _gens(replica: Replica, face: FeatureFace) -> dict[str, Any]:
    is_server = face.target is TargetType.SERVER
    if face.model is not SyncModel.PER_LAYER:
        sibling = {"replicaServerSibGen": face.sibling} if is_server else {}
        return {"replicaServerGen": replica.served.ms, **sibling}
    gens = [{"id": each.layer, "serverGen": each.served, "serverSibGen": each.sibling} for each in face.gens]
    return {"layerServerGens": gens}


def _area(face: FeatureFace, model: DataModel) -> Any:
    """Give the geometry as it was asked for, with its spatial reference."""
    if not face.area:
        return None
    reference = write_reference(face.in_sr or model.spatial_reference)
    if face.area.lstrip().startswith("{"):
        return {**json.loads(face.area), "spatialReference": reference}
    numbers = [float(part) for part in face.area.split(",")]
    names = ("xmin", "ymin", "xmax", "ymax") if len(numbers) == 4 else ("x", "y")
    return {**dict(zip(names, numbers, strict=True)), "spatialReference": reference}
