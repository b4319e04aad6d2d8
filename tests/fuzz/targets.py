"""What is fuzzed: functions of bytes that return, or raise one of our errors. The first byte chooses among kin."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from kgsync.errors import KgsyncError
from kgsync.filters.check import check
from kgsync.filters.cypher import parse
from kgsync.filters.query import parse_query
from kgsync.filters.query_check import check_query
from kgsync.model.catalog import ServiceSettings
from kgsync.server.http.context import json_object
from kgsync.server.http.edge import host_of
from kgsync.server.http.portal.account import binding_of, minutes_of
from kgsync.server.http.service_settings import decode_definition, decode_settings, json_properties
from kgsync.server.http.switches import decode_features, decode_switch
from kgsync.server.security.keys import Signer
from kgsync.server.security.links import read_link
from kgsync.server.security.oauth import read_asked, read_state, redirect_allowed
from kgsync.server.security.tokens import same_referer
from tests.docs.filters import examples
from tests.filters.models import MODEL, PERSON
from tests.wire.decoders import DECODERS

_SIGNER = Signer(b"fuzz")
_ZIPPED = ("archive", "zip")


class Target(NamedTuple):
    """`run` takes any bytes; `seeds` are good ones to begin with."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _one_of(names: list[str]) -> Target:
    """Fuzz several decoders as one: the first byte says which."""

    def run(data: bytes) -> None:
        if data:
            DECODERS[names[data[0] % len(names)]].run(data[1:])

    seeds = tuple(bytes((k,)) + seed for k, name in enumerate(names) for seed in DECODERS[name].seeds)
    return Target(run, seeds)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _clause(data: bytes) -> None:
    """Read a clause, and bind it; what is well-formed goes on to the meaning of its types."""
    text = _text(data)
    parse(text)
    check(text, MODEL, PERSON, {})


def _query(data: bytes) -> None:
    check_query(parse_query(_text(data)), MODEL, {})


def _form(data: bytes) -> None:
    """Read the parameters of forms: lifetimes, bindings, sign-ins, hosts, referers."""
    words = _text(data).split("\n")
    fields = {name: value for name, _, value in (word.partition("=") for word in words[:50])}
    for value in fields.values():
        with suppress(KgsyncError):
            minutes_of(value, 60, 100)
        read_link(value)
        host_of(value)
        read_state(_SIGNER, value, 1)
        redirect_allowed(value, "http://localhost:8080", ("https://a.example/b",))
        same_referer(value, words[0])
    with suppress(KgsyncError):
        binding_of(fields, "::1")
    read_asked(fields, 60)


def _json(data: bytes) -> None:
    """Read the JSON parameters of services and features."""
    given = json_object(_text(data), "given")
    for read in (
        lambda: decode_settings(given, rollback=False),
        lambda: decode_features(json_properties(given)),
        lambda: decode_switch(given),
        lambda: decode_definition(given, ServiceSettings(), {}),
    ):
        with suppress(KgsyncError):
            read()


_JSONS = tuple(
    json.dumps(value).encode()
    for value in (
        {"name": "a", "capabilities": "Query,Editing", "jsonProperties": {"supportsSync": True}},
        {"jsonProperties": '{"supportsEditorTracking": true, "editorTrackingInfo": {"creatorProperty": "c"}}'},
        {"supportsEditorTracking": True, "editorTrackingInfo": {"editorTrackingSchema": {"editorProperty": "e"}}},
        {"jsonProperties": {"ownershipBasedAccessControlForFeatures": {"allowOthersToUpdate": False}}},
    )
)
_FORMS = (
    b"response_type=code\nclient_id=a\nredirect_uri=http://localhost/x\nstate=s\ncode_challenge=" + b"x" * 43,
    b"client=referer\nreferer=http\nexpiration=60",
    b"client=ip\nip=::1",
)
_QUERIES = (
    b"MATCH (n:Person) WHERE n.age > 5 RETURN n.name AS a, count(*) ORDER BY a SKIP 1 LIMIT 2",
    b"MATCH (a)-[r:Knows]->(b {name: 'x'}) RETURN DISTINCT startNode(r), b",
)

_ARCHIVES = [name for name in DECODERS if any(word in name for word in _ZIPPED)]
_FRAMES = [name for name in DECODERS if name not in _ARCHIVES and any(w in name for w in ("frame", "edits", "body"))]
_MESSAGES = [name for name in DECODERS if name not in (*_ARCHIVES, *_FRAMES)]

TARGETS = {
    "messages": _one_of(_MESSAGES),
    "frames": _one_of(_FRAMES),
    "archives": _one_of(_ARCHIVES),
    "clauses": Target(_clause, tuple(example.text.encode() for example in examples())),
    "queries": Target(_query, _QUERIES),
    "forms": Target(_form, _FORMS),
    "json": Target(_json, _JSONS),
}


def tried(name: str, data: bytes) -> None:
    """Run a target on bytes; anything but a value or one of our errors is a finding."""
    with suppress(KgsyncError):
        TARGETS[name].run(data)
