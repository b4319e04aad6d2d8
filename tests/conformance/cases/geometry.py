"""Geometries of every type, flat and with z and m, through edits and back in an archive."""

import uuid

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.EsriGraphTypes_pb2 import AnyValue, GeometryValue, Transform

from tests.conformance.archives import Archive
from tests.conformance.context import Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import clean, refused
from tests.conformance.values import (
    MULTIPOINT,
    POLYGON,
    POLYLINE,
    Shape,
    Vertex,
    encode_shape,
    member_of,
    point,
    primitive,
    shape,
)

LAYOUT = "facts/clients.md A§5: deltas restart in every part; facts/knowledge-graph.md §13.3"
FLAGS = {"": (False, False), "Z": (True, False), "M": (False, True), "ZM": (True, True)}


def outer() -> list[Vertex]:
    return [(0, 0), (0, 10), (10, 10), (10, 0), (0, 0)]


def hole() -> list[Vertex]:
    return [(2, 2), (4, 2), (4, 4), (2, 4), (2, 2)]


def lifted(part: list[Vertex], z: bool, m: bool) -> list[Vertex]:
    """The same part with z and m added where they belong."""
    return [(*v, *([i * 1.5] if z else []), *([100.25 + i] if m else [])) for i, v in enumerate(part)]


def archive_of(ctx: Context, type_name: str) -> Archive:
    service = ctx.shared_geometric
    result = service.replica((type_name,), ())
    archive = service.first_archive(result)
    service.unregister(result.replica_id)
    return archive


def keeps(ctx: Context, base: str, kind: int, *parts: list[Vertex], flat_only: bool = False) -> None:
    """The geometry comes back vertex by vertex in every flavour of the type."""
    for suffix, (z, m) in FLAGS.items():
        if flat_only and suffix:
            continue
        sent = shape(kind, *(lifted(part, z, m) for part in parts), z=z, m=m)
        identifier = uuid.uuid4()
        ctx.shared_geometric.apply(Edits().add(base + suffix, identifier, shape=sent))
        found = archive_of(ctx, base + suffix).row(identifier).props["shape"]
        assert found == sent, f"{base + suffix}: {found} instead of {sent}"


@case("GEOM-001", LAYOUT + "; P:GeometryValue Point")
def points_come_back(ctx: Context) -> None:
    for suffix, (z, m) in FLAGS.items():
        sent = point(-122.4194155, 37.7749295, *([12.5] if z else []), *([7.25] if m else []), z=z, m=m)
        identifier = uuid.uuid4()
        ctx.shared_geometric.apply(Edits().add(f"Spot{suffix}", identifier, shape=sent))
        found = archive_of(ctx, f"Spot{suffix}").row(identifier).props["shape"]
        assert found == sent, f"{found} instead of {sent}"


@case("GEOM-002", LAYOUT + " WE DO: multipoint is one part, one running delta")
def multipoints_come_back(ctx: Context) -> None:
    keeps(ctx, "Spots", MULTIPOINT, [(1, 2), (3.5, -4), (-180, 90)])


@case("GEOM-003", LAYOUT + "; P:GeometryValue Polyline")
def lines_come_back(ctx: Context) -> None:
    keeps(ctx, "Line", POLYLINE, [(0, 0), (1, 1), (2.5, -3)])


@case("GEOM-004", LAYOUT + ": paths [[0,0],[1,1]],[[5,5],[6,7]]")
def lines_of_several_parts_come_back(ctx: Context) -> None:
    keeps(ctx, "Line", POLYLINE, [(0, 0), (1, 1)], [(5, 5), (6, 7)], [(-170, 80), (-169, 80), (-168, 81)])


@case("GEOM-005", LAYOUT + "; facts §13.3: outer ring clockwise")
def polygons_come_back(ctx: Context) -> None:
    keeps(ctx, "Area", POLYGON, outer())


@case("GEOM-006", "facts §13.3: golden tests for polygon with hole")
def polygons_with_a_hole_come_back(ctx: Context) -> None:
    keeps(ctx, "Area", POLYGON, outer(), hole())


