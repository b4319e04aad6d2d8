"""Tokens of an outside issuer (OpenID Connect): its keys, what its tokens must say, whom they stand for.

Only the issuer's public keys are kept, and only in memory. Whoever it vouches for is an account of this
server marked as logging in elsewhere: a name that logs in here is never taken over.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kgsync.errors import AuthenticationError, Code, Forbidden, KgsyncError, MalformedInput, TakenInStore, Unavailable
from kgsync.model.audit import Action, event
from kgsync.model.people import OPERATOR, Account, Role
from kgsync.server.security.accounts import check_name
from kgsync.server.settings import Settings
from kgsync.store.database import Store
from kgsync.store.runner import Runner

_log = structlog.get_logger(__name__)
# Only signatures: an HMAC would make the public key a secret anyone has, and "none" is none.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LEEWAY_SECONDS = 60
# An issuer changes its keys now and then; a token with an unknown one makes us look, but not at every request.
_AGAIN_SECONDS = 60.0
_FAILED_SECONDS = 5.0
_NO_KEYS = "The issuer of this token cannot be asked for its keys; try again"
_KEYS_SECONDS = 3600.0
_FETCH_SECONDS = 10.0
_MOST_BYTES = 1024 * 1024
_MOST_SUBJECT = 255  # as OpenID Connect allows
_MOST_LETTERS = 8192  # a token carries claims, but no documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whom to believe, and for what; `role_claim` empty means that accounts keep the role they were given here."""

    url: str
    audience: str
    keys: str
    user_claim: str
    role_claim: str
    first_role: Role


def issuer_of(settings: Settings) -> Issuer | None:
    """Read the issuer from the settings; None without one. Raises MalformedInput."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_audience:
        raise MalformedInput("An issuer needs an audience: tokens made for others must not open this server")
    for name, url in (("OIDC_ISSUER", settings.oidc_issuer), ("OIDC_KEYS", settings.oidc_keys)):
        if url:
            require_private(url, f"KGSYNC_{name}")
    return Issuer(
        url=settings.oidc_issuer,
        audience=settings.oidc_audience,
        keys=settings.oidc_keys,
        user_claim=settings.oidc_user_claim,
        role_claim=settings.oidc_role_claim,
        first_role=Role(settings.oidc_first_role),
    )


def require_private(url: str, what: str) -> None:
    """Refuse an address anyone on the way could answer for: https, or this machine. Raises MalformedInput."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise MalformedInput(f"The address is not https, so anyone on the way could sign in ({what})")


def looks_outside(token: str) -> bool:
    """Say whether a token is of the form outside issuers write: three parts with dots between."""
    return token.count(".") == 2


def _refused() -> AuthenticationError:
    return AuthenticationError("Token expired or not known here: log in again", code=Code.INVALID_TOKEN)


