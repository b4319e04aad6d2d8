"""Files of real airports, as people have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import airportsdata
import geopandas
import pandas
from shapely.geometry import Point


def airports(count: int = 300) -> Any:
    """Give the first airports of Switzerland as a frame of geometries, in the order of their codes."""
    found = [a for _, a in sorted(airportsdata.load("ICAO").items()) if a["country"] == "CH"][:count]
    columns = {
        "GlobalID": [f"{{{UUID(int=k + 1)}}}".upper() for k in range(len(found))],
        "icao": [a["icao"] for a in found],
        "name": [a["name"] for a in found],
        "elevation": [float(a["elevation"]) for a in found],
        "open": pandas.to_datetime(["2020-05-06T07:08:09Z"] * len(found)),
    }
    return geopandas.GeoDataFrame(columns, geometry=[Point(a["lon"], a["lat"]) for a in found], crs="EPSG:4326")


def write(frame: Any, path: Path, layer: str = "airports") -> Path:
    """Write a frame in the form a name ends with."""
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
    if path.suffix == ".shp":
        frame = frame.drop(columns="open")  # it has no times
    more = {"layer": layer} if path.suffix == ".gpkg" else {}
    frame.to_file(path, driver=drivers[path.suffix], engine="pyogrio", **more)
    return path