@case("GEOM-007", "facts §13.3: multipart polygons, orientation kept")
def polygons_of_several_parts_come_back(ctx: Context) -> None:
    far: list[Vertex] = [(100, 40), (100, 50), (110, 50), (110, 40), (100, 40)]
    keeps(ctx, "Area", POLYGON, outer(), hole(), far)


@case("GEOM-008", "facts/clients.md A§5: lengths 2,2; coords 0,0,1,1,5,5,1,2 in units of the scale")
def the_numbers_of_an_archive_are_delta_coded_per_part(ctx: Context) -> None:
    identifier = uuid.uuid4()
    sent = shape(POLYLINE, [(0, 0), (1, 1)], [(5, 5), (6, 7)])
    ctx.shared_geometric.apply(Edits().add("Line", identifier, shape=sent))
    archive = archive_of(ctx, "Line")
    raw = archive.row(identifier).values["shape"].primitive_value.geometry_value.geometry
    transform = archive.header.transform
    assert list(raw.lengths) == [2, 2], list(raw.lengths)
    x0 = round((5 - transform.translate.xTranslate) / transform.scale.xScale)
    y0 = round((5 - transform.translate.yTranslate) / transform.scale.yScale)
    step_x, step_y = round(1 / transform.scale.xScale), round(2 / transform.scale.yScale)
    assert list(raw.coords)[4:] == [x0, y0, step_x, step_y], f"{list(raw.coords)[4:]}"


@case("GEOM-009", "facts/clients.md A§5: reading back, a point with or without lengths decodes")
def a_point_needs_no_lengths(ctx: Context) -> None:
    value = encode_shape(point(5, 6))
    del value.geometry.lengths[:]
    identifier = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", identifier, shape=primitive(geometry_value=value)))
    assert archive_of(ctx, "Spot").row(identifier).props["shape"] == point(5.0, 6.0)


@case("GEOM-010", "P:GraphApplyEditsHeader.input_transform; facts/clients.md A§5: value = int*scale + translate")
def the_input_transform_is_applied(ctx: Context) -> None:
    transform = Transform(
        scale=EsriTypes.Scale(xScale=0.5, yScale=0.25, zScale=2, mScale=0.125),
        translate=EsriTypes.Translate(xTranslate=-100, yTranslate=50, zTranslate=1000, mTranslate=3),
    )
    value = GeometryValue()
    value.geometry.hasZ = value.geometry.hasM = True
    value.geometry.lengths.append(1)
    value.geometry.coords.extend([10, -8, 3, 16])  # x, y, z, m
    identifier = uuid.uuid4()
    edits = Edits().add("SpotZM", identifier, shape=primitive(geometry_value=value))
    ctx.shared_geometric.apply(edits, header=edits_header(transform=transform))
    found = archive_of(ctx, "SpotZM").row(identifier).props["shape"]
    assert found == point(-95.0, 48.0, 1006.0, 5.0, z=True, m=True), found


@case("GEOM-011", "facts §13.3 WE DO: missing transform in a request is scale 1, translate 0")
def without_a_transform_integers_are_coordinates(ctx: Context) -> None:
    header = edits_header()
    header.ClearField("input_transform")
    value = GeometryValue()
    value.geometry.lengths.append(1)
    value.geometry.coords.extend([12, -7])
    identifier = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", identifier, shape=primitive(geometry_value=value)), header=header)
    assert archive_of(ctx, "Spot").row(identifier).props["shape"] == point(12.0, -7.0)


@case("GEOM-012", "facts/clients.md A§7.1: transform and a non-empty sr are required in replica_header")
def the_header_can_decode_the_rows(ctx: Context) -> None:
    header = archive_of(ctx, "Spot").header
    assert header.sr.wkid == 4326, header.sr
    scale = header.transform.scale
    assert min(scale.xScale, scale.yScale, scale.zScale, scale.mScale) > 0, header.transform


