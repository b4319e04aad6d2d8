"""Feature services as JSON defines them: layers, tables, fields, domains (createService and addToDefinition)."""

from __future__ import annotations

from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.catalog import CAPABILITIES
from kgsync.model.geometry import WGS84, GeometryKind
from kgsync.model.layer_definitions import LayerDefinition, ServiceDefinition
from kgsync.model.schema import Category, Domain, FieldType, NamedType, Property
from kgsync.wire.esrijson.fields import KINDS
from kgsync.wire.esrijson.geometry import KIND_NAMES, read_reference

SHAPE = "shape"
_FIELD_TYPES = {name: kind for kind, name in KINDS.items()}
_GEOMETRIES = {name: kind for kind, name in KIND_NAMES.items()}
_LEFT_OUT = (FieldType.OID, FieldType.GLOBAL_ID, FieldType.GEOMETRY)
# Fields the server keeps by itself, however they are called in a definition.
_OURS = ("objectid", "globalid", SHAPE, "shape__area", "shape__length", "shape_length", "shape_area")
_MOST = 1_000  # layers of a service


def read_definition(given: Any, place: str = "definition") -> ServiceDefinition:
    """Read a definition. Raises MalformedInput and NotSupported with the place."""
    if not isinstance(given, dict):
        raise MalformedInput("a definition is a JSON object", place=place)
    domains: dict[str, Domain] = {}
    layers: list[LayerDefinition] = []
    for member, is_table in (("layers", False), ("tables", True)):
        listed = given.get(member) or []
        if not isinstance(listed, list) or len(listed) > _MOST:
            raise MalformedInput(f"{member} are a list of at most {_MOST:,}", place=f"{place}.{member}")
        for index, each in enumerate(listed):
            layers.append(_layer(each, domains, is_table=is_table, place=f"{place}.{member}[{index}]"))
    if not layers:
        raise MalformedInput("a definition has layers or tables", place=place)
    numbers = [layer.id for layer in layers if layer.id is not None]
    names = [layer.type.name.casefold() for layer in layers]
    if len(set(numbers)) < len(numbers) or len(set(names)) < len(names):
        raise MalformedInput("each layer has an id and a name of its own", place=place)
    return ServiceDefinition(
        layers=tuple(layers),
        domains=tuple(domains.values()),
        reference=read_reference(given.get("spatialReference"), f"{place}.spatialReference") or WGS84,
        tracked=_is_tracked(given),
        description=str(given.get("serviceDescription") or given.get("description") or ""),
        capabilities=_capabilities(given.get("capabilities"), f"{place}.capabilities"),
        sync=not given.get("capabilities") or "sync" in str(given["capabilities"]).lower(),
    )


def _is_tracked(given: dict[str, Any]) -> bool:
    info = given.get("editorTrackingInfo")
    return isinstance(info, dict) and info.get("enableEditorTracking") is True


def _capabilities(given: Any, place: str) -> tuple[str, ...] | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        raise MalformedInput("capabilities are words parted by commas", place=place)
    words = [word.strip() for word in given.split(",") if word.strip()]
    known = {name.lower(): name for name in CAPABILITIES}
    return tuple(known[word.lower()] for word in words if word.lower() in known)


def _layer(given: Any, domains: dict[str, Domain], *, is_table: bool, place: str) -> LayerDefinition:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or not given["name"].strip():
        raise MalformedInput("a layer has a name", place=place)
    if given.get("relationships"):
        raise NotSupported(f"{place}.relationships: layers that are related are not supported")
    id = given.get("id")
    if id is not None and (isinstance(id, bool) or not isinstance(id, int) or not 0 <= id < 10**9):
        raise MalformedInput("the id of a layer is a number from 0 on", place=f"{place}.id")
    properties = _fields(given.get("fields") or [], domains, f"{place}.fields")
    kind = given.get("geometryType")
    if not is_table and given.get("type") != "Table":
        properties.append(_shape(given, kind, place))
    named_type = NamedType(
        id=0,
        name=given["name"].strip(),
        category=Category.ENTITY,
        properties=tuple(properties),
        shape=0,
        alias=str(given.get("description") or ""),
    )
    return LayerDefinition(type=named_type, id=id, attachments=given.get("hasAttachments") is True)


def _shape(given: dict[str, Any], kind: Any, place: str) -> Property:
    found = _GEOMETRIES.get(kind) if isinstance(kind, str) else None
    if found is None or found in (GeometryKind.MULTIPATCH, GeometryKind.ENVELOPE):
        told = "a layer has a geometryType: esriGeometryPoint, -Multipoint, -Polyline or -Polygon"
        raise MalformedInput(told, place=f"{place}.geometryType")
    has_z, has_m = given.get("hasZ") is True, given.get("hasM") is True
    return Property(id=0, name=SHAPE, field_type=FieldType.GEOMETRY, geometry_kind=found, has_z=has_z, has_m=has_m)


def _fields(given: Any, domains: dict[str, Domain], place: str) -> list[Property]:
    if not isinstance(given, list):
        raise MalformedInput("fields are a list", place=place)
    found = []
    for index, each in enumerate(given):
        here = f"{place}[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise MalformedInput("a field has a name", place=here)
        kind = _FIELD_TYPES.get(str(each.get("type")))
        if kind is None:
            raise MalformedInput(f"{str(each.get('type'))[:40]!r} is no type of a field", place=f"{here}.type")
        if kind not in _LEFT_OUT and each["name"].lower() not in _OURS:
            found.append(_field(each, kind, domains, here))
    return found


def _field(given: dict[str, Any], kind: FieldType, domains: dict[str, Domain], place: str) -> Property:
    default = given.get("defaultValue")
    if default is not None and not isinstance(default, str | int | float):
        raise MalformedInput("a default is a text or a number", place=f"{place}.defaultValue")
    domain = _domain(given.get("domain"), kind, f"{place}.domain")
    if domain is not None:
        known = domains.setdefault(domain.name, domain)
        if known != domain:
            raise MalformedInput(f"another domain is called {domain.name!r}, too", place=f"{place}.domain")
    return Property(
        id=0,
        name=given["name"],
        field_type=kind,
        alias=str(given.get("alias") or ""),
        nullable=given.get("nullable") is not False,
        editable=given.get("editable") is not False,
        default=() if default is None else (default,),
        domain="" if domain is None else domain.name,
    )


def _domain(given: Any, kind: FieldType, place: str) -> Domain | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise MalformedInput("a domain has a name", place=place)
    codes, span = given.get("codedValues"), given.get("range")
    if given.get("type") == "codedValue" and isinstance(codes, list):
        pairs = []
        for each in codes:
            code = each.get("code") if isinstance(each, dict) else None
            if isinstance(code, bool) or not isinstance(code, str | int | float):
                raise MalformedInput("a coded value has a name and a code", place=f"{place}.codedValues")
            pairs.append((str(each.get("name", code)), code))
        return Domain(name=given["name"], field_type=kind, codes=tuple(pairs))
    if given.get("type") == "range" and isinstance(span, list) and len(span) == 2:
        if any(isinstance(end, bool) or not isinstance(end, int | float) for end in span):
            raise MalformedInput("a range has two numbers", place=f"{place}.range")
        return Domain(name=given["name"], field_type=kind, range=tuple(span))
    raise MalformedInput("a domain is a codedValue with codedValues or a range with two ends", place=place)
