"""What is asked of replicas, read from parameters: tolerant where deployed clients are loose, naming them elsewhere."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.feature_calls import CreateFeatures, DataFormat, Delivery, LayerSync, SyncFeatures, Way
from kgsync.model.feature_replica import FeatureFace, LayerQuery, QueryOption, SyncModel, TargetType
from kgsync.model.geometry import Geometry, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.replica import Direction
from kgsync.model.values import parse_uuid
from kgsync.server.feature_definitions import definition_of
from kgsync.server.http.features.asking import number_or_text
from kgsync.server.http.features.parameters import Asked
from kgsync.server.layers import FeatureService, is_table
from kgsync.server.parts import Wire
from kgsync.wire.esrijson.geometry import KIND_NAMES, read_geometry_text, read_reference

_NAME = 120  # characters of a replica's name
_DIRECTIONS = {
    "bidirectional": Direction.BIDIRECTIONAL,
    "upload": Direction.UPLOAD,
    "download": Direction.DOWNLOAD,
}
_ATTACHMENTS = ("none", "upload", "bidirectional")
_TRANSPORTS = {"esritransporttypeurl": False, "esritransporttypeembedded": True}
_MOST_GEN = 2**63 - 1
E = TypeVar("E", bound=StrEnum)


def one_of(asked: Asked, name: str, kinds: type[E], default: E | None) -> E | None:
    """Read a word of a few, in any case. Raises MalformedInput."""
    text = asked.text(name)
    return default if text is None else word(text, name, kinds)


def word(text: str, place: str, kinds: type[E]) -> E:
    """Read a word of a few, in any case. Raises MalformedInput."""
    found = next((kind for kind in kinds if kind.value.lower() == text.strip().lower()), None)
    if found is None:
        raise MalformedInput(f"{text[:40]!r} is none of {', '.join(kind.value for kind in kinds)}", place=place)
    return found


def delivery(asked: Asked, *, exports: bool = False) -> Delivery:
    """Read how the answer goes out; a file and a job are always fetched. Some forms are for `exports` alone."""
    text = asked.text("transportType")
    embedded = False if text is None else _TRANSPORTS.get(text.lower())
    if embedded is None:
        raise MalformedInput(f"{text!r} is no esriTransportTypeUrl or -Embedded"[:120], place="transportType")
    form = (asked.text("dataFormat") or "json").lower()
    if form not in [kind.value for kind in DataFormat]:
        known = ", ".join(kind.value for kind in DataFormat)
        raise NotSupported(f"dataFormat: {form[:20]!r} is not supported; known are {known}")
    if DataFormat(form).only_exports and not exports:
        raise MalformedInput(f"{form} is for exports alone: use it with syncModel=none", place="dataFormat")
    asynchronous = asked.truth("async", False)
    return Delivery(
        embedded=embedded and not asynchronous and form == "json",
        form=DataFormat(form),
        asynchronous=asynchronous,
        attachments_by_url=_by_url(asked),
        url=asked.url,
    )


def _by_url(asked: Asked) -> bool:
    """Read what is spelt differently wherever it is written down; names are compared in any case."""
    names = ("returnAttachmentsDataByUrl", "returnAttachmentDataByUrl")
    return all(asked.truth(name, True) for name in names)


def replica_id(text: str | None, place: str) -> UUID:
    """Read the id of a replica, with or without braces. Raises MalformedInput."""
    found = None if text is None else parse_uuid(text)
    if found is None:
        told = "the id of a replica is missing" if text is None else f"{text[:64]!r} is no id of a replica"
        raise MalformedInput(told, place=place)
    return found


def generation(value: Any, place: str) -> Moment | None:
    """Read a server generation: a number or its text; empty, `[]` and null are none. Raises MalformedInput."""
    if value is None or value in ("", "[]", []):
        return None
    text = str(value)
    if isinstance(value, (bool, float, list, dict)) or not text.isascii() or not text.isdecimal() or len(text) > 19:
        raise MalformedInput(f"{text[:40]!r} is no server generation", place=place)
    if int(text) > _MOST_GEN:
        raise MalformedInput("a server generation has 63 bits", place=place)
    return Moment(int(text))


# ---- createReplica


def create_call(asked: Asked, found: FeatureService, wire: Wire, now: int) -> CreateFeatures:
    """Read a createReplica request. Raises MalformedInput naming the parameter, NotFound, NotSupported."""
    model = one_of(asked, "syncModel", SyncModel, SyncModel.PER_REPLICA)
    target = one_of(asked, "targetType", TargetType, TargetType.CLIENT)
    assert model is not None, "there is a default"
    assert target is not None, "there is a default"
    name = asked.text("replicaName") or ""
    if len(name) > _NAME or not name.isprintable():
        raise MalformedInput(f"a name is a text of at most {_NAME} characters", place="replicaName")
    options = asked.json("replicaOptions", dict) or {}
    reference, gens = _reference(options)
    area, face = read_face(asked, found, model, target, wants_layers=reference is None)
    if reference is not None and model is SyncModel.NONE:
        raise MalformedInput("an export registers nothing; it cannot refer to a replica", place="replicaOptions")
    return CreateFeatures(
        face=face,
        definition=definition_of(found, face, area, wire, now),
        delivery=delivery(asked, exports=model is SyncModel.NONE),
        name=name,
        direction=_direction(asked, target),
        reference=reference,
        gens=gens,
    )


def _direction(asked: Asked, target: TargetType) -> Direction:
    text = asked.text("syncDirection")
    if text is None:
        return Direction.DOWNLOAD if target is TargetType.SERVER else Direction.UNSPECIFIED
    found = _DIRECTIONS.get(text.lower())
    if found is None:
        raise MalformedInput(f"{text[:40]!r} is none of {', '.join(_DIRECTIONS)}", place="syncDirection")
    if target is TargetType.CLIENT and found is not Direction.BIDIRECTIONAL:
        raise MalformedInput("a replica of a client is bidirectional", place="syncDirection")
    # What a caller may not edit is given to them to download.
    return Direction.UNSPECIFIED if target is TargetType.CLIENT else found


def read_face(
    asked: Asked,
    found: FeatureService,
    model: SyncModel,
    target: TargetType,
    *,
    wants_layers: bool = True,
    out_sr: str = "replicaSR",
    everything: bool = False,
) -> tuple[Geometry | None, FeatureFace]:
    """Read which rows of which layers are asked for, and the geometry they have to meet.

    With `everything` a layer without a query of its own, or a geometry, gives all its rows. Raises MalformedInput
    naming the parameter, NotFound.
    """
    area, in_sr = _area(asked)
    numbers = _layer_numbers(asked)
    if numbers is None and wants_layers:
        raise MalformedInput("the layers are missing", place="layers")
    returns, attachments = _attachments(asked)
    kind = asked.text("geometryType") or "esriGeometryEnvelope"
    if kind.lower() not in [name.lower() for name in KIND_NAMES.values()]:
        raise MalformedInput(f"{kind[:40]!r} is no type of geometry", place="geometryType")
    face = FeatureFace(
        model=model,
        layers=tuple(_layer_query(asked, found, number, everything=everything) for number in numbers or ()),
        area=asked.text("geometry") or "",
        area_kind=kind,
        in_sr=in_sr,
        out_sr=read_reference(number_or_text(asked.text(out_sr)), out_sr),
        target=target,
        returns_attachments=returns,
        attachments=attachments,
    )
    return area, face


def _area(asked: Asked) -> tuple[Geometry | None, SpatialReference | None]:
    text = asked.text("geometry")
    in_sr = read_reference(number_or_text(asked.text("inSR")), "inSR")
    if text is None:
        return None, in_sr
    area, own = read_geometry_text(text, "geometry")
    if area is None:
        raise MalformedInput("the geometry is empty", place="geometry")
    return area, own or in_sr


def _layer_numbers(asked: Asked) -> list[int] | None:
    listed = asked.listed("layers")
    if listed is None:
        return None
    texts = [str(each).strip() for each in (listed.split(",") if isinstance(listed, str) else listed)]
    numbers = []
    for text in texts:
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise MalformedInput(f"{text[:40]!r} is no number of a layer", place="layers")
        numbers.append(int(text))
    if len(set(numbers)) < len(numbers):
        raise MalformedInput("a layer is listed twice", place="layers")
    return numbers


def _layer_query(asked: Asked, found: FeatureService, number: int, *, everything: bool) -> LayerQuery:
    layer = found.layer(number)
    queries = asked.json("layerQueries", dict) or {}
    given = queries.get(str(number))
    if given is None or given == {}:
        usual = QueryOption.NONE if is_table(layer) and not everything else QueryOption.USE_FILTER
        return LayerQuery(layer=number, option=usual)
    place = f"layerQueries.{number}"
    if not isinstance(given, dict):
        raise MalformedInput("the query of a layer is a JSON object", place=place)
    where = given.get("where") or ""
    if not isinstance(where, str):
        raise MalformedInput("a condition is a text", place=f"{place}.where")
    option = given.get("queryOption")
    if option is not None and not isinstance(option, str):
        raise MalformedInput("a queryOption is a word", place=f"{place}.queryOption")
    return LayerQuery(
        layer=number,
        option=word(option, f"{place}.queryOption", QueryOption) if option else QueryOption.USE_FILTER,
        where=where,
        use_geometry=_truth(given.get("useGeometry"), True, f"{place}.useGeometry"),
        include_related=_truth(given.get("includeRelated"), True, f"{place}.includeRelated"),
    )


def _truth(value: Any, default: bool, place: str) -> bool:
    if value is None or value == "":
        return default
    found = {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())
    if found is None:
        raise MalformedInput(f"{str(value)[:40]!r} is not true or false", place=place)
    return found


def _attachments(asked: Asked) -> tuple[bool, str]:
    """Read whether attachments come along, and which way they sync.

    Deployed clients send `none` beside returnAttachments=true: it is read as that case's default.
    """
    returns = asked.truth("returnAttachments", False)
    text = asked.text("attachmentsSyncDirection") or asked.text("attachmentSyncDirection")
    usual = "bidirectional" if returns else "none"
    if text is None or (returns and text.lower() == "none"):
        return returns, usual
    if text.lower() not in _ATTACHMENTS:
        raise MalformedInput(f"{text[:40]!r} is none of {', '.join(_ATTACHMENTS)}", place="attachmentsSyncDirection")
    if not returns and text.lower() == "bidirectional":
        raise MalformedInput("without returnAttachments it is none or upload", place="attachmentsSyncDirection")
    return returns, text.lower()


def _reference(options: dict[str, Any]) -> tuple[UUID | None, tuple[tuple[int, Moment], ...]]:
    """Read replicaOptions: which replica a new one takes after, and what its caller has by now."""
    data = options.get("syncDataOptions")
    registers = _truth(options.get("registerExistingData"), False, "replicaOptions.registerExistingData")
    if data not in (None, 0, "0", ""):
        if registers:
            raise MalformedInput("syncDataOptions and registerExistingData exclude each other", place="replicaOptions")
        raise NotSupported("replicaOptions.syncDataOptions: the service supports none of these")
    if not registers:
        return None, ()
    text = options.get("refReplicaId")
    reference = replica_id(text if isinstance(text, str) else None, "replicaOptions.refReplicaId")
    whole = generation(options.get("refReplicaServerGen"), "replicaOptions.refReplicaServerGen")
    listed = options.get("refLayerServerGens")
    if whole is not None and listed:
        told = "give refReplicaServerGen or refLayerServerGens, not both"
        raise MalformedInput(told, place="replicaOptions")
    if whole is not None:
        return reference, ((-1, whole),)
    if not listed:
        return reference, ()
    return reference, tuple(layer_gens(listed, "replicaOptions.refLayerServerGens"))


def layer_gens(listed: Any, place: str) -> list[tuple[int, Moment]]:
    """Read a list of layers with their generations. Raises MalformedInput."""
    if not isinstance(listed, list):
        raise MalformedInput("the generations of layers are a list", place=place)
    found = []
    for index, each in enumerate(listed):
        here = f"{place}[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("id"), int) or isinstance(each["id"], bool):
            raise MalformedInput("each names the id of a layer", place=here)
        gen = generation(each.get("serverGen"), f"{here}.serverGen")
        if gen is None:
            raise MalformedInput("the serverGen is missing", place=here)
        found.append((each["id"], gen))
    return found


# ---- synchronizeReplica


def sync_call(asked: Asked) -> SyncFeatures:
    """Read a synchronizeReplica request, but for its edits. Raises MalformedInput naming the parameter."""
    if asked.truth("reconcileBranchVersion", False) or asked.truth("reconcilveBranchVersion", False):
        raise NotSupported("reconcileBranchVersion is not supported; the service has no branch versions")
    way = one_of(asked, "syncDirection", Way, None)
    item = _item(asked.text("editsUploadId"))
    edits = asked.text("edits")
    has_edits = edits is not None and edits.replace(" ", "") != "[]"
    if has_edits and item is not None:
        raise MalformedInput("give edits or an editsUploadId, not both", place="editsUploadId")
    return SyncFeatures(
        replica_id=replica_id(asked.text("replicaID"), "replicaID"),
        delivery=delivery(asked),
        way=way,
        gen=generation(asked.text("replicaServerGen"), "replicaServerGen"),
        sibling=_sibling(asked.text("replicaServerSibGen"), "replicaServerSibGen"),
        layers=_sync_layers(asked, way),
        return_ids=asked.truth("returnIdsForAdds", False),
        close=asked.truth("closeReplica", False),
        rollback=asked.truth("rollbackOnFailure", False),
        upload=has_edits,
        item=item,
    )


def _sibling(value: Any, place: str) -> int | None:
    if str(value).strip() == "-1":
        return -1
    found = generation(value, place)
    return None if found is None else found.ms


def _item(text: str | None) -> str | None:
    """Read the id of an uploaded file: plain, or in the JSON an upload was answered with."""
    if text is None:
        return None
    if not text.startswith("{") or '"' not in text:
        return text
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedInput("the value is neither an id nor JSON", place="editsUploadId") from None
    inner = given.get("item") if isinstance(given, dict) else None
    id = given.get("itemID") if isinstance(given, dict) else None
    if isinstance(inner, dict):
        id = inner.get("itemID")
    if not isinstance(id, str):
        raise MalformedInput("the JSON names no itemID", place="editsUploadId")
    return id


def _sync_layers(asked: Asked, way: Way | None) -> tuple[LayerSync, ...] | None:
    text = asked.text("syncLayers")
    if text is None or text.lower() == "perreplica" or text.replace(" ", "") == "[]":
        return None
    found = []
    for index, each in enumerate(asked.json("syncLayers", list)):
        place = f"syncLayers[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("id"), int) or isinstance(each["id"], bool):
            raise MalformedInput("each names the id of a layer", place=place)
        own = each.get("syncDirection")
        if own is not None and not isinstance(own, str):
            raise MalformedInput("a syncDirection is a word", place=f"{place}.syncDirection")
        found.append(
            LayerSync(
                layer=each["id"],
                way=word(own, f"{place}.syncDirection", Way) if own else way or Way.BIDIRECTIONAL,
                gen=generation(each.get("serverGen"), f"{place}.serverGen"),
                sibling=_sibling(each.get("serverSibGen"), f"{place}.serverSibGen"),
            )
        )
    return tuple(found)