@case("GEOM-013", "facts §13.3 WE DO: the ArcGIS default grid, 1e-9 and -400; z, m 1e-4 and -100000")
def the_grid_is_the_default_one(ctx: Context) -> None:
    transform = archive_of(ctx, "Spot").header.transform
    scale, translate = transform.scale, transform.translate
    assert (scale.xScale, scale.yScale) == (1e-9, 1e-9), scale
    assert (scale.zScale, scale.mScale) == (1e-4, 1e-4), scale
    assert (translate.xTranslate, translate.yTranslate) == (-400, -400), translate
    assert (translate.zTranslate, translate.mTranslate) == (-100000, -100000), translate


@case("GEOM-014", "facts §13.3: empty or null geometry is a null_tag; clients.md: an envelope becomes null_tag")
def no_geometry_is_null(ctx: Context) -> None:
    absent, null, empty = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    nothing = GeometryValue(geometryType="esriGeometryTypePolyline")
    nothing.geometry.SetInParent()
    edits = Edits().add("Line", absent, name="x").add("Line", null, shape=None)
    ctx.shared_geometric.apply(edits.add("Line", empty, shape=primitive(geometry_value=nothing)))
    archive = archive_of(ctx, "Line")
    for identifier in (absent, null, empty):
        assert member_of(archive.row(identifier).values["shape"]) == "null_tag"


def wrong(ctx: Context, type_name: str, value: AnyValue | Shape) -> None:
    identifier = uuid.uuid4()
    answer = ctx.shared_geometric.send(Edits().add(type_name, identifier, shape=value))
    clean(answer)
    errors = answer.entity_add_results[type_name].errors
    assert list(errors) == [0], f"accepted in {type_name}: {value}"
    refused(errors[0], type_name, "shape")


def broken(lengths: list[int], coords: list[int], kind: int = POLYLINE) -> AnyValue:
    value = GeometryValue(geometryType=EsriTypes.GeometryType.Name(kind))
    value.geometry.lengths.extend(lengths)
    value.geometry.coords.extend(coords)
    return primitive(geometry_value=value)


@case("GEOM-015", "issue 1 Bad input: wrong lengths; laws.md law 10")
def lengths_that_do_not_fit_the_numbers_are_errors(ctx: Context) -> None:
    wrong(ctx, "Line", broken([3], [0, 0, 1, 1]))
    wrong(ctx, "Line", broken([2], [0, 0, 1, 1, 5]))
    wrong(ctx, "Line", broken([4_000_000_000], [0, 0, 1, 1]))
    wrong(ctx, "Area", broken([5], [0, 0, 1], POLYGON))


@case("GEOM-016", "laws.md Uploads: what cannot be coerced is a per-edit error; P:GraphProperty.geometryType")
def a_geometry_of_another_kind_is_an_error(ctx: Context) -> None:
    wrong(ctx, "Area", point(1, 2))
    wrong(ctx, "Spot", shape(POLYLINE, [(0, 0), (1, 1)]))


@case("GEOM-017", "P:GeometryValue.geometryType; issue 1 Bad input: unknown enum values")
def an_unknown_geometry_type_is_an_error(ctx: Context) -> None:
    good = encode_shape(point(1, 2)).SerializeToString()
    wrong(ctx, "Spot", primitive(geometry_value=GeometryValue.FromString(good + b"\x08\x09")))


@case("GEOM-018", "laws.md Uploads: values are coerced to the property's type")
def text_is_no_geometry(ctx: Context) -> None:
    wrong(ctx, "Spot", primitive(string_value="POINT (1 2)"))


@case("GEOM-019", "facts/clients.md B: geometries are not reprojected; precision of 1e-9 degrees")
def coordinates_keep_nine_places(ctx: Context) -> None:
    identifier = uuid.uuid4()
    ctx.shared_geometric.apply(Edits().add("Spot", identifier, shape=point(10.123456789, -59.987654321)))
    archive = archive_of(ctx, "Spot")
    raw = archive.row(identifier).values["shape"].primitive_value.geometry_value.geometry
    transform = archive.header.transform
    x = raw.coords[0] * transform.scale.xScale + transform.translate.xTranslate
    y = raw.coords[1] * transform.scale.yScale + transform.translate.yTranslate
    assert abs(x - 10.123456789) < 2e-9, x
    assert abs(y + 59.987654321) < 2e-9, y
