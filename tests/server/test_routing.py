"""Paths: fixed segments in any case, names exact and decoded, braces welcome."""

from __future__ import annotations

import pytest
from aiohttp import web

from kgsync.server.http.routing import Admitted, Route, RouteTable
from kgsync.server.security.rights import Need


async def _answer(asked: Admitted) -> web.StreamResponse:
    return web.Response()


def _table(*paths: str) -> RouteTable:
    return RouteTable(Route(methods=("GET",), path=p, handler=_answer, need=Need.NOTHING, reply="json") for p in paths)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/a/replicas/x", {"id": "x"}),
        ("/A/RePlicas/X", {"id": "X"}),
        ("/a/replicas/%7BAB%7D", {"id": "{AB}"}),
        ("/a/replicas/{AB}?f=pbf", {"id": "{AB}"}),
        ("/a/replicas/x%2Fy", {"id": "x/y"}),
        ("/a/replicas/x/", {"id": "x"}),
        ("/a/replicas/%C3%9F", {"id": "ß"}),
    ],
)
def test_names_are_decoded_and_fixed_segments_fold(path: str, names: dict[str, str]) -> None:
    found = _table("a/replicas/{id}").find("GET", path)
    assert found is not None
    assert found[1] == names


@pytest.mark.parametrize("path", ["/a/replicas", "/a/replicas//", "/a/replicas/x/y", "/b/replicas/x", "/"])
def test_other_paths_do_not_match(path: str) -> None:
    assert _table("a/replicas/{id}").find("GET", path) is None


def test_the_first_route_that_matches_answers() -> None:
    found = _table("a/create", "a/{id}").find("GET", "/a/CREATE")
    assert found is not None
    assert found[0].path == "a/create"


def test_a_head_is_answered_like_a_get_and_other_methods_are_not() -> None:
    table = _table("a")
    assert table.find("HEAD", "/a") is not None
    assert table.find("DELETE", "/a") is None
