"""The rules of the browser sign-in (OAuth 2): where it may lead back to, what it remembers, proof of the beginner.

Between page and form the server keeps nothing: what was asked for travels in `oauth_state`, signed and short-lived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass
from urllib.parse import unquote, urlencode, urlsplit

from kgsync.errors import MalformedInput
from kgsync.server.security.keys import Signer

# For programs without an address of their own: the code is shown to be copied.
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
STATE_MS = 10 * 60_000
CODE_MINUTES = 5
_MAX_TEXT = 2_000
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an application asked of the sign-in page; `minutes` is the lifetime of an implicit token."""

    response: str  # token or code
    client: str
    redirect: str
    state: str
    minutes: int
    challenge: str = ""
    method: str = ""


def read_asked(given: dict[str, str], minutes: int) -> Asked:
    """Read the parameters of authorize. Raises MalformedInput."""
    response, redirect = given.get("response_type", ""), given.get("redirect_uri", "")
    if response not in ("token", "code"):
        raise MalformedInput("the value is token or code", place="response_type")
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method") or "plain"
    if challenge and (method not in ("plain", "S256") or not _CHALLENGE.fullmatch(challenge)):
        raise MalformedInput("a challenge has 43 to 128 letters and the method plain or S256", place="code_challenge")
    for name in ("client_id", "redirect_uri", "state"):
        if len(given.get(name, "")) > _MAX_TEXT:
            raise MalformedInput(f"the value has more than {_MAX_TEXT} characters", place=name)
    if not given.get("client_id"):
        raise MalformedInput("the parameter is missing", place="client_id")
    return Asked(
        response=response,
        client=given["client_id"][:200],
        redirect=redirect,
        state=given.get("state", ""),
        minutes=minutes,
        challenge=challenge,
        method=method if challenge else "",
    )


def redirect_allowed(redirect: str, own: str, listed: tuple[str, ...]) -> bool:
    """Say whether a sign-in may lead to an address: this server, this machine, or what the operator listed.

    Anything else would hand a token to whoever made up the link. `own` is the server's own base URL; a listed
    address allows everything below it.
    """
    if redirect == OUT_OF_BAND:
        return True
    try:
        parts = urlsplit(redirect)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.fragment:
        return False
    if set(redirect) & set('\\"<> ') or not redirect.isascii() or not redirect.isprintable():
        return False
    # Deployed clients name the server as https whatever it speaks.
    mine = urlsplit(own)
    if (host, port) == (mine.hostname, mine.port) or host in _LOOPBACK:
        return True
    return any(_below(redirect, place) for place in listed)


def _below(address: str, place: str) -> bool:
    steps = unquote(urlsplit(address).path).split("/")
    return address == place or (address.startswith(place.rstrip("/") + "/") and not {".", ".."} & set(steps))


def write_state(signer: Signer, asked: Asked, now: int) -> str:
    """Pack what was asked into the form's hidden field."""
    body = json.dumps({**asdict(asked), "at": now, "once": secrets.token_hex(8)}, separators=(",", ":"))
    packed = base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    return f"{packed}.{signer.sign('oauth', packed)}"


def read_state(signer: Signer, text: str, now: int) -> Asked | None:
    """Unpack the hidden field; None when it was not made here, or too long ago."""
    packed, _, signature = text.partition(".")
    if not (packed.isascii() and signer.good(signature, "oauth", packed)):
        return None
    found = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    at = found.pop("at")
    found.pop("once")
    return Asked(**found) if 0 <= now - at <= STATE_MS else None


def answer_url(asked: Asked, facts: dict[str, str]) -> str:
    """Write where a browser goes after signing in: a token in the fragment, a code in the query."""
    text = urlencode({**facts, **({"state": asked.state} if asked.state else {})})
    if asked.response == "token":
        return f"{asked.redirect}#{text}"
    return f"{asked.redirect}{'&' if '?' in asked.redirect else '?'}{text}"


def proves(challenge: str, method: str, verifier: str) -> bool:
    """Check that who brings a code is who began (RFC 7636); without a challenge there is nothing to prove."""
    if not challenge:
        return True
    if not _CHALLENGE.fullmatch(verifier):
        return False
    if method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(challenge, verifier)
