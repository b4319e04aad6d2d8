"""Routes as data: fixed segments match in any case, names are exact and percent-decoded.

aiohttp's own resources leave braces out of `{id}` and compare fixed segments by case; deployed clients
send both, so paths are matched here, segment by segment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web

from kgsync.model.catalog import Service
from kgsync.model.people import Principal
from kgsync.server.security.rights import Need


@dataclass(slots=True)
class Admitted:
    """A request that may be answered: the names in its path, who it acts for, and the service it is about.

    A body that takes its time has the last two asked for again: read them after it.
    """

    request: web.Request
    names: dict[str, str]
    who: Principal
    found: Service | None = None

    @property
    def service(self) -> Service:
        assert self.found is not None, "the path of this route names no service"
        return self.found


@dataclass(slots=True)
class Renewal:
    """What asks again who a request acts for, and whether they still may; `asking` while it does."""

    ask: Callable[[], Awaitable[None]]
    asking: bool = False


RENEW = web.RequestKey("renew", Renewal)

Handler = Callable[[Admitted], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path of a face: `{name}` segments are captured, others compared without case.

    `takes` names the parameters of its query or form, for the document that describes it.

    `need` says who may come in; the handler runs only for them. `reply` says in which form errors go back:
    "pbf" (in the message), "json", "page", "file", or "login" (JSON that is never a status of HTTP).
    """

    methods: tuple[str, ...]
    path: str
    handler: Handler
    need: Need
    reply: str
    takes: tuple[str, ...] = ()
    error: Callable[..., bytes] | None = None
    segments: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.path.strip("/").split("/")))

    @property
    def about_service(self) -> bool:
        """Say whether the route is below a service, where deployed clients repeat what HTTP calls a failure."""
        return "{service}" in self.segments

    def match(self, segments: list[str]) -> dict[str, str] | None:
        if len(segments) != len(self.segments):
            return None
        found: dict[str, str] = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if wanted.startswith("{"):
                if not given:
                    return None
                found[wanted[1:-1]] = given
            elif wanted.lower() != given.lower():
                return None
        return found


class RouteTable:
    """All routes of the server; the first that matches answers."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """Match a raw path; a HEAD is answered like a GET, a wrong method like an unknown path."""
        path = raw_path.split("?", 1)[0].rstrip("/")
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        if any(ord(c) < 32 for segment in segments for c in segment):
            return None
        wanted = "GET" if method == "HEAD" else method
        for route in self.routes:
            if wanted in route.methods:
                found = route.match(segments)
                if found is not None:
                    return route, found
        return None
