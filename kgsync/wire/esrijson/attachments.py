"""Attachments as JSON of the ArcGIS REST API has them, in uploads and in answers."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.values import Invalid, parse_uuid
from kgsync.wire.esrijson.fields import id_text

_TEXT = 250  # characters of a name or a content type


class GivenAttachment(NamedTuple):
    """An attachment as it was sent: its bytes in itself, or the id of a file uploaded before."""

    id: UUID | Invalid | None
    parent: UUID | Invalid | None
    name: str | None
    content_type: str | None
    data: bytes | Invalid | None
    upload: str | None


def read_attachments(given: Any, place: str) -> list[GivenAttachment]:
    """Read a list of attachments. Raises MalformedInput where it is none."""
    if not isinstance(given, list):
        raise MalformedInput("attachments are a list", place=place)
    return [_read(each, f"{place}[{index}]") for index, each in enumerate(given)]


def _read(given: Any, place: str) -> GivenAttachment:
    if not isinstance(given, dict):
        raise MalformedInput("an attachment is a JSON object", place=place)
    members = {str(name).lower(): value for name, value in given.items()}
    upload = members.get("uploadid")
    return GivenAttachment(
        _id(members.get("globalid")),
        _id(members.get("parentglobalid")),
        _text(members.get("name"), f"{place}.name"),
        _text(members.get("contenttype"), f"{place}.contentType"),
        _data(members),
        upload if isinstance(upload, str) and upload else None,
    )


def _id(value: Any) -> UUID | Invalid | None:
    if value is None:
        return None
    found = parse_uuid(value) if isinstance(value, str) else None
    return found if found is not None else Invalid(f"{str(value)[:64]!r} is no global id")


def _text(value: Any, place: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _TEXT or not value.isprintable():
        raise MalformedInput(f"this is no text of at most {_TEXT} characters", place=place)
    return value


def _data(members: dict[str, Any]) -> bytes | Invalid | None:
    data = members.get("data")
    if data is None:
        return Invalid("attachments are not fetched from a url; send their data") if members.get("url") else None
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return Invalid("the data is not base64")


class AttachmentFacts(NamedTuple):
    """What is told of an attachment beside its bytes; `id` is its number."""

    number: int
    id: UUID
    parent: UUID
    name: str
    content_type: str
    size: int

    @classmethod
    def of(cls, number: Any, id: UUID, parent: UUID, name: Any, kind: Any, size: Any) -> AttachmentFacts:
        """Make them of what a document holds, which may hold less."""
        whole = [value if isinstance(value, int) else other for value, other in ((number, -1), (size, 0))]
        return cls(whole[0], id, parent, str(name or ""), str(kind or "application/octet-stream"), whole[1])


def attachment_json(facts: AttachmentFacts) -> dict[str, Any]:
    """Describe an attachment in the file of a replica."""
    return {
        "attachmentId": facts.number,
        "globalId": id_text(facts.id),
        "parentGlobalId": id_text(facts.parent),
        "contentType": facts.content_type,
        "size": facts.size,
        "name": facts.name,
    }


def info_json(facts: AttachmentFacts) -> dict[str, Any]:
    """Describe an attachment among those of a feature."""
    return {
        "id": facts.number,
        "globalId": id_text(facts.id),
        "parentGlobalId": id_text(facts.parent),
        "name": facts.name,
        "contentType": facts.content_type,
        "size": facts.size,
        "keywords": "",
        "exifInfo": None,
    }
