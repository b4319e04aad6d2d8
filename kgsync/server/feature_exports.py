"""Exports of layers in the forms other programs have: a zip with a file or folder for each layer.

GeoJSON and CSV are written here, the others by GDAL through pyogrio (extra [formats]), in pages where the form
lets rows be appended.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from kgsync.errors import NotSupported, TooLarge
from kgsync.model.feature_calls import DataFormat
from kgsync.model.geometry import GeometryKind
from kgsync.model.layers import LayerRow
from kgsync.model.schema import FieldType
from kgsync.model.values import DateOnly, DateTime, TimestampOffset, Value, format_date_only, format_timestamp_offset
from kgsync.wire.esrijson.fields import OBJECT_ID_FIELD, attribute
from kgsync.wire.esrijson.replicas import FeatureForm, text_of
from kgsync.wire.geojson import to_geojson
from kgsync.wire.wkb import write_wkb

_PAGE = 20_000  # rows GDAL is handed at once
_MOST_WHOLE = 1_000_000  # rows of a layer in a form nothing can be appended to
_SOURCE_ID = "SOURCE_OID"  # where a form numbers its rows itself
_DRIVERS = {
    DataFormat.FILEGDB: ("OpenFileGDB", ".gdb"),
    DataFormat.SHAPEFILE: ("ESRI Shapefile", ".shp"),
    DataFormat.FLATGEOBUF: ("FlatGeobuf", ".fgb"),
}
_KINDS = {
    GeometryKind.POINT: "Point",
    GeometryKind.MULTIPOINT: "MultiPoint",
    GeometryKind.POLYLINE: "MultiLineString",
    GeometryKind.POLYGON: "MultiPolygon",
}
Write = Callable[[BinaryIO, Callable[[], None]], None]
Rows = Callable[[FeatureForm], Iterator[LayerRow]]


def installed() -> list[DataFormat]:
    """List the forms exports can have here."""
    has_gdal = importlib.util.find_spec("pyogrio") is not None
    return [form for form in DataFormat if has_gdal or form not in _DRIVERS]


def exported(form: DataFormat, forms: list[FeatureForm], rows: Rows) -> Write:
    """Write a zip of layers. Raises NotSupported without pyogrio, TooLarge for a layer that has to be held whole."""
    if form not in installed():
        raise NotSupported(f"dataFormat: {form.value} needs the extra [formats] on the server")

    def write(target: BinaryIO, step: Callable[[], None]) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            names = _file_names(forms)
            for each in forms:
                name = names[each.layer.id]
                if form is DataFormat.GEOJSON:
                    with archive.open(f"{name}.geojson", "w", force_zip64=True) as member:
                        _geojson(member, each, rows(each), step)
                elif form is DataFormat.CSV:
                    with archive.open(f"{name}.csv", "w", force_zip64=True) as member:
                        _csv(member, each, rows(each), step)
            if form in _DRIVERS:
                _by_gdal(archive, form, forms, rows, step)

    return write


def _file_names(forms: list[FeatureForm]) -> dict[int, str]:
    """Write the names of layers as names of files: letters, digits and what is harmless between them, each another."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for form in forms:
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in form.layer.type.name)
        if name.casefold() in taken:
            name = f"{name}_{form.layer.id}"
        found[form.layer.id] = name
        taken.add(name.casefold())
    return found


# ---- by itself


def _geojson(target: Any, form: FeatureForm, rows: Iterable[LayerRow], step: Callable[[], None]) -> None:
    target.write(b'{"type":"FeatureCollection","features":[')
    for count, row in enumerate(rows):
        assert row.values is not None, "members have values"
        geometry = None if form.shape is None else form.carried(row.values.get(form.shape))
        properties = {shown: attribute(row.values.get(name)) for name, shown in form.columns}
        feature = {
            "type": "Feature",
            "id": properties.get(OBJECT_ID_FIELD),
            "geometry": None if geometry is None else to_geojson(geometry),
            "properties": properties,
        }
        target.write((b",\n" if count else b"\n") + text_of(feature))
        if count % 1_000 == 999:
            step()
    target.write(b"\n]}\n")


