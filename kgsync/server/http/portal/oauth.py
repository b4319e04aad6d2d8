"""The browser sign-in in the shape deployed clients expect, and tokens for its codes (facts: OAuth 2, RFC 6749).

`oAuthInfo` stands on one line of the page: clients read it from there and send the form themselves.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from kgsync.errors import AuthenticationError, KgsyncError, MalformedInput
from kgsync.model.people import Account, Grant, Principal
from kgsync.server.http.context import Context, form_fields, json_answer, parameters, unkept
from kgsync.server.http.portal.account import SHARING, minutes_of
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.accounts import check_password
from kgsync.server.security.oauth import (
    CODE_MINUTES,
    OUT_OF_BAND,
    Asked,
    answer_url,
    proves,
    read_asked,
    read_state,
    redirect_allowed,
    write_state,
)
from kgsync.server.security.rights import Need
from kgsync.server.security.tokens import as_principal


def _oauth_error(error: str, message: str, code: int = 400) -> web.Response:
    """Tell an error the way portals do, with the word OAuth has for it."""
    told = {"code": code, "error": error, "error_description": message, "message": message, "details": []}
    return json_answer({"error": told}, status=400)


class OAuth:
    """Handlers of the sign-in pages and the token endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    # ---- pages

    async def authorize(self, asked: Admitted) -> web.StreamResponse:
        """Show the page to sign in."""
        given = await parameters(asked.request)
        settings = self._ctx.settings
        try:
            minutes = minutes_of(given.get("expiration"), settings.token_minutes, settings.max_token_minutes)
            wanted = read_asked(given, minutes)
        except MalformedInput as error:
            return self._page(None, error.message)
        own = self._ctx.base_url(asked.request)
        if not redirect_allowed(wanted.redirect, own, settings.redirect_list):
            return self._page(None, "Invalid redirect_uri: the operator of this server has not listed it")
        return self._page(wanted)

    async def sign_in(self, asked: Admitted) -> web.StreamResponse:
        """Take the form of the page, from a browser or a client that fills it in by itself."""
        ctx, given = self._ctx, await form_fields(asked.request)
        wanted = read_state(ctx.pages_signer, given.get("oauth_state", ""), ctx.clock())
        if wanted is None:
            return self._page(None, "The page has expired; go back to where you came from and sign in again")
        name, password, address = given.get("username", ""), given.get("password", ""), asked.who.address

        def log_in() -> dict[str, str]:
            now = ctx.clock()
            account = check_password(ctx.verbs.store, name, password, address=address, now=now)
            return self._granted(wanted, account, now, as_principal(account, address))

        try:
            facts = await ctx.verbs.runner.log_in("sign in", log_in)
        except AuthenticationError as error:
            return self._page(wanted, error.message)
        if wanted.redirect == OUT_OF_BAND:
            return unkept(ctx.pages.facts("Signed in", facts))
        response = web.Response(status=302, headers={"Location": answer_url(wanted, facts), **ctx.pages.headers()})
        response.headers["Cache-Control"] = "no-store"
        return response

    def _granted(self, wanted: Asked, account: Account, now: int, by: Principal) -> dict[str, str]:
        """Make what a sign-in leads to: a token at once, or a code to change for tokens."""
        tokens = self._ctx.tokens
        if wanted.response == "token":
            token, expires = tokens.issue(account, wanted.minutes, now, client=wanted.client, by=by)
            seconds = str((expires - now) // 1000)
            return {"access_token": token, "expires_in": seconds, "username": account.name, "ssl": "true"}
        facts = {"redirect": wanted.redirect, "challenge": wanted.challenge, "method": wanted.method}
        code, _ = tokens.issue(
            account, CODE_MINUTES, now, grant=Grant.CODE, client=wanted.client, facts=json.dumps(facts), by=by
        )
        return {"code": code}

    def _page(self, wanted: Asked | None, message: str | None = None) -> web.Response:
        """Show the form, with what was wrong; without anything to sign in for only that."""
        ctx = self._ctx
        info: dict[str, Any] = {}
        lead = ""
        if wanted is not None:
            info["oauth_state"] = write_state(ctx.pages_signer, wanted, ctx.clock())
            parts = urlsplit(wanted.redirect)
            # Browsers hold the redirect after a form to the policy of its page.
            lead = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        if message is not None:
            shown = f"Invalid username or password. {message} (OAUTH_0015)" if wanted is not None else message
            info["messages"] = [shown]
        return ctx.pages.sign_in(info, client="" if wanted is None else wanted.client, lead=lead)

    # ---- tokens

    async def token(self, asked: Admitted) -> web.StreamResponse:
        """Change a code or a refresh token for tokens."""
        request = asked.request
        if request.method != "POST":
            return _oauth_error("invalid_request", "This address takes a POST")
        try:
            given = await form_fields(request)
        except KgsyncError as error:
            return _oauth_error("invalid_request", error.message)
        work = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "exchange_refresh_token": self._exchanged,
        }.get(given.get("grant_type", ""))
        if work is None:
            known = "authorization_code, refresh_token or exchange_refresh_token"
            return _oauth_error("unsupported_grant_type", f"The grant type is {known}")
        try:
            facts = await self._ctx.verbs.runner.write(
                "token", lambda: work(given, self._ctx.clock(), asked.who.address)
            )
        except AuthenticationError:
            return _oauth_error("invalid_grant", "The code or refresh token is not known here, or has expired", 498)
        except MalformedInput as error:
            return _oauth_error("invalid_request", error.message)
        return unkept(json_answer({**facts, "ssl": self._ctx.edge.secure(request)}))

    def _access(self, account: Account, client: str, minutes: int, now: int, address: str) -> dict[str, Any]:
        by = as_principal(account, address)
        token, expires = self._ctx.tokens.issue(account, minutes, now, client=client, by=by)
        return {"access_token": token, "expires_in": (expires - now) // 1000, "username": account.name}

    def _refresh(self, account: Account, client: str, now: int, address: str) -> dict[str, Any]:
        minutes, by = self._ctx.settings.refresh_token_minutes, as_principal(account, address)
        token, expires = self._ctx.tokens.issue(account, minutes, now, grant=Grant.REFRESH, client=client, by=by)
        return {"refresh_token": token, "refresh_token_expires_in": (expires - now) // 1000}

    def _by_code(self, given: dict[str, str], now: int, address: str) -> dict[str, Any]:
        """Change a code for tokens, once. Raises AuthenticationError, MalformedInput."""
        # Used up first: a code that was brought wrongly is a code somebody else may have.
        code, account = self._ctx.tokens.take(given.get("code", ""), Grant.CODE, now)
        facts = json.loads(code.facts)
        if given.get("client_id", "") != code.client or given.get("redirect_uri", "") != facts["redirect"]:
            raise MalformedInput("the code was made for another client_id or redirect_uri")
        if not proves(facts["challenge"], facts["method"], given.get("code_verifier", "")):
            raise MalformedInput("the value does not prove who began", place="code_verifier")
        minutes = self._ctx.settings.token_minutes
        refresh = self._refresh(account, code.client, now, address)
        return {**self._access(account, code.client, minutes, now, address), **refresh}

    def _by_refresh(self, given: dict[str, str], now: int, address: str) -> dict[str, Any]:
        kept, account = self._ctx.tokens.find(given.get("refresh_token", ""), Grant.REFRESH, now)
        if given.get("client_id", kept.client) != kept.client:
            raise MalformedInput("the refresh token was made for another client_id")
        settings = self._ctx.settings
        minutes = minutes_of(given.get("expiration"), settings.token_minutes, settings.max_token_minutes)
        return self._access(account, kept.client, minutes, now, address)

    def _exchanged(self, given: dict[str, str], now: int, address: str) -> dict[str, Any]:
        """Give a new refresh token for the old one, which ends."""
        tokens = self._by_refresh(given, now, address)
        kept, account = self._ctx.tokens.take(given.get("refresh_token", ""), Grant.REFRESH, now)
        return {**tokens, **self._refresh(account, kept.client, now, address)}

    async def revoke(self, asked: Admitted) -> web.StreamResponse:
        """End a token; whoever has it may."""
        given = await parameters(asked.request)
        token = given.get("auth_token") or given.get("token") or ""
        await self._ctx.verbs.runner.write(
            "revoke token", lambda: self._ctx.tokens.revoke(token, self._ctx.clock(), asked.who.address)
        )
        return json_answer({"success": True})


def routes(ctx: Context) -> list[Route]:
    face = OAuth(ctx)
    both, post = ("GET", "POST"), ("POST",)
    operations = (
        (both, "authorize", face.authorize, ("response_type", "client_id", "redirect_uri", "state", "expiration")),
        (post, "signin", face.sign_in, ("oauth_state", "username", "password")),
        (both, "token", face.token, ("grant_type", "code", "refresh_token", "client_id", "redirect_uri")),
        (post, "revokeToken", face.revoke, ("auth_token",)),
    )
    # Deployed clients ask for the page below rest and send its form above it.
    return [
        Route(
            methods=methods,
            path=f"{base}/oauth2/{name}",
            handler=handler,
            need=Need.NOTHING,
            reply="login",
            takes=takes,
        )
        for base in (SHARING, "portal/sharing")
        for methods, name, handler, takes in operations
    ]
