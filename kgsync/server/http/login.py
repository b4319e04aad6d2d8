"""Signing in to look at pages: a cookie that opens pages and nothing else.

The cookie counts for GETs that ask for a page, which change nothing; whatever changes something wants the token
itself. So no other site can make a browser do anything here; the form's own check keeps it from signing
somebody in as somebody else.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlencode

from aiohttp import web

from kgsync.errors import AuthenticationError
from kgsync.server.http.context import COOKIE, Context, form_fields, parameters
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.accounts import check_password
from kgsync.server.security.rights import Need
from kgsync.server.security.tokens import as_principal

PAGES = "/server/rest"
LOGIN = f"{PAGES}/login"
_FORM_COOKIE = "kgsync_form"
_FORM_SECONDS = 3600


def inside(path: str) -> str:
    """Give a path of this server's pages, whatever was asked for: nothing leads out of it."""
    plain = path.isascii() and path.isprintable() and not set(path) & set("\\ ")
    return path if plain and path.startswith(f"{PAGES}/") and "//" not in path else LOGIN


def login_link(path: str) -> str:
    return f"{LOGIN}?{urlencode({'redirect': path})}"


class Login:
    """Handlers of the form to sign in, and to sign out again."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def login(self, asked: Admitted) -> web.StreamResponse:
        if asked.request.method == "GET":
            redirect = inside((await parameters(asked.request)).get("redirect", ""))
            return self._form(asked, redirect, await self._signed_in(asked))
        given = await form_fields(asked.request)
        redirect = inside(given.get("redirect", ""))
        if not self._same_browser(asked.request, given):
            return self._form(asked, redirect, "", "The form has expired; try again")
        ctx, address = self._ctx, asked.who.address
        name, password = given.get("username", ""), given.get("password", "")

        def log_in() -> tuple[str, int]:
            now = ctx.clock()
            account = check_password(ctx.verbs.store, name, password, address=address, now=now)
            by = as_principal(account, address)
            token, expires = ctx.tokens.issue(account, ctx.settings.token_minutes, now, client="pages", by=by)
            return token, (expires - now) // 1000

        try:
            token, seconds = await ctx.verbs.runner.log_in("sign in", log_in)
        except AuthenticationError as error:
            return self._form(asked, redirect, "", error.message)
        response = web.Response(status=303, headers={"Location": redirect, **ctx.pages.headers()})
        self._set(asked.request, response, COOKIE, token, seconds)
        return response

    async def logout(self, asked: Admitted) -> web.StreamResponse:
        """End the cookie's token."""
        given = await form_fields(asked.request)
        if not self._same_browser(asked.request, given):
            return self._form(asked, LOGIN, await self._signed_in(asked), "The form has expired; try again")
        ctx, token, address = self._ctx, asked.request.cookies.get(COOKIE, ""), asked.who.address
        await ctx.verbs.runner.write("sign out", lambda: ctx.tokens.revoke(token, ctx.clock(), address))
        response = web.Response(status=303, headers={"Location": LOGIN, **self._ctx.pages.headers()})
        response.del_cookie(COOKIE, path=PAGES)
        return response

    async def _signed_in(self, asked: Admitted) -> str:
        """Say who the cookie stands for; nobody when it is not good any more."""
        try:
            return (await self._ctx.who(asked.request, page=True)).name
        except AuthenticationError:
            return ""

    def _same_browser(self, request: web.Request, given: dict[str, str]) -> bool:
        kept = request.cookies.get(_FORM_COOKIE, "")
        return bool(kept) and hmac.compare_digest(
            self._ctx.pages_signer.sign("form", kept).encode(), given.get("check", "").encode()
        )

    def _form(self, asked: Admitted, redirect: str, signed_in: str, message: str = "") -> web.Response:
        kept = asked.request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(18)
        check = self._ctx.pages_signer.sign("form", kept)
        response = self._ctx.pages.login(check=check, redirect=redirect, signed_in=signed_in, message=message)
        self._set(asked.request, response, _FORM_COOKIE, kept, _FORM_SECONDS)
        return response

    def _set(self, request: web.Request, response: web.Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=PAGES,
            httponly=True,
            samesite="Strict",
            secure=self._ctx.edge.secure(request),
        )


def routes(ctx: Context) -> list[Route]:
    if not ctx.settings.pages:
        return []
    face = Login(ctx)
    operations = ((("GET", "POST"), LOGIN, face.login), (("POST",), f"{PAGES}/logout", face.logout))
    return [
        Route(methods=methods, path=path.strip("/"), handler=handler, need=Need.NOTHING, reply="page")
        for methods, path, handler in operations
    ]
