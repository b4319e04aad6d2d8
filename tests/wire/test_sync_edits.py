"""Edits of layers from outside: any JSON gives edits or an error with its place."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kgsync.errors import KgsyncError
from kgsync.model.geometry import WGS84
from kgsync.model.schema import Category, FieldType
from kgsync.wire.esrijson.definition import read_definition
from kgsync.wire.esrijson.edits import FeatureReader
from kgsync.wire.esrijson.sync_edits import read_sync_edits
from tests.graphs import named_type

_SITE = named_type("Site", Category.ENTITY, {"name": FieldType.STRING, "shape": FieldType.GEOMETRY})
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
_NAMES = st.sampled_from(
    ("id", "features", "adds", "updates", "deleteIds", "attachments", "attributes", "geometry", "globalId", "name",
     "data", "x", "y", "rings", "paths", "GlobalID", "layers", "tables", "fields", "type", "domain", "geometryType",
     "spatialReference", "wkid", "codedValues", "range", "capabilities", "parentGlobalId", "url", "uploadId")
)  # fmt: skip
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=5), max_leaves=20
)


@given(_JSON)
def test_any_json_is_edits_or_refused(value: Any) -> None:
    for given_value in (value, [value], [{"id": 0, "features": value, "attachments": value}]):
        try:
            edits = read_sync_edits(given_value, "edits")
        except KgsyncError as error:
            assert error.message.startswith("edits"), error.message
            continue
        for each in edits:
            for listed in (each.adds, each.updates):
                try:
                    FeatureReader(_SITE, WGS84, tracking=True).read(listed, each.place)
                except KgsyncError as error:
                    assert error.message.startswith("edits"), error.message


@given(_JSON)
def test_any_json_is_a_definition_or_refused(value: Any) -> None:
    for given_value in (value, {"layers": value}, {"tables": [value]}, {"tables": [{"name": "x", "fields": value}]}):
        try:
            assert read_definition(given_value).layers
        except KgsyncError as error:
            assert error.message.startswith("definition"), error.message
