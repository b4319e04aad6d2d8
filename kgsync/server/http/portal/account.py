"""Log-in and what clients ask about the portal and its users."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotFound
from kgsync.model.catalog import Account
from kgsync.server.http.context import Context, json_answer, parameters, token_of
from kgsync.server.http.routing import Route
from kgsync.server.security.accounts import check_password, check_token, issue_token

SHARING = "portal/sharing/rest"
PORTAL_VERSION = "2025.1"
_ADMIN_PRIVILEGES = ["portal:admin:viewUsers", "portal:publisher:publishFeatures", "portal:user:createItem"]
_USER_PRIVILEGES = ["portal:user:createItem", "portal:user:viewOrgItems"]


def user_json(account: Account) -> dict[str, Any]:
    return {
        "username": account.name,
        "fullName": account.name,
        "role": "org_admin" if account.administrator else "org_user",
        "privileges": _ADMIN_PRIVILEGES if account.administrator else _USER_PRIVILEGES,
    }


def routes(ctx: Context) -> list[Route]:
    def auth_info(request: web.Request) -> dict[str, Any]:
        url = f"{ctx.base_url(request)}/{SHARING}/generateToken"
        return {"authInfo": {"isTokenBasedSecurity": True, "tokenServicesUrl": url}}

    async def info(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        return json_answer(auth_info(request))

    async def server_info(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        facts = {"currentVersion": 12.1, "fullVersion": "12.1.0", "owningSystemUrl": f"{ctx.base_url(request)}/portal"}
        return json_answer({**facts, **auth_info(request)})

    async def root(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        return json_answer({"currentVersion": PORTAL_VERSION})

    async def generate_token(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        if request.method != "POST":
            raise MalformedInput("generateToken takes a POST: a password has no place in an address")
        given = await parameters(request)
        minutes = _minutes(given.get("expiration"))
        name, password = given.get("username", ""), given.get("password", "")

        def log_in() -> tuple[str, int]:
            account = check_password(ctx.verbs.store, name, password)
            return issue_token(ctx.verbs.store, account, minutes, ctx.clock())

        token, expires = await ctx.verbs.runner.write("log in", log_in)
        return json_answer({"token": token, "expires": expires, "ssl": request.scheme == "https"})

    def _minutes(text: str | None) -> int:
        if not text:
            return ctx.settings.token_minutes
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise MalformedInput("a lifetime is a number of minutes", place="expiration")
        return min(int(text), ctx.settings.max_token_minutes)

    async def portal_self(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        facts: dict[str, Any] = {
            "id": "0123456789ABCDEF",
            "portalName": "kgsync",
            "name": "kgsync",
            "portalMode": "singletenant",
            "currentVersion": PORTAL_VERSION,
            "isPortal": True,
            "supportsHostedServices": True,
        }
        token = await token_of(request)
        if token is not None:
            account = await ctx.verbs.runner.read("token", lambda: check_token(ctx.verbs.store, token, ctx.clock()))
            facts["user"] = user_json(account)
        return json_answer(facts)

    async def user(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await ctx.who(request)
        if names["user"].lower() == who.name.lower():
            return json_answer(user_json(who))

        def find() -> Account | None:
            with ctx.verbs.store.catalog() as catalog:
                return catalog.account(names["user"])

        found = await ctx.verbs.runner.read("account", find)
        if found is None:
            raise NotFound("User does not exist or is inaccessible")
        return json_answer(user_json(found) if who.administrator else {"username": found.name, "privileges": []})

    both = ("GET", "POST")
    found = [
        Route(methods=both, path=path, handler=info, reply="json")
        for path in ("portal/info", "portal/rest/info", f"{SHARING}/info")
    ]
    found += [
        Route(methods=both, path="server/rest/info", handler=server_info, reply="json"),
        Route(methods=both, path=SHARING, handler=root, reply="json"),
        Route(methods=both, path=f"{SHARING}/generateToken", handler=generate_token, reply="json"),
        Route(methods=both, path=f"{SHARING}/portals/self", handler=portal_self, reply="json"),
        Route(methods=both, path=f"{SHARING}/community/users/{{user}}", handler=user, reply="json"),
    ]
    return found
