"""The generated contract is what contract.json says, and every .proto has its module.

contract.json was written from a published table of the contract, not from the .proto files.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from esriPBuffer import EsriTypes_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto

GENERATED = Path(EsriTypes_pb2.__file__).parent.parent
ROOT = Path(__file__).parents[2]
GOLDEN: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("contract.json").read_text())

_SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in vars(FieldDescriptor).items()
    if name.startswith("TYPE_") and name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}


def _modules() -> list[str]:
    paths = (GENERATED / "esriPBuffer").rglob("*_pb2.py")
    return sorted(str(p.relative_to(GENERATED)).removesuffix(".py").replace("/", ".") for p in paths)


def _files() -> list[FileDescriptor]:
    return [importlib.import_module(name).DESCRIPTOR for name in _modules()]


def _messages(descriptors: Iterable[Descriptor]) -> Iterator[Descriptor]:
    for descriptor in descriptors:
        if not descriptor.GetOptions().map_entry:
            yield descriptor
            yield from _messages(descriptor.nested_types)


def _enums(file: FileDescriptor) -> list[EnumDescriptor]:
    inner = [e for m in _messages(file.message_types_by_name.values()) for e in m.enum_types]
    return [*file.enum_types_by_name.values(), *inner]


def _type(field: FieldDescriptor) -> str:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        return f"map<{_type(entry.fields_by_name['key'])}, {_type(entry.fields_by_name['value'])}>"
    named = entry or field.enum_type
    return named.full_name if named is not None else _SCALARS[field.type]


def _field(field: FieldDescriptor, proto: Any) -> str:
    kind = _type(field)
    label = "repeated " if field.is_repeated and not kind.startswith("map<") else ""
    label = "optional " if proto.proto3_optional else label
    oneof = field.containing_oneof
    inside = f" in oneof {oneof.name}" if oneof is not None and not proto.proto3_optional else ""
    return f"{label}{kind} {field.name}{inside}{' packed' if field.is_packed else ''}"


def _message(descriptor: Descriptor) -> dict[str, Any]:
    proto = DescriptorProto()
    descriptor.CopyToProto(proto)
    protos = {p.number: p for p in proto.field}
    numbers = [n for r in proto.reserved_range for n in range(r.start, r.end)]
    return {
        "fields": {str(f.number): _field(f, protos[f.number]) for f in descriptor.fields},
        "reserved_numbers": sorted(numbers),
        "reserved_names": sorted(proto.reserved_name),
    }


def _live() -> dict[str, dict[str, Any]]:
    live: dict[str, dict[str, Any]] = {"files": {}, "messages": {}, "enums": {}}
    for file in _files():
        messages, enums = list(_messages(file.message_types_by_name.values())), _enums(file)
        live["files"][file.name] = {
            "package": file.package,
            "imports": sorted(Path(d.name).name for d in file.dependencies),
            "messages": sorted(m.full_name for m in messages),
            "enums": sorted(e.full_name for e in enums),
        }
        live["messages"].update({m.full_name: _message(m) for m in messages})
        for enum in enums:
            values = {v.name: v.number for v in enum.values}
            live["enums"][enum.full_name] = {"aliases": enum.GetOptions().allow_alias, "values": values}
    return live


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{place} {key}" if place else key)
    else:
        yield place, value


def _differences(golden: Any, live: Any) -> list[str]:
    wanted, found = dict(_flat(golden)), dict(_flat(live))
    return [
        f"{place}: the contract says {wanted.get(place, 'nothing')!r}, generated code {found.get(place, 'nothing')!r}"
        for place in sorted(wanted.keys() | found.keys())
        if wanted.get(place, "nothing") != found.get(place, "nothing")
    ]


def _golden() -> dict[str, dict[str, Any]]:
    files = {name: {**file, "imports": sorted(file["imports"])} for name, file in GOLDEN["files"].items()}
    return {**GOLDEN, "files": files}


def test_generated_messages_are_the_contract() -> None:
    differences = _differences(_golden(), _live())

    assert not differences, "\n".join(differences)


def test_a_difference_names_the_message_and_the_field() -> None:
    golden = {"messages": {"a.B": {"fields": {"1": "string name"}}}}
    live = {"messages": {"a.B": {"fields": {"1": "bytes name"}}}}

    (line,) = _differences(golden, live)

    assert line == "messages a.B fields 1: the contract says 'string name', generated code 'bytes name'"


def test_every_proto_file_has_its_module_and_every_module_its_file() -> None:
    protos = sorted(str(p.relative_to(ROOT / "protos")) for p in (ROOT / "protos" / "esriPBuffer").rglob("*.proto"))
    modules = sorted(name.removesuffix("_pb2").replace(".", "/") + ".proto" for name in _modules())

    assert modules == protos


def test_the_contract_file_names_every_proto_file() -> None:
    assert sorted(GOLDEN["files"]) == sorted(file.name for file in _files())


def test_every_file_speaks_proto3() -> None:
    for path in (ROOT / "protos").rglob("*.proto"):
        assert 'syntax = "proto3";' in path.read_text(), path.name
