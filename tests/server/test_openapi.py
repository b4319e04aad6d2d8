"""The OpenAPI document: every JSON route is in it, as the routes say."""

from __future__ import annotations

import asyncio

from kgsync.cli.routes import inventory
from kgsync.server.http.openapi import PATH, document
from kgsync.server.security.rights import Need


def test_every_json_route_is_described_with_its_methods_and_needs() -> None:
    routes = asyncio.run(inventory())
    described = document(tuple(routes))["paths"]
    wanted = {f"/{r.path}": {m.lower() for m in r.methods} for r in routes if r.reply in ("json", "login")}
    assert {path: set(operations) for path, operations in described.items()} == wanted
    assert f"/{PATH}" in described
    for route in routes:
        for operation in described.get(f"/{route.path}", {}).values():
            assert ("security" in operation) is (route.need is not Need.NOTHING)


def test_parameters_stand_where_a_method_takes_them() -> None:
    described = document(tuple(asyncio.run(inventory())))["paths"]
    share = described["/portal/sharing/rest/content/users/{user}/items/{item}/share"]["post"]
    assert [p["name"] for p in share["parameters"]] == ["user", "item"]
    form = share["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert set(form) == {"f", "everyone", "org", "groups"}
    query = described["/portal/sharing/rest/oauth2/authorize"]["get"]["parameters"]
    assert "redirect_uri" in {p["name"] for p in query}
