"""What of a request's outside may be believed: its address, the host it names, the origin it comes from.

Headers of proxies count only when the connection comes from a listed one; a host counts only when it is this
machine, what the server listens on, or listed. Anything else would let a caller write the links others follow.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from aiohttp import web

from kgsync.errors import MalformedInput
from kgsync.server.settings import Settings

_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_ANY = frozenset(("0.0.0.0", "::", ""))
_ALLOWED_HEADERS = "content-type, x-esri-authorization, authorization, idempotency-key, range, if-range"
# A browser may ask again after a day; what is allowed changes with a restart at most.
_PREFLIGHT_SECONDS = 86_400

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(listed: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word, strict=False) for word in listed.split())
    except ValueError as error:
        raise MalformedInput(f"{error} (KGSYNC_TRUSTED_PROXIES)") from None


def host_of(text: str) -> str:
    """Take the port off a Host header; "" when it is none."""
    if text.startswith("["):
        inner, closed, rest = text[1:].partition("]")
        return inner.lower() if closed and (not rest or rest.startswith(":")) else ""
    return text.partition(":")[0].lower()


class Edge:
    """Read the outside of requests by the settings of one server."""

    def __init__(self, settings: Settings) -> None:
        self._public = (settings.public_url or "").rstrip("/")
        self._proxies = _networks(settings.trusted_proxies)
        self._hosts = _LOOPBACK | {word.lower() for word in settings.allowed_hosts.split()}
        if settings.host not in _ANY:
            self._hosts |= {settings.host.lower()}
        self._origins = frozenset(word.rstrip("/").lower() for word in settings.cors_origins.split())

    # ---- where it comes from

    def _trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._proxies)
        except ValueError:
            return False

    def address(self, request: web.Request) -> str:
        """Give the address a request comes from: behind listed proxies the last one they did not add themselves."""
        address = request.remote or ""
        if not self._trusted(address):
            return address
        for hop in reversed(_all(request, "X-Forwarded-For").split(",")):
            if not hop.strip():
                break
            address = hop.strip()[:64]
            if not self._trusted(address):
                break
        return address

    # ---- how it names this server

    def base_url(self, request: web.Request) -> str:
        """Give scheme, host and port for the links of an answer."""
        if self._public:
            return self._public
        scheme, host = request.scheme, request.host
        if self._trusted(request.remote or ""):
            scheme = _one_of(_all(request, "X-Forwarded-Proto"), ("http", "https")) or scheme
            host = _all(request, "X-Forwarded-Host").split(",")[-1].strip() or host
        if host_of(host) not in self._hosts or not _plain(host):
            host = self._own(request)
        return f"{scheme}://{host}"

    def _own(self, request: web.Request) -> str:
        """Name the socket the request came in by."""
        found = None if request.transport is None else request.transport.get_extra_info("sockname")
        if not isinstance(found, tuple):
            return "127.0.0.1"
        address = f"[{found[0]}]" if ":" in found[0] else found[0]
        return f"{address}:{found[1]}"

    def secure(self, request: web.Request) -> bool:
        """Say whether the caller speaks TLS, to this server or to a listed proxy."""
        return self.base_url(request).startswith("https:")

    # ---- which pages may read the answer

    def cors(self, request: web.BaseRequest) -> Mapping[str, str]:
        """Give the headers that let pages of other origins read an answer; never with credentials."""
        origin = request.headers.get("Origin", "")
        allowed = "*" if "*" in self._origins else origin if origin.lower() in self._origins else None
        vary = {} if allowed == "*" else {"Vary": "Origin"}
        if not allowed:
            return vary
        return {
            **vary,
            "Access-Control-Allow-Origin": allowed,
            "Access-Control-Allow-Methods": "GET, POST, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Expose-Headers": "content-range, etag, accept-ranges, retry-after, x-request-id",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }


def _all(request: web.Request, name: str) -> str:
    """Join the lines of a header: a proxy may add one of its own behind the caller's."""
    return ",".join(request.headers.getall(name, ()))


def _one_of(text: str, known: tuple[str, ...]) -> str:
    last = text.split(",")[-1].strip().lower()
    return last if last in known else ""


def _plain(host: str) -> bool:
    """Say whether a host and port is nothing more: no path, user or space."""
    return len(host) <= 300 and all(c.isascii() and (c.isalnum() or c in ".-:[]_") for c in host)
