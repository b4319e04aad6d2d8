"""What a case is given: a server, someone who may do everything on it, and services of its own."""

import json
import uuid
from dataclasses import dataclass
from functools import cached_property

from esriPBuffer.graph.AddNamedTypesRequest_pb2 import GraphNamedObjectTypeAddsRequest

from tests.conformance import models
from tests.conformance.edits import Edits
from tests.conformance.service import Service
from tests.conformance.wire import Client, multipart

PORTAL = "/portal/sharing/rest"
CAPABILITIES = "Query,Editing,Create,Update,Delete"


@dataclass(frozen=True)
class Target:
    """url is the server's root; the portal is at url/portal, the services at url/server."""

    url: str
    user: str
    password: str
    prefix: str = "conformance"


class Context:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.client = Client(target.url)
        self.client.token = self.login()

    def close(self) -> None:
        self.client.close()

    def login(self) -> str:
        answer = self.client.form(
            f"{PORTAL}/generateToken",
            username=self.target.user,
            password=self.target.password,
            client="referer",
            referer="http",
            expiration="60",
            f="json",
        )
        token = answer.json_object().get("token")
        assert isinstance(token, str), f"no token: {answer.body[:300]!r}"
        assert token, "the token is empty"
        return token

    def fresh_name(self) -> str:
        return f"{self.target.prefix}_{uuid.uuid4().hex[:12]}"

    @property
    def home(self) -> str:
        return f"{PORTAL}/content/users/{self.target.user}"

    def create_service(
        self, name: str, *, sync: bool = True, capabilities: str = CAPABILITIES, **features: object
    ) -> dict[str, object]:
        """The portal's answer to createService, whatever it is; features as in jsonProperties."""
        wanted = {
            "name": name,
            "type": "KnowledgeGraph",
            "capabilities": capabilities,
            "jsonProperties": {"supportsSync": sync, "supportsProvenance": False, **features},
        }
        answer = self.client.form(
            f"{self.home}/createService",
            createParameters=json.dumps(wanted),
            outputType="KnowledgeGraph",
            isView="false",
            f="json",
        )
        return answer.json_object()

    def service(
        self,
        model: GraphNamedObjectTypeAddsRequest | None = None,
        *,
        sync: bool = True,
        bare: bool = False,
        capabilities: str = CAPABILITIES,
        named: str | None = None,
        **features: object,
    ) -> Service:
        """A new service, with the standard data model unless another one or none is wanted."""
        name = named or self.fresh_name()
        answer = self.create_service(name, sync=sync, capabilities=capabilities, **features)
        assert answer.get("success") is True, f"createService was refused: {answer}"
        service = Service(self.client, name, str(answer["itemId"]), str(answer["serviceurl"]))
        if not bare:
            service.add_types(model or models.standard())
        return service

    def share(self, service: Service, **whom: str) -> dict[str, object]:
        """The portal's answer to sharing a service: org=true or everyone=true, or with nobody."""
        wanted = {"everyone": "false", "org": "false", "groups": "", **whom}
        return self.client.form(f"{self.home}/items/{service.item}/share", f="json", **wanted).json_object()

    @cached_property
    def shared(self) -> Service:
        """A service for cases that change nothing in it: Ann knows Bob, Ann lives in Oslo."""
        service = self.service()
        service.apply(
            Edits()
            .add("Person", ANN, name="Ann", age=31)
            .add("Person", BOB, name="Bob", age=44)
            .add("Place", OSLO, name="Oslo", people=700_000)
            .relate("Knows", ANN_KNOWS_BOB, ANN, BOB, since=2001)
            .relate("LivesIn", ANN_LIVES_IN_OSLO, ANN, OSLO, since=2011)
        )
        return service

    @cached_property
    def shared_geometric(self) -> Service:
        """A service with a type for every kind of geometry; cases add objects and read back their own."""
        return self.service(models.geometric())

    @cached_property
    def shared_values(self) -> Service:
        """A service with the standard types; cases add objects and read back their own."""
        return self.service()

    def add_item(self, content: bytes, name: str = "edits.pbf") -> uuid.UUID:
        """Uploads a file to the portal; the id is the item's 32 hex digits."""
        kind, body = multipart({"f": "json", "title": name, "type": "File"}, {"file": (name, content)})
        answer = self.client.request("POST", f"{self.home}/addItem", body, headers={"Content-Type": kind})
        found = answer.json_object()
        assert found.get("success") is True, f"addItem was refused: {found}"
        identifier = str(found["id"])
        assert len(identifier) == 32, f"an item id is 32 hex digits, not {identifier!r}"
        return uuid.UUID(identifier)


ANN = uuid.UUID("a0000000-0000-4000-8000-000000000001")
BOB = uuid.UUID("b0000000-0000-4000-8000-000000000002")
OSLO = uuid.UUID("c0000000-0000-4000-8000-000000000003")
ANN_KNOWS_BOB = uuid.UUID("d0000000-0000-4000-8000-000000000004")
ANN_LIVES_IN_OSLO = uuid.UUID("e0000000-0000-4000-8000-000000000005")
