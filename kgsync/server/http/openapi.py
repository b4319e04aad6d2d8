"""The OpenAPI document of the JSON surface, made from the routes themselves: what is answered is what is described.

The protobuf surface is the published contract's, and described there.
"""

from __future__ import annotations

from typing import Any

from kgsync import __version__
from kgsync.server.http.routing import Route
from kgsync.server.security.rights import Need

PATH = "server/rest/openapi.json"
_JSON_REPLIES = ("json", "login")
_ANSWER: dict[str, Any] = {"type": "object"}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "details": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
}


def document(routes: tuple[Route, ...]) -> dict[str, Any]:
    """Describe every route that answers in JSON."""
    paths: dict[str, Any] = {}
    for route in routes:
        if route.reply in _JSON_REPLIES:
            paths[f"/{route.path}"] = {method.lower(): _operation(route, method) for method in route.methods}
    return {
        "openapi": "3.1.0",
        "info": {"title": "kgsync", "version": __version__, "description": "The JSON surface of the server."},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "header": {"type": "apiKey", "in": "header", "name": "X-Esri-Authorization"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            }
        },
    }


def _operation(route: Route, method: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": f"Needs: {route.need.value}",
        "parameters": [*_path_parameters(route), *(_query_parameters(route) if method == "GET" else ())],
        "responses": {
            "200": _content({"anyOf": [_ANSWER, _ERROR]}),
            "4XX": _content(_ERROR),
        },
    }
    if route.reply == "login":
        described["responses"]["302"] = {"description": "Signed in"}
    if method == "POST":
        fields = {name: {"type": "string"} for name in ("f", *route.takes)}
        form = {"schema": {"type": "object", "properties": fields}}
        described["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
    if route.need is not Need.NOTHING:
        described["security"] = [{"header": []}, {"bearer": []}, {"query": []}]
    return described


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": "JSON, or a page where f=html asks for one",
        "content": {"application/json": {"schema": schema}, "text/html": {"schema": {"type": "string"}}},
    }


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = [segment[1:-1] for segment in route.segments if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in ("f", *route.takes)
    ]
