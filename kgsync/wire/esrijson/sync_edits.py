"""The edits of a synchronizeReplica request: by layer, addressed by global id."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.values import Invalid, parse_uuid
from kgsync.wire.esrijson.attachments import GivenAttachment, read_attachments


class GivenAttachments(NamedTuple):
    """What is given for the attachments of one layer."""

    adds: tuple[GivenAttachment, ...]
    updates: tuple[GivenAttachment, ...]
    deletes: tuple[UUID | Invalid, ...]


class GivenEdits(NamedTuple):
    """What is given for one layer, features as they came; `place` names it in errors."""

    layer: int
    adds: Any
    updates: Any
    deletes: tuple[UUID | Invalid, ...]
    attachments: GivenAttachments
    place: str


def read_sync_edits(given: Any, place: str) -> list[GivenEdits]:
    """Read the `edits` of a synchronization. Raises MalformedInput where they are none."""
    if not isinstance(given, list):
        raise MalformedInput("the edits are a list of layers", place=place)
    found: list[GivenEdits] = []
    known: set[int] = set()
    for index, each in enumerate(given):
        here = f"{place}[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("id"), int) or isinstance(each["id"], bool):
            raise MalformedInput("each names the id of a layer", place=here)
        if each["id"] in known:
            raise MalformedInput(f"layer {each['id']} is listed twice", place=here)
        known.add(each["id"])
        features, attachments = each.get("features") or {}, each.get("attachments") or {}
        if not isinstance(features, dict):
            raise MalformedInput("the features are an object of adds, updates and deleteIds", place=f"{here}.features")
        if not isinstance(attachments, dict):
            raise MalformedInput("the attachments are an object", place=f"{here}.attachments")
        found.append(
            GivenEdits(
                each["id"],
                features.get("adds") or [],
                features.get("updates") or [],
                read_delete_ids(features.get("deleteIds") or [], f"{here}.features.deleteIds"),
                GivenAttachments(
                    tuple(read_attachments(attachments.get("adds") or [], f"{here}.attachments.adds")),
                    tuple(read_attachments(attachments.get("updates") or [], f"{here}.attachments.updates")),
                    read_delete_ids(attachments.get("deleteIds") or [], f"{here}.attachments.deleteIds"),
                ),
                here,
            )
        )
    return found


def read_delete_ids(given: Any, place: str) -> tuple[UUID | Invalid, ...]:
    """Read global ids; one that is none is refused by itself. Raises MalformedInput where there is no list."""
    if not isinstance(given, list):
        raise MalformedInput("ids are a list", place=place)
    found: list[UUID | Invalid] = []
    for each in given:
        id = parse_uuid(each) if isinstance(each, str) else None
        found.append(id if id is not None else Invalid(f"{str(each)[:64]!r} is no global id"))
    return tuple(found)
