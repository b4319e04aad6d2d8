"""Settings of a service as JSON, the same in createService and in updateDefinition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.catalog import CAPABILITIES, OPEN_ACCESS, Feature, OwnershipAccess, ServiceSettings
from kgsync.server.http.context import json_object
from kgsync.server.http.switches import flag

OWNERSHIP = "ownershipBasedAccessControlForFeatures"
# Members of updateDefinition that say what this server does anyway: taken when they say just that.
_FIXED = ("allowGeometryUpdates", "maxRecordCount", "searchMaxRecordCount", "preferredTimeReference")
_CHANGED = ("capabilities", "description", "copyrightText", OWNERSHIP)


def json_properties(given: dict[str, Any]) -> dict[str, Any]:
    """Read the jsonProperties of createParameters, an object or the text of one. Raises MalformedInput."""
    options = given.get("jsonProperties", {})
    if isinstance(options, str):
        options = json_object(options, "jsonProperties")
    if not isinstance(options, dict):
        raise MalformedInput("the value is not a JSON object", place="jsonProperties")
    return options


def decode_settings(given: dict[str, Any], *, rollback: bool) -> ServiceSettings:
    """Read a service's settings from createParameters. Raises MalformedInput."""
    options = json_properties(given)
    default = ServiceSettings()
    return ServiceSettings(
        capabilities=decode_capabilities(given.get("capabilities") or "") or default.capabilities,
        supports_sync=flag(options, Feature.SYNC, default.supports_sync),
        rollback_on_failure=rollback,
        description=str(given.get("description") or given.get("serviceDescription") or ""),
        copyright=str(given.get("copyrightText") or ""),
        ownership=decode_ownership(options.get(OWNERSHIP)),
    )


def decode_definition(given: dict[str, Any], now: ServiceSettings, shown: dict[str, Any]) -> ServiceSettings:
    """Read what updateDefinition changes of a service's settings; `shown` is what its JSON says.

    Raises MalformedInput, NotSupported for what cannot be changed.
    """
    for name, value in given.items():
        if name in _FIXED:
            if value != shown.get(name, value):
                raise NotSupported(f"{name} cannot be changed: it is {shown[name]}")
        elif name not in _CHANGED:
            raise MalformedInput(f"unknown; known are {', '.join((*_CHANGED, *_FIXED))}", place=f"input.{name[:64]}")
    texts = {}
    for name, attribute in (("description", "description"), ("copyrightText", "copyright")):
        if name in given:
            if not isinstance(given[name], str):
                raise MalformedInput("the value is not text", place=f"input.{name}")
            texts[attribute] = given[name]
    changed = replace(now, **texts)
    if "capabilities" in given:
        changed = replace(changed, capabilities=decode_capabilities(given["capabilities"]))
    if OWNERSHIP in given:
        changed = replace(changed, ownership=decode_ownership(given[OWNERSHIP]))
    return changed


def decode_capabilities(given: Any) -> tuple[str, ...]:
    """Read capabilities, a list or words between commas, in any case. Raises MalformedInput."""
    if not isinstance(given, (str, list)):
        raise MalformedInput("the value is neither words between commas nor a list", place="capabilities")
    asked = given if isinstance(given, list) else [word.strip() for word in given.split(",") if word.strip()]
    # Deployed clients ask for "Sync" here; it is a feature, switched by supportsSync.
    known = {c.lower(): c for c in CAPABILITIES}
    unknown = [str(c) for c in asked if str(c).lower() not in (*known, "sync")]
    if unknown:
        raise MalformedInput(
            f"unknown capabilities {', '.join(unknown)[:200]}; known are {', '.join(CAPABILITIES)}",
            place="capabilities",
        )
    return tuple(dict.fromkeys(known[str(c).lower()] for c in asked if str(c).lower() in known))


def decode_ownership(given: Any) -> OwnershipAccess:
    """Read what others may do to an object, as feature services say it. Raises MalformedInput, NotSupported."""
    if given is None:
        return OPEN_ACCESS
    if not isinstance(given, dict):
        raise MalformedInput("the value is not a JSON object", place=OWNERSHIP)
    query, update, delete = (
        flag(given, name, True, f"{OWNERSHIP}.{name}")
        for name in ("allowOthersToQuery", "allowOthersToUpdate", "allowOthersToDelete")
    )
    if update is not delete:
        told = (
            "others may both update and delete an object, or neither: set allowOthersToUpdate and allowOthersToDelete"
        )
        raise MalformedInput(f"{told} alike", place=OWNERSHIP)
    if update and not query:
        told = "who may not see an object may not update or delete it either: set all three members to false"
        raise MalformedInput(told, place=OWNERSHIP)
    return OwnershipAccess(enabled=not update, others_query=query)
