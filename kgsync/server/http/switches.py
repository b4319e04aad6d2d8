"""Features of a service as JSON, the same in createService and in updateFeature."""

from __future__ import annotations

from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.catalog import Feature, Features
from kgsync.model.schema import EditorTracking, TrackingName

TRACKING_INFO = "editorTrackingInfo"
_TRACKING_SCHEMA = "editorTrackingSchema"
# Members of the schema on the wire, and what they name.
_TRACKING_MEMBERS = {
    "creatorProperty": "creator",
    "createDateProperty": "create_date",
    "editorProperty": "editor",
    "editDateProperty": "edit_date",
}
_SEARCH = "supportsSearch"


def flag(options: dict[str, Any], name: str, default: bool, place: str = "") -> bool:
    """Read a JSON boolean, or the text of one as forms write it; null and absence mean the default.

    Raises MalformedInput.
    """
    value = options.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise MalformedInput("the value is neither true nor false", place=place or name)
    return value


def decode_tracking(given: Any, place: str) -> EditorTracking:
    """Read the names and aliases of the tracking properties; what is missing keeps its default.

    Raises MalformedInput.
    """
    if isinstance(given, dict) and _TRACKING_SCHEMA in given:
        given, place = given[_TRACKING_SCHEMA], f"{place}.{_TRACKING_SCHEMA}"
    if not isinstance(given, dict):
        raise MalformedInput("the value is not a JSON object", place=place)
    known = {*_TRACKING_MEMBERS, *(f"{member}Alias" for member in _TRACKING_MEMBERS)}
    for name, value in given.items():
        if name not in known:
            raise MalformedInput(f"unknown; known are {', '.join(sorted(known))}", place=f"{place}.{name[:64]}")
        if not isinstance(value, str):
            raise MalformedInput("the value is not text", place=f"{place}.{name}")
    default = EditorTracking()
    names: dict[str, TrackingName] = {}
    for member, attribute in _TRACKING_MEMBERS.items():
        usual: TrackingName = getattr(default, attribute)
        name = given.get(member) or usual.name
        alias = given.get(f"{member}Alias") or (usual.alias if name == usual.name else name)
        names[attribute] = TrackingName(name=name, alias=alias)
    return EditorTracking(**names)


def decode_features(options: dict[str, Any]) -> Features:
    """Read the features of a new service from its jsonProperties. Raises MalformedInput."""
    tracking = None
    if flag(options, Feature.EDITOR_TRACKING, False):
        tracking = decode_tracking(options.get(TRACKING_INFO) or {}, TRACKING_INFO)
    return Features(
        documents=flag(options, Feature.DOCUMENTS, False),
        provenance=flag(options, Feature.PROVENANCE, False),
        tracking=tracking,
    )


def decode_switch(given: dict[str, Any]) -> tuple[Feature, bool, EditorTracking | None]:
    """Read an updateFeature request: one feature, and for editor tracking its names.

    Raises MalformedInput, NotSupported.
    """
    if _SEARCH in given:
        raise NotSupported("Search cannot be switched: this server does not offer it")
    known = [feature.value for feature in Feature]
    unknown = [name for name in given if name not in (*known, TRACKING_INFO)]
    if unknown:
        raise MalformedInput(f"unknown; known are {', '.join(known)}", place=f"updateFeature.{unknown[0][:64]}")
    asked = [feature for feature in Feature if feature.value in given]
    if len(asked) != 1:
        raise MalformedInput(f"one feature is updated per request, {len(asked)} are named", place="updateFeature")
    (feature,) = asked
    tracking = None
    if TRACKING_INFO in given:
        if feature is not Feature.EDITOR_TRACKING:
            raise MalformedInput(f"the member goes with {Feature.EDITOR_TRACKING}", place=TRACKING_INFO)
        tracking = decode_tracking(given[TRACKING_INFO], TRACKING_INFO)
    if given[feature] is None:
        raise MalformedInput("the value is neither true nor false", place=f"updateFeature.{feature}")
    return feature, flag(given, feature, False, f"updateFeature.{feature}"), tracking
