"""A feature service, its layers and its tables, described as clients look for them."""

from __future__ import annotations

from typing import Any

from kgsync.model.catalog import Service
from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.layers import Published
from kgsync.model.schema import FieldIndex
from kgsync.server.feature_exports import installed
from kgsync.server.http.features.asking import MAX_RECORDS
from kgsync.server.layers import FeatureService, is_table
from kgsync.wire.esrijson.fields import (
    GLOBAL_ID_FIELD,
    OBJECT_ID_FIELD,
    attribute_properties,
    field_json,
    field_name,
    field_name_of,
    geometry_property,
)
from kgsync.wire.esrijson.geometry import KIND_NAMES, write_reference

CURRENT_VERSION = 12.1
_FORMATS = "JSON, geoJSON"


def service_json(found: FeatureService) -> dict[str, Any]:
    """Describe the service."""
    service, model = found.service, found.model
    reference = model.spatial_reference
    layers = [_listed(each) for each in found.layers if not is_table(each)]
    tables = [_listed(each) for each in found.layers if is_table(each)]
    return {
        "currentVersion": CURRENT_VERSION,
        "serviceDescription": service.settings.description,
        "description": service.settings.description,
        "copyrightText": service.settings.copyright,
        "serviceItemId": service.item,
        "hasVersionedData": False,
        "hasStaticData": False,
        "maxRecordCount": MAX_RECORDS,
        "supportedQueryFormats": _FORMATS,
        "supportsDisconnectedEditing": service.settings.supports_sync,
        **_sync(found),
        "capabilities": capabilities(service),
        "spatialReference": write_reference(reference),
        "initialExtent": extent(reference),
        "fullExtent": extent(reference),
        "allowGeometryUpdates": service.settings.edits().update,
        "units": "esriDecimalDegrees",
        "layers": layers,
        "tables": tables,
        "relationships": [],
        "enableZDefaults": False,
        "dateFieldsTimeReference": {"timeZone": "UTC", "respectsDaylightSaving": False},
    }


def _sync(found: FeatureService) -> dict[str, Any]:
    """Say what of synchronization the service takes (createReplica operation, ArcGIS REST API)."""
    if not found.service.settings.supports_sync:
        return {"syncEnabled": False}
    gens = [{"id": each.id, "minServerGen": found.floor.ms, "serverGen": found.clock.ms} for each in found.layers]
    return {
        "syncEnabled": True,
        "syncCapabilities": {
            "supportsRegisteringExistingData": True,
            "supportsSyncDirectionControl": True,
            "supportsPerLayerSync": True,
            "supportsPerReplicaSync": True,
            "supportsSyncModelNone": True,
            "supportsRollbackOnFailure": True,
            "supportsAsync": True,
            "supportsAttachmentsSyncDirection": True,
            "supportsBiDirectionalSyncForServer": True,
            "supportsBranchVersionReconcile": False,
            "supportedSyncDataOptions": 0,
            "advancedReplicasResourceCapabilities": {
                "supportsVersion": False,
                "supportsReturnVersion": False,
                "supportsReturnLastSyncDate": True,
            },
        },
        "extractChangesCapabilities": {
            "supportsReturnIdsOnly": False,
            "supportsReturnExtentOnly": False,
            "supportsReturnAttachments": False,
            "supportsLayerQueries": True,
            "supportsGeometry": True,
            "supportsReturnFeature": True,
            "supportsFieldsToCompare": False,
            "supportsServerGens": True,
            "supportsReturnHasGeometryUpdates": False,
        },
        "supportedExportFormats": ", ".join(form.value for form in installed()),
        "changeTrackingInfo": {"lastSyncDate": found.clock.ms, "layerServerGens": gens},
    }


def _listed(layer: Published) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": layer.id,
        "name": layer.type.name,
        "type": "Table" if is_table(layer) else "Feature Layer",
        "parentLayerId": -1,
        "defaultVisibility": True,
        "subLayerIds": None,
        "minScale": 0,
        "maxScale": 0,
    }
    shape = geometry_property(layer.type)
    return told if shape is None else {**told, "geometryType": KIND_NAMES[shape.geometry_kind]}


def capabilities(service: Service) -> str:
    """List what the service takes."""
    edits = service.settings.edits()
    words = {"Create": edits.create, "Update": edits.update, "Delete": edits.delete, "Editing": edits.any}
    taken = [name for name in ("Query",) if name in service.settings.capabilities]
    taken += ["Sync", "Extract", "ChangeTracking", "Uploads"] if service.settings.supports_sync else []
    return ",".join((*taken, *(name for name, on in words.items() if on)))


def layer_json(layer: Published, found: FeatureService) -> dict[str, Any]:
    """Describe a layer or table."""
    model = found.model
    shape = geometry_property(layer.type)
    fields = attribute_properties(layer.type)
    named = next((p for p in fields if p.name.lower() in ("name", "title", "label")), fields[0])
    told: dict[str, Any] = {
        "currentVersion": CURRENT_VERSION,
        "id": layer.id,
        "name": layer.type.name,
        "type": "Table" if shape is None else "Feature Layer",
        "description": layer.type.alias,
        "displayField": field_name(named),
        "objectIdField": OBJECT_ID_FIELD,
        "globalIdField": GLOBAL_ID_FIELD,
        "uniqueIdField": {"name": OBJECT_ID_FIELD, "isSystemMaintained": True},
        "fields": [field_json(each, model) for each in fields],
        "indexes": [_index(each) for each in layer.type.indexes],
        "relationships": [],
        "types": [],
        "templates": [],
        "hasAttachments": layer.attachments,
        "capabilities": capabilities(found.service),
        "maxRecordCount": MAX_RECORDS,
        "standardMaxRecordCount": MAX_RECORDS,
        "supportedQueryFormats": _FORMATS,
        "supportsStatistics": True,
        "supportsAdvancedQueries": True,
        "supportsCoordinatesQuantization": False,
        "supportsApplyEditsWithGlobalIds": True,
        "supportsRollbackOnFailureParameter": True,
        "isDataVersioned": False,
        "dateFieldsTimeReference": {"timeZone": "UTC", "respectsDaylightSaving": False},
        "advancedQueryCapabilities": {
            "supportsPagination": True,
            "supportsStatistics": True,
            "supportsOrderBy": True,
            "supportsDistinct": True,
            "supportsReturningGeometryProperties": False,
            "supportsQueryWithDistance": False,
            "supportsReturningQueryExtent": False,
            "supportsSqlExpression": False,
        },
    }
    if shape is None:
        return told
    return {
        **told,
        "geometryType": KIND_NAMES[shape.geometry_kind],
        "hasZ": shape.has_z,
        "hasM": shape.has_m,
        "extent": extent(model.spatial_reference),
        "sourceSpatialReference": write_reference(model.spatial_reference),
    }


def _index(index: FieldIndex) -> dict[str, Any]:
    names = ",".join(field_name_of(name) for name in index.properties)
    told = {"name": index.name, "fields": names, "isAscending": index.ascending, "isUnique": index.unique}
    return {**told, "description": index.description}


def extent(reference: SpatialReference) -> dict[str, Any]:
    """Give where a service's features may be: the world in degrees, and as far as its grid reaches otherwise."""
    reach = (-180.0, -90.0, 180.0, 90.0) if reference.wkid == WGS84.wkid else (-1e8, -1e8, 1e8, 1e8)
    corners = dict(zip(("xmin", "ymin", "xmax", "ymax"), reach, strict=True))
    return {**corners, "spatialReference": write_reference(reference)}