def _csv(target: Any, form: FeatureForm, rows: Iterable[LayerRow], step: Callable[[], None]) -> None:
    """Write a table; points have the columns x and y, other geometry is left out."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    has_points = form.shape is not None and _kind(form) is GeometryKind.POINT
    writer.writerow([shown for _, shown in form.columns] + (["x", "y"] if has_points else []))
    for count, row in enumerate(rows):
        assert row.values is not None, "members have values"
        cells = [_shown(row.values.get(name)) for name, _ in form.columns]
        if has_points and form.shape is not None:
            place = form.carried(row.values.get(form.shape))
            cells += ["", ""] if place is None else list(place.parts[0][:2])
        writer.writerow(cells)
        if count % 1_000 == 999:
            step()
    text.detach()


def _kind(form: FeatureForm) -> GeometryKind:
    shape = form.layer.type.property(form.shape or "")
    return GeometryKind.POINT if shape is None else shape.geometry_kind


def _shown(value: Value) -> Any:
    if isinstance(value, DateTime):
        return format_timestamp_offset(TimestampOffset(value.ms))
    if isinstance(value, DateOnly):
        return format_date_only(value)
    told = attribute(value)
    return "" if told is None else told


# ---- by GDAL


def _by_gdal(
    archive: zipfile.ZipFile, form: DataFormat, forms: list[FeatureForm], rows: Rows, step: Callable[[], None]
) -> None:
    driver, suffix = _DRIVERS[form]
    with TemporaryDirectory(prefix="kgsync") as directory:
        folder, names = Path(directory), _file_names(forms)
        for each in forms:
            if each.shape is None and form is not DataFormat.FILEGDB:
                continue  # these forms have no tables
            target = folder / ("layers.gdb" if form is DataFormat.FILEGDB else f"{names[each.layer.id]}{suffix}")
            _layer(
                target, names[each.layer.id], driver, each, rows(each), step, appends=form is not DataFormat.FLATGEOBUF
            )
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def _layer(
    target: Path,
    name: str,
    driver: str,
    form: FeatureForm,
    rows: Iterator[LayerRow],
    step: Callable[[], None],
    *,
    appends: bool,
) -> None:
    import numpy
    import pyogrio.raw

    crs = f"EPSG:{form.reference.latest_wkid or form.reference.wkid}" if form.reference.wkid else form.reference.wkt
    options: dict[str, Any] = {"layer": name, "driver": driver, "crs": crs}
    if form.shape is not None:
        options["geometry_type"] = _KINDS[_kind(form)]
    if driver == "FlatGeobuf":
        options["layer_options"] = {"SPATIAL_INDEX": "NO"}  # with one it takes no feature without geometry
    if driver == "OpenFileGDB":
        options["layer_options"] = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
    first = True
    while True:
        page = list(islice(rows, _PAGE if appends else _MOST_WHOLE + 1))
        if len(page) > _PAGE and len(page) > _MOST_WHOLE:
            raise TooLarge(f"a layer of more than {_MOST_WHOLE:,} features cannot be written in this form")
        if not page and not first:
            return
        names, columns, masks = _columns(form, page, numpy, is_shapefile=driver == "ESRI Shapefile")
        shapes = None
        if form.shape is not None:
            carried = (form.carried((row.values or {}).get(form.shape)) for row in page)
            shapes = numpy.array([None if g is None else write_wkb(g) for g in carried], dtype=object)
        told = {**options, "append": not first, "field_mask": masks}
        pyogrio.raw.write(target, shapes, columns, numpy.array(names), **told)
        first = False
        step()


def _columns(
    form: FeatureForm, page: list[LayerRow], numpy: Any, *, is_shapefile: bool
) -> tuple[list[str], list[Any], list[Any]]:
    """Give the attributes of a page as columns of one kind each, and where each is null."""
    kinds = {p.name: p.field_type for p in form.layer.type.properties}
    names: list[str] = []
    columns, masks = [], []
    for name, shown in form.columns:
        values = [(row.values or {}).get(name) for row in page]
        wanted = _SOURCE_ID if shown == OBJECT_ID_FIELD else shown
        names.append(_short(wanted, names) if is_shapefile else wanted)
        kind = FieldType.STRING if is_shapefile and kinds[name] is FieldType.DATE else kinds[name]
        columns.append(_column(values, kind, numpy))
        masks.append(numpy.array([value is None for value in values], dtype=bool))
    return names, columns, masks


def _short(name: str, taken: list[str]) -> str:
    """Cut a name to the ten characters of a shapefile, each another."""
    short, number = name[:10], 0
    while short in taken:
        number += 1
        short = f"{name[: 9 - len(str(number))]}_{number}"
    return short


def _column(values: list[Value], kind: FieldType, numpy: Any) -> Any:
    """Give one column; what stands where it is null is never read."""
    if kind in (FieldType.SINGLE, FieldType.DOUBLE):
        return numpy.array([0.0 if v is None else v for v in values], dtype=numpy.float64)
    if kind in (FieldType.SMALL_INTEGER, FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.OID):
        return numpy.array([0 if v is None else v for v in values], dtype=numpy.int64)
    if kind is FieldType.DATE:
        return numpy.array([v.ms if isinstance(v, DateTime) else 0 for v in values], dtype="datetime64[ms]")
    return numpy.array([None if v is None else str(_shown(v)) for v in values], dtype=object)