class OutsideTokens:
    """Check tokens of one issuer; its keys are fetched when they are first needed."""

    def __init__(self, issuer: Issuer, store: Store, runner: Runner) -> None:
        self._issuer, self._store, self._runner = issuer, store, runner
        self._keys: KeySet | None = None
        self._fetched = self._failed = float("-inf")
        self._lock = asyncio.Lock()

    async def account(self, token: str, now: int) -> Account:
        """Find whom a token stands for, added when seen first. Raises AuthenticationError, Forbidden, Unavailable."""
        if len(token) > _MOST_LETTERS:
            raise _refused()
        claims = await self._claims(token)
        name, role, subject = self._name(claims), self._role(claims), self._subject(claims)
        return await self._runner.write("outside account", lambda: self._known(name, subject, role, now))

    async def _claims(self, token: str) -> dict[str, Any]:
        keys = await self._key_set(_KEYS_SECONDS)
        try:
            return self._checked(token, keys)
        except JoseError as error:
            # The one fault another look at the keys can mend.
            if time.monotonic() - self._fetched < _AGAIN_SECONDS:
                raise _refused() from error
        try:
            return self._checked(token, await self._key_set(_AGAIN_SECONDS))
        except JoseError as error:
            raise _refused() from error

    def _checked(self, token: str, keys: KeySet) -> dict[str, Any]:
        """Check signature and claims. Raises JoseError."""
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer.url},
            aud={"essential": True, "value": self._issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            found = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (ValueError, TypeError, RecursionError) as error:
            raise _refused() from error
        registry.validate(found.claims)
        return dict(found.claims)

    def _name(self, claims: dict[str, Any]) -> str:
        name = claims.get(self._issuer.user_claim)
        try:
            check_name(name if isinstance(name, str) else "")
        except MalformedInput:
            raise Forbidden(f"The token's {self._issuer.user_claim} is no user name this server can keep") from None
        return str(name)

    def _subject(self, claims: dict[str, Any]) -> str:
        """Read what the issuer calls somebody for good. Raises Forbidden."""
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT:
            raise Forbidden(f"The token's sub is no text of at most {_MOST_SUBJECT} characters")
        return subject

    def _role(self, claims: dict[str, Any]) -> Role | None:
        """Read the role, the highest of several; None where the token is not asked for it."""
        if not self._issuer.role_claim:
            return None
        given = claims.get(self._issuer.role_claim)
        named = {str(word).lower() for word in (given if isinstance(given, list) else [given])}
        for role in (Role.ADMINISTRATOR, Role.CONTRIBUTOR):
            if role.value in named:
                return role
        return Role.VIEWER

    def _known(self, name: str, subject: str, role: Role | None, now: int) -> Account:
        with self._store.people() as people:
            found = people.account(name)
        if found is None:
            first = role or self._issuer.first_role
            made = Account(name=name, role=first, outside=True, subject=subject, created=now)
            # Another request may bring the same name in the same instant.
            with suppress(TakenInStore), self._store.changing_people() as people:
                if people.account(name) is None:
                    people.add_account(made, "")
                    people.audit(event(OPERATOR, Action.ADD_USER, now, {"user": name, "role": made.role.value}))
            with self._store.people() as people:
                found = people.account(name)
            assert found is not None, "it was just added, here or by another"
        if not found.outside:
            raise Forbidden(f"{found.name} logs in here; the outside issuer cannot vouch for that name")
        if found.disabled:
            raise _refused()
        if found.subject not in ("", subject):
            raise Forbidden(
                f"{found.name} was somebody else at this issuer; an administrator can let the new one in with "
                f"kgsync user enable --anew {found.name}"
            )
        if not found.subject:
            with self._store.changing_people() as people:
                present = people.account(name)
                if present is None or present.subject not in ("", subject):
                    raise _refused()  # another was faster
                found = people.change_account(name, subject=subject)
                people.audit(event(OPERATOR, Action.CHANGE_USER, now, {"user": found.name, "subject": subject}))
        if role is not None and role is not found.role:
            with self._store.changing_people() as people:
                found = people.change_account(name, role=role.value)
                people.audit(event(OPERATOR, Action.CHANGE_USER, now, {"user": found.name, "role": role.value}))
        return found

    # ---- the issuer's keys

    async def _key_set(self, not_older: float) -> KeySet:
        """Give the issuer's keys, fetched anew when they are older than so many seconds. Raises Unavailable."""
        async with self._lock:
            if self._keys is None or time.monotonic() - self._fetched > not_older:
                if time.monotonic() - self._failed < _FAILED_SECONDS:
                    # Nobody waits again for what was not there a moment ago.
                    if self._keys is None:
                        raise Unavailable(_NO_KEYS)
                    return self._keys
                try:
                    self._keys = await self._fetch()
                except (aiohttp.ClientError, TimeoutError, ValueError, JoseError, KgsyncError) as error:
                    _log.warning("could not fetch the issuer's keys", issuer=self._issuer.url, reason=repr(error)[:300])
                    self._failed = time.monotonic()
                    if self._keys is None:
                        raise Unavailable(_NO_KEYS) from None
                    return self._keys
                self._fetched = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            address = self._issuer.keys
            if not address:
                found = await _json(session, f"{self._issuer.url.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self._issuer.url:
                    raise MalformedInput("the configuration names another issuer")
                address = str(found.get("jwks_uri", ""))
                require_private(address, "the issuer's jwks_uri")
            return KeySet.import_key_set(await _json(session, address))  # type: ignore[arg-type]  # checked inside


async def _json(session: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    """Fetch a small JSON object; redirects are not followed, for they would name another issuer."""
    async with session.get(address, allow_redirects=False) as answer:
        answer.raise_for_status()
        data = await answer.content.read(_MOST_BYTES)
    found = json.loads(data)
    if answer.status != 200 or not isinstance(found, dict):
        raise MalformedInput("the issuer answered something else than its configuration")
    return found
