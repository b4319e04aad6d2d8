"""What clients ask about the portal and its users, and tokens for a name and a password."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput, NotFound
from kgsync.model.people import Account, Binding, Principal, Role
from kgsync.server.http.context import Context, json_answer, parameters, unkept
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.accounts import check_password
from kgsync.server.security.rights import Need
from kgsync.server.security.tokens import as_principal

SHARING = "portal/sharing/rest"
_GENERATE = f"{SHARING}/generateToken"
PORTAL_VERSION = "2025.1"
_PRIVILEGES = {
    Role.VIEWER: ["portal:user:viewOrgItems"],
    Role.CONTRIBUTOR: ["portal:user:viewOrgItems", "portal:user:createItem", "features:user:edit"],
    Role.ADMINISTRATOR: [
        "portal:user:viewOrgItems",
        "portal:user:createItem",
        "features:user:edit",
        "portal:publisher:publishFeatures",
        "portal:admin:viewUsers",
    ],
}
_ROLES = {Role.VIEWER: "org_viewer", Role.CONTRIBUTOR: "org_publisher", Role.ADMINISTRATOR: "org_admin"}
_MAX_REFERER = 500


def user_json(who: Account | Principal) -> dict[str, Any]:
    return {
        "username": who.name,
        "fullName": who.name,
        "role": _ROLES[who.role],
        "privileges": _PRIVILEGES[who.role],
    }


def minutes_of(text: str | None, default: int, most: int) -> int:
    """Read a lifetime in minutes, at most `most`. Raises MalformedInput."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        raise MalformedInput("a lifetime is a number of minutes", place="expiration")
    return min(int(text), most)


def binding_of(given: dict[str, str], address: str) -> Binding:
    """Read what a token is to be bound to: `client` is referer, ip or requestip, as portals have it.

    Raises MalformedInput.
    """
    match given.get("client", "").lower():
        case "":
            return Binding()
        case "referer":
            referer = given.get("referer", "")
            if not referer or len(referer) > _MAX_REFERER:
                raise MalformedInput(f"a referer has 1 to {_MAX_REFERER} characters", place="referer")
            return Binding(referer=referer)
        case "ip":
            if not given.get("ip"):
                raise MalformedInput("the parameter is missing", place="ip")
            return Binding(address=given["ip"][:64])
        case "requestip":
            return Binding(address=address)
        case other:
            raise MalformedInput(f"{other[:20]!r} is not one of referer, ip, requestip", place="client")


class AccountFace:
    """Handlers of log-in by token, the portal and its users."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def _auth_info(self, request: web.Request) -> dict[str, Any]:
        url = f"{self._ctx.base_url(request)}/{SHARING}/generateToken"
        short = self._ctx.settings.token_minutes
        return {"authInfo": {"isTokenBasedSecurity": True, "tokenServicesUrl": url, "shortLivedTokenValidity": short}}

    async def info(self, asked: Admitted) -> web.StreamResponse:
        return json_answer({"owningSystemUrl": self._portal(asked.request), **self._auth_info(asked.request)})

    async def server_info(self, asked: Admitted) -> web.StreamResponse:
        facts = {"currentVersion": 12.1, "fullVersion": "12.1.0", "owningSystemUrl": self._portal(asked.request)}
        return json_answer({**facts, **self._auth_info(asked.request)})

    def _portal(self, request: web.Request) -> str:
        return f"{self._ctx.base_url(request)}/portal"

    async def root(self, asked: Admitted) -> web.StreamResponse:
        return json_answer({"currentVersion": PORTAL_VERSION})

    async def generate_token(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method != "POST" or "password" in request.query:
            raise MalformedInput("generateToken takes a POST: a password has no place in an address")
        given = await parameters(request)
        address = asked.who.address
        binding = binding_of(given, address)
        minutes = minutes_of(given.get("expiration"), ctx.settings.token_minutes, ctx.settings.max_token_minutes)
        name, password = given.get("username", ""), given.get("password", "")

        def log_in() -> tuple[str, int]:
            now = ctx.clock()
            account = check_password(ctx.verbs.store, name, password, address=address, now=now)
            return ctx.tokens.issue(account, minutes, now, binding=binding, by=as_principal(account, address))

        token, expires = await ctx.verbs.runner.log_in("log in", log_in)
        return unkept(json_answer({"token": token, "expires": expires, "ssl": ctx.edge.secure(request)}))

    async def portal_self(self, asked: Admitted) -> web.StreamResponse:
        facts: dict[str, Any] = {
            "id": "0123456789ABCDEF",
            "portalName": "kgsync",
            "name": "kgsync",
            "portalMode": "singletenant",
            "currentVersion": PORTAL_VERSION,
            "isPortal": True,
            "supportsHostedServices": True,
        }
        who = await self._ctx.who(asked.request)
        if not who.anonymous:
            facts["user"] = user_json(who)
        return json_answer(facts)

    async def user(self, asked: Admitted) -> web.StreamResponse:
        name, who = asked.names["user"], asked.who
        if name.lower() == who.name.lower():
            return json_answer(user_json(who))

        def find() -> Account | None:
            with self._ctx.verbs.store.people() as people:
                return people.account(name)

        found = await self._ctx.verbs.runner.read("account", find)
        if found is None:
            raise NotFound("User does not exist or is inaccessible")
        return json_answer(user_json(found) if who.administrator else {"username": found.name, "privileges": []})


def routes(ctx: Context) -> list[Route]:
    face = AccountFace(ctx)
    nothing = (
        ("portal/info", face.info, "json"),
        ("portal/rest/info", face.info, "json"),
        (f"{SHARING}/info", face.info, "json"),
        ("server/rest/info", face.server_info, "json"),
        (SHARING, face.root, "json"),
        (_GENERATE, face.generate_token, "login"),
        (f"{SHARING}/portals/self", face.portal_self, "json"),
    )
    methods = ("GET", "POST")
    found = [
        Route(
            methods=methods,
            path=path,
            handler=handler,
            need=Need.NOTHING,
            reply=reply,
            takes=("username", "password", "client", "referer", "ip", "expiration") if path == _GENERATE else (),
        )
        for path, handler, reply in nothing
    ]
    path = f"{SHARING}/community/users/{{user}}"
    found.append(Route(methods=methods, path=path, handler=face.user, need=Need.SIGNED_IN, reply="json"))
    return found
