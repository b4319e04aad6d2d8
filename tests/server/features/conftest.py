from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import Category, FieldType
from kgsync.model.values import DateTime
from kgsync.server.layers import publish_layers
from tests.client.house import House, house
from tests.graphs import Graph, add, entity, named_type

AIRPORT = named_type(
    "Airport",
    Category.ENTITY,
    {
        "name": FieldType.STRING,
        "runways": FieldType.INTEGER,
        "height": FieldType.DOUBLE,
        "opened": FieldType.DATE,
        "site": FieldType.GUID,
        "shape": FieldType.GEOMETRY,
    },
)
AIRLINE = named_type("Airline", Category.ENTITY, {"name": FieldType.STRING})
# Name, runways, metres above the sea, opened (year), where.
AIRPORTS = [
    ("Zürich", 3, 432.0, 1948, (8.55, 47.46)),
    ("Genève", 1, 430.0, 1920, (6.11, 46.24)),
    ("Bern", 1, 510.0, 1929, (7.5, 46.91)),
    ("O'Hare", 8, 204.0, 1944, (-87.9, 41.98)),
    ("Nowhere", None, None, None, None),
]


def point(x: float, y: float) -> Geometry:
    return Geometry(GeometryKind.POINT, False, False, ((x, y),))


class Layers:
    """A feature service, asked as somebody."""

    def __init__(self, home: House, graph: Graph, session: aiohttp.ClientSession, token: str) -> None:
        self.home, self.graph, self.session, self.token = home, graph, session, token
        self.url = f"{home.http}/server/rest/services/{graph.service.path}/FeatureServer"

    async def ask(self, path: str = "", *, post: bool = False, **parameters: Any) -> Any:
        """Ask, in JSON where nothing else is said; every answer is HTTP 200."""
        given = {"f": "json", "token": self.token, **{n: str(v) for n, v in parameters.items()}}
        url = self.url + path
        async with self.session.post(url, data=given) if post else self.session.get(url, params=given) as response:
            assert response.status == 200
            return json.loads(await response.text())

    async def names(self, **parameters: Any) -> list[str]:
        """Give the names of the airports a query finds."""
        told = await self.ask("/0/query", outFields="name", returnGeometry="false", **parameters)
        assert "error" not in told, told
        return [feature["attributes"]["name"] for feature in told["features"]]

    async def refused(self, path: str, **parameters: Any) -> tuple[int, str]:
        """Give code and message of a refusal."""
        error = (await self.ask(path, **parameters))["error"]
        assert set(error) == {"code", "message", "details"}
        return error["code"], error["message"]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "server") as opened:
        yield opened


@pytest.fixture
def graph(home: House) -> Graph:
    made = home.graph(AIRPORT, AIRLINE)
    airports = []
    for number, (name, runways, height, year, place) in enumerate(AIRPORTS, 1):
        opened = None if year is None else DateTime((year - 1970) * 31_557_600_000)
        shape = None if place is None else point(*place)
        airports.append(add(number, name=name, runways=runways, height=height, opened=opened, shape=shape))
    made.apply(entity(Op.ADD, "Airport", *airports), entity(Op.ADD, "Airline", add(50, name="Swiss")))
    publish_layers(home.store, made.service, 1)
    return made


@pytest.fixture
async def layers(home: House, graph: Graph) -> AsyncIterator[Layers]:
    async with aiohttp.ClientSession() as session:
        yield Layers(home, graph, session, home.token())
