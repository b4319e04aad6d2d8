"""A feature service as a client of the REST API sees it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from tests.conformance.context import Context
from tests.conformance.wire import Client

FIELDS = [
    {"name": "name", "type": "esriFieldTypeString", "alias": "Name"},
    {"name": "age", "type": "esriFieldTypeInteger"},
    {"name": "seen", "type": "esriFieldTypeDate"},
]
DEFINITION: dict[str, Any] = {
    "layers": [{"name": "Tree", "geometryType": "esriGeometryPoint", "fields": FIELDS, "hasAttachments": True}],
    "tables": [{"name": "Note", "fields": FIELDS[:1]}],
}
EVERY = {"0": {"queryOption": "all"}, "1": {"queryOption": "all"}}
EMBEDDED = "esriTransportTypeEmbedded"
JOB_SECONDS = 60.0


def braced() -> str:
    return f"{{{uuid.uuid4()}}}".upper()


def tree(name: str, x: float, y: float = 0.0, **attributes: Any) -> dict[str, Any]:
    return {"attributes": {"GlobalID": braced(), "name": name, **attributes}, "geometry": {"x": x, "y": y}}


class Layers:
    """One feature service of the target."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self.url = client, url

    def raw(self, operation: str, **parameters: Any) -> Any:
        """Ask by POST; every answer comes at HTTP 200."""
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
        answer = self.client.form(f"{self.url}/{operation}".rstrip("/"), **{"f": "json", **texts})
        assert answer.status == 200, f"HTTP {answer.status}"
        return answer.json()

    def ask(self, operation: str, **parameters: Any) -> Any:
        told = self.raw(operation, **parameters)
        assert not (isinstance(told, dict) and "error" in told), told
        return told

    def refused(self, operation: str, **parameters: Any) -> str:
        """Give the message of a refusal, whose shape is checked."""
        told = self.raw(operation, **parameters)
        assert isinstance(told, dict) and set(told["error"]) == {"code", "message", "details"}, told
        assert isinstance(told["error"]["code"], int)
        assert isinstance(told["error"]["details"], list)
        return str(told["error"]["message"])

    def create(self, layers: str = "0", **parameters: Any) -> Any:
        return self.ask("createReplica", layers=layers, **{"transportType": EMBEDDED, **parameters})

    def sync(self, replica: Any, **parameters: Any) -> Any:
        given: dict[str, Any] = {"replicaID": replica["replicaID"], "transportType": EMBEDDED}
        if "replicaServerGen" in replica:
            given["replicaServerGen"] = str(replica["replicaServerGen"])
        return self.ask("synchronizeReplica", **{**given, **parameters})

    def add(self, *features: dict[str, Any]) -> list[int]:
        told = self.ask("0/addFeatures", features=list(features), useGlobalIds="true")
        assert all(each["success"] for each in told["addResults"]), told
        return [each["objectId"] for each in told["addResults"]]

    def fetched(self, url: str) -> Any:
        answer = self.client.request("GET", url)
        assert answer.status == 200, f"HTTP {answer.status}"
        return answer.json()

    def finished(self, url: str) -> Any:
        until = time.monotonic() + JOB_SECONDS
        while time.monotonic() < until:
            told = self.fetched(f"{url}?f=json")
            if told["status"] in ("Completed", "CompletedWithErrors", "Failed"):
                return told
            time.sleep(0.02)
        raise AssertionError("the job never ends")


def layers_of(ctx: Context, **changes: Any) -> Layers:
    """Make a feature service of one layer and one table."""
    name = ctx.fresh_name()
    wanted = {"name": name, **DEFINITION, **changes}
    told = ctx.client.form(
        f"{ctx.home}/createService", createParameters=json.dumps(wanted), outputType="featureService", f="json"
    ).json_object()
    assert told.get("success") is True, told
    return Layers(ctx.client, str(told["serviceurl"]))


def names(features: Any) -> list[str]:
    return sorted(each["attributes"]["name"] for each in features)


def planted(ctx: Context) -> Layers:
    """Three trees: an oak at 1, an elm at 2, a fir at 30."""
    made = layers_of(ctx)
    made.add(tree("oak", 1, age=100), tree("elm", 2, age=50), tree("fir", 30, age=5))
    return made
