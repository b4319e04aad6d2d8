"""The service's own JSON, and the pages between operations."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.model.catalog import Service
from kgsync.model.schema import DataModel
from kgsync.server.http.context import Context, answer_form, json_answer
from kgsync.server.http.knowledge.answers import PATHS
from kgsync.server.http.routing import Admitted, Handler, Route
from kgsync.server.security.rights import Need

CURRENT_VERSION = 12.1
MAX_RECORDS = 2000


def service_json(service: Service, model: DataModel) -> dict[str, Any]:
    """Describe a service; the misspelled key is the contract's."""
    reference = model.spatial_reference
    edits = service.settings.edits()
    editable = edits.create or edits.update or edits.delete
    return {
        "currentVersion": CURRENT_VERSION,
        "name": service.path,
        "serviceItemId": service.item,
        "description": service.settings.description,
        "copyrightText": service.settings.copyright,
        "capabilities": ",".join(service.settings.capabilities),
        "supportedQueryFormats": "PBF",
        "maxRecordCount": MAX_RECORDS,
        "searchMaxRecordCount": MAX_RECORDS,
        "allowGeometryUpdates": True,
        "dataEditingNotSupported": not editable,
        "schemaEditingNotSupported": not editable,
        "supportsSync": service.settings.supports_sync,
        "supportsSearch": False,
        "supportsDocuments": model.documents is not None,
        "supportsProvenance": model.provenance is not None,
        "supportsEditorTracking": model.tracking is not None,
        "ownershipBasedAccessControlForFeatures": _ownership(service),
        "spatialReference": {"wkid": reference.wkid, "latestWkid": reference.latest_wkid},
        "units": "esriDecimalDegrees",
        "dateFieldsTimeReference": {"timeZone": "UTC", "respectsDaylightSaving": False},
        "serviceCapabilities": {
            "applyEditsCapabilities": {"graphDefaultRollbackOnFailure": service.settings.rollback_on_failure},
            "geometryCapabilities": {
                "geometryMaxBoundingRectangleSizeX": 180,
                "geometryMaxBoundingRectangleSizeY": 180,
                "supportedGeometryTypes": [
                    "esriGeometryPoint",
                    "esriGeometryMultipoint",
                    "esriGeometryPolyline",
                    "esriGeometryPolygon",
                ],
                "supportsMValues": True,
                "supportsZValues": True,
            },
            "indexCapabilities": {
                "supportsDecendingIndex": True,
                "supportsRelationshipIndex": True,
                "supportsUniqueRelationshipConstraint": False,
            },
            "searchCapabilities": {
                "allowLeadingWildcardQueries": False,
                "searchTypeFilterCapabilities": ["esriTypeEntity", "esriTypeRelationship", "esriTypeBoth"],
            },
        },
    }


def _ownership(service: Service) -> dict[str, bool] | None:
    """Describe what others may do to an object as feature services do; null where everyone may."""
    found = service.settings.ownership
    if not found.enabled:
        return None
    return {"allowOthersToQuery": found.others_query, "allowOthersToUpdate": False, "allowOthersToDelete": False}


def routes(ctx: Context) -> list[Route]:
    async def root(asked: Admitted) -> web.StreamResponse:
        request, service = asked.request, asked.service
        facts = service_json(service, await ctx.verbs.data_model(service))
        form = await answer_form(request, "html")
        if form in ("json", "pjson"):
            return json_answer(facts, pretty=form == "pjson")
        url = ctx.service_url(request, service)
        links = [
            ("Data model", f"{url}/dataModel/queryDataModel?f=html"),
            ("Query", f"{url}/graph/query?f=html"),
            ("Replicas", f"{url}/replicas?f=html"),
            ("JSON", f"{url}?f=json"),
        ]
        return ctx.pages.facts(f"{service.path} (KnowledgeGraphServer)", facts, links=links)

    def resource(title: str, children: list[str]) -> Handler:
        async def page(asked: Admitted) -> web.StreamResponse:
            return ctx.pages.facts(f"{asked.service.path}: {title}", {"operations": children})

        return page

    pages = {
        "graph": ["query", "applyEdits"],
        "dataModel": ["queryDataModel", "edit", "domains"],
        "dataModel/edit": ["namedTypes"],
        "dataModel/edit/namedTypes": ["add"],
        "dataModel/domains": ["add"],
    }
    found = [Route(methods=("GET", "POST"), path=path, handler=root, need=Need.ACCESS, reply="json") for path in PATHS]
    for path in PATHS:
        for name, children in pages.items():
            handler = resource(name, children)
            found.append(
                Route(methods=("GET",), path=f"{path}/{name}", handler=handler, need=Need.ACCESS, reply="page")
            )
    return found
